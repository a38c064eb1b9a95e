//! The tracks of decisions. Deposits, periods and what is needed are the runtime's code
//! (`chain/runtime/src/governance.rs`); the vectors in `specs/vectors/calls.json` carry them, and a test of the runtime
//! compares them.

use codec::{Decode, Encode, Input, Output};

/// One PHA.
const PHA: u128 = 1_000_000_000_000;
/// Blocks of an hour and of a day at 6 s.
const HOUR: u32 = 600;
const DAY: u32 = 24 * HOUR;

/// Held of who proposes, until the referendum is over.
pub const SUBMISSION_DEPOSIT: u128 = 100 * PHA;
/// After so many blocks a referendum for which nobody placed the deposit ends.
pub const UNDECIDED_TIMEOUT: u32 = 14 * DAY;
/// For how many blocks a vote of conviction 1 locks, where storage says nothing.
pub const VOTE_LOCK: u32 = 7 * DAY;
/// Milliseconds of a slot, where storage says nothing.
pub const SLOT_MS: u64 = 6_000;
/// The most that [`Track::SmallSpender`] and [`Track::BigSpender`] spend at once.
pub const SMALL_SPEND: u128 = 10_000 * PHA;
/// See [`SMALL_SPEND`].
pub const BIG_SPEND: u128 = 1_000_000 * PHA;
/// Held for a preimage: for the entry, and for each byte.
pub const PREIMAGE_DEPOSIT: (u128, u128) = (PHA / 10, PHA / 1000);

/// A track of decisions. It is encoded as the origin that it stands for (the runtime's `OriginCaller`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Track {
    /// Everything.
    Root,
    /// Which evidence is accepted.
    TeePolicy,
    /// Freeze and deny, fast.
    Emergency,
    /// Little of the treasury.
    SmallSpender,
    /// More of it.
    BigSpender,
    /// The parameters of stake, rewards, slashes, disputes, gas and validators.
    Economy,
}

/// How long a track's decisions take, in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Periods {
    /// From the proposal to the beginning of the decision.
    pub prepare: u32,
    /// The longest decision.
    pub decision: u32,
    /// For how long what is needed has to be there at a stretch.
    pub confirm: u32,
    /// From the approval until it is done, at least.
    pub enactment: u32,
}

/// What a track asks for. Shares are in billionths, at the decision's beginning and at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackInfo {
    /// Its name.
    pub name: &'static str,
    /// How many are decided at once.
    pub deciding: u32,
    /// The decision's deposit.
    pub deposit: u128,
    /// How long it takes, where storage says nothing.
    pub periods: Periods,
    /// Of the votes, with their convictions, in favour.
    pub approval: (u32, u32),
    /// Of all PHA that counts, in favour.
    pub support: (u32, u32),
}

impl Track {
    /// All, by number.
    pub const ALL: [Self; 6] =
        [Self::Root, Self::TeePolicy, Self::Emergency, Self::SmallSpender, Self::BigSpender, Self::Economy];

    /// Its number.
    pub const fn number(self) -> u16 {
        match self {
            Self::Root => 0,
            Self::TeePolicy => 1,
            Self::Emergency => 2,
            Self::SmallSpender => 3,
            Self::BigSpender => 4,
            Self::Economy => 5,
        }
    }

    /// The track of that number.
    pub fn of_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|track| track.number() == number)
    }

    /// The track of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|track| track.info().name == name)
    }

    /// What it asks for.
    pub const fn info(self) -> TrackInfo {
        let (name, deciding, deposit, [prepare, decision, confirm, enactment], approval, support) = match self {
            Self::Root => ("root", 1, 50_000, [2 * HOUR, 14 * DAY, DAY, DAY], (90, 50), (500, 50)),
            Self::TeePolicy => ("tee-policy", 10, 5_000, [HOUR, 7 * DAY, 12 * HOUR, HOUR], (80, 50), (250, 50)),
            Self::Emergency => ("emergency", 10, 5_000, [HOUR / 12, DAY, HOUR / 12, 1], (90, 60), (100, 20)),
            Self::SmallSpender => ("small-spender", 20, 500, [HOUR, 7 * DAY, 12 * HOUR, DAY], (80, 50), (100, 5)),
            Self::BigSpender => ("big-spender", 10, 5_000, [2 * HOUR, 14 * DAY, DAY, DAY], (90, 50), (250, 20)),
            Self::Economy => ("economy", 10, 5_000, [HOUR, 7 * DAY, 12 * HOUR, HOUR], (80, 50), (250, 20)),
        };
        TrackInfo {
            name,
            deciding,
            deposit: deposit * PHA,
            periods: Periods { prepare, decision, confirm, enactment },
            approval: (approval.0 * 10_000_000, approval.1 * 10_000_000),
            support: (support.0 * 1_000_000, support.1 * 1_000_000),
        }
    }

    /// `OriginCaller`: the pallet's place in the runtime, and its origin.
    const fn origin(self) -> [u8; 2] {
        match self {
            Self::Root => [0, 0],
            Self::TeePolicy => [24, 0],
            Self::Emergency => [24, 1],
            Self::SmallSpender => [24, 2],
            Self::BigSpender => [24, 3],
            Self::Economy => [24, 4],
        }
    }
}

impl Encode for Track {
    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        out.write(&self.origin());
    }
}

impl Decode for Track {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let origin = <[u8; 2]>::decode(input)?;
        Self::ALL.into_iter().find(|track| track.origin() == origin).ok_or_else(|| "no track's origin".into())
    }
}
