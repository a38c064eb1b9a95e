/** Secrets that the contract's owner sealed to the contract. Needs the grant `secrets`. */

/**
 * The secret called `name`.
 *
 * Throws `not-found` if the owner has set none, `invalid` for a name that is empty or longer than 64 bytes. Cost: 5000
 * fuel + 2 per byte of name and value.
 */
export function get(name: string): Uint8Array;

/**
 * The version of the secret called `name`, which `get` gives; null if the owner has set none, or removed it. It grows
 * each time that the owner sets the secret, also after a removal, and never goes back; exact up to 2^53.
 *
 * Throws `invalid` for a name that is empty or longer than 64 bytes. Cost: 5000 fuel + 2 per byte of the
 * name.
 */
export function version(name: string): number | null;

/** The secret called `name` as text. Throws `invalid` if it is not UTF-8, and what `get` throws. */
export function getText(name: string): string;
