//! Platform attestation keys (CPAK), which a caller has from the platform's maker.

use alloc::{string::String, vec::Vec};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{CcaPlatform, CcaReferenceValues, CcaRefusal};
use crate::{
    cose::Algorithm,
    domain::sha256,
    pem,
    signature::PublicKey,
    x509::{algorithm, asn1::Fields},
};

/// The longest file with platform keys that is read.
pub const MAX_KEY_FILE_BYTES: usize = 1024 * 1024;

/// A public key, x ‖ y, big-endian.
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
pub enum CcaKey {
    /// A point on P-256.
    #[codec(index = 0)]
    P256(#[serde(with = "hex::serde")] [u8; 64]),
    /// A point on P-384.
    #[codec(index = 1)]
    P384(#[serde(with = "hex::serde")] [u8; 96]),
}

impl CcaKey {
    pub(super) const fn public_key(&self) -> PublicKey<'_> {
        match self {
            Self::P256(point) => PublicKey::P256(point),
            Self::P384(point) => PublicKey::P384(point),
        }
    }

    /// SHA-256 of x ‖ y.
    pub fn id(&self) -> [u8; 32] {
        sha256(self.public_key().as_bytes())
    }

    /// Whether anybody can sign with it: one of the keys whose private half is published.
    pub fn is_published(&self) -> bool {
        PUBLISHED.contains(&self.id())
    }

    const fn fits(&self, algorithm: Algorithm) -> bool {
        matches!((self, algorithm), (Self::P256(_), Algorithm::Es256) | (Self::P384(_), Algorithm::Es384))
    }
}

/// A platform's attestation key, and which platform's, as far as the caller was told.
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
#[serde(deny_unknown_fields)]
pub struct CcaPlatformKey {
    /// The key.
    pub key: CcaKey,
    /// The only instance that it is for.
    #[serde(default, with = "hexadecimal")]
    pub instance_id: Option<[u8; 33]>,
    /// The only implementation that it is for.
    #[serde(default, with = "hexadecimal")]
    pub implementation_id: Option<[u8; 32]>,
}

/// Bytes that may be absent, in hexadecimal.
mod hexadecimal {
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<const N: usize, S: Serializer>(
        bytes: &Option<[u8; N]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<[u8; N]>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let mut bytes = [0; N];
        hex::decode_to_slice(&text, &mut bytes).map_err(D::Error::custom)?;
        Ok(Some(bytes))
    }
}

/// What a token is verified against.
#[derive(Clone, Copy, Debug)]
pub struct CcaEndorsements<'a> {
    /// Keys of platforms.
    pub platform_keys: &'a [CcaPlatformKey],
    /// Platforms and realms that the caller knows.
    pub reference_values: &'a CcaReferenceValues,
}

impl CcaPlatformKey {
    /// A key for whatever platform uses it.
    pub const fn of_any_platform(key: CcaKey) -> Self {
        Self { key, instance_id: None, implementation_id: None }
    }

    /// The keys in a file: a JSON Web Key (RFC 7517), an object with one as `pkey` beside `instance-id` and
    /// `implementation-id`, a list of these, or a `SubjectPublicKeyInfo` in DER or PEM.
    ///
    /// # Errors
    /// [`CcaRefusal::KeyFile`] if it is anything else. Whether a point is on its curve is seen when it is used.
    pub fn from_file(bytes: &[u8]) -> Result<Vec<Self>, CcaRefusal> {
        if bytes.len() > MAX_KEY_FILE_BYTES {
            return Err(CcaRefusal::KeyFile);
        }
        match bytes.trim_ascii_start().first() {
            Some(b'{') => parse_json::<Entry>(bytes)?.platform_key().map(|key| alloc::vec![key]),
            Some(b'[') => parse_json::<Vec<Entry>>(bytes)?.iter().map(Entry::platform_key).collect(),
            Some(b'-') => spki(&pem::public_key(bytes).ok_or(CcaRefusal::KeyFile)?).map(|key| alloc::vec![key]),
            Some(_) | None => spki(bytes).map(|key| alloc::vec![key]),
        }
    }

    /// Whether it can have signed a platform token with these claims under `algorithm`.
    pub(super) fn fits(&self, platform: &CcaPlatform, algorithm: Algorithm) -> bool {
        self.key.fits(algorithm)
            && self.instance_id.is_none_or(|wanted| wanted == platform.instance_id)
            && self.implementation_id.is_none_or(|wanted| wanted == platform.implementation_id)
    }
}

