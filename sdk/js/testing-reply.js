// What a contract of `testing.js` begins of its answer before it returns.

import { ContractError } from "./errors.js";

const MAX_FIELDS = 64;
const MAX_FIELD_BYTES = 16_384;
/** Fields that no answer may have: of one connection (RFC 9110 §7.6.1), the content's length, and Adyton's own. */
const RESERVED = new Set([
  ...["connection", "content-length", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade"],
]);

export class Beginning {
  #answers;
  #head = null;
  #parts = [];

  /** `answers`: whether there is an answer to begin, as in a call of `service`. */
  constructor(answers) {
    this.#answers = answers;
  }

  begin(status, headers) {
    if (!this.#answers) throw ContractError.denied("there is no answer to begin");
    if (this.#head !== null) throw ContractError.invalid("the answer was begun before");
    if (status < 200 || status > 599) throw ContractError.invalid(`${status} is not the status of a response`);
    const bytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
    if (headers.length > MAX_FIELDS || bytes > MAX_FIELD_BYTES)
      throw ContractError.invalid(`more than ${MAX_FIELDS} header fields or ${MAX_FIELD_BYTES} bytes of them`);
    const wrong = headers.find(({ name }) => name.startsWith("adyton-") || RESERVED.has(name));
    if (wrong !== undefined) throw ContractError.invalid(`the field ${wrong.name} is not the contract's to set`);
    this.#head = { status, headers: headers.map(({ name, value }) => ({ name, value })) };
  }

  write(content) {
    if (this.#head === null) throw ContractError.invalid("the answer was not begun");
    if (content.length > 0) this.#parts.push(Uint8Array.from(content));
  }

  /** The whole answer, of which the program has returned the rest, and the parts that it had written before. */
  whole(rest) {
    const body = Uint8Array.from(Buffer.concat([...this.#parts, rest.body]));
    return { ...rest, ...this.#head, body, parts: this.#parts };
  }
}
