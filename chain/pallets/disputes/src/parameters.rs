//! The rules: those of production, and which ones are possible.

use adyton_protocol::{
    dispute::{MAX_FIRST_SEATS, Parameters},
    ids::BlockNumber,
    rewards::BILLION,
};

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
pub fn are_possible(parameters: &Parameters) -> bool {
    let Parameters { window, jurors, wait, commit, reveal, bond, fee, wrong_result, withheld, wrong_verdict } =
        parameters;
    let times = [*window, *wait, *commit, *reveal].into_iter().all(|blocks| blocks > 0);
    let shares = [*wrong_result, *withheld, *wrong_verdict].into_iter().all(|share| share > 0 && share <= BILLION);
    let seats = *jurors > 0 && *jurors <= MAX_FIRST_SEATS;
    times && shares && seats && withheld <= wrong_result && *bond > 0 && fee <= bond
}
