//! Other verifiers beside ours: evidence in their types, and the rules of ours that they do not have.
//!
//! `dcap-qvl` judges Intel's quotes, `sev` AMD's reports. What ours accepts, they accept and read alike. What they
//! accept and ours refuses, ours refuses by a rule that is listed here.

#![forbid(unsafe_code)]

use adyton_attestation::{
    CheckedCollateral, Collateral, Document, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot,
    IntelVerdict, MachineId, TcbStatus, TcbStatusSet, snp::SnpRefusal, verify_collateral, verify_sgx, verify_tdx,
    x509::Fault,
};
use dcap_qvl::{QuoteCollateralV3, verify::VerifiedReport};
use serde_json::Value;
use sev::{
    certs::snp::{Certificate, Chain, Verifiable, ca},
    firmware::guest::AttestationReport,
    parser::ByteParser,
};

/// Our verdict under a policy that accepts whatever `dcap-qvl` accepts: every status, every set-up of a platform.
///
/// # Errors
/// Our refusal.
pub fn judge(
    quote: &[u8],
    collateral: &Collateral,
    root: &IntelRoot,
    policy: IntelPolicy,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    let policy = IntelPolicy {
        minimum_evaluation_number: 0,
        allow_key_locker: true,
        allow_provisioning_key: true,
        allowed_xfrm: u64::MAX,
        ..policy.with_statuses(TcbStatusSet::from_iter(TcbStatus::ALL))
    };
    let checked: CheckedCollateral = verify_collateral(collateral, root, now)?;
    match checked.kind() {
        EvidenceKind::IntelSgx => verify_sgx(quote, &checked, root, &policy, now),
        _ => verify_tdx(quote, &checked, root, &policy, now),
    }
}

/// That both read the same out of one quote.
///
/// # Panics
/// If they do not.
pub fn assert_agreement(name: &str, ours: &IntelVerdict, theirs: &VerifiedReport) {
    assert_eq!(ours.tcb_status.name(), theirs.status, "{name}");
    let mut advisories = theirs.advisory_ids.clone();
    advisories.sort();
    advisories.dedup();
    assert_eq!(ours.advisories, advisories, "{name}");
    let Some(MachineId::IntelPpid(ppid)) = ours.machine else { panic!("{name}: no machine") };
    assert_eq!(ppid.as_slice(), theirs.ppid, "{name}");
    match &ours.measurement {
        IntelMeasurement::Tdx(measurement) => {
            let report = theirs.report.as_td10().expect("a trust domain's report");
            assert_eq!(ours.report_data, report.report_data, "{name}");
            assert_eq!(measurement.mr_td, report.mr_td, "{name}");
            assert_eq!(measurement.rtmr, [report.rt_mr0, report.rt_mr1, report.rt_mr2, report.rt_mr3], "{name}");
            let services = theirs.report.as_td15().map(|report| report.mr_service_td).filter(|hash| *hash != [0; 48]);
            assert_eq!(measurement.services.map(|services| services.launched), services, "{name}");
        }
        IntelMeasurement::Sgx(measurement) => {
            let report = theirs.report.as_sgx().expect("an enclave's report");
            assert_eq!(ours.report_data, report.report_data, "{name}");
            assert_eq!(measurement.mr_enclave, report.mr_enclave, "{name}");
            assert_eq!(measurement.mr_signer, report.mr_signer, "{name}");
            assert_eq!((measurement.product, measurement.svn), (report.isv_prod_id, report.isv_svn), "{name}");
            assert_eq!(measurement.attributes, report.attributes, "{name}");
        }
    }
}

