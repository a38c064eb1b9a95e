//! The Merkle tree over a receipt's leaves, and over receipts in an anchor: RFC 9162 §2.1 with SHA-256.

use alloc::vec::Vec;

use crate::sha256::sha256;

/// The most leaves of a tree here.
pub const MAX_LEAVES: usize = 1 << 16;

/// A node's hash.
pub type Hash = [u8; 32];

/// Hash of a leaf: `SHA-256(0x00 ‖ leaf)`.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    sha256(&[&[0][..], leaf])
}

/// Hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1][..], left, right])
}

/// The largest power of two smaller than `count`; `count` is at least 2.
fn split(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}

/// The root over leaf hashes; of none, `SHA-256("")`.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [only] => *only,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The inclusion path of leaf `index`, from the leaf upwards; `None` if there is no such leaf.
pub fn path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut below, sibling) = if index < left.len() {
        (path(left, index)?, root(right))
    } else {
        (path(right, index - left.len())?, root(left))
    };
    below.push(sibling);
    Some(below)
}

/// The root that `path` leads to from a leaf (RFC 9162 §2.1.3.2), or `None` if the path has the wrong length
/// for a tree of `count` leaves.
pub fn root_of_path(leaf: Hash, index: usize, count: usize, path: &[Hash]) -> Option<Hash> {
    if index >= count || count > MAX_LEAVES {
        return None;
    }
    let (mut node, mut last, mut hash) = (index, count - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|index| leaf_hash(&(index as u32).to_le_bytes())).collect()
    }

    #[test]
    fn the_empty_tree_and_one_leaf_are_as_rfc_9162_says() {
        assert_eq!(hex::encode(root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex::encode(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn the_known_tree_of_eight_has_the_known_root() {
        let data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let hashes: Vec<Hash> = data.iter().map(|text| leaf_hash(&hex::decode(text).expect("test data"))).collect();
        assert_eq!(hex::encode(root(&hashes)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    proptest! {
        #[test]
        fn each_leaf_proves_its_own_place_and_no_other(count in 1usize..70, at in 0usize..70, other in 0usize..70) {
            let hashes = leaves(count);
            let (at, other) = (at % count, other % count);
            let proof = path(&hashes, at).expect("in range");
            prop_assert_eq!(root_of_path(hashes[at], at, count, &proof), Some(root(&hashes)));
            if other != at {
                prop_assert_ne!(root_of_path(hashes[other], at, count, &proof), Some(root(&hashes)));
                prop_assert_ne!(root_of_path(hashes[at], other, count, &proof), Some(root(&hashes)));
            }
        }

        #[test]
        fn a_shorter_or_longer_path_is_refused(count in 2usize..70, at in 0usize..70) {
            let hashes = leaves(count);
            let at = at % count;
            let mut proof = path(&hashes, at).expect("in range");
            proof.push([0; 32]);
            prop_assert_eq!(root_of_path(hashes[at], at, count, &proof), None);
            proof.pop();
            proof.pop();
            prop_assert_eq!(root_of_path(hashes[at], at, count, &proof), None);
        }
    }
}
