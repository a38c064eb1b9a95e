//! Calls of polkadot-sdk's pallets by which the network decides, and of what it decides beside evidence.

use adyton_protocol::ids::AccountId;
use codec::{Decode, Encode};

use super::Address;
use crate::governance::{AccountVote, Enactment, Periods, Proposal, Track};

/// Of polkadot-sdk's `frame-system`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum System {
    /// Says something, and does nothing; anybody may, a decision too.
    #[codec(index = 0)]
    Remark(Vec<u8>),
    /// Lets anybody bring the chain's next code, which has this hash; root alone.
    #[codec(index = 9)]
    AuthorizeUpgrade([u8; 32]),
    /// Brings the code that was decided on; anybody may.
    #[codec(index = 11)]
    ApplyAuthorizedUpgrade(Vec<u8>),
}

/// Of polkadot-sdk's `pallet-preimage`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Preimage {
    /// Stores the bytes of a proposal, against a deposit.
    #[codec(index = 0)]
    NotePreimage(Vec<u8>),
    /// Removes them, and gives the deposit back to who put it there.
    #[codec(index = 1)]
    UnnotePreimage([u8; 32]),
}

/// Of polkadot-sdk's `pallet-referenda`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Referenda {
    /// Proposes something.
    #[codec(index = 0)]
    Submit {
        /// With which origin it is done.
        track: Track,
        /// What is done.
        proposal: Proposal,
        /// When, but not before the track's period.
        enactment: Enactment,
    },
    /// Puts down the deposit without which a referendum is never decided.
    #[codec(index = 1)]
    PlaceDecisionDeposit(u32),
    /// Gives it back, when the referendum is over.
    #[codec(index = 2)]
    RefundDecisionDeposit(u32),
    /// Gives the proposer's deposit back, of a referendum that was approved or cancelled.
    #[codec(index = 7)]
    RefundSubmissionDeposit(u32),
}

/// Of polkadot-sdk's `pallet-conviction-voting`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ConvictionVoting {
    /// Votes, or votes otherwise.
    #[codec(index = 0)]
    Vote {
        /// In which referendum.
        #[codec(compact)]
        referendum: u32,
        /// How.
        vote: AccountVote,
    },
    /// Lets go of what votes of a track locked, as far as their time is over.
    #[codec(index = 3)]
    Unlock {
        /// The track.
        track: u16,
        /// Whose.
        account: Address,
    },
    /// Takes a vote back; of a referendum that is over, what it locks stays locked.
    #[codec(index = 4)]
    RemoveVote {
        /// The referendum's track; needed when it is over.
        track: Option<u16>,
        /// The referendum.
        referendum: u32,
    },
}

/// Of `adyton-pallet-governance`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Governance {
    /// Sets how long a track's decisions take.
    #[codec(index = 0)]
    SetPeriods {
        /// The track.
        track: u16,
        /// Its periods; none: the runtime's own.
        periods: Option<Periods>,
    },
    /// Sets for how many blocks a vote of conviction 1 locks.
    #[codec(index = 1)]
    SetLock(u32),
}

/// Of polkadot-sdk's `pallet-treasury`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Treasury {
    /// Lets somebody have an amount, which is theirs when anybody calls for the payout.
    #[codec(index = 5)]
    Spend {
        /// How much.
        #[codec(compact)]
        amount: u128,
        /// Who.
        beneficiary: AccountId,
        /// From which block on; none: at once.
        valid_from: Option<u32>,
    },
    /// Pays out what was granted under a number.
    #[codec(index = 6)]
    Payout(u32),
}
