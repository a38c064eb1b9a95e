//! The receipt: what a worker says it did, signed under its attested key, leaf by leaf.
//!
//! A receipt is a COSE_Sign1 (RFC 9052) with EdDSA over `[1, leaves, root]`, where `root` is the Merkle root
//! ([`crate::merkle`]) of salted leaves `[salt, label, value]` in deterministic CBOR (RFC 8949 §4.2). Every
//! label of [`Label`] stands in every receipt, once and in order, so that leaving one out is not possible;
//! who publishes a receipt reveals only the leaves they open ([`OpenedReceipt`]).
//!
//! The signature's external data is [`crate::domain::RECEIPT`] bound to the network. `specs/receipt.md` has
//! the layout and `specs/vectors/receipt.json` examples.

pub(crate) mod cbor;
mod fields;
#[cfg(test)]
pub(crate) mod tests;

use alloc::{vec, vec::Vec};
use core::fmt;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, cbor::value::Value, iana};

use fields::Extensions;
pub use fields::{Caller, Earlier, EgressRecord, Label, ReceiptFields, Report, ScheduleRun, Transition};

use crate::{
    domain,
    ids::{BlockRef, CodeHash, Digest, NetworkId, RequestId, SigningKey},
    merkle,
    record::StateHead,
};

/// The most bytes of the signed part.
pub const MAX_SIGNED: usize = 512;
/// The most bytes of one leaf.
pub const MAX_LEAF: usize = 64 * 1024;
/// The most bytes of a receipt with all its leaves.
pub const MAX_RECEIPT: usize = 128 * 1024;
/// Bytes of a leaf's salt: a closed leaf cannot be guessed.
pub const SALT: usize = 16;

/// Why a receipt is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptError {
    /// Longer than its bound.
    TooLong,
    /// Not the deterministic encoding of a receipt.
    Encoding,
    /// Another algorithm than EdDSA, or another header than the one header that receipts have.
    Header,
    /// The signature is not the named key's, or is for another network.
    Signature,
    /// Leaves and signed root differ.
    Root,
    /// A leaf is missing, repeated, out of place, or has a value of another type; which label.
    Leaf(u8),
    /// The key in the worker leaf is not the key that signed.
    Key,
    /// The network in the network leaf is not the one it was signed for.
    Network,
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the receipt is too long"),
            Self::Encoding => f.write_str("not the deterministic encoding of a receipt"),
            Self::Header => f.write_str("the receipt's COSE header is not the expected one"),
            Self::Signature => f.write_str("the receipt's signature does not verify"),
            Self::Root => f.write_str("the receipt's leaves do not give its signed root"),
            Self::Leaf(label) => write!(f, "the receipt's leaf {label} is missing, misplaced or malformed"),
            Self::Key => f.write_str("the receipt names another worker key than the one that signed it"),
            Self::Network => f.write_str("the receipt names another network than the one it was signed for"),
        }
    }
}

impl core::error::Error for ReceiptError {}

/// A receipt with all its leaves: what the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    /// The COSE_Sign1.
    pub signed: Vec<u8>,
    /// Every leaf's encoding, in the order of their labels.
    pub leaves: Vec<Vec<u8>>,
}

/// A receipt of which some leaves are open: what is published or given to a pallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedReceipt {
    /// The COSE_Sign1.
    pub signed: Vec<u8>,
    /// The open leaves, ascending.
    pub leaves: Vec<OpenedLeaf>,
}

/// One open leaf with its inclusion path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedLeaf {
    /// The leaf's encoding.
    pub leaf: Vec<u8>,
    /// Its path to the root.
    pub path: Vec<merkle::Hash>,
}

/// The signed part after its signature was checked: only [`OpenedReceipt`] and [`SignedReceipt`] make one.
struct Commitment {
    count: usize,
    root: merkle::Hash,
    key: SigningKey,
}

