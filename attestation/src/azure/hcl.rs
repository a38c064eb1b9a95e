//! The report that the paravisor leaves in the virtual TPM: its header, the hardware's report, the runtime data.
//! Nothing here is trusted yet. Little-endian.

use alloc::{boxed::Box, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::refusal::AzureRefusal;

/// The longest report that is read, padding included; real ones have 2600 bytes.
pub const MAX_HCL_REPORT_BYTES: usize = 8 * 1024;

/// The hardware's report: AMD's has this size, Intel's is shorter and padded.
pub(crate) const HARDWARE_REPORT_BYTES: usize = 1184;
const RUNTIME_HEADER_BYTES: u32 = 20;

const MAGIC: [u8; 4] = *b"HCLA";
/// The only request that a machine's owner can make: an attestation of the virtual TPM's keys.
const REQUEST: u32 = 2;
const SHA256: u32 = 1;

/// Which hardware made the report inside.
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
#[serde(rename_all = "kebab-case")]
pub enum HardwareKind {
    /// AMD SEV-SNP: an attestation report, signed by the chip.
    #[codec(index = 0)]
    Snp,
    /// Intel TDX: a `TDREPORT`, which only the same machine can check; the quote made of it is beside it.
    #[codec(index = 1)]
    Tdx,
}

impl core::fmt::Display for HardwareKind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Snp => "sev-snp",
            Self::Tdx => "tdx",
        })
    }
}

/// The paravisor's part of the evidence, in one of the two forms in which it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HclEvidence {
    /// All of it: header, hardware report, runtime data.
    Report(Vec<u8>),
    /// Only the runtime data, with its header. Enough over TDX, where the quote repeats the rest.
    RuntimeData(Vec<u8>),
}

/// The report, cut into fields.
pub(super) struct HclReport<'a> {
    pub(super) kind: HardwareKind,
    /// `None` if the evidence has only the runtime data.
    pub(super) hardware_report: Option<Box<[u8; HARDWARE_REPORT_BYTES]>>,
    /// The runtime data: JSON, as it was hashed.
    pub(super) runtime_data: &'a [u8],
}

impl HclEvidence {
    pub(super) fn parse(&self) -> Result<HclReport<'_>, AzureRefusal> {
        let bytes = match self {
            Self::Report(bytes) | Self::RuntimeData(bytes) => bytes,
        };
        if bytes.len() > MAX_HCL_REPORT_BYTES {
            return Err(AzureRefusal::TooLarge(bytes.len().min(u32::MAX as usize) as u32));
        }
        let mut input = Cursor(bytes);
        let (size, hardware_report) = match self {
            Self::Report(_) => {
                let size = header(&mut input)?;
                let report: &[u8; HARDWARE_REPORT_BYTES] = input.array()?;
                (Some(size), Some(Box::new(*report)))
            }
            Self::RuntimeData(_) => (None, None),
        };
        let (kind, runtime_data) = runtime_data(&mut input)?;
        let found = (bytes.len() - input.0.len()) as u32;
        if let Some(declared) = size.filter(|declared| *declared != found) {
            return Err(AzureRefusal::Size { declared, found });
        }
        // The TPM's storage is larger than the report, and is read as a whole.
        if input.0.iter().any(|byte| *byte != 0) {
            return Err(AzureRefusal::TrailingBytes);
        }
        Ok(HclReport { kind, hardware_report, runtime_data })
    }
}

/// Reads the header; returns the size that it declares.
fn header(input: &mut Cursor<'_>) -> Result<u32, AzureRefusal> {
    let magic = *input.array::<4>()?;
    if magic != MAGIC {
        return Err(AzureRefusal::Magic(magic));
    }
    let version = input.u32()?;
    if !matches!(version, 1 | 2) {
        return Err(AzureRefusal::Version(version));
    }
    let size = input.u32()?;
    let request = input.u32()?;
    if request != REQUEST {
        return Err(AzureRefusal::Request(request));
    }
    let status = input.u32()?;
    if status != 0 {
        return Err(AzureRefusal::Status(status));
    }
    if *input.array::<12>()? != [0; 12] {
        return Err(AzureRefusal::ReservedBytes);
    }
    Ok(size)
}

fn runtime_data<'a>(input: &mut Cursor<'a>) -> Result<(HardwareKind, &'a [u8]), AzureRefusal> {
    let size = input.u32()?;
    let version = input.u32()?;
    if version != 1 {
        return Err(AzureRefusal::RuntimeDataVersion(version));
    }
    let kind = match input.u32()? {
        2 => HardwareKind::Snp,
        4 => HardwareKind::Tdx,
        other => return Err(AzureRefusal::ReportType(other)),
    };
    let hash = input.u32()?;
    if hash != SHA256 {
        return Err(AzureRefusal::HashType(hash));
    }
    let length = input.u32()?;
    let found = length.saturating_add(RUNTIME_HEADER_BYTES);
    if size != found {
        return Err(AzureRefusal::Size { declared: size, found });
    }
    Ok((kind, input.bytes(length)?))
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, length: u32) -> Result<&'a [u8], AzureRefusal> {
        let length = usize::try_from(length).map_err(|_| AzureRefusal::Truncated)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(AzureRefusal::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], AzureRefusal> {
        let (array, rest) = self.0.split_first_chunk().ok_or(AzureRefusal::Truncated)?;
        self.0 = rest;
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, AzureRefusal> {
        self.array().map(|bytes| u32::from_le_bytes(*bytes))
    }
}
