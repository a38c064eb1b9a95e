//! What workers, keyholders and owners send each other about keys.

use std::sync::LazyLock;

use adyton_client::{ContentKey, seal_code_key, seal_secret};
use adyton_keys::Gathering;
use adyton_protocol::{
    ids::{CodeHash, ContractId, Digest, NetworkId, WorkerId},
    key_label::Purpose,
    sealed_code::SealedCodeKey,
    secret::{SealedSecret, SecretRecipient},
    statement::AttestedStatement,
};
use adyton_threshold::{
    GroupPublic, PartialEvaluation, Share,
    release::{MAX_REQUEST, RecipientSecret, ReleaseBinding, ReleaseRequest},
};
use codec::DecodeAll;

use crate::vectors::{self, bytes};

struct Committee {
    group: GroupPublic,
    share: Share,
    boot: RecipientSecret,
    binding: ReleaseBinding,
}

static COMMITTEE: LazyLock<Committee> = LazyLock::new(|| {
    let vector = &*vectors::EVALUATION;
    Committee {
        group: GroupPublic::from_bytes(&bytes(&vector["group"])).expect("the vector has a group"),
        share: Share::from_bytes(&bytes(&vector["share"])).expect("the vector has a share"),
        boot: RecipientSecret::derive(&[7; 32]),
        binding: ReleaseBinding {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            epoch: 3,
            worker: WorkerId([4; 32]),
            statement: Digest([5; 32]),
            requested_at: 6,
            keyholder: WorkerId([7; 32]),
        },
    }
});

/// A worker's request to a keyholder.
pub fn release_request(data: &[u8]) {
    if let Ok(read) = ReleaseRequest::from_bytes(data) {
        assert!(data.len() <= MAX_REQUEST && read.to_bytes() == data, "two encodings of one request");
        assert!(read.purposes.len() <= Purpose::ALL.len(), "each secret is asked for once");
    }
}

/// Seeds of [`release_request`].
pub fn release_requests() -> Vec<Vec<u8>> {
    let encoded = bytes(&vectors::STATEMENT["encoding"]);
    let statement = AttestedStatement::decode_all(&mut &encoded[..]).expect("the vector reads");
    let request = ReleaseRequest {
        contract: ContractId([1; 32]),
        epoch: 2,
        purposes: Purpose::ALL.to_vec(),
        requested_at: 30,
        statement,
        evidence: vec![11; 100],
        collateral: vec![12; 200],
    };
    vec![request.to_bytes(), ReleaseRequest { purposes: vec![Purpose::State], ..request }.to_bytes()]
}

/// A keyholder's sealed answer: each secret once, each member once, and what was checked joins.
pub fn release_answer(data: &[u8]) {
    let Committee { boot, binding, .. } = &*COMMITTEE;
    if let Ok(opened) = binding.open(boot, data) {
        assert!(opened.len() <= Purpose::ALL.len(), "each secret stands there once");
    }
    accepts(data);
}

/// Whether a worker gathers an answer.
pub fn accepts(data: &[u8]) -> bool {
    let Committee { group, boot, binding, .. } = &*COMMITTEE;
    let mut gathering = Gathering::new(group.clone());
    let accepted = gathering.add(binding, boot, data).is_ok();
    if accepted {
        assert!(gathering.add(binding, boot, data).is_err(), "one member answers once");
        assert!(gathering.finish(binding).is_ok(), "what was checked joins");
    }
    accepted
}

/// Seeds of [`release_answer`].
pub fn release_answers() -> Vec<Vec<u8>> {
    let Committee { share, boot, binding, .. } = &*COMMITTEE;
    let partial = |purpose: &Purpose| (*purpose, share.evaluate(&binding.label(*purpose)));
    let seal = |purposes: &[Purpose]| {
        let partials: Vec<_> = purposes.iter().map(partial).collect();
        binding.seal(&boot.public(), &partials).expect("a derived key can be sealed to")
    };
    vec![seal(&Purpose::ALL), seal(&[Purpose::Signing, Purpose::State]), seal(&[])]
}

/// A committee's commitments.
pub fn commitments(data: &[u8]) {
    if let Ok(read) = GroupPublic::from_bytes(data) {
        assert_eq!(read.to_bytes(), data, "two encodings of one committee");
        assert!((1..=read.members()).contains(&read.threshold()), "it can answer");
    }
}

/// Seeds of [`commitments`].
pub fn commitments_seeds() -> Vec<Vec<u8>> {
    vec![COMMITTEE.group.to_bytes()]
}

/// A partial evaluation: only the member's own one is taken.
pub fn partial(data: &[u8]) {
    let Ok(read) = PartialEvaluation::from_bytes(data) else { return };
    assert_eq!(&read.to_bytes()[..], data, "two encodings of one partial");
    let Committee { group, share, binding, .. } = &*COMMITTEE;
    let label = binding.label(Purpose::State);
    let true_one = &share.evaluate(&label).to_bytes()[..] == data;
    assert_eq!(group.check_partial(&label, read).is_ok(), true_one, "only the share's own partial is taken");
}

/// Seeds of [`partial`].
pub fn partials() -> Vec<Vec<u8>> {
    let evaluate = |purpose: Purpose| COMMITTEE.share.evaluate(&COMMITTEE.binding.label(purpose)).to_bytes().to_vec();
    vec![evaluate(Purpose::State), evaluate(Purpose::Signing), bytes(&vectors::EVALUATION["evaluations"][0]["partial"])]
}

/// What an owner seals to a contract: a secret, or the key of its code.
pub fn sealed_secret(data: &[u8]) {
    if let Ok(read) = SealedSecret::from_bytes(data) {
        assert_eq!(read.to_bytes(), data, "two encodings of one secret");
    }
    if let Ok(read) = SealedCodeKey::from_bytes(data) {
        assert_eq!(read.to_bytes(), data, "two encodings of one key");
    }
}

/// Seeds of [`sealed_secret`].
pub fn sealed_secrets() -> Vec<Vec<u8>> {
    let Committee { boot, binding, .. } = &*COMMITTEE;
    let (network, contract) = (binding.network, binding.contract);
    let to = SecretRecipient { network, contract, epoch: 3, key: boot.public() };
    let secret = seal_secret(&to, "api-key", 4, b"value").expect("a derived key can be sealed to");
    let key = seal_code_key(&to, &CodeHash([4; 32]), &CodeHash([5; 32]), &ContentKey::new([6; 32]));
    vec![secret.to_bytes(), key.expect("a derived key can be sealed to").to_bytes()]
}
