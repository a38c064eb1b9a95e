//! Code that only its contract's worker reads: seals a component, and gives the contract its key. The form is
//! [`adyton_protocol::sealed_code`]'s.

use std::{collections::BTreeMap, fmt};

use adyton_chain_client::{extrinsic::Signer, rpc::Source};
use adyton_protocol::{
    ids::{CodeHash, ContractId, NetworkId},
    sealed_code::{self, CONTENT_KEY, CodeError, MAGIC, SEALED_KEY, SealedCodeKey},
    secret::SecretRecipient,
};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce, aead::Aead};
use hkdf::Hkdf;
use hpke::{Deserializable, OpModeS, Serializable, kdf::HkdfSha256, kem::X25519HkdfSha256};
use rand_core::RngCore;
use serde::Deserialize;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Client, Error, Request, gateway::code_hash};

/// Where a key is given.
const CODE_KEY: &str = "/.adyton/code-key";
/// Where it says which were given.
const CODE_KEYS: &str = "/.adyton/code-keys";

/// The key under which one component is sealed. Wiped when dropped, and never printed. An owner has it from the account
/// ([`crate::Account::content_key`]), or keeps it.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<[u8; CONTENT_KEY]>);

impl ContentKey {
    /// Of these bytes, which nobody else knows.
    pub fn new(bytes: [u8; CONTENT_KEY]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new one.
    pub fn random() -> Self {
        let mut key = Zeroizing::new([0; CONTENT_KEY]);
        rand_core::OsRng.fill_bytes(&mut *key);
        Self(key)
    }

    /// HKDF-SHA256 out of `secret`.
    pub(crate) fn derive(secret: &[u8], info: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; CONTENT_KEY]);
        Hkdf::<Sha256>::new(None, secret).expand(info, &mut *key).expect("32 bytes are below HKDF's limit of 8160");
        Self(key)
    }

    /// The cipher of one component alone, which is sealed once: there is no second nonce.
    fn cipher(&self, network: &NetworkId, code: &CodeHash) -> ChaCha20Poly1305 {
        let key = Self::derive(&self.0[..], &sealed_code::info(network, code));
        ChaCha20Poly1305::new(Key::from_slice(&key.0[..]))
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey")
    }
}

/// Seals a component. The same component under the same key is the same sealed code.
pub fn seal_code(network: &NetworkId, component: &[u8], key: &ContentKey) -> Vec<u8> {
    let cipher = key.cipher(network, &code_hash(component));
    let ciphertext = cipher.encrypt(&Nonce::default(), component).expect("a component is far below 256 GiB");
    [&MAGIC[..], &ciphertext].concat()
}

/// The component `code` out of sealed code.
pub fn open_code(network: &NetworkId, code: &CodeHash, sealed: &[u8], key: &ContentKey) -> Result<Vec<u8>, CodeError> {
    let ciphertext = sealed_code::ciphertext(sealed)?;
    let opened = key.cipher(network, code).decrypt(&Nonce::default(), ciphertext);
    let component = opened.map_err(|_| CodeError::Content)?;
    if code_hash(&component) == *code { Ok(component) } else { Err(CodeError::Hash) }
}

/// Seals the key of the component `code` to a contract; the sealed code has the hash `stored`.
pub fn seal_code_key(
    to: &SecretRecipient,
    code: &CodeHash,
    stored: &CodeHash,
    key: &ContentKey,
) -> Result<SealedCodeKey, CodeError> {
    let recipient =
        <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&to.key.0).map_err(|_| CodeError::Recipient)?;
    let sealed = hpke::single_shot_seal::<hpke::aead::ChaCha20Poly1305, HkdfSha256, _>(
        &OpModeS::<X25519HkdfSha256>::Base,
        &recipient,
        &sealed_code::key_info(to, code, stored),
        &key.0[..],
        &[],
    );
    let (encapsulated, ciphertext) = sealed.map_err(|_| CodeError::Recipient)?;
    Ok(joined(to, code, stored, &encapsulated, &ciphertext))
}

