//! That the seeds are what honest parties send: a target whose seeds are refused tests little.

use adyton_attestation::{
    Collateral,
    azure::files::AzureFile,
    cca::{CcaPlatformKey, CcaReferenceValues},
    nvidia::bundle::read_bundle,
    tpm::files::TpmFile,
};
use adyton_client::{Bundle, NetworkFile, read_opened};
use adyton_engine::Cron;
use adyton_fuzz::{
    attestation::{arm, aws, azure, event_log, nvidia, tpm},
    call, client, databases, generated, judgement, keys, platform, protocol, schedule, state,
};
use adyton_protocol::{
    anchor::AnchorProof,
    call::CallFields,
    device::DeviceEvidence,
    evidence::SnpEvidence,
    manifest::Manifest,
    receipt::{OpenedReceipt, SignedReceipt},
    sealed_code::SealedCodeKey,
    secret::SealedSecret,
    statement::AttestedStatement,
    streamed::Reader,
};
use adyton_threshold::{GroupPublic, PartialEvaluation, release::ReleaseRequest};
use codec::DecodeAll;

#[test]
fn seeds_of_the_shared_types_are_read() {
    assert!(protocol::statements().iter().all(|seed| AttestedStatement::decode_all(&mut &seed[..]).is_ok()));
    assert!(protocol::calls().iter().all(|seed| CallFields::from_bytes(seed).is_some()));
    assert!(Manifest::from_bytes(&protocol::manifests()[0]).is_ok());
    assert!(serde_json::from_slice::<Manifest>(&protocol::manifests()[1]).is_ok());
    assert!(protocol::receipts().iter().all(|seed| SignedReceipt::from_bytes(seed).is_ok()));
    assert!(protocol::opened_receipts().iter().all(|seed| OpenedReceipt::from_bytes(seed).is_ok()));
    assert!(protocol::anchor_proofs().iter().all(|seed| AnchorProof::from_bytes(seed).is_ok()));
    assert!(protocol::snp_evidence_seeds().iter().all(|seed| SnpEvidence::from_bytes(seed).is_some()));
    assert!(protocol::device_evidence_seeds().iter().all(|seed| DeviceEvidence::from_bytes(seed).is_some()));
    assert!(protocol::streamed_answers().iter().all(|seed| {
        let mut reader = Reader::default();
        reader.read(seed).is_ok() && reader.is_over()
    }));
    assert!(call::calls().iter().all(|seed| call::is_read(seed)));
    assert_eq!(protocol::records().len(), 23, "each record has a seed");
}

#[test]
fn seeds_of_evidence_are_read() {
    assert!(Collateral::from_json(&adyton_fuzz::attestation::collaterals()[0]).is_ok());
    let stored = adyton_fuzz::attestation::collaterals_stored();
    assert!(Collateral::decode_all(&mut &stored[0][..]).is_ok());
    assert!(aws::accepts_its_seeds(), "the readers of certificates are reached");
    assert!(azure::accepts_its_seeds(), "the reader of runtime data is reached");
    assert!(event_log::reads_its_seeds());
    azure::azure_files()[..2].iter().for_each(|file| drop(AzureFile::read(file).unwrap()));
    assert!(TpmFile::read(&tpm::tpm_files()[0]).is_ok() && TpmFile::read(&tpm::tpm_files()[1]).is_ok());
    assert_eq!(read_bundle(&nvidia::nvidia_bundles()[0]).map(|entries| entries.len()).ok(), Some(3));
    assert!(CcaReferenceValues::from_json(&arm::cca_files()[0]).is_ok());
    assert!(arm::cca_files()[1..3].iter().all(|file| CcaPlatformKey::from_file(file).is_ok()));
}

#[test]
fn a_seed_of_a_request_for_a_judgement_is_accepted() {
    assert!(judgement::is_accepted(&judgement::requests()[0]));
}

#[test]
fn seeds_of_what_devices_answer_are_read() {
    assert!(platform::accepts_its_seeds());
}

#[test]
fn seeds_of_key_messages_are_read() {
    assert!(keys::release_requests().iter().all(|seed| ReleaseRequest::from_bytes(seed).is_ok()));
    assert!(keys::commitments_seeds().iter().all(|seed| GroupPublic::from_bytes(seed).is_ok()));
    assert!(keys::partials().iter().all(|seed| PartialEvaluation::from_bytes(seed).is_ok()));
    let sealed = keys::sealed_secrets();
    assert!(SealedSecret::from_bytes(&sealed[0]).is_ok() && SealedCodeKey::from_bytes(&sealed[1]).is_ok());
    assert!(keys::accepts(&keys::release_answers()[0]), "the answer with every secret is gathered");
}

#[test]
fn seeds_of_what_a_client_reads_are_read() {
    assert!(client::bundles().iter().all(|seed| Bundle::from_json(seed).is_ok()));
    assert!(client::network_files().iter().all(|seed| NetworkFile::from_json(seed).is_ok()));
    assert!(client::opened_answers().iter().all(|seed| read_opened(seed, false).is_ok()));
}

#[test]
fn seeds_of_cron_expressions_are_read() {
    let is_read = |seed: &Vec<u8>| Cron::parse(std::str::from_utf8(seed).unwrap()).is_ok();
    assert!(schedule::crons().iter().all(is_read));
}

#[test]
fn some_generated_contracts_are_called() {
    let called = generated::seeds().iter().filter(|seed| generated::is_called(seed)).count();
    assert!(called > 5, "only {called} are");
}

#[test]
fn seeds_of_sealed_objects_open() {
    assert!(state::sealed_objects().iter().all(|seed| state::opens(seed)));
}

#[test]
fn seeds_of_journals_read() {
    let seeds = state::journals();
    assert!(adyton_state::disk::journal::read(&seeds[0]).is_some_and(|found| found.records.len() == 2));
    assert!(seeds[1..].iter().all(|seed| state::journal_reads(seed)));
}

#[test]
fn seeds_of_what_databases_say_have_results() {
    let results = databases::answers().iter().map(|seed| databases::is_result(seed)).collect::<Vec<_>>();
    assert!(results[..databases::WHOLE].iter().all(|result| *result), "{results:?}");
    assert!(!results[databases::WHOLE..].contains(&true), "{results:?}");
}
