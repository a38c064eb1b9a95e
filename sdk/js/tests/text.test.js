// Texts, URLs and header fields, beside Node's own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { equalBytes, fromHex, toBytes, toHex } from "../bytes.js";
import { Headers } from "../headers.js";
import * as query from "../query.js";
import * as text from "../text.js";
import * as url from "../url.js";

const TEXTS = ["", "plain", "né", "日本", "😀", "a\ud800b", "\udc00", "\ufeffmark", "x".repeat(20_000)];
const BYTES = [
  "",
  "41",
  "c3a9",
  "f09f9880",
  "ff",
  "c0af",
  "eda080",
  "f4908080",
  "e28241",
  "f09f98",
  "80",
  "efbbbf41",
  "e0a0",
  "f1808041",
];

test("text becomes the bytes that Node's encoder makes", () => {
  for (const each of TEXTS)
    assert.deepEqual([...new text.TextEncoder().encode(each)], [...new TextEncoder().encode(each)]);
});

test("bytes become the text that Node's decoder makes, well-formed or not", () => {
  for (const digits of BYTES) {
    const bytes = Uint8Array.from(Buffer.from(digits, "hex"));
    assert.equal(new text.TextDecoder().decode(bytes), new TextDecoder().decode(bytes), digits);
    const ignored = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    assert.equal(new text.TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), ignored, digits);
  }
});

test("bytes that are not UTF-8 are refused where that is asked for", () => {
  const decoder = new text.TextDecoder("utf8", { fatal: true });
  for (const digits of ["ff", "c0af", "eda080", "f09f98"])
    assert.throws(() => decoder.decode(fromHex(digits)), TypeError, digits);
});

test("other encodings, and text in parts, are refused", () => {
  assert.throws(() => new text.TextDecoder("latin1"), RangeError);
  assert.throws(() => new text.TextDecoder().decode(new Uint8Array(), { stream: true }), TypeError);
});

test("text is written into an array as far as it fits", () => {
  const into = new Uint8Array(4);
  assert.deepEqual(new text.TextEncoder().encodeInto("aé😀", into), { read: 2, written: 3 });
  assert.deepEqual([...into], [0x61, 0xc3, 0xa9, 0]);
});

test("hexadecimal digits read back, and others are refused", () => {
  assert.equal(toHex(fromHex("0x00fF")), "0x00ff");
  for (const digits of ["0", "0xg0", "zz"]) assert.throws(() => fromHex(digits), /hexadecimal/);
});

test("bytes are taken from a part of a buffer, and compared", () => {
  const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  assert.deepEqual([...toBytes(part)], [2, 3]);
  assert.deepEqual([...toBytes(new DataView(part.buffer, 3))], [4]);
  assert.ok(equalBytes(part, new Uint8Array([2, 3])) && !equalBytes(part, "xy") && !equalBytes(part, "x"));
  for (const value of [7, null, undefined, {}, [1]]) assert.throws(() => toBytes(value), /neither text nor bytes/);
});

const URLS = [
  "https://example.org",
  "HTTPS://EXAMPLE.org:443/A/../b/./c/%2e%2E/d?q=ä b#f g",
  "http://user:pa ss@example.org:8080/",
  "http://127.0.0.1/x",
  "https://[2001:DB8::1]:444/",
  "  https://example.org/\ta\nb  ",
  "https:\\\\example.org\\a\\b",
  "https://example.org?x",
  "https://example.org/a/..",
  "https://example.org/..//x/",
  "https://example.org/😀'\"<>`{}|",
  "https://example.org/?'\"<>`{}|^",
  "https://example.org/#'\"<>`{}|^",
  "https://example.org/a?b?c#d#e",
];
const RELATIVE = ["", "x", "/x", "./x/../y", "../../x", "?q", "#f", "//other.example/x", "x?y#z", "http://a.example/"];

test("a URL has the parts that Node's has", () => {
  for (const each of URLS) {
    const [own, other] = [new url.URL(each), new URL(each)];
    for (const part of [
      "href",
      "origin",
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
    ]) {
      assert.equal(own[part], other[part], `${part} of ${each}`);
    }
    assert.equal(JSON.stringify(own), JSON.stringify(other));
  }
});

test("a relative URL is resolved as Node does", () => {
  for (const each of RELATIVE) {
    const base = "https://example.org/a/b/c?q#f";
    assert.equal(new url.URL(each, base).href, new URL(each, base).href, each);
  }
});

test("what is no URL, or of another scheme, is refused", () => {
  const wrong = [
    "",
    "x",
    "//example.org",
    "ftp://example.org",
    "https://",
    "https://a b/",
    "https://a:99999/",
    "https://a:x/",
    "https://bücher.example/",
    "https://[::1",
    "https://a%00b/",
  ];
  for (const each of wrong) {
    assert.throws(() => new url.URL(each), TypeError, each);
    assert.ok(!url.URL.canParse(each) && url.URL.parse(each) === null);
  }
});

test("a URL is changed by its parts", () => {
  const own = new url.URL("https://example.org/a?x=1#f");
  own.pathname = "b c";
  own.searchParams.append("y", "2 3");
  own.hash = "";
  assert.equal(own.href, "https://example.org/b%20c?x=1&y=2+3");
  own.search = "?z=ä";
  assert.equal(own.searchParams.get("z"), "ä");
  own.searchParams.delete("z");
  assert.equal(own.href, "https://example.org/b%20c");
});

test("a query is read and written as Node does", () => {
  for (const each of ["a=1&b=2&a=3", "?x=%C3%A4+%20&y", "=&&=x", "a=%zz&b=%", "k=😀~*-._'()!", "%41=%ff"]) {
    const [own, other] = [new query.URLSearchParams(each), new URLSearchParams(each)];
    assert.deepEqual([...own], [...other], each);
    assert.equal(own.toString(), other.toString(), each);
  }
});

test("the pairs of a query are found, set, sorted and counted", () => {
  const own = new query.URLSearchParams({ b: 1, a: 2 });
  own.append("b", 3);
  assert.deepEqual(
    [own.get("b"), own.getAll("b"), own.get("c"), own.has("b", "3"), own.size],
    ["1", ["1", "3"], null, true, 3],
  );
  own.set("b", "4");
  own.sort();
  assert.equal(own.toString(), "a=2&b=4");
  own.delete("a");
  assert.deepEqual([...own.keys()], ["b"]);
});

test("header fields have names without regard to case, and values of one line", () => {
  const headers = new Headers({ "X-One": " 1 " });
  headers.append("x-one", "2");
  headers.append("Set-Cookie", "a");
  headers.append("Set-Cookie", "b");
  assert.equal(headers.get("X-ONE"), "1, 2");
  assert.deepEqual(
    [...headers],
    [
      ["set-cookie", "a"],
      ["set-cookie", "b"],
      ["x-one", "1, 2"],
    ],
  );
  headers.set("x-one", "3");
  headers.delete("set-cookie");
  assert.deepEqual([...new Headers(headers)], [["x-one", "3"]]);
  for (const name of ["", "a b", "ä", "a:"]) assert.throws(() => headers.append(name, ""), TypeError, name);
  for (const value of ["a\nb", "a\r", "\0", "日"])
    assert.throws(() => headers.append("a", `x${value}x`), TypeError, value);
});
