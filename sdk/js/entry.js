// Where a contract's bundle begins: the globals first, then the program, which finds them in place.

import "./prelude.js";
import program, * as exported from "adyton:program";
import { lifecycleOf, serviceOf } from "./service.js";

export const service = serviceOf(program);
/** The component exports it if the program exports one of the two: whoever builds it chooses the world by that. */
export const lifecycle = lifecycleOf(exported.init, exported.migrate);
// The builder says what its bundler found, which does not see what comes from a CommonJS module: without this, the
// world would lack what the program means to export.
if (typeof ADYTON_LIFECYCLE === "boolean" && ADYTON_LIFECYCLE !== (lifecycle !== undefined))
  throw new TypeError("export init and migrate by their names, from an ES module");
