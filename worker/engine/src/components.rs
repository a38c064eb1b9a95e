//! Compiled components, each once: contracts with the same code share it, and the last one that lets go frees it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use adyton_protocol::ids::CodeHash;
use wasmtime::component::Component;

use crate::compile::Unfit;

/// Components that are remembered as unfit, so that nobody compiles them again and again; then all are forgotten.
const REMEMBERED: usize = 1024;
/// How long: what stopped the compiler may have been this machine.
const REMEMBERED_FOR: Duration = Duration::from_secs(3600);

/// A component in memory, ready to be linked.
pub(crate) struct Loaded {
    pub(crate) code: CodeHash,
    pub(crate) component: Component,
}

/// What is in memory.
#[derive(Default)]
pub(crate) struct Components {
    loaded: Mutex<HashMap<CodeHash, Weak<Loaded>>>,
    unfit: Mutex<HashMap<CodeHash, (Unfit, Instant)>>,
}

impl Components {
    /// The component, if some contract has it in memory.
    pub(crate) fn find(&self, code: &CodeHash) -> Option<Arc<Loaded>> {
        lock(&self.loaded).get(code).and_then(Weak::upgrade)
    }

    /// Takes in a component: the one that is there already, if somebody was faster.
    pub(crate) fn keep(&self, code: CodeHash, component: Component) -> Arc<Loaded> {
        let mut loaded = lock(&self.loaded);
        if let Some(known) = loaded.get(&code).and_then(Weak::upgrade) {
            return known;
        }
        loaded.retain(|_, known| known.strong_count() > 0);
        let new = Arc::new(Loaded { code, component });
        loaded.insert(code, Arc::downgrade(&new));
        new
    }

    /// The component, or why it cannot be compiled here, if either is known.
    pub(crate) fn settled(&self, code: &CodeHash) -> Option<Result<Arc<Loaded>, Unfit>> {
        let unfit = lock(&self.unfit).get(code).filter(|(_, since)| since.elapsed() < REMEMBERED_FOR).cloned();
        unfit.map(|(why, _)| Err(why)).or_else(|| self.find(code).map(Ok))
    }

    /// Remembers that the component cannot be compiled here.
    pub(crate) fn refuse(&self, code: CodeHash, why: Unfit) {
        let mut unfit = lock(&self.unfit);
        if unfit.len() >= REMEMBERED {
            unfit.clear();
        }
        unfit.insert(code, (why, Instant::now()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;

    const CODE: CodeHash = CodeHash([1; 32]);

    fn component() -> Component {
        let engine = wasmtime::Engine::new(&settings::code()).expect("an engine");
        Component::from_binary(&engine, &wat::parse_str("(component)").expect("a component")).expect("it compiles")
    }

    #[test]
    fn contracts_with_the_same_code_share_one_component() {
        let components = Components::default();
        let first = components.keep(CODE, component());
        let second = components.keep(CODE, component());
        assert!(Arc::ptr_eq(&first, &second));
        assert!(components.find(&CODE).is_some_and(|found| Arc::ptr_eq(&found, &first)));
    }

    #[test]
    fn what_the_last_contract_lets_go_of_is_freed() {
        let components = Components::default();
        drop(components.keep(CODE, component()));
        assert!(components.find(&CODE).is_none());
        drop(components.keep(CodeHash([2; 32]), component()));
        assert_eq!(lock(&components.loaded).len(), 1, "what is gone is not listed for ever");
    }

    #[test]
    fn unfit_components_are_remembered_within_a_bound() {
        let components = Components::default();
        for number in 0..2 * REMEMBERED as u64 {
            let mut code = [0; 32];
            code[..8].copy_from_slice(&number.to_le_bytes());
            components.refuse(CodeHash(code), Unfit::Invalid("why".into()));
            assert!(matches!(components.settled(&CodeHash(code)), Some(Err(Unfit::Invalid(why))) if why == "why"));
        }
        assert!(lock(&components.unfit).len() <= REMEMBERED);
    }
}
