// `Date` and `performance` by the call's own time: the chain's finalized time, the same during the whole call.
//
// The engine has no clock: its own `Date.now()` would end the call as a trap, without a text.

import { nowMs } from "./env.js";

const EngineDate = Date;

/** Like `Date`, but for the two ways to ask for the present time. */
export function ContractDate(...parts) {
  if (new.target === undefined) return new ContractDate().toString();
  return Reflect.construct(EngineDate, parts.length === 0 ? [nowMs()] : parts, new.target);
}

Object.defineProperties(ContractDate, {
  name: { value: "Date" },
  length: { value: 7 },
  prototype: { value: EngineDate.prototype, writable: false },
});
ContractDate.now = () => nowMs();
ContractDate.parse = EngineDate.parse;
ContractDate.UTC = EngineDate.UTC;
// Otherwise every date would lead back to the engine's clock.
EngineDate.prototype.constructor = ContractDate;

export const performance = {
  now: () => 0,
  get timeOrigin() {
    return nowMs();
  },
};
