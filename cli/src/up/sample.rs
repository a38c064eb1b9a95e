//! The sample contract: the price oracle, deployed at the first start, asked at every one.

use std::time::Duration;

use adyton_client::protocol::record::ContractRecord;
use adyton_client::{ContractId, Deployment, Request};
use anyhow::{Context, Result, ensure};

use super::{network::Network, process::programs};
use crate::{build, deploy::wait_ready, project::Project};

/// The port of the price server that the sample's manifest is written for.
const WRITTEN_PORT: u16 = 9690;
/// How long the contract may take from its deployment, or from the network's start, to being ready.
const PATIENCE: Duration = Duration::from_secs(90);

/// The sample contract, deployed if it is not there, and ready.
pub async fn ensure(network: &mut Network) -> Result<ContractId> {
    let contract = match network.memory.sample {
        Some(contract) if !retired(network, &contract).await? => contract,
        Some(_) | None => {
            let contract = deploy(network).await?;
            network.memory.sample = Some(contract);
            network.layout.remember(&network.memory)?;
            contract
        }
    };
    wait_ready(&network.client, &contract, PATIENCE, |_| {}).await?;
    Ok(contract)
}

async fn deploy(network: &Network) -> Result<ContractId> {
    let folder = programs()?.join("sample");
    let mut project = Project::open(&folder).context("the sample contract is missing; `make build` makes it")?;
    let component = build::existing(&project)?;
    move_prices(&mut project, network.memory.ports.prices);
    // The same salt every time, unless its contract was retired: a start that was cut off after the deployment finds the
    // contract again.
    let owner = adyton_client::chain::extrinsic::Signer::account(&*network.owner);
    let derived = |salt: &[u8; 32]| ContractId::derive(&network.memory.network, &owner, salt);
    let mut salt = [0; 32];
    while retired(network, &derived(&salt)).await? {
        salt[0] = salt[0].checked_add(1).context("the sample contract was retired too often")?;
    }
    let contract = derived(&salt);
    if found(network, &contract).await?.is_some() {
        return Ok(contract);
    }
    let declared = &project.declared;
    let deployment = Deployment {
        component: &component.bytes,
        manifest: &declared.manifest,
        policy: &declared.policy,
        salt,
        content_key: None,
    };
    let (deployed, _) = network.client.deploy(&*network.owner, &deployment).await?;
    ensure!(deployed == contract, "the sample was deployed as {deployed}, not as {contract}");
    Ok(contract)
}

async fn retired(network: &Network, contract: &ContractId) -> Result<bool> {
    let key = adyton_client::protocol::storage::retired(contract);
    Ok(network.client.facts(&[key]).await?.retired(contract)?.is_some())
}

async fn found(network: &Network, contract: &ContractId) -> Result<Option<ContractRecord>> {
    let key = adyton_client::protocol::storage::contracts(contract);
    Ok(network.client.facts(&[key]).await?.contract(contract)?)
}

/// Points the manifest at the price server of this network.
fn move_prices(project: &mut Project, port: u16) {
    let manifest = &mut project.declared.manifest;
    for rule in &mut manifest.egress {
        if rule.port == Some(WRITTEN_PORT) {
            rule.port = Some(port);
        }
    }
    let (written, own) = (format!("127.0.0.1:{WRITTEN_PORT}/"), format!("127.0.0.1:{port}/"));
    for (_, value) in &mut manifest.settings {
        *value = value.replace(&written, &own);
    }
}

/// One sealed call, verified: a new price.
pub async fn call(network: &Network, contract: &ContractId) -> Result<String> {
    let request = Request::post("/update", Vec::new())?;
    let answer = network.client.call(contract, &request, None).await?;
    let response = answer.response();
    ensure!(response.status == 200, "the sample answered with status {}: {}", response.status, response.text());
    Ok(response.text().trim().to_owned())
}
