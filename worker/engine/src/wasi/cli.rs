//! `wasi:cli`: a program without arguments, environment and input. What it prints goes to the contract's log, line by
//! line, where the manifest grants `log`, and nowhere otherwise.

use bytes::Bytes;
use wasmtime::component::{Linker, Resource};

use super::{
    interface::{Interface, Reply, reply, trap},
    streams::{InputStream, OutputStream},
};
use crate::{call::CallState, capability::log::LogBook, costs::LOG_WRITE, outcome::Level};

/// A line that is longer becomes several.
const MAX_LINE: usize = 4096;

/// A terminal: there is none.
enum Terminal {}

/// Where a program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Standard output: lines of the level `info`.
    Out,
    /// Standard error: lines of the level `error`.
    Error,
    /// It is not to be kept.
    Nowhere,
}

pub(super) fn link(linker: &mut Linker<CallState>, logs: bool) -> wasmtime::Result<()> {
    let mut environment = Interface::of(linker, "cli/environment")?;
    environment.func("get-environment", |_, ()| reply(Vec::<(String, String)>::new()))?;
    environment.func("get-arguments", |_, ()| reply(Vec::<String>::new()))?;
    environment.func("initial-cwd", |_, ()| reply(None::<String>))?;
    let mut exit = Interface::of(linker, "cli/exit")?;
    exit.func("exit", |_, (_status,): (Result<(), ()>,)| -> Reply<()> { exited() })?;
    exit.func("exit-with-code", |_, (_status,): (u8,)| -> Reply<()> { exited() })?;
    Interface::of(linker, "cli/stdin")?
        .func("get-stdin", |call, ()| reply(call.wasi.table.push(InputStream::There(Bytes::new()))?))?;
    for (name, output) in [("stdout", Output::Out), ("stderr", Output::Error)] {
        let output = if logs { output } else { Output::Nowhere };
        Interface::of(linker, &format!("cli/{name}"))?
            .func(&format!("get-{name}"), move |call, ()| reply(call.wasi.table.push(OutputStream::Log(output))?))?;
    }
    for kind in ["terminal-input", "terminal-output"] {
        Interface::of(linker, &format!("cli/{kind}"))?.resource::<Terminal>(kind)?;
    }
    for name in ["stdin", "stdout", "stderr"] {
        let function = format!("get-terminal-{name}");
        Interface::of(linker, &format!("cli/terminal-{name}"))?
            .func(&function, |_, ()| reply(None::<Resource<Terminal>>))?;
    }
    Ok(())
}

/// An answer is what the handler leaves when it returns; a program that ends before leaves none.
fn exited<T>() -> wasmtime::Result<T> {
    trap("the component ended itself with wasi:cli/exit instead of answering")
}

/// What was printed and is no whole line yet.
pub(super) struct Line {
    level: Level,
    bytes: Vec<u8>,
}

impl Line {
    pub(super) fn new(level: Level) -> Self {
        Self { level, bytes: Vec::new() }
    }

    /// Takes bytes in; the units for the lines that ended.
    pub(super) fn print(&mut self, bytes: &[u8], logs: &mut LogBook) -> u64 {
        let mut units = 0_u64;
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            for piece in part.chunks(MAX_LINE) {
                self.bytes.extend_from_slice(piece);
                if self.bytes.ends_with(b"\n") || self.bytes.len() >= MAX_LINE {
                    units = units.saturating_add(self.end(logs));
                }
            }
        }
        units
    }

    /// Ends the line, if there is one; its price.
    pub(super) fn end(&mut self, logs: &mut LogBook) -> u64 {
        if self.bytes.is_empty() {
            return 0;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        logs.write(self.level, &String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)));
        LOG_WRITE.of(line.len(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(parts: &[&[u8]]) -> (Vec<String>, u64) {
        let mut logs = LogBook::new(100_000);
        let mut line = Line::new(Level::Info);
        let mut units: u64 = parts.iter().map(|part| line.print(part, &mut logs)).sum();
        units += line.end(&mut logs);
        (logs.lines.into_iter().map(|line| line.message).collect(), units)
    }

    #[test]
    fn what_is_printed_becomes_lines_however_it_is_cut() {
        let (lines, units) = printed(&[b"one\ntw", b"o\r\n\nthr", b"ee"]);
        assert_eq!(lines, ["one", "two", "", "three"]);
        assert_eq!(units, LOG_WRITE.of("onetwo\rthree".len(), 0) + 3 * LOG_WRITE.base);
    }

    #[test]
    fn a_line_without_an_end_is_cut_and_never_held_whole() {
        let (lines, _) = printed(&[&[b'x'; MAX_LINE + 10]]);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, 10]);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_lose_the_line() {
        assert_eq!(printed(&[b"a\xffb\n"]).0, ["a\u{fffd}b"]);
    }
}
