//! What is published of this runtime under `specs/vectors/calls.json`, held against it: calls, errors, tracks, and an
//! extrinsic.

use super::*;

fn vectors() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/calls.json");
    serde_json::from_slice(&std::fs::read(path).expect("the vectors are there")).expect("the vectors are JSON")
}

fn unhexed(value: &serde_json::Value) -> Vec<u8> {
    let text = value.as_str().expect("a text of hexadecimal digits");
    sp_core::bytes::from_hex(&format!("0x{}", text.trim_start_matches("0x"))).expect("hexadecimal digits")
}

#[test]
fn the_published_call_vectors_are_this_runtimes_calls() {
    use frame_support::traits::GetCallMetadata as _;

    let vectors = vectors();
    let vectors = vectors["calls"].as_array().expect("a list");
    for vector in vectors {
        let (name, bytes) = (vector["call"].as_str().expect("a name"), unhexed(&vector["encoding"]));
        let mut input = &bytes[..];
        let call = RuntimeCall::decode(&mut input).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(input.is_empty(), "{name} has more bytes than its call");
        assert_eq!(call.encode(), bytes, "{name}");
        let metadata = call.get_call_metadata();
        assert_eq!(format!("{}.{}", metadata.pallet_name.to_lowercase(), metadata.function_name), name);
    }
    let ours = |pallet: &str| {
        vectors.iter().filter(|vector| vector["call"].as_str().is_some_and(|name| name.starts_with(pallet))).count()
    };
    assert_eq!([ours("attestation."), ours("workers."), ours("contracts."), ours("keys.")], [17, 5, 12, 2]);
    assert_eq!([ours("devices."), ours("governance.")], [10, 2]);
    assert_eq!([ours("messages."), ours("beacon."), ours("usage.")], [3, 4, 10]);
    // Some calls of pools are there in two forms; nobody but nodes reports validators' blocks.
    assert_eq!(ours("disputes."), 6);
    assert_eq!([ours("pools."), ours("rewards."), ours("slashing."), ours("validators.")], [23, 10, 12, 7]);
}

#[test]
fn the_published_errors_are_this_runtimes_errors() {
    use scale_info::{TypeDef, TypeInfo};

    fn names<E: TypeInfo>() -> Vec<String> {
        let TypeDef::Variant(variants) = E::type_info().type_def else { panic!("an error is an enum") };
        variants.variants.iter().map(|variant| variant.name.to_string()).collect()
    }
    let expected = [
        names::<adyton_pallet_attestation::Error<Runtime>>(),
        names::<adyton_pallet_workers::Error<Runtime>>(),
        names::<adyton_pallet_contracts::Error<Runtime>>(),
        names::<adyton_pallet_keys::Error<Runtime>>(),
        names::<adyton_pallet_devices::Error<Runtime>>(),
        names::<adyton_pallet_messages::Error<Runtime>>(),
        names::<pallet_preimage::Error<Runtime>>(),
        names::<pallet_referenda::Error<Runtime>>(),
        names::<pallet_conviction_voting::Error<Runtime>>(),
        names::<adyton_pallet_governance::Error<Runtime>>(),
        names::<adyton_pallet_beacon::Error<Runtime>>(),
        names::<adyton_pallet_pools::Error<Runtime>>(),
        names::<adyton_pallet_rewards::Error<Runtime>>(),
        names::<adyton_pallet_slashing::Error<Runtime>>(),
        names::<adyton_pallet_usage::Error<Runtime>>(),
        names::<adyton_pallet_disputes::Error<Runtime>>(),
        names::<pallet_session::Error<Runtime>>(),
        names::<adyton_pallet_validators::Error<Runtime>>(),
    ];
    let published = vectors()["errors"].clone();
    assert_eq!(published.as_array().map(Vec::len), Some(expected.len()));
    for (pallet, expected) in published.as_array().expect("a list").iter().zip(expected) {
        let published: Vec<String> = serde_json::from_value(pallet["errors"].clone()).expect("names");
        assert_eq!(published, expected, "{}", pallet["pallet"]);
    }
}

