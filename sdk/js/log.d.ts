/**
 * Log lines for the contract's owner. Needs the grant `log`; `console` writes here too, and nowhere without the grant.
 */

/** How important a line is. */
export type Level = "trace" | "debug" | "info" | "warn" | "error";

/**
 * Writes a line. It is kept whether or not the call succeeds, and its owner can read it.
 *
 * At most `limits.log` bytes of messages per call: a line beyond that is dropped, and the number of dropped lines is
 * noted. Control characters but tab are replaced by U+FFFD.
 *
 * Throws `invalid` for another level. Cost: 2500 fuel + 15 per byte.
 */
export function write(level: Level, message: string): void;

/** Writes a line of this level. Cost: that of `write`. */
export function trace(message: string): void;
/** Writes a line that only helps to find errors. Cost: that of `write`. */
export function debug(message: string): void;
/** Writes a line. Cost: that of `write`. */
export function info(message: string): void;
/** Writes a line about something that should not be so. Cost: that of `write`. */
export function warn(message: string): void;
/** Writes a line about a failure. Cost: that of `write`. */
export function error(message: string): void;
