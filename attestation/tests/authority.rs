//! The authority that certified a platform: it is its key, the quote names it, and a quote is judged by its collateral
//! alone.

use crate::support::{self, NOW, changed, checked, plan, policy, quote_refusal, root};
use adyton_attestation::{
    AuthorityId, CheckedCollateral, Document, IntelRefusal, authority_of, intel::MAX_QUOTE_BYTES, verify_collateral,
    verify_sgx, verify_tdx,
};
use adyton_development_root::{Form, Key, Plan};
use sha2::{Digest as _, Sha256};

const PROCESSOR: &str = "Intel SGX PCK Processor CA";

fn of(plan: &Plan) -> Result<AuthorityId, IntelRefusal> {
    authority_of(&plan.issue().quote)
}

fn collateral(plan: &Plan) -> CheckedCollateral {
    verify_collateral(&plan.issue().collateral, &root(), NOW).unwrap()
}

/// Everything under another key with the same name.
fn under_another_key(plan: &mut Plan) {
    plan.pck_ca.key = Key("another-pck-ca".into());
    plan.pck.signer = plan.pck_ca.key.clone();
    plan.pck_crl.signer = plan.pck_ca.key.clone();
}

/// Everything under the same key with the name of the authority for single-package platforms.
fn under_the_other_name(plan: &mut Plan) {
    for name in [&mut plan.pck_ca.subject, &mut plan.pck.issuer, &mut plan.pck_crl.issuer] {
        name.common_name = PROCESSOR.into();
    }
}

#[test]
fn a_quote_of_every_form_names_the_authority_of_its_collateral() {
    let domains = [Form::Domain10, Form::Domain15, Form::Domain15Extended].map(|form| plan().in_version_5(form));
    for plan in [plan(), plan().for_enclave(support::ISSUED_AT)].iter().chain(&domains) {
        assert_eq!(of(plan), Ok(checked().authority_id()));
        assert_eq!(collateral(plan).authority_id(), checked().authority_id());
    }
}

#[test]
fn an_authority_is_a_hash_of_its_name_and_key() {
    let certificate = plan().issue().collateral.pck_ca;
    // A bit string of an uncompressed point.
    let at = certificate.windows(4).position(|bytes| bytes == [3, 0x42, 0, 4]).unwrap() + 4;
    let key = &certificate[at..at + 64];
    let name = b"Intel SGX PCK Platform CA";
    let lengths = [name.len(), key.len()].map(|length| u32::try_from(length).unwrap().to_le_bytes());
    let hashed = [&[25][..], b"adyton/v1/intel-authority", &lengths[0], name, &lengths[1], key].concat();
    assert_eq!(checked().authority_id().0, <[u8; 32]>::from(Sha256::digest(hashed)));
}

#[test]
fn a_renewed_certificate_is_of_the_same_authority_and_another_key_or_name_is_not() {
    let own = checked().authority_id();
    assert_eq!(of(&changed(|plan| plan.pck_ca.not_after -= 1)), Ok(own));
    let (key, name) = (of(&changed(under_another_key)).unwrap(), of(&changed(under_the_other_name)).unwrap());
    assert!(key != own && name != own && key != name);
    assert_eq!(collateral(&changed(under_another_key)).authority_id(), key);
    assert_eq!(collateral(&changed(under_the_other_name)).authority_id(), name);
}

#[test]
fn a_platform_is_judged_by_the_collateral_of_its_own_authority_and_by_no_other() {
    let plans = [plan(), changed(under_another_key)];
    for (platform, endorsed) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let collateral = collateral(&plans[endorsed]);
        let verdict = verify_tdx(&plans[platform].issue().quote, &collateral, &root(), &policy(), NOW);
        assert_eq!(verdict.err(), (platform != endorsed).then_some(IntelRefusal::PckCaMismatch));
    }
}

#[test]
fn a_certificate_of_the_same_key_for_the_other_platforms_is_not_of_the_same_authority() {
    let refusal = quote_refusal(|plan| {
        plan.pck_ca.subject.common_name = PROCESSOR.into();
        plan.pck.issuer.common_name = PROCESSOR.into();
    });
    assert_eq!(refusal, IntelRefusal::PckCaMismatch);
}

#[test]
fn what_one_authoritys_list_has_revoked_is_not_revoked_by_another() {
    let enclave = || plan().for_enclave(support::ISSUED_AT);
    let mut of_another = enclave();
    under_another_key(&mut of_another);
    // Each gives its certificates numbers of its own, and these two have the same.
    let mut revoking = enclave();
    revoking.pck_crl.revoked = vec![of_another.pck.serial];
    let judged = |platform: &Plan, endorsed: &Plan| {
        verify_sgx(&platform.issue().quote, &collateral(endorsed), &root(), &policy(), NOW).map(|_| ())
    };
    assert_eq!(judged(&of_another, &of_another), Ok(()));
    assert_eq!(judged(&of_another, &revoking), Err(IntelRefusal::PckCaMismatch));
    assert_eq!(judged(&enclave(), &revoking), Err(IntelRefusal::Revoked(Document::PckCertificate)));
}

#[test]
fn an_authority_that_a_quote_only_claims_finds_its_collateral_and_gives_no_verdict() {
    let forged = changed(|plan| {
        plan.pck_ca.not_after -= 1;
        plan.pck_ca.signer = Key("attester".into());
    });
    assert_eq!(of(&forged), Ok(checked().authority_id()));
    let verdict = verify_tdx(&forged.issue().quote, &checked(), &root(), &policy(), NOW);
    assert_eq!(verdict.unwrap_err(), IntelRefusal::Signature(Document::PckCa));
}

#[test]
fn a_quote_whose_second_certificate_is_no_authoritys_names_none() {
    let mut plan = plan();
    plan.quote.chain = Some(plan.chain(&[&plan.pck, &plan.pck, &plan.root]));
    assert_eq!(of(&plan), Err(IntelRefusal::CertificateName(Document::PckCa)));
    let unusable = changed(|plan| plan.pck_ca.is_authority = Some(false));
    assert_eq!(of(&unusable), Err(IntelRefusal::CertificateUsage(Document::PckCa)));
}

#[test]
fn a_quote_whose_chain_is_not_three_certificates_names_no_authority() {
    let mut plan = plan();
    plan.quote.chain = Some(plan.chain(&[&plan.pck, &plan.pck_ca]));
    assert_eq!(of(&plan), Err(IntelRefusal::ChainEncoding));
}

#[test]
fn bytes_that_are_no_quote_name_no_authority() {
    let mut quote = plan().issue().quote;
    for length in [0, 47, 48, 700, quote.len() - 1] {
        assert_eq!(authority_of(&quote[..length]), Err(IntelRefusal::QuoteLengths), "{length}");
    }
    quote.resize(MAX_QUOTE_BYTES + 1, 0);
    assert_eq!(authority_of(&quote), Err(IntelRefusal::TooLarge(Document::Quote)));
    quote[4] ^= 1;
    assert!(matches!(authority_of(&quote), Err(IntelRefusal::TeeType(_))));
}
