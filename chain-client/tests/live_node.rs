//! Against the real node: `ADYTON_NODE` names its binary; without it these tests say so and are skipped.
#![allow(clippy::unwrap_used)]

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use adyton_chain_client::{
    Error,
    extrinsic::{
        self, Call, DispatchFailure, Options, Outcome, Sr25519,
        calls::{Address, Balances},
    },
    facts::Facts,
    rpc::{HttpSource, Reader, Source},
    verifier::{Checkpoint, Refusal, check_clock, verify_finality, verify_storage},
};
use adyton_protocol::{ids::AccountId, storage};
use zeroize::Zeroizing;

/// The ecosystem's development account Alice: its mini secret key.
const ALICE: &str = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
const POLL: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_secs(60);
const PHA: u128 = 1_000_000_000_000;

/// A node of the local network, with a folder of its own.
struct Node {
    process: Child,
    _folder: tempfile::TempDir,
    url: String,
}

impl Node {
    fn start() -> Option<Self> {
        let Some(binary) = std::env::var_os("ADYTON_NODE") else {
            println!("skipped: ADYTON_NODE names no node");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let process = Command::new(binary)
            .args(["--local", "--rpc-port", &port.to_string(), "--base-path"])
            .arg(folder.path())
            .args(["--wasm-cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/runtimes")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { process, _folder: folder, url: format!("http://127.0.0.1:{port}") })
    }

    /// A reader that knows nothing but the genesis hash (which a network's identity would name).
    async fn reader(&self) -> Reader<HttpSource> {
        let source = HttpSource::new(&self.url).unwrap();
        let start = Instant::now();
        let genesis = loop {
            match source.block_hash(0).await {
                Ok(hash) => break hash.unwrap(),
                Err(error) => assert!(start.elapsed() < LIMIT, "{error}"),
            }
            tokio::time::sleep(POLL).await;
        };
        let checkpoint = Checkpoint::fetch_genesis(&source, genesis).await.unwrap();
        Reader::new(source, checkpoint)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _result = self.process.kill();
        let _result = self.process.wait();
    }
}

#[tokio::test]
async fn a_live_chain_is_read_and_written_through_a_node_that_nobody_believes() {
    let Some(node) = Node::start() else { return };
    let reader = node.reader().await;
    proves_heads_and_values(&reader).await;
    refuses_relabelled_justifications(&reader).await;
    moves_money_and_proves_it(&reader).await;
    measures(&reader).await;
}

async fn proves_heads_and_values(reader: &Reader<HttpSource>) {
    let head = reader.head_above(2, POLL, LIMIT).await.unwrap();
    let keys = [storage::timestamp(), storage::grandpa_authorities(), b"nothing".to_vec()];
    let values = reader.read_at(&head, &keys).await.unwrap();
    assert!(values.value(&keys[1]).unwrap().is_some());
    assert_eq!(values.value(&keys[2]).unwrap(), None);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    check_clock(&values, now, Duration::from_secs(20)).unwrap();

    let next = reader.head_above(head.number(), POLL, LIMIT).await.unwrap();
    let proof = reader.source().read_proof(&keys, next.hash()).await.unwrap();
    assert_eq!(verify_storage(&head, &proof, &keys), Err(Refusal::BadProof));
    for missing in 0..proof.len() {
        let mut cut = proof.clone();
        cut.remove(missing);
        assert_eq!(verify_storage(&next, &cut, &keys), Err(Refusal::BadProof));
    }
}

/// The forgery that other light clients accept, made of the live chain's own signatures.
async fn refuses_relabelled_justifications(reader: &Reader<HttpSource>) {
    let head = reader.head().await.unwrap();
    let block = reader.source().block(head.hash()).await.unwrap().unwrap();
    let real = block.justification.expect("the local chain justifies every block");
    verify_finality(reader.checkpoint(), &block.header, &real).unwrap();

    let parent = reader.source().block(head.parent_hash()).await.unwrap().unwrap();
    let number = head.number() - 1;
    let refused = verify_finality(reader.checkpoint(), &parent.header, &real).unwrap_err();
    assert_eq!(refused, Refusal::JustifiesAnotherBlock { claimed: head.number() });
    // Round, then the target's hash and number.
    let mut relabelled = real.clone();
    relabelled[8..40].copy_from_slice(&head.parent_hash().0);
    relabelled[40..44].copy_from_slice(&number.to_le_bytes());
    let refused = verify_finality(reader.checkpoint(), &parent.header, &relabelled).unwrap_err();
    assert_eq!(refused, Refusal::MissingAncestry);
    let other_set = Checkpoint { set_id: reader.checkpoint().set_id + 1, ..reader.checkpoint().clone() };
    assert_eq!(verify_finality(&other_set, &block.header, &real).unwrap_err(), Refusal::BadSignature);
}

async fn moves_money_and_proves_it(reader: &Reader<HttpSource>) {
    let mut secret = [0; 32];
    hex::decode_to_slice(ALICE, &mut secret).unwrap();
    let alice = Sr25519::new(&Zeroizing::new(secret));
    let to = AccountId([0x77; 32]);
    let transfer = |amount| Call::Balances(Balances::TransferKeepAlive { to: Address::Id(to), amount });
    let options = Options { poll: POLL, ..Options::default() };

    let inclusion = extrinsic::call(reader, &alice, &transfer(5 * PHA), &options).await.unwrap();
    assert_eq!(inclusion.outcome, Outcome::Succeeded);
    let key = [storage::account(&to)];
    let facts = Facts::from(reader.read_at(&inclusion.block, &key).await.unwrap());
    assert_eq!(facts.account(&to).unwrap().free, 5 * PHA);

    // More than there is: refused, with the chain's reason, proven.
    let refused = extrinsic::call(reader, &alice, &transfer(u128::MAX / 2), &options).await;
    assert!(
        matches!(
            refused,
            Err(Error::Failed { failure: DispatchFailure::Token(0) | DispatchFailure::Arithmetic(_), .. })
        ),
        "{refused:?}"
    );
    // All or none.
    let both = Call::all(vec![transfer(PHA), transfer(u128::MAX / 2)]);
    assert!(matches!(extrinsic::call(reader, &alice, &both, &options).await, Err(Error::Failed { .. })));
    let facts = Facts::from(reader.read(&key).await.unwrap().values);
    assert_eq!(facts.account(&to).unwrap().free, 5 * PHA);
}

async fn measures(reader: &Reader<HttpSource>) {
    const ROUNDS: u32 = 50;
    let keys = [storage::timestamp(), storage::grandpa_authorities()];
    let (requests, start) = (reader.source().requests(), Instant::now());
    for _ in 0..ROUNDS {
        reader.read(&keys).await.unwrap();
    }
    let each = start.elapsed() / ROUNDS;
    let requests = (reader.source().requests() - requests) as f64 / f64::from(ROUNDS);
    println!("a proven read of two values at the newest head: {each:?}, {requests} requests");
}
