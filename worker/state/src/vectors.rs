//! Compares what this code makes with the files under `specs/vectors/`; `ADYTON_WRITE_VECTORS=1` writes them instead.

use adyton_protocol::ids::ContractId;
use serde_json::{Value, json};

use crate::store::chain::{Write, batch_digest, genesis, next_head};

pub(crate) fn check(name: &str, built: &Value) {
    let path = format!("{}/../../specs/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert_eq!(published, text, "specs/vectors/{name}.json differs from what the code makes");
}

/// `specs/vectors/state.json`: four commits. The third writes nothing, the last a value that ends.
#[test]
fn the_published_state_heads_are_what_this_code_makes() {
    let contract = ContractId([1; 32]);
    let commits: [&[Write<'_>]; 4] = [
        &[(b"a", Some((b"1", None))), (b"b", None), (b"empty", Some((b"", None)))],
        &[(&[0, 0xff], Some((b"2", None)))],
        &[],
        &[(b"a", Some((b"3", Some(1_767_225_600_000))))],
    ];
    let mut head = genesis(&contract);
    let commits = commits.map(|writes| {
        let digest = batch_digest(writes.iter().copied());
        head = next_head(&contract, &head, &digest).unwrap();
        let writes: Vec<_> = writes
            .iter()
            .map(|(key, written)| match written {
                Some((value, Some(ends_ms))) => {
                    json!({ "key": hex::encode(key), "value": hex::encode(value), "ends_ms": ends_ms })
                }
                Some((value, None)) => json!({ "key": hex::encode(key), "value": hex::encode(value) }),
                None => json!({ "key": hex::encode(key), "value": null }),
            })
            .collect();
        json!({ "writes": writes, "batch": digest, "sequence": head.sequence, "head": head.hash })
    });
    check("state", &json!({ "contract": contract, "genesis": genesis(&contract).hash, "commits": commits }));
}
