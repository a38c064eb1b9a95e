//! What must hold of all disputes.

use adyton_protocol::{
    dispute::{self, Dispute, Ending, Stage},
    ids::{ContractId, Digest, WorkerId},
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
    Accusations, Against, Ballots, Claims, Config, Contested, Disputes, Endings, HoldReason, LastDispute, MAX_AGAINST,
    Manifests, Open, Pallet, Parameters, Remembered, RememberedPlaces, Rewards, Withheld,
};

impl<T: Config> Pallet<T> {
    /// The invariants: what is open is listed once and ascending, with its manifest, its accusation and its claim, and has
    /// not ended; ballots are of open disputes, were drawn, are one operator's each and nobody's own case, and no more
    /// than there are seats; what is held of an account is the bonds of its disputes; what has ended, and which claims it
    /// has decided, is remembered until its turn, and nothing else is.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(Self::suit(&Parameters::<T>::get()).is_ok(), "the rules cannot be followed");
        let (last, open) = (LastDispute::<T>::get(), Open::<T>::get());
        ensure!(open.windows(2).all(|pair| pair.first() < pair.last()), "open disputes are not listed in order");
        ensure!(open.len() == Disputes::<T>::iter_keys().count(), "other disputes are open than are listed");
        let counts = [Manifests::<T>::iter_keys().count(), Accusations::<T>::iter_keys().count()];
        ensure!(counts.iter().all(|count| *count == open.len()), "something is kept of no dispute");
        let mut bonds = BTreeMap::<AccountId32, u128>::new();
        let mut against = BTreeMap::<WorkerId, u32>::new();
        let mut contested = BTreeMap::<ContractId, u32>::new();
        for number in open.iter() {
            let dispute = Disputes::<T>::get(number).ok_or("a listed dispute is not there")?;
            ensure!(*number <= last && !Endings::<T>::contains_key(number), "an open dispute was never, or is over");
            Self::try_dispute(*number, &dispute)?;
            let sum = bonds.entry(AccountId32::new(dispute.challenger.0)).or_default();
            *sum = sum.saturating_add(dispute.bond);
            let count = against.entry(dispute.worker).or_default();
            *count = count.saturating_add(1);
            let count = contested.entry(dispute.claim.contract).or_default();
            *count = count.saturating_add(1);
        }
        let counted: BTreeMap<_, _> = Contested::<T>::iter().collect();
        ensure!(counted == contested, "a contract's disputed results are not counted right");
        ensure!(against.values().all(|count| *count <= MAX_AGAINST), "too many results of a worker are disputed");
        let counted: BTreeMap<_, _> = Against::<T>::iter().collect();
        ensure!(counted == against, "a worker's disputed results are not counted right");
        for (number, draw) in Ballots::<T>::iter_keys() {
            let dispute = Disputes::<T>::get(number).ok_or("there are ballots of no dispute")?;
            ensure!(draw > 0 && draw <= dispute.draw, "there are ballots of a draw to come");
            Self::try_ballots(number, draw, &dispute)?;
        }
        Self::try_past(&open)?;
        let over = |number: u64| number <= last && !open.contains(&number);
        ensure!(Rewards::<T>::iter_keys().all(over), "something is shared of a dispute that is open");
        ensure!(Claims::<T>::iter_values().all(|number| number <= last), "a claim is in a dispute that never was");
        for account in frame_system::Account::<T>::iter_keys().chain(bonds.keys().cloned()) {
            let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &account);
            let owed = bonds.get(&account).copied().unwrap_or_default();
            ensure!(held == owed, "what is held of an account is not the bonds of its disputes");
        }
        Ok(())
    }

    fn try_past(open: &[u64]) -> Result<(), TryRuntimeError> {
        let ((first, end), last) = (RememberedPlaces::<T>::get(), LastDispute::<T>::get());
        let (mut decided, mut withheld, mut ended, mut until) = (0, 0, 0, 0);
        for place in first..end {
            let past = Remembered::<T>::get(place).ok_or("what is remembered is not one behind the other")?;
            ensure!(
                past.dispute <= last && !open.contains(&past.dispute),
                "a dispute has ended that is open or never was"
            );
            let ending = Endings::<T>::get(past.dispute).ok_or("it is not remembered how a dispute has ended")?;
            ensure!(
                past.claim.is_none() == (ending == Ending::Undecided),
                "a claim was decided by nothing, or was not"
            );
            ensure!(past.until >= until, "what ended later is forgotten earlier");
            match past.claim {
                Some(claim) if ending == Ending::Withheld => {
                    ensure!(Withheld::<T>::get(claim) == Some(past.dispute), "what was withheld is not remembered");
                    withheld += 1;
                }
                Some(claim) => {
                    ensure!(Claims::<T>::get(claim) == Some(past.dispute), "a claim was decided by another dispute");
                    decided += 1;
                }
                None => {}
            }
            (until, ended) = (past.until, ended + 1);
        }
        ensure!(Remembered::<T>::iter_keys().count() == ended, "something is remembered that has no turn");
        ensure!(Endings::<T>::iter_keys().count() == ended, "an ending is remembered for good");
        ensure!(Claims::<T>::iter_keys().count() == decided + open.len(), "a claim is remembered for good");
        ensure!(Withheld::<T>::iter_keys().count() == withheld, "what was withheld is remembered for good");
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
        for ballot in ballots.iter() {
            let drawn = dispute::drawn(&sitting.value, number, draw, &ballot.worker);
            ensure!(ballot.drawn == drawn && drawn < sitting.drawn_below, "a juror was not drawn");
        }
        Ok(())
    }
}
