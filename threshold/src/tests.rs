use adyton_protocol::{
    ids::{ContractId, NetworkId},
    key_label::{KeyLabel, Purpose},
};
use commonware_cryptography::{
    Signer as _,
    bls12381::{
        dkg::feldman_desmedt::{Dealer, Info, Logs, Output, Player, Reveal},
        primitives::sharing::Mode,
    },
    ed25519,
};
use commonware_parallel::Sequential;
use commonware_utils::{N3f1, TestRng, TryCollect, ordered::Set};
use std::collections::BTreeMap;

use super::*;

mod beacon;

type Keys = Vec<ed25519::PrivateKey>;
type Round = (Output<Variant, ed25519::PublicKey>, BTreeMap<ed25519::PublicKey, Share>);

fn label() -> KeyLabel {
    KeyLabel { network: NetworkId([1; 32]), epoch: 3, contract: ContractId([2; 32]), purpose: Purpose::State }
}

/// One round of distributed generation, or of resharing where `previous` is given, over the library's own
/// messages: every player acknowledges every dealer.
fn ceremony(round: u64, dealers: &Keys, players: &Keys, previous: Option<&Round>) -> Round {
    let mut rng = TestRng::new(round);
    let set =
        |keys: &Keys| -> Set<ed25519::PublicKey> { keys.iter().map(|key| key.public_key()).try_collect().unwrap() };
    let info = Info::new::<N3f1>(
        b"test",
        round,
        previous.map(|(output, _)| output.clone()),
        Mode::NonZeroCounter,
        Reveal::V1,
        set(dealers),
        set(players),
    )
    .unwrap();
    let mut open: BTreeMap<_, _> = players
        .iter()
        .map(|key| (key.public_key(), Player::<Variant, _>::new(info.clone(), key.clone()).unwrap()))
        .collect();
    let mut logs = Logs::<Variant, ed25519::PublicKey, N3f1>::new(info.clone());
    for key in dealers {
        let old = previous.map(|(_, shares)| shares[&key.public_key()].0.clone());
        let (mut dealer, public, private) = Dealer::start::<N3f1>(&mut rng, info.clone(), key.clone(), old).unwrap();
        for (to, message) in private {
            let player = open.get_mut(&to).unwrap();
            let ack = player.dealer_message::<N3f1>(key.public_key(), public.clone(), message).unwrap().unwrap();
            dealer.receive_player_ack(to, ack).unwrap();
        }
        let (who, log) = dealer.finalize::<N3f1>().check(&info).unwrap();
        logs.record(who, log);
    }
    let mut output = None;
    let mut shares = BTreeMap::new();
    for (who, player) in open {
        let (agreed, share) = player.finalize::<N3f1>(&mut rng, logs.clone(), &Sequential).unwrap();
        output = Some(agreed);
        shares.insert(who, Share(share));
    }
    (output.unwrap(), shares)
}

fn keys(seeds: std::ops::Range<u64>) -> Keys {
    seeds.map(ed25519::PrivateKey::from_seed).collect()
}

fn committee_of_four() -> (GroupPublic, Vec<Share>) {
    let keys = keys(0..4);
    let (output, shares) = ceremony(0, &keys, &keys, None);
    (GroupPublic(output.public().clone()), shares.into_values().collect())
}

fn secret(group: &GroupPublic, shares: &[&Share], label: &KeyLabel) -> Result<[u8; 32], ThresholdError> {
    let partials: Result<Vec<_>, _> =
        shares.iter().map(|share| group.check_partial(label, share.evaluate(label))).collect();
    Ok(*group.combine(label, &partials?)?.contract_secret().expose())
}

#[test]
fn a_committee_of_one_says_that_it_is_one_and_gives_the_same_secret_each_time() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    assert!(group.is_insecure_single() && group.members() == 1);
    group.check_share(&share).unwrap();
    assert_eq!(secret(&group, &[&share], &label()).unwrap(), secret(&group, &[&share], &label()).unwrap());
}

#[test]
fn every_three_of_four_members_give_the_same_secret() {
    let (group, shares) = committee_of_four();
    assert_eq!((group.members(), group.threshold(), group.is_insecure_single()), (4, 3, false));
    let all = secret(&group, &shares.iter().collect::<Vec<_>>(), &label()).unwrap();
    for left_out in 0..4 {
        let some: Vec<_> =
            shares.iter().enumerate().filter(|(place, _)| *place != left_out).map(|(_, share)| share).rev().collect();
        assert_eq!(secret(&group, &some, &label()).unwrap(), all);
    }
}

