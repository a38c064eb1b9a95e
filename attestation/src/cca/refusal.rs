//! Why a CCA token is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::CcaCheck;
use crate::{cbor::CborFault, cose::CoseFault, identity::Hex};

/// One of the two claim sets of a token.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum CcaToken {
    /// The platform's.
    #[codec(index = 0)]
    Platform,
    /// The realm's.
    #[codec(index = 1)]
    Realm,
}

impl fmt::Display for CcaToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Platform => "platform token",
            Self::Realm => "realm token",
        })
    }
}

/// A claim.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum CcaClaim {
    /// What form the platform's claims have.
    #[codec(index = 0)]
    PlatformProfile,
    /// What the platform was asked with: the hash of the realm manager's key.
    #[codec(index = 1)]
    PlatformChallenge,
    /// What platform it is.
    #[codec(index = 2)]
    ImplementationId,
    /// Which platform it is, by its key.
    #[codec(index = 3)]
    InstanceId,
    /// How it is set up.
    #[codec(index = 4)]
    Configuration,
    /// In which state of its life it is.
    #[codec(index = 5)]
    Lifecycle,
    /// What firmware it runs.
    #[codec(index = 6)]
    Components,
    /// The hash that its measurements are made with.
    #[codec(index = 7)]
    PlatformHash,
    /// Who could verify it.
    #[codec(index = 8)]
    ServiceIndicator,
    /// The kind of a firmware component.
    #[codec(index = 9)]
    ComponentType,
    /// A firmware component's measurement.
    #[codec(index = 10)]
    ComponentMeasurement,
    /// A firmware component's version.
    #[codec(index = 11)]
    ComponentVersion,
    /// Who signed a firmware component.
    #[codec(index = 12)]
    ComponentSigner,
    /// The hash that a firmware component's measurement is made with.
    #[codec(index = 13)]
    ComponentHash,
    /// What form the realm's claims have.
    #[codec(index = 14)]
    RealmProfile,
    /// What the realm was asked with.
    #[codec(index = 15)]
    RealmChallenge,
    /// What the host said about the realm.
    #[codec(index = 16)]
    Personalization,
    /// Initial measurement.
    #[codec(index = 17)]
    InitialMeasurement,
    /// Measurements that the realm extends.
    #[codec(index = 18)]
    ExtensibleMeasurements,
    /// The hash that the realm's measurements are made with.
    #[codec(index = 19)]
    RealmHash,
    /// The realm manager's key.
    #[codec(index = 20)]
    RealmKey,
    /// The hash with which the platform vouches for that key.
    #[codec(index = 21)]
    RealmKeyHash,
}

impl CcaClaim {
    /// The claim's name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlatformProfile => "platform profile",
            Self::PlatformChallenge => "platform challenge",
            Self::ImplementationId => "implementation id",
            Self::InstanceId => "instance id",
            Self::Configuration => "platform configuration",
            Self::Lifecycle => "platform lifecycle",
            Self::Components => "software components",
            Self::PlatformHash => "platform hash algorithm",
            Self::ServiceIndicator => "verification service",
            Self::ComponentType => "component type",
            Self::ComponentMeasurement => "component measurement",
            Self::ComponentVersion => "component version",
            Self::ComponentSigner => "component signer",
            Self::ComponentHash => "component hash algorithm",
            Self::RealmProfile => "realm profile",
            Self::RealmChallenge => "realm challenge",
            Self::Personalization => "personalization value",
            Self::InitialMeasurement => "initial measurement",
            Self::ExtensibleMeasurements => "extensible measurements",
            Self::RealmHash => "realm hash algorithm",
            Self::RealmKey => "realm public key",
            Self::RealmKeyHash => "hash algorithm of the realm public key",
        }
    }
}

impl fmt::Display for CcaClaim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Why a CCA token is refused. The SCALE indexes are frozen.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum CcaRefusal {
    /// The policy accepts nothing, which is what a missing policy does.
    #[error("the policy accepts no tokens (its verdicts' lifetime is 0)")]
    #[codec(index = 0)]
    PolicyAcceptsNothing,

