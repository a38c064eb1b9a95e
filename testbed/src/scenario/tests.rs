//! What a file may say, and what not.

use super::*;

fn refused(text: &str) -> String {
    Scenario::parse(text).map(drop).expect_err(text)
}

#[test]
fn a_file_says_who_asks_what_when_and_what_is_expected() {
    let text = r#"
        at = 2026-03-01T12:00:00Z
        block = 7
        seed = "dice"
        [secrets]
        token = "s3cret"
        [state]
        count = "3"
        "hex:00ff" = { json = [1] }
        [chain]
        "hex:f0c3" = { hex = "01" }
        [[step]]
        request = "POST /increment?by=2"
        headers = { Content-Type = "application/json" }
        body.json = { by = 2 }
        caller = "alice"
        expect.status = 200
        expect.body = "5"
        [[step]]
        at = "+10s"
        request = "GET /count"
        caller = "0x0707070707070707070707070707070707070707070707070707070707070707"
        [step.expect]
        refusal = "not-found"
        state = { count = "5", gone = false }
        [[exchange]]
        request = "GET https://example.org/"
        answer.status = 200
    "#;
    let scenario = Scenario::parse(text).expect("a scenario");
    assert_eq!((scenario.block, scenario.seed.as_str(), scenario.exchanges.len()), (7, "dice", 1));
    assert_eq!(scenario.secrets["token"], b"s3cret");
    assert_eq!(scenario.state[&b"\x00\xff"[..]], b"[1]");
    assert_eq!(scenario.chain[&b"\xf0\xc3"[..]], [1]);
    let [first, second] = scenario.steps.as_slice() else { panic!("two steps") };
    assert_eq!((first.request.method.as_str(), first.request.path.as_str()), ("POST", "/increment?by=2"));
    assert_eq!(first.request.fields, [(b"content-type".to_vec(), b"application/json".to_vec())]);
    assert_eq!(first.request.body, b"{\"by\":2}");
    assert_eq!(first.expect.status, Some(200));
    assert_eq!(second.now_ms - first.now_ms, 10_000);
    assert!(matches!(&second.caller, Principal::Account(account) if *account == [7; 32]));
    assert_eq!(second.expect.refusal, Some(RefusalWord::NotFound));
    assert_eq!(second.expect.stored().count(), 2);
}

#[test]
fn a_name_is_always_the_same_account_and_another_one_another() {
    let account = |name| match caller(name) {
        Ok(Principal::Account(account)) => account,
        other => panic!("{other:?}"),
    };
    assert_eq!(account("alice"), account("alice"));
    assert_ne!(account("alice"), account("bob"));
    assert!(matches!(caller("anonymous"), Ok(Principal::Anonymous)));
    assert!(matches!(caller("contract:alice"), Ok(Principal::Contract(id)) if id == account("alice")));
}

