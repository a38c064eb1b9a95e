use adyton_pallet_traits::Verdict;
use adyton_protocol::{
    dispute::{Answer, Ending, LEAVES, Parameters as Rules, SALT, Source, Stage},
    ids::*,
    record::EvidenceKind,
};
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::{sp_runtime::DispatchError, *};

use crate::{
    mock::{Disputes, *},
    *,
};

mod attacks;
mod endings;
mod jurors;
mod openings;
mod past;
mod settings;
mod withheld;

/// What the accused claims.
const RIGHT: fn() -> Answer = claimed;

fn happened(event: Event<Test>) -> bool {
    let event = RuntimeEvent::from(event);
    System::events().iter().any(|record| record.event == event)
}

fn id(number: u8) -> WorkerId {
    WorkerId([number; 32])
}

/// [`said`] is disputed and jurors are drawn for the first time: the dispute's number.
fn drawn() -> u64 {
    let dispute = disputed();
    next_round();
    dispute
}

fn ending(dispute: u64) -> Option<Ending> {
    Endings::<Test>::get(dispute)
}

fn verdict() -> Option<Verdict> {
    facts(|facts| facts.offences.get(&1).and_then(|offence| offence.verdict))
}

fn charged() -> Vec<u8> {
    facts(|facts| facts.charged.iter().map(|(juror, _)| juror.0[0]).collect())
}

/// What the operator of a juror has gained.
fn gained(juror: u8) -> u128 {
    free(juror + 100) - MONEY
}

/// A dispute, and fifteen jurors of whom all are drawn: so few are there at the first draw.
fn jury() -> (u64, Vec<u8>) {
    let mut all = jurors(8);
    let dispute = drawn();
    all.extend(jurors_from(19, 7));
    (dispute, all)
}

/// Two draws that do not agree; then the third one is drawn.
fn third_draw() -> (u64, Vec<u8>) {
    let (dispute, all) = jury();
    for draw in [1, 2] {
        deliberate(dispute, draw, &[(all[0], RIGHT()), (all[1], other(1))]);
        next_round();
    }
    (dispute, all)
}

fn answers(jurors: &[u8], right: usize, wrong: usize) -> Vec<(u8, Answer)> {
    let answer = |index| if index < right { RIGHT() } else { other(1) };
    jurors.iter().enumerate().take(right + wrong).map(|(index, juror)| (*juror, answer(index))).collect()
}
