//! What the verification of every quote has in common, step by step.

use alloc::string::ToString;

use super::{
    authority::Authority,
    certificate::{Certificate, Issuer, Role},
    checked::CheckedCollateral,
    enclave::EnclaveReport,
    pck::{Configuration, Platform},
    quote::{Environment, Quote},
    tcb::{self, Tcb, Versions},
};
use crate::{
    Document, EvidenceKind, IntelFacts, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict,
    MachineId, TierNumber, domain, pem,
    signature::{PublicKey, Scheme, SignatureVerifier},
    x509::Window,
};

/// What a quote is about, and the rules that go with it.
pub(crate) trait Body<'a>: Sized {
    /// The environment that has such bodies.
    const ENVIRONMENT: Environment;
    /// Its kind of evidence.
    const KIND: EvidenceKind;

    /// Cuts the quote's body into fields.
    fn parse(quote: &Quote<'a>) -> Result<Self, IntelRefusal>;
    /// The security versions in it.
    fn versions(&self) -> Versions<'a>;
    /// Requires a platform that can run such an environment.
    fn require_platform(platform: &Platform, collateral: &CheckedCollateral) -> Result<(), IntelRefusal>;
    /// Requires that the software below the environment, if there is any, is Intel's.
    fn require_module(&self, collateral: &CheckedCollateral) -> Result<(), IntelRefusal>;
    /// Requires that the environment is one that the policy allows.
    fn require_allowed(&self, policy: &IntelPolicy) -> Result<(), IntelRefusal>;
    /// What was measured.
    fn measurement(&self) -> IntelMeasurement;
    /// What the measured program had put into its report.
    fn report_data(&self) -> &'a [u8; 64];
    /// What tells this instance from another of the same measurement, if the report says.
    fn instance(&self) -> Option<[u8; 32]>;
}

/// A quote that everything leads from to the root.
pub(crate) struct Authentic<'a, B> {
    pub(crate) quote: Quote<'a>,
    pub(crate) body: B,
    pub(crate) platform: Platform,
    window: Window,
}

/// Verifies a quote, from its first byte to the policy's last rule.
pub(crate) fn verify<'a, B: Body<'a>>(
    verifier: &impl SignatureVerifier,
    quote: &'a [u8],
    collateral: &CheckedCollateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    if policy.accepts_nothing() {
        return Err(IntelRefusal::PolicyAcceptsNothing);
    }
    let authentic = Authentic::<B>::new(verifier, quote, collateral, root, now)?;
    let found = collateral.evaluation_number();
    if found < policy.minimum_evaluation_number {
        return Err(IntelRefusal::EvaluationNumber { found, floor: policy.minimum_evaluation_number });
    }
    let tcb = authentic.tcb(collateral)?;
    let (tier, grace_ends) = policy.tier_of(tcb.status, &tcb.advisories, tcb.out_of_date, now)?;
    authentic.body.require_allowed(policy)?;
    require_platform_configuration(authentic.platform.configuration, policy)?;
    let window = Window { not_after: authentic.window.not_after.min(grace_ends), ..authentic.window };
    Ok(authentic.verdict(tcb, tier, collateral, window))
}

