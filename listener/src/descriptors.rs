//! Room for as many open files as connections may need.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that a program has open besides its connections.
const OTHERS: u64 = 256;

/// Raises the process's own limit as far as `connections` need it: each takes one descriptor, and what is done for it
/// another. The limit that systems give by default is often lower than the bound on connections, and a process without
/// descriptors reaches nobody.
pub fn make_room(connections: usize) {
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(OTHERS);
    let now = getrlimit(Resource::Nofile);
    let Some(soft) = raised(now.current, now.maximum, needed) else { return };
    let set = setrlimit(Resource::Nofile, Rlimit { current: Some(soft), maximum: now.maximum });
    if set.is_err() || soft < needed {
        tracing::warn!(needed, allowed = soft, "the limit on open files is too low for as many connections");
    }
}

/// The limit to set; none where it is high enough. Without a number, it is unlimited.
fn raised(soft: Option<u64>, hard: Option<u64>, needed: u64) -> Option<u64> {
    let soft = soft.filter(|soft| *soft < needed)?;
    Some(hard.map_or(needed, |hard| needed.min(hard)).max(soft))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_needed_and_allowed() {
        assert_eq!(raised(Some(1024), Some(524_288), 8448), Some(8448));
        assert_eq!(raised(Some(1024), Some(4096), 8448), Some(4096));
        assert_eq!(raised(Some(1024), None, 8448), Some(8448));
    }

    #[test]
    fn a_limit_that_is_high_enough_stays() {
        assert_eq!(raised(Some(10_000), Some(524_288), 8448), None);
        assert_eq!(raised(None, None, 8448), None);
    }
}
