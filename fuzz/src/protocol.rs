//! The shared types: what the chain stores, what is signed, what travels with a call.

use adyton_protocol::{
    anchor::{AnchorProof, MAX_PROOF, ReceiptAnchors},
    call::CallFields,
    cpu::CpuModel,
    device::{DeviceEvidence, DeviceRecord, DeviceRoot, WorkerDevices},
    evidence::SnpEvidence,
    ids::{NetworkId, SigningKey, WorkerId},
    key_label::KeyLabel,
    manifest::Manifest,
    merkle,
    policy::ContractPolicy,
    receipt::{MAX_RECEIPT, OpenedReceipt, SignedReceipt},
    record::{
        Anchor, CodeRecord, CommitteeRecord, ContractRecord, HeadRecord, Heartbeat, LeaseRecord, MachineId,
        MeasurementRecord, NetworkRecord, Opening, PendingUpgrade, ReleaseRecord, RetiredRecord, RootRecord,
        VerdictFacts, WorkerRecord,
    },
    statement::AttestedStatement,
    streamed::{self, Part, Reader},
};
use codec::{Decode, Encode};
use ed25519_dalek::{Verifier, VerifyingKey};

use crate::{
    parts::canonical,
    vectors::{self, bytes},
};

/// An attested statement.
pub fn statement(data: &[u8]) {
    if let Some(read) = canonical::<AttestedStatement>(data) {
        let text = serde_json::to_vec(&read).expect("a statement has a JSON form");
        assert_eq!(serde_json::from_slice::<AttestedStatement>(&text).ok(), Some(read), "what is written reads back");
    }
}

/// Seeds of [`statement`].
pub fn statements() -> Vec<Vec<u8>> {
    vec![bytes(&vectors::STATEMENT["encoding"])]
}

/// The field that fixes a call.
pub fn call_fields(data: &[u8]) {
    if let Some(read) = CallFields::from_bytes(data) {
        assert_eq!(read.encode(), data, "two encodings of one call");
    }
}

/// Seeds of [`call_fields`].
pub fn calls() -> Vec<Vec<u8>> {
    let signed = bytes(&vectors::CALL["call_fields"]);
    let anonymous = CallFields { caller: None, ..CallFields::from_bytes(&signed).expect("the vector reads") };
    vec![signed, anonymous.encode()]
}

/// An answer in Binary HTTP as it comes: cut anywhere, it is the same, and never more than came.
pub fn streamed_answer(data: &[u8]) {
    let read = |width: usize| {
        let (mut reader, mut parts, mut content) = (Reader::default(), Vec::new(), Vec::new());
        for bytes in data.chunks(width) {
            for part in reader.read(bytes).ok()? {
                match part {
                    Part::Content(bytes) => content.extend(bytes),
                    Part::Head(..) | Part::End(_) => parts.push(part),
                }
            }
        }
        Some((parts, content, reader.is_over()))
    };
    let whole = read(data.len().max(1));
    assert_eq!(whole, read(7), "what comes in pieces is the same");
    assert!(whole.is_none_or(|(_, content, _)| content.len() <= data.len()), "it is bounded");
}

/// Seeds of [`streamed_answer`].
pub fn streamed_answers() -> Vec<Vec<u8>> {
    let head = streamed::head(200, &vec![(b"content-type".to_vec(), b"text/plain".to_vec())]);
    let end = streamed::end(&[("adyton-receipt", b"receipt")]);
    let whole = [head, streamed::content(b"one "), streamed::content(&[7; 100]), end].concat();
    let padded = [whole.clone(), vec![0; 16]].concat();
    vec![whole, padded]
}

/// A manifest as the chain and a receipt name it.
pub fn manifest(data: &[u8]) {
    if let Ok(read) = Manifest::from_bytes(data) {
        assert_eq!(read.encode(), data, "two encodings of one manifest");
        assert_eq!(read.validate(), Ok(()), "what is read is valid");
    }
    if let Ok(read) = serde_json::from_slice::<Manifest>(data)
        && read.validate().is_ok()
    {
        assert_eq!(Manifest::from_bytes(&read.encode()), Ok(read), "what is valid reads back");
    }
}

