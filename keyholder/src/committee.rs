//! Which share is held, and that the chain's committee is the one it belongs to.

use std::time::Duration;

use adyton_chain_client::{
    extrinsic::{self, Call, Options, Signer, calls},
    facts::Facts as Proven,
};
use adyton_protocol::{
    ids::WorkerId,
    record::{CommitteeRecord, NetworkRecord},
    storage,
};
use adyton_threshold::{GroupPublic, deal_insecure_single};
use anyhow::{Context, bail, ensure};
use rand_core::OsRng;
use tracing::{info, warn};

use crate::{chain::LightView, decision::name_admits_weakness, share_store::HeldShare};

/// The key epoch with which a committee begins.
const FIRST_EPOCH: u32 = 0;
/// How long after a failure publishing is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Decides with which share to go on. A share is made only where the chain proves that there is no committee
/// yet, the measured configuration allows a committee of one, and the network's name says that it is insecure; `keep` seals
/// it before it is used.
pub(crate) fn choose(
    held: Option<HeldShare>,
    published: Option<&CommitteeRecord>,
    network: &NetworkRecord,
    insecure_single: bool,
    keep: impl FnOnce(&HeldShare) -> anyhow::Result<()>,
) -> anyhow::Result<HeldShare> {
    if let Some(held) = held {
        let same = published.is_none_or(|committee| committee.group.as_slice() == held.group().to_bytes());
        ensure!(
            same,
            "the sealed share is not of the chain's committee: this machine's share is from another key, or was reshared away"
        );
        return Ok(held);
    }
    if published.is_some() {
        bail!(
            "the chain has a committee, and no share of it is sealed here: a lost share is replaced by resharing, never made anew"
        );
    }
    ensure!(
        insecure_single,
        "the network has no master secret yet, and this keyholder must not make one alone (measured.insecure_single)"
    );
    let name = String::from_utf8_lossy(&network.name);
    ensure!(
        name_admits_weakness(network),
        "a committee of one is refused on network {name:?}: its name would have to contain \"insecure\""
    );
    let (group, share) = deal_insecure_single(&mut OsRng);
    let held = HeldShare::new(group, share)?;
    keep(&held)?;
    Ok(held)
}

/// Publishes the committee of one if the chain has none, waits until a committee with `group` is proven, and
/// gives this keyholder's seat in it.
pub(crate) async fn establish(
    view: &LightView,
    signer: &dyn Signer,
    keyholder: WorkerId,
    group: &GroupPublic,
) -> anyhow::Result<u32> {
    loop {
        let published = match view.reader().read(&[storage::committee()]).await {
            Ok(tip) => Proven::from(tip.values).committee()?,
            Err(error) => {
                warn!(%error, "cannot read the committee");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if let Some(committee) = published {
            return seat(&committee, keyholder, group);
        }
        if let Err(error) = publish(view, signer, keyholder, group).await {
            warn!(error = format!("{error:#}"), "publishing the committee did not come about");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn publish(
    view: &LightView,
    signer: &dyn Signer,
    keyholder: WorkerId,
    group: &GroupPublic,
) -> anyhow::Result<()> {
    ensure!(group.is_insecure_single(), "only a committee of one publishes itself");
    let committee = CommitteeRecord {
        epoch: FIRST_EPOCH,
        threshold: group.threshold(),
        keyholders: vec![keyholder].try_into().map_err(|_| anyhow::anyhow!("too many keyholders"))?,
        group: group.to_bytes().try_into().map_err(|_| anyhow::anyhow!("commitments too long"))?,
    };
    let call = Call::Keys(calls::Keys::PublishCommittee(committee));
    let included = extrinsic::call(view.reader(), signer, &call, &Options::default()).await?;
    info!(block = included.block.number(), "committee published");
    Ok(())
}

fn seat(committee: &CommitteeRecord, keyholder: WorkerId, group: &GroupPublic) -> anyhow::Result<u32> {
    ensure!(
        committee.group.as_slice() == group.to_bytes(),
        "the chain's committee is not the one that this share belongs to"
    );
    ensure!(
        committee.threshold == group.threshold(),
        "the chain's committee has another threshold than its commitments"
    );
    let seat = committee.keyholders.iter().position(|member| *member == keyholder);
    let seat = seat.context("this keyholder has no seat in the chain's committee")?;
    Ok(u32::try_from(seat)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decision::tests::network, share_store::ShareStore};

    fn store() -> (tempfile::TempDir, ShareStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = ShareStore::new(folder.path().join("share"), adyton_protocol::ids::Digest([1; 32]), &[1; 32]);
        (folder, store)
    }

    fn seal(store: &ShareStore) -> impl FnOnce(&HeldShare) -> anyhow::Result<()> {
        move |held| Ok(store.create(held)?)
    }

    fn record(group: &GroupPublic, keyholder: WorkerId) -> CommitteeRecord {
        CommitteeRecord {
            epoch: FIRST_EPOCH,
            threshold: group.threshold(),
            keyholders: vec![keyholder].try_into().unwrap(),
            group: group.to_bytes().try_into().unwrap(),
        }
    }

    #[test]
    fn the_first_keyholder_of_an_insecure_network_makes_the_secret_and_finds_it_again() {
        let (_folder, store) = store();
        let made = choose(None, None, &network("a-insecure"), true, seal(&store)).unwrap();
        let again = choose(store.open().unwrap(), None, &network("a-insecure"), true, seal(&store)).unwrap();
        assert_eq!(made.group(), again.group());
        let published = record(made.group(), WorkerId([1; 32]));
        assert!(choose(store.open().unwrap(), Some(&published), &network("a-insecure"), false, seal(&store)).is_ok());
    }

    #[test]
    fn a_secret_is_not_made_where_the_configuration_does_not_allow_it() {
        let (_folder, store) = store();
        assert!(choose(None, None, &network("a-insecure"), false, seal(&store)).is_err());
        assert!(store.open().unwrap().is_none());
    }

    #[test]
    fn a_secret_is_not_made_alone_on_a_network_that_does_not_call_itself_insecure() {
        let (_folder, store) = store();
        assert!(choose(None, None, &network("adyton"), true, seal(&store)).is_err());
        assert!(store.open().unwrap().is_none());
    }

    #[test]
    fn a_secret_is_not_made_anew_when_the_chain_has_a_committee() {
        let (_folder, store) = store();
        let (group, _) = deal_insecure_single(&mut OsRng);
        let published = record(&group, WorkerId([1; 32]));
        assert!(choose(None, Some(&published), &network("a-insecure"), true, seal(&store)).is_err());
        assert!(store.open().unwrap().is_none());
    }

    #[test]
    fn a_share_of_another_key_than_the_chains_is_not_used() {
        let (_folder, store) = store();
        choose(None, None, &network("a-insecure"), true, seal(&store)).unwrap();
        let (stranger, _) = deal_insecure_single(&mut OsRng);
        let published = record(&stranger, WorkerId([1; 32]));
        assert!(choose(store.open().unwrap(), Some(&published), &network("a-insecure"), true, seal(&store)).is_err());
    }

    #[test]
    fn a_keyholder_without_a_seat_or_with_another_group_does_not_serve() {
        let (group, _) = deal_insecure_single(&mut OsRng);
        let (stranger, _) = deal_insecure_single(&mut OsRng);
        let committee = record(&group, WorkerId([1; 32]));
        assert_eq!(seat(&committee, WorkerId([1; 32]), &group).unwrap(), 0);
        assert!(seat(&committee, WorkerId([2; 32]), &group).is_err());
        assert!(seat(&committee, WorkerId([1; 32]), &stranger).is_err());
    }
}
