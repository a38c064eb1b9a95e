// Says what it does at first, and not what it does after a change of its code.

import { Response } from "adyton";

export function init() {}

export default () => new Response("answered");
