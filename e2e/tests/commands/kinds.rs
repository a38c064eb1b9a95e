//! A kind of evidence that the network does not accept is proposed, voted for with stake alone, and holds after the delay;
//! then a worker of that kind registers. It is a key for which an enclave's quote vouches, of the development root: nothing
//! runs behind it, and it takes no leases.

use std::thread;

use adyton_client::{
    Account, AccountScheme,
    chain::extrinsic::{
        Signature, Signer as _,
        calls::{Call, CollateralRef, Registration, Workers},
    },
    protocol::{
        ids::{Digest, EncryptionKey, SigningKey, WorkerId},
        record::EvidenceKind,
        statement::AttestedStatement,
    },
};
use adyton_development_root::{DevelopmentRoot, FMSPC, Issued, Role};
use adyton_e2e::wait;
use anyhow::{Context, Result, anyhow, bail, ensure};
use codec::DecodeAll as _;
use serde_json::Value;

use super::{
    PATIENCE, Stage,
    accounts::{UNIT, free},
    collateral::before,
    decisions::{enacted, proposed},
    rewards::signed,
};

/// The kind's name.
const KIND: &str = "intel-sgx";
/// Accounts with a third of all PHA, which sign nothing else.
const VOTERS: [&str; 4] = ["//Charlie//stash", "//Dave//stash", "//Eve//stash", "//Ferdie//stash"];
/// How much of its million PHA each of them has in a pool, and votes with.
const STAKE: u128 = 990_000;
/// Whose worker it is.
const OPERATOR: &str = "//Dave";
/// What they call it.
const NAME: &str = "enclave";
/// Not the machine of the network's own programs.
const MACHINE: u32 = 1;

pub fn a_new_kind_of_evidence_is_voted_for_with_stake_and_then_a_worker_of_it_registers(stage: &Stage) -> Result<()> {
    staked(stage)?;
    let enclave = Enclave::new(stage)?;
    let shown = stage.shown()?;
    let profile = shown["profile"].as_str().context("no profile")?;
    let add = ["add-root", &enclave.certificate, "--kind", KIND, "--development"];
    let accept = ["accept-measurement", &enclave.measurement, "--profile", profile, "--release", NAME];
    let (root, measurement) = (proposed(stage, &add)?, proposed(stage, &accept)?);
    in_favour(stage, &[&root, &measurement])?;
    enacted(stage, &root)?;
    enacted(stage, &measurement)?;
    // Collateral is taken once the root holds.
    wait(PATIENCE, || {
        let (code, stored) = stage.submit(&enclave.collateral, &[])?;
        ensure!(code == 0 && stored["kind"] == KIND, "{stored}");
        Ok(())
    })?;

    let policy = proposed(stage, &["set-policy", &enclave.policy, "--kind", KIND])?;
    let shown = stage.network.json(&["gov", "show", &policy, "--json"])?;
    ensure!(shown["track"] == "tee-policy" && shown["call"]["name"] == "Attestation.set_policy", "{shown}");
    ensure!(shown["call"]["arguments"]["kind"] == KIND, "{shown}");
    let early = enclave.register(stage).err().context("the chain took evidence of a kind that it does not accept")?;
    ensure!(format!("{early:#}").contains("no policy accepts this kind of evidence"), "{early:#}");
    in_favour(stage, &[&policy])?;
    enacted(stage, &policy)?;
    // The policy's own delay comes on top.
    let id = wait(PATIENCE, || enclave.register(stage))?;
    enclave.is_listed(stage, &id)
}

/// All voters at the same time.
fn at_once(act: impl Fn(&str) -> Result<()> + Sync) -> Result<()> {
    let act = &act;
    thread::scope(|scope| {
        let all = VOTERS.map(|account| scope.spawn(move || act(account)));
        all.into_iter().try_for_each(|voter| voter.join().expect("a command does not panic"))
    })
}

/// All but a hundredth of what the voters have is in a pool.
fn staked(stage: &Stage) -> Result<()> {
    let created = signed(stage, &["pool", "create", "--commission", "0", "--maximum", "0"], "//Ferdie")?;
    let pool = created["pool"].as_u64().with_context(|| format!("no number: {created}"))?.to_string();
    let amount = STAKE.to_string();
    at_once(|account| signed(stage, &["pool", "join", &pool, &amount], account).map(drop))
}

/// The voters vote with exactly what is held of them; whoever comes too late was not needed.
fn in_favour(stage: &Stage, referenda: &[&str]) -> Result<()> {
    let amount = STAKE.to_string();
    at_once(|account| {
        let free = free(stage, account)?;
        ensure!(free < STAKE * UNIT, "{account} could vote with what is free: {free}");
        for referendum in referenda {
            let vote = ["gov", "vote", referendum, "aye", "--amount", &amount, "--yes", "--from", account, "--json"];
            let done = stage.network.adyton(&vote)?;
            ensure!(done.code == 0 || done.err.contains("is over"), "{account}: {done:?}");
        }
        Ok(())
    })
}

