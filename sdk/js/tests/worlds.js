// The programs in `programs/`, each in a world of its own.

import { fileURLToPath } from "node:url";

import { World } from "adyton/testing";

/** Every interface that a manifest can grant. */
export const ALL = [
  ...["log", "kv", "http", "secrets", "random", "crypto", "chain", "schedule", "contracts", "sql"],
  ...["reply", "objects"],
];

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** A world with the program of this name, and what else `World.open` takes. */
export function world(name, options = {}) {
  return World.open({ folder: FOLDER, program: `${FOLDER}programs/${name}.js`, grants: [], ...options });
}

/** Calls, and gives the kind and the text of the error that has to come of it. */
export function refusal(world, method, path, options) {
  try {
    const { status } = world.call(method, path, options);
    return `answered with ${status}`;
  } catch (error) {
    return error.kind === undefined ? `failed as ${error}` : error.message;
  }
}
