//! The whole verification of a TDX quote, step by step.

use super::{
    attributes::{require_attributes, require_configuration, require_features},
    quote::Quote,
    tcb::{self, Tcb},
};
use crate::{
    CheckedCollateral, Document, EvidenceKind, Facts, MachineId, Measurement, Policy, Refusal, Root, TdxMeasurement,
    Verdict, domain,
    intel::{
        certificate::{Certificate, Issuer, Role},
        checked::AuthorityKind,
        pck::{Configuration, Platform, SgxType},
        pem,
        window::Window,
    },
    signature::{self, SignatureVerifier},
};

/// Verifies a TDX quote against collateral that was checked before. At most five signature verifications;
/// three if the quote carries the same authority certificate as the collateral, which is the usual case.
///
/// `now` is in Unix seconds. What the evidence is *about* remains to be checked: [`Verdict::bind`].
///
/// # Errors
/// The first [`Refusal`] met, in the order of [`crate::CheckName`].
pub fn verify_tdx(
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &Root,
    policy: &Policy,
    now: u64,
) -> Result<Verdict, Refusal> {
    verify_tdx_with(&signature::Fastest::default(), quote, collateral, root, policy, now)
}

/// [`verify_tdx`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_tdx`].
pub fn verify_tdx_with(
    verifier: &impl SignatureVerifier,
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &Root,
    policy: &Policy,
    now: u64,
) -> Result<Verdict, Refusal> {
    if policy.accepted_statuses.is_empty() {
        return Err(Refusal::PolicyAcceptsNothing);
    }
    if collateral.root() != root.id() {
        return Err(Refusal::CollateralRoot);
    }
    collateral.require_current(now)?;

    let quote = Quote::parse(quote)?;
    let [leaf, authority, root_certificate] = pem::three_certificates(quote.chain)?;
    root.require_certificate(&root_certificate, verifier)?;
    let authority = Authority::verify(&authority, collateral, root, verifier, now)?;
    let pck = Certificate::parse(&leaf, Document::PckCertificate)?;
    pck.require_role(Role::Pck)?;
    pck.require_issuer(Issuer::Name(authority.name), &collateral.authority().public_key, verifier)?;
    pck.validity.require(now, Document::PckCertificate)?;
    let platform = Platform::of(&pck)?;
    require_signatures(&quote, &pck.public_key, verifier)?;

    if authority.is_revoked {
        return Err(Refusal::Revoked(Document::PckCa));
    }
    if collateral.revokes_platform(&pck.serial) {
        return Err(Refusal::Revoked(Document::PckCertificate));
    }

    let (tcb, configuration) = require_platform(&quote, &platform, collateral, policy)?;
    require_attributes(&quote.body, policy)?;
    require_features(&quote.body, policy)?;
    require_configuration(configuration, policy)?;

    let window = collateral.window().and(authority.validity).and(pck.validity);
    Ok(verdict(&quote, &platform, tcb, collateral, window))
}

/// The authority certificate that the quote carries.
struct Authority<'a> {
    name: &'a [u8],
    validity: Window,
    is_revoked: bool,
}

impl<'a> Authority<'a> {
    /// Requires that it is the one that the collateral was checked with, or another one of the same key.
    fn verify(
        encoding: &'a [u8],
        collateral: &CheckedCollateral,
        root: &Root,
        verifier: &impl SignatureVerifier,
        now: u64,
    ) -> Result<Self, Refusal> {
        let known = collateral.authority();
        let certificate = Certificate::parse(encoding, Document::PckCa)?;
        if domain::sha256(encoding) != known.certificate {
            certificate.require_role(Role::PckCa)?;
            certificate.require_issuer(Issuer::Root, root.public_key(), verifier)?;
            certificate.validity.require(now, Document::PckCa)?;
            // The revocation list at hand is signed by the collateral's authority and covers only that one.
            if certificate.public_key != known.public_key {
                return Err(Refusal::PckCaMismatch);
            }
        }
        Ok(Self {
            name: certificate.subject,
            validity: certificate.validity,
            is_revoked: collateral.revokes_authority(&certificate.serial),
        })
    }
}

