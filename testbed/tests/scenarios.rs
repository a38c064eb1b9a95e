//! The program as `adyton test` starts it: real guests in the real engine, under what a test says.

mod support;

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use adyton_protocol::{
    contract_call::Callees,
    ids::ContractId,
    manifest::{Callers, Capability, EgressRule, Manifest},
    watch::{Watch, Watched},
    webhook::{Scheme, Webhook},
};
use serde_json::Value;
use support::{Given, rule};

const PROBE: &str = "worker/engine/tests/guests/probe";
const COUNTER: &str = "examples/counter";
const LIFECYCLE: &str = "worker/engine/tests/guests/lifecycle";

fn probe() -> Given {
    Given::guest(PROBE)
}

#[test]
fn the_scenario_that_a_new_project_has_passes() {
    let counter = Given::guest(COUNTER).with(|manifest| manifest.grants = vec![Capability::Kv]);
    let said = counter.play(include_str!("../../examples/counter/tests/counter.toml")).passed();
    assert!(said.contains("test.toml") && said.contains("1 scenario: 1 passed, 0 failed"), "{said}");
}

#[test]
fn the_price_oracles_sources_answer_fail_and_lie_as_its_scenario_says() {
    let sources = ["alpha", "beta", "gamma"].map(|name| format!("http://127.0.0.1:9690/{name}"));
    let oracle = Given::guest("examples/price-oracle").with(|manifest| {
        manifest.egress = vec![EgressRule { port: Some(9690), insecure_http: true, ..rule("127.0.0.1") }];
        manifest.settings = [("pair", "PHA/USD"), ("sources", &sources.join(" ")), ("quorum", "2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    });
    let scenario = include_str!("../../examples/price-oracle/tests/sources.toml");
    oracle.play(scenario).passed();
    // It is that of the same program in other languages, whose tests play it.
    for other in [
        include_str!("../../examples/price-oracle-js/tests/sources.toml"),
        include_str!("../../examples/price-oracle-python/tests/sources.toml"),
    ] {
        assert_eq!(other, scenario);
    }
}

#[test]
fn the_keeper_acts_once_by_what_enough_endpoints_say_and_otherwise_not_at_all() {
    let endpoints = ["one", "two", "three"].map(|name| format!("rpc.{name}.example"));
    let sources = ["one", "two"].map(|name| format!("status.{name}.example"));
    let urls = |hosts: &[String], path: &str| hosts.iter().map(|host| format!("https://{host}/{path} ")).collect();
    let keeper = Given::guest("examples/defi-keeper").with(|manifest| {
        manifest.egress = endpoints.iter().chain(&sources).map(|host| rule(host)).collect();
        let settings: [(&str, String); 9] = [
            ("chain_id", "11155111".into()),
            ("endpoints", urls(&endpoints, "")),
            ("max_age_seconds", "1800".into()),
            ("max_fee_gwei", "50".into()),
            ("minimum_health", "1.1".into()),
            ("needed", "2".into()),
            ("sources", urls(&sources, "incident")),
            ("tip_gwei", "1".into()),
            ("vault", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".into()),
        ];
        manifest.settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
    });
    for scenario in [
        include_str!("../../examples/defi-keeper/tests/acts.toml"),
        include_str!("../../examples/defi-keeper/tests/refuses.toml"),
        include_str!("../../examples/defi-keeper/tests/old.toml"),
        include_str!("../../examples/defi-keeper/tests/taken.toml"),
        include_str!("../../examples/defi-keeper/tests/unsigned.toml"),
    ] {
        keeper.play(scenario).passed();
    }
}

#[test]
fn the_order_book_is_a_market_of_which_nobody_sees_more_than_the_scenario_says() {
    let market = Given::guest("examples/order-book").with(|manifest| {
        let alice = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
        manifest.settings = [("best_prices", "no"), ("market_owner", alice)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    });
    market.play(include_str!("../../examples/order-book/tests/market.toml")).passed();
}

#[test]
fn a_database_is_the_real_one_and_goes_on_from_step_to_step() {
    let scenario = r#"
        [[step]]
        request = "POST /batch-and-set?key=k"
        body = '[["CREATE TABLE t (a UNIQUE)"], ["INSERT INTO t VALUES (7)"]]'

        [[step]]
        request = "POST /batch"
        body = '[["INSERT INTO t VALUES (8)"], ["INSERT INTO t VALUES (7)"]]'
        expect.refusal = "other"

        [[step]]
        request = "POST /query"
        body = '[["SELECT a FROM t"]]'
        expect.body = '{"columns":["a"],"rows":[[7]]}'
    "#;
    probe().play(scenario).passed();
}

#[test]
fn what_a_contract_gives_before_its_end_and_reads_as_it_comes_is_played() {
    let scenario = r#"
        [[step]]
        request = "POST /reply?status=201"
        body = '[["begin", 201], ["write", "one"], ["write", "two"]]'
        expect.status = 201
        expect.pieces = ["one", "two"]
        expect.body = "onetwook; ok; ok"

        [[step]]
        request = "POST /reply?then=fail"
        body = '[["begin", 200], ["write", "seen"]]'
        expect.refusal = "other"
        expect.pieces = ["seen"]

        [[step]]
        request = "POST /stream?max=3"
        body = "https://example.org/words"
        expect.body.json = { pieces = ["hel", "lo"] }
        expect.pieces = []

        [[exchange]]
        request = "GET https://example.org/words"
        answer.status = 200
        answer.body = "hello"
    "#;
    probe().play(scenario).passed();
    let seen = "[[step]]\nrequest = \"POST /reply\"\nbody = '[[\"begin\", 200]]'\nexpect.pieces = [\"x\"]";
    probe().play(seen).failed("pieces: expected 1, but it is 0");
}

#[test]
fn an_object_goes_on_from_step_to_step_and_counts_towards_the_storage() {
    let scenario = r#"
        [[step]]
        request = "POST /objects"
        body = '[["put", "a", "x", 300000]]'
        expect.body = "[null]"

        [[step]]
        request = "POST /objects"
        body = '[["put", "b", "y", 300000]]'
        expect.refusal = "storage"

        [[step]]
        request = "POST /objects"
        body = '[["whole", "a"], ["read", "a", 299999, 9], ["stat", "b"]]'
        expect.body = '[[300000],[1,"x"],null]'
    "#;
    probe().with(|manifest| manifest.limits.storage = 400_000).play(scenario).passed();
}

#[test]
fn a_step_that_differs_is_shown_and_those_behind_it_are_not_made() {
    let scenario = "[[step]]\nrequest = \"POST /increment\"\nexpect.body = \"1\"\n\
                    [[step]]\nrequest = \"GET /count\"\nexpect.body = \"2\"\n\
                    [[step]]\nrequest = \"GET /count\"";
    let said = Given::guest(COUNTER).play(scenario).failed("body: expected \"2\", but it is \"1\"");
    assert!(said.contains("ok    POST /increment") && said.contains("FAIL  GET /count"), "{said}");
    assert!(said.contains("1 step not made") && said.contains("0 passed, 1 failed"), "{said}");
}

#[test]
fn init_runs_before_the_first_step_and_where_it_fails_no_step_is_made() {
    let guest = || Given::guest(LIFECYCLE);
    let step = "[[step]]\nrequest = \"GET /\"\nexpect.status = 204\nexpect.state = { init = \"true\" }";
    guest().play(step).passed();
    let told = format!("[state]\nmode = \"no\"\n{step}");
    let said = guest().play(&told).failed("init: refused as other: not with this state");
    assert!(said.contains("1 step not made"), "{said}");
}

#[test]
fn migrate_runs_with_the_upgrade_on_the_state_that_the_old_component_left() {
    let scenario = "old = \"contract.wasm\"\n\
        [[step]]\nrequest = \"GET /\"\nexpect.state = { init = \"true\", migrate = false }\n\
        [[step]]\nat = \"+1d\"\nupgrade = true\nexpect.status = 204\n\
        expect.state = { init = \"true\", migrate = { json = { version = 1 } } }\n\
        [[step]]\nrequest = \"GET /\"\nexpect.status = 204";
    let said = Given::guest(LIFECYCLE).play(scenario).passed();
    assert!(said.contains("ok    upgrade "), "{said}");
}

#[test]
fn a_migrate_that_fails_leaves_the_state_as_it_was_and_calls_are_refused() {
    let scenario = "old = \"contract.wasm\"\n\
        [[step]]\nrequest = \"POST /mode\"\nbody = \"no\"\nexpect.status = 204\n\
        [[step]]\nupgrade = true\nexpect.refusal = \"other\"\nexpect.message = \"not with this state\"\n\
        expect.state = { init = \"true\", migrate = false }\n\
        [[step]]\nrequest = \"POST /mode\"\nbody = \"yes\"\nexpect.refusal = \"migrate-failed\"\n\
        expect.message = \"not with this state\"\nexpect.state = { mode = \"no\" }\n\
        [[step]]\nupgrade = true\nexpect.refusal = \"other\"";
    Given::guest(LIFECYCLE).play(scenario).passed();
}

#[test]
fn an_upgrade_that_brings_the_interface_runs_init_and_one_that_fails_blocks_calls() {
    let given = Given::guest(LIFECYCLE).old(PROBE);
    let scenario = |mode: &str, refusal: &str| {
        format!(
            "old = \"old.wasm\"\n[[step]]\nrequest = \"POST /set?key=mode\"\nbody = \"{mode}\"\n\
             expect.state = {{ init = false }}\n[[step]]\nupgrade = true\n{refusal}"
        )
    };
    given.play(&scenario("yes", "expect.state = { init = \"true\" }")).passed();
    let blocked = "expect.refusal = \"other\"\n[[step]]\nrequest = \"GET /\"\nexpect.refusal = \"init-failed\"";
    given.play(&scenario("no", blocked)).passed();
}

#[test]
fn an_entry_ends_by_the_scenarios_clock() {
    // It begins at 1767225600000, in milliseconds.
    let scenario = "[[step]]\nrequest = \"POST /set-until?key=a&until=1767225660000\"\nbody = \"one\"\n\
                    expect.state = { a = \"one\" }\n\
                    [[step]]\nat = \"+59999ms\"\nrequest = \"GET /get?key=a\"\nexpect.body.json = \"one\"\n\
                    [[step]]\nat = \"+1ms\"\nrequest = \"GET /get?key=a\"\nexpect.body = \"null\"\n\
                    expect.state = { a = false }\n\
                    [[step]]\nrequest = \"POST /set-until?key=a&until=1767225660000\"\nexpect.refusal = \"invalid\"";
    probe().play(scenario).passed();
}

#[test]
fn what_is_scheduled_runs_as_the_scenarios_clock_moves_on() {
    // It begins at 1767225600000, in milliseconds.
    let scenario = "[[step]]\nrequest = \"POST /at?name=once&due=1767225601000\"\nbody = \"one\"\n\
        expect.status = 204\nexpect.runs = []\n\
        [[step]]\nrequest = \"POST /cron?name=often\"\nbody = \"* * * * *\"\nexpect.body.json = 1767225660000\n\
        [[step]]\nat = \"+999ms\"\nrequest = \"GET /get?key=once\"\nexpect.body = \"null\"\nexpect.runs = []\n\
        [[step]]\nat = \"+2m\"\nrequest = \"POST /cancel?name=often\"\n\
        expect.runs = [\"once\", \"often\", \"often\"]\nexpect.state = { once = \"one\" }\n\
        expect.logs = [\"info once was due at 1767225601000, for Principal::Contract\", \"often was due at\"]\n\
        [[step]]\nat = \"+1d\"\nrequest = \"GET /entries\"\nexpect.body = \"[]\"\nexpect.runs = []";
    probe().play(scenario).passed();
}

#[test]
fn a_run_that_is_refused_fails_the_step_that_does_not_expect_it() {
    let scenario = |expect: &str| {
        format!(
            "[[step]]\nrequest = \"POST /at?name=a&path=/panic\"\n\
             [[step]]\nat = \"+1m\"\nrequest = \"GET /entries\"\n{expect}"
        )
    };
    probe().play(&scenario("expect.runs = [\"a contract-failed\"]")).passed();
    probe().play(&scenario("")).failed("the run of a: refused as contract-failed");
    probe().play(&scenario("expect.runs = [\"a\"]")).failed("runs: expected");
}

#[test]
fn the_chains_state_is_what_the_scenario_says_and_each_step_acts_on_the_next_block() {
    // It begins at 1767225600000, in milliseconds.
    let scenario = "block = 7\n[chain]\nnetwork = \"adyton\"\n\"hex:6162\" = { hex = \"7a\" }\n\
        [[step]]\nrequest = \"POST /storage\"\nbody.json = [\"ab\", \"none\", \"network\"]\n\
        expect.body = '[\"z\",null,\"adyton\"]'\n\
        [[step]]\nat = \"+60s\"\nrequest = \"GET /block\"\nexpect.body.json = { number = 8, time = 1767225660000 }\n\
        [[step]]\nrequest = \"POST /storage\"\nbody.json = [\"\"]\nexpect.refusal = \"invalid\"";
    probe().play(scenario).passed();
}

#[test]
fn a_report_for_programs_says_the_same() {
    let counter = Given::guest(COUNTER);
    counter.write("test.toml", "[[step]]\nrequest = \"GET /count\"\nexpect.status = 404\n");
    let ran = counter.run(&["--json"]);
    assert_eq!(ran.code, 1);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let step = &report["scenarios"][0]["steps"][0];
    assert_eq!((&report["failed"], &step["status"], &step["request"]), (&1.into(), &200.into(), &"GET /count".into()));
    assert_eq!(step["differences"][0], "status: expected 404, but it is 200");
    assert!(step["gas"].as_u64().is_some_and(|gas| gas > 0));
}

#[test]
fn what_is_there_before_is_read_and_what_a_call_wrote_is_committed_when_it_answers_and_else_not() {
    let scenario = "[state]\nold = \"1\"\n\
        [[step]]\nrequest = \"GET /get?key=old\"\nexpect.body = '\"1\"'\n\
        [[step]]\nrequest = \"POST /set?key=a\"\nbody = \"2\"\nexpect.status = 204\nexpect.state = { a = \"2\", old = \"1\" }\n\
        [[step]]\nrequest = \"POST /set-and-fail?key=a\"\nbody = \"3\"\n\
        expect.refusal = \"other\"\nexpect.message = \"on purpose\"\nexpect.state = { a = \"2\" }\n\
        [[step]]\nrequest = \"POST /delete?key=a\"\nexpect.state = { a = false }\n\
        [[step]]\nrequest = \"POST /swap?key=old&expected=x\"\nbody = \"4\"\nexpect.refusal = \"conflict\"";
    probe().play(scenario).passed();
}

#[test]
fn entries_are_scanned_in_order_and_page_by_page() {
    let scenario = "[state]\na1 = \"x\"\na2 = \"y\"\na3 = \"z\"\nb = \"\"\n\
        [[step]]\nrequest = \"GET /scan?prefix=a&limit=2\"\n\
        expect.body.json = { entries = [[\"a1\", \"x\"], [\"a2\", \"y\"]], next = \"a2\" }\n\
        [[step]]\nrequest = \"GET /scan?prefix=a&after=a2\"\nexpect.body.json = { entries = [[\"a3\", \"z\"]] }";
    probe().play(scenario).passed();
}

#[test]
fn clock_block_and_caller_are_what_the_test_says() {
    let scenario = "at = 2026-03-01T00:00:00Z\nblock = 7\n\
        [[step]]\nrequest = \"GET /context\"\n\
        expect.body.json = { time = 1772323200000, block = 7, lease = [1, 1], caller = \"Principal::Anonymous\" }\n\
        [[step]]\nrequest = \"GET /context\"\nat = \"+90s\"\nexpect.body.json = { time = 1772323290000, block = 8 }";
    probe().play(scenario).passed();
}

#[test]
fn secrets_are_the_tests_and_randomness_is_the_same_at_each_run() {
    let probe = probe();
    let drawn = |seed: &str| {
        let text = format!(
            "seed = \"{seed}\"\n[secrets]\ntoken = \"s3cret\"\n\
             [[step]]\nrequest = \"GET /secret?name=token\"\nexpect.body = \"s3cret\"\n\
             [[step]]\nrequest = \"GET /secret?name=other\"\nexpect.refusal = \"not-found\"\n\
             [[step]]\nrequest = \"GET /random\"\nexpect.body = \"\""
        );
        probe.play(&text).failed("body: expected")
    };
    let difference = |said: &str| said.lines().find(|line| line.contains("body: expected")).map(str::to_owned);
    assert_eq!(difference(&drawn("a")), difference(&drawn("a")));
    assert_ne!(difference(&drawn("a")), difference(&drawn("b")));
}

#[test]
fn a_contract_that_wants_to_know_its_caller_is_not_run_without_one() {
    let probe = probe().with(|manifest| manifest.callers = Callers::Account);
    let scenario = "[[step]]\nrequest = \"GET /context\"\nexpect.refusal = \"caller-required\"\n\
        [[step]]\nrequest = \"GET /context\"\ncaller = \"contract:other\"\nexpect.refusal = \"caller-required\"\n\
        [[step]]\nrequest = \"GET /context\"\ncaller = \"alice\"\nexpect.status = 200";
    probe.play(scenario).passed();
}

#[test]
fn a_contract_that_answers_only_contracts_is_not_run_for_anybody_else() {
    let probe = probe().with(|manifest| manifest.callers = Callers::Contract);
    let scenario = "[[step]]\nrequest = \"GET /context\"\nexpect.refusal = \"contracts-only\"\n\
        [[step]]\nrequest = \"GET /context\"\ncaller = \"alice\"\nexpect.refusal = \"contracts-only\"\n\
        [[step]]\nrequest = \"GET /context\"\ncaller = \"contract:other\"\nexpect.status = 200";
    probe.play(scenario).passed();
}

#[test]
fn deliveries_and_messages_are_answered_though_nobody_calls_and_a_webhooks_path_takes_nothing_else() {
    let hook = Webhook { path: "/hook".into(), scheme: Scheme::Stripe, secret: "key".into() };
    let probe = probe().with(|manifest| {
        (manifest.webhooks, manifest.messages, manifest.callers) = (vec![hook], true, Callers::Account);
    });
    let scenario = "[[step]]\nrequest = \"POST /hook\"\nwebhook = true\nbody = \"paid\"\nexpect.status = 404\n\
        [[step]]\nrequest = \"POST /hook\"\nbody = \"paid\"\ncaller = \"alice\"\nexpect.refusal = \"webhook-only\"\n\
        [[step]]\nmessage = \"hello\"\ncaller = \"alice\"\nexpect.status = 404";
    probe.play(scenario).passed();
}

#[test]
fn a_change_of_what_is_watched_is_answered_though_nobody_calls() {
    let watch = Watch { name: "paid".into(), what: Watched::Own };
    let change = |manifest: &mut Manifest| (manifest.watches, manifest.callers) = (vec![watch], Callers::Account);
    let scenario = "[[step]]\nwatch = \"paid\"\nbody = \"value\"\nexpect.status = 404\n\
        [[step]]\nwatch = \"paid\"\nexpect.status = 404";
    probe().with(change).play(scenario).passed();
    probe().play(scenario).failed("the manifest has no watch of this name");
}

#[test]
fn the_manifests_limits_are_those_of_the_network() {
    let probe = probe().with(|manifest| (manifest.limits.fuel, manifest.limits.request) = (1000, 4));
    let scenario = "[[step]]\nrequest = \"POST /echo\"\nbody = \"1234\"\nexpect.refusal = \"fuel\"\n\
        [[step]]\nrequest = \"POST /echo\"\nbody = \"12345\"\nexpect.refusal = \"too-large\"";
    probe.play(scenario).passed();
    let scenario = "[[step]]\nrequest = \"POST /echo\"\nbody = \"1\"\nexpect.gas_at_most = 10000";
    self::probe().play(scenario).failed("gas: expected at most 10000");
}

#[test]
fn a_contract_that_fails_is_told_apart_from_one_that_refuses_and_its_log_is_shown() {
    let panics = "[[step]]\nrequest = \"GET /panic\"\nexpect.refusal = \"contract-failed\"\n\
        expect.logs = [\"error panicked\"]";
    probe().play(panics).passed();
    let said = probe().play("[[step]]\nrequest = \"GET /panic\"\n").failed("refused as contract-failed");
    assert!(said.contains("log: error panicked"), "{said}");
}

#[test]
fn requests_are_answered_by_what_the_test_has_written_down() {
    let scenario = "[[step]]\nrequest = \"POST /fetch\"\nbody = \"https://example.org/price\"\n\
        expect.body.json = [{ status = 200, body = \"3.21\", headers = [\"x-a: 1\"] }]\n\
        [[step]]\nrequest = \"POST /fetch\"\nbody = \"https://example.org/price\"\n\
        expect.body.json = [{ error = \"Error::Timeout\" }]\n\
        [[exchange]]\nrequest = \"GET https://example.org/price\"\n\
        answer.status = 200\nanswer.headers = { x-a = \"1\" }\nanswer.body = \"3.21\"\n\
        [[exchange]]\nrequest = \"GET https://example.org/price\"\nfails = \"timeout\"";
    probe().play(scenario).passed();
}

#[test]
fn several_requests_at_once_get_each_its_own_answer() {
    let scenario = "[[step]]\nrequest = \"POST /fetch\"\nbody = \"https://example.org/a\\nhttps://example.org/b\"\n\
        expect.body.json = [{ body = \"1\" }, { body = \"2\" }]\n\
        [[exchange]]\nrequest = \"GET https://example.org/b\"\nanswer.status = 200\nanswer.body = \"2\"\n\
        [[exchange]]\nrequest = \"GET https://example.org/a\"\nanswer.status = 200\nanswer.body = \"1\"";
    probe().play(scenario).passed();
}

#[test]
fn a_secret_that_the_worker_fills_in_can_be_demanded_of_a_request() {
    let scenario = |value: &str| {
        format!(
            "[secrets]\ntoken = \"s3cret\"\n\
             [[step]]\nrequest = \"POST /fetch-with-secret\"\nbody = \"https://example.org/\"\n\
             [[exchange]]\nrequest = \"GET https://example.org/\"\n\
             headers = {{ authorization = \"Bearer {value}\" }}\nanswer.status = 200"
        )
    };
    probe().play(&scenario("s3cret")).passed();
    probe().play(&scenario("other")).failed("no exchange of the scenario fits");
}

#[test]
fn a_request_that_the_test_has_no_answer_for_fails_the_step_and_does_not_leave() {
    let scenario = "[[step]]\nrequest = \"POST /fetch\"\nbody = \"https://example.org/\"\nexpect.status = 200";
    probe().play(scenario).failed("it asks for GET https://example.org/, and no exchange");
}

#[test]
fn a_request_that_the_manifest_does_not_allow_is_denied_though_the_test_has_an_answer() {
    let scenario = "[[step]]\nrequest = \"POST /fetch\"\nbody = \"https://example.net/\"\nexpect.status = 200\n\
        [[exchange]]\nrequest = \"GET https://example.net/\"\nanswer.status = 200";
    let said = probe().play(scenario).failed("nobody asked for the exchange GET https://example.net/");
    assert!(said.contains("ok    POST /fetch"), "{said}");
}

/// A server that answers this often with a number that grows, and then is gone.
fn server(answers: usize) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let served = thread::spawn(move || {
        for number in 1..=answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = [0; 1024];
            assert!(stream.read(&mut head).expect("a request") > 0);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nx-a: 1\r\nset-cookie: session=1\r\ncontent-length: 1\r\nconnection: close\r\n\r\n{number}"
            );
            stream.write_all(answer.as_bytes()).expect("it takes the answer");
        }
    });
    (port, served)
}

#[test]
fn what_was_recorded_answers_when_the_server_is_gone() {
    let (port, served) = server(2);
    let egress = EgressRule { port: Some(port), insecure_http: true, danger_allow_private: true, ..rule("127.0.0.1") };
    let probe = probe().with(|manifest| manifest.egress = vec![egress]);
    let by_hand = format!(
        "# By hand.\n[[step]]\nrequest = \"POST /fetch\"\nbody = \"http://127.0.0.1:{port}/a\"\n\
         expect.body.json = [{{ body = \"1\" }}]\n\
         [[step]]\nrequest = \"POST /fetch\"\nbody = \"http://127.0.0.1:{port}/a\"\nexpect.body.json = [{{ body = \"2\" }}]\n"
    );
    probe.write("test.toml", &by_hand);
    probe.run(&[]).failed("no exchange of the scenario fits");
    assert_eq!(probe.read("test.toml"), by_hand, "only --record writes");
    let said = probe.run(&["--record"]).passed();
    assert!(said.contains("2 exchanges recorded"), "{said}");
    served.join().expect("both were served");
    let text = probe.read("test.toml");
    assert!(text.starts_with(&by_hand) && !text.contains("session"), "{text}");
    probe.run(&[]).passed();
    // The server is gone: the recording stays as it was.
    probe.run(&["--record"]).failed("was not recorded");
    assert_eq!(probe.read("test.toml"), text);
}

#[test]
fn recording_keeps_to_the_manifests_rules() {
    let (port, _never) = server(1);
    let probe = probe();
    probe.write(
        "test.toml",
        &format!(
            "[[step]]\nrequest = \"POST /fetch\"\nbody = \"http://127.0.0.1:{port}/\"\n\
        expect.body.json = [{{ error = \"what it says\" }}]\n"
        ),
    );
    let said = probe.run(&["--record"]).failed("Denied");
    assert!(said.contains("0 exchanges recorded"), "{said}");
}

#[test]
fn what_was_sealed_to_the_contracts_key_of_a_scenario_opens_at_each_run() {
    // Sealed by an implementation of HPKE that shares no code with the engine's.
    let scenario = "[[step]]\nrequest = \"POST /encryption-key?name=bids\"\n\
        expect.body.json = [164, 90, 162, 243, 202, 223, 74, 167, 210, 98, 26, 152, 169, 138, 123, 32, 0, 81, 227, 65, \
        144, 120, 19, 86, 62, 8, 24, 160, 88, 130, 129, 11]\n\
        [[step]]\nrequest = \"POST /decrypt?name=bids&info=bid&aad=7\"\n\
        body = { hex = \"402802aae25501861e6da002ef9f3e105b9296c3e3c90c92e600ec9a0ff526578d840ccf33e6dc20d1e4c2e4ceb6\
        491a30947afe2b9d\" }\nexpect.body = \"42 PHA\"\n\
        [[step]]\nrequest = \"POST /decrypt?name=other&info=bid&aad=7\"\n\
        body = { hex = \"402802aae25501861e6da002ef9f3e105b9296c3e3c90c92e600ec9a0ff526578d840ccf33e6dc20d1e4c2e4ceb6\
        491a30947afe2b9d\" }\nexpect.refusal = \"invalid\"";
    probe().play(scenario).passed();
}

#[test]
fn keys_of_every_scheme_secrets_and_bytes_of_a_seed_are_there_in_a_scenario() {
    for scheme in ["ed25519", "secp256k1", "p256", "sr25519"] {
        let body = "00".repeat(32);
        let scenario = format!(
            "[[step]]\nrequest = \"POST /sign?name=a&scheme={scheme}\"\nbody = {{ hex = \"{body}\" }}\n\
             expect.body.json = {{ verified = true }}"
        );
        probe().play(&scenario).passed();
    }
    let asked = |path: &str| format!("[[step]]\nrequest = \"POST {path}\"\nbody = \"context\"\nexpect.status = 200\n");
    probe().play(&(asked("/derive?name=a&length=64") + &asked("/seeded?length=8160"))).passed();
}

#[test]
fn other_contracts_answer_as_the_scenario_says() {
    let other = format!("id = \"0x{}\"", "02".repeat(32));
    let step = |path: &str, more: &str| {
        format!("[[step]]\nrequest = \"POST /call?id=2&path={path}\"\nbody = \"5\"\nexpect.body.json = \"{more}\"\n")
    };
    let answers = format!(
        "[[contract]]\n{other}\nrequest = \"POST /pay\"\nbody = \"5\"\nanswer.status = 201\n\
         answer.headers = {{ x-one = \"1\" }}\nanswer.body = \"paid\"\ngas = 1000000\n\
         [[contract]]\n{other}\nrequest = \"POST /pay\"\nrefused = \"failed\"\nmessage = \"why\"\n"
    );
    let both = step("/pay", "201 x-one=1 paid") + &step("/pay", "Refusal::Failed(\\\"why\\\")");
    probe().play(&(both.clone() + &answers)).passed();
    probe()
        .play(&(step("/pay", "201 x-one=1 paid") + &answers))
        .failed("nobody called POST /pay of the contract 0x0202");
    let third = step("/pay", "Refusal::Elsewhere");
    probe().play(&(both + &third + &answers)).failed("no [[contract]] of the scenario fits");
    let gas = "expect.gas_at_most = 1000000\n";
    probe().play(&(step("/pay", "201 x-one=1 paid") + gas + &answers)).failed("gas: expected at most 1000000");
}

#[test]
fn the_manifest_binds_before_another_contract_answers() {
    let probe = probe().with(|manifest| manifest.contracts = Callees::Only(vec![ContractId([3; 32])]));
    let id = "02".repeat(32);
    let scenario = format!(
        "[[step]]\nrequest = \"POST /call?id=2\"\nexpect.body.json = \"answered\"\n\
         [[contract]]\nid = \"0x{id}\"\nrequest = \"POST /\"\nanswer.status = 200\nany_number = true"
    );
    probe.play(&scenario).failed("Denied");
}

#[test]
fn a_component_that_no_worker_would_run_is_refused() {
    let ungranted = probe().with(|manifest| manifest.grants = vec![Capability::Log]);
    ungranted.play("[[step]]\nrequest = \"GET /\"").failed("does not grant");
}

#[test]
fn what_cannot_be_read_is_bad_use_and_nothing_runs() {
    use codec::Encode as _;
    let counter = Given::guest(COUNTER);
    let manifest = counter.manifest.encode();
    counter.write("test.toml", "[[step]]\nrequest = \"GET /count\"\n");
    counter.write("bad.toml", "[[step]]\nrequest = \"nothing\"\n");
    counter.write("old.toml", "old = \"none.wasm\"\n[[step]]\nupgrade = true\n");
    counter.run_all(&manifest, &["old.toml"]).misused("none.wasm");
    counter.run_all(&manifest, &["test.toml", "bad.toml"]).misused("bad.toml: step 1");
    counter.run_all(&manifest, &["none.toml"]).misused("none.toml");
    counter.run_all(&manifest, &[]).misused("SCENARIO");
    counter.run_all(b"", &["test.toml"]).misused("manifest");
    counter.run_all(&manifest[1..], &["test.toml"]).misused("manifest");
    counter.run_component("none.wasm", &manifest, &["test.toml"]).misused("none.wasm");
}
