//! One good set of evidence under a development root, to be broken in one place by each test: Intel's here, and that
//! of the others in a module for each.
#![allow(dead_code, reason = "every test file uses another part of it")]

pub mod azure;
pub mod cca;
pub mod nitro;
pub mod nvidia;
pub mod recorded;
pub mod snp;
pub mod tpm;

use adyton_attestation::{
    CheckedCollateral, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict, TcbStatus, TcbStatusSet, verify_collateral,
    verify_tdx,
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Issued, Plan, Role};
use std::sync::LazyLock;

/// The time of every verification: a day after the collateral's date.
pub const NOW: u64 = ISSUED_AT + 24 * 60 * 60;
pub const ISSUED_AT: u64 = 1_790_000_000;
pub const REPORT_DATA: [u8; 64] = [0x5A; 64];

/// Where the fields of a quote begin.
pub mod at {
    pub const HEADER_RESERVED: usize = 8;
    pub const VENDOR: usize = 12;
    pub const BODY: usize = 48;
    pub const MR_TD: usize = BODY + 136;
    pub const REPORT_DATA: usize = BODY + 520;
    pub const SIGNATURE_LENGTH: usize = 632;
    pub const SIGNATURE: usize = 636;
    pub const ATTESTATION_KEY: usize = 700;
    pub const CERTIFICATION_LENGTH: usize = 766;
    pub const QE_REPORT: usize = 770;
    pub const QE_SIGNATURE: usize = 1154;
    pub const AUTHENTICATION_LENGTH: usize = 1218;
    pub const CHAIN_LENGTH: usize = 1254;
    pub const CHAIN: usize = 1258;
}

pub fn development() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([0x11; 32])
}

pub fn root() -> IntelRoot {
    static ROOT: LazyLock<IntelRoot> = LazyLock::new(|| development().root());
    *ROOT
}

pub fn worker() -> Role {
    Role::new("worker").unwrap()
}

pub fn plan() -> Plan {
    development().plan(&worker(), REPORT_DATA, ISSUED_AT)
}

/// The good plan with one change.
pub fn changed(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = plan();
    change(&mut plan);
    plan
}

pub fn policy() -> IntelPolicy {
    IntelPolicy::strict(EVALUATION_NUMBER)
}

/// Accepts every status that can be accepted at all.
pub fn any_status() -> IntelPolicy {
    policy().with_statuses(TcbStatusSet::from_iter(TcbStatus::ALL))
}

pub fn checked() -> CheckedCollateral {
    static CHECKED: LazyLock<CheckedCollateral> =
        LazyLock::new(|| verify_collateral(&plan().issue().collateral, &root(), NOW).unwrap());
    CHECKED.clone()
}

pub fn verify(issued: &Issued, policy: &IntelPolicy) -> Result<IntelVerdict, IntelRefusal> {
    let collateral = verify_collateral(&issued.collateral, &root(), NOW)?;
    verify_tdx(&issued.quote, &collateral, &root(), policy, NOW)
}

/// Why everything that the changed plan issues is refused under a strict policy.
pub fn refusal(change: impl FnOnce(&mut Plan)) -> IntelRefusal {
    verify(&changed(change).issue(), &policy()).unwrap_err()
}

/// Why the changed plan's quote is refused, with good collateral.
pub fn quote_refusal(change: impl FnOnce(&mut Plan)) -> IntelRefusal {
    quote_bytes_refusal(&changed(change).issue().quote)
}

/// Why a quote is refused, with good collateral.
pub fn quote_bytes_refusal(quote: &[u8]) -> IntelRefusal {
    verify_tdx(quote, &checked(), &root(), &policy(), NOW).unwrap_err()
}

/// Why the changed plan's collateral is refused.
pub fn collateral_refusal(change: impl FnOnce(&mut Plan)) -> IntelRefusal {
    verify_collateral(&changed(change).issue().collateral, &root(), NOW).unwrap_err()
}

/// The good quote with some bytes replaced.
pub fn patched(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut quote = plan().issue().quote;
    quote[offset..offset + bytes.len()].copy_from_slice(bytes);
    quote
}

/// The order of P-256.
pub const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The other value of s with which the same signature verifies.
pub fn order_minus(value: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(ORDER[index]) - i16::from(value[index]) - borrow;
        borrow = i16::from(difference < 0);
        out[index] = difference.rem_euclid(256) as u8;
    }
    out
}
