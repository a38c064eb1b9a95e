//! AMD's certificates and revocation lists, from the key distribution service.
//! Source: AMD, "Versioned Chip Endorsement Key (VCEK) certificate and KDS interface specification" (57230), and
//! the same for VLEK.

use super::{Answer, Ask, FetchError, Fetched, Fetcher, Plan, Want, join};
use crate::{
    pem,
    report_data::{SNP_REPORT_BYTES, snp_key},
};
use adyton_attestation::snp::SnpKey;

const MAX_CERTIFICATE_BYTES: usize = 8 * 1024;
const MAX_CHAIN_BYTES: usize = 32 * 1024;
const MAX_LIST_BYTES: usize = 1024 * 1024;

/// A line of processors with keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmdProduct {
    /// EPYC 7003.
    Milan,
    /// EPYC 9004, and the lines that share its keys (Bergamo, Siena).
    Genoa,
    /// EPYC 9005.
    Turin,
}

impl AmdProduct {
    /// The name in AMD's URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Milan => "Milan",
            Self::Genoa => "Genoa",
            Self::Turin => "Turin",
        }
    }

    /// By family and model as `CPUID` gives them.
    const fn of(family: u8, model: u8) -> Option<Self> {
        match (family, model) {
            (0x19, 0x00..=0x0F) => Some(Self::Milan),
            (0x19, 0x10..=0x1F | 0xA0..=0xAF) => Some(Self::Genoa),
            (0x1A, 0x00..=0x1F) => Some(Self::Turin),
            _ => None,
        }
    }
}

/// Versions of the firmware's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmdTcb {
    /// Of the memory controller's firmware; Turin only.
    pub fmc: Option<u8>,
    /// Of the boot loader.
    pub bootloader: u8,
    /// Of the trusted operating system.
    pub tee: u8,
    /// Of the SNP firmware.
    pub snp: u8,
    /// Of the microcode.
    pub microcode: u8,
}

/// The key that signs reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmdLeaf {
    /// A chip's key, whose certificate the service makes for the chip's identity and versions.
    Vcek {
        /// The chip: 64 bytes, and 8 for Turin.
        chip: Vec<u8>,
        /// The reported versions.
        tcb: AmdTcb,
    },
    /// A cloud's key, whose certificate only the cloud gives: with the evidence.
    Vlek,
}

/// Which endorsements are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmdRequest {
    /// The product.
    pub product: AmdProduct,
    /// The key.
    pub leaf: AmdLeaf,
}

/// What AMD says about a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmdEndorsements {
    /// The certificate of the chip's key (DER); none for a cloud's.
    pub vcek: Option<Vec<u8>>,
    /// The certificate of the key that signed it (DER).
    pub authority: Vec<u8>,
    /// The root's certificate (DER), which the verifier compares with its own.
    pub root: Vec<u8>,
    /// The root's revocation list (DER).
    pub revocation_list: Vec<u8>,
}

impl AmdRequest {
    /// What a report needs. Reports before version 3 do not say their product: then it is `product`.
    ///
    /// # Errors
    /// [`FetchError::Request`] if the report is none, or its product or signing key is unknown.
    pub fn of_report(report: &[u8], product: Option<AmdProduct>) -> Result<Self, FetchError> {
        let report: &[u8; SNP_REPORT_BYTES] =
            report.try_into().map_err(|_| FetchError::Request("an SNP report has 1184 bytes"))?;
        let said = match report[0] {
            0..=2 => None,
            _ => AmdProduct::of(report[0x188], report[0x189]),
        };
        let product = said.or(product).ok_or(FetchError::Request("the report does not say its product: name it"))?;
        let tcb: [u8; 8] = *report[0x180..].first_chunk().expect("the report is longer");
        let (tcb, chip) = match product {
            AmdProduct::Milan | AmdProduct::Genoa => {
                let [bootloader, tee, .., snp, microcode] = tcb;
                (AmdTcb { fmc: None, bootloader, tee, snp, microcode }, &report[0x1A0..0x1E0])
            }
            AmdProduct::Turin => {
                let [fmc, bootloader, tee, snp, .., microcode] = tcb;
                (AmdTcb { fmc: Some(fmc), bootloader, tee, snp, microcode }, &report[0x1A0..0x1A8])
            }
        };
        let leaf = match snp_key(report) {
            Some(SnpKey::Vcek) => AmdLeaf::Vcek { chip: chip.to_vec(), tcb },
            Some(SnpKey::Vlek) => AmdLeaf::Vlek,
            None => return Err(FetchError::Request("the report is signed by neither a VCEK nor a VLEK")),
        };
        Ok(Self { product, leaf })
    }

