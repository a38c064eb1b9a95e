//! What the tests of this crate share: a host in memory, a manifest, and guests from text or from Rust.
#![allow(dead_code)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
};

use adyton_component::{
    Language,
    build::{self, BuildError},
    template,
};
use adyton_engine::{
    Answer, CallContext, CompileError, ContractCall, ContractCalled, ContractRefusal, Direction, Ending, Engine,
    EngineConfig, Entry, Host, HostFailure, Module, Object, Objects, ObjectsChange, Outcome, Principal, Provisional,
    Request, Response, Scan, Scheduled, ScheduledRequest, Scheme, Secret, Unread, Usage, Value,
};
use adyton_protocol::{
    contract_call::Callees,
    ids::{BlockHash, CodeHash, ContractId, Digest as ProtocolDigest, NetworkId, RequestId},
    manifest::{Callers, Capability, Durability, Limits, Manifest},
};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A contract's state in memory: what a call reads, and what the test commits.
#[derive(Clone, Default)]
pub struct MemoryHost {
    pub store: Arc<Mutex<BTreeMap<Vec<u8>, Value>>>,
    /// The schedule, and what each entry asks.
    pub schedule: Arc<Mutex<BTreeMap<String, (Scheduled, ScheduledRequest)>>>,
    pub database: Arc<Mutex<Database>>,
    pub shelf: Arc<Mutex<Shelf>>,
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// The chain's state, by storage key.
    pub chain: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The keys that were read of it, each time.
    pub chain_reads: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Why it cannot be read.
    pub unread: Option<Unread>,
    /// What other contracts answer; each uses 1000 units of fuel.
    pub others: BTreeMap<ContractId, Result<Response, ContractRefusal>>,
    /// What they were asked.
    pub called: Arc<Mutex<Vec<ContractCall>>>,
    pub behaviour: Behaviour,
    /// The parts of answers that calls gave before their end.
    pub parts: Arc<Mutex<Vec<Provisional>>>,
    /// What calls used that were dropped.
    pub cut_off: Arc<Mutex<Vec<Usage>>>,
    /// Added to every random byte.
    pub chance: u8,
}

/// How many pages a database has, and those that were written.
pub type Database = (u32, BTreeMap<u32, Vec<u8>>);

/// Large objects: finished ones by name, unfinished ones by handle, and parts of contents.
#[derive(Default)]
pub struct Shelf {
    pub finished: BTreeMap<String, Object>,
    pub unfinished: BTreeMap<u64, Object>,
    pub parts: BTreeMap<(u64, u32), Vec<u8>>,
}

impl Shelf {
    fn commit(&mut self, change: &ObjectsChange) {
        self.parts.retain(|(handle, _), _| !change.removed.contains_key(handle));
        self.parts.extend(change.written.clone());
        for (name, object) in &change.finished {
            match object {
                Some(object) => self.finished.insert(name.clone(), object.clone()),
                None => self.finished.remove(name),
            };
        }
        for (handle, object) in &change.unfinished {
            match object {
                Some(object) => self.unfinished.insert(*handle, object.clone()),
                None => self.unfinished.remove(handle),
            };
        }
    }
}

/// How the host itself behaves.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Behaviour {
    #[default]
    Works,
    /// Reads of the store fail.
    Fails,
    /// Reads of the store panic.
    Panics,
    /// Reads of the store keep the processor for two milliseconds.
    Slow,
    /// Nobody takes parts of an answer.
    Stalls,
    /// Parts of an answer cannot be given on.
    Refuses,
}

impl MemoryHost {
    pub fn commit(&self, answer: &Answer) {
        let mut store = self.store.lock().expect("no test panics with the lock");
        for (key, value) in &answer.writes {
            match value {
                Some(value) => store.insert(key.clone(), value.clone()),
                None => store.remove(key),
            };
        }
        let mut schedule = self.schedule.lock().expect("no test panics with the lock");
        for (name, entry) in &answer.schedule {
            match entry {
                Some(entry) => schedule.insert(name.clone(), entry.clone()),
                None => schedule.remove(name),
            };
        }
        if let Some(change) = &answer.database {
            let mut database = self.database.lock().expect("no test panics with the lock");
            database.0 = change.pages;
            database.1.extend(change.written.clone());
        }
        if let Some(change) = &answer.objects {
            self.shelf().commit(change);
        }
    }

