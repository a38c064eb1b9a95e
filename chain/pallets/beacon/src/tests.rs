use adyton_pallet_traits::Beacon as _;
use adyton_protocol::{
    beacon::{self, BeaconRound, Commitments, REMEMBERED, RoundSchedule, RoundSignature},
    ids::NetworkId,
    statement::Role,
    storage,
};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchError, DispatchResult},
};

use crate::{bls::signer, mock::*, *};

mod model;

fn is_free(origin: &RuntimeOrigin, call: Call<Test>) -> bool {
    RuntimeCall::Beacon(call).is_feeless(origin)
}

fn submit(origin: &RuntimeOrigin, number: u64) -> DispatchResult {
    Beacon::submit(origin.clone(), number, signature(number))
}

/// That the submission of `number` is refused so, changes nothing, and is not free.
#[track_caller]
fn refuses(origin: &RuntimeOrigin, number: u64, error: Error<Test>) {
    assert!(!is_free(origin, Call::submit { number, signature: signature(number) }));
    assert_noop!(submit(origin, number), error);
}

/// That publishing a good key is refused so, changes nothing, and is not free.
#[track_caller]
fn does_not_publish(origin: &RuntimeOrigin, error: Error<Test>) {
    let key = signer::commitments(SECRET);
    assert!(!is_free(origin, Call::publish_key { key: key.clone() }));
    assert_noop!(Beacon::publish_key(origin.clone(), key), error);
}

fn root() -> RuntimeOrigin {
    RuntimeOrigin::root()
}

#[test]
fn the_committee_publishes_its_key_once_and_for_free() {
    run(|| {
        let keyholder = add(1, Role::Keyholder);
        seat(1, &[1]);
        let key = signer::commitments(SECRET);
        assert!(is_free(&keyholder, Call::publish_key { key: key.clone() }));
        assert_ok!(Beacon::publish_key(keyholder.clone(), key.clone()));
        assert_eq!(Key::<Test>::get(), Some(key));
        System::assert_last_event(Event::KeyPublished { keyholder: KEYHOLDER }.into());
        does_not_publish(&keyholder, Error::AlreadyPublished);
    });
}

#[test]
fn whoever_is_no_valid_keyholder_publishes_no_key() {
    run(|| {
        let keyholder = add(1, Role::Keyholder);
        seat(1, &[1, 2]);
        does_not_publish(&add(2, Role::Worker), Error::NotAKeyholder);
        does_not_publish(&origin(8), Error::NotAKeyholder);
        remove(1);
        does_not_publish(&keyholder, Error::NotAKeyholder);
    });
}

#[test]
fn before_there_is_a_committee_there_is_no_key() {
    run(|| does_not_publish(&add(1, Role::Keyholder), Error::NoCommittee));
}

#[test]
fn a_keyholder_without_a_seat_publishes_no_key() {
    run(|| {
        seat(1, &[2]);
        does_not_publish(&add(1, Role::Keyholder), Error::NotSeated);
    });
}

#[test]
fn one_of_several_publishes_no_key() {
    run(|| {
        let keyholder = add(1, Role::Keyholder);
        for (threshold, keyholders) in [(1, vec![1, 2]), (2, vec![1, 2]), (2, vec![1])] {
            seat(threshold, &keyholders);
            does_not_publish(&keyholder, Error::CommitteeOfSeveral);
        }
    });
}

/// Ways to write `key` that are not its own.
fn not_keys(key: &[u8]) -> Vec<Vec<u8>> {
    let changed = |place: usize, byte: u8| {
        let mut bytes = key.to_vec();
        bytes[place] = byte;
        bytes
    };
    let filled = |first: u8, byte: u8| [&key[..7], &[first], &[byte; 95]].concat();
    vec![
        Vec::new(),
        key[..key.len() - 1].to_vec(),
        [key, &[0]].concat(),
        // Another version, layout, number of members, threshold.
        changed(0, 2),
        changed(1, 1),
        changed(5, 2),
        changed(6, 2),
        // Infinity, plain and with the sign of a point; no compressed point at all.
        filled(0xc0, 0),
        filled(0xe0, 0),
        filled(0, 0),
        changed(7, key[7] & 0x7f),
        // Coordinates that are not below the field's order.
        filled(0x9f, 0xff),
    ]
}

