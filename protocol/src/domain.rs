//! Every context string under which Adyton signs, hashes or derives, in one place, and the one way to use
//! them.
//!
//! An input is `u8 length of context ‖ context ‖ for each part (u32 little-endian length ‖ part)`, hashed
//! with SHA-256 (FIPS 180-4). Two inputs with different contexts or differently cut parts never collide.

use alloc::vec::Vec;

use crate::{ids::NetworkId, sha256::Sha256};

/// A context string. Its version is part of the text; a changed format gets a new one.
pub type Domain = &'static str;

/// A worker's or keyholder's attested statement, bound into the evidence's report data.
pub const REPORT_DATA: Domain = "adyton/v1/report-data";
/// What the worker's key signs to accept a registration.
pub const REGISTRATION: Domain = "adyton/v1/registration";
/// What the worker's key signs about the evidence of a device that it asked.
pub const DEVICE: Domain = "adyton/v1/device";
/// A signature that the chain has checked and remembers.
pub const CHECKED_SIGNATURE: Domain = "adyton/v1/checked-signature";
/// What no worker signs: whoever has a worker's key over it has the key itself.
pub const KEY_EXTRACTED: Domain = "adyton/v1/key-extracted";
/// The commitment to such a signature, before it is shown.
pub const EXTRACTION_COMMITMENT: Domain = "adyton/v1/extraction-commitment";
/// An offence that was reported, so that it is not reported again.
pub const OFFENCE: Domain = "adyton/v1/offence";
/// A worker's stable identity, from its operator and the operator's name for it.
pub const WORKER_ID: Domain = "adyton/v1/worker-id";
/// A contract's identity, from its owner, code and salt.
pub const CONTRACT_ID: Domain = "adyton/v1/contract-id";
/// The chain account of a contract.
pub const CONTRACT_ACCOUNT: Domain = "adyton/v1/contract-account";
/// The digest of a component's bytes: plain SHA-256 is used there, so that anyone's tools compute it.
/// This context covers a manifest's encoding.
pub const MANIFEST: Domain = "adyton/v1/manifest";
/// The digest of a call's request.
pub const REQUEST: Domain = "adyton/v1/request";
/// The digest of a call's response.
pub const RESPONSE: Domain = "adyton/v1/response";
/// What an account signs to show a contract who calls.
pub const CALLER: Domain = "adyton/v1/caller";
/// External additional data of a receipt's COSE signature.
pub const RECEIPT: Domain = "adyton/v1/receipt";
/// One anchor of a worker: the leaf in its accumulator on the chain.
pub const ANCHOR: Domain = "adyton/v1/anchor";
/// The head of a contract's state before its first commit.
pub const STATE_GENESIS: Domain = "adyton/v1/state-genesis";
/// One link of a contract's chained state hash.
pub const STATE_HEAD: Domain = "adyton/v1/state-head";
/// The digest of one commit's writes.
pub const STATE_BATCH: Domain = "adyton/v1/state-batch";
/// The input of the threshold evaluation: a key label.
pub const KEY_LABEL: Domain = "adyton/v1/key-label";
/// HKDF info of a contract's secret, from the evaluation.
pub const CONTRACT_SECRET: Domain = "adyton/v1/contract-secret";
/// HKDF info of a contract's named key, from its signing secret.
pub const NAMED_KEY: Domain = "adyton/v1/named-key";
/// HKDF info of what a contract's named encryption key is made from.
pub const ENCRYPTION_KEY: Domain = "adyton/v1/encryption-key";
/// HKDF info of a secret that a contract derives for its own use.
pub const DERIVED_SECRET: Domain = "adyton/v1/derived-secret";
/// HKDF info of the key from which a contract's repeatable randomness is expanded.
pub const SEEDED_RANDOM: Domain = "adyton/v1/seeded-random";
/// HPKE info of a keyholder's answer to a worker.
pub const KEY_RELEASE: Domain = "adyton/v1/key-release";
/// HPKE info of a secret that an owner seals to a contract.
pub const OWNER_SECRET: Domain = "adyton/v1/owner-secret";
/// HPKE info of the key of sealed code that an owner gives to a contract.
pub const CODE_KEY: Domain = "adyton/v1/code-key";
/// HKDF info of the key under which one component is sealed.
pub const SEALED_CODE: Domain = "adyton/v1/sealed-code";
/// HKDF info of an account's content key of one component.
pub const CONTENT_KEY: Domain = "adyton/v1/content-key";
/// Associated data of a sealed object in the store.
pub const SEALED_OBJECT: Domain = "adyton/v1/sealed-object";
/// A keyholder's share at rest.
pub const SEALED_SHARE: Domain = "adyton/v1/sealed-share";
/// The digest of a program's measured configuration.
pub const CONFIG: Domain = "adyton/v1/config";
/// The part of it that is the same on every network.
pub const CONFIG_PROFILE: Domain = "adyton/v1/config-profile";
/// The digest of one outgoing HTTP request.
pub const EGRESS_REQUEST: Domain = "adyton/v1/egress-request";
/// The digest of one answer to an outgoing HTTP request.
pub const EGRESS_RESPONSE: Domain = "adyton/v1/egress-response";
/// The digest of what a call sent to a database outside, or got from it.
pub const EGRESS_DATABASE: Domain = "adyton/v1/egress-database";
/// The call that a contract reports to the chain.
pub const REPORT: Domain = "adyton/v1/report";
/// The name of an entry of a contract's schedule, as a receipt has it.
pub const SCHEDULE_NAME: Domain = "adyton/v1/schedule-name";
/// The request id of one run of such an entry.
pub const SCHEDULE_RUN: Domain = "adyton/v1/schedule-run";
/// What makes deliveries of a webhook one and the same.
pub const WEBHOOK: Domain = "adyton/v1/webhook";
/// The request id of one delivery.
pub const WEBHOOK_RUN: Domain = "adyton/v1/webhook-run";
/// A message that an account sent to a contract on the chain.
pub const MESSAGE: Domain = "adyton/v1/message";
/// The request id of the run of one.
pub const MESSAGE_RUN: Domain = "adyton/v1/message-run";
/// A value of the chain's state of which a contract was told.
pub const WATCHED: Domain = "adyton/v1/watched";
/// The request id of a contract's call of another one, and HKDF info of the secret from which it follows.
pub const CONTRACT_CALL: Domain = "adyton/v1/contract-call";
/// What a funder signs to have a contract's gas paid.
pub const VOUCHER: Domain = "adyton/v1/voucher";
/// The price list of fuel.
pub const COST_TABLE: Domain = "adyton/v1/cost-table";
/// What sealed machine code is bound to.
pub const COMPILED_CODE: Domain = "adyton/v1/compiled-code";
/// Whether a worker is challenged in a round of the beacon.
pub const CHALLENGE: Domain = "adyton/v1/challenge";
/// Whether a machine is measured in one.
pub const MEASUREMENT: Domain = "adyton/v1/measurement";
/// What stands for a machine when it is drawn.
pub const MACHINE: Domain = "adyton/v1/machine";
/// What a lane of the workload begins with.
pub const WORKLOAD_LANE: Domain = "adyton/v1/workload-lane";
/// What a unit of the workload gives.
pub const WORKLOAD_UNIT: Domain = "adyton/v1/workload-unit";

