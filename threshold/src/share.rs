//! A member's secret side: its share, and what it answers with.

use adyton_protocol::key_label::KeyLabel;
use commonware_codec::{Copying, DecodeExt, Encode};
use commonware_cryptography::bls12381::primitives::{
    group::{Private, Share as Inner},
    ops::threshold,
    variant::{PartialSignature, Variant as Scheme},
};
use commonware_utils::Participant;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

use crate::{MAX_MEMBERS, NAMESPACE, PARTIAL_BYTES, SHARE_BYTES, ThresholdError, VERSION, Variant};

/// One member's share of the master secret. Wiped when dropped.
pub struct Share(pub(crate) Inner);

/// One member's answer for one label. As secret as the key itself where the threshold is one, and never to be
/// published otherwise either: enough of them are the key. Wiped when dropped.
pub struct PartialEvaluation {
    member: u32,
    value: Zeroizing<[u8; 48]>,
}

impl Share {
    /// The member's number in the committee, from 0.
    pub fn member(&self) -> u32 {
        self.0.index.get()
    }

    /// This member's answer for `label`.
    pub fn evaluate(&self, label: &KeyLabel) -> PartialEvaluation {
        self.sign_message(&label.message())
    }

    pub(crate) fn sign_message(&self, message: &[u8]) -> PartialEvaluation {
        let signed = threshold::sign_message::<Variant>(&self.0, NAMESPACE, message);
        let mut value = Zeroizing::new([0; 48]);
        value.copy_from_slice(&Zeroizing::new(signed.value.encode().to_vec()));
        PartialEvaluation { member: signed.index.get(), value }
    }

    /// The canonical encoding: `0x01`, member (`u32` big-endian), the scalar (32 bytes big-endian). Secret.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SHARE_BYTES]> {
        let mut out = Zeroizing::new([0; SHARE_BYTES]);
        out[0] = VERSION;
        out[1..5].copy_from_slice(&self.member().to_be_bytes());
        self.0.private.expose(|scalar| {
            let mut encoded = scalar.encode_mut();
            out[5..].copy_from_slice(&encoded);
            encoded.as_mut().zeroize();
        });
        out
    }

    /// Reads [`Share::to_bytes`]'s encoding and nothing else. A share of zero is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ThresholdError> {
        let refused = ThresholdError::Encoding("share");
        let (member, scalar) = split_member(bytes, SHARE_BYTES).ok_or(refused)?;
        let private = Private::decode(Copying(scalar)).map_err(|_| refused)?;
        Ok(Self(Inner::new(Participant::new(member), private)))
    }
}

impl PartialEvaluation {
    /// The number of the member that answered, from 0.
    pub fn member(&self) -> u32 {
        self.member
    }

    /// The canonical encoding: `0x01`, member (`u32` big-endian), a compressed G1 point (48 bytes). Secret.
    pub fn to_bytes(&self) -> Zeroizing<[u8; PARTIAL_BYTES]> {
        let mut out = Zeroizing::new([0; PARTIAL_BYTES]);
        out[0] = VERSION;
        out[1..5].copy_from_slice(&self.member.to_be_bytes());
        out[5..].copy_from_slice(&*self.value);
        out
    }

    /// Reads [`PartialEvaluation::to_bytes`]'s encoding and nothing else: the point is in the group and not at
    /// infinity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ThresholdError> {
        let refused = ThresholdError::Encoding("partial evaluation");
        let (member, point) = split_member(bytes, PARTIAL_BYTES).ok_or(refused)?;
        let mut value = Zeroizing::new([0; 48]);
        value.copy_from_slice(point);
        let read = Self { member, value };
        if read.point().is_some() { Ok(read) } else { Err(refused) }
    }

    pub(crate) fn point(&self) -> Option<PartialSignature<Variant>> {
        let value = <Variant as Scheme>::Signature::decode(Copying(&self.value[..])).ok()?;
        Some(PartialSignature { index: Participant::new(self.member), value })
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share(member {})", self.member())
    }
}

impl fmt::Debug for PartialEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartialEvaluation(member {})", self.member)
    }
}

/// Splits `version ‖ member ‖ rest` of exactly `length` bytes.
fn split_member(bytes: &[u8], length: usize) -> Option<(u32, &[u8])> {
    if bytes.len() != length || bytes.first() != Some(&VERSION) {
        return None;
    }
    let (member, rest) = bytes[1..].split_first_chunk::<4>()?;
    let member = u32::from_be_bytes(*member);
    (member < MAX_MEMBERS).then_some((member, rest))
}
