//! How the network decides: what is proposed, how the votes stand, and what an account's votes lock.
//!
//! The records are polkadot-sdk's (`pallet-referenda`, `pallet-conviction-voting`, `pallet-preimage`), whose layouts change
//! with the runtime, unlike those of [`facts`](crate::facts); only people's tools read them. They are decoded strictly: what
//! is laid out otherwise is refused. What stands in the runtime's code and not in storage (deposits, curves) stands in
//! [`tracks`]; a test of the runtime compares it.

mod keys;
mod records;
mod standing;
pub mod tracks;
mod types;
mod upgrade;

pub use adyton_protocol::share::Share;
pub use keys::{
    authorized_upgrade, class_locks, enactment_of, inactive_issuance, preimage, referendum, referendum_count,
    slot_duration, total_issuance, track_periods, vote_lock, voting,
};
pub use records::{Casting, Deciding, Deposit, Ended, Referendum, Scheduled, Status, Tally, Voting};
pub use standing::{Bar, State};
pub use tracks::{Periods, Track, TrackInfo};
pub use types::{AccountVote, Enactment, MAX_INLINE, Proposal, Vote};
pub use upgrade::{AuthorizedUpgrade, code_hash};

#[cfg(test)]
mod tests;
