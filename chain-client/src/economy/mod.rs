//! Stake, rewards, slashes and validators: what people's tools read of them.
//!
//! The records are those of the pallets `pools`, `rewards`, `slashing` and `validators`, and stand in `adyton_protocol`, whose
//! types the pallets store. They change with the runtime, and are decoded strictly: what is laid out otherwise is refused. A
//! test of the runtime holds it against their vectors, and against the keys here.

mod disputes;
mod keys;
mod pools;
pub mod rewards;
mod slashing;
#[cfg(test)]
mod tests;
mod validators;

pub use adyton_protocol::{
    pools::{
        Assigned, Parameters as PoolParameters, PoolId, Position, State, Target, Vault, Worth,
        books::{Books, Class, Side, Stake},
    },
    slashing::{Commitment, Kind as OffenceKind, UNDECIDED},
    validators::{Bond, Leaving, Parameters as Settings, Queue},
};
pub use keys::{
    allowed_in, assignment, backed_prefix, bond, bond_slash, bond_slashes, candidates, chunk, chunks_prefix,
    commitment, current_session, dispute_accusation, dispute_ending, dispute_parameters, dispute_reward, last_dispute,
    last_offence, next_keys, offence, offences_over, pool, pool_count, pool_description, pool_parameters, position,
    serving, session_began, slashing_parameters, validator_settings,
};
pub use validators::SessionKeys;

/// Who has a stake in a pool.
pub type Holder = adyton_protocol::pools::Holder;
/// What a pool's owner takes of its rewards, and a vault's of its gain.
pub type Commission = adyton_protocol::pools::Commission;
/// A pool of stake, or a vault.
pub type Pool = adyton_protocol::pools::Pool;
/// A part of a stake that leaves.
pub type Chunk = adyton_protocol::pools::Chunk;
/// What governance decided about offences.
pub type SlashingParameters = adyton_protocol::slashing::Parameters;
/// An offence that was reported, and neither applied nor cancelled yet.
pub type Offence = adyton_protocol::slashing::Offence;
/// One who wants to be a validator, and what is bonded for it.
pub type Candidate = adyton_protocol::validators::Candidate;
/// A slash of a bond that is not decided yet.
pub type BondSlash = adyton_protocol::validators::Slash;