    pub fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("no test panics with the lock")
    }

    /// Values by their keys, ended ones too.
    pub fn contents(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.entries().into_iter().map(|(key, value)| (key, value.bytes)).collect()
    }

    /// What calls gave of their answers before their end: the head's status and number of fields, and contents as text.
    pub fn given(&self) -> (Vec<(u16, usize)>, Vec<String>) {
        let (mut heads, mut contents) = (Vec::new(), Vec::new());
        for part in self.parts.lock().expect("no test panics with the lock").iter() {
            match part {
                Provisional::Head { status, fields } => heads.push((*status, fields.len())),
                Provisional::Content(bytes) => contents.push(String::from_utf8_lossy(bytes).into_owned()),
            }
        }
        (heads, contents)
    }

    pub fn entries(&self) -> BTreeMap<Vec<u8>, Value> {
        self.store.lock().expect("no test panics with the lock").clone()
    }
}

#[async_trait]
impl Objects for MemoryHost {
    async fn finished_object(&mut self, name: &str) -> Result<Option<Object>, HostFailure> {
        Ok(self.shelf().finished.get(name).cloned())
    }

    async fn finished_objects(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Object>, HostFailure> {
        let wanted = |name: &str| name.starts_with(prefix) && after.is_none_or(|after| name > after);
        Ok(self.shelf().finished.values().filter(|object| wanted(&object.name)).take(limit).cloned().collect())
    }

    async fn unfinished_object(&mut self, handle: u64) -> Result<Option<Object>, HostFailure> {
        Ok(self.shelf().unfinished.get(&handle).cloned())
    }

    async fn unfinished_objects(&mut self, after: Option<u64>, limit: usize) -> Result<Vec<Object>, HostFailure> {
        let wanted = |object: &&Object| after.is_none_or(|after| object.handle > after);
        Ok(self.shelf().unfinished.values().filter(wanted).take(limit).cloned().collect())
    }

    async fn object_part(&mut self, handle: u64, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        match self.behaviour {
            Behaviour::Fails => Err(HostFailure::new("reading the store", "the disk is gone")),
            _ => Ok(self.shelf().parts.get(&(handle, number)).cloned()),
        }
    }
}

#[async_trait]
impl Host for MemoryHost {
    fn cut_off(&mut self, usage: &Usage) {
        self.cut_off.lock().expect("no test panics with the lock").push(*usage);
    }

    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure> {
        match self.behaviour {
            Behaviour::Works | Behaviour::Stalls | Behaviour::Refuses => Ok(self.entries().get(key).cloned()),
            Behaviour::Fails => Err(HostFailure::new("reading the store", "the disk is gone")),
            Behaviour::Panics => panic!("a bug in the host"),
            Behaviour::Slow => {
                std::thread::sleep(std::time::Duration::from_millis(2));
                Ok(self.entries().get(key).cloned())
            }
        }
    }

    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<Entry>, HostFailure> {
        let Scan { prefix, from, direction, limit } = scan;
        let behind = |key: &[u8], from: &[u8]| match direction {
            Direction::Ascending => key > from,
            Direction::Descending => key < from,
        };
        let wanted = |key: &[u8]| key.starts_with(prefix) && from.is_none_or(|from| behind(key, from));
        let mut entries: Vec<_> = self.entries().into_iter().filter(|(key, _)| wanted(key)).collect();
        if direction == Direction::Descending {
            entries.reverse();
        }
        entries.truncate(limit);
        Ok(entries)
    }

    async fn schedule(&mut self) -> Result<BTreeMap<String, Scheduled>, HostFailure> {
        let schedule = self.schedule.lock().expect("no test panics with the lock");
        Ok(schedule.iter().map(|(name, (when, _))| (name.clone(), when.clone())).collect())
    }

    async fn database_pages(&mut self) -> Result<u32, HostFailure> {
        Ok(self.database.lock().expect("no test panics with the lock").0)
    }

