//! Intel's quotes: reading them from the files that people have, and judging them with their collateral.

use adyton_attestation::{
    Check, CheckedCollateral, Collateral, Document, Evidence, EvidenceKind, IntelMeasurement, IntelRefusal, IntelRoot,
    Outcome, Policy, Refusal,
    azure::files::collateral_from_yaml,
    eventlog::{EventLog, EventLogRefusal},
    intel,
    signature::SignatureVerifier,
    verify_collateral_with, verify_with,
};
use serde_json::Value;

use crate::{
    error::{Lacking, Misuse, Result, misuse},
    file::{File, decoded},
    input::Input,
    judgement::Judgement,
    kind::Kind,
};

/// The name of the check that a machine's event log leads to its registers.
const EVENT_LOG: &str = "event-log";

/// A quote, and the event logs in the same file.
pub struct Quoted {
    /// The quote.
    pub quote: Vec<u8>,
    logs: Vec<Log>,
}

/// The quote in a file: bytes, digits or Base64, with Open Enclave's header or without; or a guest's JSON with the quote
/// and its event log.
pub fn quote(file: &File) -> Quoted {
    let json = if file.starts_with(b"{") { serde_json::from_slice(&file.bytes).ok() } else { None };
    let Quoted { quote, logs } =
        json.and_then(of_json).unwrap_or_else(|| Quoted { quote: file.binary(), logs: Vec::new() });
    Quoted { quote: without_header(quote), logs }
}

/// A guest's JSON: `quote`, and `event_log` (dstack) or `cc_eventlog` (Confidential Containers) beside it, all of it
/// perhaps under `tdx` (Intel Trust Authority).
fn of_json(mut json: Value) -> Option<Quoted> {
    let has = |json: &Value, name: &str| json.get(name).is_some_and(|value| !value.is_null());
    if has(&json, "tdx") {
        // Beside it there is neither another quote nor a log that would be left out.
        if ["quote", "event_log", "cc_eventlog"].into_iter().any(|name| has(&json, name)) {
            return None;
        }
        json = json.get_mut("tdx")?.take();
    }
    let quote = match json.get("quote")? {
        Value::String(text) => decoded(text.as_bytes())?,
        Value::Array(bytes) => {
            bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect::<Option<Vec<u8>>>()?
        }
        _ => return None,
    };
    let given = |name: &str| json.get(name).filter(|log| !log.is_null());
    // What cannot be decoded is a log all the same, and no good one.
    let firmware = |log: &Value| decoded(log.as_str().unwrap_or_default().as_bytes()).unwrap_or_default();
    let of_firmware = given("cc_eventlog").map(|log| Log::Firmware(firmware(log)));
    let of_guest = given("event_log").map(|_| Log::Guest(json.to_string().into_bytes()));
    Some(Quoted { quote, logs: of_firmware.into_iter().chain(of_guest).collect() })
}

/// The quote behind Open Enclave's header of a report for others (`oe_report_header_t`: version 1, type 2, length).
fn without_header(bytes: Vec<u8>) -> Vec<u8> {
    match bytes.split_first_chunk::<16>() {
        Some(([1, 0, 0, 0, 2, 0, 0, 0, length @ ..], quote)) if u64::from_le_bytes(*length) == quote.len() as u64 => {
            quote.to_vec()
        }
        Some(_) | None => bytes,
    }
}

/// Judges a quote of SGX or TDX.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let kind = if input.kind == Kind::Sgx { EvidenceKind::IntelSgx } else { EvidenceKind::IntelTdx };
    let Quoted { quote, logs } = quote(&input.evidence);
    let Some(file) = &input.collateral else { return without_collateral(kind, &quote, input) };
    let collateral = match collateral(file)? {
        Ok(collateral) => collateral,
        Err(refusal) => return Ok(Judgement::of(kind, Err(refusal.into()), None, input.now)),
    };
    let result = checked(&input.signatures, &collateral, &input.policy, input.now).and_then(|collateral| {
        let (quote, collateral) = (quote.as_slice(), &collateral);
        let evidence = match input.kind {
            Kind::Sgx => Evidence::Sgx { quote, collateral },
            _ => Evidence::Tdx { quote, collateral },
        };
        verify_with(&input.signatures, &evidence, &input.policy, input.now)
    });
    let mut judgement = Judgement::of(kind, result, input.expected.as_deref(), input.now);
    say_level(&mut judgement, kind, &quote, &collateral, input);
    if input.kind == Kind::Tdx {
        let logs = event_logs(input, logs);
        require_logs(&mut judgement, &quote, &logs, &input.policy);
    }
    Ok(judgement)
}

