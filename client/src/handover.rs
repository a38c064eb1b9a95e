//! How the authorities changed between a checkpoint and a finalized block, as files carry it.

use adyton_chain_client::verifier::{Checkpoint, FinalizedHeader, Handover, Refusal, verify_finality};
use serde::{Deserialize, Serialize};

use crate::bundle::hexadecimal;

/// The last block that a set of authorities finalized: its header names the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndOfSet {
    #[serde(with = "hexadecimal")]
    header: Vec<u8>,
    #[serde(with = "hexadecimal")]
    justification: Vec<u8>,
}

impl From<Handover> for EndOfSet {
    fn from(Handover { header, justification }: Handover) -> Self {
        Self { header, justification }
    }
}

/// The checkpoint after all these sets. Those that ended before `checkpoint` say nothing new.
pub(crate) fn follow(checkpoint: &Checkpoint, ends: &[EndOfSet]) -> Result<Checkpoint, Refusal> {
    let mut followed = checkpoint.clone();
    for EndOfSet { header, justification } in ends {
        if followed.block(header).is_ok() {
            continue;
        }
        let handover = Handover { header: header.clone(), justification: justification.clone() };
        match followed.follow(&handover) {
            Ok(next) => followed = next,
            Err(Refusal::OlderThanCheckpoint { .. }) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(followed)
}

/// The block that `checkpoint`'s authorities finalized, or its own: that one may be the last of the set before them.
pub(crate) fn finalized(checkpoint: &Checkpoint, header: &[u8], proof: &[u8]) -> Result<FinalizedHeader, Refusal> {
    checkpoint.block(header).or_else(|_| verify_finality(checkpoint, header, proof))
}

#[cfg(test)]
mod tests {
    use adyton_chain_client::fixture::{FixtureChain, authorities_of};

    use super::*;

    /// Two sets end, with blocks 2 and 4.
    fn changing() -> (FixtureChain, Vec<EndOfSet>) {
        let mut chain = FixtureChain::new(2);
        let keys = chain.keys.clone();
        for _ in 0..2 {
            chain.seal(&[], &[]);
            chain.hand_over(keys.clone());
        }
        let end = |number| {
            let block = chain.block(number);
            let justification = block.justification.clone().expect("it is final");
            EndOfSet::from(Handover { header: block.header.clone(), justification })
        };
        let ends = vec![end(2), end(4)];
        (chain, ends)
    }

    #[test]
    fn sets_are_followed_in_order_and_those_before_the_checkpoint_are_passed_over() {
        let (chain, ends) = changing();
        let start = chain.checkpoint();
        let last = follow(&start, &ends).expect("both are proven");
        assert_eq!((last.number, last.set_id), (4, start.set_id + 2));
        assert_eq!(last.authorities, authorities_of(&chain.keys));
        // From between them, and from the end.
        let between = follow(&start, &ends[..1]).expect("the first is proven");
        assert_eq!(follow(&between, &ends), Ok(last.clone()));
        assert_eq!(follow(&last, &ends), Ok(last));
    }

    #[test]
    fn the_last_block_of_a_set_is_final_for_a_checkpoint_at_it_and_for_one_before_it() {
        let (chain, ends) = changing();
        let start = chain.checkpoint();
        let at = follow(&start, &ends[..1]).expect("the first is proven");
        let EndOfSet { header, justification } = &ends[0];
        for checkpoint in [&start, &at] {
            let head = finalized(checkpoint, header, justification).expect("it is final");
            assert_eq!((head.number(), head.set_id()), (2, start.set_id));
        }
        let EndOfSet { header, justification } = &ends[1];
        assert_eq!(finalized(&start, header, justification), Err(Refusal::BadSignature));
    }

    #[test]
    fn a_set_that_is_left_out_is_missed() {
        let (chain, ends) = changing();
        assert_eq!(follow(&chain.checkpoint(), &ends[1..]), Err(Refusal::BadSignature));
    }
}
