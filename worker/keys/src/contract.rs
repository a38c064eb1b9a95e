//! A contract's secrets of one key epoch, and what the host does with them for the contract.

use adyton_protocol::{
    ids::{ContractId, Digest, NetworkId},
    key_label::KeyEpoch,
    secret::{SealedSecret, SecretError, SecretRecipient, check_name},
};
use adyton_threshold::{ContractSecret, release::RecipientSecret};
use hpke::{Deserializable, OpModeR, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256};
use std::fmt;
use zeroize::Zeroizing;

use crate::{KeysError, Scheme, naming};

/// A contract's secrets. Only [`crate::Gathering::finish`] makes one; wiped when dropped.
pub struct ContractSecrets {
    pub(crate) network: NetworkId,
    pub(crate) contract: ContractId,
    pub(crate) epoch: KeyEpoch,
    pub(crate) state: ContractSecret,
    pub(crate) secrets: ContractSecret,
    pub(crate) signing: ContractSecret,
}

impl ContractSecrets {
    /// The contract they belong to.
    pub fn contract(&self) -> &ContractId {
        &self.contract
    }

    /// The key epoch they belong to.
    pub fn epoch(&self) -> KeyEpoch {
        self.epoch
    }

    /// The 32 bytes that wrap the data keys of the contract's store.
    pub fn state_key(&self) -> &[u8; 32] {
        self.state.expose()
    }

    /// To whom the owner seals a secret: public, and the same on every worker that leases the contract.
    pub fn secret_recipient(&self) -> SecretRecipient {
        SecretRecipient {
            network: self.network,
            contract: self.contract,
            epoch: self.epoch,
            key: self.recipient().public(),
        }
    }

    /// Opens what the owner sealed. `newest` is the newest version of this name that the contract's state has
    /// seen (0 for none): an older one is refused.
    pub fn open_secret(&self, sealed: &SealedSecret, newest: u64) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        check_name(&sealed.name)?;
        if sealed.version < newest {
            return Err(SecretError::RolledBack { version: sealed.version, newest });
        }
        if sealed.contract != self.contract || sealed.epoch != self.epoch {
            return Err(SecretError::Sealed);
        }
        let info = self.secret_recipient().info(&sealed.name, sealed.version);
        self.unseal(&sealed.sealed, &info).ok_or(SecretError::Sealed)
    }

    /// What the owner sealed to the contract's key for secrets under this info: an encapsulated key, then a ciphertext.
    pub(crate) fn unseal(&self, sealed: &[u8], info: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapsulated, ciphertext) = sealed.split_at_checked(32)?;
        let encapsulated = <X25519HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
        let key = self.recipient().key();
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &key,
            &encapsulated,
            info,
            ciphertext,
            &[],
        );
        opened.ok().map(Zeroizing::new)
    }

    /// The 32 secret bytes of the contract's key called `name`, a valid key of `scheme`: for the engine, which signs
    /// with it for the contract and shows it to nobody.
    pub fn named_secret(&self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, KeysError> {
        naming::named_secret(self, scheme, name)
    }

    /// The 32 secret bytes from which the contract's encryption key called `name` is made (RFC 9180 §7.1.3): for the
    /// engine, which opens with it for the contract and shows it to nobody.
    pub fn encryption_secret(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, KeysError> {
        naming::encryption_secret(self, name)
    }

    /// A secret of `length` bytes, at most 8160, for the contract itself; another name, context or length gives an
    /// unrelated one.
    pub fn derived_secret(&self, name: &str, context: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        naming::derived_secret(self, name, context, length)
    }

    /// What stands for a call with this request digest in the request ids of the calls that it makes of other contracts:
    /// whoever made it knows the digest, and not this. Likewise for a webhook's delivery, a message on the chain and a
    /// watch in their own request ids. No function of a guest's gives it.
    pub fn calling_secret(&self, request: &Digest) -> Zeroizing<[u8; 32]> {
        naming::calling_secret(self, request)
    }

    /// `length` bytes, at most 8160, that look random and are the same for the same seed; fewer are the beginning of
    /// more.
    pub fn seeded_random(&self, seed: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        naming::seeded_random(self, seed, length)
    }

    fn recipient(&self) -> RecipientSecret {
        RecipientSecret::derive(self.secrets.expose())
    }
}

impl fmt::Debug for ContractSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContractSecrets({}, epoch {})", self.contract, self.epoch)
    }
}

#[cfg(test)]
mod tests;
