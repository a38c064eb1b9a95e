// Which groups may be told about. Every group that was told about is kept as a set of bits, one for each row: over all
// buyers together, as two of them may be one.

import { kv } from "adyton";

import { MAX_ROWS } from "./rows";

/** The most different groups that one market ever tells about. */
const MAX_TOLD = 512;

/**
 * Whether these groups, each a list of rows, may be told about: each is large enough, and differs from every group told
 * about before by nobody or by enough people, either way. Then they are kept. Otherwise nothing is, and the reason is
 * given.
 */
export function disclose(groups, minimum) {
  if (groups.some((rows) => rows.length < minimum)) return "a group has too few people";
  const told = [...kv.entries("told/")].map(({ value }) => new Uint32Array(value.slice().buffer));
  const fresh = [];
  for (const set of groups.map(setOf)) {
    // How many are in the one group only, and how many in the other only: for each that was told about.
    const differences = told.map((earlier) => [only(set, earlier), only(earlier, set)]);
    if (differences.some(([here, there]) => here === 0 && there === 0)) continue;
    if (differences.flat().some((count) => count > 0 && count < minimum)) {
      return "a group is too close to one that was told about before";
    }
    fresh.push(set);
  }
  if (told.length + fresh.length > MAX_TOLD) return "the market has told about as many groups as it may";
  fresh.forEach((set, at) => kv.set(`told/${String(told.length + at).padStart(4, "0")}`, set));
  return null;
}

function setOf(rows) {
  const set = new Uint32Array(Math.ceil(MAX_ROWS / 32));
  for (const { index } of rows) set[index >> 5] |= 1 << (index & 31);
  return set;
}

/** How many bits are set in the one and not in the other. A whole word at once, as there may be 512 groups. */
function only(one, other) {
  let count = 0;
  for (let at = 0; at < one.length; at += 1) {
    let word = one[at] & ~other[at];
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
