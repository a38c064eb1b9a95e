//! The attested statement: what a worker's or keyholder's evidence vouches for.
//!
//! Its digest is the evidence's report data. The chain's runtime, the keyholder and anyone with the evidence
//! compute it again from the statement. The page in `specs/statement.md` has the layout.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    domain,
    ids::{AccountId, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
};

/// What a measured program does in the network.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs contracts.
    #[codec(index = 0)]
    Worker,
    /// Holds a share of the master secret.
    #[codec(index = 1)]
    Keyholder,
}

impl Role {
    /// The role's name in configuration, on the wire and in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Keyholder => "keyholder",
        }
    }
}

/// What the evidence of one boot vouches for.
#[derive(
    Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct AttestedStatement {
    /// The network that this boot serves.
    pub network: NetworkId,
    /// The worker's stable identity.
    pub worker: WorkerId,
    /// Who alone may register, replace or retire it.
    pub operator: AccountId,
    /// What it does.
    pub role: Role,
    /// Its Ed25519 key of this boot.
    pub signing_key: SigningKey,
    /// Its X25519 key of this boot.
    pub encryption_key: EncryptionKey,
    /// Digest of the configuration that can change its behaviour.
    pub config: Digest,
    /// A finalized block that it saw before it asked for the evidence: the evidence is not older.
    pub recent: BlockRef,
}

impl AttestedStatement {
    /// The evidence's 64 bytes of report data: [`report_data`] of the statement's digest.
    pub fn report_data(&self) -> [u8; 64] {
        report_data(&self.digest())
    }

    /// The statement's digest, by which the chain's record and the keyholder name it.
    pub fn digest(&self) -> Digest {
        Digest(domain::bound(domain::REPORT_DATA, &self.network, &[&self.encode()]))
    }

    /// What [`AttestedStatement::signing_key`] signs so that nobody registers a key that is not theirs:
    /// bound to the evidence's SHA-256.
    pub fn registration_message(&self, evidence: &[u8]) -> [u8; 32] {
        let evidence: [u8; 32] = Sha256::digest(evidence).into();
        domain::bound(domain::REGISTRATION, &self.network, &[&self.encode(), &evidence])
    }
}

/// The report data of the statement with this digest: the digest, then 32 zero bytes.
pub fn report_data(statement: &Digest) -> [u8; 64] {
    let mut out = [0; 64];
    out[..32].copy_from_slice(&statement.0);
    out
}

#[cfg(test)]
pub(crate) fn sample() -> AttestedStatement {
    AttestedStatement {
        network: NetworkId([1; 32]),
        worker: WorkerId([2; 32]),
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey([4; 32]),
        encryption_key: EncryptionKey([5; 32]),
        config: Digest([6; 32]),
        recent: BlockRef { number: 7, hash: crate::ids::BlockHash([8; 32]) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_changes_the_report_data() {
        let base = sample();
        let variants = [
            AttestedStatement { network: NetworkId([9; 32]), ..base.clone() },
            AttestedStatement { worker: WorkerId([9; 32]), ..base.clone() },
            AttestedStatement { operator: AccountId([9; 32]), ..base.clone() },
            AttestedStatement { role: Role::Keyholder, ..base.clone() },
            AttestedStatement { signing_key: SigningKey([9; 32]), ..base.clone() },
            AttestedStatement { encryption_key: EncryptionKey([9; 32]), ..base.clone() },
            AttestedStatement { config: Digest([9; 32]), ..base.clone() },
            AttestedStatement { recent: BlockRef { number: 8, ..base.recent }, ..base.clone() },
        ];
        for variant in variants {
            assert_ne!(variant.report_data(), base.report_data());
        }
        assert_eq!(base.report_data()[32..], [0; 32]);
    }

    #[test]
    fn the_registration_message_is_bound_to_the_evidence() {
        assert_ne!(sample().registration_message(b"one"), sample().registration_message(b"two"));
    }
}
