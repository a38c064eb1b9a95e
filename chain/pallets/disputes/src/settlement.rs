//! From draw to draw to the end of a dispute, and who is paid and charged by it.

use adyton_pallet_traits::{Beacon, Charging, Deployments, Leases, Verdict};
use adyton_protocol::{
    dispute::{Ballot, Dispute, Ending, MAX_DRAWS, Reward, Stage},
    ids::{AccountId as ProtocolAccount, BlockNumber},
};
use alloc::vec::Vec;
use frame_support::{
    BoundedVec, ensure,
    traits::{
        Get,
        fungible::{Inspect, Mutate as _, hold::Mutate as _},
        tokens::{Fortitude, Precision, Preservation, Restriction},
    },
    weights::Weight,
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, Perbill},
};

use crate::{
    Accusations, Against, Ballots, Claims, Config, Disputes, Endings, Error, Event, HoldReason, Manifests, Open,
    Pallet, Parameters, Rewards, WeightInfo, finding::Finding,
};

impl<T: Config> Pallet<T> {
    /// What a block does: draws where the beacon's round has come, and closes one draw whose time is over.
    pub(crate) fn go_on(now: BlockNumber) -> Weight {
        let open = Open::<T>::get();
        let mut weight = T::WeightInfo::pass(open.len() as u32);
        let latest = T::Beacon::latest();
        let mut closed = false;
        for number in open {
            let Some(dispute) = Disputes::<T>::get(number) else { continue };
            match dispute.stage {
                Stage::Waiting(waiting) => match latest.filter(|(round, _)| *round > waiting.after) {
                    Some((round, _)) => {
                        if let Some((value, _)) = T::Beacon::value(round) {
                            Self::draw(number, dispute, value, now);
                            weight = weight.saturating_add(T::WeightInfo::draw());
                        }
                    }
                    None if now > waiting.until && !closed => {
                        closed = true;
                        weight = weight.saturating_add(T::WeightInfo::close(Self::end(number, dispute, None)));
                    }
                    None => {}
                },
                Stage::Sitting(sitting) if now > sitting.reveal_until && !closed => {
                    closed = true;
                    weight = weight.saturating_add(T::WeightInfo::close(Self::close(number, dispute)));
                }
                Stage::Sitting(_) => {}
            }
        }
        weight
    }

    /// Closes a draw: the dispute ends, or more jurors are drawn. Says how many ballots it took.
    fn close(number: u64, dispute: Dispute) -> u32 {
        let ballots = Ballots::<T>::get((number, dispute.draw));
        let last = dispute.draw >= MAX_DRAWS;
        let finding = Finding::of(&ballots, dispute.seats, &dispute.claim.outcome.digest(), last);
        let next = Self::waiting(&Parameters::<T>::get()).ok().filter(|_| finding.is_none() && !last);
        let Some(waiting) = next else { return Self::end(number, dispute, finding) };
        let draw = dispute.draw.saturating_add(1);
        let seats = dispute.seats.saturating_mul(2).saturating_add(1);
        Disputes::<T>::insert(number, Dispute { draw, seats, stage: Stage::Waiting(waiting), ..dispute });
        Self::deposit_event(Event::Redrawn { dispute: number, draw, seats });
        ballots.len() as u32
    }

    /// Ends a dispute. Says how many ballots it took.
    fn end(number: u64, dispute: Dispute, finding: Option<Finding>) -> u32 {
        let rules = Parameters::<T>::get();
        let (ending, verdict) = match finding {
            Some(Finding::Right) => (Ending::Right, Verdict::Right),
            Some(Finding::Wrong(_)) => (Ending::Wrong, Verdict::Wrong),
            Some(Finding::Withheld) if Self::withholds(&dispute) => {
                (Ending::Withheld, Verdict::Withheld(Perbill::from_parts(rules.withheld)))
            }
            Some(Finding::Withheld) | None => (Ending::Undecided, Verdict::Right),
        };
        let ballots = Self::ballots_of(number, dispute.draw);
        let charged = Self::charge_jurors(&ballots, &dispute, finding, rules.wrong_verdict);
        let decided = finding.filter(|_| ending != Ending::Undecided);
        let right = Self::jurors_who_were_right(&ballots, &dispute, decided);
        let offence = Accusations::<T>::take(number);
        let sustained = offence.filter(|offence| T::Charging::decide(*offence, verdict));
        let mut left = dispute.bond;
        match (ending, sustained) {
            (Ending::Right, _) => left = Self::pay_of_bond(&dispute, &right, rules.fee),
            (Ending::Wrong | Ending::Withheld, Some(offence)) => {
                let jurors = BoundedVec::truncate_from(right.clone());
                let reward = Reward { offence, challenger: dispute.challenger, jurors, fee: rules.fee };
                Rewards::<T>::insert(number, reward);
            }
            (Ending::Wrong | Ending::Withheld | Ending::Undecided, _) => {}
        }
        Self::give_back(&dispute, left);
        Self::forget(number, &dispute, ending);
        let right = right.len() as u32;
        Self::deposit_event(Event::Ended { dispute: number, ending, right, charged });
        ballots.len() as u32
    }

