//! Accounts' keys, as the ecosystem writes them: BIP-39 phrases, derivation paths, SS58 addresses.
//!
//! A secret is written `PHRASE//hard/soft///password`, or with 64 hexadecimal digits behind `0x` in the
//! phrase's place. From a phrase to the seed it goes by `substrate-bip39`: PBKDF2 over the phrase's entropy, not
//! over its words as BIP-39 itself has it.

use std::fmt;

use adyton_chain_client::extrinsic::{Signature, Signer, Sr25519};
use adyton_protocol::{
    call::AccountScheme,
    ids::{AccountId, CodeHash, NetworkId},
    sealed_code,
};
use bip39::{Language, Mnemonic};
use codec::Encode;
use ed25519_dalek::Signer as _;
use rand_core::RngCore;
use schnorrkel::{
    ExpansionMode, Keypair, MiniSecretKey, SecretKey,
    derive::{ChainCode, Derivation},
};
use sp_crypto_hashing::blake2_256;
use zeroize::{Zeroize, Zeroizing};

use crate::ContentKey;

/// The phrase that everybody knows. What stands under it is for development networks only.
const DEVELOPMENT_PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
/// The longest secret that is read.
const MAX_SECRET: usize = 4096;
/// The most steps of a derivation path.
const MAX_JUNCTIONS: usize = 16;
/// Bytes of an sr25519 secret key, as it is stored.
const SR25519_LENGTH: usize = 64;

/// Why a text is no account's secret. None of these carries the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Neither a phrase of the right words nor 32 bytes.
    #[error(
        "not a seed phrase of 12, 15, 18, 21 or 24 English BIP-39 words with a right check sum, nor 0x and 64 hexadecimal digits"
    )]
    Seed,
    /// A path that cannot be read.
    #[error("the derivation path is not of the form //hard/soft")]
    Path,
    /// Ed25519 has no soft derivation.
    #[error("an ed25519 account has no soft derivation: use // instead of /")]
    Soft,
    /// Stored bytes that are no key.
    #[error("the stored key is not a key")]
    Stored,
}

/// An account with its secret key. It is never printed.
pub struct Account {
    key: Key,
    development: bool,
}

