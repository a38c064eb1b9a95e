//! How an operator shows a worker's GPUs to the chain, after its registration or renewal: what NVIDIA says is fetched,
//! manifests that the chain lacks are stored, signatures that it does not remember are checked a few in each block, and
//! then each GPU is added to the worker.

use std::path::PathBuf;

use adyton_attestation::nvidia::CheckedManifest;
use adyton_client::{
    Client,
    chain::extrinsic::{
        Signer,
        calls::{Call, CheckedSignature, Devices, Showing},
    },
    protocol::{
        device::{DeviceEvidence, DeviceId, checked_signature},
        ids::WorkerId,
        statement::AttestedStatement,
        storage,
    },
};
use anyhow::{Context, Result};
use clap::Args;
use codec::DecodeAll;

use super::plan::{Device, Manifest, Plan, endorsements, plan};
use crate::{
    attest::{NvidiaDevice, NvidiaFetched, Sources, nvidia_fetched, read_policy},
    connection::Connection,
    registration::OfferedDevice,
};

/// How many signatures a call of the chain's pays for that are not remembered; as many fit into a block.
const MOST_FRESH: usize = 4;

/// Where what NVIDIA says about GPUs comes from.
#[derive(Debug, Args)]
pub struct ShowingArgs {
    /// What NVIDIA says about the worker's GPUs, as `adyton attest fetch` wrote it; by default NVIDIA is asked.
    #[arg(long, value_name = "FILE")]
    gpu_endorsements: Option<PathBuf>,
}

/// Shows the devices that the program offered with `statement`, which is registered. Answers which they are.
pub async fn show(
    args: &ShowingArgs,
    offered: &[OfferedDevice],
    statement: &AttestedStatement,
    client: &Client,
    operator: &dyn Signer,
    connection: &Connection<'_>,
) -> Result<Vec<DeviceId>> {
    let now = client.facts(&[storage::timestamp()]).await?.time_ms()? / 1000;
    let said = said(args, offered, now, connection).await?;
    let manifests: Vec<Vec<u8>> = said.manifests.iter().map(|xml| xml.clone().into_bytes()).collect();
    let Plan { manifests, devices } = plan(offered, statement, &manifests, &said.responses()?, now)?;
    let chain = Sender { client, operator, connection };
    for manifest in manifests {
        chain.store(manifest, now).await?;
    }
    let mut shown = Vec::new();
    for device in devices {
        let id = device.id;
        chain.show(device, statement.worker).await?;
        shown.push(id);
    }
    Ok(shown)
}

/// What NVIDIA says, from the file or from its services.
async fn said(
    args: &ShowingArgs,
    offered: &[OfferedDevice],
    now: u64,
    connection: &Connection<'_>,
) -> Result<NvidiaFetched> {
    if let Some(path) = &args.gpu_endorsements {
        let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        return endorsements(&file).with_context(|| path.display().to_string());
    }
    connection.output.progress("Asking NVIDIA about the worker's GPUs");
    let device = |offered: &OfferedDevice| {
        let parts = DeviceEvidence::from_bytes(&offered.evidence).context("a GPU's evidence is malformed")?;
        Ok(NvidiaDevice::new(parts.report.to_vec(), parts.certificates.to_vec()))
    };
    let devices: Vec<NvidiaDevice> = offered.iter().map(device).collect::<Result<_>>()?;
    let fetcher = Sources { vendor: &[], status: &[] }.fetcher(Some(connection.places.endorsements()))?;
    Ok(nvidia_fetched(&fetcher, &devices, &read_policy(None)?, now).await?.0)
}

/// Sends calls that the operator pays for.
struct Sender<'a> {
    client: &'a Client,
    operator: &'a dyn Signer,
    connection: &'a Connection<'a>,
}

impl Sender<'_> {
    /// Stores a manifest, unless what is there is as good at `now` (Unix seconds).
    async fn store(&self, manifest: Manifest, now: u64) -> Result<()> {
        let Manifest { id, root, checked, xml, responses, signatures } = manifest;
        let key = storage::device_manifests(&root, &id);
        let stored: Option<Vec<u8>> = self.client.facts(std::slice::from_ref(&key)).await?.item(&key, "a manifest")?;
        let stored = stored.map(|bytes| CheckedManifest::decode_all(&mut &bytes[..])).transpose();
        let stored = stored.context("the chain keeps manifests in a form that this version does not know")?;
        if stored.is_some_and(|stored| !checked.supersedes(&stored, now)) {
            return Ok(());
        }
        let fresh = self.check(signatures).await?;
        self.connection.output.progress(format!("The chain checks the manifest {id}"));
        let call = Devices::SubmitManifest { root, manifest: xml, responses, fresh };
        self.client.submit(self.operator, &Call::Devices(call)).await?;
        Ok(())
    }

    /// Adds a device to `worker`.
    async fn show(&self, device: Device, worker: WorkerId) -> Result<()> {
        let Device { id, evidence, signature, manifests, responses, signatures } = device;
        let fresh = self.check(signatures).await?;
        self.connection.output.progress(format!("The chain judges the GPU {id}"));
        let showing = Showing { worker, root: id.root, evidence, manifests, responses, signature, fresh };
        self.client.submit(self.operator, &Call::Devices(Devices::Show(Box::new(showing)))).await?;
        Ok(())
    }

    /// Has all of `signatures` checked that the chain does not remember, but the last ones that the next call pays for.
    /// Answers how many it pays for.
    async fn check(&self, signatures: Vec<CheckedSignature>) -> Result<u8> {
        let key = |one: &CheckedSignature| {
            storage::checked_signatures(&checked_signature(&one.key, &one.message, &one.signature))
        };
        let keys: Vec<Vec<u8>> = signatures.iter().map(key).collect();
        let facts = self.client.facts(&keys).await?;
        let mut unknown = Vec::new();
        for (signature, key) in signatures.into_iter().zip(&keys) {
            if facts.item::<u32>(key, "a checked signature")?.is_none() {
                unknown.push(signature);
            }
        }
        let (beforehand, fresh) = beforehand(unknown.len());
        unknown.truncate(beforehand);
        for some in unknown.chunks(MOST_FRESH) {
            self.connection.output.progress(format!("The chain checks {} of {beforehand} signatures", some.len()));
            let one =
                |signature: &CheckedSignature| Call::Devices(Devices::CheckSignature(Box::new(signature.clone())));
            self.client.submit(self.operator, &Call::all(some.iter().map(one).collect())).await?;
        }
        Ok(fresh)
    }
}

/// Of so many signatures that the chain does not know: how many are checked beforehand, and how many the call pays for.
fn beforehand(unknown: usize) -> (usize, u8) {
    let fresh = unknown.min(MOST_FRESH);
    // No more than four.
    (unknown - fresh, fresh as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_pays_for_the_last_four_signatures_and_those_before_are_checked_beforehand() {
        assert_eq!([0, 1, 4, 5, 11].map(beforehand), [(0, 0), (0, 1), (0, 4), (1, 4), (7, 4)]);
    }
}
