//! For people who want to know what is in evidence and why it is refused. Nothing here makes a verdict that
//! verification would not make.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;

use super::{
    certificate::{Certificate, Issuer, Role},
    checked::CheckedCollateral,
    collateral::{Collateral, authenticate, verify_collateral_with},
    enclave::EnclaveReport,
    pck::Platform,
    quote::{Environment, Quote, environment_of},
    tcb::{Tcb, Versions},
    verify::{self, Authentic, Body, require_signatures},
};
use crate::{
    Document, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict, MachineId, TcbStatus,
    pem,
    signature::{self, SignatureVerifier},
    tdx::TdReport,
};

/// A verification's result, and where the platform stands even if that is not good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// What [`crate::verify_collateral`] and then [`crate::verify_tdx`] or [`crate::verify_sgx`] return.
    pub result: Result<IntelVerdict, IntelRefusal>,
    /// The platform's level; `None` unless quote and collateral are authentic, in their time, not revoked and made
    /// for each other.
    pub level: Option<Level>,
}

/// Where a platform stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Level {
    /// Its security level.
    pub tcb_status: TcbStatus,
    /// The vendor's advisories that apply, sorted; none are known where the level is revoked.
    pub advisories: Vec<String>,
    /// The date of the level (Unix seconds); `None` where it is revoked.
    pub tcb_date: Option<u64>,
    /// The evaluation that it was judged under (`tcbEvaluationDataNumber`).
    pub evaluation_number: u32,
}

