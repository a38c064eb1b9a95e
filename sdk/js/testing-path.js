// Which paths the host of `testing.js` takes for the worker's own: those that the worker does.

const RESERVED = "/.adyton/";

/** Whether a contract could take the path for one of the worker's: as it is, resolved or decoded, in either order. */
export function isReserved(path) {
  const plain = withoutQuery(path);
  const resolved = withoutDots(plain);
  const decodedAfter = withoutQuery(decoded(resolved));
  const decodedBefore = withoutDots(withoutQuery(decoded(plain)));
  return [plain, resolved, decodedAfter, decodedBefore].some((reading) => reading.startsWith(RESERVED));
}

function withoutQuery(path) {
  return path.split(/[?#]/, 1)[0];
}

/** With `/` for `\`, and without the segments `.` and `..`, which take the one before them along (RFC 3986 §5.2.4). */
function withoutDots(path) {
  const kept = [];
  let last = "";
  for (const segment of path.replace(/^[/\\]/, "").split(/[/\\]/)) {
    last = decoded(segment);
    if (last === "..") kept.pop();
    else if (last !== ".") kept.push(segment);
  }
  if (last === "." || last === "..") kept.push("");
  return `/${kept.join("/")}`;
}

/** Percent-decoded once, with a character for each byte; what is no encoded byte stays as it is. */
function decoded(text) {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}
