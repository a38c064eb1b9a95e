//! Verifications per second of every kind of evidence: cold, and with endorsements that were checked before; for each
//! backend of signatures; beside other verifiers in the same run, and beside the floor, which is the signature checks
//! of the same verification and nothing else.
//!
//! All figures are the fastest of many runs that take turns: what the work itself costs, whatever else the machine does.
//! An argument measures only the subjects whose name contains it.

#![allow(clippy::unwrap_used, reason = "what fails here is a fault of the issuer")]

mod floor;
mod subjects;
#[path = "../../../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use adyton_attestation::signature::{AwsLc, CheckedSignatures, Portable, RememberingVerifier, Ring};
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
    let (mut aims, wanted) = (Vec::new(), std::env::args().nth(1).unwrap_or_default());
    for subject in subjects::all().into_iter().filter(|subject| subject.name.contains(&wanted)) {
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
            let known = warm.as_ref().and_then(|warm| measure_known(&backend, &subject, warm));
            if let Some(known) = &known {
                known.print("  of a machine that was seen before", name);
            }
            if name == "aws-lc" {
                aims.extend(judged(&subject, &cold, warm.as_ref(), known.as_ref()));
            }
        }
        if let Some((name, other)) = &subject.other {
            let [time] = fastest([&|| other()]);
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
    measure_with(backend, work.as_ref())
}

fn measure_with(backend: &Backend<'_>, work: &dyn Fn(&Backend<'_>) -> bool) -> Measured {
    let checks = checks_of(backend, work);
    let [floor, time] = fastest([&|| checks.iter().all(|check| check.run(backend)), &|| work(backend)]);
    Measured { checks, floor, time }
}

/// A warm verification where all signatures but the evidence's own, which is the last, were met before.
fn measure_known(backend: &Backend<'_>, subject: &Subject, warm: &Measured) -> Option<Measured> {
    let (_own, others) = warm.checks.split_last().filter(|_| subject.own_signature_is_last)?;
    let first = RememberingVerifier::new(backend, CheckedSignatures::NONE);
    assert!(others.iter().all(|check| check.run(&Backend(&first))), "they verified a moment ago");
    let (known, work) = (first.into_checked(), subject.warm.as_ref()?);
    Some(measure_with(backend, &|backend| work(&Backend(&RememberingVerifier::new(backend, &known)))))
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
fn judged(subject: &Subject, cold: &Measured, warm: Option<&Measured>, known: Option<&Measured>) -> Vec<String> {
    let verdict = |met: bool| if met { "met" } else { "missed" };
    let aim = |what: &str, measured: Option<&Measured>, most: Duration| {
        let time = measured.map_or(Duration::MAX, |measured| measured.time);
        let met = verdict(time <= most);
        let (time, most) = (milliseconds(time), milliseconds(most));
        format!("{} {what}: {time} of {most} ({met})", subject.name)
    };
    let warm_aims = |most| [aim("warm", warm, most), aim("warm, of a machine seen before", known, most)];
    if subject.name.starts_with("TDX") {
        let ratio = cold.ratio();
        let of_floor = format!("{} cold: {ratio:.2} of 1.20 times the floor ({})", subject.name, verdict(ratio <= 1.2));
        [of_floor].into_iter().chain(warm_aims(Duration::from_micros(150))).collect()
    } else if subject.name.starts_with("SEV-SNP") {
        warm_aims(Duration::from_micros(300)).into()
    } else {
        Vec::new()
    }
}

/// The shortest time of each, measured in turns.
fn fastest<const N: usize>(work: [&dyn Fn() -> bool; N]) -> [Duration; N] {
    let mut times = [Duration::MAX; N];
    let started = Instant::now();
    for _ in 0..ROUNDS {
        for (work, fastest) in work.iter().zip(&mut times) {
            let started = Instant::now();
            assert!(work(), "it verified a moment ago");
            *fastest = started.elapsed().min(*fastest);
        }
        if started.elapsed() >= AT_MOST {
            break;
        }
    }
    times
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