/// A worker that an enclave's quote vouches for, and the files that its operator has.
struct Enclave {
    root: DevelopmentRoot,
    device: Role,
    certificate: String,
    policy: String,
    collateral: String,
    /// The identity of what is measured, as the verifier finds it.
    measurement: String,
}

impl Enclave {
    fn new(stage: &Stage) -> Result<Self> {
        let (root, device) = (stage.root()?, Role::new("worker")?);
        let issued = issued(&root, &device, [7; 64], before(2)?);
        let json = issued.collateral.to_json(&issued.root_certificate).map_err(|refusal| anyhow!("{refusal}"))?;
        let certificate = stage.file("enclave-root.der", &issued.root_certificate)?;
        let collateral = stage.file("enclave.json", json)?;
        let quote = stage.file("enclave.bin", &issued.quote)?;
        let printed = stage.network.json(&["attest", "policy", "--json"])?;
        let printed = printed["policy"].as_str().context("no policy")?;
        let trusting = printed.replace("danger_intel = []", "danger_intel = [\"enclave-root.der\"]");
        let policy = stage.file("enclave-policy.toml", trusting)?;
        let verify = ["attest", "verify", "--kind", "sgx", "--evidence", &quote];
        let by = ["--collateral", &collateral, "--policy", &policy, "--json"];
        let judged = stage.network.json(&[&verify[..], &by].concat())?;
        let id = judged["measurements"]["id"].as_str().with_context(|| format!("no measurement: {judged}"))?;
        let measurement = format!("0x{id}");
        Ok(Self { root, device, certificate, policy, collateral, measurement })
    }

    /// Has the chain judge its evidence of now, and register it if that holds; its id.
    fn register(&self, stage: &Stage) -> Result<String> {
        let key = Account::from_secret("//Enclave", AccountScheme::Ed25519)?;
        let operator = Account::from_secret(OPERATOR, AccountScheme::Sr25519)?;
        let client = stage.client()?;
        // All but who it is, it says as the network's own worker does.
        let own = offered(stage)?;
        let statement = AttestedStatement {
            worker: WorkerId::derive(&own.network, &operator.account(), NAME),
            operator: operator.account(),
            signing_key: SigningKey(key.account().0),
            encryption_key: EncryptionKey([9; 32]),
            recent: stage.runtime.block_on(client.reader().head())?.block(),
            ..own
        };
        let evidence = issued(&self.root, &self.device, statement.report_data(), 0).quote;
        let Signature::Ed25519(signature) = key.sign(&statement.registration_message(&evidence)) else {
            bail!("an Ed25519 key signs otherwise");
        };
        let id = statement.worker.to_string();
        let root = Digest(self.root.root().id().0);
        let call = Call::Workers(Workers::Register(Box::new(Registration {
            statement,
            name: NAME.into(),
            collateral: CollateralRef { kind: EvidenceKind::IntelSgx, root, family: FMSPC },
            evidence,
            signature,
            endpoint: b"http://127.0.0.1:1".to_vec(),
            opt_in: false,
        })));
        stage.runtime.block_on(client.submit(&operator, &call))?;
        Ok(id)
    }

    fn is_listed(&self, stage: &Stage, id: &str) -> Result<()> {
        let listed = stage.network.json(&["worker", "list", "--json"])?;
        let all = listed.as_array().context("no list")?;
        let worker =
            all.iter().find(|one| one["worker"] == id).with_context(|| format!("it is not there: {listed}"))?;
        ensure!(worker["kind"] == KIND && worker["valid"] == true, "{worker}");
        ensure!(worker["measurement"] == self.measurement.as_str(), "{worker}");
        let text = stage.text(&["worker", "show", id])?;
        ensure!(text.contains(&format!("  evidence     {KIND}, measurement ")), "{text}");
        Ok(())
    }
}

/// What the development root issues for an enclave, with collateral of `at` (Unix seconds).
fn issued(root: &DevelopmentRoot, device: &Role, report_data: [u8; 64], at: u64) -> Issued {
    root.plan_on(MACHINE, device, report_data, at).for_enclave(at).issue()
}

/// The statement that the network's own worker offers to its operator.
fn offered(stage: &Stage) -> Result<AttestedStatement> {
    let url = format!("{}/v1/registration", stage.network.url("worker")?);
    let offer: Value = stage.runtime.block_on(async { reqwest::get(url).await?.error_for_status()?.json().await })?;
    let encoded = offer["statement_encoded"].as_str().with_context(|| format!("no statement: {offer}"))?;
    let bytes = hex::decode(encoded.trim_start_matches("0x"))?;
    Ok(AttestedStatement::decode_all(&mut &bytes[..])?)
}
