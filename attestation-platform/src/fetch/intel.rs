//! Intel's collateral for one family of platforms, from the Provisioning Certification Service, version 4.
//! Source: Intel, "API documentation for Intel SGX and TDX provisioning certification service v4".
//!
//! A caching service (PCCS) has the same paths and writes the revocation lists in hexadecimal.

use adyton_attestation::Collateral;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Answer, Ask, FetchError, Fetched, Fetcher, IntelSource, Plan, Want, join};
use crate::pem;

const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
const MAX_LIST_BYTES: usize = 1024 * 1024;
/// Names of the header with the chain of the signer of TCB information, in versions 4 and 3.
const TCB_INFO_CHAIN: &[&str] = &["tcb-info-issuer-chain", "sgx-tcb-info-issuer-chain"];
const QE_IDENTITY_CHAIN: &[&str] = &["sgx-enclave-identity-issuer-chain"];
const PCK_CRL_CHAIN: &[&str] = &["sgx-pck-crl-issuer-chain"];

/// Which of Intel's technologies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntelTee {
    /// SGX enclaves.
    Sgx,
    /// TDX trust domains.
    Tdx,
}

impl IntelTee {
    const fn path(self) -> &'static str {
        match self {
            Self::Sgx => "sgx",
            Self::Tdx => "tdx",
        }
    }
}

/// Which authority issued the platform's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntelAuthority {
    /// For machines with several processors, which register themselves.
    Platform,
    /// For machines with one.
    Processor,
}

impl IntelAuthority {
    const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Processor => "processor",
        }
    }
}

/// After Intel fixes something, which of the two collaterals that are valid at the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The new one, from the day of the fix.
    Early,
    /// The old one, until most machines could follow.
    Standard,
}

impl Update {
    const fn name(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Standard => "standard",
        }
    }
}

/// Which collateral is wanted. The quote's certificate says the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntelRequest {
    /// The technology.
    pub tee: IntelTee,
    /// The family of platforms.
    pub fmspc: [u8; 6],
    /// The authority.
    pub authority: IntelAuthority,
    /// The collateral's age.
    pub update: Update,
}

/// Collateral in both its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntelEndorsements {
    /// For the verifier.
    pub collateral: Collateral,
    /// For a file: the JSON that DCAP tools read (`QuoteCollateralV3`), with whole chains.
    pub file: String,
}

impl Fetcher {
    /// Intel's collateral, of the first source that gives one that `accept` accepts: give it
    /// [`verify_collateral`](adyton_attestation::verify_collateral) with the root and the time. `now` in Unix
    /// seconds decides about the cache only.
    ///
    /// # Errors
    /// [`FetchError::NoSource`].
    pub async fn intel(
        &self,
        request: &IntelRequest,
        now: u64,
        accept: impl Fn(&Collateral) -> Result<(), String>,
    ) -> Result<Fetched<IntelEndorsements>, FetchError> {
        let (tee, update, authority) = (request.tee.path(), request.update.name(), request.authority.name());
        let fmspc = hex::encode(request.fmspc);
        let want = Want {
            what: format!("Intel's {update} collateral of {tee} platforms {fmspc} ({authority})"),
            key: Some(format!("intel/{tee}/{fmspc}/{authority}/{update}")),
            plans: self.config.intel.iter().map(|source| plan(source, request)).collect(),
        };
        self.obtain(want, now, |answers| {
            let endorsements = read(answers)?;
            accept(&endorsements.collateral)?;
            Ok(endorsements)
        })
        .await
    }
}

fn plan(source: &IntelSource, request: &IntelRequest) -> Plan {
    let (tee, update, authority) = (request.tee.path(), request.update.name(), request.authority.name());
    let at = |path: String| join(&source.url, path);
    let fmspc = hex::encode_upper(request.fmspc);
    let tcb_info = at(format!("{tee}/certification/v4/tcb?fmspc={fmspc}&update={update}"));
    let qe_identity = at(format!("{tee}/certification/v4/qe/identity?update={update}"));
    let pck_crl = at(format!("sgx/certification/v4/pckcrl?ca={authority}&encoding=der"));
    let root_crl = source.root_crl.clone().unwrap_or_else(|| at("sgx/certification/v4/rootcacrl".into()));
    let asks = vec![
        Ask::get(tcb_info, MAX_DOCUMENT_BYTES).keeping(TCB_INFO_CHAIN),
        Ask::get(qe_identity, MAX_DOCUMENT_BYTES).keeping(QE_IDENTITY_CHAIN),
        Ask::get(pck_crl, MAX_LIST_BYTES).keeping(PCK_CRL_CHAIN),
        Ask::get(root_crl, MAX_LIST_BYTES),
    ];
    Plan { source: source.url.clone(), asks }
}

