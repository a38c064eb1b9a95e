// Randomness that nobody can foresee. Needs the grant `random`.

import * as host from "phat:contract/random@0.1.0";
import { ask, whole } from "./errors.js";

export function bytes(length) {
  const count = whole(length, 0, 65_536, "length");
  return ask("random.bytes", () => host.bytes(count));
}
