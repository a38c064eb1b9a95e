/** A URL of `http:` or `https:` with an ASCII host (WHATWG URL Standard). Throws `TypeError` for any other. */
export class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}

/** The pairs of a query (WHATWG URL Standard §6). */
export class URLSearchParams {
  constructor(init?: string | Iterable<readonly [string, string]> | Record<string, string>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(work: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void;
  entries(): Generator<[string, string], void, undefined>;
  keys(): Generator<string, void, undefined>;
  values(): Generator<string, void, undefined>;
  [Symbol.iterator](): Generator<[string, string], void, undefined>;
  toString(): string;
}