    /// Removes all that is kept of an open dispute. What nobody could decide may be disputed again.
    fn forget(number: u64, dispute: &Dispute, ending: Ending) {
        Open::<T>::mutate(|open| open.retain(|other| *other != number));
        Disputes::<T>::remove(number);
        Manifests::<T>::remove(number);
        Against::<T>::mutate_exists(dispute.worker, |count| {
            *count = count.take().and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        if let (Ending::Undecided, Some(network)) = (ending, T::Network::get()) {
            Claims::<T>::remove(dispute.claim.digest(&network, &dispute.key));
        }
        Endings::<T>::insert(number, ending);
    }

    /// Whether it is the accused who withholds the history: the contract is there, and nobody else holds it now. Where
    /// somebody else does, nobody can say which of them has not passed it on.
    fn withholds(dispute: &Dispute) -> bool {
        let contract = &dispute.claim.contract;
        let others = T::Leases::living_lease(contract).is_some_and(|lease| lease.holder != dispute.worker);
        T::Deployments::owner(contract).is_some() && !others
    }

    /// Takes the ballots of all draws up to this one.
    fn ballots_of(number: u64, draw: u8) -> Vec<Ballot> {
        (1..=draw).flat_map(|draw| Ballots::<T>::take((number, draw))).collect()
    }

    /// Charges who did not answer, and who answered with another outcome than was found. Says how many.
    fn charge_jurors(ballots: &[Ballot], dispute: &Dispute, finding: Option<Finding>, share: u32) -> u32 {
        let claimed = dispute.claim.outcome.digest();
        let fraction = Perbill::from_parts(share);
        let is_wrong = |ballot: &&Ballot| match &ballot.answer {
            None => true,
            Some(answer) => finding.is_some_and(|finding| finding.contradicts(answer, &claimed)),
        };
        let wrong = ballots.iter().filter(is_wrong);
        let charged = wrong.filter(|ballot| T::Charging::charge_juror(&ballot.worker, fraction, dispute.challenger));
        charged.count() as u32
    }

    /// The operators of those who were right.
    fn jurors_who_were_right(ballots: &[Ballot], dispute: &Dispute, finding: Option<Finding>) -> Vec<ProtocolAccount> {
        let claimed = dispute.claim.outcome.digest();
        let agrees = |ballot: &&Ballot| {
            let answer = ballot.answer.as_ref();
            finding.zip(answer).is_some_and(|(finding, answer)| finding.agrees(answer, &claimed))
        };
        ballots.iter().filter(agrees).map(|ballot| ballot.operator).collect()
    }

    /// Of a lost bond, jurors are paid; the rest is the treasury's. Answers what could not be paid.
    fn pay_of_bond(dispute: &Dispute, jurors: &[ProtocolAccount], fee: u128) -> u128 {
        let each = dispute.bond.checked_div(jurors.len() as u128).map_or(0, |part| part.min(fee));
        let paid = |left: u128, juror: &ProtocolAccount| {
            left.saturating_sub(Self::pay(dispute, &AccountId32::new(juror.0), each))
        };
        let left = jurors.iter().fold(dispute.bond, paid);
        left.saturating_sub(Self::pay(dispute, &T::Treasury::get(), left))
    }

    /// Pays of the bond. An account that is not there and would not be by so little gets nothing.
    fn pay(dispute: &Dispute, to: &AccountId32, amount: u128) -> u128 {
        let (reason, from) = (HoldReason::Bond.into(), AccountId32::new(dispute.challenger.0));
        let (precision, mode, force) = (Precision::BestEffort, Restriction::Free, Fortitude::Force);
        T::Currency::transfer_on_hold(&reason, &from, to, amount, precision, mode, force).unwrap_or(0)
    }

    fn give_back(dispute: &Dispute, amount: u128) {
        let (reason, challenger) = (HoldReason::Bond.into(), AccountId32::new(dispute.challenger.0));
        let released = T::Currency::release(&reason, &challenger, amount, Precision::BestEffort);
        debug_assert!(released.is_ok(), "what is held can be given back");
    }

    /// Shares what was issued for an offence that is over: up to half of it to the jurors who were right, a fee each at
    /// most, the rest to who disputed.
    pub(crate) fn share_reward(number: u64) -> Result<(), Error<T>> {
        let Reward { offence, challenger, jurors, fee } = Rewards::<T>::get(number).ok_or(Error::<T>::NoReward)?;
        ensure!(!T::Charging::is_open(offence), Error::<T>::TooEarly);
        let network = T::Network::get().ok_or(Error::<T>::NoNetwork)?;
        let account = AccountId32::new(Self::account(&network, number).0);
        let amount = T::Currency::balance(&account);
        let half = amount.checked_div(2).unwrap_or(0);
        let each = half.checked_div(jurors.len() as u128).map_or(0, |part| part.min(fee));
        for juror in jurors {
            Self::hand_over(&account, juror, each);
        }
        Self::hand_over(&account, challenger, T::Currency::balance(&account));
        Rewards::<T>::remove(number);
        Self::deposit_event(Event::Shared { dispute: number, amount });
        Ok(())
    }

    /// An account that is not there and would not be by so little gets nothing.
    fn hand_over(from: &AccountId32, to: ProtocolAccount, amount: u128) {
        if amount > 0 {
            let to = AccountId32::new(to.0);
            T::Currency::transfer(from, &to, amount, Preservation::Expendable).ok();
        }
    }
}
