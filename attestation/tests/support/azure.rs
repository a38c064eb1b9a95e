//! Confidential machines of a cloud that exists only in tests, over development TDX and SEV-SNP.
#![allow(dead_code, reason = "every test file uses another part of it")]

use super::{
    ISSUED_AT, NOW,
    snp::{self, insecure_rsa::InsecureRsaKey},
    tpm::{self, Message},
};
use adyton_attestation::{
    azure::{
        AzureEndorsements, AzureEvidence, AzureFacts, AzurePolicy, AzureRefusal, AzureSnp, AzureTdx, HardwareKind,
        HclEvidence, verify_azure_snp, verify_azure_tdx,
    },
    snp::{SnpPolicy, SnpProduct},
    tpm::{PcrSet, QuoteSignature},
};
use adyton_development_root::Plan;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256, Sha384};
use std::sync::LazyLock;

/// Where the fields of the paravisor's report begin.
pub mod at {
    pub const MAGIC: usize = 0;
    pub const VERSION: usize = 4;
    pub const SIZE: usize = 8;
    pub const REQUEST: usize = 12;
    pub const STATUS: usize = 16;
    pub const RESERVED: usize = 20;
    pub const HARDWARE: usize = 32;
    pub const RUNTIME_SIZE: usize = 1216;
    pub const RUNTIME_VERSION: usize = 1220;
    pub const REPORT_TYPE: usize = 1224;
    pub const HASH_TYPE: usize = 1228;
    pub const LENGTH: usize = 1232;
    pub const JSON: usize = 1236;
}

pub fn attestation_key() -> &'static InsecureRsaKey {
    static KEY: LazyLock<InsecureRsaKey> = LazyLock::new(InsecureRsaKey::bits_2048);
    &KEY
}

/// DER `SubjectPublicKeyInfo` of the attestation key.
pub fn attestation_key_info() -> Vec<u8> {
    snp::write::rsa_key(attestation_key())
}

pub fn user_data() -> [u8; 64] {
    [0x0d; 64]
}

/// Good runtime data.
pub fn runtime_data() -> String {
    let modulus = URL_SAFE_NO_PAD.encode(&attestation_key().modulus);
    let user_data = hex::encode_upper(user_data());
    format!(
        concat!(
            r#"{{"keys":[{{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"{0}"}},"#,
            r#"{{"kid":"HCLEkPub","key_ops":["encrypt"],"kty":"RSA","e":"AQAB","n":"{0}"}}],"#,
            r#""vm-configuration":{{"root-cert-thumbprint":"","console-enabled":true,"secure-boot":true,"#,
            r#""tpm-enabled":true,"tpm-persisted":false,"vmUniqueId":"3c18c97a-0d2a-4565-969d-166cdcef26a3"}},"#,
            r#""user-data":"{1}"}}"#
        ),
        modulus, user_data
    )
}

/// A machine to be made.
#[derive(Clone)]
pub struct Machine {
    pub kind: HardwareKind,
    pub runtime_data: String,
    /// Zeros after the paravisor's report.
    pub padding: usize,
    pub message: Message,
    /// What the hardware signs besides the hash of the runtime data.
    pub upper_report_data: [u8; 32],
    /// Changes to the paravisor's report after it was made.
    pub afterwards: Vec<(usize, Vec<u8>)>,
    pub certificates: Vec<Vec<u8>>,
    /// Changes to the trust domain below, over TDX.
    pub domain: fn(&mut Plan),
}

/// A machine's evidence and that of its hardware.
#[derive(Clone)]
pub struct Made {
    pub evidence: AzureEvidence,
    /// The TDX quote; empty over SEV-SNP.
    pub quote: Vec<u8>,
    pub snp: Option<snp::Evidence>,
}

impl Machine {
    pub fn good(kind: HardwareKind) -> Self {
        Self {
            kind,
            runtime_data: runtime_data(),
            padding: 200,
            message: Message::good(),
            upper_report_data: [0; 32],
            afterwards: Vec::new(),
            certificates: Vec::new(),
            domain: |_| (),
        }
    }

    /// Over TDX, with another domain below.
    pub fn on(domain: fn(&mut Plan)) -> Self {
        Self { domain, ..Self::good(HardwareKind::Tdx) }
    }

    pub fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// With text of the runtime data replaced before it is hashed.
    pub fn saying(self, from: &str, to: &str) -> Self {
        assert!(self.runtime_data.contains(from), "{from}");
        self.but(|machine| machine.runtime_data = machine.runtime_data.replacen(from, to, 1))
    }

    /// With bytes of the paravisor's report replaced after it was made.
    pub fn then(self, offset: usize, bytes: &[u8]) -> Self {
        self.but(|machine| machine.afterwards.push((offset, bytes.to_vec())))
    }

