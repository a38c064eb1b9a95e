//! The rules: those of production, and which ones are possible.

use adyton_pallet_traits::Charging;
use adyton_protocol::{
    dispute::{KEPT, MAX_DRAWS, MAX_FIRST_SEATS, Parameters},
    ids::BlockNumber,
    rewards::BILLION,
};
use frame_support::{ensure, traits::Get};
use polkadot_sdk::frame_support;

use crate::{Config, Error, Pallet};

/// One PHA.
const PHA: u128 = 1_000_000_000_000;
/// Blocks of an hour, at 6 s.
const HOUR: BlockNumber = 600;

/// The rules of production: a result is disputed within three days; three jurors have an hour to run the call, and half
/// of one to say what they got. All three draws take less than a day, unless the beacon is late.
pub const fn production() -> Parameters {
    Parameters {
        window: 3 * 24 * HOUR,
        jurors: 3,
        wait: 4 * HOUR,
        commit: HOUR,
        reveal: HOUR / 2,
        bond: 100 * PHA,
        fee: 10 * PHA,
        wrong_result: BILLION / 10,
        withheld: BILLION / 100,
        wrong_verdict: BILLION / 100,
    }
}

/// Whether these rules can be followed: nothing is waited for that never comes, no juror is paid more than the bond, and
/// to withhold is no worse than to be wrong.
pub(crate) fn are_possible(parameters: &Parameters) -> bool {
    let Parameters { window, jurors, wait, commit, reveal, bond, fee, wrong_result, withheld, wrong_verdict } =
        parameters;
    let times = [*window, *wait, *commit, *reveal].into_iter().all(|blocks| blocks > 0);
    let shares = [*wrong_result, *withheld, *wrong_verdict].into_iter().all(|share| share > 0 && share <= BILLION);
    let seats = *jurors > 0 && *jurors <= MAX_FIRST_SEATS;
    times && shares && seats && withheld <= wrong_result && *bond > 0 && fee <= bond
}

/// The longest time from the block that was acted on to the last draw's end.
fn whole_time(parameters: &Parameters) -> BlockNumber {
    let Parameters { window, wait, commit, reveal, .. } = parameters;
    let draw = wait.saturating_add(*commit).saturating_add(*reveal);
    draw.saturating_mul(MAX_DRAWS.into()).saturating_add(*window)
}

impl<T: Config> Pallet<T> {
    /// Whether these rules can be followed, and suit the times for which stake stands behind its worker and a request is
    /// kept.
    pub(crate) fn suit(parameters: &Parameters) -> Result<(), Error<T>> {
        ensure!(are_possible(parameters), Error::<T>::ImpossibleParameters);
        ensure!(parameters.window <= T::Charging::evidence_window(), Error::<T>::Times);
        ensure!(whole_time(parameters) <= Self::kept(), Error::<T>::Times);
        Ok(())
    }

    /// For how many blocks at most requests are kept: nothing of longer ago is ever disputed.
    pub(crate) fn kept() -> BlockNumber {
        let blocks = KEPT.saturating_mul(1000).checked_div(T::SlotDuration::get()).unwrap_or(0);
        BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX)
    }
}
