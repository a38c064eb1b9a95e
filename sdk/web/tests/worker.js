import { judgeAll } from "/tests/judge-all.js";

self.onmessage = async ({ data }) => self.postMessage(await judgeAll(data));
