//! The bytes of a quote, cut into named fields. Nothing here is trusted yet.

use crate::{Document, Refusal};

/// The longest quote that is read, padding included; real ones have 5 to 8 KiB.
pub const MAX_QUOTE_BYTES: usize = 16 * 1024;

const INTEL_QE_VENDOR: [u8; 16] =
    [0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07];

/// A quote in its one accepted form.
pub(crate) struct Quote<'a> {
    /// Header and body, which is what the attestation key signed.
    pub(crate) signed: &'a [u8; 632],
    pub(crate) body: TdReport<'a>,
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

/// The body: TD report, version 1.0.
pub(crate) struct TdReport<'a> {
    pub(crate) tee_tcb_svn: &'a [u8; 16],
    pub(crate) mr_signer_seam: &'a [u8; 48],
    pub(crate) seam_attributes: &'a [u8; 8],
    pub(crate) attributes: &'a [u8; 8],
    pub(crate) xfam: &'a [u8; 8],
    pub(crate) mr_td: &'a [u8; 48],
    pub(crate) mr_config_id: &'a [u8; 48],
    pub(crate) mr_owner: &'a [u8; 48],
    pub(crate) mr_owner_config: &'a [u8; 48],
    pub(crate) rtmr: [&'a [u8; 48]; 4],
    pub(crate) report_data: &'a [u8; 64],
}

/// An SGX report: here, the quoting enclave's.
pub(crate) struct EnclaveReport<'a> {
    /// All of it, which is what the platform's key signed.
    pub(crate) signed: &'a [u8; 384],
    pub(crate) misc_select: &'a [u8; 4],
    pub(crate) attributes: &'a [u8; 16],
    pub(crate) mr_signer: &'a [u8; 32],
    pub(crate) product: u16,
    pub(crate) svn: u16,
    pub(crate) report_data: &'a [u8; 64],
}

impl<'a> Quote<'a> {
    /// Cuts `bytes` at the declared end; after that only zeros may follow.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        if bytes.len() > MAX_QUOTE_BYTES {
            return Err(Refusal::TooLarge(Document::Quote));
        }
        let mut input = Cursor(bytes);
        let signed: &[u8; 632] = input.array()?;
        require_header(signed)?;
        let mut signature_data = input.counted_u32()?;
        if input.0.iter().any(|byte| *byte != 0) {
            return Err(Refusal::QuoteTrailingBytes);
        }

        let (_, body) = signed.split_at(48);
        let signature = signature_data.array()?;
        let attestation_key = signature_data.array()?;
        let data_type = signature_data.u16()?;
        if data_type != 6 {
            return Err(Refusal::CertificationDataType(data_type));
        }
        let mut certification = signature_data.counted_u32()?;
        signature_data.finish()?;

        let qe_report = EnclaveReport::parse(certification.array()?)?;
        let qe_report_signature = certification.array()?;
        let length = certification.u16()?;
        if length != 32 {
            return Err(Refusal::QeAuthenticationLength(length));
        }
        let qe_authentication = certification.array()?;
        let chain_type = certification.u16()?;
        if chain_type != 5 {
            return Err(Refusal::ChainDataType(chain_type));
        }
        let chain = certification.counted_u32()?.0;
        certification.finish()?;

        Ok(Self {
            signed,
            body: TdReport::parse(body)?,
            signature,
            attestation_key,
            qe_report,
            qe_report_signature,
            qe_authentication,
            chain,
        })
    }
}

fn require_header(signed: &[u8; 632]) -> Result<(), Refusal> {
    let mut header = Cursor(signed);
    let version = header.u16()?;
    if version != 4 {
        return Err(Refusal::QuoteVersion(version));
    }
    let key_type = header.u16()?;
    if key_type != 2 {
        return Err(Refusal::AttestationKeyType(key_type));
    }
    let tee_type = u32::from_le_bytes(*header.array()?);
    if tee_type != 0x81 {
        return Err(Refusal::TeeType(tee_type));
    }
    if *header.array::<4>()? != [0; 4] {
        return Err(Refusal::ReservedBytes(Document::Quote));
    }
    if *header.array::<16>()? != INTEL_QE_VENDOR {
        return Err(Refusal::QeVendor);
    }
    Ok(())
}

impl<'a> TdReport<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, Refusal> {
        let mut fields = Cursor(body);
        let tee_tcb_svn = fields.array()?;
        let _mr_seam: &[u8; 48] = fields.array()?;
        let report = Self {
            tee_tcb_svn,
            mr_signer_seam: fields.array()?,
            seam_attributes: fields.array()?,
            attributes: fields.array()?,
            xfam: fields.array()?,
            mr_td: fields.array()?,
            mr_config_id: fields.array()?,
            mr_owner: fields.array()?,
            mr_owner_config: fields.array()?,
            rtmr: [fields.array()?, fields.array()?, fields.array()?, fields.array()?],
            report_data: fields.array()?,
        };
        fields.finish()?;
        Ok(report)
    }
}

impl<'a> EnclaveReport<'a> {
    fn parse(signed: &'a [u8; 384]) -> Result<Self, Refusal> {
        let mut fields = Cursor(signed);
        let _cpu_svn: &[u8; 16] = fields.array()?;
        let misc_select = fields.array()?;
        fields.reserved::<28>()?;
        let attributes = fields.array()?;
        let _mr_enclave: &[u8; 32] = fields.array()?;
        fields.reserved::<32>()?;
        let mr_signer = fields.array()?;
        fields.reserved::<96>()?;
        let product = fields.u16()?;
        let svn = fields.u16()?;
        fields.reserved::<60>()?;
        let report_data = fields.array()?;
        fields.finish()?;
        Ok(Self { signed, misc_select, attributes, mr_signer, product, svn, report_data })
    }
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Refusal> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Refusal::QuoteLengths)?;
        self.0 = rest;
        Ok(array)
    }

    fn u16(&mut self) -> Result<u16, Refusal> {
        Ok(u16::from_le_bytes(*self.array()?))
    }

    /// As many bytes as the u32 before them says.
    fn counted_u32(&mut self) -> Result<Self, Refusal> {
        let length = u32::from_le_bytes(*self.array()?);
        let length = usize::try_from(length).map_err(|_| Refusal::QuoteLengths)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Refusal::QuoteLengths)?;
        self.0 = rest;
        Ok(Self(bytes))
    }

    fn reserved<const N: usize>(&mut self) -> Result<(), Refusal> {
        if *self.array::<N>()? == [0; N] { Ok(()) } else { Err(Refusal::ReservedBytes(Document::QeReport)) }
    }

    fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::QuoteLengths) }
    }
}
