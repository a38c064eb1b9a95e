//! Event logs that were made here: one test for each refusal.

use adyton_attestation::{
    eventlog::{EventLog, EventLogRefusal, MAX_EVENT_LOG_BYTES, MAX_EVENTS},
    tpm::{HashAlgorithm, PcrSet, PcrValue},
};
use proptest::prelude::*;
use sha2::{Digest, Sha256, Sha384};

const SEPARATOR: u32 = 4;
const NO_ACTION: u32 = 3;
const EXECUTABLE: u32 = 0x8000_0003;

/// A log, event by event.
struct Log(Vec<u8>);

impl Log {
    /// With SHA-1 and SHA-384 digests.
    fn new() -> Self {
        Self::with_algorithms(&[(0x0004, 20), (0x000c, 48)])
    }

    fn with_algorithms(algorithms: &[(u16, u16)]) -> Self {
        let mut data = b"Spec ID Event03\0".to_vec();
        data.extend([0, 0, 0, 0, 0, 2, 0, 2]);
        data.extend((algorithms.len() as u32).to_le_bytes());
        for (id, size) in algorithms {
            data.extend(id.to_le_bytes());
            data.extend(size.to_le_bytes());
        }
        data.push(0);
        let mut bytes = 0u32.to_le_bytes().to_vec();
        bytes.extend(NO_ACTION.to_le_bytes());
        bytes.extend([0; 20]);
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        Self(bytes)
    }

    fn raw(mut self, register: u32, kind: u32, digests: &[(u16, Vec<u8>)], data: &[u8]) -> Self {
        self.0.extend(register.to_le_bytes());
        self.0.extend(kind.to_le_bytes());
        self.0.extend((digests.len() as u32).to_le_bytes());
        for (id, digest) in digests {
            self.0.extend(id.to_le_bytes());
            self.0.extend(digest);
        }
        self.0.extend((data.len() as u32).to_le_bytes());
        self.0.extend(data);
        self
    }

    fn event(self, register: u32, kind: u32, measured: &[u8], data: &[u8]) -> Self {
        self.raw(register, kind, &digests(measured), data)
    }
}

fn digests(measured: &[u8]) -> [(u16, Vec<u8>); 2] {
    [(0x0004, vec![9; 20]), (0x000c, Sha384::digest(measured).to_vec())]
}

fn extended(value: &[u8], measured: &[u8]) -> Vec<u8> {
    Sha384::digest([value, &Sha384::digest(measured)].concat()).to_vec()
}

/// A separator in RTMR 0 and 1, and an executable in RTMR 1.
fn good() -> Log {
    Log::new().event(1, SEPARATOR, &[0; 4], &[0; 4]).event(2, SEPARATOR, &[0; 4], &[0; 4]).event(
        2,
        EXECUTABLE,
        b"the executable",
        b"its path",
    )
}

fn good_rtmrs() -> [[u8; 48]; 4] {
    let separator = extended(&[0; 48], &[0; 4]);
    let executable = extended(&separator, b"the executable");
    [separator.try_into().unwrap(), executable.try_into().unwrap(), [0; 48], [0; 48]]
}

fn refusal(log: Log) -> EventLogRefusal {
    EventLog::of_rtmrs(&log.0).unwrap_err()
}

#[test]
fn a_good_log_replays_to_its_registers() {
    let Log(bytes) = good();
    let log = EventLog::of_rtmrs(&bytes).unwrap();
    assert_eq!(log.replay_rtmrs(), Ok(good_rtmrs()));
    assert_eq!(log.require_rtmrs(&good_rtmrs()), Ok(()));
    assert_eq!(log.events().len(), 3);
}

#[test]
fn data_is_told_only_if_it_is_what_was_measured() {
    let Log(bytes) = good();
    let log = EventLog::of_rtmrs(&bytes).unwrap();
    assert_eq!(log.events()[0].measured_data(), Some(&[0; 4][..]));
    assert_eq!(log.events()[2].measured_data(), None);
    assert_eq!(log.events()[2].danger_unproven_data(), b"its path");
}

