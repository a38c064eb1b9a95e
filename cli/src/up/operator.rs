//! The local network's operator: registers each boot of worker and keyholder, and renews the collateral.
//!
//! On a real network a person does this with `adyton worker register`; here it goes on by itself, so that a
//! program that was killed comes back.

use std::{sync::Arc, time::Duration};

use adyton_client::chain::{
    extrinsic::{
        self, Options, Signer,
        calls::{Attestation, Call, CollateralRef, Registration, Workers},
    },
    facts::Facts,
    rpc::{HttpSource, Reader},
};
use adyton_client::protocol::{ids::Digest, statement::AttestedStatement, storage};
use adyton_development_root::{DevelopmentRoot, FMSPC};
use anyhow::{Context, Result, ensure};
use codec::{DecodeAll, Encode};
use serde::Deserialize;

use super::genesis::root_id;

/// How often a program is asked whether its boot is registered.
const LOOK: Duration = Duration::from_millis(300);
/// The longest registration that is read, in bytes.
const MAX_REGISTRATION: usize = 256 * 1024;

/// What a program offers at `/v1/registration`.
#[derive(Debug, Deserialize)]
struct Offer {
    statement_encoded: String,
    evidence: String,
    signature: String,
    endpoint: String,
}

/// Registers the boots of one program.
pub struct Operator {
    /// The program's name, as its operator gave it.
    pub name: &'static str,
    /// Where it is.
    pub url: String,
    /// Its operator.
    pub signer: Arc<dyn Signer>,
    /// The chain.
    pub reader: Arc<Reader<HttpSource>>,
    /// The root whose collateral its evidence is judged by.
    pub root: Digest,
    /// Asks the program.
    pub http: reqwest::Client,
}

impl Operator {
    /// Registers every boot until the process ends; failures are said once.
    pub async fn run(self) {
        let mut said = String::new();
        loop {
            match self.step().await {
                Ok(()) => said.clear(),
                Err(error) => {
                    let text = format!("{error:#}");
                    if text != said {
                        tracing::debug!(program = self.name, error = text, "not registered yet");
                        said = text;
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn step(&self) -> Result<()> {
        let offer = self.offer().await?;
        let statement = bytes(&offer.statement_encoded)?;
        let statement = AttestedStatement::decode_all(&mut &statement[..]).context("reading the statement")?;
        let tip = self.reader.read(&[storage::workers(&statement.worker)]).await?;
        let record = Facts::from(tip.values).worker(&statement.worker)?;
        if record.is_some_and(|record| record.signing_key == statement.signing_key) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            return Ok(());
        }
        let registration = Registration {
            statement,
            name: self.name.as_bytes().to_vec(),
            collateral: CollateralRef { root: self.root, family: FMSPC },
            evidence: bytes(&offer.evidence)?,
            signature: bytes(&offer.signature)?.try_into().ok().context("the signature does not have 64 bytes")?,
            endpoint: offer.endpoint.into_bytes(),
            opt_in: true,
        };
        let call = Call::Workers(Workers::Register(Box::new(registration)));
        extrinsic::call(&self.reader, &*self.signer, &call, &Options::default()).await.context("registering")?;
        Ok(())
    }

    async fn offer(&self) -> Result<Offer> {
        let mut response = self.http.get(format!("{}/v1/registration", self.url)).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            ensure!(body.len() + chunk.len() <= MAX_REGISTRATION, "the registration is too long");
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).context("reading the registration")
    }
}

/// Submits collateral that was issued `at`.
pub async fn submit_collateral(
    reader: &Reader<HttpSource>,
    signer: &dyn Signer,
    root: &DevelopmentRoot,
    at: u64,
) -> Result<()> {
    let collateral = root.collateral(at).encode();
    let call = Call::Attestation(Attestation::SubmitCollateral { root: root_id(root), collateral });
    extrinsic::call(reader, signer, &call, &Options::default()).await.context("submitting newer collateral")?;
    Ok(())
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).context("not hexadecimal")
}
