//! The identity of the quoting enclave as Intel publishes it (PCS API v4, version 2): `QE` for SGX, `TD_QE` for TDX.

use alloc::vec::Vec;
use bounded_collections::BoundedVec;
use serde::Deserialize;

use super::{
    checked::{Advisories, QuotingEnclave},
    quote::Environment,
    tcb_info_json::{KindJson, PartLevelJson, octets, read_part_levels, window},
};
use crate::{Document, IntelRefusal, x509::Window};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdentityJson<'a> {
    id: &'a str,
    version: u32,
    issue_date: &'a str,
    next_update: &'a str,
    tcb_evaluation_data_number: u32,
    miscselect: &'a str,
    miscselect_mask: &'a str,
    attributes: &'a str,
    attributes_mask: &'a str,
    mrsigner: &'a str,
    isvprodid: u16,
    #[serde(borrow)]
    tcb_levels: Vec<PartLevelJson<'a>>,
}

/// The identity of the quoting enclave, read.
pub(super) struct QeIdentity {
    pub(super) window: Window,
    pub(super) evaluation_number: u32,
    pub(super) enclave: QuotingEnclave,
}

impl QeIdentity {
    /// Reads `text`, whose signature the caller has checked; advisories go into `table`.
    pub(super) fn read(text: &[u8], environment: Environment, table: &mut Advisories) -> Result<Self, IntelRefusal> {
        const MALFORMED: IntelRefusal = IntelRefusal::Malformed(Document::QeIdentity);
        const WRONG_KIND: IntelRefusal = IntelRefusal::WrongKind(Document::QeIdentity);
        let wanted = match environment {
            Environment::Sgx => "QE",
            Environment::Tdx => "TD_QE",
        };
        let known = |id: &str, version| (id == wanted && version == 2).then_some(());
        let json: IdentityJson<'_> =
            serde_json::from_slice(text).map_err(|_| KindJson::refusal(text, known, WRONG_KIND, MALFORMED))?;
        known(json.id, json.version).ok_or(WRONG_KIND)?;
        let levels = read_part_levels(&json.tcb_levels, table).ok_or(MALFORMED)?;
        Ok(Self {
            window: window(json.issue_date, json.next_update).ok_or(MALFORMED)?,
            evaluation_number: json.tcb_evaluation_data_number,
            enclave: QuotingEnclave {
                signer: octets(json.mrsigner).ok_or(MALFORMED)?,
                product: json.isvprodid,
                misc_select: octets(json.miscselect).ok_or(MALFORMED)?,
                misc_select_mask: octets(json.miscselect_mask).ok_or(MALFORMED)?,
                attributes: octets(json.attributes).ok_or(MALFORMED)?,
                attributes_mask: octets(json.attributes_mask).ok_or(MALFORMED)?,
                levels: BoundedVec::try_from(levels).map_err(|_| IntelRefusal::TooLarge(Document::QeIdentity))?,
            },
        })
    }
}
