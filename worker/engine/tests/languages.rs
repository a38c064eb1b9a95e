//! Contracts in JavaScript, TypeScript and Python: what `adyton new` writes works, and what programs in these languages
//! take for granted does what they expect, or says why it does not. Each test here was a trap, a constant or a silence
//! where the languages' tools are used without the SDK.

#[path = "support/sealing.rs"]
mod sealing;
mod support;

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use adyton_component::Language;
use adyton_engine::{Ending, Engine, GuestError, Kept, Level, Module};
use adyton_protocol::manifest::{Capability, Manifest};
use sealing::seal;
use serde_json::{Value, json};
use support::{MemoryHost, answer, call, compile, engine, guest, request, text};

const TEMPLATE: [Capability; 2] = [Capability::Log, Capability::Kv];
const PROBE: [Capability; 2] = [Capability::Log, Capability::Random];
const PROBE_JS: &str = include_str!("guests/probe.js");
const PROBE_PYTHON: &str = include_str!("guests/probe.py");
const KEYS: [Capability; 2] = [Capability::Random, Capability::Crypto];
const KEYS_JS: &str = include_str!("guests/keys.js");
const KEYS_PYTHON: &str = include_str!("guests/keys.py");
const ENTRIES: [Capability; 5] =
    [Capability::Kv, Capability::Secrets, Capability::Chain, Capability::Schedule, Capability::Sql];
const ENTRIES_JS: &str = include_str!("guests/entries.js");
const ENTRIES_PYTHON: &str = include_str!("guests/entries.py");

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

/// Programs that answer how many calls their instance has answered with this one.
const COUNTING: [(Language, &str); 2] = [
    (
        Language::JavaScript,
        "import { Response } from \"adyton\";\nlet calls = 0;\nexport default () => new Response(String((calls += 1)));\n",
    ),
    (
        Language::Python,
        "from adyton import Request, Response, Router\n\nservice = Router()\ncalls = []\n\n\n@service.get(\"/\")\n\
         def count(request: Request) -> Response:\n    calls.append(request)\n    return Response.text(str(len(calls)))\n",
    ),
];

