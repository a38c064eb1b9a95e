//! What a device says about itself beside its measurements: numbered fields of a length each, in any order.
//! Source: NVIDIA attestation SDK, the opaque data of GPUs and switches.

use alloc::{string::String, vec::Vec};

use super::{
    Architecture, NvidiaRefusal, PassthroughMode,
    version::{DriverVersion, FirmwareVersion},
};

const DRIVER_VERSION: u16 = 3;
const FIRMWARE_VERSION: u16 = 6;
const TAMPER_DETECTION: u16 = 8;
const NVDEC0_STATUS: u16 = 11;
const CHIP_SKU: u16 = 15;
const PROJECT: u16 = 17;
const PROJECT_SKU: u16 = 18;
const FIRMWARE_ID: u16 = 20;
const PROTECTED_PCIE: u16 = 21;
/// Of a switch its own identifier; of a GPU the identifiers of the switches that it is connected to.
const DEVICE_IDENTIFIERS: u16 = 22;
/// Of a switch: the identifiers of the GPUs that it is connected to, then the ports.
const GPU_IDENTIFIERS: u16 = 26;
const OPAQUE_VERSION: u16 = 34;
const CHIP_NAME: u16 = 35;
const FEATURE_FLAG: u16 = 36;

/// The last field that is known of a switch.
const LAST_OF_SWITCH: u16 = 27;
/// The last field that is known of a GPU, and so of any device.
const LAST: u16 = FEATURE_FLAG;

/// How states are told: two values of which no single bit makes one from the other.
const ON: u8 = 0xaa;
const OFF: u8 = 0x55;

/// The fields, each at its number. Not yet judged.
#[derive(Debug)]
pub(super) struct Opaque<'a>([Option<&'a [u8]>; LAST as usize + 1]);

impl<'a> Opaque<'a> {
    pub(super) fn parse(mut rest: &'a [u8]) -> Result<Self, NvidiaRefusal> {
        let mut fields = [None; LAST as usize + 1];
        while !rest.is_empty() {
            let (header, after) = rest.split_first_chunk().ok_or(NvidiaRefusal::OpaqueLengths)?;
            let [field0, field1, length0, length1] = *header;
            let field = u16::from_le_bytes([field0, field1]);
            let length = usize::from(u16::from_le_bytes([length0, length1]));
            let (value, after) = after.split_at_checked(length).ok_or(NvidiaRefusal::OpaqueLengths)?;
            rest = after;
            // What a tampered device says there is not published: whatever it is, it is not "untouched".
            if field == 0 || field == TAMPER_DETECTION {
                return Err(NvidiaRefusal::OpaqueField(field));
            }
            let place = fields.get_mut(usize::from(field)).ok_or(NvidiaRefusal::OpaqueField(field))?;
            if place.replace(value).is_some() {
                return Err(NvidiaRefusal::RepeatedOpaqueField(field));
            }
        }
        Ok(Self(fields))
    }

