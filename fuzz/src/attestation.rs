//! Evidence and endorsements: Intel's here, each other vendor's in a module of its own.
//!
//! Every target verifies twice: as everybody does, which accepts nothing but what was issued here; and taking every
//! signature for a right one, which leads to the readers behind the signatures.

pub mod amd;
pub mod arm;
pub mod aws;
pub mod azure;
pub mod event_log;
pub mod nvidia;
mod signatures;
pub mod tpm;
pub mod whole;
pub mod x509;

use std::sync::LazyLock;

use adyton_attestation::{
    CheckedCollateral, Collateral, IntelPolicy, IntelRoot, authority_of, intel, verify_collateral,
    verify_collateral_with, verify_sgx, verify_tdx, verify_tdx_with,
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Form, Role};
use bounded_collections::{BoundedVec, Get};
use codec::Encode;

use crate::{nvidia::pem, parts, recorded, support::at};
use signatures::InsecureAnySignature;

const NOW: u64 = 1_790_000_000;
const REPORT_DATA: [u8; 64] = [0x5A; 64];

struct Good {
    quote: Vec<u8>,
    collateral: Collateral,
    checked: CheckedCollateral,
    certificate: Vec<u8>,
    platform_certificate: Vec<u8>,
    root: IntelRoot,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let development = DevelopmentRoot::insecure_from_seed([1; 32]);
    let (root, collateral) = (development.root(), development.collateral(NOW));
    let checked = verify_collateral(&collateral, &root, NOW).expect("the development root's own collateral holds");
    let role = Role::new("worker").expect("a valid name");
    let quote = development.device(role.clone()).quote(REPORT_DATA);
    let platform_certificate = development.plan(&role, REPORT_DATA, NOW).issue().pck_certificate;
    let certificate = development.root_certificate();
    Good { quote, collateral, checked, certificate, platform_certificate, root }
});

/// A quote of every form that Intel's quoting enclaves write, each with its endorsements.
static QUOTES: LazyLock<Vec<(Vec<u8>, CheckedCollateral)>> = LazyLock::new(|| {
    let role = Role::new("worker").expect("a valid name");
    let plan = || DevelopmentRoot::insecure_from_seed([1; 32]).plan(&role, REPORT_DATA, NOW);
    let domains = [Form::Domain10, Form::Domain15, Form::Domain15Extended].map(|form| plan().in_version_5(form));
    let plans = [plan(), plan().for_enclave(NOW)].into_iter().chain(domains);
    let issued = plans.map(|plan| plan.issue()).map(|issued| {
        let checked = verify_collateral(&issued.collateral, &GOOD.root, NOW);
        (issued.quote, checked.expect("the development root's own collateral holds"))
    });
    issued.collect()
});

fn require_only_issued(quote: &[u8], checked: &CheckedCollateral) {
    let (root, policy) = (&GOOD.root, IntelPolicy::strict(EVALUATION_NUMBER));
    let accepted = verify_tdx(quote, checked, root, &policy, NOW).is_ok()
        || verify_sgx(quote, checked, root, &policy, NOW).is_ok();
    let is_issued = QUOTES.iter().any(|(issued, other)| quote == issued && other.kind() == checked.kind());
    assert_eq!(accepted, is_issued, "only an issued quote has a verdict");
    // Any bytes may be asked, and who is accepted is the authority that the collateral is of.
    let authority = authority_of(quote);
    assert!(!accepted || authority == Ok(checked.authority_id()), "a verdict is by the authority's own collateral");
    let _ = intel::inspect(quote, root);
}

/// A TDX or SGX quote: no verdict for anything but the quote that was issued.
pub fn quote(data: &[u8]) {
    for (issued, checked) in &*QUOTES {
        require_only_issued(data, checked);
        // Laid over the good quote, so that a fuzzer gets past the first fields.
        if let Some((position, change)) = data.split_first_chunk::<2>() {
            let mut altered = issued.clone();
            let start = usize::from(u16::from_le_bytes(*position)) % altered.len();
            altered.iter_mut().skip(start).zip(change).for_each(|(byte, change)| *byte ^= change);
            require_only_issued(&altered, checked);
        }
    }
}

/// Seeds of [`quote`].
pub fn quotes() -> Vec<Vec<u8>> {
    let issued = QUOTES.iter().map(|(quote, _)| quote.clone());
    let recorded = recorded::files("intel/quotes", &[".bin"]);
    issued.chain([vec![0, 0, 1], vec![0xff, 2, 1, 2, 3, 4]]).chain(recorded).collect()
}

/// The certificate chain in a quote: as PEM, or the platform's certificate alone as DER, which PEM would hide from
/// most mutations.
pub fn quote_chain(data: &[u8]) {
    let good = &*GOOD;
    let with_issuers = || pem(&[data.to_vec(), good.collateral.pck_ca.to_vec(), good.certificate.clone()]);
    let chain = if data.starts_with(b"-") { data.to_vec() } else { with_issuers() };
    let (quote, policy) = (quote_with_chain(&chain), IntelPolicy::strict(EVALUATION_NUMBER));
    if let Ok(verdict) = verify_tdx(&quote, &good.checked, &good.root, &policy, NOW) {
        let issued = verify_tdx(&good.quote, &good.checked, &good.root, &policy, NOW);
        assert_eq!(Ok(verdict.evidence_id), issued.map(|issued| issued.evidence_id), "nobody issued this");
    }
    let any = verify_tdx_with(&InsecureAnySignature, &quote, &good.checked, &good.root, &policy, NOW);
    assert!(any.map_or_else(|refusal| refusal.to_string().len() < 1024, |verdict| verdict.valid_until >= NOW));
}

