//! The contract's keys as accounts of EVM chains. Needs the grant `crypto`.

use k256::{PublicKey, elliptic_curve::sec1::ToEncodedPoint};

use super::{Address, Hash, keccak256};
use crate::{
    Error,
    crypto::{self, Scheme},
};

/// A secp256k1 key of the contract, by name, with its account. It signs whatever digest it is given, so a name is for
/// one chain and one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    address: Address,
}

/// A signature of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The r of ECDSA.
    pub r: [u8; 32],
    /// The s of ECDSA, the lower of the two possible, as EIP-2 demands.
    pub s: [u8; 32],
    /// Which of two points r stands for, 0 or 1.
    pub y_parity: u8,
}

impl Key {
    /// The key of this name, of 1 to 64 bytes. `Error::Invalid` for another name.
    pub fn named(name: &str) -> Result<Self, Error> {
        let public_key = crypto::public_key(Scheme::Secp256k1, name)?;
        Ok(Self { name: name.to_owned(), address: address_of(&public_key)? })
    }

    /// Its account.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a digest, such as that of [`typed_digest`](super::typed_digest).
    pub fn sign(&self, digest: Hash) -> Result<Signature, Error> {
        let signature = crypto::sign(Scheme::Secp256k1, &self.name, &digest.0)?;
        let array: [u8; 65] = signature.try_into().map_err(|_| Error::Other("a signature of another length".into()))?;
        Ok(Signature::from_host(array))
    }
}

impl Signature {
    /// From r, s and the recovery number, as the host gives them.
    pub(super) fn from_host(bytes: [u8; 65]) -> Self {
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&bytes[..32]);
        s.copy_from_slice(&bytes[32..64]);
        Self { r, s, y_parity: bytes[64] }
    }

    /// r, s and v, which is 27 or 28: what a contract in Solidity hands to `ecrecover`.
    pub fn to_bytes(&self) -> [u8; 65] {
        let mut out = [0; 65];
        out[..32].copy_from_slice(&self.r);
        out[32..64].copy_from_slice(&self.s);
        out[64] = 27 + self.y_parity;
        out
    }
}

/// The account of a public key of secp256k1 (SEC 1, compressed or not): the last 20 bytes of the hash of its point.
/// `Error::Invalid` for what is none.
pub fn address_of(public_key: &[u8]) -> Result<Address, Error> {
    let key = PublicKey::from_sec1_bytes(public_key)
        .map_err(|_| Error::Invalid("this is no public key of secp256k1".into()))?;
    let point = key.to_encoded_point(false);
    let mut address = Address::default();
    // The first byte says only that it is not compressed.
    address.0.copy_from_slice(&keccak256(&point.as_bytes()[1..]).0[12..]);
    Ok(address)
}
