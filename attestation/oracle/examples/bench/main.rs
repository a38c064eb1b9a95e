//! Verifications per second of every kind of evidence: cold, and with endorsements that were checked before; for each
//! backend of signatures; beside other verifiers in the same run, and beside the floor, which is the signature checks
//! of the same verification and nothing else.
//!
//! All figures are medians of runs that take turns, so that what else the machine does slows all of them alike.

#![allow(clippy::unwrap_used, reason = "what fails here is a fault of the issuer")]

#[path = "../../../tests/support/cca.rs"]
mod cca;
mod floor;
#[path = "../../../tests/support/azure.rs"]
mod machine;
#[path = "../../../tests/support/nitro.rs"]
mod nitro;
#[path = "../../../tests/support/nvidia.rs"]
mod nvidia;
#[path = "../../../tests/support/snp.rs"]
mod snp;
mod subjects;
#[path = "../../../tests/support/mod.rs"]
mod support;
#[path = "../../../tests/support/tpm.rs"]
mod tpm;

use std::time::{Duration, Instant};

use adyton_attestation::signature::{AwsLc, Portable, Ring};
use floor::{Backend, Check, checks_of};
use subjects::{Subject, Work};

/// How often each thing is measured, and for how long at most.
const ROUNDS: usize = 400;
const AT_MOST: Duration = Duration::from_millis(1500);

const BACKENDS: [(&str, Backend<'static>); 3] =
    [("portable", Backend(&Portable)), ("ring", Backend(&Ring)), ("aws-lc", Backend(&AwsLc))];

fn main() {
    println!(
        "{:<38} {:<9} {:<24} {:>9} {:>9} {:>7} {:>9}",
        "evidence", "by", "signature checks", "floor", "time", "x floor", "per s"
    );
    let mut aims = Vec::new();
    for subject in subjects::all() {
        for (name, backend) in BACKENDS {
            let cold = measure(&backend, &subject.cold);
            cold.print(&format!("{}, cold", subject.name), name);
            let warm = subject.warm.as_ref().map(|warm| measure(&backend, warm));
            if let Some(warm) = &warm {
                warm.print("  with endorsements checked before", name);
            }
            if let Some(door) = &subject.door {
                measure(&backend, door).print("  the same through the one door", name);
            }
            if name == "aws-lc" {
                aims.extend(judged(&subject, &cold, warm.as_ref()));
            }
        }
        if let Some((name, other)) = &subject.other {
            let [time] = medians([&|| other()]);
            row("  the same, alone", name, "", None, time);
        }
    }
    println!();
    aims.iter().for_each(|aim| println!("{aim}"));
}

/// One verification and its floor.
struct Measured {
    checks: Vec<Check>,
    floor: Duration,
    time: Duration,
}

fn measure(backend: &Backend<'_>, work: &Work) -> Measured {
    let checks = checks_of(backend, work);
    let [floor, time] = medians([&|| checks.iter().all(|check| check.run(backend)), &|| work(backend)]);
    Measured { checks, floor, time }
}

impl Measured {
    fn print(&self, what: &str, by: &str) {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for check in &self.checks {
            match counts.iter_mut().find(|(name, _)| *name == check.name()) {
                Some((_, count)) => *count += 1,
                None => counts.push((check.name(), 1)),
            }
        }
        let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        row(what, by, &counts.join(", "), Some(self.floor), self.time);
    }

    fn ratio(&self) -> f64 {
        self.time.as_secs_f64() / self.floor.as_secs_f64()
    }
}

fn row(what: &str, by: &str, checks: &str, floor: Option<Duration>, time: Duration) {
    let ratio = floor.map(|floor| format!("{:.2}", time.as_secs_f64() / floor.as_secs_f64()));
    println!(
        "{what:<38} {by:<9} {checks:<24} {:>9} {:>9} {:>7} {:>9.0}",
        floor.map(milliseconds).unwrap_or_default(),
        milliseconds(time),
        ratio.unwrap_or_default(),
        1.0 / time.as_secs_f64()
    );
}

/// Whether the aims are met; missing one is no failure, because the machine decides.
fn judged(subject: &Subject, cold: &Measured, warm: Option<&Measured>) -> Vec<String> {
    let verdict = |met: bool| if met { "met" } else { "missed" };
    let warm_aim = |most: Duration| {
        let time = warm.map_or(Duration::MAX, |warm| warm.time);
        format!("{} warm: {} of {} ({})", subject.name, milliseconds(time), milliseconds(most), verdict(time <= most))
    };
    if subject.name.starts_with("TDX") {
        let ratio = cold.ratio();
        let of_floor = format!("{} cold: {ratio:.2} of 1.20 times the floor ({})", subject.name, verdict(ratio <= 1.2));
        vec![of_floor, warm_aim(Duration::from_micros(150))]
    } else if subject.name.starts_with("SEV-SNP") {
        vec![warm_aim(Duration::from_micros(300))]
    } else {
        Vec::new()
    }
}

/// The median time of each, measured in turns.
fn medians<const N: usize>(work: [&dyn Fn() -> bool; N]) -> [Duration; N] {
    let mut times = [(); N].map(|()| Vec::with_capacity(ROUNDS));
    let started = Instant::now();
    while times.iter().any(|times| times.len() < ROUNDS) && started.elapsed() < AT_MOST {
        for (work, times) in work.iter().zip(&mut times) {
            let started = Instant::now();
            assert!(work(), "it verified a moment ago");
            times.push(started.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
