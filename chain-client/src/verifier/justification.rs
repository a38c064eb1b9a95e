//! A GRANDPA justification, decoded with every count bounded before anything is allocated for it.
//!
//! Its encoding is polkadot-sdk's `GrandpaJustification`: round, commit (target hash, target number, signed
//! precommits), and the headers between the commit's target and the blocks voted for.

use adyton_protocol::ids::{BlockHash, BlockNumber};
use codec::{Compact, Encode};
use finality_grandpa::{Commit, Message, Precommit, SignedPrecommit};

use super::{
    AuthorityKey, Refusal,
    header::{Header, part},
    refusal::bounded,
};

/// The most bytes of one justification.
pub const MAX_JUSTIFICATION_BYTES: usize = 1024 * 1024;
/// The most headers that a justification may carry. One authority that votes for the best block, when finality is hours
/// behind, makes every node keep so many.
pub const MAX_ANCESTRY: usize = 4096;
const WHAT: &str = "the justification";

/// An Ed25519 signature.
pub(super) type Signature = [u8; 64];
/// A signed vote.
pub(super) type Vote = SignedPrecommit<BlockHash, BlockNumber, Signature, AuthorityKey>;

/// A decoded justification, not yet checked.
pub(super) struct Justification {
    pub(super) round: u64,
    pub(super) commit: Commit<BlockHash, BlockNumber, Signature, AuthorityKey>,
    pub(super) ancestry: Vec<Header>,
}

impl Justification {
    /// Decodes `bytes`, all of them. A signer may appear twice (that is how equivocation looks), so twice
    /// the number of `voters` bounds the votes.
    pub(super) fn decode_exact(bytes: &[u8], voters: usize) -> Result<Self, Refusal> {
        bounded("bytes of a justification", bytes.len(), MAX_JUSTIFICATION_BYTES)?;
        let input = &mut &bytes[..];
        let round = part(input, WHAT)?;
        let target_hash = part(input, WHAT)?;
        let target_number = part(input, WHAT)?;
        let votes = part::<Compact<u32>>(input, WHAT)?.0 as usize;
        bounded("votes in a justification", votes, voters.saturating_mul(2))?;
        let precommits = (0..votes).map(|_| decode_vote(input)).collect::<Result<_, _>>()?;
        let headers = part::<Compact<u32>>(input, WHAT)?.0 as usize;
        bounded("headers in a justification", headers, MAX_ANCESTRY)?;
        let ancestry = (0..headers).map(|_| Header::decode_from(input)).collect::<Result<_, _>>()?;
        if !input.is_empty() {
            return Err(Refusal::TrailingBytes(WHAT));
        }
        Ok(Self { round, commit: Commit { target_hash, target_number, precommits }, ancestry })
    }
}

fn decode_vote(input: &mut &[u8]) -> Result<Vote, Refusal> {
    Ok(SignedPrecommit {
        precommit: Precommit { target_hash: part(input, WHAT)?, target_number: part(input, WHAT)? },
        signature: part(input, WHAT)?,
        id: part(input, WHAT)?,
    })
}

/// What an authority signs: the vote as a GRANDPA message, then round and set.
pub(super) fn signed_payload(precommit: &Precommit<BlockHash, BlockNumber>, round: u64, set_id: u64) -> Vec<u8> {
    (Message::Precommit(precommit.clone()), round, set_id).encode()
}