    /// A file with platform keys is not what it has to be.
    #[error("the file is not a platform key (json web key, der or pem) or a list of them, on p-256 or p-384")]
    #[codec(index = 10)]
    KeyFile,
    /// A file with reference values is not what it has to be.
    #[error("the file does not hold cca reference values in json")]
    #[codec(index = 11)]
    ReferenceFile,
    /// No platform key was given.
    #[error("no platform key was given, and no token vouches for its own")]
    #[codec(index = 12)]
    NoPlatformKey,

    /// The token is longer than is read.
    #[error("the token has {found} bytes, at most {most} are read")]
    #[codec(index = 20)]
    TooLarge {
        /// Its length.
        found: u32,
        /// The most that is read.
        most: u32,
    },
    /// The collection is not the CBOR that it should be.
    #[error("the collection is not the cbor that it should be: {0}")]
    #[codec(index = 21)]
    Collection(CborFault),
    /// The collection has no tag, which would say its form.
    #[error("the collection has no cbor tag, 399 or 907 was wanted")]
    #[codec(index = 22)]
    CollectionUntagged,
    /// The collection has another form.
    #[error("the collection has the cbor tag {0}, 399 or 907 was wanted")]
    #[codec(index = 23)]
    CollectionTag(u64),
    /// A claim set is missing.
    #[error("the collection has no {0}")]
    #[codec(index = 24)]
    MissingToken(CcaToken),
    /// The collection has another entry.
    #[error("the collection has an entry beside platform and realm token")]
    #[codec(index = 25)]
    UnknownEntry,
    /// An entry says that it is something else than a signed claim set.
    #[error("the {token} has the content format {found}, 263 (eat+cwt) was wanted")]
    #[codec(index = 26)]
    ContentFormat {
        /// The entry.
        token: CcaToken,
        /// What it says.
        found: u64,
    },
    /// A claim set is not a signed message in its one accepted form.
    #[error("the {0} is not the signed message that it should be: {1}")]
    #[codec(index = 27)]
    Message(CcaToken, CoseFault),
    /// A claim set is not the CBOR that it should be.
    #[error("the {0}'s claims are not the cbor that they should be: {1}")]
    #[codec(index = 28)]
    Claims(CcaToken, CborFault),
    /// A claim that is always there is missing.
    #[error("the {0} is missing")]
    #[codec(index = 29)]
    MissingClaim(CcaClaim),
    /// The claims have a form that is not known.
    #[error("the {0} has a profile that is not known")]
    #[codec(index = 30)]
    Profile(CcaToken),
    /// A claim has another length than it can have.
    #[error("the {claim} has {found} bytes, {least} to {most} were wanted")]
    #[codec(index = 31)]
    ClaimLength {
        /// The claim.
        claim: CcaClaim,
        /// Its length.
        found: u32,
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// A measurement or signer has another length than a hash.
    #[error("the {claim} has {found} bytes, 32, 48 or 64 were wanted")]
    #[codec(index = 32)]
    DigestLength {
        /// The claim.
        claim: CcaClaim,
        /// Its length.
        found: u32,
    },
    /// A hash that is not known.
    #[error("the {0} is not sha-256, sha-384 or sha-512")]
    #[codec(index = 33)]
    Hash(CcaClaim),
    /// A text that nobody could read.
    #[error("the {0} has control characters in it")]
    #[codec(index = 34)]
    Text(CcaClaim),
    /// The instance's identifier is not of the random kind.
    #[error("the instance id begins with {0}, 1 (random identifier) was wanted")]
    #[codec(index = 35)]
    InstanceIdType(u8),
    /// No firmware components, or more than are read.
    #[error("the platform has {0} software components, 1 to 64 were wanted")]
    #[codec(index = 36)]
    ComponentCount(u8),
    /// Not the four measurements that a realm extends.
    #[error("the realm has {0} extensible measurements, 4 were wanted")]
    #[codec(index = 37)]
    ExtensibleCount(u8),
    /// The realm manager's key is not an uncompressed P-384 point, or not a COSE key for one.
    #[error("the realm public key is not one on p-384 in the form of its profile")]
    #[codec(index = 38)]
    RealmKeyForm,
    /// The platform token is of the profile of 2023 and the realm token of none: no software makes such a token.
    #[error("the platform token is of the profile of 2023, and the realm token of the forms before it")]
    #[codec(index = 39)]
    MixedProfiles,

    /// None of the given keys is this platform's.
    #[error("no platform key that was given is for the token's instance ({}), implementation and algorithm", Hex(.0))]
    #[codec(index = 50)]
    PlatformKey(#[serde(with = "hex::serde")] [u8; 33]),
    /// The platform's claims are not signed by a given key.
    #[error("the platform token's signature does not verify with the platform's key")]
    #[codec(index = 51)]
    PlatformSignature,
    /// Anybody could have signed the platform's claims.
    #[error("the platform key's private half is published (a test key of arm's emulators)")]
    #[codec(index = 52)]
    PublishedKey,
    /// The platform vouches for another key.
    #[error("the platform challenge is not the hash of the realm public key")]
    #[codec(index = 53)]
    RealmKeyMismatch,
    /// The realm's claims are not signed by the key in them.
    #[error("the realm token's signature does not verify with the realm public key")]
    #[codec(index = 54)]
    RealmSignature,

    /// The platform is not a secured product.
    #[error("the platform's lifecycle is {0:#06x}, 0x3000 to 0x30ff (secured) was wanted")]
    #[codec(index = 60)]
    Lifecycle(u16),
    /// The platform is not one of those that the caller knows.
    #[error("implementation, configuration and components are none of the {0} reference values")]
    #[codec(index = 61)]
    PlatformReference(u32),
    /// The caller gives no platforms, and the policy wants one of them.
    #[error("no reference values for platforms were given, and the policy wants them")]
    #[codec(index = 62)]
    NoPlatformReference,

    /// The caller gives no realms to accept.
    #[error("no reference values for realms were given")]
    #[codec(index = 70)]
    NoRealmReference,
    /// The initial measurement is none that the caller knows.
    #[error("the initial measurement is not one of the reference values")]
    #[codec(index = 71)]
    InitialMeasurement,
    /// The initial measurement is known, the extended ones are not.
    #[error("the extensible measurements are not those of the reference value for the initial measurement")]
    #[codec(index = 72)]
    ExtensibleMeasurements,
    /// The measurements are known, what the host said is not.
    #[error("the personalization value is not that of the reference value for the measurements")]
    #[codec(index = 73)]
    Personalization,

    /// The token speaks about something else than the caller's statement.
    #[error("the token is not about the expected statement (realm challenge)")]
    #[codec(index = 90)]
    Challenge,
}

impl CcaRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> CcaCheck {
        match self {
            Self::PolicyAcceptsNothing => CcaCheck::Policy,
            Self::KeyFile | Self::ReferenceFile | Self::NoPlatformKey => CcaCheck::Endorsements,
            Self::TooLarge { .. }
            | Self::Collection(_)
            | Self::CollectionUntagged
            | Self::CollectionTag(_)
            | Self::MissingToken(_)
            | Self::UnknownEntry
            | Self::ContentFormat { .. }
            | Self::Message(..)
            | Self::Claims(..)
            | Self::MissingClaim(_)
            | Self::Profile(_)
            | Self::ClaimLength { .. }
            | Self::DigestLength { .. }
            | Self::Hash(_)
            | Self::Text(_)
            | Self::InstanceIdType(_)
            | Self::ComponentCount(_)
            | Self::ExtensibleCount(_)
            | Self::RealmKeyForm
            | Self::MixedProfiles => CcaCheck::TokenFormat,
            Self::PlatformKey(_) | Self::PublishedKey => CcaCheck::PlatformKey,
            Self::PlatformSignature => CcaCheck::PlatformSignature,
            Self::RealmKeyMismatch => CcaCheck::RealmKey,
            Self::RealmSignature => CcaCheck::RealmSignature,
            Self::Lifecycle(_) => CcaCheck::Lifecycle,
            Self::PlatformReference(_) | Self::NoPlatformReference => CcaCheck::PlatformReference,
            Self::NoRealmReference
            | Self::InitialMeasurement
            | Self::ExtensibleMeasurements
            | Self::Personalization => CcaCheck::Measurement,
            Self::Challenge => CcaCheck::Challenge,
        }
    }
}

impl From<CborFault> for CcaRefusal {
    fn from(fault: CborFault) -> Self {
        Self::Collection(fault)
    }
}
