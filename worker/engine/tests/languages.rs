//! Contracts in JavaScript, TypeScript and Python: what `adyton new` writes works, and what programs in these languages
//! take for granted does what they expect, or says why it does not. Each test here was a trap, a constant or a silence
//! where the languages' tools are used without the SDK.

mod support;

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use adyton_component::Language;
use adyton_engine::{Ending, Engine, GuestError, Level, Module};
use adyton_protocol::manifest::{Capability, Manifest};
use serde_json::{Value, json};
use support::{MemoryHost, answer, call, compile, engine, guest, request, text};

const TEMPLATE: [Capability; 2] = [Capability::Log, Capability::Kv];
const PROBE: [Capability; 2] = [Capability::Log, Capability::Random];
const PROBE_JS: &str = include_str!("guests/probe.js");
const PROBE_PYTHON: &str = include_str!("guests/probe.py");

/// A manifest with these grants, and memory for an interpreter.
fn manifest(grants: &[Capability]) -> Manifest {
    let mut manifest = support::manifest();
    manifest.grants = grants.to_vec();
    manifest.limits.memory = 64 << 20;
    manifest
}

/// A guest that is ready to be called.
struct Ready {
    language: Language,
    engine: Engine,
    module: Module,
}

impl Ready {
    fn of(language: Language, program: Option<&str>, grants: &[Capability]) -> Option<Self> {
        let component = guest(language, program, grants)?;
        let engine = engine();
        let module = compile(&engine, &component, &manifest(grants));
        Some(Self { language, engine, module })
    }

    /// What it answers under `path`.
    async fn ask(&self, host: &MemoryHost, path: &str) -> Value {
        let answer = answer(&self.engine, &self.module, host, request("GET", path, b"")).await;
        serde_json::from_str(&text(&answer.response)).expect("JSON")
    }

    /// How it refuses what is under `path`, and the messages that it logged as errors.
    async fn refusal(&self, path: &str) -> (GuestError, Vec<String>) {
        let outcome = call(&self.engine, &self.module, &MemoryHost::default(), request("GET", path, b"")).await;
        let errors = outcome.logs.into_iter().filter(|line| line.level == Level::Error);
        match outcome.ending {
            Ending::GuestError(error) => (error, errors.map(|line| line.message).collect()),
            other => panic!("{} {path}: no error but {other:?}", self.language),
        }
    }
}

/// The probe in JavaScript, made once.
fn javascript() -> Option<&'static Ready> {
    static READY: OnceLock<Option<Ready>> = OnceLock::new();
    READY.get_or_init(|| Ready::of(Language::JavaScript, Some(PROBE_JS), &PROBE)).as_ref()
}

/// The probe in Python, made once.
fn python() -> Option<&'static Ready> {
    static READY: OnceLock<Option<Ready>> = OnceLock::new();
    READY.get_or_init(|| Ready::of(Language::Python, Some(PROBE_PYTHON), &PROBE)).as_ref()
}

/// The probes that can be made here.
fn probes() -> impl Iterator<Item = &'static Ready> {
    [javascript(), python()].into_iter().flatten()
}

#[tokio::test]
async fn the_first_contract_in_each_language_counts() {
    for language in [Language::JavaScript, Language::TypeScript, Language::Python] {
        let Some(component) = guest(language, None, &TEMPLATE) else { continue };
        let mut imports = adyton_component::imports(&component).expect("a component");
        imports.sort();
        assert_eq!(imports, ["env", "kv", "log", "types"].map(|name| format!("phat:contract/{name}@0.1.0")));
        let (engine, host) = (engine(), MemoryHost::default());
        let module = compile(&engine, &component, &manifest(&TEMPLATE));
        for expected in ["1", "2", "3"] {
            let answer = answer(&engine, &module, &host, request("POST", "/increment", b"")).await;
            assert_eq!(text(&answer.response), expected, "{language}");
        }
        let count = answer(&engine, &module, &host, request("GET", "/count", b"")).await;
        assert_eq!(text(&count.response), "3", "{language}");
        let nothing = answer(&engine, &module, &host, request("GET", "/nothing", b"")).await;
        assert_eq!(nothing.response.status, 404, "{language}");
    }
}

#[tokio::test]
async fn randomness_is_the_hosts_and_not_what_stands_in_the_public_component() {
    for probe in probes() {
        let language = probe.language;
        let hosts = [0, 1].map(|chance| MemoryHost { chance, ..MemoryHost::default() });
        assert_eq!(probe.ask(&hosts[0], "/bytes").await, json!([4, 4, 4, 4]), "{language}");
        assert_eq!(probe.ask(&hosts[1], "/bytes").await, json!([5, 5, 5, 5]), "{language}");
        let numbers = [probe.ask(&hosts[0], "/random").await, probe.ask(&hosts[1], "/random").await];
        assert!(numbers[0] != numbers[1], "{language}: {numbers:?}");
        let number = numbers[0].as_f64().expect("a number");
        assert!((0.0..1.0).contains(&number), "{language}: {number}");
    }
}

#[tokio::test]
async fn randomness_without_the_grant_is_a_typed_error() {
    let Some(probe) = Ready::of(Language::JavaScript, Some(PROBE_JS), &TEMPLATE) else { return };
    for path in ["/random", "/bytes"] {
        let (error, _) = probe.refusal(path).await;
        assert!(matches!(&error, GuestError::Denied(said) if said.contains("\"random\"")), "{error:?}");
    }
}

#[tokio::test]
async fn the_clock_is_the_calls() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    for probe in probes() {
        let language = probe.language;
        let before = now();
        let said = probe.ask(&MemoryHost::default(), "/now").await;
        let after = now();
        for index in 0..2 {
            let time = said[index].as_u64().expect("milliseconds");
            assert!((before..=after).contains(&time), "{language}: {time} is not between {before} and {after}");
        }
    }
}

#[tokio::test]
async fn a_bug_of_the_program_is_told_to_its_caller_and_its_place_to_its_owner() {
    for probe in probes() {
        let language = probe.language;
        let (error, logged) = probe.refusal("/throw").await;
        let GuestError::Other(said) = &error else { panic!("{language}: {error:?}") };
        assert!(said.contains("TypeError: a bug in the contract"), "{language}: {said}");
        assert!(logged.iter().any(|message| message.contains("deep")), "{language}: {logged:?}");
        let (error, _) = probe.refusal("/nothing").await;
        assert!(matches!(&error, GuestError::Other(said) if said.contains("Response")), "{language}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_printed_is_in_the_log() {
    for probe in probes() {
        let language = probe.language;
        let request = request("GET", "/log", b"");
        let outcome = call(&probe.engine, &probe.module, &MemoryHost::default(), request).await;
        assert!(outcome.logs.iter().any(|line| line.message.contains("its owner")), "{language}: {:?}", outcome.logs);
    }
}

#[tokio::test]
async fn what_programs_in_javascript_find_everywhere_is_there() {
    let Some(probe) = javascript() else { return };
    let host = MemoryHost::default();
    assert_eq!(probe.ask(&host, "/text").await, json!("ἄδυτον"));
    assert_eq!(probe.ask(&host, "/url").await, json!("d e"));
    assert_eq!(probe.ask(&host, "/later").await, json!(["one", "two"]));
}

#[tokio::test]
async fn what_a_contract_in_python_does_not_have_is_an_error_that_says_so() {
    let Some(probe) = python() else { return };
    for (path, words) in [("/late", "'colorsys'"), ("/file", "no files")] {
        let (error, _) = probe.refusal(path).await;
        assert!(matches!(&error, GuestError::Other(said) if said.contains(words)), "{path}: {error:?}");
    }
}
