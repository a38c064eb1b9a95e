//! Quotes and collateral that Intel's hardware and services signed, each at a time at which its documents were
//! valid. The folder is named by `ADYTON_EVIDENCE`; without it, these tests say so and pass.

use crate::support::recorded::{self, Case, cases};
use adyton_attestation::{
    Collateral, Document, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict,
    MachineId, Part, TcbStatus, TcbStatusSet, authority_of,
    intel::{examine, inspect},
    verify_collateral, verify_sgx, verify_tdx,
};

fn verify(case: &Case, policy: &IntelPolicy, now: u64) -> Result<IntelVerdict, IntelRefusal> {
    let root = IntelRoot::intel();
    let checked = verify_collateral(&case.collateral, &root, now)?;
    match checked.kind() {
        EvidenceKind::IntelSgx => verify_sgx(&case.quote, &checked, &root, policy, now),
        _ => verify_tdx(&case.quote, &checked, &root, policy, now),
    }
}

fn any_status() -> IntelPolicy {
    IntelPolicy::strict(0).with_statuses(TcbStatusSet::from_iter(TcbStatus::ALL))
}

/// Cases 10, 26, 61, 72 to 75, 78, 79, 86 to 89.
#[test]
fn every_recorded_quote_gets_the_verdict_that_intels_rules_give() {
    let cases = cases("");
    for case in &cases {
        let result = verify(case, &any_status(), case.number("verify_at"));
        let is_of_two_evaluations = |tcb_info| tcb_info != evaluation_of_identity(case);
        let expected = if case.fields["tcb_eval"].as_u64().is_some_and(is_of_two_evaluations) {
            let (tcb_info, qe_identity) = (case.number("tcb_eval") as u32, evaluation_of_identity(case) as u32);
            Err(IntelRefusal::EvaluationNumbersDiffer { tcb_info, qe_identity })
        } else if case.has_flag("NONZERO") {
            Err(IntelRefusal::QuoteTrailingBytes)
        } else if case.text("reason").contains("quote_sig") {
            Err(IntelRefusal::Signature(Document::Quote))
        } else if case.text("reason").contains("no tcb level") {
            Err(IntelRefusal::NoMatchingLevel(Part::Platform))
        } else if case.has_flag("NO_SEPT_VE_DISABLE") {
            Err(IntelRefusal::SeptVeEnabled)
        } else if case.has_flag("MRSERVICETD") {
            Err(IntelRefusal::ServiceDomain)
        } else if case.has_flag("DEBUG") {
            Err(if case.is_sgx() { IntelRefusal::EnclaveDebug } else { IntelRefusal::Debug })
        } else {
            Ok(TcbStatus::from_name(case.text("tcb_status")).unwrap())
        };
        match (result, expected) {
            (Ok(verdict), Ok(status)) => {
                assert_eq!(verdict.tcb_status, status, "{}", case.name);
                assert_eq!(verdict.advisories, case.texts("advisories"), "{}", case.name);
                assert_eq!(u64::from(verdict.evaluation_number), case.number("tcb_eval"), "{}", case.name);
                assert_eq!(verdict.kind == EvidenceKind::IntelSgx, case.is_sgx(), "{}", case.name);
                assert!(matches!(verdict.machine, Some(MachineId::IntelPpid(_))), "{}", case.name);
                let window = (case.number("valid_from"), case.number("valid_until"));
                assert_eq!((verdict.valid_from, verdict.valid_until), window, "{}", case.name);
                let checked = verify_collateral(&case.collateral, &IntelRoot::intel(), case.number("verify_at"));
                assert_eq!(authority_of(&case.quote), checked.map(|checked| checked.authority_id()), "{}", case.name);
            }
            (result, expected) => assert_eq!(result.map(|verdict| verdict.tcb_status), expected, "{}", case.name),
        }
    }
    println!("{} recorded cases", cases.len());
}

fn evaluation_of_identity(case: &Case) -> u64 {
    let identity: serde_json::Value = serde_json::from_slice(&case.collateral.qe_identity).unwrap();
    identity["tcbEvaluationDataNumber"].as_u64().unwrap()
}

