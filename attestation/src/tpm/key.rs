//! Attestation keys, in the forms in which evidence brings them.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    chain,
    hash::HashAlgorithm,
    refusal::TpmRefusal,
    wire::{Cursor, Lengths},
};
use crate::{
    domain::sha256,
    signature::{PublicKey, RsaModulus},
    x509::{algorithm, asn1::Fields},
};

/// The longest public area or public key that is read.
pub const MAX_KEY_BYTES: usize = 1024;

/// SHA-256 of a public key: of the modulus, or of the point's coordinates x ‖ y.
#[derive(
    Clone,
    Copy,
    Debug,
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
    Serialize,
    Deserialize,
)]
pub struct KeyId(#[serde(with = "hex::serde")] pub [u8; 32]);

/// What the evidence says about its attestation key. All that is given must be of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyEvidence {
    /// `TPMT_PUBLIC`, which states what the key may be used for.
    pub public_area: Option<Vec<u8>>,
    /// A DER-encoded `SubjectPublicKeyInfo`, which states nothing but the key.
    pub public_key: Option<Vec<u8>>,
    /// DER-encoded certificates, the key's own first, each issued by the next. The root may be left out.
    pub certificates: Vec<Vec<u8>>,
}

/// A public key that may sign quotes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct AttestationKey(Inner);

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Inner {
    #[codec(index = 0)]
    Rsa(#[serde(with = "hex::serde")] Vec<u8>),
    #[codec(index = 1)]
    P256(#[serde(with = "hex::serde")] [u8; 64]),
    #[codec(index = 2)]
    P384(#[serde(with = "hex::serde")] [u8; 96]),
}

impl AttestationKey {
    /// The RSA key with this modulus and the exponent 65537.
    ///
    /// # Errors
    /// [`TpmRefusal::KeyType`] if its size is not supported or it cannot be a modulus.
    pub fn rsa(modulus: &[u8]) -> Result<Self, TpmRefusal> {
        RsaModulus::new(modulus).map(|_| Self::of_modulus(modulus)).ok_or(TpmRefusal::KeyType)
    }

    /// The hash of the public key.
    pub fn id(&self) -> KeyId {
        KeyId(match &self.0 {
            Inner::Rsa(modulus) => sha256(modulus),
            Inner::P256(point) => sha256(point),
            Inner::P384(point) => sha256(point),
        })
    }

    /// `None` if this was decoded from something that is no key.
    pub(super) fn public_key(&self) -> Option<PublicKey<'_>> {
        match &self.0 {
            Inner::Rsa(modulus) => RsaModulus::new(modulus).map(PublicKey::Rsa),
            Inner::P256(point) => Some(PublicKey::P256(point)),
            Inner::P384(point) => Some(PublicKey::P384(point)),
        }
    }

    pub(super) fn of_modulus(modulus: &[u8]) -> Self {
        Self(Inner::Rsa(modulus.to_vec()))
    }

    pub(super) fn of(key: PublicKey<'_>) -> Result<Self, TpmRefusal> {
        match key {
            PublicKey::Rsa(modulus) => Ok(Self::of_modulus(modulus.as_bytes())),
            PublicKey::P256(point) => Ok(Self(Inner::P256(*point))),
            PublicKey::P384(point) => Ok(Self(Inner::P384(*point))),
            PublicKey::P521(_) => Err(TpmRefusal::KeyType),
        }
    }

    /// The one key that public area and public key in `evidence` are of; without them, the first certificate's.
    pub(super) fn from_evidence(evidence: &KeyEvidence) -> Result<Self, TpmRefusal> {
        let mut keys = Vec::new();
        if let Some(public_area) = &evidence.public_area {
            keys.push(Self::from_public_area(public_area)?);
        }
        if let Some(public_key) = &evidence.public_key {
            keys.push(Self::from_public_key(public_key)?);
        }
        if let (true, Some(leaf)) = (keys.is_empty(), evidence.certificates.first()) {
            keys.push(Self::from_certificate(leaf).map_err(|_| TpmRefusal::KeyEncoding)?);
        }
        let key = keys.pop().ok_or(TpmRefusal::NoKey)?;
        if keys.iter().all(|other| *other == key) { Ok(key) } else { Err(TpmRefusal::KeyMismatch) }
    }

    /// The key in a DER-encoded certificate, about which nothing else is said here.
    ///
    /// # Errors
    /// If it cannot be read or is of a type that is not supported.
    pub fn from_certificate(der: &[u8]) -> Result<Self, TpmRefusal> {
        Self::of(chain::parse(der, 0)?.public_key)
    }

    /// The key in a DER-encoded `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// If it cannot be read or is of a type that is not supported.
    pub fn from_public_key(der: &[u8]) -> Result<Self, TpmRefusal> {
        if der.len() > MAX_KEY_BYTES {
            return Err(TpmRefusal::KeyEncoding);
        }
        let fields = Fields::of_sequence(der).map_err(|_| TpmRefusal::KeyEncoding)?;
        Self::of(algorithm::public_key(fields).map_err(|_| TpmRefusal::KeyEncoding)?)
    }

    /// The key in a `TPMT_PUBLIC`, which must say that it signs only what its TPM made.
    ///
    /// # Errors
    /// [`TpmRefusal::KeyAttributes`] if it says something else; or if it cannot be read or is not supported.
    pub fn from_public_area(bytes: &[u8]) -> Result<Self, TpmRefusal> {
        if bytes.len() > MAX_KEY_BYTES {
            return Err(TpmRefusal::KeyEncoding);
        }
        let area = PublicArea::parse(bytes).map_err(|_| TpmRefusal::KeyEncoding)?;
        if !area.input.rest().is_empty() {
            return Err(TpmRefusal::KeyEncoding);
        }
        require_attributes(area.attributes)?;
        if HashAlgorithm::from_id(area.name_hash).is_none() {
            return Err(TpmRefusal::KeyEncoding);
        }
        area.key()
    }
}

/// Requires a key that signs (`sign`), signs no foreign bytes that look like a TPM's (`restricted`), was made in
/// this TPM (`sensitiveDataOrigin`) and cannot leave it (`fixedTPM`, `fixedParent`).
fn require_attributes(attributes: u32) -> Result<(), TpmRefusal> {
    const FIXED_TPM: u32 = 1 << 1;
    const FIXED_PARENT: u32 = 1 << 4;
    const SENSITIVE_DATA_ORIGIN: u32 = 1 << 5;
    const RESTRICTED: u32 = 1 << 16;
    const DECRYPT: u32 = 1 << 17;
    const SIGN: u32 = 1 << 18;
    const RESERVED: u32 = 0xfff0_f309;
    const WANTED: u32 = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | RESTRICTED | SIGN;
    if attributes & WANTED == WANTED && attributes & (DECRYPT | RESERVED) == 0 {
        Ok(())
    } else {
        Err(TpmRefusal::KeyAttributes(attributes))
    }
}

const RSA: u16 = 0x0001;
const ECC: u16 = 0x0023;
const NULL: u16 = 0x0010;

/// `TPMT_PUBLIC`, cut into fields.
struct PublicArea<'a> {
    input: Cursor<'a>,
    name_hash: u16,
    attributes: u32,
    unique: Unique<'a>,
}

enum Unique<'a> {
    Rsa { bits: u16, exponent: u32, modulus: &'a [u8] },
    Ecc { curve: u16, x: &'a [u8], y: &'a [u8] },
    Other,
}

impl<'a> PublicArea<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Lengths> {
        let mut input = Cursor::new(bytes);
        let kind = input.u16()?;
        let name_hash = input.u16()?;
        let attributes = input.u32()?;
        let _policy = input.counted()?;
        if !matches!(kind, RSA | ECC) || input.u16()? != NULL {
            // A key with a symmetric algorithm is a storage key.
            return Ok(Self { input: Cursor::new(&[]), name_hash, attributes, unique: Unique::Other });
        }
        if input.u16()? != NULL {
            let _scheme_hash = input.u16()?;
        }
        let unique = if kind == RSA {
            Unique::Rsa { bits: input.u16()?, exponent: input.u32()?, modulus: input.counted()? }
        } else {
            let curve = input.u16()?;
            if input.u16()? != NULL {
                let _derivation_hash = input.u16()?;
            }
            Unique::Ecc { curve, x: input.counted()?, y: input.counted()? }
        };
        Ok(Self { input, name_hash, attributes, unique })
    }

    fn key(&self) -> Result<AttestationKey, TpmRefusal> {
        match self.unique {
            Unique::Rsa { bits, exponent: 0 | 0x1_0001, modulus } if usize::from(bits) == 8 * modulus.len() => {
                AttestationKey::rsa(modulus)
            }
            Unique::Ecc { curve: 0x0003, x, y } => point::<32, 64>(x, y).map(|p| AttestationKey(Inner::P256(p))),
            Unique::Ecc { curve: 0x0004, x, y } => point::<48, 96>(x, y).map(|p| AttestationKey(Inner::P384(p))),
            Unique::Rsa { .. } | Unique::Ecc { .. } | Unique::Other => Err(TpmRefusal::KeyType),
        }
    }
}

/// x ‖ y, each left-padded with zeros to `N` bytes.
fn point<const N: usize, const M: usize>(x: &[u8], y: &[u8]) -> Result<[u8; M], TpmRefusal> {
    let mut point = [0; M];
    for (coordinate, field) in [x, y].into_iter().zip(point.chunks_exact_mut(N)) {
        let start = N.checked_sub(coordinate.len()).ok_or(TpmRefusal::KeyEncoding)?;
        field.get_mut(start..).ok_or(TpmRefusal::KeyEncoding)?.copy_from_slice(coordinate);
    }
    Ok(point)
}
