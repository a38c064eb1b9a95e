//! Algorithm identifiers, public keys and signature values (RFC 3279, RFC 4055, RFC 5480, RFC 5758).

use alloc::vec::Vec;
use der::{Tag, TagNumber, asn1::ObjectIdentifier};

use super::{
    Fault,
    asn1::{Fields, NotDer, context_specific, left_padded, whole_octets},
};
use crate::signature::{PublicKey, RsaModulus, Scheme};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const PRIME256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

/// The scheme that the contents of an `AlgorithmIdentifier` name, with exactly the parameters that it has here.
pub(crate) fn scheme(mut algorithm: Fields<'_>) -> Result<Scheme, Fault> {
    let oid = algorithm.oid()?;
    let (scheme, null) = if oid == ECDSA_WITH_SHA256 {
        (Scheme::EcdsaP256Sha256, false)
    } else if oid == ECDSA_WITH_SHA384 {
        (Scheme::EcdsaP384Sha384, false)
    } else if oid == ECDSA_WITH_SHA512 {
        (Scheme::EcdsaP521Sha512, false)
    } else if oid == SHA256_WITH_RSA {
        (Scheme::RsaPkcs1Sha256, true)
    } else if oid == SHA384_WITH_RSA {
        (Scheme::RsaPkcs1Sha384, true)
    } else if oid == SHA512_WITH_RSA {
        (Scheme::RsaPkcs1Sha512, true)
    } else if oid == RSASSA_PSS {
        require_pss_sha384(algorithm.sequence()?)?;
        (Scheme::RsaPssSha384, false)
    } else {
        return Err(Fault::Algorithm);
    };
    if null {
        require_null(&mut algorithm)?;
    }
    algorithm.finish()?;
    Ok(scheme)
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1) with SHA-384 for both, 48 bytes of salt and the trailer of 0xbc.
fn require_pss_sha384(mut parameters: Fields<'_>) -> Result<(), Fault> {
    let mut hash = Fields::new(parameters.next(context_specific(TagNumber::N0))?)?;
    require_sha384(hash.sequence()?)?;
    hash.finish()?;

    let mut mask = Fields::new(parameters.next(context_specific(TagNumber::N1))?)?;
    let mut generator = mask.sequence()?;
    if generator.oid()? != MGF1 {
        return Err(Fault::Algorithm);
    }
    require_sha384(generator.sequence()?)?;
    generator.finish()?;
    mask.finish()?;

    let mut salt = Fields::new(parameters.next(context_specific(TagNumber::N2))?)?;
    if salt.small_integer()? != 48 {
        return Err(Fault::Algorithm);
    }
    salt.finish()?;
    // It is the default, which DER leaves out and AMD writes.
    if let Some(trailer) = parameters.optional(context_specific(TagNumber::N3))? {
        let mut trailer = Fields::new(trailer)?;
        if trailer.small_integer()? != 1 {
            return Err(Fault::Algorithm);
        }
        trailer.finish()?;
    }
    Ok(parameters.finish()?)
}

fn require_sha384(mut algorithm: Fields<'_>) -> Result<(), Fault> {
    if algorithm.oid()? != SHA384 {
        return Err(Fault::Algorithm);
    }
    // RFC 4055 §2.1: with NULL or without, both are meant.
    if !algorithm.is_empty() {
        require_null(&mut algorithm)?;
    }
    Ok(algorithm.finish()?)
}

fn require_null(algorithm: &mut Fields<'_>) -> Result<(), NotDer> {
    if algorithm.next(Tag::Null)?.is_empty() { Ok(()) } else { Err(NotDer) }
}

/// The value of a signature under `scheme`, in the form that [`crate::signature::SignatureVerifier`] takes.
pub(crate) fn signature(scheme: Scheme, bit_string: &[u8]) -> Result<Vec<u8>, NotDer> {
    let value = whole_octets(bit_string)?;
    match scheme {
        Scheme::EcdsaP256Sha256 => ecdsa::<32>(value),
        Scheme::EcdsaP384Sha384 => ecdsa::<48>(value),
        Scheme::EcdsaP521Sha512 => ecdsa::<66>(value),
        Scheme::RsaPssSha384 | Scheme::RsaPkcs1Sha256 | Scheme::RsaPkcs1Sha384 | Scheme::RsaPkcs1Sha512 => {
            match value.len() {
                256..=512 => Ok(value.to_vec()),
                _ => Err(NotDer),
            }
        }
    }
}

/// `ECDSA-Sig-Value` (RFC 3279 §2.2.3) as r ‖ s, each of `N` bytes.
fn ecdsa<const N: usize>(value: &[u8]) -> Result<Vec<u8>, NotDer> {
    let mut fields = Fields::of_sequence(value)?;
    let (r, s) = (fields.unsigned()?, fields.unsigned()?);
    fields.finish()?;
    let mut signature = left_padded::<N>(r)?.to_vec();
    signature.extend_from_slice(&left_padded::<N>(s)?);
    Ok(signature)
}

/// The key in the contents of a `SubjectPublicKeyInfo` (RFC 5480 §2, RFC 3279 §2.3.1): an uncompressed point, or an
/// RSA key of the size and exponent that are accepted.
pub(crate) fn public_key(mut fields: Fields<'_>) -> Result<PublicKey<'_>, Fault> {
    let mut algorithm = fields.sequence()?;
    let oid = algorithm.oid()?;
    let key = fields.next(Tag::BitString)?;
    fields.finish()?;
    let key = whole_octets(key)?;
    let key = if oid == EC_PUBLIC_KEY {
        point(algorithm.oid()?, key)?
    } else if oid == RSA_ENCRYPTION {
        require_null(&mut algorithm)?;
        rsa(key)?
    } else {
        return Err(Fault::Algorithm);
    };
    algorithm.finish()?;
    Ok(key)
}

fn point(curve: ObjectIdentifier, encoding: &[u8]) -> Result<PublicKey<'_>, Fault> {
    let [4, coordinates @ ..] = encoding else { return Err(Fault::Malformed) };
    if curve == PRIME256V1 {
        Ok(PublicKey::P256(coordinates.try_into().map_err(|_| Fault::Malformed)?))
    } else if curve == SECP384R1 {
        Ok(PublicKey::P384(coordinates.try_into().map_err(|_| Fault::Malformed)?))
    } else if curve == SECP521R1 {
        Ok(PublicKey::P521(coordinates.try_into().map_err(|_| Fault::Malformed)?))
    } else {
        Err(Fault::Algorithm)
    }
}

fn rsa(encoding: &[u8]) -> Result<PublicKey<'_>, Fault> {
    let mut fields = Fields::of_sequence(encoding)?;
    let (modulus, exponent) = (fields.unsigned()?, fields.unsigned()?);
    fields.finish()?;
    if exponent != [1, 0, 1] {
        return Err(Fault::Algorithm);
    }
    RsaModulus::new(modulus).map(PublicKey::Rsa).ok_or(Fault::Algorithm)
}
