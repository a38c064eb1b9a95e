//! What a contract may import: one file per interface of `phat:contract`, each with the functions that a
//! guest calls, their limits and their prices.
//!
//! A capability's `link` defines its interface for a component. Only what a manifest grants is ever linked.

pub(crate) mod chain;
pub(crate) mod contracts;
pub mod crypto;
pub(crate) mod databases;
pub(crate) mod env;
pub(crate) mod http;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod objects;
pub(crate) mod random;
pub(crate) mod reply;
pub(crate) mod schedule;
pub(crate) mod secrets;
pub(crate) mod sql;

use adyton_protocol::manifest::Capability;
use wasmtime::component::Linker;

use crate::{bindings::phat::contract::types::Error, call::CallState};

/// The package and version that this worker offers.
pub(crate) const PACKAGE: &str = "phat:contract";
/// See [`PACKAGE`].
pub(crate) const VERSION: &str = "0.1.0";

/// What a guest gets from a host function: the outer error ends the call, the inner one is the guest's.
pub(crate) type Reply<T> = wasmtime::Result<(Result<T, Error>,)>;

/// The full name of the interface that a capability is: one of the package, or Spin's for a database.
pub(crate) fn import_of(capability: Capability) -> String {
    databases::interface(capability).map_or_else(|| interface(capability.name()), str::to_owned)
}

/// The full name of an interface of the package.
pub(crate) fn interface(name: &str) -> String {
    format!("{PACKAGE}/{name}@{VERSION}")
}

/// Defines what the manifest grants, and `env`, which needs no grant.
pub(crate) fn link(linker: &mut Linker<CallState>, grants: &[Capability]) -> wasmtime::Result<()> {
    env::link(linker)?;
    for grant in grants {
        match grant {
            Capability::Log => log::link(linker)?,
            Capability::Kv => kv::link(linker)?,
            Capability::Http => http::link(linker)?,
            Capability::Secrets => secrets::link(linker)?,
            Capability::Random => random::link(linker)?,
            Capability::Crypto => crypto::link(linker)?,
            Capability::Chain => chain::link(linker)?,
            Capability::Schedule => schedule::link(linker)?,
            Capability::Contracts => contracts::link(linker)?,
            Capability::Sql => sql::link(linker)?,
            Capability::Objects => objects::link(linker)?,
            Capability::Reply => reply::link(linker)?,
            Capability::Postgres => databases::postgres::link(linker)?,
            Capability::Mysql => databases::mysql::link(linker)?,
            Capability::Redis => databases::redis::link(linker)?,
        }
    }
    Ok(())
}
