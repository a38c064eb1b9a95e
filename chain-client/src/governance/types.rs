//! What stands both in calls and in records.

use codec::{Decode, Encode, Input, Output};
use sp_crypto_hashing::blake2_256;

/// The most bytes of a proposal that stands in the referendum itself.
pub const MAX_INLINE: usize = 128;

/// What is proposed (polkadot-sdk's `Bounded`).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Proposal {
    /// By its hash alone.
    #[codec(index = 0)]
    Legacy([u8; 32]),
    /// The call itself, at most [`MAX_INLINE`] bytes.
    #[codec(index = 1)]
    Inline(Vec<u8>),
    /// By the hash (BLAKE2b-256) and length of a preimage.
    #[codec(index = 2)]
    Lookup {
        /// The hash.
        hash: [u8; 32],
        /// The length.
        length: u32,
    },
}

impl Proposal {
    /// For these bytes of a call: themselves, or what names their preimage. None, if they are longer than `u32` says.
    pub fn of(call: &[u8]) -> Option<Self> {
        match call.len() <= MAX_INLINE {
            true => Some(Self::Inline(call.to_vec())),
            false => Some(Self::Lookup { hash: blake2_256(call), length: u32::try_from(call.len()).ok()? }),
        }
    }

    /// The hash of the call.
    pub fn hash(&self) -> [u8; 32] {
        match self {
            Self::Legacy(hash) | Self::Lookup { hash, .. } => *hash,
            Self::Inline(call) => blake2_256(call),
        }
    }

    /// Whether `call` is what is proposed.
    pub fn is_of(&self, call: &[u8]) -> bool {
        match self {
            Self::Legacy(hash) => *hash == blake2_256(call),
            Self::Inline(own) => own == call,
            Self::Lookup { hash, length } => {
                u32::try_from(call.len()).is_ok_and(|found| found == *length) && *hash == blake2_256(call)
            }
        }
    }
}

/// When what is approved is done (polkadot-sdk's `DispatchTime`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Enactment {
    /// In this block, if the track lets it.
    #[codec(index = 0)]
    At(u32),
    /// So many blocks after the approval, if the track lets it.
    #[codec(index = 1)]
    After(u32),
}

/// A vote, and how long its voter is ready to be locked for it: one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    /// Whether it is in favour.
    pub aye: bool,
    /// 0 to 6.
    conviction: u8,
}

impl Vote {
    /// The strongest conviction.
    pub const MAX_CONVICTION: u8 = 6;

    /// None, if there is no such conviction.
    pub fn new(aye: bool, conviction: u8) -> Option<Self> {
        (conviction <= Self::MAX_CONVICTION).then_some(Self { aye, conviction })
    }

    /// From 0 (a tenth of a vote, which locks nothing after the end) to 6.
    pub fn conviction(&self) -> u8 {
        self.conviction
    }

    /// How many votes `balance` gives.
    pub fn votes(&self, balance: u128) -> u128 {
        match self.conviction {
            0 => balance / 10,
            times => balance.saturating_mul(u128::from(times)),
        }
    }

    /// For how many periods it locks after the end, if the outcome is as it says.
    pub fn lock_periods(&self) -> u32 {
        match self.conviction {
            0 => 0,
            conviction => 1 << (conviction - 1),
        }
    }
}

impl Encode for Vote {
    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        out.push_byte(self.conviction | if self.aye { 0x80 } else { 0 });
    }
}

impl Decode for Vote {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let byte = input.read_byte()?;
        Self::new(byte & 0x80 != 0, byte & 0x7f).ok_or_else(|| "there is no such conviction".into())
    }
}

/// How an account votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum AccountVote {
    /// One way.
    #[codec(index = 0)]
    Standard {
        /// Which.
        vote: Vote,
        /// With how much.
        balance: u128,
    },
    /// Both ways, with conviction 0.
    #[codec(index = 1)]
    Split {
        /// In favour.
        aye: u128,
        /// Against.
        nay: u128,
    },
    /// Both ways and neither, with conviction 0.
    #[codec(index = 2)]
    SplitAbstain {
        /// In favour.
        aye: u128,
        /// Against.
        nay: u128,
        /// Neither.
        abstain: u128,
    },
}

impl AccountVote {
    /// What it locks while it stands.
    pub fn balance(&self) -> u128 {
        match self {
            Self::Standard { balance, .. } => *balance,
            Self::Split { aye, nay } => aye.saturating_add(*nay),
            Self::SplitAbstain { aye, nay, abstain } => aye.saturating_add(*nay).saturating_add(*abstain),
        }
    }
}
