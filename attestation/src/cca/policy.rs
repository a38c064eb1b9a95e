//! What a relying party accepts of a CCA token.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What a relying party accepts of a CCA token.
///
/// The default accepts nothing. A platform that is not secured, or that can be debugged, is always refused.
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
pub struct CcaPolicy {
    /// For how many seconds a verdict is true: a token and its key tell no end. Zero refuses all tokens.
    pub lifetime: u64,
    /// Whether firmware and configuration of the platform must be among the reference values that the caller
    /// gives. Where it gives some, they must be in any case.
    pub require_platform_reference: bool,
    /// Whether platform keys are accepted whose private half is published, which is what emulators sign with.
    /// Evidence under such a key proves nothing.
    pub insecure_accept_published_keys: bool,
}

impl CcaPolicy {
    /// Platforms with known firmware, and keys of which nobody has published the private half.
    pub const fn strict(lifetime: u64) -> Self {
        Self { lifetime, require_platform_reference: true, insecure_accept_published_keys: false }
    }

    /// Whatever an emulator makes. It proves nothing about anybody's machine.
    pub const fn insecure_emulated(lifetime: u64) -> Self {
        Self { lifetime, require_platform_reference: false, insecure_accept_published_keys: true }
    }
}
