//! The report as the firmware writes it (AMD 56860 §7.3, `ATTESTATION_REPORT`): fixed offsets, little-endian.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    flags::{GuestPolicy, PlatformInfo},
    product::SnpCpu,
    refusal::SnpRefusal,
};

/// The length of every report.
pub const MAX_SNP_REPORT_BYTES: usize = 1184;
/// How much of it is signed.
pub(super) const SIGNED_BYTES: usize = 0x2a0;

/// Bits of the guest policy that have a meaning, or must be one.
const KNOWN_POLICY: u64 = 0x03ff_ffff;
/// The bit of the guest policy that must be one.
const POLICY_ONE: u64 = 1 << 17;
/// Bits of the platform's setup that have been seen or have a meaning.
const KNOWN_PLATFORM: u64 = 0xff;

/// What kind of key signs a report.
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
pub enum SnpKey {
    /// The chip's own, for one set of versions.
    #[codec(index = 0)]
    Vcek,
    /// A cloud provider's, for one set of versions, shared by its chips.
    #[codec(index = 1)]
    Vlek,
}

impl SnpKey {
    /// The common name of its certificates.
    pub(super) const fn subject(self) -> &'static str {
        match self {
            Self::Vcek => "SEV-VCEK",
            Self::Vlek => "SEV-VLEK",
        }
    }
}

impl core::fmt::Display for SnpKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Vcek => "vcek",
            Self::Vlek => "vlek",
        })
    }
}

/// A parsed report, borrowed. Firmware versions stay bytes, because their order is the product line's.
pub(super) struct Report<'a> {
    pub(super) version: u32,
    pub(super) guest_svn: u32,
    /// The firmware interface that the guest requires at least: major, minor.
    pub(super) guest_abi: [u8; 2],
    pub(super) guest_policy: GuestPolicy,
    pub(super) family_id: &'a [u8; 16],
    pub(super) image_id: &'a [u8; 16],
    pub(super) vmpl: u8,
    pub(super) platform_info: PlatformInfo,
    pub(super) key: SnpKey,
    pub(super) author_key_enabled: bool,
    pub(super) report_data: &'a [u8; 64],
    pub(super) measurement: &'a [u8; 48],
    pub(super) host_data: &'a [u8; 32],
    pub(super) id_key_digest: &'a [u8; 48],
    pub(super) author_key_digest: &'a [u8; 48],
    pub(super) report_id: &'a [u8; 32],
    pub(super) report_id_ma: &'a [u8; 32],
    /// The processor; version 2 does not name it.
    pub(super) cpu: Option<SnpCpu>,
    pub(super) chip_id: &'a [u8; 64],
    pub(super) tcbs: RawTcbs,
    /// The launched and the current firmware's mitigations; only version 5 has them.
    pub(super) mitigations: Option<[u64; 2]>,
    /// What the signature is over.
    pub(super) signed: &'a [u8],
    /// r ‖ s, big-endian.
    pub(super) signature: [u8; 96],
}

/// The offsets of the four sets of versions, and what stands there.
#[derive(Clone, Copy)]
pub(super) struct RawTcbs {
    pub(super) reported: [u8; 8],
    pub(super) committed: [u8; 8],
    pub(super) current: [u8; 8],
    pub(super) launch: [u8; 8],
}

impl<'a> Report<'a> {
    /// Reads a report of version 2, 3 or 5. Some clouds' firmware has written version 4, which no published edition of
    /// AMD's specification defines: what its fields mean is not known, so it is refused.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, SnpRefusal> {
        let wrong_length = || SnpRefusal::Length(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let bytes: &[u8; MAX_SNP_REPORT_BYTES] = bytes.try_into().map_err(|_| wrong_length())?;
        let version = u32_at(bytes, 0);
        let (has_cpu, has_mitigations) = match version {
            2 => (false, false),
            3 => (true, false),
            5 => (true, true),
            other => return Err(SnpRefusal::Version(other)),
        };
        require_zero(bytes, 0x4c, 0x50)?;
        require_zero(bytes, if has_cpu { 0x18b } else { 0x188 }, 0x1a0)?;
        require_zero(bytes, 0x1eb, 0x1ec)?;
        require_zero(bytes, 0x1ef, 0x1f0)?;
        require_zero(bytes, if has_mitigations { 0x208 } else { 0x1f8 }, SIGNED_BYTES)?;
        let (guest_abi, guest_policy) = guest_policy(u64_at(bytes, 0x08))?;
        let (key, author_key_enabled) = key_info(u32_at(bytes, 0x48))?;
        Ok(Self {
            version,
            guest_svn: u32_at(bytes, 0x04),
            guest_abi,
            guest_policy,
            family_id: at(bytes, 0x10),
            image_id: at(bytes, 0x20),
            vmpl: vmpl(u32_at(bytes, 0x30))?,
            platform_info: platform_info(u64_at(bytes, 0x40))?,
            key,
            author_key_enabled,
            report_data: at(bytes, 0x50),
            measurement: at(bytes, 0x90),
            host_data: at(bytes, 0xc0),
            id_key_digest: at(bytes, 0xe0),
            author_key_digest: at(bytes, 0x110),
            report_id: at(bytes, 0x140),
            report_id_ma: at(bytes, 0x160),
            cpu: has_cpu.then(|| {
                let [family, model, stepping] = *at(bytes, 0x188);
                SnpCpu { family, model, stepping }
            }),
            chip_id: at(bytes, 0x1a0),
            tcbs: RawTcbs {
                current: *at(bytes, 0x38),
                reported: *at(bytes, 0x180),
                committed: *at(bytes, 0x1e0),
                launch: *at(bytes, 0x1f0),
            },
            mitigations: has_mitigations.then(|| [u64_at(bytes, 0x1f8), u64_at(bytes, 0x200)]),
            signature: signature(bytes)?,
            signed: bytes.split_at(SIGNED_BYTES).0,
        })
    }

