//! A quote has one accepted form; every other is refused by name.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod support;

use adyton_attestation::{Document, Refusal, tdx::MAX_QUOTE_BYTES, verify_tdx};
use support::{NOW, at, checked, patched, plan, policy, quote_bytes_refusal, quote_refusal, root};

#[test]
fn a_good_quote_is_accepted() {
    let verdict = verify_tdx(&plan().issue().quote, &checked(), &root(), &policy(), NOW).unwrap();
    let verdict = verdict.bind(&support::REPORT_DATA).unwrap();
    assert_eq!(verdict.measurement_id, support::development().measurement(&support::worker()).id());
}

#[test]
fn a_quote_cut_anywhere_is_refused() {
    let (quote, collateral, root) = (plan().issue().quote, checked(), root());
    for length in 0..quote.len() {
        let result = verify_tdx(&quote[..length], &collateral, &root, &policy(), NOW);
        assert_eq!(result.unwrap_err(), Refusal::QuoteLengths, "{length}");
    }
}

#[test]
fn zeros_after_the_declared_end_are_cut_and_do_not_change_the_evidences_identity() {
    let mut quote = plan().issue().quote;
    let accept = |quote: &[u8]| verify_tdx(quote, &checked(), &root(), &policy(), NOW).unwrap().evidence_id;
    let identity = accept(&quote);
    quote.extend([0; 3065]);
    assert_eq!(accept(&quote), identity);
}

#[test]
fn other_bytes_after_the_declared_end_are_refused() {
    let quote = plan().issue().quote;
    let mut padded = quote.clone();
    padded.extend([0, 0, 1]);
    assert_eq!(quote_bytes_refusal(&padded), Refusal::QuoteTrailingBytes);
    assert_eq!(quote_bytes_refusal(&[quote.clone(), quote].concat()), Refusal::QuoteTrailingBytes);
}

#[test]
fn a_quote_beyond_the_bound_is_refused() {
    let mut quote = plan().issue().quote;
    quote.resize(MAX_QUOTE_BYTES + 1, 0);
    assert_eq!(quote_bytes_refusal(&quote), Refusal::TooLarge(Document::Quote));
}

#[test]
fn a_signature_length_beyond_the_end_is_refused() {
    assert_eq!(quote_bytes_refusal(&patched(at::SIGNATURE_LENGTH, &[0xFF; 4])), Refusal::QuoteLengths);
}

#[test]
fn padding_inside_the_declared_length_is_refused() {
    for padding in [vec![0; 10], vec![1; 10]] {
        assert_eq!(quote_refusal(|plan| plan.quote.padding_inside = padding), Refusal::QuoteLengths);
    }
}

#[test]
fn lengths_that_do_not_nest_are_refused() {
    for offset in [at::CERTIFICATION_LENGTH, at::CHAIN_LENGTH] {
        let quote = plan().issue().quote;
        let length = u32::from_le_bytes(quote[offset..offset + 4].try_into().unwrap());
        for wrong in [0, length - 1, length + 1, u32::MAX] {
            let refusal = quote_bytes_refusal(&patched(offset, &wrong.to_le_bytes()));
            assert_eq!(refusal, Refusal::QuoteLengths, "{offset} {wrong}");
        }
    }
}

#[test]
fn versions_other_than_four_are_refused() {
    for version in [0, 1, 2, 3, 5, 6, u16::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.version = version), Refusal::QuoteVersion(version));
    }
}

#[test]
fn environments_other_than_tdx_are_refused() {
    for tee_type in [0, 1, 0x80, 0x82, 0x0181, u32::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.tee_type = tee_type), Refusal::TeeType(tee_type));
    }
}

#[test]
fn attestation_key_types_other_than_p256_are_refused() {
    for key_type in [0, 1, 3, u16::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.key_type = key_type), Refusal::AttestationKeyType(key_type));
    }
}

#[test]
fn a_quoting_enclave_of_another_vendor_is_refused() {
    assert_eq!(quote_refusal(|plan| plan.quote.vendor[15] ^= 1), Refusal::QeVendor);
}

#[test]
fn set_reserved_bytes_of_the_header_are_refused() {
    for byte in 0..4 {
        let refusal = quote_refusal(|plan| plan.quote.reserved[byte] = 1);
        assert_eq!(refusal, Refusal::ReservedBytes(Document::Quote));
    }
}

