// PostgreSQL by the SDK for JavaScript: the content is an address, the answer what came of some statements.

import { Response, Router, postgres } from "adyton";

const shown = (value) => (value instanceof Uint8Array ? [...value] : value === undefined ? "unsupported" : value);

function failure(there, statement) {
  try {
    there.query(statement);
    return null;
  } catch (error) {
    return error.failure;
  }
}

export default new Router().post("/", async (request) => {
  const there = postgres.open(await request.text());
  there.execute("CREATE TABLE js (b boolean, n integer, l bigint, f float8, s text, y bytea, m timestamptz, d date)");
  const at = new Date("2026-01-31T23:59:58.007Z");
  const given = [true, 7, 2 ** 40, 0.5, "café", new Uint8Array([1, 2]), at, "2026-02-01"];
  const changed = there.execute("INSERT INTO js VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", given);
  there.execute("INSERT INTO js (n, s) VALUES ($1, $2)", [8, null]);
  const more = "TIME '01:02:03.5' AS t, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid AS u";
  const { columns, rows } = there.query(`SELECT *, ${more} FROM js ORDER BY n`);
  const failures = ["SELECT * FROM nowhere", "SELECT 9007199254740993"].map((statement) => failure(there, statement));
  return Response.json({ changed, columns, rows: rows.map((row) => row.map(shown)), failures });
});
