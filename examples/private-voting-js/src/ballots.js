// Ballots: kept until the poll is counted, and never shown. Beside each voter's ballot there is the number of ballots
// of each option, so that counting does not read them all.

import { bytes, kv } from "adyton";

/** How many ballots are forgotten in one call. */
const BATCH = 500;

/** Takes a ballot, in the place of the one that the voter may have cast before. */
export function cast(poll, voter, option) {
  const numbers = tally(poll);
  const before = kv.get(ballotKey(poll, voter));
  if (before !== null) numbers[before[0]] -= 1;
  numbers[option] += 1;
  kv.set(ballotKey(poll, voter), Uint8Array.of(option));
  kv.setJson(tallyKey(poll), numbers);
}

/** The number of ballots of each option, in their order. */
export function tally(poll) {
  return kv.getJson(tallyKey(poll)) ?? poll.options.map(() => 0);
}

/** Removes up to 500 of the poll's ballots. How many, and whether there are more. */
export function forget(poll) {
  const { entries, next } = kv.scan(ballotKey(poll, []), { limit: BATCH });
  for (const { key } of entries) kv.delete(key);
  if (next === null) kv.delete(tallyKey(poll));
  return { forgotten: entries.length, more: next !== null };
}

function ballotKey(poll, voter) {
  return Uint8Array.of(...bytes.encodeText(`ballot/${poll.id}/`), ...voter);
}

function tallyKey(poll) {
  return `tally/${poll.id}`;
}
