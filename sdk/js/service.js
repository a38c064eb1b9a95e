// Between the component's border and the contract's program: what the program returns is checked, what it throws
// becomes a typed error. Without this, both end the call as a trap that says nothing.

import { field, isError, line, text, trace } from "./console.js";
import { ContractError, fromWit, toWit } from "./errors.js";
import { forget } from "./fetch.js";
import { answerFields } from "./headers.js";
import { begunStatus, duringCall } from "./instance.js";
import { Response, arrivedRequest, bytesOf } from "./message.js";
import { reset, settle } from "./promise.js";

/** The interface `service` of `wit/`, answered by `program`: a function, or something with a function `handle`. */
export function serviceOf(program) {
  const handle = handlerOf(program);
  // What the program's modules have begun ends now, while the contract is built: a call would not find it again.
  settle();
  return {
    handle: (raw) => duringCall(() => answer(handle, raw)),
  };
}

/**
 * The interface `lifecycle` of `wit/`, by the functions of these names that the program exports; none if it has neither.
 * With one alone it would not be said what the other does: it is refused.
 */
export function lifecycleOf(init, migrate) {
  if (init === undefined && migrate === undefined) return undefined;
  if (typeof init !== "function" || typeof migrate !== "function") {
    throw new TypeError("a program that exports one of init and migrate has to export both, as functions");
  }
  return {
    init: () => duringCall(() => carryOut(() => void settle(init()))),
    migrate: (version, code) => duringCall(() => carryOut(() => void settle(migrate(version, code)))),
  };
}

function handlerOf(program) {
  if (typeof program === "function") return program;
  if (typeof program?.handle === "function") return (request) => program.handle(request);
  throw new TypeError("the program has to `export default` a function from a request to a response, or a Router");
}

function answer(handle, raw) {
  return carryOut(() => toHost(settle(handle(arrivedRequest(raw)))));
}

/** Does `work`, of which what an earlier one left is no part. What it throws becomes a typed error. */
function carryOut(work) {
  reset();
  forget();
  try {
    return work();
  } catch (thrown) {
    throw toWit(refusal(thrown));
  }
}

/** A response in the form in which it crosses the border. */
function toHost(response) {
  if (!(response instanceof Response)) {
    throw new TypeError("the program answered with something else than a Response");
  }
  const headers = answerFields(response.headers);
  const begun = begunStatus();
  if (begun !== null && (response.status !== begun || headers.length > 0)) {
    throw new TypeError("the answer was begun: what the program returns then is made by reply.end");
  }
  return { status: checkedStatus(response.status), headers, body: bytesOf(response) };
}

/** A response that arrived may have a status that the contract's own may not have. */
function checkedStatus(status) {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new RangeError("a status is a whole number of 200 to 599");
}

/** The error that the caller sees. Where a mistake of the program led to it, the owner's log says where. */
function refusal(thrown) {
  const typed = typedOf(thrown);
  if (typed !== null) return typed;
  const said = isError(thrown) ? sentence(thrown) : `something was thrown that is no error: ${text(thrown)}`;
  try {
    line("error", isError(thrown) ? trace(thrown) : said);
  } catch {
    // Out of memory, most likely. The caller still gets the text.
  }
  return ContractError.other(said);
}

/** The typed error that was thrown; none if it is something else, or a mistake of the program has spoiled it. */
function typedOf(thrown) {
  try {
    return thrown instanceof ContractError ? new ContractError(thrown.kind, thrown.detail) : fromWit(thrown);
  } catch {
    return null;
  }
}

function sentence(error) {
  const [name, message] = [text(field(error, "name")), text(field(error, "message"))];
  return name === "Error" ? message : `${name}: ${message}`;
}
