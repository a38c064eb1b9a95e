//! What worker and keyholder say to each other: a request in the clear, an answer that only the asking boot of
//! the worker opens.
//!
//! The answer is HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, sealed
//! to the key in the worker's attested statement. Its info names the network, the contract, the key epoch, the
//! worker, its statement, the request on the chain and the keyholder: an answer opens in no other place.

use adyton_protocol::{
    domain,
    ids::{BlockNumber, ContractId, Digest, EncryptionKey, NetworkId, WorkerId},
    key_label::{KeyEpoch, KeyLabel, Purpose},
    registered,
    statement::AttestedStatement,
};
use codec::{Decode, DecodeAll, Encode};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

use crate::{PARTIAL_BYTES, PartialEvaluation, ThresholdError};

/// The longest request that a keyholder reads, in bytes.
pub const MAX_REQUEST: usize = 208 * 1024;

/// The longest evidence in a request, in bytes.
pub const MAX_EVIDENCE: usize = registered::MAX_EVIDENCE;

/// The longest collateral in a request, in bytes.
pub const MAX_COLLATERAL: usize = registered::MAX_COLLATERAL;

/// The longest answer, in bytes: the encapsulated key, one partial for each purpose, the tag.
pub const MAX_ANSWER: usize = 32 + 8 + Purpose::ALL.len() * (1 + PARTIAL_BYTES) + 16;

const VERSION: u8 = 1;

/// A worker asks a keyholder for its part of a contract's keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReleaseRequest {
    /// The contract.
    pub contract: ContractId,
    /// The key epoch.
    pub epoch: KeyEpoch,
    /// The secrets asked for, ascending, each once.
    pub purposes: Vec<Purpose>,
    /// The block of the finalized request (`keys.request_release`) that this refers to.
    pub requested_at: BlockNumber,
    /// What the asking boot's evidence vouches for; its encryption key gets the answer.
    pub statement: AttestedStatement,
    /// The evidence itself: the keyholder judges it again.
    pub evidence: Vec<u8>,
    /// The vendor's signed collateral that goes with it; authenticated by the same root, so it may come from
    /// anybody.
    pub collateral: Vec<u8>,
}

/// Everything that an answer is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseBinding {
    /// The network.
    pub network: NetworkId,
    /// The contract.
    pub contract: ContractId,
    /// The key epoch.
    pub epoch: KeyEpoch,
    /// The worker that gets it.
    pub worker: WorkerId,
    /// Its statement of this boot.
    pub statement: Digest,
    /// The block of the request on the chain.
    pub requested_at: BlockNumber,
    /// The keyholder that answers.
    pub keyholder: WorkerId,
}

/// An X25519 secret of one boot, to which answers and calls are sealed. Wiped when dropped.
pub struct RecipientSecret(Zeroizing<[u8; 32]>);

impl ReleaseRequest {
    /// `0x01`, then the request's SCALE encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.encode_to(&mut out);
        out
    }

    /// Reads [`ReleaseRequest::to_bytes`]'s encoding and nothing else, within the bounds above.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ThresholdError> {
        let refused = ThresholdError::Encoding("release request");
        if bytes.len() > MAX_REQUEST || bytes.first() != Some(&VERSION) {
            return Err(refused);
        }
        let read = Self::decode_all(&mut &bytes[1..]).map_err(|_| refused)?;
        let ascending = read.purposes.windows(2).all(|pair| pair[0] < pair[1]);
        let bounded = read.evidence.len() <= MAX_EVIDENCE && read.collateral.len() <= MAX_COLLATERAL;
        let sound = ascending && bounded && !read.purposes.is_empty() && read.to_bytes() == bytes;
        if sound { Ok(read) } else { Err(refused) }
    }

    /// What `keyholder`'s answer to this request is bound to.
    pub fn binding(&self, keyholder: WorkerId) -> ReleaseBinding {
        ReleaseBinding {
            network: self.statement.network,
            contract: self.contract,
            epoch: self.epoch,
            worker: self.statement.worker,
            statement: self.statement.digest(),
            requested_at: self.requested_at,
            keyholder,
        }
    }
}

