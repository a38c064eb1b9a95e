//! Servers that do not keep to their protocol. Each ends in an error that the contract sees, and the contract goes on.

use adyton_protocol::manifest::Protocol;

use super::{
    NAME, ask,
    fake::{Fake, Says, greeting, message, packet, serve, serve_plain},
    reaching,
};

fn path(protocol: Protocol) -> (&'static str, &'static str) {
    match protocol {
        Protocol::Postgres => ("/postgres", "query SELECT 1"),
        Protocol::Mysql => ("/mysql", "query SELECT 1"),
        Protocol::Redis => ("/redis", "execute LRANGE l 0 -1"),
        Protocol::Http => panic!("no database"),
    }
}

/// What the contract says of opening a connection, of a statement, and of another one after it.
async fn said(protocol: Protocol, server: &Fake) -> Vec<String> {
    let (path, statement) = path(protocol);
    let mut manifest = reaching(protocol, server.port, &server.root);
    (manifest.limits.egress_bytes, manifest.limits.egress_ms) = (100_000, 2_000);
    let scheme = path.trim_start_matches('/');
    let lines =
        [format!("open {scheme}://ann:s3cret@{NAME}:{}", server.port), statement.to_owned(), statement.to_owned()];
    // A password in an address of Redis is said at once: this server would take it for the statement.
    let lines = lines.map(|line| if protocol == Protocol::Redis { line.replace("ann:s3cret@", "") } else { line });
    ask(&manifest, path, &lines).await.0
}

/// What the contract says of a statement to which the server says this.
async fn statement(protocol: Protocol, says: Says) -> String {
    let said = said(protocol, &serve(protocol, says).await).await;
    assert_eq!(said[0], "open", "{said:?}");
    assert!(said[2].contains("closed"), "what is left in the middle is not gone on with: {said:?}");
    said[1].clone()
}

#[tokio::test]
async fn a_server_that_talks_without_end_is_cut_off_at_the_limit() {
    // As much as the limit and more, in one piece.
    for (protocol, endless) in [
        (Protocol::Postgres, message(b'N', b"SNOTICE\0Mon and on\0\0").repeat(20_000)),
        (Protocol::Redis, [b"*1000000000\r\n".to_vec(), b":1\r\n".repeat(20_000)].concat()),
    ] {
        let said = statement(protocol, Says::Endless(endless)).await;
        assert!(said.contains("more than 100000 bytes"), "{protocol:?}: {said}");
    }
    // A list of columns that goes on: the prepared statement has 65535 of them.
    let prepared = packet(1, &[0, 1, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0]);
    let columns = (2..=255).chain((0..=255).cycle()).take(20_000).flat_map(|number: u8| packet(number, &[7; 60]));
    let said = statement(Protocol::Mysql, Says::Stall([prepared, columns.collect()].concat())).await;
    assert!(said.contains("more than 100000 bytes"), "{said}");
}

#[tokio::test]
async fn a_length_that_nobody_could_send_is_refused_before_anything_is_kept_for_it() {
    let large = u32::MAX.to_be_bytes();
    let said = statement(Protocol::Postgres, Says::Stall([&b"D"[..], &large].concat())).await;
    assert!(said.contains("more than 100000 bytes"), "{said}");
    let said = statement(Protocol::Mysql, Says::Stall(vec![0xfe, 0xff, 0xff, 1])).await;
    assert!(said.contains("more than 100000 bytes"), "{said}");
    let said = statement(Protocol::Mysql, Says::Stall(vec![0xff, 0xff, 0xff, 1])).await;
    assert!(said.contains("too long"), "{said}");
    for text in ["$9223372036854775807\r\n", "*1\r\n$100001\r\n"] {
        let said = statement(Protocol::Redis, Says::Stall(text.into())).await;
        assert!(said.contains("more than 100000 bytes"), "{text}: {said}");
    }
    let said = statement(Protocol::Redis, Says::Stall("*9223372036854775807\r\n".repeat(3).into())).await;
    assert!(said.contains("in time"), "as many lists as there are numbers, and nothing in them: {said}");
}

