//! What became of an extrinsic, from the block's proven events.
//!
//! The chain ends each extrinsic with exactly one of two events, `ExtrinsicSuccess` or `ExtrinsicFailed`. The
//! other events' layouts belong to pallets that change; so this module does not decode the list but looks for
//! every place where one of the two could stand for this extrinsic. Theirs is always among them: if there is
//! only one, it is theirs; if data of another event looks like one too, the outcome is unknown, and the caller
//! has to look at the state.

use std::fmt;

use codec::{Compact, Decode, Encode};

use super::errors;

/// What became of an extrinsic that a block carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it asked for.
    Succeeded,
    /// It was refused and did nothing, except to pay its fee.
    Failed(DispatchFailure),
    /// The events do not say it unambiguously: look at the state.
    Unknown,
}

/// Why the chain refused a call (polkadot-sdk's `DispatchError`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Decode, Encode)]
pub enum DispatchFailure {
    /// Some other reason.
    #[codec(index = 0)]
    Other,
    /// Something that was named is not there.
    #[codec(index = 1)]
    CannotLookup,
    /// Not allowed to this account.
    #[codec(index = 2)]
    BadOrigin,
    /// A pallet's own error.
    #[codec(index = 3)]
    Module {
        /// The pallet.
        pallet: u8,
        /// The error's number, and what it carries.
        error: [u8; 4],
    },
    /// Something depends on the account.
    #[codec(index = 4)]
    ConsumerRemaining,
    /// The account is not there.
    #[codec(index = 5)]
    NoProviders,
    /// Too much depends on the account.
    #[codec(index = 6)]
    TooManyConsumers,
    /// About tokens.
    #[codec(index = 7)]
    Token(u8),
    /// About arithmetic.
    #[codec(index = 8)]
    Arithmetic(u8),
    /// About nested storage transactions.
    #[codec(index = 9)]
    Transactional(u8),
    /// The block is full.
    #[codec(index = 10)]
    Exhausted,
    /// The state is damaged.
    #[codec(index = 11)]
    Corruption,
    /// Not available now.
    #[codec(index = 12)]
    Unavailable,
    /// Not even to root.
    #[codec(index = 13)]
    RootNotAllowed,
    /// About a trie.
    #[codec(index = 14)]
    Trie(u8),
}

/// polkadot-sdk's TokenError, in its order.
const TOKEN_ERRORS: [&str; 10] = [
    "the account has too little",
    "the account would fall below the least that keeps it, while something depends on it",
    "the receiving account would have less than the least that keeps it",
    "the receiving account cannot be made",
    "there is no such asset",
    "the account's tokens are frozen",
    "tokens do not allow this",
    "an account cannot be made for held tokens",
    "the account would fall below the least that keeps it",
    "the receiving account is blocked",
];

impl fmt::Display for DispatchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other => f.write_str("for a reason that it does not name"),
            Self::CannotLookup => f.write_str("something that the call names is not there"),
            Self::BadOrigin => f.write_str("this account may not do this"),
            Self::Module { pallet, error } => errors::describe(f, *pallet, *error),
            Self::ConsumerRemaining => f.write_str("something still depends on the account"),
            Self::NoProviders => f.write_str("the account is not there"),
            Self::TooManyConsumers => f.write_str("too much depends on the account"),
            Self::Token(number) => match TOKEN_ERRORS.get(usize::from(*number)) {
                Some(text) => f.write_str(text),
                None => write!(f, "token error {number}"),
            },
            Self::Arithmetic(_) => f.write_str("a number is too large or too small"),
            Self::Transactional(_) => f.write_str("calls are nested too deep"),
            Self::Exhausted => f.write_str("the block is full"),
            Self::Corruption => f.write_str("the chain's state is damaged"),
            Self::Unavailable => f.write_str("something is not available now"),
            Self::RootNotAllowed => f.write_str("not even the chain's root may do this"),
            Self::Trie(_) => f.write_str("a proof inside the call does not hold"),
        }
    }
}

/// The outcome of the extrinsic with number `index` in its block, from the block's encoded events.
pub(super) fn of_events(events: &[u8], index: u32) -> Outcome {
    // Phase::ApplyExtrinsic(index), then the pallet System.
    let mut start = vec![0];
    index.encode_to(&mut start);
    start.push(0);
    let mut found = None;
    for place in 0..events.len() {
        let Some(rest) = events[place..].strip_prefix(&start[..]) else { continue };
        let Some(outcome) = parse(rest) else { continue };
        if found.replace(outcome).is_some() {
            return Outcome::Unknown;
        }
    }
    found.unwrap_or(Outcome::Unknown)
}

/// Reads one of the two events behind its phase and pallet, to its end.
fn parse(mut rest: &[u8]) -> Option<Outcome> {
    let input = &mut rest;
    let outcome = match u8::decode(input).ok()? {
        0 => Outcome::Succeeded,
        1 => Outcome::Failed(DispatchFailure::decode(input).ok()?),
        _ => return None,
    };
    // DispatchEventInfo: weight (time, proof size), class, whether it pays; then no topics.
    let (_, _, class, pays, topics) = <(Compact<u64>, Compact<u64>, u8, u8, u8)>::decode(input).ok()?;
    (class <= 2 && pays <= 1 && topics == 0).then_some(outcome)
}
