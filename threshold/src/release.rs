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
pub const MAX_EVIDENCE: usize = 16 * 1024;

/// The longest collateral in a request, in bytes.
pub const MAX_COLLATERAL: usize = 180 * 1024;

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
        let mut plain = Zeroizing::new(Vec::with_capacity(MAX_ANSWER));
        for (purpose, partial) in partials {
            plain.push(purpose.encode()[0]);
            plain.extend_from_slice(&*partial.to_bytes());
        }
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
mod tests {
    use super::*;
    use crate::deal_insecure_single;
    use adyton_protocol::{
        ids::{AccountId, BlockHash, BlockRef, SigningKey},
        statement::Role,
    };

    fn secret(seed: u8) -> RecipientSecret {
        RecipientSecret::derive(&[seed; 32])
    }

    fn request() -> ReleaseRequest {
        ReleaseRequest {
            contract: ContractId([1; 32]),
            epoch: 2,
            purposes: Purpose::ALL.to_vec(),
            requested_at: 30,
            statement: AttestedStatement {
                network: NetworkId([4; 32]),
                worker: WorkerId([5; 32]),
                operator: AccountId([6; 32]),
                role: Role::Worker,
                signing_key: SigningKey([7; 32]),
                encryption_key: secret(1).public(),
                config: Digest([8; 32]),
                recent: BlockRef { number: 9, hash: BlockHash([10; 32]) },
            },
            evidence: vec![11; 5000],
            collateral: vec![12; 20_000],
        }
    }

    fn binding() -> ReleaseBinding {
        request().binding(WorkerId([9; 32]))
    }

    fn answer(to: &EncryptionKey) -> Vec<u8> {
        let (_, share) = deal_insecure_single(&mut rand_core::OsRng);
        let partials: Vec<_> =
            Purpose::ALL.iter().map(|purpose| (*purpose, share.evaluate(&binding().label(*purpose)))).collect();
        binding().seal(to, &partials).unwrap()
    }

    #[test]
    fn an_answer_opens_for_the_worker_it_is_sealed_to_and_holds_each_purpose() {
        let sealed = answer(&secret(1).public());
        assert!(sealed.len() <= MAX_ANSWER);
        let opened = binding().open(&secret(1), &sealed).unwrap();
        assert_eq!(opened.iter().map(|(purpose, _)| *purpose).collect::<Vec<_>>(), Purpose::ALL);
    }

    #[test]
    fn an_answer_for_worker_a_cannot_be_opened_by_worker_b() {
        assert!(binding().open(&secret(2), &answer(&secret(1).public())).is_err());
    }

    #[test]
    fn an_answer_opens_under_no_other_binding() {
        let sealed = answer(&secret(1).public());
        for other in [
            ReleaseBinding { network: NetworkId([99; 32]), ..binding() },
            ReleaseBinding { contract: ContractId([99; 32]), ..binding() },
            ReleaseBinding { epoch: 99, ..binding() },
            ReleaseBinding { worker: WorkerId([99; 32]), ..binding() },
            ReleaseBinding { statement: Digest([99; 32]), ..binding() },
            ReleaseBinding { requested_at: 99, ..binding() },
            ReleaseBinding { keyholder: WorkerId([99; 32]), ..binding() },
        ] {
            assert!(other.open(&secret(1), &sealed).is_err());
        }
    }

    #[test]
    fn an_answer_that_is_changed_cut_or_too_long_is_refused() {
        let sealed = answer(&secret(1).public());
        for place in [0, 31, 32, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(binding().open(&secret(1), &changed).is_err());
        }
        for length in [0, 31, 32, 47, sealed.len() - 1] {
            assert!(binding().open(&secret(1), &sealed[..length]).is_err());
        }
        assert!(binding().open(&secret(1), &[0; MAX_ANSWER + 1]).is_err());
    }

    #[test]
    fn a_recipient_key_of_small_order_gets_nothing() {
        assert!(binding().seal(&EncryptionKey([0; 32]), &[]).is_err());
    }

    #[test]
    fn a_request_reads_back_what_it_wrote() {
        let bytes = request().to_bytes();
        assert_eq!(ReleaseRequest::from_bytes(&bytes).unwrap(), request());
    }

    #[test]
    fn a_request_that_is_cut_extended_or_of_another_version_is_refused() {
        let bytes = request().to_bytes();
        assert!(ReleaseRequest::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(ReleaseRequest::from_bytes(&[bytes.clone(), vec![0]].concat()).is_err());
        assert!(ReleaseRequest::from_bytes(&[vec![2], bytes[1..].to_vec()].concat()).is_err());
        assert!(ReleaseRequest::from_bytes(&[]).is_err());
    }

    #[test]
    fn a_request_that_is_too_long_is_refused() {
        let evidence = ReleaseRequest { evidence: vec![0; MAX_EVIDENCE + 1], ..request() };
        assert!(ReleaseRequest::from_bytes(&evidence.to_bytes()).is_err());
        let collateral = ReleaseRequest { collateral: vec![0; MAX_COLLATERAL + 1], ..request() };
        assert!(ReleaseRequest::from_bytes(&collateral.to_bytes()).is_err());
    }

    #[test]
    fn a_request_for_no_purpose_or_for_one_twice_is_refused() {
        for purposes in [vec![], vec![Purpose::State, Purpose::State], vec![Purpose::Signing, Purpose::State]] {
            assert!(ReleaseRequest::from_bytes(&ReleaseRequest { purposes, ..request() }.to_bytes()).is_err());
        }
    }

    #[test]
    fn a_secret_prints_only_its_public_key() {
        assert_eq!(format!("{:?}", secret(1)), format!("RecipientSecret({})", secret(1).public()));
    }
}
