//! The untrusted way to a node, and the reader that believes nothing of it.
//!
//! [`Source`] fetches bytes; [`HttpSource`] does so by JSON-RPC over HTTP. [`Reader`] puts a source and the
//! verifier together: what leaves it is proven, and never goes back.

mod http;
mod reader;
mod source;

pub use http::HttpSource;
pub use reader::{Reader, Tip};
pub use source::{FinalityProof, RawBlock, RuntimeVersion, Source};

#[cfg(test)]
mod tests;
