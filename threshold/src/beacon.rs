//! The random beacon's key: the same scheme over a key of its own, which signs the numbers of rounds and nothing else.
//! What it signs is public in the end, and checked by the chain.
//!
//! The types keep the two keys apart: a [`BeaconShare`] evaluates no label, and a [`Share`] signs no round.
//!
//! ```
//! use adyton_protocol::{beacon, ids::NetworkId};
//! use adyton_threshold::{beacon::{BeaconGroup, BeaconShare}, deal_insecure_single};
//!
//! let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
//! let (group, share, network) = (BeaconGroup::new(group), BeaconShare::new(share), NetworkId([1; 32]));
//! let partial = group.check_partial(&network, 7, share.sign(&network, 7))?;
//! let signature = group.combine(&network, 7, &[partial])?;
//! assert_ne!(beacon::value(&network, 7, &signature), [0; 32]);
//! # Ok::<(), adyton_threshold::ThresholdError>(())
//! ```

use adyton_protocol::{
    beacon::{self, RoundSignature},
    ids::NetworkId,
};
use commonware_codec::Encode as _;
use std::fmt;
use zeroize::Zeroizing;

use crate::{GroupPublic, PARTIAL_BYTES, PartialEvaluation, Share, ThresholdError};

/// The committee's commitments for the beacon's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeaconGroup(GroupPublic);

/// One member's share of the beacon's key. Wiped when dropped.
pub struct BeaconShare(Share);

/// One member's signature of one round. Before the round is due it is as secret as the round's value is; enough of them
/// are the signature.
#[derive(Debug)]
pub struct RoundPartial(PartialEvaluation);

/// A partial signature that matched its member's commitment for one round of one network. Only
/// [`BeaconGroup::check_partial`] makes one.
pub struct CheckedRoundPartial {
    partial: PartialEvaluation,
    network: NetworkId,
    number: u64,
    group: BeaconGroup,
}

impl BeaconShare {
    /// The share of a key that was made for the beacon.
    pub fn new(share: Share) -> Self {
        Self(share)
    }

    /// The member's number in the committee, from 0.
    pub fn member(&self) -> u32 {
        self.0.member()
    }

    /// This member's signature of a round. Whether the round is due is for the caller to know.
    pub fn sign(&self, network: &NetworkId, number: u64) -> RoundPartial {
        RoundPartial(self.0.sign_message(&beacon::message(network, number)))
    }
}

impl RoundPartial {
    /// The number of the member that signed, from 0.
    pub fn member(&self) -> u32 {
        self.0.member()
    }

    /// The canonical encoding: as [`PartialEvaluation::to_bytes`].
    pub fn to_bytes(&self) -> Zeroizing<[u8; PARTIAL_BYTES]> {
        self.0.to_bytes()
    }

    /// Reads [`RoundPartial::to_bytes`]'s encoding and nothing else: the point is in the group and not at infinity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ThresholdError> {
        PartialEvaluation::from_bytes(bytes).map(Self)
    }
}

impl BeaconGroup {
    /// The commitments of a key that was made for the beacon.
    pub fn new(group: GroupPublic) -> Self {
        Self(group)
    }

    /// The commitments.
    pub fn commitments(&self) -> &GroupPublic {
        &self.0
    }

    /// Checks a member's signature of a round against its commitment (two pairings).
    pub fn check_partial(
        &self,
        network: &NetworkId,
        number: u64,
        partial: RoundPartial,
    ) -> Result<CheckedRoundPartial, ThresholdError> {
        self.0.check_message(&beacon::message(network, number), &partial.0)?;
        Ok(CheckedRoundPartial { partial: partial.0, network: *network, number, group: self.clone() })
    }

    /// Joins checked partials into the signature of a round. Any sufficient subset of members gives the same.
    pub fn combine(
        &self,
        network: &NetworkId,
        number: u64,
        partials: &[CheckedRoundPartial],
    ) -> Result<RoundSignature, ThresholdError> {
        if partials.iter().any(|one| one.network != *network || one.number != number || one.group != *self) {
            return Err(ThresholdError::ForeignPartial);
        }
        let partials: Vec<_> = partials.iter().map(|one| &one.partial).collect();
        let joined = self.0.join_message(&beacon::message(network, number), &partials)?;
        let bytes = joined.encode();
        let bytes = <[u8; 48]>::try_from(&bytes[..]).map_err(|_| ThresholdError::WrongEvaluation)?;
        Ok(RoundSignature(bytes))
    }
}

impl fmt::Debug for BeaconShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BeaconShare(member {})", self.member())
    }
}

impl fmt::Debug for CheckedRoundPartial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedRoundPartial(member {}, round {})", self.partial.member(), self.number)
    }
}
