//! Does the work by which a worker's capacity is measured ([`adyton_protocol::challenge::workload`]): a lane for each
//! processor, and in each the guest's part, a WebAssembly function that is compiled and run as contracts are.
//!
//! Nothing here looks at a clock: whoever starts a measurement ends it, and what counts is how many whole units there
//! were by then. Its threads give way to calls, though not so far that a worker with many callers shows next to nothing.

mod guest;
mod lane;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use adyton_protocol::{challenge::workload::MAX_LANES, ids::WorkerId};
use rustix::process::setpriority_process;

use self::{guest::Code, lane::Lane};
use crate::error::WorkloadError;

/// The priority of Linux at which calls have three times as much of a processor that both want (`sched(7)`).
const PRIORITY: i32 = 5;

/// A measurement that runs until it is dropped.
pub struct Workload(Arc<Progress>);

#[derive(Default)]
struct Progress {
    units: AtomicU64,
    ended: AtomicBool,
}

impl Workload {
    /// Starts a lane of `worker` on each of `processors`, in the round with this value. Takes some milliseconds, and
    /// 33 MiB for each lane while it runs.
    pub fn start(value: &[u8; 32], worker: &WorkerId, processors: usize) -> Result<Self, WorkloadError> {
        let code = Code::compile()?;
        let workload = Self(Arc::default());
        for number in 0..lanes(processors) {
            let (value, worker, code, progress) = (*value, *worker, code.clone(), Arc::clone(&workload.0));
            let started = thread::Builder::new().name(format!("lane-{number}")).spawn(move || {
                let done = Lane::new(&value, &worker, number, &code).and_then(|lane| run(lane, &progress));
                if let Err(error) = done {
                    tracing::warn!(%error, number, "a lane of a measurement failed, and counts no more");
                }
            });
            started.map_err(|error| WorkloadError(format!("no thread for a lane: {error}")))?;
        }
        Ok(workload)
    }

    /// The whole units of all lanes so far.
    pub fn units(&self) -> u64 {
        self.0.units.load(Ordering::Relaxed)
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

fn lanes(processors: usize) -> u32 {
    u32::try_from(processors).map_or(MAX_LANES, |processors| processors.clamp(1, MAX_LANES))
}

/// Does units until it is over.
fn run(mut lane: Lane, progress: &Progress) -> Result<(), WorkloadError> {
    // On Linux this is the calling thread's alone. Where it cannot be, calls share the processor with it equally.
    if let Err(error) = setpriority_process(None, PRIORITY) {
        tracing::debug!(%error, "a measurement does not give way to calls");
    }
    while !progress.ended.load(Ordering::Relaxed) {
        lane.unit()?;
        progress.units.fetch_add(1, Ordering::Relaxed);
    }
    tracing::debug!(state = %lane.state(), "a lane of a measurement has ended");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn there_is_a_lane_for_each_processor_and_at_least_one() {
        assert_eq!([0, 1, 16, 5000, usize::MAX].map(lanes), [1, 1, 16, MAX_LANES, MAX_LANES]);
    }

    #[test]
    fn what_has_ended_does_nothing_more() {
        let progress = Progress { ended: AtomicBool::new(true), ..Progress::default() };
        let lane = Lane::new(&[1; 32], &WorkerId([2; 32]), 0, &Code::compile().expect("compiles")).expect("begins");
        run(lane, &progress).expect("ends");
        assert_eq!(progress.units.into_inner(), 0);
    }

    #[test]
    fn units_are_counted_until_it_is_dropped() {
        let workload = Workload::start(&[1; 32], &WorkerId([2; 32]), 2).expect("starts");
        let progress = Arc::clone(&workload.0);
        while workload.units() < 3 {
            thread::sleep(Duration::from_millis(10));
        }
        drop(workload);
        while Arc::strong_count(&progress) > 1 {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(progress.ended.load(Ordering::Relaxed) && progress.units.load(Ordering::Relaxed) >= 3);
    }
}
