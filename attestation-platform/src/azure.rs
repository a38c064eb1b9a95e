//! A confidential virtual machine of Azure, whose paravisor holds the hardware's report and gives the guest a TPM.
//! Sources: Microsoft, "Guest attestation for confidential VMs" (report layout, runtime claims); the TPM's indices
//! and handles as Microsoft's own tools use them.
//!
//! The guest cannot choose the hardware's report data: that is the hash of the paravisor's runtime claims, which
//! name the TPM's attestation key (AK). What the guest asks for is bound through that key: the TPM's quote carries
//! [`nonce`] of the report data. Evidence is the JSON object in which Azure's guest libraries hand these parts
//! around, with the TDX quote that the metadata service makes of the hardware's report, or the chip's certificate.

mod report;

use adyton_attestation::{EvidenceKind, tdx::MAX_QUOTE_BYTES};
use async_trait::async_trait;
use base64::{
    Engine,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{path::PathBuf, sync::Arc, time::Duration};
use zeroize::Zeroizing;

use crate::{
    Evidence, Platform, PlatformError,
    http::{Ask, Http, Patience},
    patience::patiently,
    pem, report_data,
    tpm::{self, PCRS, Tpm, TpmDevice},
};
pub(crate) use report::ParavisorReport;

/// Where the paravisor keeps its report.
const REPORT_INDEX: u32 = 0x0140_0001;
/// The TPM's attestation key, which the paravisor makes.
const ATTESTATION_KEY: u32 = 0x8100_0003;
/// Where the certificate of that key is, followed by filling.
const KEY_CERTIFICATE_INDEX: u32 = 0x01C1_01D0;
const MAX_INDEX_BYTES: usize = 8 * 1024;
/// `TPM_RC_HANDLE` for the first handle: nothing is defined there.
const NO_SUCH_INDEX: u32 = 0x18B;
/// The TPM is emulated and quick, but other programs use it too.
const PATIENCE: Duration = Duration::from_secs(60);
/// Registers may change between being read and being quoted.
const ATTEMPTS: usize = 5;

/// The hardware below the paravisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hardware {
    /// AMD SEV-SNP.
    Snp,
    /// Intel TDX.
    Tdx,
}

/// What the TPM quotes for `report_data`: its SHA-256, because Azure's TPM takes 50 bytes at most.
pub fn nonce(report_data: &[u8; 64]) -> [u8; 32] {
    Sha256::digest(report_data).into()
}

/// A confidential virtual machine of Azure.
pub struct AzureVtpm {
    tpm: Arc<dyn Tpm>,
    hardware: Hardware,
    metadata: String,
    http: Http,
    /// Certificates above that of the TPM's key, nearest first: the machine does not have them.
    authorities: Vec<Vec<u8>>,
}

impl AzureVtpm {
    /// The machine whose TPM is `device` (usually `/dev/tpmrm0`), on `hardware`, with the metadata service at the
    /// URL `metadata` (usually `http://169.254.169.254`).
    ///
    /// # Errors
    /// [`PlatformError::Metadata`] if there is no client for HTTP.
    pub fn new(device: PathBuf, hardware: Hardware, metadata: String) -> Result<Self, PlatformError> {
        Self::with_tpm(Arc::new(TpmDevice::new(device)), hardware, metadata, Patience::default())
    }

    /// The same with another TPM and another patience: for emulation.
    ///
    /// # Errors
    /// As [`AzureVtpm::new`].
    pub fn with_tpm(
        tpm: Arc<dyn Tpm>,
        hardware: Hardware,
        metadata: String,
        patience: Patience,
    ) -> Result<Self, PlatformError> {
        let http = Http::new(patience).map_err(|error| PlatformError::Metadata(error.to_string()))?;
        let metadata = metadata.trim_end_matches('/').to_owned();
        Ok(Self { tpm, hardware, metadata, http, authorities: Vec::new() })
    }

    /// The same, with the certificates (PEM) of the authorities above the TPM's key, nearest first. They go into the
    /// evidence behind the key's own, for verifiers that want its chain.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`].
    pub fn with_authorities(self, pem: &str) -> Result<Self, PlatformError> {
        let authorities = pem::certificates(pem).ok_or(PlatformError::Malformed("a list of certificates in PEM"))?;
        Ok(Self { authorities, ..self })
    }

