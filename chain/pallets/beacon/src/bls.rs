//! The committee's signature, checked in the runtime's own WebAssembly: no host function, so that a validator's node
//! cannot be of another opinion than the runtime.
//!
//! BLS over BLS12-381 in the minimal-signature variant: signatures in G1, keys in G2. The message is hashed to G1 by
//! RFC 9380, under the context that the keyholders' library has for messages. It takes exactly what that library signs;
//! both run `specs/vectors/beacon.json`.

use adyton_protocol::beacon::{Commitments, RoundSignature};
use alloc::vec::Vec;
use ark_bls12_381::{Bls12_381, G1Affine, G1Projective, G2Affine, g1};
use ark_ec::{
    AffineRepr,
    hashing::{HashToCurve, curve_maps::wb::WBMap, map_to_curve_hasher::MapToCurveBasedHasher},
    pairing::Pairing,
};
use ark_ff::{Zero, field_hashers::DefaultFieldHasher};
use sha2::Sha256;

/// The suite `BLS12381G1_XMD:SHA-256_SSWU_RO_` of RFC 9380, section 8.8.1.
type Hasher = MapToCurveBasedHasher<G1Projective, DefaultFieldHasher<Sha256, 128>, WBMap<g1::Config>>;

/// What separates messages from everything else that is hashed to the group.
const CONTEXT: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
/// What the library puts before a message: the length of its own namespace, which is empty.
const NAMESPACE: u8 = 0;
/// What commitments of one member begin with: version 1, points in one layout, one member, threshold one.
const ONE_MEMBER: [u8; 7] = [1, 0, 0, 0, 0, 1, 1];

/// A key that signatures are held against: in its group, and not at infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(G2Affine);

impl PublicKey {
    /// The key of a committee of one. None if these are not the commitments of one, in their one encoding.
    pub fn of_one(commitments: &Commitments) -> Option<Self> {
        let key: &[u8; 96] = commitments.strip_prefix(&ONE_MEMBER)?.try_into().ok()?;
        point(key).map(Self)
    }

    /// Whether `signature` is that of `message`: a product of two pairings.
    pub fn verifies(&self, message: &[u8], signature: &RoundSignature) -> bool {
        let (Some(signature), Some(hashed)) = (point::<G1Affine>(&signature.0), hashed(message)) else { return false };
        let loops = Bls12_381::multi_miller_loop([signature, hashed], [-G2Affine::generator(), self.0]);
        Bls12_381::final_exponentiation(loops).is_some_and(|product| product.is_zero())
    }
}

/// Reads all of `bytes`: the one compressed encoding of a point that is in its group and not at infinity.
fn point<P: AffineRepr>(bytes: &[u8]) -> Option<P> {
    P::deserialize_compressed(bytes).ok().filter(|point| !point.is_zero())
}

fn hashed(message: &[u8]) -> Option<G1Affine> {
    let mut prefixed = Vec::with_capacity(message.len().saturating_add(1));
    prefixed.push(NAMESPACE);
    prefixed.extend_from_slice(message);
    Hasher::new(CONTEXT).ok()?.hash(&prefixed).ok()
}

/// Signs as a committee of one does: for tests and benchmarks.
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod signer {
    use super::*;
    use ark_bls12_381::Fr;
    use ark_ec::CurveGroup;
    use ark_serialize::CanonicalSerialize;

    /// The commitments of a committee of one whose secret is this number.
    pub fn commitments(secret: u64) -> Commitments {
        let mut bytes = ONE_MEMBER.to_vec();
        bytes.extend(compressed(&(G2Affine::generator() * Fr::from(secret)).into_affine()));
        Commitments::truncate_from(bytes)
    }

    /// Its signature of `message`.
    pub fn sign(secret: u64, message: &[u8]) -> RoundSignature {
        let hashed = hashed(message).expect("every message has a point");
        let bytes = compressed(&(hashed * Fr::from(secret)).into_affine());
        RoundSignature(bytes.try_into().expect("a point of G1 has 48 bytes"))
    }

    fn compressed(point: &impl CanonicalSerialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        point.serialize_compressed(&mut bytes).expect("memory takes all bytes");
        bytes
    }
}
