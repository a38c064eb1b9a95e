//! One row for each subject: rate, latency, processor time for each call, memory.

use std::time::Duration;

/// What was measured of one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Answers in a second.
    pub rate: f64,
    /// Half of all answers came within.
    pub p50: Duration,
    /// 99 of 100 came within.
    pub p99: Duration,
    /// Processor time for each answer, by process.
    pub processor: Vec<(&'static str, Duration)>,
    /// Bytes that the processes held after the load.
    pub memory: u64,
}

/// Prints rows under a title.
pub fn print(title: &str, rows: &[(String, Figures)]) {
    println!("\n{title}");
    println!("{:<52} {:>9} {:>9} {:>9} {:>9}  CPU of each call", "", "calls/s", "p50 ms", "p99 ms", "MiB");
    for (name, figures) in rows {
        let processor: Vec<String> =
            figures.processor.iter().map(|(what, time)| format!("{what} {:.0} us", micros(*time))).collect();
        println!(
            "{name:<52} {:>9.0} {:>9.2} {:>9.2} {:>9}  {}",
            figures.rate,
            micros(figures.p50) / 1e3,
            micros(figures.p99) / 1e3,
            figures.memory >> 20,
            processor.join(", ")
        );
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
