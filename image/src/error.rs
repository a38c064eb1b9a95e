//! Why there is no measurement.

use std::io;

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A file cannot be read to its end.
    #[error("cannot read the image")]
    Io(#[from] io::Error),
    /// A text is not a digest.
    #[error("a digest is {} hexadecimal digits", 2 * .bytes)]
    Digest {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A file is beyond its bound.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// Which file or part.
        what: &'static str,
        /// The most that it may have.
        limit: u64,
    },
    /// A file ends inside of a structure.
    #[error("{what} ends too early")]
    Truncated {
        /// Which file or structure.
        what: &'static str,
    },
    /// A file is not of its form.
    #[error("{what}: found {found}, wanted {wanted}")]
    Form {
        /// Which file or structure.
        what: &'static str,
        /// What is there.
        found: String,
        /// What has to be there.
        wanted: &'static str,
    },
    /// The firmware has no such entry.
    #[error("the firmware has no {0}")]
    Missing(&'static str),
    /// A kernel is given, and the firmware would not measure it.
    #[error("the firmware has no place for the kernel's hashes: it would start any kernel")]
    KernelNotMeasured,
    /// No such processor is known.
    #[error("the processor type {0:?} is unknown: name one of QEMU's EPYC types")]
    Processor(String),
    /// A number is outside of its range.
    #[error("{what} is {found}, and has to be {wanted}")]
    Range {
        /// Which number.
        what: &'static str,
        /// It.
        found: u64,
        /// Its range.
        wanted: &'static str,
    },
}

impl ImageError {
    pub(crate) fn form(what: &'static str, found: impl Into<String>, wanted: &'static str) -> Self {
        Self::Form { what, found: found.into(), wanted }
    }
}