/// Case 94.
#[test]
fn a_log_that_does_not_replay_is_refused_for_each_register() {
    let Log(bytes) = good();
    let log = EventLog::of_rtmrs(&bytes).unwrap();
    for register in 0..4 {
        let mut registers = good_rtmrs();
        registers[register][47] ^= 1;
        assert_eq!(log.require_rtmrs(&registers), Err(EventLogRefusal::Replay(register as u8)));
    }
}

/// Case 95.
#[test]
fn a_log_with_an_event_more_less_or_elsewhere_is_refused() {
    let fewer = Log::new().event(1, SEPARATOR, &[0; 4], &[0; 4]).event(2, SEPARATOR, &[0; 4], &[0; 4]);
    let more = good().event(4, EXECUTABLE, b"another", b"");
    let swapped = Log::new()
        .event(1, SEPARATOR, &[0; 4], &[0; 4])
        .event(2, EXECUTABLE, b"the executable", b"its path")
        .event(2, SEPARATOR, &[0; 4], &[0; 4]);
    for (log, register) in [(fewer, 1), (more, 3), (swapped, 1)] {
        let log = EventLog::of_rtmrs(&log.0).unwrap();
        assert_eq!(log.require_rtmrs(&good_rtmrs()), Err(EventLogRefusal::Replay(register)));
    }
}

/// Case 96.
#[test]
fn an_event_whose_data_was_altered_beside_its_digest_is_refused() {
    for kind in [SEPARATOR, 0x8000_0001, 0x8000_0006, 0x8000_0007] {
        assert_eq!(refusal(good().event(1, kind, b"measured", b"altered")), EventLogRefusal::Data(4));
    }
}

#[test]
fn a_log_that_is_too_long_is_refused() {
    let mut log = good();
    log.0.resize(MAX_EVENT_LOG_BYTES + 1, 0);
    assert_eq!(refusal(log), EventLogRefusal::TooLarge(MAX_EVENT_LOG_BYTES as u32 + 1));
}

#[test]
fn a_log_of_too_many_events_is_refused() {
    let full = (0..MAX_EVENTS).fold(Log::new(), |log, _| log.event(1, EXECUTABLE, b"", b""));
    assert!(EventLog::of_rtmrs(&full.0).is_ok());
    assert_eq!(refusal(full.event(1, EXECUTABLE, b"", b"")), EventLogRefusal::TooManyEvents);
}

#[test]
fn a_log_that_is_cut_inside_an_event_is_refused() {
    let Log(bytes) = good();
    let ends: Vec<usize> = {
        let whole = Log::new().0.len();
        let first = whole + 4 + 4 + 4 + 2 + 20 + 2 + 48 + 4 + 4;
        let second = first + (first - whole);
        vec![whole, first, second, bytes.len()]
    };
    for length in 0..bytes.len() {
        let result = EventLog::of_rtmrs(&bytes[..length]);
        assert_eq!(result.is_ok(), ends.contains(&length), "{length}");
    }
}

#[test]
fn a_log_without_the_specification_event_is_refused() {
    let Log(mut bytes) = good();
    for offset in [4, 8, 40, 52, 53, 55] {
        let mut changed = bytes.clone();
        changed[offset] ^= 0x40;
        assert_eq!(EventLog::of_rtmrs(&changed).unwrap_err(), EventLogRefusal::Header, "{offset}");
    }
    bytes.drain(..Log::new().0.len());
    assert_eq!(EventLog::of_rtmrs(&bytes).unwrap_err(), EventLogRefusal::Header);
    assert_eq!(EventLog::of_rtmrs(&[]).unwrap_err(), EventLogRefusal::Header);
}

#[test]
fn unknown_or_repeated_algorithms_are_refused() {
    for (id, size) in [(0x0027, 32), (0x000c, 32), (0x0004, 32)] {
        assert_eq!(refusal(Log::with_algorithms(&[(id, size)])), EventLogRefusal::Algorithm { id, size });
    }
    let repeated = Log::with_algorithms(&[(0x000c, 48), (0x000c, 48)]);
    assert_eq!(refusal(repeated), EventLogRefusal::Algorithm { id: 0x000c, size: 48 });
}

