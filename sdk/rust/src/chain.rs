//! Acting on the chain as the contract's own account. Needs the grant `chain`.

use crate::{Error, bindings::phat::contract::chain};

/// `System.remark_with_event`: the pallet's and the call's number.
const REMARK_WITH_EVENT: [u8; 2] = [0, 7];

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
