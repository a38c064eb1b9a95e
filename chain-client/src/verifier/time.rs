//! A block's time from its body: nodes keep bodies when they have long forgotten the state after them.

use adyton_protocol::ids::BlockHash;
use codec::{Compact, Decode, DecodeAll};

use super::{Header, Refusal, storage::is_body};

/// The runtime's index of the pallet `timestamp`, and the pallet's of its call `set`.
const SET: [u8; 2] = [1, 0];
/// What an extrinsic begins with that nobody signed, in either of its versions (polkadot-sdk, `UncheckedExtrinsic`).
const BARE: [u8; 2] = [4, 5];

/// The time of `block` in Unix milliseconds, as its author set it and the validators took it: `header` and `extrinsics`
/// (each with its length in front) are shown to be the block's. That the block itself is final is not.
pub fn block_time(block: BlockHash, header: &[u8], extrinsics: &[Vec<u8>]) -> Result<u64, Refusal> {
    let header = Header::decode_exact(header)?;
    if header.hash != block {
        return Err(Refusal::NotTheBlock { expected: block });
    }
    if !is_body(header.extrinsics_root, extrinsics) {
        return Err(Refusal::OtherBody);
    }
    extrinsics.iter().find_map(|extrinsic| set(extrinsic)).ok_or(Refusal::Malformed("the block's time"))
}

/// What the time is set to, where that is what the extrinsic does. There is one such in each block.
fn set(mut extrinsic: &[u8]) -> Option<u64> {
    let length = Compact::<u32>::decode(&mut extrinsic).ok()?.0;
    let [version, pallet, call, time @ ..] = extrinsic else { return None };
    let is_set = extrinsic.len() == length as usize && BARE.contains(version) && [*pallet, *call] == SET;
    if !is_set {
        return None;
    }
    Compact::<u64>::decode_all(&mut &time[..]).ok().map(|time| time.0)
}
