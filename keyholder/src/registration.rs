//! What a boot offers its operator for registration.

use adyton_protocol::statement::AttestedStatement;
use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;

use crate::config::Local;

/// Statement, evidence and the boot key's signature over both, as hexadecimal with `0x`. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// The statement in readable form.
    pub statement: AttestedStatement,
    /// Its SCALE encoding, which goes to the chain.
    pub statement_encoded: String,
    /// The evidence.
    pub evidence: String,
    /// Ed25519 by the statement's signing key over the registration message (statement and evidence).
    pub signature: String,
    /// Where this keyholder's interface is said to be.
    pub endpoint: String,
    /// The operator's name for this keyholder.
    pub name: String,
}

impl Registration {
    /// Signs the registration of `statement` with `evidence`.
    pub fn new(statement: AttestedStatement, evidence: &[u8], key: &SigningKey, local: &Local) -> Self {
        let signature = key.sign(&statement.registration_message(evidence));
        Self {
            statement_encoded: prefixed(&statement.encode()),
            evidence: prefixed(evidence),
            signature: prefixed(&signature.to_bytes()),
            endpoint: local.endpoint.clone(),
            name: local.name.clone(),
            statement,
        }
    }
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