    /// The version of the firmware that runs and of the one that is committed: major, minor, build.
    pub(super) fn firmware(&self) -> ([u8; 3], [u8; 3]) {
        let version = |offset: usize| match self.signed.get(offset..).and_then(|rest| rest.first_chunk()) {
            Some([build, minor, major]) => [*major, *minor, *build],
            None => [0; 3],
        };
        (version(0x1e8), version(0x1ec))
    }
}

fn at<const N: usize>(bytes: &[u8; MAX_SNP_REPORT_BYTES], offset: usize) -> &[u8; N] {
    bytes.get(offset..).and_then(|rest| rest.first_chunk()).expect("every offset above is inside a report")
}

fn u32_at(bytes: &[u8; MAX_SNP_REPORT_BYTES], offset: usize) -> u32 {
    u32::from_le_bytes(*at(bytes, offset))
}

fn u64_at(bytes: &[u8; MAX_SNP_REPORT_BYTES], offset: usize) -> u64 {
    u64::from_le_bytes(*at(bytes, offset))
}

fn require_zero(bytes: &[u8; MAX_SNP_REPORT_BYTES], from: usize, to: usize) -> Result<(), SnpRefusal> {
    let set = (from..to).zip(bytes.iter().skip(from)).find(|(_, byte)| **byte != 0);
    set.map_or(Ok(()), |(offset, _)| Err(SnpRefusal::ReservedByte(offset as u16)))
}

fn guest_policy(field: u64) -> Result<([u8; 2], GuestPolicy), SnpRefusal> {
    if field & !KNOWN_POLICY != 0 || field & POLICY_ONE == 0 {
        return Err(SnpRefusal::GuestPolicyReserved(field));
    }
    let [minor, major, ..] = field.to_le_bytes();
    Ok(([major, minor], GuestPolicy(field & !POLICY_ONE & !0xffff)))
}

fn platform_info(field: u64) -> Result<PlatformInfo, SnpRefusal> {
    if field & !KNOWN_PLATFORM != 0 { Err(SnpRefusal::PlatformInfoReserved(field)) } else { Ok(PlatformInfo(field)) }
}

/// Four levels of privilege. A report that the host asked for has all bits set.
fn vmpl(field: u32) -> Result<u8, SnpRefusal> {
    match field {
        0..=3 => Ok(field as u8),
        _ => Err(SnpRefusal::VmplRange(field)),
    }
}

/// Which key signs, and whether an author's key is named.
fn key_info(field: u32) -> Result<(SnpKey, bool), SnpRefusal> {
    if field & !0x1f != 0 {
        return Err(SnpRefusal::ReservedByte(0x48));
    }
    let key = match field >> 2 {
        0 => SnpKey::Vcek,
        1 => SnpKey::Vlek,
        other => return Err(SnpRefusal::SigningKey(other as u8)),
    };
    if field & 0b10 != 0 {
        return Err(SnpRefusal::MaskedChipKey);
    }
    Ok((key, field & 1 != 0))
}

/// r and s, each little-endian in 72 bytes of which 48 are used, then nothing.
fn signature(bytes: &[u8; MAX_SNP_REPORT_BYTES]) -> Result<[u8; 96], SnpRefusal> {
    const R: usize = SIGNED_BYTES;
    const S: usize = R + 72;
    const END: usize = S + 72;
    let algorithm = u32_at(bytes, 0x34);
    if algorithm != 1 {
        return Err(SnpRefusal::SignatureAlgorithm(algorithm));
    }
    for (from, to) in [(R + 48, S), (S + 48, END), (END, bytes.len())] {
        require_zero(bytes, from, to).map_err(|_| SnpRefusal::SignaturePadding)?;
    }
    let (r, s): (&[u8; 48], &[u8; 48]) = (at(bytes, R), at(bytes, S));
    let mut signature = [0; 96];
    for (out, byte) in signature.iter_mut().zip(r.iter().rev().chain(s.iter().rev())) {
        *out = *byte;
    }
    Ok(signature)
}
