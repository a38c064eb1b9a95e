//! `adyton tcb submit`: brings to the chain what vendors say about platforms, so that evidence can be judged by it.
//!
//! Anybody may: the vendor signed it, and the chain checks it, takes what is newer, and keeps it for everybody. The same
//! checks are made here first, under the roots that the chain proves to accept, so that nobody pays for a refusal.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use adyton_attestation::{CheckedCollateral, ListFloors};
use adyton_attestation_platform::fetch::{IntelAuthority, IntelRequest, IntelTee};
use adyton_client::{
    Account, Client,
    protocol::{ids::Digest, record::EvidenceKind},
};
use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;

use super::{
    chain::{Chain, StoredList},
    endorsements::{self, Endorsement, Request, Says, Vouched, line_of},
    evidence,
};
use crate::{
    attest::{Age, Product, Remembering, Sources, digits, intel_authority, now, read_file, remembering},
    connection::Connection,
    output::misuse,
    whole_file::write_whole,
    worker::date,
};

/// What to bring, and who pays.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton tcb submit collateral.json chip.pem --from main\n  adyton tcb submit --evidence quote.bin --worker-file /var/lib/adyton/collateral.scale --from main\n  adyton tcb submit --kind tdx --family 00806f050000 --authority platform --from main\n  adyton tcb submit --kind snp --product genoa --from main\n  adyton tcb submit --known --from main\n\nAnybody may submit: the vendor signed it, and the chain checks it and takes only what is newer than what it holds. It is\nchecked here first, under the roots that the chain is proven to accept; nothing is sent that would be refused.\n- Files, or folders of them, are those that `adyton attest fetch` writes: Intel's collateral (JSON), or AMD's revocation\n  list (PEM, among the certificates, or DER).\n- --evidence asks the vendor about the machine that made it; --kind asks about a platform family (Intel's FMSPC and the\n  authority that certifies its machines) or a line of AMD's.\n- --known asks for a newer one of everything that the network holds: for a timer of the operator's.\nOf Intel's two collaterals the standard one is fetched. The early one judges by a fix at once, and cannot be taken back:\nsee `adyton tcb watch` for who falls by it.\n--worker-file writes what was submitted in the form that a worker's configuration names under local.collateral.\nThe exit code is 0 when the network has each of them, or newer, 1 when one could not be fetched or was refused, 2 on bad\nuse or an unreadable file."
)]
pub struct SubmitArgs {
    /// What `adyton attest fetch` wrote, or folders of it.
    #[arg(value_name = "FILE", required_unless_present_any = ["evidence", "kind", "known"])]
    files: Vec<PathBuf>,
    /// Get what the vendor says about the machine that made this evidence (sgx, tdx, azure-tdx, snp). May be repeated.
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// Get what the vendor says about platforms of this kind.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Of tdx and sgx: the platform family (Intel's FMSPC), 12 hexadecimal digits.
    #[arg(long, value_name = "FMSPC", requires = "kind")]
    family: Option<String>,
    /// Of tdx and sgx: who certifies the machines, as the name of the second certificate in their quotes says.
    #[arg(long, value_enum, requires = "kind")]
    authority: Option<Authority>,
    /// Of snp: the line of processors.
    #[arg(long, value_enum, value_name = "LINE")]
    product: Option<Product>,
    /// Get a newer one of everything that the network holds.
    #[arg(long)]
    known: bool,
    /// A service to get it from: Intel's or a caching one (PCCS), AMD's or a mirror. May be repeated; without one, the
    /// vendor's own.
    #[arg(long = "source", value_name = "URL")]
    sources: Vec<String>,
    /// Which of the two collaterals that Intel serves after a fix is fetched.
    #[arg(long, value_enum, default_value_t = Age::Standard)]
    update: Age,
    /// The root of trust to submit under, if the network accepts several that vouch for it.
    #[arg(long, value_name = "ID")]
    root: Option<Digest>,
    /// Also write the one that was submitted to a file, as a worker's configuration names it under local.collateral.
    #[arg(long, value_name = "FILE", conflicts_with = "known")]
    worker_file: Option<PathBuf>,
    /// The account that signs and pays.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Of which platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Intel SGX.
    Sgx,
    /// Intel TDX.
    Tdx,
    /// AMD SEV-SNP.
    Snp,
}

