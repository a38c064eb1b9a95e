// Runs in the browser: all cases in a worker, the first of each kind in the page, and sends what came out.

import { judgeAll } from "/tests/judge-all.js";

const token = location.hash.slice(1);
const cases = await (await fetch("/cases.json")).json();
const firsts = cases.filter((one, place) => cases.findIndex((other) => other.kind === one.kind) === place);

const inWorker = new Promise((resolve, reject) => {
  const worker = new Worker("/tests/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(`the worker: ${event.message}`));
  worker.postMessage(cases);
});

let found;
try {
  found = { agent: navigator.userAgent, page: await judgeAll(firsts), worker: await inWorker };
} catch (error) {
  found = { fault: String(error) };
}
await fetch(`/found/${token}`, { method: "POST", body: JSON.stringify(found) });
