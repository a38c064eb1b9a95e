//! What an enclave is allowed to be. Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume
//! 3D, tables "Layout of ATTRIBUTES" and "Bit vector layout of MISCSELECT".

use crate::{IntelPolicy, IntelRefusal, intel::enclave::EnclaveReport};

const INITIALISED: u64 = 1 << 0;
const DEBUG: u64 = 1 << 1;
const MODE_64_BIT: u64 = 1 << 2;
const PROVISIONING_KEY: u64 = 1 << 4;
const CONTROL_FLOW_ENFORCEMENT: u64 = 1 << 6;
const KEY_SEPARATION: u64 = 1 << 7;
const EXIT_NOTIFICATION: u64 = 1 << 10;
/// x87 and SSE, without which no enclave exists.
const MANDATORY_XFRM: u64 = 0b11;

/// Requires an enclave of 64-bit mode that is initialised, cannot be debugged, and has only allowed attributes.
pub(super) fn require_attributes(report: &EnclaveReport<'_>, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
    let flags = report.flags();
    if flags & DEBUG != 0 {
        return Err(IntelRefusal::EnclaveDebug);
    }
    const MANDATORY: u64 = INITIALISED | MODE_64_BIT;
    // None of these lets anybody else look inside.
    let mut allowed = MANDATORY | CONTROL_FLOW_ENFORCEMENT | KEY_SEPARATION | EXIT_NOTIFICATION;
    if policy.allow_provisioning_key {
        allowed |= PROVISIONING_KEY;
    }
    if flags & MANDATORY != MANDATORY || flags & !allowed != 0 {
        return Err(IntelRefusal::EnclaveAttributes { found: flags, wanted: MANDATORY, allowed });
    }
    let misc_select = u32::from_le_bytes(*report.misc_select);
    if misc_select & !policy.allowed_misc_select != 0 {
        return Err(IntelRefusal::MiscSelect { found: misc_select, allowed: policy.allowed_misc_select });
    }
    Ok(())
}

/// Requires that the enclave has the mandatory extended features and only allowed ones.
pub(super) fn require_features(report: &EnclaveReport<'_>, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
    let xfrm = report.features();
    if xfrm & !policy.allowed_xfrm != 0 || xfrm & MANDATORY_XFRM != MANDATORY_XFRM {
        return Err(IntelRefusal::Xfrm { found: xfrm, allowed: policy.allowed_xfrm });
    }
    Ok(())
}
