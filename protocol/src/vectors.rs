//! Test vectors: each module's test builds its own and compares it with the file under `specs/vectors/`.
//! `ADYTON_WRITE_VECTORS=1` writes the files instead, for a deliberate change of format.

use alloc::{format, string::String};
use codec::Encode;
use serde_json::{Value, json};

pub(crate) fn check(name: &str, built: Value) {
    let path = format!("{}/../specs/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&built).expect("JSON") + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).expect("the vectors' folder is there");
    }
    let published = std::fs::read_to_string(&path).expect("the vector's file is there");
    assert_eq!(published, text, "specs/vectors/{name}.json differs from what the code makes");
}

fn hexed(value: &impl Encode) -> String {
    hex::encode(value.encode())
}

#[test]
fn the_published_statement_vector_is_what_this_code_makes() {
    let statement = crate::statement::sample();
    check(
        "statement",
        json!({
            "statement": statement,
            "encoding": hexed(&statement),
            "report_data": hex::encode(statement.report_data()),
            "evidence": hex::encode(b"evidence"),
            "registration_message": hex::encode(statement.registration_message(b"evidence")),
        }),
    );
}

#[test]
fn the_published_device_vectors_are_what_this_code_makes() {
    use crate::device::*;
    let (statement, key, signature) = (crate::statement::sample(), [0x11; 96], [0x22; 96]);
    let parts = DeviceEvidence { report: b"report", certificates: b"certificates" };
    let (evidence, digest) = (parts.to_bytes(), statement.digest());
    check(
        "device",
        json!({
            "network": hex::encode(statement.network.0),
            "statement": hex::encode(digest.0),
            "report": hex::encode(parts.report),
            "certificates": hex::encode(parts.certificates),
            "evidence": hex::encode(&evidence),
            "message": hex::encode(message(&statement.network, &digest, &evidence)),
            "checked_signature": {
                "key": hex::encode(key),
                "message": hex::encode(b"message"),
                "signature": hex::encode(signature),
                "digest": hex::encode(checked_signature(&key, b"message", &signature).0),
            },
        }),
    );
}

#[test]
fn the_published_identifiers_are_what_this_code_makes() {
    use crate::ids::*;
    let (network, account, salt) = (NetworkId([1; 32]), AccountId([2; 32]), [3; 32]);
    let contract = ContractId::derive(&network, &account, &salt);
    check(
        "identifiers",
        json!({
            "network": network, "account": account,
            "worker": { "name": "worker-1", "id": WorkerId::derive(&network, &account, "worker-1") },
            "contract": { "salt": hex::encode(salt), "id": contract, "account": contract.account(&network) },
        }),
    );
}

#[test]
fn the_published_configuration_vectors_are_what_this_code_makes() {
    use crate::{configuration::*, ids::*, statement::Role};
    let (network, genesis) = (NetworkId([1; 32]), BlockHash([2; 32]));
    let vector = |role: Role, values: &[&[u8]]| {
        let profile = profile(role, values);
        let values: alloc::vec::Vec<_> = values.iter().map(hex::encode).collect();
        json!({ "role": role.name(), "values": values, "profile": profile, "config": digest(&network, &genesis, &profile) })
    };
    let (kinds, roots, statuses) = (list(["intel-tdx"]), list(["root one", "root two"]), list(["UpToDate"]));
    let (seconds, evaluation) = (60u64.to_le_bytes(), 17u32.to_le_bytes());
    let (epochs, contracts) = (1u32.to_le_bytes(), 256u32.to_le_bytes());
    let keyholder: &[&[u8]] = &[&seconds, &kinds, &roots, &statuses, &evaluation, &epochs, &contracts, &[0]];
    let configurations = [vector(Role::Worker, &[&seconds]), vector(Role::Keyholder, keyholder)];
    check("configuration", json!({ "network": network, "genesis": genesis, "configurations": configurations }));
}

#[test]
fn the_published_manifest_vector_is_what_this_code_makes() {
    let manifest = crate::manifest::sample();
    check("manifest", json!({ "manifest": manifest, "encoding": hexed(&manifest), "digest": manifest.digest() }));
}

#[test]
fn the_published_key_label_vectors_are_what_this_code_makes() {
    use crate::{ids::*, key_label::*};
    let vectors: alloc::vec::Vec<Value> = Purpose::ALL
        .iter()
        .map(|purpose| {
            let label = KeyLabel { network: NetworkId([1; 32]), epoch: 2, contract: ContractId([3; 32]), purpose: *purpose };
            json!({ "network": label.network, "epoch": 2, "contract": label.contract, "purpose": *purpose as u8, "message": hex::encode(label.message()) })
        })
        .collect();
    check("key-label", Value::Array(vectors));
}

#[test]
fn the_published_call_vector_is_what_this_code_makes() {
    use crate::{call::*, ids::*};
    let (network, contract, id) = (NetworkId([1; 32]), ContractId([2; 32]), RequestId([3; 16]));
    let fields: Fields = alloc::vec![(b"content-type".to_vec(), b"application/json".to_vec())];
    let request = request_digest(&network, &contract, &id, b"POST", b"/increment", &fields, b"{}");
    let call = CallFields {
        network,
        contract,
        code: CodeHash([4; 32]),
        lease: 5,
        request_id: id,
        not_after: 6,
        caller: Some(CallerAuthorization {
            account: AccountId([7; 32]),
            scheme: AccountScheme::Sr25519,
            signature: [8; 64],
        }),
    };
    check(
        "call",
        json!({
            "network": network, "contract": contract, "request_id": id,
            "method": "POST", "path": "/increment", "fields": [["content-type", "application/json"]], "content": hex::encode(b"{}"),
            "request_digest": request,
            "caller_message": hex::encode(caller_message(&network, &contract, &request, 6)),
            "call_fields": hexed(&call),
            "status": 200, "response_content": hex::encode(b"1"),
            "response_digest": response_digest(&network, &request, 200, &fields, b"1"),
            "report_digest": report_digest(&network, &contract, 9, b"call"),
        }),
    );
}

