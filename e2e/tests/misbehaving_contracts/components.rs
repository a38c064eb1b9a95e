//! Components that are not what a contract has to be.

use adyton_client::{
    Account, AccountScheme, Client, Deployment, Stage as ContractStage,
    protocol::{
        contract_call::Callees,
        manifest::{Callers, Capability, Durability, Limits, Manifest},
        policy::ContractPolicy,
    },
};
use adyton_e2e::wait;
use anyhow::{Result, bail, ensure};

use super::{PATIENCE, Stage, manifest};

pub fn a_file_that_is_no_component_is_not_deployed(stage: &Stage) -> Result<()> {
    let core_module = b"\0asm\x01\0\0\0";
    for (folder, bytes) in [("script", &b"#!/bin/sh\nexit 0\n"[..]), ("module", core_module)] {
        let project = stage.project(folder, bytes, &manifest()?)?;
        let done = stage.network.adyton(&["deploy", "--dir", &project, "--from", "//Alice"])?;
        done.refused("not a WebAssembly component")?;
    }
    // Cut in the middle it begins like one: the tool that deploys it reads it whole.
    let half = &stage.component[..stage.component.len() / 2];
    let project = stage.project("half", half, &manifest()?)?;
    stage.network.adyton(&["deploy", "--dir", &project, "--from", "//Alice"])?.refused("the component cannot be read")
}

pub fn an_import_that_the_manifest_does_not_grant_is_not_deployed(stage: &Stage) -> Result<()> {
    let manifest = manifest()?.replace("\"kv\", ", "");
    let project = stage.project("ungranted", &stage.component, &manifest)?;
    let done = stage.network.adyton(&["deploy", "--dir", &project, "--from", "//Alice"])?;
    done.refused("the program uses \"kv\", which its manifest does not grant; add \"kv\" to grants in adyton.toml")
}

/// Somebody's own tools deploy what the command line refuses to.
pub fn a_worker_runs_no_component_with_an_ungranted_import_whatever_was_deployed(stage: &Stage) -> Result<()> {
    let manifest = Manifest {
        version: 1,
        name: "ungranted".into(),
        grants: vec![Capability::Http],
        limits: Limits::default(),
        egress: vec![],
        extra_roots: vec![],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let client = Client::new(stage.network.file()?)?;
    let owner = Account::from_secret("//Alice", AccountScheme::Sr25519)?;
    let policy = ContractPolicy::open(0);
    let what = Deployment {
        component: &stage.component,
        manifest: &manifest,
        policy: &policy,
        salt: [7; 32],
        content_key: None,
    };
    let (contract, _) = runtime.block_on(client.deploy(&owner, &what))?;
    let reason = wait(PATIENCE, || match runtime.block_on(client.stage(&contract))? {
        ContractStage::Failed { reason } => Ok(reason),
        other => bail!("it is {other}"),
    })?;
    ensure!(reason.contains("kv"), "it failed for another reason: {reason}");
    let id = contract.to_string();
    let done = stage.network.adyton(&["call", &id, "GET", "/count"])?;
    done.refused("(not-ready")
}
