//! Evidence as tools record it: JSON of the Confidential Containers project (three versions) and those derived
//! from it, YAML of the attested TLS tools, and separate binary files.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Deserialize, de::IgnoredAny};

use super::{binding::AzureEvidence, hcl::HclEvidence, yaml};
use crate::{
    Collateral, pem,
    tpm::{HashAlgorithm, PcrValue, QuoteSignature},
};

/// The longest file that is read.
pub const MAX_AZURE_FILE_BYTES: usize = 1024 * 1024;

/// A file cannot be read, with the part that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the evidence file cannot be read: {0}")]
pub struct AzureFileError(pub(crate) &'static str);

/// Everything that a file records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureFile {
    /// The machine's own evidence.
    pub evidence: AzureEvidence,
    /// The hardware's evidence beside it.
    pub hardware: HardwareFile,
}

/// The hardware's evidence beside the paravisor's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HardwareFile {
    /// AMD: the certificate of the chip's key (DER), if the machine sent it. The report is inside the paravisor's.
    Snp {
        /// The certificate.
        vcek: Option<Vec<u8>>,
    },
    /// Intel: the quote.
    Tdx {
        /// The quote.
        quote: Vec<u8>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    platform: String,
    evidence: Recorded,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    #[serde(default)]
    version: Option<u64>,
    #[serde(alias = "quote")]
    tpm_quote: Option<Quote>,
    tpm_attestation: Option<Attestation>,
    #[serde(alias = "report", alias = "hcl_report_base64")]
    hcl_report: Bytes,
    vcek: Option<Bytes>,
    #[serde(alias = "tdx_quote_base64")]
    td_quote: Option<Bytes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attestation {
    ak_certificate_pem: String,
    #[serde(default)]
    ak_intermediate_certificates_pem: Vec<String>,
    quote: Quote,
    /// Nothing rests on these two.
    #[serde(default, rename = "event_log")]
    _event_log: IgnoredAny,
    #[serde(default, rename = "instance_info")]
    _instance_info: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    message: Bytes,
    signature: Bytes,
    pcrs: Vec<Bytes>,
}

/// Bytes as a list of numbers or as text, whose encoding its place says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bytes {
    List(Vec<u8>),
    Text(String),
}

impl AzureFile {
    /// Reads a file in any of the JSON and YAML forms.
    ///
    /// # Errors
    /// [`AzureFileError`] with the part that cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self, AzureFileError> {
        if bytes.len() > MAX_AZURE_FILE_BYTES {
            return Err(AzureFileError("it is larger than 1 MiB"));
        }
        let text = core::str::from_utf8(bytes).map_err(|_| AzureFileError("it is not text"))?;
        let form = AzureFileError("it has none of the known forms");
        let recorded = if text.trim_start().starts_with('{') {
            match serde_json::from_str::<Wrapped>(text) {
                Ok(wrapped) if matches!(wrapped.platform.as_str(), "az-snp" | "az-tdx") => wrapped.evidence,
                Ok(_) => return Err(AzureFileError("its platform is not azure")),
                Err(_) => serde_json::from_str(text).map_err(|_| form)?,
            }
        } else {
            serde_json::from_value(yaml::parse(text).ok_or(form)?).map_err(|_| form)?
        };
        recorded.read()
    }

    /// Reads a machine's evidence over TDX from separate binary files: the TDX quote, the virtual TPM's quote, its
    /// `TPMT_SIGNATURE`, the attestation key's certificate (DER) and the runtime data with its header.
    ///
    /// # Errors
    /// [`AzureFileError`] if the certificate cannot be cut out of its padding.
    pub fn of_tdx_parts(
        td_quote: &[u8],
        quote: &[u8],
        signature: &[u8],
        certificate: &[u8],
        runtime_data: &[u8],
    ) -> Result<Self, AzureFileError> {
        Ok(Self {
            evidence: AzureEvidence {
                hcl: HclEvidence::RuntimeData(runtime_data.to_vec()),
                quote: quote.to_vec(),
                signature: QuoteSignature::Structured(signature.to_vec()),
                pcrs: Vec::new(),
                certificates: Vec::from([without_padding(certificate)?]),
            },
            hardware: HardwareFile::Tdx { quote: td_quote.to_vec() },
        })
    }
}

/// Reads Intel's collateral in the YAML form that stands beside such evidence; its fields are those of
/// [`Collateral::from_json`].
///
/// # Errors
/// [`AzureFileError`] if it cannot be read.
pub fn collateral_from_yaml(bytes: &[u8]) -> Result<Collateral, AzureFileError> {
    const FORM: AzureFileError = AzureFileError("it is not collateral in yaml");
    if bytes.len() > MAX_AZURE_FILE_BYTES {
        return Err(AzureFileError("it is larger than 1 MiB"));
    }
    let text = core::str::from_utf8(bytes).map_err(|_| FORM)?;
    let json = serde_json::to_vec(&yaml::parse(text).ok_or(FORM)?).map_err(|_| FORM)?;
    Collateral::from_json(&json).map_err(|_| FORM)
}

