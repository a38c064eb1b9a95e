//! The one door over all kinds of evidence.

use alloc::boxed::Box;

use crate::{
    CheckedCollateral, Details, Evidence, EvidenceKind, IntelRefusal, IntelRoot, Policy, Refusal, Verdict,
    azure::{AzureRefusal, AzureSnp, AzureTdx, verify_azure_snp_with, verify_azure_tdx_with},
    cca::{CcaEndorsements, verify_cca_with},
    nitro::{NitroEndorsements, verify_nitro_with},
    nvidia::verify_nvidia_with,
    signature::{self, SignatureVerifier},
    snp::verify_snp_with,
    tpm::verify_tpm_with,
    verify_sgx_with, verify_tdx_with,
};

/// Verifies evidence of any kind. `now` is in Unix seconds. What it is *about* remains to be checked:
/// [`Verdict::bind`].
///
/// The checks, in order: the policy accepts the kind and has a root for it; those of the kind, as its module says;
/// what was measured is accepted; the machine is allowed.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn verify(evidence: &Evidence<'_>, policy: &Policy, now: u64) -> Result<Verdict, Refusal> {
    verify_with(&signature::Fastest::default(), evidence, policy, now)
}

/// [`verify`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify`].
pub fn verify_with(
    verifier: &impl SignatureVerifier,
    evidence: &Evidence<'_>,
    policy: &Policy,
    now: u64,
) -> Result<Verdict, Refusal> {
    policy.require_kind(evidence.kind())?;
    let details = details(verifier, evidence, policy, now)?;
    let mut claims = details.claims();
    claims.release = policy.measurements.require(&claims.measurement_id)?;
    policy.machines.require(claims.machine.as_ref(), claims.provider.as_deref())?;
    for (machine, provider) in details.also_named() {
        policy.machines.require_not_denied(machine.as_ref(), provider.as_deref())?;
    }
    Ok(Verdict::new(claims, details))
}

fn details(
    verifier: &impl SignatureVerifier,
    evidence: &Evidence<'_>,
    policy: &Policy,
    now: u64,
) -> Result<Details, Refusal> {
    match *evidence {
        Evidence::Tdx { quote, collateral } => {
            let root = intel_root(policy, collateral)?;
            let verdict = verify_tdx_with(verifier, quote, collateral, &root, &policy.intel, now)?;
            Ok(Details::Intel(verdict.into_facts()))
        }
        Evidence::Sgx { quote, collateral } => {
            let root = intel_root(policy, collateral)?;
            let verdict = verify_sgx_with(verifier, quote, collateral, &root, &policy.intel, now)?;
            Ok(Details::Intel(verdict.into_facts()))
        }
        Evidence::Snp { report, endorsements } => {
            let roots = policy.roots.snp();
            let mut facts = verify_snp_with(verifier, report, &endorsements, &roots, &policy.snp, now)?.into_facts();
            facts.valid_until = facts.valid_until.min(policy.snp_advisories.admit(&facts, now)?);
            Ok(Details::Snp(facts))
        }
        Evidence::AzureTdx { machine, endorsements, quote, collateral } => {
            let root = intel_root(policy, collateral).map_err(AzureRefusal::Tdx)?;
            let hardware = AzureTdx { quote, collateral, root: &root, policy: &policy.intel };
            let verdict = verify_azure_tdx_with(verifier, machine, endorsements, &hardware, &policy.azure, now)?;
            let (machine, hardware) = verdict.into_parts();
            Ok(Details::Azure { machine, hardware: Box::new(Details::Intel(hardware.into_facts())) })
        }
        Evidence::AzureSnp { machine, endorsements, hardware } => {
            let roots = policy.roots.snp();
            let hardware = AzureSnp { endorsements: hardware, roots: &roots, policy: &policy.snp };
            let verdict = verify_azure_snp_with(verifier, machine, endorsements, &hardware, &policy.azure, now)?;
            let (mut machine, hardware) = verdict.into_parts();
            let mut facts = hardware.into_facts();
            let ends = policy.snp_advisories.admit(&facts, now).map_err(AzureRefusal::Snp)?;
            machine.valid_until = machine.valid_until.min(ends);
            facts.valid_until = facts.valid_until.min(ends);
            Ok(Details::Azure { machine, hardware: Box::new(Details::Snp(facts)) })
        }
        Evidence::Nitro { document, revocation_lists, checked_authorities } => {
            under_one_of(policy.roots.nitro(), EvidenceKind::AwsNitro, |root| {
                let endorsements = NitroEndorsements { root, revocation_lists, checked_authorities };
                let verdict = verify_nitro_with(verifier, document, &endorsements, &policy.nitro, now)?;
                Ok(Details::Nitro(verdict.into_facts()))
            })
        }
        Evidence::Nvidia { device, endorsements } => {
            under_one_of(policy.roots.nvidia(), EvidenceKind::NvidiaGpu, |roots| {
                let verdict = verify_nvidia_with(verifier, &device, &endorsements, &roots, &policy.nvidia, now)?;
                Ok(Details::Nvidia(verdict.into_facts()))
            })
        }
        Evidence::Tpm { quote, endorsements } => {
            let verdict = verify_tpm_with(verifier, quote, endorsements, &policy.tpm, now)?;
            Ok(Details::Tpm(verdict.into_facts()))
        }
        Evidence::Cca { token, reference_values } => {
            let endorsements = CcaEndorsements { platform_keys: &policy.roots.cca, reference_values };
            let verdict = verify_cca_with(verifier, token, &endorsements, &policy.cca, now)?;
            Ok(Details::Cca(verdict.into_facts()))
        }
    }
}

/// The root that the collateral was checked under, if the policy trusts it.
fn intel_root(policy: &Policy, collateral: &CheckedCollateral) -> Result<IntelRoot, IntelRefusal> {
    let found = collateral.root();
    policy.roots.intel().find(|root| root.id() == found).ok_or(IntelRefusal::CollateralRoot(found))
}

/// The verdict under the first root that gives one; else why the last refused.
fn under_one_of<R>(
    roots: impl Iterator<Item = R>,
    kind: EvidenceKind,
    mut verify: impl FnMut(R) -> Result<Details, Refusal>,
) -> Result<Details, Refusal> {
    let mut refusal = Refusal::NoRoot(kind);
    for root in roots {
        match verify(root) {
            Ok(details) => return Ok(details),
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}