#[test]
fn set_reserved_bytes_of_the_quoting_enclaves_report_are_refused() {
    let refusal = quote_refusal(|plan| plan.quote.enclave.reserved = 1);
    assert_eq!(refusal, Refusal::ReservedBytes(Document::QeReport));
}

#[test]
fn outer_certification_data_other_than_type_six_is_refused() {
    for kind in [1, 2, 3, 4, 5, 7, u16::MAX] {
        let refusal = quote_refusal(|plan| plan.quote.certification_type = kind);
        assert_eq!(refusal, Refusal::CertificationDataType(kind));
    }
}

#[test]
fn inner_certification_data_other_than_type_five_is_refused() {
    for kind in [1, 2, 3, 4, 6, 7, u16::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.chain_type = kind), Refusal::ChainDataType(kind));
    }
}

#[test]
fn authentication_data_of_other_lengths_is_refused() {
    for length in [0u16, 31, 33, 1000] {
        let refusal = quote_refusal(|plan| plan.quote.authentication = vec![7; usize::from(length)]);
        assert_eq!(refusal, Refusal::QeAuthenticationLength(length));
    }
    let refusal = quote_bytes_refusal(&patched(at::AUTHENTICATION_LENGTH, &[0xFF; 2]));
    assert_eq!(refusal, Refusal::QeAuthenticationLength(u16::MAX));
}

/// Why a quote with another text in the place of its chain is refused.
fn chain_refusal(change: impl FnOnce(String) -> String) -> Refusal {
    quote_refusal(|plan| {
        let chain = plan.chain(&[&plan.pck, &plan.pck_ca, &plan.root]);
        plan.quote.chain = Some(change(chain));
    })
}

#[test]
fn a_chain_may_end_in_one_nul() {
    let mut plan = plan();
    plan.quote.chain = Some(plan.chain(&[&plan.pck, &plan.pck_ca, &plan.root]) + "\0");
    assert!(verify_tdx(&plan.issue().quote, &checked(), &root(), &policy(), NOW).is_ok());
}

#[test]
fn a_chain_with_nuls_elsewhere_is_refused() {
    assert_eq!(chain_refusal(|chain| chain + "\0\0"), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| format!("\0{chain}")), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen('M', "\0", 1)), Refusal::ChainEncoding);
}

#[test]
fn text_between_before_or_after_certificates_is_refused() {
    assert_eq!(chain_refusal(|chain| format!("subject=me\n{chain}")), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| format!("{chain}\n")), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen("-\n-", "-\n\n-", 1)), Refusal::ChainEncoding);
}

#[test]
fn other_spellings_of_the_same_certificates_are_refused() {
    assert_eq!(chain_refusal(|chain| chain.replace('\n', "\r\n")), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen("\nMII", "\n MII", 1)), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen("\nMII", "\nMI\nI", 1)), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.trim_end().to_owned()), Refusal::ChainEncoding);
    assert_eq!(chain_refusal(|_| String::new()), Refusal::ChainEncoding);
}

#[test]
fn a_chain_of_other_than_three_certificates_is_refused() {
    for count in [1, 2, 4, 5] {
        let refusal = quote_refusal(|plan| {
            let all = [&plan.pck, &plan.pck_ca, &plan.root, &plan.root, &plan.root];
            plan.quote.chain = Some(plan.chain(&all[..count]));
        });
        assert_eq!(refusal, Refusal::ChainEncoding, "{count}");
    }
    let refusal = quote_refusal(|plan| plan.quote.chain = Some(plan.chain(&[&plan.pck; 100])));
    assert_eq!(refusal, Refusal::TooLarge(Document::Quote));
}

#[test]
fn a_certificate_with_bytes_after_it_is_refused() {
    // Some bytes more inside the base64 text of the first certificate.
    let refusal = chain_refusal(|chain| {
        let (first, rest) = chain.split_once("\n-----END").unwrap();
        let (lines, last) = first.rsplit_once('\n').unwrap();
        let longer = if last.contains('=') { last.replace('=', "A") } else { format!("{last}AAAA") };
        assert!(longer.len() <= 64);
        format!("{lines}\n{longer}\n-----END{rest}")
    });
    assert_eq!(refusal, Refusal::Malformed(Document::PckCertificate));
}
