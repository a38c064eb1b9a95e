//! What is said about evidence, as programs read it.

use adyton_attestation::{BoundVerdict, Check, Details, EvidenceKind, Outcome, Refusal, Report, Verdict, ear::Ear};
use serde_json::{Value, json};

/// Beyond this a time is "never": nothing that a verdict rests on ends.
const NEVER: u64 = u64::MAX;

/// The word on evidence.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Whether it is accepted.
    pub accepted: bool,
    /// Why not, or what was left unchecked.
    pub reason: String,
    /// One line for each check, in the order in which they were made.
    pub checks: Vec<Check>,
    /// The platform's security level, where it is known; also of authentic evidence that is refused.
    pub tcb_status: Option<String>,
    /// The policy's tier, if the evidence is accepted and its vendor has security levels.
    pub tier: Option<u8>,
    /// The vendor's advisories that apply.
    pub advisories: Vec<String>,
    /// The machine, or the list of them.
    pub machine: Value,
    /// What was measured.
    pub measurements: Value,
    /// What the evidence is about, in hexadecimal digits.
    pub report_data: Option<String>,
    /// The last second at which this is true (Unix seconds).
    pub not_after: Option<u64>,
    /// The same as an attestation result in the form of EAR; nothing where no verifier was asked.
    pub ear: Value,
    /// All facts of the verdict.
    pub details: Value,
}

impl Judgement {
    /// On a result of verification as `kind`; `expected` is what the evidence has to be about.
    pub fn of(kind: EvidenceKind, result: Result<Verdict, Refusal>, expected: Option<&[u8]>, now: u64) -> Self {
        match (result, expected) {
            (Ok(verdict), None) => {
                Self::accepted(&verdict, Report::of_verdict(&verdict), &Ear::of_verdict(&verdict, now))
            }
            (Ok(verdict), Some(expected)) => {
                let found = about(&verdict).map(hex::encode);
                match bind(verdict, expected) {
                    Ok(bound) => Self::of_bound(&bound, now),
                    Err(refusal) => Self::refused(kind, &refusal, now)
                        .about_another(found.as_deref().unwrap_or("nothing"), expected),
                }
            }
            (Err(refusal), _) => Self::refused(kind, &refusal, now),
        }
    }

    /// On evidence that is about what it has to be about.
    pub fn of_bound(bound: &BoundVerdict, now: u64) -> Self {
        Self::accepted(bound.verdict(), Report::of_bound(bound), &Ear::of_bound(bound, now))
    }

    fn accepted(verdict: &Verdict, report: Report, ear: &Ear) -> Self {
        let mut judgement = Self {
            tcb_status: verdict.tcb_status.map(|status| status.name().to_owned()),
            tier: verdict.tcb_status.map(|_| verdict.tier),
            advisories: verdict.advisories.clone(),
            machine: verdict.machine.map_or(Value::Null, |machine| json!(machine)),
            measurements: measurements(verdict),
            report_data: about(verdict).map(hex::encode),
            not_after: (verdict.valid_until < NEVER).then_some(verdict.valid_until),
            ear: json!(ear),
            details: json!(verdict.details()),
            ..Self::of_checks(report.checks)
        };
        judgement.summarize();
        judgement
    }

    fn refused(kind: EvidenceKind, refusal: &Refusal, now: u64) -> Self {
        let report = Report::of_refusal(kind, refusal);
        let ear = json!(Ear::of_refusal(kind, refusal, now));
        let mut judgement = Self { ear, ..Self::of_checks(report.checks) };
        judgement.accepted = false;
        judgement.summarize();
        judgement
    }

    /// Says in the failed check what the evidence is about, and what it had to be about.
    fn about_another(mut self, found: &str, wanted: &[u8]) -> Self {
        for check in self.checks.iter_mut().filter(|check| check.outcome == Outcome::Failed) {
            check.reason = format!("{}: it is about {found}, and {} is wanted", check.reason, hex::encode(wanted));
        }
        self.summarize();
        self
    }

    /// On evidence that is in none of the forms of its kind.
    pub fn malformed(check: &'static str, reason: impl Into<String>) -> Self {
        Self::of_checks(vec![Check { name: check, outcome: Outcome::Failed, reason: reason.into() }])
    }

    /// On these checks and nothing else.
    pub fn of_checks(checks: Vec<Check>) -> Self {
        let mut judgement = Self {
            accepted: checks.iter().all(|check| check.outcome != Outcome::Failed),
            reason: String::new(),
            checks,
            tcb_status: None,
            tier: None,
            advisories: Vec::new(),
            machine: Value::Null,
            measurements: Value::Null,
            report_data: None,
            not_after: None,
            ear: Value::Null,
            details: Value::Null,
        };
        judgement.summarize();
        judgement
    }

