// Everything that a contract imports by name: `import { kv, Router } from "adyton"`.
//
// A module that is not used is not in the bundle, and its interface needs no grant.

export * as chain from "./chain.js";
export * as contracts from "./contracts.js";
export * as crypto from "./crypto.js";
export * as env from "./env.js";
export * as evm from "./evm.js";
export * as evmKeys from "./evm-keys.js";
export * as evmReads from "./evm-reads.js";
export * as http from "./http.js";
export * as kv from "./kv.js";
export * as log from "./log.js";
export * as mysql from "./mysql.js";
export * as number from "./number.js";
export * as objects from "./objects.js";
export * as postgres from "./postgres.js";
export * as random from "./random.js";
export * as redis from "./redis.js";
export * as reply from "./reply.js";
export * as schedule from "./schedule.js";
export * as secrets from "./secrets.js";
export * as sql from "./sql.js";
export * as bytes from "./bytes.js";
export { ContractError } from "./errors.js";
export { Headers } from "./headers.js";
export { Request, Response } from "./message.js";
export { Router } from "./router.js";
