//! The commands themselves.

use sha2::{Digest, Sha256};

use super::{
    Tpm,
    wire::{Command, Fields},
};
use crate::PlatformError;

/// `TPM_RH_OWNER`, whose password is empty on the machines that this is for.
const OWNER: u32 = 0x4000_0001;
const ALG_RSA: u16 = 0x0001;
const ALG_SHA256: u16 = 0x000B;
const ALG_NULL: u16 = 0x0010;
const ALG_RSASSA: u16 = 0x0014;
/// `TPM_GENERATED_VALUE`, with which a TPM begins everything that it signs of its own.
const GENERATED: u32 = 0xFF54_4347;
const ATTEST_QUOTE: u16 = 0x8018;
/// `TPMA_OBJECT`: fixedTPM, restricted, decrypt, sign.
const FIXED_TPM: u32 = 1 << 1;
const RESTRICTED: u32 = 1 << 16;
const DECRYPT: u32 = 1 << 17;
const SIGN: u32 = 1 << 18;
/// `TPM_CAP_TPM_PROPERTIES` and `TPM_PT_NV_BUFFER_MAX`.
const PROPERTIES: u32 = 6;
const NV_BUFFER_MAX: u32 = 0x12C;

/// How many registers a bank has.
pub(crate) const PCRS: usize = 24;
/// A selection of all of one bank: one selection, SHA-256, three bytes of bits.
const ALL_PCRS: [u8; 10] = [0, 0, 0, 1, 0, 0x0B, 3, 0xFF, 0xFF, 0xFF];

/// The content of the non-volatile index, read with the owner's empty password.
pub(crate) fn read_nv(tpm: &dyn Tpm, index: u32, limit: usize) -> Result<Vec<u8>, PlatformError> {
    let size = nv_size(tpm, index)?;
    if size > limit {
        return Err(PlatformError::TooLarge);
    }
    let chunk = nv_chunk(tpm)?;
    let mut content = Vec::with_capacity(size);
    while content.len() < size {
        let length = chunk.min(size - content.len());
        let number = |value: usize| u16::try_from(value).map_err(|_| PlatformError::TooLarge);
        let answer = Command::new("TPM2_NV_Read", 0x14E)
            .u32(OWNER)
            .u32(index)
            .authorised()
            .u16(number(length)?)
            .u16(number(content.len())?)
            .send(tpm)?;
        let mut fields = Fields::new(&answer);
        let data = fields.sized()?;
        fields.end()?;
        if data.len() != length {
            return Err(PlatformError::Protocol);
        }
        content.extend_from_slice(data);
    }
    Ok(content)
}

fn nv_size(tpm: &dyn Tpm, index: u32) -> Result<usize, PlatformError> {
    let answer = Command::new("TPM2_NV_ReadPublic", 0x169).u32(index).send(tpm)?;
    let mut fields = Fields::new(&answer);
    let mut public = Fields::new(fields.sized()?);
    fields.sized()?; // its name
    fields.end()?;
    let found = public.u32()?;
    public.u16()?; // the name's algorithm
    public.u32()?; // its attributes
    public.sized()?; // its policy
    let size = public.u16()?;
    public.end()?;
    if found == index { Ok(size.into()) } else { Err(PlatformError::Protocol) }
}

/// How much one command reads.
fn nv_chunk(tpm: &dyn Tpm) -> Result<usize, PlatformError> {
    let command = Command::new("TPM2_GetCapability", 0x17A);
    let answer = command.u32(PROPERTIES).u32(NV_BUFFER_MAX).u32(1).send(tpm)?;
    let mut fields = Fields::new(&answer);
    fields.u8()?; // whether there is more
    let (capability, count, property, value) = (fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?);
    fields.end()?;
    if (capability, count, property) != (PROPERTIES, 1, NV_BUFFER_MAX) || value == 0 {
        return Err(PlatformError::Protocol);
    }
    // More than a message would not fit whatever the TPM says.
    Ok(usize::try_from(value).map_or(1024, |value| value.min(2048)))
}

/// An RSA key of a TPM.
pub(crate) struct RsaKey {
    /// The modulus, big-endian.
    pub modulus: Vec<u8>,
    attributes: u32,
}

impl RsaKey {
    /// Whether the key signs only what this TPM says of itself.
    pub(crate) fn attests(&self) -> bool {
        let wanted = FIXED_TPM | RESTRICTED | SIGN;
        self.attributes & (wanted | DECRYPT) == wanted
    }
}

