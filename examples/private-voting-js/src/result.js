// The result of a poll: counted once, signed, and reported to the chain.

import { sha256 } from "@noble/hashes/sha2.js";
import { ContractError, bytes, chain, crypto, env, kv } from "adyton";

import * as ballots from "./ballots.js";
import { isOpen } from "./polls.js";

/** What a signature is over. */
const CONTEXT = "private-voting/v1";
/** The name of the key that signs results. */
const KEY = "result";

/** Counts the poll, stores the signed result, and reports its digest. Throws `conflict` while ballots are taken. */
export function count(poll) {
  if (isOpen(poll)) throw ContractError.conflict();
  const known = stored(poll);
  if (known !== null) return known;
  const signed = sign(resultOf(poll));
  kv.setJson(resultKey(poll), signed);
  const digest = sha256(bytes.fromHex(signed.message));
  chain.remark(Uint8Array.of(...bytes.encodeText(`${CONTEXT} ${poll.id} `), ...digest));
  return signed;
}

/** The signed result, if the poll is counted; null if not. */
export function stored(poll) {
  return kv.getJson(resultKey(poll));
}

function resultOf(poll) {
  const numbers = ballots.tally(poll);
  const reached = numbers.reduce((sum, each) => sum + each, 0) >= poll.quorum;
  return {
    poll: poll.id,
    question: poll.question,
    quorum_reached: reached,
    // Below the quorum nothing is said about the ballots, not even how many there are.
    votes: reached ? Object.fromEntries(poll.options.map((option, at) => [option, numbers[at]])) : null,
    counted_ms: env.nowMs(),
  };
}

/** The result with the contract's Ed25519 signature over `message`, which has the contract's identifier and the result
 * as JSON in it. */
function sign(result) {
  const message = crypto.message(CONTEXT, env.context().contract, bytes.encodeJson(result));
  const [publicKey, signature] = [crypto.publicKey("ed25519", KEY), crypto.sign("ed25519", KEY, message)];
  return { result, message: hex(message), public_key: hex(publicKey), signature: hex(signature) };
}

function resultKey(poll) {
  return `result/${poll.id}`;
}

/** Hexadecimal digits alone. */
function hex(value) {
  return bytes.toHex(value).slice(2);
}
