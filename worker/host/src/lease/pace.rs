//! How fast a store that keeps failing is opened again: each opening costs an extrinsic and disk time, and a disk
//! that is full stays so for a while.

use std::time::Duration;

/// The pause after the second failure; it doubles from there.
const FIRST: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);
/// After how long without a failure everything is forgotten.
const QUIET: Duration = Duration::from_secs(300);

/// One contract's failures.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<(Duration, Duration)>,
}

impl Pace {
    /// Notes a failure at `now`, by the process's own counter; gives the pause before opening again.
    pub fn pause(&mut self, now: Duration) -> Duration {
        let pause = match self.last {
            Some((at, pause)) if now.saturating_sub(at) < QUIET => (pause * 2).clamp(FIRST, LONGEST),
            Some(_) | None => Duration::ZERO,
        };
        self.last = Some((now, pause));
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_followed_at_once_and_further_ones_ever_more_slowly() {
        let mut pace = Pace::default();
        let mut now = Duration::from_secs(1000);
        let pauses: Vec<u64> = (0..8)
            .map(|_| {
                now += Duration::from_secs(1);
                pace.pause(now).as_secs()
            })
            .collect();
        assert_eq!(pauses, [0, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_failure_long_after_the_last_counts_as_the_first() {
        let mut pace = Pace::default();
        for second in 0..5 {
            pace.pause(Duration::from_secs(second));
        }
        assert_eq!(pace.pause(Duration::from_secs(4) + QUIET), Duration::ZERO);
    }
}