/// Whether ours accepts, if the two results agree as far as they have to. What they read must be the same:
/// [`assert_agreement`].
///
/// # Errors
/// If only ours accepts, or if only theirs accepts and no rule that is listed here says why.
pub fn compare(
    name: &str,
    ours: Result<IntelVerdict, IntelRefusal>,
    theirs: Result<VerifiedReport, String>,
) -> Result<bool, String> {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_agreement(name, &ours, &theirs);
            Ok(true)
        }
        (Ok(_), Err(error)) => Err(format!("{name}: only ours accepts: {error}")),
        (Err(refusal), Ok(_)) if !is_our_rule_alone(&refusal) => {
            Err(format!("{name}: only ours refuses, by no listed rule: {refusal}"))
        }
        (Err(_), Ok(_)) | (Err(_), Err(_)) => Ok(false),
    }
}

/// Our collateral in `dcap-qvl`'s type. `root_certificate` is DER.
///
/// # Panics
/// If a document is no text.
pub fn translated(collateral: &Collateral, root_certificate: &[u8]) -> QuoteCollateralV3 {
    let file = collateral.to_json(root_certificate).expect("signed documents are text");
    translated_file(&serde_json::from_str(&file).expect("it was just written"))
}

/// A collateral file in `dcap-qvl`'s type, chains and all.
///
/// # Panics
/// If the file lacks a field.
pub fn translated_file(file: &Value) -> QuoteCollateralV3 {
    let text = |field: &str| file[field].as_str().expect("a field of the file").to_owned();
    let bytes = |field: &str| hex::decode(text(field)).expect("a field in hexadecimal digits");
    QuoteCollateralV3 {
        pck_crl_issuer_chain: text("pck_crl_issuer_chain"),
        root_ca_crl: bytes("root_ca_crl"),
        pck_crl: bytes("pck_crl"),
        tcb_info_issuer_chain: text("tcb_info_issuer_chain"),
        tcb_info: text("tcb_info"),
        tcb_info_signature: bytes("tcb_info_signature"),
        qe_identity_issuer_chain: text("qe_identity_issuer_chain"),
        qe_identity: text("qe_identity"),
        qe_identity_signature: bytes("qe_identity_signature"),
        pck_certificate_chain: None,
    }
}

/// Whether `dcap-qvl` may accept what ours refuses so: a rule that it does not have.
pub fn is_our_rule_alone(refusal: &IntelRefusal) -> bool {
    match refusal {
        // One quote has one accepted form: nothing but zeros after its declared end, nothing inside its lengths, one
        // type of outer certification data, reserved bytes zero, a chain of three plain certificates.
        IntelRefusal::QuoteTrailingBytes
        | IntelRefusal::QuoteLengths
        | IntelRefusal::CertificationDataType(_)
        | IntelRefusal::ReservedBytes(Document::Quote | Document::QeReport)
        | IntelRefusal::ChainEncoding => true,
        // The root's certificate in a quote's chain must be whole and the pinned one, though the pinned key is enough.
        IntelRefusal::UntrustedRoot(_)
        | IntelRefusal::Malformed(Document::Root)
        | IntelRefusal::Extension(Document::Root)
        | IntelRefusal::Issuer(Document::Root)
        | IntelRefusal::Signature(Document::Root)
        | IntelRefusal::NotYetValid { document: Document::Root, .. }
        | IntelRefusal::Expired { document: Document::Root, .. } => true,
        // The authority's certificate beside its revocation list must hold, though the quote has one too.
        IntelRefusal::Malformed(Document::PckCa | Document::CollateralFile)
        | IntelRefusal::TooLarge(Document::PckCa)
        | IntelRefusal::Extension(Document::PckCa)
        | IntelRefusal::Issuer(Document::PckCa)
        | IntelRefusal::Signature(Document::PckCa)
        | IntelRefusal::NotYetValid { document: Document::PckCa, .. }
        | IntelRefusal::Expired { document: Document::PckCa, .. } => true,
        // A signer's certificate must be one in its plain form.
        IntelRefusal::Malformed(Document::TcbInfoSigner | Document::QeIdentitySigner) => true,
        // TCB information and the quoting enclave's identity must be of one evaluation.
        IntelRefusal::EvaluationNumbersDiffer { .. } => true,
        // The platform's provisioning enclave must be that of the collateral.
        IntelRefusal::PceId { .. } => true,
        // A certificate must have the name and the usage of its role.
        IntelRefusal::CertificateName(_) | IntelRefusal::CertificateUsage(_) => true,
        // A revocation list must not be from the future.
        IntelRefusal::NotYetValid { document: Document::RootCrl | Document::PckCrl, .. } => true,
        _ => false,
    }
}

