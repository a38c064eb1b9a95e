use alloc::{vec, vec::Vec};
use ed25519_dalek::{Signer, SigningKey as Secret, Verifier, VerifyingKey};

use super::*;
use crate::{ids::*, manifest::Durability, record::StateHead};

fn secret() -> Secret {
    Secret::from_bytes(&[42; 32])
}

pub(crate) fn checks(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify(message, &signature.into()).is_ok())
}

pub(crate) fn sample() -> ReceiptFields {
    ReceiptFields {
        network: NetworkId([1; 32]),
        contract: ContractId([2; 32]),
        code: CodeHash([3; 32]),
        version: 4,
        manifest: Digest([5; 32]),
        lease: 6,
        incarnation: 7,
        worker: SigningKey(secret().verifying_key().to_bytes()),
        block: BlockRef { number: 8, hash: BlockHash([9; 32]) },
        request_id: RequestId([10; 16]),
        request: Digest([11; 32]),
        response: Digest([12; 32]),
        before: StateHead { sequence: 13, hash: Digest([14; 32]) },
        after: StateHead { sequence: 14, hash: Digest([15; 32]) },
        fuel: 1_000_000,
        cost_table: Digest([16; 32]),
        bytes_in: 17,
        bytes_out: 18,
        egress: vec![
            EgressRecord {
                host: "a.example:443".into(),
                certificate: Some(Digest([19; 32])),
                request: Digest([20; 32]),
                response: Digest([21; 32]),
            },
            EgressRecord {
                host: "127.0.0.1:80".into(),
                certificate: None,
                request: Digest([22; 32]),
                response: Digest([23; 32]),
            },
        ],
        caller: Caller::Account(AccountId([24; 32])),
        durability: Durability::Anchored,
        report: Some(Report { number: 25, call: Digest([26; 32]) }),
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    }
}

pub(crate) fn signed(fields: &ReceiptFields) -> SignedReceipt {
    let mut salt = 0u8;
    SignedReceipt::sign(
        fields,
        || {
            salt += 1;
            [salt; SALT]
        },
        |message| secret().sign(message).to_bytes(),
    )
}

fn refusal(receipt: &SignedReceipt) -> ReceiptError {
    receipt.verify(&NetworkId([1; 32]), &checks).expect_err("must be refused")
}

#[test]
fn a_receipt_verifies_to_what_was_signed_after_a_trip_through_bytes() {
    let bytes = signed(&sample()).to_bytes();
    let receipt = SignedReceipt::from_bytes(&bytes).expect("reads back");
    assert_eq!(receipt.verify(&NetworkId([1; 32]), &checks), Ok(sample()));
    let bare = ReceiptFields {
        egress: vec![],
        caller: Caller::Anonymous,
        report: None,
        durability: Durability::Durable,
        ..sample()
    };
    assert_eq!(signed(&bare).verify(&NetworkId([1; 32]), &checks), Ok(bare));
}

#[test]
fn a_receipt_of_another_network_is_refused() {
    let receipt = signed(&sample());
    assert_eq!(receipt.verify(&NetworkId([2; 32]), &checks), Err(ReceiptError::Signature));
    let confused = SignedReceipt::sign(&sample(), || [0; SALT], |message| secret().sign(message).to_bytes());
    assert!(confused.verify(&NetworkId([1; 32]), &checks).is_ok());
}

#[test]
fn a_changed_leaf_is_refused() {
    for index in 0..Label::ALL.len() {
        let mut receipt = signed(&sample());
        let last = receipt.leaves[index].len() - 1;
        receipt.leaves[index][last] ^= 1;
        assert_eq!(refusal(&receipt), ReceiptError::Root);
    }
}

#[test]
fn a_missing_swapped_or_repeated_leaf_is_refused() {
    let mut missing = signed(&sample());
    missing.leaves.pop();
    assert_eq!(refusal(&missing), ReceiptError::Root);
    let mut swapped = signed(&sample());
    swapped.leaves.swap(0, 1);
    assert_eq!(refusal(&swapped), ReceiptError::Root);
    let mut repeated = signed(&sample());
    repeated.leaves[1] = repeated.leaves[0].clone();
    assert_eq!(refusal(&repeated), ReceiptError::Root);
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let other = Secret::from_bytes(&[43; 32]);
    let receipt = SignedReceipt::sign(&sample(), || [0; SALT], |message| other.sign(message).to_bytes());
    assert_eq!(refusal(&receipt), ReceiptError::Signature);
}

