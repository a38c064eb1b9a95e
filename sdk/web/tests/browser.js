// A real browser without a window: a server on loopback for it alone, and a page that sends back what it found.

import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  // It reaches nothing but the server below.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** @returns the program that `ADYTON_CHROMIUM` names, or the first that is installed; nothing if there is none */
export function chromium() {
  const named = process.env.ADYTON_CHROMIUM ? [process.env.ADYTON_CHROMIUM] : NAMES;
  return named.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/**
 * Opens `page` and waits for what it sends.
 *
 * @param {string} program the browser
 * @param {string} page the path of the page
 * @param {Map<string, string | Buffer>} served by path: the file to serve, or the content
 * @param {number} limit milliseconds
 */
export async function inBrowser(program, page, served, limit) {
  // Nobody else on this machine can answer in the page's place.
  const token = randomBytes(16).toString("hex");
  const { promise, resolve, reject } = withResolvers();
  const server = createServer((request, response) => answer(request, response, served, token, resolve));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const profile = mkdtempSync(join(tmpdir(), "adyton-chromium-"));
  const url = `http://127.0.0.1:${server.address().port}${page}#${token}`;
  // Its sandbox wants an ordinary user.
  const flags = process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS;
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, url], { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let said = "";
  child.stderr.on("data", (text) => (said = (said + text).slice(-4000)));
  child.on("error", reject);
  child.on("exit", (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  const timer = setTimeout(() => reject(new Error(`no answer of ${program} within ${limit} ms: ${said}`)), limit);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await stop(child);
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((done) => child.once("exit", done));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

function answer(request, response, served, token, resolve) {
  const path = new URL(request.url, "http://127.0.0.1").pathname;
  if (request.method === "POST" && path === `/found/${token}`) {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      response.writeHead(204).end();
      resolve(JSON.parse(Buffer.concat(parts).toString("utf8")));
    });
    return;
  }
  const found = served.get(path);
  if (request.method !== "GET" || found === undefined) {
    response.writeHead(404).end();
    return;
  }
  const content = Buffer.isBuffer(found) ? found : readFileSync(found);
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(content);
}

function withResolvers() {
  let resolve, reject;
  const promise = new Promise((one, other) => ([resolve, reject] = [one, other]));
  return { promise, resolve, reject };
}
