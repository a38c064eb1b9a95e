// Keys of the contract, by name: signatures, what others seal to it, secrets of its own. Needs the grant `crypto`.

import * as host from "phat:contract/crypto@0.1.0";
import { encodeText, toBytes } from "./bytes.js";
import { ContractError, ask, whole } from "./errors.js";

const SCHEMES = ["ed25519", "secp256k1", "p256", "sr25519"];
/** The longest context of a message, in bytes: one byte says its length. */
const MAX_CONTEXT = 255;

export function publicKey(scheme, name) {
  return ask("crypto.publicKey", () => host.publicKey(known(scheme), String(name)));
}

export function sign(scheme, name, message) {
  return ask("crypto.sign", () => host.sign(known(scheme), String(name), toBytes(message, "the message")));
}

export function verify(scheme, key, message, signature) {
  const parts = [toBytes(key, "the public key"), toBytes(message, "the message"), toBytes(signature, "the signature")];
  return ask("crypto.verify", () => host.verify(known(scheme), ...parts));
}

export function encryptionKey(name) {
  return ask("crypto.encryptionKey", () => host.encryptionKey(String(name)));
}

export function decrypt(name, sealed, { info = "", associatedData = "" } = {}) {
  const context = [toBytes(info, "the info"), toBytes(associatedData, "the associated data")];
  const parts = [...context, toBytes(sealed, "the sealed content")];
  return ask("crypto.decrypt", () => host.decrypt(String(name), ...parts));
}

export function derive(name, context, length) {
  const given = [toBytes(context, "the context"), whole(length, 1, 64, "length")];
  return ask("crypto.derive", () => host.derive(String(name), ...given));
}

export function message(context, ...parts) {
  const name = encodeText(context);
  if (name.length > MAX_CONTEXT) throw ContractError.invalid(`a context has at most ${MAX_CONTEXT} bytes`);
  const all = parts.map((part) => toBytes(part, "a part"));
  const out = new Uint8Array(all.reduce((length, part) => length + 4 + part.length, 1 + name.length));
  const view = new DataView(out.buffer);
  out[0] = name.length;
  out.set(name, 1);
  let at = 1 + name.length;
  for (const part of all) {
    view.setUint32(at, part.length, true);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

/** Another word would end the call as a trap, without a text. */
function known(scheme) {
  if (SCHEMES.includes(scheme)) return scheme;
  throw ContractError.invalid(`a scheme is one of ${SCHEMES.join(", ")}`);
}
