//! The only types that the chain, the worker, the keyholder and the clients share.
//!
//! This is the ground floor: every other crate imports it, and it imports nothing of ours. It holds
//! identifiers, the attested statement, the records that the chain stores, the manifest and policy of a
//! contract, the fields of a private call, the receipt, and the labels of keys. Each has one canonical
//! encoding: SCALE for what the chain stores or checks, deterministic CBOR for receipts.
//!
//! What must always hold: whatever is signed, hashed or derived goes through [`domain`], which separates
//! domains, prefixes lengths and binds the network; every decoder here is bounded before it allocates.
//! There is no I/O, no clock and no randomness in this crate; `no_std` with `alloc`.
//!
//! ```
//! use adyton_protocol::{domain, ids::NetworkId};
//! let network = NetworkId([7; 32]);
//! let one = domain::bound(domain::REQUEST, &network, &[b"ab", b"c"]);
//! let two = domain::bound(domain::REQUEST, &network, &[b"a", b"bc"]);
//! assert_ne!(one, two, "parts are length-prefixed");
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod anchor;
pub mod beacon;
pub mod call;
pub mod challenge;
pub mod configuration;
pub mod contract_call;
pub mod cpu;
pub mod device;
pub mod dispute;
pub mod domain;
pub mod evidence;
pub mod extraction;
pub mod figures;
pub mod framing;
pub mod ids;
pub mod key_label;
pub mod manifest;
pub mod merkle;
pub mod message;
pub mod path;
pub mod policy;
pub mod pools;
pub mod ratio;
pub mod receipt;
pub mod record;
pub mod registered;
pub mod rewards;
pub mod schedule;
pub mod scheduled;
pub mod sealed_code;
pub mod secret;
mod sha256;
pub mod share;
pub mod slashing;
pub mod statement;
pub mod storage;
pub mod streamed;
pub mod usage;
pub mod validators;
pub mod voucher;
pub mod watch;
pub mod webhook;

#[cfg(test)]
mod vectors;
