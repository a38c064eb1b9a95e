//! `adyton tcb watch`: which machines will fall below the bar when the vendor's next collateral applies, which part of
//! them is short, and what raises it.
//!
//! After a fix, Intel serves two collaterals that are both valid: the early one judges by the fix, the standard one
//! still by what was before. Who verifies with the standard one sees nothing, until it follows and a whole fleet is
//! out of date in one day. This command judges by both, under the policy of a file or those of a network.

use std::{path::PathBuf, process::ExitCode};

use adyton_attestation::{
    EvidenceKind, IntelPolicy, IntelRoot, Policy, TcbStatus,
    intel::{Contents, inspect},
};
use adyton_client::{
    Client, ProvenWorker,
    protocol::{ids::WorkerId, scheduled::Scheduled},
};
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    attest::{File, Kind, Remembering, Sources, now, read_file, read_policy, remembering},
    connection::Connection,
    output::misuse,
    worker::date,
};

use super::{
    DAY,
    bars::{self, Bar},
    chain::{Chain, KindPolicy},
    collaterals::{self, Missing, Named},
    evidence,
    network::{Comparison, Network},
    outlook::{Outlook, Standing},
    platforms::Platform,
    workers::{self, Ending, Unseen, Worker},
};

/// Which machines, and judged by what.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton tcb watch --evidence quote.bin --fetch\n  adyton tcb watch --evidence one.bin --evidence two.bin --collateral standard.json --collateral early.json\n  adyton tcb watch --workers --fetch --days 14\n  adyton tcb watch --workers --policy proposed.toml\n  adyton tcb watch --chain --network main\n\nThe bar is what the policy accepts. After a fix, Intel serves two collaterals: the early one judges by the fix, the\nstandard one still by what was before. A machine that is above the bar by the standard one and below it by the early\none falls when the standard one follows.\nWith --workers, the workers and keyholders of the network are watched: what their own evidence says, which their gateway\nbrings and which has to be what the chain's record is about, of Intel's under collateral (--collateral, --fetch or\n--chain), of AMD's and AWS's under the policies alone, since these vendors publish no levels that come into force\n(name with --policy what you think of proposing); and the verdicts on the chain that end soon. Each of them is proven;\nthe list of them is the node's word, so that a node can leave workers out. A machine that is not registered yet, or\nwhose evidence nobody brings, is judged by its operator's own file (sgx, tdx, azure-tdx).\nWith --chain the network's own policies are the bar, those that hold and those that are announced, each proven; and\nwhat the network holds is compared with what the vendors say now: of Intel's, the evaluation of each family's\ncollateral, and whose verdicts fall when the floor is raised to the newest; of AMD's, the revocation lists, and whose\nverdicts end when a newer one is submitted. AMD publishes no levels: the network's floors are compared with those of\nthe built-in policy, which are from AMD's bulletins.\nA machine is NOT JUDGED where no collateral is about its family, where the collateral is expired or not Intel's, and\nwhere the evidence itself is not authentic or cannot be had: that says nothing about what the machine runs.\nThe exit code is 0 when everything stays above the bar, 1 when something falls below it, needs attention or could not\nbe judged, 2 on bad use or an unreadable file."
)]
pub struct WatchArgs {
    /// The evidence of a machine: a quote (sgx, tdx, azure-tdx). May be repeated.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["workers", "chain"])]
    evidence: Vec<PathBuf>,
    /// Intel's collateral to judge by. May be repeated: old and new, of any family.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["fetch", "workers", "chain"])]
    collateral: Vec<PathBuf>,
    /// Get Intel's early and standard collateral of each machine.
    #[arg(long)]
    fetch: bool,
    /// A service to get them from, with --fetch or --chain. May be repeated; without one, the vendors' own.
    #[arg(long = "source", value_name = "URL")]
    sources: Vec<String>,
    /// How many days ahead to warn of verdicts that end.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: u64,
    /// Watch the network's workers and keyholders: what their own evidence says under the collateral, and whose verdicts
    /// end soon or hold no more.
    #[arg(long)]
    workers: bool,
    /// Compare what the network's chain accepts and holds with what Intel and AMD say now, and judge the evidence by the
    /// network's policies, announced ones too.
    #[arg(long)]
    chain: bool,
    /// The policy that is the bar, if not the built-in one.
    #[arg(long, value_name = "FILE", conflicts_with = "chain")]
    policy: Option<PathBuf>,
    /// The time to judge at (Unix seconds), if not now.
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
}

