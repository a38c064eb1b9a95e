//! The beacon as extrinsics: its key, and a round.

use adyton_pallet_beacon::{Call, WeightInfo as _};
use adyton_pallet_traits::Beacon as _;
use adyton_protocol::beacon::{self, RoundSignature};

use super::*;
use crate::{Beacon, configs::RuntimeBlockWeights};

/// The commitments of the vectors in `specs/vectors/beacon.json`.
const KEY: &str = "01000000000101\
    82be0448f81bc779b4e816248c95007deba59a79fe11cf9c916450f555b22bf7b248027b770adbc126e891bf92a593dc\
    021aa12bade079bffd79e46fcd4ba94f27ad843eff69dd1235e57319ce87d65c0e170c0194bcaf8d9dbe614734751c36";
/// Its signature of round 1 on this network.
const SIGNATURE: &str =
    "895e48b1d3553e3f59429e54611332dd8a4ef6415e186b77269a6cae86e5097fe3bbbb58f0436feaa90202a45a5dd08c";

#[test]
fn a_keyholder_publishes_the_beacons_key_and_brings_a_round_without_money() {
    run(|| {
        let keyholder = Program::register(Role::Keyholder, 50);
        let committee = CommitteeRecord {
            epoch: adyton_pallet_keys::FIRST_EPOCH,
            threshold: 1,
            keyholders: BoundedVec::truncate_from(vec![keyholder.statement.worker]),
            group: bounded(&[1; 96]),
        };
        keyholder.succeed(adyton_pallet_keys::Call::publish_committee { committee });
        keyholder.succeed(Call::publish_key { key: bounded(&hex::decode(KEY).expect("hexadecimal digits")) });
        while System::block_number() < 10 {
            next_block();
        }
        let bytes = hex::decode(SIGNATURE).expect("hexadecimal digits");
        let signature = RoundSignature(bytes.try_into().expect("48 bytes"));
        keyholder.succeed(Call::submit { number: 1, signature });
        assert_eq!(Beacon::latest(), Some((1, 10)));
        assert_eq!(Beacon::value(1), Some((beacon::value(&NETWORK, 1, &signature), 10)));
        // It is free once, and there is nothing to pay another one with.
        let unpaid = TransactionValidityError::Invalid(InvalidTransaction::Payment);
        assert_eq!(keyholder.send(Call::submit { number: 1, signature }), Err(unpaid));
        assert_eq!(Balances::total_balance(&keyholder.account()), 0);
    });
}

#[test]
fn a_round_fits_into_a_block() {
    let most = RuntimeBlockWeights::get().get(frame_support::dispatch::DispatchClass::Normal).max_extrinsic;
    let round = <Runtime as adyton_pallet_beacon::Config>::WeightInfo::submit();
    let heard =
        <<Runtime as adyton_pallet_beacon::Config>::OnRound as adyton_pallet_traits::OnRound>::on_round_weight();
    assert!(round.saturating_add(heard).all_lte(most.expect("there is a limit")));
}
