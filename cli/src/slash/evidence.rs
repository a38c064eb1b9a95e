//! Receipts as evidence: only the leaves that the chain has to see are open.

use std::path::PathBuf;

use adyton_client::protocol::{
    ids::NetworkId,
    receipt::{Label, ReceiptFields},
};
use anyhow::{Context, Result};

use crate::{output::misuse, verify};

/// The most bytes of a receipt that the chain takes as evidence.
const MAX_RECEIPT: usize = 4096;
/// What shows on which block a receipt acts.
pub const BLOCK: &[Label] = &[Label::Block];
/// What shows where in a history it stands.
pub const HISTORY: &[Label] =
    &[Label::Contract, Label::Lease, Label::Incarnation, Label::Block, Label::Before, Label::After, Label::Extensions];

/// A receipt that can be shown to the chain.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The bytes, with the leaves open that were asked for.
    pub bytes: Vec<u8>,
    /// All that it says.
    pub fields: ReceiptFields,
}

/// The receipt of a saved bundle, of which only `labels` are shown.
///
/// # Errors
/// The file cannot be read, is another network's, its signature does not hold, or it is too long.
pub fn read(path: &PathBuf, network: &NetworkId, labels: &[Label]) -> Result<Receipt> {
    let bundle = verify::read(path)?;
    if bundle.network_id != *network {
        return Err(misuse(format!("{} is of network {}, not of this one", path.display(), bundle.network_id)));
    }
    let (opened, fields) = bundle.opened(labels).with_context(|| format!("{} is no evidence", path.display()))?;
    let bytes = opened.to_bytes();
    if bytes.len() > MAX_RECEIPT {
        return Err(misuse(format!(
            "{} has {} bytes as evidence, and the chain takes {MAX_RECEIPT}",
            path.display(),
            bytes.len()
        )));
    }
    Ok(Receipt { bytes, fields })
}