/// What came of a call, as jurors compare it.
pub const DISPUTE_OUTCOME: Domain = "adyton/v1/dispute-outcome";
/// What a worker has claimed of a call, so that it is not disputed twice.
pub const DISPUTE_CLAIM: Domain = "adyton/v1/dispute-claim";
/// The commitment to a juror's answer, before it is shown.
pub const DISPUTE_ANSWER: Domain = "adyton/v1/dispute-answer";
/// Whether a worker is drawn as a juror.
pub const DISPUTE_DRAW: Domain = "adyton/v1/dispute-draw";
/// The account that a decided dispute's reward goes to, before it is shared.
pub const DISPUTE_ACCOUNT: Domain = "adyton/v1/dispute-account";
/// A round of the beacon, as the keyholders sign it.
pub const BEACON_ROUND: Domain = "adyton/v1/beacon-round";
/// The value of a round.
pub const BEACON_VALUE: Domain = "adyton/v1/beacon-value";
/// A keyholder's share of the beacon's key, sealed at rest.
pub const SEALED_BEACON_SHARE: Domain = "adyton/v1/sealed-beacon-share";
/// The checkpoint from which a keyholder starts again, sealed beside its shares.
pub const SEALED_CHECKPOINT: Domain = "adyton/v1/sealed-checkpoint";