fn joined(
    to: &SecretRecipient,
    code: &CodeHash,
    stored: &CodeHash,
    encapsulated: &<X25519HkdfSha256 as hpke::Kem>::EncappedKey,
    ciphertext: &[u8],
) -> SealedCodeKey {
    let mut sealed = [0; SEALED_KEY];
    let (first, rest) = sealed.split_at_mut(32);
    first.copy_from_slice(&encapsulated.to_bytes()[..]);
    rest.copy_from_slice(ciphertext);
    SealedCodeKey { contract: to.contract, epoch: to.epoch, code: *code, stored: *stored, sealed }
}

#[derive(Deserialize)]
struct Given {
    keys: BTreeMap<CodeHash, CodeHash>,
}

impl<S: Source> Client<S> {
    /// Gives a contract the key of its code, or of what is to become its code: sealed to the contract's own key, so that
    /// it moves with the contract. The worker fetches the sealed code `stored` before it keeps the key, and refuses one
    /// that does not open it.
    pub async fn give_code_key(
        &self,
        contract: &ContractId,
        owner: &dyn Signer,
        (code, stored): (&CodeHash, &CodeHash),
        key: &ContentKey,
    ) -> Result<(), Error> {
        let known = self.secrets(contract, owner).await?;
        let network = self.network().network_id;
        let to = SecretRecipient { network, contract: *contract, epoch: known.epoch, key: known.public };
        let sealed = seal_code_key(&to, code, stored, key).map_err(Error::SealedCode)?;
        let request = Request::new("PUT", CODE_KEY)?.content(sealed.to_bytes());
        self.ask_worker(contract, &request, owner).await.map(|_| ())
    }

    /// Of which code the contract has a key, and the hash of its sealed bytes.
    pub async fn code_keys(
        &self,
        contract: &ContractId,
        owner: &dyn Signer,
    ) -> Result<BTreeMap<CodeHash, CodeHash>, Error> {
        let response = self.ask_worker(contract, &Request::get(CODE_KEYS)?, owner).await?;
        let given: Given = serde_json::from_slice(&response.content)
            .map_err(|_| Error::Malformed("the worker's list of keys of code is not understood".into()))?;
        Ok(given.keys)
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::{call::AccountScheme, ids::EncryptionKey};
    use serde_json::json;

    use super::*;
    use crate::{
        Account,
        vectors::{self, Constant},
    };

    const NETWORK: NetworkId = NetworkId([1; 32]);
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 and more";

    /// `specs/vectors/sealed-code.json`: the key is sealed to that of `contract-keys.json`, so that `adyton-keys` opens it.
    #[test]
    fn the_published_sealed_code_and_its_key_are_what_this_code_makes() {
        let keys = vectors::read("contract-keys");
        let to = SecretRecipient {
            network: serde_json::from_value(keys["network"].clone()).unwrap(),
            contract: serde_json::from_value(keys["contract"].clone()).unwrap(),
            epoch: serde_json::from_value(keys["epoch"].clone()).unwrap(),
            key: serde_json::from_value(keys["secrets_public"].clone()).unwrap(),
        };
        let account = Account::from_secret(&format!("0x{}", "07".repeat(32)), AccountScheme::Ed25519).unwrap();
        let code = code_hash(COMPONENT);
        let key = account.content_key(&to.network, &code);
        let sealed = seal_code(&to.network, COMPONENT, &key);
        let stored = code_hash(&sealed);
        let recipient = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&to.key.0).unwrap();
        let (encapsulated, ciphertext) =
            hpke::single_shot_seal_with_rng::<hpke::aead::ChaCha20Poly1305, HkdfSha256, _>(
                &OpModeS::<X25519HkdfSha256>::Base,
                &recipient,
                &sealed_code::key_info(&to, &code, &stored),
                &key.0[..],
                &[],
                &mut Constant(5),
            )
            .unwrap();
        let given = joined(&to, &code, &stored, &encapsulated, &ciphertext);
        let built = json!({
            "network": to.network, "contract": to.contract, "epoch": to.epoch, "key": to.key,
            "account_seed": "07".repeat(32), "component": hex::encode(COMPONENT), "code": code,
            "content_key": hex::encode(&key.0[..]), "sealed": hex::encode(&sealed), "stored": stored,
            "ephemeral_key_material": hex::encode([5; 32]), "encoding": hex::encode(given.to_bytes()),
        });
        vectors::check("sealed-code", &built);
    }

