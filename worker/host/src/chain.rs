//! The worker's hand on the chain: proven reads, and extrinsics signed by the key of this boot.
//!
//! The node is not believed. What it can do is stay silent, which ends freshness, which ends answers.

use std::sync::Arc;

use adyton_admission::ChainReader;
use adyton_chain_client::extrinsic::{self, Call, Ed25519, Options, Outcome};
use tokio::sync::Mutex;

/// Reads and writes.
pub struct Chain {
    /// Proven reads.
    pub reader: Arc<ChainReader>,
    signer: Ed25519,
    /// One extrinsic at a time: their nonces follow each other.
    sending: Mutex<()>,
}

impl Chain {
    /// Reads through `reader`, and signs as `signer`.
    pub fn new(reader: Arc<ChainReader>, signer: Ed25519) -> Self {
        Self { reader, signer, sending: Mutex::default() }
    }

    /// Signs and submits `call`, and waits until a finalized block carries it, also over an upgrade of the chain's
    /// code. An error says what the chain said; that the state changed is read back by whoever needs it.
    pub async fn call(&self, call: Call) -> anyhow::Result<()> {
        let options = Options::default();
        let inclusion = extrinsic::carried(&*self.reader, &self.signer, &call, &options, &self.sending).await?;
        match inclusion.outcome {
            Outcome::Failed(failure) => anyhow::bail!("the chain refused: {failure}"),
            Outcome::Succeeded | Outcome::Unknown => Ok(()),
        }
    }
}
