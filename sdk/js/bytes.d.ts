/** Text, which stands for its UTF-8 bytes, or bytes. */
export type Bytes = string | ArrayBuffer | ArrayBufferView;

/** UTF-8. A half of a surrogate pair without the other becomes U+FFFD. */
export function encodeText(text: string): Uint8Array;
/** The text of UTF-8 bytes. Throws `invalid` if they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string;
/** One character for each byte, with the byte's number. */
export function latin1(bytes: Uint8Array): string;
/**
 * Bytes of text or of anything that holds bytes, not copied where they need not be. Throws `invalid` for anything else.
 */
export function toBytes(value: Bytes, name?: string): Uint8Array;
/** Lower-case hexadecimal digits after `0x`. */
export function toHex(bytes: Bytes): string;
/** The bytes of hexadecimal digits, with or without `0x`. Throws `invalid` for anything else. */
export function fromHex(text: string): Uint8Array;
/** Whether two sequences of bytes are the same. Takes the same time wherever they differ. */
export function equalBytes(one: Bytes, other: Bytes): boolean;
/** A value as JSON. Throws `invalid` for what has none. */
export function encodeJson(value: unknown): Uint8Array;
/** The value of JSON in bytes. Throws `invalid` if it is none. */
export function decodeJson<T = unknown>(bytes: Uint8Array): T;
