//! `adyton-worker rerun`: a disputable contract's call, run again on a user's own machine as a juror would, before a bond
//! is paid to dispute it.
//!
//! It needs no configuration, makes no keys and no evidence, and believes those whom it asks no more than a juror does:
//! the receipt's digests and heads say what belongs to the call, and proofs from the bundle's checkpoint what is the
//! chain's. Whether the checkpoint is that of a network that the user trusts, `adyton verify` says.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use adyton_admission::{ChainReader, resume};
use adyton_chain_client::{facts::Facts, verifier::Checkpoint};
use adyton_engine::{CompileLimits, Compiler, Engine, EngineConfig, Module};
use adyton_protocol::{
    dispute::{Claim, LEAVES, Outcome},
    ids::{NetworkId, SigningKey},
    manifest::Manifest,
    receipt::SignedReceipt,
    storage,
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use ed25519_dalek::VerifyingKey;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    block,
    rerun::{Again, State, no_answer, rerun},
    source::Source,
};
use crate::{code, road::history::Request};

/// The most bytes of a bundle (`specs/receipt-bundle.md`).
const MAX_BUNDLE: u64 = 96 * 1024 * 1024;
/// What a bundle says that it is.
const FORMAT: &str = "adyton-receipt-bundle/1";
/// For how long one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which call, and who has what it takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  adyton-worker rerun receipt.json --gateway http://127.0.0.1:8700 --node http://127.0.0.1:9944\n\nNobody who is asked is believed: what they give leads to what the receipt says that the call began with, or is not\ntaken. That the receipt is of a network that you trust, `adyton verify receipt.json` says.\nThe exit code is 0 when the call gives what its receipt says, 1 when it gives something else, 2 on bad use or when it\ncannot be run again."
)]
pub struct RerunArgs {
    /// The receipt's bundle, as `adyton call --public --receipt` saved it.
    receipt: PathBuf,
    /// A gateway: it has the component, and the contract's history from the worker that holds it.
    #[arg(long, value_name = "URL")]
    gateway: String,
    /// A node that still has the block on which the call acted.
    #[arg(long, value_name = "URL")]
    node: String,
    /// Who else has the contract's history; asked first.
    #[arg(long, value_name = "URL")]
    history: Option<String>,
    /// Print the result as JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Of a bundle, what says which call it was.
#[derive(Deserialize)]
struct Bundle {
    format: String,
    network_id: NetworkId,
    checkpoint: Checkpoint,
    receipt: String,
}

/// What a receipt says of a call, and what the call gives.
struct Found {
    claim: Claim,
    outcome: Outcome,
}

/// Does it, and says what came of it.
pub async fn run(args: &RerunArgs) -> ExitCode {
    let found = async {
        let engine = Engine::new(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() })?;
        compared(args, &engine, &Compiler::new(CompileLimits::default())).await
    };
    let found = match found.await {
        Ok(found) => found,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    let text = if args.json { found.json().to_string() } else { found.text() };
    match writeln!(io::stdout(), "{text}") {
        // Its reader wanted no more; the exit code says it.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to standard output: {error}");
            ExitCode::from(2)
        }
        _ if found.is_same() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

async fn compared(args: &RerunArgs, engine: &Engine, compiler: &Compiler) -> Result<Found> {
    let (bundle, claim) = read(&args.receipt)?;
    ensure!(
        claim.cost_table.0 == adyton_engine::cost_table_hash(),
        "this version of the program counts fuel otherwise"
    );
    let reader = resume(&args.node, bundle.checkpoint).with_context(|| format!("reaching {}", args.node))?;
    let outcome = again(args, (&reader, bundle.network_id), &claim, (engine, compiler)).await?;
    Ok(Found { claim, outcome })
}

/// Runs the claimed call again.
async fn again(
    args: &RerunArgs,
    (reader, network): (&ChainReader, NetworkId),
    claim: &Claim,
    (engine, compiler): (&Engine, &Compiler),
) -> Result<Outcome> {
    let head = reader.head().await.context("reading the chain")?;
    let keys = [storage::network(), storage::contracts(&claim.contract)];
    let facts = Facts::from(reader.read_at(&head, &keys).await?);
    let is_its = facts.network()?.is_some_and(|found| found.id == network);
    ensure!(is_its, "the node's chain is not that of network {network}");
    let record = facts.contract(&claim.contract)?.context("there is no such contract, or it was retired")?;
    let manifest = Manifest::from_bytes(&record.manifest)?;
    ensure!(manifest.digest() == claim.manifest, "the call ran under another manifest than the contract's");
    ensure!(manifest.disputable, "the contract's manifest does not say that its results can be disputed");
    if block::is_foreign(reader, &head, &claim.block).await? {
        return Ok(no_answer(claim));
    }
    let block_ms = block::time_ms(reader, &claim.block).await.context("the time of the block that was acted on")?;
    let (state, request) = history(args, &network, claim, &manifest).await?;
    let module = module(args, claim, &manifest, (engine, compiler)).await.context("the contract's code")?;
    let again = Again { network, claim, request, state, block_ms };
    let outcome = rerun(engine, &module, again).await;
    outcome.context("this machine decided how the call ended, by its time or memory: try again, or on another one")
}

/// From the first who has all of it.
async fn history(
    args: &RerunArgs,
    network: &NetworkId,
    claim: &Claim,
    manifest: &Manifest,
) -> Result<(State, Request)> {
    let mut failures = Vec::new();
    for url in args.history.iter().chain([&args.gateway]) {
        let asked = async {
            // The user names it: it may be on their own network.
            let source = Source::new(url, true).await?;
            let request = source.request(network, claim, manifest).await.context("the request")?;
            anyhow::Ok((source.state(claim, manifest).await.context("the history")?, request))
        };
        match asked.await {
            Ok(found) => return Ok(found),
            Err(error) => failures.push(format!("{url}: {error:#}")),
        }
    }
    bail!("nobody has what the call began with: {}", failures.join("; "))
}

async fn module(
    args: &RerunArgs,
    claim: &Claim,
    manifest: &Manifest,
    (engine, compiler): (&Engine, &Compiler),
) -> Result<Module> {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.connect_timeout(Duration::from_secs(5)).timeout(PATIENCE).build()?;
    let component = code::fetch_from(&http, &args.gateway, &claim.code).await?;
    let (inspecting, granted) = (engine.clone(), manifest.clone());
    let inspected = spawn_blocking(move || inspecting.inspect(component, &granted)).await??;
    Ok(engine.compile_apart(compiler, &inspected, manifest).await?)
}

/// The bundle and its receipt's claim. Only the receipt is looked at.
fn read(path: &Path) -> Result<(Bundle, Claim)> {
    let read = || {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MAX_BUNDLE + 1).read_to_end(&mut bytes)?;
        ensure!(bytes.len() as u64 <= MAX_BUNDLE, "a receipt bundle has at most {MAX_BUNDLE} bytes");
        let bundle: Bundle = serde_json::from_slice(&bytes).context("not a receipt bundle")?;
        ensure!(bundle.format == FORMAT, "this program reads '{FORMAT}', and it is '{}'", bundle.format);
        let claim = claim(&bundle)?;
        anyhow::Ok((bundle, claim))
    };
    read().with_context(|| path.display().to_string())
}

fn claim(bundle: &Bundle) -> Result<Claim> {
    let digits = bundle.receipt.strip_prefix("0x").context("the receipt is not in hexadecimal digits")?;
    let receipt = SignedReceipt::from_bytes(&hex::decode(digits)?)?;
    receipt.verify(&bundle.network_id, &is_signed)?;
    let fields = receipt.open(&LEAVES).verify(&bundle.network_id, &is_signed)?;
    Claim::of(&fields)?.context("the call is not one that anybody could make, and cannot be disputed")
}

fn is_signed(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok())
}

