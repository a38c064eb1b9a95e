//! Collateral as a JSON file, in the field names that DCAP tools use: PEM chains, hexadecimal lists and
//! signatures, and the signed documents as strings.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use bounded_collections::{BoundedVec, Get};
use serde::{Deserialize, Serialize};

use super::{
    collateral::{Collateral, MAX_QE_IDENTITY_BYTES, MAX_TCB_INFO_BYTES},
    crl::MAX_CRL_BYTES,
};
use crate::{Document, IntelRefusal, pem};

/// The longest file that is read.
pub const MAX_COLLATERAL_FILE_BYTES: usize =
    4 * MAX_CRL_BYTES + 2 * MAX_TCB_INFO_BYTES + 2 * MAX_QE_IDENTITY_BYTES + 64 * 1024;

#[derive(Serialize, Deserialize)]
struct File {
    pck_crl_issuer_chain: String,
    root_ca_crl: String,
    pck_crl: String,
    tcb_info_issuer_chain: String,
    tcb_info: String,
    tcb_info_signature: String,
    qe_identity_issuer_chain: String,
    qe_identity: String,
    qe_identity_signature: String,
}

impl Collateral {
    /// Reads a file. Only the first certificate of each chain is taken: what it leads to is the verifier's to say.
    ///
    /// # Errors
    /// [`IntelRefusal::TooLarge`] or [`IntelRefusal::Malformed`].
    pub fn from_json(text: &[u8]) -> Result<Self, IntelRefusal> {
        const MALFORMED: IntelRefusal = IntelRefusal::Malformed(Document::CollateralFile);
        if text.len() > MAX_COLLATERAL_FILE_BYTES {
            return Err(IntelRefusal::TooLarge(Document::CollateralFile));
        }
        let file: File = serde_json::from_slice(text).map_err(|_| MALFORMED)?;
        Ok(Self {
            tcb_info: bounded(file.tcb_info.into_bytes(), Document::TcbInfo)?,
            tcb_info_signature: signature(&file.tcb_info_signature).ok_or(MALFORMED)?,
            tcb_info_signer: first(&file.tcb_info_issuer_chain, Document::TcbInfoSigner)?,
            qe_identity: bounded(file.qe_identity.into_bytes(), Document::QeIdentity)?,
            qe_identity_signature: signature(&file.qe_identity_signature).ok_or(MALFORMED)?,
            qe_identity_signer: first(&file.qe_identity_issuer_chain, Document::QeIdentitySigner)?,
            root_crl: bounded(hex::decode(&file.root_ca_crl).map_err(|_| MALFORMED)?, Document::RootCrl)?,
            pck_ca: first(&file.pck_crl_issuer_chain, Document::PckCa)?,
            pck_crl: bounded(hex::decode(&file.pck_crl).map_err(|_| MALFORMED)?, Document::PckCrl)?,
        })
    }

    /// Writes a file. `root` is the root's certificate (DER), with which other tools want every chain to end.
    ///
    /// # Errors
    /// [`IntelRefusal::Malformed`] if a signed document is not text.
    pub fn to_json(&self, root: &[u8]) -> Result<String, IntelRefusal> {
        let chain = |certificate: &[u8]| format!("{}{}", pem::encode(certificate), pem::encode(root));
        let text = |bytes: &[u8], document| {
            core::str::from_utf8(bytes).map(ToOwned::to_owned).map_err(|_| IntelRefusal::Malformed(document))
        };
        let file = File {
            pck_crl_issuer_chain: chain(&self.pck_ca),
            root_ca_crl: hex::encode(&self.root_crl),
            pck_crl: hex::encode(&self.pck_crl),
            tcb_info_issuer_chain: chain(&self.tcb_info_signer),
            tcb_info: text(&self.tcb_info, Document::TcbInfo)?,
            tcb_info_signature: hex::encode(self.tcb_info_signature),
            qe_identity_issuer_chain: chain(&self.qe_identity_signer),
            qe_identity: text(&self.qe_identity, Document::QeIdentity)?,
            qe_identity_signature: hex::encode(self.qe_identity_signature),
        };
        serde_json::to_string_pretty(&file).map_err(|_| IntelRefusal::Malformed(Document::CollateralFile))
    }
}

fn bounded<S: Get<u32>>(bytes: Vec<u8>, document: Document) -> Result<BoundedVec<u8, S>, IntelRefusal> {
    BoundedVec::try_from(bytes).map_err(|_| IntelRefusal::TooLarge(document))
}

fn signature(text: &str) -> Option<[u8; 64]> {
    let mut out = [0; 64];
    hex::decode_to_slice(text, &mut out).ok()?;
    Some(out)
}

fn first<S: Get<u32>>(chain: &str, document: Document) -> Result<BoundedVec<u8, S>, IntelRefusal> {
    let certificate = pem::first_certificate(chain).ok_or(IntelRefusal::Malformed(document))?;
    bounded(certificate, document)
}
