//! TPM quotes and event logs that real machines made. The folder is named by `ADYTON_EVIDENCE`; without it, these
//! tests say so and pass.

use adyton_attestation::{
    eventlog::{EventLog, EventLogRefusal},
    tpm::{
        AttestationKey, HashAlgorithm, PcrPolicy, PcrSet, QuoteSignature, TpmEndorsements, TpmEvidence, TpmPolicy,
        TpmRefusal, TpmRoot, TpmVerdict, files::TpmFile, verify_tpm,
    },
};
use std::{fs, path::PathBuf};

fn read(path: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"));
    let bytes = fs::read(folder.join(path)).ok();
    if bytes.is_none() {
        println!("skipped: no recorded evidence at {}", folder.join(path).display());
    }
    bytes
}

/// Any register, no key and no root.
fn policy() -> TpmPolicy {
    TpmPolicy::strict(PcrSet::NONE)
}

/// Knows the key that is in the evidence.
fn knowing(evidence: &TpmEvidence) -> TpmPolicy {
    let key = match (&evidence.key.public_area, &evidence.key.public_key) {
        (Some(area), _) => AttestationKey::from_public_area(area).unwrap(),
        (None, Some(key)) => AttestationKey::from_public_key(key).unwrap(),
        (None, None) => panic!("no key"),
    };
    TpmPolicy { keys: vec![key.id()], pcrs: PcrPolicy::strict(PcrSet::FIRMWARE), ..policy() }
}

fn verify(evidence: &TpmEvidence, policy: &TpmPolicy) -> Result<TpmVerdict, TpmRefusal> {
    verify_tpm(evidence, &TpmEndorsements::default(), policy, 1_750_000_000)
}

/// Case 201.
#[test]
fn a_recorded_quote_verifies_but_nothing_vouches_for_its_key() {
    let Some(bytes) = read("tpm/tpm_evidence.json") else { return };
    let file = TpmFile::read(&bytes).unwrap();
    let [evidence] = file.quotes.as_slice() else { panic!() };
    assert_eq!(verify(evidence, &policy()).unwrap_err(), TpmRefusal::KeyNotTrusted);

    let verdict = verify(evidence, &knowing(evidence)).unwrap();
    assert_eq!((verdict.nonce.len(), verdict.pcrs.len()), (64, 24));
    let nonce = verdict.nonce.clone();
    assert_eq!(verdict.clone().bind(&[1; 64]).unwrap_err(), TpmRefusal::Nonce);
    assert!(verdict.bind(&nonce).is_ok());
}

/// Cases 198, 199 and 201.
#[test]
fn recorded_quotes_of_three_banks_get_the_verdicts_that_they_deserve() {
    for (path, nonce) in [("tpm/gce-cos-85-nonce9009.pb", &[0x90, 0x09][..]), ("tpm/gce-cos-85-no-nonce.pb", &[])] {
        let Some(bytes) = read(path) else { return };
        let file = TpmFile::read(&bytes).unwrap();
        let [sha1, sha256, sha384] = file.quotes.as_slice() else { panic!() };
        assert_eq!(file.strongest(), Some(sha384));
        assert_eq!(verify(sha1, &knowing(sha1)).unwrap_err(), TpmRefusal::Sha1Bank);
        for evidence in [sha256, sha384] {
            let verdict = verify(evidence, &knowing(evidence)).unwrap();
            assert_eq!((&*verdict.nonce, verdict.pcrs.len()), (nonce, 24));
            let bound = verdict.bind(&[0x90, 0x09]);
            assert_eq!(bound.err(), if nonce.is_empty() { Some(TpmRefusal::Nonce) } else { None }, "{path}");

            // The certificate beside it is for another use, and its authority is not pinned.
            let with_roots = TpmPolicy { roots: vec![TpmRoot::azure_virtual_tpm_2023()], ..policy() };
            let refusal = verify(evidence, &with_roots).unwrap_err();
            assert!(matches!(refusal, TpmRefusal::UntrustedRoot(_)), "{refusal}");
        }
    }
}

#[test]
fn a_recorded_quote_without_its_key_is_refused() {
    let Some(bytes) = read("tpm/keylime_test-quote.txt") else { return };
    let file = TpmFile::read(&bytes).unwrap();
    let [evidence] = file.quotes.as_slice() else { panic!() };
    assert_eq!(verify(evidence, &policy()).unwrap_err(), TpmRefusal::SignatureScheme { algorithm: 0x14, hash: 0x04 });
}

#[test]
fn recorded_quotes_with_any_byte_changed_never_verify() {
    let Some(bytes) = read("tpm/tpm_evidence.json") else { return };
    let good = TpmFile::read(&bytes).unwrap().quotes.remove(0);
    let policy = knowing(&good);
    for index in 0..good.message.len() {
        let mut evidence = good.clone();
        evidence.message[index] ^= 0x10;
        assert!(verify(&evidence, &policy).is_err(), "{index}");
    }
    let QuoteSignature::Structured(signature) = &good.signature else { panic!() };
    for index in 0..signature.len() {
        let mut signature = signature.clone();
        signature[index] ^= 0x10;
        let evidence = TpmEvidence { signature: QuoteSignature::Structured(signature), ..good.clone() };
        assert!(verify(&evidence, &policy).is_err(), "{index}");
    }
}

