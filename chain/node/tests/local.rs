// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The local network, with the real binary: it makes and finalizes blocks, stops when told to, and comes back
//! after a kill with everything that it had said was final.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

#[path = "local/validators.rs"]
mod validators;

const BINARY: &str = env!("CARGO_BIN_EXE_adyton-node");

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("adyton-node-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running node, killed at the end.
struct Node {
    process: Child,
    port: u16,
}

impl Node {
    /// Starts the local network on the data in `folder`, and waits until it answers.
    fn start(folder: &Path, spec: &str) -> Self {
        // One cache for all these tests: to compile the runtime takes longer than what they look at.
        Self::start_with(folder, spec, concat!(env!("CARGO_TARGET_TMPDIR"), "/runtimes").as_ref())
    }

    /// Like [`Node::start`], with the compiled runtimes in `runtimes`.
    fn start_with(folder: &Path, spec: &str, runtimes: &Path) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("there is a free port").port();
        let log = std::fs::File::create(folder.join("log")).expect("the folder is writable");
        let process = Command::new(BINARY)
            .args(["--local", "--chain", spec, "--rpc-port", &port.to_string(), "--base-path"])
            .arg(folder)
            .arg("--wasm-cache")
            .arg(runtimes)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the node starts");
        let node = Self { process, port };
        let started = Instant::now();
        while node.try_call("system_health", json!([])).is_none() {
            assert!(started.elapsed() < Duration::from_secs(120), "the node does not answer; see {}", folder.display());
            std::thread::sleep(Duration::from_millis(50));
        }
        node
    }

    fn call(&self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|| panic!("{method} has no answer"))
    }

    fn try_call(&self, method: &str, parameters: Value) -> Option<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters }).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .ok()?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).ok()?;
        serde_json::from_slice::<Value>(&answer).ok()?.get("result").cloned()
    }

    fn finalized(&self) -> (u64, Value) {
        let hash = self.call("chain_getFinalizedHead", json!([]));
        let header = self.call("chain_getHeader", json!([hash]));
        let number = header["number"].as_str().expect("a number");
        (u64::from_str_radix(number.trim_start_matches("0x"), 16).expect("hexadecimal"), hash)
    }

    /// Waits until block `number` is final.
    fn wait_for(&self, number: u64) {
        let started = Instant::now();
        while self.finalized().0 < number {
            assert!(started.elapsed() < Duration::from_secs(60), "block {number} does not become final");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn blocks_are_made_and_finalized_with_a_justification_for_each() {
    let folder = Folder::new("makes-blocks");
    let node = Node::start(&folder.0, "local");
    node.wait_for(6);
    for number in 1..=6 {
        let hash = node.call("chain_getBlockHash", json!([number]));
        let block = node.call("chain_getBlock", json!([hash]));
        assert!(block["justifications"].is_array(), "block {number} has no justification");
    }
    assert_eq!(node.call("system_properties", json!([]))["ss58Format"], 30);
}

#[test]
fn after_a_kill_the_chain_goes_on_from_what_was_final() {
    let folder = Folder::new("killed");
    let mut last = (0, Value::Null);
    for round in 1..=3 {
        let node = Node::start(&folder.0, "local");
        if last.0 > 0 {
            assert_eq!(node.call("chain_getBlockHash", json!([last.0])), last.1, "a final block is gone");
        }
        node.wait_for(last.0 + 3 * round);
        last = node.finalized();
    }
}

#[test]
fn an_interrupt_stops_the_node_within_seconds() {
    let folder = Folder::new("interrupted");
    let mut node = Node::start(&folder.0, "local");
    node.wait_for(1);
    let interrupted = Command::new("kill").args(["-INT", &node.process.id().to_string()]).status();
    assert!(interrupted.expect("kill is there").success());
    let started = Instant::now();
    let status = loop {
        if let Some(status) = node.process.try_wait().expect("the process is ours") {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "the node does not stop");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "{status}");
}

#[test]
fn a_chain_specification_is_made_from_a_preset_and_a_patch() {
    let folder = Folder::new("spec");
    let patch = folder.0.join("patch.json");
    let network = format!("0x{}", "07".repeat(32));
    let change = json!({
        "slots": { "duration": 250 },
        "attestation": { "network": network, "name": "test-local-development-insecure", "leaseBlocks": 40 },
    });
    std::fs::write(&patch, change.to_string()).expect("the folder is writable");
    let spec = folder.0.join("spec.json");
    let made = Command::new(BINARY)
        .args(["build-spec", "--preset", "local", "--raw", "--patch"])
        .arg(&patch)
        .arg("--output")
        .arg(&spec)
        .status();
    assert!(made.expect("the node starts").success());
    let node = Node::start(&folder.0, &spec.display().to_string());
    node.wait_for(2);
    let key = adyton_runtime_key("Attestation", "Network");
    let stored = node.call("state_getStorage", json!([key]));
    assert!(stored.as_str().expect("the network is stored").starts_with(&network));
}

#[test]
fn a_runtime_that_was_compiled_ahead_is_not_compiled_again() {
    let folder = Folder::new("ahead");
    let runtimes = folder.0.join("runtimes");
    let ahead = Command::new(BINARY).args(["compile-runtime", "--wasm-cache"]).arg(&runtimes).output();
    let ahead = ahead.expect("the node starts");
    assert!(ahead.status.success());
    let said: Value = serde_json::from_slice(&ahead.stdout).expect("it says what it compiled");
    assert_eq!(
        (&said["name"], &said["specification"]),
        (&json!("adyton"), &json!(adyton_runtime::VERSION.spec_version))
    );
    let compiled = files(&runtimes);
    assert!(!compiled.is_empty());
    let node = Node::start_with(&folder.0, "local", &runtimes);
    node.wait_for(1);
    assert_eq!(files(&runtimes), compiled);
}

#[test]
fn what_is_no_runtime_is_not_compiled() {
    let folder = Folder::new("no-runtime");
    let (path, runtimes) = (folder.0.join("code"), folder.0.join("runtimes"));
    // Nothing; text; a module without functions.
    for code in [&b""[..], b"text", b"\0asm\x01\0\0\0"] {
        std::fs::write(&path, code).expect("the folder is writable");
        let mut command = Command::new(BINARY);
        command.args(["compile-runtime", "--code"]).arg(&path).arg("--wasm-cache").arg(&runtimes);
        let done = command.output().expect("the node starts");
        assert!(!done.status.success() && done.stdout.is_empty(), "{code:?}");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(said.contains("this is no runtime"), "{code:?}: {said}");
    }
}

/// What lies in `folder` and the folders in it, but for what the cache knows about use.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_none_or(|extension| extension != "stats") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_patch_that_is_no_object_or_unknown_to_the_runtime_is_refused() {
    let folder = Folder::new("bad-patch");
    let patch = folder.0.join("patch.json");
    for (text, message) in
        [("[]", "not a JSON object"), ("{", "not JSON"), (r#"{"attestation":{"unknown":1}}"#, "unknown")]
    {
        std::fs::write(&patch, text).expect("the folder is writable");
        let made = Command::new(BINARY)
            .args(["build-spec", "--raw", "--patch"])
            .arg(&patch)
            .output()
            .expect("the node starts");
        assert!(!made.status.success());
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(said.contains(message), "{text}: {said}");
    }
}

/// The key of a storage value: twox128 of pallet and item.
fn adyton_runtime_key(pallet: &str, item: &str) -> String {
    use polkadot_sdk::sp_crypto_hashing::twox_128;
    let bytes = [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat();
    format!("0x{}", polkadot_sdk::sp_core::hexdisplay::HexDisplay::from(&bytes))
}
