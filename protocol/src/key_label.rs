//! Labels of keys: what the keyholders evaluate their shares on.
//!
//! A keyholder composes the label itself from facts proven by the chain; nothing in it comes from the
//! worker's word. The key epoch is in every label from the first day.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
    domain,
    ids::{ContractId, NetworkId},
};

/// What a contract's secret is for. One evaluation per purpose: a leak of one does not open another.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Purpose {
    /// Wraps the data keys of the contract's store.
    #[codec(index = 0)]
    State,
    /// Opens secrets that the owner sealed to the contract.
    #[codec(index = 1)]
    Secrets,
    /// The root of the contract's named signing keys.
    #[codec(index = 2)]
    Signing,
}

impl Purpose {
    /// Every purpose, in the order in which keys are released.
    pub const ALL: [Self; 3] = [Self::State, Self::Secrets, Self::Signing];
}

/// A number that grows when keys are rotated.
pub type KeyEpoch = u32;

/// The label of one secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct KeyLabel {
    /// The network.
    pub network: NetworkId,
    /// The key epoch.
    pub epoch: KeyEpoch,
    /// The contract.
    pub contract: ContractId,
    /// What the secret is for.
    pub purpose: Purpose,
}

impl KeyLabel {
    /// The bytes that the threshold signature is made over.
    pub fn message(&self) -> Vec<u8> {
        domain::encode(domain::KEY_LABEL, &[&self.encode()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_changes_the_message() {
        let base =
            KeyLabel { network: NetworkId([1; 32]), epoch: 0, contract: ContractId([2; 32]), purpose: Purpose::State };
        for other in [
            KeyLabel { network: NetworkId([9; 32]), ..base.clone() },
            KeyLabel { epoch: 1, ..base.clone() },
            KeyLabel { contract: ContractId([9; 32]), ..base.clone() },
            KeyLabel { purpose: Purpose::Signing, ..base.clone() },
        ] {
            assert_ne!(other.message(), base.message());
        }
    }
}
