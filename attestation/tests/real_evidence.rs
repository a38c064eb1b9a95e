//! Quotes and collateral that Intel's hardware and services signed, each at a time at which its documents were
//! valid. The folder is named by `ADYTON_EVIDENCE`; without it, these tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod support;

use adyton_attestation::{
    Collateral, Document, EvidenceKind, MachineId, Part, Policy, Refusal, Root, TcbStatus, TcbStatusSet, Verdict,
    verify_collateral, verify_tdx,
};
use std::fs;
use support::recorded::{Case, cases, folder};

fn verify(case: &Case, policy: &Policy, now: u64) -> Result<Verdict, Refusal> {
    let root = Root::intel();
    let checked = verify_collateral(&case.collateral, &root, now)?;
    verify_tdx(&case.quote, &checked, &root, policy, now)
}

fn any_status() -> Policy {
    Policy { accepted_statuses: TcbStatusSet::from_iter(TcbStatus::ALL), ..Policy::strict(0) }
}

#[test]
fn every_recorded_quote_gets_the_verdict_that_intels_rules_give() {
    for case in &cases("tdx_v4") {
        let result = verify(case, &any_status(), case.number("verify_at"));
        let expected = if case.has_flag("NONZERO") {
            Err(Refusal::QuoteTrailingBytes)
        } else if case.text("reason").contains("quote_sig") {
            Err(Refusal::Signature(Document::Quote))
        } else if case.text("reason").contains("no tcb level") {
            Err(Refusal::NoMatchingLevel(Part::Platform))
        } else if case.has_flag("NO_SEPT_VE_DISABLE") {
            Err(Refusal::SeptVeEnabled)
        } else {
            Ok(TcbStatus::from_name(case.text("tcb_status")).unwrap())
        };
        match (result, expected) {
            (Ok(verdict), Ok(status)) => {
                assert_eq!(verdict.tcb_status, status, "{}", case.name);
                let advisories: Vec<&str> =
                    case.fields["advisories"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
                assert_eq!(verdict.advisories, advisories, "{}", case.name);
                assert_eq!(u64::from(verdict.evaluation_number), case.number("tcb_eval"), "{}", case.name);
                assert_eq!(verdict.kind, EvidenceKind::IntelTdx);
                assert!(matches!(verdict.machine, Some(MachineId::IntelPpid(_))), "{}", case.name);
            }
            (result, expected) => assert_eq!(result.map(|verdict| verdict.tcb_status), expected, "{}", case.name),
        }
    }
}

#[test]
fn a_strict_policy_accepts_exactly_the_recorded_quotes_that_deserve_it() {
    let mut accepted = 0;
    let cases = cases("tdx_v4");
    for case in &cases {
        let is_accepted = verify(case, &Policy::strict(0), case.number("verify_at")).is_ok();
        assert_eq!(is_accepted, case.text("strict_policy_verdict") == "ACCEPT", "{}", case.name);
        accepted += usize::from(is_accepted);
    }
    assert!(cases.is_empty() || accepted >= 10);
}

#[test]
fn recorded_evidence_is_accepted_from_the_first_to_the_last_second_of_its_documents_and_not_beyond() {
    for case in cases("tdx_v4").iter().filter(|case| case.text("strict_policy_verdict") == "ACCEPT") {
        let (first, last) = (case.number("valid_from"), case.number("valid_until"));
        for now in [first, last] {
            let verdict = verify(case, &Policy::strict(0), now).unwrap();
            assert_eq!((verdict.valid_from, verdict.valid_until), (first, last), "{}", case.name);
        }
        for (now, late) in [(first - 1, false), (0, false), (last + 1, true), (1 << 40, true)] {
            let refusal = verify(case, &Policy::strict(0), now).unwrap_err();
            let expected =
                if late { matches!(refusal, Refusal::Expired(_)) } else { matches!(refusal, Refusal::NotYetValid(_)) };
            assert!(expected, "{}: {refusal}", case.name);
        }
    }
}

#[test]
fn the_same_quote_falls_below_a_floor_when_newer_collateral_exists() {
    for case in cases("tdx_v4").iter().filter(|case| case.text("strict_policy_verdict") == "ACCEPT") {
        let found = case.number("tcb_eval") as u32;
        let refusal = verify(case, &Policy::strict(found + 1), case.number("verify_at")).unwrap_err();
        assert_eq!(refusal, Refusal::EvaluationNumber { found, floor: found + 1 });
    }
}

#[test]
fn recorded_quotes_of_other_versions_are_refused_by_version() {
    for (prefix, version) in [("tdx_v5", 5), ("sgx_v3", 3)] {
        let Some(folder) = folder() else { return };
        let Some(valid) = cases("tdx_v4_phala_uptodate").into_iter().next() else { return };
        let now = valid.number("verify_at");
        let checked = verify_collateral(&valid.collateral, &Root::intel(), now).unwrap();
        for entry in fs::read_dir(folder.join("quotes")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with(prefix) {
                let quote = fs::read(&path).unwrap();
                let result = verify_tdx(&quote, &checked, &Root::intel(), &any_status(), now);
                assert_eq!(result.unwrap_err(), Refusal::QuoteVersion(version), "{}", path.display());
            }
        }
    }
}

#[test]
fn collateral_for_another_family_is_refused() {
    let family = |case: &Case| String::from(&case.text("collateral")[..16]);
    let cases = cases("tdx_v4");
    let mut met = 0;
    for other in &cases {
        let now = other.number("verify_at");
        let checked = verify_collateral(&other.collateral, &Root::intel(), now).unwrap();
        for one in cases.iter().step_by(3).filter(|one| family(one) != family(other)) {
            match verify_tdx(&one.quote, &checked, &Root::intel(), &any_status(), now) {
                Err(Refusal::Fmspc) => met += 1,
                // Quotes that are refused before their family is looked at.
                Err(Refusal::QuoteTrailingBytes | Refusal::Signature(Document::Quote)) => (),
                // Platforms whose certificate is younger than the other family's collateral.
                Err(Refusal::NotYetValid(Document::PckCertificate)) => (),
                result => panic!("{} under {}: {result:?}", one.name, other.name),
            }
        }
    }
    assert!(cases.is_empty() || met > 30, "{met}");
}

#[test]
fn recorded_sgx_collateral_is_not_taken_for_tdx() {
    let Some(folder) = folder() else { return };
    for entry in fs::read_dir(folder.join("collateral")).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("sgx_") {
            continue;
        }
        let collateral = Collateral::from_json(&fs::read(&path).unwrap()).unwrap();
        let refusal = verify_collateral(&collateral, &Root::intel(), 1_760_000_000).unwrap_err();
        assert_eq!(refusal, Refusal::WrongKind(Document::TcbInfo), "{}", path.display());
    }
}