    async fn database_page(&mut self, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        match self.behaviour {
            Behaviour::Fails => Err(HostFailure::new("reading the store", "the disk is gone")),
            _ => Ok(self.database.lock().expect("no test panics with the lock").1.get(&number).cloned()),
        }
    }

    async fn chain_storage(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread> {
        self.chain_reads.lock().expect("no test panics with the lock").extend_from_slice(keys);
        match self.unread {
            Some(unread) => Err(unread),
            None => Ok(keys.iter().map(|key| self.chain.get(key).cloned()).collect()),
        }
    }

    async fn call_contract(&mut self, call: ContractCall) -> Result<ContractCalled, HostFailure> {
        self.called.lock().expect("no test panics with the lock").push(call.clone());
        let digests = Some((ProtocolDigest([1; 32]), ProtocolDigest([2; 32])));
        let outcome = self.others.get(&call.contract).cloned().unwrap_or(Err(ContractRefusal::Elsewhere));
        let reached = outcome.is_ok();
        Ok(ContractCalled { outcome, fuel: if reached { 1000 } else { 0 }, digests: digests.filter(|_| reached) })
    }

    async fn provisional(&mut self, part: Provisional) -> Result<(), HostFailure> {
        match self.behaviour {
            Behaviour::Stalls => std::future::pending().await,
            Behaviour::Refuses => Err(HostFailure::new("giving a part of the answer", "nobody is there")),
            Behaviour::Works | Behaviour::Fails | Behaviour::Panics | Behaviour::Slow => {
                self.parts.lock().expect("no test panics with the lock").push(part);
                Ok(())
            }
        }
    }

    async fn secret(&mut self, name: &str) -> Result<Option<Secret>, HostFailure> {
        let secret = self.secrets.get(name).cloned();
        Ok(secret.map(|value| Secret { version: 3, value: Zeroizing::new(value) }))
    }

    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Ok(Zeroizing::new(Sha256::digest(format!("{scheme:?}/{name}")).into()))
    }

    async fn encryption_key(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Ok(Zeroizing::new(Sha256::digest(format!("encryption/{name}")).into()))
    }

    async fn derived_secret(
        &mut self,
        name: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        let stream = Sha256::digest([name.as_bytes(), b"/", context].concat());
        Ok(Zeroizing::new(stream.iter().copied().cycle().take(length).collect()))
    }

    async fn seeded_random(&mut self, seed: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Ok(Zeroizing::new(Sha256::digest(seed).iter().copied().cycle().take(length).collect()))
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure> {
        buffer.fill(4 + self.chance);
        Ok(())
    }
}

pub fn engine() -> Engine {
    Engine::new(EngineConfig { concurrent_calls: 8, ..EngineConfig::default() }).expect("an engine")
}

/// A manifest that grants everything, with small limits.
pub fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "test".into(),
        grants: Capability::ALL.to_vec(),
        limits: Limits { fuel: 200_000_000, memory: 16 << 20, wall_ms: 10_000, ..Limits::default() },
        egress: Vec::new(),
        extra_roots: Vec::new(),
        contracts: Callees::Any,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: vec![("greeting".into(), "hello".into())],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

pub fn context() -> CallContext {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    CallContext {
        network: NetworkId([1; 32]),
        contract: ContractId([2; 32]),
        code: CodeHash([3; 32]),
        lease: Some(adyton_engine::Lease { number: 4, incarnation: 5 }),
        request_id: RequestId([6; 16]),
        caller: Principal::Account(vec![7; 32]),
        now_ms: now.as_millis() as u64,
        block: 8,
        block_hash: BlockHash([9; 32]),
        block_ms: 10,
    }
}

pub fn request(method: &str, path: &str, body: &[u8]) -> Request {
    Request { method: method.into(), path: path.into(), fields: Vec::new(), body: body.to_vec() }
}

/// Calls with the usual context; the engine itself has nothing to refuse.
pub async fn call(engine: &Engine, module: &Module, host: &MemoryHost, request: Request) -> Outcome {
    engine.call(module, context(), host.clone(), request).await.expect("the call begins")
}

/// Calls, expects an answer, and commits it.
pub async fn answer(engine: &Engine, module: &Module, host: &MemoryHost, request: Request) -> Answer {
    match call(engine, module, host, request).await.ending {
        Ending::Answered(answer) => {
            host.commit(&answer);
            answer
        }
        other => panic!("no answer but {other:?}"),
    }
}

pub fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).expect("text")
}

