import type { ContractError } from "./errors.js";
import type { Headers } from "./headers.js";
import type { Request, RequestInit, Response } from "./message.js";
import type { URL } from "./url.js";

/**
 * Outgoing HTTP requests, only to the destinations in the manifest. Needs the grant `http`.
 *
 * A destination is a rule of the manifest: a host name (or `*.` and a name), a port, HTTPS unless the rule says
 * otherwise. The worker resolves the name itself and connects only if every address is a public one, unless the rule
 * says `danger_allow_private`. TLS ends inside the worker, which accepts the public roots and those that the manifest
 * adds; certificates are checked against the call's time. Redirects are not followed: the contract gets them as they
 * are and may send another request, which is checked again.
 *
 * Each request that left the worker is in the call's receipt: destination, certificate, digests. Of an answer that was
 * not read to its end the digest is over what was read, and is told from that of a whole one.
 */

/**
 * A header field whose value is one of the contract's secrets: the worker fills it in, and the contract needs no grant
 * of `secrets` for it. Only over HTTPS.
 */
export interface SecretHeader {
  /** The field's name. */
  name: string;
  /** Text before the secret, such as `Bearer `. */
  prefix?: string;
  /** The secret's name. */
  secret: string;
}

/** What a request has beside its URL. */
export interface OutgoingInit extends RequestInit {
  /** Header fields to be filled with secrets; they count as header fields. */
  secretHeaders?: SecretHeader[];
  /** Milliseconds for the whole exchange; none, or more than `limits.egress_ms`: `limits.egress_ms`. */
  timeoutMs?: number;
}

/**
 * Sends a request and waits for the whole answer. An answer of any status is returned.
 *
 * The method is `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`. The URL has at most 8192 bytes. At most
 * 64 header fields, 16384 bytes in all; `host`, `content-length` and the fields that belong to the connection are the
 * worker's. The content, of request and answer each, has at most `limits.egress_bytes` bytes. The answer has at most
 * 100 header fields, 32768 bytes in all.
 *
 * Throws `denied` if no rule of the manifest covers the URL, or an address of the host is not public, or a secret would
 * leave unencrypted; `limit` beyond `limits.egress_requests` or `limits.egress_bytes`, in either direction; `timeout`;
 * `invalid` for a malformed request; `not-found` for a secret that is not set; `unavailable` if the host has no
 * address, does not answer, has a bad certificate, or answers with something else than HTTP/1.1.
 *
 * Cost: 800000 fuel + 10 per byte of URL, header fields and content, of request and answer.
 */
export function send(input: string | URL | Request, init?: OutgoingInit): Response;

/**
 * Sends up to 16 requests at once and waits for all. The answers, or the errors that became of them, are in the order
 * of the requests; each of them `invalid` if there are more than 16. An error here is returned, not thrown.
 *
 * Cost: that of `send` for each.
 */
export function sendAll(
  requests: (string | URL | Request | [string | URL | Request, OutgoingInit])[],
): (Response | ContractError)[];

/**
 * The beginning of an answer whose content is read as it comes. Going over it with `for … of` gives the content in
 * parts of at most 65536 bytes, and closes it, also where the loop is left before the end.
 */
export interface Incoming extends Iterable<Uint8Array> {
  readonly status: number;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  /** At most 100 header fields, 32768 bytes in all. */
  readonly headers: Headers;
  /** SHA-256 of the other side's TLS certificate (DER), 32 bytes; null over plain HTTP. */
  readonly tlsPeerSha256: Uint8Array | null;

  /**
   * The next bytes of the content, 1 to `max` of them, by default at most 65536, as soon as there are any; null at its
   * end. After its end and after an error the answer is closed.
   *
   * Throws `not-found` if it is not open; `invalid` unless `max` is 1 to 1048576; `limit` where the content has more
   * than `limits.egress_bytes` bytes; `timeout`; `unavailable` if it breaks off.
   *
   * Cost: 5000 fuel + 10 per byte.
   */
  read(max?: number): Uint8Array | null;

  /**
   * Closes the answer before its end; no error if it is not open. So does the call's end.
   *
   * Cost: 1000 fuel.
   */
  close(): void;
}

/**
 * Sends a request and waits for the beginning of its answer. The content is read within the same time: that of
 * `timeoutMs` counts from here to its end. At most 8 answers are open at once.
 *
 * Throws what `send` throws: `denied`, `limit`, `timeout`, `invalid`, `not-found`, `unavailable`; and `limit` for one
 * answer too many.
 *
 * Cost: 800000 fuel + 10 per byte of URL, header fields and content of the request, and of the answer's header fields.
 */
export function open(input: string | URL | Request, init?: OutgoingInit): Incoming;