/// A machine, and what becomes of it under each collateral that is about it.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Of its evidence; or what the worker or keyholder is called whose own evidence it is.
    pub file: String,
    /// Who registered it; nobody, if it is an operator's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    kind: &'static str,
    #[serde(with = "hex::serde")]
    fmspc: [u8; 6],
    /// Its identity.
    pub machine: Value,
    /// Whether there is a policy for its kind.
    has_bar: bool,
    outlooks: Vec<Outlook>,
}

/// What was found.
struct Findings {
    machines: Vec<Machine>,
    /// Workers and keyholders of AMD's and AWS's.
    platforms: Vec<Platform>,
    /// Those whose own evidence could not be looked at.
    unseen: Vec<Unseen>,
    workers: Option<Vec<Worker>>,
    ending: Option<Vec<Ending>>,
    network: Option<Network>,
}

/// Does it.
pub async fn run(args: WatchArgs, connection: &Connection<'_>) -> Result<ExitCode> {
    if !args.sources.is_empty() && !args.fetches() {
        return Err(misuse("--source says where to get collateral from: say --fetch or --chain too"));
    }
    let now = now(args.at)?;
    let until = now.saturating_add(args.days.saturating_mul(DAY));
    // The collaterals are met first, so that theirs are the signatures that are remembered of a fleet.
    let (given, signatures, missing) = (collaterals::read(&args.collateral)?, remembering(), Missing::default());
    let watch = Watch { given, now, signatures, missing, args, connection };
    let findings = watch.findings(until).await?;
    let (falls, unjudged) = (findings.falls(), findings.unjudged());
    connection.output.result(&findings.json(), || findings.text(until) + conclusion(falls, unjudged))?;
    Ok(if falls || unjudged { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

const fn conclusion(falls: bool, unjudged: bool) -> &'static str {
    match (falls, unjudged) {
        (false, false) => "Everything stays above the bar.",
        (true, false) => "Something falls below the bar.",
        (false, true) => "Nothing was found below the bar, but something could NOT be judged.",
        (true, true) => "Something falls below the bar, and something could NOT be judged.",
    }
}

impl WatchArgs {
    const fn fetches(&self) -> bool {
        self.fetch || self.chain
    }

    /// Whether the network's own workers are judged: there is something to judge them by.
    fn judges_workers(&self) -> bool {
        self.workers && (self.fetches() || !self.collateral.is_empty())
    }
}

/// One run.
struct Watch<'a> {
    given: Vec<Named>,
    now: u64,
    signatures: Remembering,
    missing: Missing,
    args: WatchArgs,
    connection: &'a Connection<'a>,
}

impl Watch<'_> {
    async fn findings(&self, until: u64) -> Result<Findings> {
        let Self { args, connection, .. } = self;
        let client = if args.chain || args.workers { Some(connection.client()?) } else { None };
        let chain = match &client {
            Some(client) if args.chain => Some(Chain::read(client).await?),
            Some(_) | None => None,
        };
        let policies = match &chain {
            Some(chain) => chain.policies().await?,
            None => Vec::new(),
        };
        let bars = match &chain {
            Some(chain) => bars::bars(&policies, &chain.roots, chain.now),
            None => vec![self.bar_of_file()?],
        };
        let mut machines = Vec::new();
        for path in &args.evidence {
            machines.push(self.of_file(&read_file(path)?, &bars).await?);
        }
        let workers = match &client {
            Some(client) => Some(workers::of_network(client).await?),
            None => None,
        };
        let (mut platforms, mut unseen) = (Vec::new(), Vec::new());
        for worker in workers.iter().flatten().filter(|_| args.workers) {
            let Some(client) = &client else { break };
            let done = match worker.is_intels() {
                true if !args.judges_workers() => continue,
                true => self.of_worker(worker, client, &bars).await.map(|machine| machines.push(machine)),
                false => self.of_platform(worker, client, &bars).await.map(|platform| platforms.push(platform)),
            };
            if let Err(error) = done {
                unseen.push(Unseen { name: worker.name(), reason: format!("{error:#}") });
            }
        }
        let network = match &chain {
            Some(chain) => Some(self.compare(chain, &policies, workers.as_deref().unwrap_or_default(), until).await?),
            None => None,
        };
        let ending = workers.as_ref().map(|workers| workers::ending(workers, until, &machines));
        Ok(Findings { machines, platforms, unseen, workers, ending, network })
    }

    fn bar_of_file(&self) -> Result<Bar> {
        let policy = read_policy(self.args.policy.as_deref())?;
        if (!self.args.evidence.is_empty() || self.args.judges_workers()) && policy.roots.intel().next().is_none() {
            return Err(misuse("the policy has no root for Intel's evidence"));
        }
        Ok(Bar { kind: None, from: None, policy })
    }

    async fn compare(
        &self,
        chain: &Chain<'_>,
        policies: &[Scheduled<KindPolicy>],
        workers: &[Worker],
        until: u64,
    ) -> Result<Network> {
        let Self { args, signatures, connection, .. } = self;
        let sources = Sources { vendor: &args.sources, status: &[] };
        let fetcher = sources.fetcher(Some(connection.places.endorsements()))?;
        let named = !args.sources.is_empty();
        Comparison { chain, workers, fetcher: &fetcher, named, until, signatures, connection }.of(policies).await
    }

    async fn of_file(&self, file: &File, bars: &[Bar]) -> Result<Machine> {
        let unreadable = |why: String| misuse(format!("{}: {why}", file.name()));
        if evidence::report(file).is_some() {
            return Err(unreadable(
                "AMD publishes no levels that a report could fall below tomorrow: judge it with `adyton attest verify --kind snp`, and compare a network's floors with --chain".into(),
            ));
        }
        let quote = evidence::quote(file);
        // What stands in a quote is the same under every root.
        let contents = inspect(&quote, &IntelRoot::intel()).map_err(|refusal| unreadable(refusal.to_string()))?;
        self.machine(file.name(), &quote, &contents, bars).await
    }

    /// By the evidence that the worker registered.
    async fn of_worker(&self, worker: &Worker, client: &Client, bars: &[Bar]) -> Result<Machine> {
        self.connection.output.progress(format!("Asking the {} for its evidence", worker.name()));
        let own = worker.own(client).await?;
        let bars = bars_for(&own.worker, bars);
        let machine = self.machine(worker.name(), &own.quote, &own.contents, &bars).await?;
        Ok(Machine { worker: Some(worker.id()), ..machine })
    }

    /// The same of AMD's and AWS's, which need no collateral.
    async fn of_platform(&self, worker: &Worker, client: &Client, bars: &[Bar]) -> Result<Platform> {
        self.connection.output.progress(format!("Asking the {} for its evidence", worker.name()));
        let (proven, registered) = worker.judged(client).await?;
        let (named, bars) = ((worker.name(), worker.id()), bars_for(&proven, bars));
        Platform::of(&self.signatures, named, &proven.record().verdict, &registered, &bars, self.now)
    }

    async fn machine(&self, file: String, quote: &[u8], contents: &Contents, bars: &[Bar]) -> Result<Machine> {
        let is_about = |bar: &&Bar| bar.kind.is_none_or(|kind| kind.name() == contents.kind.name());
        let bars: Vec<&Bar> = bars.iter().filter(is_about).collect();
        let mut outlooks = Vec::new();
        if let Some(first) = bars.first() {
            let named = self.collaterals(contents, &first.policy).await?;
            for bar in &bars {
                outlooks.extend(named.iter().map(|one| self.outlook(quote, contents, one, bar)));
            }
        }
        Ok(Machine {
            file,
            worker: None,
            kind: kind_of(contents).name(),
            fmspc: contents.fmspc,
            machine: contents.machine.map_or(Value::Null, |machine| json!(machine)),
            has_bar: !bars.is_empty(),
            outlooks,
        })
    }

    /// What a machine is judged by, in the order of its evaluations.
    async fn collaterals(&self, contents: &Contents, policy: &Policy) -> Result<Vec<Named>> {
        let Self { given, now, signatures, missing, args, connection } = self;
        let mut named: Vec<Named> = given.iter().filter(|one| one.is_for(contents)).cloned().collect();
        if args.fetches() {
            let known = (signatures, missing);
            named.extend(collaterals::fetch(contents, &args.sources, policy, *now, known, connection).await?);
        }
        named.sort_by_key(|one| (one.says.evaluation, one.says.issue_date.clone()));
        Ok(named)
    }

    fn outlook(&self, quote: &[u8], contents: &Contents, named: &Named, bar: &Bar) -> Outlook {
        let name = match bar.from {
            Some(from) => format!("{}, by the policy announced for {}", named.name, date(from)),
            None => named.name.clone(),
        };
        let named = Named { name, ..named.clone() };
        Outlook::of(&self.signatures, quote, contents, &named, &bar.policy, self.now)
    }
}