    pub fn make(&self) -> Made {
        let mut report_data = [0; 64];
        report_data[..32].copy_from_slice(&Sha256::digest(&self.runtime_data));
        report_data[32..].copy_from_slice(&self.upper_report_data);
        let (hardware, quote, snp) = match self.kind {
            HardwareKind::Snp => {
                let evidence = snp::good(SnpProduct::Genoa).with(snp::at::REPORT_DATA, &report_data).evidence();
                (evidence.report.clone(), Vec::new(), Some(evidence))
            }
            HardwareKind::Tdx => {
                let mut plan = super::development().plan(&super::worker(), report_data, ISSUED_AT);
                (self.domain)(&mut plan);
                let quote = plan.issue().quote;
                (td_report(&quote, &report_data), quote, None)
            }
        };
        let mut hcl = hcl_report(self.kind, &hardware, &self.runtime_data);
        hcl.resize(hcl.len() + self.padding, 0);
        for (offset, bytes) in &self.afterwards {
            hcl[*offset..*offset + bytes.len()].copy_from_slice(bytes);
        }
        let message = self.message.encode();
        Made {
            evidence: AzureEvidence {
                hcl: HclEvidence::Report(hcl),
                signature: QuoteSignature::RsaPkcs1Sha256(attestation_key().sign_pkcs1_sha256(&message)),
                quote: message,
                pcrs: tpm::pcrs(),
                certificates: self.certificates.clone(),
            },
            quote,
            snp,
        }
    }

    pub fn verify(&self, policy: &AzurePolicy) -> Result<AzureFacts, AzureRefusal> {
        self.make().verify(&AzureEndorsements::default(), policy)
    }

    /// Why it is refused under the good policy.
    pub fn refusal(&self) -> AzureRefusal {
        self.verify(&policy()).unwrap_err()
    }
}

impl Made {
    /// Verified as what its hardware is.
    pub fn verify(&self, endorsements: &AzureEndorsements, policy: &AzurePolicy) -> Result<AzureFacts, AzureRefusal> {
        match &self.snp {
            Some(snp) => self.verify_as_snp(snp, endorsements, policy),
            None => self.verify_as_tdx(&self.quote, endorsements, policy),
        }
    }

    pub fn verify_as_tdx(
        &self,
        quote: &[u8],
        endorsements: &AzureEndorsements,
        policy: &AzurePolicy,
    ) -> Result<AzureFacts, AzureRefusal> {
        let (collateral, root, tdx_policy) = (super::checked(), super::root(), super::policy());
        let hardware = AzureTdx { quote, collateral: &collateral, root: &root, policy: &tdx_policy };
        let verdict = verify_azure_tdx(&self.evidence, endorsements, &hardware, policy, NOW)?;
        Ok(AzureFacts::clone(&verdict))
    }

    pub fn verify_as_snp(
        &self,
        snp: &snp::Evidence,
        endorsements: &AzureEndorsements,
        policy: &AzurePolicy,
    ) -> Result<AzureFacts, AzureRefusal> {
        let snp_policy = SnpPolicy::strict();
        let hardware = AzureSnp { endorsements: snp.endorsements(), roots: snp::roots(), policy: &snp_policy };
        let verdict = verify_azure_snp(&self.evidence, endorsements, &hardware, policy, NOW)?;
        Ok(AzureFacts::clone(&verdict))
    }
}

pub fn policy() -> AzurePolicy {
    AzurePolicy {
        allow_console: true,
        roots: vec![tpm::authority().trusted()],
        ..AzurePolicy::strict(PcrSet::FIRMWARE)
    }
}

/// The paravisor's report without padding.
pub fn hcl_report(kind: HardwareKind, hardware: &[u8], runtime_data: &str) -> Vec<u8> {
    let length = runtime_data.len() as u32;
    let kind: u32 = match kind {
        HardwareKind::Snp => 2,
        HardwareKind::Tdx => 4,
    };
    let mut bytes = b"HCLA".to_vec();
    for number in [2, 32 + 1184 + 20 + length, 2, 0, 0, 0, 0] {
        bytes.extend(u32::to_le_bytes(number));
    }
    bytes.extend(hardware);
    for number in [20 + length, 1, kind, 1, length] {
        bytes.extend(u32::to_le_bytes(number));
    }
    bytes.extend(runtime_data.as_bytes());
    bytes
}

/// The `TDREPORT` that a quote was made of, with the paravisor's padding.
pub fn td_report(quote: &[u8], report_data: &[u8; 64]) -> Vec<u8> {
    let begin = if quote[0] == 5 { 54 } else { 48 };
    let body = &quote[begin..begin + 584];
    let mut info = [0; 512];
    info[..400].copy_from_slice(&body[120..520]);
    let mut report = vec![0; 1184];
    report[0] = 0x81;
    report[80..128].copy_from_slice(&Sha384::digest(info));
    report[128..192].copy_from_slice(report_data);
    report[512..1024].copy_from_slice(&info);
    report
}
