//! `log`: lines for the contract's owner, bounded and without control characters.

use wasmtime::component::Linker;

use super::interface;
use crate::{
    call::{CallState, charge_bytes},
    costs,
    outcome::{Level, LogLine},
};

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(&interface("log"))?.func_wrap_async("write", |mut store, (level, message): (Level, String)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::LOG_WRITE, message.len()).await?;
            store.data_mut().logs.write(level, &message);
            Ok(())
        })
    })
}

/// The log lines of one call.
pub(crate) struct LogBook {
    pub(crate) lines: Vec<LogLine>,
    pub(crate) dropped: u32,
    bytes_left: usize,
}

impl LogBook {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { lines: Vec::new(), dropped: 0, bytes_left: bytes }
    }

    /// Keeps a line if it fits. An empty line counts as one byte, so that their number is bounded too.
    pub(crate) fn write(&mut self, level: Level, message: &str) {
        match self.bytes_left.checked_sub(message.len().max(1)) {
            Some(rest) => {
                self.bytes_left = rest;
                self.lines.push(LogLine { level, message: printable(message) });
            }
            None => self.dropped = self.dropped.saturating_add(1),
        }
    }
}

/// Control characters would let a contract forge lines in its owner's terminal.
pub(crate) fn printable(message: &str) -> String {
    let replace = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    message.chars().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_beyond_the_limit_is_dropped_and_counted() {
        let mut book = LogBook::new(5);
        for message in ["abc", "def", "gh", ""] {
            book.write(Level::Info, message);
        }
        let kept: Vec<&str> = book.lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!((kept, book.dropped), (vec!["abc", "gh"], 2));
    }

    #[test]
    fn control_characters_do_not_reach_the_owners_terminal() {
        assert_eq!(printable("a\n\u{1b}[2Jb\tc"), "a\u{fffd}\u{fffd}[2Jb\tc");
    }
}