/// Who certifies Intel's machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Authority {
    /// Intel SGX PCK Platform CA: machines with several processors.
    Platform,
    /// Intel SGX PCK Processor CA: machines with one.
    Processor,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// The chain took it.
    Stored,
    /// The chain had it.
    Same,
    /// The chain has a newer one.
    NewerThere,
    /// It was not sent, or the chain refused it.
    Refused,
    /// No service gave it.
    NotFetched,
}

/// What became of one, for programs; `None` where it was not read so far.
#[derive(Debug, Serialize)]
struct Done {
    name: String,
    outcome: Outcome,
    kind: Option<EvidenceKind>,
    root: Option<Digest>,
    family: Option<String>,
    authority: Option<&'static str>,
    evaluation: Option<u32>,
    issued_at: Option<u64>,
    valid_until: Option<u64>,
    block: Option<u32>,
    reason: Option<String>,
    #[serde(skip)]
    text: String,
}

/// How an endorsement stands to what the network holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Newer,
    Same,
    Older,
    Refused(String),
}

/// Does it.
pub async fn run(args: SubmitArgs, connection: &Connection<'_>) -> Result<ExitCode> {
    let mut endorsements = endorsements::read(&args.files)?;
    let mut requests = requests(&args)?;
    if args.worker_file.is_some() && endorsements.len() + requests.len() != 1 {
        return Err(misuse("--worker-file takes one thing to submit: a machine is judged by one collateral"));
    }
    let fetcher = Sources { vendor: &args.sources, status: &[] }.fetcher(Some(connection.places.endorsements()))?;
    let client = connection.client()?;
    let account = connection.account(client.network(), args.from.as_deref())?;
    let mut chain = Chain::read(&client).await?;
    // The block that takes it comes after the newest finalized one.
    chain.now = chain.now.max(now(None)?);
    chain.roots.retain(|root| args.root.is_none_or(|wanted| wanted == root.id));
    if args.known {
        requests.extend(known(&chain, args.update).await?);
    }
    let signatures = remembering();
    let mut done = Vec::new();
    for request in &requests {
        connection.output.progress(format!("Asking for {}", request.name()));
        match request.fetch(&fetcher, &chain.roots, chain.now, &signatures).await {
            Ok(endorsement) => endorsements.push(endorsement),
            Err(error) => done.push(Done::failed(request.name(), Outcome::NotFetched, &error)),
        }
    }
    let way = Way { client: &client, account: &account, chain: &chain, signatures: &signatures, connection };
    for endorsement in endorsements {
        let name = endorsement.name.clone();
        let brought = way.bring(endorsement, args.worker_file.as_ref()).await;
        done.push(brought.unwrap_or_else(|error| Done::failed(name, Outcome::Refused, &error)));
    }
    let complete = !done.is_empty() && done.iter().all(Done::is_there);
    connection.output.result(&json!({ "complete": complete, "endorsements": done }), || {
        let lines: String = done.iter().map(|one| one.text.clone() + "\n").collect();
        if done.is_empty() { "The network holds nothing that could be renewed.".into() } else { lines }
    })?;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is asked of the vendors: of each machine and of the family that was typed.
fn requests(args: &SubmitArgs) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for path in &args.evidence {
        requests.push(evidence::request(&read_file(path)?, args.product, args.update)?);
    }
    requests.extend(args.kind.map(|kind| typed(kind, args)).transpose()?);
    requests.dedup();
    Ok(requests)
}

