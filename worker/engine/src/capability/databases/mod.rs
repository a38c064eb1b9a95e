//! Databases outside: PostgreSQL, MySQL and Redis over TLS, through the interfaces that Spin's guests already use.
//!
//! Each connection goes where an egress rule of its protocol says, through [`crate::egress`], as HTTP does: the worker
//! resolves the name, judges every address and ends TLS itself. Connections end with the call; there is no pool in which
//! one call or contract could find what another one left behind.
//!
//! What must always hold: nothing of the contract's is sent without TLS; a length that a server claims is held against
//! the bound before anything is read or kept for it; what a server sends ends in a result or in the guest's error, never
//! in the call's; a password is in no error, no log and no digest.
//!
//! The protocols are spoken here and not by the usual clients: those keep what a server sends however much it is, ask it
//! questions of their own without end, or make their connections themselves.

mod address;
mod bindings;
mod connection;
mod failure;
pub(crate) mod mysql;
pub(crate) mod postgres;
mod reader;
pub(crate) mod redis;
mod wire;

pub(crate) use connection::Connections;

use adyton_protocol::manifest::Capability;

/// The interface of types that `mysql` uses; importing it needs no grant.
pub(crate) const TYPES: &str = "fermyon:spin/rdbms-types@2.0.0";

/// The interface that a capability is, if it is a database.
pub(crate) fn interface(capability: Capability) -> Option<&'static str> {
    match capability {
        Capability::Postgres => Some(postgres::INTERFACE),
        Capability::Mysql => Some(mysql::INTERFACE),
        Capability::Redis => Some(redis::INTERFACE),
        Capability::Log
        | Capability::Kv
        | Capability::Http
        | Capability::Secrets
        | Capability::Random
        | Capability::Crypto
        | Capability::Chain
        | Capability::Schedule
        | Capability::Contracts
        | Capability::Sql
        | Capability::Reply
        | Capability::Objects => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tools_say_is_offered_is_what_is_offered() {
        let granted = Capability::ALL.into_iter().filter_map(|one| Some((interface(one)?, Some(one.name()))));
        let mut offered: Vec<_> = granted.chain([(TYPES, None)]).collect();
        offered.sort_unstable();
        assert_eq!(offered, adyton_component::offered::DATABASES);
    }
}
