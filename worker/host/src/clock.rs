//! The process's own counter: what freshness and the end of a lease are measured by.
//!
//! `CLOCK_BOOTTIME` goes on while the machine sleeps, cannot be set, and inside a trust domain comes from a
//! counter that the host does not write. The wall clock is the host's and is used for nothing that matters.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time since the machine started.
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
