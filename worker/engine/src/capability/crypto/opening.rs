//! What was sealed to the contract: HPKE (RFC 9180), base mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//! ChaCha20-Poly1305, the suite of everything that Adyton seals.

use hpke::{
    Deserializable as _, Kem as _, OpModeR, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};

/// The bytes of the encapsulated key, which comes first.
const ENCAPSULATED: usize = 32;

/// A key of the contract to which others seal; it erases itself.
pub(super) struct EncryptionKey(<X25519HkdfSha256 as hpke::Kem>::PrivateKey);

impl EncryptionKey {
    /// The key pair of 32 secret bytes (RFC 9180 §7.1.3, `DeriveKeyPair`).
    pub(super) fn derive(secret: &[u8; 32]) -> Self {
        Self(X25519HkdfSha256::derive_keypair(secret).0)
    }

    /// The public key, 32 bytes.
    pub(super) fn public(&self) -> Vec<u8> {
        X25519HkdfSha256::sk_to_pk(&self.0).to_bytes().to_vec()
    }

    /// What is in `sealed`, the encapsulated key and then the ciphertext; none if it does not open.
    pub(super) fn open(&self, info: &[u8], associated_data: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED)?;
        let encapsulated = <X25519HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            info,
            ciphertext,
            associated_data,
        )
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hpke::{
        OpModeS,
        rand_core::{TryCryptoRng, TryRng},
    };
    use std::convert::Infallible;

    /// In place of what is random: gives the same byte for ever.
    struct Constant(u8);

    impl TryRng for Constant {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(u32::from_le_bytes([self.0; 4]))
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(u64::from_le_bytes([self.0; 8]))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    impl TryCryptoRng for Constant {}

    const SECRET: [u8; 32] = [7; 32];
    const INFO: &[u8] = b"a bid";
    const ASSOCIATED: &[u8] = b"auction 3";

    /// What somebody elsewhere does who has the public key and an HPKE library.
    fn seal(public: &[u8], content: &[u8]) -> Vec<u8> {
        let public = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(public).expect("32 bytes");
        let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, _>(
            &OpModeS::<X25519HkdfSha256>::Base,
            &public,
            INFO,
            content,
            ASSOCIATED,
            &mut Constant(5),
        )
        .expect("a public key that was derived");
        [&encapsulated.to_bytes()[..], &ciphertext[..]].concat()
    }

    fn key() -> EncryptionKey {
        EncryptionKey::derive(&SECRET)
    }

    /// `specs/vectors/sealed-content.json`.
    #[test]
    fn the_published_sealed_content_is_what_this_code_makes_and_opens() {
        let (public, content) = (key().public(), b"42 PHA");
        let sealed = seal(&public, content);
        assert_eq!(key().open(INFO, ASSOCIATED, &sealed).as_deref(), Some(&content[..]));
        let built = serde_json::json!({
            "secret": hex::encode(SECRET), "public": hex::encode(public), "info": hex::encode(INFO),
            "associated_data": hex::encode(ASSOCIATED), "content": hex::encode(content),
            "ephemeral_key_material": hex::encode([5; 32]), "sealed": hex::encode(sealed),
        });
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/sealed-content.json");
        let text = serde_json::to_string_pretty(&built).expect("JSON") + "\n";
        if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
            std::fs::write(path, &text).expect("the vectors' folder is there");
        }
        assert_eq!(std::fs::read_to_string(path).expect("the file is there"), text, "{path} differs");
    }

    #[test]
    fn content_opens_only_under_its_own_key_info_and_associated_data() {
        let sealed = seal(&key().public(), b"content");
        assert!(key().open(INFO, ASSOCIATED, &sealed).is_some());
        assert!(EncryptionKey::derive(&[8; 32]).open(INFO, ASSOCIATED, &sealed).is_none());
        assert!(key().open(b"another", ASSOCIATED, &sealed).is_none());
        assert!(key().open(INFO, b"another", &sealed).is_none());
    }

    #[test]
    fn content_that_is_changed_does_not_open() {
        let sealed = seal(&key().public(), b"content");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key().open(INFO, ASSOCIATED, &changed).is_none(), "byte {at}");
        }
    }

    #[test]
    fn content_that_is_cut_or_extended_does_not_open() {
        let sealed = seal(&key().public(), b"content");
        for length in 0..sealed.len() {
            assert!(key().open(INFO, ASSOCIATED, &sealed[..length]).is_none(), "{length} bytes");
        }
        assert!(key().open(INFO, ASSOCIATED, &[&sealed[..], &[0][..]].concat()).is_none());
    }

    #[test]
    fn an_encapsulated_key_of_small_order_does_not_open() {
        let mut sealed = seal(&key().public(), b"content");
        sealed[..ENCAPSULATED].fill(0);
        assert!(key().open(INFO, ASSOCIATED, &sealed).is_none());
    }

    #[test]
    fn nothing_at_all_can_be_sealed_too() {
        assert_eq!(key().open(INFO, ASSOCIATED, &seal(&key().public(), b"")), Some(Vec::new()));
    }
}
