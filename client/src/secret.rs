//! Seals what only a contract's worker reads. The form is [`adyton_protocol::secret`]'s.

use adyton_protocol::secret::{MAX_VALUE, SealedSecret, SecretError, SecretRecipient, check_name};
use hpke::{Deserializable, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256};

/// Seals version `version` of the secret called `name` to a contract.
pub fn seal_secret(to: &SecretRecipient, name: &str, version: u64, value: &[u8]) -> Result<SealedSecret, SecretError> {
    check_name(name)?;
    if value.len() > MAX_VALUE {
        return Err(SecretError::TooLong);
    }
    let key = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&to.key.0).map_err(|_| SecretError::Key)?;
    let info = to.info(name, version);
    let sealed = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, _>(
        &OpModeS::<X25519HkdfSha256>::Base,
        &key,
        &info,
        value,
        &[],
    );
    let (encapsulated, ciphertext) = sealed.map_err(|_| SecretError::Key)?;
    Ok(joined(to, name, version, &encapsulated, &ciphertext))
}

fn joined(
    to: &SecretRecipient,
    name: &str,
    version: u64,
    encapsulated: &<X25519HkdfSha256 as hpke::Kem>::EncappedKey,
    ciphertext: &[u8],
) -> SealedSecret {
    let sealed = [&encapsulated.to_bytes()[..], ciphertext].concat();
    SealedSecret { contract: to.contract, epoch: to.epoch, name: name.to_owned(), version, sealed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, Constant};
    use adyton_protocol::{
        ids::{ContractId, EncryptionKey, NetworkId},
        secret::MAX_NAME,
    };
    use serde_json::json;

    fn recipient() -> SecretRecipient {
        let (_, key) = <X25519HkdfSha256 as hpke::Kem>::derive_keypair(&[1; 32]);
        let key = EncryptionKey(key.to_bytes().into());
        SecretRecipient { network: NetworkId([1; 32]), contract: ContractId([2; 32]), epoch: 3, key }
    }

    /// `specs/vectors/owner-secret.json`: sealed to the key of `contract-keys.json`, so that `adyton-keys` opens it.
    #[test]
    fn the_published_owner_secret_is_what_this_code_makes() {
        let keys = vectors::read("contract-keys");
        let to = SecretRecipient {
            network: serde_json::from_value(keys["network"].clone()).unwrap(),
            contract: serde_json::from_value(keys["contract"].clone()).unwrap(),
            epoch: serde_json::from_value(keys["epoch"].clone()).unwrap(),
            key: serde_json::from_value(keys["secrets_public"].clone()).unwrap(),
        };
        let key = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&to.key.0).unwrap();
        let (info, random) = (to.info("api-key", 4), &mut Constant(5));
        let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, _>(
            &OpModeS::<X25519HkdfSha256>::Base,
            &key,
            &info,
            b"hunter2",
            &[],
            random,
        )
        .unwrap();
        let sealed = joined(&to, "api-key", 4, &encapsulated, &ciphertext);
        let built = json!({
            "network": to.network, "contract": to.contract, "epoch": to.epoch, "key": to.key,
            "name": "api-key", "version": 4, "value": hex::encode("hunter2"),
            "ephemeral_key_material": hex::encode([5; 32]), "encoding": hex::encode(sealed.to_bytes()),
        });
        vectors::check("owner-secret", &built);
    }

    #[test]
    fn the_longest_secret_under_the_longest_name_is_sealed_and_reads_back() {
        let sealed = seal_secret(&recipient(), &"a".repeat(MAX_NAME), 4, &[5; MAX_VALUE]).unwrap();
        assert_eq!(SealedSecret::from_bytes(&sealed.to_bytes()), Ok(sealed));
    }

    #[test]
    fn a_name_that_no_contract_can_ask_for_is_refused() {
        assert_eq!(seal_secret(&recipient(), "a/b", 1, b"").unwrap_err(), SecretError::Name);
    }

    #[test]
    fn a_value_that_is_too_long_is_refused() {
        assert_eq!(seal_secret(&recipient(), "a", 1, &[0; MAX_VALUE + 1]).unwrap_err(), SecretError::TooLong);
    }

    #[test]
    fn a_key_of_small_order_is_not_sealed_to() {
        let weak = SecretRecipient { key: EncryptionKey([0; 32]), ..recipient() };
        assert_eq!(seal_secret(&weak, "a", 1, b"").unwrap_err(), SecretError::Key);
    }
}
