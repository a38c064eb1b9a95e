//! Who and where the contract is, and who calls. Needs no grant.

use crate::bindings::phat::contract::env;
pub use crate::bindings::phat::contract::env::{Context, Lease, Principal};

/// Everything known about this call.
pub fn context() -> Context {
    env::get()
}

/// Who calls, as far as the worker has verified it.
pub fn caller() -> Principal {
    env::get().caller
}

/// Milliseconds since 1970-01-01 UTC, by the chain's finalized time.
pub fn now_ms() -> u64 {
    env::get().now_ms
}

/// The value of a plain setting of the manifest.
pub fn setting(name: &str) -> Option<String> {
    env::settings().into_iter().find(|field| field.name == name).map(|field| field.value)
}

/// Units of fuel that are left to this call.
pub fn gas_left() -> u64 {
    env::gas_left()
}
