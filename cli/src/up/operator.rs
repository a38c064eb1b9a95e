//! The local network's operator: registers each boot of worker and keyholder, renews collateral and verdicts in good
//! time, and at once collateral whose revocation lists no longer count, and verdicts that hold no more, because a list or
//! governance ended them or the floor of collateral was raised.
//!
//! On a real network a person does this with `adyton worker register` and `renew`; here it goes on by itself, so that
//! a program that was killed comes back, and a network that is left running goes on.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adyton_client::chain::{
    extrinsic::{self, Options, Signer, calls::CollateralRef},
    facts::{Facts, validity_keys},
    rpc::{HttpSource, Reader},
};
use adyton_client::protocol::{
    ids::{Digest, WorkerId},
    record::{EvidenceKind, WorkerRecord},
    storage,
};
use adyton_development_root::{DevelopmentRoot, FMSPC};
use anyhow::{Context, Result};
use serde::Deserialize;
use tokio::sync::watch;

use super::{genesis::root_id, renewal::Renewal};
use crate::{registration::Offer, tcb::Submission};

/// How often a program is asked whether the chain knows its boot, while it does not.
const LOOK: Duration = Duration::from_millis(300);
/// How often afterwards: it may have been started again.
const SETTLED: Duration = Duration::from_secs(1);
/// How often is looked whether its verdict holds.
const VERDICT: Duration = Duration::from_secs(5);

/// What a worker or keyholder says of itself at `/health`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Health {
    /// Of a worker: whether the chain shows its boot.
    registered: bool,
    /// Of a keyholder: how far its boot is.
    phase: String,
}

/// Registers the boots of one program.
pub struct Operator {
    /// The program's name, as its operator gave it.
    pub name: &'static str,
    /// Its identity, which operator and name give.
    pub id: WorkerId,
    /// Where it is.
    pub url: String,
    /// Its operator.
    pub signer: Arc<dyn Signer>,
    /// The chain.
    pub reader: Arc<Reader<HttpSource>>,
    /// The root whose collateral its evidence is judged by.
    pub root: Digest,
    /// When the collateral on the chain was issued, Unix seconds.
    pub collateral: watch::Receiver<u64>,
    /// Asks the program.
    pub http: reqwest::Client,
}

/// What an operator remembers of its program.
struct Memory {
    /// Whether it registered a boot since it began.
    registered: bool,
    /// When to look at the verdict.
    verdict: Instant,
    /// When it was renewed, or tried to be.
    renewed: Option<Instant>,
}

impl Operator {
    /// Registers and renews until the process ends; failures are said once.
    pub async fn run(self) {
        let mut said = String::new();
        let mut memory = Memory { registered: false, verdict: Instant::now() + VERDICT, renewed: None };
        loop {
            let pause = self.step(&mut memory).await.unwrap_or_else(|error| {
                let text = format!("{error:#}");
                if text != said {
                    tracing::debug!(program = self.name, error = text, "not registered yet");
                    said = text;
                }
                LOOK
            });
            tokio::time::sleep(pause).await;
        }
    }

    /// Gives the pause until the next step. A program is asked for evidence only when it is needed: making it is
    /// work.
    async fn step(&self, memory: &mut Memory) -> Result<Duration> {
        if !self.health().await?.registered() {
            return self.register(memory).await;
        }
        self.look_after(memory).await?;
        Ok(SETTLED)
    }

    /// Renews its verdict, if it is time to look and the chain's facts ask for it.
    async fn look_after(&self, memory: &mut Memory) -> Result<()> {
        if Instant::now() < memory.verdict {
            return Ok(());
        }
        memory.verdict = Instant::now() + VERDICT;
        if let Some(renewal) = self.renewal().await?
            && memory.renewed.is_none_or(|renewed| renewed.elapsed() >= renewal.pause())
        {
            memory.renewed = Some(Instant::now());
            tracing::debug!(program = self.name, ?renewal, "renewing its verdict");
            self.renew().await.context("renewing its verdict")?;
        }
        Ok(())
    }

    /// Whether the chain's facts ask for a renewal.
    async fn renewal(&self) -> Result<Option<Renewal>> {
        let Some(record) = self.record().await? else { return Ok(None) };
        let validity = Facts::from(self.reader.read(&validity_keys(&record)).await?.values).validity(&record)?;
        Ok(Renewal::of(&record, &validity, *self.collateral.borrow()))
    }

    async fn register(&self, memory: &mut Memory) -> Result<Duration> {
        let offer = Offer::fetch(&self.url).await?;
        let record = self.record().await?;
        if record.as_ref().is_some_and(|record| record.signing_key == offer.statement.signing_key) {
            // It has not seen it yet; or its verdict ended before it could, and it never would.
            return self.look_after(memory).await.map(|()| LOOK);
        }
        // A program that is drained stays so when it is started again, until the whole network is.
        let opt_in = !memory.registered || record.is_none_or(|record| record.opted_in);
        self.submit(offer, opt_in).await.context("registering")?;
        memory.registered = true;
        Ok(LOOK)
    }

