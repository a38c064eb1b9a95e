//! The published vectors: built here, compared with the file, and run from the file's text.
//! `ADYTON_WRITE_VECTORS=1` writes the file, for a deliberate change.

use adyton_protocol::{ids::BlockRef, storage};
use serde_json::{Value, json};

use crate::{
    fixture::{FixtureChain, bare_header, hash, justification, vote},
    verifier::{Checkpoint, DigestItem, Handover, verify_finality, verify_storage},
};

/// Two blocks of a chain with four authorities; votes for the first, one of them also for the second.
fn built() -> Value {
    let mut chain = FixtureChain::new(4);
    chain.set(storage::frozen(), vec![0]);
    chain.seal(&[DigestItem::PreRuntime(*b"aura", vec![1; 8])], &[]);
    let (header, target) = (chain.block(1).header.clone(), chain.block(1).at);
    let child = bare_header(target.hash, 2, &[]);
    let above = BlockRef { number: 2, hash: hash(&child) };
    let set = chain.set_id;
    let votes = |targets: &[(usize, BlockRef)]| -> Vec<Vec<u8>> {
        targets.iter().map(|(signer, target)| vote(&chain.keys[*signer], *target, 7, set)).collect()
    };
    let three = votes(&[(0, target), (1, target), (2, target)]);
    let good = [three.clone(), votes(&[(2, above)])].concat();
    let mut bad_signature = three.clone();
    bad_signature[2][40] ^= 1;
    let refused: Vec<_> = [
        ("relabelled", justification(7, target, &votes(&[(0, above), (1, above), (2, above)]), &[])),
        ("another target", justification(7, above, &three, &[])),
        ("too few signers", justification(7, target, &three[..2], &[])),
        ("repeated signer", justification(7, target, &[three[0].clone(), three[1].clone(), three[1].clone()], &[])),
        ("another round", justification(8, target, &three, &[])),
        ("bad signature", justification(7, target, &bad_signature, &[])),
        ("unused header", justification(7, target, &three, std::slice::from_ref(&child))),
        ("missing header", justification(7, target, &good, &[])),
        ("trailing byte", [justification(7, target, &three, &[]), vec![0]].concat()),
    ]
    .into_iter()
    .map(|(name, bytes)| json!({ "name": name, "justification": hex::encode(bytes) }))
    .collect();
    let keys = [storage::timestamp(), storage::frozen(), storage::network()];
    let last = handed_over();
    json!({
        "checkpoint": chain.checkpoint(),
        "header": hex::encode(&header),
        "block": target,
        "justification": hex::encode(justification(7, target, &good, &[child])),
        "refused": refused,
        "handover": {
            "header": hex::encode(&last.header),
            "justification": hex::encode(&last.justification),
            "next": chain.checkpoint().follow(&last).unwrap(),
        },
        "proof": chain.proof(1, &keys).iter().map(hex::encode).collect::<Vec<_>>(),
        "values": [
            { "key": hex::encode(&keys[0]), "value": hex::encode((crate::fixture::GENESIS_MS + 500).to_le_bytes()) },
            { "key": hex::encode(&keys[1]), "value": "00" },
            { "key": hex::encode(&keys[2]), "value": null },
        ],
    })
}

/// The last block of the four: the next set has three.
fn handed_over() -> Handover {
    let mut chain = FixtureChain::new(4);
    chain.hand_over((5..8).map(|seed: u8| ed25519_zebra::SigningKey::from([seed; 32])).collect());
    let block = chain.head();
    Handover { header: block.header.clone(), justification: block.justification.clone().unwrap() }
}

#[test]
fn the_published_finality_vectors_are_what_this_code_makes_and_accepts() {
    let path = format!("{}/../specs/vectors/finality.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&built()).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert_eq!(published, text, "specs/vectors/finality.json differs from what the code makes");
    run(&serde_json::from_str(&published).unwrap());
}

fn run(vector: &Value) {
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let checkpoint: Checkpoint = serde_json::from_value(vector["checkpoint"].clone()).unwrap();
    let header = bytes(&vector["header"]);
    let head = verify_finality(&checkpoint, &header, &bytes(&vector["justification"])).unwrap();
    assert_eq!(serde_json::to_value(head.block()).unwrap(), vector["block"]);
    let refused = vector["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 9);
    for case in refused {
        let result = verify_finality(&checkpoint, &header, &bytes(&case["justification"]));
        assert!(result.is_err(), "{}", case["name"]);
    }
    let last = &vector["handover"];
    let handover = Handover { header: bytes(&last["header"]), justification: bytes(&last["justification"]) };
    let next: Checkpoint = serde_json::from_value(last["next"].clone()).unwrap();
    assert_eq!(checkpoint.follow(&handover), Ok(next));
    let entries = vector["values"].as_array().unwrap();
    let keys: Vec<_> = entries.iter().map(|entry| bytes(&entry["key"])).collect();
    let proof: Vec<_> = vector["proof"].as_array().unwrap().iter().map(bytes).collect();
    let values = verify_storage(&head, &proof, &keys).unwrap();
    for (key, entry) in keys.iter().zip(entries) {
        let expected = entry["value"].as_str().map(|text| hex::decode(text).unwrap());
        assert_eq!(values.value(key).unwrap(), expected.as_deref());
    }
}