    #[test]
    fn sealed_code_opens_to_the_component_and_under_no_other_key_name_or_network() {
        let (key, code) = (ContentKey::new([7; 32]), code_hash(COMPONENT));
        let sealed = seal_code(&NETWORK, COMPONENT, &key);
        assert_eq!(sealed.len(), COMPONENT.len() + sealed_code::OVERHEAD);
        assert_eq!(open_code(&NETWORK, &code, &sealed, &key).unwrap(), COMPONENT);
        let refused = Err(CodeError::Content);
        assert_eq!(open_code(&NETWORK, &code, &sealed, &ContentKey::new([8; 32])), refused);
        assert_eq!(open_code(&NETWORK, &CodeHash([8; 32]), &sealed, &key), refused);
        assert_eq!(open_code(&NetworkId([8; 32]), &code, &sealed, &key), refused);
        assert_eq!(open_code(&NETWORK, &code, &sealed[..sealed.len() - 1], &key), refused);
        assert_eq!(open_code(&NETWORK, &code, COMPONENT, &key), Err(CodeError::Form));
    }

    #[test]
    fn two_components_under_one_key_have_no_key_stream_in_common() {
        let key = ContentKey::random();
        let [one, two] = [[1; 64], [2; 64]].map(|component| seal_code(&NETWORK, &component, &key));
        let differences = one[MAGIC.len()..].iter().zip(&two[MAGIC.len()..]).map(|(one, two)| one ^ two);
        assert!(differences.take(64).any(|difference| difference != 3));
    }

    #[test]
    fn an_account_has_a_content_key_of_its_own_for_each_component_and_network() {
        let key = |secret: &str, scheme, network, code| {
            let account = Account::from_secret(secret, scheme).unwrap();
            hex::encode(&account.content_key(&NetworkId([network; 32]), &CodeHash([code; 32])).0[..])
        };
        for scheme in [AccountScheme::Sr25519, AccountScheme::Ed25519] {
            let own = key("//Alice", scheme, 1, 2);
            assert_eq!(key("//Alice", scheme, 1, 2), own, "it is there again when it is needed again");
            for other in [key("//Bob", scheme, 1, 2), key("//Alice", scheme, 9, 2), key("//Alice", scheme, 1, 9)] {
                assert_ne!(other, own);
            }
        }
        // Of a soft path, one half of the key is drawn anew each time.
        assert_eq!(
            key("//Alice/soft", AccountScheme::Sr25519, 1, 2),
            key("//Alice/soft", AccountScheme::Sr25519, 1, 2)
        );
    }

    #[test]
    fn an_account_that_was_stored_has_the_same_content_key() {
        for scheme in [AccountScheme::Sr25519, AccountScheme::Ed25519] {
            let account = Account::from_secret("//Alice", scheme).unwrap();
            let stored = Account::from_stored(scheme, &account.to_stored()).unwrap();
            let key = |account: &Account| account.content_key(&NETWORK, &CodeHash([2; 32])).0;
            assert_eq!(*key(&account), *key(&stored));
        }
    }

    #[test]
    fn a_key_is_not_sealed_to_a_key_of_small_order() {
        let weak =
            SecretRecipient { network: NETWORK, contract: ContractId([2; 32]), epoch: 3, key: EncryptionKey([0; 32]) };
        let refused = seal_code_key(&weak, &CodeHash([4; 32]), &CodeHash([5; 32]), &ContentKey::random());
        assert_eq!(refused.unwrap_err(), CodeError::Recipient);
    }
}
