// Promises with a job queue of the contract's own.
//
// A component answers in one synchronous call, and the engine inside it never runs its own queue of jobs: an
// `await` would wait for ever. So the bundler turns async functions into generators over `Promise`, the prelude
// puts this class in its place, and `settle` runs the jobs (ECMA-262 §27.2 says which, in which order) until
// nothing is left to do. Work that waits for the world outside, as `fetch` does, joins in by `whenIdle`.

import { ContractError } from "./errors.js";

let jobs = [];
const sources = [];
let unhandled = new Set();

/** Puts a function at the end of the queue. */
export function enqueue(job) {
  if (typeof job !== "function") throw new TypeError("a job is a function");
  jobs.push(job);
}

/** Adds a source of work: called when the queue is empty, says whether it had something to do. */
export function whenIdle(source) {
  sources.push(source);
}

class JobPromise {
  #state = "pending";
  #value = undefined;
  #reactions = [];

  constructor(executor) {
    if (typeof executor !== "function") throw new TypeError("a promise is made with a function");
    const { resolve, reject } = this.#resolvers();
    try {
      executor(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  /** Two functions of which only the first call counts. */
  #resolvers() {
    let called = false;
    const once = (act) => (value) => {
      if (called) return;
      called = true;
      act(value);
    };
    return {
      resolve: once((value) => this.#resolve(value)),
      reject: once((reason) => this.#settle("rejected", reason)),
    };
  }

  #resolve(value) {
    if (value === this) return this.#settle("rejected", new TypeError("a promise cannot wait for itself"));
    if ((typeof value !== "object" || value === null) && typeof value !== "function") {
      return this.#settle("fulfilled", value);
    }
    let then;
    try {
      then = value.then;
    } catch (error) {
      return this.#settle("rejected", error);
    }
    if (typeof then !== "function") return this.#settle("fulfilled", value);
    enqueue(() => {
      const { resolve, reject } = this.#resolvers();
      try {
        then.call(value, resolve, reject);
      } catch (error) {
        reject(error);
      }
    });
  }

  #settle(state, value) {
    this.#state = state;
    this.#value = value;
    if (state === "rejected" && this.#reactions.length === 0) unhandled.add(this);
    for (const reaction of this.#reactions) this.#enqueue(reaction);
    this.#reactions = [];
  }

  #enqueue(reaction) {
    enqueue(() => reaction[this.#state](this.#value));
  }

  then(onFulfilled, onRejected) {
    return new JobPromise((resolve, reject) => {
      const react = (handler, otherwise) => (value) => {
        if (typeof handler !== "function") return otherwise(value);
        try {
          resolve(handler(value));
        } catch (error) {
          reject(error);
        }
      };
      const reaction = { fulfilled: react(onFulfilled, resolve), rejected: react(onRejected, reject) };
      unhandled.delete(this);
      if (this.#state === "pending") this.#reactions.push(reaction);
      else this.#enqueue(reaction);
    });
  }

  catch(onRejected) {
    return this.then(undefined, onRejected);
  }

  finally(onFinally) {
    if (typeof onFinally !== "function") return this.then(onFinally, onFinally);
    const after = (go) => (value) => JobPromise.resolve(onFinally()).then(() => go(value));
    return this.then(
      after((value) => value),
      after((reason) => {
        throw reason;
      }),
    );
  }

  get [Symbol.toStringTag]() {
    return "Promise";
  }

  /** What became of it: the state and the value or reason. */
  static outcome(promise) {
    return { state: promise.#state, value: promise.#value };
  }

  static resolve(value) {
    return value instanceof JobPromise ? value : new JobPromise((resolve) => resolve(value));
  }

  static reject(reason) {
    return new JobPromise((_, reject) => reject(reason));
  }

  static withResolvers() {
    const made = {};
    made.promise = new JobPromise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
  }

  static try(work, ...args) {
    return new JobPromise((resolve) => resolve(work(...args)));
  }

  static all(promises) {
    return collect(promises, (results, resolve, reject) => ({
      fulfilled: (value, at) => results.put(at, value),
      rejected: reject,
      done: () => resolve(results.values),
    }));
  }

  static allSettled(promises) {
    return collect(promises, (results, resolve) => ({
      fulfilled: (value, at) => results.put(at, { status: "fulfilled", value }),
      rejected: (reason, at) => results.put(at, { status: "rejected", reason }),
      done: () => resolve(results.values),
    }));
  }

  static any(promises) {
    return collect(promises, (results, resolve, reject) => ({
      fulfilled: resolve,
      rejected: (reason, at) => results.put(at, reason),
      done: () => reject(new AggregateError(results.values, "every promise was rejected")),
    }));
  }

  static race(promises) {
    return new JobPromise((resolve, reject) => {
      for (const promise of promises) JobPromise.resolve(promise).then(resolve, reject);
    });
  }
}
Object.defineProperty(JobPromise, "name", { value: "Promise" });
export { JobPromise as Promise };

/** Waits for several: `rules` says what each outcome does; `done` is called when as many results are there. */
function collect(promises, rules) {
  return new JobPromise((resolve, reject) => {
    const all = [...promises];
    const results = { values: new Array(all.length), left: all.length, put };
    const rule = rules(results, resolve, reject);
    function put(at, value) {
      results.values[at] = value;
      results.left -= 1;
      if (results.left === 0) rule.done();
    }
    if (all.length === 0) rule.done();
    all.forEach((promise, at) => {
      JobPromise.resolve(promise).then(
        (value) => rule.fulfilled(value, at),
        (reason) => rule.rejected(reason, at),
      );
    });
  });
}

/** Runs everything that was begun, and gives the value of `result`, or throws its reason. */
export function settle(result) {
  const waiting = typeof result?.then === "function" ? JobPromise.resolve(result) : null;
  // A handler, so that its own rejection is not an unhandled one.
  waiting?.then(undefined, () => {});
  runUntilIdle();
  const { state, value } = waiting === null ? { state: "fulfilled", value: result } : JobPromise.outcome(waiting);
  if (state === "rejected") throw value;
  if (state === "pending") throw ContractError.other("the answer waits for a promise that nothing settles");
  for (const forgotten of unhandled) throw JobPromise.outcome(forgotten).value;
  return value;
}

/** Forgets what an earlier call of this instance left behind. */
export function reset() {
  jobs = [];
  unhandled = new Set();
}

function runUntilIdle() {
  do {
    // In portions, so that what has run can be let go: a long chain of promises would fill the memory otherwise.
    while (jobs.length > 0) {
      const portion = jobs;
      jobs = [];
      for (const job of portion) job();
    }
  } while (sources.some((source) => source()) || jobs.length > 0);
}
