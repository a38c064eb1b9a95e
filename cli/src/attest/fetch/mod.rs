//! `adyton attest fetch`: what the vendors say about a platform, in a file for `adyton attest verify`.

mod amd;
pub mod intel;
pub mod nvidia;
mod sources;

use std::{path::PathBuf, process::ExitCode};

use adyton_attestation::Policy;
use adyton_attestation_platform::fetch::{AmdProduct, Fetched, Fetcher, SourceFailure, Update};
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{
    azure,
    file::{self, File},
    kind::Kind,
    now, nvidia as devices, policy, snp,
};
use crate::{
    output::{Output, misuse},
    places::Places,
    whole_file::write_whole,
};

pub use self::sources::Sources;

/// For what to fetch, from where, and where to.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton attest fetch --kind tdx --evidence quote.bin --output collateral.json\n  adyton attest fetch --kind tdx --evidence quote.bin --output collateral.json --source https://pccs.example.org --source https://api.trustedservices.intel.com\n  adyton attest fetch --kind snp --evidence report.bin --output chip.pem\n\nWhat comes is checked before it is written, and a source that fails is passed over like one that does not answer:\n- Intel: the whole collateral leads to a root of the policy's, is in its time, and its parts are made for each other.\n- AMD, a chip's key (VCEK): the certificates lead to a root of the policy's and are in their time, the key signed\n  the report, the revocation list is the root's, in its time, and does not name the authority.\n- AMD, a cloud's key (VLEK): the root's certificate is one of the policy's roots, that root signed the authority's and\n  the revocation list, all are in their time, and the list names neither. The key's own certificate comes with the\n  evidence: `adyton attest verify` checks it.\n- NVIDIA: the device signed its report, each manifest is signed and leads to a root of the policy's, and each status is\n  signed, in its time, not older than a day, and about the certificate that was asked for. A status may say that a\n  certificate is revoked. Whether manifest and report agree is NOT checked here.\nThe policy's rules about levels, versions and machines are not applied: `adyton attest verify` does that.\nGive the file to `adyton attest verify`: as --collateral for sgx, tdx and azure-tdx, as --endorsements for snp,\nazure-snp and nvidia. A network's chain gets it by `adyton tcb submit`. For the other kinds nothing is fetched: their evidence carries what the vendor says about it, or the maker\ngives it out by hand.\nThe exit code is 0 when the file was written, 1 when no source gave what passed these checks, 2 on bad use or an\nunreadable file."
)]
pub struct FetchArgs {
    /// What made the evidence.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The evidence: it names the platform.
    #[arg(long, value_name = "FILE")]
    evidence: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// A service to ask: Intel's or a caching one (PCCS), AMD's key service, NVIDIA's service of manifests. May be
    /// repeated, to be asked in this order; without one, the vendor's own.
    #[arg(long = "source", value_name = "URL")]
    sources: Vec<String>,
    /// For nvidia: a service to ask for the status of certificates. May be repeated.
    #[arg(long = "status-source", value_name = "URL")]
    status_sources: Vec<String>,
    /// Which of the two collaterals that Intel serves after a fix: both are in their time.
    #[arg(long, value_enum, default_value_t = Age::Early)]
    update: Age,
    /// For snp and azure-snp: the line of processors, where the report is of version 2 and does not say it.
    #[arg(long, value_enum, value_name = "LINE")]
    product: Option<Product>,
    /// The time to check at (Unix seconds), if not now.
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
    /// The policy whose roots count, if not the vendors' own.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The folder in which answers are kept for some hours, if not the user's own.
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,
    /// Ask the services in any case, and keep nothing.
    #[arg(long)]
    no_cache: bool,
}

/// Which of Intel's collaterals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Age {
    /// It judges by the fix, from its day on.
    Early,
    /// It judges by what was before, until most machines could follow.
    Standard,
}

impl From<Age> for Update {
    fn from(age: Age) -> Self {
        match age {
            Age::Early => Self::Early,
            Age::Standard => Self::Standard,
        }
    }
}

/// A line of AMD's processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Product {
    /// EPYC 7003.
    Milan,
    /// EPYC 9004, 97x4 and 8004.
    Genoa,
    /// EPYC 9005.
    Turin,
}

impl From<Product> for AmdProduct {
    fn from(product: Product) -> Self {
        match product {
            Product::Milan => Self::Milan,
            Product::Genoa => Self::Genoa,
            Product::Turin => Self::Turin,
        }
    }
}

/// What is written, for which option, and how it came.
pub struct Found {
    content: String,
    option: &'static str,
    came: Vec<Value>,
}

/// Fetches and writes.
pub async fn run(args: &FetchArgs, output: Output, places: &Places) -> Result<ExitCode> {
    let evidence = file::read(&args.evidence)?;
    let policy = policy::read(args.policy.as_deref())?;
    let now = now(args.at)?;
    let cache = || args.cache.clone().unwrap_or_else(|| places.endorsements());
    let sources = Sources { vendor: &args.sources, status: &args.status_sources };
    let fetcher = sources.fetcher((!args.no_cache).then(cache))?;
    output.progress(format!("Asking for what is said about the platform of {}", evidence.name()));
    let found = find(args, &evidence, &policy, &fetcher, now).await?;
    write_whole(&args.output, found.content.as_bytes())?;
    let json = json!({ "file": args.output, "kind": args.kind.name(), "option": found.option, "came": found.came });
    output.result(&json, || {
        let lines: String = found.came.iter().map(line).collect();
        format!("{lines}wrote {}: give it to `adyton attest verify` as {}", args.output.display(), found.option)
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn find(args: &FetchArgs, evidence: &File, policy: &Policy, fetcher: &Fetcher, now: u64) -> Result<Found> {
    let update = args.update.into();
    match args.kind {
        Kind::Sgx | Kind::Tdx => {
            intel::find(fetcher, args.kind, &super::intel::quote(evidence).quote, policy, update, now).await
        }
        Kind::AzureTdx => intel::find(fetcher, Kind::Tdx, &azure::quote_of(evidence)?, policy, update, now).await,
        Kind::Snp => amd::find(fetcher, &snp::report(evidence), args.product.map(Into::into), policy, now).await,
        Kind::AzureSnp => {
            amd::find(fetcher, &azure::report_of(evidence)?, args.product.map(Into::into), policy, now).await
        }
        Kind::Nvidia => nvidia::find(fetcher, &devices::of_file(evidence, &[])?, policy, now).await,
        Kind::Nitro => Err(misuse("there is nothing to fetch: a Nitro document carries its whole chain")),
        Kind::Tpm => Err(misuse("there is nothing to fetch: who made a TPM gives out its certificates by hand")),
        Kind::Cca => Err(misuse("there is nothing to fetch: the platform's maker gives out its keys by hand")),
    }
}

/// How something came, for programs.
fn came<T>(what: &str, fetched: &Fetched<T>) -> Value {
    let passed_over = |failure: &SourceFailure| json!({ "source": failure.source, "reason": failure.reason });
    json!({
        "what": what,
        "source": fetched.source,
        "at": fetched.at,
        "cached": fetched.cached,
        "passed_over": fetched.failures.iter().map(passed_over).collect::<Vec<_>>(),
    })
}

/// The same for people.
fn line(came: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let passed = came["passed_over"].as_array().into_iter().flatten();
    let passed: String =
        passed.map(|one| format!("  passed over {}: {}\n", text(&one["source"]), text(&one["reason"]))).collect();
    let cached = if came["cached"] == true { ", from the cache" } else { "" };
    format!("{} from {}{cached}\n{passed}", text(&came["what"]), text(&came["source"]))
}