    fn what(&self) -> String {
        match &self.leaf {
            AmdLeaf::Vcek { chip, .. } => {
                format!("AMD's endorsements of {} {}", self.product.name(), hex::encode(chip))
            }
            AmdLeaf::Vlek => format!("AMD's endorsements of {} in clouds", self.product.name()),
        }
    }

    /// The path of the leaf's certificate, below the service's URL.
    fn leaf_path(&self) -> Result<Option<String>, FetchError> {
        let AmdLeaf::Vcek { chip, tcb } = &self.leaf else { return Ok(None) };
        let (length, has_fmc) = match self.product {
            AmdProduct::Milan | AmdProduct::Genoa => (64, false),
            AmdProduct::Turin => (8, true),
        };
        if chip.len() != length || tcb.fmc.is_some() != has_fmc {
            return Err(FetchError::Request("the chip's identity or versions are not of this product"));
        }
        if chip.iter().all(|byte| *byte == 0) {
            return Err(FetchError::Request("the report hides the chip's identity: only the host has its certificate"));
        }
        let fmc = tcb.fmc.map(|fmc| format!("fmcSPL={fmc:02}&")).unwrap_or_default();
        Ok(Some(format!(
            "vcek/v1/{}/{}?{fmc}blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}",
            self.product.name(),
            hex::encode(chip),
            tcb.bootloader,
            tcb.tee,
            tcb.snp,
            tcb.microcode
        )))
    }
}

impl Fetcher {
    /// AMD's endorsements, of the first source that gives some that `accept` accepts. `now` in Unix seconds
    /// decides about the cache only.
    ///
    /// # Errors
    /// [`FetchError::Request`] or [`FetchError::NoSource`].
    pub async fn amd(
        &self,
        request: &AmdRequest,
        now: u64,
        accept: impl Fn(&AmdEndorsements) -> Result<(), String>,
    ) -> Result<Fetched<AmdEndorsements>, FetchError> {
        let leaf = request.leaf_path()?;
        let family = match request.leaf {
            AmdLeaf::Vcek { .. } => "vcek",
            AmdLeaf::Vlek => "vlek",
        };
        let above = format!("{family}/v1/{}", request.product.name());
        let plan = |source: &String| {
            let leaf = leaf.as_ref().map(|path| Ask::get(join(source, path), MAX_CERTIFICATE_BYTES));
            let chain = Ask::get(join(source, format!("{above}/cert_chain")), MAX_CHAIN_BYTES);
            let list = Ask::get(join(source, format!("{above}/crl")), MAX_LIST_BYTES);
            Plan { source: source.clone(), asks: [chain, list].into_iter().chain(leaf).collect() }
        };
        let want = Want {
            what: request.what(),
            key: Some(format!("amd/{}", leaf.as_ref().unwrap_or(&above))),
            plans: self.config.amd.iter().map(plan).collect(),
        };
        self.obtain(want, now, |answers| {
            let endorsements = read(answers, leaf.is_some())?;
            accept(&endorsements)?;
            Ok(endorsements)
        })
        .await
    }
}

impl Fetcher {
    /// The certificate (DER) of the chip's key alone, of the first source that gives one that `accept` accepts. `now` in
    /// Unix seconds decides about the cache only.
    ///
    /// # Errors
    /// [`FetchError::Request`], also for a cloud's key; [`FetchError::NoSource`].
    pub async fn amd_certificate(
        &self,
        request: &AmdRequest,
        now: u64,
        accept: impl Fn(&[u8]) -> Result<(), String>,
    ) -> Result<Fetched<Vec<u8>>, FetchError> {
        let clouds = FetchError::Request("the certificate of a cloud's key (VLEK) comes only from the cloud's host");
        let path = request.leaf_path()?.ok_or(clouds)?;
        let (what, key) = (request.what(), format!("amd/{path} alone"));
        self.amd_one(what, &path, key, (MAX_CERTIFICATE_BYTES, "certificate"), now, accept).await
    }

    /// The revocation list (DER) of the root of `product`, of the first source that gives one that `accept` accepts. `now`
    /// in Unix seconds decides about the cache only.
    ///
    /// # Errors
    /// [`FetchError::NoSource`].
    pub async fn amd_revocation_list(
        &self,
        product: AmdProduct,
        now: u64,
        accept: impl Fn(&[u8]) -> Result<(), String>,
    ) -> Result<Fetched<Vec<u8>>, FetchError> {
        let path = format!("vcek/v1/{}/crl", product.name());
        let (what, key) = (format!("AMD's revocation list of {}", product.name()), format!("amd/{path}"));
        self.amd_one(what, &path, key, (MAX_LIST_BYTES, "revocation list"), now, accept).await
    }

