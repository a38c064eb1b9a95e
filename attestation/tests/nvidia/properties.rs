//! Any change of any byte.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_report_with_any_changed_byte_is_refused(place in any::<prop::sample::Index>(), bit in 0..8) {
        let device = Device::hopper();
        let mut report = device.report();
        let place = place.index(report.len());
        report[place] ^= 1u8 << bit;
        let result = verify_report(&report, &device.pem(), &NvidiaEndorsements::default(), &evidence_only());
        prop_assert!(result.is_err(), "byte {}", place);
    }

    #[test]
    fn a_chain_with_any_changed_byte_is_refused_or_the_same(place in any::<prop::sample::Index>(), bit in 0..8) {
        let device = Device::hopper();
        let report = device.report();
        let mut chain = device.pem();
        let good = verify_report(&report, &chain, &NvidiaEndorsements::default(), &evidence_only()).unwrap();
        let place = place.index(chain.len());
        chain[place] ^= 1u8 << bit;
        if let Ok(verdict) = verify_report(&report, &chain, &NvidiaEndorsements::default(), &evidence_only()) {
            prop_assert_eq!(verdict, good);
        }
    }

    #[test]
    fn a_manifest_with_any_changed_byte_is_refused_or_the_same(place in any::<prop::sample::Index>(), bit in 0..7) {
        let mut xml = Manifest::firmware().xml().into_bytes();
        let place = place.index(xml.len());
        xml[place] ^= 1u8 << bit;
        let changed = Manifest::check_xml(std::str::from_utf8(&xml).unwrap());
        if let Ok(changed) = changed {
            prop_assert_eq!(changed, Manifest::check_xml(&Manifest::firmware().xml()).unwrap());
        }
    }

    #[test]
    fn any_bytes_at_all_are_refused_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        text in "[<>/a-c \"'=:&!?\n]{0,200}",
    ) {
        let device = Device::hopper();
        let none = NvidiaEndorsements::default();
        prop_assert!(verify_report(&bytes, &device.pem(), &none, &evidence_only()).is_err());
        prop_assert!(verify_report(&device.report(), &bytes, &none, &evidence_only()).is_err());
        prop_assert!(Manifest::check_xml(&text).is_err());
        let responses = [OcspResponse { der: &bytes, nonce: None }];
        let endorsements = NvidiaEndorsements { manifests: &[], responses: &responses };
        prop_assert!(device.verify(&endorsements, &evidence_only()).is_err());
    }
}
