//! Evidence that does not stand for what is registered with it.

use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use adyton_client::{
    Account, AccountScheme, Client,
    chain::extrinsic::{
        Signature, Signer,
        calls::{Attestation, Call, CollateralRef, Registration, Workers},
    },
    protocol::{
        ids::{Digest, EncryptionKey, SigningKey, WorkerId},
        record::EvidenceKind,
        statement::AttestedStatement,
    },
};
use adyton_development_root::{COLLATERAL_LIFETIME, DevelopmentRoot, FMSPC, Key, Plan, Role, server::Server};
use adyton_e2e::wait;
use anyhow::{Context, Result, anyhow, ensure};
use codec::{DecodeAll, Encode};
use serde_json::Value;

use super::{PATIENCE, Stage, worker::Worker};

/// A name that is not the network's worker's.
pub const NAME: &str = "impostor";
/// That name in the place of the network's worker's.
const IMPOSTOR: (&str, &str) = ("name = \"worker\"", "name = \"impostor\"");

impl Stage {
    /// The root that this network trusts.
    pub fn root(&self) -> Result<DevelopmentRoot> {
        let seed = fs::read(self.network.data().join("development-root.seed"))?;
        let seed = seed.try_into().map_err(|_| anyhow!("the seed does not have 32 bytes"))?;
        Ok(DevelopmentRoot::insecure_from_seed(seed))
    }

    /// Starts a worker whose evidence comes from `root` and says `role`, and tries to register it.
    fn impostor(&self, name: &str, root: DevelopmentRoot, role: &str, words: &str) -> Result<()> {
        let socket = self.folder.join(format!("{name}.sock"));
        let device = self.runtime.block_on(Server::bind(root, vec![Role::new(role)?], &socket))?;
        let device = self.runtime.spawn(device.run());
        let there = self.network.data().join("device.sock").display().to_string();
        let socket = socket.display().to_string();
        let (was, is) = ("role = \"worker\"", format!("role = \"{role}\""));
        let worker = Worker::start(self, name, &[IMPOSTOR, (&there, &socket), (was, &is)])?;
        let done = self.network.adyton(&["worker", "register", &worker.url, "--from", "//Bob"])?;
        device.abort();
        done.refused(words)
    }

    /// The error of a call to the chain that has to be refused.
    fn refused(&self, signer: &str, call: &Call) -> Result<String> {
        let client = Client::new(self.network.file()?)?;
        let signer = Account::from_secret(signer, AccountScheme::Sr25519)?;
        let error = self.runtime.block_on(client.submit(&signer, call)).err().context("the chain took it")?;
        Ok(error.to_string())
    }

    /// Has the chain judge the network's worker again. Its operator may be doing the same at the moment.
    fn renew(&self) -> Result<()> {
        let url = self.network.url("worker")?;
        wait(PATIENCE, || self.network.json(&["worker", "renew", &url, "--from", "//Bob", "--json"]).map(drop))
    }

    /// Has the chain take collateral of now under the network's root, with a change in it.
    fn submit_collateral(&self, change: impl FnOnce(&mut Plan)) -> Result<()> {
        let root = self.root()?;
        // No block from now on has an earlier time.
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() - 2;
        let mut plan = root.plan(&Role::new("worker")?, [0; 64], at);
        change(&mut plan);
        let (kind, collateral) = (EvidenceKind::IntelTdx, plan.issue().collateral.encode());
        let root = Digest(root.root().id().0);
        let call = Call::Attestation(Attestation::SubmitCollateral { kind, root, collateral });
        let client = Client::new(self.network.file()?)?;
        let anybody = Account::from_secret("//Charlie", AccountScheme::Sr25519)?;
        self.runtime.block_on(client.submit(&anybody, &call)).context("the chain refuses genuine collateral")?;
        Ok(())
    }
}

pub fn evidence_under_another_root_is_refused(stage: &Stage) -> Result<()> {
    let other = DevelopmentRoot::insecure_from_seed([9; 32]);
    stage.impostor("other-root", other, "worker", "there is no collateral of the authority that certified the platform")
}

pub fn evidence_of_another_measurement_is_refused(stage: &Stage) -> Result<()> {
    stage.impostor("other-program", stage.root()?, "other", "the measurement is not accepted")
}

pub fn a_measured_program_with_another_configuration_is_refused(stage: &Stage) -> Result<()> {
    let lenient = ("freshness_seconds = 60", "freshness_seconds = 600");
    let worker = Worker::start(stage, "lenient", &[IMPOSTOR, lenient])?;
    let done = stage.network.adyton(&["worker", "register", &worker.url, "--from", "//Bob"])?;
    done.refused("the measurement is accepted with another configuration")
}

