// `evm`: published vectors, and endpoints that agree, err and lie.

import assert from "node:assert/strict";
import { test } from "node:test";

import { refusal, world } from "./worlds.js";

const open = (http) =>
  world("evm", { grants: ["http", "crypto"], secrets: { key: "of b" }, ...(http && { http }) });
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (text) => Uint8Array.from(Buffer.from(text.replace("0x", ""), "hex"));
/** Words of 32 bytes: a number in hexadecimal digits, or text after `"`. */
const words = (...list) =>
  list
    .map((one) => (one.startsWith('"') ? hex(Buffer.from(one.slice(1))).padEnd(64, "0") : one.padStart(64, "0")))
    .join("");

test("Keccak-256 is not SHA3-256", async () => {
  const there = await open();
  for (const [content, expected] of [
    ["", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
    ["abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
    ["a".repeat(200), "96ea54061def936c4be90b518992fdc6f12f535068a256229aca54267b4d084d"],
  ])
    assert.equal(hex(there.call("POST", "/keccak", { body: content }).body), expected);
});

test("what needs no grant is there without one", async () => {
  const there = await world("evm-alone", { grants: [] });
  assert.equal(there.call("GET", "/").text(), "0xcdcd77c0");
});

test("an address has a checksum, and a wrong one is refused", async () => {
  const there = await open();
  for (const text of [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
  ]) {
    assert.equal(there.call("GET", `/address/${text}`).json(), text);
    assert.equal(there.call("GET", `/address/${text.toLowerCase()}`).json(), text);
    const other = text.slice(2).replace(/[a-zA-Z]/, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase()));
    assert.match(refusal(there, "GET", `/address/0x${other}`), /wrong checksum/);
  }
  assert.match(refusal(there, "GET", "/address/0x5aaeb6053f3e94c9b9a09f33669435e7ef1bea"), /^invalid/);
});

test("a public key has its account, and what is none is refused", async () => {
  const there = await open();
  const x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  assert.equal(there.call("GET", `/account/02${x}`).json(), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
  for (const key of [x, `04${x}`, `02${"5".padStart(64, "0")}`, `02${"f".repeat(64)}`]) {
    assert.match(refusal(there, "GET", `/account/${key}`), /^invalid: this is no public key/);
  }
});

test("the examples of the ABI's specification, and tuples", async () => {
  const there = await open();
  const text = (value) => ({ hex: hex(Buffer.from(value)) });
  for (const [signature, selector, values, expected] of [
    ["baz(uint32,bool)", "cdcd77c0", [69, true], words("45", "1")],
    ["bar(bytes3[2])", "fce353f6", [[text("abc"), text("def")]], words('"abc', '"def')],
    [
      "sam(bytes,bool,uint256[])",
      "a5643bf2",
      [text("dave"), true, [1, 2, 3]],
      words("60", "1", "a0", "4", '"dave', "3", "1", "2", "3"),
    ],
    [
      "f(uint256,uint32[],bytes10,bytes)",
      "8be65246",
      [0x123, [0x456, 0x789], text("1234567890"), text("Hello, world!")],
      words("123", "80", '"1234567890', "e0", "2", "456", "789", "d", '"Hello, world!'),
    ],
    [
      "g(uint256[][],string[])",
      "2289b18c",
      [[[1, 2], [3]], ["one", "two", "three"]],
      words(..."40 140 2 40 a0 2 1 2 1 3 3 60 a0 e0".split(" "), "3", '"one', "3", '"two', "5", '"three'),
    ],
    ["h((uint8,bool)[2])", null, [[[1, true], [2, false]]], words("1", "1", "2", "0")],
  ]) {
    const { call, back } = there.call("POST", "/abi", { body: JSON.stringify({ signature, values }) }).json();
    if (selector !== null) assert.equal(call.slice(2, 10), selector, signature);
    assert.equal(call.slice(10), expected, signature);
    const read = (value) => {
      if (Array.isArray(value)) return value.map(read);
      return typeof value === "number" ? `${value}n` : (value.hex && `0x${value.hex}`) ?? value;
    };
    assert.deepEqual(back, read(values), signature);
  }
});

test("types that are none and values of others are refused", async () => {
  const there = await open();
  const types = ["uint", "uint7", "uint264", "uint08", "int256", "bytes0", "bytes33", "()", " bool", "bool[0]"];
  const arrays = ["bool[01]", "bool[1025]", "bool[", "(bool", "bool)", "bool)[2", `bool${"[]".repeat(9)}`];
  for (const type of [...types, ...arrays]) {
    const body = JSON.stringify({ signature: `f(${type})`, values: [true] });
    assert.match(refusal(there, "POST", "/abi", { body }), /^invalid/, type);
  }
  for (const [type, value] of [
    ["uint8", 256],
    ["uint8", -1],
    ["uint8", 1.5],
    ["bool", 1],
    ["bytes4", { hex: "010203" }],
    ["string", { hex: "01" }],
    ["uint8[2]", [1]],
    ["(bool,bool)", [true]],
    ["address", "0x01"],
  ]) {
    const body = JSON.stringify({ signature: `f(${type})`, values: [value] });
    assert.match(refusal(there, "POST", "/abi", { body }), /^invalid/, type);
  }
});

test("data that is too short, also for parts that overlap, or does not fit its types is refused", async () => {
  const there = await open();
  const far = "f".repeat(64);
  const decode = (types, data) => refusal(there, "POST", `/decode/${types}`, { body: bytes(data) });
  for (const [types, ...list] of [
    ["uint256"],
    ["bytes", "20", "1"],
    ["bytes", "40"],
    ["bytes", far],
    ["bytes", "20", far],
    ["uint256[]", "20", "2", "1"],
    ["string", "20", "1", far],
    ["uint8", "100"],
    ["bool", "2"],
    ["address", `1${"0".repeat(63)}`],
    ["bytes4", "1"],
    ["uint256[][]", "20", "2", "40", "40", "1", "7"],
  ])
    assert.match(decode(types, words(...list)), /^invalid/, `${types} ${list}`);
  assert.equal(decode("uint256[][]", words("20", "2", "40", "80", "1", "7", "1", "7")), "answered with 200");
  assert.equal(decode("uint256[][]", words("20", "2", "40", "40", "1", "7", "0", "0")), "answered with 200");
});

test("a transaction has the digest and the hash that it has on the chain", async () => {
  const found = (await open()).call("GET", "/transaction").json();
  assert.deepEqual(found, {
    digest: "0x0d5688ac3897124635b6cf1bc0e29d6dfebceebdc10a54d74f2ef8b56535b682",
    hash: "0x0ec0b6a2df4d87424e5f6ad2a654e27aaeb7dac20ae9e8385cc09087ad532ee0",
    listed: "0xf1c94d22241bd981df1f7ba63364c3ee1e4e48b62fff0e41736890e75cabffca",
  });
});

test("fields of a transaction that are out of their bounds are refused", async () => {
  const there = await open();
  for (const [field, value] of [
    ["nonce", "-1"],
    ["nonce", "1.5"],
    ["chainId", '"1"'],
    ["to", '"0x01"'],
    ["to", '"0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"'],
    ["accessList", '[["0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",[]]]'],
    ["value", "1e30"],
  ])
    assert.match(refusal(there, "GET", `/transaction/${field}/${encodeURIComponent(value)}`), /^invalid/, field);
});

test("a key signs the same transaction with the same bytes", async () => {
  const found = (await open()).call("GET", "/signed-by/payments").json();
  assert.match(found.address, /^0x[0-9a-fA-F]{40}$/);
  assert.deepEqual({ ...found, address: null }, { same: true, address: null, v: 27, length: 65 });
});

test("a structure has the digest of its domain", async () => {
  const there = await open();
  const [separator, mail, digest] = there.call("GET", "/typed/1").json();
  assert.equal(separator, "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f");
  assert.equal(mail, "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e");
  assert.equal(digest, "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  assert.notEqual(there.call("GET", "/typed/2").json()[2], digest);
});

test("members that are not those of the structure are refused", async () => {
  const there = await open();
  const hash = (definition, ...values) =>
    refusal(there, "POST", "/structure", { body: JSON.stringify({ definition, values }) });
  assert.match(hash("Price(uint256 value)"), /^invalid/);
  assert.match(hash("Price(uint256 value)", "1"), /^invalid/);
  assert.match(hash("Price(uint256)", 1), /^invalid/);
  assert.match(hash("Price"), /^invalid/);
  assert.match(hash("Prices(uint256[2] values)", [1, 2, 3]), /^invalid/);
  assert.equal(hash("Prices(uint256[2] values)", [1, 2]), "answered with 200");
});

test("a message has the digest that wallets sign", async () => {
  const { body } = (await open()).call("POST", "/personal", { body: "Hello World" });
  assert.equal(hex(body), "a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2");
});

const result = (value) => ({ jsonrpc: "2.0", id: 1, result: value });
const refused = (code, message) => ({ jsonrpc: "2.0", id: 1, error: { code, message } });
const hash = (byte) => `0x${byte.repeat(32)}`;
const block = (number, chain = "01") =>
  result({ number: `0x${number.toString(16)}`, hash: hash(chain), timestamp: "0x64", baseFeePerGas: "0x7" });
/** Answers like an honest endpoint that has final block 10. */
const honest = ([asked]) => block(asked === "finalized" ? 10 : Number(asked));

/** Endpoints `a`, `b` and `c`, of which two are needed, and what each answers to a method with its parameters. */
function endpoints(answers) {
  return open((sent) => {
    const { method, params } = JSON.parse(Buffer.from(sent.body).toString());
    const name = sent.url[8];
    return { body: JSON.stringify(answers(name, method, params, sent)) };
  });
}

/** Endpoints that agree on block 10, what they answer then, and what when they are asked for it by its hash. */
const atTen = (answers, byHash = () => block(10)) =>
  endpoints((name, method, params, sent) => {
    if (method === "eth_getBlockByNumber") return honest(params);
    if (method !== "eth_getBlockByHash") return answers(name, method, params, sent);
    assert.deepEqual(params, [hash("01"), false]);
    return byHash(name);
  });

test("endpoints that could agree on two answers, or that are one witness, are refused", async () => {
  const there = await open();
  const made = (needed, urls) => refusal(there, "POST", `/endpoints/${needed}`, { body: JSON.stringify(urls) });
  const some = (count) => Array.from({ length: count }, (_, at) => `https://${at}.example`);
  for (const [count, needed] of [[1, 1], [3, 2], [3, 3], [16, 9]]) {
    assert.equal(made(needed, some(count)), "answered with 200");
  }
  for (const [count, needed] of [[0, 0], [3, 1], [4, 2], [3, 4], [17, 9], [3, 2.5]]) {
    assert.match(made(needed, some(count)), /^invalid: .*majority/);
  }
  assert.match(made(2, ["https://a.example/1", "https://A.example/2"]), /host of its own/);
  assert.match(made(2, ["https://a.example", "b.example"]), /host of its own/);
  const same = ["https://a.example:443", "HTTPS://a.example./2", "https://a.example.:443", "http://a.example:80"];
  for (const other of same) assert.match(made(2, ["https://a.example/1", other]), /host of its own/, other);
  assert.match(made(2, ["https://a.example:8545", "https://a.example.:8545"]), /host of its own/);
  assert.equal(made(2, ["https://a.example", "https://a.example:8545"]), "answered with 200");
  assert.equal(made(2, ["http://a.example:443", "http://a.example"]), "answered with 200");
});

test("the block is the highest that enough have reached, whatever one of them says", async () => {
  for (const [claimed, expected] of [[0, 9], [1_000_000, 10]]) {
    const there = await endpoints((name, _, params) => {
      if (params[0] !== "finalized") return honest(params);
      return block({ a: claimed, b: 9, c: 10 }[name]);
    });
    const found = there.call("GET", "/read/finalized").json();
    assert.deepEqual(found, { number: expected, hash: hash("01"), timestamp: 100, baseFee: "7n" });
  }
});

test("a depth is counted from the newest block of enough", async () => {
  const there = await atTen((name) => result(name === "a" ? "0x20" : "0x1f"));
  assert.equal(there.call("GET", "/read/below").json().number, 16);
});

test("a depth that is no whole number of 0 or more is refused", async () => {
  const there = await atTen(() => result("0x1f"));
  assert.match(refusal(there, "GET", "/read/above"), /^invalid: not a whole number/);
});

test("blocks of two chains are a disagreement that says who said what", async () => {
  const there = await endpoints((name, _, params) => {
    if (params[0] === "finalized") return honest(params);
    return { a: block(10), b: block(10, "02"), c: refused(-32000, "no\nstate") }[name];
  });
  const { method, needed, said, text, kind } = there.call("GET", "/said/finalized").json();
  assert.deepEqual([method, needed, kind, said.length], ["eth_getBlockByNumber", 2, "unavailable", 3]);
  assert.equal(said[0].endpoint, "a.example");
  assert.match(said[0].answer, /0x0101/);
  assert.deepEqual(said[2], { endpoint: "c.example", answer: null, reason: "error -32000: no state" });
  assert.match(text, /c\.example failed/);
  assert.doesNotMatch(text, /key/);
});

test("a block that too few have, or another one than was asked for, is none", async () => {
  const few = await endpoints((name, _, params) => (name === "a" ? honest(params) : result(null)));
  assert.equal(few.call("GET", "/said/finalized").json().said[1].reason, "no such block");
  const other = await endpoints((_, __, params) => (params[0] === "finalized" ? honest(params) : block(9)));
  assert.equal(other.call("GET", "/said/finalized").json().said[1].reason, "another block");
});

test("a read names the block by its hash, and two spellings of a number agree", async () => {
  const there = await atTen((name, method, params, sent) => {
    assert.deepEqual([method, params[1]], ["eth_getBalance", { blockHash: hash("01"), requireCanonical: true }]);
    assert.equal(sent.headers.find((field) => field.name === "x-key")?.value, name === "b" ? "of b" : undefined);
    return result({ a: "0x1f", b: "0x001F", c: "0x2f" }[name]);
  });
  assert.equal(there.call("GET", "/read/balance").json(), "31n");
});

test("each read decodes what its method answers", async () => {
  const there = await atTen((_, method, params) => {
    if (method === "eth_call") assert.equal(params[0].data, "0x01");
    if (method === "eth_getStorageAt") assert.equal(params[1], `0x${"5".padStart(64, "0")}`);
    const answers = { eth_call: "0x0203", eth_getTransactionCount: "0x7", eth_chainId: "0xaa36a7" };
    return result({ ...answers, eth_getStorageAt: hash("04") }[method]);
  });
  const read = (what) => there.call("GET", `/read/${what}`).json();
  assert.deepEqual([read("call"), read("nonce"), read("chain")], ["0x0203", 7, 11_155_111]);
  assert.equal(read("storage"), hash("04"));
});

test("what is no answer is not counted", async () => {
  for (const [answer, reason] of [
    [{ jsonrpc: "2.0", id: 2, result: "0x1" }, "status 200 and no answer of JSON-RPC"],
    [null, "status 200 and no answer of JSON-RPC"],
    [result("1"), "a number is 0x and 1 to 64 hexadecimal digits"],
    [refused(1, { toString: 1 }), "a malformed answer"],
    [refused(3, "x".repeat(500)), `error 3: ${"x".repeat(151)}`],
    [result(`0x${"0".repeat(2000)}`), "an answer of more than 1000 bytes"],
  ]) {
    const { said } = (await atTen(() => answer)).call("GET", "/said/balance").json();
    assert.equal(said[0].reason, reason);
  }
  const { said } = (await open()).call("GET", "/said/balance").json();
  assert.equal(said[0].reason, "it could not be reached");
});

/** The hash of a block of the chain that has block 10. */
const hashOf = (number) => hash(number === 10 ? "01" : "03");
/** The same, but in another block of this number. */
const elsewhere = (given) => ({ ...given, blockHash: hash("02") });
const log = (number, address = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed") => ({
  address,
  topics: [hash("06")],
  data: "0x01",
  logIndex: "0x0",
  transactionHash: hash("05"),
  blockHash: hashOf(number),
  blockNumber: `0x${number.toString(16)}`,
});
const receipt = (number, more = {}) => ({
  transactionHash: hash("05"),
  blockHash: hashOf(number),
  blockNumber: `0x${number.toString(16)}`,
  status: "0x1",
  from: `0x${"01".repeat(20)}`,
  to: `0x${"02".repeat(20)}`,
  contractAddress: null,
  gasUsed: "0x5208",
  logs: [log(number)],
  ...more,
});

test("a receipt counts from its block on", async () => {
  const early = await atTen((name) => result({ a: receipt(10), b: null, c: receipt(11) }[name]));
  assert.equal(early.call("GET", "/read/receipt").json(), null);
  const there = await atTen((name) => result(receipt(10, { status: "0x0", effectiveGasPrice: name })));
  const found = there.call("GET", "/read/receipt").json();
  assert.deepEqual([found.succeeded, found.gasUsed, found.contract, found.logs.length], [false, 21000, null, 1]);
  for (const more of [{ status: "0x2" }, { transactionHash: hash("09") }, { logs: [null] }]) {
    assert.match(refusal(await atTen(() => result(receipt(10, more))), "GET", "/read/receipt"), /^unavailable/);
  }
});

test("a receipt of another block at the height that is read is no answer", async () => {
  const { said } = (await atTen(() => result(elsewhere(receipt(10))))).call("GET", "/said/receipt").json();
  assert.equal(said[0].reason, "the receipt of another block");
  const earlier = await atTen(() => result(elsewhere(receipt(9))));
  assert.equal(earlier.call("GET", "/read/receipt").json().block, hash("02"));
});

test("endpoints without the block are not counted for receipts and logs", async () => {
  const told = block(10);
  told.result.timestamp = "0x65";
  const byHash = (name) => ({ a: block(10), b: result(null), c: told })[name];
  const there = await atTen((_, method) => result(method === "eth_getLogs" ? [] : null), byHash);
  for (const what of ["receipt", "range"]) {
    const { said } = there.call("GET", `/said/${what}`).json();
    assert.deepEqual(said.map(({ reason }) => reason), [null, "no such block", "another block"], what);
  }
});

test("only the addresses of what was agreed on get their checksums", async () => {
  const account = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  const spelled = { a: account, b: account.toLowerCase(), c: `0x${account.slice(2).toUpperCase()}` };
  const agreed = (await atTen((name) => result([log(10, spelled[name])]))).call("GET", "/read/logs").json();
  assert.equal(agreed[0].address, account);
  const parties = { from: spelled.b, to: spelled.c, contractAddress: null };
  const found = (await atTen(() => result(receipt(10, parties)))).call("GET", "/read/receipt").json();
  assert.deepEqual([found.from, found.to, found.contract, found.logs[0].address], [account, account, null, account]);
  const apart = await atTen((name) => result([{ ...log(10), data: { a: "0x01", b: "0x02", c: "0x03" }[name] }]));
  const { said } = apart.call("GET", "/said/logs").json();
  assert.ok(said.every(({ answer }) => answer.includes(spelled.b)));
});

test("log entries are those that were asked for", async () => {
  const there = await atTen((_, __, [filter]) => {
    if (filter.fromBlock === undefined) return result(filter.blockHash === hash("01") ? [log(10)] : []);
    return result([filter.fromBlock, filter.toBlock].join() === "0x8,0xa" ? [log(8), log(10)] : []);
  });
  assert.equal(there.call("GET", "/read/logs").json()[0].data, "0x01");
  assert.equal(there.call("GET", "/read/range").json().length, 2);
  const foreign = [log(10, `0x${"12".repeat(20)}`), log(9), { ...log(10), removed: true }, elsewhere(log(10))];
  for (const entry of foreign) {
    assert.match(refusal(await atTen(() => result([entry])), "GET", "/read/logs"), /^unavailable/);
  }
  assert.match(refusal(await atTen(() => result([elsewhere(log(10))])), "GET", "/read/range"), /^unavailable/);
  const earlier = await atTen(() => result([elsewhere(log(9))]));
  assert.equal(earlier.call("GET", "/read/range").json()[0].block, hash("02"));
});

test("a transaction is sent when one endpoint has it", async () => {
  const there = await endpoints((name, method, params) => {
    assert.deepEqual([method, params], ["eth_sendRawTransaction", ["0x02c0"]]);
    return { a: refused(-32000, "already known"), b: result(hash("00")), c: refused(-32000, "nonce too low") }[name];
  });
  const { said, transaction } = there.call("GET", "/send").json();
  assert.deepEqual(said.map(({ answer }) => answer), [transaction, null, null]);
});

test("an unknown transaction is not a known one, and what is cut off is not looked at", async () => {
  let said;
  const there = await endpoints(() => refused(-32000, said));
  for (const [message, expected] of [
    ["known transaction: 0x02", undefined],
    ["Already known", undefined],
    ["ALREADY_KNOWN", undefined],
    ["Transaction with the same hash was already imported.", undefined],
    ["unknown transaction type", "Refused"],
    [`${"x".repeat(160)} already known`, "Refused"],
  ]) {
    said = message;
    assert.equal(there.call("GET", "/send").json().name, expected, message);
  }
});

test("a transaction that nobody takes may be on the chain nevertheless", async () => {
  const there = await endpoints(() => refused(-32000, "nonce too low"));
  const { name, kind, said } = there.call("GET", "/send").json();
  assert.deepEqual([name, kind, said[0].reason], ["Refused", "unavailable", "error -32000: nonce too low"]);
});
