//! Revocation lists of Intel's root and of its platform authorities.

use super::refusal;
use crate::{
    Document, IntelRefusal,
    signature::{PublicKey, SignatureVerifier},
    x509::crl::RevocationList,
};

/// The longest list that is read; Intel's have 0.3 to 3.4 KiB.
pub const MAX_CRL_BYTES: usize = 64 * 1024;

/// Reads the list that the authority named `issuer` signed with `key`.
pub(crate) fn verify(
    encoding: &[u8],
    document: Document,
    issuer: &[u8],
    key: &[u8; 64],
    verifier: &impl SignatureVerifier,
) -> Result<RevocationList, IntelRefusal> {
    RevocationList::verify(encoding, MAX_CRL_BYTES, issuer, PublicKey::P256(key), verifier)
        .map_err(|fault| refusal(document, fault))
}
