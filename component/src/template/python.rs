//! A new project in Python: the SDK as it is, and the example `counter-python`.

/// The SDK: paths within its folder, and texts. A test holds it complete.
pub(super) const SDK: &[(&str, &str)] = &[
    ("README.md", include_str!("../../../sdk/python/README.md")),
    ("adyton/__init__.py", include_str!("../../../sdk/python/adyton/__init__.py")),
    ("adyton/chain.py", include_str!("../../../sdk/python/adyton/chain.py")),
    ("adyton/chance.py", include_str!("../../../sdk/python/adyton/chance.py")),
    ("adyton/clock.py", include_str!("../../../sdk/python/adyton/clock.py")),
    ("adyton/contracts.py", include_str!("../../../sdk/python/adyton/contracts.py")),
    ("adyton/crypto.py", include_str!("../../../sdk/python/adyton/crypto.py")),
    ("adyton/databases.py", include_str!("../../../sdk/python/adyton/databases.py")),
    ("adyton/entry.py", include_str!("../../../sdk/python/adyton/entry.py")),
    ("adyton/env.py", include_str!("../../../sdk/python/adyton/env.py")),
    ("adyton/errors.py", include_str!("../../../sdk/python/adyton/errors.py")),
    ("adyton/evm.py", include_str!("../../../sdk/python/adyton/evm.py")),
    ("adyton/evm_abi.py", include_str!("../../../sdk/python/adyton/evm_abi.py")),
    ("adyton/evm_keccak.py", include_str!("../../../sdk/python/adyton/evm_keccak.py")),
    ("adyton/evm_keys.py", include_str!("../../../sdk/python/adyton/evm_keys.py")),
    ("adyton/evm_reads.py", include_str!("../../../sdk/python/adyton/evm_reads.py")),
    ("adyton/evm_rpc.py", include_str!("../../../sdk/python/adyton/evm_rpc.py")),
    ("adyton/evm_transaction.py", include_str!("../../../sdk/python/adyton/evm_transaction.py")),
    ("adyton/evm_typed_data.py", include_str!("../../../sdk/python/adyton/evm_typed_data.py")),
    ("adyton/evm_values.py", include_str!("../../../sdk/python/adyton/evm_values.py")),
    ("adyton/files.py", include_str!("../../../sdk/python/adyton/files.py")),
    ("adyton/host.py", include_str!("../../../sdk/python/adyton/host.py")),
    ("adyton/http.py", include_str!("../../../sdk/python/adyton/http.py")),
    ("adyton/kv.py", include_str!("../../../sdk/python/adyton/kv.py")),
    ("adyton/log.py", include_str!("../../../sdk/python/adyton/log.py")),
    ("adyton/message.py", include_str!("../../../sdk/python/adyton/message.py")),
    ("adyton/mysql.py", include_str!("../../../sdk/python/adyton/mysql.py")),
    ("adyton/objects.py", include_str!("../../../sdk/python/adyton/objects.py")),
    ("adyton/output.py", include_str!("../../../sdk/python/adyton/output.py")),
    ("adyton/postgres.py", include_str!("../../../sdk/python/adyton/postgres.py")),
    ("adyton/prelude.py", include_str!("../../../sdk/python/adyton/prelude.py")),
    ("adyton/py.typed", include_str!("../../../sdk/python/adyton/py.typed")),
    ("adyton/random.py", include_str!("../../../sdk/python/adyton/random.py")),
    ("adyton/redis.py", include_str!("../../../sdk/python/adyton/redis.py")),
    ("adyton/reply.py", include_str!("../../../sdk/python/adyton/reply.py")),
    ("adyton/router.py", include_str!("../../../sdk/python/adyton/router.py")),
    ("adyton/schedule.py", include_str!("../../../sdk/python/adyton/schedule.py")),
    ("adyton/secrets.py", include_str!("../../../sdk/python/adyton/secrets.py")),
    ("adyton/service.py", include_str!("../../../sdk/python/adyton/service.py")),
    ("adyton/sql.py", include_str!("../../../sdk/python/adyton/sql.py")),
    ("adyton/testing.py", include_str!("../../../sdk/python/adyton/testing.py")),
    ("adyton/testing_bindings.py", include_str!("../../../sdk/python/adyton/testing_bindings.py")),
    ("adyton/testing_databases.py", include_str!("../../../sdk/python/adyton/testing_databases.py")),
    ("adyton/testing_objects.py", include_str!("../../../sdk/python/adyton/testing_objects.py")),
    ("adyton/testing_path.py", include_str!("../../../sdk/python/adyton/testing_path.py")),
    ("adyton/testing_schedule.py", include_str!("../../../sdk/python/adyton/testing_schedule.py")),
    ("adyton/testing_secp256k1.py", include_str!("../../../sdk/python/adyton/testing_secp256k1.py")),
    ("adyton/testing_sql.py", include_str!("../../../sdk/python/adyton/testing_sql.py")),
    ("adyton/testing_streams.py", include_str!("../../../sdk/python/adyton/testing_streams.py")),
];

/// `examples/counter-python`: paths in it, and texts. A test holds them complete.
pub(super) const FILES: &[(&str, &str)] = &[
    ("adyton.toml", include_str!("../../../examples/counter-python/adyton.toml")),
    ("requirements.txt", include_str!("../../../examples/counter-python/requirements.txt")),
    ("src/main.py", include_str!("../../../examples/counter-python/src/main.py")),
    ("tests/counter.toml", include_str!("../../../examples/counter-python/tests/counter.toml")),
    ("tests/test_main.py", include_str!("../../../examples/counter-python/tests/test_main.py")),
];

/// What is made of a project, and not its author's.
const IGNORED: &str = "/build\n/*.wasm\n__pycache__/\n";

/// The files of a project of this name: paths in it, and texts.
pub(super) fn files(name: &str) -> Vec<(String, String)> {
    let renamed = |text: &str| text.replace("name = \"counter-python\"", &format!("name = \"{name}\""));
    let own = FILES.iter().map(|(path, text)| ((*path).to_owned(), renamed(text)));
    let sdk = SDK.iter().map(|(path, text)| (format!("sdk/{path}"), (*text).to_owned()));
    own.chain(sdk).chain([(".gitignore".to_owned(), IGNORED.to_owned())]).collect()
}
