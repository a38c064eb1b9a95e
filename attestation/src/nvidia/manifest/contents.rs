//! What a manifest says: for which chip and software, and its measurements.

use alloc::{format, string::String, vec::Vec};
use roxmltree::Node;

use super::{
    Reference, Subject,
    xml::{attribute, elements},
};
use crate::nvidia::{DriverVersion, FirmwareVersion, NvidiaRefusal};

const TAG: &str = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
/// The namespace of the attributes that have digests; the algorithm's own name.
const SHA384: &str = "http://www.w3.org/2001/04/xmlenc#sha384";

/// The most alternatives of a measurement; real manifests have up to four.
const MOST_ALTERNATIVES: usize = 32;
/// The most entries, as reports number measurements in a byte, from one.
const MOST_ENTRIES: usize = 255;

/// The contents in the one form. Nothing here is trusted yet.
pub(super) struct Contents {
    pub(super) chip: String,
    pub(super) subject: Subject,
    /// Those that are active.
    pub(super) references: Vec<Reference>,
}

impl Contents {
    pub(super) fn parse(root: Node<'_, '_>) -> Result<Self, NvidiaRefusal> {
        let children: Vec<_> = elements(root)?.collect();
        let [entity, meta, payload, _signature] = children.as_slice() else { return Err(NvidiaRefusal::ManifestForm) };
        let is_named = root.has_tag_name((TAG, "SoftwareIdentity"))
            && [(entity, "Entity"), (meta, "Meta"), (payload, "Payload")]
                .iter()
                .all(|(element, name)| element.has_tag_name((TAG, *name)));
        // A tag that changes or completes another one says too little alone.
        let is_whole = ["corpus", "patch", "supplemental"].iter().all(|name| attribute(root, name) == Ok("false"));
        if !is_named || !is_whole || entity.has_children() || meta.has_children() {
            return Err(NvidiaRefusal::ManifestForm);
        }
        let chip = attribute(*meta, "product")?;
        if attribute(root, "name")? != chip || chip.len() > 32 {
            return Err(NvidiaRefusal::ManifestForm);
        }
        let version = attribute(*meta, "colloquialVersion")?;
        let driver = DriverVersion::parse(version).map(Subject::Driver);
        let firmware = FirmwareVersion::parse(version).map(Subject::Firmware);
        let subject = driver.or(firmware).ok_or(NvidiaRefusal::ManifestVersionForm)?;
        Ok(Self { chip: String::from(chip), subject, references: references(*payload)? })
    }
}

fn references(payload: Node<'_, '_>) -> Result<Vec<Reference>, NvidiaRefusal> {
    let mut seen = [false; MOST_ENTRIES];
    let mut references = Vec::new();
    for (entry, place) in elements(payload)?.zip(0u16..) {
        let malformed = NvidiaRefusal::ManifestEntry(place);
        let (reference, is_active) = reference(entry).ok_or(malformed)?;
        let was_seen = seen.get_mut(usize::from(reference.index)).ok_or(malformed)?;
        if core::mem::replace(was_seen, true) {
            return Err(NvidiaRefusal::RepeatedManifestEntry(reference.index));
        }
        // Inactive ones say nothing, so they are not kept.
        if is_active {
            references.push(reference);
        }
    }
    if references.is_empty() { Err(NvidiaRefusal::ManifestEmpty) } else { Ok(references) }
}

/// A measurement with its alternatives, and whether it is active. Unknown attributes could change what it means.
fn reference(entry: Node<'_, '_>) -> Option<(Reference, bool)> {
    let get = |name| attribute(entry, name).ok();
    let is_measurement = entry.has_tag_name((TAG, "Resource")) && get("type")? == "Measurement" && get("size")? == "48";
    let is_active = match get("active")? {
        "True" => true,
        "False" => false,
        _ => return None,
    };
    let index = number(get("index")?)?;
    let count = usize::from(number(get("alternatives")?)?);
    get("name")?;
    let attributes = entry.attributes().len();
    if !is_measurement || entry.has_children() || !(1..=MOST_ALTERNATIVES).contains(&count) || attributes != 6 + count {
        return None;
    }
    let digest = |place| {
        let text = entry.attribute((SHA384, format!("Hash{place}").as_str()))?;
        let mut digest = [0; 48];
        hex::decode_to_slice(text, &mut digest).ok()?;
        Some(digest)
    };
    let alternatives = (0..count).map(digest).collect::<Option<Vec<_>>>()?;
    Some((Reference { index, alternatives }, is_active))
}

/// A decimal number without leading zeros.
fn number(text: &str) -> Option<u8> {
    let is_plain = text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}