#[test]
fn resharing_to_another_committee_keeps_the_secret_and_ends_the_old_shares() {
    let (old, new) = (keys(0..4), keys(10..15));
    let first = ceremony(0, &old, &old, None);
    let second = ceremony(1, &old, &new, Some(&first));
    let (before, after) = (GroupPublic(first.0.public().clone()), GroupPublic(second.0.public().clone()));
    let three: Vec<_> = first.1.values().take(3).collect();
    let four: Vec<_> = second.1.values().take(4).collect();
    assert_eq!(secret(&before, &three, &label()).unwrap(), secret(&after, &four, &label()).unwrap());
    assert!(matches!(after.check_share(three[0]), Err(ThresholdError::ForeignShare)));
    assert!(matches!(secret(&after, &three, &label()), Err(ThresholdError::WrongPartial { .. })));
}

#[test]
fn fewer_members_than_the_threshold_get_nothing() {
    let (group, shares) = committee_of_four();
    assert_eq!(secret(&group, &[&shares[0], &shares[1]], &label()), Err(ThresholdError::TooFew { have: 2, need: 3 }));
    assert_eq!(secret(&group, &[], &label()), Err(ThresholdError::TooFew { have: 0, need: 3 }));
}

#[test]
fn one_member_does_not_count_twice() {
    let (group, shares) = committee_of_four();
    let refused = secret(&group, &[&shares[0], &shares[1], &shares[1]], &label());
    assert_eq!(refused, Err(ThresholdError::RepeatedMember { member: shares[1].member() }));
}

#[test]
fn a_wrong_partial_is_detected_and_its_member_named() {
    let (group, shares) = committee_of_four();
    let other = KeyLabel { epoch: 4, ..label() };
    let refused = group.check_partial(&label(), shares[2].evaluate(&other));
    assert!(matches!(refused, Err(ThresholdError::WrongPartial { member }) if member == shares[2].member()));
}

#[test]
fn a_partial_under_another_members_number_is_detected() {
    let (group, shares) = committee_of_four();
    let mut bytes = shares[2].evaluate(&label()).to_bytes();
    bytes[4] ^= 1;
    let moved = PartialEvaluation::from_bytes(&*bytes).unwrap();
    assert!(matches!(group.check_partial(&label(), moved), Err(ThresholdError::WrongPartial { .. })));
}

#[test]
fn a_partial_of_a_member_that_does_not_exist_is_refused() {
    let (group, shares) = committee_of_four();
    let mut bytes = shares[2].evaluate(&label()).to_bytes();
    bytes[4] = 9;
    let moved = PartialEvaluation::from_bytes(&*bytes).unwrap();
    assert!(matches!(group.check_partial(&label(), moved), Err(ThresholdError::WrongPartial { member: 9 })));
}

#[test]
fn partials_checked_for_another_label_or_group_do_not_combine() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let (stranger, _) = deal_insecure_single(&mut rand_core::OsRng);
    let checked = [group.check_partial(&label(), share.evaluate(&label())).unwrap()];
    let other = KeyLabel { purpose: Purpose::Signing, ..label() };
    assert!(matches!(group.combine(&other, &checked), Err(ThresholdError::ForeignPartial)));
    assert!(matches!(stranger.combine(&label(), &checked), Err(ThresholdError::ForeignPartial)));
}

#[test]
fn each_field_of_the_label_gives_another_secret() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let base = secret(&group, &[&share], &label()).unwrap();
    for other in [
        KeyLabel { network: NetworkId([9; 32]), ..label() },
        KeyLabel { epoch: 4, ..label() },
        KeyLabel { contract: ContractId([9; 32]), ..label() },
        KeyLabel { purpose: Purpose::Secrets, ..label() },
    ] {
        assert_ne!(secret(&group, &[&share], &other).unwrap(), base);
    }
}

#[test]
fn what_is_written_reads_back_and_stays_within_its_bound() {
    let (group, shares) = committee_of_four();
    let bytes = group.to_bytes();
    assert_eq!(bytes.len(), 1 + 1 + 4 + 1 + 3 * 96);
    assert!(bytes.len() <= MAX_GROUP_BYTES);
    assert_eq!(GroupPublic::from_bytes(&bytes).unwrap(), group);
    let share = Share::from_bytes(&*shares[1].to_bytes()).unwrap();
    group.check_share(&share).unwrap();
    let partial = PartialEvaluation::from_bytes(&*share.evaluate(&label()).to_bytes()).unwrap();
    group.check_partial(&label(), partial).unwrap();
}

