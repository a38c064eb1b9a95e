//! New code of the chain: root decides on its hash, and anybody brings it.

use codec::{Decode, Encode};
use sp_crypto_hashing::blake2_256;

use super::authorized_upgrade;
use crate::{facts::Facts, verifier::Refusal};

/// The code that was decided on and not yet brought (polkadot-sdk's `CodeUpgradeAuthorization`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AuthorizedUpgrade {
    /// The code's hash: see [`code_hash`].
    pub code: [u8; 32],
    /// Whether the chain refuses it when its name differs or its version is not higher.
    pub checked: bool,
}

/// By what the chain knows code: BLAKE2b with 256 bits of output.
pub fn code_hash(code: &[u8]) -> [u8; 32] {
    blake2_256(code)
}

impl Facts {
    /// The code that was decided on and not yet brought ([`authorized_upgrade`]).
    pub fn authorized_upgrade(&self) -> Result<Option<AuthorizedUpgrade>, Refusal> {
        self.item(&authorized_upgrade(), "an authorized upgrade")
    }
}
