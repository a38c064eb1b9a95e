//! A server of MariaDB as it is, and how a password is shown to one of MySQL.

use std::sync::{Arc, Mutex};

use adyton_engine::Outcome;
use adyton_protocol::manifest::{Manifest, Protocol};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    NAME, ask,
    fake::{greeting, listen, packet, take_packet},
    process::{Place, Running, program},
    reaching,
};
use crate::server::{Authority, acceptor};

/// A server that has the user `ann` with the password `s3cret word`; none where there is none.
fn server() -> Option<Running> {
    let (install, mariadbd) = (program("mariadb-install-db")?, program("mariadbd")?);
    let place = Place::new();
    let data = place.path("data");
    let folder = format!("--datadir={data}");
    let usual = ["--no-defaults", &folder, "--auth-root-authentication-method=normal", "--skip-test-db"];
    place.prepare(&install, &usual.map(str::to_owned));
    place.write(
        "begin.sql",
        "CREATE DATABASE shop;\n\
         CREATE USER 'ann'@'%' IDENTIFIED BY 's3cret word' REQUIRE SSL;\n\
         GRANT ALL ON *.* TO 'ann'@'%';\n",
    );
    let arguments = [
        "--no-defaults".to_owned(),
        folder.clone(),
        format!("--port={}", place.port),
        "--bind-address=127.0.0.1".into(),
        format!("--socket={}", place.path("socket")),
        format!("--pid-file={}", place.path("pid")),
        format!("--ssl-cert={}", place.path("certificate.pem")),
        format!("--ssl-key={}", place.path("key.pem")),
        format!("--init-file={}", place.path("begin.sql")),
        "--skip-name-resolve".into(),
        "--character-set-server=utf8mb4".into(),
    ];
    Some(place.run(&mariadbd, &arguments))
}

fn address(server: &Running, password: &str) -> String {
    format!("open mysql://ann:{password}@{NAME}:{}/shop", server.port)
}

fn allowing(server: &Running) -> Manifest {
    reaching(Protocol::Mysql, server.port, &server.root)
}

