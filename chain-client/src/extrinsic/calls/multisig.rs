//! Calls of polkadot-sdk's `pallet-multisig`.

use adyton_protocol::ids::AccountId;
use codec::{Decode, Encode};

use super::Call;
use crate::multisig::Timepoint;

/// How much a call may weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Weight {
    /// Picoseconds of a validator's time.
    #[codec(compact)]
    pub ref_time: u64,
    /// Bytes of a proof.
    #[codec(compact)]
    pub proof_size: u64,
}

/// What signatories of an account of several do (see [`Multisig`](crate::multisig::Multisig)).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Multisig {
    /// Proposes or approves a call; it is made with the last approval that it takes.
    #[codec(index = 1)]
    AsMulti {
        /// How many have to agree.
        threshold: u16,
        /// The signatories but the one that signs, ascending.
        others: Vec<AccountId>,
        /// When it was proposed; none for the first.
        begun: Option<Timepoint>,
        /// What is done.
        call: Box<Call>,
        /// The most that it may weigh.
        max_weight: Weight,
    },
    /// Ends a proposal, and gives the deposit back; who proposed it may.
    #[codec(index = 3)]
    CancelAsMulti {
        /// How many have to agree.
        threshold: u16,
        /// The signatories but the one that signs, ascending.
        others: Vec<AccountId>,
        /// When it was proposed.
        begun: Timepoint,
        /// Which call.
        call_hash: [u8; 32],
    },
}
