//! NVIDIA's reference measurements (RIM) and certificate status (OCSP).
//! Source: NVIDIA attestation suite documentation, "RIM service API" and "OCSP service".

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Ask, FetchError, Fetched, Fetcher, Plan, Want, join, ocsp};

const MAX_RIM_ANSWER_BYTES: usize = 2 * 1024 * 1024;
const MAX_STATUS_BYTES: usize = 8 * 1024;

/// The name of the reference measurements of a driver, as in `NV_GPU_DRIVER_GH100_535.86.09`.
pub fn driver_rim_id(chip: &str, version: &str) -> String {
    format!("NV_GPU_DRIVER_{chip}_{version}")
}

/// The name of the reference measurements of a GPU's firmware: of its project, the project's variant and chip as
/// the report gives them, and the version without points, as in `NV_GPU_VBIOS_1010_0200_882_96005E0001`.
pub fn vbios_rim_id(project: &str, sku: &str, chip_sku: &str, version: &str) -> String {
    let version = version.replace('.', "").to_uppercase();
    format!("NV_GPU_VBIOS_{}_{}_{}_{version}", project.to_uppercase(), sku.to_uppercase(), chip_sku.to_uppercase())
}

#[derive(Deserialize)]
struct RimAnswer {
    id: String,
    rim: String,
    sha256: String,
}

impl Fetcher {
    /// The reference measurements named `id` (a document of SWID tags, signed), of the first source that gives one
    /// that `accept` accepts. `now` in Unix seconds decides about the cache only.
    ///
    /// # Errors
    /// [`FetchError::Request`] or [`FetchError::NoSource`].
    pub async fn nvidia_rim(
        &self,
        id: &str,
        now: u64,
        accept: impl Fn(&[u8]) -> Result<(), String>,
    ) -> Result<Fetched<Vec<u8>>, FetchError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if id.is_empty() || id.len() > 128 || id.contains("..") || !id.bytes().all(plain) {
            return Err(FetchError::Request("a name of reference measurements is letters, digits, and _ . -"));
        }
        let plan = |source: &String| {
            let url = join(source, format!("v1/rim/{id}"));
            Plan { source: source.clone(), asks: vec![Ask::get(url, MAX_RIM_ANSWER_BYTES)] }
        };
        let want = Want {
            what: format!("NVIDIA's reference measurements {id}"),
            key: Some(format!("nvidia/rim/{id}")),
            plans: self.config.nvidia_rim.iter().map(plan).collect(),
        };
        self.obtain(want, now, |answers| {
            let answer = answers.first().ok_or("there is no answer")?;
            let rim = read_rim(&answer.body, id)?;
            accept(&rim)?;
            Ok(rim)
        })
        .await
    }

    /// What NVIDIA says now of the certificate `certificate` (DER) that `issuer` (DER) issued: an OCSP response
    /// (RFC 6960), of the first source that gives one that `accept` accepts. With a `nonce` the answer has to carry
    /// it, and is not kept: it is good for one question.
    ///
    /// # Errors
    /// [`FetchError::Request`] if a certificate cannot be read; [`FetchError::NoSource`].
    pub async fn nvidia_status(
        &self,
        certificate: &[u8],
        issuer: &[u8],
        nonce: Option<[u8; 32]>,
        now: u64,
        accept: impl Fn(&[u8]) -> Result<(), String>,
    ) -> Result<Fetched<Vec<u8>>, FetchError> {
        let form = FetchError::Request("a certificate whose status is asked for, or its issuer's, is not DER");
        let question = ocsp::request(certificate, issuer, nonce.as_ref()).ok_or(form)?;
        let plan = |source: &String| {
            let ask = Ask::post(source.clone(), "application/ocsp-request", question.clone(), MAX_STATUS_BYTES);
            Plan { source: source.clone(), asks: vec![ask] }
        };
        let plans = self.config.nvidia_ocsp.iter().map(plan).collect();
        let key = nonce.is_none().then(|| format!("nvidia/status/{}", hex::encode(Sha256::digest(&question))));
        let want = Want { what: "the status of a certificate of NVIDIA's".into(), key, plans };
        self.obtain(want, now, |answers| {
            let answer = answers.first().ok_or("there is no answer")?;
            ocsp::require_answer(&answer.body, nonce.as_ref())?;
            accept(&answer.body)?;
            Ok(answer.body.clone())
        })
        .await
    }
}

pub(super) fn read_rim(body: &[u8], id: &str) -> Result<Vec<u8>, String> {
    let answer: RimAnswer = serde_json::from_slice(body).map_err(|error| format!("its answer: {error}"))?;
    if answer.id != id {
        return Err(format!("it answers with {:?}", answer.id.chars().take(128).collect::<String>()));
    }
    let rim = STANDARD.decode(answer.rim).map_err(|_| "its measurements are not base64")?;
    if hex::encode(Sha256::digest(&rim)) != answer.sha256.to_lowercase() {
        return Err("its measurements do not have the hash that it names".into());
    }
    Ok(rim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_as_the_service_writes_them() {
        assert_eq!(driver_rim_id("GH100", "535.86.09"), "NV_GPU_DRIVER_GH100_535.86.09");
        let vbios = vbios_rim_id("1010", "0200", "882", "96.00.5e.00.01");
        assert_eq!(vbios, "NV_GPU_VBIOS_1010_0200_882_96005E0001");
    }
}