/// A file's policy is held to on a development network under that network's own root too, which the network's file says
/// that it has.
fn bars_for(worker: &ProvenWorker, bars: &[Bar]) -> Vec<Bar> {
    let mut bars = bars.to_vec();
    if let Some(root) = worker.development_root() {
        bars.iter_mut().filter(|bar| bar.kind.is_none()).for_each(|bar| root.add_to(&mut bar.policy.roots));
    }
    bars
}

fn kind_of(contents: &Contents) -> Kind {
    if contents.kind == EvidenceKind::IntelSgx { Kind::Sgx } else { Kind::Tdx }
}

/// Whether a policy accepts a status in some tier.
pub fn accepts(policy: &IntelPolicy, status: TcbStatus) -> bool {
    policy.tiers.iter().any(|tier| tier.statuses.contains(status))
}

impl Findings {
    fn falls(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| !ending.is_empty())
            || self.machines.iter().any(Machine::falls)
            || self.platforms.iter().any(Platform::falls)
            || self.network.as_ref().is_some_and(|network| !network.attention.is_empty())
    }

    fn unjudged(&self) -> bool {
        !self.unseen.is_empty()
            || self.machines.iter().any(Machine::is_unjudged)
            || self.platforms.iter().any(Platform::is_unjudged)
            || self.network.as_ref().is_some_and(|network| !network.unjudged.is_empty())
    }

    fn json(&self) -> Value {
        json!({
            "falls": self.falls(),
            "unjudged": self.unjudged(),
            "machines": self.machines,
            "platforms": self.platforms,
            "unseen": self.unseen,
            "network": self.network,
            "workers": self.workers,
            "workers_listed_by": self.workers.as_ref().map(|_| workers::LISTED_BY),
            "ending": self.ending,
        })
    }

    fn text(&self, until: u64) -> String {
        let mut out: String = self.machines.iter().map(|machine| machine.text(until)).collect();
        out.extend(self.platforms.iter().map(|platform| platform.text(until)));
        for Unseen { name, reason } in &self.unseen {
            out += &format!("{name}\n  NOT JUDGED: {reason}\n");
        }
        out += &self.network.as_ref().map(Network::text).unwrap_or_default();
        if let Some(workers) = &self.workers {
            out += &format!("{} workers and keyholders, {}\n", workers.len(), workers::LISTED_BY);
        }
        out + &self.ending.iter().flatten().map(workers::line).collect::<String>()
    }
}

impl Machine {
    /// Whether some collateral puts it below the bar.
    fn falls(&self) -> bool {
        self.outlooks.iter().any(|outlook| outlook.standing == Standing::Below)
    }

    /// Whether some collateral leaves open where it stands, or none says anything.
    fn is_unjudged(&self) -> bool {
        self.outlooks.is_empty() || self.outlooks.iter().any(|outlook| outlook.standing == Standing::NotJudged)
    }

    fn text(&self, until: u64) -> String {
        let mut out = format!("{} ({}, family {})\n", self.file, self.kind, hex::encode(self.fmspc));
        if !self.has_bar {
            out += &format!("  NOT JUDGED: the network accepts no {} evidence\n", self.kind);
        } else if self.outlooks.is_empty() {
            out += "  NOT JUDGED: no collateral is about its family: give it with --collateral, or say --fetch\n";
        }
        out + &self.outlooks.iter().map(|outlook| outlook.text(until)).collect::<String>()
    }
}
