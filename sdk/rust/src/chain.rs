//! Reading the chain's state, and acting on the chain as the contract's own account. Needs the grant `chain`.
//!
//! What is read is the state after the block that the call acts on, which stands in its receipt, and it is proven.
//! Storage keys and values have the chain's own form: a key begins with the 128-bit xxHash of the pallet's and of the
//! item's name, and a value is SCALE. `specs/storage.md` of Adyton's repository has the network's own.
//!
//! ```no_run
//! # use adyton_sdk::{Error, chain};
//! # fn now_ms() -> Result<Option<u64>, Error> {
//! /// `Timestamp.Now`.
//! const NOW: [u8; 32] = [
//!     0xf0, 0xc3, 0x65, 0xc3, 0xcf, 0x59, 0xd6, 0x71, 0xeb, 0x72, 0xda, 0x0e, 0x7a, 0x41, 0x13, 0xc4, //
//!     0x9f, 0x1f, 0x05, 0x15, 0xf4, 0x62, 0xcd, 0xcf, 0x84, 0xe0, 0xf1, 0xd6, 0x04, 0x5d, 0xfc, 0xbb,
//! ];
//! let value = chain::value(&NOW)?;
//! Ok(value.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?))))
//! # }
//! ```

pub use crate::bindings::phat::contract::chain::FinalizedBlock;
use crate::{Error, bindings::phat::contract::chain};

/// `System.remark_with_event`: the pallet's and the call's number.
const REMARK_WITH_EVENT: [u8; 2] = [0, 7];

/// The finalized block that the call acts on.
pub fn block() -> FinalizedBlock {
    chain::block()
}

/// The proven values of at most 32 storage keys, in their order; none where the chain has nothing. A value of more than
/// 64 KiB, or more than 256 KiB together, is `Error::Limit`.
pub fn storage(keys: &[impl AsRef<[u8]>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.as_ref().to_vec()).collect();
    chain::storage(&keys)
}

/// The proven value of one storage key.
pub fn value(key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    Ok(storage(&[key])?.pop().flatten())
}

/// Reports a SCALE-encoded runtime call of 1 to 4096 bytes; one per call of the contract.
pub fn report(call: &[u8]) -> Result<(), Error> {
    chain::report(call)
}

/// Reports a remark: `data` appears on the chain in an event, under the contract's account.
pub fn remark(data: &[u8]) -> Result<(), Error> {
    report(&remark_call(data))
}

/// The encoded call `System.remark_with_event(data)`.
fn remark_call(data: &[u8]) -> Vec<u8> {
    let mut call = REMARK_WITH_EVENT.to_vec();
    call.extend(compact(data.len() as u32));
    call.extend_from_slice(data);
    call
}

/// SCALE's compact encoding of a length.
fn compact(value: u32) -> Vec<u8> {
    match value {
        0..=0x3f => vec![(value as u8) << 2],
        0x40..=0x3fff => ((value as u16) << 2 | 1).to_le_bytes().to_vec(),
        0x4000..=0x3fff_ffff => (value << 2 | 2).to_le_bytes().to_vec(),
        0x4000_0000.. => [&[3][..], &value.to_le_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_encoded_as_scale_does() {
        assert_eq!(compact(0), [0x00]);
        assert_eq!(compact(63), [0xfc]);
        assert_eq!(compact(64), [0x01, 0x01]);
        assert_eq!(compact(16_383), [0xfd, 0xff]);
        assert_eq!(compact(16_384), [0x02, 0x00, 0x01, 0x00]);
        assert_eq!(compact(1 << 30), [0x03, 0x00, 0x00, 0x00, 0x40]);
    }

    #[test]
    fn a_remark_names_pallet_call_and_length() {
        assert_eq!(remark_call(b"hi"), [0, 7, 8, b'h', b'i']);
    }
}
