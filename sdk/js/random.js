// Randomness: what nobody can foresee, and what only the contract can repeat. Needs the grant `random`.

import * as host from "phat:contract/random@0.1.0";
import { toBytes } from "./bytes.js";
import { ask, whole } from "./errors.js";

export function bytes(length) {
  const count = whole(length, 0, 65_536, "length");
  return ask("random.bytes", () => host.bytes(count));
}

export function seeded(seed, length) {
  const given = [toBytes(seed, "the seed"), whole(length, 0, 8160, "length")];
  return ask("random.seeded", () => host.seeded(...given));
}
