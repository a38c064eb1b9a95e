//! The bytes of a quote, cut into named fields. Nothing here is trusted yet. Sources: Intel TDX DCAP Quote
//! Generation Library and Quote Verification Library API reference, appendix on the quote format (versions 4 and
//! 5); Intel SGX ECDSA Quote Library Reference, appendix A.4 (version 3).

use super::enclave::EnclaveReport;
use crate::{Document, IntelRefusal};

/// The longest quote that is read, padding included; real ones have 5 to 8 KiB.
pub const MAX_QUOTE_BYTES: usize = 16 * 1024;

const INTEL_QE_VENDOR: [u8; 16] =
    [0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07];

const HEADER_BYTES: usize = 48;

/// Which of Intel's environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Environment {
    Sgx,
    Tdx,
}

impl Environment {
    const fn tee_type(self) -> u32 {
        match self {
            Self::Sgx => 0,
            Self::Tdx => 0x81,
        }
    }
}

/// What a quote is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// An enclave's report.
    Enclave,
    /// A trust domain's report, version 1.0.
    Domain10,
    /// Version 1.5.
    Domain15,
    /// Version 1.5, extended.
    Domain15Extended,
}

impl BodyKind {
    /// The length of its report.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Enclave => 384,
            Self::Domain10 => 584,
            Self::Domain15 => 648,
            Self::Domain15Extended => 885,
        }
    }
}

/// A quote in its one accepted form.
pub(crate) struct Quote<'a> {
    /// Header, descriptor of the body (version 5), and body: what the attestation key signed.
    pub(crate) signed: &'a [u8],
    /// What stands before the body in it.
    pub(crate) prefix: &'a [u8],
    pub(crate) version: u16,
    pub(crate) kind: BodyKind,
    pub(crate) body: &'a [u8],
    /// r ‖ s.
    pub(crate) signature: &'a [u8; 64],
    /// x ‖ y.
    pub(crate) attestation_key: &'a [u8; 64],
    pub(crate) qe_report: EnclaveReport<'a>,
    /// r ‖ s, by the platform's key.
    pub(crate) qe_report_signature: &'a [u8; 64],
    pub(crate) qe_authentication: &'a [u8; 32],
    /// PEM.
    pub(crate) chain: &'a [u8],
}

impl<'a> Quote<'a> {
    /// Cuts `bytes` at the declared end; after that only zeros may follow.
    pub(crate) fn parse(bytes: &'a [u8], environment: Environment) -> Result<Self, IntelRefusal> {
        if bytes.len() > MAX_QUOTE_BYTES {
            return Err(IntelRefusal::TooLarge(Document::Quote));
        }
        let mut input = Cursor(bytes);
        let version = require_header(input.array()?, environment)?;
        let kind = match (environment, version) {
            (Environment::Sgx, _) => BodyKind::Enclave,
            (Environment::Tdx, 5) => body_kind(&mut input)?,
            (Environment::Tdx, _) => BodyKind::Domain10,
        };
        let prefix = bytes.get(..bytes.len() - input.0.len()).ok_or(IntelRefusal::QuoteLengths)?;
        let body = input.take(kind.length())?;
        let signed = bytes.get(..bytes.len() - input.0.len()).ok_or(IntelRefusal::QuoteLengths)?;
        let mut signature_data = input.counted_u32()?;
        if input.0.iter().any(|byte| *byte != 0) {
            return Err(IntelRefusal::QuoteTrailingBytes);
        }

        let signature = signature_data.array()?;
        let attestation_key = signature_data.array()?;
        let certification = match environment {
            Environment::Sgx => signature_data,
            Environment::Tdx => wrapped(signature_data)?,
        };
        let Certification { qe_report, qe_report_signature, qe_authentication, chain } =
            Certification::parse(certification)?;
        Ok(Self {
            signed,
            prefix,
            version,
            kind,
            body,
            signature,
            attestation_key,
            qe_report,
            qe_report_signature,
            qe_authentication,
            chain,
        })
    }
}

/// What of the bytes is only needed to say which parser they are for: the version and the type of environment.
pub(crate) fn environment_of(bytes: &[u8]) -> Result<Environment, IntelRefusal> {
    let header: &[u8; HEADER_BYTES] = Cursor(bytes).array()?;
    let [_, _, _, _, tee_type @ ..] = header;
    let tee_type = u32::from_le_bytes(*tee_type.first_chunk().ok_or(IntelRefusal::QuoteLengths)?);
    [Environment::Sgx, Environment::Tdx]
        .into_iter()
        .find(|environment| environment.tee_type() == tee_type)
        .ok_or(IntelRefusal::TeeType(tee_type))
}