    /// Adds a check that was made after the verdict. One that fails refuses, and leaves of the verdict only where the
    /// platform stands.
    pub fn also(&mut self, check: Check) {
        if check.outcome == Outcome::Failed {
            let checks = std::mem::take(&mut self.checks);
            let (tcb_status, advisories) = (self.tcb_status.take(), std::mem::take(&mut self.advisories));
            *self = Self { tcb_status, advisories, accepted: false, ..Self::of_checks(checks) };
        }
        self.checks.push(check);
        self.summarize();
    }

    /// Says in a sentence what the checks say one by one.
    pub fn summarize(&mut self) {
        let named = |wanted| self.checks.iter().filter(move |check| check.outcome == wanted);
        let unchecked: Vec<&str> = named(Outcome::Unchecked).map(|check| check.name).collect();
        self.reason = match (named(Outcome::Failed).next(), self.accepted) {
            (Some(failed), _) => format!("{}: {}", failed.name, failed.reason),
            (None, false) => "refused".into(),
            (None, true) if unchecked.is_empty() => "every check holds".into(),
            (None, true) => format!("every check that was made holds; NOT checked: {}", unchecked.join(", ")),
        };
    }

    /// As `adyton attest verify --json` prints it.
    pub fn as_json(&self) -> Value {
        let checks = self
            .checks
            .iter()
            .map(|check| json!({ "name": check.name, "result": result(check.outcome), "detail": check.reason }));
        json!({
            "verdict": if self.accepted { "accept" } else { "reject" },
            "reason": self.reason,
            "checks": checks.collect::<Vec<_>>(),
            "tcb_status": self.tcb_status,
            "tier": self.tier,
            "advisories": self.advisories,
            "machine": self.machine,
            "measurements": self.measurements,
            "report_data": self.report_data,
            "not_after": self.not_after,
            "ear": self.ear,
            "details": self.details,
        })
    }
}

/// The word for an outcome, as programs read it.
const fn result(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Unchecked => "unchecked",
    }
}

/// What the evidence is about: the verdict's report data, or a Nitro document's nonce where it has no user data.
fn about(verdict: &Verdict) -> Option<&[u8]> {
    let nonce = match verdict.details() {
        Details::Nitro(facts) => facts.nonce.as_deref(),
        Details::Intel(_)
        | Details::Snp(_)
        | Details::Azure { .. }
        | Details::Nvidia(_)
        | Details::Tpm(_)
        | Details::Cca(_) => None,
    };
    Some(verdict.report_data.as_slice()).filter(|found| !found.is_empty()).or(nonce)
}

/// The verdict bound to what the evidence has to be about: the user data of a Nitro document, which is where our own
/// enclaves have their statement, or the nonce that it was asked with. Other kinds have only one such field.
fn bind(verdict: Verdict, expected: &[u8]) -> Result<BoundVerdict, Refusal> {
    let by_nonce = verdict.clone().bind_nonce(expected);
    verdict.bind(expected).or_else(|refusal| by_nonce.map_err(|_| refusal))
}

/// What was measured, with the one hash over all of it.
fn measurements(verdict: &Verdict) -> Value {
    let mut value = match verdict.details() {
        Details::Intel(facts) => json!(facts.measurement),
        Details::Snp(facts) => json!(facts.measurement),
        Details::Azure { machine, hardware } => {
            let hardware = match &**hardware {
                Details::Intel(facts) => json!(facts.measurement),
                Details::Snp(facts) => json!(facts.measurement),
                Details::Azure { .. } | Details::Nitro(_) | Details::Nvidia(_) | Details::Tpm(_) | Details::Cca(_) => {
                    Value::Null
                }
            };
            json!({ "hardware": hardware, "pcrs": machine.pcrs, "pcr_digest": hex::encode(&machine.pcr_digest) })
        }
        Details::Nitro(facts) => json!({ "pcrs": facts.pcrs }),
        Details::Nvidia(facts) => json!({
            "driver": facts.driver,
            "firmware": facts.firmware,
            "measurements": facts.measurements.iter().map(hex::encode).collect::<Vec<_>>(),
        }),
        Details::Tpm(facts) => json!({ "pcrs": facts.pcrs, "pcr_digest": hex::encode(&facts.pcr_digest) }),
        Details::Cca(facts) => json!({ "realm": facts.measurement, "platform": facts.platform }),
    };
    value["id"] = json!(hex::encode(verdict.measurement_id));
    if let Some(release) = &verdict.release {
        value["release"] = json!(release);
    }
    value
}
