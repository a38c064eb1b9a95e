// Messages that a contract in Solidity checks with `ecrecover`: texts and bytes of EIP-191, structures of EIP-712.

import { encodeText, toBytes } from "./bytes.js";
import { ContractError } from "./errors.js";
import { parse, word } from "./evm-abi.js";
import { keccak256 } from "./evm-keccak.js";
import { concat } from "./evm-values.js";

export function domainSeparator(domain) {
  const { name, version, chainId, verifyingContract, salt } = domain;
  const fields = [
    ["string name", name],
    ["string version", version],
    ["uint256 chainId", chainId],
    ["address verifyingContract", verifyingContract],
    ["bytes32 salt", salt],
  ].filter(([, value]) => value !== undefined && value !== null);
  const names = fields.map(([field]) => field).join(",");
  return structHash(
    `EIP712Domain(${names})`,
    fields.map(([, value]) => value),
  );
}

export function structHash(definition, values) {
  const [, text] = /^[^()]*\(([^()]*)\)/.exec(definition) ?? [];
  const members = text === undefined || text === "" ? [] : text.split(",").map((member) => member.split(" "));
  const named = members.every((member) => member.length === 2);
  if (text === undefined || !named || !Array.isArray(values) || members.length !== values.length) {
    throw ContractError.invalid(`'${definition}' is not the type of these members`);
  }
  const words = members.map(([kind], position) => memberWord(typeOf(kind), values[position]));
  return keccak256(concat(keccak256(definition), ...words));
}

export function typedDigest(domain, hash) {
  return keccak256(concat(new Uint8Array([0x19, 0x01]), domainSeparator(domain), toBytes(hash, "the hash")));
}

export function personalDigest(message) {
  const content = toBytes(message, "the message");
  return keccak256(concat(encodeText(`\x19Ethereum Signed Message:\n${content.length}`), content));
}

/** The name of a structure begins with a capital letter, in every type that is not one of Solidity's own. */
function typeOf(name) {
  return parse(/^[A-Z][^[]*$/.test(name) ? "bytes32" : name);
}

/** A member takes 32 bytes: bytes and texts their hash, and arrays that of their elements. */
function memberWord(kind, value) {
  if (kind.name === "bytes" && value instanceof Uint8Array) return keccak256(value);
  if (kind.name === "string" && typeof value === "string") return keccak256(value);
  if (kind.name === "array" && Array.isArray(value) && [null, value.length].includes(kind.length)) {
    return keccak256(concat(...value.map((element) => memberWord(kind.parts[0], element))));
  }
  return word(kind, value);
}