impl ReleaseBinding {
    /// The label of one of the secrets.
    pub fn label(&self, purpose: Purpose) -> KeyLabel {
        KeyLabel { network: self.network, epoch: self.epoch, contract: self.contract, purpose }
    }

    fn info(&self) -> Vec<u8> {
        let (epoch, block) = (self.epoch.to_le_bytes(), self.requested_at.to_le_bytes());
        domain::encode_bound(
            domain::KEY_RELEASE,
            &self.network,
            &[&self.contract.0, &epoch, &self.worker.0, &self.statement.0, &block, &self.keyholder.0],
        )
    }

    /// Seals one partial for each purpose to `recipient`: the encapsulated key (32 bytes), then the ciphertext.
    pub fn seal(
        &self,
        recipient: &EncryptionKey,
        partials: &[(Purpose, PartialEvaluation)],
    ) -> Result<Vec<u8>, ThresholdError> {
        let unsealable = ThresholdError::Encoding("recipient key");
        let key = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&recipient.0).map_err(|_| unsealable)?;
        let plain = plain(partials);
        let (encapsulated, sealed) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &key,
            &self.info(),
            &plain,
            &[],
        )
        .map_err(|_| unsealable)?;
        let mut out = encapsulated.to_bytes().to_vec();
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`ReleaseBinding::seal`] made; refuses another recipient's, another binding's, and anything but
    /// whole partials in ascending order of purpose.
    pub fn open(
        &self,
        secret: &RecipientSecret,
        answer: &[u8],
    ) -> Result<Vec<(Purpose, PartialEvaluation)>, ThresholdError> {
        let refused = ThresholdError::Encoding("sealed answer for this worker and request");
        if answer.len() > MAX_ANSWER {
            return Err(refused);
        }
        let (encapsulated, sealed) = answer.split_at_checked(32).ok_or(refused)?;
        let encapsulated =
            <X25519HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| refused)?;
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret.key(),
            &encapsulated,
            &self.info(),
            sealed,
            &[],
        )
        .map_err(|_| refused)?;
        let plain = Zeroizing::new(plain);
        let entries = plain.chunks_exact(1 + PARTIAL_BYTES);
        if !entries.remainder().is_empty() {
            return Err(refused);
        }
        let read: Result<Vec<_>, _> = entries
            .map(|entry| {
                let purpose = Purpose::decode_all(&mut &entry[..1]).map_err(|_| refused)?;
                Ok((purpose, PartialEvaluation::from_bytes(&entry[1..])?))
            })
            .collect();
        let read = read?;
        if read.windows(2).all(|pair| pair[0].0 < pair[1].0) { Ok(read) } else { Err(refused) }
    }
}

/// What is sealed: for each purpose, its number and the partial.
fn plain(partials: &[(Purpose, PartialEvaluation)]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(MAX_ANSWER));
    for (purpose, partial) in partials {
        plain.push(purpose.encode()[0]);
        plain.extend_from_slice(&*partial.to_bytes());
    }
    plain
}

impl RecipientSecret {
    /// Derives the key pair from 32 random bytes as RFC 9180 §7.1.3 has it. An Oblivious HTTP server that derives
    /// its key from the same bytes has the same key.
    pub fn derive(seed: &[u8; 32]) -> Self {
        let (private, _) = X25519HkdfSha256::derive_keypair(seed);
        let mut encoded = private.to_bytes();
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&encoded);
        encoded.as_mut_slice().zeroize();
        Self(bytes)
    }

    /// Takes the secret's 32 bytes (RFC 7748).
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// Its public key.
    pub fn public(&self) -> EncryptionKey {
        let mut out = [0; 32];
        out.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&self.key()).to_bytes());
        EncryptionKey(out)
    }

    /// The secret as the HPKE library has it.
    pub fn key(&self) -> <X25519HkdfSha256 as hpke::Kem>::PrivateKey {
        <X25519HkdfSha256 as hpke::Kem>::PrivateKey::from_bytes(&*self.0).expect("any 32 bytes are an X25519 secret")
    }
}

impl fmt::Debug for RecipientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecipientSecret({})", self.public())
    }
}

#[cfg(test)]
mod tests;
