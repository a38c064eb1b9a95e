//! The report of a paravisor, as it lies in the TPM: filled with zeros to 2600 bytes.

use adyton_attestation_platform::Hardware;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

pub struct Paravisor {
    pub hardware: Hardware,
    pub modulus: Vec<u8>,
}

impl Paravisor {
    pub fn new(hardware: Hardware) -> Self {
        Self { hardware, modulus: vec![0xC3; 256] }
    }

    fn claims(&self) -> String {
        let key = |kid: &str, n: &[u8]| {
            format!(r#"{{"kid":"{kid}","kty":"RSA","e":"AQAB","n":"{}"}}"#, URL_SAFE_NO_PAD.encode(n))
        };
        let keys = [key("HCLAkPub", &self.modulus), key("HCLEkPub", &[7; 256])].join(",");
        format!(r#"{{"keys":[{keys}],"vm-configuration":{{"secure-boot":true}},"user-data":"00"}}"#)
    }

    /// Where the hardware's report has its report data, in the paravisor's.
    pub fn report_data_at(&self) -> usize {
        match self.hardware {
            Hardware::Snp => 32 + 0x50,
            Hardware::Tdx => 32 + 128,
        }
    }

    pub fn report(&self) -> Vec<u8> {
        let claims = self.claims();
        let mut report = vec![0; 2600];
        report[..8].copy_from_slice(b"HCLA\x02\0\0\0");
        let at = self.report_data_at();
        report[at..at + 32].copy_from_slice(&Sha256::digest(&claims));
        let kind = match self.hardware {
            Hardware::Snp => 2,
            Hardware::Tdx => 4,
        };
        for (index, number) in [20 + claims.len() as u32, 1, kind, 1, claims.len() as u32].into_iter().enumerate() {
            report[1216 + 4 * index..1220 + 4 * index].copy_from_slice(&number.to_le_bytes());
        }
        report[1236..1236 + claims.len()].copy_from_slice(claims.as_bytes());
        report
    }
}