#[test]
fn an_examination_tells_the_level_of_every_recorded_platform_though_the_quote_is_refused() {
    for case in &cases("") {
        let now = case.number("verify_at");
        let kind = if case.is_sgx() { EvidenceKind::IntelSgx } else { EvidenceKind::IntelTdx };
        let examination =
            examine(kind, &case.quote, &case.collateral, &IntelRoot::intel(), &IntelPolicy::strict(0), now);
        assert_eq!(examination.result.is_ok(), case.text("strict_policy_verdict") == "ACCEPT", "{}", case.name);
        let level = examination.level;
        let status = level.as_ref().map(|level| level.tcb_status.name());
        assert_eq!(status, case.fields["tcb_status"].as_str(), "{}", case.name);
        if let Some(level) = level {
            assert_eq!(level.advisories, case.texts("advisories"), "{}", case.name);
            assert_eq!(u64::from(level.evaluation_number), case.number("tcb_eval"), "{}", case.name);
        }
    }
}

#[test]
fn every_recorded_quote_says_what_is_known_of_it_and_its_signatures_lead_to_intel() {
    let mut met = 0;
    for (known, quote) in recorded::quotes() {
        let name = known["name"].as_str().unwrap();
        let has_flag = |flag: &str| known["flags"].as_array().unwrap().iter().any(|one| one.as_str().unwrap() == flag);
        if name.starts_with("tdx_v4_google_spr_e4") {
            assert_eq!(inspect(&quote, &IntelRoot::intel()).unwrap_err(), IntelRefusal::QuoteTrailingBytes);
            continue;
        }
        let contents = inspect(&quote, &IntelRoot::intel()).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(u64::from(contents.version), known["version"].as_u64().unwrap(), "{name}");
        assert_eq!(contents.kind == EvidenceKind::IntelSgx, known["tee_type"] == "0x0", "{name}");
        assert_eq!(hex::encode(contents.fmspc), known["fmspc"].as_str().unwrap(), "{name}");
        let authority = format!("Intel SGX PCK {} CA", known["pck_ca"].as_str().unwrap());
        assert_eq!(contents.authority, authority, "{name}");
        let is_signed = known["quote_sig"] == true;
        assert_eq!(contents.signatures, (!is_signed).then_some(IntelRefusal::Signature(Document::Quote)), "{name}");
        let is_debug = match &contents.measurement {
            IntelMeasurement::Tdx(domain) => {
                assert_eq!(domain.services.is_some(), has_flag("MRSERVICETD!=0"), "{name}");
                domain.attributes[0] & 1 != 0
            }
            IntelMeasurement::Sgx(enclave) => enclave.attributes[0] & 2 != 0,
        };
        assert_eq!(is_debug, has_flag("DEBUG"), "{name}");
        met += 1;
    }
    println!("{met} recorded quotes");
}

#[test]
fn a_strict_policy_accepts_exactly_the_recorded_quotes_that_deserve_it() {
    let mut accepted = 0;
    let cases = cases("");
    for case in &cases {
        let is_accepted = verify(case, &IntelPolicy::strict(0), case.number("verify_at")).is_ok();
        assert_eq!(is_accepted, case.text("strict_policy_verdict") == "ACCEPT", "{}", case.name);
        accepted += usize::from(is_accepted);
    }
    assert!(cases.is_empty() || accepted >= 10);
}

/// Case 101.
#[test]
fn recorded_evidence_is_accepted_from_the_first_to_the_last_second_of_its_documents_and_not_beyond() {
    for case in cases("").iter().filter(|case| case.text("strict_policy_verdict") == "ACCEPT") {
        let (first, last) = (case.number("valid_from"), case.number("valid_until"));
        for now in [first, last] {
            let verdict = verify(case, &IntelPolicy::strict(0), now).unwrap();
            assert_eq!((verdict.valid_from, verdict.valid_until), (first, last), "{}", case.name);
        }
        for (now, late) in [(first - 1, false), (0, false), (last + 1, true), (1 << 40, true)] {
            let refusal = verify(case, &IntelPolicy::strict(0), now).unwrap_err();
            let expected = if late {
                matches!(refusal, IntelRefusal::Expired { .. })
            } else {
                matches!(refusal, IntelRefusal::NotYetValid { .. })
            };
            assert!(expected, "{}: {refusal}", case.name);
        }
    }
}

/// Case 60.
#[test]
fn the_same_quote_falls_below_a_floor_when_newer_collateral_exists() {
    for case in cases("").iter().filter(|case| case.text("strict_policy_verdict") == "ACCEPT") {
        let found = case.number("tcb_eval") as u32;
        let refusal = verify(case, &IntelPolicy::strict(found + 1), case.number("verify_at")).unwrap_err();
        assert_eq!(refusal, IntelRefusal::EvaluationNumber { found, floor: found + 1 });
    }
}

