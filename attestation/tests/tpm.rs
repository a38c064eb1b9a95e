//! TPM quotes of a TPM that exists only here: one test for each refusal.

use crate::support::tpm::{
    ATTRIBUTES, Authority, Leaf, Message, NONCE, NOW, SHA256_BANK, authority, changed, counted, digest, evidence, key,
    of_message, pcr_policy, pcrs, policy, policy_refusal, public_area, public_key_info, refusal, sign, structured,
    verify,
};
use adyton_attestation::{
    CertificateHash,
    tpm::{
        ExpectedPcr, HashAlgorithm, HashAlgorithmSet, KeyEvidence, MAX_QUOTE_BYTES, PcrPolicy, PcrSet, PcrValue,
        QuoteSignature, TpmCheck, TpmEndorsements, TpmEvidence, TpmPolicy, TpmRefusal, TpmRoot, verify_tpm,
    },
    x509::Fault,
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use proptest::prelude::*;
use rcgen::{IsCa, KeyUsagePurpose};

#[test]
fn a_good_quote_is_accepted_and_its_facts_are_told() {
    let verdict = verify(&evidence(), &policy()).unwrap();
    assert_eq!(verdict.nonce, NONCE);
    assert_eq!(verdict.pcrs, pcrs());
    assert_eq!(verdict.pcr_digest, digest(&pcrs()));
    assert_eq!((verdict.clock.reset_count, verdict.clock.safe), (5, true));
    assert_eq!(verdict.firmware_version, 0x2020_0312_0012_0003);
    assert_eq!((verdict.valid_from, verdict.valid_until), (0, u64::MAX));
    assert!(verdict.root.is_none());
    assert!(verdict.bind(&NONCE).is_ok());
}

#[test]
fn the_default_policy_accepts_nothing() {
    assert_eq!(verify(&evidence(), &TpmPolicy::default()).unwrap_err(), TpmRefusal::PolicyAcceptsNothing);
}

#[test]
fn a_quote_that_is_too_long_is_refused() {
    let evidence = changed(|message| message.trailing = vec![0; MAX_QUOTE_BYTES]);
    assert!(matches!(refusal(&evidence), TpmRefusal::QuoteTooLarge(_)));
}

#[test]
fn a_quote_that_is_cut_anywhere_is_refused() {
    let good = Message::good().encode();
    for length in 0..good.len() {
        let mut evidence = evidence();
        evidence.message.truncate(length);
        evidence.signature = sign(&key(), &evidence.message);
        assert_eq!(refusal(&evidence), TpmRefusal::QuoteLengths, "{length}");
    }
}

#[test]
fn a_field_that_is_longer_than_the_tpms_types_is_refused() {
    assert_eq!(refusal(&changed(|message| message.nonce = vec![1; 67])), TpmRefusal::QuoteLengths);
    assert_eq!(refusal(&changed(|message| message.signer = vec![1; 67])), TpmRefusal::QuoteLengths);
    assert_eq!(refusal(&changed(|message| message.digest = vec![1; 65])), TpmRefusal::QuoteLengths);
}

/// Case 203.
#[test]
fn bytes_after_a_quote_are_refused_although_they_are_signed() {
    for trailing in [vec![0], vec![0; 8], vec![1, 2]] {
        let length = trailing.len() as u16;
        let evidence = changed(|message| message.trailing = trailing);
        assert_eq!(refusal(&evidence), TpmRefusal::QuoteTrailingBytes(length));
    }
}

/// Case 196.
#[test]
fn bytes_that_no_tpm_made_are_refused_although_the_key_signed_them() {
    let evidence = changed(|message| message.magic = 0xff54_4348);
    assert_eq!(refusal(&evidence), TpmRefusal::Magic(0xff54_4348));
}

/// Case 197.
#[test]
fn another_kind_of_attestation_is_refused() {
    // Certify, creation, time, session audit, command audit, NV.
    for kind in [0x8017, 0x801a, 0x8019, 0x8016, 0x8015, 0x8014] {
        assert_eq!(refusal(&changed(|message| message.kind = kind)), TpmRefusal::AttestationType(kind));
    }
}

#[test]
fn a_clock_that_is_neither_safe_nor_unsafe_is_refused() {
    assert_eq!(refusal(&changed(|message| message.safe = 2)), TpmRefusal::YesNo(2));
}

#[test]
fn more_banks_than_a_tpm_has_are_refused() {
    let evidence = changed(|message| message.selections = vec![(SHA256_BANK, vec![1]); 9]);
    assert_eq!(refusal(&evidence), TpmRefusal::TooManySelections(9));
}

#[test]
fn a_selection_of_no_byte_or_of_more_than_three_is_refused() {
    for size in [0u8, 4, 255] {
        let evidence = changed(|message| message.selections = vec![(SHA256_BANK, vec![1; size.into()])]);
        assert_eq!(refusal(&evidence), TpmRefusal::SelectionSize(size));
    }
}

#[test]
fn a_signature_that_is_cut_or_followed_by_something_is_refused() {
    let mut evidence = evidence();
    let QuoteSignature::Structured(good) = evidence.signature.clone() else { panic!() };
    for length in 0..good.len() {
        evidence.signature = QuoteSignature::Structured(good[..length].to_vec());
        assert_eq!(refusal(&evidence), TpmRefusal::SignatureLengths, "{length}");
    }
    evidence.signature = QuoteSignature::Structured([good, vec![0]].concat());
    assert_eq!(refusal(&evidence), TpmRefusal::SignatureLengths);
    evidence.signature = structured(&[1; 33], &[1; 32]);
    assert_eq!(refusal(&evidence), TpmRefusal::SignatureLengths);
    evidence.signature = QuoteSignature::RsaPkcs1Sha256(vec![1; 521]);
    assert_eq!(refusal(&evidence), TpmRefusal::SignatureLengths);
}

#[test]
fn an_unknown_signature_scheme_is_refused() {
    // ECDAA, SM2, RSASSA and ECDSA with SHA-1, HMAC.
    for (algorithm, hash) in [(0x001a, 0x000b), (0x001b, 0x0012), (0x0014, 0x0004), (0x0018, 0x0004), (0x0005, 0x000b)]
    {
        let mut bytes = Vec::new();
        bytes.extend(u16::to_be_bytes(algorithm));
        bytes.extend(u16::to_be_bytes(hash));
        counted(&mut bytes, &[1; 32]);
        let evidence = TpmEvidence { signature: QuoteSignature::Structured(bytes), ..evidence() };
        assert_eq!(refusal(&evidence), TpmRefusal::SignatureScheme { algorithm, hash });
    }
}

#[test]
fn a_quote_without_a_key_is_refused() {
    let evidence = TpmEvidence { key: KeyEvidence::default(), ..evidence() };
    assert_eq!(refusal(&evidence), TpmRefusal::NoKey);
}

fn with_area(area: Vec<u8>) -> TpmEvidence {
    TpmEvidence { key: KeyEvidence { public_area: Some(area), ..KeyEvidence::default() }, ..evidence() }
}

#[test]
fn a_key_that_cannot_be_read_is_refused() {
    let good = public_area(&key(), ATTRIBUTES);
    for length in 0..good.len() {
        assert_eq!(refusal(&with_area(good[..length].to_vec())), TpmRefusal::KeyEncoding, "{length}");
    }
    assert_eq!(refusal(&with_area([good, vec![0]].concat())), TpmRefusal::KeyEncoding);
    let public_key = Some([public_key_info(&key()), vec![0]].concat());
    let evidence = TpmEvidence { key: KeyEvidence { public_key, ..KeyEvidence::default() }, ..evidence() };
    assert_eq!(refusal(&evidence), TpmRefusal::KeyEncoding);
}

#[test]
fn a_key_of_an_unsupported_type_or_curve_is_refused() {
    let mut area = public_area(&key(), ATTRIBUTES);
    area[17] = 0x05; // P-521
    assert_eq!(refusal(&with_area(area.clone())), TpmRefusal::KeyType);
    area[..2].copy_from_slice(&[0x00, 0x25]); // symmetric
    assert_eq!(refusal(&with_area(area)), TpmRefusal::KeyType);
}

/// Case 200.
#[test]
fn a_key_that_is_not_restricted_or_can_leave_its_tpm_is_refused() {
    for bit in [1, 4, 5, 16, 18] {
        let attributes = ATTRIBUTES & !(1 << bit);
        assert_eq!(refusal(&with_area(public_area(&key(), attributes))), TpmRefusal::KeyAttributes(attributes));
    }
    for bit in [0, 3, 17, 31] {
        let attributes = ATTRIBUTES | 1 << bit;
        assert_eq!(refusal(&with_area(public_area(&key(), attributes))), TpmRefusal::KeyAttributes(attributes));
    }
}

#[test]
fn two_different_keys_are_refused() {
    let mut evidence = evidence();
    evidence.key.public_key = Some(public_key_info(&SigningKey::from_slice(&[0x12; 32]).unwrap()));
    assert_eq!(refusal(&evidence), TpmRefusal::KeyMismatch);
}

#[test]
fn a_quote_that_another_key_signed_is_refused() {
    let mut evidence = evidence();
    evidence.signature = sign(&SigningKey::from_slice(&[0x12; 32]).unwrap(), &evidence.message);
    assert_eq!(refusal(&evidence), TpmRefusal::QuoteSignature);
}

#[test]
fn a_signature_of_zeros_is_refused() {
    let evidence = TpmEvidence { signature: structured(&[0; 32], &[0; 32]), ..evidence() };
    assert_eq!(refusal(&evidence), TpmRefusal::QuoteSignature);
}

#[test]
fn a_negated_signature_is_the_same_evidence() {
    let good = evidence();
    let signature: Signature = key().sign(&good.message);
    let negated =
        TpmEvidence { signature: structured(&signature.r().to_bytes(), &(-*signature.s()).to_bytes()), ..good.clone() };
    assert_ne!(good.signature, negated.signature);
    let ids = [good, negated].map(|evidence| verify(&evidence, &policy()).unwrap().evidence_id);
    assert_eq!(ids[0], ids[1]);
}

/// Case 198.
#[test]
fn sha_1_registers_are_refused() {
    let evidence = changed(|message| message.selections = vec![(0x0004, vec![0xff, 0xff, 0xff])]);
    assert_eq!(refusal(&evidence), TpmRefusal::Sha1Bank);
    let evidence = changed(|message| message.selections.push((0x0004, vec![0xff, 0xff, 0xff])));
    assert_eq!(refusal(&evidence), TpmRefusal::Sha1Bank);
}

#[test]
fn registers_of_an_unknown_algorithm_are_refused() {
    let evidence = changed(|message| message.selections = vec![(0x0012, vec![0xff, 0xff, 0xff])]);
    assert_eq!(refusal(&evidence), TpmRefusal::UnknownBank(0x0012));
}

#[test]
fn a_bank_that_the_policy_does_not_name_is_refused() {
    let refusal = pcr_policy(|policy| policy.banks = HashAlgorithmSet::NONE.with(HashAlgorithm::Sha384));
    assert_eq!(refusal, TpmRefusal::BankNotAccepted(HashAlgorithm::Sha256));
}

#[test]
fn the_same_bank_twice_is_refused() {
    let evidence = changed(|message| message.selections = vec![(SHA256_BANK, vec![0xff]); 2]);
    assert_eq!(refusal(&evidence), TpmRefusal::RepeatedBank(HashAlgorithm::Sha256));
}

#[test]
fn a_quote_over_nothing_is_refused() {
    assert_eq!(refusal(&changed(|message| message.selections.clear())), TpmRefusal::EmptySelection);
    let evidence = changed(|message| message.selections = vec![(SHA256_BANK, vec![0, 0, 0])]);
    assert_eq!(refusal(&evidence), TpmRefusal::EmptySelection);
}

/// Case 190.
#[test]
fn a_quote_that_leaves_out_a_required_register_is_refused() {
    let mut evidence = changed(|message| {
        message.selections = vec![(SHA256_BANK, vec![0xef, 0, 0])];
    });
    evidence.pcrs.clear();
    assert_eq!(refusal(&evidence), TpmRefusal::PcrMissing(4));
}

#[test]
fn a_digest_of_another_length_than_the_signatures_hash_is_refused() {
    let evidence = changed(|message| message.digest = vec![1; 48]);
    assert_eq!(refusal(&evidence), TpmRefusal::PcrDigestLength { found: 48, wanted: 32 });
}

/// Case 189.
#[test]
fn register_values_that_were_not_signed_are_refused() {
    for index in 0..24 {
        let mut evidence = evidence();
        evidence.pcrs[index].value[31] ^= 1;
        assert_eq!(refusal(&evidence), TpmRefusal::PcrDigest, "{index}");
    }
}

#[test]
fn a_value_of_a_register_that_was_not_signed_for_is_refused() {
    let selected: Vec<PcrValue> = pcrs()[..8].to_vec();
    let mut evidence = changed(|message| {
        message.selections = vec![(SHA256_BANK, vec![0xff, 0, 0])];
        message.digest = digest(&selected);
    });
    assert_eq!(refusal(&evidence), TpmRefusal::PcrNotSelected(8));
    evidence.pcrs = selected;
    assert!(verify(&evidence, &policy()).is_ok());
    evidence.pcrs[0].bank = 0x000c;
    assert_eq!(refusal(&evidence), TpmRefusal::PcrNotSelected(0));
}

#[test]
fn two_values_of_one_register_are_refused() {
    let mut evidence = evidence();
    evidence.pcrs.push(evidence.pcrs[3].clone());
    assert_eq!(refusal(&evidence), TpmRefusal::RepeatedPcr(3));
}

#[test]
fn values_whose_bytes_are_shifted_between_registers_are_refused() {
    // The same bytes in a row give the same digest; only the length of each tells them apart.
    let mut evidence = evidence();
    let moved = evidence.pcrs[5].value.pop().unwrap();
    evidence.pcrs[6].value.insert(0, moved);
    assert_eq!(refusal(&evidence), TpmRefusal::PcrLength { index: 5, found: 31, wanted: 32 });
}

#[test]
fn a_selected_register_without_a_value_is_refused() {
    let mut evidence = evidence();
    evidence.pcrs.remove(9);
    assert_eq!(refusal(&evidence), TpmRefusal::PcrValueMissing(9));
}

#[test]
fn values_may_be_absent_only_if_no_register_is_required() {
    let evidence = TpmEvidence { pcrs: Vec::new(), ..evidence() };
    assert_eq!(refusal(&evidence), TpmRefusal::PcrValueMissing(0));
    let policy = TpmPolicy { pcrs: PcrPolicy::strict(PcrSet::NONE), ..policy() };
    assert!(verify(&evidence, &policy).unwrap().pcrs.is_empty());
}

#[test]
fn a_register_with_another_value_than_the_policy_names_is_refused() {
    let expected = |values| ExpectedPcr { bank: HashAlgorithm::Sha256, index: 4, values };
    assert_eq!(pcr_policy(|policy| policy.expected = vec![expected(vec![vec![9; 32]])]), TpmRefusal::PcrValue(4));
    assert_eq!(pcr_policy(|policy| policy.expected = vec![expected(Vec::new())]), TpmRefusal::PcrValue(4));
    let mut good = policy();
    good.pcrs.expected = vec![expected(vec![vec![9; 32], vec![5; 32]])];
    assert!(verify(&evidence(), &good).is_ok());
    let other_bank = ExpectedPcr { bank: HashAlgorithm::Sha384, index: 4, values: vec![vec![5; 32]] };
    assert_eq!(pcr_policy(|policy| policy.expected = vec![other_bank]), TpmRefusal::PcrValueMissing(4));
}

/// Case 202.
#[test]
fn a_tpm_that_was_reset_to_an_earlier_state_is_refused() {
    let refusal = policy_refusal(|policy| policy.minimum_reset_count = 6);
    assert_eq!(refusal, TpmRefusal::ResetCount { found: 5, floor: 6 });
}

/// Cases 202 and 204.
#[test]
fn a_tpm_whose_firmware_is_below_the_floor_is_refused() {
    let floor = 0x2020_0312_0012_0004;
    let refusal = policy_refusal(|policy| policy.minimum_firmware_version = floor);
    assert_eq!(refusal, TpmRefusal::FirmwareVersion { found: 0x2020_0312_0012_0003, floor });
}

#[test]
fn a_clock_that_may_have_gone_back_is_refused_where_it_matters() {
    let evidence = changed(|message| message.safe = 0);
    assert!(verify(&evidence, &policy()).is_ok());
    let policy = TpmPolicy { require_safe_clock: true, ..policy() };
    assert_eq!(verify(&evidence, &policy).unwrap_err(), TpmRefusal::UnsafeClock);
}

/// Case 199.
#[test]
fn a_quote_with_another_challenge_or_none_is_refused() {
    for nonce in [Vec::new(), vec![0x77; 31], vec![0x77; 33], vec![0x78; 32], vec![0; 32]] {
        let verdict = verify(&changed(|message| message.nonce = nonce), &policy()).unwrap();
        assert_eq!(verdict.bind(&NONCE).unwrap_err(), TpmRefusal::Nonce);
    }
}

/// Cases 188 and 199.
#[test]
fn an_empty_or_zero_challenge_is_none() {
    for nonce in [Vec::new(), vec![0; 32]] {
        let verdict = verify(&changed(|message| message.nonce = nonce.clone()), &policy()).unwrap();
        assert_eq!(verdict.bind(&nonce).unwrap_err(), TpmRefusal::NoChallenge);
    }
}

/// Case 201.
#[test]
fn a_key_that_nothing_vouches_for_is_refused() {
    let refusal = policy_refusal(|policy| policy.keys.clear());
    assert_eq!(refusal, TpmRefusal::KeyNotTrusted);
    assert_eq!(refusal.check(), TpmCheck::KeyTrust);
}

/// A policy that knows no key but trusts a root, and evidence with a chain under it.
fn certified(authority: &Authority, leaf: &Leaf) -> (TpmEvidence, TpmPolicy, TpmEndorsements) {
    let mut evidence = evidence();
    evidence.key.certificates = authority.chain(leaf, &public_key_info(&key()));
    let policy = TpmPolicy { keys: Vec::new(), roots: vec![authority.trusted()], ..policy() };
    let endorsements = TpmEndorsements { revocation_lists: vec![authority.root.empty_list()] };
    (evidence, policy, endorsements)
}

fn chain_refusal(authority: &Authority, leaf: &Leaf) -> TpmRefusal {
    let (evidence, policy, endorsements) = certified(authority, leaf);
    verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err()
}

#[test]
fn a_key_with_a_certificate_under_a_pinned_root_is_accepted_as_long_as_everything_is_valid() {
    let (evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    let verdict = verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap();
    assert_eq!(verdict.root, Some(authority().trusted().id()));
    let (first, last) = (verdict.valid_from, verdict.valid_until);
    assert!(last < NOW + 31 * 86_400, "the list ends first");
    for (now, is_good) in [(first, true), (last, true), (first - 1, false), (last + 1, false), (0, false)] {
        assert_eq!(verify_tpm(&evidence, &endorsements, &policy, now).is_ok(), is_good, "{now}");
    }
}

#[test]
fn a_chain_may_include_its_root_and_be_given_without_a_public_area() {
    let (mut evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    evidence.key.public_area = None;
    evidence.key.certificates.push(authority().root.certificate.der().to_vec());
    assert!(verify_tpm(&evidence, &endorsements, &policy, NOW).is_ok());
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let (mut evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    let other = public_key_info(&SigningKey::from_slice(&[0x12; 32]).unwrap());
    evidence.key.certificates[0] = authority().issue(&Leaf::good(), &other);
    assert_eq!(verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err(), TpmRefusal::CertificateKey);
}

/// Case 192.
#[test]
fn a_root_that_only_has_the_pinned_roots_name_is_refused() {
    let (_, policy, endorsements) = certified(authority(), &Leaf::good());
    let (evidence, ..) = certified(&Authority::new(), &Leaf::good());
    let refusal = verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err();
    assert_eq!(refusal, TpmRefusal::Certificate { position: 1, fault: Fault::Signature });
}

/// Case 192.
#[test]
fn each_root_of_the_issuers_name_is_tried() {
    let (evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    let (ours, namesake) = (authority().trusted(), Authority::new().trusted());
    for roots in [[namesake.clone(), ours.clone()], [ours.clone(), namesake]] {
        let policy = TpmPolicy { roots: roots.into(), ..policy.clone() };
        let verdict = verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap();
        assert_eq!(verdict.root, Some(ours.id()));
    }
}

/// Case 192.
#[test]
fn a_chain_to_another_root_is_refused() {
    let (evidence, mut policy, endorsements) = certified(authority(), &Leaf::good());
    policy.roots = vec![TpmRoot::azure_virtual_tpm_2023(), TpmRoot::microsoft_rsa_devices_2021()];
    let top = CertificateHash::of(evidence.key.certificates.last().unwrap());
    let refusal = verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err();
    assert_eq!(refusal, TpmRefusal::UntrustedRoot(top));
    assert!(refusal.to_string().contains(&hex::encode(top.0)), "{refusal}");
    policy.roots.clear();
    assert_eq!(verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err(), TpmRefusal::UntrustedRoot(top));
}

#[test]
fn a_chain_without_its_middle_is_refused() {
    let (mut evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    evidence.key.certificates.truncate(1);
    let leaf = CertificateHash::of(&evidence.key.certificates[0]);
    assert_eq!(verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err(), TpmRefusal::UntrustedRoot(leaf));
}

#[test]
fn a_chain_of_more_certificates_than_are_read_is_refused() {
    let (mut evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    let middle = evidence.key.certificates[1].clone();
    evidence.key.certificates.extend([middle.clone(), middle.clone(), middle]);
    assert_eq!(verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err(), TpmRefusal::ChainLength(5));
}

/// Case 191.
#[test]
fn a_certificate_that_is_followed_by_bytes_is_refused() {
    let (mut evidence, policy, endorsements) = certified(authority(), &Leaf::good());
    evidence.key.certificates[0].extend([0; 3087]);
    let refusal = verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err();
    assert_eq!(refusal, TpmRefusal::Certificate { position: 0, fault: Fault::Malformed });
}

#[test]
fn a_certificate_that_is_not_an_attestation_keys_is_refused() {
    let usage = TpmRefusal::Certificate { position: 0, fault: Fault::Usage };
    let endorsement_key = Leaf { purposes: vec![vec![2, 23, 133, 8, 1]], ..Leaf::good() };
    let no_purpose = Leaf { purposes: Vec::new(), ..Leaf::good() };
    let may_issue = Leaf { usages: vec![KeyUsagePurpose::KeyCertSign], ..Leaf::good() };
    let authority_itself = Leaf { is_ca: IsCa::Ca(rcgen::BasicConstraints::Unconstrained), ..Leaf::good() };
    for leaf in [endorsement_key, no_purpose, may_issue, authority_itself] {
        assert_eq!(chain_refusal(authority(), &leaf), usage);
    }
}

#[test]
fn an_authority_that_may_not_issue_is_refused() {
    let usage = TpmRefusal::Certificate { position: 1, fault: Fault::Usage };
    let good = Leaf::authority("middle", 0);
    let not_authority = Leaf { is_ca: IsCa::ExplicitNoCa, ..good.clone() };
    let no_usage = Leaf { usages: vec![KeyUsagePurpose::CrlSign], ..good.clone() };
    let other_purpose = Leaf { purposes: vec![vec![2, 23, 133, 8, 1]], ..good };
    for middle in [not_authority, no_usage, other_purpose] {
        assert_eq!(chain_refusal(&Authority::with_middle(&middle), &Leaf::good()), usage);
    }
}

#[test]
fn a_certificate_outside_its_time_is_refused() {
    let expired = Leaf { until: (2026, 6, 14), ..Leaf::good() };
    let refusal = chain_refusal(authority(), &expired);
    assert!(matches!(refusal, TpmRefusal::Certificate { position: 0, fault: Fault::Expired { .. } }));
    let early = Leaf { from: (2026, 6, 16), ..Leaf::good() };
    let refusal = chain_refusal(authority(), &early);
    assert!(matches!(refusal, TpmRefusal::Certificate { position: 0, fault: Fault::NotYetValid { .. } }));
    let expired = Leaf { until: (2026, 6, 14), ..Leaf::authority("middle", 0) };
    let refusal = chain_refusal(&Authority::with_middle(&expired), &Leaf::good());
    assert!(matches!(refusal, TpmRefusal::Certificate { position: 1, fault: Fault::Expired { .. } }));
}

#[test]
fn a_missing_revocation_list_is_refused_unless_the_policy_takes_the_danger() {
    let (evidence, mut policy, _) = certified(authority(), &Leaf::good());
    let none = TpmEndorsements::default();
    assert_eq!(verify_tpm(&evidence, &none, &policy, NOW).unwrap_err(), TpmRefusal::RevocationListMissing(1));
    policy.danger_allow_missing_revocation_lists = true;
    assert!(verify_tpm(&evidence, &none, &policy, NOW).is_ok());
    let leaf = Leaf { has_list: true, ..Leaf::good() };
    assert_eq!(chain_refusal(authority(), &leaf), TpmRefusal::RevocationListMissing(0));
}

fn list_refusal(list: Vec<u8>) -> TpmRefusal {
    let (evidence, policy, _) = certified(authority(), &Leaf::good());
    verify_tpm(&evidence, &TpmEndorsements { revocation_lists: vec![list] }, &policy, NOW).unwrap_err()
}

#[test]
fn a_revocation_list_that_is_stale_early_or_forged_is_refused() {
    let root = &authority().root;
    let stale = list_refusal(root.list(&[], (2026, 5, 1), (2026, 6, 14)));
    assert!(matches!(stale, TpmRefusal::RevocationList { position: 1, fault: Fault::Expired { .. } }));
    let early = list_refusal(root.list(&[], (2026, 6, 16), (2026, 7, 1)));
    assert!(matches!(early, TpmRefusal::RevocationList { position: 1, fault: Fault::NotYetValid { .. } }));
    let forged = list_refusal(Authority::new().root.empty_list());
    assert_eq!(forged.check(), TpmCheck::Revocation);
    let cut = list_refusal(root.empty_list()[1..].to_vec());
    assert!(matches!(cut, TpmRefusal::RevocationList { fault: Fault::Malformed, .. }));
}

#[test]
fn a_revoked_certificate_is_refused() {
    let (evidence, policy, mut endorsements) = certified(authority(), &Leaf::good());
    endorsements.revocation_lists[0] = authority().root.list(&[0x22], (2026, 6, 1), (2026, 7, 1));
    assert_eq!(verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err(), TpmRefusal::Revoked(1));
    endorsements.revocation_lists[0] = authority().root.empty_list();
    endorsements.revocation_lists.push(authority().middle.list(&[0x33], (2026, 6, 1), (2026, 7, 1)));
    assert_eq!(verify_tpm(&evidence, &endorsements, &policy, NOW).unwrap_err(), TpmRefusal::Revoked(0));
}

#[test]
fn a_policy_survives_json_and_refuses_unknown_keys() {
    let mut policy = policy();
    policy.roots = vec![TpmRoot::azure_virtual_tpm_2023()];
    policy.pcrs.expected = vec![ExpectedPcr { bank: HashAlgorithm::Sha384, index: 7, values: vec![vec![1; 48]] }];
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<TpmPolicy>(&text).unwrap(), policy);
    assert!(serde_json::from_str::<TpmPolicy>(&text.replacen('{', "{\"other\":1,", 1)).is_err());
    assert!(serde_json::from_str::<PcrSet>("[24]").is_err());
}

proptest! {
    #[test]
    fn evidence_with_any_byte_changed_never_verifies(
        index in any::<prop::sample::Index>(), change in 1..=u8::MAX, part in 0..4usize,
    ) {
        let mut evidence = evidence();
        let QuoteSignature::Structured(signature) = &mut evidence.signature else { unreachable!() };
        match part {
            0 => *index.get_mut(&mut evidence.message) ^= change,
            1 => *index.get_mut(signature) ^= change,
            2 => *index.get_mut(&mut index.get_mut(&mut evidence.pcrs).value) ^= change,
            _ => *index.get_mut(evidence.key.public_area.as_mut().unwrap()) ^= change,
        }
        // The public area is not signed. What may change in it says nothing about the key's worth.
        if let Ok(verdict) = verify(&evidence, &policy()) {
            prop_assert!(part == 3 && verdict.pcrs == pcrs());
        }
    }

    #[test]
    fn arbitrary_bytes_never_verify(
        message in prop::collection::vec(any::<u8>(), 0..300),
        signature in prop::collection::vec(any::<u8>(), 0..300),
        area in prop::collection::vec(any::<u8>(), 0..300),
        certificate in prop::collection::vec(any::<u8>(), 0..300),
        keep in 0usize..160,
    ) {
        let good = Message::good().encode();
        let mut evidence = of_message(&Message::good());
        evidence.message = [&good[..keep.min(good.len())], &message].concat();
        prop_assert!(evidence.message == good || verify(&evidence, &policy()).is_err());
        evidence.signature = QuoteSignature::Structured(signature);
        evidence.key.public_area = Some(area);
        evidence.key.certificates = vec![certificate];
        prop_assert!(verify(&evidence, &policy()).is_err());
    }
}
