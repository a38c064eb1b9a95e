//! The random beacon's share, and the rounds that are signed with it. `specs/beacon.md` has the whole of it.
//!
//! What must always hold: a round is signed only when a proven, finalized block says that it is due; the share signs
//! nothing else, and leaves this process only sealed, as that of the master secret does.
//!
//! The beacon is worth less than the keys of contracts: without a share of it, a keyholder does all the rest as before.

use std::time::Duration;

use adyton_chain_client::{
    extrinsic::{Call, Signer, calls},
    facts::Facts as Proven,
    verifier::Refusal,
};
use adyton_protocol::{
    beacon::{Commitments, RoundSchedule, RoundSignature},
    ids::{BlockNumber, NetworkId},
    record::NetworkRecord,
    storage,
};
use adyton_threshold::{
    ThresholdError,
    beacon::{BeaconGroup, BeaconShare},
    deal_insecure_single,
};
use anyhow::{Context, ensure};
use rand_core::OsRng;
use tracing::{info, warn};

use crate::{chain::LightView, decision::name_admits_weakness, share_store::HeldShare};

/// How often the chain is asked for a newer block.
const POLL: Duration = Duration::from_secs(1);
/// How long one is waited for before that is said.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long an extrinsic is waited for.
const LIMIT: Duration = Duration::from_secs(60);
/// How long after a failure nothing is tried.
const PAUSE: Duration = Duration::from_secs(2);

/// A share of the beacon's key, and the commitments that it belongs to.
#[derive(Debug)]
pub struct Beacon {
    group: BeaconGroup,
    share: BeaconShare,
}

/// What the chain says of the beacon after a block.
struct Seen {
    key: Option<Commitments>,
    schedule: Option<RoundSchedule>,
    latest: Option<u64>,
    block: BlockNumber,
}

/// What is to be done about it.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    /// The chain has no key.
    Publish,
    /// This round is due, and has not come.
    Bring(u64),
    /// The chain's key is another.
    OtherKey,
    /// Nothing.
    Wait,
}

impl Beacon {
    /// The beacon's side of a share that was made for it.
    pub fn new(held: HeldShare) -> Self {
        let (group, share) = held.into_parts();
        Self { group: BeaconGroup::new(group), share: BeaconShare::new(share) }
    }

    /// Publishes the key where the chain has none, and brings every round that is due, for ever. Failures are reported,
    /// and what is due then is tried again.
    pub(crate) async fn follow(&self, view: &LightView, signer: &dyn Signer, network: &NetworkId) {
        let mut steps = Steps::default();
        loop {
            if let Err(error) = self.step(&mut steps, view, signer, network).await {
                warn!(error = format!("{error:#}"), "the beacon did not get on");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Waits for a newer block and does what it asks for.
    async fn step(
        &self,
        steps: &mut Steps,
        view: &LightView,
        signer: &dyn Signer,
        network: &NetworkId,
    ) -> anyhow::Result<()> {
        let head = view.reader().head_above(steps.after, POLL, PATIENCE).await?;
        steps.after = head.number();
        let seen = Seen::read(&Proven::from(view.reader().read_at(&head, &Seen::keys()).await?))?;
        let task = self.task(&seen)?;
        match task {
            Task::Publish => {
                let posted =
                    view.post(signer, &Call::Beacon(calls::Beacon::PublishKey(self.published()?)), LIMIT).await;
                posted.context("publishing the beacon's key (one that the network removed is never taken again)")?;
                info!("the beacon's key published");
            }
            // The chain takes a round of a keyholder once; if it did not take it, it takes the next.
            Task::Bring(number) if steps.brought != Some(number) => {
                let signature = self.sign(network, number)?;
                view.post(signer, &Call::Beacon(calls::Beacon::Submit { number, signature }), LIMIT).await?;
                steps.brought = Some(number);
                info!(round = number, "a round of the beacon signed");
            }
            Task::OtherKey if !steps.warned => {
                warn!("the chain's key of the beacon is not the one that is shared here; nothing is signed");
                steps.warned = true;
            }
            Task::Bring(_) | Task::OtherKey | Task::Wait => {}
        }
        Ok(())
    }

    fn task(&self, seen: &Seen) -> Result<Task, anyhow::Error> {
        let Some(key) = &seen.key else { return Ok(Task::Publish) };
        if *key != self.published()? {
            return Ok(Task::OtherKey);
        }
        let due = seen.schedule.and_then(|schedule| schedule.due(seen.block));
        Ok(due.filter(|due| seen.latest.is_none_or(|latest| latest < *due)).map_or(Task::Wait, Task::Bring))
    }

    /// The signature of a round by a committee of one.
    fn sign(&self, network: &NetworkId, number: u64) -> Result<RoundSignature, ThresholdError> {
        let partial = self.group.check_partial(network, number, self.share.sign(network, number))?;
        self.group.combine(network, number, &[partial])
    }

    /// The commitments as the chain has them.
    fn published(&self) -> anyhow::Result<Commitments> {
        let commitments = self.group.commitments().to_bytes().try_into();
        commitments.map_err(|_| anyhow::anyhow!("commitments too long"))
    }
}

/// How far it has come.
#[derive(Default)]
struct Steps {
    /// The last block that was looked at.
    after: BlockNumber,
    /// The last round that a finalized block carries.
    brought: Option<u64>,
    /// Whether it was said that the chain's key is another.
    warned: bool,
}

impl Seen {
    fn keys() -> [Vec<u8>; 3] {
        [storage::beacon_key(), storage::beacon_schedule(), storage::beacon_latest()]
    }

    fn read(proven: &Proven) -> Result<Self, Refusal> {
        Ok(Self {
            key: proven.beacon_key()?,
            schedule: proven.beacon_schedule()?,
            latest: proven.beacon_latest()?,
            block: proven.block().number,
        })
    }
}

/// Decides with which share to go on: the one that is `held`, or a new one. One is made only where the chain proves that
/// there is no key yet (`published`), the measured configuration allows a committee of one, and the network's name says
/// that it is insecure; `keep` seals it before it is used.
pub(crate) fn choose(
    held: Option<HeldShare>,
    published: Option<&Commitments>,
    network: &NetworkRecord,
    insecure_single: bool,
    keep: impl FnOnce(&HeldShare) -> anyhow::Result<()>,
) -> anyhow::Result<Beacon> {
    if let Some(held) = held {
        return Ok(Beacon::new(held));
    }
    ensure!(published.is_none(), "the chain has a key of the beacon, and no share of it is sealed here");
    ensure!(
        insecure_single && name_admits_weakness(network),
        "the beacon has no key yet, and this keyholder must not make one alone"
    );
    let (group, share) = deal_insecure_single(&mut OsRng);
    let held = HeldShare::new(group, share)?;
    keep(&held)?;
    Ok(Beacon::new(held))
}

#[cfg(test)]
mod tests;