/// A report with its chain (all DER), as `sev` verifies them: root over authority, authority over versioned key, that
/// key over the report.
///
/// # Errors
/// What it says, as text.
pub fn verify_with_sev(report: &[u8], vek: &[u8], authority: &[u8], root: &[u8]) -> Result<AttestationReport, String> {
    let certificate = |der: &[u8]| Certificate::from_der(der).map_err(|error| error.to_string());
    let ca = ca::Chain { ark: certificate(root)?, ask: certificate(authority)? };
    let chain = Chain { ca, vek: certificate(vek)? };
    let report = AttestationReport::from_bytes(report).map_err(|error| error.to_string())?;
    (&chain, &report).verify().map_err(|error| error.to_string())?;
    Ok(report)
}

/// Whether `sev` may accept what ours refuses so: a rule that it does not have. It knows the layout of reports and the
/// signatures, and leaves the rest to its caller.
pub fn is_our_snp_rule_alone(refusal: &SnpRefusal) -> bool {
    match refusal {
        // One report has one form: what is reserved is zero, what is numbered is known, numbers end where they end.
        SnpRefusal::ReservedByte(_)
        | SnpRefusal::GuestPolicyReserved(_)
        | SnpRefusal::PlatformInfoReserved(_)
        | SnpRefusal::VersionsReserved(_)
        | SnpRefusal::VmplRange(_)
        | SnpRefusal::SignatureAlgorithm(_)
        | SnpRefusal::SigningKey(_)
        | SnpRefusal::SignaturePadding
        | SnpRefusal::MaskedChipKey => true,
        // A certificate has its role's name, usage and time, and what it says is what the report says.
        SnpRefusal::Root(fault) | SnpRefusal::Authority(fault) | SnpRefusal::Vek(fault) => *fault != Fault::Signature,
        SnpRefusal::UntrustedRoot(_)
        | SnpRefusal::UnknownIssuer(_)
        | SnpRefusal::Extension(_)
        | SnpRefusal::KeyKind { .. }
        | SnpRefusal::UnknownProcessor(_)
        | SnpRefusal::ProductMismatch { .. }
        | SnpRefusal::ProductName(_)
        | SnpRefusal::ChipId { .. }
        | SnpRefusal::MaskedChipId
        | SnpRefusal::VersionsMismatch { .. }
        | SnpRefusal::VersionsOrder(_) => true,
        // Revocation, levels and policy.
        SnpRefusal::RevocationListMissing
        | SnpRefusal::RevocationList(_)
        | SnpRefusal::Revoked
        | SnpRefusal::VersionFloor { .. }
        | SnpRefusal::KeyNotAccepted(_)
        | SnpRefusal::ProductNotAccepted(_)
        | SnpRefusal::BelowFloor { .. }
        | SnpRefusal::Mitigations { .. }
        | SnpRefusal::AliasCheck
        | SnpRefusal::Advisory(_)
        | SnpRefusal::GraceOver { .. }
        | SnpRefusal::Debug
        | SnpRefusal::MigrationAgent
        | SnpRefusal::MigrationAgentBound
        | SnpRefusal::GuestPermits(_)
        | SnpRefusal::GuestLacks(_)
        | SnpRefusal::GuestAbi { .. }
        | SnpRefusal::Vmpl { .. }
        | SnpRefusal::PlatformSmt
        | SnpRefusal::PlatformLacks(_) => true,
        _ => false,
    }
}
