//! What an attacker with a third of the stake could do under these rules: computed from the parameters, and from what its
//! two pools did in the run.

use crate::plan::{ATTACKER, DAY, HOUR};

/// How a decision is made about slashes: the track `economy` of `chain/runtime/src/governance.rs`, with which a test
/// compares it.
pub(crate) struct Track {
    /// From the proposal to the decision's beginning, in blocks.
    prepare: u32,
    /// How long the decision takes at most.
    decision: u32,
    /// For how long it has to be approved.
    confirm: u32,
    /// From then to what it does.
    enactment: u32,
    /// What part of the votes has to be in favour, at the beginning and at the end.
    approval: (f64, f64),
    /// What part of all PHA has to be in favour.
    support: (f64, f64),
}

/// The track on which slashes are cancelled.
pub(crate) const ECONOMY: Track = Track {
    prepare: HOUR,
    decision: 7 * DAY,
    confirm: 12 * HOUR,
    enactment: HOUR,
    approval: (0.8, 0.5),
    support: (0.25, 0.02),
};

impl Track {
    /// After how many blocks what is proposed is done, if `share` of all PHA votes for it with `conviction` and
    /// `turnout` of all other PHA votes against it with a conviction of 1. None: it never is.
    pub fn passes_after(&self, share: f64, turnout: f64, conviction: f64) -> Option<f64> {
        let ayes = share * conviction;
        let approval = ayes / (ayes + turnout * (1.0 - share)).max(f64::MIN_POSITIVE);
        let reached = [reached(self.approval, approval)?, reached(self.support, share)?];
        let at = reached[0].max(reached[1]) * f64::from(self.decision);
        Some(f64::from(self.prepare) + at + f64::from(self.confirm) + f64::from(self.enactment))
    }
}

/// At which part of the decision a threshold that falls from the first to the second is no more than `value`.
fn reached((begin, end): (f64, f64), value: f64) -> Option<f64> {
    if value < end { None } else { Some(((begin - value) / (begin - end)).clamp(0.0, 1.0)) }
}

/// The decimal logarithm of the probability that the authors of so many blocks in a row are all the attacker's, if it
/// writes as large a part of the blocks as it has of the stake.
pub(crate) fn all_authors(blocks: u32) -> f64 {
    f64::from(blocks) * ATTACKER.log10()
}

/// How many blocks the beacon's value is held back on average by authors who leave it out.
pub(crate) fn delay() -> f64 {
    ATTACKER / (1.0 - ATTACKER)
}

/// The probability that a worker which is never there was not challenged in so many rounds.
pub(crate) fn unnoticed(rounds_per_challenge: u32, rounds: u32) -> f64 {
    (1.0 - 1.0 / f64::from(rounds_per_challenge)).powi(rounds as i32)
}

#[cfg(test)]
mod tests {
    use adyton_runtime::governance::Tracks;
    use pallet_referenda::{Curve, TracksInfo};
    use polkadot_sdk::*;

    use super::*;

    /// Where a falling threshold begins and ends.
    fn ends(curve: &Curve) -> (f64, f64) {
        let part = |share: &sp_runtime::Perbill| f64::from(share.deconstruct()) / 1e9;
        match curve {
            Curve::LinearDecreasing { floor, ceil, .. } => (part(ceil), part(floor)),
            Curve::SteppedDecreasing { .. } | Curve::Reciprocal { .. } => {
                panic!("the attacker reckons with a straight line")
            }
        }
    }

    #[test]
    fn the_track_is_the_runtimes() {
        // Without state the periods are those of production.
        let track = sp_state_machine::BasicExternalities::default().execute_with(|| {
            let mut tracks = Tracks::tracks();
            let found = tracks.find(|track| track.info.name.starts_with(b"economy\0"));
            found.expect("there is a track for the economy").into_owned().info
        });
        let Track { prepare, decision, confirm, enactment, approval, support } = ECONOMY;
        let periods = [track.prepare_period, track.decision_period, track.confirm_period, track.min_enactment_period];
        assert_eq!(periods, [prepare, decision, confirm, enactment]);
        assert_eq!((ends(&track.min_approval), ends(&track.min_support)), (approval, support));
    }

    #[test]
    fn without_votes_against_it_a_proposal_takes_as_long_as_its_support_needs() {
        let all = ECONOMY.passes_after(0.25, 0.0, 1.0).expect("it passes");
        assert_eq!(all, f64::from(HOUR + 12 * HOUR + HOUR), "the support is there from the beginning on");
        let last = ECONOMY.passes_after(0.02, 0.0, 1.0).expect("it passes");
        assert!((last - f64::from(14 * HOUR + 7 * DAY)).abs() < 1.0, "the support is there at the end");
        assert_eq!(ECONOMY.passes_after(0.019, 0.0, 6.0), None);
    }

    #[test]
    fn half_of_the_votes_pass_at_the_end_and_fewer_never() {
        let half = ECONOMY.passes_after(0.2, 0.25, 1.0).expect("as many are for it as against it");
        assert!((half - f64::from(14 * HOUR + 7 * DAY)).abs() < 1.0);
        assert_eq!(ECONOMY.passes_after(0.2, 0.3, 1.0), None);
        assert!(ECONOMY.passes_after(0.2, 0.3, 6.0).is_some(), "conviction makes up for it");
    }

    #[test]
    fn who_is_never_there_is_soon_challenged() {
        assert!((unnoticed(24, 24) - 0.36).abs() < 0.01);
        assert!(all_authors(200) < -90.0);
        assert!((delay() - 0.5).abs() < 1e-9);
    }
}
