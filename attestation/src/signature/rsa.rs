//! RSA signature verification (RFC 8017) with the exponent 65537. Nothing here is secret, so nothing needs constant
//! time.

use alloc::{vec, vec::Vec};
use crypto_bigint::{
    Odd, U2048, U3072, U4096, Uint,
    modular::{FixedMontyForm, FixedMontyParams},
};
use sha2::{Digest, Sha384};

use super::RsaModulus;

/// The DER of DigestInfo before a SHA-256 digest (RFC 8017 §9.2, note 1).
pub(super) const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
/// The same before a SHA-384 digest.
pub(super) const SHA384_PREFIX: [u8; 19] =
    [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30];
/// The same before a SHA-512 digest.
pub(super) const SHA512_PREFIX: [u8; 19] =
    [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40];

/// Bytes of a SHA-384 digest, and of the salt.
const HASH: usize = 48;

/// RSASSA-PKCS1-v1_5 (§8.2.2): the one encoding of the digest is compared as a whole, so nothing is parsed.
pub(super) fn verify_pkcs1(modulus: RsaModulus<'_>, prefix: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let Some(encoded) = open(modulus, signature) else { return false };
    let Some(padding) = encoded.len().checked_sub(3 + prefix.len() + digest.len()) else { return false };
    let mut expected = Vec::with_capacity(encoded.len());
    expected.extend_from_slice(&[0, 1]);
    expected.resize(2 + padding, 0xff);
    expected.push(0);
    expected.extend_from_slice(prefix);
    expected.extend_from_slice(digest);
    encoded == expected
}

/// RSASSA-PSS (§8.1.2, §9.1.2) with SHA-384 throughout and a salt as long as the hash.
pub(super) fn verify_pss_sha384(modulus: RsaModulus<'_>, message: &[u8], signature: &[u8]) -> bool {
    let Some(encoded) = open(modulus, signature) else { return false };
    let Some((&trailer, rest)) = encoded.split_last() else { return false };
    let Some((masked, hash)) = rest.split_last_chunk::<HASH>() else { return false };
    // The modulus has whole bytes, so the encoded message has one bit less than whole bytes.
    let Some(&leading) = masked.first() else { return false };
    if trailer != 0xbc || leading & 0x80 != 0 {
        return false;
    }
    let mut block = mgf1_sha384(hash, masked.len());
    for (byte, masked) in block.iter_mut().zip(masked) {
        *byte ^= masked;
    }
    if let Some(first) = block.first_mut() {
        *first &= 0x7f;
    }
    let Some((padding, salt)) = block.split_last_chunk::<HASH>() else { return false };
    let Some((&one, zeros)) = padding.split_last() else { return false };
    if one != 1 || zeros.iter().any(|byte| *byte != 0) {
        return false;
    }
    let expected = Sha384::new().chain_update([0; 8]).chain_update(Sha384::digest(message)).chain_update(salt);
    *hash == *expected.finalize()
}

/// The mask of `length` bytes from `seed` (§B.2.1).
fn mgf1_sha384(seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length.next_multiple_of(HASH));
    let mut counter = 0u32;
    while mask.len() < length {
        mask.extend_from_slice(&Sha384::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize());
        counter += 1;
    }
    mask.truncate(length);
    mask
}

/// RSAVP1 (§5.2.2): `signature`^65537 modulo `modulus`, as long as the modulus. `None` if the signature is not as
/// long as that or not below it.
fn open(modulus: RsaModulus<'_>, signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != modulus.as_bytes().len() {
        return None;
    }
    match signature.len() {
        ..=256 => power::<{ U2048::LIMBS }>(modulus.as_bytes(), signature),
        257..=384 => power::<{ U3072::LIMBS }>(modulus.as_bytes(), signature),
        385.. => power::<{ U4096::LIMBS }>(modulus.as_bytes(), signature),
    }
}

fn power<const LIMBS: usize>(modulus: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let n: Odd<Uint<LIMBS>> = Odd::new(number(modulus)?).into_option()?;
    let s = number(signature)?;
    if s >= *n.as_ref() {
        return None;
    }
    let parameters = FixedMontyParams::new_vartime(n);
    let base = FixedMontyForm::new(&s, &parameters);
    // 65537 = 2^16 + 1
    let power = base.square_repeat_vartime(16).mul(&base).retrieve().to_be_bytes();
    let start = power.as_slice().len().checked_sub(modulus.len())?;
    Some(power.as_slice().get(start..)?.to_vec())
}

/// A big-endian number of at most `LIMBS` limbs.
fn number<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let mut padded = vec![0; Uint::<LIMBS>::BYTES];
    let start = padded.len().checked_sub(bytes.len())?;
    padded.get_mut(start..)?.copy_from_slice(bytes);
    Some(Uint::from_be_slice(&padded))
}
