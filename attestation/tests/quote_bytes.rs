//! A quote has one accepted form; every other is refused by name.

use crate::support::{self, NOW, at, checked, patched, plan, policy, quote_bytes_refusal, quote_refusal, root};
use adyton_attestation::{Document, IntelRefusal, tdx::MAX_QUOTE_BYTES, verify_tdx};

#[test]
fn a_good_quote_is_accepted() {
    let verdict = verify_tdx(&plan().issue().quote, &checked(), &root(), &policy(), NOW).unwrap();
    let verdict = verdict.bind(&support::REPORT_DATA).unwrap();
    assert_eq!(verdict.measurement_id, support::development().measurement(&support::worker()).id());
}

/// Cases 1 to 5.
#[test]
fn a_quote_cut_anywhere_is_refused() {
    let (quote, collateral, root) = (plan().issue().quote, checked(), root());
    for length in 0..quote.len() {
        let result = verify_tdx(&quote[..length], &collateral, &root, &policy(), NOW);
        assert_eq!(result.unwrap_err(), IntelRefusal::QuoteLengths, "{length}");
    }
}

/// Case 9.
#[test]
fn zeros_after_the_declared_end_are_cut_and_do_not_change_the_evidences_identity() {
    let mut quote = plan().issue().quote;
    let accept = |quote: &[u8]| verify_tdx(quote, &checked(), &root(), &policy(), NOW).unwrap().evidence_id;
    let identity = accept(&quote);
    quote.extend([0; 3065]);
    assert_eq!(accept(&quote), identity);
}

/// Cases 10 and 11.
#[test]
fn other_bytes_after_the_declared_end_are_refused() {
    let quote = plan().issue().quote;
    let mut padded = quote.clone();
    padded.extend([0, 0, 1]);
    assert_eq!(quote_bytes_refusal(&padded), IntelRefusal::QuoteTrailingBytes);
    assert_eq!(quote_bytes_refusal(&[quote.clone(), quote].concat()), IntelRefusal::QuoteTrailingBytes);
}

#[test]
fn a_quote_beyond_the_bound_is_refused() {
    let mut quote = plan().issue().quote;
    quote.resize(MAX_QUOTE_BYTES + 1, 0);
    assert_eq!(quote_bytes_refusal(&quote), IntelRefusal::TooLarge(Document::Quote));
}

/// Case 6.
#[test]
fn a_signature_length_beyond_the_end_is_refused() {
    assert_eq!(quote_bytes_refusal(&patched(at::SIGNATURE_LENGTH, &[0xFF; 4])), IntelRefusal::QuoteLengths);
}

/// Cases 7 and 8.
#[test]
fn padding_inside_the_declared_length_is_refused() {
    for padding in [vec![0; 10], vec![1; 10]] {
        assert_eq!(quote_refusal(|plan| plan.quote.padding_inside = padding), IntelRefusal::QuoteLengths);
    }
}

/// Case 23.
#[test]
fn lengths_that_do_not_nest_are_refused() {
    for offset in [at::CERTIFICATION_LENGTH, at::CHAIN_LENGTH] {
        let quote = plan().issue().quote;
        let length = u32::from_le_bytes(quote[offset..offset + 4].try_into().unwrap());
        for wrong in [0, length - 1, length + 1, u32::MAX] {
            let refusal = quote_bytes_refusal(&patched(offset, &wrong.to_le_bytes()));
            assert_eq!(refusal, IntelRefusal::QuoteLengths, "{offset} {wrong}");
        }
    }
}

/// Cases 12 and 13.
#[test]
fn versions_other_than_four_and_five_are_refused() {
    for version in [0, 1, 2, 3, 6, u16::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.version = version), IntelRefusal::QuoteVersion(version));
    }
}

/// Case 17.
#[test]
fn environments_other_than_tdx_are_refused() {
    for tee_type in [0, 1, 0x80, 0x82, 0x0181, u32::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.tee_type = tee_type), IntelRefusal::TeeType(tee_type));
    }
}

/// Case 18.
#[test]
fn attestation_key_types_other_than_p256_are_refused() {
    for key_type in [0, 1, 3, u16::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.key_type = key_type), IntelRefusal::AttestationKeyType(key_type));
    }
}

/// Case 19.
#[test]
fn a_quoting_enclave_of_another_vendor_is_refused() {
    let mut other = plan().quote.vendor;
    other[15] ^= 1;
    assert_eq!(quote_refusal(|plan| plan.quote.vendor = other), IntelRefusal::QeVendor(other));
}

/// Case 25.
#[test]
fn set_reserved_bytes_of_the_header_are_refused() {
    for byte in 0..4 {
        let refusal = quote_refusal(|plan| plan.quote.reserved[byte] = 1);
        assert_eq!(refusal, IntelRefusal::ReservedBytes(Document::Quote));
    }
}

#[test]
fn set_reserved_bytes_of_the_quoting_enclaves_report_are_refused() {
    let refusal = quote_refusal(|plan| plan.quote.enclave.reserved = 1);
    assert_eq!(refusal, IntelRefusal::ReservedBytes(Document::QeReport));
}

