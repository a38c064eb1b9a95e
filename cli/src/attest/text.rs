//! A judgement, as people read it.

use adyton_attestation::Outcome;
use adyton_judgement::Judgement;
use serde_json::Value;

use crate::worker::date;

/// For people.
pub fn text(judgement: &Judgement) -> String {
    let mut out = String::new();
    for check in &judgement.checks {
        let word = match check.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::Unchecked => "UNCHECKED",
        };
        out += &format!("{:<10} {:<22} {}", word, check.name, check.reason);
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    if let Some(status) = &judgement.tcb_status {
        let tier = judgement.tier.map(|tier| format!(", tier {tier}")).unwrap_or_default();
        out += &format!("tcb status   {status}{tier}\n");
    }
    if !judgement.advisories.is_empty() {
        out += &format!("advisories   {}\n", judgement.advisories.join(", "));
    }
    if let Some(report_data) = &judgement.report_data {
        out += &format!("report data  {report_data}\n");
    }
    if let Some(id) = judgement.measurements.get("id").and_then(Value::as_str) {
        out += &format!("measurement  {id}\n");
    }
    let until = judgement.not_after.map(|last| format!(". True until {}", date(last))).unwrap_or_default();
    let word = if judgement.accepted { "ACCEPTED" } else { "REJECTED" };
    out + &format!("{word}: {}{until}", judgement.reason)
}
