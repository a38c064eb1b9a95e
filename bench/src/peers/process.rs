//! What the kernel counted for a process, from Linux's `/proc`.

use std::{fs, time::Duration};

use adyton_e2e::Network;
use anyhow::{Context, Result, bail};
use rustix::param::clock_ticks_per_second;

use crate::memory;

/// The number of the network's process that runs `program`.
pub fn of(network: &Network, program: &str) -> Result<u32> {
    let own = network.data().display().to_string();
    for entry in fs::read_dir("/proc").context("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that has ended meanwhile is none.
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).into_owned();
        if line.split('\0').next().is_some_and(|name| name.ends_with(program)) && line.contains(&own) {
            return Ok(id);
        }
    }
    bail!("no {program} runs")
}

/// Processor time of a process and its threads since it began, in user and system mode.
pub fn processor_time(id: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).with_context(|| format!("process {id} has ended"))?;
    let ticks = ticks(&stat).with_context(|| format!("the kernel's line of process {id}: {stat}"))?;
    Ok(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
}

/// Bytes that a process holds, shared pages by share.
pub fn memory(id: u32) -> Result<u64> {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup"));
    let rollup = rollup.with_context(|| format!("process {id} has ended"))?;
    memory::proportional(&rollup).with_context(|| format!("the kernel's account of process {id}"))
}

/// Fields 14 and 15 of proc(5)'s `stat`. The name in field 2 may have blanks and parentheses.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    user.checked_add(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_both_modes_are_added_whatever_the_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 0 0 0 30 12 5 6 20 0 1 0 100 1 1 1";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn this_process_has_used_some_memory() {
        assert!(memory(std::process::id()).unwrap() > 0);
        processor_time(std::process::id()).unwrap();
    }
}