/// Case 21.
#[test]
fn outer_certification_data_other_than_type_six_is_refused() {
    for kind in [1, 2, 3, 4, 5, 7, u16::MAX] {
        let refusal = quote_refusal(|plan| plan.quote.certification_type = kind);
        assert_eq!(refusal, IntelRefusal::CertificationDataType(kind));
    }
}

/// Case 22.
#[test]
fn inner_certification_data_other_than_type_five_is_refused() {
    for kind in [1, 2, 3, 4, 6, 7, u16::MAX] {
        assert_eq!(quote_refusal(|plan| plan.quote.chain_type = kind), IntelRefusal::ChainDataType(kind));
    }
}

/// Case 20.
#[test]
fn authentication_data_of_other_lengths_is_refused() {
    for length in [0u16, 31, 33, 1000] {
        let refusal = quote_refusal(|plan| plan.quote.authentication = vec![7; usize::from(length)]);
        assert_eq!(refusal, IntelRefusal::QeAuthenticationLength(length));
    }
    let refusal = quote_bytes_refusal(&patched(at::AUTHENTICATION_LENGTH, &[0xFF; 2]));
    assert_eq!(refusal, IntelRefusal::QeAuthenticationLength(u16::MAX));
}

/// Why a quote with another text in the place of its chain is refused.
fn chain_refusal(change: impl FnOnce(String) -> String) -> IntelRefusal {
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

/// Case 24.
#[test]
fn a_chain_with_nuls_elsewhere_is_refused() {
    assert_eq!(chain_refusal(|chain| chain + "\0\0"), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| format!("\0{chain}")), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen('M', "\0", 1)), IntelRefusal::ChainEncoding);
}

/// Case 24.
#[test]
fn text_between_before_or_after_certificates_is_refused() {
    assert_eq!(chain_refusal(|chain| format!("subject=me\n{chain}")), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| format!("{chain}\n")), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen("-\n-", "-\n\n-", 1)), IntelRefusal::ChainEncoding);
}

#[test]
fn other_spellings_of_the_same_certificates_are_refused() {
    assert_eq!(chain_refusal(|chain| chain.replace('\n', "\r\n")), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen("\nMII", "\n MII", 1)), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.replacen("\nMII", "\nMI\nI", 1)), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|chain| chain.trim_end().to_owned()), IntelRefusal::ChainEncoding);
    assert_eq!(chain_refusal(|_| String::new()), IntelRefusal::ChainEncoding);
}

/// Cases 24, 38 and 39.
#[test]
fn a_chain_of_other_than_three_certificates_is_refused() {
    for count in [1, 2, 4, 5, 7] {
        let refusal = quote_refusal(|plan| {
            let all = [&plan.pck, &plan.pck_ca, &plan.root, &plan.root, &plan.root, &plan.root, &plan.root];
            plan.quote.chain = Some(plan.chain(&all[..count]));
        });
        assert_eq!(refusal, IntelRefusal::ChainEncoding, "{count}");
    }
    let refusal = quote_refusal(|plan| plan.quote.chain = Some(plan.chain(&[&plan.pck; 100])));
    assert_eq!(refusal, IntelRefusal::TooLarge(Document::Quote));
}

/// Case 24.
#[test]
fn a_platforms_certificate_that_stands_twice_in_the_chain_is_refused() {
    let beside = quote_refusal(|plan| {
        plan.quote.chain = Some(plan.chain(&[&plan.pck, &plan.pck, &plan.pck_ca, &plan.root]));
    });
    assert_eq!(beside, IntelRefusal::ChainEncoding);
    let instead = quote_refusal(|plan| plan.quote.chain = Some(plan.chain(&[&plan.pck, &plan.pck, &plan.root])));
    assert_eq!(instead, IntelRefusal::CertificateName(Document::PckCa));
}

/// Some platforms of 2020 have it so.
#[test]
fn certificates_in_lines_of_76_characters_are_accepted_if_all_of_a_certificates_are() {
    let rewrapped = |mixed: bool| {
        let mut plan = plan();
        let chain = plan.chain(&[&plan.pck]);
        let characters: String = chain.lines().filter(|line| !line.starts_with('-')).collect();
        let mut lines: Vec<&str> =
            characters.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let (one, other) = lines[1].split_at(64);
        if mixed {
            lines.splice(1..2, [one, other]);
        }
        let leaf = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        plan.quote.chain = Some(leaf + &plan.chain(&[&plan.pck_ca, &plan.root]));
        verify_tdx(&plan.issue().quote, &checked(), &root(), &policy(), NOW)
    };
    let identity = verify_tdx(&plan().issue().quote, &checked(), &root(), &policy(), NOW).unwrap().evidence_id;
    assert_eq!(rewrapped(false).unwrap().evidence_id, identity);
    assert_eq!(rewrapped(true).unwrap_err(), IntelRefusal::ChainEncoding);
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
    assert_eq!(refusal, IntelRefusal::Malformed(Document::PckCertificate));
}