    async fn renew(&self) -> Result<()> {
        let offer = Offer::fetch(&self.url).await?;
        let record = self.record().await?.context("it is not registered")?;
        self.submit(offer, record.opted_in).await
    }

    async fn submit(&self, offer: Offer, opt_in: bool) -> Result<()> {
        let collateral = CollateralRef { kind: offer.kind, root: self.root, family: FMSPC };
        let call = offer.into_call(collateral, opt_in);
        extrinsic::call(&self.reader, &*self.signer, &call, &Options::default()).await?;
        Ok(())
    }

    async fn record(&self) -> Result<Option<WorkerRecord>> {
        let tip = self.reader.read(&[storage::workers(&self.id)]).await?;
        Ok(Facts::from(tip.values).worker(&self.id)?)
    }

    /// A worker that is not admitted answers with an error status, and says as much.
    async fn health(&self) -> Result<Health> {
        Ok(self.http.get(format!("{}/health", self.url)).send().await?.json().await?)
    }
}

impl Health {
    fn registered(&self) -> bool {
        self.registered || matches!(&self.phase[..], "publishing" | "serving")
    }
}

/// Submits collateral that was issued `at`.
pub async fn submit_collateral(
    reader: &Reader<HttpSource>,
    signer: &dyn Signer,
    root: &DevelopmentRoot,
    at: u64,
) -> Result<()> {
    let submission = Submission::of_collateral(EvidenceKind::IntelTdx, root_id(root), &root.collateral(at))?;
    let call = submission.into_call();
    extrinsic::call(reader, signer, &call, &Options::default()).await.context("submitting newer collateral")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use adyton_client::{
        Account,
        chain::verifier::Checkpoint,
        protocol::{call::AccountScheme, ids::BlockHash},
    };
    use axum::{Json, Router, routing::get};
    use serde_json::json;

    use super::*;
    use crate::registration::tests::sent;

    /// A program that counts how often it is asked for evidence.
    #[derive(Default)]
    struct Program {
        registered: AtomicBool,
        asked: AtomicU32,
    }

    /// The operator of a program, on a chain that cannot be reached.
    async fn operator(program: Arc<Program>) -> Operator {
        rustls::crypto::ring::default_provider().install_default().ok();
        let health = program.clone();
        let offer = move || async move {
            program.asked.fetch_add(1, Ordering::Relaxed);
            Json(sent().1)
        };
        let health = move || async move { Json(json!({ "registered": health.registered.load(Ordering::Relaxed) })) };
        let router = Router::new().route("/health", get(health)).route("/v1/registration", get(offer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let genesis = BlockHash([0; 32]);
        let checkpoint = Checkpoint {
            genesis_hash: genesis,
            number: 0,
            hash: genesis,
            set_id: 0,
            authorities: Vec::new(),
            time_ms: None,
        };
        Operator {
            name: "worker",
            id: WorkerId([2; 32]),
            url,
            signer: Arc::new(Account::from_secret("//Bob", AccountScheme::Sr25519).unwrap()),
            reader: Arc::new(Reader::new(HttpSource::new("http://127.0.0.1:1").unwrap(), checkpoint)),
            root: Digest([1; 32]),
            collateral: watch::Sender::new(0).subscribe(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    #[tokio::test]
    async fn a_program_whose_boot_is_registered_makes_no_evidence_until_its_verdict_is_due() {
        let program = Arc::new(Program::default());
        let operator = operator(program.clone()).await;
        let mut memory = Memory { registered: true, verdict: Instant::now() + VERDICT, renewed: None };
        operator.step(&mut memory).await.unwrap_err();
        assert_eq!(program.asked.load(Ordering::Relaxed), 1, "its boot is new");
        program.registered.store(true, Ordering::Relaxed);
        for _ in 0..3 {
            assert_eq!(operator.step(&mut memory).await.unwrap(), SETTLED);
        }
        assert_eq!(program.asked.load(Ordering::Relaxed), 1);
    }

    fn health(text: &str) -> bool {
        serde_json::from_str::<Health>(text).unwrap().registered()
    }

    #[test]
    fn worker_and_keyholder_say_each_in_its_way_whether_the_chain_shows_their_boot() {
        assert!(!health(r#"{"registered": false, "invalid": null}"#));
        assert!(health(r#"{"registered": true, "invalid": "its verdict has ended"}"#));
        assert!(!health(r#"{"role": "keyholder", "phase": "synchronizing"}"#));
        assert!(!health(r#"{"role": "keyholder", "phase": "awaiting-registration"}"#));
        assert!(health(r#"{"role": "keyholder", "phase": "publishing"}"#));
        assert!(health(r#"{"role": "keyholder", "phase": "serving"}"#));
    }
}