/// Seeds of [`quote_chain`].
pub fn quote_chains() -> Vec<Vec<u8>> {
    vec![GOOD.platform_certificate.clone(), GOOD.quote[at::CHAIN..].to_vec()]
}

/// The good quote with another chain, and the lengths of all that is around it.
fn quote_with_chain(chain: &[u8]) -> Vec<u8> {
    let mut quote = [&GOOD.quote[..at::CHAIN], chain].concat();
    for (length, begin) in [
        (at::SIGNATURE_LENGTH, at::SIGNATURE),
        (at::CERTIFICATION_LENGTH, at::QE_REPORT),
        (at::CHAIN_LENGTH, at::CHAIN),
    ] {
        let rest = (quote.len() - begin) as u32;
        quote[length..length + 4].copy_from_slice(&rest.to_le_bytes());
    }
    quote
}

/// A file of collateral, and a certificate as a root.
pub fn collateral(data: &[u8]) {
    if let Ok(read) = Collateral::from_json(data) {
        holds_only_as_issued(&read);
        assert!(verify_collateral(&read, &IntelRoot::intel(), NOW).is_err(), "nobody else signs for Intel");
        let again = read.to_json(&GOOD.certificate).ok().map(|text| Collateral::from_json(text.as_bytes()));
        assert!(again.is_none_or(|again| again.as_ref() == Ok(&read)), "what is written reads back");
    }
    let _ = IntelRoot::from_certificate(data);
}

/// Seeds of [`collateral`].
pub fn collaterals() -> Vec<Vec<u8>> {
    let text = GOOD.collateral.to_json(&GOOD.certificate).expect("issued documents are text");
    let recorded = recorded::files("intel/collateral", &[".json"]);
    [text.into_bytes(), GOOD.certificate.clone()].into_iter().chain(recorded).collect()
}

/// One document of a collateral set, chosen by the first byte, among the good ones.
pub fn collateral_document(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let Some(collateral) = with_document(*choice, bytes) else { return };
    holds_only_as_issued(&collateral);
    if let Ok(checked) = verify_collateral_with(&InsecureAnySignature, &collateral, &GOOD.root, NOW) {
        let policy = IntelPolicy::strict(EVALUATION_NUMBER);
        let _ = verify_tdx_with(&InsecureAnySignature, &GOOD.quote, &checked, &GOOD.root, &policy, NOW);
        let _ = verify_sgx(&GOOD.quote, &checked, &GOOD.root, &policy, NOW);
        parts::canonical::<CheckedCollateral>(&checked.encode()).expect("what is stored is read again");
    }
}

/// Seeds of [`collateral_document`].
pub fn collateral_documents() -> Vec<Vec<u8>> {
    let good = &GOOD.collateral;
    let documents = [good.tcb_info.to_vec(), good.qe_identity.to_vec()];
    let certificates = [good.tcb_info_signer.to_vec(), good.pck_ca.to_vec()];
    let lists = [good.root_crl.to_vec(), good.pck_crl.to_vec()];
    parts::chosen(documents.into_iter().chain(certificates).chain(lists)).collect()
}

fn with_document(choice: u8, bytes: &[u8]) -> Option<Collateral> {
    fn put<S: Get<u32>>(field: &mut BoundedVec<u8, S>, bytes: &[u8]) -> Option<()> {
        *field = BoundedVec::try_from(bytes.to_vec()).ok()?;
        Some(())
    }
    let mut collateral = GOOD.collateral.clone();
    match choice % 6 {
        0 => put(&mut collateral.tcb_info, bytes),
        1 => put(&mut collateral.qe_identity, bytes),
        2 => put(&mut collateral.tcb_info_signer, bytes),
        3 => put(&mut collateral.pck_ca, bytes),
        4 => put(&mut collateral.root_crl, bytes),
        _ => put(&mut collateral.pck_crl, bytes),
    }?;
    Some(collateral)
}

/// Collateral as it is sent to the chain and to keyholders, and checked collateral as the chain stores it.
pub fn collateral_stored(data: &[u8]) {
    if let Some(read) = parts::canonical::<Collateral>(data) {
        holds_only_as_issued(&read);
    }
    if let Some(checked) = parts::canonical::<CheckedCollateral>(data) {
        // The chain proves it, so it may say anything: nothing panics.
        let _ = verify_tdx(&GOOD.quote, &checked, &GOOD.root, &IntelPolicy::strict(EVALUATION_NUMBER), NOW);
    }
}

/// Seeds of [`collateral_stored`].
pub fn collaterals_stored() -> Vec<Vec<u8>> {
    vec![GOOD.collateral.encode(), GOOD.checked.encode()]
}

fn holds_only_as_issued(collateral: &Collateral) {
    let holds = verify_collateral(collateral, &GOOD.root, NOW).is_ok();
    assert_eq!(holds, *collateral == GOOD.collateral, "only what was issued holds");
}
