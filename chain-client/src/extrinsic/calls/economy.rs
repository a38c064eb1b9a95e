//! Calls about stake, slashes and validators.

use adyton_protocol::{
    extraction::SALT,
    ids::{AccountId, SigningKey, WorkerId},
};
use codec::{Decode, Encode};

use crate::{
    economy::{Holder, PoolId, PoolParameters, SessionKeys, Settings, SlashingParameters, Target},
    governance::Share,
};

/// Of `adyton-pallet-pools`. Amounts are in units of 10^-12 PHA.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Pools {
    /// Creates a pool, or a vault, against a deposit.
    #[codec(index = 0)]
    Create(Box<NewPool>),
    /// Closes a pool in which nothing is left.
    #[codec(index = 1)]
    Close(PoolId),
    /// Changes what the owner takes: less at once, more after the notice.
    #[codec(index = 2)]
    SetCommission {
        /// The pool.
        pool: PoolId,
        /// What they take.
        commission: Share,
    },
    /// Sets how much stake may earn in a pool.
    #[codec(index = 3)]
    SetCap {
        /// The pool.
        pool: PoolId,
        /// How much; none: any.
        cap: Option<u128>,
    },
    /// Sets what a pool says about itself; at most 1024 bytes.
    #[codec(index = 4)]
    SetDescription {
        /// The pool.
        pool: PoolId,
        /// What it says.
        description: Vec<u8>,
    },
    /// Lets only those join whom the owner allows, or everybody.
    #[codec(index = 5)]
    SetRestricted {
        /// The pool.
        pool: PoolId,
        /// Whether only those.
        restricted: bool,
    },
    /// Lets an account join a restricted pool, or no longer.
    #[codec(index = 6)]
    SetAllowed {
        /// The pool.
        pool: PoolId,
        /// Who.
        account: AccountId,
        /// Whether they may.
        allowed: bool,
    },
    /// Joins a pool.
    #[codec(index = 7)]
    Join {
        /// The pool.
        pool: PoolId,
        /// With how much.
        amount: u128,
    },
    /// Leaves a pool.
    #[codec(index = 8)]
    Leave {
        /// The pool.
        pool: PoolId,
        /// With how much; none: with everything.
        amount: Option<u128>,
    },
    /// Takes what was earned in a pool.
    #[codec(index = 9)]
    Claim(PoolId),
    /// Joins a pool with what was earned in it.
    #[codec(index = 10)]
    Compound(PoolId),
    /// Lets anybody do so for the account, or no longer.
    #[codec(index = 11)]
    SetCompounding {
        /// The pool.
        pool: PoolId,
        /// Whether anybody may.
        compounding: bool,
    },
    /// Joins a pool with what somebody has earned in it, for them.
    #[codec(index = 12)]
    CompoundFor {
        /// The pool.
        pool: PoolId,
        /// Who.
        account: AccountId,
    },
    /// Burns what slashes have taken from a holder.
    #[codec(index = 13)]
    Settle {
        /// The pool.
        pool: PoolId,
        /// Whose stake.
        holder: Holder,
    },
    /// Pays who waits in a pool first, if it has the stake.
    #[codec(index = 14)]
    Serve(PoolId),
    /// Puts more of a pool's stake behind a worker of its owner's.
    #[codec(index = 15)]
    Assign {
        /// The pool.
        pool: PoolId,
        /// The worker.
        worker: WorkerId,
        /// How much more.
        amount: u128,
    },
    /// Frees the stake of a worker that was never started.
    #[codec(index = 16)]
    Unassign(WorkerId),
    /// Sets the pools that a vault is in; at most 16, ascending.
    #[codec(index = 17)]
    Split {
        /// The vault.
        vault: PoolId,
        /// The pools, and their weights.
        targets: Vec<Target>,
    },
    /// Has a vault leave its pools with what its members wait for, and join them with what is free.
    #[codec(index = 18)]
    Spread(PoolId),
    /// Sets what pools work by. The economy's origin does.
    #[codec(index = 19)]
    SetParameters(PoolParameters),
}

/// What `pools.create` takes, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NewPool {
    /// Whether it is a vault.
    pub vault: bool,
    /// What the owner takes of what it earns.
    pub commission: Share,
    /// The most that they ever take.
    pub maximum: Share,
    /// The most stake that earns; none: any.
    pub cap: Option<u128>,
    /// Whether only those whom the owner allows may join.
    pub restricted: bool,
    /// What it says about itself; at most 1024 bytes.
    pub description: Vec<u8>,
}

/// Of `adyton-pallet-slashing`. Receipts are opened ones, of at most 4096 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Slashing {
    /// Reports the last recorded absence of a worker.
    #[codec(index = 0)]
    ReportAbsence(WorkerId),
    /// Reports a receipt that acts on a block after the end of its worker's verdict.
    #[codec(index = 1)]
    ReportExpired(Vec<u8>),
    /// Notes that a worker's evidence does not hold, though its verdict has not ended.
    #[codec(index = 2)]
    NoteRevoked(WorkerId),
    /// Reports a receipt that acts on a block after such a note.
    #[codec(index = 3)]
    ReportRevoked(Vec<u8>),
    /// Reports two receipts that no one history of a contract's state has.
    #[codec(index = 4)]
    ReportTwoHistories {
        /// One.
        one: Vec<u8>,
        /// The other.
        other: Vec<u8>,
    },
    /// Reports a receipt that is beyond the head at which the contract's state was opened after it.
    #[codec(index = 5)]
    ReportRollback(Vec<u8>),
    /// Commits to a signature by an extracted key.
    #[codec(index = 6)]
    CommitExtraction([u8; 32]),
    /// Takes the commitment back.
    #[codec(index = 7)]
    WithdrawCommitment,
    /// Opens it.
    #[codec(index = 8)]
    RevealExtraction {
        /// The key.
        key: SigningKey,
        /// What it signed: [`adyton_protocol::extraction::message`].
        signature: [u8; 64],
        /// What the commitment was made with.
        salt: [u8; SALT],
    },
    /// Applies an offence whose time has come.
    #[codec(index = 9)]
    Apply(u64),
    /// Cancels one that was not applied yet. The economy's origin does.
    #[codec(index = 10)]
    Cancel(u64),
    /// Sets the parameters. The economy's origin does.
    #[codec(index = 11)]
    SetParameters(Box<SlashingParameters>),
}

/// Of polkadot-sdk's `pallet-session`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Session {
    /// Sets the keys with which an account serves, from the session after the next on.
    #[codec(index = 0)]
    SetKeys {
        /// The keys.
        keys: SessionKeys,
        /// What proves that the account has them.
        proof: Vec<u8>,
    },
    /// Takes them back.
    #[codec(index = 1)]
    PurgeKeys,
}

/// Of `adyton-pallet-validators`. Amounts are in units of 10^-12 PHA.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Validators {
    /// Bonds so much, or so much more.
    #[codec(index = 0)]
    Bond(u128),
    /// Lets so much of the bond leave.
    #[codec(index = 1)]
    Unbond(u128),
    /// Takes back what has left.
    #[codec(index = 2)]
    Withdraw,
    /// Stands as a candidate.
    #[codec(index = 3)]
    Validate,
    /// Stops being one.
    #[codec(index = 4)]
    Chill,
    /// Cancels a slash. The economy's origin does.
    #[codec(index = 6)]
    CancelSlash(u32),
    /// Sets the parameters. The economy's origin does.
    #[codec(index = 7)]
    SetParameters(Settings),
}
