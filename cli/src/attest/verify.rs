//! `adyton attest verify`: evidence of any kind, judged.

use std::{path::PathBuf, process::ExitCode};

use adyton_attestation::Policy;
use anyhow::Result;
use clap::Args;

use super::{
    azure, cca,
    endorsement::Endorsements,
    file::{File, typed_hex},
    intel,
    judgement::Judgement,
    kind::Kind,
    nitro, now, nvidia, policy,
    signatures::{Remembering, remembering},
    snp, tpm,
};
use crate::output::{Output, misuse};

/// What to judge, and by what.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton attest verify --kind tdx --evidence quote.bin --collateral collateral.json\n  adyton attest verify --kind snp --evidence report.bin --endorsements vcek.pem --endorsements ask_ark.pem\n  adyton attest verify --kind nvidia --evidence gpus.json --endorsements manifest.xml --json\n  adyton attest verify --kind nitro --evidence document.cbor --at 1766668537 --report-data 0011..ff\n\nEvidence and endorsements may be bytes, hexadecimal digits or Base64; certificates and revocation lists DER or PEM.\nA bundle of several devices is judged as one; --evidence FILE[2] is its third device alone.\nNo file is passed over: one that cannot be read, two that differ and are for one place, and one that is of no use for\nevidence that is otherwise accepted are errors that name it.\nEndorsements: certificates and revocation lists of AMD's chips (snp, azure-snp); event logs (tdx); the parts of a\nmachine in separate files (azure-tdx); certificate chains, manifests and OCSP responses (nvidia); certificates and\nrevocation lists (nitro, tpm, azure); platform keys and reference values (cca). `adyton attest fetch` gets those of\nthe vendors.\nWhat the policy does not demand and nothing was given for is reported as UNCHECKED: that is for you to check.\nThe exit code is 0 when the evidence is accepted, 1 when it is rejected, malformed evidence too, 2 on bad use or an\nunreadable file."
)]
pub struct VerifyArgs {
    /// What made the evidence.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The evidence.
    #[arg(long, value_name = "FILE")]
    evidence: PathBuf,
    /// What endorses it. May be repeated; each file is recognized by its content.
    #[arg(long, value_name = "FILE")]
    endorsements: Vec<PathBuf>,
    /// For sgx, tdx and azure-tdx: Intel's collateral, as JSON (`QuoteCollateralV3`) or YAML. Of azure-tdx without it, what
    /// does not depend on the platform's level is checked: debug is refused.
    #[arg(long, value_name = "FILE")]
    collateral: Option<PathBuf>,
    /// The time to judge at (Unix seconds), if not now.
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
    /// The policy, if not the built-in one that `adyton attest policy` prints.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What the evidence has to be about: the 64 bytes of report data (sgx, tdx, snp, cca), the nonce (nvidia, tpm,
    /// azure-snp, azure-tdx), or the nonce or user data (nitro).
    #[arg(long, value_name = "HEX")]
    report_data: Option<String>,
}

/// Everything that a judgement is made of.
#[derive(Debug)]
pub struct Input {
    /// What the evidence is said to be.
    pub kind: Kind,
    /// The evidence.
    pub evidence: File,
    /// Which of several devices' evidence in the file is meant.
    pub entry: Option<usize>,
    /// Intel's collateral.
    pub collateral: Option<File>,
    /// What else endorses the evidence.
    pub endorsements: Endorsements,
    /// What is accepted.
    pub policy: Policy,
    /// Whether that is the built-in policy.
    pub is_built_in: bool,
    /// What the evidence has to be about.
    pub expected: Option<Vec<u8>>,
    /// Unix seconds.
    pub now: u64,
    /// What it is verified with.
    pub signatures: Remembering,
}

