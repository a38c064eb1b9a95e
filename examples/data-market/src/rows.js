// Rows: one for each person, and their terms. A row never changes; it can only be withdrawn, for good. So a set of rows
// says the same at any time, and what was told about it once may be told again.
//
// `row/ACCOUNT` is a person's row, and `rows` the number of rows there ever were.

import { ContractError, bytes, kv } from "adyton";

import { admitted } from "./admission";
import { list, object, oneOf, whole } from "./fields";

/** What can be in a row: whole numbers with their bounds, and categories. */
export const FIELDS = {
  age: { least: 18, most: 120 },
  steps: { least: 0, most: 100_000 },
  sleep_minutes: { least: 0, most: 1_440 },
  region: { categories: ["north", "east", "south", "west"] },
  smoker: { categories: ["yes", "no"] },
};
export const PURPOSES = ["research", "public-health", "insurance", "marketing"];
export const MAX_ROWS = 1_000;
const MAX_USES = 1_000;

export const isNumber = (field) => FIELDS[field].categories === undefined;

/** A value of a field, or of a condition on it. */
export function valueOf(field, value) {
  const { least, most, categories } = FIELDS[field];
  return categories === undefined ? whole(value, least, most, field) : oneOf(value, categories, field);
}

/** Stores an account's row. Throws `denied` where nobody admitted it, `conflict` where it ever had one. */
export function contribute(account, asked) {
  const { values, terms } = object(asked, ["values", "terms"]);
  object(values, Object.keys(FIELDS), "values");
  const checked = Object.fromEntries(Object.keys(FIELDS).map((field) => [field, valueOf(field, values[field])]));
  const { purposes, uses } = object(terms, ["purposes", "uses"], "terms");
  const agreed = {
    purposes: list(purposes, PURPOSES.length, (one) => oneOf(one, PURPOSES, "a purpose"), "purposes"),
    uses: whole(uses, 1, MAX_USES, "uses"),
  };
  admitted("person", account);
  if (kv.get(key(account)) !== null) throw ContractError.conflict();
  const index = kv.getJson("rows") ?? 0;
  if (index === MAX_ROWS) throw ContractError.limit(`a market has at most ${MAX_ROWS} rows`);
  kv.setJson("rows", index + 1);
  save({ account, index, values: checked, terms: agreed, credits: 0 });
}

/** An account's own row. Throws `not-found`. */
export function rowOf(account) {
  const row = kv.getJson(key(account));
  if (row === null) throw ContractError.notFound();
  return row;
}

/** Removes the values for good. The credits stay. */
export function withdraw(account) {
  save({ ...rowOf(account), values: null });
}

/** The rows whose terms let a query of this purpose use them once more. */
export function usable(purpose) {
  const rows = [...kv.entries("row/")].map(({ value }) => bytes.decodeJson(value));
  return rows.filter(
    ({ values, terms, credits }) => values !== null && terms.purposes.includes(purpose) && credits < terms.uses,
  );
}

/** One more use of each of these rows: its contributor's credit, and its terms' count. */
export function credit(rows) {
  for (const row of rows) save({ ...row, credits: row.credits + 1 });
}

function save(row) {
  kv.setJson(key(row.account), row);
}

function key(account) {
  return `row/${account}`;
}
