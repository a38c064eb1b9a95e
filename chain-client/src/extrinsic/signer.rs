//! Who signs an extrinsic.

use adyton_protocol::ids::AccountId;
use codec::Encode;
use zeroize::Zeroizing;

/// A signature as the chain takes it (polkadot-sdk's `MultiSignature`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode)]
pub enum Signature {
    /// Ed25519 (RFC 8032).
    #[codec(index = 0)]
    Ed25519([u8; 64]),
    /// Schnorr over Ristretto255, in the signing context `substrate`.
    #[codec(index = 1)]
    Sr25519([u8; 64]),
}

/// Something that signs for one account, wherever it keeps the key.
pub trait Signer: Send + Sync {
    /// The account.
    fn account(&self) -> AccountId;
    /// Signs `payload` as it stands.
    fn sign(&self, payload: &[u8]) -> Signature;
}

/// An Ed25519 key in memory: a worker's key of one boot.
pub struct Ed25519(ed25519_zebra::SigningKey);

impl Ed25519 {
    /// From the 32 secret bytes (RFC 8032's private key).
    pub fn new(secret: &Zeroizing<[u8; 32]>) -> Self {
        Self(ed25519_zebra::SigningKey::from(**secret))
    }
}

impl Signer for Ed25519 {
    fn account(&self) -> AccountId {
        AccountId(self.0.verification_key().into())
    }

    fn sign(&self, payload: &[u8]) -> Signature {
        Signature::Ed25519(self.0.sign(payload).into())
    }
}

/// An sr25519 key in memory: the ecosystem's usual account.
pub struct Sr25519(schnorrkel::Keypair);

impl Sr25519 {
    /// From a mini secret key of 32 bytes, expanded as Substrate does.
    pub fn new(mini_secret: &Zeroizing<[u8; 32]>) -> Self {
        let mini = schnorrkel::MiniSecretKey::from_bytes(&**mini_secret).expect("any 32 bytes are a mini secret");
        Self(mini.expand_to_keypair(schnorrkel::ExpansionMode::Ed25519))
    }

    /// From a key pair, for instance one that was derived along a path.
    pub fn from_keypair(pair: schnorrkel::Keypair) -> Self {
        Self(pair)
    }
}

impl Signer for Sr25519 {
    fn account(&self) -> AccountId {
        AccountId(self.0.public.to_bytes())
    }

    fn sign(&self, payload: &[u8]) -> Signature {
        let context = schnorrkel::signing_context(b"substrate");
        Signature::Sr25519(self.0.sign(context.bytes(payload)).to_bytes())
    }
}
