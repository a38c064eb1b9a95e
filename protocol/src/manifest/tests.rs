use super::*;
use crate::{contract_call::MAX_CALLEES, ids::ContractId, watch::Watched};
use alloc::vec;

fn refused(change: impl FnOnce(&mut Manifest)) -> InvalidManifest {
    let mut manifest = sample();
    change(&mut manifest);
    manifest.validate().expect_err("must be refused")
}

#[test]
fn a_manifest_reads_back_from_its_bytes() {
    assert_eq!(Manifest::from_bytes(&sample().encode()), Ok(sample()));
}

#[test]
fn an_unknown_version_is_refused() {
    assert_eq!(refused(|m| m.version = 2), InvalidManifest::Version(2));
}

#[test]
fn a_name_with_other_characters_is_refused() {
    assert_eq!(refused(|m| m.name = "Price".into()), InvalidManifest::Name);
    assert_eq!(refused(|m| m.name = String::new()), InvalidManifest::Name);
}

#[test]
fn repeated_or_unordered_grants_are_refused() {
    assert_eq!(refused(|m| m.grants = vec![Capability::Kv, Capability::Kv]), InvalidManifest::GrantsOrder);
    assert_eq!(refused(|m| m.grants = vec![Capability::Http, Capability::Kv]), InvalidManifest::GrantsOrder);
}

#[test]
fn a_limit_of_zero_or_above_the_ceiling_is_refused_by_name() {
    assert_eq!(refused(|m| m.limits.fuel = 0), InvalidManifest::Limit("fuel"));
    assert_eq!(refused(|m| m.limits.memory = CEILING.memory + 1), InvalidManifest::Limit("memory"));
}

#[test]
fn a_storage_of_zero_or_above_the_ceiling_is_refused_and_the_ceiling_is_not() {
    assert_eq!(refused(|m| m.limits.storage = 0), InvalidManifest::Limit("storage"));
    assert_eq!(refused(|m| m.limits.storage = CEILING.storage + 1), InvalidManifest::Limit("storage"));
    let mut most = sample();
    most.limits.storage = CEILING.storage;
    assert_eq!(most.validate(), Ok(()));
}

#[test]
fn a_deterministic_contract_is_granted_nothing_that_may_differ_between_runs() {
    for capability in Capability::ALL {
        let manifest = Manifest { deterministic: true, grants: vec![capability], ..sample() };
        match capability.is_deterministic() {
            true => assert_eq!(manifest.validate(), Ok(())),
            false => assert_eq!(manifest.validate(), Err(InvalidManifest::Nondeterministic(capability.name()))),
        }
    }
    let granted = [Capability::Http, Capability::Schedule, Capability::Contracts];
    assert!(granted.iter().all(|capability| !capability.is_deterministic()));
}

#[test]
fn a_deterministic_contract_that_reuses_instances_is_refused() {
    assert_eq!(Manifest { reuse: true, ..sample() }.validate(), Ok(()));
    let deterministic = Manifest { deterministic: true, grants: vec![], ..sample() };
    assert_eq!(deterministic.validate(), Ok(()));
    let reusing = Manifest { reuse: true, ..deterministic };
    assert_eq!(reusing.validate(), Err(InvalidManifest::DeterministicReuse));
}

fn disputable() -> Manifest {
    let (grants, webhooks) = (vec![Capability::Log, Capability::Kv, Capability::Reply], vec![]);
    let can_be = Manifest { deterministic: true, public_calls: true, messages: false, watches: vec![], ..sample() };
    let limits = Limits { storage: MAX_DISPUTABLE_STORAGE, ..Limits::default() };
    Manifest { grants, webhooks, limits, disputable: true, ..can_be }
}

#[test]
fn what_keeps_others_from_running_a_disputable_contract_again_is_refused_by_name() {
    assert_eq!(disputable().validate(), Ok(()));
    let refused = |change: fn(&mut Manifest)| {
        let mut manifest = disputable();
        change(&mut manifest);
        let refused = manifest.validate().expect_err("must be refused");
        assert_eq!(Manifest { disputable: false, ..manifest }.validate(), Ok(()));
        refused
    };
    type Change = fn(&mut Manifest);
    let cases: [(Change, Undisputable); 9] = [
        (|m| m.deterministic = false, Undisputable::Nondeterministic),
        (|m| m.public_calls = false, Undisputable::NoPublicCalls),
        (|m| m.sealed_code = true, Undisputable::SealedCode),
        (|m| m.callers = Callers::Account, Undisputable::Callers),
        (|m| m.callers = Callers::Contract, Undisputable::Callers),
        (|m| m.webhooks = sample().webhooks, Undisputable::Webhooks),
        (|m| m.messages = true, Undisputable::Messages),
        (|m| m.watches = sample().watches, Undisputable::Watches),
        (|m| m.limits.storage = MAX_DISPUTABLE_STORAGE + 1, Undisputable::Storage),
    ];
    for (change, reason) in cases {
        assert_eq!(refused(change), InvalidManifest::Undisputable(reason));
    }
}

