//! How long each step took.

use std::time::Instant;

use serde::Serialize;

use crate::output::Output;

/// Takes times and says what is done.
pub struct Steps {
    output: Output,
    last: Instant,
    taken: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What was done.
    pub step: &'static str,
    /// Milliseconds since the step before.
    pub ms: u64,
}

impl Steps {
    /// Begins now.
    pub fn begin(output: Output) -> Self {
        Self { output, last: Instant::now(), taken: Vec::new() }
    }

    /// The step is done.
    pub fn done(&mut self, step: &'static str) {
        let ms = u64::try_from(self.last.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last = Instant::now();
        self.output.progress(format!("  {step:<12} {ms:>6} ms"));
        self.taken.push(Step { step, ms });
    }

    /// All steps so far.
    pub fn taken(&self) -> &[Step] {
        &self.taken
    }

    /// Milliseconds of all of them.
    pub fn total(&self) -> u64 {
        self.taken.iter().map(|step| step.ms).sum()
    }
}
