// The language of queries: one measure over the rows that meet up to four conditions. Nothing here reads the store, the
// clock or the caller.

import { ContractError } from "adyton";

import { list, object, oneOf } from "./fields";
import { FIELDS, PURPOSES, isNumber, valueOf } from "./rows";

const MEASURES = ["count", "sum", "mean", "histogram"];
const MAX_CONDITIONS = 4;

/** The query that the content of a request says. Throws `invalid`, with what is wrong. */
export function queryFrom(asked) {
  const counts = asked?.measure === "count";
  const { purpose, measure, of, where } = object(asked, ["purpose", "measure", ...(counts ? [] : ["of"]), "where"]);
  const query = {
    purpose: oneOf(purpose, PURPOSES, "purpose"),
    measure: oneOf(measure, MEASURES, "measure"),
    where: conditionsFrom(where),
  };
  if (counts) return query;
  const fields = Object.keys(FIELDS).filter((field) => isNumber(field) === (measure !== "histogram"));
  return { ...query, of: oneOf(of, fields, `what a ${measure} is of`) };
}

function conditionsFrom(where) {
  if (Array.isArray(where) && where.length === 0) return [];
  const conditions = list(where, MAX_CONDITIONS, conditionFrom, "conditions");
  const fields = conditions.map(({ field }) => field);
  if (new Set(fields).size !== fields.length) throw ContractError.invalid("there are two conditions on one field");
  return conditions;
}

/** `{"field", "from", "to"}`, both included, of a number, or `{"field", "is"}` of a category. */
function conditionFrom(asked) {
  const field = oneOf(asked?.field, Object.keys(FIELDS), "a condition's field");
  if (!isNumber(field)) return { field, is: valueOf(field, object(asked, ["field", "is"], "a condition").is) };
  const { from, to } = object(asked, ["field", "from", "to"], "a condition");
  const condition = { field, from: valueOf(field, from), to: valueOf(field, to) };
  if (condition.from > condition.to) throw ContractError.invalid(`${field}: 'from' is not above 'to'`);
  return condition;
}

/** The groups that the query would tell about, each with its rows. A histogram has one for each category. */
export function groupsOf(query, rows) {
  const meeting = rows.filter(({ values }) => query.where.every((condition) => meets(values, condition)));
  if (query.measure !== "histogram") return [{ rows: meeting }];
  return FIELDS[query.of].categories.map((category) => ({
    category,
    rows: meeting.filter(({ values }) => values[query.of] === category),
  }));
}

/** What the query tells about its groups. */
export function resultOf(query, groups) {
  if (query.measure === "histogram") {
    return Object.fromEntries(groups.map(({ category, rows }) => [category, rows.length]));
  }
  const [{ rows }] = groups;
  if (query.measure === "count") return rows.length;
  const sum = rows.reduce((total, { values }) => total + values[query.of], 0);
  return query.measure === "sum" ? sum : Math.round((100 * sum) / rows.length) / 100;
}

function meets(values, { field, is, from, to }) {
  return is === undefined ? values[field] >= from && values[field] <= to : values[field] === is;
}