#[test]
fn a_disputable_contract_is_granted_nothing_that_others_do_not_have() {
    for which in Capability::ALL.into_iter().filter(Capability::is_deterministic) {
        let manifest = Manifest { grants: vec![which], ..disputable() };
        let refused = InvalidManifest::Undisputable(Undisputable::Grant(which.name()));
        assert_eq!(manifest.validate(), if which.is_disputable() { Ok(()) } else { Err(refused) });
    }
    let (granted, others): (Vec<_>, Vec<_>) = Capability::ALL.into_iter().partition(|which| which.is_disputable());
    assert_eq!(granted, [Capability::Log, Capability::Kv, Capability::Reply]);
    assert_eq!(others.len(), 12);
}

#[test]
fn a_host_that_is_not_a_host_is_refused() {
    for host in ["", "*", "*.", "Example.org", "a b", "a..b", ".a", "https://a", "a/b", "a*.b"] {
        assert_eq!(refused(|m| m.egress[0].host = host.into()), InvalidManifest::Host(host.into()), "{host}");
    }
}

#[test]
fn a_rule_without_a_port_means_the_usual_one_of_its_protocol() {
    let port = |protocol| EgressRule { protocol, ..sample().egress[0].clone() }.effective_port();
    let all = [Protocol::Http, Protocol::Postgres, Protocol::Mysql, Protocol::Redis];
    assert_eq!(all.map(port), [443, 5432, 3306, 6379]);
}

#[test]
fn a_database_without_tls_is_refused() {
    for protocol in [Protocol::Postgres, Protocol::Mysql, Protocol::Redis] {
        let change = |m: &mut Manifest| (m.egress[0].protocol, m.egress[0].insecure_http) = (protocol, true);
        assert_eq!(refused(change), InvalidManifest::DatabaseWithoutTls("api.example.org".into()));
    }
}

#[test]
fn a_broken_webhook_is_refused_by_its_path_or_secret() {
    assert_eq!(refused(|m| m.webhooks[0].path = "x".into()), InvalidManifest::WebhookPath("x".into()));
    assert_eq!(refused(|m| m.webhooks[0].secret = " ".into()), InvalidManifest::WebhookSecret(" ".into()));
    assert_eq!(refused(|m| m.webhooks = vec![m.webhooks[0].clone(); 9]), InvalidManifest::TooMany("webhooks"));
}

#[test]
fn a_broken_watch_is_refused_by_its_name() {
    assert_eq!(refused(|m| m.watches[0].name = "a b".into()), InvalidManifest::WatchName("a b".into()));
    let key = refused(|m| m.watches[0].what = Watched::Key(vec![]));
    assert_eq!(key, InvalidManifest::WatchKey("paid".into()));
    assert_eq!(refused(|m| m.watches = vec![m.watches[0].clone(); 9]), InvalidManifest::TooMany("watches"));
}

#[test]
fn more_contracts_than_may_be_named_are_refused() {
    let named = |count| Callees::Only(vec![ContractId([1; 32]); count]);
    assert_eq!(refused(|m| m.contracts = named(MAX_CALLEES + 1)), InvalidManifest::TooMany("contracts"));
    let most = Manifest { contracts: named(MAX_CALLEES), ..sample() };
    assert_eq!(Manifest::from_bytes(&most.encode()), Ok(most));
}

#[test]
fn trailing_bytes_and_an_oversized_encoding_are_refused() {
    let mut bytes = sample().encode();
    bytes.push(0);
    assert_eq!(Manifest::from_bytes(&bytes), Err(InvalidManifest::Encoding));
    assert_eq!(Manifest::from_bytes(&vec![0; MAX_MANIFEST + 1]), Err(InvalidManifest::Encoding));
    assert_eq!(
        refused(|m| m.extra_roots = vec![vec![0; 4096]; 5]),
        InvalidManifest::TooMany("extra root certificates")
    );
    assert_eq!(refused(|m| m.extra_roots = vec![vec![0; 4097]]), InvalidManifest::TooLong("an extra root certificate"));
}

#[test]
fn whatever_weakens_a_guarantee_changes_the_digest() {
    let base = sample().digest();
    assert_ne!(Manifest { deterministic: true, ..sample() }.digest(), base);
    assert_ne!(Manifest { sealed_code: true, ..sample() }.digest(), base);
    assert_ne!(Manifest { disputable: true, ..sample() }.digest(), base);
    let mut private = sample();
    private.egress[0].danger_allow_private = true;
    let mut root = sample();
    root.extra_roots = vec![vec![1]];
    assert!(private.digest() != base && root.digest() != base);
}
