// The realm of one call of `testing.js`: the language as the component's engine has it, and nothing of Node.

import vm from "node:vm";

/**
 * Names in the global object of the engine, QuickJS. Node's has more, such as `Intl` and `WebAssembly`, and each newer
 * Node more again: what works under them would fail in the component.
 */
const NAMES = new Set([
  ...["AggregateError", "Array", "ArrayBuffer", "AsyncDisposableStack", "BigInt", "BigInt64Array", "BigUint64Array"],
  ...["Boolean", "DOMException", "DataView", "Date", "DisposableStack", "Error", "EvalError", "FinalizationRegistry"],
  ...["Float16Array", "Float32Array", "Float64Array", "Function", "Infinity", "Int16Array", "Int32Array", "Int8Array"],
  ...["InternalError", "Iterator", "JSON", "Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RangeError"],
  ...["ReferenceError", "Reflect", "RegExp", "Set", "SharedArrayBuffer", "String", "SuppressedError", "Symbol"],
  ...["SyntaxError", "TypeError", "URIError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray"],
  ...["WeakMap", "WeakRef", "WeakSet", "atob", "btoa", "decodeURI", "decodeURIComponent", "encodeURI"],
  ...["encodeURIComponent", "escape", "eval", "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt"],
  ...["performance", "queueMicrotask", "undefined", "unescape"],
]);

/** A realm, as a context of `node:vm`, and its own constructor of bytes. */
export function realm() {
  const context = vm.createContext({ atob, btoa });
  const { global, Uint8Array } = vm.runInContext("({ global: globalThis, Uint8Array })", context);
  withoutWhatIsNodes(global);
  withoutEntropyAndClock(global);
  return { context, Bytes: Uint8Array };
}

function withoutWhatIsNodes(global) {
  for (const name of Object.getOwnPropertyNames(global)) if (!NAMES.has(name)) delete global[name];
  // Without it the one of every object answers, as in the engine.
  delete global.BigInt.prototype.toLocaleString;
  // What the last match of any expression was, as old browsers kept it: `RegExp.$1` and the like.
  const language = new Set(["length", "name", "prototype", "escape"]);
  for (const name of Object.getOwnPropertyNames(global.RegExp)) if (!language.has(name)) delete global.RegExp[name];
}

/** The engine of a component has one number for ever, and no clock; here they fail, so that no test relies on them. */
function withoutEntropyAndClock({ Math, Date }) {
  const missing = () => {
    throw new Error("the engine has neither randomness nor a clock of its own");
  };
  Math.random = missing;
  Date.now = missing;
}