fn typed(kind: Kind, args: &SubmitArgs) -> Result<Request> {
    let tee = match kind {
        Kind::Sgx => IntelTee::Sgx,
        Kind::Tdx => IntelTee::Tdx,
        Kind::Snp => {
            if args.family.is_some() || args.authority.is_some() {
                return Err(misuse("--family and --authority are of Intel's platforms; snp takes --product"));
            }
            let line = args.product.ok_or_else(|| misuse("name the line of processors with --product"))?;
            return Ok(Request::Amd(line.into()));
        }
    };
    let (Some(family), Some(authority)) = (&args.family, args.authority) else {
        return Err(misuse(
            "name the platforms with --family and --authority, or give a quote of one with --evidence: `adyton attest show` prints both",
        ));
    };
    let fmspc = digits(family).and_then(|bytes| bytes.try_into().ok());
    let fmspc = fmspc.ok_or_else(|| misuse("--family has 12 hexadecimal digits"))?;
    let authority = match authority {
        Authority::Platform => IntelAuthority::Platform,
        Authority::Processor => IntelAuthority::Processor,
    };
    Ok(Request::Intel(IntelRequest { tee, fmspc, authority, update: args.update.into() }))
}

/// What the network holds, asked for again. What two roots have is asked for once.
async fn known(chain: &Chain<'_>, update: Age) -> Result<Vec<Request>> {
    let mut requests: Vec<Request> = Vec::new();
    for (reference, authority) in chain.collaterals().await? {
        let tee = match reference.kind {
            EvidenceKind::IntelTdx => IntelTee::Tdx,
            EvidenceKind::IntelSgx => IntelTee::Sgx,
            EvidenceKind::AmdSnp | EvidenceKind::AwsNitro => continue,
        };
        let is_accepted = chain.roots.iter().any(|root| (root.kind, root.id) == (reference.kind, reference.root));
        let Some(held) = chain.collateral(&reference, &authority).await?.filter(|_| is_accepted) else { continue };
        let Some(authority) = intel_authority(held.authority_name()) else { continue };
        let fmspc = reference.family;
        requests.push(Request::Intel(IntelRequest { tee, fmspc, authority, update: update.into() }));
    }
    requests.extend(chain.roots.iter().filter_map(line_of).map(Request::Amd));
    let mut once: Vec<Request> = Vec::new();
    for request in requests {
        if !once.contains(&request) {
            once.push(request);
        }
    }
    Ok(once)
}

/// The way to the chain.
struct Way<'a> {
    client: &'a Client,
    account: &'a Account,
    chain: &'a Chain<'a>,
    signatures: &'a Remembering,
    connection: &'a Connection<'a>,
}

impl Way<'_> {
    /// Submits one, unless the network has it or a newer one, and writes it to a worker's file.
    async fn bring(&self, endorsement: Endorsement, worker_file: Option<&PathBuf>) -> Result<Done> {
        let Endorsement { name, content } = endorsement;
        let vouched = Vouched::of(&content, &self.chain.roots, self.chain.now, self.signatures);
        let vouched = vouched.map_err(|reason| {
            anyhow!(
                "no root of this network vouches for it: {reason}. Get it again, here or with `adyton attest fetch`"
            )
        })?;
        let submission = vouched.submission(content)?;
        let encoded = submission.encoded().to_vec();
        let done = match self.standing(&vouched).await? {
            Standing::Same => Done::of(name, Outcome::Same, &vouched, None),
            Standing::Older => Done::of(name, Outcome::NewerThere, &vouched, None),
            Standing::Refused(reason) => bail!(reason),
            Standing::Newer => {
                self.connection.output.progress(format!("Submitting {name}"));
                let sent = self.client.submit(self.account, &submission.into_call()).await;
                // Somebody else may have been faster.
                match (sent, self.standing(&vouched).await?) {
                    (Err(error), Standing::Newer) => return Err(error.into()),
                    (Ok(_), Standing::Newer) => bail!("the chain does not show it as stored: try again"),
                    (Ok(inclusion), _) => Done::of(name, Outcome::Stored, &vouched, Some(inclusion.block.number())),
                    (Err(_), Standing::Same) => Done::of(name, Outcome::Same, &vouched, None),
                    (Err(_), Standing::Older) => Done::of(name, Outcome::NewerThere, &vouched, None),
                    (Err(_), Standing::Refused(reason)) => bail!(reason),
                }
            }
        };
        if let Some(path) = worker_file {
            write_for_worker(path, &encoded, done.outcome)?;
        }
        Ok(done)
    }

    async fn standing(&self, vouched: &Vouched) -> Result<Standing> {
        let (floor, lists) = self.chain.floors(vouched.kind, &vouched.root).await?;
        match &vouched.says {
            Says::Collateral(checked) => {
                let held = self.chain.collateral(&vouched.reference(), &checked.authority_id()).await?;
                Ok(of_collateral(checked, held.as_ref(), floor, &lists))
            }
            Says::List { issued_at, .. } => {
                Ok(of_list(*issued_at, self.chain.list(&vouched.root).await?.as_ref(), floor))
            }
        }
    }
}