/// Checks `signature` of `message` under `key`: Ed25519 as the caller has it (natively, or as the chain's
/// host function).
pub type VerifySignature<'a> = &'a dyn Fn(&SigningKey, &[u8], &[u8; 64]) -> bool;

impl SignedReceipt {
    /// Makes a receipt. `salts` gives [`SALT`] fresh random bytes for each leaf; `sign` is Ed25519 under
    /// `fields.worker`.
    pub fn sign(
        fields: &ReceiptFields,
        mut salts: impl FnMut() -> [u8; SALT],
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Self {
        let leaves: Vec<Vec<u8>> =
            fields.values().into_iter().map(|(label, value)| cbor::leaf(&salts(), label, value)).collect();
        let hashes: Vec<merkle::Hash> = leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        let payload = cbor::encode(&Value::Array(vec![
            Value::from(1),
            Value::from(hashes.len() as u64),
            Value::Bytes(merkle::root(&hashes).to_vec()),
        ]));
        let protected = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(fields.worker.0.to_vec()).build();
        let signed = CoseSign1Builder::new()
            .protected(protected)
            .payload(payload)
            .create_signature(&external(&fields.network), |message| sign(message).to_vec())
            .build()
            .to_vec()
            .expect("a COSE_Sign1 of byte strings always encodes");
        Self { signed, leaves }
    }

    /// `[signed, [leaf, …]]` in deterministic CBOR.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::bytes_and_list(&self.signed, &self.leaves)
    }

    /// Reads what [`SignedReceipt::to_bytes`] wrote. Nothing is verified yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let [signed, leaves] = cbor::array(cbor::decode(bytes, MAX_RECEIPT)?)?;
        let leaves = cbor::list(leaves, Label::ALL.len())?.into_iter().map(cbor::bytes).collect::<Result<_, _>>()?;
        Ok(Self { signed: cbor::bytes(signed)?, leaves })
    }

    /// Checks signature, root, the presence and order of every leaf, and that the leaves name the network and
    /// key that signed. Whether that key was a valid worker's is for the caller to ask the chain.
    pub fn verify(&self, network: &NetworkId, verify: VerifySignature<'_>) -> Result<ReceiptFields, ReceiptError> {
        let commitment = Commitment::check(&self.signed, network, verify)?;
        if self.leaves.len() != Label::ALL.len() || commitment.count != self.leaves.len() {
            return Err(ReceiptError::Root);
        }
        let hashes: Vec<merkle::Hash> = self.leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        if merkle::root(&hashes) != commitment.root {
            return Err(ReceiptError::Root);
        }
        let mut values = Vec::with_capacity(self.leaves.len());
        for (leaf, label) in self.leaves.iter().zip(Label::ALL) {
            let (found, value) = cbor::open_leaf(leaf)?;
            if found != label as u8 {
                return Err(ReceiptError::Leaf(label as u8));
            }
            values.push(value);
        }
        let fields = ReceiptFields::from_values(values)?;
        match () {
            () if fields.network != *network => Err(ReceiptError::Network),
            () if fields.worker != commitment.key => Err(ReceiptError::Key),
            () => Ok(fields),
        }
    }

    /// The receipt with only the leaves of `labels` open.
    pub fn open(&self, labels: &[Label]) -> OpenedReceipt {
        let hashes: Vec<merkle::Hash> = self.leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        let wanted = Label::ALL.iter().enumerate().filter(|(_, label)| labels.contains(label));
        let leaves = wanted
            .filter_map(|(index, _)| {
                Some(OpenedLeaf { leaf: self.leaves.get(index)?.clone(), path: merkle::path(&hashes, index)? })
            })
            .collect();
        OpenedReceipt { signed: self.signed.clone(), leaves }
    }

    /// The hash that stands for this receipt in an anchor's tree of receipts.
    pub fn anchor_leaf(&self) -> merkle::Hash {
        merkle::leaf_hash(&self.signed)
    }
}

