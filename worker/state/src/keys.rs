//! The contract's secrets, one for each key epoch.

use std::{collections::BTreeMap, fmt};

use adyton_protocol::{domain, ids::ContractId, key_label::KeyEpoch};
use ring::{aead, hkdf};
use zeroize::Zeroizing;

/// The secrets under which a contract's data keys are wrapped: 32 bytes for each key epoch, as the
/// keyholders released them. New objects use the newest epoch; older ones only open what is there.
///
/// The bytes are erased when this is dropped, and are never printed.
#[derive(Clone)]
pub struct EpochKeys {
    newest: KeyEpoch,
    secrets: BTreeMap<KeyEpoch, Zeroizing<[u8; 32]>>,
}

impl EpochKeys {
    /// Keys of a contract that has one epoch.
    pub fn new(epoch: KeyEpoch, secret: [u8; 32]) -> Self {
        Self { newest: epoch, secrets: BTreeMap::from([(epoch, Zeroizing::new(secret))]) }
    }

    /// Adds the secret of another epoch. If it is the newest, new objects use it from now on.
    pub fn insert(&mut self, epoch: KeyEpoch, secret: [u8; 32]) {
        self.secrets.insert(epoch, Zeroizing::new(secret));
        self.newest = self.newest.max(epoch);
    }

    /// The epoch that new objects are sealed under.
    pub fn newest(&self) -> KeyEpoch {
        self.newest
    }

    /// The key that wraps one object's data key: HKDF-SHA256 (RFC 5869) of the epoch's secret with the
    /// object's own salt, for this contract. `None` if the epoch's secret is not held.
    ///
    /// Each object has its own wrapping key, so that a nonce never meets a key twice, however many objects
    /// an epoch sees.
    pub(crate) fn wrapping_key(
        &self,
        epoch: KeyEpoch,
        contract: &ContractId,
        salt: &[u8; 32],
    ) -> Option<aead::LessSafeKey> {
        let secret = self.secrets.get(&epoch)?;
        let info = domain::encode(domain::SEALED_OBJECT, &[b"wrapping-key", &contract.0, &epoch.to_le_bytes()]);
        let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret.as_slice());
        let info = [info.as_slice()];
        let output =
            pseudorandom.expand(&info, &aead::AES_256_GCM).expect("32 bytes are within HKDF's limit of 255 * 32");
        Some(aead::LessSafeKey::new(aead::UnboundKey::from(output)))
    }
}

impl fmt::Debug for EpochKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochKeys").field("epochs", &self.secrets.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_keys_shows_epochs_and_no_secret() {
        let mut keys = EpochKeys::new(3, [0xAB; 32]);
        keys.insert(2, [0xCD; 32]);
        let text = format!("{keys:?}").to_lowercase();
        assert!(text.contains("[2, 3]"), "{text}");
        assert!(!text.contains("171") && !text.contains("ab, ab") && !text.contains("205"), "{text}");
    }

    #[test]
    fn the_newest_epoch_stays_newest_when_an_older_secret_is_added() {
        let mut keys = EpochKeys::new(3, [1; 32]);
        keys.insert(2, [2; 32]);
        assert_eq!(keys.newest(), 3);
        keys.insert(4, [4; 32]);
        assert_eq!(keys.newest(), 4);
    }

    #[test]
    fn there_is_no_wrapping_key_for_an_epoch_whose_secret_is_not_held() {
        let keys = EpochKeys::new(1, [1; 32]);
        assert!(keys.wrapping_key(2, &ContractId([0; 32]), &[0; 32]).is_none());
    }
}
