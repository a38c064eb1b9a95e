//! The chained hash of a contract's state: what a receipt, an anchor and an opening speak of.
//!
//! ```text
//! genesis  = H(STATE_GENESIS, contract)
//! digest   = H(STATE_BATCH, for each write by ascending key: key, [1] or [0], value or nothing)
//! head n+1 = H(STATE_HEAD, contract, u64 n+1, head n, digest)
//! ```
//!
//! `H` is [`adyton_protocol::domain::hash`], which separates domains and prefixes every part with its length;
//! integers are little-endian. `[1]` marks a value that was set, `[0]` a deletion.

use adyton_protocol::{
    domain,
    ids::{ContractId, Digest},
    record::StateHead,
};

/// One write of a commit: a key, and its new value or `None` for a deletion.
pub type Write<'a> = (&'a [u8], Option<&'a [u8]>);

/// The head of a contract that has not committed anything.
pub fn genesis(contract: &ContractId) -> StateHead {
    StateHead::genesis(contract)
}

/// The digest of one commit's writes, which come by strictly ascending key.
pub fn batch_digest<'a>(writes: impl IntoIterator<Item = Write<'a>>) -> Digest {
    let mut parts: Vec<&[u8]> = Vec::new();
    for (key, value) in writes {
        match value {
            Some(value) => parts.extend([key, &[1], value]),
            None => parts.extend([key, &[0], &[]]),
        }
    }
    debug_assert!(parts.chunks(3).is_sorted_by(|one, other| one[0] < other[0]), "writes come by ascending key");
    Digest(domain::hash(domain::STATE_BATCH, &parts))
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
        let digest = batch_digest([(b"a".as_slice(), Some(b"1".as_slice())), (b"b", None)]);
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
        assert_ne!(batch_digest([(b"a".as_slice(), Some(b"".as_slice()))]), batch_digest([(b"a".as_slice(), None)]));
    }

    #[test]
    fn a_byte_moved_from_key_to_value_changes_the_digest() {
        let one = batch_digest([(b"ab".as_slice(), Some(b"c".as_slice()))]);
        assert_ne!(one, batch_digest([(b"a".as_slice(), Some(b"bc".as_slice()))]));
    }

    #[test]
    fn the_same_writes_after_another_head_or_in_another_contract_give_another_head() {
        let digest = batch_digest([(b"a".as_slice(), Some(b"1".as_slice()))]);
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
