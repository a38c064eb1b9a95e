//! The committee's public side: commitments, and the checks made against them.

use adyton_protocol::key_label::KeyLabel;
use commonware_codec::{Copying, Decode as _, Encode};
use commonware_cryptography::bls12381::primitives::{
    ops::{self, threshold},
    sharing::{ModeVersion, Sharing},
    variant::{PartialSignature, Variant as Scheme},
};
use commonware_parallel::Sequential;
use std::{fmt, num::NonZeroU32};

use crate::{Evaluation, MAX_GROUP_BYTES, MAX_MEMBERS, PartialEvaluation, Share, ThresholdError, VERSION, Variant};

/// A committee's commitments: how many members, how many it takes, and against what their answers are checked.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupPublic(pub(crate) Sharing<Variant>);

/// A partial evaluation that matched its member's commitment for one label. Only
/// [`GroupPublic::check_partial`] makes one.
pub struct CheckedPartial {
    partial: PartialEvaluation,
    label: KeyLabel,
    group: GroupPublic,
}

impl GroupPublic {
    /// How many members the committee has.
    pub fn members(&self) -> u32 {
        self.0.total().get()
    }

    /// How many partial evaluations it takes.
    pub fn threshold(&self) -> u32 {
        self.0.required()
    }

    /// Whether one member alone holds the master secret. Such a committee is for development only, and every
    /// program that meets one says so.
    pub fn is_insecure_single(&self) -> bool {
        self.threshold() == 1
    }

    /// The canonical encoding: `0x01`, the point layout (`0x00`), members (`u32` big-endian), threshold (one
    /// byte), then that many compressed G2 points of 96 bytes, the group's public key first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.0.encode());
        out
    }

    /// Reads [`GroupPublic::to_bytes`]'s encoding and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ThresholdError> {
        let refused = ThresholdError::Encoding("committee's commitments");
        let (VERSION, rest) = bytes.split_first().map(|(version, rest)| (*version, rest)).ok_or(refused)? else {
            return Err(refused);
        };
        if bytes.len() > MAX_GROUP_BYTES {
            return Err(refused);
        }
        let most = NonZeroU32::new(MAX_MEMBERS).expect("the constant is not zero");
        let sharing = decode_sharing(rest, most).ok_or(refused)?;
        let group = Self(sharing);
        let sound = group.threshold() <= group.members() && group.to_bytes() == bytes;
        if sound { Ok(group) } else { Err(refused) }
    }

    /// Whether `share` is this group's: its public point is the one that the commitments give its member.
    pub fn check_share(&self, share: &Share) -> Result<(), ThresholdError> {
        let expected = self.0.partial_public(share.0.index).map_err(|_| ThresholdError::ForeignShare)?;
        if share.0.public::<Variant>() == expected { Ok(()) } else { Err(ThresholdError::ForeignShare) }
    }

    /// Checks a member's answer for `label` against its commitment (two pairings).
    pub fn check_partial(
        &self,
        label: &KeyLabel,
        partial: PartialEvaluation,
    ) -> Result<CheckedPartial, ThresholdError> {
        self.check_message(&label.message(), &partial)?;
        Ok(CheckedPartial { partial, label: label.clone(), group: self.clone() })
    }

    /// Joins checked partials into the evaluation of `label`. Any sufficient subset of members gives the same.
    pub fn combine(&self, label: &KeyLabel, partials: &[CheckedPartial]) -> Result<Evaluation, ThresholdError> {
        if partials.iter().any(|one| one.label != *label || one.group != *self) {
            return Err(ThresholdError::ForeignPartial);
        }
        let partials: Vec<_> = partials.iter().map(|one| &one.partial).collect();
        Ok(Evaluation::new(label.clone(), &self.join_message(&label.message(), &partials)?))
    }

    /// Checks a member's partial signature of `message` against its commitment (two pairings).
    pub(crate) fn check_message(&self, message: &[u8], partial: &PartialEvaluation) -> Result<(), ThresholdError> {
        let wrong = ThresholdError::WrongPartial { member: partial.member() };
        let point = partial.point().ok_or(wrong)?;
        threshold::verify_message::<Variant>(&self.0, crate::NAMESPACE, message, &point).map_err(|_| wrong)
    }

    /// Joins partial signatures, each checked for `message` and this group, into the one of the group's key.
    pub(crate) fn join_message(
        &self,
        message: &[u8],
        partials: &[&PartialEvaluation],
    ) -> Result<<Variant as Scheme>::Signature, ThresholdError> {
        for (place, one) in partials.iter().enumerate() {
            if partials[..place].iter().any(|earlier| earlier.member() == one.member()) {
                return Err(ThresholdError::RepeatedMember { member: one.member() });
            }
        }
        let need = self.threshold() as usize;
        if partials.len() < need {
            return Err(ThresholdError::TooFew { have: partials.len(), need });
        }
        let points: Vec<PartialSignature<Variant>> = partials.iter().filter_map(|one| one.point()).collect();
        let joined = threshold::recover::<Variant, _>(&self.0, &points, &Sequential)
            .map_err(|_| ThresholdError::WrongEvaluation)?;
        ops::verify_message::<Variant>(self.0.public(), crate::NAMESPACE, message, &joined)
            .map_err(|_| ThresholdError::WrongEvaluation)?;
        Ok(joined)
    }
}

impl fmt::Debug for GroupPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupPublic({} of {})", self.threshold(), self.members())
    }
}

impl fmt::Debug for CheckedPartial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedPartial(member {})", self.partial.member())
    }
}

fn decode_sharing(bytes: &[u8], most: NonZeroU32) -> Option<Sharing<Variant>> {
    Sharing::<Variant>::decode_cfg(Copying(bytes), &(most, ModeVersion::v0())).ok()
}
