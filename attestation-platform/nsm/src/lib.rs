//! The one call of the Nitro Security Module's device, which gives an AWS Nitro enclave its evidence.
//!
//! **Where it stands.** Below the Nitro adapter of `adyton-attestation-platform`, which speaks the device's CBOR.
//! This crate exists because the call is unsafe: it is one of the workspace's three crates with unsafe blocks.
//!
//! **What must always hold.** The kernel reads only the request and writes only into the response.
//!
//! **What it refuses.** Requests and responses beyond the device's bounds.
//! Source: Linux, `include/uapi/linux/nsm.h` and `drivers/misc/nsm.c`.

use rustix::ioctl::{Updater, ioctl, opcode};
use std::{fs::File, io};

/// The longest request that the device takes.
pub const MAX_REQUEST_BYTES: usize = 0x1000;
/// The longest response that the device gives.
pub const MAX_RESPONSE_BYTES: usize = 0x3000;

/// `struct nsm_iovec`.
#[repr(C)]
struct Span {
    address: u64,
    length: u64,
}

/// `struct nsm_raw`.
#[repr(C)]
struct Exchange {
    request: Span,
    response: Span,
}

/// `NSM_IOCTL_RAW`.
const RAW: rustix::ioctl::Opcode = opcode::read_write::<Exchange>(0x0A, 0);

/// Sends `request` to the open `device` and returns its answer.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for a request beyond [`MAX_REQUEST_BYTES`]; else the kernel's, also where
/// `device` is another device.
#[expect(unsafe_code, reason = "the call hands the kernel two addresses; see the contract in it")]
pub fn exchange(device: &File, request: &[u8]) -> io::Result<Vec<u8>> {
    if request.len() > MAX_REQUEST_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the request is longer than the device takes"));
    }
    let mut response = vec![0; MAX_RESPONSE_BYTES];
    let mut exchange = Exchange {
        request: Span { address: request.as_ptr().expose_provenance() as u64, length: request.len() as u64 },
        response: Span { address: response.as_mut_ptr().expose_provenance() as u64, length: response.len() as u64 },
    };
    // SAFETY: `RAW` is the opcode of `Exchange`, which has the layout of the kernel's structure. Its addresses are
    // of `request`, which the kernel reads, and of `response`, which it writes, each for the length beside it;
    // both live, and nothing else uses them, until the call is over. A device that does not know the opcode
    // refuses it, because the number contains the structure's size and direction.
    unsafe { ioctl(device, Updater::<RAW, Exchange>::new(&mut exchange)) }?;
    let length = usize::try_from(exchange.response.length).unwrap_or(usize::MAX);
    if length > response.len() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the device says that it wrote more than fits"));
    }
    response.truncate(length);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_is_the_one_of_the_kernels_header() {
        assert_eq!(size_of::<Exchange>(), 32);
        assert_eq!(RAW, 0xC020_0A00); // _IOWR(0x0A, 0x0, 32 bytes)
    }

    #[test]
    fn a_device_that_is_another_refuses_the_call() {
        let null = File::open("/dev/null").expect("every Linux has it");
        assert!(exchange(&null, b"request").is_err());
    }

    #[test]
    fn a_request_beyond_the_bound_is_refused_before_the_device_sees_it() {
        let null = File::open("/dev/null").expect("every Linux has it");
        let error = exchange(&null, &[0; MAX_REQUEST_BYTES + 1]).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
