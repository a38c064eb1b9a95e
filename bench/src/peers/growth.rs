//! What the calls of one contract cost while more and more others are deployed that nobody calls.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use adyton_client::{
    Account, AccountScheme, Client, ContractId, Deployment, NetworkFile, Stage,
    protocol::{manifest::Manifest, policy::ContractPolicy},
};
use anyhow::{Context, Result, anyhow, bail};

use super::{Arguments, load, subject::Subject, table, table::Figures};

/// Who deploys, all at the same time: an account's deployments follow one another, each in a block of its own.
const OWNERS: [&str; 6] = ["//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"];
/// How often a contract that is not ready is asked for.
const LOOK: Duration = Duration::from_millis(300);

/// Measures `called` beside each number of idle copies of the contract `model`, and prints a table.
pub fn measure(network: &NetworkFile, model: &ContractId, called: &Subject, arguments: &Arguments) -> Result<()> {
    if !arguments.deployed.is_sorted() {
        bail!("the numbers of --deployed ascend");
    }
    let (Some(callers), false) = (arguments.callers.last(), arguments.deployed.is_empty()) else { return Ok(()) };
    let deadline = Instant::now() + Duration::from_secs(arguments.deploy_seconds.into());
    let mut idle = Idle::new(network, model)?;
    let mut rows: Vec<(String, Figures)> = Vec::new();
    for count in &arguments.deployed {
        let ready = idle.grow(*count, deadline)?;
        if ready < *count {
            eprintln!(
                "bench-peers: left out, {count} idle contracts: {ready} were ready within --deploy-seconds {}",
                arguments.deploy_seconds
            );
            break;
        }
        rows.push((format!("{}, beside {count}", called.name), load::of(called, arguments, *callers)?));
    }
    table::print(&format!("Beside idle contracts, {callers} callers at the same time"), &rows);
    Ok(())
}

/// Contracts that nobody calls.
struct Idle<'a> {
    network: &'a NetworkFile,
    component: Vec<u8>,
    manifest: Manifest,
    policy: ContractPolicy,
    there: Vec<ContractId>,
}

impl<'a> Idle<'a> {
    /// None yet. They will be copies of `model`.
    fn new(network: &'a NetworkFile, model: &ContractId) -> Result<Self> {
        let client = Client::new(network.clone())?;
        runtime()?.block_on(async {
            let proven = client.contract(model).await?;
            let component = client.gateway().code(&proven.record().code).await?;
            let (manifest, policy) = (proven.manifest().clone(), proven.record().policy.clone());
            Ok(Self { network, component, manifest, policy, there: Vec::new() })
        })
    }

    /// Deploys more until there are `count`, or the time is over. Gives how many of them are ready to be called.
    fn grow(&mut self, count: usize, deadline: Instant) -> Result<usize> {
        let next = AtomicUsize::new(self.there.len());
        let made = thread::scope(|scope| {
            let make = |owner| self.make(owner, &next, count, deadline);
            let makers: Vec<_> = OWNERS.iter().map(|owner| scope.spawn(move || make(owner))).collect();
            let made = makers.into_iter().map(|maker| maker.join().map_err(|_| anyhow!("a thread panicked"))?);
            made.collect::<Result<Vec<_>>>()
        })?;
        self.there.extend(made.into_iter().flatten());
        let client = Client::new(self.network.clone())?;
        runtime()?.block_on(ready(&client, &self.there, deadline))
    }

    /// Deploys as one of the owners, until all have made `count` together.
    fn make(&self, owner: &str, next: &AtomicUsize, count: usize, deadline: Instant) -> Result<Vec<ContractId>> {
        let account = Account::from_secret(owner, AccountScheme::Sr25519)?;
        let client = Client::new(self.network.clone())?;
        runtime()?.block_on(async {
            let mut made = Vec::new();
            while Instant::now() < deadline {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                let what = Deployment {
                    component: &self.component,
                    manifest: &self.manifest,
                    policy: &self.policy,
                    salt: salt(number),
                    content_key: None,
                };
                made.push(client.deploy(&account, &what).await.with_context(|| format!("deploying as {owner}"))?.0);
            }
            Ok(made)
        })
    }
}

/// How many of the first of `contracts` are ready before the time is over.
async fn ready(client: &Client, contracts: &[ContractId], deadline: Instant) -> Result<usize> {
    for (before, contract) in contracts.iter().enumerate() {
        loop {
            match client.stage(contract).await? {
                Stage::Ready => break,
                Stage::Failed { reason } | Stage::Locked { reason } => bail!("{contract} cannot run: {reason}"),
                Stage::Pending { .. } | Stage::Leased { .. } if Instant::now() >= deadline => return Ok(before),
                Stage::Pending { .. } | Stage::Leased { .. } => tokio::time::sleep(LOOK).await,
            }
        }
    }
    Ok(contracts.len())
}

/// Each number's own, the numbers being those of one run on a new network.
fn salt(number: usize) -> [u8; 32] {
    let mut salt = [0; 32];
    for (to, from) in salt.iter_mut().zip(number.to_le_bytes()) {
        *to = from;
    }
    salt
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_another_salt() {
        assert!(salt(0) != salt(1) && salt(1) != salt(256) && salt(7) == salt(7));
    }
}
