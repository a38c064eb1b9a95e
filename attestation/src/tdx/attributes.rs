//! What a trust domain is allowed to be. Source: Intel TDX module ABI, `TD_ATTRIBUTES` and `XFAM`.

use super::report::TdReport;
use crate::{IntelPolicy, IntelRefusal};

const DEBUG: u64 = 1 << 0;
/// "TD under debug" and its neighbours: any bit here makes the domain untrusted.
const UNTRUSTED: u64 = 0xff;
/// A defence against single-stepping.
const ICSSD: u64 = 1 << 16;
/// The report tells about service domains.
pub(super) const SERVTD_EXT: u64 = 1 << 17;
const LASS: u64 = 1 << 27;
const SEPT_VE_DISABLE: u64 = 1 << 28;
const PKS: u64 = 1 << 30;
const KL: u64 = 1 << 31;
/// x87 and SSE, without which no domain exists.
const MANDATORY_XFAM: u64 = 0b11;

/// Requires that the domain cannot be debugged, profiled or migrated, and has only allowed attributes.
pub(super) fn require_attributes(report: &TdReport<'_>, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
    require_trusted(report)?;
    if takes_exceptions(report) {
        return Err(IntelRefusal::SeptVeEnabled);
    }
    require_only_allowed(report, policy)
}

/// Requires that the domain cannot be debugged or profiled.
pub(super) fn require_trusted(report: &TdReport<'_>) -> Result<(), IntelRefusal> {
    let attributes = u64::from_le_bytes(*report.attributes);
    if attributes & DEBUG != 0 {
        return Err(IntelRefusal::Debug);
    }
    match attributes & UNTRUSTED {
        0 => Ok(()),
        untrusted => Err(IntelRefusal::UntrustedAttributes(untrusted as u8)),
    }
}

/// Whether the host can raise exceptions in the domain by taking memory away (`SEPT_VE_DISABLE` is off).
pub(super) fn takes_exceptions(report: &TdReport<'_>) -> bool {
    u64::from_le_bytes(*report.attributes) & SEPT_VE_DISABLE == 0
}

/// Requires that the domain has no attribute that is not allowed.
pub(super) fn require_only_allowed(report: &TdReport<'_>, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
    let attributes = u64::from_le_bytes(*report.attributes);
    // Only the extended report has the fields that this attribute announces.
    let may_be_served = report.extended.is_some() && !policy.accepted_service_domains.is_empty();
    let mut allowed = SEPT_VE_DISABLE;
    for (allow, attribute) in [
        (policy.allow_single_step_defence, ICSSD),
        (may_be_served, SERVTD_EXT),
        (policy.allow_protection_keys, PKS),
        (policy.allow_key_locker, KL),
        (policy.allow_lass, LASS),
    ] {
        if allow {
            allowed |= attribute;
        }
    }
    match attributes & !allowed {
        0 => Ok(()),
        others => Err(IntelRefusal::Attributes(others)),
    }
}

/// Requires that the domain has the mandatory extended features and only allowed ones.
pub(super) fn require_features(report: &TdReport<'_>, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
    let xfam = u64::from_le_bytes(*report.xfam);
    if xfam & !policy.allowed_xfam != 0 || xfam & MANDATORY_XFAM != MANDATORY_XFAM {
        return Err(IntelRefusal::Xfam { found: xfam, allowed: policy.allowed_xfam });
    }
    Ok(())
}