impl Recorded {
    fn read(self) -> Result<AzureFile, AzureFileError> {
        if !matches!(self.version, None | Some(1 | 2)) {
            return Err(AzureFileError("its version is not 1 or 2"));
        }
        let (quote, certificates) = match (self.tpm_quote, self.tpm_attestation) {
            (Some(quote), None) => (quote, Vec::new()),
            (None, Some(attestation)) => attestation.read()?,
            (Some(_), Some(_)) | (None, None) => return Err(AzureFileError("it has not exactly one tpm quote")),
        };
        let hardware = match (self.td_quote, self.vcek) {
            (Some(quote), None) => HardwareFile::Tdx { quote: quote.base64("the tdx quote")? },
            (None, vcek) => HardwareFile::Snp { vcek: vcek.map(Bytes::certificate).transpose()? },
            (Some(_), Some(_)) => return Err(AzureFileError("it has evidence of two kinds of hardware")),
        };
        Ok(AzureFile {
            evidence: AzureEvidence {
                hcl: HclEvidence::Report(self.hcl_report.base64("the paravisor's report")?),
                quote: quote.message.hex("the tpm quote")?,
                signature: QuoteSignature::RsaPkcs1Sha256(quote.signature.hex("the tpm quote's signature")?),
                pcrs: pcrs(quote.pcrs)?,
                certificates,
            },
            hardware,
        })
    }
}

impl Attestation {
    fn read(self) -> Result<(Quote, Vec<Vec<u8>>), AzureFileError> {
        let mut certificates = Vec::new();
        for text in core::iter::once(&self.ak_certificate_pem).chain(&self.ak_intermediate_certificates_pem) {
            let found = pem::certificates(text.as_bytes()).ok_or(AzureFileError("a certificate is not pem"))?;
            for der in &found {
                certificates.push(without_padding(der)?);
            }
        }
        Ok((self.quote, certificates))
    }
}

impl Bytes {
    fn hex(self, part: &'static str) -> Result<Vec<u8>, AzureFileError> {
        match self {
            Self::List(bytes) => Ok(bytes),
            Self::Text(text) => hex::decode(text).map_err(|_| AzureFileError(part)),
        }
    }

    /// With the alphabet for addresses, padded or not.
    fn base64(self, part: &'static str) -> Result<Vec<u8>, AzureFileError> {
        const ANY_PADDING: GeneralPurposeConfig =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);
        match self {
            Self::List(bytes) => Ok(bytes),
            Self::Text(text) => URL_SAFE.decode(text.trim()).map_err(|_| AzureFileError(part)),
        }
    }

    /// PEM, or DER as base64.
    fn certificate(self) -> Result<Vec<u8>, AzureFileError> {
        const PART: &str = "the chip's certificate";
        match self {
            Self::Text(text) if text.trim_start().starts_with('-') => {
                match pem::certificates(text.as_bytes()).as_deref() {
                    Some([only]) => Ok(only.clone()),
                    Some(_) | None => Err(AzureFileError(PART)),
                }
            }
            other => other.base64(PART),
        }
    }
}

/// The values of registers 0, 1, 2 and so on, all of the bank that their length says.
fn pcrs(values: Vec<Bytes>) -> Result<Vec<PcrValue>, AzureFileError> {
    const PART: &str = "the register values";
    let mut pcrs = Vec::with_capacity(values.len().min(24));
    for (index, value) in (0..24).zip(&values) {
        let value = match value {
            Bytes::List(bytes) => bytes.clone(),
            Bytes::Text(text) => hex::decode(text).map_err(|_| AzureFileError(PART))?,
        };
        let bank = HashAlgorithm::ALL.into_iter().find(|bank| bank.size() == value.len());
        pcrs.push(PcrValue { bank: bank.ok_or(AzureFileError(PART))?.id(), index, value });
    }
    if pcrs.len() == values.len() { Ok(pcrs) } else { Err(AzureFileError(PART)) }
}

/// A certificate as the virtual TPM stores it, without the zeros that fill the rest of its storage. Anything else
/// after it stays, to be refused where certificates are parsed.
fn without_padding(stored: &[u8]) -> Result<Vec<u8>, AzureFileError> {
    let [0x30, 0x82, high, low, ..] = stored else {
        return Err(AzureFileError("a certificate is not der"));
    };
    let end = 4 + usize::from(u16::from_be_bytes([*high, *low]));
    let (certificate, padding) = stored.split_at_checked(end).ok_or(AzureFileError("a certificate is truncated"))?;
    let is_padding = padding.iter().all(|byte| *byte == 0);
    Ok(if is_padding { certificate.to_vec() } else { stored.to_vec() })
}
