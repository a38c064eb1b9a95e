// All of it is CommonJS.

module.exports = Object.assign(() => undefined, require("./common-lifecycle.cjs"));