/// A key in JSON, bare or with its platform.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Bound(BoundKey),
    Bare(JsonWebKey),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoundKey {
    pkey: JsonWebKey,
    #[serde(rename = "instance-id", with = "hex::serde")]
    instance_id: [u8; 33],
    #[serde(rename = "implementation-id", with = "hex::serde")]
    implementation_id: [u8; 32],
}

/// RFC 7518 §6.2.1. Private keys have a member more, and have no business here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonWebKey {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(default, rename = "kid")]
    _kid: Option<String>,
}

fn parse_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CcaRefusal> {
    serde_json::from_slice(bytes).map_err(|_| CcaRefusal::KeyFile)
}

impl Entry {
    fn platform_key(&self) -> Result<CcaPlatformKey, CcaRefusal> {
        let (key, instance_id, implementation_id) = match self {
            Self::Bound(bound) => (&bound.pkey, Some(bound.instance_id), Some(bound.implementation_id)),
            Self::Bare(key) => (key, None, None),
        };
        let key = key.key().ok_or(CcaRefusal::KeyFile)?;
        Ok(CcaPlatformKey { key, instance_id, implementation_id })
    }
}

impl JsonWebKey {
    fn key(&self) -> Option<CcaKey> {
        let coordinate = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let (x, y) = (coordinate(&self.x)?, coordinate(&self.y)?);
        match (self.kty.as_str(), self.crv.as_str()) {
            ("EC", "P-256") if x.len() == 32 => Some(CcaKey::P256([x, y].concat().try_into().ok()?)),
            ("EC", "P-384") if x.len() == 48 => Some(CcaKey::P384([x, y].concat().try_into().ok()?)),
            _ => None,
        }
    }
}

/// A `SubjectPublicKeyInfo` (RFC 5480 §2).
fn spki(der: &[u8]) -> Result<CcaPlatformKey, CcaRefusal> {
    let fields = Fields::of_sequence(der).map_err(|_| CcaRefusal::KeyFile)?;
    match algorithm::public_key(fields).map_err(|_| CcaRefusal::KeyFile)? {
        PublicKey::P256(point) => Ok(CcaPlatformKey::of_any_platform(CcaKey::P256(*point))),
        PublicKey::P384(point) => Ok(CcaPlatformKey::of_any_platform(CcaKey::P384(*point))),
        PublicKey::P521(_) | PublicKey::Rsa(_) => Err(CcaRefusal::KeyFile),
    }
}

/// Keys with which Arm's emulators and the samples of verifiers sign: TF-RMM's and TF-A's platform key, the sample
/// key of the Veraison project, and the example key of RFC 7517 §A.1.
const PUBLISHED: [[u8; 32]; 3] = [
    [
        0x73, 0xeb, 0xaf, 0x2f, 0xcd, 0x0e, 0x50, 0xd8, 0xb0, 0x88, 0xed, 0x8b, 0x1a, 0xdd, 0x51, 0xd8, 0x8a, 0xfa,
        0x0c, 0x67, 0xaa, 0xec, 0x2a, 0xff, 0x2f, 0x82, 0xdc, 0x7f, 0xbc, 0x64, 0x4d, 0x0a,
    ],
    [
        0xe2, 0x17, 0xc5, 0x71, 0x19, 0x32, 0x45, 0xfb, 0xaa, 0x11, 0x2d, 0xa3, 0xd3, 0xd4, 0xa3, 0xe4, 0x72, 0xb7,
        0x3e, 0x93, 0xc3, 0x16, 0x1c, 0x19, 0xdb, 0xd1, 0xcd, 0x4a, 0xc6, 0x5e, 0x4e, 0x5e,
    ],
    [
        0x32, 0x58, 0xaa, 0x2c, 0xb0, 0x88, 0x90, 0xc8, 0xf4, 0x87, 0x08, 0xbe, 0x41, 0x64, 0x96, 0x32, 0x4d, 0x2a,
        0x26, 0xeb, 0xaa, 0x95, 0x35, 0x56, 0x86, 0xbc, 0x5b, 0x4c, 0xb5, 0x3d, 0xf0, 0x15,
    ],
];