/// The public part of the persistent RSA key `handle`.
pub(crate) fn read_rsa_key(tpm: &dyn Tpm, handle: u32) -> Result<RsaKey, PlatformError> {
    let answer = Command::new("TPM2_ReadPublic", 0x173).u32(handle).send(tpm)?;
    let mut fields = Fields::new(&answer);
    let mut public = Fields::new(fields.sized()?);
    fields.sized()?; // its name
    fields.sized()?; // its name with its parents'
    fields.end()?;
    if public.u16()? != ALG_RSA {
        return Err(PlatformError::Malformed("an RSA key"));
    }
    public.u16()?; // the name's algorithm
    let attributes = public.u32()?;
    public.sized()?; // its policy
    if public.u16()? != ALG_NULL {
        return Err(PlatformError::Malformed("a signing key")); // a symmetric cipher: a storage key
    }
    if public.u16()? != ALG_NULL {
        public.u16()?; // the hash of its signature scheme
    }
    public.u16()?; // its length in bits
    public.u32()?; // its exponent
    let modulus = public.sized()?.to_vec();
    public.end()?;
    Ok(RsaKey { modulus, attributes })
}

/// A quote over all registers of the SHA-256 bank.
#[derive(Debug)]
pub(crate) struct Quote {
    /// `TPMS_ATTEST`: what is signed.
    pub message: Vec<u8>,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub signature: Vec<u8>,
    /// SHA-256 over the registers' values.
    pcr_digest: Vec<u8>,
}

impl Quote {
    /// Whether the quote is over these values.
    pub(crate) fn is_over(&self, values: &[[u8; 32]; PCRS]) -> bool {
        self.pcr_digest == Sha256::digest(values.as_flattened()).as_slice()
    }
}

/// A quote by the key `handle`, which is checked to carry `nonce`.
pub(crate) fn quote(tpm: &dyn Tpm, handle: u32, nonce: &[u8; 32]) -> Result<Quote, PlatformError> {
    let command = Command::new("TPM2_Quote", 0x158).u32(handle).authorised();
    let answer = command.sized(nonce).u16(ALG_NULL).raw(&ALL_PCRS).send(tpm)?;
    let mut fields = Fields::new(&answer);
    let message = fields.sized()?;
    if (fields.u16()?, fields.u16()?) != (ALG_RSASSA, ALG_SHA256) {
        return Err(PlatformError::Malformed("a signature of RSASSA with SHA-256"));
    }
    let signature = fields.sized()?.to_vec();
    fields.end()?;
    let pcr_digest = read_attest(message, nonce)?.to_vec();
    Ok(Quote { message: message.to_vec(), signature, pcr_digest })
}

fn read_attest<'a>(message: &'a [u8], nonce: &[u8; 32]) -> Result<&'a [u8], PlatformError> {
    let mut fields = Fields::new(message);
    if (fields.u32()?, fields.u16()?) != (GENERATED, ATTEST_QUOTE) {
        return Err(PlatformError::Malformed("a TPM's quote"));
    }
    fields.sized()?; // who signed
    if fields.sized()? != nonce {
        return Err(PlatformError::ReportData);
    }
    fields.take(17)?; // clock, counters of resets and restarts, whether the clock is safe
    fields.take(8)?; // the firmware's version
    if fields.take(ALL_PCRS.len())? != ALL_PCRS {
        return Err(PlatformError::Malformed("a quote over all registers"));
    }
    let digest = fields.sized()?;
    fields.end()?;
    Ok(digest)
}

/// The values of all registers of the SHA-256 bank. One command reads as many as fit into its answer.
pub(crate) fn pcr_values(tpm: &dyn Tpm) -> Result<[[u8; 32]; PCRS], PlatformError> {
    let mut values = [[0; 32]; PCRS];
    let mut wanted: u32 = (1 << PCRS) - 1;
    for _ in 0..PCRS {
        let [a, b, c, _] = wanted.to_le_bytes();
        let command = Command::new("TPM2_PCR_Read", 0x17E);
        let answer = command.u32(1).u16(ALG_SHA256).u8(3).raw(&[a, b, c]).send(tpm)?;
        let read = read_some(&answer, wanted, &mut values)?;
        wanted &= !read;
        if wanted == 0 {
            return Ok(values);
        }
    }
    Err(PlatformError::Protocol)
}

/// Takes the values of an answer; which registers they are of, as bits.
fn read_some(answer: &[u8], wanted: u32, values: &mut [[u8; 32]; PCRS]) -> Result<u32, PlatformError> {
    let mut fields = Fields::new(answer);
    fields.u32()?; // how often registers were changed
    if (fields.u32()?, fields.u16()?, fields.u8()?) != (1, ALG_SHA256, 3) {
        return Err(PlatformError::Malformed("a SHA-256 bank of registers"));
    }
    let bits = fields.take(3)?;
    let read = u32::from_le_bytes([bits[0], bits[1], bits[2], 0]);
    if read == 0 || read & !wanted != 0 || fields.u32()? != read.count_ones() {
        return Err(PlatformError::Protocol);
    }
    for (index, value) in values.iter_mut().enumerate() {
        if read & (1 << index) != 0 {
            *value = fields.sized()?.try_into().map_err(|_| PlatformError::Protocol)?;
        }
    }
    fields.end()?;
    Ok(read)
}
