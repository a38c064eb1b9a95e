//! Memory of a network's processes, from Linux's `/proc`: shared pages are counted once (proportional set size).

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Bytes that all processes hold now whose command line names `data`, the network's folder.
pub fn of_network(data: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir("/proc").context("/proc")? {
        let process = entry?.path();
        // A process that ended meanwhile has no files any more.
        let Ok(line) = fs::read(process.join("cmdline")) else { continue };
        if names(&line, data) {
            let rollup = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
            total += proportional(&rollup).unwrap_or_default();
        }
    }
    Ok(total)
}

fn names(command_line: &[u8], data: &Path) -> bool {
    String::from_utf8_lossy(command_line).contains(&*data.to_string_lossy())
}

/// Bytes, from the kernel's rollup of a process.
pub fn proportional(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_the_network_is_known_by_its_command_line() {
        assert!(names(b"adyton-node\0--base-path\0/data/x/node\0", Path::new("/data/x")));
        assert!(!names(b"adyton-node\0--base-path\0/data/y/node\0", Path::new("/data/x")));
    }

    #[test]
    fn the_proportional_size_is_in_bytes() {
        assert_eq!(proportional("Rss: 10 kB\nPss:       3 kB\nPss_Dirty: 1 kB\n"), Some(3072));
        assert_eq!(proportional("Rss: 10 kB"), None);
    }
}
