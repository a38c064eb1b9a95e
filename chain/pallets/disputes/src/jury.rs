//! Jurors: who may take a seat, who has it in the end, and what they answer.
//!
//! About three times as many workers are drawn as there are seats, because not all are there in time. Of those who come,
//! the lowest draws have the seats: to come first is of no use, and so who answers without having run anything gains
//! nothing over who did. Workers are drawn that ran when it was disputed: a worker's id is its operator's choice, and whoever
//! knew the round's value could make one that draws low.
//!
//! About a quarter of the seats is for other kinds of evidence than the most frequent one's, but only as far as somebody
//! with another kind is there: no registration, and no worker that does not come, takes a seat from who does.

use adyton_pallet_traits::{BootKeys, Running, Workers};
use adyton_protocol::{
    challenge::some_of,
    dispute::{self, Answer, Ballot, Ballots as BallotList, DRAWN_PER_SEAT, Dispute, SALT, Sitting, Stage},
    ids::{AccountId as ProtocolAccount, BlockNumber, Digest, SigningKey},
    record::EvidenceKind,
};
use frame_support::{ensure, traits::Get};
use polkadot_sdk::{frame_support, sp_runtime::AccountId32};

use crate::{Ballots, Config, Disputes, Error, Event, Pallet, Parameters};

/// A juror who may take a seat now. Only [`Pallet::candidate`] makes one.
pub(crate) struct Candidate {
    dispute: u64,
    draw: u8,
    place: Place,
    ballots: BallotList,
    ballot: Ballot,
}

/// An answer that may be taken now. Only [`Pallet::shown`] makes one.
pub(crate) struct Shown {
    dispute: u64,
    record: Dispute,
    sitting: Sitting,
    ballots: BallotList,
    position: usize,
}

/// Where somebody sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On a free seat.
    Free,
    /// In the place of who has this one.
    InsteadOf(usize),
}

impl<T: Config> Pallet<T> {
    /// A round of the beacon has come: it draws the jurors.
    pub(crate) fn draw(number: u64, record: Dispute, value: [u8; 32], now: BlockNumber) {
        let (rules, seats) = (Parameters::<T>::get(), record.seats);
        let drawn_below = some_of(seats.saturating_mul(DRAWN_PER_SEAT), T::Running::running());
        let of_one_kind = dispute::of_one_kind(seats);
        let commit_until = now.saturating_add(rules.commit);
        let reveal_until = commit_until.saturating_add(rules.reveal);
        let stage = Stage::Sitting(Sitting { value, drawn_below, of_one_kind, commit_until, reveal_until });
        let draw = record.draw;
        Disputes::<T>::insert(number, Dispute { stage, ..record });
        Self::deposit_event(Event::Drawn { dispute: number, draw, seats, drawn_below });
    }

    /// Checks all of a commitment but what it hides: this much is asked for every extrinsic that wants to be free.
    pub(crate) fn candidate(key: &AccountId32, number: u64, draw: u8) -> Result<Candidate, Error<T>> {
        let (dispute, sitting) = Self::sitting(number, draw)?;
        ensure!(sitting.takes_commitments(Self::block_number()), Error::<T>::TooLate);
        let key = ProtocolAccount(*key.as_ref());
        let (worker, record) = T::Workers::valid_worker(&key).ok_or(Error::<T>::NotAWorker)?;
        let own = [dispute.operator, dispute.challenger].contains(&record.operator) || worker == dispute.worker;
        ensure!(!own, Error::<T>::OwnCase);
        let started = T::Running::started(&worker).filter(|started| *started <= dispute.opened);
        ensure!(started.is_some(), Error::<T>::NotRunning);
        let drawn = dispute::drawn(&sitting.value, number, draw, &worker);
        ensure!(drawn < sitting.drawn_below, Error::<T>::NotDrawn);
        let ballots = Ballots::<T>::get((number, draw));
        let (operator, kind) = (record.operator, record.verdict.kind);
        let seated = ballots.iter().any(|ballot| ballot.worker == worker || ballot.operator == operator);
        ensure!(!seated, Error::<T>::AlreadySeated);
        let place = place(&ballots, dispute.seats, sitting.of_one_kind, kind, drawn).ok_or(Error::<T>::NoSeat)?;
        let ballot = Ballot { worker, operator, kind, drawn, commitment: Digest([0; 32]), answer: None };
        Ok(Candidate { dispute: number, draw, place, ballots, ballot })
    }