#[test]
fn an_older_recorded_set_cannot_replace_a_newer_one() {
    let mut sets: Vec<_> = cases("tdx_v4_phala_uptodate")
        .iter()
        .map(|case| verify_collateral(&case.collateral, &Root::intel(), case.number("verify_at")).unwrap())
        .collect();
    sets.sort_by_key(|set| set.evaluation_number());
    for (older, newer) in sets.iter().zip(sets.iter().skip(1)) {
        assert_eq!(newer.require_supersedes(older), Ok(()));
        assert_eq!(older.require_supersedes(newer), Err(Refusal::CollateralRollback));
        assert_eq!(newer.require_supersedes(newer), Err(Refusal::CollateralRollback));
    }
}

#[test]
fn recorded_collateral_is_small_once_it_is_checked() {
    for case in cases("tdx_v4") {
        let checked = verify_collateral(&case.collateral, &Root::intel(), case.number("verify_at")).unwrap();
        let size = codec::Encode::encoded_size(&checked);
        assert!((1024..4096).contains(&size), "{}: {size}", case.name);
    }
}

#[test]
fn a_recorded_collateral_file_survives_writing_and_reading() {
    let root = hex_of_root();
    for case in cases("tdx_v4_phala_uptodate") {
        let text = case.collateral.to_json(&root).unwrap();
        assert_eq!(Collateral::from_json(text.as_bytes()), Ok(case.collateral));
    }
}

/// Any bytes do: the root at the end of the chains is not read.
fn hex_of_root() -> Vec<u8> {
    vec![0x30, 0x00]
}
