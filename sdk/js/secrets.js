// Secrets that the contract's owner sealed to the contract. Needs the grant `secrets`.

import * as host from "phat:contract/secrets@0.1.0";
import { decodeText } from "./bytes.js";
import { ask } from "./errors.js";

export function get(name) {
  return ask("secrets.get", () => host.get(String(name)));
}

export function version(name) {
  return ask("secrets.version", () => host.version(String(name))) ?? null;
}

export function getText(name) {
  return decodeText(get(name));
}
