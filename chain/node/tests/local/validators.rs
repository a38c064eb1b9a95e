// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! Four validators, of which one dies and comes back, and one lies.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use adyton_runtime::{AccountId, PHA, SessionKeys};
use codec::{Decode, DecodeAll};
use polkadot_sdk::{
    sp_core::hexdisplay::HexDisplay,
    sp_crypto_hashing::blake2_128,
    sp_keyring::{Ed25519Keyring, Sr25519Keyring},
};
use serde_json::{Value, json};

use crate::{BINARY, Folder, Node, adyton_runtime_key};

const VALIDATORS: [(Sr25519Keyring, Ed25519Keyring, Sr25519Keyring); 4] = [
    (Sr25519Keyring::Alice, Ed25519Keyring::Alice, Sr25519Keyring::AliceStash),
    (Sr25519Keyring::Bob, Ed25519Keyring::Bob, Sr25519Keyring::BobStash),
    (Sr25519Keyring::Charlie, Ed25519Keyring::Charlie, Sr25519Keyring::CharlieStash),
    (Sr25519Keyring::Dave, Ed25519Keyring::Dave, Sr25519Keyring::DaveStash),
];
const BOND: u128 = 100_000 * PHA;
/// What one liar among four keeps: `1 - (3 / 4)^2`.
const KEPT: u128 = BOND * 7 / 16;

/// A network of a few blocks a session, in a folder.
struct Network {
    folder: Folder,
    spec: PathBuf,
    /// Where the first node is found.
    first: String,
}

impl Network {
    fn new() -> Self {
        let folder = Folder::new("validators");
        let (patch, spec) = (folder.0.join("patch.json"), folder.0.join("spec.json"));
        let keys = VALIDATORS.map(|(aura, grandpa, account)| {
            let keys = SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() };
            (account.to_account_id(), account.to_account_id(), keys)
        });
        let bonds = VALIDATORS.map(|(_, _, account)| (account.to_account_id(), BOND));
        let change = json!({
            "slots": { "duration": 1000 },
            "session": { "keys": keys },
            "validators": {
                "parameters": { "session": 5, "validators": 4, "unbonding": 3, "minimum": PHA, "appeal": 4 },
                "validators": bonds,
            },
        });
        std::fs::write(&patch, change.to_string()).expect("the folder is writable");
        let made = Command::new(BINARY)
            .args(["build-spec", "--raw", "--patch"])
            .arg(&patch)
            .arg("--output")
            .arg(&spec)
            .status();
        assert!(made.expect("the node starts").success());
        let (port, key) = (free_port(), folder.0.join("alice.key"));
        let made = Command::new(BINARY).args(["key", "generate-node-key", "--file"]).arg(&key).output();
        let said = String::from_utf8_lossy(&made.expect("the node starts").stderr).into_owned();
        let peer = said.split_whitespace().find(|word| word.starts_with("12D3")).expect("the peer's name");
        Self { first: format!("/ip4/127.0.0.1/tcp/{port}/p2p/{peer}"), folder, spec }
    }

    /// Starts the validator called `name` on its data in `data`.
    fn start(&self, name: &str, data: &str) -> Node {
        let data = self.folder.0.join(data);
        std::fs::create_dir_all(&data).expect("the folder is writable");
        let mut command = Command::new(BINARY);
        command.args([format!("--{name}"), "--chain".into(), self.spec.display().to_string()]);
        command.args(["--no-telemetry", "--no-prometheus", "--no-mdns", "--database", "paritydb", "--log", "warn"]);
        command.args(["--wasm-cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/runtimes"), "--base-path"]).arg(&data);
        if data.ends_with("alice") {
            let listen = self.first.split("/p2p/").next().expect("an address");
            command.args(["--listen-addr", listen, "--node-key-file"]).arg(self.folder.0.join("alice.key"));
        } else {
            let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
            command.args(["--unsafe-force-node-key-generation", "--listen-addr", &listen, "--bootnodes", &self.first]);
        }
        running(command, &data)
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("there is a free port").port()
}

/// Runs the node of this command, and waits until it answers.
fn running(mut command: Command, data: &Path) -> Node {
    let port = free_port();
    let log = std::fs::File::create(data.join("log")).expect("the folder is writable");
    let process = command.args(["--rpc-port", &port.to_string()]).stdout(Stdio::null()).stderr(log).spawn();
    let node = Node { process: process.expect("the node starts"), port };
    let started = Instant::now();
    while node.try_call("system_health", json!([])).is_none() {
        assert!(started.elapsed() < Duration::from_secs(120), "the node does not answer; see {}", data.display());
        std::thread::sleep(Duration::from_millis(50));
    }
    node
}

impl Node {
    /// A value of the newest final state; the default where there is none.
    fn value<T: Decode + Default>(&self, key: &str) -> T {
        let (_, hash) = self.finalized();
        match self.call("state_getStorage", json!([key, hash])) {
            Value::String(text) => T::decode(&mut &bytes(&text)[..]).expect("a value of this type"),
            _ => T::default(),
        }
    }

    /// Waits until what is final is as `wanted`.
    fn until(&self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !wanted(self) {
            assert!(started.elapsed() < Duration::from_secs(60), "{what} does not come");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn bytes(text: &str) -> Vec<u8> {
    polkadot_sdk::sp_core::bytes::from_hex(text).expect("hexadecimal digits")
}

fn bond_of(account: &AccountId) -> String {
    let id: &[u8; 32] = account.as_ref();
    let key = [blake2_128(id).as_slice(), id.as_slice()].concat();
    format!("{}{}", adyton_runtime_key("Validators", "Bonds"), HexDisplay::from(&key))
}

#[test]
fn four_validators_finalize_without_one_of_them_and_slash_the_one_that_lies() {
    let network = Network::new();
    let alice = network.start("alice", "alice");
    let bob = network.start("bob", "bob");
    let _charlie = network.start("charlie", "charlie");
    let dave = network.start("dave", "dave");
    dave.wait_for(3);

    // One dies: three of four are enough.
    drop(bob);
    let before = alice.finalized().0;
    alice.wait_for(before + 6);
    let _bob = network.start("bob", "bob");

    // One has its key on two machines, and makes two blocks of each of its slots.
    let liar = VALIDATORS[3].2.to_account_id();
    assert_eq!(alice.value::<u128>(&bond_of(&liar)), BOND);
    let _twin = network.start("dave", "twin");
    alice.until("a slash", |alice| alice.value::<u128>(&bond_of(&liar)) == KEPT);

    // It does not serve any more, and the others go on as the next set.
    let serving = adyton_runtime_key("Session", "Validators");
    alice.until("a session without the liar", |alice| {
        let serving = alice.value::<Vec<AccountId>>(&serving);
        serving.len() == 3 && !serving.contains(&liar)
    });
    let set: u64 = alice.value(&adyton_runtime_key("Grandpa", "CurrentSetId"));
    assert_eq!(set, 1);
    let before = alice.finalized().0;
    alice.wait_for(before + 3);

    // Whoever comes later is shown how the first set handed over.
    let proof = alice.call("adyton_proveFinality", json!([1]));
    let text = |field: &str| bytes(proof[field].as_str().expect("a text"));
    let header = adyton_runtime::Header::decode_all(&mut &text("header")[..]).expect("a header");
    assert_eq!(format!("{:?}", header.hash()), proof["block"]);
    let changes = header.digest.logs.iter().filter(|item| item.as_consensus().is_some_and(|(id, _)| id == *b"FRNK"));
    assert!(changes.count() >= 1 && !text("justification").is_empty());
}
