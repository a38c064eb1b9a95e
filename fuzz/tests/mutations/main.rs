//! Every target over its seeds and over fixed mutations of them: the same ones in every run.

mod mutate;
mod seeds;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use adyton_fuzz::{Target, targets};
use mutate::Random;

/// Names each target's test, and how many mutations it gets: as many as take about a second.
macro_rules! fuzzed {
    ($($test:ident: $name:literal, $mutations:literal;)*) => {
        $(#[test] fn $test() { fuzz($name, $mutations); })*
        const TESTED: &[&str] = &[$($name),*];
    };
}

fuzzed! {
    any_bytes_as_a_quote: "quote", 1500;
    any_bytes_as_the_certificates_of_a_quote: "quote_chain", 3000;
    any_bytes_as_a_file_of_collateral: "collateral", 3000;
    any_bytes_as_a_document_of_collateral: "collateral_document", 3000;
    any_bytes_as_stored_collateral: "collateral_stored", 3000;
    any_bytes_as_an_snp_report: "snp_report", 500;
    any_bytes_as_the_certificate_of_a_versioned_key: "snp_certificate", 1000;
    any_bytes_as_amds_revocation_list: "snp_revocation_list", 500;
    any_bytes_as_a_nitro_document: "nitro_document", 1000;
    any_bytes_as_a_certificate_of_a_nitro_document: "nitro_certificate", 3000;
    any_bytes_as_a_paravisors_report: "azure_report", 3000;
    any_bytes_as_a_paravisors_runtime_data: "azure_runtime_data", 3000;
    any_bytes_as_a_file_of_an_azure_machine: "azure_file", 3000;
    any_bytes_as_a_gpus_report: "nvidia_report", 500;
    any_bytes_as_a_gpus_certificates: "nvidia_chain", 500;
    any_bytes_as_a_manifest_of_measurements: "nvidia_manifest", 500;
    any_bytes_as_a_revocation_response: "nvidia_response", 300;
    any_bytes_as_a_file_of_gpus: "nvidia_bundle", 500;
    any_bytes_as_a_tpms_quote: "tpm_quote", 3000;
    any_bytes_as_a_tpms_signature: "tpm_signature", 3000;
    any_bytes_as_a_tpms_key: "tpm_key", 3000;
    any_bytes_as_the_certificates_of_a_tpms_key: "tpm_chain", 3000;
    any_bytes_as_a_file_of_tpm_quotes: "tpm_file", 3000;
    any_bytes_as_a_cca_token: "cca_token", 1000;
    any_bytes_as_a_file_of_cca_keys_or_references: "cca_file", 3000;
    any_bytes_as_an_event_log: "event_log", 1000;
    any_bytes_as_a_dstack_guests_event_log: "event_log_dstack", 1000;
    any_bytes_as_a_root_certificate: "certificate", 3000;
    any_bytes_as_evidence_of_any_kind: "evidence", 1000;
    any_bytes_as_the_certificates_beside_a_guests_report: "guest_table", 3000;
    any_bytes_as_a_security_modules_answer: "nsm_answer", 3000;
    any_bytes_as_one_of_a_tpms_answers: "vtpm_answer", 1000;
    any_bytes_as_a_statement: "statement", 5000;
    any_bytes_as_the_fields_of_a_call: "call_fields", 5000;
    any_bytes_as_a_manifest: "manifest", 5000;
    any_bytes_as_a_record_of_the_chain: "record", 10_000;
    any_bytes_as_the_label_of_a_key: "key_label", 5000;
    any_bytes_as_a_receipt: "receipt", 5000;
    any_bytes_as_an_opened_receipt: "opened_receipt", 5000;
    any_bytes_as_the_proof_of_an_anchor: "anchor_proof", 5000;
    any_bytes_as_an_inclusion_path: "merkle_path", 5000;
    any_bytes_as_a_report_with_its_certificate: "snp_evidence", 5000;
    any_bytes_as_a_devices_report_with_its_certificates: "device_evidence", 5000;
    any_bytes_as_an_answer_that_streams: "streamed_answer", 3000;
    any_bytes_as_a_request_for_a_judgement: "judgement_request", 500;
    any_bytes_as_a_call: "call", 5000;
    any_bytes_as_header_and_justification: "finality", 2000;
    any_bytes_as_a_storage_proof: "storage_proof", 3000;
    any_bytes_as_a_nodes_answer: "rpc_answer", 600;
    any_bytes_as_an_address: "address", 5000;
    any_bytes_as_a_release_request: "release_request", 5000;
    any_bytes_as_a_release_answer: "release_answer", 1000;
    any_bytes_as_a_committees_commitments: "commitments", 1500;
    any_bytes_as_a_partial_evaluation: "partial", 1500;
    any_bytes_as_a_sealed_secret: "sealed_secret", 5000;
    any_bytes_as_a_receipt_bundle: "bundle", 1000;
    any_bytes_as_a_network_file: "network_file", 3000;
    any_bytes_as_an_opened_answer: "opened_answer", 5000;
    any_bytes_as_a_sealed_answer: "sealed_answer", 1000;
    any_bytes_as_a_gateways_answer: "gateway_answer", 600;
    any_bytes_as_a_sealed_object: "sealed_object", 2000;
    any_bytes_as_a_journal: "journal", 5000;
    any_bytes_as_a_component: "inspection", 3000;
    any_bytes_as_a_core_module: "core_module", 2000;
    any_bytes_as_a_cron_expression: "cron", 5000;
    any_component: "generated_component", 300;
    a_contract_of_any_instructions: "generated_contract", 40;
    any_text_as_a_statement_of_sql: "sql_statement", 300;
    any_bytes_as_what_a_database_says: "database_answers", 300;
}

#[test]
fn every_target_has_its_test_here_and_is_known_to_the_script() {
    let names: Vec<_> = targets().map(|target| target.name).collect();
    assert_eq!(TESTED, names, "in one order");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "each has a name of its own");
    let script = include_str!("../../../scripts/fuzz.sh");
    let lists: [(&str, &[&str]); 3] = [
        ("base", &["attestation", "protocol", "judgement"]),
        ("network", &["platform", "call", "chain", "keys", "client"]),
        ("worker", &["state", "component", "schedule", "generated", "sql", "databases"]),
    ];
    for (list, modules) in lists {
        let (_, rest) = script.split_once(&format!("\n{list}=(\n")).expect("the script has a list for each feature");
        let (known, _) = rest.split_once(')').expect("a list has an end");
        let built = targets().filter(|target| modules.iter().any(|module| target.module.starts_with(module)));
        let built: Vec<_> = built.map(|target| target.name).collect();
        assert_eq!(known.split_whitespace().collect::<Vec<_>>(), built, "{list}");
    }
    let listed = |target: &Target| {
        lists.iter().any(|(_, modules)| modules.iter().any(|module| target.module.starts_with(module)))
    };
    assert_eq!(targets().find(|target| !listed(target)).map(|target| target.name), None, "in no list of the script");
}

fn fuzz(name: &str, mutations: u32) {
    let target = targets().find(|target| target.name == name).expect("the target is there");
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "a target has seeds");
    run(target, &[]);
    seeds.iter().for_each(|seed| run(target, seed));
    // ADYTON_FUZZ_TIMES: as many times as many, for a long run without libFuzzer.
    let times = std::env::var("ADYTON_FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let mut random = Random::new(0x00AD_1707);
    for _ in 0..mutations.saturating_mul(times) {
        run(target, &mutate::mutated(&seeds, &mut random));
    }
}

/// Runs a target, and shows the input if it panics.
fn run(target: &Target, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        let shown: String = input.iter().take(8192).map(|byte| format!("{byte:02x}")).collect();
        eprintln!("{} panics on {} bytes: {shown}", target.name, input.len());
        resume_unwind(panic);
    }
}
