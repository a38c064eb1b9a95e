use super::*;

const DIGESTED: &[u8] = &[9; DIGEST];
const SCHEMES: [Scheme; 4] = [Scheme::Ed25519, Scheme::Secp256k1, Scheme::P256, Scheme::Sr25519];

fn of(scheme: Scheme, secret: &str) -> NamedKey {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(secret, bytes.as_mut_slice()).expect("32 bytes in hexadecimal digits");
    NamedKey::new(scheme, bytes).expect("a key of the scheme")
}

fn key(scheme: Scheme) -> NamedKey {
    of(scheme, &"07".repeat(32))
}

fn ones(drawn: &mut [u8]) -> Result<(), HostFailure> {
    drawn.fill(1);
    Ok(())
}

fn sign(scheme: Scheme, message: &[u8]) -> Vec<u8> {
    key(scheme).sign(message, ones).expect("a message of this scheme")
}

/// `specs/vectors/signatures.json`: what each scheme makes of a secret and a message.
#[test]
fn the_published_signature_vectors_are_what_this_code_makes() {
    let signed = SCHEMES.map(|scheme| {
        let (name, message) = match scheme {
            Scheme::Ed25519 => ("ed25519", &b"message"[..]),
            Scheme::Secp256k1 => ("secp256k1", DIGESTED),
            Scheme::P256 => ("p256", DIGESTED),
            Scheme::Sr25519 => ("sr25519", &b"message"[..]),
        };
        let mut entry = serde_json::json!({
            "scheme": name, "secret": hex::encode([7; 32]), "public": hex::encode(key(scheme).public()),
            "message": hex::encode(message), "signature": hex::encode(sign(scheme, message)),
        });
        if scheme == Scheme::Sr25519 {
            entry["randomness"] = hex::encode([1; 32]).into();
        }
        entry
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/signatures.json");
    let text = serde_json::to_string_pretty(&signed).expect("JSON") + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).expect("the vectors' folder is there");
    }
    assert_eq!(std::fs::read_to_string(path).expect("the file is there"), text, "{path} differs");
}

#[test]
fn a_signature_verifies_under_its_own_key_and_message_only() {
    for scheme in SCHEMES {
        let (key, message) = (key(scheme), [3; 32]);
        let signature = sign(scheme, &message);
        assert!(verify(scheme, &key.public(), &message, &signature));
        assert!(!verify(scheme, &key.public(), &[4; 32], &signature));
        let other = of(scheme, &"08".repeat(32));
        assert!(!verify(scheme, &other.public(), &message, &signature));
    }
}

#[test]
fn malformed_keys_and_signatures_are_false_and_never_a_panic() {
    for scheme in SCHEMES {
        let (key, message) = (key(scheme), [3; 32]);
        let signature = sign(scheme, &message);
        for length in 0..signature.len() {
            assert!(!verify(scheme, &key.public(), &message, &signature[..length]));
        }
        assert!(!verify(scheme, &[], &message, &signature));
        for length in [32, 33] {
            assert!(!verify(scheme, &[0xff; 33][..length], &message, &signature));
        }
        for length in [64, 65] {
            assert!(!verify(scheme, &key.public(), &message, &[0xff; 65][..length]));
            assert!(!verify(scheme, &key.public(), &message, &[0; 65][..length]));
        }
    }
}

/// A signature with the other of the two possible s.
macro_rules! with_other_s {
    ($curve:ident, $signature:expr) => {{
        let scalars = $curve::ecdsa::Signature::from_slice(&$signature[..64]).expect("a signature");
        let other = $curve::ecdsa::Signature::from_scalars(scalars.r().to_bytes(), (-*scalars.s()).to_bytes());
        other.expect("in range").to_bytes().to_vec()
    }};
}

#[test]
fn a_changed_recovery_number_or_a_high_s_is_another_signature_under_secp256k1() {
    let (scheme, message) = (Scheme::Secp256k1, [3; 32]);
    let public = key(scheme).public();
    let mut signature = sign(scheme, &message);
    signature[64] ^= 1;
    assert!(!verify(scheme, &public, &message, &signature));
    let high = with_other_s!(k256, signature);
    signature[..64].copy_from_slice(&high);
    assert!(!verify(scheme, &public, &message, &signature));
}

