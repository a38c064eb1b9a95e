// Every name that the engine has in its global object, the prelude's included.

import { Response } from "adyton";

const names = Object.getOwnPropertyNames(globalThis);

export default () =>
  Response.json({
    names,
    legacy: [typeof RegExp.$1, typeof RegExp.lastMatch, Object.hasOwn(BigInt.prototype, "toLocaleString")],
  });
