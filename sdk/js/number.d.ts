/** Numbers as contracts need them: exact. */

/** The median: the middle value, or the mean of the two middle ones, rounded down for amounts. null of nothing. */
export function median(values: Iterable<bigint>): bigint | null;

/**
 * A decimal number such as `0.1234` as a whole number of units of 10^-`decimals`. Throws `invalid` if it is none,
 * negative, or has more decimals.
 */
export function parseDecimal(text: string, decimals: number): bigint;

/** The decimal number of `units`, 0 or more, of 10^-`decimals`, without needless zeros. */
export function formatDecimal(units: bigint, decimals: number): string;
