//! Quotes in the form of Intel's quoting enclaves: version 4 and 5 for trust domains, version 3 for enclaves.

use adyton_attestation::TdxMeasurement;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    enclave::EnclavePlan,
    keys::{Key, Keys},
};

/// The version of the development TDX module.
pub(crate) const MODULE_VERSION: u8 = 1;
/// Its security version.
pub(crate) const MODULE_SVN: u8 = 11;

/// Which body a quote has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A trust domain's report, version 1.0.
    Domain10,
    /// Version 1.5.
    Domain15,
    /// Version 1.5, extended.
    Domain15Extended,
    /// An enclave's report.
    Enclave,
}

/// What a trust domain's report has in every version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TdReportPlan {
    /// Security versions: module, module version, microcode, zeros.
    pub tee_tcb_svn: [u8; 16],
    /// Measurement of the TDX module.
    pub mr_seam: [u8; 48],
    /// The module's signer; zero is Intel.
    pub mr_signer_seam: [u8; 48],
    /// The module's attributes.
    pub seam_attributes: [u8; 8],
    /// What was measured, attributes and extended features included.
    pub measurement: TdxMeasurement,
    /// What the program asked to be attested.
    pub report_data: [u8; 64],
}

impl TdReportPlan {
    fn encode(&self) -> Vec<u8> {
        let measured = &self.measurement;
        let fields: [&[u8]; 11] = [
            &self.tee_tcb_svn,
            &self.mr_seam,
            &self.mr_signer_seam,
            &self.seam_attributes,
            &measured.attributes,
            &measured.xfam,
            &measured.mr_td,
            &measured.mr_config_id,
            &measured.mr_owner,
            &measured.mr_owner_config,
            measured.rtmr.as_flattened(),
        ];
        [fields.concat().as_slice(), &self.report_data].concat()
    }
}

/// What version 1.5 adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentPlan {
    /// Security versions of now, in the place of those of the launch.
    pub tee_tcb_svn: [u8; 16],
    /// Hash of the service domains.
    pub mr_service_td: [u8; 48],
}

/// What the extended version 1.5 adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedPlan {
    /// Which part of the domain it is about.
    pub virtual_machine: u8,
    /// Drawn at the launch.
    pub instance: [u8; 32],
    /// Hash of what is known about devices.
    pub devices: [u8; 48],
    /// Hash of the service domains at the launch.
    pub initial_services: [u8; 48],
    /// Their attributes, and what is known about the platform of the launch.
    pub initial: [u8; 52],
    /// Hash of the service domains now.
    pub current_services: [u8; 48],
    /// Their attributes.
    pub current_attributes: [u8; 8],
}

impl ExtendedPlan {
    fn encode(&self) -> Vec<u8> {
        let fields: [&[u8]; 7] = [
            &[self.virtual_machine],
            &self.instance,
            &self.devices,
            &self.initial_services,
            &self.initial,
            &self.current_services,
            &self.current_attributes,
        ];
        fields.concat()
    }
}

/// The quoting enclave's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnclaveReportPlan {
    /// Miscellaneous selection.
    pub misc_select: [u8; 4],
    /// Attributes.
    pub attributes: [u8; 16],
    /// Who signed the enclave.
    pub mr_signer: [u8; 32],
    /// Product number; 2 is the TD quoting enclave.
    pub product: u16,
    /// Security version.
    pub svn: u16,
    /// `None`: what vouches for the attestation key.
    pub report_data: Option<[u8; 64]>,
    /// A byte in a field that must be zero.
    pub reserved: u8,
}

impl EnclaveReportPlan {
    fn encode(&self, report_data: &[u8; 64]) -> [u8; 384] {
        let mut out = [0; 384];
        out[16..20].copy_from_slice(&self.misc_select);
        out[20] = self.reserved;
        out[48..64].copy_from_slice(&self.attributes);
        out[64..96].fill(0x51);
        out[128..160].copy_from_slice(&self.mr_signer);
        out[256..258].copy_from_slice(&self.product.to_le_bytes());
        out[258..260].copy_from_slice(&self.svn.to_le_bytes());
        out[320..384].copy_from_slice(report_data);
        out
    }
}

