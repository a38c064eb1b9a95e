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

mod endings;
mod jurors;
mod openings;
mod settings;

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