#[test]
fn an_event_with_other_digests_than_announced_is_refused() {
    let [sha1, sha384] = digests(b"");
    for wrong in [vec![sha384.clone()], vec![sha1.clone(), sha1.clone()], vec![sha384.clone(), sha384.clone()]] {
        assert_eq!(refusal(good().raw(1, EXECUTABLE, &wrong, b"")), EventLogRefusal::Digests(4));
    }
    let other_order = good().raw(1, EXECUTABLE, &[sha384, sha1], b"");
    assert!(EventLog::of_rtmrs(&other_order.0).is_ok());
}

#[test]
fn an_event_in_a_register_that_cannot_be_extended_is_refused() {
    for register in [0, 5, 100] {
        let log = good().event(register, EXECUTABLE, b"", b"");
        assert_eq!(refusal(log), EventLogRefusal::Register { event: 4, register });
    }
    for register in [17, 22, 24] {
        let log = Log::new().event(register, EXECUTABLE, b"", b"");
        let refusal = EventLog::of_pcrs(&log.0).unwrap_err();
        assert_eq!(refusal, EventLogRefusal::Register { event: 1, register });
    }
}

#[test]
fn padding_may_be_zeros_or_ones_and_nothing_else() {
    for padding in [0, 0xff] {
        let mut log = good();
        log.0.extend([padding; 100]);
        assert_eq!(EventLog::of_rtmrs(&log.0).unwrap().require_rtmrs(&good_rtmrs()), Ok(()));
        log.0.push(1);
        assert_eq!(refusal(log), EventLogRefusal::TrailingBytes);
    }
}

#[test]
fn an_event_that_is_not_measured_changes_nothing_and_has_no_digest() {
    let zeros = [(0x0004, vec![0; 20]), (0x000c, vec![0; 48])];
    let log = good().raw(1, NO_ACTION, &zeros, b"a remark");
    assert_eq!(EventLog::of_rtmrs(&log.0).unwrap().require_rtmrs(&good_rtmrs()), Ok(()));
    assert_eq!(refusal(good().event(1, NO_ACTION, b"x", b"x")), EventLogRefusal::NoActionDigest(4));
}

fn sha256_log(startup: Option<u8>) -> Vec<u8> {
    let measured = [(0x000b, Sha256::digest([0; 4]).to_vec())];
    let mut log = Log::with_algorithms(&[(0x000b, 32)]);
    if let Some(locality) = startup {
        let data = [b"StartupLocality\0", &[locality][..]].concat();
        log = log.raw(0, NO_ACTION, &[(0x000b, vec![0; 32])], &data);
    }
    log.raw(0, SEPARATOR, &measured, &[0; 4]).0
}

fn pcr(value: Vec<u8>) -> Vec<PcrValue> {
    vec![PcrValue { bank: 0x000b, index: 0, value }]
}

#[test]
fn a_tpms_log_replays_to_its_registers_from_the_locality_that_started_it() {
    for (startup, first) in [(None, 0), (Some(3), 3), (Some(4), 4)] {
        let mut value = [0; 32];
        value[31] = first;
        let value = Sha256::digest([&value[..], &Sha256::digest([0; 4])].concat()).to_vec();
        let bytes = sha256_log(startup);
        let log = EventLog::of_pcrs(&bytes).unwrap();
        let one = PcrSet::one(0).unwrap();
        assert_eq!(log.require_pcrs(HashAlgorithm::Sha256, one, &pcr(value.clone())), Ok(()));
        let mut other = value;
        other[0] ^= 1;
        let refusal = log.require_pcrs(HashAlgorithm::Sha256, one, &pcr(other));
        assert_eq!(refusal, Err(EventLogRefusal::Replay(0)));
    }
}

#[test]
fn comparing_nothing_or_without_a_value_is_refused() {
    let bytes = sha256_log(None);
    let log = EventLog::of_pcrs(&bytes).unwrap();
    let refusal = log.require_pcrs(HashAlgorithm::Sha256, PcrSet::NONE, &pcr(vec![0; 32]));
    assert_eq!(refusal, Err(EventLogRefusal::NothingToCompare));
    let refusal = log.require_pcrs(HashAlgorithm::Sha256, PcrSet::FIRMWARE, &[]);
    assert_eq!(refusal, Err(EventLogRefusal::ValueMissing(0)));
}

