// Has init and migrate from a CommonJS module.

import { Response } from "adyton";

export * from "./common-lifecycle.cjs";

export default () => new Response("answered");
