//! Stake, rewards, slashes and validators: what people's tools read of them.
//!
//! The records are those of the pallets `pools`, `rewards`, `slashing` and `validators`. Those that measured programs read
//! too stand in `adyton_protocol`; the others are laid out here as there, change with the runtime, and are decoded
//! strictly: what is laid out otherwise is refused. A test of the runtime holds the vectors of both against each other.

mod disputes;
mod keys;
mod pools;
mod ratio;
pub mod rewards;
mod shares;
mod slashing;
#[cfg(test)]
mod tests;
mod validators;

pub use keys::{
    allowed_in, assignment, backed_prefix, bond, bond_slash, bond_slashes, candidates, chunk, chunks_prefix,
    commitment, current_session, dispute_accusation, dispute_ending, dispute_parameters, dispute_reward, last_dispute,
    last_offence, next_keys, offence, offences_over, pool, pool_count, pool_description, pool_parameters, position,
    serving, session_began, slashing_parameters, validator_settings,
};
pub use pools::{
    Assigned, Chunk, Commission, Holder, Pool, PoolId, PoolParameters, Position, State, Target, Vault, Worth,
};
pub(crate) use ratio::ratio;
pub use shares::{Books, Class, Side, Stake};
pub use slashing::{Commitment, Offence, OffenceKind, SlashingParameters, UNDECIDED};
pub use validators::{Bond, BondSlash, Candidate, Leaving, Queue, SessionKeys, Settings};
