//! Which security level a platform is at. Source: Intel PCS API v4, "TCB Info model", and Intel's quote
//! verification library for how the levels of parts, and of launch and present, are merged.

use alloc::vec::Vec;

use super::{
    checked::{AdvisoryList, CheckedCollateral, Level, PartLevel},
    enclave::EnclaveReport,
    pck::Platform,
};
use crate::{Advisory, IntelRefusal, Part, TcbStatus};

/// The security versions that a quote's body tells, beside those of the platform's certificate.
#[derive(Clone, Copy)]
pub(crate) enum Versions<'a> {
    /// None: an enclave's platform is known by its certificate.
    Enclave,
    /// Those of the TDX module and its platform.
    Domain {
        /// When the domain was launched.
        launch: &'a [u8; 16],
        /// Now, after an update that the domain survived.
        current: Option<&'a [u8; 16]>,
    },
}

/// A platform's level over all its parts.
pub(crate) struct Tcb {
    pub(crate) status: TcbStatus,
    /// The date of the platform's own level.
    pub(crate) date: u64,
    /// The oldest date of a part's level that is out of date.
    pub(crate) out_of_date: Option<u64>,
    pub(crate) advisories: Vec<Advisory>,
}

/// The levels of platform, TDX module and quoting enclave, merged. Fails if a part has none or is revoked.
pub(crate) fn evaluate(
    platform: &Platform,
    versions: Versions<'_>,
    qe_svn: u16,
    collateral: &CheckedCollateral,
) -> Result<Tcb, IntelRefusal> {
    let enclave = part_level(&collateral.quoting_enclave().levels, qe_svn, Part::QuotingEnclave)?;
    match versions {
        Versions::Enclave => Tcb::at(platform, None, enclave, collateral),
        Versions::Domain { launch, current } => {
            let tcb = Tcb::at(platform, Some(launch), enclave, collateral)?;
            match current {
                None => Ok(tcb),
                Some(current) => Ok(tcb.updated_to(Tcb::at(platform, Some(current), enclave, collateral)?)),
            }
        }
    }
}

impl Tcb {
    /// The level with the TDX versions `tdx`.
    fn at(
        platform: &Platform,
        tdx: Option<&[u8; 16]>,
        enclave: &PartLevel,
        collateral: &CheckedCollateral,
    ) -> Result<Self, IntelRefusal> {
        let level = collateral
            .levels()
            .iter()
            .find(|level| reaches(platform, tdx, level))
            .ok_or(IntelRefusal::NoMatchingLevel(Part::Platform))?;
        let module = match tdx.map_or(0, module_version) {
            0 => None,
            version => {
                let module = collateral.module(version).ok_or(IntelRefusal::UnknownTdxModule(version))?;
                let svn = tdx.and_then(|tdx| tdx.first()).copied().unwrap_or(0);
                Some(part_level(&module.levels, u16::from(svn), Part::TdxModule)?)
            }
        };
        let mut tcb = Self { status: level.status, date: level.date, out_of_date: None, advisories: Vec::new() };
        tcb.add(level.status, level.date, &level.advisories, Part::Platform, collateral)?;
        for (part_level, part) in [(module, Part::TdxModule), (Some(enclave), Part::QuotingEnclave)] {
            if let Some(PartLevel { status, date, advisories, .. }) = part_level {
                tcb.add(*status, *date, advisories, part, collateral)?;
            }
        }
        Ok(tcb)
    }

    /// Merges the level of `part` into this.
    fn add(
        &mut self,
        status: TcbStatus,
        date: u64,
        advisories: &AdvisoryList,
        part: Part,
        collateral: &CheckedCollateral,
    ) -> Result<(), IntelRefusal> {
        if status == TcbStatus::Revoked {
            return Err(IntelRefusal::TcbRevoked(part));
        }
        if part != Part::Platform {
            self.status = self.status.merged_with(status);
        }
        if status.is_out_of_date() {
            self.out_of_date = Some(self.out_of_date.map_or(date, |other| other.min(date)));
        }
        self.advise(advisories.iter().filter_map(|position| collateral.advisory(*position)));
        Ok(())
    }

    fn advise(&mut self, advisories: impl IntoIterator<Item = Advisory>) {
        self.advisories.extend(advisories);
        self.advisories.sort_unstable();
        self.advisories.dedup();
    }

    /// This, a domain's level at its launch, together with its `current` one.
    fn updated_to(mut self, current: Self) -> Self {
        self.status = self.status.updated_to(current.status);
        self.out_of_date = [self.out_of_date, current.out_of_date].into_iter().flatten().min();
        self.advise(current.advisories);
        self
    }
}

/// The version of the TDX module: the second byte of its security versions. Before version 1 it was not told.
pub(crate) fn module_version(tee_tcb_svn: &[u8; 16]) -> u8 {
    let [_, version, ..] = tee_tcb_svn;
    *version
}

/// Whether platform and trust domain are at or above `level`. With a versioned module the first two TDX
/// components are the module's own, which its identity judges.
fn reaches(platform: &Platform, tdx: Option<&[u8; 16]>, level: &Level) -> bool {
    let tdx_reaches = |tdx: &[u8; 16]| {
        let skipped = if module_version(tdx) == 0 { 0 } else { 2 };
        tdx.iter().zip(&level.tdx).skip(skipped).all(|(found, least)| found >= least)
    };
    platform.pce_svn >= level.pce_svn
        && platform.components.iter().zip(&level.sgx).all(|(found, least)| found >= least)
        && tdx.is_none_or(tdx_reaches)
}

fn part_level(levels: &[PartLevel], svn: u16, part: Part) -> Result<&PartLevel, IntelRefusal> {
    levels.iter().find(|level| svn >= level.svn).ok_or(IntelRefusal::NoMatchingLevel(part))
}

/// Requires that the quoting enclave is Intel's and cannot be debugged.
pub(crate) fn require_quoting_enclave(
    report: &EnclaveReport<'_>,
    collateral: &CheckedCollateral,
) -> Result<(), IntelRefusal> {
    const DEBUG: u64 = 0b10;
    let expected = collateral.quoting_enclave();
    if *report.mr_signer != expected.signer {
        return Err(IntelRefusal::QeSigner);
    }
    if report.product != expected.product {
        return Err(IntelRefusal::QeProduct { found: report.product, wanted: expected.product });
    }
    if report.flags() & DEBUG != 0 {
        return Err(IntelRefusal::QeDebug);
    }
    if !masked_equal(report.misc_select, &expected.misc_select_mask, &expected.misc_select)
        || !masked_equal(report.attributes, &expected.attributes_mask, &expected.attributes)
    {
        return Err(IntelRefusal::QeAttributes);
    }
    Ok(())
}

pub(crate) fn masked_equal<const N: usize>(found: &[u8; N], mask: &[u8; N], expected: &[u8; N]) -> bool {
    found.iter().zip(mask).zip(expected).all(|((found, mask), expected)| found & mask == *expected)
}