#[test]
fn the_published_decisions_are_this_runtimes_decisions() {
    use crate::governance::{BIG_SPEND, SMALL_SPEND, Tracks};
    use frame_support::traits::{ConstU128, Footprint, Get as _, LinearStoragePrice};
    use pallet_referenda::{Curve, TracksInfo as _};
    use sp_runtime::{Perbill, traits::Convert as _};

    // Without a genesis: what the code says where storage says nothing.
    sp_io::TestExternalities::default().execute_with(|| {
        let bar = |curve: &Curve| [Perbill::zero(), Perbill::one()].map(|time| curve.threshold(time).deconstruct());
        let tracks: Vec<_> = Tracks::tracks()
            .map(|track| {
                let info = &track.info;
                json!({
                    "track": track.id,
                    "name": core::str::from_utf8(&info.name).expect("is text").trim_end_matches('\0'),
                    "deciding": info.max_deciding,
                    "deposit": info.decision_deposit.to_string(),
                    "periods": [info.prepare_period, info.decision_period, info.confirm_period, info.min_enactment_period],
                    "approval": bar(&info.min_approval),
                    "support": bar(&info.min_support),
                })
            })
            .collect();
        assert_eq!(vectors()["tracks"], serde_json::Value::from(tracks));

        let published = vectors()["decisions"].clone();
        type Price = LinearStoragePrice<
            ConstU128<{ crate::configs::ENTRY_DEPOSIT }>,
            ConstU128<{ crate::configs::BYTE_DEPOSIT }>,
            crate::Balance,
        >;
        let price = |bytes| Price::convert(Footprint::from_parts(1, bytes));
        let submission: crate::Balance = <Runtime as pallet_referenda::Config>::SubmissionDeposit::get();
        let timeout: crate::BlockNumber = <Runtime as pallet_referenda::Config>::UndecidingTimeout::get();
        let lock: crate::BlockNumber = <Runtime as pallet_conviction_voting::Config>::VoteLockingPeriod::get();
        let slot: u64 = <Runtime as pallet_aura::Config>::SlotDuration::get();
        let ours = json!({
            "submission_deposit": submission.to_string(),
            "undecided_timeout": timeout,
            "vote_lock": lock,
            "slot_ms": slot,
            "spenders": [SMALL_SPEND.to_string(), BIG_SPEND.to_string()],
            "preimage_deposit": [price(0).to_string(), (price(1) - price(0)).to_string()],
            "enactment_key_of_7": published["enactment_key_of_7"],
        });
        assert_eq!(published, ours);
        let task = (*b"assembly", "enactment", 7u32).using_encoded(sp_io::hashing::blake2_256);
        let key = pallet_scheduler::Lookup::<Runtime>::hashed_key_for(task);
        assert_eq!(unhexed(&published["enactment_key_of_7"]), key);
    });
}

#[test]
fn the_published_extrinsic_is_read_by_this_runtime() {
    use sp_runtime::traits::Verify as _;

    let vectors = vectors();
    assert_eq!(vectors["specification"]["name"], crate::VERSION.spec_name.as_ref());
    assert_eq!(vectors["specification"]["version"], crate::VERSION.spec_version);
    assert_eq!(vectors["specification"]["transaction"], crate::VERSION.transaction_version);

    let vector = &vectors["extrinsic"];
    let extrinsic = UncheckedExtrinsic::decode(&mut &unhexed(&vector["extrinsic"])[..]).expect("is an extrinsic");
    assert_eq!(extrinsic.function.encode(), unhexed(&vector["call"]));
    let sp_runtime::generic::Preamble::Signed(address, signature, extension) = &extrinsic.preamble else {
        panic!("it is signed")
    };
    let sp_runtime::MultiAddress::Id(account) = address else { panic!("an account signed it") };
    let payload = unhexed(&vector["payload"]);
    assert!(signature.verify(&payload[..], account));
    let explicit = [extrinsic.function.encode(), extension.encode()].concat();
    assert!(payload.starts_with(&explicit));
}