/// Everything in a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotePlan {
    /// Format version.
    pub version: u16,
    /// Type of the attestation key; 2 is ECDSA over P-256.
    pub key_type: u16,
    /// Type of the environment; 0x81 is TDX.
    pub tee_type: u32,
    /// Bytes of the header that must be zero.
    pub reserved: [u8; 4],
    /// Vendor of the quoting enclave.
    pub vendor: [u8; 16],
    /// The quoting enclave's identifier on this platform, then zeros.
    pub user_data: [u8; 20],
    /// Which of the following bodies it has.
    pub form: Form,
    /// The body's type; `None`: that of its form.
    pub body_type: Option<u16>,
    /// The body's length; `None`: what it has.
    pub body_length: Option<u32>,
    /// A trust domain's report.
    pub body: TdReportPlan,
    /// What version 1.5 adds to it.
    pub current: CurrentPlan,
    /// What the extended version adds to that.
    pub extended: ExtendedPlan,
    /// An enclave's report.
    pub measured: EnclavePlan,
    /// The quoting enclave's report.
    pub enclave: EnclaveReportPlan,
    /// What the quoting enclave authenticates beside the attestation key.
    pub authentication: Vec<u8>,
    /// Type of the outer certification data.
    pub certification_type: u16,
    /// Type of the inner certification data.
    pub chain_type: u16,
    /// The key that signs the quote.
    pub attestation_key: Key,
    /// The key that signs the quoting enclave's report.
    pub platform_key: Key,
    /// Text instead of the chain.
    pub chain: Option<String>,
    /// Bytes after the chain, inside the declared length.
    pub padding_inside: Vec<u8>,
    /// Bytes after the declared end.
    pub trailing: Vec<u8>,
}

/// The vendor identifier of Intel's quoting enclave.
pub(crate) const INTEL_VENDOR: [u8; 16] =
    [0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07];

impl QuotePlan {
    /// `certificates` are the chain, leaf first.
    pub(crate) fn issue(&self, keys: &Keys, certificates: [&[u8]; 3]) -> Vec<u8> {
        let signed = [
            &self.version.to_le_bytes()[..],
            &self.key_type.to_le_bytes(),
            &self.tee_type.to_le_bytes(),
            &self.reserved,
            &self.vendor,
            &self.user_data,
            &self.encode_body(),
        ]
        .concat();
        let attestation_key = keys.public(&self.attestation_key);
        let certification = self.certification(keys, &attestation_key, certificates);
        let wrapper = match self.version {
            3 => Vec::new(),
            _ => [&self.certification_type.to_le_bytes()[..], &length(&certification)].concat(),
        };
        let signature_data = [
            &keys.sign(&self.attestation_key, &signed)[..],
            &attestation_key,
            &wrapper,
            &certification,
            &self.padding_inside,
        ]
        .concat();
        [&signed[..], &length(&signature_data), &signature_data, &self.trailing].concat()
    }

    /// The body, behind its type and length in version 5.
    fn encode_body(&self) -> Vec<u8> {
        let current = || [&self.current.tee_tcb_svn[..], &self.current.mr_service_td].concat();
        let (body_type, body) = match self.form {
            Form::Enclave => (1, self.measured.encode().to_vec()),
            Form::Domain10 => (2, self.body.encode()),
            Form::Domain15 => (3, [self.body.encode(), current()].concat()),
            Form::Domain15Extended => (4, [self.body.encode(), current(), self.extended.encode()].concat()),
        };
        if self.version != 5 {
            return body;
        }
        let body_type: u16 = self.body_type.unwrap_or(body_type);
        let length = self.body_length.unwrap_or(body.len() as u32);
        [&body_type.to_le_bytes()[..], &length.to_le_bytes(), &body].concat()
    }

    fn certification(&self, keys: &Keys, attestation_key: &[u8; 64], certificates: [&[u8]; 3]) -> Vec<u8> {
        let report_data = self.enclave.report_data.unwrap_or_else(|| {
            let mut vouched = [0; 64];
            vouched[..32].copy_from_slice(
                &Sha256::new().chain_update(attestation_key).chain_update(&self.authentication).finalize(),
            );
            vouched
        });
        let report = self.enclave.encode(&report_data);
        let chain = match &self.chain {
            Some(text) => text.clone(),
            None => certificates.iter().map(|der| pem(der)).collect(),
        };
        [
            &report[..],
            &keys.sign(&self.platform_key, &report),
            &(self.authentication.len() as u16).to_le_bytes(),
            &self.authentication,
            &self.chain_type.to_le_bytes(),
            &length(chain.as_bytes()),
            chain.as_bytes(),
        ]
        .concat()
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    (bytes.len() as u32).to_le_bytes()
}

/// PEM with lines of 64 characters.
pub(crate) fn pem(der: &[u8]) -> String {
    let characters = STANDARD.encode(der);
    let lines: Vec<&str> =
        characters.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64 is ascii")).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
