//! What stands between a contract and a database: the grant, the rules, the addresses, the certificate, the limits.

use adyton_engine::CompileError;
use adyton_protocol::manifest::{Capability, EgressRule, Manifest, Protocol};

use super::{
    NAME, ask,
    fake::{Fake, Says, serve, serve_as},
    guest, reaching, rule,
};
use crate::support::{manifest, refused};

const ALL: [(Protocol, &str); 3] =
    [(Protocol::Postgres, "/postgres"), (Protocol::Mysql, "/mysql"), (Protocol::Redis, "/redis")];

fn open(path: &str, port: u16) -> String {
    let scheme = path.trim_start_matches('/');
    let user = if scheme == "redis" { "" } else { "ann@" };
    format!("open {scheme}://{user}{NAME}:{port}")
}

fn silent() -> Says {
    Says::Stall(Vec::new())
}

fn allowing(protocol: Protocol, server: &Fake) -> Manifest {
    reaching(protocol, server.port, &server.root)
}

/// What the contract says of the server, and how many connections were recorded.
async fn opened(manifest: &Manifest, path: &str, port: u16) -> (String, usize) {
    let (mut said, outcome) = ask(manifest, path, &[open(path, port)]).await;
    (said.remove(0), outcome.egress.len())
}

#[test]
fn a_component_that_imports_databases_needs_their_grants() {
    let CompileError::Ungranted(names) = refused(guest(), &Manifest { grants: Vec::new(), ..manifest() }) else {
        panic!("another reason")
    };
    assert_eq!(names, ["mysql", "postgres", "redis"]);
    let grants = vec![Capability::Postgres, Capability::Redis];
    let CompileError::Ungranted(names) = refused(guest(), &Manifest { grants, ..manifest() }) else {
        panic!("another reason")
    };
    assert_eq!(names, ["mysql"]);
}

#[tokio::test]
async fn a_server_is_reached_where_a_rule_of_its_protocol_says_so_and_nowhere_else() {
    for (protocol, path) in ALL {
        let server = serve(protocol, silent()).await;
        assert_eq!(opened(&allowing(protocol, &server), path, server.port).await, ("open".into(), 1), "{path}");
        let for_http = EgressRule { protocol: Protocol::Http, ..rule(protocol, server.port) };
        let elsewhere = rule(protocol, server.port ^ 1);
        for egress in [vec![], vec![for_http], vec![elsewhere]] {
            let manifest = Manifest { egress, ..allowing(protocol, &server) };
            let (said, records) = opened(&manifest, path, server.port).await;
            assert!(said.contains("no egress rule") && records == 0, "{path}: {said}");
        }
    }
}

#[tokio::test]
async fn a_server_with_a_private_address_is_refused_without_a_rule_that_says_so() {
    for (protocol, path) in ALL {
        let server = serve(protocol, silent()).await;
        let egress = vec![EgressRule { danger_allow_private: false, ..rule(protocol, server.port) }];
        let (said, records) = opened(&Manifest { egress, ..allowing(protocol, &server) }, path, server.port).await;
        assert!(said.contains("loopback") && records == 0, "{path}: {said}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_anothers_is_refused_and_nothing_is_said() {
    for (protocol, path) in ALL {
        let server = serve(protocol, silent()).await;
        let manifest = Manifest { extra_roots: Vec::new(), ..allowing(protocol, &server) };
        let (said, records) = opened(&manifest, path, server.port).await;
        assert!(said.contains("bad certificate") && records == 0, "{path}: {said}");
        let other = serve_as(protocol, "other.example.org", silent()).await;
        let (said, records) = opened(&allowing(protocol, &other), path, other.port).await;
        assert!(said.contains("bad certificate") && records == 0, "{path}: {said}");
    }
}

#[tokio::test]
async fn connections_and_statements_count_as_requests() {
    let server = serve(Protocol::Redis, Says::Endless(b"+OK\r\n".to_vec())).await;
    let mut manifest = allowing(Protocol::Redis, &server);
    manifest.limits.egress_requests = 3;
    let again = open("/redis", server.port);
    let lines = [again.as_str(), "set a b", "set a b", "set a b", &again].map(str::to_owned);
    let (said, outcome) = ask(&manifest, "/redis", &lines).await;
    assert_eq!(said[..3], ["open", "Ok(())", "Ok(())"], "{said:?}");
    assert!(said[3].contains("may send 3 requests") && said[4].contains("may send 3 requests"), "{said:?}");
    assert_eq!((outcome.usage.egress_requests, outcome.egress.len()), (3, 3));
    assert!(outcome.usage.fuel > 900_000, "a connection and two statements cost that at least");
}

#[tokio::test]
async fn a_call_has_at_most_eight_connections_at_once() {
    let server = serve(Protocol::Redis, silent()).await;
    let mut lines = vec![open("/redis", server.port); 9];
    lines.extend(["close".to_owned(), open("/redis", server.port)]);
    let (said, outcome) = ask(&allowing(Protocol::Redis, &server), "/redis", &lines).await;
    assert!(said[..8].iter().all(|said| said == "open"), "{said:?}");
    assert_eq!(said[8..], ["Error::TooManyConnections", "true", "open"]);
    assert_eq!(outcome.egress.len(), 9);
}

#[tokio::test]
async fn a_statement_beyond_the_limit_is_not_sent() {
    let server = serve(Protocol::Redis, silent()).await;
    let mut manifest = allowing(Protocol::Redis, &server);
    manifest.limits.egress_bytes = 1_000;
    let lines = [open("/redis", server.port), format!("set a {}", "b".repeat(1_000))];
    let (said, outcome) = ask(&manifest, "/redis", &lines).await;
    assert!(said[1].contains("more than 1000 bytes"), "{}", said[1]);
    assert_eq!(outcome.egress.len(), 1, "the connection alone");
}