/// Cases 13, 16 and 17.
#[test]
fn recorded_quotes_of_one_environment_are_refused_by_the_verifier_of_the_other() {
    let root = IntelRoot::intel();
    for case in cases("") {
        let now = case.number("verify_at");
        let Ok(checked) = verify_collateral(&case.collateral, &root, now) else { continue };
        let version = u16::from_le_bytes([case.quote[0], case.quote[1]]);
        let (with_its_collateral, other) = if case.is_sgx() {
            (verify_tdx(&case.quote, &checked, &root, &any_status(), now), cases("tdx_v4_phala_uptodate"))
        } else {
            (verify_sgx(&case.quote, &checked, &root, &any_status(), now), cases("sgx_v3_phala_hello"))
        };
        assert_eq!(with_its_collateral.unwrap_err(), IntelRefusal::WrongKind(Document::TcbInfo), "{}", case.name);
        let Some(other) = other.into_iter().next() else { continue };
        let now = other.number("verify_at");
        let checked = verify_collateral(&other.collateral, &root, now).unwrap();
        let result = if case.is_sgx() {
            verify_tdx(&case.quote, &checked, &root, &any_status(), now)
        } else {
            verify_sgx(&case.quote, &checked, &root, &any_status(), now)
        };
        assert_eq!(result.unwrap_err(), IntelRefusal::QuoteVersion(version), "{}", case.name);
    }
}

/// Case 55.
#[test]
fn collateral_for_another_family_is_refused() {
    let family = |case: &Case| String::from(&case.text("collateral")[..16]);
    let cases = cases("tdx_v4");
    let mut met = 0;
    for other in &cases {
        let now = other.number("verify_at");
        let checked = verify_collateral(&other.collateral, &IntelRoot::intel(), now).unwrap();
        for one in cases.iter().step_by(3).filter(|one| family(one) != family(other)) {
            match verify_tdx(&one.quote, &checked, &IntelRoot::intel(), &any_status(), now) {
                Err(IntelRefusal::Fmspc { .. }) => met += 1,
                // Quotes that are refused before their family is looked at.
                Err(IntelRefusal::QuoteTrailingBytes | IntelRefusal::Signature(Document::Quote)) => (),
                // Platforms whose certificate is younger than the other family's collateral.
                Err(IntelRefusal::NotYetValid { document: Document::PckCertificate, .. }) => (),
                result => panic!("{} under {}: {result:?}", one.name, other.name),
            }
        }
    }
    assert!(cases.is_empty() || met > 30, "{met}");
}

/// Case 101.
#[test]
fn recorded_enclaves_are_judged_from_the_first_to_the_last_second_of_their_documents() {
    for case in cases("sgx").iter().filter(|case| verify(case, &any_status(), case.number("verify_at")).is_ok()) {
        let (first, last) = (case.number("valid_from"), case.number("valid_until"));
        for now in [first, last] {
            assert!(verify(case, &any_status(), now).is_ok(), "{} at {now}", case.name);
        }
        for now in [0, first - 1] {
            assert!(
                matches!(verify(case, &any_status(), now), Err(IntelRefusal::NotYetValid { .. })),
                "{} at {now}",
                case.name
            );
        }
        for now in [last + 1, 1 << 40] {
            assert!(
                matches!(verify(case, &any_status(), now), Err(IntelRefusal::Expired { .. })),
                "{} at {now}",
                case.name
            );
        }
    }
}

/// Case 60.
#[test]
fn an_older_recorded_set_cannot_replace_a_newer_one() {
    let mut sets: Vec<_> = cases("tdx_v4_phala_uptodate")
        .iter()
        .map(|case| verify_collateral(&case.collateral, &IntelRoot::intel(), case.number("verify_at")).unwrap())
        .collect();
    sets.sort_by_key(|set| set.evaluation_number());
    for (older, newer) in sets.iter().zip(sets.iter().skip(1)) {
        assert_eq!(newer.require_supersedes(older), Ok(()));
        assert_eq!(older.require_supersedes(newer), Err(IntelRefusal::CollateralRollback));
        assert_eq!(newer.require_supersedes(newer), Err(IntelRefusal::CollateralRollback));
    }
}

#[test]
fn recorded_collateral_is_small_once_it_is_checked() {
    for case in cases("") {
        let Ok(checked) = verify_collateral(&case.collateral, &IntelRoot::intel(), case.number("verify_at")) else {
            continue;
        };
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
