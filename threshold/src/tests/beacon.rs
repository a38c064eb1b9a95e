use adyton_protocol::beacon;

use super::*;
use crate::beacon::{BeaconGroup, BeaconShare, RoundPartial};

const NETWORK: NetworkId = NetworkId([1; 32]);

fn committee() -> (BeaconGroup, Vec<BeaconShare>) {
    let (group, shares) = committee_of_four();
    (BeaconGroup::new(group), shares.into_iter().map(BeaconShare::new).collect())
}

fn single() -> (BeaconGroup, BeaconShare) {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    (BeaconGroup::new(group), BeaconShare::new(share))
}

fn signature<'a>(
    group: &BeaconGroup,
    shares: impl IntoIterator<Item = &'a BeaconShare>,
    number: u64,
) -> Result<beacon::RoundSignature, ThresholdError> {
    let partials: Result<Vec<_>, _> =
        shares.into_iter().map(|share| group.check_partial(&NETWORK, number, share.sign(&NETWORK, number))).collect();
    group.combine(&NETWORK, number, &partials?)
}

#[test]
fn every_three_of_four_members_sign_a_round_alike() {
    let (group, shares) = committee();
    let all = signature(&group, &shares, 7).unwrap();
    assert_eq!(signature(&group, &shares[1..], 7).unwrap(), all);
    assert_eq!(signature(&group, shares[..3].iter().rev(), 7).unwrap(), all);
    assert_ne!(signature(&group, &shares, 8).unwrap(), all);
}

#[test]
fn fewer_members_than_the_threshold_sign_no_round_and_none_counts_twice() {
    let (group, shares) = committee();
    assert_eq!(signature(&group, &shares[..2], 7), Err(ThresholdError::TooFew { have: 2, need: 3 }));
    let repeated = signature(&group, [&shares[0], &shares[1], &shares[1]], 7);
    assert_eq!(repeated, Err(ThresholdError::RepeatedMember { member: shares[1].member() }));
}

#[test]
fn a_partial_of_another_round_network_or_share_is_refused() {
    let ((group, share), (_, stranger)) = (single(), single());
    for wrong in [share.sign(&NETWORK, 8), share.sign(&NetworkId([2; 32]), 7), stranger.sign(&NETWORK, 7)] {
        let refused = group.check_partial(&NETWORK, 7, wrong);
        assert!(matches!(refused, Err(ThresholdError::WrongPartial { member: 0 })));
    }
}

#[test]
fn partials_checked_for_another_round_network_or_group_do_not_combine() {
    let ((group, share), (other, _)) = (single(), single());
    let checked = [group.check_partial(&NETWORK, 7, share.sign(&NETWORK, 7)).unwrap()];
    for refused in [
        group.combine(&NETWORK, 8, &checked),
        group.combine(&NetworkId([2; 32]), 7, &checked),
        other.combine(&NETWORK, 7, &checked),
    ] {
        assert_eq!(refused, Err(ThresholdError::ForeignPartial));
    }
}

#[test]
fn a_labels_partial_is_none_of_a_round_though_the_key_were_the_same() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let partial = RoundPartial::from_bytes(&*share.evaluate(&label()).to_bytes()).unwrap();
    let refused = BeaconGroup::new(group).check_partial(&NETWORK, 7, partial);
    assert!(matches!(refused, Err(ThresholdError::WrongPartial { .. })));
}

#[test]
fn a_rounds_partial_reads_back_and_prints_nothing_secret() {
    let (group, share) = single();
    let partial = RoundPartial::from_bytes(&*share.sign(&NETWORK, 7).to_bytes()).unwrap();
    assert_eq!(format!("{share:?} {partial:?}"), "BeaconShare(member 0) RoundPartial(PartialEvaluation(member 0))");
    group.check_partial(&NETWORK, 7, partial).unwrap();
}

/// `specs/vectors/beacon.json`: from a share and a round to the round's value, in a committee of one. The chain's pallet
/// checks the same signatures.
#[test]
fn the_published_rounds_are_what_this_code_signs() {
    use commonware_codec::Encode as _;
    let share = Share::from_bytes(&[&[VERSION, 0, 0, 0, 0][..], &[6; 32]].concat()).unwrap();
    let point = share.0.public::<Variant>().encode();
    let group = GroupPublic::from_bytes(&[&[VERSION, 0, 0, 0, 0, 1, 1][..], &point].concat()).unwrap();
    group.check_share(&share).unwrap();
    let (share_bytes, group_bytes) = (hex::encode(*share.to_bytes()), hex::encode(group.to_bytes()));
    let (group, share) = (BeaconGroup::new(group), BeaconShare::new(share));
    let rounds: Vec<_> = [1, 600, u64::MAX]
        .into_iter()
        .map(|number| {
            let partial = share.sign(&NETWORK, number);
            let encoded = hex::encode(*partial.to_bytes());
            let checked = group.check_partial(&NETWORK, number, partial).unwrap();
            let signature = group.combine(&NETWORK, number, &[checked]).unwrap();
            serde_json::json!({
                "number": number.to_string(),
                "message": hex::encode(beacon::message(&NETWORK, number)),
                "partial": encoded,
                "signature": hex::encode(signature.0),
                "value": hex::encode(beacon::value(&NETWORK, number, &signature)),
            })
        })
        .collect();
    let built = serde_json::json!({
        "network": hex::encode(NETWORK.0), "share": share_bytes, "group": group_bytes, "rounds": rounds,
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/vectors/beacon.json");
    let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "{path} differs from what the code makes");
}
