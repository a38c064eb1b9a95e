//! A judgement asked for in one message, as a page in a browser does: every file of it may be hostile.

use adyton_development_root::{DevelopmentRoot, Role};
use adyton_judgement::{Kind, policy::BUILT_IN, request};
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;

/// A request: judged, or called misuse in a few words.
pub fn judgement_request(data: &[u8]) {
    let answer: Value = serde_json::from_slice(&request::answer(data)).expect("an answer is JSON");
    let judgement = &answer["judgement"];
    assert_ne!(judgement.is_object(), answer["misuse"].is_string(), "it is one of both");
    if judgement["verdict"] == "reject" {
        let checks = judgement["checks"].as_array().expect("a judgement has checks");
        assert!(checks.iter().any(|check| check["result"] == "failed"), "what is rejected failed a check");
    }
}

/// Seeds of [`judgement_request`]: of every kind, and one that is accepted.
pub fn requests() -> Vec<Vec<u8>> {
    let root = DevelopmentRoot::insecure_from_seed([3; 32]);
    let quote = root.device(Role::new("worker").expect("a short name")).quote([7; 64]);
    let collateral = root.collateral(NOW).to_json(&root.root_certificate()).expect("collateral encodes");
    let policy = BUILT_IN.replace("danger_intel = []", "danger_intel = [\"root.der\"]");
    let certificate = root.root_certificate();
    let named = |name: &str, file: &[u8]| json!({ "name": name, "length": file.len() });
    let good = json!({
        "kind": "tdx",
        "evidence": named("quote.bin", &quote),
        "collateral": named("collateral.json", collateral.as_bytes()),
        "policy": named("policy.toml", policy.as_bytes()),
        "policyFiles": [named("root.der", &certificate)],
        "reportData": "07".repeat(64),
        "at": NOW,
    });
    let mut seeds = vec![encoded(&good, &[&quote, collateral.as_bytes(), policy.as_bytes(), &certificate])];
    for kind in Kind::ALL {
        let endorsements = [named("a.der", &certificate), named("b", b"{}")];
        let head =
            json!({ "kind": kind.name(), "evidence": named("e", &quote), "endorsements": endorsements, "at": NOW });
        seeds.push(encoded(&head, &[&quote, &certificate, b"{}"]));
    }
    seeds
}

fn encoded(head: &Value, files: &[&[u8]]) -> Vec<u8> {
    let head = head.to_string();
    let length = u32::try_from(head.len()).expect("a head is short").to_le_bytes();
    [&length, head.as_bytes(), &files.concat()].concat()
}

/// Whether a seed is accepted.
pub fn is_accepted(data: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(&request::answer(data)).expect("an answer is JSON");
    answer["judgement"]["verdict"] == "accept"
}
