//! What stands between a contract and a database: the grant, the rules, the addresses, the certificate, the limits.

use std::{net::SocketAddr, sync::Arc};

use adyton_engine::{
    CompileError, Engine, EngineConfig,
    egress::{Bounds, Carrier, Coming, Dialled, EgressError, Permit, Policy, Prepared, Recorder},
};
use adyton_protocol::manifest::{Capability, EgressRule, Manifest, Protocol};
use futures::future::{BoxFuture, ready};

use super::{
    NAME, ask, ask_in,
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

/// Puts servers of this machine in the places of databases: by the database's port, the server's.
struct InPlace {
    trusted: Policy,
    ports: [(u16, u16); 2],
}

impl Carrier for InPlace {
    fn carry<'a>(
        &'a self,
        _policy: &'a Policy,
        request: Prepared,
        _bounds: Bounds,
        _record: Recorder<'a>,
    ) -> BoxFuture<'a, Result<Coming, EgressError>> {
        let host = request.permit.destination().host();
        Box::pin(ready(Err(EgressError::Unavailable { host, reason: "only databases are here".into() })))
    }

    fn dial<'a>(
        &'a self,
        _policy: &'a Policy,
        permit: &'a Permit,
        now_ms: u64,
    ) -> BoxFuture<'a, Result<Dialled, EgressError>> {
        let asked = permit.destination().port();
        let (_, port) = self.ports.iter().find(|(database, _)| *database == asked).expect("it is one of the two");
        Box::pin(Dialled::danger_unjudged(&self.trusted, permit, SocketAddr::from(([127, 0, 0, 1], *port)), now_ms))
    }
}

#[tokio::test]
async fn a_server_in_the_place_of_a_database_needs_no_public_address_but_the_databases_certificate() {
    let (protocol, path) = (Protocol::Redis, "/redis");
    let good = serve(protocol, silent()).await;
    let other = serve_as(protocol, "other.example.org", silent()).await;
    let trusted = Policy::new(Vec::new(), &[good.root, other.root]).expect("they are roots");
    let carrier = Arc::new(InPlace { trusted, ports: [(6379, good.port), (6380, other.port)] });
    let config = EngineConfig { concurrent_calls: 4, ..EngineConfig::default() };
    let engine = Engine::with_carrier(config, carrier).expect("an engine");
    let public = |port| EgressRule { danger_allow_private: false, ..rule(protocol, port) };
    let manifest = Manifest { egress: vec![public(6379), public(6380)], ..manifest() };
    let lines = [open(path, 6379), open(path, 6380), open(path, 6381)];
    let (said, _) = ask_in(&engine, &manifest, path, &lines).await;
    assert_eq!(said[0], "open");
    assert!(said[1].contains("bad certificate") && said[2].contains("no egress rule"), "{said:?}");
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
