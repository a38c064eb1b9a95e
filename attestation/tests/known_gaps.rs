//! The gaps that are known of another verifier of the same quotes (dcap-qvl 0.7), each closed here. Each has a number,
//! in the order of that list.

use crate::support::{
    self, ISSUED_AT, NOW, any_status, at, changed, checked, patched, plan, policy, quote_refusal, refusal, root, verify,
};
use adyton_attestation::{
    Document, IntelPolicy, IntelRefusal, TcbStatus, TcbStatusSet, verify_collateral, verify_sgx, verify_tdx,
};

fn identity(quote: &[u8]) -> Result<[u8; 32], IntelRefusal> {
    verify_tdx(quote, &checked(), &root(), &policy(), NOW).map(|verdict| verdict.evidence_id)
}

/// Gap 1: one hardware quote has one identity, and no other bytes than zeros may be added to it.
#[test]
fn one_quote_has_no_second_encoding_with_another_identity() {
    let quote = plan().issue().quote;
    let good = identity(&quote).unwrap();
    assert_eq!(identity(&[quote.as_slice(), &[0; 70]].concat()), Ok(good));
    assert_eq!(identity(&[quote.as_slice(), b"x"].concat()), Err(IntelRefusal::QuoteTrailingBytes));
    assert_eq!(identity(&[quote.clone(), quote.clone()].concat()), Err(IntelRefusal::QuoteTrailingBytes));
    assert_eq!(quote_refusal(|plan| plan.quote.padding_inside = vec![0; 10]), IntelRefusal::QuoteLengths);
    assert_eq!(quote_refusal(|plan| plan.quote.certification_type = 7), IntelRefusal::CertificationDataType(7));
    let s = at::SIGNATURE + 32;
    let negated = patched(s, &support::order_minus(&quote[s..s + 32]));
    assert_ne!(negated, quote);
    assert_eq!(identity(&negated), Ok(good));
}

/// Gap 2: what is out of date is no success that a caller could forget to look at.
#[test]
fn an_out_of_date_platform_has_no_verdict_unless_the_policy_names_that_status() {
    let old = changed(|plan| plan.quote.body.tee_tcb_svn[2] -= 1).issue();
    let refusal = IntelRefusal::TcbStatus { found: TcbStatus::OutOfDate, wanted: TcbStatusSet::UP_TO_DATE };
    assert_eq!(verify(&old, &policy()).unwrap_err(), refusal);
    assert_eq!(verify(&old, &IntelPolicy::default()).unwrap_err(), IntelRefusal::PolicyAcceptsNothing);
    assert_eq!(verify(&old, &any_status()).unwrap().tcb_status, TcbStatus::OutOfDate);
}

/// Gap 3: the provisioning enclave of the platform is compared with the collateral's.
#[test]
fn another_provisioning_enclave_is_refused() {
    let refusal = quote_refusal(|plan| plan.pck.sgx.as_mut().unwrap().pce_id = vec![1, 0]);
    assert_eq!(refusal, IntelRefusal::PceId { found: [1, 0], wanted: [0, 0] });
}

/// Gap 4: a revocation list from the future is refused, and one is valid through its last second.
#[test]
fn revocation_lists_are_valid_from_their_first_to_their_last_second() {
    let future = |list: &mut adyton_development_root::CrlPlan| list.this_update = NOW + 1;
    let too_young = |document| IntelRefusal::NotYetValid { document, not_before: NOW + 1, now: NOW };
    assert_eq!(refusal(|plan| future(&mut plan.root_crl)), too_young(Document::RootCrl));
    assert_eq!(refusal(|plan| future(&mut plan.pck_crl)), too_young(Document::PckCrl));
    let last = changed(|plan| plan.pck_crl.next_update = Some(NOW)).issue();
    assert!(verify(&last, &policy()).is_ok());
    let expired = IntelRefusal::Expired { document: Document::PckCrl, not_after: NOW - 1, now: NOW };
    assert_eq!(refusal(|plan| plan.pck_crl.next_update = Some(NOW - 1)), expired);
}

/// Gap 5: a policy has a lowest evaluation number.
#[test]
fn collateral_of_an_older_evaluation_is_refused_though_it_is_in_its_time() {
    let refusal = verify(&plan().issue(), &IntelPolicy::strict(21)).unwrap_err();
    assert_eq!(refusal, IntelRefusal::EvaluationNumber { found: 20, floor: 21 });
}

/// Gap 6: SGX has version 3 alone, which is what Intel's quoting enclave for it writes.
#[test]
fn sgx_quotes_of_version_4_are_refused_by_name() {
    let mut plan = plan().for_enclave(ISSUED_AT);
    plan.quote.version = 4;
    let issued = plan.issue();
    let checked = verify_collateral(&issued.collateral, &root(), NOW).unwrap();
    let result = verify_sgx(&issued.quote, &checked, &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::QuoteVersion(4));
}

/// Gap 7: a certificate's name must be that of its role.
#[test]
fn certificates_of_other_names_are_refused_though_their_chain_is_right() {
    let renamed = refusal(|plan| plan.pck.subject.common_name = "Intel SGX PCK".into());
    assert_eq!(renamed, IntelRefusal::CertificateName(Document::PckCertificate));
    let renamed = refusal(|plan| plan.tcb_info_signer.subject.common_name = "Intel SGX PCK Certificate".into());
    assert_eq!(renamed, IntelRefusal::CertificateName(Document::TcbInfoSigner));
}

/// Gap 8: only the chain inside the quote counts; encrypted identifiers that would need another are refused.
#[test]
fn certification_data_without_a_chain_is_refused() {
    for kind in [1, 2, 3] {
        assert_eq!(quote_refusal(|plan| plan.quote.chain_type = kind), IntelRefusal::ChainDataType(kind));
    }
}

/// Gap 9: Intel's quoting enclaves authenticate 32 bytes.
#[test]
fn other_authentication_data_is_refused() {
    let refusal = quote_refusal(|plan| plan.quote.authentication = vec![0; 64]);
    assert_eq!(refusal, IntelRefusal::QeAuthenticationLength(64));
}

/// Gap 10: the strict policy accepts the flags that all cloud machines carry, and each can be refused.
#[test]
fn the_flags_of_cloud_machines_are_accepted_unless_the_policy_refuses_them() {
    assert_eq!(plan().pck.sgx.unwrap().configuration, Some([true; 3]));
    assert!(verify(&plan().issue(), &policy()).is_ok());
    assert_eq!(verify(&plan().issue(), &IntelPolicy { allow_smt: false, ..policy() }).unwrap_err(), IntelRefusal::Smt);
}

/// Gap 11: advisories of an up-to-date platform are information.
#[test]
fn advisories_alone_refuse_nothing() {
    let issued = changed(|plan| {
        plan.tcb_info.value["tcbLevels"][0]["advisoryIDs"] = serde_json::json!(["INTEL-SA-01313"]);
    })
    .issue();
    assert_eq!(verify(&issued, &policy()).unwrap().advisories, ["INTEL-SA-01313"]);
}
