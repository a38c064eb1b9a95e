/// <reference path="./globals.d.ts" />
export * as bytes from "./bytes.js";
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
export { ContractError, type ErrorKind } from "./errors.js";
export { Headers } from "./headers.js";
export { Request, Response } from "./message.js";
export { Router, type Handler } from "./router.js";

/**
 * What a program may export under the name `init`, together with `migrate`: it makes the contract's state ready, once,
 * before the first call. While it fails, the contract answers no calls. `wit/lifecycle.wit` says when both run.
 */
export type Init = () => void | Promise<void>;
/**
 * What a program may export under the name `migrate`, together with `init`: it takes over the state that other code
 * left, once, after each later change of the code, a return to older code as well. `fromVersion` is the number of that
 * code's version, and `fromCode` its hash, 32 bytes. While it fails, nothing of it remains, and the contract answers no
 * calls.
 */
export type Migrate = (fromVersion: number, fromCode: Uint8Array) => void | Promise<void>;