/// Judges.
pub fn run(args: &VerifyArgs, output: Output) -> Result<ExitCode> {
    let mut input = Input::read(args)?;
    let judgement = judge(&mut input)?;
    output.result(&judgement.as_json(), || judgement.text())?;
    Ok(if judgement.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Judges by the rules of the kind.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    if input.evidence.is_too_long() {
        return Ok(Judgement::malformed("size", "the file is longer than evidence of any kind"));
    }
    let judgement = match input.kind {
        Kind::Sgx | Kind::Tdx => intel::judge(input),
        Kind::Snp => snp::judge(input),
        Kind::AzureSnp | Kind::AzureTdx => azure::judge(input),
        Kind::Nitro => nitro::judge(input),
        Kind::Nvidia => nvidia::judge(input),
        Kind::Tpm => tpm::judge(input),
        Kind::Cca => cca::judge(input),
    }?;
    // Evidence that is refused is refused whatever was given in vain.
    if judgement.accepted {
        input.endorsements.require_used(input.kind)?;
    }
    Ok(judgement)
}

impl Input {
    fn read(args: &VerifyArgs) -> Result<Self> {
        let (path, entry) = entry(&args.evidence);
        let input = Self {
            kind: args.kind,
            evidence: File::read_or_begin(&path)?,
            entry,
            collateral: args.collateral.as_deref().map(File::read).transpose()?,
            endorsements: Endorsements::read(&args.endorsements)?,
            policy: policy::read(args.policy.as_deref())?,
            is_built_in: args.policy.is_none(),
            expected: args.report_data.as_deref().map(|text| expected(args.kind, text)).transpose()?,
            now: now(args.at)?,
            signatures: remembering(),
        };
        if input.collateral.is_some() && !matches!(args.kind, Kind::Sgx | Kind::Tdx | Kind::AzureTdx) {
            return Err(misuse(format!("--collateral has no use for evidence of kind {}", args.kind.name())));
        }
        if entry.is_some() && args.kind != Kind::Nvidia {
            return Err(misuse(format!("evidence of kind {} is not several in one file", args.kind.name())));
        }
        Ok(input)
    }
}

/// `FILE[2]` is the third entry of a file, unless there is a file of that very name.
fn entry(path: &std::path::Path) -> (PathBuf, Option<usize>) {
    let text = path.to_string_lossy();
    let parts = text.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    match parts.and_then(|(file, place)| Some((file, place.parse().ok()?))) {
        Some((file, place)) if !path.exists() => (PathBuf::from(file), Some(place)),
        Some(_) | None => (path.to_owned(), None),
    }
}

/// What the evidence has to be about, in the length that evidence of this kind has room for.
fn expected(kind: Kind, text: &str) -> Result<Vec<u8>> {
    let bytes = typed_hex(text, "--report-data")?;
    let (least, most) = match kind {
        Kind::Sgx | Kind::Tdx | Kind::Snp | Kind::Cca => (64, 64),
        Kind::Nvidia => (32, 32),
        Kind::AzureSnp | Kind::AzureTdx | Kind::Tpm => (1, 64),
        Kind::Nitro => (1, 1024),
    };
    if (least..=most).contains(&bytes.len()) {
        return Ok(bytes);
    }
    let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    Err(misuse(format!(
        "--report-data has {} bytes, and evidence of kind {} is about {wanted}",
        bytes.len(),
        kind.name()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_after_its_file() {
        assert_eq!(entry("a/b.json[3]".as_ref()), ("a/b.json".into(), Some(3)));
        for other in ["b.json", "b.json[]", "b.json[x]", "b]"] {
            assert_eq!(entry(other.as_ref()), (other.into(), None));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b[3]");
        std::fs::write(&path, "").unwrap();
        assert_eq!(entry(&path), (path.clone(), None));
    }

    #[test]
    fn report_data_has_the_length_of_its_kind() {
        assert_eq!(expected(Kind::Tdx, &"0".repeat(128)).unwrap(), [0; 64]);
        assert_eq!(expected(Kind::Tpm, "9009").unwrap(), [0x90, 0x09]);
        for (kind, text) in [(Kind::Tdx, "00"), (Kind::Nvidia, "00"), (Kind::Tpm, ""), (Kind::Nitro, "0")] {
            assert!(expected(kind, text).unwrap_err().to_string().contains("--report-data"));
        }
    }
}
