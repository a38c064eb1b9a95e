//! Appraisal (RFC 9334): registered evidence, judged again by whoever does not believe the chain's verdict about it.
//!
//! It stands between the verifier ([`adyton_attestation`]), which knows no chain, and the chain's records
//! ([`adyton_protocol`]), which know no verifier. A keyholder appraises a worker's evidence before it releases keys,
//! and a client that of a worker or keyholder, each under roots, by a policy and at a time of its own. The chain's pallet
//! judges by collateral that it checked when it was stored; it takes from here how its records name what a verifier
//! finds ([`machine`], [`cpu_model`], [`generation_of_list`]).
//!
//! What must always hold: [`Appraised`] exists only where evidence of the registered kind is authentic to a root of the
//! policy, within the policy at that time, about the statement that came with it, and not under collateral that no
//! longer counts; [`require_same`] passes only where the chain's record says of it what was found here. Refused is what
//! [`AppraisalRefusal`] and [`Difference`] list. What the statement says is for the caller to hold against the record.
//! There is no I/O, no clock and no randomness in this crate; `no_std`.
//!
//! ```
//! use adyton_appraisal::{AppraisalRefusal, Appraised, Shown, Terms, appraise};
//! use adyton_attestation::{Policy, signature::Fastest};
//!
//! /// By the built-in policy, under the vendors' roots.
//! fn judge_again(shown: &Shown<'_>, terms: &Terms) -> Result<Appraised, AppraisalRefusal> {
//!     appraise(&Fastest::default(), &Policy::command(), shown, terms)
//! }
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

mod record;
mod refusal;
#[cfg(test)]
mod tests;

use adyton_attestation::{
    BoundVerdict, CheckedCollateral, Collateral, Evidence, IntelPolicy, ListFloors, Policy,
    signature::SignatureVerifier, snp::SnpEndorsements, verify_collateral_with, verify_with,
};
use adyton_protocol::{
    evidence::{EvidenceKind, SnpEvidence},
    ids::Digest,
    record::VerdictFacts,
    statement::AttestedStatement,
};
use codec::DecodeAll;

pub use record::{cpu_model, generation_of_list, machine, require_same, verifiers_kind};
pub use refusal::{AppraisalRefusal, Difference};

/// What somebody says is the registered evidence. Its lengths are for the caller to bound.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What the evidence has to be about.
    pub statement: &'a AttestedStatement,
    /// The evidence as it was registered; of SEV-SNP, [`SnpEvidence`].
    pub evidence: &'a [u8],
    /// What the vendor says about the platform: Intel's collateral in SCALE encoding, AMD's revocation list in DER;
    /// empty for AWS.
    pub collateral: &'a [u8],
}

/// What it is judged by beside the policy; from the chain's proven record and facts, but for the time of a caller that
/// has a clock of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// As which kind of evidence it is registered.
    pub kind: EvidenceKind,
    /// Unix seconds: of a keyholder the chain's time, since its host sets its clock; of a person their machine's clock.
    pub now: u64,
    /// The lowest generation of the root's collateral: of Intel's the evaluation number, where the higher of it and the
    /// policy's own counts; of AMD's the day of the revocation list. 0 leaves it to [`require_same`], which wants a
    /// generation not below that of a record that the chain holds against the same floor.
    pub floor: u32,
    /// The oldest of Intel's revocation lists that count under the root, of each authority by its key: an older one of
    /// the same evaluation number may be shown, in which what was revoked since is missing.
    pub lists: ListFloors,
    /// The configuration profile that the chain's record names: evidence does not show it; the caller holds it against
    /// the statement.
    pub profile: Digest,
}

/// Evidence that passed. Only [`appraise`] makes one.
#[derive(Debug, Clone)]
pub struct Appraised {
    verdict: BoundVerdict,
    facts: VerdictFacts,
}

impl Appraised {
    /// The verdict, which is about the statement.
    pub const fn verdict(&self) -> &BoundVerdict {
        &self.verdict
    }

    /// The same in the words of the chain's records, to be compared with one ([`require_same`]). `judged_at` is the
    /// time of the judgement, `profile` that of [`Terms`].
    pub const fn facts(&self) -> &VerdictFacts {
        &self.facts
    }

    /// Both, to be kept.
    pub fn into_parts(self) -> (BoundVerdict, VerdictFacts) {
        (self.verdict, self.facts)
    }
}

