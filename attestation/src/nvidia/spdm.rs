//! The report: an SPDM request for measurements, the response to it, and a signature over both. Nothing here is
//! trusted yet. Source: DMTF DSP0274, version 1.1, `GET_MEASUREMENTS` and `MEASUREMENTS`.

use alloc::vec::Vec;

use super::{NvidiaRefusal, opaque::Opaque};

/// The longest report that is read; real ones have 2 to 4.5 KiB.
pub const MAX_REPORT_BYTES: usize = 16 * 1024;

/// Version 1.1.
const VERSION: u8 = 0x11;
/// `GET_MEASUREMENTS`, with a signature, all of them.
const REQUEST: [u8; 3] = [0xe0, 0x01, 0xff];
/// `MEASUREMENTS`, both parameters reserved.
const RESPONSE: [u8; 3] = [0x60, 0x00, 0x00];
/// The header of a block, the header of the measurement in it, and the measurement.
const BLOCK_BYTES: usize = 4 + 3 + 48;

/// A report in its one accepted form.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// Request and response up to the signature, which is what the device signed.
    pub(super) signed: &'a [u8],
    /// r ‖ s.
    pub(super) signature: &'a [u8; 96],
    /// The nonce of the request, which is the caller's. The one in the response is the device's own.
    pub(super) nonce: &'a [u8; 32],
    /// In the order of their indexes, which begin at one: the first has index 1.
    pub(super) measurements: Vec<&'a [u8; 48]>,
    pub(super) opaque: Opaque<'a>,
}

impl<'a> Report<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, NvidiaRefusal> {
        if bytes.len() > MAX_REPORT_BYTES {
            return Err(NvidiaRefusal::ReportTooLarge { found: u32::try_from(bytes.len()).unwrap_or(u32::MAX) });
        }
        let mut input = Cursor(bytes);
        require_version(&mut input)?;
        let request: [u8; 3] = *input.array()?;
        if request != REQUEST {
            return Err(NvidiaRefusal::SpdmRequest(request));
        }
        let nonce = input.array()?;
        let [slot] = *input.array()?;
        if slot != 0 {
            return Err(NvidiaRefusal::SpdmSlot(slot));
        }
        require_version(&mut input)?;
        let response: [u8; 3] = *input.array()?;
        if response != RESPONSE {
            return Err(NvidiaRefusal::SpdmResponse(response));
        }
        let measurements = measurements(&mut input)?;
        let _device_nonce: &[u8; 32] = input.array()?;
        let length = u16::from_le_bytes(*input.array()?);
        let opaque = input.bytes(usize::from(length))?;
        let signed = bytes.get(..bytes.len().saturating_sub(input.0.len())).ok_or(NvidiaRefusal::ReportLengths)?;
        let signature = input.array()?;
        input.require_padding()?;
        Ok(Self { signed, signature, nonce, measurements, opaque: Opaque::parse(opaque)? })
    }
}

fn require_version(input: &mut Cursor<'_>) -> Result<(), NvidiaRefusal> {
    let [version] = *input.array()?;
    if version == VERSION { Ok(()) } else { Err(NvidiaRefusal::SpdmVersion(version)) }
}

/// The measurement record: as many blocks as it says, of one form, numbered without gaps from one.
fn measurements<'a>(input: &mut Cursor<'a>) -> Result<Vec<&'a [u8; 48]>, NvidiaRefusal> {
    let [count] = *input.array()?;
    let [low, middle, high] = *input.array()?;
    let length = u32::from_le_bytes([low, middle, high, 0]);
    let wanted = usize::from(count) * BLOCK_BYTES;
    if count == 0 || usize::try_from(length) != Ok(wanted) {
        return Err(NvidiaRefusal::MeasurementLengths { count, length });
    }
    let mut record = Cursor(input.bytes(wanted)?);
    (1..=count).map(|wanted| measurement(&mut record, wanted)).collect()
}

fn measurement<'a>(record: &mut Cursor<'a>, wanted: u8) -> Result<&'a [u8; 48], NvidiaRefusal> {
    /// The measurement is laid out as DMTF specifies.
    const DMTF: u8 = 1;
    /// The digest of firmware that can change.
    const MUTABLE_FIRMWARE: u8 = 1;
    let [found, specification] = *record.array()?;
    if found != wanted {
        return Err(NvidiaRefusal::MeasurementIndex { found, wanted });
    }
    if specification != DMTF {
        return Err(NvidiaRefusal::MeasurementSpecification(specification));
    }
    let block_size = u16::from_le_bytes(*record.array()?);
    let [value_type] = *record.array()?;
    let value_size = u16::from_le_bytes(*record.array()?);
    if block_size != 3 + 48 || value_size != 48 {
        return Err(NvidiaRefusal::MeasurementSize { index: wanted, block: block_size, value: value_size });
    }
    if value_type != MUTABLE_FIRMWARE {
        return Err(NvidiaRefusal::MeasurementType(value_type));
    }
    record.array()
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], NvidiaRefusal> {
        let (array, rest) = self.0.split_first_chunk().ok_or(NvidiaRefusal::ReportLengths)?;
        self.0 = rest;
        Ok(array)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], NvidiaRefusal> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(NvidiaRefusal::ReportLengths)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Nothing, or the zeros with which some drivers fill their buffer.
    fn require_padding(self) -> Result<(), NvidiaRefusal> {
        if self.0.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(NvidiaRefusal::ReportLengths) }
    }
}