/// Lets the contract do it as soon as the server is up, and leaves out that it was.
async fn answers(server: &Running, lines: &[&str]) -> (Vec<String>, Outcome) {
    let begin = address(server, "s3cret%20word");
    let lines: Vec<String> = [begin].into_iter().chain(lines.iter().copied().map(str::to_owned)).collect();
    for _ in 0..150 {
        let (mut said, outcome) = ask(&allowing(server), "/mysql", &lines).await;
        if said.first().is_some_and(|first| first == "open") {
            said.remove(0);
            return (said, outcome);
        }
        println!("not yet: {said:?}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the server did not come up");
}

#[tokio::test]
async fn a_server_of_mariadb_takes_and_gives_values_refuses_and_goes_on() {
    let Some(server) = server() else { return };
    let (said, outcome) = answers(
        &server,
        &[
            "execute CREATE TABLE t (i1 tinyint, u1 tinyint unsigned, i2 smallint, i4 int, u8 bigint unsigned, f4 float, \
             f8 double, s varchar(20), x text, y varbinary(20), z blob, d date, n decimal(5, 2)) CHARACTER SET utf8mb4",
            "execute INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '2024-02-29', 1.5)\
             |int8:-1|uint8:255|int16:-2|int32:3|uint64:18446744073709551615|float32:0.5|float64:0.1|str:caf\u{e9}\
             |str:text|binary:ab|binary:cd",
            "execute INSERT INTO t (i4, s) VALUES (?, ?)|boolean:true|null",
            "query SELECT * FROM t WHERE i4 = ?|int64:3",
            "query SELECT i4, s FROM t WHERE s IS NULL",
            "query SELECT 1 FROM t WHERE i4 = 99",
            "query SELECT * FROM nowhere",
            "query SELECT ?|int32:1|int32:2",
            "query SELECT COUNT(*) AS n FROM t",
        ],
    )
    .await;
    assert_eq!(said[..3], ["Ok(())", "Ok(())", "Ok(())"], "{said:?}");
    assert!(said[3].starts_with(r#"["i1: DbDataType::Int8", "u1: DbDataType::Uint8", "#), "{}", said[3]);
    for value in [
        "Int8(-1)",
        "Uint8(255)",
        "Int16(-2)",
        "Int32(3)",
        "Uint64(18446744073709551615)",
        "Floating32(0.5)",
        "Floating64(0.1)",
        "Str(\"caf\u{e9}\")",
        "Str(\"text\")",
        "Binary([97, 98])",
        "Binary([99, 100])",
        "Unsupported, DbValue::Unsupported]",
    ] {
        assert!(said[3].contains(&format!("DbValue::{value}")), "{value}: {}", said[3]);
    }
    assert!(said[4].ends_with("[[DbValue::Int32(1), DbValue::DbNull]]"), "{}", said[4]);
    assert!(said[5].ends_with(" []"), "{}", said[5]);
    assert!(said[6].contains("QueryFailed") && said[6].contains("(1146)"), "{}", said[6]);
    assert!(said[7].contains("BadParameter") && said[7].contains("takes 1 parameters, not 2"), "{}", said[7]);
    assert!(said[8].ends_with("[[DbValue::Int64(2)]]"), "{}", said[8]);
    assert_eq!((outcome.egress.len(), outcome.usage.egress_requests), (10, 10));
    assert!(outcome.egress.iter().all(|record| record.certificate.is_some()));

    let (said, outcome) = ask(&allowing(&server), "/mysql", &[address(&server, "other")]).await;
    assert!(said[0].contains("ConnectionFailed") && said[0].contains("(1045)"), "{}", said[0]);
    assert!(!said[0].contains("other"), "{}", said[0]);
    assert_eq!(outcome.egress.len(), 1, "a connection that was refused was one");

    let mut manifest = allowing(&server);
    (manifest.limits.egress_bytes, manifest.limits.egress_ms) = (100_000, 2_000);
    let again = address(&server, "s3cret%20word");
    let lines = [
        again.as_str(),
        "query SELECT REPEAT('x', 90000)",
        "query SELECT REPEAT('x', 110000)",
        &again,
        "query SELECT SLEEP(20)",
        "query SELECT 1",
    ];
    let (said, _) = ask(&manifest, "/mysql", &lines.map(str::to_owned)).await;
    assert!(said[1].len() > 90_000, "{}", said[1]);
    assert!(said[2].contains("more than 100000 bytes"), "{}", said[2]);
    assert!(said[4].contains("in time"), "{}", said[4]);
    assert!(said[5].contains("closed"), "{}", said[5]);
}

#[tokio::test]
async fn a_server_that_asks_to_see_the_password_sees_it_under_tls_and_not_before() {
    let authority = Authority::new();
    let tls = acceptor(&authority.issue(NAME, 2020, 2100));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = seen.clone();
    let server = listen(move |mut stream| {
        let (tls, seen) = (tls.clone(), noting.clone());
        let see = move |said: &[u8]| seen.lock().expect("nobody panics with it").push(said.to_vec());
        async move {
            stream.write_all(&greeting()).await?;
            let mut before = [0; 36];
            stream.read_exact(&mut before).await?;
            see(&before);
            let mut stream = tls.accept(stream).await?;
            see(&take_packet(&mut stream).await?);
            stream.write_all(&packet(3, b"\xfecaching_sha2_password\0ABCDEFGHIJKLMNOPQRST\0")).await?;
            see(&take_packet(&mut stream).await?);
            stream.write_all(&packet(5, &[1, 4])).await?;
            see(&take_packet(&mut stream).await?);
            stream.write_all(&packet(7, &[0, 0, 0, 2, 0, 0, 0])).await?;
            std::future::pending::<std::io::Result<()>>().await
        }
    })
    .await;
    let manifest = reaching(Protocol::Mysql, server.port, &authority.root);
    let address = format!("open mysql://ann:s3cret%20word@{NAME}:{}/shop", server.port);
    let (said, _) = ask(&manifest, "/mysql", &[address]).await;
    assert_eq!(said, ["open"]);
    let seen = seen.lock().expect("nobody panics with it");
    let [before, named, proven, shown] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!(before[..4], [32, 0, 0, 1], "the request for TLS alone");
    assert_eq!(named[..32], before[4..], "what was said before TLS is said again under it");
    assert_eq!(&named[32..36], b"ann\0");
    assert!(named.ends_with(b"shop\0mysql_native_password\0"), "{named:?}");
    assert_eq!((proven.len(), shown.as_slice()), (32, &b"s3cret word\0"[..]));
}
