//! What a relying party accepts of a Nitro document.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What a relying party accepts of a Nitro document.
///
/// The default accepts nothing. Debug mode is not policy: it is always refused. Which enclaves are accepted is
/// not part of it either: [`super::NitroFacts::require_measurement`].
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
#[serde(deny_unknown_fields)]
pub struct NitroPolicy {
    /// How old a document may be, in seconds. Zero refuses all documents. The certificate's three hours bound it
    /// too, whatever stands here.
    pub maximum_age: u64,
    /// How far a document's time may be ahead of the verifier's clock, in seconds.
    pub clock_tolerance: u64,
    /// Whether every certificate that names a revocation list must be covered by one that the caller gives. AWS
    /// itself asks verifiers not to use any, and revokes by letting certificates end.
    pub require_revocation_lists: bool,
    /// Whether the enclave's image must have been signed (PCR8).
    pub require_image_signature: bool,
}

impl NitroPolicy {
    /// How long AWS makes a document's certificate valid, in seconds: a document is never older than this.
    pub const CERTIFICATE_LIFETIME: u64 = 3 * 60 * 60 + 3;

    /// Whether whatever passes this policy passes `old` too. Compared field by field: what loosens in one does not tighten.
    pub const fn tightens(&self, old: &Self) -> bool {
        let Self { maximum_age, clock_tolerance, require_revocation_lists, require_image_signature } = *self;
        maximum_age <= old.maximum_age
            && clock_tolerance <= old.clock_tolerance
            && (require_revocation_lists || !old.require_revocation_lists)
            && (require_image_signature || !old.require_image_signature)
    }

    /// Documents of at most `maximum_age` seconds, which a minute of difference between clocks does not refuse.
    pub const fn strict(maximum_age: u64) -> Self {
        Self { maximum_age, clock_tolerance: 60, require_revocation_lists: false, require_image_signature: false }
    }
}

#[cfg(test)]
mod tests {
    use super::NitroPolicy;

    #[test]
    fn a_policy_that_loosens_in_one_field_alone_does_not_tighten() {
        let old =
            NitroPolicy { require_revocation_lists: true, require_image_signature: true, ..NitroPolicy::strict(60) };
        assert!(old.tightens(&old));
        for looser in [
            NitroPolicy { maximum_age: 61, ..old },
            NitroPolicy { clock_tolerance: 61, ..old },
            NitroPolicy { require_revocation_lists: false, ..old },
            NitroPolicy { require_image_signature: false, ..old },
        ] {
            assert!(!looser.tightens(&old) && old.tightens(&looser), "{looser:?}");
        }
    }
}
