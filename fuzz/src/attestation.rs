//! Evidence and endorsements.

use std::sync::LazyLock;

use adyton_attestation::{CheckedCollateral, Collateral, Policy, Root, verify_collateral, verify_tdx};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role};
use codec::Encode;

use crate::parts;

const NOW: u64 = 1_790_000_000;
const REPORT_DATA: [u8; 64] = [0x5A; 64];

struct Good {
    quote: Vec<u8>,
    collateral: Collateral,
    checked: CheckedCollateral,
    certificate: Vec<u8>,
    root: Root,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let development = DevelopmentRoot::insecure_from_seed([1; 32]);
    let (root, collateral) = (development.root(), development.collateral(NOW));
    let checked = verify_collateral(&collateral, &root, NOW).expect("the development root's own collateral holds");
    let quote = development.device(Role::new("worker").expect("a valid name")).quote(REPORT_DATA);
    Good { quote, collateral, checked, certificate: development.root_certificate(), root }
});

fn accepted(quote: &[u8]) -> bool {
    let good = &*GOOD;
    verify_tdx(quote, &good.checked, &good.root, &Policy::strict(EVALUATION_NUMBER), NOW).is_ok()
}

/// A TDX quote: no verdict for anything but the quote that was issued.
pub fn quote(data: &[u8]) {
    assert_eq!(accepted(data), data == GOOD.quote, "only the issued quote has a verdict");
    // Laid over the good quote, so that a fuzzer gets past the first fields.
    if let Some((position, change)) = data.split_first_chunk::<2>() {
        let mut altered = GOOD.quote.clone();
        let start = usize::from(u16::from_le_bytes(*position)) % altered.len();
        altered.iter_mut().skip(start).zip(change).for_each(|(byte, change)| *byte ^= change);
        assert_eq!(accepted(&altered), altered == GOOD.quote, "only the issued quote has a verdict");
    }
}

/// Seeds of [`quote`].
pub fn quotes() -> Vec<Vec<u8>> {
    vec![GOOD.quote.clone(), vec![0, 0, 1], vec![0xff, 2, 1, 2, 3, 4]]
}

/// A file of collateral, and a certificate as a root.
pub fn collateral(data: &[u8]) {
    if let Ok(read) = Collateral::from_json(data) {
        holds_only_as_issued(&read);
        assert!(verify_collateral(&read, &Root::intel(), NOW).is_err(), "nobody else signs for Intel");
        let again = read.to_json(&GOOD.certificate).ok().map(|text| Collateral::from_json(text.as_bytes()));
        assert!(again.is_none_or(|again| again.as_ref() == Ok(&read)), "what is written reads back");
    }
    let _ = Root::from_certificate(data);
}

/// Seeds of [`collateral`].
pub fn collaterals() -> Vec<Vec<u8>> {
    let text = GOOD.collateral.to_json(&GOOD.certificate).expect("issued documents are text");
    vec![text.into_bytes(), GOOD.certificate.clone()]
}

/// Collateral as it is sent to the chain and to keyholders, and checked collateral as the chain stores it.
pub fn collateral_stored(data: &[u8]) {
    if let Some(read) = parts::canonical::<Collateral>(data) {
        holds_only_as_issued(&read);
    }
    if let Some(checked) = parts::canonical::<CheckedCollateral>(data) {
        // The chain proves it, so it may say anything: nothing panics.
        let _ = verify_tdx(&GOOD.quote, &checked, &GOOD.root, &Policy::strict(EVALUATION_NUMBER), NOW);
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
