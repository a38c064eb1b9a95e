// What a poll is, who may vote in it and until when. A poll does not change after it was announced. Its fields:
//
//   id         sixteen random bytes, in hexadecimal
//   organiser  the account that announced it, in hexadecimal
//   question, options
//   voters     how many accounts may vote
//   quorum     how many ballots there have to be for a result
//   closes_ms  from then on no ballot is taken: milliseconds since 1970, by the chain's time

import { ContractError, bytes, env, kv, random } from "adyton";

const FIELDS = ["question", "options", "voters", "quorum", "closes_ms"];
/** The most options, voters and characters of a text. */
const MAX_OPTIONS = 16;
const MAX_VOTERS = 1000;
const MAX_TEXT = 500;
/** Fewer ballots than this are never counted: a result over two would tell each voter how the other one voted. */
const LEAST_BALLOTS = 3;
const ACCOUNT = 32;

/** Makes the poll that the body of a request describes, and stores it. Throws `invalid` if it describes none. */
export function announce(wanted) {
  const organiser = hex(signer());
  if (!isObject(wanted) || Object.keys(wanted).some((name) => !FIELDS.includes(name))) {
    throw ContractError.invalid("a poll has question, options, voters, closes_ms and perhaps quorum");
  }
  const voters = accounts(wanted.voters);
  const poll = {
    id: hex(random.bytes(16)),
    organiser,
    question: text(wanted.question, "the question"),
    options: options(wanted.options),
    voters: voters.length,
    quorum: number("quorum" in wanted ? wanted.quorum : LEAST_BALLOTS, LEAST_BALLOTS, voters.length, "the quorum"),
    closes_ms: number(wanted.closes_ms, env.nowMs() + 1, Number.MAX_SAFE_INTEGER, "the end"),
  };
  kv.setJson(`poll/${poll.id}`, poll);
  kv.set(`voters/${poll.id}`, bytes.fromHex(voters.join("")));
  return poll;
}

/** The poll. Throws `not-found` if there is none. */
export function find(id) {
  const poll = isHex(id, 16) ? kv.getJson(`poll/${id}`) : null;
  if (poll === null) throw ContractError.notFound();
  return poll;
}

/** Whether ballots are taken now. */
export function isOpen(poll) {
  return env.nowMs() < poll.closes_ms;
}

/** What everyone may know, at any time: not how many have voted yet. */
export function shown(poll) {
  return { ...poll, open: isOpen(poll) };
}

/** The account that calls, if it may vote in the poll; throws `denied` if not. */
export function voter(poll) {
  const account = signer();
  const listed = kv.get(`voters/${poll.id}`) ?? new Uint8Array();
  for (let at = 0; at < listed.length; at += ACCOUNT) {
    if (bytes.equalBytes(listed.subarray(at, at + ACCOUNT), account)) return account;
  }
  throw ContractError.denied("this account has no vote in this poll");
}

/** The number of the option that the body of a request chooses; throws `invalid` if it is none. */
export function optionOf(poll, wanted) {
  const chosen = isObject(wanted) && Object.keys(wanted).length === 1 ? poll.options.indexOf(wanted.option) : -1;
  if (chosen < 0) throw ContractError.invalid("a ballot is an object with 'option': one of the poll's options");
  return chosen;
}

/** The account that signed the call; throws `denied` if none did. */
function signer() {
  const caller = env.caller();
  if (caller.kind !== "account") throw ContractError.denied("sign the call: who may do this is told by the account");
  return caller.id;
}

function text(value, what) {
  // Characters, and not the halves of which JavaScript makes some; half a character has no bytes to sign.
  const isText = typeof value === "string" && value.length <= 2 * MAX_TEXT && value.isWellFormed();
  const length = isText ? [...value].length : 0;
  if (length < 1 || length > MAX_TEXT) throw ContractError.invalid(`${what} is a text of 1 to ${MAX_TEXT} characters`);
  return value;
}

function options(value) {
  if (!Array.isArray(value) || value.length < 2 || value.length > MAX_OPTIONS) {
    throw ContractError.invalid(`there are 2 to ${MAX_OPTIONS} options`);
  }
  const all = value.map((option) => text(option, "an option"));
  if (new Set(all).size !== all.length) throw ContractError.invalid("two options are the same");
  return all;
}

/** The voters' hexadecimal digits, in order. */
function accounts(value) {
  if (!Array.isArray(value) || value.length < LEAST_BALLOTS || value.length > MAX_VOTERS) {
    throw ContractError.invalid(`there are ${LEAST_BALLOTS} to ${MAX_VOTERS} voters`);
  }
  if (!value.every((account) => isHex(account, ACCOUNT))) {
    throw ContractError.invalid("a voter is an account: 32 bytes in hexadecimal, without 0x");
  }
  if (new Set(value).size !== value.length) throw ContractError.invalid("two voters are the same");
  return [...value].sort();
}

function number(value, least, most, what) {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw ContractError.invalid(`${what} is a number from ${least} to ${most}`);
  }
  return value;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHex(value, size) {
  return typeof value === "string" && value.length === 2 * size && /^[0-9a-f]*$/.test(value);
}

/** Hexadecimal digits alone. */
function hex(value) {
  return bytes.toHex(value).slice(2);
}