#[test]
fn what_is_no_scenario_is_refused_with_the_place() {
    for (text, reason) in [
        ("", "0 steps"),
        ("stp = 1", "unknown field"),
        ("[[step]]\nrequest = \"GET /\"\nexpct = 1", "line 3"),
        ("[[step]]\nrequest = \"GET /\"\n[[step]]\nrequest = \"/\"", "step 2"),
        ("[[step]]\nrequest = \"get /\"", "no request"),
        ("[[step]]\nrequest = \"GET count\"", "no request"),
        ("[[step]]\nrequest = \"GET /.adyton/logs\"", "the worker's"),
        ("[[step]]\nrequest = \"GET /\"\nheaders = { adyton-call = \"1\" }", "Adyton's own"),
        ("[[step]]\nrequest = \"GET /\"\nheaders = { \"a b\" = \"1\" }", "no header field"),
        ("[[step]]\nrequest = \"GET /\"\nheaders = { a = \"1\\n2\" }", "the value of a"),
        ("[[step]]\nrequest = \"GET /\"\ncaller = \"0x00\"", "caller"),
        ("[[step]]\nrequest = \"GET /\"\ncaller = \"contract:\"", "an empty name"),
        ("[[step]]\nrequest = \"GET /\"\nexpect.refusal = \"sad\"", "unknown variant"),
        ("[[step]]\nrequest = \"GET /\"\nexpect.refusal = \"other\"\nexpect.status = 200", "a refusal has no"),
        ("[[step]]\nrequest = \"GET /\"\nexpect.message = \"x\"", "a refusal's"),
        ("[[step]]\nrequest = \"GET /\"\nexpect.state = { \"hex:0\" = false }", "hex:0"),
        ("[[step]]\nrequest = \"GET /\"\nat = 2020-01-01T00:00:00Z", "go back"),
        ("[[step]]\ncaller = \"a\"", "either request, message or watch"),
        ("[[step]]\nrequest = \"GET /\"\nmessage = \"a\"", "either request, message or watch"),
        ("[[step]]\nmessage = \"a\"", "say which with caller"),
        ("[[step]]\nmessage = \"a\"\ncaller = \"a\"\nbody = \"b\"", "nothing else"),
        ("[[step]]\nrequest = \"GET /hook\"\nwebhook = true", "a POST to its exact path"),
        ("[[step]]\nrequest = \"POST /hook?a\"\nwebhook = true", "a POST to its exact path"),
        ("[[step]]\nrequest = \"POST /hook\"\nwebhook = true\ncaller = \"a\"", "without a caller"),
        ("[[step]]\nrequest = \"GET /\"\n[[exchange]]\nrequest = \"GET https://a/\"", "needs either"),
    ] {
        let error = refused(text);
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn the_words_for_refusals_are_those_that_the_report_uses() {
    let words =
        ["contract-error", "not-found", "limit-exceeded", "fuel", "wall-time", "caller-required", "webhook-only"];
    for word in words {
        let text = format!("[[step]]\nrequest = \"GET /\"\nexpect.refusal = \"{word}\"");
        let scenario = Scenario::parse(&text).expect(word);
        assert_eq!(scenario.steps[0].expect.refusal.map(RefusalWord::name), Some(word));
    }
}

#[test]
fn deliveries_and_messages_have_the_fields_by_which_a_contract_knows_them() {
    let text = "[[step]]\nrequest = \"POST /hook\"\nwebhook = true\nheaders = { x-event = \"paid\" }\n\
        [[step]]\nmessage = \"one\"\ncaller = \"alice\"\n[[step]]\nmessage = \"two\"\ncaller = \"alice\"";
    let steps = Scenario::parse(text).expect("reads").steps;
    let field = |step: usize, place: usize| {
        let (name, value) = &steps[step].request.fields[place];
        (String::from_utf8_lossy(name).into_owned(), String::from_utf8_lossy(value).into_owned())
    };
    assert_eq!(field(0, 0), ("adyton-webhook".into(), "/hook".into()));
    assert_eq!(field(0, 1), ("x-event".into(), "paid".into()));
    assert_eq!(steps[0].trigger, Trigger::Webhook);
    for (step, body) in [(1, "one"), (2, "two")] {
        assert_eq!(field(step, 0), ("adyton-message".into(), step.to_string()));
        assert_eq!(
            (steps[step].request.path.as_str(), &steps[step].request.body[..]),
            ("/.adyton/message", body.as_bytes())
        );
        assert_eq!(steps[step].trigger, Trigger::Message);
    }
}

#[test]
fn a_watchs_change_has_its_name_its_block_and_its_value_or_says_that_there_is_none() {
    let text = "block = 7\n[[step]]\nwatch = \"paid\"\nbody = \"value\"\n[[step]]\nwatch = \"paid\"";
    let steps = Scenario::parse(text).expect("reads").steps;
    for (step, (method, block, body)) in steps.iter().zip([("PUT", "7", "value"), ("DELETE", "8", "")]) {
        let expected = [("adyton-watch", "paid"), ("adyton-watch-block", block)];
        let bytes = |text: &str| text.as_bytes().to_vec();
        assert_eq!(step.request.fields, expected.map(|(name, value)| (bytes(name), bytes(value))));
        assert_eq!((&*step.request.method, &*step.request.path), (method, "/.adyton/watch"));
        assert_eq!((&step.request.body[..], step.trigger), (body.as_bytes(), Trigger::Watch));
    }
    for more in ["caller = \"alice\"", "webhook = true", "headers = { a = \"b\" }"] {
        assert!(refused(&format!("[[step]]\nwatch = \"paid\"\n{more}")).contains("and nothing else"), "{more}");
    }
    for more in ["request = \"GET /\"", "message = \"a\""] {
        assert!(refused(&format!("[[step]]\nwatch = \"paid\"\n{more}")).contains("a step needs either"), "{more}");
    }
}

#[test]
fn an_upgrade_has_an_old_component_and_asks_nothing() {
    let upgrade = "old = \"old.wasm\"\n[[step]]\nupgrade = true\n";
    let scenario = Scenario::parse(upgrade).expect("a scenario");
    assert_eq!((scenario.old.as_deref(), scenario.steps[0].trigger), (Some("old.wasm".as_ref()), Trigger::Upgrade));
    for text in ["old = \"old.wasm\"\n[[step]]\nrequest = \"GET /\"", "[[step]]\nupgrade = true"] {
        assert!(refused(text).contains("need each other"), "{text}");
    }
    for more in [
        "request = \"GET /\"",
        "message = \"a\"",
        "watch = \"a\"",
        "caller = \"alice\"",
        "body = \"a\"",
        "webhook = true",
    ] {
        assert!(refused(&format!("{upgrade}{more}")).contains("nothing else"), "{more}");
    }
}
