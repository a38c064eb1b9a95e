//! What must hold of all disputes.

use adyton_protocol::{
    dispute::{self, Dispute, Stage},
    ids::{Digest, WorkerId},
};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{
    ensure,
    traits::{Get, fungible::hold::Inspect},
};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_runtime::{AccountId32, TryRuntimeError},
};

use crate::{
    Accusations, Against, Ballots, Claims, Config, Disputes, Endings, HoldReason, LastDispute, MAX_AGAINST, Manifests,
    Open, Pallet, Parameters, Rewards, parameters::are_possible,
};

impl<T: Config> Pallet<T> {
    /// The invariants: what is open is listed once and ascending, with its manifest, its accusation and its claim, and has
    /// not ended; ballots are of open disputes, were drawn, are one operator's each and nobody's own case, and no more
    /// than there are seats; what is held of an account is the bonds of its disputes.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(are_possible(&Parameters::<T>::get()), "the rules cannot be followed");
        let (last, open) = (LastDispute::<T>::get(), Open::<T>::get());
        ensure!(open.windows(2).all(|pair| pair.first() < pair.last()), "open disputes are not listed in order");
        ensure!(open.len() == Disputes::<T>::iter_keys().count(), "other disputes are open than are listed");
        let counts = [Manifests::<T>::iter_keys().count(), Accusations::<T>::iter_keys().count()];
        ensure!(counts.iter().all(|count| *count == open.len()), "something is kept of no dispute");
        let mut bonds = BTreeMap::<AccountId32, u128>::new();
        let mut against = BTreeMap::<WorkerId, u32>::new();
        for number in open.iter() {
            let dispute = Disputes::<T>::get(number).ok_or("a listed dispute is not there")?;
            ensure!(*number <= last && !Endings::<T>::contains_key(number), "an open dispute was never, or is over");
            Self::try_dispute(*number, &dispute)?;
            let sum = bonds.entry(AccountId32::new(dispute.challenger.0)).or_default();
            *sum = sum.saturating_add(dispute.bond);
            let count = against.entry(dispute.worker).or_default();
            *count = count.saturating_add(1);
        }
        ensure!(against.values().all(|count| *count <= MAX_AGAINST), "too many results of a worker are disputed");
        let counted: BTreeMap<_, _> = Against::<T>::iter().collect();
        ensure!(counted == against, "a worker's disputed results are not counted right");
        for (number, draw) in Ballots::<T>::iter_keys() {
            let dispute = Disputes::<T>::get(number).ok_or("there are ballots of no dispute")?;
            ensure!(draw > 0 && draw <= dispute.draw, "there are ballots of a draw to come");
            Self::try_ballots(number, draw, &dispute)?;
        }
        ensure!(Endings::<T>::iter_keys().all(|number| number <= last), "a dispute has ended that never was");
        let ended = |number: u64| Endings::<T>::contains_key(number);
        ensure!(Rewards::<T>::iter_keys().all(ended), "something is shared of a dispute that is open");
        ensure!(Claims::<T>::iter_values().all(|number| number <= last), "a claim is in a dispute that never was");
        for account in frame_system::Account::<T>::iter_keys().chain(bonds.keys().cloned()) {
            let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &account);
            let owed = bonds.get(&account).copied().unwrap_or_default();
            ensure!(held == owed, "what is held of an account is not the bonds of its disputes");
        }
        Ok(())
    }

    fn try_dispute(number: u64, dispute: &Dispute) -> Result<(), TryRuntimeError> {
        ensure!(Manifests::<T>::contains_key(number), "a dispute has no manifest");
        ensure!(Accusations::<T>::contains_key(number), "a dispute accuses nobody");
        let network = T::Network::get().ok_or("there is a dispute without a network")?;
        let mark: Digest = dispute.claim.digest(&network, &dispute.key);
        ensure!(Claims::<T>::get(mark) == Some(number), "a dispute's claim is in another one");
        ensure!(dispute.seats > 0 && dispute.seats <= dispute::MAX_SEATS, "a draw has no seats, or too many");
        ensure!(dispute.draw > 0 && dispute.draw <= dispute::MAX_DRAWS, "there are too many draws");
        Ok(())
    }

    fn try_ballots(number: u64, draw: u8, dispute: &Dispute) -> Result<(), TryRuntimeError> {
        let ballots = Ballots::<T>::get((number, draw));
        let operators: BTreeSet<_> = ballots.iter().map(|ballot| ballot.operator).collect();
        ensure!(operators.len() == ballots.len(), "two seats are one operator's");
        let own = operators.contains(&dispute.operator) || operators.contains(&dispute.challenger);
        ensure!(!own, "somebody judges their own case");
        let Stage::Sitting(sitting) = dispute.stage else { return Ok(()) };
        if draw != dispute.draw {
            return Ok(());
        }
        ensure!(ballots.len() <= dispute.seats as usize, "more jurors have seats than there are");
        let mut kinds = BTreeMap::<_, u32>::new();
        for ballot in ballots.iter() {
            let drawn = dispute::drawn(&sitting.value, number, draw, &ballot.worker);
            ensure!(ballot.drawn == drawn && drawn < sitting.drawn_below, "a juror was not drawn");
            let count = kinds.entry(ballot.kind).or_default();
            *count = count.saturating_add(1);
        }
        ensure!(kinds.values().all(|count| *count <= sitting.of_one_kind), "too many jurors are of one kind");
        Ok(())
    }
}
