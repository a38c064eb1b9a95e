// JSON-RPC to several endpoints of an EVM chain at once, of which enough have to say the same. Needs the grant `http`.

import { decodeJson, toBytes, toHex } from "./bytes.js";
import { ContractError } from "./errors.js";
import { address, dataOf, fromQuantity, hashText, quantity, wholeOf, wordOf } from "./evm-values.js";
import * as http from "./http.js";
import { bytesOf } from "./message.js";

/** The most requests that are sent at once, so the most endpoints. */
const MAX_ENDPOINTS = 16;
/** The longest answer that is looked at, in bytes, if nothing else is said. */
const MAX_ANSWER = 1 << 18;
const MAX_LOGS = 1000;
const MAX_TOPICS = 4;
/** The longest text of one endpoint in an error, in characters. */
const MAX_TEXT = 160;
/** The number of each request; an HTTP request carries one alone. */
const ID = 1;
/**
 * What endpoints call a transaction that they have already. An error's message begins behind `: `, and an `unknown
 * transaction` is another one.
 */
const KNOWN = ["already known", "already_known", ": known transaction", "already imported"];
/** The worker's own text may name the URL, and with it a key. */
const REASONS = {
  denied: "the manifest or the network does not allow it",
  limit: "a limit of the manifest is reached",
  timeout: "it did not answer in time",
  unavailable: "it could not be reached",
  invalid: "its URL or the request is malformed",
  "not-found": "its secret is not set",
};

export class Disagreement extends ContractError {
  constructor(method, needed, said) {
    super("unavailable", `fewer than ${needed} endpoints agree on ${method}${inWords(said)}`);
    Object.assign(this, { name: "Disagreement", method, needed, said });
  }
}

export class Refused extends ContractError {
  constructor(transaction, said) {
    super("unavailable", `no endpoint took the transaction ${transaction}${inWords(said)}`);
    Object.assign(this, { name: "Refused", transaction, said });
  }
}

export class Endpoints {
  #all;
  #needed;
  #maxAnswer;
  #timeoutMs;