#[tokio::test]
async fn a_message_that_makes_no_sense_is_refused() {
    let postgres = [
        message(b'?', b""),
        b"D\0\0\0\x03".to_vec(),
        message(b'T', b"\0\x05name"),
        message(b'D', &[0, 1, 0, 0, 0, 1, b'x']),
        [
            message(b'T', b"\0\x01n\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0"),
            message(b'D', &[0, 1, 0, 0, 0, 9]),
        ]
        .concat(),
        [
            message(b'T', b"\0\x01n\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0"),
            message(b'D', &[0, 1, 255, 0, 0, 0]),
        ]
        .concat(),
        message(b'H', &[0; 3]),
    ];
    for bytes in postgres {
        let said = statement(Protocol::Postgres, Says::Stall(bytes.clone())).await;
        assert!(said.contains("makes no sense"), "{bytes:?}: {said}");
    }
    let prepared = packet(1, &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mysql = [
        packet(9, &[0]),
        packet(1, &[]),
        packet(1, &[5]),
        packet(1, &[0, 1, 0]),
        [prepared.clone(), packet(1, &[0xfb, b'/', b'e'])].concat(),
        [prepared.clone(), packet(1, &[0xff])].concat(),
        [prepared.clone(), packet(1, &[0xfe, 1])].concat(),
        [prepared.clone(), packet(1, &[1]), packet(2, &[255; 30])].concat(),
    ];
    for bytes in mysql {
        let said = statement(Protocol::Mysql, Says::Stall(bytes.clone())).await;
        assert!(said.contains("makes no sense"), "{bytes:?}: {said}");
    }
    for text in ["?\r\n", "\r\n", ":x\r\n", "$-2\r\n", "$2\r\nabcd", "%1\r\n", "*x\r\n"] {
        let said = statement(Protocol::Redis, Says::Stall(text.into())).await;
        assert!(said.contains("makes no sense"), "{text}: {said}");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_or_goes_away_in_the_middle_is_given_up() {
    for (protocol, begin) in [
        (Protocol::Postgres, b"T\0\0".to_vec()),
        (Protocol::Mysql, vec![12, 0, 0, 1, 0]),
        (Protocol::Redis, b"*2\r\n:1\r\n$5\r\nab".to_vec()),
    ] {
        let said = statement(protocol, Says::Stall(begin.clone())).await;
        assert!(said.contains("in time"), "{protocol:?}: {said}");
        let said = statement(protocol, Says::Bytes(begin)).await;
        assert!(said.contains("the server closed the connection"), "{protocol:?}: {said}");
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_of_the_contracts() {
    for (protocol, says, expected) in [
        (Protocol::Postgres, b"N".to_vec(), "no TLS"),
        (Protocol::Postgres, message(b'E', b"SFATAL\0Mno\0\0"), "no TLS"),
        (Protocol::Mysql, greeting_without_tls(), "no TLS"),
        (Protocol::Mysql, packet(0, b"\xff\x10\x04Too many connections"), "Too many connections (1040)"),
        (Protocol::Mysql, packet(0, &vec![10; 2_000]), "the greeting is too long"),
        (Protocol::Redis, b"+OK\r\n".to_vec(), "db.example.org is unavailable"),
    ] {
        let said = said(protocol, &serve_plain(Says::Stall(says)).await).await;
        assert!(said[0].contains(expected), "{protocol:?}: {said:?}");
        assert!(said.iter().all(|line| !line.contains("s3cret")), "{said:?}");
    }
    // What somebody puts behind the answer, before TLS, is no server's.
    let stuffed = serve_plain(Says::Stall([b"S".to_vec(), message(b'R', &[0; 4])].concat())).await;
    let said = said(Protocol::Postgres, &stuffed).await;
    assert!(said[0].contains("unavailable"), "{said:?}");
}

#[tokio::test]
async fn a_server_that_does_not_bind_itself_to_its_certificate_is_refused_where_the_address_demands_it() {
    let server = serve(Protocol::Postgres, Says::Stall(Vec::new())).await;
    let manifest = reaching(Protocol::Postgres, server.port, &server.root);
    let open = format!("open postgres://ann:s3cret@{NAME}:{}/", server.port);
    let lines = [format!("{open}?channel_binding=require"), open];
    let (said, _) = ask(&manifest, "/postgres", &lines).await;
    assert!(said[0].contains("ConnectionFailed") && said[0].contains("does not bind"), "{}", said[0]);
    assert_eq!(said[1], "open");
}

#[tokio::test]
async fn what_a_server_says_before_it_refuses_is_paid_for() {
    let mut fuel = Vec::new();
    for length in [10, 50_010] {
        let refusal = format!("-{}\r\n", "x".repeat(length));
        let server = serve(Protocol::Redis, Says::Bytes(refusal.into_bytes())).await;
        let lines = [format!("open redis://:s3cret@{NAME}:{}", server.port)];
        let (said, outcome) = ask(&reaching(Protocol::Redis, server.port, &server.root), "/redis", &lines).await;
        assert!(said[0].contains("refuses the user or the password"), "{}", said[0]);
        fuel.push(outcome.usage.fuel);
    }
    assert!(fuel[1] - fuel[0] > 490_000, "ten for each of 50000 bytes: {fuel:?}");
}

#[tokio::test]
async fn a_proof_that_would_take_too_long_is_refused() {
    let server = serve(Protocol::Postgres, Says::Challenge("i=100001")).await;
    let open = |password: &str| format!("open postgres://ann:{password}@{NAME}:{}/", server.port);
    let lines = [open("s3cret"), open(&"x".repeat(257))];
    let (said, _) = ask(&reaching(Protocol::Postgres, server.port, &server.root), "/postgres", &lines).await;
    assert!(said[0].contains("more than 100000 rounds"), "{}", said[0]);
    assert!(said[1].contains("more than 256 bytes cannot be proven"), "{}", said[1]);
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_itself_is_refused() {
    let server = serve(Protocol::Postgres, Says::Challenge("i=4096")).await;
    let lines = [format!("open postgres://ann:s3cret@{NAME}:{}/", server.port)];
    let (said, _) = ask(&reaching(Protocol::Postgres, server.port, &server.root), "/postgres", &lines).await;
    assert!(said[0].contains("does not prove that it knows the password"), "{}", said[0]);
}

fn greeting_without_tls() -> Vec<u8> {
    let mut greeting = greeting();
    let at = greeting.windows(2).position(|pair| pair == [0x01, 0xaa]).expect("what it can do");
    greeting[at + 1] &= !0x08;
    greeting
}
