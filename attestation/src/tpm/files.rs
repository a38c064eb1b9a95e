//! Evidence as tools record it: JSON of the Confidential Containers project, the protocol buffer of go-tpm-tools,
//! and Keylime's text.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{
    hash::{HashAlgorithm, SHA1},
    key::KeyEvidence,
    pcr::PcrValue,
    signature::QuoteSignature,
    verify::TpmEvidence,
};

/// The longest file that is read.
pub const MAX_TPM_FILE_BYTES: usize = 1024 * 1024;
/// The bytes of a SHA-1 digest.
const SHA1_BYTES: usize = 20;
/// More quotes than any tool records: one for each bank.
const MOST_QUOTES: usize = 8;

/// A file cannot be read, with the part that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the evidence file cannot be read: {0}")]
pub struct TpmFileError(&'static str);

/// Everything that a file records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TpmFile {
    /// The quotes, one for each bank of registers.
    pub quotes: Vec<TpmEvidence>,
    /// The firmware's event log, for [`crate::eventlog::EventLog::of_pcrs`].
    pub event_log: Option<Vec<u8>>,
}

impl TpmFile {
    /// Reads a file in any of the known forms.
    ///
    /// # Errors
    /// [`TpmFileError`] with the part that cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self, TpmFileError> {
        if bytes.len() > MAX_TPM_FILE_BYTES {
            return Err(TpmFileError("it is larger than 1 MiB"));
        }
        match bytes {
            [b'{', ..] => of_json(bytes),
            [b'r', ..] => of_keylime(bytes),
            _ => of_go_tpm_tools(bytes),
        }
    }

    /// The quote over the strongest bank, which is the one to judge; the first if all are too weak.
    pub fn strongest(&self) -> Option<&TpmEvidence> {
        let strength = |quote: &&TpmEvidence| {
            quote.pcrs.first().and_then(|pcr| HashAlgorithm::from_id(pcr.bank)).map_or(0, HashAlgorithm::size)
        };
        let most = self.quotes.iter().map(|quote| strength(&quote)).max()?;
        self.quotes.iter().find(|quote| strength(quote) == most)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    ak_public: String,
    tpm_quote: JsonQuote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonQuote {
    message: String,
    pcrs: Vec<String>,
    signature: String,
}

fn of_json(bytes: &[u8]) -> Result<TpmFile, TpmFileError> {
    let json: Json = serde_json::from_slice(bytes).map_err(|_| TpmFileError("it has not the known form"))?;
    let base64 = |text: &str, part| STANDARD.decode(text).map_err(|_| TpmFileError(part));
    let mut pcrs = Vec::new();
    for (index, text) in (0..24).zip(&json.tpm_quote.pcrs) {
        let value = hex::decode(text).map_err(|_| TpmFileError("the register values"))?;
        pcrs.push(PcrValue { bank: bank_of(value.len()).ok_or(TpmFileError("the register values"))?, index, value });
    }
    if pcrs.len() != json.tpm_quote.pcrs.len() {
        return Err(TpmFileError("the register values"));
    }
    let evidence = TpmEvidence {
        message: base64(&json.tpm_quote.message, "the quote")?,
        signature: QuoteSignature::Structured(base64(&json.tpm_quote.signature, "the signature")?),
        pcrs,
        key: KeyEvidence { public_key: Some(base64(&json.ak_public, "the key")?), ..KeyEvidence::default() },
    };
    Ok(TpmFile { quotes: Vec::from([evidence]), event_log: None })
}

/// `r`, then quote, signature and register values as base64, with colons between. The values are in a form of
/// the tool's own, which is not read: their digest is in the quote.
fn of_keylime(bytes: &[u8]) -> Result<TpmFile, TpmFileError> {
    let form = TpmFileError("it has not the form r<quote>:<signature>:<registers>");
    let text = core::str::from_utf8(bytes).map_err(|_| form)?;
    let mut parts = text.trim_end().strip_prefix('r').ok_or(form)?.split(':');
    let mut part = || parts.next().and_then(|text| STANDARD.decode(text).ok()).ok_or(form);
    let (message, signature, _values) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(form);
    }
    let evidence = TpmEvidence {
        message,
        signature: QuoteSignature::Structured(signature),
        pcrs: Vec::new(),
        key: KeyEvidence::default(),
    };
    Ok(TpmFile { quotes: Vec::from([evidence]), event_log: None })
}