/// Platform key over quoting enclave's report, report over attestation key, attestation key over quote.
fn require_signatures(
    quote: &Quote<'_>,
    platform_key: &[u8; 64],
    verifier: &impl SignatureVerifier,
) -> Result<(), Refusal> {
    if !verifier.verify(platform_key, quote.qe_report.signed, quote.qe_report_signature) {
        return Err(Refusal::Signature(Document::QeReport));
    }
    let mut vouched = [0; 96];
    vouched[..64].copy_from_slice(quote.attestation_key);
    vouched[64..].copy_from_slice(quote.qe_authentication);
    let mut expected = [0; 64];
    expected[..32].copy_from_slice(&domain::sha256(&vouched));
    if *quote.qe_report.report_data != expected {
        return Err(Refusal::AttestationKey);
    }
    if !verifier.verify(quote.attestation_key, quote.signed, quote.signature) {
        return Err(Refusal::Signature(Document::Quote));
    }
    Ok(())
}

/// Everything that the endorsements say about this platform.
fn require_platform(
    quote: &Quote<'_>,
    platform: &Platform,
    collateral: &CheckedCollateral,
    policy: &Policy,
) -> Result<(Tcb, Configuration), Refusal> {
    let found = collateral.evaluation_number();
    if found < policy.minimum_evaluation_number {
        return Err(Refusal::EvaluationNumber { found, floor: policy.minimum_evaluation_number });
    }
    if platform.fmspc != collateral.fmspc() {
        return Err(Refusal::Fmspc);
    }
    if platform.pce_id != collateral.pce_id() {
        return Err(Refusal::PceId);
    }
    let configuration = match (collateral.authority().kind, platform.sgx_type, platform.configuration) {
        (AuthorityKind::Platform, SgxType::Scalable | SgxType::ScalableWithIntegrity, Some(configuration)) => {
            configuration
        }
        (AuthorityKind::Platform | AuthorityKind::Processor, _, _) => return Err(Refusal::NotTdxPlatform),
    };
    tcb::require_quoting_enclave(&quote.qe_report, collateral)?;
    tcb::require_module(&quote.body, collateral)?;
    let tcb = tcb::evaluate(platform, &quote.body, &quote.qe_report, collateral)?;
    if !policy.accepted_statuses.contains(tcb.status) {
        return Err(Refusal::TcbStatus(tcb.status));
    }
    Ok((tcb, configuration))
}

fn verdict(
    quote: &Quote<'_>,
    platform: &Platform,
    tcb: Tcb,
    collateral: &CheckedCollateral,
    window: Window,
) -> Verdict {
    let body = &quote.body;
    let measurement = Measurement::Tdx(TdxMeasurement {
        mr_td: *body.mr_td,
        rtmr: body.rtmr.map(|register| *register),
        mr_config_id: *body.mr_config_id,
        mr_owner: *body.mr_owner,
        mr_owner_config: *body.mr_owner_config,
        attributes: *body.attributes,
        xfam: *body.xfam,
    });
    let (header, signed_body) = quote.signed.split_at(48);
    Verdict::new(Facts {
        kind: EvidenceKind::IntelTdx,
        root: collateral.root(),
        measurement_id: measurement.id(),
        measurement,
        report_data: *body.report_data,
        tcb_status: tcb.status,
        advisories: tcb.advisories,
        tcb_date: tcb.date,
        evaluation_number: collateral.evaluation_number(),
        fmspc: platform.fmspc,
        machine: MachineId::from_ppid(platform.ppid),
        valid_from: window.not_before,
        valid_until: window.not_after,
        evidence_id: domain::hash(
            domain::EVIDENCE,
            &[EvidenceKind::IntelTdx.name().as_bytes(), header, signed_body, &platform.ppid],
        ),
        collateral: collateral.digest(),
    })
}
