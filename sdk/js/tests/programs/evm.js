// `evm`, as a contract uses it. Each path gives what the test compares.

import { Response, Router, bytes, evm, evmKeys, evmReads } from "adyton";

const { abi } = evm;
const ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const HASH = `0x${"05".repeat(32)}`;
const DIGEST = new Uint8Array(32).fill(7);

/** JSON has neither numbers of 256 bits nor bytes. */
const plain = (value) =>
  JSON.parse(
    JSON.stringify(value, (_, part) => {
      if (typeof part === "bigint") return `${part}n`;
      return part instanceof Uint8Array ? bytes.toHex(part) : part;
    }),
  );

/** Bytes in JSON: `{ "hex": "…" }`. */
const given = (value) => {
  if (Array.isArray(value)) return value.map(given);
  return typeof value === "object" ? bytes.fromHex(value.hex) : value;
};

const WITH_SECRET = { url: "https://b.example", secretHeader: { name: "x-key", secret: "key" } };
const endpoints = (options) =>
  new evmReads.Endpoints(["https://a.example/key", WITH_SECRET, "https://c.example"], 2, options);

const transaction = (fields = {}) =>
  new evm.Transaction({
    chainId: 1,
    nonce: 0x42,
    maxPriorityFeePerGas: 1_000_000_000,
    maxFeePerGas: 20_000_000_000n,
    gasLimit: 44_386,
    to: "0x6069a6c32cf691f5982febae4faf8a6f3ab2f0f6",
    data: bytes.fromHex(`a22cb465${"5eee75727d804a2b13038928d36f8b188945a57a".padStart(64, "0")}${"0".repeat(64)}`),
    ...fields,
  });

const READS = {
  finalized: (block) => block,
  below: (_, all) => all.belowLatest(15),
  above: (_, all) => all.belowLatest(-5),
  chain: (_, all) => all.chainId(),
  call: (block, all) => all.call(block, ACCOUNT, new Uint8Array([1])),
  balance: (block, all) => all.balance(block, ACCOUNT),
  nonce: (block, all) => all.nonce(block, ACCOUNT),
  storage: (block, all) => all.storage(block, ACCOUNT, 5),
  receipt: (block, all) => all.receipt(block, HASH),
  logs: (block, all) => all.logs(block, { address: ACCOUNT, topics: [null] }),
  range: (block, all) => all.logs(block, { address: ACCOUNT, fromBlock: 8 }),
};

export default new Router()
  .post("/keccak", async (request) => new Response(evm.keccak256(await request.bytes())))
  .get("/address/:text", (_, { text }) => Response.json(evm.address(text)))
  .get("/account/:key", (_, { key }) => Response.json(evm.addressOf(bytes.fromHex(key))))
  .post("/abi", async (request) => {
    const { signature, values } = await request.json();
    const call = abi.call(signature, given(values));
    const types = signature.slice(signature.indexOf("(") + 1, -1);
    return Response.json({ call: bytes.toHex(call), back: plain(abi.decode(types, call.slice(4))) });
  })
  .post("/decode/:types", async (request, { types }) => Response.json(plain(abi.decode(types, await request.bytes()))))
  .get("/transaction", () => {
    const r = bytes.fromHex("840cfc572845f5786e702984c2a582528cad4b49b2a10b9db1be7fca90058565");
    const s = bytes.fromHex("25e7109ceb98168d95b09b18bbf6b685130e0562f233877d492b94eee0c5b6d1");
    const signed = transaction().withSignature(new evm.Signature(r, s, 0));
    const empty = { chainId: 1, nonce: 0, maxPriorityFeePerGas: 0, maxFeePerGas: 0, gasLimit: 0 };
    const accessList = [[`0x${"11".repeat(20)}`, [`0x${"22".repeat(32)}`]]];
    return Response.json({
      digest: bytes.toHex(transaction().digest()),
      hash: new evm.SignedTransaction(signed.bytes).hash,
      listed: bytes.toHex(new evm.Transaction({ ...empty, accessList }).digest()),
    });
  })
  .get("/transaction/:field/:value", (_, { field, value }) =>
    Response.json(bytes.toHex(transaction({ [field]: JSON.parse(value) }).digest())),
  )
  .get("/signed-by/:name", (_, { name }) => {
    const key = evmKeys.Key.named(name);
    const once = transaction().sign(key);
    const signature = key.sign(DIGEST);
    return Response.json({
      same: bytes.toHex(once.bytes) === bytes.toHex(transaction().sign(key).bytes),
      address: key.address,
      v: signature.toBytes()[64] - signature.yParity,
      length: signature.toBytes().length,
    });
  })
  .get("/typed/:chain", (_, { chain }) => {
    const person = "Person(string name,address wallet)";
    const somebody = (name, wallet) => evm.structHash(person, [name, wallet]);
    const mail = evm.structHash(`Mail(Person from,Person to,string contents)${person}`, [
      somebody("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
      somebody("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"),
      "Hello, Bob!",
    ]);
    const verifyingContract = `0x${"cc".repeat(20)}`;
    const domain = { name: "Ether Mail", version: "1", chainId: Number(chain), verifyingContract };
    return Response.json(plain([evm.domainSeparator(domain), mail, evm.typedDigest(domain, mail)]));
  })
  .post("/structure", async (request) => {
    const { definition, values } = await request.json();
    return new Response(evm.structHash(definition, given(values)));
  })
  .post("/personal", async (request) => new Response(evm.personalDigest(await request.bytes())))
  .get("/read/:what", (_, { what }) => {
    const all = endpoints();
    return Response.json(plain(READS[what](all.finalized(), all)) ?? null);
  })
  .get("/said/:what", (_, { what }) => {
    const all = endpoints({ maxAnswer: 1000 });
    try {
      return Response.json(plain(READS[what](all.finalized(), all)));
    } catch (error) {
      return Response.json({ ...error, text: error.detail });
    }
  })
  .get("/send", () => {
    try {
      return Response.json(endpoints().send(new evm.SignedTransaction(new Uint8Array([2, 0xc0]))));
    } catch (error) {
      return Response.json({ name: error.name, kind: error.kind, ...error });
    }
  })
  .post("/endpoints/:needed", async (request, { needed }) => {
    new evmReads.Endpoints(await request.json(), Number(needed));
    return new Response("taken");
  });