/// Every context above; a test holds them distinct.
pub const ALL: &[Domain] = &[
    REPORT_DATA,
    REGISTRATION,
    DEVICE,
    CHECKED_SIGNATURE,
    KEY_EXTRACTED,
    EXTRACTION_COMMITMENT,
    OFFENCE,
    WORKER_ID,
    CONTRACT_ID,
    CONTRACT_ACCOUNT,
    MANIFEST,
    REQUEST,
    RESPONSE,
    CALLER,
    RECEIPT,
    ANCHOR,
    STATE_GENESIS,
    STATE_HEAD,
    STATE_BATCH,
    KEY_LABEL,
    CONTRACT_SECRET,
    NAMED_KEY,
    ENCRYPTION_KEY,
    DERIVED_SECRET,
    SEEDED_RANDOM,
    KEY_RELEASE,
    OWNER_SECRET,
    CODE_KEY,
    SEALED_CODE,
    CONTENT_KEY,
    SEALED_OBJECT,
    SEALED_SHARE,
    CONFIG,
    CONFIG_PROFILE,
    EGRESS_REQUEST,
    EGRESS_RESPONSE,
    EGRESS_DATABASE,
    REPORT,
    SCHEDULE_NAME,
    SCHEDULE_RUN,
    WEBHOOK,
    WEBHOOK_RUN,
    MESSAGE,
    MESSAGE_RUN,
    WATCHED,
    CONTRACT_CALL,
    VOUCHER,
    COST_TABLE,
    COMPILED_CODE,
    CHALLENGE,
    MEASUREMENT,
    MACHINE,
    WORKLOAD_LANE,
    WORKLOAD_UNIT,
    DISPUTE_OUTCOME,
    DISPUTE_CLAIM,
    DISPUTE_ANSWER,
    DISPUTE_DRAW,
    DISPUTE_ACCOUNT,
    BEACON_ROUND,
    BEACON_VALUE,
    SEALED_BEACON_SHARE,
    SEALED_CHECKPOINT,
];

/// The domain-separated, length-prefixed encoding of `parts`: what is signed or used as HKDF/HPKE info or
/// associated data where a plain byte string is needed.
pub fn encode(domain: Domain, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + domain.len() + parts.iter().map(|part| part.len() + 4).sum::<usize>());
    out.push(domain.len() as u8);
    out.extend_from_slice(domain.as_bytes());
    for part in parts {
        out.extend_from_slice(&(part.len() as u32).to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// SHA-256 over [`encode`]'s bytes, without building them.
pub fn hash(domain: Domain, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    state.update(&[domain.len() as u8]);
    state.update(domain.as_bytes());
    for part in parts {
        state.update(&(part.len() as u32).to_le_bytes());
        state.update(part);
    }
    state.finish()
}

/// [`hash`] with the network's identity as the first part.
pub fn bound(domain: Domain, network: &NetworkId, parts: &[&[u8]]) -> [u8; 32] {
    let mut all: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
    all.push(&network.0);
    all.extend_from_slice(parts);
    hash(domain, &all)
}

/// [`encode`] with the network's identity as the first part.
pub fn encode_bound(domain: Domain, network: &NetworkId, parts: &[&[u8]]) -> Vec<u8> {
    let mut all: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
    all.push(&network.0);
    all.extend_from_slice(parts);
    encode(domain, &all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_contexts_are_equal_and_each_fits_its_length_byte() {
        for (index, one) in ALL.iter().enumerate() {
            assert!(one.len() < 256 && one.starts_with("adyton/v1/"));
            assert!(ALL[index + 1..].iter().all(|other| other != one));
        }
    }

    #[test]
    fn hash_is_sha256_of_the_encoding() {
        let parts: &[&[u8]] = &[b"one", b"", b"three"];
        assert_eq!(hash(REQUEST, parts), crate::sha256::sha256(&[&encode(REQUEST, parts)]));
    }

    #[test]
    fn another_network_gives_another_hash() {
        let parts: &[&[u8]] = &[b"same"];
        assert_ne!(bound(REQUEST, &NetworkId([1; 32]), parts), bound(REQUEST, &NetworkId([2; 32]), parts));
    }
}
