//! What an outsider needs to seal to a contract.

use hpke::{
    Deserializable as _, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256,
};

/// What anybody does who has a contract's public key, as JSON here, and an HPKE library: the encapsulated key, then the
/// ciphertext.
pub fn seal(public: &serde_json::Value, info: &[u8], associated_data: &[u8], content: &[u8]) -> Vec<u8> {
    let public: Vec<u8> = serde_json::from_value(public.clone()).expect("bytes");
    let public = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&public).expect("32 bytes");
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        info,
        content,
        associated_data,
    )
    .expect("a contract's key");
    [&encapsulated.to_bytes()[..], &ciphertext[..]].concat()
}