#[test]
fn a_log_without_the_digests_or_registers_that_are_asked_for_is_refused() {
    let bytes = sha256_log(None);
    let log = EventLog::of_pcrs(&bytes).unwrap();
    let one = PcrSet::one(0).unwrap();
    assert_eq!(log.replay_rtmrs(), Err(EventLogRefusal::Kind));
    let values = [PcrValue { bank: 0x000c, index: 0, value: vec![0; 48] }];
    let refusal = log.require_pcrs(HashAlgorithm::Sha384, one, &values);
    assert_eq!(refusal, Err(EventLogRefusal::NoDigests(HashAlgorithm::Sha384)));
}

/// A dstack guest's list: one event of the firmware and one of its own.
fn dstack(digest: &str, payload: &str) -> String {
    let firmware = hex::encode([7; 48]);
    format!(
        r#"[{{"imr":0,"event_type":1,"digest":"{firmware}","event":"","event_payload":""}},
           {{"imr":3,"event_type":134217729,"digest":"{digest}","event":"compose-hash","event_payload":"{payload}"}}]"#
    )
}

fn dstack_digest() -> String {
    hex::encode(Sha384::digest([&134_217_729u32.to_le_bytes()[..], b":compose-hash:", &[0xab, 0xcd]].concat()))
}

#[test]
fn a_dstack_guests_own_events_are_measured_with_their_names() {
    for digest in [dstack_digest(), String::new()] {
        let text = dstack(&digest, "abcd");
        let log = EventLog::of_dstack(text.as_bytes()).unwrap();
        let event = &log.events()[1];
        assert_eq!((event.register, event.name.as_deref()), (3, Some("compose-hash")));
        assert_eq!(event.measured_data(), Some(&[0xab, 0xcd][..]));
        assert_eq!(log.events()[0].measured_data(), None);
        let inside = serde_json::json!({ "event_log": text, "quote": "00" }).to_string();
        assert_eq!(EventLog::of_dstack(inside.as_bytes()).as_ref(), Ok(&log));
    }
}

/// Case 96.
#[test]
fn a_dstack_guests_event_with_an_altered_payload_is_refused() {
    let refusal = EventLog::of_dstack(dstack(&dstack_digest(), "abce").as_bytes()).unwrap_err();
    assert_eq!(refusal, EventLogRefusal::Data(1));
}

#[test]
fn a_dstack_list_that_cannot_be_read_is_refused() {
    let good = dstack(&dstack_digest(), "abcd");
    for (from, to) in [("\"imr\":3", "\"imr\":\"3\""), ("abcd", "abc"), ("\"event\"", "\"other\""), ("[{", "[[{")] {
        let refusal = EventLog::of_dstack(good.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(refusal, EventLogRefusal::Encoding, "{from}");
    }
    let refusal = EventLog::of_dstack(good.replacen("\"imr\":3", "\"imr\":4", 1).as_bytes()).unwrap_err();
    assert_eq!(refusal, EventLogRefusal::Register { event: 1, register: 4 });
    let refusal = EventLog::of_dstack(good.replacen("0707", "", 1).as_bytes()).unwrap_err();
    assert_eq!(refusal, EventLogRefusal::Digests(0));
}

proptest! {
    #[test]
    fn a_log_with_any_byte_changed_is_refused_or_proves_the_same(
        index in any::<prop::sample::Index>(), change in 1..=u8::MAX,
    ) {
        let Log(good) = good();
        let mut bytes = good.clone();
        *index.get_mut(&mut bytes) ^= change;
        let proven = |bytes: &[u8]| -> Option<Vec<(u8, Option<Vec<u8>>)>> {
            let log = EventLog::of_rtmrs(bytes).ok()?;
            log.require_rtmrs(&good_rtmrs()).ok()?;
            Some(log.events().iter().map(|event| (event.register, event.measured_data().map(<[u8]>::to_vec))).collect())
        };
        prop_assert!(proven(&bytes).is_none_or(|found| Some(found) == proven(&good)));
    }

    #[test]
    fn reading_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), keep in 0usize..300) {
        let Log(good) = good();
        let bytes = [&good[..keep.min(good.len())], &bytes].concat();
        let _ = EventLog::of_rtmrs(&bytes).map(|log| log.replay_rtmrs());
        let _ = EventLog::of_pcrs(&bytes);
        let _ = EventLog::of_dstack(&bytes);
    }
}