/// What can be said of a quote alone: that it is malformed or of another kind.
fn without_collateral(kind: EvidenceKind, quote: &[u8], input: &Input) -> Result<Judgement> {
    let refusal = match intel::inspect(quote, &IntelRoot::intel()) {
        Err(refusal) => refusal,
        Ok(contents) if contents.kind != kind => IntelRefusal::TeeType(tee_type(contents.kind)),
        Ok(_) => {
            return Err(Misuse::Lacks { what: Lacking::Collateral, said: "a quote is judged with Intel's collateral" });
        }
    };
    Ok(Judgement::of(kind, Err(refusal.into()), None, input.now))
}

/// As a quote's header names the kind.
const fn tee_type(kind: EvidenceKind) -> u32 {
    if matches!(kind, EvidenceKind::IntelTdx) { 0x81 } else { 0 }
}

/// The collateral in a file. What is no collateral at all is bad use; what is malformed is a refusal.
pub fn collateral(file: &File) -> Result<Result<Collateral, IntelRefusal>> {
    let refusal = match Collateral::from_json(&file.bytes) {
        Ok(collateral) => return Ok(Ok(collateral)),
        Err(refusal) => refusal,
    };
    if let Ok(collateral) = collateral_from_yaml(&file.bytes) {
        return Ok(Ok(collateral));
    }
    let names_tcb_info = file.bytes.windows(8).any(|window| window == b"tcb_info");
    if names_tcb_info || refusal == IntelRefusal::TooLarge(Document::CollateralFile) {
        return Ok(Err(refusal));
    }
    Err(misuse(format!("{} is not Intel's collateral: JSON in the form QuoteCollateralV3, or YAML", file.name())))
}

/// Collateral that leads to one of the policy's roots.
pub fn checked(
    verifier: &impl SignatureVerifier,
    collateral: &Collateral,
    policy: &Policy,
    now: u64,
) -> Result<CheckedCollateral, Refusal> {
    let mut refusal = Refusal::NoRoot(EvidenceKind::IntelTdx);
    for root in policy.roots.intel() {
        match verify_collateral_with(verifier, collateral, &root, now) {
            Ok(checked) => return Ok(checked),
            Err(other) => refusal = other.into(),
        }
    }
    Err(refusal)
}

/// Says where the platform stands though the quote is refused: that is what its owner has to know.
pub fn say_level(judgement: &mut Judgement, kind: EvidenceKind, quote: &[u8], collateral: &Collateral, input: &Input) {
    if judgement.accepted {
        return;
    }
    let Input { signatures, policy, now, .. } = input;
    let levels = policy
        .roots
        .intel()
        .filter_map(|root| intel::examine_with(signatures, kind, quote, collateral, &root, &policy.intel, *now).level);
    if let Some(level) = levels.into_iter().next() {
        judgement.tcb_status = Some(level.tcb_status.name().to_owned());
        judgement.advisories = level.advisories;
    }
}

/// An event log in one of its two forms.
#[derive(Debug, PartialEq, Eq)]
enum Log {
    /// What firmware leaves (CCEL).
    Firmware(Vec<u8>),
    /// What a dstack guest reports.
    Guest(Vec<u8>),
}

impl Log {
    fn read(&self) -> Result<EventLog<'_>, String> {
        match self {
            Self::Firmware(bytes) => EventLog::of_rtmrs(bytes),
            Self::Guest(json) => EventLog::of_dstack(json),
        }
        .map_err(|refusal| refusal.to_string())
    }
}

/// The event logs that were given, and the one beside the quote.
fn event_logs(input: &mut Input, beside: Vec<Log>) -> Vec<Log> {
    let is_log = |json: &[u8]| {
        let json = serde_json::from_slice::<Value>(json).unwrap_or_default();
        json.is_array() || json.get("event_log").is_some()
    };
    let firmware = input.endorsements.bytes(|bytes| Some(Log::Firmware(bytes.to_vec())));
    let guest = input.endorsements.json(|json| is_log(json).then(|| Log::Guest(json.to_vec())));
    beside.into_iter().chain(firmware).chain(guest).collect()
}