/// `attest.Attestation`: 1 public area of the key, 2 quotes, 3 event log, 4 instance, 5 another form of the log,
/// 6 the key's certificate, 7 certificates above it, 8 and 9 evidence of other kinds.
fn of_go_tpm_tools(bytes: &[u8]) -> Result<TpmFile, TpmFileError> {
    let mut file = TpmFile::default();
    let mut key = KeyEvidence::default();
    let mut quotes = Vec::new();
    let mut certificates_above = Vec::new();
    for field in Fields(bytes) {
        match field? {
            (1, Field::Bytes(area)) if key.public_area.is_none() => key.public_area = Some(area.to_vec()),
            (2, Field::Bytes(quote)) if quotes.len() < MOST_QUOTES => quotes.push(quote),
            (3, Field::Bytes(log)) if file.event_log.is_none() => file.event_log = Some(log.to_vec()),
            // Nothing rests on these.
            (4 | 5 | 8 | 9, Field::Bytes(_)) => (),
            (6, Field::Bytes(der)) if key.certificates.is_empty() => key.certificates.push(der.to_vec()),
            (7, Field::Bytes(der)) if certificates_above.len() < MOST_QUOTES => certificates_above.push(der.to_vec()),
            _ => return Err(TpmFileError("it has a field that is unknown or repeated")),
        }
    }
    key.certificates.append(&mut certificates_above);
    for quote in quotes {
        file.quotes.push(go_tpm_tools_quote(quote, &key)?);
    }
    if file.quotes.is_empty() { Err(TpmFileError("it has no quote")) } else { Ok(file) }
}

/// `tpm.Quote`: 1 quote, 2 signature, 3 registers.
fn go_tpm_tools_quote(bytes: &[u8], key: &KeyEvidence) -> Result<TpmEvidence, TpmFileError> {
    let (mut message, mut signature, mut pcrs) = (Vec::new(), Vec::new(), Vec::new());
    for field in Fields(bytes) {
        match field? {
            (1, Field::Bytes(bytes)) if message.is_empty() => message = bytes.to_vec(),
            (2, Field::Bytes(bytes)) if signature.is_empty() => signature = bytes.to_vec(),
            (3, Field::Bytes(bytes)) if pcrs.is_empty() => pcrs = go_tpm_tools_pcrs(bytes)?,
            _ => return Err(TpmFileError("a quote has a field that is unknown or repeated")),
        }
    }
    Ok(TpmEvidence { message, signature: QuoteSignature::Structured(signature), pcrs, key: key.clone() })
}

/// `tpm.PCRs`: 1 hash algorithm, 2 a map from register (1) to value (2).
fn go_tpm_tools_pcrs(bytes: &[u8]) -> Result<Vec<PcrValue>, TpmFileError> {
    const PART: TpmFileError = TpmFileError("the register values");
    let (mut bank, mut pcrs) = (None, Vec::new());
    for field in Fields(bytes) {
        match field? {
            (1, Field::Number(number)) if bank.is_none() => bank = Some(u16::try_from(number).map_err(|_| PART)?),
            (2, Field::Bytes(entry)) if pcrs.len() < 24 => {
                let (mut index, mut value) = (0, Vec::new());
                for field in Fields(entry) {
                    match field? {
                        (1, Field::Number(number)) => index = u8::try_from(number).map_err(|_| PART)?,
                        (2, Field::Bytes(bytes)) => value = bytes.to_vec(),
                        _ => return Err(PART),
                    }
                }
                pcrs.push((index, value));
            }
            _ => return Err(PART),
        }
    }
    let bank = bank.ok_or(PART)?;
    Ok(pcrs.into_iter().map(|(index, value)| PcrValue { bank, index, value }).collect())
}

fn bank_of(size: usize) -> Option<u16> {
    let strong = HashAlgorithm::ALL.into_iter().find(|bank| bank.size() == size).map(HashAlgorithm::id);
    strong.or((size == SHA1_BYTES).then_some(SHA1))
}

/// The fields of a protocol buffer message, of the two wire types that the messages above have.
struct Fields<'a>(&'a [u8]);

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), TpmFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or(TpmFileError("it is not a protocol buffer of the known form")))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let key = self.number()?;
        let field = match key & 7 {
            0 => Field::Number(self.number()?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            _ => return None,
        };
        Some((key >> 3, field))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for position in 0..9 {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << (7 * position);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}
