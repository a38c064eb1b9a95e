//! A server of PostgreSQL as it is.

use adyton_component::Language;
use adyton_engine::{Ending, Outcome};
use adyton_protocol::manifest::{Capability, Manifest, Protocol};
use serde_json::{Value, json};

use super::{
    NAME, ask, engine,
    process::{Place, Running, program},
    reaching,
};
use crate::support::{MemoryHost, call, compile, guest, request};

/// A server that has the user `ann` with the password `s3cret word`; none where there is none.
fn server() -> Option<Running> {
    let (initdb, postgres) = (program("initdb")?, program("postgres")?);
    let place = Place::new();
    place.write("password", "s3cret word");
    let (data, password) = (place.path("data"), place.path("password"));
    let arguments = ["-D", &data, "-U", "ann", "--auth=scram-sha-256", "--pwfile", &password, "-N", "-E", "UTF8"];
    place.prepare(&initdb, &arguments.map(str::to_owned));
    let settings = [
        format!("port={}", place.port),
        "listen_addresses=127.0.0.1".into(),
        "unix_socket_directories=".into(),
        "ssl=on".into(),
        format!("ssl_cert_file={}", place.path("certificate.pem")),
        format!("ssl_key_file={}", place.path("key.pem")),
        "fsync=off".into(),
    ];
    let arguments = [vec!["-D".to_owned(), data], settings.into_iter().flat_map(|one| ["-c".into(), one]).collect()];
    Some(place.run(&postgres, &arguments.concat()))
}

fn address(server: &Running) -> String {
    format!("open postgres://ann:s3cret%20word@{NAME}:{}/postgres?sslmode=disable", server.port)
}

fn allowing(server: &Running) -> Manifest {
    reaching(Protocol::Postgres, server.port, &server.root)
}

