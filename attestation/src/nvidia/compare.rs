//! The measurements of a report against those of the manifests.

use super::{
    Architecture, CheckedManifest, ManifestSubject, NvidiaPolicy, NvidiaRefusal, Revocation, device::Device,
    manifest::Subject, opaque::Description, spdm::Report,
};
use crate::x509::Window;

/// The measurement of the video decoder, which a GPU without one does not take.
const VIDEO_DECODER: u8 = 35;

/// What the measurements were compared with.
pub(super) struct Comparison {
    pub(super) driver: Option<[u8; 32]>,
    pub(super) firmware: Option<[u8; 32]>,
    pub(super) revocation: Revocation,
    pub(super) window: Option<Window>,
}

/// Requires that each manifest is for this device and its software, that each active measurement of each is as one
/// of its alternatives says, and that none is missing that `policy` demands.
pub(super) fn compare(
    report: &Report<'_>,
    device: &Device,
    description: &Description,
    manifests: &[CheckedManifest],
    policy: &NvidiaPolicy,
) -> Result<Comparison, NvidiaRefusal> {
    let mut comparison = Comparison { driver: None, firmware: None, revocation: Revocation::Good, window: None };
    let mut covered = [false; 256];
    for manifest in manifests {
        let subject = manifest.kind();
        require_subject(manifest, device, description)?;
        let place = match subject {
            ManifestSubject::Driver => &mut comparison.driver,
            ManifestSubject::Firmware => &mut comparison.firmware,
        };
        if place.replace(manifest.id()).is_some() {
            return Err(NvidiaRefusal::RepeatedManifest(subject));
        }
        for reference in manifest.references() {
            match covered.get_mut(usize::from(reference.index)) {
                Some(is_covered) if !*is_covered => *is_covered = true,
                Some(_) | None => return Err(NvidiaRefusal::ManifestConflict(reference.index)),
            }
            if description.decoder_is_off && reference.index == VIDEO_DECODER {
                continue;
            }
            // Manifests count from zero what reports count from one.
            let found = report.measurements.get(usize::from(reference.index));
            if !found.is_some_and(|found| reference.alternatives.contains(*found)) {
                return Err(NvidiaRefusal::Measurement { subject, index: reference.index });
            }
        }
        comparison.revocation = comparison.revocation.max(manifest.revocation());
        let window = manifest.window();
        comparison.window = Some(comparison.window.map_or(window, |known| known.and(window)));
    }
    require_complete(&comparison, device.architecture, policy)?;
    Ok(comparison)
}

fn require_subject(
    manifest: &CheckedManifest,
    device: &Device,
    description: &Description,
) -> Result<(), NvidiaRefusal> {
    let is_for = |chip: &str| manifest.chip().chars().eq(chip.chars().filter(|character| *character != '_'));
    if !is_for(&device.chip) && !description.chip.as_deref().is_some_and(is_for) {
        return Err(NvidiaRefusal::ManifestChip(manifest.kind()));
    }
    match manifest.subject() {
        Subject::Driver(found) if description.driver != Some(found) => Err(NvidiaRefusal::ManifestDriver { found }),
        Subject::Firmware(found) if description.firmware != found => {
            Err(NvidiaRefusal::ManifestFirmware { found, device: description.firmware })
        }
        Subject::Driver(_) | Subject::Firmware(_) => Ok(()),
    }
}

fn require_complete(
    comparison: &Comparison,
    architecture: Architecture,
    policy: &NvidiaPolicy,
) -> Result<(), NvidiaRefusal> {
    if policy.insecure_allow_missing_manifests {
        return Ok(());
    }
    let has_driver = match architecture {
        Architecture::Hopper | Architecture::Blackwell => true,
        Architecture::NvSwitch => false,
    };
    if has_driver && comparison.driver.is_none() {
        return Err(NvidiaRefusal::MissingManifest(ManifestSubject::Driver));
    }
    if comparison.firmware.is_none() {
        return Err(NvidiaRefusal::MissingManifest(ManifestSubject::Firmware));
    }
    Ok(())
}