/// Requires that each log replays to the registers of the quote.
fn require_logs(judgement: &mut Judgement, quote: &[u8], logs: &[Log], policy: &Policy) {
    let measurement = policy.roots.intel().find_map(|root| Some(intel::inspect(quote, &root).ok()?.measurement));
    for log in logs {
        let check = match (&measurement, judgement.accepted) {
            (Some(IntelMeasurement::Tdx(measurement)), true) => {
                let result = log.read().and_then(|log| {
                    let differs = |refusal| difference(&log, &measurement.rtmr, refusal);
                    log.require_rtmrs(&measurement.rtmr).map_err(differs)?;
                    Ok(format!("{} events lead to rtmr 0 to 3", log.events().len()))
                });
                line(result)
            }
            _ => Check { name: EVENT_LOG, outcome: Outcome::Unchecked, reason: "an earlier check failed".into() },
        };
        judgement.also(check);
    }
}

/// Why a log is not that of a quote with these registers, with both values of the one that differs.
fn difference(log: &EventLog<'_>, quoted: &[[u8; 48]; 4], refusal: EventLogRefusal) -> String {
    let EventLogRefusal::Replay(register) = refusal else { return refusal.to_string() };
    let of = |registers: &[[u8; 48]; 4]| registers.get(usize::from(register)).map(hex::encode).unwrap_or_default();
    let replayed = log.replay_rtmrs().as_ref().map(of).unwrap_or_default();
    format!("{refusal}: it gives {replayed}, and the quote has {}", of(quoted))
}

fn line(result: Result<String, String>) -> Check {
    match result {
        Ok(reason) => Check { name: EVENT_LOG, outcome: Outcome::Passed, reason },
        Err(reason) => Check { name: EVENT_LOG, outcome: Outcome::Failed, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};

    const QUOTE: [u8; 5] = [4, 0, 2, 0, 0x81];

    fn read(text: &str) -> Quoted {
        quote(&File { path: "quote.json".into(), bytes: text.into() })
    }

    #[test]
    fn a_quote_in_json_is_digits_base64_or_a_list() {
        for json in [
            r#"{"quote":"0x0400020081"}"#,
            r#"{"quote":"BAACAIE="}"#,
            r#"{"quote":[4,0,2,0,129]}"#,
            r#" {"tdx":{"quote":"BAACAIE=","event_log":null}}"#,
            r#"{"tdx":null,"quote":"BAACAIE="}"#,
        ] {
            let Quoted { quote, logs } = read(json);
            assert_eq!((quote.as_slice(), logs), (&QUOTE[..], Vec::new()), "{json}");
        }
        for other in [r#"{"quote":"no"}"#, r#"{"quote":[256]}"#, r#"{"other":"04"}"#] {
            assert_eq!(read(other).quote, other.as_bytes());
        }
    }

    #[test]
    fn a_log_beside_a_quote_is_never_left_out() {
        let logs = |log: &str| read(&format!(r#"{{"quote":"BAACAIE=",{log}}}"#)).logs;
        assert_eq!(logs(r#""cc_eventlog":"AAECAw==""#), [Log::Firmware(vec![0, 1, 2, 3])]);
        assert_eq!(logs(r#""cc_eventlog":[1]"#), [Log::Firmware(Vec::new())]);
        assert!(matches!(&logs(r#""event_log":[]"#)[..], [Log::Guest(_)]));
        assert!(logs(r#""cc_eventlog":null,"event_log":null"#).is_empty());
    }

    #[test]
    fn a_quote_under_a_name_of_its_own_has_no_other_quote_or_log_beside_it() {
        for beside in [r#""quote":"AwACAIE=""#, r#""event_log":[]"#, r#""cc_eventlog":"AAEC""#] {
            let json = format!(r#"{{"tdx":{{"quote":"BAACAIE="}},{beside}}}"#);
            let Quoted { quote, logs } = read(&json);
            assert_eq!((quote, logs), (json.into_bytes(), Vec::new()));
        }
    }

    #[test]
    fn a_quote_has_open_enclaves_header_or_none() {
        let header = |length: u64| [&[1, 0, 0, 0, 2, 0, 0, 0][..], &length.to_le_bytes()].concat();
        let file = |bytes: Vec<u8>| quote(&File { path: "report".into(), bytes }).quote;
        let report = [header(5), QUOTE.to_vec()].concat();
        assert_eq!(file(report.clone()), QUOTE);
        assert_eq!(file(STANDARD.encode(&report).into_bytes()), QUOTE);
        for other in [[header(4), QUOTE.to_vec()].concat(), header(5), QUOTE.to_vec()] {
            assert_eq!(file(other.clone()), other);
        }
    }
}