impl OpenedReceipt {
    /// `[signed, [[leaf, [hash, …]], …]]` in deterministic CBOR.
    pub fn to_bytes(&self) -> Vec<u8> {
        let leaves = self
            .leaves
            .iter()
            .map(|open| {
                let path = open.path.iter().map(|hash| Value::Bytes(hash.to_vec())).collect();
                Value::Array(vec![Value::Bytes(open.leaf.clone()), Value::Array(path)])
            })
            .collect();
        cbor::encode(&Value::Array(vec![Value::Bytes(self.signed.clone()), Value::Array(leaves)]))
    }

    /// Reads what [`OpenedReceipt::to_bytes`] wrote. Nothing is verified yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let [signed, leaves] = cbor::array(cbor::decode(bytes, MAX_RECEIPT)?)?;
        let mut open = Vec::new();
        for entry in cbor::list(leaves, Label::ALL.len())? {
            let [leaf, path] = cbor::array(entry)?;
            let path = cbor::list(path, 8)?.into_iter().map(cbor::fixed).collect::<Result<_, _>>()?;
            open.push(OpenedLeaf { leaf: cbor::bytes(leaf)?, path });
        }
        Ok(Self { signed: cbor::bytes(signed)?, leaves: open })
    }

    /// Checks signature and inclusion of every open leaf, each in its own place. The key that signed comes
    /// with the values, by label.
    pub fn verify(&self, network: &NetworkId, verify: VerifySignature<'_>) -> Result<OpenedFields, ReceiptError> {
        let commitment = Commitment::check(&self.signed, network, verify)?;
        if commitment.count != Label::ALL.len() {
            return Err(ReceiptError::Root);
        }
        let mut values: Vec<(Label, Value)> = Vec::with_capacity(self.leaves.len());
        for open in &self.leaves {
            let (found, value) = cbor::open_leaf(&open.leaf)?;
            let index = Label::ALL.iter().position(|label| *label as u8 == found).ok_or(ReceiptError::Leaf(found))?;
            if values.last().is_some_and(|(last, _)| *last as u8 >= found) {
                return Err(ReceiptError::Leaf(found));
            }
            let reached = merkle::root_of_path(merkle::leaf_hash(&open.leaf), index, commitment.count, &open.path);
            if reached != Some(commitment.root) {
                return Err(ReceiptError::Root);
            }
            values.push((Label::ALL[index], value));
        }
        Ok(OpenedFields { key: commitment.key, values })
    }
}

/// The open leaves of a verified [`OpenedReceipt`].
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedFields {
    /// The key that signed.
    pub key: SigningKey,
    values: Vec<(Label, Value)>,
}

impl OpenedFields {
    fn value(&self, label: Label) -> Result<Value, ReceiptError> {
        let found = self.values.iter().find(|(open, _)| *open == label);
        found.map(|(_, value)| value.clone()).ok_or(ReceiptError::Leaf(label as u8))
    }

    /// The contract leaf.
    pub fn contract(&self) -> Result<crate::ids::ContractId, ReceiptError> {
        Ok(crate::ids::ContractId(fields::expect(cbor::fixed(self.value(Label::Contract)?), Label::Contract)?))
    }

    /// The lease leaf.
    pub fn lease(&self) -> Result<u64, ReceiptError> {
        fields::expect(cbor::unsigned(self.value(Label::Lease)?), Label::Lease)
    }

    /// The incarnation leaf.
    pub fn incarnation(&self) -> Result<u64, ReceiptError> {
        fields::expect(cbor::unsigned(self.value(Label::Incarnation)?), Label::Incarnation)
    }

    /// The code leaf: its hash, and its version number.
    pub fn code(&self) -> Result<(CodeHash, u64), ReceiptError> {
        let (code, version) = fields::pair(self.value(Label::Code)?, Label::Code, cbor::fixed, cbor::unsigned)?;
        Ok((CodeHash(code), version))
    }

    /// The manifest leaf.
    pub fn manifest(&self) -> Result<Digest, ReceiptError> {
        Ok(Digest(fields::expect(cbor::fixed(self.value(Label::Manifest)?), Label::Manifest)?))
    }