impl<'a, B: Body<'a>> Authentic<'a, B> {
    /// Requires everything that does not depend on a policy or on the platform's level.
    pub(crate) fn new(
        verifier: &impl SignatureVerifier,
        quote: &'a [u8],
        collateral: &CheckedCollateral,
        root: &IntelRoot,
        now: u64,
    ) -> Result<Self, IntelRefusal> {
        if collateral.root() != root.id() {
            return Err(IntelRefusal::CollateralRoot(collateral.root()));
        }
        if collateral.environment() != B::ENVIRONMENT {
            return Err(IntelRefusal::WrongKind(Document::TcbInfo));
        }
        collateral.require_current(now)?;

        let quote = Quote::parse(quote, B::ENVIRONMENT)?;
        let body = B::parse(&quote)?;
        let [leaf, authority, root_certificate] =
            pem::three_certificates(quote.chain).ok_or(IntelRefusal::ChainEncoding)?;
        root.require_certificate(&root_certificate, verifier)?;
        let authority = Issued::verify(&authority, collateral, root, verifier, now)?;
        let pck = Certificate::parse(&leaf, Document::PckCertificate)?;
        pck.require_role(Role::Pck)?;
        pck.require_issuer(Issuer::Name(authority.name), &collateral.authority().public_key, verifier)?;
        pck.require_valid(now)?;
        let platform = Platform::of(&pck)?;
        require_signatures(&quote, &pck.public_key, verifier)?;

        if authority.is_revoked {
            return Err(IntelRefusal::Revoked(Document::PckCa));
        }
        if collateral.revokes_platform(&pck.serial) {
            return Err(IntelRefusal::Revoked(Document::PckCertificate));
        }
        let window = collateral.window().and(authority.validity).and(pck.validity);
        Ok(Self { quote, body, platform, window })
    }

    /// The platform's level, once it is the one that the endorsements are about.
    pub(crate) fn tcb(&self, collateral: &CheckedCollateral) -> Result<Tcb, IntelRefusal> {
        let platform = &self.platform;
        if platform.fmspc != collateral.fmspc() {
            return Err(IntelRefusal::Fmspc { found: platform.fmspc, wanted: collateral.fmspc() });
        }
        if platform.pce_id != collateral.pce_id() {
            return Err(IntelRefusal::PceId { found: platform.pce_id, wanted: collateral.pce_id() });
        }
        B::require_platform(platform, collateral)?;
        tcb::require_quoting_enclave(&self.quote.qe_report, collateral)?;
        self.body.require_module(collateral)?;
        tcb::evaluate(platform, self.body.versions(), self.quote.qe_report.svn, collateral)
    }

    fn verdict(self, tcb: Tcb, tier: TierNumber, collateral: &CheckedCollateral, window: Window) -> IntelVerdict {
        let Self { quote, body, platform, .. } = self;
        let measurement = body.measurement();
        IntelVerdict::new(IntelFacts {
            kind: B::KIND,
            root: collateral.root(),
            measurement_id: measurement.id(),
            measurement,
            report_data: *body.report_data(),
            tcb_status: tcb.status,
            tier,
            advisories: tcb.advisories.iter().map(ToString::to_string).collect(),
            tcb_date: tcb.date,
            evaluation_number: collateral.evaluation_number(),
            fmspc: platform.fmspc,
            machine: MachineId::from_ppid(platform.ppid),
            instance: body.instance(),
            valid_from: window.not_before,
            valid_until: window.not_after,
            evidence_id: domain::hash(
                domain::EVIDENCE,
                &[B::KIND.name().as_bytes(), quote.prefix, quote.body, &platform.ppid],
            ),
            collateral: collateral.digest(),
        })
    }
}

/// The authority's certificate that the quote carries.
struct Issued<'a> {
    name: &'a [u8],
    validity: Window,
    is_revoked: bool,
}

impl<'a> Issued<'a> {
    /// Requires that it is the one that the collateral was checked with, or another one of the same authority.
    fn verify(
        encoding: &'a [u8],
        collateral: &CheckedCollateral,
        root: &IntelRoot,
        verifier: &impl SignatureVerifier,
        now: u64,
    ) -> Result<Self, IntelRefusal> {
        let known = collateral.authority();
        let certificate = Certificate::parse(encoding, Document::PckCa)?;
        if domain::sha256(encoding) != known.certificate {
            let authority = Authority::of(&certificate, encoding)?;
            certificate.require_issuer(Issuer::Root, root.public_key(), verifier)?;
            certificate.require_valid(now)?;
            // The revocation list at hand is signed by the collateral's authority and covers only that one.
            if authority.id() != known.id() {
                return Err(IntelRefusal::PckCaMismatch);
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
pub(crate) fn require_signatures(
    quote: &Quote<'_>,
    platform_key: &[u8; 64],
    verifier: &impl SignatureVerifier,
) -> Result<(), IntelRefusal> {
    let is_signed = |key: &[u8; 64], message: &[u8], signature: &[u8; 64]| {
        verifier.verify(Scheme::EcdsaP256Sha256, PublicKey::P256(key), message, signature)
    };
    let EnclaveReport { signed, report_data, .. } = &quote.qe_report;
    if !is_signed(platform_key, *signed, quote.qe_report_signature) {
        return Err(IntelRefusal::Signature(Document::QeReport));
    }
    let mut vouched = [0; 96];
    vouched[..64].copy_from_slice(quote.attestation_key);
    vouched[64..].copy_from_slice(quote.qe_authentication);
    let mut expected = [0; 64];
    expected[..32].copy_from_slice(&domain::sha256(&vouched));
    if **report_data != expected {
        return Err(IntelRefusal::AttestationKey);
    }
    if !is_signed(quote.attestation_key, quote.signed, quote.signature) {
        return Err(IntelRefusal::Signature(Document::Quote));
    }
    Ok(())
}

/// Requires that the platform is set up as the policy allows. Only multi-package platforms say how they are set up:
/// a single-package one has no packages to add and no keys at the registration service, but it may run with
/// multithreading.
pub(crate) fn require_platform_configuration(
    configuration: Option<Configuration>,
    policy: &IntelPolicy,
) -> Result<(), IntelRefusal> {
    let configuration =
        configuration.unwrap_or(Configuration { dynamic_platform: false, cached_keys: false, smt: true });
    if configuration.smt && !policy.allow_smt {
        return Err(IntelRefusal::Smt);
    }
    if configuration.dynamic_platform && !policy.allow_dynamic_platform {
        return Err(IntelRefusal::DynamicPlatform);
    }
    if configuration.cached_keys && !policy.allow_cached_keys {
        return Err(IntelRefusal::CachedKeys);
    }
    Ok(())
}
