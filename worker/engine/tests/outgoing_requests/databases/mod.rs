//! Databases outside from a guest's point of view: where it may go, what it gets from servers as they are, and what from
//! bad ones.

mod fake;
mod hostile;
mod mysql;
mod postgres;
mod process;
mod redis;
mod rules;

use std::sync::LazyLock;

use adyton_engine::{Ending, Engine, EngineConfig, Module, Outcome};
use adyton_protocol::manifest::{EgressRule, Manifest, Protocol};

use crate::{
    server::Names,
    support::{MemoryHost, call, compile, manifest, request, rust_guest, text},
};

/// The name that servers have here.
const NAME: &str = "db.example.org";

/// One for all: it compiles the guest once.
fn engine() -> &'static Engine {
    static ENGINE: LazyLock<(Engine, Module)> = LazyLock::new(|| {
        let config = EngineConfig { concurrent_calls: 32, ..EngineConfig::default() };
        let engine = Engine::with_resolver(config, Names::new(&[(NAME, "127.0.0.1")])).expect("an engine");
        let module = compile(&engine, guest(), &manifest());
        (engine, module)
    });
    &ENGINE.0
}

fn guest() -> &'static [u8] {
    rust_guest("worker/engine/tests/guests/databases")
}

/// A rule for a server on this machine.
fn rule(protocol: Protocol, port: u16) -> EgressRule {
    let (host, port) = (NAME.into(), Some(port));
    EgressRule { host, port, insecure_http: false, danger_allow_private: true, protocol }
}

/// A manifest that lets a contract reach a server with a certificate of `root`.
fn reaching(protocol: Protocol, port: u16, root: &[u8]) -> Manifest {
    Manifest { egress: vec![rule(protocol, port)], extra_roots: vec![root.to_vec()], ..manifest() }
}

/// Lets the contract do what `lines` say, and returns what it says came of each.
async fn ask(manifest: &Manifest, path: &str, lines: &[String]) -> (Vec<String>, Outcome) {
    ask_in(engine(), manifest, path, lines).await
}

/// [`ask`] in another engine.
async fn ask_in(engine: &Engine, manifest: &Manifest, path: &str, lines: &[String]) -> (Vec<String>, Outcome) {
    let module = compile(engine, guest(), manifest);
    let content = lines.join("\n");
    let outcome = call(engine, &module, &MemoryHost::default(), request("POST", path, content.as_bytes())).await;
    let Ending::Answered(answer) = &outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    (text(&answer.response).lines().map(str::to_owned).collect(), outcome)
}
