//! `TPMS_ATTEST`: the structure that a TPM signs, cut into named fields. Nothing here is trusted yet.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    pcr::PcrSet,
    refusal::TpmRefusal,
    wire::{Cursor, Lengths},
};

/// The longest quote that is read; real ones have 90 to 200 bytes.
pub const MAX_QUOTE_BYTES: usize = 1024;

/// `TPM_GENERATED_VALUE`. A restricted key signs a structure that begins with it only if the TPM itself made the
/// structure; whatever else it signs cannot begin so.
const GENERATED: u32 = 0xff54_4347;
const QUOTE: u16 = 0x8018;
/// `TPMU_NAME`: an algorithm and the longest digest.
const MAX_NAME_BYTES: usize = 2 + 64;
/// `TPM2B_DATA`: the same bound.
const MAX_EXTRA_DATA_BYTES: usize = 2 + 64;
/// More banks than any TPM has.
const MAX_SELECTIONS: u32 = 8;
const MAX_DIGEST_BYTES: usize = 64;

/// When a TPM signed, by its own counters: facts, for a relying party that remembers earlier ones.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct ClockInfo {
    /// Milliseconds that the TPM was powered.
    pub clock: u64,
    /// Resets since the TPM was cleared.
    pub reset_count: u32,
    /// Restarts or resumptions since the last reset.
    pub restart_count: u32,
    /// Whether the clock never showed a greater value.
    pub safe: bool,
}

/// A quote in its one accepted form.
pub(crate) struct Attest<'a> {
    pub(crate) qualified_signer: &'a [u8],
    pub(crate) extra_data: &'a [u8],
    pub(crate) clock: ClockInfo,
    pub(crate) firmware_version: u64,
    pub(crate) selections: Vec<Selection>,
    pub(crate) pcr_digest: &'a [u8],
}

/// Registers of one bank, by the TCG's number for its hash algorithm.
#[derive(Clone, Copy)]
pub(crate) struct Selection {
    pub(crate) bank: u16,
    pub(crate) pcrs: PcrSet,
}

impl<'a> Attest<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, TpmRefusal> {
        if bytes.len() > MAX_QUOTE_BYTES {
            return Err(TpmRefusal::QuoteTooLarge(bytes.len() as u32));
        }
        let mut input = Cursor::new(bytes);
        let magic = input.u32()?;
        if magic != GENERATED {
            return Err(TpmRefusal::Magic(magic));
        }
        let kind = input.u16()?;
        if kind != QUOTE {
            return Err(TpmRefusal::AttestationType(kind));
        }
        let qualified_signer = bounded(input.counted()?, MAX_NAME_BYTES)?;
        let extra_data = bounded(input.counted()?, MAX_EXTRA_DATA_BYTES)?;
        let clock = ClockInfo {
            clock: input.u64()?,
            reset_count: input.u32()?,
            restart_count: input.u32()?,
            safe: match input.u8()? {
                0 => false,
                1 => true,
                other => return Err(TpmRefusal::YesNo(other)),
            },
        };
        let firmware_version = input.u64()?;
        let selections = selections(&mut input)?;
        let pcr_digest = bounded(input.counted()?, MAX_DIGEST_BYTES)?;
        match input.rest() {
            [] => Ok(Self { qualified_signer, extra_data, clock, firmware_version, selections, pcr_digest }),
            rest => Err(TpmRefusal::QuoteTrailingBytes(rest.len() as u16)),
        }
    }
}

fn bounded(bytes: &[u8], most: usize) -> Result<&[u8], TpmRefusal> {
    if bytes.len() > most { Err(TpmRefusal::QuoteLengths) } else { Ok(bytes) }
}

fn selections(input: &mut Cursor<'_>) -> Result<Vec<Selection>, TpmRefusal> {
    let count = input.u32()?;
    if count > MAX_SELECTIONS {
        return Err(TpmRefusal::TooManySelections(count));
    }
    (0..count).map(|_| selection(input)).collect()
}

fn selection(input: &mut Cursor<'_>) -> Result<Selection, TpmRefusal> {
    let bank = input.u16()?;
    let size = input.u8()?;
    // Three bytes are 24 registers, which is all that the profile has.
    if !(1..=3).contains(&size) {
        return Err(TpmRefusal::SelectionSize(size));
    }
    let bits = input
        .bytes(usize::from(size))?
        .iter()
        .enumerate()
        .fold(0, |bits, (position, byte)| bits | u32::from(*byte) << (8 * position));
    Ok(Selection { bank, pcrs: PcrSet::from_bits(bits) })
}

impl From<Lengths> for TpmRefusal {
    fn from(_: Lengths) -> Self {
        Self::QuoteLengths
    }
}
