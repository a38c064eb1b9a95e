//! `adyton attest fetch`: what the vendors say about a platform, in a file for `adyton attest verify`.

mod amd;
pub mod intel;
mod nvidia;

use std::{path::PathBuf, process::ExitCode};

use adyton_attestation::Policy;
use adyton_attestation_platform::fetch::{
    AmdProduct, FetchConfig, Fetched, Fetcher, IntelSource, SourceFailure, Update,
};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{azure, file::File, kind::Kind, now, nvidia as devices, policy};
use crate::{
    network::write_whole,
    output::{Output, misuse},
    places::Places,
};

/// For what to fetch, from where, and where to.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton attest fetch --kind tdx --evidence quote.bin --output collateral.json\n  adyton attest fetch --kind tdx --evidence quote.bin --output collateral.json --source https://pccs.example.org --source https://api.trustedservices.intel.com\n  adyton attest fetch --kind snp --evidence report.bin --output chip.pem\n\nWhat comes is checked before it is written: a source that serves something stale, incomplete or forged is passed\nover like one that does not answer. For sgx, tdx and azure-tdx the file is for --collateral of\n`adyton attest verify`, for snp, azure-snp and nvidia for --endorsements. Evidence of the other kinds carries all\nthat a vendor says about it, or its maker gives it out by hand.\nThe exit code is 0 when the file was written, 1 when no source gave it, 2 on bad use or an unreadable file."
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
    /// Which of Intel's two collaterals that are valid at a time.
    #[arg(long, value_enum, default_value_t = Age::Early)]
    update: Age,
    /// For snp: the line of processors, which reports before version 3 do not say.
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
    /// The newest, from the day of a fix.
    Early,
    /// The one before it, until most machines could follow.
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
enum Product {
    Milan,
    Genoa,
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
    let evidence = File::read(&args.evidence)?;
    let policy = policy::read(args.policy.as_deref())?;
    let now = now(args.at)?;
    let fetcher = fetcher(args, places)?;
    output.progress(format!("Asking for what is said about the platform of {}", evidence.name()));
    let found = find(args, &evidence, &policy, &fetcher, now).await?;
    write_whole(&args.output, found.content.as_bytes())?;
    let json = json!({ "file": args.output, "kind": args.kind.name(), "option": found.option, "came": found.came });
    output.result(&json, || {
        let lines: String = found.came.iter().map(line).collect();
        format!("{lines}wrote {}: give it to `adyton attest verify` as {}", args.output.display(), found.option)
    });
    Ok(ExitCode::SUCCESS)
}

async fn find(args: &FetchArgs, evidence: &File, policy: &Policy, fetcher: &Fetcher, now: u64) -> Result<Found> {
    let update = args.update.into();
    match args.kind {
        Kind::Sgx | Kind::Tdx => {
            intel::find(fetcher, args.kind, &super::intel::quote(evidence).quote, policy, update, now).await
        }
        Kind::AzureTdx => intel::find(fetcher, Kind::Tdx, &azure::quote_of(evidence)?, policy, update, now).await,
        Kind::Snp => amd::find(fetcher, &evidence.binary(), args.product.map(Into::into), policy, now).await,
        Kind::AzureSnp => {
            amd::find(fetcher, &azure::report_of(evidence)?, args.product.map(Into::into), policy, now).await
        }
        Kind::Nvidia => nvidia::find(fetcher, &devices::of_file(evidence, &[])?, policy, now).await,
        Kind::Nitro => Err(misuse("there is nothing to fetch: a Nitro document carries its whole chain")),
        Kind::Tpm => Err(misuse("there is nothing to fetch: who made a TPM gives out its certificates by hand")),
        Kind::Cca => Err(misuse("there is nothing to fetch: the platform's maker gives out its keys by hand")),
    }
}

fn fetcher(args: &FetchArgs, places: &Places) -> Result<Fetcher> {
    let mut config = FetchConfig::default();
    for url in args.sources.iter().chain(&args.status_sources) {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(misuse(format!("a source is a URL, which {url} is not")));
        }
    }
    if !args.sources.is_empty() {
        let known = config.intel.clone();
        let of_url = |url: &String| {
            let own = known.iter().find(|source| source.url == url.trim_end_matches('/'));
            own.cloned().unwrap_or_else(|| IntelSource { url: url.clone(), root_crl: None })
        };
        config.intel = args.sources.iter().map(of_url).collect();
        config.amd.clone_from(&args.sources);
        config.nvidia_rim.clone_from(&args.sources);
    }
    if !args.status_sources.is_empty() {
        config.nvidia_ocsp.clone_from(&args.status_sources);
    }
    let usual = || places.data.join("endorsements");
    config.cache = (!args.no_cache).then(|| args.cache.clone().unwrap_or_else(usual));
    Fetcher::new(config).context("cannot fetch")
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
