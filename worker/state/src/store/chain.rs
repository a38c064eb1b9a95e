//! The chained hash of a contract's state: what a receipt, an anchor and an opening speak of.
//!
//! ```text
//! genesis  = H(STATE_GENESIS, contract)
//! digest   = H(STATE_BATCH, for each write by ascending key: key, mark, value or nothing)
//! head n+1 = H(STATE_HEAD, contract, u64 n+1, head n, digest)
//! ```
//!
//! `H` is [`adyton_protocol::domain::hash`], which separates domains and prefixes every part with its length;
//! integers are little-endian. `[1]` marks a value that was set, `[0]` a deletion, and `[2]` with the end behind it
//! (u64, Unix milliseconds) a value that ends.

use std::borrow::Cow;

use adyton_protocol::{
    domain,
    ids::{ContractId, Digest},
    record::StateHead,
};

/// One write of a commit: a key, and what it has from then on; `None` for a deletion.
pub type Write<'a> = (&'a [u8], Option<Written<'a>>);

/// A value that was set, and when it ends, in Unix milliseconds; `None`: never.
pub type Written<'a> = (&'a [u8], Option<u64>);

/// The head of a contract that has not committed anything.
pub fn genesis(contract: &ContractId) -> StateHead {
    StateHead::genesis(contract)
}

/// The digest of one commit's writes, which come by strictly ascending key.
pub fn batch_digest<'a>(writes: impl IntoIterator<Item = Write<'a>>) -> Digest {
    let writes: Vec<_> = writes.into_iter().map(|(key, written)| (key, mark(written), written)).collect();
    debug_assert!(writes.is_sorted_by(|one, other| one.0 < other.0), "writes come by ascending key");
    let parts =
        writes.iter().flat_map(|(key, mark, written)| [*key, &mark[..], written.map_or(&[][..], |(value, _)| value)]);
    Digest(domain::hash(domain::STATE_BATCH, &parts.collect::<Vec<_>>()))
}

fn mark(written: Option<Written<'_>>) -> Cow<'static, [u8]> {
    match written {
        None => Cow::Borrowed(&[0]),
        Some((_, None)) => Cow::Borrowed(&[1]),
        Some((_, Some(ends_ms))) => Cow::Owned([&[2][..], &ends_ms.to_le_bytes()].concat()),
    }
}

/// The head after a commit with this digest; none after the last sequence that can be counted.
pub fn next_head(contract: &ContractId, before: &StateHead, digest: &Digest) -> Option<StateHead> {
    let sequence = before.sequence.checked_add(1)?;
    let parts: &[&[u8]] = &[&contract.0, &sequence.to_le_bytes(), &before.hash.0, &digest.0];
    Some(StateHead { sequence, hash: Digest(domain::hash(domain::STATE_HEAD, parts)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: ContractId = ContractId([1; 32]);

    #[test]
    fn the_chain_has_the_values_written_down_here() {
        let genesis = genesis(&CONTRACT);
        let digest = batch_digest([(b"a".as_slice(), Some((b"1".as_slice(), None))), (b"b", None)]);
        let head = next_head(&CONTRACT, &genesis, &digest).unwrap();
        assert_eq!(head.sequence, 1);
        let found = [genesis.hash.0, digest.0, head.hash.0].map(hex::encode);
        // Made with another implementation of the rule above.
        let expected = [
            "da529630c6811e263b1f007c992e43efe8ba7cedbd9db5143dba940c461a43f0",
            "d7d09e7a2e6951902c393f16c1c0de33932c940b602c26e9c46f615e0c6159ef",
            "ed273997cf55fb294e1b8aacbdcf6b1b3971d9cb57479cd8468268123a2818fb",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_empty_value_and_a_deletion_have_different_digests() {
        let empty = batch_digest([(b"a".as_slice(), Some((b"".as_slice(), None)))]);
        assert_ne!(empty, batch_digest([(b"a".as_slice(), None)]));
    }

    #[test]
    fn a_byte_moved_from_key_to_value_changes_the_digest() {
        let one = batch_digest([(b"ab".as_slice(), Some((b"c".as_slice(), None)))]);
        assert_ne!(one, batch_digest([(b"a".as_slice(), Some((b"bc".as_slice(), None)))]));
    }

    #[test]
    fn a_value_that_ends_at_another_time_or_never_has_another_digest() {
        let ending = |ends_ms| batch_digest([(b"a".as_slice(), Some((b"1".as_slice(), ends_ms)))]);
        assert!(ending(None) != ending(Some(0)) && ending(Some(0)) != ending(Some(1)));
    }

    #[test]
    fn an_end_and_a_value_that_begins_with_its_bytes_have_different_digests() {
        let (end, value) = (7_u64, b"1".as_slice());
        let plain = [&end.to_le_bytes()[..], value].concat();
        let ending = batch_digest([(b"a".as_slice(), Some((value, Some(end))))]);
        assert_ne!(ending, batch_digest([(b"a".as_slice(), Some((&plain[..], None)))]));
    }

    #[test]
    fn the_same_writes_after_another_head_or_in_another_contract_give_another_head() {
        let digest = batch_digest([(b"a".as_slice(), Some((b"1".as_slice(), None)))]);
        let first = next_head(&CONTRACT, &genesis(&CONTRACT), &digest).unwrap();
        assert_ne!(next_head(&CONTRACT, &first, &digest).unwrap().hash, first.hash);
        let other = ContractId([2; 32]);
        assert_ne!(next_head(&other, &genesis(&other), &digest).unwrap().hash, first.hash);
    }

    #[test]
    fn after_the_last_sequence_there_is_no_head() {
        let last = StateHead { sequence: u64::MAX, ..genesis(&CONTRACT) };
        assert_eq!(next_head(&CONTRACT, &last, &batch_digest([])), None);
    }
}
