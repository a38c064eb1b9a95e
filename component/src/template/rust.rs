//! A new project in Rust: the SDK as it is, and the example `counter`.

/// The SDK: paths within its folder, and texts. A test holds it complete.
pub const SDK: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../../sdk/rust/Cargo.toml")),
    ("src/chain.rs", include_str!("../../../sdk/rust/src/chain.rs")),
    ("src/contracts.rs", include_str!("../../../sdk/rust/src/contracts.rs")),
    ("src/crypto.rs", include_str!("../../../sdk/rust/src/crypto.rs")),
    ("src/env.rs", include_str!("../../../sdk/rust/src/env.rs")),
    ("src/evm/abi.rs", include_str!("../../../sdk/rust/src/evm/abi.rs")),
    ("src/evm/abi/tests.rs", include_str!("../../../sdk/rust/src/evm/abi/tests.rs")),
    ("src/evm/agreement.rs", include_str!("../../../sdk/rust/src/evm/agreement.rs")),
    ("src/evm/block.rs", include_str!("../../../sdk/rust/src/evm/block.rs")),
    ("src/evm/json.rs", include_str!("../../../sdk/rust/src/evm/json.rs")),
    ("src/evm/key.rs", include_str!("../../../sdk/rust/src/evm/key.rs")),
    ("src/evm/mod.rs", include_str!("../../../sdk/rust/src/evm/mod.rs")),
    ("src/evm/rlp.rs", include_str!("../../../sdk/rust/src/evm/rlp.rs")),
    ("src/evm/rpc.rs", include_str!("../../../sdk/rust/src/evm/rpc.rs")),
    ("src/evm/tests.rs", include_str!("../../../sdk/rust/src/evm/tests.rs")),
    ("src/evm/transaction.rs", include_str!("../../../sdk/rust/src/evm/transaction.rs")),
    ("src/evm/typed_data.rs", include_str!("../../../sdk/rust/src/evm/typed_data.rs")),
    ("src/evm/types.rs", include_str!("../../../sdk/rust/src/evm/types.rs")),
    ("src/heap.rs", include_str!("../../../sdk/rust/src/heap.rs")),
    ("src/http.rs", include_str!("../../../sdk/rust/src/http.rs")),
    ("src/kv.rs", include_str!("../../../sdk/rust/src/kv.rs")),
    ("src/lib.rs", include_str!("../../../sdk/rust/src/lib.rs")),
    ("src/log.rs", include_str!("../../../sdk/rust/src/log.rs")),
    ("src/message.rs", include_str!("../../../sdk/rust/src/message.rs")),
    ("src/number.rs", include_str!("../../../sdk/rust/src/number.rs")),
    ("src/objects.rs", include_str!("../../../sdk/rust/src/objects.rs")),
    ("src/random.rs", include_str!("../../../sdk/rust/src/random.rs")),
    ("src/reply.rs", include_str!("../../../sdk/rust/src/reply.rs")),
    ("src/schedule.rs", include_str!("../../../sdk/rust/src/schedule.rs")),
    ("src/secrets.rs", include_str!("../../../sdk/rust/src/secrets.rs")),
    ("src/sql.rs", include_str!("../../../sdk/rust/src/sql.rs")),
    ("wit/chain.wit", include_str!("../../../sdk/rust/wit/chain.wit")),
    ("wit/contracts.wit", include_str!("../../../sdk/rust/wit/contracts.wit")),
    ("wit/crypto.wit", include_str!("../../../sdk/rust/wit/crypto.wit")),
    ("wit/env.wit", include_str!("../../../sdk/rust/wit/env.wit")),
    ("wit/http.wit", include_str!("../../../sdk/rust/wit/http.wit")),
    ("wit/kv.wit", include_str!("../../../sdk/rust/wit/kv.wit")),
    ("wit/lifecycle.wit", include_str!("../../../sdk/rust/wit/lifecycle.wit")),
    ("wit/log.wit", include_str!("../../../sdk/rust/wit/log.wit")),
    ("wit/objects.wit", include_str!("../../../sdk/rust/wit/objects.wit")),
    ("wit/random.wit", include_str!("../../../sdk/rust/wit/random.wit")),
    ("wit/reply.wit", include_str!("../../../sdk/rust/wit/reply.wit")),
    ("wit/schedule.wit", include_str!("../../../sdk/rust/wit/schedule.wit")),
    ("wit/secrets.wit", include_str!("../../../sdk/rust/wit/secrets.wit")),
    ("wit/service.wit", include_str!("../../../sdk/rust/wit/service.wit")),
    ("wit/sql.wit", include_str!("../../../sdk/rust/wit/sql.wit")),
    ("wit/types.wit", include_str!("../../../sdk/rust/wit/types.wit")),
    ("wit/world.wit", include_str!("../../../sdk/rust/wit/world.wit")),
];

/// The first contract: `examples/counter`.
const MANIFEST: &str = include_str!("../../../examples/counter/adyton.toml");
const PROJECT: &str = include_str!("../../../examples/counter/Cargo.toml");
const PROGRAM: &str = include_str!("../../../examples/counter/src/lib.rs");
const SCENARIO: &str = include_str!("../../../examples/counter/tests/counter.toml");
const LOCK: &str = include_str!("../../../examples/counter/Cargo.lock");
/// How the example finds the SDK, and how a new project does.
const SDK_IN_REPOSITORY: &str = "../../sdk/rust";
const SDK_IN_PROJECT: &str = "sdk";
/// The SDK lies in the project's folder. Were it part of its workspace, `Cargo.lock` would have to name what only the
/// SDK's optional features need.
const WORKSPACE_IN_PROJECT: &str = "[workspace]\nexclude = [\"sdk\"]";

/// The files of a project of this name: paths in it, and texts.
pub(super) fn files(name: &str) -> Vec<(String, String)> {
    let renamed = |text: &str| text.replace("name = \"counter\"", &format!("name = \"{name}\""));
    let own = [
        (
            "Cargo.toml",
            renamed(PROJECT).replace(SDK_IN_REPOSITORY, SDK_IN_PROJECT).replace("[workspace]", WORKSPACE_IN_PROJECT),
        ),
        ("Cargo.lock", renamed(LOCK)),
        ("adyton.toml", renamed(MANIFEST)),
        ("src/lib.rs", PROGRAM.to_owned()),
        ("tests/counter.toml", SCENARIO.to_owned()),
        (".gitignore", "/target\n/*.wasm\n".to_owned()),
    ];
    let sdk = SDK.iter().map(|(path, text)| (format!("{SDK_IN_PROJECT}/{path}"), (*text).to_owned()));
    own.into_iter().map(|(path, text)| (path.to_owned(), text)).chain(sdk).collect()
}
