//! The report of an SGX enclave: the one that a quote is about, or the quoting enclave's. Source: Intel 64 and IA-32
//! Architectures Software Developer's Manual, volume 3D, table "Layout of REPORT" (first 384 bytes).

use super::quote::Cursor;
use crate::{Document, IntelRefusal};

/// An enclave's report.
pub(crate) struct EnclaveReport<'a> {
    /// All of it, which is what was signed.
    pub(crate) signed: &'a [u8; 384],
    pub(crate) misc_select: &'a [u8; 4],
    pub(crate) extended_product: &'a [u8; 16],
    /// Flags, then the extended features (XFRM).
    pub(crate) attributes: &'a [u8; 16],
    pub(crate) mr_enclave: &'a [u8; 32],
    pub(crate) mr_signer: &'a [u8; 32],
    pub(crate) config_id: &'a [u8; 64],
    pub(crate) product: u16,
    pub(crate) svn: u16,
    pub(crate) config_svn: u16,
    pub(crate) family: &'a [u8; 16],
    pub(crate) report_data: &'a [u8; 64],
}

impl<'a> EnclaveReport<'a> {
    /// Cuts the report into fields; `document` is what refusals call it.
    pub(crate) fn parse(signed: &'a [u8; 384], document: Document) -> Result<Self, IntelRefusal> {
        let mut fields = Cursor(signed);
        let _cpu_svn: &[u8; 16] = fields.array()?;
        let misc_select = fields.array()?;
        fields.reserved::<12>(document)?;
        let extended_product = fields.array()?;
        let attributes = fields.array()?;
        let mr_enclave = fields.array()?;
        fields.reserved::<32>(document)?;
        let mr_signer = fields.array()?;
        fields.reserved::<32>(document)?;
        let config_id = fields.array()?;
        let product = fields.u16()?;
        let svn = fields.u16()?;
        let config_svn = fields.u16()?;
        fields.reserved::<42>(document)?;
        let family = fields.array()?;
        let report_data = fields.array()?;
        fields.finish()?;
        Ok(Self {
            signed,
            misc_select,
            extended_product,
            attributes,
            mr_enclave,
            mr_signer,
            config_id,
            product,
            svn,
            config_svn,
            family,
            report_data,
        })
    }

    /// Requires that the fields of key separation and sharing, which Intel's quoting enclaves do not use, are zero.
    pub(crate) fn require_no_key_separation(&self, document: Document) -> Result<(), IntelRefusal> {
        let is_unused = *self.extended_product == [0; 16]
            && *self.config_id == [0; 64]
            && self.config_svn == 0
            && *self.family == [0; 16];
        if is_unused { Ok(()) } else { Err(IntelRefusal::ReservedBytes(document)) }
    }

    /// The enclave's flags (SDM table "Layout of ATTRIBUTES").
    pub(crate) fn flags(&self) -> u64 {
        let [flags @ .., _, _, _, _, _, _, _, _] = self.attributes;
        u64::from_le_bytes(*flags)
    }

    /// The extended features that the enclave may use (XFRM).
    pub(crate) fn features(&self) -> u64 {
        let [_, _, _, _, _, _, _, _, features @ ..] = self.attributes;
        u64::from_le_bytes(*features)
    }
}
