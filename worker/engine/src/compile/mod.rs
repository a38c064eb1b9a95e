//! Compilation in a process of its own, so that what a stranger's component costs has an end.
//!
//! The process is this program again, from the same file and so with the same measurement. It gets the component and a
//! secret of its own on its standard input and answers on its standard output with the code sealed under that secret:
//! what anybody else writes there does not open. It has limits of processor time and memory, a small share of
//! the processors, and ends with the worker.
//!
//! This bounds cost. It is no second wall against a component that finds a hole in the compiler: that one would have
//! the code that it wants in either case.

mod child;
mod frame;
mod process;

pub use child::{is_child, run_child};
pub use process::Compiler;
pub(crate) use process::Failure;

use std::time::Duration;

/// What one compilation may take.
#[derive(Debug, Clone, Copy)]
pub struct CompileLimits {
    /// Seconds of processor time, of all threads together.
    pub seconds: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Time from start to end; it may be long, because the process yields to everything else.
    pub wall: Duration,
    /// Bytes of the component.
    pub component: usize,
    /// Bytes of the code that is made.
    pub code: usize,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { seconds: 120, memory: 3 << 30, wall: Duration::from_secs(600), component: 64 << 20, code: 512 << 20 }
    }
}

/// Why a component is refused on which the compiler panics.
const BREAKS: &str = "the compiler fails on it";

/// What is wrong with a component, found by compiling it. It would be found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is not valid; why.
    Invalid(String),
    /// Compiling it takes more than this worker gives, or breaks the compiler.
    TooCostly(CostLimits),
}

/// The limits that ended a compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CostLimits {
    pub(crate) seconds: u64,
    pub(crate) memory: u64,
}
