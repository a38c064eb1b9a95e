//! What the pallets of the economy ask of each other.
//!
//! `pools` answers [`Pools`]: it has all stake. `rewards` answers [`Running`]: it knows who works for a reward.
//! `beacon` answers [`Beacon`], and tells `rewards` of each round by [`OnRound`]. `rewards` answers [`Presence`] too, which
//! `slashing` asks. `slashing` answers [`Charging`], which `disputes` asks; in this, `usage` and `disputes` only ask. Amounts are in units of 10^-12 PHA.

pub use adyton_protocol::pools::PoolId;
use adyton_protocol::{
    ids::{AccountId, BlockNumber, ContractId, WorkerId},
    receipt::OpenedFields,
};
use polkadot_sdk::sp_runtime::{DispatchError, DispatchResult, Perbill, Weight};

/// What a pool has put behind one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The pool.
    pub pool: PoolId,
    /// The stake that the worker stands for; it leaves the pool no sooner than it has cooled down.
    pub stake: u128,
    /// Whether the worker runs, so that the stake is bound.
    pub running: bool,
}

/// What a slash took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slashed {
    /// From the pool owner's own stake.
    pub own: u128,
    /// From everybody else's.
    pub shared: u128,
}

impl Slashed {
    /// Everything.
    pub fn total(&self) -> u128 {
        self.own.saturating_add(self.shared)
    }
}

/// Has all stake, and its accounts.
pub trait Pools {
    /// What stands behind `worker`, if a pool has put anything there.
    fn assignment(worker: &WorkerId) -> Option<Assignment>;

    /// Who owns `pool`, if there is one.
    fn owner(pool: PoolId) -> Option<AccountId>;

    /// Binds the stake of `worker` while it runs.
    ///
    /// # Errors
    /// Where there is no assignment, or it runs already.
    fn bind(worker: &WorkerId) -> DispatchResult;

    /// `worker` has stopped: its stake cools down, and is free after that without anybody's doing. Does nothing for a
    /// worker that does not run.
    fn cool(worker: &WorkerId);

    /// Issues `amount` to those who stand behind `worker`: its pool's commission to the owner, the rest to the shares
    /// that are not leaving. Returns what was issued: nothing for a worker without a pool.
    fn issue_reward(worker: &WorkerId, amount: u128) -> u128;

    /// Like [`Pools::issue_reward`], but what is paid is `payer`'s.
    ///
    /// # Errors
    /// Where `payer` has less, or `worker` has no pool; then nothing has happened.
    fn pay_reward(worker: &WorkerId, payer: &AccountId, amount: u128) -> DispatchResult;

    /// What of the stake in `pool` is not frozen, so that more can be.
    fn unfrozen(pool: PoolId) -> u128;

    /// What of it is.
    fn frozen(pool: PoolId) -> u128;

    /// `amount` more of the stake in `pool` cannot leave it until it was thawed or slashed: of its owner's own first, and
    /// of all others' in proportion what that does not cover.
    ///
    /// # Errors
    /// Where there is no such pool, or less of it is not frozen.
    fn freeze(pool: PoolId, amount: u128) -> DispatchResult;

    /// `amount` less is frozen.
    fn thaw(pool: PoolId, amount: u128);

    /// For how many blocks at least what is leaving can still be slashed.
    fn unbonding() -> BlockNumber;

    /// For how many blocks after a worker has stopped its stake still stands behind it. `slashing` holds its own times
    /// against both.
    fn cooling() -> BlockNumber;

    /// Takes `amount` from `pool`, what is leaving it too: first from its owner's own stake, then from all others in
    /// proportion. As much less is frozen. Never takes more than there is; what was frozen is there. What is taken is
    /// burnt, when the accounts that it stands in are next touched.
    fn slash(pool: PoolId, amount: u128) -> Slashed;
}

/// How much a worker's evidence is worth, as a factor of its weight.
pub type Tier = Perbill;

/// Knows who works for a reward.
pub trait Running {
    /// The block in which `worker` was started; none where it does not run.
    fn started(worker: &WorkerId) -> Option<BlockNumber>;

    /// How many workers are.
    fn running() -> u32;

    /// The worker's capacity as last measured, zero if never.
    fn capacity(worker: &WorkerId) -> u64;

