//! A new project in JavaScript or TypeScript: their SDK as it is, and the example `counter-js` or `counter-ts`.

/// The SDK: paths within its folder, and texts. A test holds it complete.
pub(super) const SDK: &[(&str, &str)] = &[
    ("README.md", include_str!("../../../sdk/js/README.md")),
    ("bytes.d.ts", include_str!("../../../sdk/js/bytes.d.ts")),
    ("bytes.js", include_str!("../../../sdk/js/bytes.js")),
    ("chain.d.ts", include_str!("../../../sdk/js/chain.d.ts")),
    ("chain.js", include_str!("../../../sdk/js/chain.js")),
    ("contracts.d.ts", include_str!("../../../sdk/js/contracts.d.ts")),
    ("contracts.js", include_str!("../../../sdk/js/contracts.js")),
    ("clock.js", include_str!("../../../sdk/js/clock.js")),
    ("console.js", include_str!("../../../sdk/js/console.js")),
    ("crypto.d.ts", include_str!("../../../sdk/js/crypto.d.ts")),
    ("crypto.js", include_str!("../../../sdk/js/crypto.js")),
    ("databases.d.ts", include_str!("../../../sdk/js/databases.d.ts")),
    ("databases.js", include_str!("../../../sdk/js/databases.js")),
    ("entropy.js", include_str!("../../../sdk/js/entropy.js")),
    ("entry.js", include_str!("../../../sdk/js/entry.js")),
    ("env.d.ts", include_str!("../../../sdk/js/env.d.ts")),
    ("env.js", include_str!("../../../sdk/js/env.js")),
    ("errors.d.ts", include_str!("../../../sdk/js/errors.d.ts")),
    ("errors.js", include_str!("../../../sdk/js/errors.js")),
    ("evm-abi.js", include_str!("../../../sdk/js/evm-abi.js")),
    ("evm-keccak.js", include_str!("../../../sdk/js/evm-keccak.js")),
    ("evm-keys.d.ts", include_str!("../../../sdk/js/evm-keys.d.ts")),
    ("evm-keys.js", include_str!("../../../sdk/js/evm-keys.js")),
    ("evm-reads.d.ts", include_str!("../../../sdk/js/evm-reads.d.ts")),
    ("evm-reads.js", include_str!("../../../sdk/js/evm-reads.js")),
    ("evm-transaction.js", include_str!("../../../sdk/js/evm-transaction.js")),
    ("evm-typed-data.js", include_str!("../../../sdk/js/evm-typed-data.js")),
    ("evm-values.js", include_str!("../../../sdk/js/evm-values.js")),
    ("evm.d.ts", include_str!("../../../sdk/js/evm.d.ts")),
    ("evm.js", include_str!("../../../sdk/js/evm.js")),
    ("fetch.js", include_str!("../../../sdk/js/fetch.js")),
    ("globals.d.ts", include_str!("../../../sdk/js/globals.d.ts")),
    ("headers.d.ts", include_str!("../../../sdk/js/headers.d.ts")),
    ("headers.js", include_str!("../../../sdk/js/headers.js")),
    ("http.d.ts", include_str!("../../../sdk/js/http.d.ts")),
    ("http.js", include_str!("../../../sdk/js/http.js")),
    ("index.d.ts", include_str!("../../../sdk/js/index.d.ts")),
    ("index.js", include_str!("../../../sdk/js/index.js")),
    ("instance.js", include_str!("../../../sdk/js/instance.js")),
    ("kv.d.ts", include_str!("../../../sdk/js/kv.d.ts")),
    ("kv.js", include_str!("../../../sdk/js/kv.js")),
    ("log.d.ts", include_str!("../../../sdk/js/log.d.ts")),
    ("log.js", include_str!("../../../sdk/js/log.js")),
    ("message.d.ts", include_str!("../../../sdk/js/message.d.ts")),
    ("message.js", include_str!("../../../sdk/js/message.js")),
    ("mysql.d.ts", include_str!("../../../sdk/js/mysql.d.ts")),
    ("mysql.js", include_str!("../../../sdk/js/mysql.js")),
    ("number.d.ts", include_str!("../../../sdk/js/number.d.ts")),
    ("number.js", include_str!("../../../sdk/js/number.js")),
    ("objects.d.ts", include_str!("../../../sdk/js/objects.d.ts")),
    ("objects.js", include_str!("../../../sdk/js/objects.js")),
    ("outgoing.js", include_str!("../../../sdk/js/outgoing.js")),
    ("package.json", include_str!("../../../sdk/js/package.json")),
    ("postgres.d.ts", include_str!("../../../sdk/js/postgres.d.ts")),
    ("postgres.js", include_str!("../../../sdk/js/postgres.js")),
    ("prelude.js", include_str!("../../../sdk/js/prelude.js")),
    ("promise.js", include_str!("../../../sdk/js/promise.js")),
    ("query.js", include_str!("../../../sdk/js/query.js")),
    ("random.d.ts", include_str!("../../../sdk/js/random.d.ts")),
    ("random.js", include_str!("../../../sdk/js/random.js")),
    ("redis.d.ts", include_str!("../../../sdk/js/redis.d.ts")),
    ("redis.js", include_str!("../../../sdk/js/redis.js")),
    ("reply.d.ts", include_str!("../../../sdk/js/reply.d.ts")),
    ("reply.js", include_str!("../../../sdk/js/reply.js")),
    ("router.d.ts", include_str!("../../../sdk/js/router.d.ts")),
    ("router.js", include_str!("../../../sdk/js/router.js")),
    ("schedule.d.ts", include_str!("../../../sdk/js/schedule.d.ts")),
    ("schedule.js", include_str!("../../../sdk/js/schedule.js")),
    ("secrets.d.ts", include_str!("../../../sdk/js/secrets.d.ts")),
    ("secrets.js", include_str!("../../../sdk/js/secrets.js")),
    ("service.js", include_str!("../../../sdk/js/service.js")),
    ("sql.d.ts", include_str!("../../../sdk/js/sql.d.ts")),
    ("sql.js", include_str!("../../../sdk/js/sql.js")),
    ("testing-databases.js", include_str!("../../../sdk/js/testing-databases.js")),
    ("testing-host.js", include_str!("../../../sdk/js/testing-host.js")),
    ("testing-hpke.js", include_str!("../../../sdk/js/testing-hpke.js")),
    ("testing-http.js", include_str!("../../../sdk/js/testing-http.js")),
    ("testing-keys.js", include_str!("../../../sdk/js/testing-keys.js")),
    ("testing-objects.js", include_str!("../../../sdk/js/testing-objects.js")),
    ("testing-path.js", include_str!("../../../sdk/js/testing-path.js")),
    ("testing-realm.js", include_str!("../../../sdk/js/testing-realm.js")),
    ("testing-reply.js", include_str!("../../../sdk/js/testing-reply.js")),
    ("testing-schedule.js", include_str!("../../../sdk/js/testing-schedule.js")),
    ("testing-sr25519.js", include_str!("../../../sdk/js/testing-sr25519.js")),
    ("testing-store.js", include_str!("../../../sdk/js/testing-store.js")),
    ("testing.d.ts", include_str!("../../../sdk/js/testing.d.ts")),
    ("testing.js", include_str!("../../../sdk/js/testing.js")),
    ("text.js", include_str!("../../../sdk/js/text.js")),
    ("url.d.ts", include_str!("../../../sdk/js/url.d.ts")),
    ("url.js", include_str!("../../../sdk/js/url.js")),
];