/// Seeds of [`manifest`].
pub fn manifests() -> Vec<Vec<u8>> {
    vec![bytes(&vectors::MANIFEST["encoding"]), vectors::MANIFEST["manifest"].to_string().into_bytes()]
}

/// Names the chain's records once; the input's first byte chooses one.
macro_rules! records {
    ($($record:ident),* $(,)?) => {
        const READERS: &[fn(&[u8])] = &[$(|data| { let _ = canonical::<$record>(data); }),*];

        /// Seeds of [`record`]: each record with all its parts zero, as far as there is one.
        pub fn records() -> Vec<Vec<u8>> {
            let zeros: [Option<Vec<u8>>; READERS.len()] =
                [$($record::decode(&mut &[0; 4096][..]).ok().map(|record| record.encode())),*];
            let chosen = |(choice, record): (usize, Option<Vec<u8>>)| Some([vec![choice as u8], record?].concat());
            zeros.into_iter().enumerate().filter_map(chosen).collect()
        }
    };
}

records! {
    NetworkRecord, RootRecord, MeasurementRecord, VerdictFacts, WorkerRecord, Heartbeat, CodeRecord, ContractRecord,
    PendingUpgrade, LeaseRecord, HeadRecord, Opening, Anchor, ReceiptAnchors, CommitteeRecord, ReleaseRecord,
    ContractPolicy, MachineId, DeviceRoot, DeviceRecord, WorkerDevices, RetiredRecord, CpuModel,
}

/// A record of the chain: the first byte says which.
pub fn record(data: &[u8]) {
    if let Some((choice, data)) = data.split_first() {
        READERS[usize::from(*choice) % READERS.len()](data);
    }
}

/// The label of a key.
pub fn key_label(data: &[u8]) {
    if let Some(label) = canonical::<KeyLabel>(data) {
        assert!(label.message().len() < 256, "what is evaluated is short");
    }
}

/// Seeds of [`key_label`].
pub fn key_labels() -> Vec<Vec<u8>> {
    let message = bytes(&vectors::KEY_LABEL[0]["message"]);
    vec![message[message.len() - 69..].to_vec(), vec![0; 69]]
}

fn signed_by(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify(message, &signature.into()).is_ok())
}

fn network() -> NetworkId {
    serde_json::from_value(vectors::RECEIPT["network"].clone()).expect("the vector names a network")
}

/// A receipt with all its leaves.
pub fn receipt(data: &[u8]) {
    let Ok(read) = SignedReceipt::from_bytes(data) else { return };
    assert!(data.len() <= MAX_RECEIPT && read.to_bytes() == data, "two encodings of one receipt");
    if read.verify(&network(), &signed_by).is_ok() {
        let leaves = vectors::RECEIPT["leaves"].as_array().expect("a list");
        assert!(leaves.iter().map(bytes).eq(read.leaves.iter().cloned()), "only what was signed verifies");
        assert!(read.verify(&NetworkId([0xEE; 32]), &signed_by).is_err(), "on its own network only");
    }
}

/// Seeds of [`receipt`].
pub fn receipts() -> Vec<Vec<u8>> {
    vec![bytes(&vectors::RECEIPT["receipt"])]
}

/// A receipt with some leaves open.
pub fn opened_receipt(data: &[u8]) {
    let Ok(read) = OpenedReceipt::from_bytes(data) else { return };
    assert!(data.len() <= MAX_RECEIPT && read.to_bytes() == data, "two encodings of one receipt");
    if let Ok(fields) = read.verify(&network(), &signed_by) {
        let leaves: Vec<_> = vectors::RECEIPT["leaves"].as_array().expect("a list").iter().map(bytes).collect();
        assert!(read.leaves.iter().all(|open| leaves.contains(&open.leaf)), "only what was signed verifies");
        let _ = (fields.contract(), fields.lease(), fields.incarnation(), fields.report(), fields.earlier());
    }
}