/// The quote's version.
fn require_header(header: &[u8; HEADER_BYTES], environment: Environment) -> Result<u16, IntelRefusal> {
    let mut fields = Cursor(header);
    let version = fields.u16()?;
    match (environment, version) {
        (Environment::Sgx, 3) | (Environment::Tdx, 4 | 5) => (),
        (Environment::Sgx | Environment::Tdx, _) => return Err(IntelRefusal::QuoteVersion(version)),
    }
    let key_type = fields.u16()?;
    if key_type != 2 {
        return Err(IntelRefusal::AttestationKeyType(key_type));
    }
    let tee_type = u32::from_le_bytes(*fields.array()?);
    if tee_type != environment.tee_type() {
        return Err(IntelRefusal::TeeType(tee_type));
    }
    let reserved: &[u8; 4] = fields.array()?;
    match environment {
        // The versions of the quoting and of the provisioning enclave, which report and certificate tell better.
        Environment::Sgx => (),
        Environment::Tdx if *reserved == [0; 4] => (),
        Environment::Tdx => return Err(IntelRefusal::ReservedBytes(Document::Quote)),
    }
    let vendor = *fields.array::<16>()?;
    if vendor != INTEL_QE_VENDOR {
        return Err(IntelRefusal::QeVendor(vendor));
    }
    Ok(version)
}

/// The body's type and length, which version 5 tells.
fn body_kind(input: &mut Cursor<'_>) -> Result<BodyKind, IntelRefusal> {
    let kind = match input.u16()? {
        2 => BodyKind::Domain10,
        3 => BodyKind::Domain15,
        4 => BodyKind::Domain15Extended,
        other => return Err(IntelRefusal::QuoteBodyType(other)),
    };
    let found = u32::from_le_bytes(*input.array()?);
    let wanted = kind.length() as u32;
    if found == wanted { Ok(kind) } else { Err(IntelRefusal::QuoteBodyLength { found, wanted }) }
}

/// The quoting enclave's data inside the outer certification data, from version 4 on.
fn wrapped(mut signature_data: Cursor<'_>) -> Result<Cursor<'_>, IntelRefusal> {
    let data_type = signature_data.u16()?;
    if data_type != 6 {
        return Err(IntelRefusal::CertificationDataType(data_type));
    }
    let certification = signature_data.counted_u32()?;
    signature_data.finish()?;
    Ok(certification)
}

/// What vouches for the attestation key.
struct Certification<'a> {
    qe_report: EnclaveReport<'a>,
    qe_report_signature: &'a [u8; 64],
    qe_authentication: &'a [u8; 32],
    chain: &'a [u8],
}

impl<'a> Certification<'a> {
    fn parse(mut input: Cursor<'a>) -> Result<Self, IntelRefusal> {
        let qe_report = EnclaveReport::parse(input.array()?, Document::QeReport)?;
        qe_report.require_no_key_separation(Document::QeReport)?;
        let qe_report_signature = input.array()?;
        let length = input.u16()?;
        if length != 32 {
            return Err(IntelRefusal::QeAuthenticationLength(length));
        }
        let qe_authentication = input.array()?;
        let chain_type = input.u16()?;
        if chain_type != 5 {
            return Err(IntelRefusal::ChainDataType(chain_type));
        }
        let chain = input.counted_u32()?.0;
        input.finish()?;
        Ok(Self { qe_report, qe_report_signature, qe_authentication, chain })
    }
}

/// What is left to read.
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], IntelRefusal> {
        let (array, rest) = self.0.split_first_chunk().ok_or(IntelRefusal::QuoteLengths)?;
        self.0 = rest;
        Ok(array)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, IntelRefusal> {
        Ok(u16::from_le_bytes(*self.array()?))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], IntelRefusal> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(IntelRefusal::QuoteLengths)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// As many bytes as the u32 before them says.
    fn counted_u32(&mut self) -> Result<Self, IntelRefusal> {
        let length = u32::from_le_bytes(*self.array()?);
        let length = usize::try_from(length).map_err(|_| IntelRefusal::QuoteLengths)?;
        self.take(length).map(Self)
    }

    /// Fields that must be zero in `document`.
    pub(crate) fn reserved<const N: usize>(&mut self, document: Document) -> Result<(), IntelRefusal> {
        if *self.array::<N>()? == [0; N] { Ok(()) } else { Err(IntelRefusal::ReservedBytes(document)) }
    }

    pub(crate) fn finish(self) -> Result<(), IntelRefusal> {
        if self.0.is_empty() { Ok(()) } else { Err(IntelRefusal::QuoteLengths) }
    }
}
