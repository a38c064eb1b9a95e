//! What sets a deterministic contract apart (`specs/deterministic.md`): run again with the same code, state, request
//! and block it gives the same answer for the same fuel, or none.
//!
//! Its code is made with one form of NaN. It may import nothing that could be different another time, and what it may
//! import is the same: time is the block's, a clock goes on only while it is waited for, what the machine cannot do
//! ends the call instead of being told to the contract.

use std::time::Duration;

use adyton_protocol::manifest::Manifest;

use crate::{call::CallContext, error::CompileError};

/// How a contract's code is made and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// As fast as it can be.
    Usual,
    /// So that it can be run again.
    Deterministic,
}

/// What a deterministic contract may not import, though its manifest can grant it: an interface, in any version, or a
/// function of one.
pub(crate) const REFUSED: [(&str, Option<&str>); 3] =
    [("phat:contract/random", Some("bytes")), ("wasi:random/insecure", None), ("wasi:random/random", None)];

impl Mode {
    /// What the manifest asks for.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        if manifest.deterministic { Self::Deterministic } else { Self::Usual }
    }

    pub(crate) fn is_deterministic(self) -> bool {
        self == Self::Deterministic
    }

    /// What a contract is told of a call's `context`: a deterministic one has the block's time, and no lease, because
    /// another worker would have another one.
    pub(crate) fn context(self, context: CallContext) -> CallContext {
        match self {
            Self::Usual => context,
            Self::Deterministic => CallContext { lease: None, now_ms: context.block_ms, ..context },
        }
    }
}

/// Refuses grants and whole interfaces that a deterministic contract may not have.
pub(crate) fn check_imports(imports: &[String], manifest: &Manifest) -> Result<(), CompileError> {
    let granted = manifest.grants.iter().filter(|grant| !grant.is_deterministic()).map(|grant| grant.name().to_owned());
    let imported = imports.iter().filter(|import| refuses(import, None)).cloned();
    refuse(granted.chain(imported).collect())
}

/// Refuses functions that it may not import of interfaces that it may; `functions` are those that it does, with the
/// interface of each.
pub(crate) fn check_functions<'a>(functions: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), CompileError> {
    let refused = functions.filter(|&(interface, function)| refuses(interface, Some(function)));
    refuse(refused.map(|(interface, function)| format!("{function} of {interface}")).collect())
}

fn refuses(import: &str, function: Option<&str>) -> bool {
    let interface = import.split_once('@').map_or(import, |(interface, _version)| interface);
    REFUSED.contains(&(interface, function))
}

fn refuse(names: Vec<String>) -> Result<(), CompileError> {
    if names.is_empty() { Ok(()) } else { Err(CompileError::Nondeterministic(names)) }
}

/// A deterministic call's own time since its beginning: it goes on only to a moment that the contract waits for.
#[derive(Debug, Default)]
pub(crate) struct Passed(Duration);

impl Passed {
    pub(crate) fn so_far(&self) -> Duration {
        self.0
    }

    /// Goes on to `moment`, if it is not there yet.
    pub(crate) fn reach(&mut self, moment: Duration) {
        self.0 = self.0.max(moment);
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::{
        contract_call::Callees,
        manifest::{Callers, Capability, Durability},
    };

    use super::*;

    fn manifest(grants: Vec<Capability>) -> Manifest {
        Manifest {
            version: 1,
            name: "test".into(),
            grants,
            limits: Default::default(),
            egress: vec![],
            extra_roots: vec![],
            contracts: Callees::NONE,
            durability: Durability::Durable,
            callers: Callers::Anyone,
            public_calls: false,
            settings: vec![],
            webhooks: vec![],
            messages: false,
            watches: vec![],
            deterministic: true,
            disputable: false,
            sealed_code: false,
            reuse: false,
        }
    }

    fn names(refused: Result<(), CompileError>) -> Vec<String> {
        match refused {
            Err(CompileError::Nondeterministic(names)) => names,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn grants_that_may_differ_between_runs_are_refused_whoever_let_the_manifest_pass() {
        let (allowed, other): (Vec<_>, Vec<_>) =
            Capability::ALL.into_iter().partition(|capability| capability.is_deterministic());
        assert!(check_imports(&[], &manifest(allowed)).is_ok());
        for capability in other {
            assert_eq!(names(check_imports(&[], &manifest(vec![capability]))), [capability.name()]);
        }
    }

    #[test]
    fn random_interfaces_of_wasi_are_refused_in_every_version_and_the_seed_is_not() {
        for import in ["wasi:random/random@0.2.0", "wasi:random/insecure@0.2.12"] {
            assert_eq!(names(check_imports(&[import.into()], &manifest(vec![Capability::Random]))), [import]);
        }
        assert!(check_imports(&["wasi:random/insecure-seed@0.2.0".into()], &manifest(vec![])).is_ok());
        assert!(check_imports(&["phat:contract/random@0.1.0".into()], &manifest(vec![Capability::Random])).is_ok());
    }

    #[test]
    fn of_random_only_what_is_seeded_may_be_imported() {
        let random = "phat:contract/random@0.1.0";
        assert!(check_functions([(random, "seeded"), ("phat:contract/kv@0.1.0", "bytes")].into_iter()).is_ok());
        let refused = names(check_functions([(random, "seeded"), (random, "bytes")].into_iter()));
        assert_eq!(refused, ["bytes of phat:contract/random@0.1.0"]);
    }

    #[test]
    fn what_the_tools_refuse_is_what_is_refused() {
        assert_eq!(REFUSED, adyton_component::offered::NONDETERMINISTIC);
    }

    #[test]
    fn a_deterministic_call_knows_no_lease_and_no_time_but_the_blocks() {
        use adyton_protocol::ids::{BlockHash, CodeHash, ContractId, NetworkId, RequestId};

        let context = CallContext {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            code: CodeHash([3; 32]),
            lease: Some(crate::Lease { number: 4, incarnation: 5 }),
            request_id: RequestId([6; 16]),
            caller: crate::Principal::Anonymous,
            now_ms: 7,
            block: 8,
            block_hash: BlockHash([9; 32]),
            block_ms: 10,
        };
        let told = |mode: Mode| {
            let told = mode.context(context.clone());
            (told.lease.is_some(), told.now_ms, told.block)
        };
        assert_eq!((told(Mode::Usual), told(Mode::Deterministic)), ((true, 7, 8), (false, 10, 8)));
    }

    #[test]
    fn time_that_is_waited_for_passes_and_never_goes_back() {
        let mut passed = Passed::default();
        for (moment, expected) in [(5, 5), (3, 5), (9, 9)] {
            passed.reach(Duration::from_secs(moment));
            assert_eq!(passed.so_far(), Duration::from_secs(expected));
        }
    }
}