/// RFC 6979 A.2.5, SHA-256, "sample": there s is the higher one.
#[test]
fn p256_signs_with_the_nonce_of_rfc_6979_and_the_lower_s() {
    let key = of(Scheme::P256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let digest = hex::decode("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf").expect("digits");
    let signature = key.sign(&digest, ones).expect("a digest");
    let expected = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                    0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";
    assert_eq!(hex::encode(&signature), expected);
    let high = with_other_s!(p256, signature);
    assert!(hex::encode(&high).ends_with("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"));
}

#[test]
fn p256_verifies_either_s() {
    let signature = sign(Scheme::P256, &[3; 32]);
    let other = with_other_s!(p256, signature);
    assert_ne!(signature, other);
    assert!(verify(Scheme::P256, &key(Scheme::P256).public(), &[3; 32], &other));
}

/// The seed and account of Substrate's `//Alice`.
#[test]
fn an_sr25519_key_is_that_of_an_account_with_the_same_seed() {
    let alice = of(Scheme::Sr25519, "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a");
    let account = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
    assert_eq!(hex::encode(alice.public()), account);
}

#[test]
fn an_sr25519_signature_is_another_one_with_other_randomness_and_holds_too() {
    let (scheme, other) = (Scheme::Sr25519, key(Scheme::Sr25519).sign(b"message", |_| Ok(())).expect("a message"));
    assert_ne!(sign(scheme, b"message"), other);
    assert!(verify(scheme, &key(scheme).public(), b"message", &other));
}

#[test]
fn an_sr25519_signature_of_another_context_does_not_hold() {
    let pair = MiniSecretKey::from_bytes(&[7; 32]).expect("32 bytes").expand_to_keypair(ExpansionMode::Ed25519);
    let transcript = signing_context(b"elsewhere").bytes(b"message");
    let elsewhere = pair.sign(attach_rng(transcript, Drawn(Zeroizing::new([1; 32])))).to_bytes();
    assert_eq!(pair.public.to_bytes().to_vec(), key(Scheme::Sr25519).public());
    assert!(!verify(Scheme::Sr25519, &pair.public.to_bytes(), b"message", &elsewhere));
}

#[test]
fn without_randomness_sr25519_signs_nothing_and_the_others_do_not_ask() {
    for scheme in SCHEMES {
        let signed = key(scheme).sign(&[3; 32], |_| Err(HostFailure::new("drawing", "no source")));
        assert_eq!(signed.is_err(), scheme == Scheme::Sr25519);
    }
}

#[test]
fn a_weak_ed25519_key_verifies_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert!(!verify(Scheme::Ed25519, &identity, b"anything", &signature));
}

#[test]
fn a_weak_sr25519_key_verifies_nothing() {
    // R the neutral element and s zero, with the bit that marks the scheme: the equation holds for every message.
    let mut signature = [0; 64];
    signature[63] = 128;
    let (weak, forged) = (schnorrkel::PublicKey::from_bytes(&[0; 32]), schnorrkel::Signature::from_bytes(&signature));
    let (weak, forged) = (weak.expect("an encoding"), forged.expect("an encoding"));
    assert!(weak.verify_simple(SUBSTRATE, b"anything", &forged).is_ok(), "the library has no such check");
    assert!(!verify(Scheme::Sr25519, &[0; 32], b"anything", &signature));
}

#[test]
fn a_secret_that_is_no_scalar_is_no_key() {
    for scheme in [Scheme::Secp256k1, Scheme::P256] {
        for byte in [0, 0xff] {
            assert!(NamedKey::new(scheme, Zeroizing::new([byte; 32])).is_err());
        }
    }
}

#[test]
fn ecdsa_takes_a_digest_and_nothing_else() {
    for scheme in [Scheme::Secp256k1, Scheme::P256] {
        assert!(check_message(scheme, &[0; DIGEST]).is_ok());
        for length in [0, 31, 33, 64] {
            assert!(matches!(check_message(scheme, &vec![0; length]), Err(Error::Invalid(_))));
        }
    }
    for scheme in [Scheme::Ed25519, Scheme::Sr25519] {
        assert!(check_message(scheme, b"").is_ok() && check_message(scheme, &[0; 1000]).is_ok());
    }
}