#[tokio::test]
async fn an_instance_in_each_language_answers_again_where_the_manifest_asks_for_it() {
    for (language, program) in COUNTING {
        let Some(component) = guest(language, Some(program), &[]) else { continue };
        let (engine, host) = (engine(), MemoryHost::default());
        for (reuse, counts) in [(false, ["1", "1", "1"]), (true, ["1", "2", "3"])] {
            let module = compile(&engine, &component, &Manifest { reuse, ..manifest(&[]) });
            for expected in counts {
                let outcome = call(&engine, &module, &host, request("GET", "/", b"")).await;
                let Ending::Answered(answer) = outcome.ending else { panic!("{language}: {:?}", outcome.ending) };
                assert_eq!(text(&answer.response), expected, "{language}");
                outcome.kept.into_iter().for_each(Kept::keep);
            }
        }
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
async fn keys_and_seeds_give_the_same_in_each_language() {
    let mut given = Vec::new();
    for (language, program) in [(Language::JavaScript, KEYS_JS), (Language::Python, KEYS_PYTHON)] {
        let Some(ready) = Ready::of(language, Some(program), &KEYS) else { continue };
        let host = MemoryHost::default();
        for (scheme, key, signature) in
            [("ed25519", 32, 64), ("secp256k1", 33, 65), ("p256", 33, 64), ("sr25519", 32, 64)]
        {
            let said = ready.ask(&host, &format!("/sign/{scheme}")).await;
            assert_eq!(said, json!([key, signature, true]), "{language}: {scheme}");
        }
        let public = ready.ask(&host, "/encryption-key").await;
        let sealed = request("POST", "/decrypt", &seal(&public, b"bid", b"7", b"42 PHA"));
        let opened = answer(&ready.engine, &ready.module, &host, sealed).await;
        assert_eq!(text(&opened.response), "42 PHA", "{language}");
        let changed = request("POST", "/decrypt", &seal(&public, b"bid", b"8", b"42 PHA"));
        let refused = call(&ready.engine, &ready.module, &host, changed).await.ending;
        assert!(matches!(refused, Ending::GuestError(GuestError::Invalid(_))), "{language}: {refused:?}");
        given.push([public, ready.ask(&host, "/derive").await, ready.ask(&host, "/seeded").await]);
    }
    for one in &given {
        assert!(one.iter().all(|bytes| bytes.as_array().is_some_and(|bytes| bytes.len() >= 16)), "{one:?}");
        assert_eq!(one, &given[0]);
    }
}

#[tokio::test]
async fn entries_end_are_written_together_and_scanned_back_in_each_language() {
    for (language, program) in [(Language::JavaScript, ENTRIES_JS), (Language::Python, ENTRIES_PYTHON)] {
        let Some(ready) = Ready::of(language, Some(program), &ENTRIES) else { continue };
        let secrets = [("token".to_owned(), b"s3cret".to_vec())].into();
        let chain = [(b"key".to_vec(), b"value".to_vec())].into();
        let host = MemoryHost { secrets, chain, ..MemoryHost::default() };
        let end = ready.ask(&host, "/write").await.as_u64();
        assert!(end.is_some(), "{language}");
        let entries = host.entries().into_iter().map(|(key, value)| (key, value.bytes, value.ends_ms));
        let entry = |key: &str, value: &str, ends_ms| (key.as_bytes().to_vec(), value.as_bytes().to_vec(), ends_ms);
        let expected = [entry("a", "1", end), entry("b", "4", None), entry("c", "3", end), entry("d", "5", None)];
        assert_eq!(entries.collect::<Vec<_>>(), expected, "{language}");
        assert_eq!(ready.ask(&host, "/conflict").await, json!(["conflict", null]), "{language}");
        let read = json!({
            "many": ["1", null, "4"], "back": ["d", "c"], "next": "c", "all": 4, "versions": [3, null],
        });
        assert_eq!(ready.ask(&host, "/read").await, read, "{language}");
        assert!(matches!(ready.refusal("/past").await.0, GuestError::Invalid(_)), "{language}");
        let chain = json!({ "block": [8, 32, 10], "values": ["value", null], "value": "value" });
        assert_eq!(ready.ask(&host, "/chain").await, chain, "{language}");
        assert!(matches!(ready.refusal("/unread").await.0, GuestError::Invalid(_)), "{language}");
        scheduled(&ready, &host).await;
        in_the_database(&ready, &host).await;
    }
}

/// Values of every type cross the border in both directions.
async fn in_the_database(ready: &Ready, host: &MemoryHost) {
    let expected = json!({
        "done": [[0, 0], [1, 1]], "failure": ["constraint", "other"], "columns": ["a", "b", "c", "d", "e"],
        "row": [-7, 1.5, "né", [0, 255], null],
    });
    assert_eq!(ready.ask(host, "/sql").await, expected, "{}", ready.language);
    assert!(host.database.lock().expect("no test panics with the lock").0 >= 2, "{}", ready.language);
}

/// The schedule crosses the border in both directions.
async fn scheduled(ready: &Ready, host: &MemoryHost) {
    let language = ready.language;
    let said = ready.ask(host, "/schedule").await;
    assert_eq!(said["entries"], json!([["often", "0 * * * *"], ["once", null]]), "{language}");
    let committed = host.schedule.lock().expect("no test panics with the lock").clone();
    let ((often, get), (once, post)) = (&committed["often"], &committed["once"]);
    assert_eq!((said["first"].as_u64(), often.due_ms % 3_600_000), (Some(often.due_ms), 0), "{language}");
    assert_eq!((get.method.as_str(), get.body.len(), once.cron.as_deref()), ("GET", 0, None), "{language}");
    assert_eq!((post.method.as_str(), post.path.as_str(), &post.body[..]), ("POST", "/ran", &b"x"[..]), "{language}");
    let mut run = request("GET", "/ran", b"");
    run.fields = adyton_protocol::schedule::fields("once", once.due_ms);
    let response = answer(&ready.engine, &ready.module, host, run).await.response;
    assert_eq!(text(&response), json!(["once", once.due_ms]).to_string(), "{language}");
    assert_eq!(ready.ask(host, "/ran").await, Value::Null, "{language}");
    assert!(matches!(ready.refusal("/malformed").await.0, GuestError::Invalid(_)), "{language}");
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
