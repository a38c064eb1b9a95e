use std::sync::Arc;

use adyton_protocol::{
    ids::{ContractId, Digest, NetworkId},
    policy::ContractPolicy,
    record::{ContractRecord, NetworkRecord},
};
use axum::{Router, routing::get};
use codec::Encode as _;

use super::*;
use crate::{
    disputes::tests::Case,
    road::history::tests::{called_component, receipt, served},
};

/// Serves these bytes as whichever component is asked for; where.
async fn gateway(component: Vec<u8>) -> String {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", socket.local_addr().expect("it is bound"));
    let router = Router::new().route("/v1/code/{hash}", get(move || async move { component }));
    tokio::spawn(async move { axum::serve(socket, router).await });
    url
}

/// Who has the history of the case, and its code.
async fn arguments(case: &Case, receipt: PathBuf) -> RerunArgs {
    RerunArgs {
        receipt,
        gateway: gateway(called_component()).await,
        node: "http://127.0.0.1:1".into(),
        history: Some(served(&case.worker).await),
        json: false,
    }
}

fn record(case: &Case) -> ContractRecord {
    ContractRecord {
        owner: case.contract.owner,
        code: case.contract.code,
        version: 1,
        manifest: case.contract.manifest.encode(),
        policy: ContractPolicy::open(10),
        deployed_at: 1,
        pending: None,
        deposit: 0,
    }
}

/// A chain that is the network's and has the contract.
async fn with_chain() -> Case {
    let case = Case::new().await;
    let name = b"test".to_vec().try_into().expect("is short");
    let network = NetworkRecord { id: case.worker.network, name, lease_blocks: 60, staleness_blocks: 10 };
    set(&case, storage::network(), network.encode());
    set(&case, storage::contracts(&case.contract.id), record(&case).encode());
    case
}

fn set(case: &Case, key: Vec<u8>, value: Vec<u8>) {
    let mut chain = case.source.chain();
    chain.set(key, value);
    chain.seal(&[], &[]);
}

/// What becomes of it on the case's chain.
async fn ran(case: &Case, args: &RerunArgs, claim: &Claim) -> Result<Outcome> {
    let tools = (&case.worker.engine, &Compiler::here(CompileLimits::default()));
    again(args, (&case.worker.chain.reader, case.worker.network), claim, tools).await
}

/// The words of a refusal.
async fn refused(case: &Case, args: &RerunArgs, claim: &Claim) -> String {
    format!("{:#}", ran(case, args, claim).await.expect_err("is refused"))
}

#[tokio::test]
async fn a_call_gives_what_its_receipt_says_and_a_lie_about_it_is_seen() {
    let case = with_chain().await;
    let (args, claim) = (arguments(&case, PathBuf::new()).await, case.dispute.claim.clone());
    let outcome = ran(&case, &args, &claim).await.expect("runs");
    let same = Found { claim: claim.clone(), outcome };
    assert!(same.is_same() && same.json()["same"] == true);
    assert!(same.text().contains("loses the bond"), "{}", same.text());

    let lie = Outcome { response: Digest([7; 32]), ..claim.outcome };
    let lie = Claim { outcome: lie, ..claim.clone() };
    let outcome = ran(&case, &args, &lie).await.expect("runs");
    assert_eq!(outcome, claim.outcome);
    let other = Found { claim: lie, outcome };
    assert!(!other.is_same() && other.json()["same"] == false);
    assert_eq!(other.json()["found"]["response"], json!(claim.outcome.response));
    assert!(other.text().contains("something ELSE"), "{}", other.text());
}

#[tokio::test]
async fn what_is_not_of_the_call_is_not_taken_and_nothing_is_said_then() {
    let case = with_chain().await;
    let (mut args, claim) = (arguments(&case, PathBuf::new()).await, case.dispute.claim.clone());
    let unknown = Claim { contract: ContractId([99; 32]), ..claim.clone() };
    assert!(refused(&case, &args, &unknown).await.contains("no such contract"));
    let other = Claim { manifest: Digest([1; 32]), ..claim.clone() };
    assert!(refused(&case, &args, &other).await.contains("another manifest"));
    let mut forked = claim.clone();
    forked.before.hash = Digest([1; 32]);
    assert!(refused(&case, &args, &forked).await.contains("the history"));
    let other = Claim { request: Digest([1; 32]), ..claim.clone() };
    assert!(refused(&case, &args, &other).await.contains("the request"));
    args.gateway = gateway(b"another component".to_vec()).await;
    assert!(refused(&case, &args, &claim).await.contains("another hash"));
    args.history = None;
    assert!(refused(&case, &args, &claim).await.contains(&args.gateway), "it has no history");
}

#[tokio::test]
async fn another_networks_chain_is_not_asked_about_a_call() {
    let case = with_chain().await;
    let args = arguments(&case, PathBuf::new()).await;
    let (tools, network) = ((&case.worker.engine, &Compiler::here(CompileLimits::default())), NetworkId([66; 32]));
    let reader: &ChainReader = &case.worker.chain.reader;
    let error = again(&args, (reader, network), &case.dispute.claim, tools).await.expect_err("is refused");
    assert!(error.to_string().contains("is not that of network"), "{error:#}");
}

#[tokio::test]
async fn a_bundles_receipt_is_read_if_its_signature_holds() {
    let case = Case::new().await;
    let (worker, contract): (&Arc<_>, &Arc<_>) = (&case.worker, &case.contract);
    let (bytes, expected) = receipt(worker, contract).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("receipt.json");
    let in_format = |format: &str, receipt: String| {
        let checkpoint = case.source.chain().checkpoint();
        let bundle = json!({
            "format": format,
            "network_id": worker.network,
            "checkpoint": checkpoint,
            "receipt": receipt,
        });
        fs::write(&path, bundle.to_string()).expect("writes");
        read(&path).map(|(_, claim)| claim)
    };
    let written = |receipt: String| in_format(FORMAT, receipt);
    assert_eq!(written(format!("0x{}", hex::encode(&bytes))).expect("reads"), expected);
    let mut altered = bytes.clone();
    *altered.last_mut().expect("has bytes") ^= 1;
    assert!(written(format!("0x{}", hex::encode(&altered))).is_err());
    assert!(written(hex::encode(&bytes)).is_err(), "not as a bundle has it");
    let newer = in_format("adyton-receipt-bundle/2", format!("0x{}", hex::encode(&bytes)));
    assert!(newer.is_err_and(|error| format!("{error:#}").contains("this program reads")));
    fs::write(&path, "{}").expect("writes");
    assert!(read(&path).is_err_and(|error| format!("{error:#}").contains("not a receipt bundle")));
    assert!(read(&folder.path().join("none.json")).is_err());
    fs::File::create(&path).and_then(|file| file.set_len(MAX_BUNDLE + 1)).expect("writes");
    assert!(read(&path).is_err_and(|error| format!("{error:#}").contains("at most")));
}