#[test]
fn commitments_that_are_cut_extended_or_of_another_version_are_refused() {
    let (group, _) = committee_of_four();
    let bytes = group.to_bytes();
    for length in 0..bytes.len() {
        assert!(GroupPublic::from_bytes(&bytes[..length]).is_err());
    }
    assert!(GroupPublic::from_bytes(&[bytes.clone(), vec![0]].concat()).is_err());
    let mut other = bytes;
    other[0] = 2;
    assert!(GroupPublic::from_bytes(&other).is_err());
}

#[test]
fn commitments_of_a_committee_above_the_bound_are_refused() {
    let (group, _) = deal_insecure_single(&mut rand_core::OsRng);
    let mut bytes = group.to_bytes();
    bytes[2..6].copy_from_slice(&(MAX_MEMBERS + 1).to_be_bytes());
    assert!(GroupPublic::from_bytes(&bytes).is_err());
}

#[test]
fn commitments_whose_threshold_is_above_the_members_are_refused() {
    let (group, _) = committee_of_four();
    let mut bytes = group.to_bytes();
    bytes[2..6].copy_from_slice(&2u32.to_be_bytes());
    assert!(GroupPublic::from_bytes(&bytes).is_err());
}

#[test]
fn the_point_at_infinity_is_neither_a_partial_nor_a_commitment() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let mut partial = share.evaluate(&label()).to_bytes();
    partial[5..].fill(0);
    partial[5] = 0xc0;
    assert!(PartialEvaluation::from_bytes(&*partial).is_err());
    let mut commitments = group.to_bytes();
    commitments[7..].fill(0);
    commitments[7] = 0xc0;
    assert!(GroupPublic::from_bytes(&commitments).is_err());
}

#[test]
fn a_share_of_zero_or_above_the_order_is_refused() {
    let (_, share) = deal_insecure_single(&mut rand_core::OsRng);
    let mut bytes = share.to_bytes();
    bytes[5..].fill(0);
    assert!(Share::from_bytes(&*bytes).is_err());
    bytes[5..].fill(0xff);
    assert!(Share::from_bytes(&*bytes).is_err());
}

#[test]
fn nothing_secret_is_printed() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let partial = share.evaluate(&label());
    let printed = format!("{group:?} {share:?} {partial:?}");
    assert_eq!(printed, "GroupPublic(1 of 1) Share(member 0) PartialEvaluation(member 0)");
    let checked = group.check_partial(&label(), partial).unwrap();
    let evaluation = group.combine(&label(), &[checked]).unwrap();
    assert_eq!(format!("{:?}", evaluation.contract_secret()), "ContractSecret(..)");
}

/// `specs/vectors/evaluation.json`: from a share and a label to a contract's secret, in a committee of one.
#[test]
fn the_published_evaluation_vectors_are_what_this_code_makes() {
    use commonware_codec::Encode as _;
    let share = Share::from_bytes(&[&[VERSION, 0, 0, 0, 0][..], &[7; 32]].concat()).unwrap();
    let point = share.0.public::<Variant>().encode();
    let group = GroupPublic::from_bytes(&[&[VERSION, 0, 0, 0, 0, 1, 1][..], &point].concat()).unwrap();
    group.check_share(&share).unwrap();
    let labels: Vec<_> = Purpose::ALL
        .iter()
        .map(|purpose| {
            let label = KeyLabel { purpose: *purpose, ..label() };
            let partial = share.evaluate(&label);
            let encoded = hex::encode(*partial.to_bytes());
            let checked = group.check_partial(&label, partial).unwrap();
            let secret = group.combine(&label, &[checked]).unwrap().contract_secret();
            serde_json::json!({
                "network": label.network, "epoch": label.epoch, "contract": label.contract, "purpose": *purpose as u8,
                "message": hex::encode(label.message()),
                "partial": encoded,
                "contract_secret": hex::encode(secret.expose()),
            })
        })
        .collect();
    let built = serde_json::json!({
        "share": hex::encode(*share.to_bytes()), "group": hex::encode(group.to_bytes()), "evaluations": labels,
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/vectors/evaluation.json");
    let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "{path} differs from what the code makes");
}
