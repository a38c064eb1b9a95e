//! What a trust domain is allowed to be. Source: Intel TDX module ABI, `TD_ATTRIBUTES` and `XFAM`.

use super::quote::TdReport;
use crate::{Policy, Refusal, intel::pck::Configuration};

const DEBUG: u64 = 1 << 0;
/// "TD under debug" and its neighbours: any bit here makes the domain untrusted.
const UNTRUSTED: u64 = 0xff;
const LASS: u64 = 1 << 27;
const SEPT_VE_DISABLE: u64 = 1 << 28;
const PKS: u64 = 1 << 30;
const KL: u64 = 1 << 31;
/// x87 and SSE, without which no domain exists.
const MANDATORY_XFAM: u64 = 0b11;

/// Requires that the domain cannot be debugged, profiled or migrated, and has only allowed attributes.
pub(super) fn require_attributes(report: &TdReport<'_>, policy: &Policy) -> Result<(), Refusal> {
    let attributes = u64::from_le_bytes(*report.attributes);
    if attributes & DEBUG != 0 {
        return Err(Refusal::Debug);
    }
    if attributes & UNTRUSTED != 0 {
        return Err(Refusal::UntrustedAttributes);
    }
    if attributes & SEPT_VE_DISABLE == 0 {
        return Err(Refusal::SeptVeEnabled);
    }
    let mut allowed = SEPT_VE_DISABLE;
    for (allow, attribute) in
        [(policy.allow_protection_keys, PKS), (policy.allow_key_locker, KL), (policy.allow_lass, LASS)]
    {
        if allow {
            allowed |= attribute;
        }
    }
    match attributes & !allowed {
        0 => Ok(()),
        others => Err(Refusal::Attributes(others)),
    }
}

/// Requires that the domain has the mandatory extended features and only allowed ones.
pub(super) fn require_features(report: &TdReport<'_>, policy: &Policy) -> Result<(), Refusal> {
    let xfam = u64::from_le_bytes(*report.xfam);
    if xfam & !policy.allowed_xfam != 0 || xfam & MANDATORY_XFAM != MANDATORY_XFAM {
        return Err(Refusal::Xfam(xfam));
    }
    Ok(())
}

/// Requires that the platform is set up as the policy allows.
pub(super) fn require_configuration(configuration: Configuration, policy: &Policy) -> Result<(), Refusal> {
    if configuration.smt && !policy.allow_smt {
        return Err(Refusal::Smt);
    }
    if configuration.dynamic_platform && !policy.allow_dynamic_platform {
        return Err(Refusal::DynamicPlatform);
    }
    if configuration.cached_keys && !policy.allow_cached_keys {
        return Err(Refusal::CachedKeys);
    }
    Ok(())
}
