use adyton_protocol::{ids::*, receipt::Label, record::*};
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::{
    sp_runtime::{DispatchError, Perbill},
    *,
};

use crate::{
    mock::{Slashing, *},
    types::{Kind, Offence},
    *,
};

mod absence;
mod bounty;
mod charges;
mod history;
mod properties;
mod receipt;
mod settings;
mod verdicts;

/// Worker 1 of operator 1, with 10 000 of pool 1 behind it: 2 000 of the owner's own.
fn worker() -> TestWorker {
    TestWorker::staked(1, 1, 1, 10_000)
}

/// The newest offence.
fn newest() -> Offence {
    Offences::<Test>::get(LastOffence::<Test>::get()).expect("it is not over")
}

fn happened(event: Event<Test>) -> bool {
    let event = RuntimeEvent::from(event);
    System::events().iter().any(|record| record.event == event)
}