enum Key {
    Sr25519(Box<Keypair>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// A step of a derivation path.
struct Junction {
    code: [u8; 32],
    hard: bool,
}

impl Account {
    /// A new phrase of 12 words, and the sr25519 account that it stands for.
    pub fn generate() -> (Zeroizing<String>, Self) {
        let mut entropy = Zeroizing::new([0; 16]);
        rand_core::OsRng.fill_bytes(&mut *entropy);
        let mnemonic = Mnemonic::from_entropy(&*entropy).expect("16 bytes are the entropy of 12 words");
        let phrase = Zeroizing::new(mnemonic.to_string());
        let account = Self::from_secret(&phrase, AccountScheme::Sr25519).expect("a fresh phrase is a secret");
        (phrase, account)
    }

    /// From a phrase or seed with its path; see the module's words. A text that begins with `/` stands on the
    /// development phrase, as `//Alice` does.
    pub fn from_secret(text: &str, scheme: AccountScheme) -> Result<Self, BadSecret> {
        if text.len() > MAX_SECRET {
            return Err(BadSecret::Seed);
        }
        let (rest, password) = text.split_once("///").unwrap_or((text, ""));
        let (seed, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let seed = if text.starts_with('/') { DEVELOPMENT_PHRASE } else { seed.trim() };
        let development = seed == DEVELOPMENT_PHRASE;
        let junctions = junctions(path)?;
        let seed = read_seed(seed, password)?;
        let key = match scheme {
            AccountScheme::Sr25519 => Key::Sr25519(Box::new(sr25519(&seed, &junctions))),
            AccountScheme::Ed25519 => Key::Ed25519(Box::new(ed25519(&seed, &junctions)?)),
        };
        Ok(Self { key, development })
    }

    /// The account of a stored key.
    pub fn from_stored(scheme: AccountScheme, bytes: &[u8]) -> Result<Self, BadSecret> {
        let key = match scheme {
            AccountScheme::Sr25519 => {
                let secret = SecretKey::from_bytes(bytes).map_err(|_| BadSecret::Stored)?;
                Key::Sr25519(Box::new(secret.to_keypair()))
            }
            AccountScheme::Ed25519 => {
                let seed: &[u8; 32] = bytes.try_into().map_err(|_| BadSecret::Stored)?;
                Key::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
            }
        };
        Ok(Self { key, development: false })
    }

    /// The key's bytes, to be stored encrypted.
    pub fn to_stored(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match &self.key {
            Key::Sr25519(pair) => {
                let mut bytes = pair.secret.to_bytes();
                let stored = bytes.to_vec();
                bytes.zeroize();
                debug_assert_eq!(stored.len(), SR25519_LENGTH);
                stored
            }
            Key::Ed25519(key) => key.to_bytes().to_vec(),
        })
    }

    /// The key under which this account seals the component `code`. Nobody has to keep it: whoever has the account has it
    /// again, and nobody else does.
    pub fn content_key(&self, network: &NetworkId, code: &CodeHash) -> ContentKey {
        let stored = self.to_stored();
        // Of an sr25519 key, the scalar: its other half is drawn anew with each soft step.
        ContentKey::derive(&stored[..32], &sealed_code::content_key_info(network, code))
    }

    /// How it signs.
    pub fn scheme(&self) -> AccountScheme {
        match &self.key {
            Key::Sr25519(_) => AccountScheme::Sr25519,
            Key::Ed25519(_) => AccountScheme::Ed25519,
        }
    }

    /// Whether it stands on the development phrase, so that everybody has its key.
    pub fn is_development(&self) -> bool {
        self.development
    }

    /// Its address on this chain.
    pub fn address(&self) -> String {
        adyton_chain_client::address::encode(&self.account())
    }
}

impl Signer for Account {
    fn account(&self) -> AccountId {
        AccountId(match &self.key {
            Key::Sr25519(pair) => pair.public.to_bytes(),
            Key::Ed25519(key) => key.verifying_key().to_bytes(),
        })
    }

    fn sign(&self, payload: &[u8]) -> Signature {
        match &self.key {
            Key::Sr25519(pair) => Sr25519::from_keypair((**pair).clone()).sign(payload),
            Key::Ed25519(key) => Signature::Ed25519(key.sign(payload).to_bytes()),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.address())
    }
}

fn read_seed(text: &str, password: &str) -> Result<Zeroizing<[u8; 32]>, BadSecret> {
    let mut seed = Zeroizing::new([0; 32]);
    if let Some(digits) = text.strip_prefix("0x") {
        hex::decode_to_slice(digits, &mut *seed).map_err(|_| BadSecret::Seed)?;
        return Ok(seed);
    }
    let mnemonic = Mnemonic::parse_in(Language::English, text).map_err(|_| BadSecret::Seed)?;
    let (mut entropy, length) = mnemonic.to_entropy_array();
    let expanded = substrate_bip39::seed_from_entropy(&entropy[..length], password);
    entropy.zeroize();
    let expanded = Zeroizing::new(expanded.map_err(|_| BadSecret::Seed)?);
    seed.copy_from_slice(&expanded[..32]);
    Ok(seed)
}

fn junctions(mut path: &str) -> Result<Vec<Junction>, BadSecret> {
    let mut found = Vec::new();
    while let Some(rest) = path.strip_prefix('/') {
        let (rest, hard) = rest.strip_prefix('/').map_or((rest, false), |rest| (rest, true));
        let (name, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if name.is_empty() || found.len() == MAX_JUNCTIONS {
            return Err(BadSecret::Path);
        }
        found.push(Junction { code: chain_code(name), hard });
        path = tail;
    }
    if path.is_empty() { Ok(found) } else { Err(BadSecret::Path) }
}

/// 32 bytes for a step: the SCALE encoding of its number, or of its text, filled up with zeros; hashed if it is
/// longer.
fn chain_code(name: &str) -> [u8; 32] {
    let encoded = name.parse::<u64>().map_or_else(|_| name.encode(), |number| number.encode());
    if encoded.len() > 32 {
        return blake2_256(&encoded);
    }
    let mut code = [0; 32];
    code[..encoded.len()].copy_from_slice(&encoded);
    code
}

fn sr25519(seed: &[u8; 32], junctions: &[Junction]) -> Keypair {
    let mini = MiniSecretKey::from_bytes(seed).expect("any 32 bytes are a mini secret");
    let mut secret = mini.expand(ExpansionMode::Ed25519);
    for junction in junctions {
        let code = Some(ChainCode(junction.code));
        secret = if junction.hard {
            secret.hard_derive_mini_secret_key(code, b"").0.expand(ExpansionMode::Ed25519)
        } else {
            secret.derived_key_simple(ChainCode(junction.code), b"").0
        };
    }
    secret.to_keypair()
}

fn ed25519(seed: &[u8; 32], junctions: &[Junction]) -> Result<ed25519_dalek::SigningKey, BadSecret> {
    let mut seed = Zeroizing::new(*seed);
    for junction in junctions {
        if !junction.hard {
            return Err(BadSecret::Soft);
        }
        let input = Zeroizing::new(("Ed25519HDKD", *seed, junction.code).encode());
        *seed = blake2_256(&input);
    }
    Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(secret: &str, scheme: AccountScheme) -> String {
        hex::encode(Account::from_secret(secret, scheme).unwrap().account().0)
    }

    const ALICE: &str = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

    #[test]
    fn the_well_known_accounts_are_the_ecosystems() {
        assert_eq!(public("//Alice", AccountScheme::Sr25519), ALICE);
        assert_eq!(public(&format!("{DEVELOPMENT_PHRASE}//Alice"), AccountScheme::Sr25519), ALICE);
        let bob = "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48";
        assert_eq!(public("//Bob", AccountScheme::Sr25519), bob);
        let alice = "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";
        assert_eq!(public("//Alice", AccountScheme::Ed25519), alice);
        let root = "46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a";
        assert_eq!(public(DEVELOPMENT_PHRASE, AccountScheme::Sr25519), root);
    }

    #[test]
    fn an_account_under_the_phrase_that_everybody_knows_is_a_development_account() {
        assert!(Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap().is_development());
        assert!(Account::from_secret(DEVELOPMENT_PHRASE, AccountScheme::Ed25519).unwrap().is_development());
        assert!(!Account::generate().1.is_development());
    }

    #[test]
    fn the_address_is_the_ecosystems_under_this_chains_prefix() {
        let alice = Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap();
        let known = adyton_chain_client::address::decode("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        assert_eq!(known, Ok(alice.account()));
        assert!(!alice.address().starts_with('5'));
    }

    #[test]
    fn a_seed_in_hexadecimal_digits_is_the_phrases_seed() {
        // substrate-bip39's vector for the development phrase.
        let seed = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
        assert_eq!(public(&format!("{seed}//Alice"), AccountScheme::Sr25519), ALICE);
    }

    #[test]
    fn soft_and_hard_steps_numbers_texts_and_the_password_all_matter() {
        let texts = ["//a", "/a", "//1", "/1", "//a//b", "//a/b", "//a///pw", &format!("//{}", "long".repeat(20))];
        let all: std::collections::BTreeSet<_> =
            texts.iter().map(|text| public(text, AccountScheme::Sr25519)).collect();
        assert_eq!(all.len(), texts.len());
    }

    #[test]
    fn a_stored_key_signs_for_the_same_account() {
        for (secret, scheme) in [("//Alice/soft", AccountScheme::Sr25519), ("//Alice", AccountScheme::Ed25519)] {
            let account = Account::from_secret(secret, scheme).unwrap();
            let again = Account::from_stored(scheme, &account.to_stored()).unwrap();
            assert_eq!(again.account(), account.account());
            let signature = again.sign(b"message");
            match (scheme, signature) {
                (AccountScheme::Sr25519, Signature::Sr25519(bytes)) => {
                    let key = schnorrkel::PublicKey::from_bytes(&account.account().0).unwrap();
                    let signature = schnorrkel::Signature::from_bytes(&bytes).unwrap();
                    assert!(key.verify_simple(b"substrate", b"message", &signature).is_ok());
                }
                (AccountScheme::Ed25519, Signature::Ed25519(bytes)) => {
                    let key = ed25519_dalek::VerifyingKey::from_bytes(&account.account().0).unwrap();
                    assert!(key.verify_strict(b"message", &bytes.into()).is_ok());
                }
                other => panic!("another scheme: {other:?}"),
            }
        }
    }

    #[test]
    fn a_phrase_with_a_wrong_word_order_or_check_sum_is_refused() {
        for text in ["", "bottom drive", "bottom drive obey lake curtain smoke basket hold race lonely fit fit", "0x12"]
        {
            assert_eq!(Account::from_secret(text, AccountScheme::Sr25519).unwrap_err(), BadSecret::Seed, "{text}");
        }
    }

    #[test]
    fn a_path_with_an_empty_step_is_refused() {
        for text in ["//", "/", "//a//", "//a/"] {
            assert_eq!(Account::from_secret(text, AccountScheme::Sr25519).unwrap_err(), BadSecret::Path, "{text}");
        }
    }

    #[test]
    fn ed25519_has_no_soft_steps() {
        assert_eq!(Account::from_secret("/a", AccountScheme::Ed25519).unwrap_err(), BadSecret::Soft);
    }

    #[test]
    fn the_secret_is_not_printed() {
        let account = Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap();
        assert_eq!(format!("{account:?}"), format!("Account({})", account.address()));
    }
}
