//! The chain with many workers and delegators: what calls read and write in it, and how much state it is.
//!
//! It stands beside the chain, for whoever measures it: a [`Population`] is the runtime's state with so many workers,
//! delegators and contracts, made by the runtime's own calls but for evidence, of which there is none; [`rows`] has
//! calls and hooks happen in it, and counts each access to storage. What must always hold, and a test asserts: the
//! accesses are as many whatever the population is. The example `economy` prints that for large ones, and how fast a
//! node imports blocks of one.
//!
//! ```
//! use adyton_figures::{Population, Size};
//!
//! let population = Population::new(Size { workers: 10, delegators: 10, contracts: 10 });
//! assert!(population.state().workers > 1_000, "bytes of each");
//! ```
#![forbid(unsafe_code)]

mod calls;
mod counting;
mod population;
#[cfg(test)]
mod tests;

pub use calls::{Row, rows};
pub use counting::Count;
pub use population::{NETWORK, Population, START, Size, StateBytes};
