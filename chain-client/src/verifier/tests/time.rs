use adyton_protocol::ids::BlockHash;
use codec::{Compact, Encode};

use crate::{
    fixture::FixtureChain,
    verifier::{Refusal, block_time},
};

/// An extrinsic of these bytes, with its length in front.
fn extrinsic(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec().encode()
}

/// One that sets the time, in this version.
fn set(version: u8, time: u64) -> Vec<u8> {
    extrinsic(&[&[version, 1, 0][..], &Compact(time).encode()].concat())
}

/// What is said of the time of a block with this body.
fn time_of(body: &[Vec<u8>]) -> Result<u64, Refusal> {
    let mut chain = FixtureChain::new(1);
    let at = chain.seal(&[], body);
    block_time(at.hash, &chain.head().header, body)
}

#[test]
fn a_blocks_time_is_what_its_body_sets_it_to_in_either_version() {
    let other = extrinsic(&[4, 2, 0, 1]);
    for version in [4, 5] {
        assert_eq!(time_of(&[other.clone(), set(version, 1_700_000_000_123)]), Ok(1_700_000_000_123));
    }
}

#[test]
fn what_is_signed_cut_or_longer_sets_no_time() {
    let none = Err(Refusal::Malformed("the block's time"));
    for bytes in
        [vec![0x84, 1, 0, 4], vec![4, 1, 1, 4], vec![4, 2, 0, 4], vec![4, 1, 0], vec![4, 1, 0, 4, 4], vec![4, 1]]
    {
        assert_eq!(time_of(&[extrinsic(&bytes)]), none, "{bytes:?}");
    }
    let mut short = set(4, 1);
    short.pop();
    assert_eq!(time_of(&[short]), none);
    assert_eq!(time_of(&[]), none);
}

#[test]
fn another_header_or_body_than_the_blocks_is_refused() {
    let mut chain = FixtureChain::new(1);
    let body = [set(4, 7)];
    let at = chain.seal(&[], &body);
    let header = chain.head().header.clone();
    assert_eq!(block_time(at.hash, &header, &body), Ok(7));
    let expected = BlockHash([9; 32]);
    assert_eq!(block_time(expected, &header, &body), Err(Refusal::NotTheBlock { expected }));
    assert_eq!(block_time(at.hash, &header, &[set(4, 8)]), Err(Refusal::OtherBody));
    assert!(block_time(at.hash, &header[1..], &body).is_err());
}
