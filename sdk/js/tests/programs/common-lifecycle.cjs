// What a bundler cannot tell to be exported.

exports["in" + "it"] = () => {};
exports["mig" + "rate"] = () => {};