/// Writes what a worker shows to keyholders, who refuse what is older than the chain's.
fn write_for_worker(path: &Path, encoded: &[u8], outcome: Outcome) -> Result<()> {
    if outcome == Outcome::NewerThere {
        bail!(
            "the network has a newer one, and keyholders refuse a worker with this one: {} was not written; get the newer one",
            path.display()
        );
    }
    write_whole(path, encoded)
}

/// As the chain decides: [`CheckedCollateral::require_supersedes`], and the floors of generation and lists.
fn of_collateral(
    checked: &CheckedCollateral,
    held: Option<&CheckedCollateral>,
    floor: u32,
    lists: &ListFloors,
) -> Standing {
    match held {
        Some(held) if held.digest() == checked.digest() => return Standing::Same,
        Some(held) if checked.require_supersedes(held).is_err() => return Standing::Older,
        Some(_) | None => {}
    }
    let found = checked.evaluation_number();
    if found < floor {
        return Standing::Refused(format!(
            "it is of evaluation {found}, and the network takes none below {floor}: get a newer one, with --update early where Intel's standard collateral has not followed yet"
        ));
    }
    match checked.require_lists(lists) {
        Ok(()) => Standing::Newer,
        Err(refusal) => Standing::Refused(format!("{refusal}: get a newer one")),
    }
}

/// As the chain decides about AMD's lists: by the moment of issue, and the floor of its day.
fn of_list(issued_at: u64, held: Option<&StoredList>, floor: u32) -> Standing {
    match held.map(|held| issued_at.cmp(&held.issued_at)) {
        Some(core::cmp::Ordering::Equal) => return Standing::Same,
        Some(core::cmp::Ordering::Less) => return Standing::Older,
        Some(core::cmp::Ordering::Greater) | None => {}
    }
    if issued_at / super::DAY < u64::from(floor) {
        let day = date(u64::from(floor) * super::DAY);
        return Standing::Refused(format!("the network takes no list from before {day}: get a newer one"));
    }
    Standing::Newer
}

impl Done {
    fn of(name: String, outcome: Outcome, vouched: &Vouched, block: Option<u32>) -> Self {
        let (family, authority, evaluation, issued_at, valid_until) = match &vouched.says {
            Says::Collateral(checked) => (
                Some(hex::encode(checked.fmspc())),
                Some(checked.authority_name()),
                Some(checked.evaluation_number()),
                checked.issued_at(),
                checked.valid_until(),
            ),
            Says::List { issued_at, valid_until, .. } => (None, None, None, *issued_at, *valid_until),
        };
        let what = vouched.text();
        let text = match (outcome, block) {
            (Outcome::Stored, Some(block)) => format!("stored, finalized in block {block}: {what}"),
            (Outcome::NewerThere, _) => format!("the network has a newer one than {name}: {what}"),
            (Outcome::Stored | Outcome::Same | Outcome::Refused | Outcome::NotFetched, _) => {
                format!("the network has it already: {what}")
            }
        };
        Self {
            name,
            outcome,
            kind: Some(vouched.kind),
            root: Some(vouched.root),
            family,
            authority,
            evaluation,
            issued_at: Some(issued_at),
            valid_until: Some(valid_until),
            block,
            reason: None,
            text,
        }
    }