/// A guest in WebAssembly text: `imports`, then `body` as the function that handles a request.
///
/// `$answer` makes the response 200 with the bytes at $at of length $length; `$ignored` is where results of
/// imports may be written.
pub fn wat(imports: &str, body: &str) -> Vec<u8> {
    let typed = adyton_component::embed_types(&guest_module(imports, body)).expect("types");
    adyton_component::from_core_module(&typed).expect("a component")
}

/// The core module of [`wat`], for a world of another kind.
pub fn guest_module(imports: &str, body: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
            {imports}
            (memory (export "memory") 1)
            (global $heap (mut i32) (i32.const 8192))
            (global $ignored i32 (i32.const 64))
            (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                (global.set $heap (i32.add (local.get $at) (local.get $size)))
                (local.get $at))
            (func $answer (param $at i32) (param $length i32) (result i32)
                (i32.store8 (i32.const 0) (i32.const 0))
                (i32.store16 (i32.const 4) (i32.const 200))
                (i32.store (i32.const 8) (i32.const 0))
                (i32.store (i32.const 12) (i32.const 0))
                (i32.store (i32.const 16) (local.get $at))
                (i32.store (i32.const 20) (local.get $length))
                (i32.const 0))
            (func (export "phat:contract/service@0.1.0#handle")
                (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                {body}))"#
    );
    ::wat::parse_str(module).expect("the guest's text")
}

pub const ANSWER_NOTHING: &str = "(call $answer (i32.const 0) (i32.const 0))";

pub fn compile(engine: &Engine, component: &[u8], manifest: &Manifest) -> Module {
    engine.compile(component, manifest).expect("it compiles")
}

pub fn refused(component: &[u8], manifest: &Manifest) -> CompileError {
    match engine().compile(component, manifest) {
        Ok(_) => panic!("it must be refused"),
        Err(error) => error,
    }
}

/// A guest in Rust, by its folder within the repository. Built once per test program.
pub fn rust_guest(folder: &'static str) -> &'static [u8] {
    static BUILT: OnceLock<Mutex<BTreeMap<&str, &'static [u8]>>> = OnceLock::new();
    let mut built = BUILT.get_or_init(Mutex::default).lock().expect("no build panics with the lock");
    built.entry(folder).or_insert_with(|| {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let options = adyton_component::cargo::Options {
            target_dir: Some(guests_target()),
            quiet: true,
            locked: true,
            offline: false,
        };
        let guest = adyton_component::cargo::build(&project, &options);
        guest
            .unwrap_or_else(|error| panic!("{error}; scripts/wasm-toolchain.sh sets up what guests need"))
            .component
            .leak()
    })
}

/// A guest in another language: the project that `adyton new` writes, with `program` in the place of its own if there
/// is one. None, with a line that says why, on a machine without the tools for it.
pub fn guest(language: Language, program: Option<&str>, grants: &[Capability]) -> Option<Vec<u8>> {
    let parent = tempfile::tempdir().expect("a folder");
    let project = template::new_project(parent.path(), "probe", language).expect("a project");
    if let Some(program) = program {
        std::fs::write(project.join(language.program()), program).expect("written");
    }
    let names: Vec<_> = grants.iter().map(Capability::name).collect();
    let options = build::Options { cache: cache().join("adyton"), offline: false, locked: true, quiet: true };
    match build::build(&project, language, &names, &options) {
        Ok(built) => Some(built.component),
        Err(error @ BuildError::Tool { .. }) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn cache() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or_else(home).unwrap_or_else(std::env::temp_dir)
}

/// Shared by everything in this repository that builds guests.
fn guests_target() -> PathBuf {
    let base = std::env::var_os("ADYTON_TARGET").map(PathBuf::from);
    base.unwrap_or_else(|| cache().join("adyton/target")).join("guests")
}
