//! The report of an enclave that a quote is about.

/// Everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnclavePlan {
    /// Miscellaneous selection.
    pub misc_select: u32,
    /// Extended product number.
    pub extended_product: [u8; 16],
    /// Attributes: flags.
    pub flags: u64,
    /// Attributes: extended features.
    pub features: u64,
    /// Measurement of the initial memory.
    pub mr_enclave: [u8; 32],
    /// Who signed the enclave.
    pub mr_signer: [u8; 32],
    /// Configuration.
    pub config_id: [u8; 64],
    /// Product number.
    pub product: u16,
    /// Security version.
    pub svn: u16,
    /// The configuration's security version.
    pub config_svn: u16,
    /// Family.
    pub family: [u8; 16],
    /// What the program asked to be attested.
    pub report_data: [u8; 64],
    /// Where a byte is set that must be zero.
    pub reserved: Option<usize>,
}

impl EnclavePlan {
    pub(crate) fn encode(&self) -> [u8; 384] {
        let mut out = [0; 384];
        if let Some(byte) = self.reserved.and_then(|offset| out.get_mut(offset)) {
            *byte = 1;
        }
        let fields: [(usize, &[u8]); 12] = [
            (16, &self.misc_select.to_le_bytes()),
            (32, &self.extended_product),
            (48, &self.flags.to_le_bytes()),
            (56, &self.features.to_le_bytes()),
            (64, &self.mr_enclave),
            (128, &self.mr_signer),
            (192, &self.config_id),
            (256, &self.product.to_le_bytes()),
            (258, &self.svn.to_le_bytes()),
            (260, &self.config_svn.to_le_bytes()),
            (304, &self.family),
            (320, &self.report_data),
        ];
        for (offset, bytes) in fields {
            out[offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        out
    }
}