    /// The request leaf: its identifier, and its digest.
    pub fn request(&self) -> Result<(RequestId, Digest), ReceiptError> {
        let (id, digest) = fields::pair(self.value(Label::Request)?, Label::Request, cbor::fixed, cbor::fixed)?;
        Ok((RequestId(id), Digest(digest)))
    }

    /// The response leaf.
    pub fn response(&self) -> Result<Digest, ReceiptError> {
        Ok(Digest(fields::expect(cbor::fixed(self.value(Label::Response)?), Label::Response)?))
    }

    /// The fuel leaf: what was used, and the hash of the cost table.
    pub fn fuel(&self) -> Result<(u64, Digest), ReceiptError> {
        let (fuel, table) = fields::pair(self.value(Label::Fuel)?, Label::Fuel, cbor::unsigned, cbor::fixed)?;
        Ok((fuel, Digest(table)))
    }

    /// Whether the call was one that anybody could make: the caller leaf names nobody, and there are no extensions.
    pub fn is_plain(&self) -> Result<bool, ReceiptError> {
        let extensions = fields::expect(Extensions::from_value(self.value(Label::Extensions)?), Label::Extensions)?;
        Ok(self.value(Label::Caller)? == Value::Null && extensions == Extensions::NONE)
    }

    /// The block leaf.
    pub fn block(&self) -> Result<BlockRef, ReceiptError> {
        fields::block(self.value(Label::Block)?)
    }

    /// The state before the call.
    pub fn before(&self) -> Result<StateHead, ReceiptError> {
        fields::head(self.value(Label::Before)?, Label::Before)
    }

    /// The state after it.
    pub fn after(&self) -> Result<StateHead, ReceiptError> {
        fields::head(self.value(Label::After)?, Label::After)
    }

    /// The report leaf; `None` where the call reported nothing.
    pub fn report(&self) -> Result<Option<Report>, ReceiptError> {
        fields::expect(Report::from_value(self.value(Label::Report)?), Label::Report)
    }

    /// The extensions leaf: the boot that signed first, where the key that signed only did so again.
    pub fn earlier(&self) -> Result<Option<Earlier>, ReceiptError> {
        let extensions = fields::expect(Extensions::from_value(self.value(Label::Extensions)?), Label::Extensions)?;
        Ok(extensions.earlier)
    }
}

impl Commitment {
    fn check(signed: &[u8], network: &NetworkId, verify: VerifySignature<'_>) -> Result<Self, ReceiptError> {
        if signed.len() > MAX_SIGNED {
            return Err(ReceiptError::TooLong);
        }
        let envelope = CoseSign1::from_slice(signed).map_err(|_| ReceiptError::Encoding)?;
        let key = fields::expect_header(&envelope)?;
        let payload = envelope.payload.as_deref().ok_or(ReceiptError::Encoding)?;
        let [version, count, root] = cbor::array(cbor::decode(payload, MAX_SIGNED)?)?;
        if cbor::unsigned(version)? != 1 {
            return Err(ReceiptError::Encoding);
        }
        let count = usize::try_from(cbor::unsigned(count)?).map_err(|_| ReceiptError::Encoding)?;
        let root = cbor::fixed(root)?;
        envelope.verify_signature(&external(network), |signature, message| {
            let signature: &[u8; 64] = signature.try_into().map_err(|_| ReceiptError::Signature)?;
            if verify(&key, message, signature) { Ok(()) } else { Err(ReceiptError::Signature) }
        })?;
        // The envelope has one encoding: what was signed over, encoded again, is what was received.
        match envelope.to_vec() {
            Ok(again) if again == signed => Ok(Self { count, root, key }),
            Ok(_) | Err(_) => Err(ReceiptError::Encoding),
        }
    }
}

fn external(network: &NetworkId) -> Vec<u8> {
    domain::encode_bound(domain::RECEIPT, network, &[])
}