#[test]
fn a_key_in_any_other_encoding_cut_extended_or_at_infinity_is_refused() {
    run(|| {
        let keyholder = add(1, Role::Keyholder);
        seat(1, &[1]);
        let key = signer::commitments(SECRET);
        for wrong in not_keys(&key) {
            let key = Commitments::truncate_from(wrong);
            assert!(!is_free(&keyholder, Call::publish_key { key: key.clone() }));
            assert_noop!(Beacon::publish_key(keyholder.clone(), key), Error::<Test>::NotAKey);
        }
        assert_ok!(Beacon::publish_key(keyholder, key));
    });
}

#[test]
fn a_key_on_the_curve_but_outside_its_group_is_refused() {
    use ark_bls12_381::{Fq2, G2Affine};
    use ark_ec::AffineRepr as _;
    use ark_serialize::CanonicalSerialize as _;

    // Almost none of the curve's points are in the group.
    let outside = (1u64..)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .expect("there are more outside than in it");
    assert!(outside.is_on_curve() && !outside.is_zero());
    let mut bytes = signer::commitments(SECRET)[..7].to_vec();
    outside.serialize_compressed(&mut bytes).expect("memory takes all bytes");
    assert_eq!(PublicKey::of_one(&Commitments::truncate_from(bytes)), None);
}

#[test]
fn a_due_round_is_free_and_gives_the_value_that_its_signature_hashes_to() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(10);
        assert_eq!((Beacon::latest(), Beacon::value(1)), (None, None));
        assert!(is_free(&keyholder, Call::submit { number: 1, signature: signature(1) }));
        assert_ok!(submit(&keyholder, 1));
        let value = beacon::value(&NETWORK, 1, &signature(1));
        assert_eq!(Rounds::<Test>::get(1), Some(BeaconRound { number: 1, value, block: 10 }));
        assert_eq!((Beacon::latest(), Beacon::value(1)), (Some((1, 10)), Some((value, 10))));
        assert_eq!(heard(), [(1, value)]);
        System::assert_last_event(Event::RoundCame { number: 1, value }.into());
    });
}

#[test]
fn a_round_is_not_taken_before_its_block() {
    run(|| {
        let keyholder = ready();
        for (block, number) in [(5, 0), (9, 1), (10, 2), (19, 2), (19, u64::MAX)] {
            System::set_block_number(block);
            refuses(&keyholder, number, Error::NotDue);
        }
    });
}

#[test]
fn a_round_is_not_taken_when_the_next_is_due() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(20);
        refuses(&keyholder, 0, Error::Late);
        refuses(&keyholder, 1, Error::Late);
        assert_ok!(submit(&keyholder, 2));
        refuses(&keyholder, 1, Error::Late);
    });
}

#[test]
fn a_round_is_taken_once() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(10);
        assert_ok!(submit(&keyholder, 1));
        refuses(&keyholder, 1, Error::AlreadyThere);
        System::set_block_number(19);
        refuses(&keyholder, 1, Error::AlreadyThere);
        assert_eq!(heard().len(), 1);
    });
}

#[test]
fn a_round_that_never_came_takes_nothing_from_the_next() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(10);
        assert_ok!(submit(&keyholder, 1));
        System::set_block_number(57);
        assert_ok!(submit(&keyholder, 5));
        assert_eq!((Beacon::value(2), Beacon::latest()), (None, Some((5, 57))));
    });
}

#[test]
fn whoever_is_no_valid_keyholder_brings_no_round() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(10);
        seat(1, &[1, 2]);
        refuses(&add(2, Role::Worker), 1, Error::NotAKeyholder);
        refuses(&origin(8), 1, Error::NotAKeyholder);
        remove(1);
        refuses(&keyholder, 1, Error::NotAKeyholder);
    });
}

#[test]
fn a_keyholder_without_a_seat_brings_no_round() {
    run(|| {
        ready();
        System::set_block_number(10);
        refuses(&add(3, Role::Keyholder), 1, Error::NotSeated);
    });
}

#[test]
fn without_a_committee_a_key_or_a_network_there_is_no_round() {
    run(|| {
        let keyholder = add(1, Role::Keyholder);
        System::set_block_number(10);
        refuses(&keyholder, 1, Error::NoCommittee);
        seat(1, &[1]);
        refuses(&keyholder, 1, Error::NoKey);
        assert_ok!(Beacon::publish_key(keyholder.clone(), signer::commitments(SECRET)));
        nameless();
        refuses(&keyholder, 1, Error::NoNetwork);
    });
}