/// Verifies a quote of `kind` with its raw collateral, and says where the platform stands even if the quote is refused.
pub fn examine(
    kind: EvidenceKind,
    quote: &[u8],
    collateral: &Collateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Examination {
    examine_with(&signature::Fastest::default(), kind, quote, collateral, root, policy, now)
}

/// [`examine`] with a signature backend of the caller's choice.
pub fn examine_with(
    verifier: &impl SignatureVerifier,
    kind: EvidenceKind,
    quote: &[u8],
    collateral: &Collateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Examination {
    match kind {
        EvidenceKind::IntelTdx => examine_as::<TdReport<'_>>(verifier, quote, collateral, root, policy, now),
        EvidenceKind::IntelSgx => examine_as::<EnclaveReport<'_>>(verifier, quote, collateral, root, policy, now),
        EvidenceKind::AmdSnp
        | EvidenceKind::AwsNitro
        | EvidenceKind::NvidiaGpu
        | EvidenceKind::ArmCca
        | EvidenceKind::AzureTdx
        | EvidenceKind::AzureSnp
        | EvidenceKind::Tpm => Examination { result: Err(IntelRefusal::KindNotSupported(kind)), level: None },
    }
}

fn examine_as<'a, B: Body<'a>>(
    verifier: &impl SignatureVerifier,
    quote: &'a [u8],
    collateral: &Collateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Examination {
    let result = verify_collateral_with(verifier, collateral, root, now)
        .and_then(|checked| verify::verify::<B>(verifier, quote, &checked, root, policy, now));
    let level = match &result {
        Ok(verdict) => Some(Level {
            tcb_status: verdict.tcb_status,
            advisories: verdict.advisories.clone(),
            tcb_date: Some(verdict.tcb_date),
            evaluation_number: verdict.evaluation_number,
        }),
        Err(_) => level::<B>(verifier, quote, collateral, root, now).ok(),
    };
    Examination { result, level }
}

/// Where the platform stands, whatever a policy says, and also by documents of two evaluations.
fn level<'a, B: Body<'a>>(
    verifier: &impl SignatureVerifier,
    quote: &'a [u8],
    collateral: &Collateral,
    root: &IntelRoot,
    now: u64,
) -> Result<Level, IntelRefusal> {
    let (checked, _) = authenticate(verifier, collateral, root)?;
    let authentic = Authentic::<B>::new(verifier, quote, &checked, root, now)?;
    Level::of(authentic.tcb(&checked), &checked)
}

impl Level {
    fn of(tcb: Result<Tcb, IntelRefusal>, checked: &CheckedCollateral) -> Result<Self, IntelRefusal> {
        let evaluation_number = checked.evaluation_number();
        match tcb {
            Ok(Tcb { status, date, advisories, .. }) => Ok(Self {
                tcb_status: status,
                advisories: advisories.iter().map(ToString::to_string).collect(),
                tcb_date: Some(date),
                evaluation_number,
            }),
            Err(IntelRefusal::TcbRevoked(_)) => {
                Ok(Self { tcb_status: TcbStatus::Revoked, advisories: Vec::new(), tcb_date: None, evaluation_number })
            }
            Err(refusal) => Err(refusal),
        }
    }
}

/// What a quote says, believed or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Its kind.
    pub kind: EvidenceKind,
    /// The version of its format.
    pub version: u16,
    /// What was measured.
    pub measurement: IntelMeasurement,
    /// [`IntelMeasurement::id`].
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// What the measured program had put into its report.
    #[serde(with = "hex::serde")]
    pub report_data: [u8; 64],
    /// The platform's family.
    #[serde(with = "hex::serde")]
    pub fmspc: [u8; 6],
    /// What the platform runs.
    pub versions: SecurityVersions,
    /// The machine; `None` if it is not identified.
    pub machine: Option<MachineId>,
    /// The common name of the authority that certified the platform.
    pub authority: String,
    /// The first and the last second of the platform's certificate (Unix seconds).
    pub certificate_validity: (u64, u64),
    /// Why the signatures do not lead to the root, whatever the time and whoever is revoked; `None` if they do.
    pub signatures: Option<IntelRefusal>,
}

/// The security version numbers of a platform's parts, which its level is looked up by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityVersions {
    /// The 16 SGX TCB components, in order.
    pub sgx: [u8; 16],
    /// The provisioning certification enclave (PCE).
    pub pce: u16,
    /// The 16 TDX TCB components when the domain was launched, in order; `None` of an enclave's platform.
    pub tdx: Option<[u8; 16]>,
    /// The quoting enclave.
    pub quoting_enclave: u16,
}

/// Reads a quote of either kind and checks its signatures up to `root`, without judging it.
///
/// # Errors
/// A [`IntelRefusal`] if it cannot be read.
pub fn inspect(quote: &[u8], root: &IntelRoot) -> Result<Contents, IntelRefusal> {
    match environment_of(quote)? {
        Environment::Tdx => inspect_as::<TdReport<'_>>(quote, root),
        Environment::Sgx => inspect_as::<EnclaveReport<'_>>(quote, root),
    }
}

fn inspect_as<'a, B: Body<'a>>(quote: &'a [u8], root: &IntelRoot) -> Result<Contents, IntelRefusal> {
    let quote = Quote::parse(quote, B::ENVIRONMENT)?;
    let body = B::parse(&quote)?;
    let [leaf, authority, root_certificate] =
        pem::three_certificates(quote.chain).ok_or(IntelRefusal::ChainEncoding)?;
    let authority = Certificate::parse(&authority, Document::PckCa)?;
    let pck = Certificate::parse(&leaf, Document::PckCertificate)?;
    let platform = Platform::of(&pck)?;
    let measurement = body.measurement();
    Ok(Contents {
        kind: B::KIND,
        version: quote.version,
        measurement_id: measurement.id(),
        measurement,
        report_data: *body.report_data(),
        fmspc: platform.fmspc,
        versions: SecurityVersions {
            sgx: platform.components,
            pce: platform.pce_svn,
            tdx: match body.versions() {
                Versions::Enclave => None,
                Versions::Domain { launch, .. } => Some(*launch),
            },
            quoting_enclave: quote.qe_report.svn,
        },
        machine: MachineId::from_ppid(platform.ppid),
        authority: authority.common_name().into(),
        certificate_validity: (pck.validity.not_before, pck.validity.not_after),
        signatures: signatures(&quote, &pck, &authority, &root_certificate, root).err(),
    })
}

fn signatures(
    quote: &Quote<'_>,
    pck: &Certificate<'_>,
    authority: &Certificate<'_>,
    root_certificate: &[u8],
    root: &IntelRoot,
) -> Result<(), IntelRefusal> {
    let verifier = signature::Fastest::default();
    root.require_certificate(root_certificate, &verifier)?;
    authority.require_role(Role::PckCa)?;
    authority.require_issuer(Issuer::Root, root.public_key(), &verifier)?;
    pck.require_role(Role::Pck)?;
    pck.require_issuer(Issuer::Name(authority.subject), &authority.public_key, &verifier)?;
    require_signatures(quote, &pck.public_key, &verifier)
}