#[test]
fn every_changed_byte_of_the_signed_part_is_refused() {
    let receipt = signed(&sample());
    for index in 0..receipt.signed.len() {
        let mut changed = receipt.clone();
        changed.signed[index] ^= 1;
        assert!(changed.verify(&NetworkId([1; 32]), &checks).is_err(), "byte {index}");
    }
}

#[test]
fn an_oversized_or_cut_receipt_is_refused() {
    assert_eq!(SignedReceipt::from_bytes(&vec![0; MAX_RECEIPT + 1]), Err(ReceiptError::TooLong));
    let bytes = signed(&sample()).to_bytes();
    for end in 0..bytes.len() {
        assert!(SignedReceipt::from_bytes(&bytes[..end]).is_err());
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(SignedReceipt::from_bytes(&longer), Err(ReceiptError::Encoding));
}

#[test]
fn only_the_leaves_that_were_opened_can_be_read() {
    let opened = signed(&sample()).open(&[Label::Contract, Label::Report]);
    let opened = OpenedReceipt::from_bytes(&opened.to_bytes()).expect("reads back");
    let fields = opened.verify(&NetworkId([1; 32]), &checks).expect("verifies");
    assert_eq!(fields.contract(), Ok(ContractId([2; 32])));
    assert_eq!(fields.report(), Ok(sample().report));
    assert_eq!(fields.lease(), Err(ReceiptError::Leaf(Label::Lease as u8)));
    assert_eq!(fields.block(), Err(ReceiptError::Leaf(Label::Block as u8)));
    assert_eq!(fields.before(), Err(ReceiptError::Leaf(Label::Before as u8)));
    assert_eq!(fields.after(), Err(ReceiptError::Leaf(Label::After as u8)));
    assert!(opened.to_bytes().windows(32).all(|window| window != [11; 32]), "a closed leaf is not in the bytes");
}

#[test]
fn the_block_and_the_heads_are_read_from_their_own_leaves() {
    let opened = signed(&sample()).open(&[Label::Block, Label::Before, Label::After]);
    let fields = opened.verify(&NetworkId([1; 32]), &checks).expect("verifies");
    let read = (fields.block(), fields.before(), fields.after());
    assert_eq!(read, (Ok(sample().block), Ok(sample().before), Ok(sample().after)));
}

#[test]
fn a_receipt_that_a_later_boot_signed_again_says_which_boot_signed_first() {
    let earlier = Some(Earlier { worker: SigningKey([30; 32]), lease: 5, incarnation: 6 });
    let receipt = signed(&ReceiptFields { earlier, ..sample() });
    let read = SignedReceipt::from_bytes(&receipt.to_bytes()).expect("reads back");
    assert_eq!(read.verify(&NetworkId([1; 32]), &checks).map(|fields| fields.earlier), Ok(earlier));
    let opened = receipt.open(&[Label::Extensions]).verify(&NetworkId([1; 32]), &checks).expect("verifies");
    assert_eq!(opened.earlier(), Ok(earlier));
}

#[test]
fn a_receipt_of_a_scheduled_run_says_which_and_when_it_was_due() {
    let earlier = Some(Earlier { worker: SigningKey([30; 32]), lease: 5, incarnation: 6 });
    let schedule = Some(ScheduleRun { name: Digest([31; 32]), due_ms: 1_700_000_000_000 });
    for fields in [ReceiptFields { schedule, ..sample() }, ReceiptFields { earlier, schedule, ..sample() }] {
        let receipt = signed(&fields);
        assert_eq!(receipt.verify(&NetworkId([1; 32]), &checks), Ok(fields.clone()));
        let opened = receipt.open(&[Label::Extensions]).verify(&NetworkId([1; 32]), &checks).expect("verifies");
        assert_eq!(opened.earlier(), Ok(fields.earlier));
    }
}

#[test]
fn a_receipt_of_a_contracts_init_or_migration_says_so_and_from_which_code() {
    for transition in [Transition::Init, Transition::Migrate { version: 3, code: CodeHash([31; 32]) }] {
        let fields = ReceiptFields { transition: Some(transition), ..sample() };
        assert_eq!(signed(&fields).verify(&NetworkId([1; 32]), &checks), Ok(fields));
    }
}

#[test]
fn a_migration_from_half_a_version_is_refused() {
    let entry = |from: Vec<Value>| Value::Array(vec![Value::Array(vec![Value::from(3), Value::Array(from)])]);
    let code = Value::Bytes(vec![1; 32]);
    assert!(Extensions::from_value(entry(vec![Value::from(1), code.clone()])).is_ok());
    for from in [vec![Value::from(1)], vec![code.clone(), Value::from(1)], vec![Value::from(1_u64 << 32), code]] {
        assert!(Extensions::from_value(entry(from)).is_err());
    }
}

#[test]
fn a_receipt_of_a_call_by_a_contract_says_which_contract() {
    let caller = Caller::Contract(ContractId([32; 32]));
    let fields = ReceiptFields { caller, ..sample() };
    let receipt = signed(&fields);
    assert_eq!(receipt.verify(&NetworkId([1; 32]), &checks), Ok(fields));
    let leaf = |caller: Caller| signed(&ReceiptFields { caller, ..sample() }).anchor_leaf();
    assert_ne!(leaf(caller), leaf(Caller::Contract(ContractId([33; 32]))));
    assert_ne!(leaf(caller), leaf(Caller::Anonymous));
}

#[test]
fn a_receipt_of_a_delivery_says_which_webhook_and_one_of_a_message_which() {
    for fields in [
        ReceiptFields { webhook: Some(7), caller: Caller::Anonymous, ..sample() },
        ReceiptFields { message: Some(1 << 40), ..sample() },
    ] {
        assert_eq!(signed(&fields).verify(&NetworkId([1; 32]), &checks), Ok(fields));
    }
}

#[test]
fn a_webhook_of_an_impossible_position_is_refused() {
    let entry = |position: u64| {
        let value = Value::Array(vec![Value::from(position)]);
        Extensions::from_value(Value::Array(vec![Value::Array(vec![Value::from(5), value])]))
    };
    assert_eq!(entry(255).map(|found| found.webhook), Ok(Some(255)));
    assert!(entry(256).is_err());
}

#[test]
fn extensions_out_of_order_are_refused() {
    let boot = Value::Array(vec![Value::Bytes(vec![1; 32]), Value::from(1), Value::from(1)]);
    let run = Value::Array(vec![Value::Bytes(vec![1; 32]), Value::from(1)]);
    let entry = |number: u64, value: &Value| Value::Array(vec![Value::from(number), value.clone()]);
    let (one, two) = (entry(1, &boot), entry(2, &run));
    assert!(Extensions::from_value(Value::Array(vec![one.clone(), two.clone()])).is_ok());
    for extensions in [vec![two.clone(), one], vec![two.clone(), two]] {
        assert!(Extensions::from_value(Value::Array(extensions)).is_err());
    }
}

#[test]
fn an_unknown_extension_is_refused() {
    let entry = |number: u64| Value::Array(vec![Value::from(number), Value::Array(vec![])]);
    for extensions in [
        vec![entry(7)],
        vec![entry(6)],
        vec![entry(5)],
        vec![entry(4)],
        vec![entry(2)],
        vec![entry(1)],
        vec![entry(1), entry(1)],
    ] {
        assert!(Extensions::from_value(Value::Array(extensions)).is_err());
    }
}

#[test]
fn an_open_leaf_of_another_receipt_or_place_is_refused() {
    let one = signed(&sample()).open(&[Label::Lease, Label::Incarnation]);
    let other = signed(&ReceiptFields { lease: 99, ..sample() }).open(&[Label::Lease, Label::Incarnation]);
    let mixed = OpenedReceipt { leaves: other.leaves, ..one.clone() };
    assert_eq!(mixed.verify(&NetworkId([1; 32]), &checks), Err(ReceiptError::Root));
    let mut reversed = one.clone();
    reversed.leaves.reverse();
    assert!(reversed.verify(&NetworkId([1; 32]), &checks).is_err());
    let twice = OpenedReceipt { leaves: vec![one.leaves[0].clone(), one.leaves[0].clone()], ..one };
    assert_eq!(twice.verify(&NetworkId([1; 32]), &checks), Err(ReceiptError::Leaf(Label::Lease as u8)));
}

proptest::proptest! {
    #[test]
    fn random_bytes_never_panic_and_never_verify(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
        if let Ok(receipt) = SignedReceipt::from_bytes(&bytes) {
            proptest::prop_assert!(receipt.verify(&NetworkId([1; 32]), &checks).is_err());
        }
        if let Ok(opened) = OpenedReceipt::from_bytes(&bytes) {
            proptest::prop_assert!(opened.verify(&NetworkId([1; 32]), &checks).is_err());
        }
    }
}

#[test]
fn the_published_vector_is_what_this_code_makes() {
    let receipt = signed(&sample());
    let vector = serde_json::json!({
        "network": NetworkId([1; 32]),
        "signing_seed": hex::encode([42; 32]),
        "receipt": hex::encode(receipt.to_bytes()),
        "opened_contract_and_report": hex::encode(receipt.open(&[Label::Contract, Label::Report]).to_bytes()),
        "leaves": receipt.leaves.iter().map(hex::encode).collect::<Vec<_>>(),
    });
    crate::vectors::check("receipt", vector);
}