/// Seeds of [`opened_receipt`].
pub fn opened_receipts() -> Vec<Vec<u8>> {
    vec![bytes(&vectors::RECEIPT["opened_contract_and_report"])]
}

/// The proof that a receipt is under an anchor: only the one of the vector leads to the vector's record.
pub fn anchor_proof(data: &[u8]) {
    let Ok(read) = AnchorProof::from_bytes(data) else { return };
    assert!(data.len() <= MAX_PROOF && read.to_bytes() == data, "two encodings of one proof");
    let vector = &*vectors::ANCHOR;
    let named = |name: &str| bytes(&vector[name]).try_into().expect("32 bytes");
    let (network, worker, key) =
        (NetworkId(named("network")), WorkerId(named("worker")), SigningKey(named("signing_key")));
    let record = ReceiptAnchors::decode(&mut &bytes(&vector["record"])[..]).expect("the vector has a record");
    let receipt = bytes(&vector["anchors"][7]["receipts"][2]).try_into().expect("a hash");
    if let Ok(block) = read.verify(&network, &worker, &key, receipt, &record) {
        assert_eq!((read.anchor, block), (7, 17), "it was anchored once");
    }
}

/// Seeds of [`anchor_proof`].
pub fn anchor_proofs() -> Vec<Vec<u8>> {
    vec![bytes(&vectors::ANCHOR["proof_of_receipt_2_of_anchor_7"]), vec![0x87, 1, 10, 0, 0x80, 0, 1, 0x80]]
}

/// An inclusion path: index and count (64 bits each, little-endian), the leaf's hash, the path.
pub fn merkle_path(data: &[u8]) {
    let Some((index, rest)) = data.split_first_chunk::<8>() else { return };
    let Some((count, rest)) = rest.split_first_chunk::<8>() else { return };
    let Some((leaf, rest)) = rest.split_first_chunk::<32>() else { return };
    let path: Vec<merkle::Hash> = rest.as_chunks::<32>().0.to_vec();
    let (index, count) = (u64::from_le_bytes(*index) as usize, u64::from_le_bytes(*count) as usize);
    if merkle::root_of_path(*leaf, index, count, &path).is_some() {
        assert!(index < count && count <= merkle::MAX_LEAVES && path.len() <= 16, "within the tree's bounds");
    }
}

/// Seeds of [`merkle_path`].
pub fn merkle_paths() -> Vec<Vec<u8>> {
    let hashes: Vec<merkle::Hash> = (0..19u8).map(|leaf| merkle::leaf_hash(&[leaf])).collect();
    let seed = |index: usize| {
        let path = merkle::path(&hashes, index).expect("the leaf is there").concat();
        [&(index as u64).to_le_bytes()[..], &19u64.to_le_bytes(), &hashes[index], &path].concat()
    };
    [0, 7, 18].map(seed).to_vec()
}

/// A report of SEV-SNP with its certificate, as they travel.
pub fn snp_evidence(data: &[u8]) {
    if let Some(read) = SnpEvidence::from_bytes(data) {
        assert_eq!(read.to_bytes(), data, "two encodings of one piece of evidence");
    }
}

/// Seeds of [`snp_evidence`].
pub fn snp_evidence_seeds() -> Vec<Vec<u8>> {
    let evidence = |report: &[u8], certificate: &[u8]| SnpEvidence { report, certificate }.to_bytes();
    vec![evidence(&[3; 1184], &[0x30; 1300]), evidence(&[], &[1])]
}

/// A device's report with its certificates, as they travel.
pub fn device_evidence(data: &[u8]) {
    if let Some(read) = DeviceEvidence::from_bytes(data) {
        assert_eq!(read.to_bytes(), data, "two encodings of one piece of evidence");
    }
}

/// Seeds of [`device_evidence`].
pub fn device_evidence_seeds() -> Vec<Vec<u8>> {
    let evidence = |report: &[u8], certificates: &[u8]| DeviceEvidence { report, certificates }.to_bytes();
    vec![evidence(&[3; 4400], &[0x2d; 5000]), evidence(&[], &[1])]
}
