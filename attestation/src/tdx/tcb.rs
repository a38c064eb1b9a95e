//! Which security level a platform is at. Source: Intel PCS API v4, "TCB Info model", and Intel's quote
//! verification library for how the parts' levels are merged.

use alloc::{string::String, vec::Vec};

use super::quote::{EnclaveReport, TdReport};
use crate::{
    CheckedCollateral, Part, Refusal, TcbStatus,
    intel::{
        checked::{AdvisoryList, Level, ModuleIdentity, PartLevel},
        pck::Platform,
    },
};

/// A platform's level over all its parts.
pub(super) struct Tcb {
    pub(super) status: TcbStatus,
    /// The date of the platform's own level.
    pub(super) date: u64,
    pub(super) advisories: Vec<String>,
}

/// Requires that the quoting enclave is Intel's and cannot be debugged.
pub(super) fn require_quoting_enclave(
    report: &EnclaveReport<'_>,
    collateral: &CheckedCollateral,
) -> Result<(), Refusal> {
    const DEBUG: u8 = 0b10;
    let expected = collateral.quoting_enclave();
    if *report.mr_signer != expected.signer {
        return Err(Refusal::QeSigner);
    }
    if report.product != expected.product {
        return Err(Refusal::QeProduct);
    }
    if report.attributes.first().is_none_or(|flags| flags & DEBUG != 0) {
        return Err(Refusal::QeDebug);
    }
    if !masked_equal(report.misc_select, &expected.misc_select_mask, &expected.misc_select)
        || !masked_equal(report.attributes, &expected.attributes_mask, &expected.attributes)
    {
        return Err(Refusal::QeAttributes);
    }
    Ok(())
}

/// Requires that the TDX module is Intel's, of a version that the collateral knows.
pub(super) fn require_module(report: &TdReport<'_>, collateral: &CheckedCollateral) -> Result<(), Refusal> {
    let identity = match module_version(report) {
        0 => collateral.unversioned_module(),
        version => &collateral.module(version).ok_or(Refusal::UnknownTdxModule(version))?.identity,
    };
    let ModuleIdentity { signer, attributes, attributes_mask } = identity;
    if report.mr_signer_seam != signer || !masked_equal(report.seam_attributes, attributes_mask, attributes) {
        return Err(Refusal::TdxModuleIdentity);
    }
    Ok(())
}

/// The levels of platform, TDX module and quoting enclave, merged. Fails if a part has none or is revoked.
pub(super) fn evaluate(
    platform: &Platform,
    report: &TdReport<'_>,
    qe_report: &EnclaveReport<'_>,
    collateral: &CheckedCollateral,
) -> Result<Tcb, Refusal> {
    let level = collateral
        .levels()
        .iter()
        .find(|level| reaches(platform, report, level))
        .ok_or(Refusal::NoMatchingLevel(Part::Platform))?;
    let mut status = not_revoked(level.status, Part::Platform)?;
    let mut advisories = Names::new(collateral);
    advisories.add(&level.advisories);

    let module = match module_version(report) {
        0 => None,
        version => {
            let module = collateral.module(version).ok_or(Refusal::UnknownTdxModule(version))?;
            let [svn, ..] = report.tee_tcb_svn;
            Some(part_level(&module.levels, u16::from(*svn), Part::TdxModule)?)
        }
    };
    let enclave = part_level(&collateral.quoting_enclave().levels, qe_report.svn, Part::QuotingEnclave)?;
    for (part_level, part) in [(module, Part::TdxModule), (Some(enclave), Part::QuotingEnclave)] {
        if let Some(part_level) = part_level {
            status = status.merged_with(not_revoked(part_level.status, part)?);
            advisories.add(&part_level.advisories);
        }
    }
    Ok(Tcb { status, date: level.date, advisories: advisories.sorted() })
}

/// The version of the TDX module: the second byte of its security versions. Before version 1 it was not told.
fn module_version(report: &TdReport<'_>) -> u8 {
    let [_, version, ..] = report.tee_tcb_svn;
    *version
}

/// Whether platform and trust domain are at or above `level`. With a versioned module the first two TDX
/// components are the module's own, which its identity judges.
fn reaches(platform: &Platform, report: &TdReport<'_>, level: &Level) -> bool {
    let skipped = if module_version(report) == 0 { 0 } else { 2 };
    platform.pce_svn >= level.pce_svn
        && platform.components.iter().zip(&level.sgx).all(|(found, least)| found >= least)
        && report.tee_tcb_svn.iter().zip(&level.tdx).skip(skipped).all(|(found, least)| found >= least)
}

fn part_level(levels: &[PartLevel], svn: u16, part: Part) -> Result<&PartLevel, Refusal> {
    levels.iter().find(|level| svn >= level.svn).ok_or(Refusal::NoMatchingLevel(part))
}

fn not_revoked(status: TcbStatus, part: Part) -> Result<TcbStatus, Refusal> {
    match status {
        TcbStatus::Revoked => Err(Refusal::TcbRevoked(part)),
        TcbStatus::UpToDate
        | TcbStatus::SwHardeningNeeded
        | TcbStatus::ConfigurationNeeded
        | TcbStatus::ConfigurationAndSwHardeningNeeded
        | TcbStatus::OutOfDate
        | TcbStatus::OutOfDateConfigurationNeeded => Ok(status),
    }
}

fn masked_equal<const N: usize>(found: &[u8; N], mask: &[u8; N], expected: &[u8; N]) -> bool {
    found.iter().zip(mask).zip(expected).all(|((found, mask), expected)| found & mask == *expected)
}

/// The advisories that apply, by name.
struct Names<'a> {
    collateral: &'a CheckedCollateral,
    names: Vec<String>,
}

impl<'a> Names<'a> {
    fn new(collateral: &'a CheckedCollateral) -> Self {
        Self { collateral, names: Vec::new() }
    }

    fn add(&mut self, positions: &AdvisoryList) {
        self.names.extend(positions.iter().filter_map(|position| self.collateral.advisory_name(*position)));
    }

    fn sorted(mut self) -> Vec<String> {
        self.names.sort_unstable();
        self.names.dedup();
        self.names
    }
}
