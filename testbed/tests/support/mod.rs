//! The program with a contract and its tests in a folder of their own.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, OnceLock},
};

use adyton_protocol::{
    contract_call::Callees,
    manifest::{Callers, Capability, Durability, EgressRule, Limits, Manifest, Protocol},
};
use codec::Encode;
use tempfile::TempDir;

/// A contract and its tests.
pub struct Given {
    folder: TempDir,
    pub manifest: Manifest,
}

/// What a run left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Given {
    /// The guest in this folder of the repository, with every grant.
    pub fn guest(guest: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("contract.wasm"), built(guest)).expect("written");
        Self { folder, manifest: manifest() }
    }

    /// The same, with another guest in the file `old.wasm`.
    pub fn old(self, guest: &'static str) -> Self {
        fs::write(self.folder.path().join("old.wasm"), built(guest)).expect("written");
        self
    }

    /// The same under another manifest.
    pub fn with(mut self, change: impl FnOnce(&mut Manifest)) -> Self {
        change(&mut self.manifest);
        self
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("readable")
    }

    /// Runs the test in the file `test.toml`.
    pub fn run(&self, more: &[&str]) -> Ran {
        self.run_all(&self.manifest.encode(), &[more, &["test.toml"]].concat())
    }

    /// Writes the test, and runs it.
    pub fn play(&self, scenario: &str) -> Ran {
        self.write("test.toml", scenario);
        self.run(&[])
    }

    /// Runs the program with these bytes in the place of the manifest.
    pub fn run_all(&self, manifest: &[u8], arguments: &[&str]) -> Ran {
        self.run_component("contract.wasm", manifest, arguments)
    }

    /// Runs the program with the component in this file.
    pub fn run_component(&self, component: &str, manifest: &[u8], arguments: &[&str]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_adyton-testbed"))
            .args(["--component", component])
            .args(arguments)
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        // It may have refused its arguments already.
        let _unread = child.stdin.take().expect("an input").write_all(manifest);
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran { code: output.status.code().expect("a code"), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// Expects that everything was as expected.
    #[track_caller]
    pub fn passed(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Expects that something was not, and that this is said of it.
    #[track_caller]
    pub fn failed(self, said: &str) -> String {
        assert_eq!(self.code, 1, "{}{}", self.out, self.err);
        assert!(self.out.contains(said) || self.err.contains(said), "{}{}", self.out, self.err);
        self.out
    }

    /// Expects that what was given is refused, with this reason.
    #[track_caller]
    pub fn misused(self, said: &str) {
        assert_eq!(self.code, 2, "{}{}", self.out, self.err);
        assert!(self.out.is_empty() && self.err.contains(said), "{}{}", self.out, self.err);
    }
}

/// Every grant, and small limits.
fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "test".into(),
        grants: Capability::ALL.to_vec(),
        limits: Limits { fuel: 100_000_000, memory: 16 << 20, wall_ms: 5_000, ..Limits::default() },
        egress: vec![rule("example.org")],
        extra_roots: Vec::new(),
        contracts: Callees::Any,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: Vec::new(),
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

/// HTTPS to a host.
pub fn rule(host: &str) -> EgressRule {
    EgressRule {
        host: host.into(),
        port: None,
        insecure_http: false,
        danger_allow_private: false,
        protocol: Protocol::Http,
    }
}

/// A guest in Rust, built once.
fn built(guest: &'static str) -> &'static [u8] {
    static BUILT: OnceLock<Mutex<BTreeMap<&str, &'static [u8]>>> = OnceLock::new();
    let mut built = BUILT.get_or_init(Mutex::default).lock().expect("no build panics with the lock");
    built.entry(guest).or_insert_with(|| {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(guest);
        let options = adyton_component::cargo::Options {
            target_dir: Some(guests_target()),
            quiet: true,
            locked: true,
            offline: false,
        };
        let built = adyton_component::cargo::build(&project, &options);
        let built = built.unwrap_or_else(|error| panic!("{error}; scripts/wasm-toolchain.sh sets up what guests need"));
        built.component.leak()
    })
}

/// Shared by everything in this repository that builds guests.
fn guests_target() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let base = variable("ADYTON_TARGET").or_else(|| cache.map(|cache| cache.join("adyton/target")));
    base.unwrap_or_else(std::env::temp_dir).join("guests")
}
