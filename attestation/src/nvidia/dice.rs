//! What a device's certificate says about the firmware that holds its key, in one of two extensions.
//! Source: TCG, Device Identifier Composition Engine (DICE): "Hardware Requirements" for the composite device
//! identifier of Hopper and its switches, "DICE Attestation Architecture" §6.1.1 for the TCB information of Blackwell.

use der::{Tag, TagNumber, asn1::ObjectIdentifier};

use super::NvidiaRefusal;
use crate::x509::{
    asn1::{Fields, NotDer},
    certificate::Certificate,
};

const COMPOSITE_DEVICE_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.5.4.1");
const TCB_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.5.4.1.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

/// Bits of the operational flags, the first bit of the string being the highest here.
const NOT_SECURE: u32 = 1 << 30;
const RECOVERY: u32 = 1 << 29;
const DEBUG: u32 = 1 << 28;

/// What one of the extensions says.
#[derive(Debug)]
pub(super) struct Firmware {
    /// SHA-384 of the firmware.
    pub(super) id: [u8; 48],
    /// The operational flags, where there are any.
    pub(super) flags: u32,
}

impl Firmware {
    /// Reads the one extension of `leaf`, whose key the firmware holds; `issuer` holds the device's own key.
    pub(super) fn of(leaf: &Certificate<'_>, issuer: &Certificate<'_>) -> Result<Self, NvidiaRefusal> {
        match (leaf.extension(COMPOSITE_DEVICE_ID), leaf.extension(TCB_INFO)) {
            (Some(value), None) => {
                let (key, id) = composite_device_id(value).map_err(|_| NvidiaRefusal::FirmwareIdEncoding)?;
                if key != issuer.public_key.as_bytes() {
                    return Err(NvidiaRefusal::DeviceKey);
                }
                Ok(Self { id, flags: 0 })
            }
            (None, Some(value)) => tcb_info(value).map_err(|_| NvidiaRefusal::FirmwareIdEncoding),
            (Some(_), Some(_)) | (None, None) => Err(NvidiaRefusal::FirmwareIdEncoding),
        }
    }

    /// Requires that the flags tell of no debug, recovery or insecure state.
    pub(super) fn require_secure(&self) -> Result<(), NvidiaRefusal> {
        match self.flags & (NOT_SECURE | RECOVERY | DEBUG) {
            0 => Ok(()),
            found => Err(NvidiaRefusal::Debug(found)),
        }
    }
}

/// The device's own key, as the octets after the mark of an uncompressed point, and the firmware's digest.
fn composite_device_id(value: &[u8]) -> Result<(&[u8], [u8; 48]), NotDer> {
    let mut fields = Fields::of_sequence(value)?;
    if fields.small_integer()? != 1 {
        return Err(NotDer);
    }
    let mut key = fields.sequence()?;
    let _algorithm = key.sequence()?;
    let point = key.next(Tag::BitString)?;
    key.finish()?;
    let id = firmware_id(fields.sequence()?)?;
    fields.finish()?;
    match point {
        [0, 4, coordinates @ ..] => Ok((coordinates, id)),
        _ => Err(NotDer),
    }
}

fn tcb_info(value: &[u8]) -> Result<Firmware, NotDer> {
    let mut fields = Fields::of_sequence(value)?;
    for number in [TagNumber::N0, TagNumber::N1, TagNumber::N2, TagNumber::N3, TagNumber::N4, TagNumber::N5] {
        // Vendor, model, version, security version, layer, index.
        fields.optional(Tag::ContextSpecific { constructed: false, number })?;
    }
    let mut firmware = Fields::new(fields.next(Tag::ContextSpecific { constructed: true, number: TagNumber::N6 })?)?;
    // The first one is the firmware's that holds the key; others are of what it loaded.
    let id = firmware_id(firmware.sequence()?)?;
    while !firmware.is_empty() {
        firmware_id(firmware.sequence()?)?;
    }
    let flags = fields.optional(Tag::ContextSpecific { constructed: false, number: TagNumber::N7 })?;
    for number in [TagNumber::N8, TagNumber::N9] {
        // Vendor's own information, type.
        fields.optional(Tag::ContextSpecific { constructed: false, number })?;
    }
    fields.finish()?;
    Ok(Firmware { id, flags: flags.map_or(Ok(0), operational_flags)? })
}

fn operational_flags(bit_string: &[u8]) -> Result<u32, NotDer> {
    let [0..=7, octets @ ..] = bit_string else { return Err(NotDer) };
    if octets.len() > 4 {
        return Err(NotDer);
    }
    let mut flags = [0; 4];
    flags.iter_mut().zip(octets).for_each(|(flag, octet)| *flag = *octet);
    Ok(u32::from_be_bytes(flags))
}

fn firmware_id(mut fields: Fields<'_>) -> Result<[u8; 48], NotDer> {
    if fields.oid()? != SHA384 {
        return Err(NotDer);
    }
    let digest = fields.next(Tag::OctetString)?;
    fields.finish()?;
    digest.try_into().map_err(|_| NotDer)
}