  constructor(all, needed, { maxAnswer = MAX_ANSWER, timeoutMs = null } = {}) {
    this.#all = all.map((one) => (typeof one === "string" ? { url: one } : one));
    const hosts = new Set(this.#all.map(hostOf));
    const { length } = this.#all;
    if (length > MAX_ENDPOINTS || !Number.isInteger(needed) || needed > length || needed * 2 <= length) {
      throw ContractError.invalid(
        `${needed} of ${length} endpoints: there are 1 to ${MAX_ENDPOINTS}, and needed is a majority of them`,
      );
    }
    if (hosts.size !== length || hosts.has("")) {
      throw ContractError.invalid("each endpoint has an http or https URL with a host of its own");
    }
    this.#needed = needed;
    this.#maxAnswer = maxAnswer;
    this.#timeoutMs = timeoutMs;
  }

  chainId() {
    return this.#ask("eth_chainId", [], small);
  }

  finalized() {
    const method = "eth_getBlockByNumber";
    return this.#pin(method, this.#each(method, ["finalized", false], (value) => blockOf(value).number), 0);
  }

  belowLatest(depth) {
    const method = "eth_blockNumber";
    const below = Number(wholeOf(depth, 64));
    return this.#pin(method, this.#each(method, [], small), below);
  }

  call(block, to, data) {
    const asked = { to: address(to), data: toHex(toBytes(data, "the data")) };
    return this.#ask("eth_call", [asked, named(block)], (value) => dataOf(value));
  }

  balance(block, account) {
    return this.#ask("eth_getBalance", [address(account), named(block)], fromQuantity);
  }

  nonce(block, account) {
    return this.#ask("eth_getTransactionCount", [address(account), named(block)], small);
  }

  storage(block, contract, slot) {
    const params = [address(contract), toHex(wordOf(slot)), named(block)];
    return this.#ask("eth_getStorageAt", params, hashText);
  }

  receipt(block, transaction) {
    const asked = hashText(transaction);
    const found = this.#askThoseWith(block, "eth_getTransactionReceipt", [asked], (value) => {
      if (value === null) return null;
      const receipt = receiptOf(value);
      if (receipt.transaction !== asked) throw ContractError.invalid("the receipt of another transaction");
      // Endpoints that are ahead know of it before the others do.
      if (receipt.blockNumber > block.number) return null;
      if (!mayFollow(block, receipt)) throw ContractError.invalid("the receipt of another block");
      return receipt;
    });
    if (found === null) return null;
    const sum = checksums();
    const { from, to, contract, logs } = found;
    return { ...found, from: sum(from), to: sum(to), contract: sum(contract), logs: withChecksums(logs, sum) };
  }

  logs(block, { fromBlock = null, address: contract, topics = [] }) {
    const first = fromBlock ?? block.number;
    if (first > block.number || topics.length > MAX_TOPICS) {
      throw ContractError.invalid("a filter has at most 4 topics and begins at the block or before it");
    }
    const wanted = { address: address(contract), topics: topics.map((topic) => topic && hashText(topic)) };
    const range =
      fromBlock === null
        ? { blockHash: block.hash }
        : { fromBlock: quantity(first), toBlock: quantity(block.number) };
    const fits = (log) =>
      log.blockNumber >= first &&
      mayFollow(block, log) &&
      log.address === wanted.address.toLowerCase() &&
      wanted.topics.every((topic, place) => !topic || log.topics[place] === topic);
    const found = this.#askThoseWith(block, "eth_getLogs", [{ ...wanted, ...range }], (value) => {
      const logs = listOf(value, MAX_LOGS, "log entries").map(logOf);
      if (!logs.every(fits)) throw ContractError.invalid("a log entry that was not asked for");
      return logs;
    });
    return withChecksums(found, checksums());
  }

  send(transaction) {
    const { hash } = transaction;
    const answers = this.#each("eth_sendRawTransaction", [toHex(transaction.bytes)], hashText);
    const said = answers.map(({ endpoint, value, reason }) => {
      if (value === hash || KNOWN.some((known) => reason?.toLowerCase().includes(known))) {
        return { endpoint, answer: hash, reason: null };
      }
      return { endpoint, answer: null, reason: reason ?? "it answered with the hash of another transaction" };
    });
    if (said.every(({ answer }) => answer === null)) throw new Refused(hash, said);
    return { transaction: hash, said };
  }

  /** The block that is `depth` below the highest that enough endpoints have reached. */
  #pin(method, newest, depth) {
    const reached = newest.filter(({ reason }) => reason === null).map(({ value }) => value);
    reached.sort((one, other) => other - one);
    const height = reached[this.#needed - 1];
    if (height === undefined) throw disagreement(method, this.#needed, newest);
    const number = Math.max(0, height - depth);
    return this.#ask("eth_getBlockByNumber", [quantity(number), false], (value) => {
      const block = blockOf(value);
      if (block.number !== number) throw ContractError.invalid("another block");
      return block;
    });
  }

  /** What enough of them answer, decoded by `read`. */
  #ask(method, params, read) {
    return this.#agreed(method, this.#each(method, params, read));
  }

  /** What enough of those that have this block answer, decoded by `read`. */
  #askThoseWith(block, method, params, read) {
    const { number, hash, timestamp, baseFee } = block;
    const expected = textOf({ number, hash, timestamp, baseFee });
    const there = this.#each("eth_getBlockByHash", [hash, false], (value) => {
      if (textOf(blockOf(value)) !== expected) throw ContractError.invalid("another block");
    });
    const counted = (answer, position) => {
      const { reason } = there[position];
      return reason === null ? answer : { ...answer, value: null, reason };
    };
    return this.#agreed(method, this.#each(method, params, read).map(counted));
  }

  /** What enough of these answers say. */
  #agreed(method, answers) {
    const texts = answers.map(({ value, reason }) => (reason === null ? textOf(value) : null));
    const votes = (text) => texts.filter((other) => other === text).length;
    const agreed = texts.findIndex((text) => text !== null && votes(text) >= this.#needed);
    if (agreed < 0) throw disagreement(method, this.#needed, answers);
    return answers[agreed].value;
  }

  /** What each of them answers, decoded by `read`, or the reason why there is nothing. */
  #each(method, params, read) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: ID, method, params });
    const init = (one) => ({
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      ...(this.#timeoutMs === null ? {} : { timeoutMs: this.#timeoutMs }),
      ...(one.secretHeader === undefined ? {} : { secretHeaders: [one.secretHeader] }),
    });
    const answers = http.sendAll(this.#all.map((one) => [one.url, init(one)]));
    return this.#all.map((one, position) => {
      const endpoint = hostOf(one);
      try {
        return { endpoint, value: read(resultOf(answers[position], this.#maxAnswer)), reason: null };
      } catch (error) {
        // What an endpoint says may have any form; whatever it breaks, it is its answer that is malformed.
        const reason = error instanceof ContractError ? error.detail : "a malformed answer";
        return { endpoint, value: null, reason: cut(reason) };
      }
    });
  }
}

/**
 * The host, in lower case and without the dot of the root, with a port that is not its scheme's own; the rest of the
 * URL may hold a key.
 */
function hostOf({ url }) {
  const [, scheme = "", host = ""] = /^([a-z]+):\/\/([^/?#]*)/i.exec(url) ?? [];
  const own = scheme.toLowerCase() === "http" ? /:80$/ : /:443$/;
  return host.toLowerCase().replace(own, "").replace(".:", ":").replace(/\.$/, "");
}

/** The result that an answer of JSON-RPC 2.0 holds. */
function resultOf(answer, maxAnswer) {
  if (answer instanceof ContractError) throw ContractError.invalid(REASONS[answer.kind] ?? "the request failed");
  const body = bytesOf(answer);
  if (body.length > maxAnswer) throw ContractError.invalid(`an answer of more than ${maxAnswer} bytes`);
  let value;
  try {
    value = decodeJson(body);
  } catch {
    throw ContractError.invalid(`status ${answer.status} and no JSON`);
  }
  // Some endpoints send errors of JSON-RPC with another status.
  if (value?.error) {
    const { code = 0, message = "no message" } = value.error;
    throw ContractError.invalid(`error ${Number(code)}: ${String(message)}`);
  }
  if (value?.result === undefined || value.id !== ID || answer.status !== 200) {
    throw ContractError.invalid(`status ${answer.status} and no answer of JSON-RPC`);
  }
  return value.result;
}

function disagreement(method, needed, answers) {
  const said = answers.map(({ endpoint, value, reason }) => ({
    endpoint,
    answer: reason === null ? cut(textOf(value)) : null,
    reason,
  }));
  return new Disagreement(method, needed, said);
}

function inWords(said) {
  const one = ({ endpoint, answer, reason }) => `${endpoint}${reason === null ? "" : " failed"}: ${reason ?? answer}`;
  return said.map((each) => `; ${one(each)}`).join("");
}

/** The text's beginning, in one line. */
function cut(text) {
  return [...text.slice(0, 2 * MAX_TEXT)].slice(0, MAX_TEXT).join("").replace(/\p{Cc}/gu, " ");
}

/** The one text of a decoded value: two spellings of a number are no disagreement. */
function textOf(value) {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return quantity(part);
    return part instanceof Uint8Array ? toHex(part) : part;
  });
}

/** How a block is named in a read (EIP-1898): an endpoint that has another one at this height has none of this hash. */
function named(block) {
  return { blockHash: block.hash, requireCanonical: true };
}

/**
 * Whether something of this place can be in the chain that ends with this block. Of earlier blocks only their numbers
 * are known here.
 */
function mayFollow({ number, hash }, { blockNumber, block }) {
  return blockNumber < number || (blockNumber === number && block === hash);
}

/** A number that is exact as a `number`. */
function small(value) {
  const number = fromQuantity(value);
  if (number <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(number);
  throw ContractError.invalid("an answer with too large a number");
}

function listOf(value, most, what) {
  if (!Array.isArray(value)) throw ContractError.invalid("an answer with something else than a list");
  if (value.length > most) throw ContractError.invalid(`more than ${most} ${what}`);
  return value;
}

function blockOf(value) {
  if (value === null) throw ContractError.invalid("no such block");
  const { baseFeePerGas = null } = value;
  return {
    number: small(value.number),
    hash: hashText(value.hash),
    timestamp: small(value.timestamp),
    baseFee: baseFeePerGas === null ? null : fromQuantity(baseFeePerGas),
  };
}

function receiptOf(value) {
  const status = small(value.status);
  if (status > 1) throw ContractError.invalid("a receipt with an unknown status");
  const account = (text) => ((text ?? null) === null ? null : addressOf(text));
  return {
    transaction: hashText(value.transactionHash),
    block: hashText(value.blockHash),
    blockNumber: small(value.blockNumber),
    succeeded: status === 1,
    from: addressOf(value.from),
    to: account(value.to),
    contract: account(value.contractAddress),
    gasUsed: small(value.gasUsed),
    logs: listOf(value.logs, MAX_LOGS, "log entries").map(logOf),
  };
}

function logOf(value) {
  if (value.removed === true) throw ContractError.invalid("a log entry that a reorganization has removed");
  return {
    address: addressOf(value.address),
    topics: listOf(value.topics, MAX_TOPICS, "topics").map(hashText),
    data: dataOf(value.data),
    transaction: hashText(value.transactionHash),
    block: hashText(value.blockHash),
    blockNumber: small(value.blockNumber),
    index: small(value.logIndex),
  };
}

/**
 * An endpoint's address, whose letters need not be the checksum, in lower case: a checksum costs a hash, and one
 * endpoint alone could have many of them computed.
 */
function addressOf(text) {
  return toHex(dataOf(text, 20));
}

/** Gives addresses their checksums, each of which is computed once. */
function checksums() {
  const known = new Map([[null, null]]);
  return (text) => {
    if (!known.has(text)) known.set(text, address(text));
    return known.get(text);
  };
}

function withChecksums(logs, sum) {
  return logs.map((log) => ({ ...log, address: sum(log.address) }));
}
