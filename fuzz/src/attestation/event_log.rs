//! Event logs: the binary form that firmware leaves, and the list that a dstack guest reports.

use adyton_attestation::{
    eventlog::{EventLog, EventLogRefusal},
    tpm::HashAlgorithm,
};
use sha2::{Digest, Sha384};

use crate::recorded;

/// Digests that a replay has to give are asked for, right or wrong.
fn replay(log: Result<EventLog<'_>, EventLogRefusal>) {
    match log {
        Ok(log) => {
            for event in log.events() {
                let known = event.measured_data().is_some();
                assert!(!known || event.measured_data() == Some(event.danger_unproven_data()), "it is the same data");
            }
            if let Ok(registers) = log.replay_rtmrs() {
                assert_eq!(log.require_rtmrs(&registers), Ok(()), "a log fits the registers that it gives");
            }
            for bank in HashAlgorithm::ALL {
                let _ = log.replay_pcr(bank, 0);
            }
        }
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// A log in binary form.
pub fn event_log(data: &[u8]) {
    replay(EventLog::of_rtmrs(data));
    replay(EventLog::of_pcrs(data));
}

/// Seeds of [`event_log`].
pub fn event_logs() -> Vec<Vec<u8>> {
    [vec![binary_log()], recorded::files("intel/eventlogs", &["_data.dat", "live.bin", "live2.dat"])].concat()
}

/// The header with SHA-384 alone, a separator, an application.
fn binary_log() -> Vec<u8> {
    const NO_ACTION: u32 = 3;
    const SEPARATOR: u32 = 4;
    const APPLICATION: u32 = 0x8000_0003;
    let mut log = [[0; 4], NO_ACTION.to_le_bytes()].concat();
    log.extend([0; 20]);
    log.extend(33u32.to_le_bytes());
    log.extend(b"Spec ID Event03\0\0\0\0\0\0\x02\0\x02");
    log.extend([1, 0, 0, 0, 0x0c, 0, 48, 0, 0]);
    let events: [(u32, u32, &[u8]); 3] = [(1, SEPARATOR, &[0; 4]), (2, APPLICATION, b"path"), (3, SEPARATOR, &[0; 4])];
    for (register, kind, data) in events {
        log.extend([register, kind, 1].map(u32::to_le_bytes).as_flattened());
        log.extend([0x0c, 0]);
        log.extend(Sha384::digest(data));
        log.extend((data.len() as u32).to_le_bytes());
        log.extend(data);
    }
    log
}

/// A list of events as JSON, or a file around one.
pub fn event_log_dstack(data: &[u8]) {
    replay(EventLog::of_dstack(data));
}

/// Seeds of [`event_log_dstack`].
pub fn event_logs_dstack() -> Vec<Vec<u8>> {
    let lines = serde_json::json!([
        { "imr": 0, "event_type": 4, "digest": "11".repeat(48), "event": "", "event_payload": "" },
        { "imr": 3, "event_type": 0x0800_0001, "digest": runtime_digest(), "event": "app-id", "event_payload": "0102" },
    ]);
    let text = serde_json::json!({ "event_log": lines.to_string() });
    let recorded = recorded::files("intel/eventlogs", &[".json"]);
    [lines, text].into_iter().map(|json| json.to_string().into_bytes()).chain(recorded).collect()
}

/// SHA-384 of type, name and payload with colons between.
fn runtime_digest() -> String {
    let parts = [&0x0800_0001u32.to_le_bytes()[..], b":", b"app-id", b":", &[1, 2]];
    hex::encode(Sha384::digest(parts.concat()))
}

/// Whether both logs made here are read: without that, their targets would test little.
pub fn reads_its_seeds() -> bool {
    EventLog::of_rtmrs(&binary_log()).is_ok()
        && event_logs_dstack().iter().take(2).all(|seed| EventLog::of_dstack(seed).is_ok())
}
