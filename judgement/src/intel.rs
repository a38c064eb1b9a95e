//! Intel's quotes: reading them from the files that people have, and judging them with their collateral.

use adyton_attestation::{
    Check, CheckedCollateral, Collateral, Document, Evidence, EvidenceKind, IntelMeasurement, IntelRefusal, IntelRoot,
    Outcome, Policy, Refusal, azure::files::collateral_from_yaml, eventlog::EventLog, intel,
    signature::SignatureVerifier, verify_collateral_with, verify_with,
};
use serde_json::Value;

use crate::{
    error::{Lacking, Misuse, Result, misuse},
    file::{File, digits},
    input::Input,
    judgement::Judgement,
    kind::Kind,
};

/// The name of the check that a machine's event log leads to its registers.
const EVENT_LOG: &str = "event-log";

/// A quote, and the event log in the same file, if there is one.
pub struct Quoted {
    /// The quote.
    pub quote: Vec<u8>,
    /// The file around it, which is for [`EventLog::of_dstack`].
    pub event_log: Option<Vec<u8>>,
}

/// The quote in a file: bytes, digits or Base64, or a guest's JSON with the quote and its event log.
pub fn quote(file: &File) -> Quoted {
    let json = || -> Option<Quoted> {
        let json: Value = serde_json::from_slice(&file.bytes).ok()?;
        let quote = match json.get("quote")? {
            Value::String(text) => digits(text)?,
            Value::Array(bytes) => {
                bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect::<Option<Vec<u8>>>()?
            }
            _ => return None,
        };
        let has_log = json.get("event_log").is_some_and(|log| !log.is_null());
        Some(Quoted { quote, event_log: has_log.then(|| file.bytes.clone()) })
    };
    let of_json = if file.starts_with(b"{") { json() } else { None };
    of_json.unwrap_or_else(|| Quoted { quote: file.binary(), event_log: None })
}

/// Judges a quote of SGX or TDX.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let kind = if input.kind == Kind::Sgx { EvidenceKind::IntelSgx } else { EvidenceKind::IntelTdx };
    let Quoted { quote, event_log } = quote(&input.evidence);
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
        let logs = event_logs(input, event_log);
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
fn event_logs(input: &mut Input, beside: Option<Vec<u8>>) -> Vec<Log> {
    let is_log = |json: &[u8]| {
        let json = serde_json::from_slice::<Value>(json).unwrap_or_default();
        json.is_array() || json.get("event_log").is_some()
    };
    let firmware = input.endorsements.bytes(|bytes| Some(Log::Firmware(bytes.to_vec())));
    let guest = input.endorsements.json(|json| is_log(json).then(|| Log::Guest(json.to_vec())));
    beside.map(Log::Guest).into_iter().chain(firmware).chain(guest).collect()
}

/// Requires that each log replays to the registers of the quote.
fn require_logs(judgement: &mut Judgement, quote: &[u8], logs: &[Log], policy: &Policy) {
    let measurement = policy.roots.intel().find_map(|root| Some(intel::inspect(quote, &root).ok()?.measurement));
    for log in logs {
        let check = match (&measurement, judgement.accepted) {
            (Some(IntelMeasurement::Tdx(measurement)), true) => {
                let result = log.read().and_then(|log| {
                    log.require_rtmrs(&measurement.rtmr).map_err(|refusal| refusal.to_string())?;
                    Ok(format!("{} events lead to rtmr 0 to 3", log.events().len()))
                });
                line(result)
            }
            _ => Check { name: EVENT_LOG, outcome: Outcome::Unchecked, reason: "an earlier check failed".into() },
        };
        judgement.also(check);
    }
}

fn line(result: Result<String, String>) -> Check {
    match result {
        Ok(reason) => Check { name: EVENT_LOG, outcome: Outcome::Passed, reason },
        Err(reason) => Check { name: EVENT_LOG, outcome: Outcome::Failed, reason },
    }
}
