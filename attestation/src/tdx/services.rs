//! Service domains: other trust domains, such as one that migrates this one, to which a domain is bound and which
//! can therefore see into it. And what else the extended report says about the inside of a domain.

use super::{
    attributes::SERVTD_EXT,
    report::{Current, Extended, TdReport},
};
use crate::{IntelPolicy, IntelRefusal, ServiceDomains};

const NONE: [u8; 48] = [0; 48];

/// Requires that the domain is bound only to service domains that the policy accepts, that its report speaks about
/// the whole domain, and that it trusts no device.
pub(super) fn require_services(report: &TdReport<'_>, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
    let Some(current) = &report.current else { return Ok(()) };
    let require = |hash: &[u8; 48]| {
        let is_accepted = *hash == NONE || policy.accepted_service_domains.iter().any(|accepted| accepted.0 == *hash);
        if is_accepted { Ok(()) } else { Err(IntelRefusal::ServiceDomain) }
    };
    require(current.mr_service_td)?;
    let Some(extended) = &report.extended else { return Ok(()) };
    let agree = if has_service_fields(report) {
        extended.services.initial == current.mr_service_td
    } else {
        extended.services.are_unused()
    };
    if !agree {
        return Err(IntelRefusal::ServiceFields);
    }
    require(extended.services.current)?;
    require_whole(extended)
}

fn require_whole(extended: &Extended<'_>) -> Result<(), IntelRefusal> {
    if extended.virtual_machine != 0 {
        return Err(IntelRefusal::VirtualMachine(extended.virtual_machine));
    }
    if *extended.devices == NONE { Ok(()) } else { Err(IntelRefusal::Devices) }
}

fn has_service_fields(report: &TdReport<'_>) -> bool {
    u64::from_le_bytes(*report.attributes) & SERVTD_EXT != 0
}

/// What goes into the measurement; `None` if the domain is bound to nobody.
pub(super) fn of(report: &TdReport<'_>) -> Option<ServiceDomains> {
    let Current { mr_service_td, .. } = report.current.as_ref()?;
    let later = report.extended.as_ref().filter(|_| has_service_fields(report)).map(|extended| extended.services);
    let services = ServiceDomains {
        launched: **mr_service_td,
        current: later.map_or(**mr_service_td, |later| *later.current),
        current_attributes: later.map_or([0; 8], |later| *later.current_attributes),
    };
    let is_bound = services.launched != NONE || services.current != NONE || services.current_attributes != [0; 8];
    is_bound.then_some(services)
}
