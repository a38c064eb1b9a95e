//! Over a small real chain, with a platform that answers from memory.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use adyton_attestation::EvidenceKind;
use adyton_attestation::nvidia::nonce_for_host;
use adyton_attestation_platform::{ConfidentialState, GpuLibrary, Gpus, Platform, PlatformError};
use adyton_chain_client::{
    Error,
    fixture::{FixtureChain, FixtureSource, justification, vote},
    rpc::{Reader, Source},
    verifier::{Freshness, Refusal},
};
use adyton_protocol::{
    device::{self, DeviceEvidence},
    ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::NetworkRecord,
    statement::{AttestedStatement, Role},
    storage,
};
use async_trait::async_trait;
use codec::Encode;
use ed25519_dalek::{Signature, Verifier};

use super::*;

const NETWORK: NetworkId = NetworkId([1; 32]);

/// Numbers what it gives out.
struct Counting(AtomicU8);

#[async_trait]
impl Platform for Counting {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Ok([&[number], report_data.as_slice()].concat())
    }

    async fn sealing_key(&self, _: &[u8]) -> Result<Option<zeroize::Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(None)
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::IntelTdx
    }

    fn name(&self) -> &'static str {
        "test"
    }
}

fn node() -> (Arc<FixtureSource>, Arc<ChainReader>) {
    let mut chain = FixtureChain::new(3);
    let network = NetworkRecord {
        id: NETWORK,
        name: b"test-insecure".to_vec().try_into().unwrap(),
        lease_blocks: 50,
        staleness_blocks: 5,
    };
    chain.set(storage::network(), network.encode());
    chain.seal(&[], &[]);
    let checkpoint = chain.checkpoint();
    let source = Arc::new(FixtureSource::new(chain));
    (source.clone(), Arc::new(Reader::new(source as Arc<dyn Source>, checkpoint)))
}

fn registrar(reader: Arc<ChainReader>) -> Registrar {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let template = AttestedStatement {
        network: NETWORK,
        worker: WorkerId([2; 32]),
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey(key.verifying_key().to_bytes()),
        encryption_key: EncryptionKey([4; 32]),
        config: Digest([5; 32]),
        recent: BlockRef { number: 0, hash: BlockHash([0; 32]) },
    };
    Registrar::new(Box::new(Counting(AtomicU8::new(0))), reader, template, key, "http://it".into(), "it".into())
}

#[tokio::test]
async fn an_offer_names_the_newest_proven_block_and_is_signed_by_the_boots_key() {
    let (source, reader) = node();
    let registrar = registrar(reader);
    let offer = registrar.offer().await.unwrap();
    assert_eq!(offer.statement.recent, source.chain().head().at);
    assert_eq!(offer.evidence[1..], offer.statement.report_data());
    let signature = hex::decode(&offer.registration.signature[2..]).unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&offer.statement.signing_key.0).unwrap();
    let message = offer.statement.registration_message(&offer.evidence);
    key.verify(&message, &Signature::from_slice(&signature).unwrap()).unwrap();
}

#[tokio::test]
async fn no_offer_names_a_real_block_that_authorities_of_long_ago_signed() {
    let (source, reader) = node();
    let registrar = registrar(reader);
    let old = source.chain().keys.clone();
    let first = source.chain().set_id;
    let next = FixtureChain::new(5).keys.split_off(3);
    source.chain().hand_over(next);
    let at = source.chain().seal(&[], &[]);
    let votes: Vec<_> = old.iter().map(|key| vote(key, at, 1, first)).collect();
    source.forge().justification = Some(justification(1, at, &votes, &[]));
    let refused = registrar.offer().await;
    let expected = Refusal::OtherAuthorities { number: at.number };
    assert!(matches!(refused, Err(AdmissionError::Chain(Error::Refused(refusal))) if refusal == expected));
    // With the justification of those who vote now, it can be named.
    source.forge().justification = None;
    source.chain().seal(&[], &[]);
    assert!(registrar.offer().await.is_ok());
}

/// Two GPUs behind a library that answers like NVIDIA's.
struct TwoGpus {
    confidential: bool,
}

impl GpuLibrary for TwoGpus {
    fn state(&self) -> Result<ConfidentialState, String> {
        Ok(ConfidentialState { on: self.confidential, developer_tools: false })
    }

    fn count(&self) -> Result<u32, String> {
        Ok(2)
    }

    fn names(&self, index: u32) -> Result<(String, &'static str), String> {
        Ok((format!("GPU-{index}"), "HOPPER"))
    }

    fn report(&self, index: u32, nonce: [u8; 32]) -> Result<Vec<u8>, String> {
        Ok([&[0x11, 0xE0, 1, 0xFF][..], &nonce, &[index as u8; 50]].concat())
    }

    fn certificates(&self, index: u32) -> Result<Vec<u8>, String> {
        Ok(format!("-----BEGIN CERTIFICATE-----\n{index}\n-----END CERTIFICATE-----\n").into_bytes())
    }
}