    fn failed(name: String, outcome: Outcome, error: &anyhow::Error) -> Self {
        let reason = format!("{error:#}");
        let text = match outcome {
            Outcome::NotFetched => format!("NOT fetched: {reason}"),
            Outcome::Stored | Outcome::Same | Outcome::NewerThere | Outcome::Refused => {
                format!("NOT stored: {name}: {reason}")
            }
        };
        let (kind, root, family, authority, evaluation, issued_at, valid_until, block) = Default::default();
        let reason = Some(reason);
        Self { name, outcome, kind, root, family, authority, evaluation, issued_at, valid_until, block, reason, text }
    }

    /// Whether the network can judge by it, or by a newer one.
    const fn is_there(&self) -> bool {
        match self.outcome {
            Outcome::Stored | Outcome::Same | Outcome::NewerThere => true,
            Outcome::Refused | Outcome::NotFetched => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use adyton_attestation::{AuthorityId, verify_collateral};
    use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn collateral(issued: u64) -> CheckedCollateral {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        verify_collateral(&root.collateral(issued), &root.root(), NOW).unwrap()
    }

    #[test]
    fn collateral_is_sent_only_if_it_is_newer_than_what_the_network_holds() {
        let standing = |issued, held: Option<u64>| {
            of_collateral(&collateral(issued), held.map(collateral).as_ref(), 0, &ListFloors::default())
        };
        assert_eq!(standing(NOW - 9, None), Standing::Newer);
        assert_eq!(standing(NOW - 9, Some(NOW - 10)), Standing::Newer);
        assert_eq!(standing(NOW - 9, Some(NOW - 9)), Standing::Same);
        assert_eq!(standing(NOW - 9, Some(NOW - 8)), Standing::Older);
    }

    #[test]
    fn collateral_below_a_floor_is_not_sent_and_the_error_says_what_to_get() {
        let refused = |floor, lists: &ListFloors| match of_collateral(&collateral(NOW - 9), None, floor, lists) {
            Standing::Refused(reason) => reason,
            other => panic!("{other:?}"),
        };
        let of_evaluation = refused(EVALUATION_NUMBER + 1, &ListFloors::default());
        assert!(of_evaluation.contains("evaluation 20") && of_evaluation.contains("--update early"), "{of_evaluation}");
        let of_root = refused(0, &ListFloors { root: NOW, ..ListFloors::default() });
        assert!(of_root.contains("get a newer one"), "{of_root}");
        let mut lists = ListFloors::default();
        lists.authorities.try_insert(collateral(NOW - 9).authority_id(), NOW).unwrap();
        assert!(refused(0, &lists).contains("get a newer one"));
        lists = ListFloors::default();
        lists.authorities.try_insert(AuthorityId([1; 32]), NOW).unwrap();
        assert_eq!(of_collateral(&collateral(NOW - 9), None, 0, &lists), Standing::Newer, "the floor is another's");
    }

    #[test]
    fn a_list_is_sent_only_if_it_is_newer_and_not_below_the_floor() {
        let held = StoredList { list: vec![1], issued_at: NOW, valid_until: NOW + 1 };
        let floor = u32::try_from(NOW / super::super::DAY).unwrap();
        assert_eq!(of_list(NOW + 1, Some(&held), floor), Standing::Newer);
        assert_eq!(of_list(NOW, Some(&held), floor), Standing::Same);
        assert_eq!(of_list(NOW - 1, Some(&held), floor), Standing::Older);
        assert_eq!(of_list(NOW, None, floor), Standing::Newer);
        assert!(matches!(of_list(NOW, None, floor + 1), Standing::Refused(reason) if reason.contains("from before")));
    }
}
