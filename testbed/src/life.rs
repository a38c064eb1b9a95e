//! Which code answers in a scenario, and what it has to do before: `init` at first, `migrate` after the upgrade, as the
//! worker has them run.

use adyton_engine::{Module, Principal};
use adyton_protocol::{ids::CodeHash, receipt::Transition};

use crate::scenario::RefusalWord;

/// Where the contract's code stands.
pub struct Life<'a> {
    module: &'a Module,
    version: u32,
    /// The version and the code for which the state is ready; none before an `init`.
    ready: Option<(u32, CodeHash)>,
    /// What failed, and why. Until it has succeeded, there are no calls.
    failed: Option<(Transition, String)>,
}

impl<'a> Life<'a> {
    /// The first version, with nothing done yet.
    pub fn begin(module: &'a Module) -> Self {
        Self { module, version: 1, ready: None, failed: None }
    }

    /// The code that answers.
    pub fn module(&self) -> &'a Module {
        self.module
    }

    /// Puts the next version's code in its place. Once it is there, this only tries again what has failed.
    pub fn upgrade(&mut self, module: &'a Module) {
        if self.version == 1 {
            (self.module, self.version) = (module, 2);
        }
    }

    /// What the code has to do before it answers.
    pub fn owed(&self) -> Option<Transition> {
        match self.ready {
            _any if !self.module.has_lifecycle() => None,
            None => Some(Transition::Init),
            Some((version, _)) if version == self.version => None,
            Some((version, code)) => Some(Transition::Migrate { version, code }),
        }
    }

    /// Notes what came of what was owed.
    pub fn done(&mut self, transition: Transition, failure: Option<String>) {
        match failure {
            Some(reason) => self.failed = Some((transition, reason)),
            None => (self.ready, self.failed) = (Some((self.version, self.module.code())), None),
        }
    }

    /// Why calls are refused and the schedule waits; none if they do not.
    pub fn refusal(&self) -> Option<(RefusalWord, String)> {
        let (transition, reason) = self.failed.as_ref()?;
        let word = match transition {
            Transition::Init => RefusalWord::InitFailed,
            Transition::Migrate { .. } => RefusalWord::MigrateFailed,
        };
        Some((word, reason.clone()))
    }
}

/// Who calls `init` and `migrate`: the contract itself.
pub fn caller(contract: &[u8]) -> Principal {
    Principal::Contract(contract.to_vec())
}
