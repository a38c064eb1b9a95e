//! Where a contract was when a call of it ended in the middle: lines for its owner's log, and for nobody else.
//!
//! Functions have the names that the component itself says, which a build may have left out; then they have numbers.
//! A call that is out of wall time leaves no trace.

use std::{
    fmt::{self, Write},
    num::NonZeroUsize,
};

use rustc_demangle::demangle;
use wasmtime::{FrameInfo, WasmBacktrace};

use crate::{
    capability::log::printable,
    outcome::{Level, LogLine},
};

/// The most functions that are named.
pub(crate) const MAX_FRAMES: Option<NonZeroUsize> = NonZeroUsize::new(32);
/// The most bytes of all lines together.
const MAX_BYTES: usize = 4096;
/// The most bytes of a function's name. The component chose it.
const MAX_NAME: usize = 200;

/// The lines for a call that ended with `error`: none where no code of the contract was running.
pub(crate) fn lines(error: &wasmtime::Error) -> Vec<LogLine> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let frames = trace.frames().iter().enumerate();
    let lines = frames.map(|(number, frame)| format!("{number:>4}: {}", function(frame)));
    bounded(std::iter::once("the call ended within:".to_owned()).chain(lines))
}

fn bounded(lines: impl Iterator<Item = String>) -> Vec<LogLine> {
    let mut left = MAX_BYTES;
    let fitting = lines.map_while(|line| {
        left = left.checked_sub(line.len())?;
        Some(LogLine { level: Level::Error, message: printable(&line) })
    });
    fitting.collect()
}

fn function(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => readable(name),
        None => format!("function {}", frame.func_index()),
    }
}

/// A name as its author wrote it, without the compiler's additions, and cut if it is long.
fn readable(name: &str) -> String {
    let mut short = Short(String::new());
    // The end of its room is no mistake.
    let _cut = write!(short, "{:#}", demangle(name));
    short.0
}

/// Text up to [`MAX_NAME`] bytes. A short name may stand for a very long one, which is never written out.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_NAME - self.0.len();
        let fitting = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= room).last();
        self.0.push_str(&text[..fitting.unwrap_or(0)]);
        if text.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_authors_and_not_the_compilers() {
        for (name, shown) in [
            ("_ZN7counter5count17h0123456789abcdefE", "counter::count"),
            ("_RNvCs1234_7counter5count", "counter::count"),
            ("JS_CallInternal", "JS_CallInternal"),
        ] {
            assert_eq!(readable(name), shown);
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(readable(&"a".repeat(1000)).len(), MAX_NAME);
        assert_eq!(readable(&format!("a{}", "ä".repeat(500))).len(), MAX_NAME - 1);
    }

    #[test]
    fn all_lines_together_are_bounded() {
        let lines = bounded((0..100).map(|_| "x".repeat(100)));
        assert_eq!(lines.len(), MAX_BYTES / 100);
    }
}
