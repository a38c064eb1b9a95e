//! From draw to draw to the end of a dispute, and who is paid and charged by it.

use adyton_pallet_traits::{Beacon, Charging, Histories, Holder, Leases, Verdict};
use adyton_protocol::{
    dispute::{Answer, Ballot, Dispute, Ending, MAX_DRAWS, Parameters as Rules, Reward, Stage},
    ids::{AccountId as ProtocolAccount, BlockNumber, Digest},
};
use alloc::vec::Vec;
use frame_support::{
    BoundedVec, ensure,
    traits::{
        Get, Imbalance,
        fungible::{Balanced, BalancedHold, Credit, Inspect, hold::Mutate as _},
        tokens::{Fortitude, Precision, Preservation},
    },
    weights::Weight,
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchResult, Perbill},
};

use crate::{
    Accusations, Against, Ballots, Claims, Config, Contested, Disputes, Endings, Error, Event, HoldReason, Manifests,
    Open, Pallet, Parameters, Rewards, WeightInfo, Withheld, finding::Finding,
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
        let ballots = Self::ballots_of(number, dispute.draw);
        let answered_for = finding == Some(Finding::Withheld)
            && (Self::was_withheld(&dispute)
                || !is_contradicted(&ballots, &dispute) && Self::charge_holder(number, &dispute, &rules));
        let (ending, verdict) = match finding {
            Some(Finding::Right) => (Ending::Right, Verdict::Right),
            Some(Finding::Wrong(_)) => (Ending::Wrong, Verdict::Wrong),
            Some(Finding::Withheld) if !answered_for => {
                (Ending::Withheld, Verdict::Withheld(Perbill::from_parts(rules.withheld)))
            }
            Some(Finding::Withheld) | None => (Ending::Undecided, Verdict::Right),
        };
        let charged = Self::charge_jurors(&ballots, &dispute, finding, rules.wrong_verdict);
        let decided = finding.filter(|_| ending != Ending::Undecided);
        let right = Self::jurors_who_were_right(&ballots, &dispute, decided);
        let offence = Accusations::<T>::take(number);
        let sustained = offence.filter(|offence| T::Charging::decide(*offence, verdict));
        match (ending, sustained) {
            (Ending::Right, _) => Self::pay_of_bond(&dispute, &right, rules.fee),
            (Ending::Wrong | Ending::Withheld, Some(offence)) => {
                let jurors = BoundedVec::truncate_from(right.clone());
                let reward = Reward { offence, challenger: dispute.challenger, jurors, fee: rules.fee };
                Rewards::<T>::insert(number, reward);
            }
            (Ending::Wrong | Ending::Withheld | Ending::Undecided, _) => {}
        }
        if ending != Ending::Right {
            Self::give_back(&dispute);
        }
        Self::forget(number, &dispute, ending);
        let right = right.len() as u32;
        Self::deposit_event(Event::Ended { dispute: number, ending, right, charged });
        ballots.len() as u32
    }

    /// Removes all that is kept of an open dispute. What nobody could decide, or could be shown nothing of, may be disputed
    /// again.
    fn forget(number: u64, dispute: &Dispute, ending: Ending) {
        let less_one = |count: &mut Option<u32>| {
            *count = count.take().and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        };
        Open::<T>::mutate(|open| open.retain(|other| *other != number));
        Disputes::<T>::remove(number);
        Manifests::<T>::remove(number);
        Against::<T>::mutate_exists(dispute.worker, less_one);
        Contested::<T>::mutate_exists(dispute.claim.contract, less_one);
        let mark = Self::mark(dispute);
        if let Some(mark) = mark.filter(|_| matches!(ending, Ending::Withheld | Ending::Undecided)) {
            Claims::<T>::remove(mark);
        }
        if let Some(mark) = mark.filter(|_| ending == Ending::Withheld) {
            Withheld::<T>::insert(mark, number);
        }
        Endings::<T>::insert(number, ending);
        Self::remember(number, mark.filter(|_| ending != Ending::Undecided));
    }

    /// By what its claim is known. There is no dispute without a network.
    fn mark(dispute: &Dispute) -> Option<Digest> {
        T::Network::get().map(|network| dispute.claim.digest(&network, &dispute.key))
    }

    /// Whether its history was withheld in an earlier dispute: its worker was charged for that, and is not again.
    fn was_withheld(dispute: &Dispute) -> bool {
        Self::mark(dispute).is_some_and(Withheld::<T>::contains_key)
    }

    /// Nobody got the history. The accused answers for that, unless another worker has it now and can show it: then that one
    /// is charged in its place, once for each lease, and nobody gains. It has to have at least as much to lose: otherwise
    /// whoever lies would hand the contract on to somebody who has nothing. Says whether it was charged.
    fn charge_holder(number: u64, dispute: &Dispute, rules: &Rules) -> bool {
        let (Some(offence), Some(holder)) = (Accusations::<T>::get(number), Self::holder(dispute)) else {
            return false;
        };
        let (fraction, treasury) = (Perbill::from_parts(rules.withheld), ProtocolAccount(T::Treasury::get().into()));
        let charged = T::Charging::charge_holder(offence, &holder, fraction, treasury);
        if charged {
            Self::deposit_event(Event::HolderCharged { dispute: number, holder: holder.worker });
        }
        charged
    }

    /// Who has the history beside the accused: the worker that holds the contract and, by the chain's own record, has opened
    /// its state where the disputed call had ended, or later. The request of a call that wrote nothing came with no commit:
    /// no head shows whether it was handed on, and nobody but the accused answers for it.
    fn holder(dispute: &Dispute) -> Option<Holder> {
        let contract = dispute.claim.contract;
        let lease = T::Leases::living_lease(&contract).filter(|lease| lease.holder != dispute.worker)?;
        let (head, _) = T::Histories::opening(&contract)?;
        let (before, after) = (dispute.claim.before.sequence, dispute.claim.outcome.after.sequence);
        let has_it = after > before && head.lease == lease.number && head.opening.sequence >= after;
        has_it.then_some(Holder { worker: lease.holder, contract, lease: lease.number })
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

    /// Of a lost bond, jurors are paid; the rest is the treasury's.
    fn pay_of_bond(dispute: &Dispute, jurors: &[ProtocolAccount], fee: u128) {
        let (reason, challenger) = (HoldReason::Bond.into(), AccountId32::new(dispute.challenger.0));
        let each = dispute.bond.checked_div(jurors.len() as u128).map_or(0, |part| part.min(fee));
        let (credit, missing) = T::Currency::slash(&reason, &challenger, dispute.bond);
        debug_assert!(missing == 0, "the bond is held");
        Self::distribute(credit, jurors, each, &[T::Treasury::get()]);
    }

    fn give_back(dispute: &Dispute) {
        let (reason, challenger) = (HoldReason::Bond.into(), AccountId32::new(dispute.challenger.0));
        let released = T::Currency::release(&reason, &challenger, dispute.bond, Precision::BestEffort);
        debug_assert!(released.is_ok(), "what is held can be given back");
    }

    /// Shares what was issued for an offence that is over: up to half of it to the jurors who were right, a fee each at
    /// most, the rest to who disputed.
    pub(crate) fn share_reward(number: u64) -> DispatchResult {
        let Reward { offence, challenger, jurors, fee } = Rewards::<T>::get(number).ok_or(Error::<T>::NoReward)?;
        ensure!(!T::Charging::is_open(offence), Error::<T>::TooEarly);
        let network = T::Network::get().ok_or(Error::<T>::NoNetwork)?;
        let account = AccountId32::new(Self::account(&network, number).0);
        let amount = T::Currency::balance(&account);
        let half = amount.checked_div(2).unwrap_or(0);
        let each = half.checked_div(jurors.len() as u128).map_or(0, |part| part.min(fee));
        // All at once: what is left behind in between may be too little for an account, and would be lost.
        let (all, force) = (Preservation::Expendable, Fortitude::Force);
        let credit = T::Currency::withdraw(&account, amount, Precision::Exact, all, force)?;
        Self::distribute(credit, &jurors, each, &[AccountId32::new(challenger.0), T::Treasury::get()]);
        Rewards::<T>::remove(number);
        Self::deposit_event(Event::Shared { dispute: number, amount });
        Ok(())
    }

    /// Pays so much to each juror, and what is left to the first of `rest` who can take it. An account that is not there,
    /// and would not be by so little, can take nothing; what nobody can take is burnt.
    fn distribute(
        mut credit: Credit<AccountId32, T::Currency>,
        jurors: &[ProtocolAccount],
        each: u128,
        rest: &[AccountId32],
    ) {
        for juror in jurors.iter().filter(|_| each > 0) {
            let (part, left) = credit.split(each);
            credit = match T::Currency::resolve(&AccountId32::new(juror.0), part) {
                Ok(()) => left,
                Err(part) => left.merge(part),
            };
        }
        for account in rest {
            match T::Currency::resolve(account, credit) {
                Ok(()) => return,
                Err(back) => credit = back,
            }
        }
    }
}

/// Whether any juror got a history, and with it something else than is claimed: nobody has kept it from that one.
fn is_contradicted(ballots: &[Ballot], dispute: &Dispute) -> bool {
    let claimed = Answer::Outcome(dispute.claim.outcome.digest());
    ballots.iter().filter_map(|ballot| ballot.answer).any(|answer| answer != claimed && answer != Answer::Unavailable)
}
