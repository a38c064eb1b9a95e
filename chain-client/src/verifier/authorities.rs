//! Who votes next: what a header tells GRANDPA.
//!
//! A set of authorities ends with the block whose header names the next one, and finalizes that block itself: so the
//! next set is what the set before it finalized. It is followed from set to set, and none is left out.

use codec::{Compact, DecodeAll};

use super::{
    Authority, MAX_AUTHORITIES, Refusal,
    header::{DigestItem, Header, part},
    refusal::bounded,
};

/// The engine identifier of GRANDPA.
const GRANDPA: [u8; 4] = *b"FRNK";
const WHAT: &str = "the change of the authorities";

/// The authorities that vote after the block of `header`, if it is the last of its set. (polkadot-sdk's `ConsensusLog`,
/// with its indices.)
///
/// Refuses two changes at once, one that holds later than with the block, and every message but that an authority is
/// disabled, which changes nothing for who counts votes.
pub(super) fn next(header: &Header) -> Result<Option<Vec<Authority>>, Refusal> {
    let number = header.number;
    let mut next = None;
    for item in &header.digest {
        let message = match item {
            DigestItem::Consensus(GRANDPA, message) => message.as_slice(),
            DigestItem::Consensus(..)
            | DigestItem::Other(_)
            | DigestItem::Seal(..)
            | DigestItem::PreRuntime(..)
            | DigestItem::RuntimeEnvironmentUpdated => continue,
        };
        match message.split_first() {
            Some((1, change)) if next.is_none() => next = Some(scheduled(change, number)?),
            Some((2, _)) => return Err(Refusal::ForcedChange { number }),
            Some((3, index)) => {
                u64::decode_all(&mut &index[..]).map_err(|_| Refusal::Malformed(WHAT))?;
            }
            Some(_) | None => return Err(Refusal::AuthorityChange { number }),
        }
    }
    Ok(next)
}

/// A scheduled change: a list of authorities, and the blocks until it holds.
fn scheduled(mut input: &[u8], number: u32) -> Result<Vec<Authority>, Refusal> {
    let input = &mut input;
    let count = part::<Compact<u32>>(input, WHAT)?.0 as usize;
    bounded("authorities", count, MAX_AUTHORITIES)?;
    let authorities = (0..count).map(|_| part::<Authority>(input, WHAT)).collect::<Result<_, _>>()?;
    let delay: u32 = part(input, WHAT)?;
    if !input.is_empty() {
        return Err(Refusal::TrailingBytes(WHAT));
    }
    if delay == 0 { Ok(authorities) } else { Err(Refusal::DelayedChange { number }) }
}
