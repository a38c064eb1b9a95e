//! The content of a document, cut into named fields. Nothing here is trusted yet.

use alloc::vec::Vec;

use super::{NitroField, NitroRefusal};
use crate::{
    Excerpt,
    cbor::{Cbor, Key, Map},
    cose::{Algorithm, CoseFault, Sign1, Tagging},
};

/// The longest document that is read: AWS's bound on the content, and the message around it. Real ones have 4 to
/// 5 KiB.
pub const MAX_DOCUMENT_BYTES: usize = MAX_CONTENT_BYTES + 128;
/// The most certificates in a bundle; real ones have four.
pub const MAX_BUNDLE: usize = 8;
/// The longest certificate, which is AWS's bound.
pub const MAX_CERTIFICATE_BYTES: usize = 1024;

const MAX_CONTENT_BYTES: usize = 16 * 1024;
const MAX_MODULE_ID_BYTES: usize = 128;
const REGISTERS: usize = 32;
/// Beyond what a document may have, so that each bound has a refusal of its own.
const MOST_ENTRIES: usize = 64;

/// A document in its one accepted form.
pub(super) struct Document<'a> {
    pub(super) message: Sign1<'a>,
    pub(super) module_id: &'a str,
    /// Unix milliseconds.
    pub(super) timestamp_ms: u64,
    /// By index; at least 0, 1 and 2 are there.
    pub(super) pcrs: [Option<&'a [u8; 48]>; REGISTERS],
    pub(super) certificate: &'a [u8],
    /// From the root down.
    pub(super) bundle: Vec<&'a [u8]>,
    pub(super) public_key: Option<&'a [u8]>,
    pub(super) user_data: Option<&'a [u8]>,
    pub(super) nonce: Option<&'a [u8]>,
}

impl<'a> Document<'a> {
    /// Parses a document. AWS encodes it without a tag and allows one.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, NitroRefusal> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            let found = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            return Err(NitroRefusal::TooLarge { found, most: MAX_DOCUMENT_BYTES as u32 });
        }
        let message = Sign1::parse(bytes, Tagging::Optional)?;
        if message.algorithm != Algorithm::Es384 {
            return Err(CoseFault::Algorithm(message.algorithm.number()).into());
        }
        // Some of AWS's encoders open this one map without telling its length.
        let content = Cbor::whole(message.payload, |cbor| cbor.map_of_any_length(MOST_ENTRIES))?;
        Self::of_content(message, content)
    }

    fn of_content(message: Sign1<'a>, mut content: Map<'a>) -> Result<Self, NitroRefusal> {
        let module_id = module_id(required(&mut content, NitroField::ModuleId)?.text()?)?;
        let digest = required(&mut content, NitroField::Digest)?.text()?;
        if digest != "SHA384" {
            return Err(NitroRefusal::Digest(Excerpt::of(digest)));
        }
        let timestamp_ms = required(&mut content, NitroField::Timestamp)?.unsigned()?;
        if timestamp_ms == 0 {
            return Err(NitroRefusal::Timestamp);
        }
        let pcrs = pcrs(required(&mut content, NitroField::Pcrs)?)?;
        let certificate = required(&mut content, NitroField::Certificate)?.bytes()?;
        require_length(NitroField::Certificate, certificate, 1, MAX_CERTIFICATE_BYTES)?;
        let bundle = bundle(required(&mut content, NitroField::Cabundle)?)?;
        let public_key = optional(&mut content, NitroField::PublicKey, 1, 1024)?;
        let user_data = optional(&mut content, NitroField::UserData, 0, 512)?;
        let nonce = optional(&mut content, NitroField::Nonce, 0, 512)?;
        if let Some(field) = content.key() {
            return Err(NitroRefusal::UnknownField(field.excerpt()));
        }
        Ok(Self { message, module_id, timestamp_ms, pcrs, certificate, bundle, public_key, user_data, nonce })
    }

    /// The document's time in whole seconds.
    pub(super) fn timestamp(&self) -> u64 {
        self.timestamp_ms / 1000
    }
}

/// The value of `field`. AWS writes null for what is not there.
fn present<'a>(content: &mut Map<'a>, field: NitroField) -> Option<Cbor<'a>> {
    content.take(Key::Text(field.name())).filter(|value| !value.is_null())
}

fn required<'a>(content: &mut Map<'a>, field: NitroField) -> Result<Cbor<'a>, NitroRefusal> {
    present(content, field).ok_or(NitroRefusal::MissingField(field))
}

/// A byte string that need not be there.
fn optional<'a>(
    content: &mut Map<'a>,
    field: NitroField,
    least: usize,
    most: usize,
) -> Result<Option<&'a [u8]>, NitroRefusal> {
    let Some(mut value) = present(content, field) else { return Ok(None) };
    let bytes = value.bytes()?;
    require_length(field, bytes, least, most)?;
    Ok(Some(bytes))
}

fn require_length(field: NitroField, bytes: &[u8], least: usize, most: usize) -> Result<(), NitroRefusal> {
    if (least..=most).contains(&bytes.len()) {
        return Ok(());
    }
    let [found, least, most] = [bytes.len(), least, most].map(|length| u32::try_from(length).unwrap_or(u32::MAX));
    Err(NitroRefusal::FieldLength { field, found, least, most })
}

fn module_id(text: &str) -> Result<&str, NitroRefusal> {
    let fits = (1..=MAX_MODULE_ID_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text) } else { Err(NitroRefusal::ModuleId) }
}

fn pcrs(mut value: Cbor<'_>) -> Result<[Option<&[u8; 48]>; REGISTERS], NitroRefusal> {
    let entries = value.map(MOST_ENTRIES)?.into_entries();
    if !(1..=REGISTERS).contains(&entries.len()) {
        return Err(NitroRefusal::PcrCount(u8::try_from(entries.len()).unwrap_or(u8::MAX)));
    }
    let mut pcrs = [None; REGISTERS];
    for (key, mut value) in entries {
        let Key::Integer(number) = key else { return Err(crate::cbor::CborFault::WrongType.into()) };
        let position = usize::try_from(number).map_err(|_| NitroRefusal::PcrIndex(number))?;
        let register = pcrs.get_mut(position).ok_or(NitroRefusal::PcrIndex(number))?;
        let bytes = value.bytes()?;
        *register = Some(bytes.try_into().map_err(|_| NitroRefusal::PcrLength {
            index: position as u8,
            found: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        })?);
    }
    for index in 0..=2 {
        if pcrs.get(usize::from(index)).is_none_or(Option::is_none) {
            return Err(NitroRefusal::PcrMissing(index));
        }
    }
    Ok(pcrs)
}

fn bundle(mut value: Cbor<'_>) -> Result<Vec<&[u8]>, NitroRefusal> {
    let count = value.array(MOST_ENTRIES)?;
    if !(1..=MAX_BUNDLE).contains(&count) {
        return Err(NitroRefusal::BundleLength(u8::try_from(count).unwrap_or(u8::MAX)));
    }
    let mut bundle = Vec::with_capacity(count);
    for _ in 0..count {
        let certificate = value.bytes()?;
        require_length(NitroField::Cabundle, certificate, 1, MAX_CERTIFICATE_BYTES)?;
        bundle.push(certificate);
    }
    Ok(bundle)
}
