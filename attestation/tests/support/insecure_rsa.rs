//! RSA keys whose private halves everybody can read, for issuing what no vendor would. Signs slowly and without any
//! protection against side channels.

use crypto_bigint::{
    Odd, U4096,
    modular::{FixedMontyForm, FixedMontyParams},
};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A key pair, big-endian.
#[derive(Clone)]
pub struct InsecureRsaKey {
    pub modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl InsecureRsaKey {
    pub fn bits_2048() -> Self {
        Self::read(include_str!("insecure/rsa-2048.txt"))
    }

    pub fn bits_3072() -> Self {
        Self::read(include_str!("insecure/rsa-3072.txt"))
    }

    pub fn bits_4096_a() -> Self {
        Self::read(include_str!("insecure/rsa-4096-a.txt"))
    }

    pub fn bits_4096_b() -> Self {
        Self::read(include_str!("insecure/rsa-4096-b.txt"))
    }

    fn read(text: &str) -> Self {
        let (modulus, exponent) = text.split_once("private exponent").unwrap();
        let bytes = |lines: &str| {
            let digits: String = lines.trim_start_matches("modulus").split_whitespace().collect();
            hex::decode(digits).unwrap()
        };
        Self { modulus: bytes(modulus), exponent: bytes(exponent) }
    }

    /// RSASSA-PSS with SHA-384 and a salt of 48 bytes that follows from the message.
    pub fn sign_pss_sha384(&self, message: &[u8]) -> Vec<u8> {
        let salt = Sha384::digest([b"salt", message].concat());
        let hash =
            Sha384::new().chain_update([0; 8]).chain_update(Sha384::digest(message)).chain_update(salt).finalize();
        let length = self.modulus.len() - hash.len() - 1;
        let mut block = vec![0; length - salt.len() - 1];
        block.push(1);
        block.extend_from_slice(&salt);
        for (chunk, counter) in block.chunks_mut(48).zip(0u32..) {
            let mask = Sha384::new().chain_update(hash).chain_update(counter.to_be_bytes()).finalize();
            chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        }
        block[0] &= 0x7f;
        self.apply(&[&block, hash.as_slice(), &[0xbc]].concat())
    }

    pub fn sign_pkcs1_sha256(&self, message: &[u8]) -> Vec<u8> {
        self.sign_pkcs1("3031300d060960864801650304020105000420", &Sha256::digest(message))
    }

    pub fn sign_pkcs1_sha384(&self, message: &[u8]) -> Vec<u8> {
        self.sign_pkcs1("3041300d060960864801650304020205000430", &Sha384::digest(message))
    }

    pub fn sign_pkcs1_sha512(&self, message: &[u8]) -> Vec<u8> {
        self.sign_pkcs1("3051300d060960864801650304020305000440", &Sha512::digest(message))
    }

    fn sign_pkcs1(&self, prefix: &str, digest: &[u8]) -> Vec<u8> {
        let end = [&[0], hex::decode(prefix).unwrap().as_slice(), digest].concat();
        let padding = vec![0xff; self.modulus.len() - 2 - end.len()];
        self.apply(&[&[0, 1], padding.as_slice(), &end].concat())
    }

    /// `block` to the power of the private exponent.
    pub fn apply(&self, block: &[u8]) -> Vec<u8> {
        let number = |bytes: &[u8]| {
            let mut padded = [0; 512];
            padded[512 - bytes.len()..].copy_from_slice(bytes);
            U4096::from_be_slice(&padded)
        };
        let parameters = FixedMontyParams::new_vartime(Odd::new(number(&self.modulus)).into_option().unwrap());
        let power = FixedMontyForm::new(&number(block), &parameters).pow(&number(&self.exponent)).retrieve();
        power.to_be_bytes().as_slice()[512 - self.modulus.len()..].to_vec()
    }
}
