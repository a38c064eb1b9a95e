//! How far a contract's opening is, and why it failed, as everybody may know it. What happened in detail (paths,
//! addresses, the system's own words) is for the operator's log alone.

use std::fmt;

use adyton_engine::CompileError;
use adyton_protocol::policy::PolicyRefusal;
use adyton_state::StateError;

/// A step of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The lease is being claimed.
    Claim,
    /// The chain has to show the lease.
    Lease,
    /// The component is being fetched.
    Code,
    /// The compiled code is being opened, or the component compiled.
    Module,
    /// The keyholders are being asked.
    Keys,
    /// The store is being opened.
    Store,
    /// The head that the store was opened with is being finalized.
    Head,
    /// What was open is being closed, to be opened again.
    Again,
    /// What was open is being closed, and its lease given back.
    Leave,
}

/// Why an opening failed. It is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// At this step, for a reason that the log has.
    At(Step),
    /// The contract's policy does not accept the worker as it is now.
    Excluded(PolicyRefusal),
    /// The code is not one that runs under its manifest; why is about these two alone, which everybody has.
    Refused(String),
    /// The store is not the one that the chain knows.
    ForeignStore,
    /// The store has a layout that this version does not read.
    OtherLayout,
}

impl Step {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Lease => "lease",
            Self::Code => "code",
            Self::Module => "module",
            Self::Keys => "keys",
            Self::Store => "store",
            Self::Head => "head",
            Self::Again => "again",
            Self::Leave => "leave",
        }
    }

    /// What is being done.
    pub fn text(self) -> &'static str {
        match self {
            Self::Claim => "claiming the lease",
            Self::Lease => "waiting for the chain to show the lease",
            Self::Code => "fetching its code",
            Self::Module => "compiling its code",
            Self::Keys => "asking for its keys",
            Self::Store => "opening its store",
            Self::Head => "finalizing the head it was opened with",
            Self::Again => "opening it again",
            Self::Leave => "giving its lease back, because it pays less than this worker asks",
        }
    }
}

impl Failure {
    /// What `error`, met at `step`, may be called in public.
    pub fn of(step: Step, error: &anyhow::Error) -> Self {
        match error.downcast_ref::<CompileError>() {
            // What this machine could not do says nothing about the code.
            Some(CompileError::Process(_)) => return Self::At(step),
            Some(refused) => return Self::Refused(refused.to_string()),
            None => {}
        }
        if let Some(refusal) = error.downcast_ref::<PolicyRefusal>() {
            return Self::Excluded(*refusal);
        }
        let Some(error) = error.downcast_ref::<StateError>() else { return Self::At(step) };
        match error {
            StateError::OlderThanFloor { .. }
            | StateError::Forked { .. }
            | StateError::FloorForgotten { .. }
            | StateError::BrokenChain { .. }
            | StateError::Tampered(_) => Self::ForeignStore,
            StateError::OtherLayout { .. } => Self::OtherLayout,
            _other => Self::At(step),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::At(step) => step.code(),
            Self::Excluded(_) => "excluded",
            Self::Refused(_) => "refused-code",
            Self::ForeignStore => "foreign-store",
            Self::OtherLayout => "other-layout",
        }
    }

    /// Whether trying again does not help: somebody has to do something about it.
    pub fn lasts(&self) -> bool {
        match self {
            Self::Refused(_) | Self::ForeignStore | Self::OtherLayout => true,
            // Its operator may renew it, or show its devices.
            Self::At(_) | Self::Excluded(_) => false,
        }
    }

    /// What happened, in short.
    pub fn text(&self) -> &'static str {
        match self {
            Self::At(Step::Claim) => "its lease could not be claimed",
            Self::At(Step::Lease) => "the chain does not show its lease",
            Self::At(Step::Code) => "its code could not be fetched",
            Self::At(Step::Module) => "its code could not be compiled",
            Self::At(Step::Keys) => "its keys were not released",
            Self::At(Step::Store) => "its store could not be opened",
            Self::At(Step::Head) => "the head of its store could not be finalized",
            Self::At(Step::Again) => "it could not be opened again",
            Self::At(Step::Leave) => "its lease could not be given back",
            Self::Excluded(_) => "its policy excludes the worker that holds it",
            Self::Refused(_) => "its code was refused",
            Self::ForeignStore => "its store is not the one that the chain knows: an old copy, a fork, or altered",
            Self::OtherLayout => "its store was written by another version",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        match self {
            Self::Refused(why) => write!(f, "{text}: {why}"),
            Self::Excluded(why) => write!(f, "{text}: {why}"),
            Self::At(_) | Self::ForeignStore | Self::OtherLayout => {
                write!(f, "{text}; its worker tries again, and the worker's operator finds the reason in its log")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_failure_says_nothing_of_this_machine_in_public() {
        let error = anyhow::anyhow!("/var/lib/adyton/collateral.scale: no such file").context("reading the collateral");
        assert_eq!(Failure::of(Step::Keys, &error).text(), "its keys were not released");
    }

    #[test]
    fn what_is_wrong_with_a_component_is_told_its_owner() {
        let error = anyhow::Error::from(CompileError::Ungranted(vec!["kv".into()]));
        let failure = Failure::of(Step::Module, &error);
        assert!(failure.to_string().contains("does not grant: kv"), "{failure}");
    }

    #[test]
    fn a_compiler_that_fails_is_no_fault_of_the_component() {
        let error = anyhow::Error::from(CompileError::Process("signal: 9".into()));
        assert_eq!(Failure::of(Step::Module, &error), Failure::At(Step::Module));
        let costly = anyhow::Error::from(CompileError::TooCostly { seconds: 120, memory: 1 << 30 });
        assert!(Failure::of(Step::Module, &costly).lasts());
    }

    #[test]
    fn who_waits_for_a_contract_gives_up_only_where_waiting_does_not_help() {
        assert!(Failure::ForeignStore.lasts() && Failure::Refused("why".into()).lasts());
        for step in [Step::Lease, Step::Code, Step::Keys, Step::Store, Step::Head] {
            assert!(!Failure::At(step).lasts(), "{step:?}");
        }
    }

    #[test]
    fn why_a_policy_excludes_the_worker_is_told_and_may_pass() {
        let error = Err::<(), _>(PolicyRefusal::Devices).context("the contract excludes this worker").unwrap_err();
        let failure = Failure::of(Step::Lease, &error);
        assert_eq!((failure.code(), failure.lasts()), ("excluded", false));
        assert!(failure.to_string().contains("too few of the devices"), "{failure}");
    }

    #[test]
    fn an_old_copy_of_a_store_is_told_apart_from_a_disk_that_fails() {
        let old = Err::<(), _>(StateError::OlderThanFloor { found: 1, floor: 2 }).context("opening").unwrap_err();
        assert_eq!(Failure::of(Step::Store, &old).code(), "foreign-store");
        let other = Failure::of(Step::Store, &anyhow::Error::from(StateError::OtherLayout { found: 1 }));
        assert!(other.lasts(), "no opening by this version helps");
        assert_eq!((other.code(), other.text()), ("other-layout", "its store was written by another version"));
        let full = anyhow::Error::from(StateError::StorageFull);
        assert_eq!(Failure::of(Step::Store, &full).code(), "store");
    }
}