/// The documents as they were signed: their very characters, which a reader and writer of JSON would not keep.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignedTcbInfo<'a> {
    #[serde(borrow)]
    tcb_info: &'a RawValue,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignedIdentity<'a> {
    #[serde(borrow)]
    enclave_identity: &'a RawValue,
    signature: String,
}

#[derive(Serialize)]
struct File<'a> {
    pck_crl_issuer_chain: String,
    root_ca_crl: String,
    pck_crl: String,
    tcb_info_issuer_chain: String,
    tcb_info: &'a str,
    tcb_info_signature: String,
    qe_identity_issuer_chain: String,
    qe_identity: &'a str,
    qe_identity_signature: String,
}

pub(super) fn read(answers: &[Answer]) -> Result<IntelEndorsements, String> {
    let [tcb_info, qe_identity, pck_crl, root_crl] = answers else {
        return Err("these are not four answers".into());
    };
    let signed_info: SignedTcbInfo<'_> =
        serde_json::from_slice(&tcb_info.body).map_err(|error| format!("its TCB information: {error}"))?;
    let signed_identity: SignedIdentity<'_> =
        serde_json::from_slice(&qe_identity.body).map_err(|error| format!("its identity of the enclave: {error}"))?;
    let file = File {
        pck_crl_issuer_chain: chain(pck_crl, "revocation list")?,
        root_ca_crl: hex::encode(list(root_crl, "root's revocation list")?),
        pck_crl: hex::encode(list(pck_crl, "revocation list")?),
        tcb_info_issuer_chain: chain(tcb_info, "TCB information")?,
        tcb_info: signed_info.tcb_info.get(),
        tcb_info_signature: signed_info.signature,
        qe_identity_issuer_chain: chain(qe_identity, "identity of the enclave")?,
        qe_identity: signed_identity.enclave_identity.get(),
        qe_identity_signature: signed_identity.signature,
    };
    let file = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
    let collateral = Collateral::from_json(file.as_bytes()).map_err(|refusal| refusal.to_string())?;
    Ok(IntelEndorsements { collateral, file })
}

/// The chain in an answer's header.
fn chain(answer: &Answer, of: &str) -> Result<String, String> {
    let header = answer.header.as_deref().ok_or_else(|| format!("its {of} comes without a chain"))?;
    let text = percent_decoded(header).ok_or_else(|| format!("the chain of its {of} is not percent-encoded text"))?;
    match pem::certificates(&text) {
        Some(certificates) if !certificates.is_empty() => Ok(text),
        _ => Err(format!("the chain of its {of} is not PEM")),
    }
}

/// A revocation list: DER, the same in hexadecimal, or PEM.
fn list(answer: &Answer, name: &str) -> Result<Vec<u8>, String> {
    let body = &answer.body;
    let found = match body.first() {
        Some(0x30) if body.get(1).is_some_and(|length| *length >= 0x80) => Some(body.clone()),
        Some(b'-') => pem_list(body),
        Some(_) => hex::decode(body.trim_ascii()).ok(),
        None => None,
    };
    found.ok_or_else(|| format!("its {name} is neither DER nor hexadecimal nor PEM"))
}

fn pem_list(body: &[u8]) -> Option<Vec<u8>> {
    let mut blocks = pem::blocks(std::str::from_utf8(body).ok()?, "X509 CRL")?;
    if blocks.len() == 1 { blocks.pop() } else { None }
}

/// RFC 3986, section 2.1.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(percent_decoded("-----BEGIN%20C%0Aa%2Bb").unwrap(), "-----BEGIN C\na+b");
        for bad in ["%", "%2", "%zz", "%ff"] {
            assert!(percent_decoded(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_revocation_list_is_read_in_each_form() {
        let der = [0x30, 0x81, 0x02, 0x05, 0x00];
        let answer = |body: &[u8]| Answer { header: None, body: body.to_vec() };
        let pem = "-----BEGIN X509 CRL-----\nMIECBQA=\n-----END X509 CRL-----\n";
        for body in [&der[..], b"3081020500\n", pem.as_bytes()] {
            assert_eq!(list(&answer(body), "list").unwrap(), der);
        }
        for bad in [&b""[..], b"words", b"-----BEGIN CERTIFICATE-----"] {
            assert!(list(&answer(bad), "list").is_err());
        }
    }
}
