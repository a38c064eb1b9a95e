//! Compiled components, each once: contracts with the same code share it, and the last one that lets go frees it. A
//! component whose bytes are for one contract alone has a name of that contract's, and so is shared with no other: its
//! hash, which everybody knows, is no right to have it run.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use adyton_protocol::{
    domain,
    ids::{CodeHash, ContractId},
};
use wasmtime::component::Component;

use crate::{compile::Unfit, determinism::Mode};

/// Components that are remembered as unfit, so that nobody compiles them again and again; then all are forgotten.
const REMEMBERED: usize = 1024;
/// How long: what stopped the compiler may have been this machine.
const REMEMBERED_FOR: Duration = Duration::from_secs(3600);

/// Which component, by its name, and for which contracts it was compiled.
pub(crate) type Key = (CodeHash, Mode);

/// The name of a component's compiled code: everybody's, or, where its bytes are for one contract alone, that contract's
/// own. Neither is the component's hash: a contract's record may have any 32 bytes there, another contract's name of its
/// code among them.
pub fn compiled_name(code: &CodeHash, reader: Option<&ContractId>) -> CodeHash {
    CodeHash(match reader {
        None => domain::hash(domain::COMPILED_CODE, &[b"shared", &code.0]),
        Some(contract) => domain::hash(domain::COMPILED_CODE, &[b"sealed", &code.0, &contract.0]),
    })
}

/// A component in memory, ready to be linked.
pub(crate) struct Loaded {
    pub(crate) code: CodeHash,
    /// See [`compiled_name`].
    pub(crate) name: CodeHash,
    pub(crate) component: Component,
}

/// What is in memory.
#[derive(Default)]
pub(crate) struct Components {
    loaded: Mutex<HashMap<Key, Weak<Loaded>>>,
    unfit: Mutex<HashMap<Key, (Unfit, Instant)>>,
}

impl Components {
    /// The component, if some contract has it in memory.
    pub(crate) fn find(&self, key: &Key) -> Option<Arc<Loaded>> {
        lock(&self.loaded).get(key).and_then(Weak::upgrade)
    }

    /// Takes in the component `code`: the one that is there already, if somebody was faster.
    pub(crate) fn keep(&self, key: Key, code: CodeHash, component: Component) -> Arc<Loaded> {
        let mut loaded = lock(&self.loaded);
        if let Some(known) = loaded.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        loaded.retain(|_, known| known.strong_count() > 0);
        let new = Arc::new(Loaded { code, name: key.0, component });
        loaded.insert(key, Arc::downgrade(&new));
        new
    }

    /// The component, or why it cannot be compiled here, if either is known.
    pub(crate) fn settled(&self, key: &Key) -> Option<Result<Arc<Loaded>, Unfit>> {
        let unfit = lock(&self.unfit).get(key).filter(|(_, since)| since.elapsed() < REMEMBERED_FOR).cloned();
        unfit.map(|(why, _)| Err(why)).or_else(|| self.find(key).map(Ok))
    }

    /// Remembers that the component cannot be compiled here.
    pub(crate) fn refuse(&self, key: Key, why: Unfit) {
        let mut unfit = lock(&self.unfit);
        if unfit.len() >= REMEMBERED {
            unfit.clear();
        }
        unfit.insert(key, (why, Instant::now()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;

    const CODE: Key = (CodeHash([1; 32]), Mode::Usual);

    fn component() -> Component {
        let engine = wasmtime::Engine::new(&settings::code(Mode::Usual)).expect("an engine");
        Component::from_binary(&engine, &wat::parse_str("(component)").expect("a component")).expect("it compiles")
    }

    #[test]
    fn contracts_with_the_same_code_share_one_component() {
        let components = Components::default();
        let first = components.keep(CODE, CODE.0, component());
        let second = components.keep(CODE, CODE.0, component());
        assert!(Arc::ptr_eq(&first, &second));
        assert!(components.find(&CODE).is_some_and(|found| Arc::ptr_eq(&found, &first)));
    }

    #[test]
    fn a_component_that_was_compiled_for_usual_contracts_is_not_given_to_deterministic_ones() {
        let components = Components::default();
        let (code, _) = CODE;
        let usual = components.keep(CODE, CODE.0, component());
        assert!(components.find(&(code, Mode::Deterministic)).is_none());
        let other = components.keep((code, Mode::Deterministic), code, component());
        assert!(!Arc::ptr_eq(&usual, &other));
        components.refuse((code, Mode::Deterministic), Unfit::Invalid("why".into()));
        assert!(components.settled(&CODE).is_some_and(|settled| settled.is_ok()));
    }

    #[test]
    fn a_contract_has_a_name_of_its_own_for_code_that_is_for_it_alone() {
        let (code, [one, other]) = (CODE.0, [1, 2].map(|byte| ContractId([byte; 32])));
        let name = compiled_name(&code, Some(&one));
        for name_of_another in [
            compiled_name(&code, None),
            compiled_name(&code, Some(&other)),
            compiled_name(&CodeHash([2; 32]), Some(&one)),
            // Of a contract that says that the name is its code.
            compiled_name(&name, None),
            compiled_name(&name, Some(&one)),
        ] {
            assert_ne!(name_of_another, name);
        }
    }

    #[test]
    fn what_the_last_contract_lets_go_of_is_freed() {
        let components = Components::default();
        drop(components.keep(CODE, CODE.0, component()));
        assert!(components.find(&CODE).is_none());
        drop(components.keep((CodeHash([2; 32]), Mode::Usual), CODE.0, component()));
        assert_eq!(lock(&components.loaded).len(), 1, "what is gone is not listed for ever");
    }

    #[test]
    fn unfit_components_are_remembered_within_a_bound() {
        let components = Components::default();
        for number in 0..2 * REMEMBERED as u64 {
            let mut code = [0; 32];
            code[..8].copy_from_slice(&number.to_le_bytes());
            let key = (CodeHash(code), Mode::Usual);
            components.refuse(key, Unfit::Invalid("why".into()));
            assert!(matches!(components.settled(&key), Some(Err(Unfit::Invalid(why))) if why == "why"));
        }
        assert!(lock(&components.unfit).len() <= REMEMBERED);
    }
}