    /// A quote of the hardware's report by Intel's quoting enclave, which runs on the host.
    async fn td_quote(&self, report: &ParavisorReport) -> Result<Vec<u8>, PlatformError> {
        #[derive(Serialize)]
        struct Question {
            report: String,
        }
        #[derive(Deserialize)]
        struct Answer {
            quote: String,
        }
        let question = Question { report: URL_SAFE_NO_PAD.encode(report.td_report()) };
        let body = serde_json::to_vec(&question).expect("a string has a JSON form");
        let url = format!("{}/acc/tdquote", self.metadata);
        let ask = Ask::post(url, "application/json", body, 2 * MAX_QUOTE_BYTES).with_header("Metadata", "true");
        let answer = self.http.ask(&ask).await.map_err(PlatformError::Metadata)?;
        let answer: Answer = serde_json::from_slice(&answer.body).map_err(|_| PlatformError::Malformed("a quote"))?;
        let quote = unpadded(&answer.quote).ok_or(PlatformError::Malformed("a quote"))?;
        if quote.len() > MAX_QUOTE_BYTES {
            return Err(PlatformError::TooLarge);
        }
        report_data::require_in_tdx_quote(&quote, report.report_data())?;
        Ok(quote)
    }

    /// The chip's certificate and those above it, leaf first.
    async fn chip_certificates(&self) -> Result<Vec<Vec<u8>>, PlatformError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            vcek_cert: String,
            certificate_chain: String,
        }
        let url = format!("{}/metadata/THIM/amd/certification", self.metadata);
        let ask = Ask::get(url, 64 * 1024).with_header("Metadata", "true");
        let answer = self.http.ask(&ask).await.map_err(PlatformError::Metadata)?;
        let form = || PlatformError::Malformed("a certificate chain");
        let answer: Answer = serde_json::from_slice(&answer.body).map_err(|_| form())?;
        let chain = pem::certificates(&format!("{}\n{}", answer.vcek_cert, answer.certificate_chain));
        chain.filter(|chain| chain.len() == 3).ok_or_else(form)
    }
}

#[async_trait]
impl Platform for AzureVtpm {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        Ok(self.evidence(report_data).await?.bytes)
    }

    /// With the chip's certificate chain on SNP.
    async fn evidence(&self, report_data: [u8; 64]) -> Result<Evidence, PlatformError> {
        let (tpm, hardware) = (Arc::clone(&self.tpm), self.hardware);
        let work = move || Parts::ask(&*tpm, hardware, &nonce(&report_data));
        let parts = patiently(PATIENCE, "wait for the TPM", work).await?;
        let (own, certificates) = match self.hardware {
            Hardware::Snp => {
                let chain = self.chip_certificates().await?;
                (Own::Snp { vcek: URL_SAFE.encode(&chain[0]) }, chain)
            }
            Hardware::Tdx => (Own::Tdx { td_quote: URL_SAFE.encode(self.td_quote(&parts.report).await?) }, Vec::new()),
        };
        Ok(Evidence { kind: self.kind(), bytes: parts.bundle(own, &self.authorities), certificates })
    }

    /// The TPM's own state is the paravisor's, whose keys are Microsoft's: it seals nothing for us.
    async fn sealing_key(&self, _label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(None)
    }

    fn kind(&self) -> EvidenceKind {
        match self.hardware {
            Hardware::Snp => EvidenceKind::AzureSnp,
            Hardware::Tdx => EvidenceKind::AzureTdx,
        }
    }

    fn name(&self) -> &'static str {
        "azure-vtpm"
    }
}

/// Which hardware the paravisor of this machine's TPM says it is on.
pub(crate) fn hardware(tpm: &dyn Tpm) -> Result<Hardware, PlatformError> {
    Ok(ParavisorReport::read(tpm::read_nv(tpm, REPORT_INDEX, MAX_INDEX_BYTES)?)?.hardware())
}

/// What the TPM gives.
struct Parts {
    report: ParavisorReport,
    quote: tpm::Quote,
    registers: [[u8; 32]; PCRS],
    key_certificate: Option<Vec<u8>>,
}

