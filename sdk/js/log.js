// Log lines for the contract's owner. Needs the grant `log`.

import * as host from "phat:contract/log@0.1.0";
import { ContractError, ask } from "./errors.js";

const LEVELS = ["trace", "debug", "info", "warn", "error"];

export function write(level, message) {
  if (!LEVELS.includes(level)) throw ContractError.invalid(`a level is one of ${LEVELS.join(", ")}`);
  ask("log.write", () => host.write(level, String(message).toWellFormed()));
}

export const trace = (message) => write("trace", message);
export const debug = (message) => write("debug", message);
export const info = (message) => write("info", message);
export const warn = (message) => write("warn", message);
export const error = (message) => write("error", message);