/// Judges what is shown by `policy` and `terms`, with a signature backend of the caller's choice.
///
/// # Errors
/// The first [`AppraisalRefusal`] met.
pub fn appraise(
    verifier: &impl SignatureVerifier,
    policy: &Policy,
    shown: &Shown<'_>,
    terms: &Terms,
) -> Result<Appraised, AppraisalRefusal> {
    let policy = &above_floor(policy, terms.floor);
    let (verdict, generation) = match terms.kind {
        EvidenceKind::IntelTdx => {
            let collateral = &intel_collateral(verifier, policy, shown, terms)?;
            let evidence = Evidence::Tdx { quote: shown.evidence, collateral };
            (verify_with(verifier, &evidence, policy, terms.now)?, collateral.evaluation_number())
        }
        EvidenceKind::IntelSgx => {
            let collateral = &intel_collateral(verifier, policy, shown, terms)?;
            let evidence = Evidence::Sgx { quote: shown.evidence, collateral };
            (verify_with(verifier, &evidence, policy, terms.now)?, collateral.evaluation_number())
        }
        EvidenceKind::AmdSnp => {
            let SnpEvidence { report, certificate: vek } =
                SnpEvidence::from_bytes(shown.evidence).ok_or(AppraisalRefusal::EvidenceEncoding)?;
            let generation = generation_of(verifier, policy, shown.collateral, terms)?;
            let revocation_list = Some(shown.collateral);
            let endorsements = SnpEndorsements { vek, revocation_list, ..SnpEndorsements::default() };
            (verify_with(verifier, &Evidence::Snp { report, endorsements }, policy, terms.now)?, generation)
        }
        EvidenceKind::AwsNitro => {
            if policy.roots.nitro().next().is_none() {
                return Err(AppraisalRefusal::NoRoot(terms.kind));
            }
            let document = shown.evidence;
            let evidence = Evidence::Nitro { document, revocation_lists: &[], checked_authorities: None };
            // Nothing endorses a document of AWS's: it lives for hours.
            (verify_with(verifier, &evidence, policy, terms.now)?, 0)
        }
    };
    let verdict = verdict.bind(&shown.statement.report_data())?;
    let facts = record::facts(&verdict, generation, terms)?;
    Ok(Appraised { verdict, facts })
}

/// The policy with the higher of the two floors of Intel's collateral.
fn above_floor(policy: &Policy, floor: u32) -> Policy {
    let minimum_evaluation_number = policy.intel.minimum_evaluation_number.max(floor);
    let intel = IntelPolicy { minimum_evaluation_number, ..policy.intel.clone() };
    Policy { intel, ..policy.clone() }
}

/// Intel's collateral under the first of the policy's roots that it leads to, with revocation lists that count.
fn intel_collateral(
    verifier: &impl SignatureVerifier,
    policy: &Policy,
    shown: &Shown<'_>,
    terms: &Terms,
) -> Result<CheckedCollateral, AppraisalRefusal> {
    let raw = Collateral::decode_all(&mut &*shown.collateral).map_err(|_| AppraisalRefusal::CollateralEncoding)?;
    let mut refusal = AppraisalRefusal::NoRoot(terms.kind);
    for root in policy.roots.intel() {
        match verify_collateral_with(verifier, &raw, &root, terms.now) {
            Ok(checked) => {
                checked.require_lists(&terms.lists).map_err(AppraisalRefusal::Collateral)?;
                return Ok(checked);
            }
            Err(other) => refusal = AppraisalRefusal::Collateral(other),
        }
    }
    Err(refusal)
}

/// The generation of AMD's revocation list under the first of the policy's roots that issued it.
fn generation_of(
    verifier: &impl SignatureVerifier,
    policy: &Policy,
    list: &[u8],
    terms: &Terms,
) -> Result<u32, AppraisalRefusal> {
    let mut refusal = AppraisalRefusal::NoRoot(terms.kind);
    for root in policy.roots.snp().iter() {
        match root.check_revocation_list_with(verifier, list, terms.now) {
            Ok(window) => {
                let (found, floor) = (generation_of_list(window.not_before), terms.floor);
                return if found < floor { Err(AppraisalRefusal::BelowFloor { found, floor }) } else { Ok(found) };
            }
            Err(other) => refusal = AppraisalRefusal::RevocationList(other),
        }
    }
    Err(refusal)
}