#[test]
fn the_published_evidence_vector_is_what_this_code_makes() {
    use crate::{
        evidence::SnpEvidence,
        ids::Digest,
        record::{Cloud, EvidenceKind, InstanceName, MachineId, MeasurementRecord},
        scheduled::Scheduled,
        statement::Role,
    };
    let snp = SnpEvidence { report: b"report", certificate: b"certificate" };
    let kinds: serde_json::Map<String, Value> =
        EvidenceKind::ALL.iter().map(|kind| (kind.name().into(), hexed(kind).into())).collect();
    let measurement = |release: &[u8]| MeasurementRecord {
        role: Role::Worker,
        profile: Digest([1; 32]),
        release: release.to_vec().try_into().expect("a short release"),
    };
    let scheduled = Scheduled::holding(measurement(b"1")).announce(measurement(b"2"), 1, 1_800_000_000);
    check(
        "evidence",
        json!({
            "kinds": kinds,
            "machines": {
                "none": hexed(&MachineId::None),
                "intel-ppid": hexed(&MachineId::IntelPpid([5; 16])),
                "amd-chip": hexed(&MachineId::AmdChip([6; 64])),
                "aws-instance i-0123": hexed(&MachineId::Instance {
                    cloud: Cloud::Aws,
                    name: InstanceName::new("i-0123").expect("a short name"),
                }),
            },
            "amd-snp": {
                "report": hex::encode(snp.report),
                "certificate": hex::encode(snp.certificate),
                "evidence": hex::encode(snp.to_bytes()),
            },
            "scheduled": {
                "present": hexed(&measurement(b"1")),
                "next": hexed(&measurement(b"2")),
                "from": 1_800_000_000u64,
                "encoding": hexed(&scheduled),
            },
        }),
    );
}

#[test]
fn the_published_storage_keys_are_what_this_code_makes() {
    use crate::{device::DeviceId, ids::*, record::*, storage};
    let (d, c, w, a) = (Digest([1; 32]), ContractId([2; 32]), WorkerId([3; 32]), AccountId([4; 32]));
    let keys = [
        ("account", storage::account(&a)),
        ("events", storage::events()),
        ("timestamp", storage::timestamp()),
        ("grandpa_authorities", storage::grandpa_authorities()),
        ("grandpa_set_id", storage::grandpa_set_id()),
        ("network", storage::network()),
        ("roots", storage::roots(EvidenceKind::IntelTdx, &d)),
        ("roots_of_sgx", storage::roots(EvidenceKind::IntelSgx, &d)),
        ("measurements", storage::measurements(&d)),
        ("evaluation_floors", storage::evaluation_floors(EvidenceKind::IntelTdx, &d)),
        ("judged_since", storage::judged_since(EvidenceKind::AmdSnp, &d)),
        ("revocation_floors", storage::revocation_floors(&d)),
        ("allowed_operators", storage::allowed(&Party::Operator(a))),
        ("allowed_providers", storage::allowed(&Party::Provider(Provider::truncate_from(b"a cloud".to_vec())))),
        ("denied_machines", storage::denied_machines(&MachineId::IntelPpid([5; 16]))),
        ("denied_chips", storage::denied_machines(&MachineId::AmdChip([5; 64]))),
        ("denied_providers", storage::denied_providers(&Provider::truncate_from(b"a cloud".to_vec()))),
        ("denied_operators", storage::denied_operators(&a)),
        ("frozen", storage::frozen()),
        ("workers", storage::workers(&w)),
        ("worker_of", storage::worker_of(&SigningKey([6; 32]))),
        ("device_roots", storage::device_roots(&d)),
        ("devices_judged_since", storage::devices_judged_since(&d)),
        ("denied_devices", storage::denied_devices(&DeviceId { root: d, serial: [8; 20] })),
        ("device_manifests", storage::device_manifests(&d, &Digest([9; 32]))),
        ("checked_signatures", storage::checked_signatures(&d)),
        ("devices", storage::devices(&w)),
        ("codes", storage::codes(&CodeHash([7; 32]))),
        ("contracts", storage::contracts(&c)),
        ("leases", storage::leases(&c)),
        ("vacant", storage::vacant(&c)),
        ("held", storage::held(&w, &c)),
        ("heads", storage::heads(&c)),
        ("reports", storage::reports(&c)),
        ("receipt_anchors", storage::receipt_anchors(&w)),
        ("committee", storage::committee()),
        ("releases", storage::releases(&c, &w)),
        ("beacon_key", storage::beacon_key()),
        ("beacon_schedule", storage::beacon_schedule()),
        ("beacon_latest", storage::beacon_latest()),
        ("beacon_rounds", storage::beacon_rounds(513)),
        ("gas_parameters", storage::gas_parameters()),
        ("gas_accounts", storage::gas_accounts(&c)),
        ("gas_asks", storage::gas_asks(&w)),
    ];
    let map: serde_json::Map<String, Value> =
        keys.into_iter().map(|(name, key)| (name.into(), hex::encode(key).into())).collect();
    check("storage", Value::Object(map));
}
