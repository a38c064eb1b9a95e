//! Rows of what was measured, what, and the aim.

use std::time::Duration;

#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 3]>,
}

/// Sorted times of one thing.
pub struct Times(Vec<Duration>);

impl Times {
    /// Of at least one measurement.
    pub fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "something was measured");
        times.sort_unstable();
        Self(times)
    }

    /// The time that `share` of all do not exceed; 0.5 is the median.
    pub fn at(&self, share: f64) -> Duration {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }
}

impl Table {
    pub fn time(&mut self, what: &str, found: Duration, aim: Option<Duration>) {
        let verdict = aim.map(|aim| judged(found <= aim, milliseconds(aim)));
        self.row(what, milliseconds(found), verdict.unwrap_or_default());
    }

    /// Median, 95th and 99th percentile; the aim is for the median.
    pub fn times(&mut self, what: &str, times: &Times, aim: Option<Duration>) {
        self.time(&format!("{what}, p50"), times.at(0.5), aim);
        self.time(&format!("{what}, p95"), times.at(0.95), None);
        self.time(&format!("{what}, p99"), times.at(0.99), None);
    }

    /// How many times `floor` a time is.
    pub fn ratio(&mut self, what: &str, found: Duration, floor: Duration) {
        self.row(what, format!("{:.2}", found.as_secs_f64() / floor.as_secs_f64()), String::new());
    }

    /// Bytes, held against the aim of 1 GiB for all processes.
    pub fn memory(&mut self, what: &str, bytes: u64) {
        self.row(what, format!("{} MiB", bytes >> 20), judged(bytes <= 1 << 30, "1024 MiB".into()));
    }

    fn row(&mut self, what: &str, found: String, verdict: String) {
        self.rows.push([what.to_owned(), found, verdict]);
    }

    pub fn print(&self) {
        println!("{:<56} {:>12}   aim", "on this machine", "measured");
        for [what, found, verdict] in &self.rows {
            println!("{what:<56} {found:>12}   {verdict}");
        }
    }
}

fn judged(met: bool, aim: String) -> String {
    format!("{aim} ({})", if met { "met" } else { "missed" })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times = Times::new((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(times.at(0.0), Duration::from_millis(1));
        assert_eq!(times.at(0.5), Duration::from_millis(51));
        assert_eq!(times.at(1.0), Duration::from_millis(100));
    }

    #[test]
    fn an_aim_that_is_missed_says_so() {
        let mut table = Table::default();
        table.time("a", Duration::from_millis(3), Some(Duration::from_millis(2)));
        assert_eq!(table.rows[0], ["a", "3.00 ms", "2.00 ms (missed)"]);
    }
}