#[tokio::test]
async fn the_gpus_of_an_offer_answer_its_statement_and_are_signed_for_by_the_boots_key() {
    let (_, reader) = node();
    let registrar = registrar(reader).with_gpus(Gpus::with_library(Arc::new(TwoGpus { confidential: true })));
    let Offer { registration, statement, .. } = registrar.offer().await.unwrap();
    assert_eq!((registration.devices.len(), registration.devices_failed), (2, None));
    let key = ed25519_dalek::VerifyingKey::from_bytes(&statement.signing_key.0).unwrap();
    for offered in &registration.devices {
        let evidence = hex::decode(&offered.evidence[2..]).unwrap();
        let DeviceEvidence { report, .. } = DeviceEvidence::from_bytes(&evidence).unwrap();
        assert_eq!(report[4..36], nonce_for_host(&statement.report_data()));
        let signature = Signature::from_slice(&hex::decode(&offered.signature[2..]).unwrap()).unwrap();
        key.verify(&device::message(&NETWORK, &statement.digest(), &evidence), &signature).unwrap();
    }
}

#[tokio::test]
async fn a_program_whose_gpus_give_no_evidence_offers_itself_and_says_why_they_are_missing() {
    let (_, reader) = node();
    let registrar = registrar(reader).with_gpus(Gpus::with_library(Arc::new(TwoGpus { confidential: false })));
    let offer = registrar.offer().await.unwrap();
    assert!(offer.registration.devices.is_empty());
    assert!(offer.registration.devices_failed.is_some_and(|why| why.contains("confidential computing off")));
}

#[tokio::test]
async fn who_asks_again_shortly_gets_the_same_offer_and_no_new_evidence_is_made() {
    let (source, reader) = node();
    let registrar = registrar(reader);
    let first = registrar.offer().await.unwrap();
    source.chain().seal(&[], &[]);
    assert_eq!(registrar.offer().await.unwrap(), first);
}

#[tokio::test]
async fn a_registered_program_offers_new_evidence_over_a_newer_block_with_the_same_keys() {
    let (source, reader) = node();
    let registrar = registrar(reader);
    let first = registrar.offer().await.unwrap();
    assert_eq!(registrar.registered(&first.statement.digest()), Some(first.clone()));
    source.chain().seal(&[], &[]);
    let second = registrar.offer().await.unwrap();
    assert!(second.statement.recent.number > first.statement.recent.number);
    assert_ne!(second.evidence, first.evidence);
    assert_eq!(second.statement.signing_key, first.statement.signing_key);
    assert_eq!(second.statement.encryption_key, first.statement.encryption_key);
}

#[tokio::test]
async fn the_evidence_at_hand_is_the_one_that_the_chains_record_names_before_and_after_a_renewal() {
    let (source, reader) = node();
    let registrar = registrar(reader);
    let first = registrar.offer().await.unwrap();
    registrar.registered(&first.statement.digest()).unwrap();
    source.chain().seal(&[], &[]);
    let second = registrar.offer().await.unwrap();
    assert_eq!(registrar.registered(&first.statement.digest()), Some(first));
    assert_eq!(registrar.registered(&second.statement.digest()), Some(second));
}

#[tokio::test]
async fn the_registered_evidence_stays_at_hand_however_many_offers_are_asked_for() {
    let (source, reader) = node();
    let registrar = registrar(reader);
    let first = registrar.offer().await.unwrap();
    registrar.registered(&first.statement.digest()).unwrap();
    for _ in 0..100 {
        source.chain().seal(&[], &[]);
        registrar.age();
        registrar.offer().await.unwrap();
    }
    assert_eq!(registrar.registered(&first.statement.digest()), Some(first));
}

#[tokio::test]
async fn evidence_that_was_never_offered_is_not_at_hand() {
    let (_source, reader) = node();
    let registrar = registrar(reader);
    registrar.offer().await.unwrap();
    assert_eq!(registrar.registered(&Digest([9; 32])), None);
}

#[tokio::test]
async fn another_network_than_the_configured_one_is_refused() {
    let (_source, reader) = node();
    assert_eq!(check_network(&reader, NETWORK).await.unwrap().id, NETWORK);
    let refused = check_network(&reader, NetworkId([2; 32])).await;
    assert!(matches!(refused, Err(AdmissionError::OtherNetwork { found: NETWORK, .. })));
}

#[tokio::test]
async fn a_node_that_has_no_proof_at_first_is_waited_for() {
    let (source, reader) = node();
    source.forge().proof = Some(|nodes| nodes.truncate(1));
    let better = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        source.forge().proof = None;
    };
    let (checked, ()) = tokio::join!(check_network(&reader, NETWORK), better);
    assert_eq!(checked.unwrap().id, NETWORK);
}

#[tokio::test]
async fn a_chain_that_names_no_network_is_refused() {
    let mut chain = FixtureChain::new(3);
    chain.seal(&[], &[]);
    let checkpoint = chain.checkpoint();
    let reader: ChainReader = Reader::new(Arc::new(FixtureSource::new(chain)), checkpoint);
    assert!(matches!(check_network(&reader, NETWORK).await, Err(AdmissionError::NoNetwork)));
}

#[test]
fn each_heartbeat_carries_another_nonce() {
    let mut freshness = Freshness::new(WorkerId([1; 32]), Duration::from_secs(60));
    let first = heartbeat(&mut freshness).unwrap().encoded();
    assert_ne!(heartbeat(&mut freshness).unwrap().encoded(), first);
}