/// What only one kind of hardware has.
#[derive(Serialize)]
#[serde(untagged)]
enum Own {
    Snp { vcek: String },
    Tdx { td_quote: String },
}

impl Parts {
    fn ask(tpm: &dyn Tpm, hardware: Hardware, nonce: &[u8; 32]) -> Result<Self, PlatformError> {
        let report = ParavisorReport::read(tpm::read_nv(tpm, REPORT_INDEX, MAX_INDEX_BYTES)?)?;
        if report.hardware() != hardware {
            return Err(PlatformError::Mismatch("the paravisor's report is of other hardware than is configured"));
        }
        let key = tpm::read_rsa_key(tpm, ATTESTATION_KEY)?;
        if !key.attests() || key.modulus != report.attestation_key()? {
            return Err(PlatformError::Mismatch("the TPM's key is not the attestation key of the paravisor's report"));
        }
        let key_certificate = key_certificate(tpm)?;
        for _ in 0..ATTEMPTS {
            let registers = tpm::pcr_values(tpm)?;
            let quote = tpm::quote(tpm, ATTESTATION_KEY, nonce)?;
            if quote.is_over(&registers) {
                return Ok(Self { report, quote, registers, key_certificate });
            }
        }
        Err(PlatformError::Conflict)
    }

    fn bundle(&self, own: Own, authorities: &[Vec<u8>]) -> Vec<u8> {
        let quote = Signed {
            signature: hex::encode(&self.quote.signature),
            message: hex::encode(&self.quote.message),
            pcrs: self.registers.iter().map(hex::encode).collect(),
        };
        let tpm = match &self.key_certificate {
            None => TpmPart::TpmQuote(quote),
            Some(certificate) => TpmPart::TpmAttestation(Certified {
                ak_certificate_pem: pem::encode(certificate),
                ak_intermediate_certificates_pem: authorities.iter().map(|der| pem::encode(der)).collect(),
                quote,
                event_log: [],
            }),
        };
        let version = match own {
            Own::Snp { .. } => 2,
            Own::Tdx { .. } => 1,
        };
        let bundle = Bundle { version, tpm, hcl_report: URL_SAFE.encode(self.report.bytes()), own };
        serde_json::to_vec(&bundle).expect("strings and numbers have a JSON form")
    }
}

/// The evidence. The names of its fields are those of Azure's guest libraries.
#[derive(Serialize)]
struct Bundle {
    version: u32,
    #[serde(flatten)]
    tpm: TpmPart,
    hcl_report: String,
    #[serde(flatten)]
    own: Own,
}

/// What comes from the TPM, with a certificate of its key or without.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum TpmPart {
    TpmQuote(Signed),
    TpmAttestation(Certified),
}

#[derive(Serialize)]
struct Signed {
    signature: String,
    message: String,
    pcrs: Vec<String>,
}

#[derive(Serialize)]
struct Certified {
    ak_certificate_pem: String,
    ak_intermediate_certificates_pem: Vec<String>,
    quote: Signed,
    /// Always empty: the registers are judged by their values.
    event_log: [u8; 0],
}

/// The certificate of the TPM's key, without the filling after it; older machines have none.
fn key_certificate(tpm: &dyn Tpm) -> Result<Option<Vec<u8>>, PlatformError> {
    let content = match tpm::read_nv(tpm, KEY_CERTIFICATE_INDEX, MAX_INDEX_BYTES) {
        Ok(content) => content,
        Err(PlatformError::Tpm { code: NO_SUCH_INDEX, .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    // A SEQUENCE with a length of two bytes: every certificate is between 256 and 65535 bytes long.
    let [0x30, 0x82, high, low] = *content.first_chunk().ok_or(PlatformError::Malformed("a certificate"))? else {
        return Err(PlatformError::Malformed("a certificate"));
    };
    let length = 4 + usize::from(u16::from_be_bytes([high, low]));
    content.get(..length).map(|der| Some(der.to_vec())).ok_or(PlatformError::Malformed("a certificate"))
}

/// Base64 in the alphabet for URLs, with or without filling at its end.
fn unpadded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
