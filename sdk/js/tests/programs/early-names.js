// Says while the contract is built what the engine has in its global object.

throw new Error(`names: ${Object.getOwnPropertyNames(globalThis).join(" ")}.`);

export default () => {};
