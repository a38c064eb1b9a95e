//! The record of a worker or keyholder, as it is shown.

use std::time::SystemTime;

use adyton_client::{
    Client,
    chain::address,
    protocol::{ids::WorkerId, record::WorkerRecord, statement::Role, storage},
};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// From how many seconds before its end on a verdict is warned of.
const WARN_BEFORE: u64 = 7 * 24 * 3600;

/// What the chain proves of `id`.
pub async fn record(client: &Client, id: &WorkerId) -> Result<WorkerRecord> {
    let facts = client.facts(&[storage::workers(id)]).await?;
    facts.worker(id)?.with_context(|| format!("there is no worker {id} on this network"))
}

/// All of it for people.
pub fn text(id: &WorkerId, record: &WorkerRecord, valid: &Result<(), String>) -> String {
    format!(
        "{id}\n  role         {}\n  operator     {}\n  boot         {}, registered in block {}\n  signing key  {}\n  sealing key  {}\n  evidence     {}, measurement {}\n  profile      {}\n  machine      {}\n  verdict      {}\n  active       until block {}{}\n  address      {} (unproven)",
        record.role.name(),
        address::encode(&record.operator),
        record.boot,
        record.registered_at,
        record.signing_key,
        record.encryption_key,
        record.verdict.kind,
        record.verdict.measurement,
        record.verdict.profile,
        record.verdict.machine,
        verdict(record, valid),
        record.active_until,
        match (record.role, record.opted_in) {
            (Role::Worker, true) => ", takes leases",
            (Role::Worker, false) => ", takes no new leases",
            (Role::Keyholder, _) => "",
        },
        endpoint(record),
    )
}

/// One line of a list, as of a block.
pub fn line(id: &WorkerId, record: &WorkerRecord, valid: &Result<(), String>, block: u32) -> String {
    let state = match record.role {
        Role::Keyholder => "",
        Role::Worker if block > record.active_until => ", silent",
        Role::Worker if !record.opted_in => ", draining",
        Role::Worker => ", takes leases",
    };
    format!("{id} {:<9} boot {:<4} {}{state}\n", record.role.name(), record.boot, verdict(record, valid))
}

/// Until when its verdict holds, or why it does not.
pub fn verdict(record: &WorkerRecord, valid: &Result<(), String>) -> String {
    match valid {
        Ok(()) => format!("valid until {}", date(record.verdict.valid_until)),
        Err(why) => format!("NOT valid: {why}"),
    }
}

/// All of it for programs, as of a block.
pub fn as_json(id: &WorkerId, record: &WorkerRecord, valid: &Result<(), String>, block: u32) -> Value {
    json!({
        "worker": id,
        "role": record.role,
        "operator": address::encode(&record.operator),
        "signing_key": record.signing_key,
        "encryption_key": record.encryption_key,
        "boot": record.boot,
        "registered_at": record.registered_at,
        "kind": record.verdict.kind,
        "root": record.verdict.root,
        "measurement": record.verdict.measurement,
        "profile": record.verdict.profile,
        "machine": record.verdict.machine.to_string(),
        "provider": record.verdict.provider.as_ref().map(|provider| printable(provider)),
        "tier": record.verdict.tier,
        "valid": valid.is_ok(),
        "why_not": valid.as_ref().err(),
        "valid_until": record.verdict.valid_until,
        "opted_in": record.opted_in,
        "active_until": record.active_until,
        "alive": block <= record.active_until,
        "endpoint": endpoint(record),
        "block": block,
    })
}

fn endpoint(record: &WorkerRecord) -> String {
    printable(&record.endpoint)
}

fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|character| !character.is_control()).collect()
}

/// Unix seconds by this machine's clock.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A warning when a verdict ends soon after `now`, in Unix seconds; what has ended is said elsewhere.
pub fn ending(id: &WorkerId, record: &WorkerRecord, now: u64) -> Option<String> {
    let left = record.verdict.valid_until.checked_sub(now)?;
    (left < WARN_BEFORE).then(|| {
        let hours = left / 3600;
        let role = record.role.name();
        format!(
            "the verdict of {role} {id} ends in {} d {} h: its operator has to renew it before",
            hours / 24,
            hours % 24
        )
    })
}

/// A day and time, UTC.
pub fn date(unix: u64) -> String {
    let (days, seconds) = (unix / 86_400, unix % 86_400);
    let (year, month, day) = civil(days);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60)
}

/// The Gregorian date of a day counted from 1970-01-01: whole 400-year cycles, then years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::renewal::tests::valid;

    #[test]
    fn a_verdict_is_warned_of_in_its_last_week_and_not_before_or_after() {
        let (record, _) = valid();
        let (id, end) = (WorkerId([1; 32]), record.verdict.valid_until);
        let said = |before_end: u64| ending(&id, &record, end - before_end);
        assert_eq!(said(WARN_BEFORE), None);
        let words = |left| format!("the verdict of worker {id} ends in {left}: its operator has to renew it before");
        assert_eq!(said(WARN_BEFORE - 1), Some(words("6 d 23 h")));
        assert_eq!(said(3600), Some(words("0 d 1 h")));
        assert_eq!(said(0), Some(words("0 d 0 h")));
        assert_eq!(ending(&id, &record, end + 1), None);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_826_100), "2000-02-29 12:08 UTC");
        assert_eq!(date(1_800_000_000), "2027-01-15 08:00 UTC");
        assert_eq!(date(4_107_542_399), "2100-02-28 23:59 UTC");
    }
}