#[test]
fn a_wrong_signature_gives_no_round_and_its_keyholder_has_had_its_turn() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(10);
        let wrong = signature(2);
        assert!(is_free(&keyholder, Call::submit { number: 1, signature: wrong }), "it is not checked beforehand");
        assert_ok!(Beacon::submit(keyholder.clone(), 1, wrong));
        System::assert_last_event(Event::SignatureRefused { keyholder: KEYHOLDER, number: 1 }.into());
        assert_eq!((Beacon::latest(), Rounds::<Test>::iter().count(), heard().len()), (None, 0, 0));
        refuses(&keyholder, 1, Error::AlreadyRefused);
        System::set_block_number(20);
        assert_ok!(submit(&keyholder, 2));
        assert_eq!(Beacon::latest(), Some((2, 20)));
    });
}

#[test]
fn a_wrong_signature_of_one_keyholder_is_nothing_to_another() {
    run(|| {
        let (first, second) = (ready(), add(2, Role::Keyholder));
        seat(1, &[1, 2]);
        System::set_block_number(10);
        assert_ok!(Beacon::submit(first, 1, signature(2)));
        assert_ok!(submit(&second, 1));
        assert_eq!(Beacon::latest(), Some((1, 10)));
    });
}

/// Signatures that are not `key`'s of round 1, or are not written as they are.
fn not_signatures() -> Vec<RoundSignature> {
    let good = signature(1);
    let changed = |place: usize, bits: u8| {
        let mut bytes = good.0;
        bytes[place] ^= bits;
        RoundSignature(bytes)
    };
    let filled = |first: u8, byte: u8| {
        let mut bytes = [byte; 48];
        bytes[0] = first;
        RoundSignature(bytes)
    };
    vec![
        // Of another round, another network, another key.
        signature(2),
        signer::sign(SECRET, &beacon::message(&NetworkId([2; 32]), 1)),
        signer::sign(SECRET + 1, &beacon::message(&NETWORK, 1)),
        // The point's negative; no compressed point; another x.
        changed(0, 0x20),
        changed(0, 0x80),
        changed(47, 1),
        // Infinity, plain and with the sign of a point; a coordinate that is not below the field's order.
        filled(0xc0, 0),
        filled(0xe0, 0),
        filled(0x9f, 0xff),
    ]
}

#[test]
fn no_signature_but_the_committees_verifies() {
    let key = PublicKey::of_one(&signer::commitments(SECRET)).expect("is a key");
    let message = beacon::message(&NETWORK, 1);
    assert!(key.verifies(&message, &signature(1)));
    for (which, wrong) in not_signatures().iter().enumerate() {
        assert!(!key.verifies(&message, wrong), "{which}");
    }
}

#[test]
fn a_signature_on_the_curve_but_outside_its_group_does_not_verify() {
    use ark_bls12_381::{Fq, G1Affine};
    use ark_ec::AffineRepr as _;
    use ark_serialize::{CanonicalDeserialize as _, CanonicalSerialize as _};

    let outside = (1u64..)
        .filter_map(|x| G1Affine::get_point_from_x_unchecked(Fq::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .expect("there are more outside than in it");
    // What verifies in the group, moved out of it.
    let good = G1Affine::deserialize_compressed(&signature(1).0[..]).expect("is a point");
    let moved = G1Affine::from(good + outside);
    for point in [outside, moved] {
        assert!(point.is_on_curve() && !point.is_zero() && !point.is_in_correct_subgroup_assuming_on_curve());
        let mut bytes = Vec::new();
        point.serialize_compressed(&mut bytes).expect("memory takes all bytes");
        let wrong = RoundSignature(bytes.try_into().expect("48 bytes"));
        let key = PublicKey::of_one(&signer::commitments(SECRET)).expect("is a key");
        assert!(!key.verifies(&beacon::message(&NETWORK, 1), &wrong));
    }
}

/// `specs/vectors/beacon.json`: what the keyholders' library signs is what is taken here.
#[test]
fn the_published_rounds_are_taken() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../specs/vectors/beacon.json");
    let vectors: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path).expect("the vectors are there")).expect("they are JSON");
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str().expect("a text")).expect("hexadecimal digits");
    let array = |value: &serde_json::Value| <[u8; 32]>::try_from(bytes(value)).expect("32 bytes");
    let key = Commitments::truncate_from(bytes(&vectors["group"]));
    let key = PublicKey::of_one(&key).expect("is a key");
    let network = NetworkId(array(&vectors["network"]));
    let rounds = vectors["rounds"].as_array().expect("a list");
    assert_eq!(rounds.len(), 3);
    for round in rounds {
        let number: u64 = round["number"].as_str().expect("a text").parse().expect("a number");
        let signature = RoundSignature(bytes(&round["signature"]).try_into().expect("48 bytes"));
        let message = beacon::message(&network, number);
        assert_eq!(message, bytes(&round["message"]));
        assert!(key.verifies(&message, &signature));
        assert!(!key.verifies(&beacon::message(&network, number ^ 1), &signature));
        assert_eq!(beacon::value(&network, number, &signature), array(&round["value"]));
    }
}

