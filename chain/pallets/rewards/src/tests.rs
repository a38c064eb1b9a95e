//! Each call, each refusal, and what nobody can do.

use adyton_pallet_traits::{Absence, Presence as _, Running as _};
use adyton_protocol::{
    challenge::{self, Machine},
    ids::Digest,
    record::{EvidenceKind, MachineId},
    rewards::{self, BILLION},
    statement::Role,
    storage,
};
use frame_support::{assert_err, assert_noop, assert_ok, dispatch::CheckIfFeeless};
use frame_system::RawOrigin;
use polkadot_sdk::{sp_runtime::DispatchError, *};

use crate::{
    budget,
    mock::{Rewards, *},
    parameters::{are_possible, production},
    weighing, *,
};

mod answers;
mod caps;
mod measurements;
mod properties;
mod sessions;
mod sums;

fn session(number: u8) -> rewards::Session {
    Sessions::<Test>::get(id(number)).expect("it runs")
}

fn answer(number: u8, round: u64) -> Result<(), DispatchError> {
    Rewards::answer(signed(number), round).map(drop).map_err(|refused| refused.error)
}

fn set_rules(change: impl FnOnce(&mut rewards::Parameters)) {
    let mut rules = Parameters::<Test>::get();
    change(&mut rules);
    Rewards::set_parameters(RawOrigin::Root.into(), rules).expect("they can be followed");
}
