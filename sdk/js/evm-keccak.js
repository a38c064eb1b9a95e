// Keccak-256, the hash function of EVM chains; SHA3-256 is another one.
//
// Written here because the SDK has no dependencies: Keccak-f[1600] of FIPS 202 with a rate of 1088 bits, and the
// padding of Keccak's submission, which begins with 0x01 and not with 0x06. A lane is two halves of 32 bits, because
// each `bigint` of 64 would be allocated anew.

import { toBytes } from "./bytes.js";

const RATE = 136;
/** The lower half of each round's constant. The upper one is nothing but its highest bit, in the rounds of `HIGH`. */
const LOW = [
  0x00000001, 0x00008082, 0x0000808a, 0x80008000, 0x0000808b, 0x80000001, 0x80008081, 0x00008009, 0x0000008a,
  0x00000088, 0x80008009, 0x8000000a, 0x8000808b, 0x0000008b, 0x00008089, 0x00008003, 0x00008002, 0x00000080,
  0x0000800a, 0x8000000a, 0x80008081, 0x00008080, 0x80000001, 0x80008008,
];
const HIGH = new Set([2, 3, 6, 7, 13, 14, 15, 16, 17, 19, 20, 21, 23]);
/** Of lanes in the order in which a walk from lane 1 meets them: where each goes, and how far it turns on its way. */
const PLACES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
const TURNS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

export function keccak256(content) {
  const data = toBytes(content, "the content");
  const padded = new Uint8Array(data.length + RATE - (data.length % RATE));
  padded.set(data);
  padded[data.length] ^= 0x01;
  padded[padded.length - 1] ^= 0x80;
  const view = new DataView(padded.buffer);
  const low = new Int32Array(25);
  const high = new Int32Array(25);
  for (let start = 0; start < padded.length; start += RATE) {
    for (let lane = 0; lane < RATE / 8; lane += 1) {
      low[lane] ^= view.getInt32(start + 8 * lane, true);
      high[lane] ^= view.getInt32(start + 8 * lane + 4, true);
    }
    permute(low, high);
  }
  const out = new DataView(new ArrayBuffer(32));
  for (let lane = 0; lane < 4; lane += 1) {
    out.setInt32(8 * lane, low[lane], true);
    out.setInt32(8 * lane + 4, high[lane], true);
  }
  return new Uint8Array(out.buffer);
}

function permute(low, high) {
  for (let round = 0; round < LOW.length; round += 1) {
    mixColumns(low, high);
    walk(low, high);
    mixRow(low);
    mixRow(high);
    low[0] ^= LOW[round];
    if (HIGH.has(round)) high[0] ^= 0x80000000;
  }
}

function mixColumns(low, high) {
  const lows = columns(low);
  const highs = columns(high);
  for (let x = 0; x < 5; x += 1) {
    const before = (x + 4) % 5;
    const after = (x + 1) % 5;
    const mixedLow = lows[before] ^ ((lows[after] << 1) | (highs[after] >>> 31));
    const mixedHigh = highs[before] ^ ((highs[after] << 1) | (lows[after] >>> 31));
    for (let lane = x; lane < 25; lane += 5) {
      low[lane] ^= mixedLow;
      high[lane] ^= mixedHigh;
    }
  }
}

function columns(half) {
  const sums = [];
  for (let x = 0; x < 5; x += 1) sums.push(half[x] ^ half[x + 5] ^ half[x + 10] ^ half[x + 15] ^ half[x + 20]);
  return sums;
}

function walk(low, high) {
  let carriedLow = low[1];
  let carriedHigh = high[1];
  for (let step = 0; step < PLACES.length; step += 1) {
    const place = PLACES[step];
    const turn = TURNS[step] % 32;
    // Turned by 32 bits, the halves change places.
    const [upper, lower] = TURNS[step] < 32 ? [carriedHigh, carriedLow] : [carriedLow, carriedHigh];
    carriedLow = low[place];
    carriedHigh = high[place];
    low[place] = (lower << turn) | (upper >>> (32 - turn));
    high[place] = (upper << turn) | (lower >>> (32 - turn));
  }
}

function mixRow(half) {
  for (let y = 0; y < 25; y += 5) {
    const row = half.slice(y, y + 5);
    for (let x = 0; x < 5; x += 1) half[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
}
