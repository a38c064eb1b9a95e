import type { Bytes } from "./bytes.js";

/**
 * The contract's large objects: contents with names, written and read in parts, sealed as the store of `kv` is, and
 * committed with it. Needs the grant `objects`.
 *
 * `create` begins an object and gives its handle, `append` adds to it, and `finish` makes it visible under its name;
 * handles hold in later calls, so that what is too large for one request comes in several. A finished object does not
 * change; another one of its name takes its place as a whole. A handle is no permission: who takes one from its callers
 * has to check whose it is.
 *
 * A name has 1 to 512 bytes without control characters, an object at most 1073741824 bytes, which are stored in parts
 * of 262144. What a call appends counts towards `limits.writes`; a call changes at most 256 names and 256 unfinished
 * objects, and removes at most 8192 parts. `wit/objects.wit` says what else counts.
 */

/** An object. */
export interface Info {
  /** The handle under which it is or was written. */
  handle: number;
  name: string;
  /** What the contract says that the content is, such as `application/pdf`; null if it does not say. */
  contentType: string | null;
  /** Bytes of the content. */
  size: number;
  /** When it was finished, or else begun: that call's time, milliseconds since 1970-01-01 UTC. */
  atMs: number;
}

/**
 * Begins an object that will be called `name`, and gives its handle. Several may be begun for one name. A content type
 * has 1 to 255 visible characters of ASCII or spaces.
 *
 * Throws `invalid` for a malformed name or content type, `limit` beyond a bound of a call. Cost: 60000 fuel + 20 per
 * byte of name and content type.
 */
export function create(name: string, contentType?: string | null): number;

/**
 * Adds `content` to the end of an unfinished object, and gives the size that it has then. To add nothing changes
 * nothing, and gives the size.
 *
 * Throws `not-found` if there is no unfinished object of this handle, `limit` for an object that would be too large, or
 * beyond a bound of a call. Cost: 30000 fuel + 20 per byte of content, and of a part that is written anew.
 */
export function append(handle: number, content: Bytes): number;

/**
 * Makes an unfinished object visible under its name, in the place of one that has this name.
 *
 * Throws `not-found` if there is no unfinished object of this handle, as of one that is finished already; `limit`
 * beyond a bound of a call. Cost: 60000 fuel + 20 per byte of name and content type, and 10000 per part of the object
 * that it replaces.
 */
export function finish(handle: number): void;

/**
 * Removes an unfinished object; no error if there is none of this handle.
 *
 * Throws `limit` beyond a bound of a call. Cost: 40000 fuel + 10000 per part.
 */
export function discard(handle: number): void;

/**
 * Removes the object called `name`; no error if there is none.
 *
 * Throws `invalid` for a malformed name, `limit` beyond a bound of a call. Cost: 40000 fuel + 20 per byte of name, and
 * 10000 per part.
 */
export function remove(name: string): void;

/**
 * What is known of the object called `name`; null if there is none.
 *
 * Throws `invalid` for a malformed name. Cost: 50000 fuel + 2 per byte of name and content type.
 */
export function stat(name: string): Info | null;

/**
 * The bytes of the object called `name` from `offset` on, in number `length`, at most 1048576; fewer where the content
 * ends before, and none at its end.
 *
 * Throws `invalid` for a malformed name, a greater length or an offset behind the end; `not-found` if there is no such
 * object. Cost: 10000 fuel + 1 per byte of name and content, and 300000 per part that is read from the store. Within a
 * call the part that was read last is kept.
 */
export function read(name: string, offset: number, length: number): Uint8Array;

/**
 * The objects whose names begin with `prefix` and come after `after`, ascending by the bytes of their names, at most
 * `limit` of them (1 to 1000, by default 100). There are fewer only where there are no more; the last one's name is the
 * next `after`.
 *
 * Throws `invalid` for a `prefix` or `after` of more than 512 bytes, or another `limit`. Cost: 60000 fuel + 2 per byte
 * of `prefix`, `after`, and names and content types read, and 15000 per object.
 */
export function finished(prefix: string, options?: { after?: string | null; limit?: number }): Info[];

/**
 * The unfinished objects whose handles come after `after`, ascending by handle, at most `limit` of them (1 to 1000, by
 * default 100). There are fewer only where there are no more; the last one's handle is the next `after`.
 *
 * Throws `invalid` for another `limit`. Cost: 60000 fuel + 2 per byte of names and content types read, and 15000 per
 * object.
 */
export function unfinished(options?: { after?: number | null; limit?: number }): Info[];

/**
 * Writes an object at once: creates it, appends each of the parts and finishes it. Of a content that is there as a
 * whole the parts are made here. If one of the steps fails, or making a part does, the object is discarded.
 *
 * Throws and costs what the steps do; parts of 262144 bytes, or a multiple of it, cost least.
 */
export function write(name: string, content: Bytes | Iterable<Bytes>, contentType?: string | null): void;

/** The content of the object called `name`, in parts of 262144 bytes. Throws and costs what `read` does for each. */
export function parts(name: string): Generator<Uint8Array, void, undefined>;

/** All objects whose names begin with `prefix`: as many pages of 1000 of `finished` as it takes, one after the other. */
export function all(prefix: string): Generator<Info, void, undefined>;
