//! What a contract does once per code, as the engine lets it.

mod support;

use adyton_engine::{CompileError, Ending, GuestError, Limit, Value};
use adyton_protocol::{ids::CodeHash, receipt::Transition};
use support::{ANSWER_NOTHING, MemoryHost, answer, call, compile, context, engine, manifest, refused, request, wat};

fn guest() -> &'static [u8] {
    support::rust_guest("worker/engine/tests/guests/lifecycle")
}

/// A host whose state tells the guest what to do.
fn told(mode: &str) -> MemoryHost {
    let host = MemoryHost::default();
    let value = Value { bytes: mode.as_bytes().to_vec(), ends_ms: None };
    host.store.lock().expect("no test panics with the lock").insert(b"mode".to_vec(), value);
    host
}

const FROM: Transition = Transition::Migrate { version: 3, code: CodeHash([9; 32]) };

#[tokio::test]
async fn each_of_the_two_is_made_and_leaves_what_it_wrote() {
    let (engine, host) = (engine(), MemoryHost::default());
    let module = compile(&engine, guest(), &manifest());
    assert!(module.has_lifecycle());
    for (transition, key, wrote) in [
        (Transition::Init, "init", "true".to_owned()),
        (FROM, "migrate", format!("{{\"code\":{:?},\"version\":3}}", [9; 32]).replace(' ', "")),
    ] {
        let outcome = engine.call(&module, context(), host.clone(), transition).await.expect("it begins");
        let Ending::Answered(done) = outcome.ending else { panic!("{:?}", outcome.ending) };
        assert_eq!((done.response.status, done.response.body.len()), (204, 0));
        assert!(outcome.usage.fuel > 10_000, "it costs what a call costs");
        host.commit(&done);
        assert_eq!(host.contents()[key.as_bytes()], wrote.into_bytes());
    }
    // The same contract answers requests.
    assert_eq!(answer(&engine, &module, &host, request("GET", "/", b"")).await.response.status, 204);
}

#[tokio::test]
async fn one_that_says_no_traps_or_goes_beyond_a_limit_leaves_nothing() {
    let engine = engine();
    let module = compile(&engine, guest(), &manifest());
    for transition in [Transition::Init, FROM] {
        let ending = async |mode| {
            let call = engine.call(&module, context(), told(mode), transition);
            call.await.expect("it begins").ending
        };
        let said = ending("no").await;
        assert!(
            matches!(&said, Ending::GuestError(GuestError::Other(text)) if text == "not with this state"),
            "{said:?}"
        );
        assert!(matches!(ending("trap").await, Ending::Trapped(_)));
        assert!(matches!(ending("spin").await, Ending::Exceeded(Limit::Fuel)));
    }
}

#[tokio::test]
async fn there_is_no_answer_to_begin_in_it() {
    let (engine, host) = (engine(), told("reply"));
    let module = compile(&engine, guest(), &manifest());
    for transition in [Transition::Init, FROM] {
        let outcome = engine.call(&module, context(), host.clone(), transition).await.expect("it begins");
        assert!(matches!(outcome.ending, Ending::GuestError(GuestError::Denied(_))), "{:?}", outcome.ending);
    }
    assert!(host.parts.lock().expect("no test panics with the lock").is_empty());
}

#[tokio::test]
async fn a_contract_that_does_not_export_it_has_none() {
    let engine = engine();
    let module = compile(&engine, &wat("", ANSWER_NOTHING), &manifest());
    assert!(!module.has_lifecycle());
    let outcome = engine.call(&module, context(), MemoryHost::default(), Transition::Init).await.expect("it begins");
    assert!(matches!(outcome.ending, Ending::Trapped(_)), "{:?}", outcome.ending);
    let host = MemoryHost::default();
    assert!(matches!(call(&engine, &module, &host, request("GET", "/", b"")).await.ending, Ending::Answered(_)));
}

#[test]
fn an_export_of_the_name_with_other_functions_is_refused() {
    let functions = r#"(export "init" (func $f)) (export "migrate" (func $f))"#;
    for (exported, part) in [(functions, "init of phat:contract/lifecycle@0.1.0 has another type"), ("", "no function")]
    {
        let text = format!(
            r#"(component
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (instance $service (export "handle" (func $f)))
                (export "phat:contract/service@0.1.0" (instance $service))
                (instance $lifecycle {exported})
                (export "phat:contract/lifecycle@0.1.0" (instance $lifecycle)))"#
        );
        let error = refused(&::wat::parse_str(text).expect("a component"), &manifest());
        assert!(matches!(&error, CompileError::Invalid(reason) if reason.contains(part)), "{error}");
    }
}
