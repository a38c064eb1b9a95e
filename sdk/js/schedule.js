// Calls that the contract asks for itself, at a time or again and again. Needs the grant `schedule`.

import * as host from "phat:contract/schedule@0.1.0";
import { toBytes } from "./bytes.js";
import { ask, whole } from "./errors.js";

export function at(name, dueMs, request) {
  const due = whole(Number(dueMs), 0, Number.MAX_SAFE_INTEGER, "dueMs");
  ask("schedule.at", () => host.at(String(name), due, asked(request)));
}

export function cron(name, expression, request) {
  return ask("schedule.cron", () => Number(host.cron(String(name), String(expression), asked(request))));
}

export function cancel(name) {
  ask("schedule.cancel", () => host.cancel(String(name)));
}

export function entries() {
  const all = ask("schedule.entries", () => host.entries());
  return all.map(({ name, dueMs, cron }) => ({ name, dueMs: Number(dueMs), cron: cron ?? null }));
}

export function run(request) {
  const name = request.headers.get("adyton-schedule");
  const due = request.headers.get("adyton-schedule-due");
  return name === null || due === null ? null : { name, dueMs: Number(due) };
}

/** What an entry asks, in the form in which it crosses the component's border. */
function asked({ method = "POST", path, body = "" }) {
  return { method: String(method), path: String(path), body: toBytes(body, "the content") };
}