impl Found {
    fn is_same(&self) -> bool {
        self.outcome == self.claim.outcome
    }

    fn json(&self) -> Value {
        let claim = &self.claim;
        json!({
            "same": self.is_same(),
            "contract": claim.contract,
            "request_id": claim.request_id,
            "request": claim.request,
            "acted_on": claim.block.number,
            "claimed": outcome_json(&claim.outcome),
            "found": outcome_json(&self.outcome),
        })
    }

    fn text(&self) -> String {
        let Claim { contract, request_id, outcome, .. } = &self.claim;
        let said = match self.is_same() {
            true => "It gives what its receipt says: who disputes that loses the bond",
            false => "It gives something ELSE than its receipt says: `adyton dispute open`",
        };
        format!(
            "request {request_id} of {contract}\n  claimed  {}\n  found    {}\n{said}",
            outcome_text(outcome),
            outcome_text(&self.outcome)
        )
    }
}

fn outcome_json(outcome: &Outcome) -> Value {
    let Outcome { response, after, fuel } = outcome;
    json!({ "digest": outcome.digest(), "response": response, "state_after": after, "fuel": fuel })
}

fn outcome_text(outcome: &Outcome) -> String {
    let Outcome { response, after, fuel } = outcome;
    format!("{}: response {response}, state {} with head {}, fuel {fuel}", outcome.digest(), after.sequence, after.hash)
}

#[cfg(test)]
mod tests;