    /// One document (DER) at `path`, within its bound.
    async fn amd_one(
        &self,
        what: String,
        path: &str,
        key: String,
        (limit, name): (usize, &str),
        now: u64,
        accept: impl Fn(&[u8]) -> Result<(), String>,
    ) -> Result<Fetched<Vec<u8>>, FetchError> {
        let plan = |source: &String| Plan { source: source.clone(), asks: vec![Ask::get(join(source, path), limit)] };
        let want = Want { what, key: Some(key), plans: self.config.amd.iter().map(plan).collect() };
        self.obtain(want, now, |answers| {
            let document = der(answers.first().ok_or("there is no answer")?, name)?;
            accept(&document)?;
            Ok(document)
        })
        .await
    }
}

pub(super) fn read(answers: &[Answer], with_leaf: bool) -> Result<AmdEndorsements, String> {
    let (chain, list, leaf) = match answers {
        [chain, list, leaf] if with_leaf => (chain, list, Some(leaf)),
        [chain, list] if !with_leaf => (chain, list, None),
        _ => return Err("these are not the answers to this question".into()),
    };
    let text = std::str::from_utf8(&chain.body).map_err(|_| "its chain is not text")?;
    let chain = pem::certificates(text).ok_or("its chain is not PEM")?;
    let [authority, root] = <[_; 2]>::try_from(chain).map_err(|_| "its chain is not of two certificates")?;
    Ok(AmdEndorsements {
        vcek: leaf.map(|leaf| der(leaf, "certificate")).transpose()?,
        authority,
        root,
        revocation_list: der(list, "revocation list")?,
    })
}

/// A body that begins like DER of some length; whether it is whole is for the verifier.
fn der(answer: &Answer, name: &str) -> Result<Vec<u8>, String> {
    match answer.body.as_slice() {
        [0x30, 0x81..=0xFF, ..] => Ok(answer.body.clone()),
        _ => Err(format!("its {name} is not DER")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(version: u8, family: u8, model: u8) -> Vec<u8> {
        let mut report = vec![0; SNP_REPORT_BYTES];
        report[0] = version;
        report[0x180..0x188].copy_from_slice(&[4, 1, 2, 3, 0, 0, 0x18, 0xDB]);
        report[0x188..0x18A].copy_from_slice(&[family, model]);
        report[0x1A0..0x1E0].fill(0xC1);
        report
    }

    #[test]
    fn a_report_says_what_it_needs() {
        let milan = AmdRequest::of_report(&report(3, 0x19, 1), None).unwrap();
        let chip = "c1".repeat(64);
        let path = format!("vcek/v1/Milan/{chip}?blSPL=04&teeSPL=01&snpSPL=24&ucodeSPL=219");
        assert_eq!(milan.leaf_path().unwrap().unwrap(), path);
        let turin = AmdRequest::of_report(&report(5, 0x1A, 2), None).unwrap();
        let path = "vcek/v1/Turin/c1c1c1c1c1c1c1c1?fmcSPL=04&blSPL=01&teeSPL=02&snpSPL=03&ucodeSPL=219";
        assert_eq!(turin.leaf_path().unwrap().unwrap(), path);
    }

    #[test]
    fn an_old_report_needs_its_product_said() {
        assert!(AmdRequest::of_report(&report(2, 0, 0), None).is_err());
        let request = AmdRequest::of_report(&report(2, 0, 0), Some(AmdProduct::Genoa)).unwrap();
        assert_eq!(request.product, AmdProduct::Genoa);
    }

    #[test]
    fn a_report_by_a_clouds_key_needs_only_what_is_above_it() {
        let mut report = report(3, 0x19, 0x11);
        report[0x48] = 1 << 2;
        let request = AmdRequest::of_report(&report, None).unwrap();
        assert_eq!((&request.leaf, request.leaf_path().unwrap()), (&AmdLeaf::Vlek, None));
        report[0x48] = 7 << 2;
        assert!(AmdRequest::of_report(&report, None).is_err());
    }

    #[test]
    fn a_hidden_chip_has_no_certificate_at_the_service() {
        let mut report = report(3, 0x19, 1);
        report[0x1A0..0x1E0].fill(0);
        let error = AmdRequest::of_report(&report, None).unwrap().leaf_path().unwrap_err();
        assert!(error.to_string().contains("hides"), "{error}");
    }
}
