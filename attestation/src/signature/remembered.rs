//! Signatures that were verified once, for evidence that carries them again.

use alloc::vec::Vec;
use core::cell::RefCell;

use super::{PublicKey, Scheme, SignatureVerifier};
use crate::domain;

/// The most signatures that are remembered of one verification; the evidence with the most, an NVIDIA device's with
/// all its endorsements, has about half as many.
const MOST: usize = 64;

/// Signatures that verified. Only a [`RememberingVerifier`] makes one that has any, and it cannot be decoded.
///
/// It holds a hash over scheme, key, message and signature of each. That a key signed a message stays true and depends
/// on no root, no collateral, no policy and no time: whoever verifies with it judges all of those again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedSignatures {
    /// Sorted, each once.
    digests: Vec<[u8; 32]>,
}

impl CheckedSignatures {
    /// None.
    pub const NONE: &'static Self = &Self { digests: Vec::new() };

    /// How many there are; at most 64.
    pub fn len(&self) -> usize {
        self.digests.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }
}

/// A backend that checks no signature again that is known to verify, and remembers those that it has met.
///
/// Most signatures under the evidence of one machine are the same from one time to the next: those of its
/// certificates, and on Intel's platforms that of the quoting enclave's report. Verified with what was met the first
/// time, a quote costs one signature check instead of three, and a report of SEV-SNP one instead of two. Nothing else
/// is left out: certificates are read, windows, revocation lists and the policy are judged as without it, and where
/// one byte of key, message or signature is another, that signature is checked.
///
/// ```
/// use adyton_attestation::{
///     Evidence, Policy, Refusal, Verdict,
///     signature::{CheckedSignatures, Fastest, RememberingVerifier},
///     verify_with,
/// };
///
/// fn admit_again(
///     evidence: &Evidence<'_>,
///     policy: &Policy,
///     machine: &mut CheckedSignatures, // empty at first; kept with what else is known about the machine
///     now: u64,
/// ) -> Result<Verdict, Refusal> {
///     let backend = Fastest::default();
///     let verifier = RememberingVerifier::new(&backend, machine);
///     let verdict = verify_with(&verifier, evidence, policy, now)?;
///     *machine = verifier.into_checked();
///     Ok(verdict)
/// }
/// ```
///
/// Keep what it has met only where the evidence was accepted, else strangers decide what is kept. What it remembers is
/// as true as the backend under it is honest.
#[derive(Debug)]
pub struct RememberingVerifier<'a, V> {
    backend: &'a V,
    known: &'a CheckedSignatures,
    met: RefCell<Vec<[u8; 32]>>,
}

impl<'a, V: SignatureVerifier> RememberingVerifier<'a, V> {
    /// Leaves to `backend` what is not `known`.
    pub const fn new(backend: &'a V, known: &'a CheckedSignatures) -> Self {
        Self { backend, known, met: RefCell::new(Vec::new()) }
    }

    /// The signatures that it has met and that verify, known before or not; the first 64 of them. What was known
    /// and was not met again is not among them: it belongs to what the machine no longer sends.
    pub fn into_checked(self) -> CheckedSignatures {
        let mut digests = self.met.into_inner();
        digests.sort_unstable();
        CheckedSignatures { digests }
    }
}

impl<V: SignatureVerifier> SignatureVerifier for RememberingVerifier<'_, V> {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let digest = digest(scheme, public_key, message, signature);
        if self.met.borrow().contains(&digest) {
            return true;
        }
        let is_known = self.known.digests.binary_search(&digest).is_ok();
        let verifies = is_known || self.backend.verify(scheme, public_key, message, signature);
        let mut met = self.met.borrow_mut();
        if verifies && met.len() < MOST {
            met.push(digest);
        }
        verifies
    }
}

/// Of everything that a check depends on. The length of a key, which is hashed with it, tells its kind.
fn digest(scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> [u8; 32] {
    domain::hash(domain::SIGNATURE, &[&[scheme as u8], public_key.as_bytes(), message, signature])
}
