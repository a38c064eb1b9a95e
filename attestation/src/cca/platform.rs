//! The platform's claims. Source: draft-ffm-rats-cca-token, "Platform Claims"; before it, the legacy profile of
//! Arm's CCA security model.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{CcaClaim, CcaDigest, CcaHash, CcaRefusal, CcaToken, claims::Claims};

/// The most software components that are read.
const MOST_COMPONENTS: usize = 64;
const MAX_CONFIGURATION_BYTES: usize = 1024;
const MAX_SERVICE_BYTES: usize = 1024;
const MAX_NAME_BYTES: usize = 128;
/// The first byte of an identifier that is random (RFC 9711 §4.2.1).
const RANDOM_IDENTIFIER: u8 = 1;

/// Which form a token's claims have.
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
pub enum CcaProfile {
    /// Before there were profiles for both tokens: `http://arm.com/CCA-SSD/1.0.0`, and none for realms.
    #[codec(index = 0)]
    Legacy,
    /// `tag:arm.com,2023:cca_platform#1.0.0` and `tag:arm.com,2023:realm#1.0.0`.
    #[codec(index = 1)]
    Arm2023,
}

/// One part of the platform's firmware.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CcaComponent {
    /// What it is.
    #[serde(default, rename = "component-type")]
    pub kind: Option<String>,
    /// Its measurement.
    #[serde(rename = "measurement-value")]
    pub measurement: CcaDigest,
    /// Its version, as its maker writes it.
    #[serde(default)]
    pub version: Option<String>,
    /// The hash of the key that signed it.
    #[serde(rename = "signer-id")]
    pub signer: CcaDigest,
}

/// What a token says about its platform.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct CcaPlatform {
    /// The claims' form.
    pub profile: CcaProfile,
    /// What platform it is: chip and immutable firmware.
    #[serde(with = "hex::serde")]
    pub implementation_id: [u8; 32],
    /// Which platform it is, by its attestation key.
    #[serde(with = "hex::serde")]
    pub instance_id: [u8; 33],
    /// How it is set up.
    #[serde(with = "hex::serde")]
    pub configuration: Vec<u8>,
    /// In which state of its life it is: 0x3000 to 0x30ff.
    pub lifecycle: u16,
    /// The hash that its measurements are made with where they do not say another.
    pub hash: CcaHash,
    /// What firmware it runs, in the order in which it is told.
    pub components: Vec<CcaComponent>,
    /// Who could verify it.
    pub service: Option<String>,
}

/// The platform's claims.
pub(super) struct PlatformClaims<'a> {
    /// The hash of the realm manager's key.
    pub(super) challenge: &'a [u8],
    pub(super) platform: CcaPlatform,
}

impl<'a> PlatformClaims<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self, CcaRefusal> {
        let mut claims = Claims::parse(CcaToken::Platform, payload)?;
        let profile = match claims.text(265, CcaClaim::PlatformProfile, MAX_NAME_BYTES)? {
            "http://arm.com/CCA-SSD/1.0.0" => CcaProfile::Legacy,
            "tag:arm.com,2023:cca_platform#1.0.0" => CcaProfile::Arm2023,
            _ => return Err(CcaRefusal::Profile(CcaToken::Platform)),
        };
        let challenge = claims.bytes(10, CcaClaim::PlatformChallenge, 32, 64)?;
        let platform = CcaPlatform {
            profile,
            implementation_id: *claims.array(2396, CcaClaim::ImplementationId)?,
            instance_id: instance_id(claims.array(256, CcaClaim::InstanceId)?)?,
            configuration: claims.bytes(2401, CcaClaim::Configuration, 1, MAX_CONFIGURATION_BYTES)?.to_vec(),
            lifecycle: lifecycle(&mut claims)?,
            hash: claims.hash(2402, CcaClaim::PlatformHash)?,
            components: components(&mut claims)?,
            service: claims.optional_text(2400, CcaClaim::ServiceIndicator, MAX_SERVICE_BYTES)?.map(String::from),
        };
        Ok(Self { challenge, platform })
    }
}

fn instance_id(bytes: &[u8; 33]) -> Result<[u8; 33], CcaRefusal> {
    let [kind, ..] = *bytes;
    if kind == RANDOM_IDENTIFIER { Ok(*bytes) } else { Err(CcaRefusal::InstanceIdType(kind)) }
}

fn lifecycle(claims: &mut Claims<'_>) -> Result<u16, CcaRefusal> {
    let number = claims.required(2395, CcaClaim::Lifecycle)?.unsigned().map_err(claims.refused())?;
    u16::try_from(number).map_err(|_| claims.refused()(crate::CborFault::OutOfRange))
}

fn components(claims: &mut Claims<'_>) -> Result<Vec<CcaComponent>, CcaRefusal> {
    let mut list = claims.required(2399, CcaClaim::Components)?;
    let count = list.array(usize::from(u8::MAX)).map_err(claims.refused())?;
    if !(1..=MOST_COMPONENTS).contains(&count) {
        return Err(CcaRefusal::ComponentCount(count as u8));
    }
    let mut components = Vec::with_capacity(count);
    for _ in 0..count {
        components.push(component(Claims::of_part(CcaToken::Platform, &mut list)?)?);
    }
    Ok(components)
}

fn component(mut claims: Claims<'_>) -> Result<CcaComponent, CcaRefusal> {
    // It is checked and not kept: the platform's hash or the measurement's length say the same.
    if let Some(name) = claims.optional_text(6, CcaClaim::ComponentHash, MAX_NAME_BYTES)?
        && CcaHash::from_name(name).is_none()
    {
        return Err(CcaRefusal::Hash(CcaClaim::ComponentHash));
    }
    Ok(CcaComponent {
        kind: claims.optional_text(1, CcaClaim::ComponentType, MAX_NAME_BYTES)?.map(String::from),
        measurement: claims.digest(2, CcaClaim::ComponentMeasurement)?,
        version: claims.optional_text(4, CcaClaim::ComponentVersion, MAX_NAME_BYTES)?.map(String::from),
        signer: claims.digest(5, CcaClaim::ComponentSigner)?,
    })
}
