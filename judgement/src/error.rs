//! Bad use: what keeps evidence from being judged at all, which is no word on the evidence.

/// What a function here gives.
pub type Result<T, E = Misuse> = std::result::Result<T, E>;

/// Why there is no judgement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// Evidence of this kind is judged with something that was not given.
    #[error("{said}")]
    Lacks {
        /// What it is.
        what: Lacking,
        /// The same in a sentence.
        said: &'static str,
    },
    /// Anything else, in a sentence that says what to do.
    #[error("{0}")]
    Other(String),
}

/// What a vendor has to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// Intel's collateral.
    Collateral,
    /// The certificate of the key that signed.
    Certificate,
}

/// Bad use, in a sentence.
pub fn misuse(text: impl Into<String>) -> Misuse {
    Misuse::Other(text.into())
}
