//! What is sealed in a keyholder's folder: its shares, and the checkpoint from which they start.

use std::path::Path;

use adyton_admission::ChainReader;
use adyton_chain_client::{facts::Facts as Proven, verifier::Checkpoint};
use adyton_protocol::{record::NetworkRecord, storage};
use adyton_threshold::GroupPublic;
use anyhow::Context;
use tracing::warn;

use crate::{
    beacon::{self, Beacon},
    checkpoint::CheckpointStore,
    committee,
    config::Measured,
    share_store::{HeldShare, ShareStore, StoreError},
};

/// The files.
pub(crate) struct Folder {
    master: ShareStore,
    beacon: ShareStore,
    checkpoints: CheckpointStore,
}

/// What was in them when the process started.
pub(crate) struct Found {
    master: Option<HeldShare>,
    /// Without it, all but the beacon goes on.
    beacon: Result<Option<HeldShare>, StoreError>,
    /// Where the chain is to be proven from; none: from the genesis, because no share is here.
    pub(crate) start: Option<Checkpoint>,
}

/// What a keyholder goes on with.
pub(crate) struct Shares {
    pub(crate) master: HeldShare,
    /// None where there is none: the beacon has to do without this keyholder.
    pub(crate) beacon: Option<Beacon>,
    pub(crate) checkpoints: CheckpointStore,
}

impl Folder {
    /// The files in `data` under the measured configuration.
    pub(crate) fn new(data: &Path, measured: &Measured, sealing_key: &[u8; 32]) -> Self {
        let configuration = measured.digest();
        Self {
            master: ShareStore::new(data.join("share"), configuration, sealing_key),
            beacon: ShareStore::of_beacon(data.join("beacon-share"), configuration, sealing_key),
            checkpoints: CheckpointStore::new(data.join("checkpoint"), configuration, measured.genesis, sealing_key),
        }
    }

    /// Opens what is there. Refuses a share without its checkpoint.
    pub(crate) fn open(&mut self) -> anyhow::Result<Found> {
        let (master, beacon) = (self.master.open()?, self.beacon.open());
        let shares: Vec<&GroupPublic> = master.iter().chain(beacon.iter().flatten()).map(HeldShare::group).collect();
        let start = self.checkpoints.open(&shares)?;
        Ok(Found { master, beacon, start })
    }

    /// The shares to go on with: those that were found, or where nobody has any yet and that is allowed, new ones. They are
    /// checked against what the chain has published, as `reader` proves it from [`Found::start`] on.
    pub(crate) async fn shares(
        mut self,
        found: Found,
        measured: &Measured,
        reader: &ChainReader,
        network: &NetworkRecord,
    ) -> anyhow::Result<Shares> {
        // Where a share that is made now starts from.
        let here = reader.renewed().await.context("reading the newest block")?;
        let master = self.master(found.master, measured, reader, network, &here).await?;
        let beacon = match found.beacon.context("opening the share of the beacon's key") {
            Ok(held) => self.beacon(held, measured, reader, network, &here).await?,
            Err(error) => Err(error),
        };
        let beacon = beacon.inspect_err(|error| {
            warn!(error = format!("{error:#}"), "no share of the beacon's key: this keyholder signs no rounds");
        });
        Ok(Shares { master, beacon: beacon.ok(), checkpoints: self.checkpoints })
    }

    async fn master(
        &mut self,
        held: Option<HeldShare>,
        measured: &Measured,
        reader: &ChainReader,
        network: &NetworkRecord,
        here: &Checkpoint,
    ) -> anyhow::Result<HeldShare> {
        let tip = reader.read(&[storage::committee()]).await.context("reading the committee")?;
        let published = Proven::from(tip.values).committee()?;
        let Self { master: store, checkpoints, .. } = self;
        let keep = |made: &HeldShare| keep(made, store, checkpoints, here);
        let held = committee::choose(held, published.as_ref(), network, measured.insecure_single, keep)?;
        if held.group().is_insecure_single() {
            warn!("COMMITTEE OF ONE: this machine alone holds the network's master secret. For development only.");
        }
        Ok(held)
    }

    /// The outer error ends the boot: the chain cannot be read. The inner one says why there is no share.
    async fn beacon(
        &mut self,
        held: Option<HeldShare>,
        measured: &Measured,
        reader: &ChainReader,
        network: &NetworkRecord,
        here: &Checkpoint,
    ) -> anyhow::Result<anyhow::Result<Beacon>> {
        let tip = reader.read(&[storage::beacon_key()]).await.context("reading the beacon's key")?;
        let published = Proven::from(tip.values).beacon_key()?;
        let Self { beacon: store, checkpoints, .. } = self;
        let keep = |made: &HeldShare| keep(made, store, checkpoints, here);
        Ok(beacon::choose(held, published.as_ref(), network, measured.insecure_single, keep))
    }
}

/// Seals a share that was just made; before it, the checkpoint that names it.
fn keep(
    made: &HeldShare,
    store: &ShareStore,
    checkpoints: &mut CheckpointStore,
    here: &Checkpoint,
) -> anyhow::Result<()> {
    checkpoints.admit(made.group(), here)?;
    Ok(store.create(made)?)
}

#[cfg(test)]
mod tests;
