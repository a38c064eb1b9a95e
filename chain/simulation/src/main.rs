//! Simulates the economy, and writes the report into a folder.
//!
//! ```text
//! adyton-simulation FOLDER [--seed N] [--days N] [--workers N] [--pools N] [--delegators N] [--round-hours N]
//! ```

use std::{fs, path::PathBuf, process::ExitCode, str::FromStr, time::Instant};

use adyton_simulation::{Plan, simulate};

const USAGE: &str = "usage: adyton-simulation FOLDER [--seed N] [--days N] [--workers N] [--pools N] [--delegators N] \
                     [--round-hours N]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("adyton-simulation: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let (folder, plan) = parse(std::env::args().skip(1))?;
    let (begin, days) = (Instant::now(), plan.days);
    let progress = |day: u32| {
        if day.is_multiple_of(7) || day == days {
            eprintln!("day {day} of {days}, {:.0} s", begin.elapsed().as_secs_f64());
        }
    };
    let report = simulate(plan, progress).map_err(|error| error.to_string())?;
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    for (name, content) in &report.files {
        let path = folder.join(name);
        fs::write(&path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let digest: String = report.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{}, digest {digest}, {:.0} s", folder.join("report.md").display(), begin.elapsed().as_secs_f64());
    Ok(())
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<(PathBuf, Plan), String> {
    let mut plan = Plan::year(1);
    let mut folder = None;
    while let Some(argument) = arguments.next() {
        if !argument.starts_with("--") {
            if folder.replace(PathBuf::from(argument)).is_some() {
                return Err(USAGE.to_owned());
            }
            continue;
        }
        let value = arguments.next().ok_or(USAGE)?;
        match argument.as_str() {
            "--seed" => plan.seed = number(&value)?,
            "--days" => plan.days = number(&value)?,
            "--workers" => plan.workers = number(&value)?,
            "--pools" => plan.pools = number(&value)?,
            "--delegators" => plan.delegators = number(&value)?,
            "--round-hours" => plan.round_hours = number(&value)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok((folder.ok_or(USAGE)?, plan))
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{text} is no number that fits; {USAGE}"))
}