    fn get(&self, field: u16) -> Option<&'a [u8]> {
        self.0.get(usize::from(field)).copied().flatten()
    }

    /// Letters, digits, points and low lines, filled up with zeros.
    fn text(&self, field: u16) -> Result<Option<&'a str>, NvidiaRefusal> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
        let (text, padding) = value.split_at(end);
        let is_plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        if text.len() > 32 || !is_plain || padding.iter().any(|byte| *byte != 0) {
            return Err(NvidiaRefusal::OpaqueValue(field));
        }
        core::str::from_utf8(text).map(Some).map_err(|_| NvidiaRefusal::OpaqueValue(field))
    }

    fn array<const N: usize>(&self, field: u16) -> Result<Option<&'a [u8; N]>, NvidiaRefusal> {
        let value = self.get(field).map(<&[u8; N]>::try_from).transpose();
        value.map_err(|_| NvidiaRefusal::OpaqueValue(field))
    }

    /// Reads the fields as those of a device of `architecture`.
    pub(super) fn read(&self, architecture: Architecture) -> Result<Description, NvidiaRefusal> {
        match architecture {
            Architecture::Hopper | Architecture::Blackwell => self.gpu(),
            Architecture::NvSwitch => self.switch(),
        }
    }

    fn gpu(&self) -> Result<Description, NvidiaRefusal> {
        let driver = self.text(DRIVER_VERSION)?.ok_or(NvidiaRefusal::MissingOpaqueField(DRIVER_VERSION))?;
        let driver = DriverVersion::parse(driver).ok_or(NvidiaRefusal::OpaqueValue(DRIVER_VERSION))?;
        let firmware = self.array(FIRMWARE_VERSION)?.ok_or(NvidiaRefusal::MissingOpaqueField(FIRMWARE_VERSION))?;
        let firmware = FirmwareVersion::of_gpu(firmware).ok_or(NvidiaRefusal::OpaqueValue(FIRMWARE_VERSION))?;
        Ok(Description {
            driver: Some(driver),
            firmware,
            board: self.board()?,
            chip: self.text(CHIP_NAME)?.map(String::from),
            firmware_id: self.array(FIRMWARE_ID)?.copied(),
            mode: self.mode()?,
            decoder_is_off: match self.state(NVDEC0_STATUS)? {
                Some(is_on) => !is_on,
                None => false,
            },
            identifier: None,
            peers: self.peers(DEVICE_IDENTIFIERS, usize::MAX, true)?,
        })
    }

    fn switch(&self) -> Result<Description, NvidiaRefusal> {
        let beyond = (LAST_OF_SWITCH + 1..=LAST).find(|field| self.get(*field).is_some());
        if let Some(field) = beyond {
            return Err(NvidiaRefusal::OpaqueField(field));
        }
        let firmware = self.text(FIRMWARE_VERSION)?.ok_or(NvidiaRefusal::MissingOpaqueField(FIRMWARE_VERSION))?;
        let firmware = FirmwareVersion::parse(firmware).ok_or(NvidiaRefusal::OpaqueValue(FIRMWARE_VERSION))?;
        Ok(Description {
            driver: None,
            firmware,
            board: None,
            chip: None,
            firmware_id: self.array(FIRMWARE_ID)?.copied(),
            mode: PassthroughMode::Unstated,
            decoder_is_off: false,
            identifier: self.array(DEVICE_IDENTIFIERS)?.copied(),
            peers: self.peers(GPU_IDENTIFIERS, 8, false)?,
        })
    }

    /// Project, its variant and the chip's, which together name the board that the firmware is for.
    fn board(&self) -> Result<Option<String>, NvidiaRefusal> {
        let parts = [self.text(PROJECT)?, self.text(PROJECT_SKU)?, self.text(CHIP_SKU)?];
        Ok(parts.into_iter().collect::<Option<Vec<_>>>().map(|parts| parts.join("_")))
    }

    /// How the GPU is handed to the guest. Two fields tell it; a device that has both must not contradict itself.
    fn mode(&self) -> Result<PassthroughMode, NvidiaRefusal> {
        if let Some(version) = self.array::<2>(OPAQUE_VERSION)? {
            // What later versions mean by their fields is not known.
            if u16::from_le_bytes(*version) > 1 {
                return Err(NvidiaRefusal::OpaqueValue(OPAQUE_VERSION));
            }
        }
        let protected = self.state(PROTECTED_PCIE)?;
        let Some(flag) = self.array::<2>(FEATURE_FLAG)? else {
            let is_protected = protected == Some(true);
            return Ok(if is_protected { PassthroughMode::ProtectedPcie } else { PassthroughMode::Unstated });
        };
        let mode = match u16::from_le_bytes(*flag) {
            0 => PassthroughMode::SingleGpu,
            1 => PassthroughMode::MultiGpu,
            2 => PassthroughMode::ProtectedPcie,
            _ => return Err(NvidiaRefusal::OpaqueValue(FEATURE_FLAG)),
        };
        match protected {
            Some(is_protected) if is_protected != (mode == PassthroughMode::ProtectedPcie) => {
                Err(NvidiaRefusal::OpaqueValue(PROTECTED_PCIE))
            }
            Some(_) | None => Ok(mode),
        }
    }

    fn state(&self, field: u16) -> Result<Option<bool>, NvidiaRefusal> {
        match self.get(field) {
            None => Ok(None),
            Some([ON]) => Ok(Some(true)),
            Some([OFF]) => Ok(Some(false)),
            Some(_) => Err(NvidiaRefusal::OpaqueValue(field)),
        }
    }

    /// The different devices among up to `most` identifiers of eight bytes, sorted. GPUs write them back to front.
    fn peers(&self, field: u16, most: usize, reversed: bool) -> Result<Vec<[u8; 8]>, NvidiaRefusal> {
        let Some(value) = self.get(field) else { return Ok(Vec::new()) };
        let (identifiers, rest) = value.as_chunks::<8>();
        let is_whole = if most == usize::MAX { rest.is_empty() } else { identifiers.len() >= most };
        if !is_whole || value.len() > 1024 {
            return Err(NvidiaRefusal::OpaqueValue(field));
        }
        let mut peers: Vec<[u8; 8]> = identifiers.iter().take(most).copied().filter(|one| *one != [0; 8]).collect();
        if reversed {
            peers.iter_mut().for_each(|one| one.reverse());
        }
        peers.sort_unstable();
        peers.dedup();
        Ok(peers)
    }
}

/// What the fields say.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) driver: Option<DriverVersion>,
    pub(super) firmware: FirmwareVersion,
    pub(super) board: Option<String>,
    /// The name under which manifests know the chip, where it is not the certificate's.
    pub(super) chip: Option<String>,
    pub(super) firmware_id: Option<[u8; 48]>,
    pub(super) mode: PassthroughMode,
    /// A GPU without its video decoder does not measure it.
    pub(super) decoder_is_off: bool,
    pub(super) identifier: Option<[u8; 8]>,
    pub(super) peers: Vec<[u8; 8]>,
}
