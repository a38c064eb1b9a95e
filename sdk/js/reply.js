// The answer's beginning, while the call still runs. Needs the grant `reply`.

import * as host from "phat:contract/reply@0.1.0";
import { toBytes } from "./bytes.js";
import { ContractError, ask, whole } from "./errors.js";
import { Headers, answerFields } from "./headers.js";
import { answerBegun, begunStatus } from "./instance.js";
import { Response } from "./message.js";

export function begin({ status = 200, headers = {} } = {}) {
  const code = whole(status, 200, 599, "status");
  const fields = answerFields(new Headers(headers));
  ask("reply.begin", () => host.begin(code, fields));
  answerBegun(code);
}

export function write(content) {
  const bytes = toBytes(content, "the content");
  ask("reply.write", () => host.write(bytes));
}

export function end(content = "") {
  const status = begunStatus();
  if (status === null) throw ContractError.invalid("the answer was not begun");
  // As bytes, which bring no header field with them.
  return new Response(toBytes(content, "the content"), { status });
}

export function stream(parts, init = {}) {
  begin(init);
  for (const part of parts) write(part);
  return end();
}
