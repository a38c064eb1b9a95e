//! What binds a password's proof to the server's certificate: `tls-server-end-point` (RFC 5929 §4.1).

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Algorithms of RSA signatures are below this (RFC 8017, appendix C).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// Algorithms of ECDSA with SHA-2 are below this (RFC 5758 §3.2).
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// The hash of a certificate, with the hash function of its signature; none where that one names none.
pub(super) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (body, _) = element(SEQUENCE, certificate)?;
    let (_, after) = element(SEQUENCE, body)?;
    let (algorithm, _) = element(SEQUENCE, after)?;
    let (identifier, _) = element(OBJECT_IDENTIFIER, algorithm)?;
    let hash = match (identifier.strip_prefix(RSA), identifier.strip_prefix(ECDSA)) {
        // MD5 and SHA-1 count as SHA-256.
        (Some([4 | 5 | 11]), _) | (_, Some([2])) => Sha256::digest(certificate).to_vec(),
        (Some([12]), _) | (_, Some([3])) => Sha384::digest(certificate).to_vec(),
        (Some([13]), _) | (_, Some([4])) => Sha512::digest(certificate).to_vec(),
        _other => return None,
    };
    Some(hash)
}

/// The content of the first element, if it has this tag, and what comes after it (X.690 §8.1).
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _other => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    fn certificate(algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let params = CertificateParams::new(vec!["a.example.org".to_owned()]).expect("a name");
        params.self_signed(&key).expect("a certificate").der().to_vec()
    }

    #[test]
    fn the_hash_is_the_one_of_the_signature() {
        let usual = certificate(&PKCS_ECDSA_P256_SHA256);
        assert_eq!(end_point(&usual), Some(Sha256::digest(&usual).to_vec()));
        let longer = certificate(&PKCS_ECDSA_P384_SHA384);
        assert_eq!(end_point(&longer), Some(Sha384::digest(&longer).to_vec()));
    }

    #[test]
    fn a_signature_that_names_no_hash_and_what_is_no_certificate_bind_nothing() {
        let edwards = certificate(&PKCS_ED25519);
        assert_eq!(end_point(&edwards), None);
        let usual = certificate(&PKCS_ECDSA_P256_SHA256);
        for bytes in [&usual[..20], &[], &[0x30], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x80, 0, 0]] {
            assert_eq!(end_point(bytes), None);
        }
    }
}
