/**
 * Why a function did not do what it was asked, or why the contract did not answer. The text says what happened, in
 * English, for people; programs look at the kind.
 *
 * - `denied`: not allowed by the manifest or by the network's rules.
 * - `limit`: a limit of the manifest is reached; which one.
 * - `timeout`: it took longer than the time allowed for it.
 * - `invalid`: an argument is malformed.
 * - `conflict`: the value is not the expected one.
 * - `not-found`: there is nothing under this name.
 * - `unavailable`: the other side could not be reached, or broke its protocol.
 * - `other`: anything else.
 */
export type ErrorKind = "denied" | "limit" | "timeout" | "invalid" | "conflict" | "not-found" | "unavailable" | "other";

/**
 * An error of the host, or of the contract: thrown out of the program, it reaches the caller with its kind and text,
 * and nothing of the call is committed.
 *
 * Anything else that is thrown reaches the caller as `other` with its message, and the log with the places that led to
 * it, where `log` is granted.
 */
export class ContractError extends Error {
  /** `timeout`, `conflict` and `not-found` have no text. A text is cut off after 2048 characters. */
  constructor(kind: ErrorKind, detail?: string);
  readonly kind: ErrorKind;
  readonly detail: string;
  /** Not allowed by the contract's rules. */
  static denied(detail: string): ContractError;
  /** A limit of the contract is reached. */
  static limit(detail: string): ContractError;
  /** It took longer than the time allowed for it. */
  static timeout(): ContractError;
  /** An argument is malformed. */
  static invalid(detail: string): ContractError;
  /** The value is not the expected one. */
  static conflict(): ContractError;
  /** There is nothing under this name. */
  static notFound(): ContractError;
  /** The other side could not be reached, or broke its protocol. */
  static unavailable(detail: string): ContractError;
  /** Anything else. */
  static other(detail: string): ContractError;
}