#[test]
fn a_recorded_tpms_log_replays_to_the_quoted_registers() {
    let Some(bytes) = read("tpm/gce-cos-85-nonce9009.pb") else { return };
    let file = TpmFile::read(&bytes).unwrap();
    let bytes = file.event_log.clone().unwrap();
    let log = EventLog::of_pcrs(&bytes).unwrap();
    // The kernel extends register 10 after the firmware's log has ended, and 17 to 22 are for dynamic launches.
    let replayed = (0..24).filter(|index| *index != 10).map(|index| PcrSet::one(index).unwrap());
    let replayed = replayed.fold(PcrSet::NONE, PcrSet::and);
    for (evidence, bank) in file.quotes[1..].iter().zip([HashAlgorithm::Sha256, HashAlgorithm::Sha384]) {
        assert_eq!(log.require_pcrs(bank, replayed, &evidence.pcrs), Ok(()));
        let ten = PcrSet::one(10).unwrap();
        assert_eq!(log.require_pcrs(bank, ten, &evidence.pcrs), Err(EventLogRefusal::Replay(10)));
    }
}

/// RTMR 0 to 3 in a TDX quote, version 4.
fn rtmrs(quote: &[u8]) -> [[u8; 48]; 4] {
    [0, 1, 2, 3].map(|register| quote[48 + 328 + 48 * register..][..48].try_into().unwrap())
}

/// Cases 94 and 95.
#[test]
fn recorded_machine_logs_replay_to_their_own_quote_and_to_no_other() {
    for (log, quote, expected) in [
        ("gcp_cos113_ccel_data.dat", "tdx_v4_gcp_cos113.bin", Ok(())),
        ("lunal_tdx_ccel_live2.dat", "tdx_v4_lunal_live.bin", Ok(())),
        ("lunal_tdx_ccel_live.bin", "tdx_v4_lunal_live.bin", Err(EventLogRefusal::Replay(2))),
        ("lunal_tdx_ccel_live2.dat", "tdx_v4_gcp_cos113.bin", Err(EventLogRefusal::Replay(0))),
    ] {
        let Some(bytes) = read(&format!("intel/eventlogs/{log}")) else { return };
        let Some(quote) = read(&format!("intel/quotes/{quote}")) else { return };
        let parsed = EventLog::of_rtmrs(&bytes).unwrap();
        assert_eq!(parsed.require_rtmrs(&rtmrs(&quote)), expected, "{log}");
    }
}

/// Case 96.
#[test]
fn a_recorded_machine_log_with_altered_data_beside_its_digests_is_refused_or_not_told() {
    let Some(bytes) = read("intel/eventlogs/lunal_tdx_ccel_live2.dat") else { return };
    let log = EventLog::of_rtmrs(&bytes).unwrap();
    let measured: Vec<Option<&[u8]>> = log.events().iter().map(|event| event.measured_data()).collect();
    for index in 65..2120 {
        let mut altered = bytes.clone();
        altered[index] ^= 1;
        let Ok(altered) = EventLog::of_rtmrs(&altered) else { continue };
        if altered.replay_rtmrs() == log.replay_rtmrs() {
            for (event, measured) in altered.events().iter().zip(&measured) {
                assert!(event.measured_data().is_none() || event.measured_data() == *measured, "{index}");
            }
        }
    }
}

#[test]
fn recorded_dstack_logs_replay_to_their_quotes() {
    for file in ["quote-report.json", "tdx-lite-getquote.json"] {
        let Some(bytes) = read(&format!("intel/eventlogs/{file}")) else { return };
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let quote = hex::decode(json["quote"].as_str().unwrap()).unwrap();
        let log = EventLog::of_dstack(&bytes).unwrap();
        assert_eq!(log.require_rtmrs(&rtmrs(&quote)), Ok(()), "{file}");
    }
    let Some(bytes) = read("intel/eventlogs/tcb_info.json") else { return };
    let Some(quote) = read("intel/quotes/tdx_v4_near_mpc_dstack.bin") else { return };
    let log = EventLog::of_dstack(&bytes).unwrap();
    assert_eq!(log.require_rtmrs(&rtmrs(&quote)), Ok(()));
    let compose = log.events().iter().find(|event| event.name.as_deref() == Some("compose-hash")).unwrap();
    let compose = hex::encode(compose.measured_data().unwrap());
    assert_eq!(compose, "2911e1f733466216dedb862d6d669e11256ee7a34ce4dbc66c4b807ba7a9c895");
}

/// Case 94.
#[test]
fn a_recorded_dstack_log_with_a_changed_event_is_refused() {
    let Some(bytes) = read("intel/eventlogs/tcb_info.json") else { return };
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let Some(quote) = read("intel/quotes/tdx_v4_near_mpc_dstack.bin") else { return };
    let mut events = json["event_log"].as_array().unwrap().clone();
    for position in 0..events.len() {
        let event = events.remove(position);
        let text = serde_json::to_vec(&events).unwrap();
        let register = event["imr"].as_u64().unwrap() as u8;
        let refusal = EventLog::of_dstack(&text).unwrap().require_rtmrs(&rtmrs(&quote));
        assert_eq!(refusal, Err(EventLogRefusal::Replay(register)), "{position}");
        events.insert(position, event);
    }
}