/// One of the examples.
pub(super) struct Example {
    name: &'static str,
    /// Its files: paths in it, and texts. A test holds them complete.
    pub(super) files: &'static [(&'static str, &'static str)],
}

/// `examples/counter-js`.
pub(super) const JS: Example = Example {
    name: "counter-js",
    files: &[
        ("adyton.toml", include_str!("../../../examples/counter-js/adyton.toml")),
        ("package-lock.json", include_str!("../../../examples/counter-js/package-lock.json")),
        ("package.json", include_str!("../../../examples/counter-js/package.json")),
        ("src/main.js", include_str!("../../../examples/counter-js/src/main.js")),
        ("tests/counter.toml", include_str!("../../../examples/counter-js/tests/counter.toml")),
        ("tests/main.test.js", include_str!("../../../examples/counter-js/tests/main.test.js")),
    ],
};

/// `examples/counter-ts`.
pub(super) const TS: Example = Example {
    name: "counter-ts",
    files: &[
        ("adyton.toml", include_str!("../../../examples/counter-ts/adyton.toml")),
        ("package-lock.json", include_str!("../../../examples/counter-ts/package-lock.json")),
        ("package.json", include_str!("../../../examples/counter-ts/package.json")),
        ("tsconfig.json", include_str!("../../../examples/counter-ts/tsconfig.json")),
        ("src/main.ts", include_str!("../../../examples/counter-ts/src/main.ts")),
        ("tests/counter.toml", include_str!("../../../examples/counter-ts/tests/counter.toml")),
        ("tests/main.test.js", include_str!("../../../examples/counter-ts/tests/main.test.js")),
    ],
};

/// How the examples find the SDK, and how a new project does.
const SDK_IN_REPOSITORY: &str = "../../sdk/js";
const SDK_IN_PROJECT: &str = "sdk";
/// What is made of a project, and not its author's.
const IGNORED: &str = "/build\n/node_modules\n/*.wasm\n";

/// The files of a project of this name: paths in it, and texts.
pub(super) fn files(name: &str, example: &Example) -> Vec<(String, String)> {
    let own = example.files.iter().map(|(path, text)| ((*path).to_owned(), renamed(text, example.name, name)));
    let sdk = SDK.iter().map(|(path, text)| (format!("{SDK_IN_PROJECT}/{path}"), (*text).to_owned()));
    own.chain(sdk).chain([(".gitignore".to_owned(), IGNORED.to_owned())]).collect()
}

/// The text with the project's own name, in the forms of TOML and of JSON, and with its own SDK.
fn renamed(text: &str, example: &str, name: &str) -> String {
    text.replace(&format!("name = \"{example}\""), &format!("name = \"{name}\""))
        .replace(&format!("\"name\": \"{example}\""), &format!("\"name\": \"{name}\""))
        .replace(SDK_IN_REPOSITORY, SDK_IN_PROJECT)
}
