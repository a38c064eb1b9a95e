//! Which track can do what.

use adyton_client::chain::{
    extrinsic::{
        Call,
        calls::{Attestation, Beacon, Devices, System, Treasury, Utility},
    },
    governance::{
        Track,
        tracks::{BIG_SPEND, SMALL_SPEND},
    },
};

use super::economy;

/// Whether a track's origin can do what a call asks for.
pub fn fits(call: &Call, track: Track) -> bool {
    if let Call::Utility(Utility::BatchAll(calls)) = call {
        return calls.iter().all(|call| fits(call, track));
    }
    let says = matches!(call, Call::System(System::Remark(_)));
    let tee = match call {
        Call::Attestation(call) => !matches!(call, Attestation::SubmitCollateral { .. }),
        Call::Devices(call) => {
            !matches!(call, Devices::CheckSignature(_) | Devices::SubmitManifest { .. } | Devices::Show(_))
        }
        Call::Beacon(call) => matches!(call, Beacon::SetRoundLength(_) | Beacon::RemoveKey),
        _other => false,
    };
    let spends = match call {
        Call::Treasury(Treasury::Spend { amount, .. }) => Some(*amount),
        _other => None,
    };
    let economy = economy::of(call).is_some();
    says || match track {
        Track::Root => {
            let alone = matches!(call, Call::Governance(_) | Call::System(System::AuthorizeUpgrade(_)));
            tee || economy || spends.is_some() || alone
        }
        Track::TeePolicy => tee,
        Track::Emergency => matches!(
            call,
            Call::Attestation(
                Attestation::SetFrozen(true)
                    | Attestation::SetMachineDenied { denied: true, .. }
                    | Attestation::SetOperatorDenied { denied: true, .. }
                    | Attestation::SetProviderDenied { denied: true, .. }
            )
        ),
        Track::SmallSpender => spends.is_some_and(|amount| amount <= SMALL_SPEND),
        Track::BigSpender => spends.is_some_and(|amount| amount <= BIG_SPEND),
        Track::Economy => economy,
    }
}

/// The track that takes the least and can do it; none for what any can.
pub fn least(call: &Call) -> Option<Track> {
    const BY_EFFORT: [Track; 6] =
        [Track::Emergency, Track::SmallSpender, Track::TeePolicy, Track::Economy, Track::BigSpender, Track::Root];
    if matches!(call, Call::System(System::Remark(_))) {
        return None;
    }
    BY_EFFORT.into_iter().find(|track| fits(call, *track))
}

#[cfg(test)]
mod tests {
    use adyton_client::protocol::{
        ids::{AccountId, Digest},
        record::MachineId,
    };

    use super::*;

    const PHA: u128 = 1_000_000_000_000;

    fn spend(amount: u128) -> Call {
        Call::Treasury(Treasury::Spend { amount, beneficiary: AccountId([1; 32]), valid_from: None })
    }

    #[test]
    fn a_proposal_goes_to_the_track_that_takes_the_least() {
        let attestation = Call::Attestation;
        for (call, track) in [
            (attestation(Attestation::SetFrozen(true)), Track::Emergency),
            (attestation(Attestation::SetFrozen(false)), Track::TeePolicy),
            (attestation(Attestation::RevokeMeasurement(Digest([1; 32]))), Track::TeePolicy),
            (Call::Devices(Devices::RemovePolicy), Track::TeePolicy),
            (spend(10_000 * PHA), Track::SmallSpender),
            (spend(10_000 * PHA + 1), Track::BigSpender),
            (spend(1_000_000 * PHA + 1), Track::Root),
            (Call::System(System::AuthorizeUpgrade([1; 32])), Track::Root),
        ] {
            assert_eq!(least(&call), Some(track), "{call:?}");
        }
    }

    #[test]
    fn what_any_track_can_do_has_to_name_one() {
        assert_eq!(least(&Call::System(System::Remark(vec![1]))), None);
    }

    #[test]
    fn an_emergency_only_bars() {
        let machine = MachineId::IntelPpid([1; 16]);
        let deny = |denied| Call::Attestation(Attestation::SetMachineDenied { machine, denied });
        assert!(fits(&deny(true), Track::Emergency));
        assert!(!fits(&deny(false), Track::Emergency));
        assert!(!fits(&Call::all(vec![deny(true), deny(false)]), Track::Emergency), "one of several does more");
        assert!(!fits(&spend(1), Track::TeePolicy) && !fits(&spend(1), Track::Emergency));
    }
}
