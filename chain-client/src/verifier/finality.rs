//! Whether a block is final.
//!
//! Our own rule is stricter and shorter than GRANDPA's: every vote is for the block itself or for one that
//! descends from it through the headers that came along; each is signed by an authority of the set, under the
//! justification's round and the checkpoint's set; and the distinct signers weigh more than two thirds. Then
//! GRANDPA's own `validate_commit` has to agree.

use std::collections::{BTreeMap, BTreeSet};

use adyton_protocol::ids::{BlockHash, BlockNumber};
use finality_grandpa::{Chain, Error as GrandpaError, validate_commit, voter_set::VoterSet};

use super::{
    AuthorityKey, Checkpoint, FinalizedHeader, Refusal, authorities,
    header::{self, Header},
    justification::{Justification, Vote, signed_payload},
};

/// Verifies that the checkpoint's authorities finalized the block of `header` (SCALE) by `justification`
/// (SCALE, polkadot-sdk's `GrandpaJustification`).
///
/// The header may be the last of the checkpoint's set: [`Checkpoint::advance`] then gives the next one. Refuses a header
/// that is older than the checkpoint, and changes of the authorities in it that do not hold with their block. What the
/// headers say that lead from the votes to it counts for nothing: one authority that votes for a block after the last of
/// its set would otherwise make the justification worthless that every honest node keeps.
pub fn verify_finality(
    checkpoint: &Checkpoint,
    header: &[u8],
    justification: &[u8],
) -> Result<FinalizedHeader, Refusal> {
    let voters = checkpoint.voters()?;
    let header = Header::decode_exact(header)?;
    header::not_before(checkpoint, header.number, header.hash)?;
    authorities::next(&header)?;

    let justification = Justification::decode_exact(justification, voters.len().get())?;
    let commit = &justification.commit;
    if commit.target_hash != header.hash || commit.target_number != header.number {
        return Err(Refusal::JustifiesAnotherBlock { claimed: commit.target_number });
    }
    let ancestry = Ancestry::new(&justification.ancestry)?;
    ancestry.check_votes(&header, &commit.precommits)?;
    check_weight(&voters, &commit.precommits)?;
    for vote in &commit.precommits {
        check_signature(vote, justification.round, checkpoint.set_id)?;
    }
    match validate_commit(commit, &voters, &ancestry) {
        Ok(result) if result.is_valid() => Ok(FinalizedHeader::new(header, checkpoint.genesis_hash, checkpoint.set_id)),
        Ok(_) | Err(_) => Err(Refusal::NotTheCommonBlock),
    }
}

/// The headers that came along, by hash.
struct Ancestry<'a>(BTreeMap<BlockHash, &'a Header>);

impl<'a> Ancestry<'a> {
    fn new(headers: &'a [Header]) -> Result<Self, Refusal> {
        let mut by_hash = BTreeMap::new();
        for header in headers {
            if by_hash.insert(header.hash, header).is_some() {
                return Err(Refusal::UnusedAncestry);
            }
        }
        Ok(Self(by_hash))
    }

    /// Every vote is for `target` or descends from it, with numbers that fit; every header is needed.
    fn check_votes(&self, target: &Header, votes: &[Vote]) -> Result<(), Refusal> {
        let mut visited = BTreeSet::new();
        for vote in votes {
            let (mut hash, mut number) = (vote.precommit.target_hash, vote.precommit.target_number);
            // A header visited before is known to lead to the target, and to have its number.
            while hash != target.hash {
                let header = self.0.get(&hash).ok_or(Refusal::MissingAncestry)?;
                if header.number != number {
                    return Err(Refusal::MissingAncestry);
                }
                if !visited.insert(hash) {
                    break;
                }
                hash = header.parent;
                number = number.checked_sub(1).ok_or(Refusal::MissingAncestry)?;
            }
            if hash == target.hash && number != target.number {
                return Err(Refusal::MissingAncestry);
            }
        }
        if visited.len() == self.0.len() { Ok(()) } else { Err(Refusal::UnusedAncestry) }
    }
}

impl Chain<BlockHash, BlockNumber> for Ancestry<'_> {
    fn ancestry(&self, base: BlockHash, block: BlockHash) -> Result<Vec<BlockHash>, GrandpaError> {
        let mut route = Vec::new();
        let mut hash = block;
        while hash != base {
            hash = self.0.get(&hash).ok_or(GrandpaError::NotDescendent)?.parent;
            if hash != base {
                route.push(hash);
            }
        }
        Ok(route)
    }
}

/// The distinct signers weigh enough. Two different votes by one signer count once; a repeated vote, a third
/// one and an unknown signer are refused.
fn check_weight(voters: &VoterSet<AuthorityKey>, votes: &[Vote]) -> Result<(), Refusal> {
    let mut seen: BTreeMap<AuthorityKey, (BlockHash, bool)> = BTreeMap::new();
    let mut weight = 0u64;
    for vote in votes {
        let voter = voters.get(&vote.id).ok_or(Refusal::UnknownSigner)?;
        match seen.get_mut(&vote.id) {
            None => {
                seen.insert(vote.id, (vote.precommit.target_hash, false));
                weight = weight.saturating_add(voter.weight().get());
            }
            Some((first, twice)) if *first != vote.precommit.target_hash && !*twice => *twice = true,
            Some(_) => return Err(Refusal::RepeatedSigner),
        }
    }
    let threshold = voters.threshold().get();
    if weight >= threshold { Ok(()) } else { Err(Refusal::TooFewSigners { weight, threshold }) }
}

fn check_signature(vote: &Vote, round: u64, set_id: u64) -> Result<(), Refusal> {
    let key = ed25519_zebra::VerificationKey::try_from(vote.id.0).map_err(|_| Refusal::BadSignature)?;
    let signature = ed25519_zebra::Signature::from(vote.signature);
    key.verify(&signature, &signed_payload(&vote.precommit, round, set_id)).map_err(|_| Refusal::BadSignature)
}