/// Lets the contract do it as soon as the server is up, and leaves out that it was.
async fn answers(server: &Running, lines: &[&str]) -> (Vec<String>, Outcome) {
    let lines: Vec<String> = [address(server)].into_iter().chain(lines.iter().copied().map(str::to_owned)).collect();
    for _ in 0..100 {
        let (mut said, outcome) = ask(&allowing(server), "/postgres", &lines).await;
        if said.first().is_some_and(|first| first == "open") {
            said.remove(0);
            return (said, outcome);
        }
        println!("not yet: {said:?}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the server did not come up");
}

/// One server for all of it: making one takes seconds.
#[tokio::test]
async fn a_server_of_postgresql_serves_contracts() {
    let Some(server) = server() else { return };
    a_server_of_postgresql_takes_and_gives_values_of_every_type(&server).await;
    errors_of_a_server_of_postgresql_leave_the_connection_as_it_was(&server).await;
    a_statement_and_its_result_have_the_same_digests_every_time(&server).await;
    a_password_is_proven_and_bound_to_the_servers_certificate(&server).await;
    a_result_beyond_the_limit_ends_the_connection_and_nothing_else(&server).await;
    connections_end_with_the_call(&server).await;
    a_contract_in_javascript_is_served_too(&server).await;
}

async fn a_contract_in_javascript_is_served_too(server: &Running) {
    let program = include_str!("../../guests/postgres.js");
    let Some(component) = guest(Language::JavaScript, Some(program), &[Capability::Postgres]) else { return };
    let mut manifest = allowing(server);
    manifest.limits.memory = 64 << 20;
    let module = compile(engine(), &component, &manifest);
    let address = address(server).replace("open ", "");
    let outcome = call(engine(), &module, &MemoryHost::default(), request("POST", "/", address.as_bytes())).await;
    let Ending::Answered(answer) = &outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    let said: Value = serde_json::from_slice(&answer.response.body).expect("JSON");
    let (at, time) = ("2026-01-31T23:59:58.007Z", "01:02:03.5");
    let expected = json!({
        "changed": 1,
        "columns": ["b", "n", "l", "f", "s", "y", "m", "d", "t", "u"],
        "rows": [
            [true, 7, 1_099_511_627_776_u64, 0.5, "caf\u{e9}", [1, 2], at, "2026-02-01", time, "unsupported"],
            [null, 8, null, null, null, null, null, null, time, "unsupported"],
        ],
        "failures": ["query-failed", "value-conversion-failed"],
    });
    assert_eq!(said, expected);
}

async fn a_server_of_postgresql_takes_and_gives_values_of_every_type(server: &Running) {
    let (said, outcome) = answers(
        server,
        &[
            "execute CREATE TABLE t (b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, \
             s text, y bytea, d date, h time, m timestamp, z timestamptz, u uuid)",
            "execute INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)\
             |boolean:true|int16:-2|int32:3|int64:-4|float32:0.1|float64:1e-300|str:caf\u{e9}|binary:ab|date|time\
             |datetime|timestamp:86400|str:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "execute INSERT INTO t (i8, s) VALUES ($1, $2)|int32:7|null",
            "query SELECT * FROM t WHERE i4 = $1|int64:3",
            "query SELECT i8, s FROM t WHERE i8 = 7",
            "query SELECT 1 WHERE false",
            "execute UPDATE t SET i4 = 9",
            "query SELECT sum(i4)::int8 AS total FROM t",
        ],
    )
    .await;
    assert_eq!(said[..3], ["Ok(0)", "Ok(1)", "Ok(1)"], "{said:?}");
    assert!(said[3].starts_with(r#"["b: DbDataType::Boolean", "i2: DbDataType::Int16", "#), "{}", said[3]);
    for value in [
        "Boolean(true)",
        "Int16(-2)",
        "Int32(3)",
        "Int64(-4)",
        "Floating32(0.1)",
        "Floating64(1e-300)",
        "Str(\"caf\u{e9}\")",
        "Binary([97, 98])",
        "Date((2024, 2, 29))",
        "Time((1, 2, 3, 4000))",
        "Datetime((2024, 2, 29, 1, 2, 3, 4000))",
        "Datetime((1970, 1, 2, 0, 0, 0, 0))",
        "Unsupported",
    ] {
        assert!(said[3].contains(&format!("DbValue::{value}")), "{value}: {}", said[3]);
    }
    assert!(said[4].ends_with("[[DbValue::Int64(7), DbValue::DbNull]]"), "{}", said[4]);
    assert!(said[5].ends_with(" []"), "{}", said[5]);
    assert_eq!(said[6], "Ok(2)");
    assert!(said[7].ends_with("[[DbValue::Int64(18)]]"), "{}", said[7]);
    let records = &outcome.egress;
    assert_eq!((records.len(), outcome.usage.egress_requests), (9, 9), "the connection, and each statement");
    assert!(records.iter().all(|record| record.host == format!("{NAME}:{}", server.port)));
    assert!(records.iter().all(|record| record.certificate.is_some() && record.certificate == records[0].certificate));
    assert!(records[1..].iter().all(|record| record.response != records[0].response));
}

async fn errors_of_a_server_of_postgresql_leave_the_connection_as_it_was(server: &Running) {
    let (said, outcome) = answers(
        server,
        &[
            "query SELECT * FROM nowhere",
            "execute CREATE TABLE u (n integer PRIMARY KEY)",
            "execute INSERT INTO u VALUES ($1)|int32:1",
            "execute INSERT INTO u VALUES ($1)|int32:1",
            "query SELECT $1|str:a|str:b",
            "query SELECT DATE 'infinity'",
            "query SELECT 1",
            "execute COPY u FROM STDIN",
            "query SELECT 1",
        ],
    )
    .await;
    assert!(said[0].contains("QueryFailed") && said[0].contains("(42P01)"), "{}", said[0]);
    assert!(said[3].contains("QueryFailed") && said[3].contains("(23505)"), "{}", said[3]);
    assert!(said[4].contains("QueryFailed"), "{}", said[4]);
    assert!(said[5].contains("ValueConversionFailed"), "{}", said[5]);
    assert!(said[6].ends_with("[[DbValue::Int32(1)]]"), "{}", said[6]);
    assert!(said[7].contains("COPY"), "{}", said[7]);
    assert!(said[8].contains("closed"), "{}", said[8]);
    let [.., kept, cut] = outcome.egress.as_slice() else { panic!("records") };
    assert_ne!(kept.response, cut.response);
    assert_eq!(cut.response, outcome.egress[0].response, "no whole answer, as for the connection itself");
}

async fn a_statement_and_its_result_have_the_same_digests_every_time(server: &Running) {
    let (_, first) = answers(server, &["query SELECT 1", "query SELECT 2"]).await;
    let (_, second) = answers(server, &["query SELECT 1"]).await;
    assert_eq!(first.egress[..2], second.egress[..]);
    assert_ne!(first.egress[1].request, first.egress[2].request);
    assert_ne!(first.egress[1].response, first.egress[2].response);
}

async fn a_password_is_proven_and_bound_to_the_servers_certificate(server: &Running) {
    answers(server, &[]).await;
    let good = format!("host={NAME} port={} user=ann password='s3cret word' dbname=postgres", server.port);
    let lines = [
        format!("open {good} channel_binding=require"),
        "query SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()".into(),
        format!("open {}", good.replace("s3cret word", "other word")),
        format!("open {}", good.replace("user=ann", "user=bob")),
        format!("open {}", good.replace("password='s3cret word'", "")),
    ];
    let (said, outcome) = ask(&allowing(server), "/postgres", &lines).await;
    assert_eq!(said[0], "open");
    assert!(said[1].ends_with("[[DbValue::Boolean(true)]]"), "{}", said[1]);
    for said in &said[2..4] {
        assert!(said.contains("ConnectionFailed") && said.contains("password authentication failed"), "{said}");
    }
    assert!(said[4].contains("the address has none"), "{}", said[4]);
    assert!(said.iter().all(|said| !said.contains("word'") && !said.contains("s3cret")), "{said:?}");
    let opened = |index: usize| (outcome.egress[index].request, outcome.egress[index].response);
    assert_eq!(opened(0), opened(2), "no digest has anything of a password");
}

async fn a_result_beyond_the_limit_ends_the_connection_and_nothing_else(server: &Running) {
    answers(server, &[]).await;
    let mut manifest = allowing(server);
    manifest.limits.egress_bytes = 100_000;
    let lines = [
        address(server),
        "query SELECT repeat('x', 90000)".into(),
        "query SELECT repeat('x', 110000)".into(),
        "query SELECT 1".into(),
        address(server),
        "query SELECT NULL FROM generate_series(1, 3000)".into(),
        address(server),
        "execute SELECT NULL FROM generate_series(1, 3000)".into(),
        "query SELECT pg_sleep(4)".into(),
    ];
    manifest.limits.egress_ms = 2_000;
    let (said, _) = ask(&manifest, "/postgres", &lines).await;
    assert!(said[1].len() > 90_000, "{}", said[1]);
    assert!(said[2].contains("more than 100000 bytes"), "{}", said[2]);
    assert!(said[3].contains("closed"), "{}", said[3]);
    assert!(said[5].contains("more than 100000 bytes"), "each value counts: {}", said[5]);
    assert_eq!(said[7], "Ok(3000)", "rows that nobody keeps count as what came");
    assert!(said[8].contains("in time"), "{}", said[8]);
}

async fn connections_end_with_the_call(server: &Running) {
    let count = "query SELECT count(*) FROM pg_stat_activity WHERE usename = 'ann' AND backend_type = 'client backend'";
    for _ in 0..3 {
        answers(server, &["execute CREATE TEMPORARY TABLE mine (n integer)"]).await;
    }
    for round in 0.. {
        let (said, _) = answers(server, &[count]).await;
        if said[0].ends_with("[[DbValue::Int64(1)]]") {
            break;
        }
        // The server hears of an end a moment later.
        assert!(round < 50, "{}", said[0]);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