pub fn another_operator_than_the_statements_is_refused(stage: &Stage) -> Result<()> {
    let url = stage.network.url("worker")?;
    let done = stage.network.adyton(&["worker", "register", &url, "--from", "//Eve"])?;
    done.refused("the program's configuration names the operator")?;
    // Somebody's own tools ask the chain all the same.
    let offer = stage.offer(&url)?;
    let statement = statement(&offer)?;
    let signature = bytes(&offer["signature"])?.try_into().map_err(|_| anyhow!("not a signature"))?;
    let call = registration(stage, statement, bytes(&offer["evidence"])?, signature)?;
    let error = stage.refused("//Eve", &call)?;
    ensure!(error.contains("the statement names another operator than the one who signed"), "{error}");
    Ok(())
}

pub fn evidence_copied_from_another_worker_registers_nobody(stage: &Stage) -> Result<()> {
    // Evidence is public: it stands in the pool and in blocks, and its worker shows it to everybody.
    let offer = stage.offer(&stage.network.url("worker")?)?;
    let evidence = bytes(&offer["evidence"])?;
    let thief = Account::from_secret("//Eve", AccountScheme::Sr25519)?.account();
    let own_key = Account::from_secret("//Impostor", AccountScheme::Ed25519)?;
    let copied = statement(&offer)?;
    let statement = AttestedStatement {
        worker: WorkerId::derive(&copied.network, &thief, NAME),
        operator: thief,
        signing_key: SigningKey(own_key.account().0),
        encryption_key: EncryptionKey([9; 32]),
        ..copied
    };
    let Signature::Ed25519(signature) = own_key.sign(&statement.registration_message(&evidence)) else {
        return Err(anyhow!("an Ed25519 key signs otherwise"));
    };
    let call = registration(stage, statement, evidence, signature)?;
    let error = stage.refused("//Eve", &call)?;
    ensure!(error.contains("the evidence is about another statement"), "{error}");
    Ok(())
}

pub fn expired_or_older_collateral_is_refused(stage: &Stage) -> Result<()> {
    let root = stage.root()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let day = Duration::from_secs(24 * 3600);
    let expired = Duration::from_secs(COLLATERAL_LIFETIME) + day;
    for (words, age) in [("has expired", expired), ("is older than", day)] {
        let collateral = root.collateral((now - age).as_secs()).encode();
        let (kind, root) = (EvidenceKind::IntelTdx, Digest(root.root().id().0));
        let call = Call::Attestation(Attestation::SubmitCollateral { kind, root, collateral });
        let error = stage.refused("//Dave", &call).context(words)?;
        ensure!(error.contains(words), "{words}: {error}");
    }
    Ok(())
}

pub fn collateral_of_another_authority_keeps_no_family_out(stage: &Stage) -> Result<()> {
    stage.submit_collateral(|plan| {
        plan.pck_ca.key = Key("processor-ca".into());
        plan.pck_crl.signer = plan.pck_ca.key.clone();
        for name in [&mut plan.pck_ca.subject, &mut plan.pck_crl.issuer] {
            name.common_name = "Intel SGX PCK Processor CA".into();
        }
    })?;
    stage.renew()
}

pub fn after_a_list_that_revokes_more_the_network_goes_on_with_newer_collateral(stage: &Stage) -> Result<()> {
    let path = stage.network.data().join("collateral.scale");
    let before = fs::read(&path)?;
    stage.submit_collateral(|plan| plan.pck_crl.revoked = vec![[0x41; 20]])?;
    // What keyholders would refuse from now on is issued again.
    wait(PATIENCE, || {
        ensure!(fs::read(&path)? != before, "the collateral is that of before");
        Ok(())
    })?;
    stage.renew()
}

/// The call that registers a boot of a worker with this [`NAME`], which nobody reaches.
pub fn registration(
    stage: &Stage,
    statement: AttestedStatement,
    evidence: Vec<u8>,
    signature: [u8; 64],
) -> Result<Call> {
    Ok(Call::Workers(Workers::Register(Box::new(Registration {
        statement,
        name: NAME.into(),
        collateral: CollateralRef {
            kind: EvidenceKind::IntelTdx,
            root: Digest(stage.root()?.root().id().0),
            family: FMSPC,
        },
        evidence,
        signature,
        endpoint: b"http://127.0.0.1:1".to_vec(),
        opt_in: true,
    }))))
}

/// The statement in what a worker offers to its operator.
pub fn statement(offer: &Value) -> Result<AttestedStatement> {
    Ok(AttestedStatement::decode_all(&mut &bytes(&offer["statement_encoded"])?[..])?)
}

/// The bytes in hexadecimal digits.
pub fn bytes(text: &Value) -> Result<Vec<u8>> {
    let text = text.as_str().with_context(|| format!("{text} is no text"))?;
    Ok(hex::decode(text.trim_start_matches("0x"))?)
}