    /// Seats a juror.
    pub(crate) fn seat(candidate: Candidate, commitment: Digest) -> Result<(), Error<T>> {
        let Candidate { dispute, draw, place, mut ballots, ballot } = candidate;
        let (juror, ballot) = (ballot.worker, Ballot { commitment, ..ballot });
        let instead_of = match place {
            Place::Free => {
                ballots.try_push(ballot).map_err(|_| Error::<T>::NoSeat)?;
                None
            }
            Place::InsteadOf(position) => {
                let seat = ballots.get_mut(position).ok_or(Error::<T>::NoSeat)?;
                Some(core::mem::replace(seat, ballot).worker)
            }
        };
        Ballots::<T>::insert((dispute, draw), ballots);
        Self::deposit_event(Event::Seated { dispute, draw, juror, instead_of });
        Ok(())
    }

    /// Checks an answer: it is what a juror of this draw has committed to. Whether the juror's evidence still holds is not
    /// asked: who has committed may answer, for who does not answer is charged.
    pub(crate) fn shown(
        key: &AccountId32,
        number: u64,
        draw: u8,
        answer: &Answer,
        salt: &[u8; SALT],
    ) -> Result<Shown, Error<T>> {
        let (record, sitting) = Self::sitting(number, draw)?;
        let now = Self::block_number();
        ensure!(!sitting.takes_commitments(now), Error::<T>::TooEarly);
        ensure!(sitting.takes_answers(now), Error::<T>::TooLate);
        let key = SigningKey(*key.as_ref());
        let known = T::BootKeys::boot_key(&key).filter(|known| known.ended.is_none());
        let worker = known.ok_or(Error::<T>::NotAWorker)?.worker;
        let ballots = Ballots::<T>::get((number, draw));
        let found = ballots.iter().enumerate().find(|(_, ballot)| ballot.worker == worker);
        let (position, ballot) = found.ok_or(Error::<T>::NotSeated)?;
        ensure!(ballot.answer.is_none(), Error::<T>::AlreadyAnswered);
        let network = T::Network::get().ok_or(Error::<T>::NoNetwork)?;
        let committed = dispute::commitment(&network, number, draw, &worker, answer, salt);
        ensure!(committed == ballot.commitment, Error::<T>::AnotherCommitment);
        Ok(Shown { dispute: number, record, sitting, ballots, position })
    }

    /// Records an answer. After the last one nothing more is waited for.
    pub(crate) fn record(shown: Shown, answer: Answer) {
        let Shown { dispute, record, sitting, mut ballots, position } = shown;
        let draw = record.draw;
        if let Some(ballot) = ballots.get_mut(position) {
            ballot.answer = Some(answer);
            let juror = ballot.worker;
            Self::deposit_event(Event::Answered { dispute, draw, juror, answer });
        }
        if ballots.iter().all(|ballot| ballot.answer.is_some()) {
            let stage = Stage::Sitting(Sitting { reveal_until: Self::block_number(), ..sitting });
            Disputes::<T>::insert(dispute, Dispute { stage, ..record });
        }
        Ballots::<T>::insert((dispute, draw), ballots);
    }

    fn sitting(number: u64, draw: u8) -> Result<(Dispute, Sitting), Error<T>> {
        let dispute = Disputes::<T>::get(number).ok_or(Error::<T>::UnknownDispute)?;
        ensure!(dispute.draw == draw, Error::<T>::AnotherDraw);
        match dispute.stage {
            Stage::Waiting(_) => Err(Error::TooEarly),
            Stage::Sitting(sitting) => Ok((dispute, sitting)),
        }
    }
}

/// Where somebody with this draw and kind of evidence sits; none where those who are there have drawn lower. Which of all
/// who come have the seats in the end does not depend on who came first.
fn place(ballots: &[Ballot], seats: u32, of_one_kind: u32, kind: EvidenceKind, drawn: u64) -> Option<Place> {
    if ballots.len() < seats as usize {
        return Some(Place::Free);
    }
    let count = |kind: EvidenceKind| ballots.iter().filter(|ballot| ballot.kind == kind).count();
    let highest = |among: &dyn Fn(&Ballot) -> bool| {
        let rivals = ballots.iter().enumerate().filter(|(_, ballot)| among(ballot));
        rivals.max_by_key(|(_, ballot)| ballot.drawn)
    };
    // There is one at most: it is more than half.
    let over = EvidenceKind::ALL.into_iter().find(|kind| count(*kind) > of_one_kind as usize);
    if let Some(over) = over.filter(|over| *over != kind) {
        return highest(&|ballot| ballot.kind == over).map(|(position, _)| Place::InsteadOf(position));
    }
    let full = count(kind) >= of_one_kind as usize;
    let (position, highest) = highest(&|ballot| !full || ballot.kind == kind)?;
    (drawn < highest.drawn).then_some(Place::InsteadOf(position))
}
