//! Which device a chain of certificates is of.

use alloc::string::String;
use der::{Tag, TagNumber, asn1::ObjectIdentifier};

use super::{Architecture, NvidiaRefusal, chain::VerifiedChain, dice::Firmware};
use crate::x509::{
    asn1::{Fields, NotDer, Serial, context_specific},
    certificate::Certificate,
};

const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// DMTF DSP0274, `id-DMTF-device-info`: manufacturer, product and serial number.
const DEVICE_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.412.274.1");

/// What the certificates say about the device.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) architecture: Architecture,
    /// The chip, such as `GH100`.
    pub(super) chip: String,
    /// The chip with its stepping, such as `GH100 A01 GSP BROM`.
    pub(super) model: String,
    /// The serial number of the certificate of the device's own key, which is the same under every firmware.
    pub(super) certificate: Serial,
    /// The serial number of the certificate of the key that signs reports.
    pub(super) ueid: Serial,
    /// The device's serial number.
    pub(super) serial: [u8; 8],
    pub(super) firmware: Firmware,
}

impl Device {
    /// Reads leaf and issuer of a chain that leads to its root.
    pub(super) fn of(chain: &VerifiedChain<'_>) -> Result<Self, NvidiaRefusal> {
        let [leaf, issuer, ..] = chain.certificates.as_slice() else { return Err(NvidiaRefusal::DeviceName) };
        let (name, model) = match (leaf.common_name(), issuer.common_name()) {
            (Ok(name), Ok(model)) => (name, model),
            (Ok(_) | Err(NotDer), Ok(_) | Err(NotDer)) => return Err(NvidiaRefusal::DeviceName),
        };
        let chip = first_word(name);
        let (product, serial) = device_info(leaf).ok_or(NvidiaRefusal::DeviceName)?;
        if chip != first_word(model) || chip != product {
            return Err(NvidiaRefusal::DeviceName);
        }
        Ok(Self {
            architecture: Architecture::of_chip(chip).ok_or(NvidiaRefusal::UnknownChip)?,
            chip: String::from(chip),
            model: String::from(model),
            certificate: issuer.serial,
            ueid: leaf.serial,
            serial,
            firmware: Firmware::of(leaf, issuer)?,
        })
    }
}

fn first_word(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// Product and serial number in the leaf's other name, `NVIDIA:product:serial number`.
fn device_info<'a>(leaf: &Certificate<'a>) -> Option<(&'a str, [u8; 8])> {
    let text = other_name(leaf.extension(SUBJECT_ALTERNATIVE_NAME)?).ok()?;
    let mut parts = text.split(':');
    let (manufacturer, product, digits) = (parts.next()?, parts.next()?, parts.next()?);
    let mut serial = [0; 8];
    hex::decode_to_slice(digits, &mut serial).ok()?;
    (manufacturer == "NVIDIA" && parts.next().is_none()).then_some((product, serial))
}

/// The one name of `GeneralNames` (RFC 5280 §4.2.1.6): an `otherName` of DMTF's kind.
fn other_name(value: &[u8]) -> Result<&str, NotDer> {
    let mut names = Fields::of_sequence(value)?;
    let mut name = Fields::new(names.next(context_specific(TagNumber::N0))?)?;
    names.finish()?;
    if name.oid()? != DEVICE_INFO {
        return Err(NotDer);
    }
    let mut text = Fields::new(name.next(context_specific(TagNumber::N0))?)?;
    name.finish()?;
    let info = text.next(Tag::Utf8String)?;
    text.finish()?;
    core::str::from_utf8(info).map_err(|_| NotDer)
}
