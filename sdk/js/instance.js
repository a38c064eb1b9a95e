// Whether this instance answers a request right now, or is only being built.
//
// `adyton build` runs a contract's modules once and keeps the memory that results: what they compute then is
// in every copy of the component, for everybody to read. Nothing that differs from call to call exists at that
// time, so the rest of the SDK asks here first.

let calls = 0;
let answering = false;
let begun = null;

/** Whether a request is being answered. */
export function isAnswering() {
  return answering;
}

/** The number of the request that this instance answers: what is remembered of one must not reach the next. */
export function callNumber() {
  return calls;
}

/** Remembers that the answer to the request was begun with this status, as `reply` does. */
export function answerBegun(status) {
  begun = status;
}

/** The status with which the answer to the request was begun; null if it was not. */
export function begunStatus() {
  return begun;
}

/** Runs `work` as the answer to one request. */
export function duringCall(work) {
  calls += 1;
  begun = null;
  answering = true;
  try {
    return work();
  } finally {
    answering = false;
  }
}
