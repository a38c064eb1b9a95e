//! How somebody shows that a worker's key has left its machine (`specs/slashing.md`).
//!
//! A worker's program signs three things with the key of its boot: a receipt, which begins with CBOR's `[`; SHA-256 of
//! what it registers or shows, 32 bytes; an extrinsic, which begins with the indices of a call. What stands here is none
//! of them: whoever has it signed did not ask the program.

use alloc::vec::Vec;

use crate::{
    domain,
    ids::{AccountId, NetworkId, SigningKey},
};

/// Bytes of a commitment's salt.
pub const SALT: usize = 32;
/// So many percent of what a pool's owner loses by an extracted key are issued to who showed it. The rest is burnt, so
/// that an owner who shows their own worker's key loses by it.
pub const BOUNTY_PERCENT: u32 = 90;

/// What no worker signs: with `key`, that `reporter` has it.
pub fn message(network: &NetworkId, key: &SigningKey, reporter: &AccountId) -> Vec<u8> {
    domain::encode_bound(domain::KEY_EXTRACTED, network, &[&key.0, &reporter.0])
}

/// What `reporter` stores on the chain some blocks before they show `signature`, the key's over [`message`]: whoever sees
/// it there first comes too late.
pub fn commitment(
    network: &NetworkId,
    key: &SigningKey,
    reporter: &AccountId,
    signature: &[u8; 64],
    salt: &[u8; SALT],
) -> [u8; 32] {
    domain::bound(domain::EXTRACTION_COMMITMENT, network, &[&key.0, &reporter.0, signature, salt])
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey as Secret};

    use super::*;
    use crate::{
        receipt::{SALT as RECEIPT_SALT, SignedReceipt},
        statement,
    };

    const NETWORK: NetworkId = NetworkId([1; 32]);
    const REPORTER: AccountId = AccountId([2; 32]);

    fn secret() -> Secret {
        Secret::from_bytes(&[42; 32])
    }

    fn key() -> SigningKey {
        SigningKey(secret().verifying_key().to_bytes())
    }

    #[test]
    fn it_is_none_of_what_workers_sign() {
        let extracted = message(&NETWORK, &key(), &REPORTER);
        // Digests of registrations and of devices' evidence, and of extrinsics that are longer than 256 bytes.
        assert_eq!(statement::sample().registration_message(b"evidence").len(), 32);
        assert!(extracted.len() > 32 && extracted.len() <= 256);
        // What is signed of a receipt is a CBOR array of four that begins with the text "Signature1".
        let mut signed = Vec::new();
        let fields = crate::receipt::tests::sample();
        SignedReceipt::sign(
            &fields,
            || [0; RECEIPT_SALT],
            |message| {
                signed = message.to_vec();
                [0; 64]
            },
        );
        assert_eq!(signed[..12], *b"\x84\x6aSignature1");
        assert_ne!(extracted[..2], signed[..2]);
        // The rest, a call's first bytes, is the runtime's test: there is no call with index 97.
        assert_eq!(extracted[1], 97);
    }

    #[test]
    fn nobody_elses_signature_or_salt_opens_a_commitment() {
        let all = |network: u8, key: u8, reporter: u8, signature: u8, salt: u8| {
            let (network, key, reporter) = (NetworkId([network; 32]), SigningKey([key; 32]), AccountId([reporter; 32]));
            commitment(&network, &key, &reporter, &[signature; 64], &[salt; SALT])
        };
        let one = all(1, 1, 1, 1, 1);
        for other in
            [all(2, 1, 1, 1, 1), all(1, 2, 1, 1, 1), all(1, 1, 2, 1, 1), all(1, 1, 1, 2, 1), all(1, 1, 1, 1, 2)]
        {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_published_vector_is_what_this_code_makes() {
        let (extracted, salt) = (message(&NETWORK, &key(), &REPORTER), [3; SALT]);
        let signature = secret().sign(&extracted).to_bytes();
        let vector = serde_json::json!({
            "network": hex::encode(NETWORK.0),
            "signing_seed": hex::encode([42; 32]),
            "key": hex::encode(key().0),
            "reporter": hex::encode(REPORTER.0),
            "message": hex::encode(&extracted),
            "signature": hex::encode(signature),
            "salt": hex::encode(salt),
            "commitment": hex::encode(commitment(&NETWORK, &key(), &REPORTER, &signature, &salt)),
        });
        crate::vectors::check("extraction", vector);
    }
}
