//! What the benchmarks are measured with.

use adyton_protocol::device::{self, MAX_DEVICE_EVIDENCE};
use codec::Encode as _;
use polkadot_sdk::sp_core::Pair as _;

use super::{issuers::ISSUED, *};
use crate::{fixture::Fixture, signatures::MAX_ASKED};

/// `ADYTON_WRITE_VECTORS=1` writes the file instead, for a deliberate change of format.
#[test]
fn the_fixture_of_the_benchmarks_is_what_its_issuers_make_and_is_accepted() {
    let issued = &ISSUED.fixture;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/nvidia.scale");
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(path, issued.encode()).expect("the fixtures' folder is there");
    }
    let published = std::fs::read(path).expect("the fixture is there");
    assert!(published == issued.encode(), "the fixture is another");
    run(|| {
        Policy::<Test>::put(Scheduled::holding(fixture::policy()));
        issued.remember::<Test>();
        for manifest in [&issued.driver, &issued.firmware] {
            let responses = fixture::all(&issued.manifest_responses);
            assert_ok!(Devices::submit_manifest(signed(), root(), fixture::bounded(manifest), responses, 0));
        }
        let (manifests, worker) = (Manifests::<Test>::iter_keys().map(|(_, id)| id).collect::<Vec<_>>(), worker(0));
        let message = device::message(&NETWORK, &fixture::STATEMENT, &issued.evidence);
        assert_ok!(Devices::show(
            signed(),
            worker,
            root(),
            fixture::bounded(&issued.evidence),
            BoundedVec::truncate_from(manifests),
            fixture::all(&issued.responses),
            key(0).sign(&message).0,
            0,
        ));
        assert_eq!(ShownBy::<Test>::get(fixture::device(root())), Some(worker));
        let message = fixture::bounded(&fixture::longest_message());
        assert_ok!(Devices::check_signature(signed(), issued.key, message, issued.signature));
    });
    // What the benchmarks read is what was compared; it is compiled in, so that what was just written comes next time.
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_none() {
        assert!(Fixture::read() == *issued);
    }
}

#[test]
fn what_the_benchmarks_show_is_about_as_long_as_it_may_be() {
    let Fixture { evidence, responses, driver, firmware, manifest_responses, .. } = &ISSUED.fixture;
    let about = |most: usize, length: usize| (most - most / 50..=most).contains(&length);
    assert!(about(MAX_DEVICE_EVIDENCE, evidence.len()), "{}", evidence.len());
    for responses in [responses, manifest_responses] {
        assert_eq!(responses.len(), MAX_RESPONSES as usize);
        assert!(responses.iter().all(|response| about(MAX_RESPONSE as usize, response.len())));
    }
    for manifest in [driver, firmware] {
        assert!(about(MAX_MANIFEST as usize, manifest.len()), "{}", manifest.len());
    }
}

#[test]
fn what_the_benchmarks_show_asks_about_as_many_signatures_as_a_call_asks_about() {
    let most = usize::from(MAX_ASKED);
    let [evidence, driver, firmware] = ISSUED.asked;
    assert_eq!(evidence, most);
    // An answer asks about two: the one under it, and that of its responder's certificate.
    for asked in [driver, firmware] {
        assert!((most - 1..=most).contains(&asked), "{asked}");
    }
    // Half of them are different ones, which a call looks for in the state.
    let Fixture { signatures, driver_signatures, firmware_signatures, .. } = &ISSUED.fixture;
    assert_eq!([signatures, driver_signatures, firmware_signatures].map(Vec::len), [26, 25, 25]);
}
