/** What header fields are made of. */
export type HeadersInit = Iterable<readonly [string, string]> | Record<string, string>;

/**
 * Header fields. Names are in lower case; a byte above 0x7f, which HTTP calls `obs-text` (RFC 9110 §5.5), is the
 * character with the same number (U+0080 to U+00FF).
 */
export class Headers {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  /** The values of this name, joined by a comma; null if there is none. */
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(work: (value: string, name: string, headers: Headers) => void, self?: unknown): void;
  entries(): Generator<[string, string], void, undefined>;
  keys(): Generator<string, void, undefined>;
  values(): Generator<string, void, undefined>;
  [Symbol.iterator](): Generator<[string, string], void, undefined>;
}
