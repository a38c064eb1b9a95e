// The verifier of evidence in a browser: the same code and the same words as `adyton attest verify --json`.
//
// The WebAssembly module imports nothing. Each judgement has an instance of its own: what one leaves in memory, or a
// fault of ours that stops one, touches no other.

/** The most bytes of all files and their names together (adyton_judgement::request::MAX_REQUEST). */
const MAX_REQUEST = 64 * 1024 * 1024;

/** What was given cannot be judged; nothing is said about the evidence. */
export class Misuse extends Error {
  constructor(message, lacks) {
    super(message);
    this.name = "Misuse";
    this.lacks = lacks ?? null;
  }
}

export class Verifier {
  #module;

  constructor(module) {
    if (WebAssembly.Module.imports(module).length > 0) throw new TypeError("the verifier imports nothing");
    this.#module = module;
  }

  static async load(source = new URL("./verifier.wasm", import.meta.url)) {
    if (source instanceof WebAssembly.Module) return new Verifier(source);
    return new Verifier(await WebAssembly.compile(await bytesOf(source)));
  }

  async verify(input) {
    const request = encoded(input);
    const { exports } = await WebAssembly.instantiate(this.#module, {});
    const answer = JSON.parse(ask(exports, request));
    if (answer.judgement === undefined) throw new Misuse(answer.misuse, answer.lacks);
    return answer.judgement;
  }
}

async function bytesOf(source) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source;
  const response = source instanceof Response ? source : await fetch(source);
  if (!response.ok) throw new Error(`the verifier could not be loaded: status ${response.status} of ${response.url}`);
  return response.arrayBuffer();
}

function ask(exports, request) {
  let answer;
  try {
    const place = exports.adyton_request(request.byteLength) >>> 0;
    if (place === 0) throw new Misuse("there is no room for this much evidence");
    new Uint8Array(exports.memory.buffer, place, request.byteLength).set(request);
    const at = exports.adyton_answer() >>> 0;
    answer = new Uint8Array(exports.memory.buffer, at, exports.adyton_answer_length() >>> 0);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw new Error("the verifier stopped: no judgement", { cause: error });
    throw error;
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(answer);
}

// The length of the head, the head, and the files in the order of its fields.
function encoded(input) {
  const files = [];
  const take = (file, name) => {
    const { name: named = name, bytes } = isBytes(file) ? { bytes: file } : file;
    if (typeof named !== "string") throw new TypeError("the name of a file is a string");
    const content = viewOf(bytes, named);
    files.push(content);
    return { name: named, length: content.byteLength };
  };
  const all = (list, name) => [...(list ?? [])].map((file, place) => take(file, `${name} ${place}`));
  const head = {
    kind: String(input.kind),
    evidence: take(input.evidence, "evidence"),
    collateral: input.collateral == null ? null : take(input.collateral, "collateral"),
    endorsements: all(input.endorsements, "endorsement"),
    policy: input.policy == null ? null : take(input.policy, "policy"),
    policyFiles: all(input.policyFiles, "file of the policy"),
    entry: input.entry == null ? null : whole(input.entry, "entry"),
    reportData: input.reportData == null ? null : hexOf(input.reportData),
    at: whole(input.at ?? Math.floor(Date.now() / 1000), "at"),
  };
  return joined(new TextEncoder().encode(JSON.stringify(head)), files);
}

function joined(head, files) {
  const length = files.reduce((sum, file) => sum + file.byteLength, 4 + head.byteLength);
  if (length > MAX_REQUEST) throw new Misuse(`all files together have at most ${MAX_REQUEST} bytes`);
  const request = new Uint8Array(length);
  new DataView(request.buffer).setUint32(0, head.byteLength, true);
  request.set(head, 4);
  let place = 4 + head.byteLength;
  for (const file of files) {
    request.set(file, place);
    place += file.byteLength;
  }
  return request;
}

function isBytes(value) {
  return typeof value === "string" || value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function viewOf(value, name) {
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`${name} is bytes or text`);
}

function whole(value, name) {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`${name} is a whole number`);
  return value;
}

function hexOf(value) {
  if (typeof value === "string") return value;
  return Array.from(viewOf(value, "reportData"), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