#[test]
fn the_last_rounds_are_remembered_and_older_ones_give_their_places() {
    run(|| {
        let keyholder = ready();
        for number in [1, 2, 1 + REMEMBERED] {
            System::set_block_number(number as u32 * LENGTH);
            assert_ok!(submit(&keyholder, number));
        }
        assert!(Beacon::value(2).is_some() && Beacon::value(1 + REMEMBERED).is_some());
        assert_eq!((Beacon::value(1), Rounds::<Test>::iter().count()), (None, 2));
    });
}

#[test]
fn rounds_of_another_length_begin_after_those_that_are_due() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(20);
        assert_ok!(submit(&keyholder, 2));
        System::set_block_number(25);
        assert_ok!(Beacon::set_round_length(root(), 3));
        let schedule = RoundSchedule { first: 3, block: 28, length: 3 };
        assert_eq!(Schedule::<Test>::get(), Some(schedule));
        System::assert_last_event(Event::Rescheduled { schedule }.into());
        System::set_block_number(27);
        refuses(&keyholder, 3, Error::NotDue);
        System::set_block_number(28);
        assert_ok!(submit(&keyholder, 3));
    });
}

#[test]
fn only_the_networks_decision_gives_rounds_another_length_and_they_take_time() {
    run(|| {
        let keyholder = ready();
        assert_noop!(Beacon::set_round_length(keyholder, 3), DispatchError::BadOrigin);
        assert_noop!(Beacon::set_round_length(root(), 0), Error::<Test>::Length);
        assert_noop!(Beacon::set_round_length(root(), u32::MAX), Error::<Test>::Length);
    });
}

#[test]
fn a_removed_key_signs_nothing_and_another_takes_its_place() {
    run(|| {
        let keyholder = ready();
        System::set_block_number(10);
        assert_ok!(submit(&keyholder, 1));
        assert_ok!(Beacon::remove_key(root()));
        System::assert_last_event(Event::KeyRemoved.into());
        System::set_block_number(20);
        refuses(&keyholder, 2, Error::NoKey);
        assert_ok!(Beacon::publish_key(keyholder.clone(), signer::commitments(SECRET + 1)));
        let signed = signer::sign(SECRET + 1, &beacon::message(&NETWORK, 2));
        assert_ok!(Beacon::submit(keyholder, 2, signed));
        assert_eq!(Beacon::latest(), Some((2, 20)));
    });
}

/// Whoever told a share has it still, and so does a keyholder that publishes what it has wherever there is no key.
#[test]
fn a_key_that_was_removed_does_not_come_back() {
    run(|| {
        let keyholder = ready();
        assert_ok!(Beacon::remove_key(root()));
        does_not_publish(&keyholder, Error::KeyWasRemoved);
        assert_ok!(Beacon::publish_key(keyholder.clone(), signer::commitments(SECRET + 1)));
        assert_ok!(Beacon::remove_key(root()));
        does_not_publish(&keyholder, Error::KeyWasRemoved);
        assert_eq!(Key::<Test>::get(), None);
    });
}

#[test]
fn only_the_networks_decision_removes_a_key_and_only_one_that_is_there() {
    run(|| {
        assert_noop!(Beacon::remove_key(root()), Error::<Test>::NoKey);
        let keyholder = ready();
        assert_noop!(Beacon::remove_key(keyholder), DispatchError::BadOrigin);
    });
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    assert_eq!(Key::<Test>::hashed_key().to_vec(), storage::beacon_key());
    assert_eq!(Schedule::<Test>::hashed_key().to_vec(), storage::beacon_schedule());
    assert_eq!(Latest::<Test>::hashed_key().to_vec(), storage::beacon_latest());
    assert_eq!(Rounds::<Test>::hashed_key_for(1), storage::beacon_rounds(1 + REMEMBERED));
}
