// Redis, outside, over TLS. Needs the grant `redis`.

import * as host from "fermyon:spin/redis@2.0.0";
import { toBytes } from "./bytes.js";
import { DatabaseFailed, asked, exact } from "./databases.js";

export class Connection {
  #host;

  constructor(host) {
    this.#host = host;
  }

  get(key) {
    return asked("redis get", () => this.#host.get(String(key))) ?? null;
  }

  set(key, value) {
    const content = toBytes(value);
    asked("redis set", () => this.#host.set(String(key), content));
  }

  incr(key) {
    return exact(Number(asked("redis incr", () => this.#host.incr(String(key)))));
  }

  del(keys) {
    return asked("redis del", () => this.#host.del(keys.map(String)));
  }

  publish(channel, payload) {
    const content = toBytes(payload);
    asked("redis publish", () => this.#host.publish(String(channel), content));
  }

  sadd(key, values) {
    return asked("redis sadd", () => this.#host.sadd(String(key), values.map(String)));
  }

  smembers(key) {
    return asked("redis smembers", () => this.#host.smembers(String(key)));
  }

  srem(key, values) {
    return asked("redis srem", () => this.#host.srem(String(key), values.map(String)));
  }

  execute(command, parameters = []) {
    const given = parameters.map(toWord);
    return asked("redis execute", () => this.#host.execute(String(command), given)).map(fromWord);
  }
}

export function open(address) {
  return new Connection(asked("redis.open", () => host.Connection.open(String(address))));
}

function toWord(given) {
  if (typeof given === "bigint" || Number.isInteger(given)) return { tag: "int64", val: safe(Number(given)) };
  return { tag: "binary", val: toBytes(typeof given === "number" ? String(given) : given, "a parameter") };
}

function safe(number) {
  if (Number.isSafeInteger(number)) return number;
  throw new DatabaseFailed("other", "a whole number beyond 2^53; pass it as a text");
}

function fromWord({ tag, val }) {
  if (tag === "nil") return null;
  return tag === "int64" ? exact(Number(val)) : val;
}

export { DatabaseFailed };
