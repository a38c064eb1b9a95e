//! Write Phat Contracts in Rust: programs that answer HTTP requests inside a machine that its operator
//! cannot look into.
//!
//! This crate stands between a contract's own code and the interfaces in `wit/`, which document every limit,
//! error and cost. What must always hold: a contract that does not use a module of this crate does not
//! import its interface, so that its manifest need not grant it. It refuses nothing by itself; the worker
//! does.
//!
//! ```no_run
//! use adyton_sdk::{Error, Request, Response, Service, kv};
//!
//! struct Counter;
//!
//! impl Service for Counter {
//!     fn handle(request: Request) -> Result<Response, Error> {
//!         match (request.method.as_str(), request.route()) {
//!             ("POST", "/increment") => {
//!                 let count = kv::get_json::<u64>(b"count")?.unwrap_or(0) + 1;
//!                 kv::set_json(b"count", &count)?;
//!                 Response::json(&count)
//!             }
//!             _ => Ok(Response::not_found()),
//!         }
//!     }
//! }
//!
//! adyton_sdk::export!(Counter);
//! # fn main() {}
//! ```
//!
//! Build it for `wasm32-unknown-unknown` with `adyton build`. That target has no clock, no randomness, no
//! files and no network of its own; `std::collections::HashMap` works, with the same seed everywhere. Use
//! [`env::now_ms`] and [`random`] instead of `std::time` and the `rand` family.

#[doc(hidden)]
#[allow(missing_docs, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "contract",
        pub_export_macro: true,
        default_bindings_module: "adyton_sdk::bindings",
        additional_derives: [PartialEq],
        generate_unused_types: true,
    });
}

#[doc(hidden)]
#[allow(missing_docs, clippy::all)]
pub mod lifecycle_bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "with-lifecycle",
        with: { "phat:contract/types@0.1.0": crate::bindings::phat::contract::types },
        pub_export_macro: true,
        default_bindings_module: "adyton_sdk::lifecycle_bindings",
    });
}

pub mod chain;
pub mod contracts;
pub mod crypto;
pub mod env;
#[cfg(feature = "evm")]
pub mod evm;
#[cfg(any(test, all(feature = "allocator", target_arch = "wasm32")))]
mod heap;
pub mod http;
pub mod kv;
pub mod log;
mod message;
pub mod number;
pub mod objects;
pub mod random;
pub mod reply;
pub mod schedule;
pub mod secrets;
pub mod sql;

#[cfg(all(feature = "allocator", target_arch = "wasm32"))]
#[global_allocator]
static HEAP: heap::Heap = heap::Heap::new();

pub use bindings::exports::phat::contract::service::{Guest as Service, Request, Response};
pub use bindings::phat::contract::types::{Error, Field};
pub use lifecycle_bindings::exports::phat::contract::lifecycle::Guest as Lifecycle;
pub use serde;
pub use serde_json;

/// Makes a type that implements [`Service`] the contract. Once per crate, which must be a `cdylib`.
#[macro_export]
macro_rules! export {
    ($service:ident) => {
        $crate::bindings::export!($service with_types_in $crate::bindings);
    };
}

/// Makes a type that implements [`Lifecycle`] what the worker asks once per code, before the contract answers its first
/// call: `init` at first, `migrate` after each later change of the code. Beside [`export!`], and at most once per crate;
/// a contract without it is asked for nothing. `wit/lifecycle.wit` says when they run, and what a failure means.
///
/// ```no_run
/// use adyton_sdk::{Error, Lifecycle, kv};
///
/// struct Counter;
///
/// impl Lifecycle for Counter {
///     fn init() -> Result<(), Error> {
///         kv::set_json(b"count", &0)
///     }
///
///     fn migrate(from_version: u32, _from_code: Vec<u8>) -> Result<(), Error> {
///         if from_version < 2 { kv::delete(b"old") } else { Ok(()) }
///     }
/// }
///
/// adyton_sdk::export_lifecycle!(Counter);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_lifecycle {
    ($lifecycle:ident) => {
        $crate::lifecycle_bindings::export!($lifecycle with_types_in $crate::lifecycle_bindings);
    };
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}
