//! `adyton attest verify`: evidence of any kind, judged.

use std::{path::PathBuf, process::ExitCode};

use adyton_judgement::{Endorsements, Input, Kind, Lacking, Misuse, judge, misuse, remembering, statement};
use anyhow::Result;
use clap::Args;

use super::{file, now, policy, text::text};
use crate::output::Output;

/// What to judge, and by what.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton attest verify --kind tdx --evidence quote.bin --collateral collateral.json\n  adyton attest verify --kind snp --evidence report.bin --endorsements vcek.pem --endorsements ask_ark.pem\n  adyton attest verify --kind nvidia --evidence gpus.json --endorsements manifest.xml --json\n  adyton attest verify --kind nitro --evidence document.cbor --at 1766668537 --report-data 0011..ff\n\nEvidence and endorsements may be bytes, hexadecimal digits or Base64; certificates and revocation lists DER or PEM.\nA quote or a report of AMD's may stand in a guest's JSON, with its event log or certificates; a report also before its\nhost's table of certificates, which may be a file of its own; devices' evidence in the lists and requests that\nNVIDIA's tools write.\nA bundle of several devices is judged as one; --evidence FILE[2] is its third device alone.\nNo file is passed over: one that cannot be read, two that differ and are for one place, and one that is of no use for\nevidence that is otherwise accepted are errors that name it.\nEndorsements: certificates and revocation lists of AMD's chips (snp, azure-snp); event logs (tdx); the parts of a\nmachine in separate files (azure-tdx); certificate chains, manifests and OCSP responses (nvidia); certificates and\nrevocation lists (nitro, tpm, azure); platform keys and reference values (cca). `adyton attest fetch` gets those of\nthe vendors.\nWhat the policy does not demand and nothing was given for is reported as UNCHECKED: that is for you to check.\nThe exit code is 0 when the evidence is accepted, 1 when it is rejected, malformed evidence too, 2 on bad use or an\nunreadable file."
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

/// Judges.
pub fn run(args: &VerifyArgs, output: Output) -> Result<ExitCode> {
    let judgement = judge(&mut read(args)?).map_err(|fault| with_remedy(fault, args))?;
    output.result(&judgement.as_json(), || text(&judgement))?;
    Ok(if judgement.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(args: &VerifyArgs) -> Result<Input> {
    let (path, entry) = entry(&args.evidence);
    Ok(Input {
        kind: args.kind,
        evidence: file::read_or_begin(&path)?,
        entry,
        collateral: args.collateral.as_deref().map(file::read).transpose()?,
        endorsements: Endorsements::of(args.endorsements.iter().map(|path| file::read(path)))?,
        policy: policy::read(args.policy.as_deref())?,
        is_built_in: args.policy.is_none(),
        expected: args.report_data.as_deref().map(|text| expected(args.kind, text)).transpose()?,
        now: now(args.at)?,
        signatures: remembering(),
    })
}

/// Says how to come by what is lacking.
fn with_remedy(fault: Misuse, args: &VerifyArgs) -> Misuse {
    let Misuse::Lacks { what, said } = fault else { return fault };
    let (option, file) = match what {
        Lacking::Collateral => ("--collateral", "collateral.json"),
        Lacking::Certificate => ("--endorsements", "chip.pem"),
    };
    let (kind, evidence) = (args.kind.name(), args.evidence.display());
    misuse(format!(
        "{said}: give it with {option}, or get it with\n  adyton attest fetch --kind {kind} --evidence {evidence} --output {file}"
    ))
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

/// What the evidence has to be about.
fn expected(kind: Kind, text: &str) -> Result<Vec<u8>, Misuse> {
    statement(kind, text).map_err(|fault| misuse(format!("--report-data: {fault}")))
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
    fn what_is_wrong_with_report_data_names_the_option() {
        assert_eq!(expected(Kind::Tpm, "9009").unwrap(), [0x90, 0x09]);
        assert!(expected(Kind::Tdx, "00").unwrap_err().to_string().starts_with("--report-data: "));
    }
}
