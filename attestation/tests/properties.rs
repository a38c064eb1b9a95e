//! Whatever the bytes are, nothing panics, and nothing but the original verifies.

use crate::support::{ISSUED_AT, NOW, checked, plan, policy, root};
use adyton_attestation::{CheckedCollateral, Collateral, IntelRoot, verify_collateral, verify_sgx, verify_tdx};
use adyton_development_root::Form;
use codec::{Decode, Encode};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Quotes of the other forms, each with its endorsements.
static OTHERS: LazyLock<Vec<(Vec<u8>, CheckedCollateral)>> = LazyLock::new(|| {
    [plan().for_enclave(ISSUED_AT), plan().in_version_5(Form::Domain15), plan().in_version_5(Form::Domain15Extended)]
        .map(|plan| {
            let issued = plan.issue();
            (issued.quote, verify_collateral(&issued.collateral, &root(), NOW).unwrap())
        })
        .into()
});

fn accepts(quote: &[u8], checked: &CheckedCollateral) -> bool {
    let (_, _, _, root) = &*GOOD;
    verify_tdx(quote, checked, root, &policy(), NOW).is_ok() || verify_sgx(quote, checked, root, &policy(), NOW).is_ok()
}

static GOOD: LazyLock<(Vec<u8>, Collateral, CheckedCollateral, IntelRoot)> = LazyLock::new(|| {
    let issued = plan().issue();
    (issued.quote, issued.collateral, checked(), root())
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_quote_with_any_byte_changed_never_verifies(index in any::<prop::sample::Index>(), change in 1..=u8::MAX) {
        let (good, _, collateral, root) = &*GOOD;
        let mut quote = good.clone();
        *index.get_mut(&mut quote) ^= change;
        prop_assert!(verify_tdx(&quote, collateral, root, &policy(), NOW).is_err());
    }

    #[test]
    fn a_quote_of_another_form_with_any_byte_changed_never_verifies(
        which in 0usize..3, index in any::<prop::sample::Index>(), change in 1..=u8::MAX,
    ) {
        let (good, checked) = &OTHERS[which];
        prop_assert!(accepts(good, checked));
        let mut quote = good.clone();
        *index.get_mut(&mut quote) ^= change;
        prop_assert!(!accepts(&quote, checked));
    }

    #[test]
    fn arbitrary_bytes_behind_the_beginning_of_a_quote_of_another_form_never_verify(
        which in 0usize..3, rest in prop::collection::vec(any::<u8>(), 0..2000), keep in 0usize..1300,
    ) {
        let (good, checked) = &OTHERS[which];
        prop_assert!(!accepts(&[&good[..keep], &rest].concat(), checked));
        let _ = adyton_attestation::intel::inspect(&[&good[..keep], &rest].concat(), &root());
    }

    #[test]
    fn a_quote_with_a_piece_cut_out_or_repeated_never_verifies(
        start in any::<prop::sample::Index>(), length in 1usize..200, repeat in any::<bool>(),
    ) {
        let (good, _, collateral, root) = &*GOOD;
        let start = start.index(good.len());
        let end = (start + length).min(good.len());
        let quote = if repeat {
            [&good[..end], &good[start..]].concat()
        } else {
            [&good[..start], &good[end..]].concat()
        };
        prop_assert!(verify_tdx(&quote, collateral, root, &policy(), NOW).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_verify(quote in prop::collection::vec(any::<u8>(), 0..2000), keep in 0usize..1300) {
        let (good, _, collateral, root) = &*GOOD;
        prop_assert!(verify_tdx(&quote, collateral, root, &policy(), NOW).is_err());
        let quote = [&good[..keep], &quote].concat();
        prop_assert!(verify_tdx(&quote, collateral, root, &policy(), NOW).is_err());
    }

    #[test]
    fn collateral_with_any_byte_changed_never_verifies(index in any::<prop::sample::Index>(), change in 1..=u8::MAX) {
        let (_, good, _, root) = &*GOOD;
        let mut encoded = good.encode();
        *index.get_mut(&mut encoded) ^= change;
        if let Ok(collateral) = Collateral::decode(&mut encoded.as_slice()) {
            prop_assert!(verify_collateral(&collateral, root, NOW).is_err());
        }
    }

    #[test]
    fn reading_a_collateral_file_never_panics(text in ".{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Collateral::from_json(text.as_bytes());
        let _ = Collateral::from_json(&bytes);
        let _ = IntelRoot::from_certificate(&bytes);
    }

    #[test]
    fn decoding_checked_collateral_from_any_bytes_never_panics_and_neither_does_using_it(
        index in any::<prop::sample::Index>(), change in 1..=u8::MAX,
    ) {
        let (quote, _, checked, root) = &*GOOD;
        let mut encoded = checked.encode();
        *index.get_mut(&mut encoded) ^= change;
        if let Ok(checked) = CheckedCollateral::decode(&mut encoded.as_slice()) {
            let _ = verify_tdx(quote, &checked, root, &policy(), NOW);
        }
    }
}