    /// Stops `worker`, as its pool's owner could. What it has not been credited with until its last answer is lost.
    ///
    /// # Errors
    /// Where it does not run.
    fn stop(worker: &WorkerId) -> Result<(), DispatchError>;

    /// The most that [`Running::stop`] takes.
    fn stop_weight() -> Weight;
}

/// A worker's absence as the chain's own record shows it: it was challenged, and did not answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The first block at which an answer to the first of these challenges was late.
    pub since: BlockNumber,
    /// The block in which it answered again, or was stopped; none while it lasts.
    pub until: Option<BlockNumber>,
    /// For how many of these blocks it was stopped: they do not count.
    pub paused: BlockNumber,
}

/// Knows which workers were away. `rewards` answers.
pub trait Presence {
    /// The last absence of `worker` that was recorded: by a report, or by its own answer after it. None if there was none.
    fn absence(worker: &WorkerId) -> Option<Absence>;
}

/// Hears of the beacon's rounds. `rewards` does, to fix who is challenged; `beacon` tells.
pub trait OnRound {
    /// `round`, whose number is above those of all before it, has come in this block with this value. Does nothing that
    /// can fail.
    fn on_round(round: u64, value: [u8; 32]);

    /// The most that [`OnRound::on_round`] takes.
    fn on_round_weight() -> Weight;
}

impl OnRound for () {
    fn on_round(_: u64, _: [u8; 32]) {}

    fn on_round_weight() -> Weight {
        Weight::zero()
    }
}

/// Randomness that no author of a block can choose or hold back alone: one value a round.
pub trait Beacon {
    /// The newest round, and the block that it came in.
    fn latest() -> Option<(u64, BlockNumber)>;

    /// The highest number that a round may have in this block: nobody knows the value of one above it. None where no round
    /// is due yet.
    fn due() -> Option<u64>;

    /// The value of `round`, if it is among the last that are remembered, and the block that it came in.
    fn value(round: u64) -> Option<([u8; 32], BlockNumber)>;
}

/// What jurors have decided about a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right, or nobody can say.
    Right,
    /// It is wrong.
    Wrong,
    /// Nobody can say because its worker withholds what it follows from: that costs this.
    Withheld(Perbill),
}

/// Who holds a contract, under which lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The worker.
    pub worker: WorkerId,
    /// The contract.
    pub contract: ContractId,
    /// The lease's number.
    pub lease: u64,
}

/// Charges workers with what jurors decide about. `slashing` answers.
pub trait Charging {
    /// For how many blocks after it an offence can be reported: for so long, what stood behind a worker stays there.
    fn evidence_window() -> BlockNumber;

    /// What an opened receipt says: its signature is its key's for this network, and the key is not known to have left its
    /// machine.
    ///
    /// # Errors
    /// Where one of these does not hold, or the bytes are no receipt.
    fn read(receipt: &[u8]) -> Result<OpenedFields, DispatchError>;

    /// A result of `worker`, which acted on `block`, is disputed: `fraction` of the stake behind it is set aside until
    /// [`Charging::decide`]. Answers the offence's number.
    ///
    /// # Errors
    /// Where the block is to come, or longer ago than [`Charging::evidence_window`], or nothing stands behind the worker, or
    /// all of it is set aside already; then nothing has happened.
    fn accuse(
        worker: &WorkerId,
        fraction: Perbill,
        block: BlockNumber,
        reporter: AccountId,
    ) -> Result<u64, DispatchError>;

    /// The jurors have decided about an offence: it ends, or is applied after the time for an appeal. Says whether it was
    /// still there: governance may have cancelled it.
    fn decide(offence: u64, verdict: Verdict) -> bool;

    /// In the place of the worker that an offence accuses, `holder` is charged with having withheld what that worker's result
    /// follows from: with `fraction`, once for each lease. Says whether it was: it is not where less stands behind it than
    /// the accused would lose by that, or the offence is over.
    fn charge_holder(offence: u64, holder: &Holder, fraction: Perbill, reporter: AccountId) -> bool;

    /// A juror has answered wrongly, or not at all. Says whether there was anything to charge.
    fn charge_juror(juror: &WorkerId, fraction: Perbill, reporter: AccountId) -> bool;

    /// Whether an offence is neither applied nor cancelled.
    fn is_open(offence: u64) -> bool;
}
