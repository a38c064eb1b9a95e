//! Load by wrk, and what it says.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};

use super::{Arguments, process, subject::Subject, table::Figures};

/// Seconds of load that nobody counts, before each row.
pub const WARM_UP: u16 = 1;

/// What wrk says of a run.
#[derive(Debug, PartialEq)]
struct Said {
    rate: f64,
    p50: Duration,
    p99: Duration,
    answers: u64,
}

/// That wrk is there, before anything is started.
pub fn require(wrk: &Path) -> Result<()> {
    // Without arguments it prints its usage, and ends with 1.
    let ran = Command::new(wrk).output();
    ran.with_context(|| format!("{} does not run; Debian has it: apt-get install wrk", wrk.display())).map(drop)
}

/// The figures of one subject.
pub fn of(subject: &Subject, arguments: &Arguments, callers: u16) -> Result<Figures> {
    run(&arguments.wrk, &subject.url, callers, WARM_UP)?;
    let before = times(subject)?;
    let said = run(&arguments.wrk, &subject.url, callers, arguments.seconds)?;
    let after = times(subject)?;
    let processor = subject
        .counted
        .iter()
        .zip(before.iter().zip(&after))
        .map(|((what, _), (before, after))| (*what, per_answer(after.saturating_sub(*before), said.answers)));
    let memory = subject.counted.iter().map(|(_, id)| process::memory(*id)).sum::<Result<u64>>()?;
    Ok(Figures { rate: said.rate, p50: said.p50, p99: said.p99, processor: processor.collect(), memory })
}

/// Time for each of `answers`; wrk counts no fewer than one, or the run failed.
pub fn per_answer(total: Duration, answers: u64) -> Duration {
    Duration::from_secs_f64(total.as_secs_f64() / answers.max(1) as f64)
}

fn times(subject: &Subject) -> Result<Vec<Duration>> {
    subject.counted.iter().map(|(_, id)| process::processor_time(*id)).collect()
}

fn run(wrk: &Path, url: &str, callers: u16, seconds: u16) -> Result<Said> {
    let done = Command::new(wrk)
        .args(["--threads", "1", "--connections", &callers.to_string(), "--duration", &format!("{seconds}s")])
        .args(["--latency", url])
        .output()
        .context("running wrk")?;
    let text = String::from_utf8_lossy(&done.stdout);
    ensure!(done.status.success(), "wrk ended with {}: {}", done.status, String::from_utf8_lossy(&done.stderr));
    said(&text).with_context(|| format!("what wrk said of {url}:\n{text}"))
}

/// Reads wrk's report; one with answers that are no success, or with broken connections, is none.
fn said(text: &str) -> Result<Said> {
    ensure!(!text.contains("Non-2xx"), "not all answers were good ones");
    ensure!(!text.contains("Socket errors"), "connections broke");
    let after = |label: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
        line.with_context(|| format!("no line '{label}'"))
    };
    let answers = text.lines().find_map(|line| line.trim().split_once(" requests in ")).context("no count")?.0;
    Ok(Said {
        rate: after("Requests/sec:")?.parse().context("the rate")?,
        p50: duration(after("50%")?)?,
        p99: duration(after("99%")?)?,
        answers: answers.trim().parse().context("the count")?,
    })
}

/// `12.34us`, `1.20ms`, `1.00s` or `1.10m`.
fn duration(text: &str) -> Result<Duration> {
    let units = [("us", 1e-6), ("ms", 1e-3), ("m", 60.0), ("s", 1.0)];
    let (number, unit) = units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
        .with_context(|| format!("no duration: {text}"))?;
    let number: f64 = number.parse().with_context(|| format!("no duration: {text}"))?;
    Duration::try_from_secs_f64(number * unit).with_context(|| format!("no duration: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Running 5s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.95ms    2.60ms  39.62ms   90.34%
    Req/Sec    11.05k     1.53k   13.63k    68.00%
  Latency Distribution
     50%  925.00us
     75%    1.92ms
     90%    5.02ms
     99%   12.10ms
  55002 requests in 5.00s, 6.77MB read
Requests/sec:  10997.43
Transfer/sec:      1.35MB
";

    #[test]
    fn a_report_is_read() {
        let wanted = Said {
            rate: 10_997.43,
            p50: Duration::from_micros(925),
            p99: Duration::from_micros(12_100),
            answers: 55_002,
        };
        assert_eq!(said(REPORT).unwrap(), wanted);
    }

    #[test]
    fn a_report_of_failures_is_none() {
        for line in ["  Non-2xx or 3xx responses: 7\n", "  Socket errors: connect 0, read 3, write 0, timeout 0\n"] {
            assert!(said(&format!("{REPORT}{line}")).is_err(), "{line}");
        }
        assert!(said("").is_err());
    }

    #[test]
    fn durations_of_all_units_are_read() {
        for (text, micros) in [("12.50us", 12), ("1.20ms", 1_200), ("1.00s", 1_000_000), ("2.00m", 120_000_000)] {
            assert_eq!(duration(text).unwrap().as_micros(), micros, "{text}");
        }
        assert!(duration("1.0").is_err() && duration("ms").is_err() && duration("-1.0s").is_err());
    }
}
