//! The guest's part: a WebAssembly function that wasmtime compiles and runs as it does contracts' code, under the same
//! settings, with fuel.

use wasmtime::{Engine, Instance, Module, Store, TypedFunc};

use crate::{determinism::Mode, error::WorkloadError, settings};

/// `guest.wat` in binary form.
const CODE: &[u8] = include_bytes!("guest.wasm");
/// More than a run takes.
const FUEL: u64 = 1 << 40;

/// The function's machine code. Cheap to clone.
#[derive(Clone)]
pub(super) struct Code(Module);

/// One instance, whose memory lasts.
pub(super) struct Guest {
    store: Store<()>,
    run: TypedFunc<u64, u64>,
}

impl Code {
    /// Compiled in this process: it is known, small and made by nobody else.
    pub(super) fn compile() -> Result<Self, WorkloadError> {
        let engine = Engine::new(&settings::code(Mode::Usual)).map_err(failed)?;
        Module::from_binary(&engine, CODE).map(Self).map_err(failed)
    }

    /// A fresh instance.
    pub(super) fn instance(&self) -> Result<Guest, WorkloadError> {
        let mut store = Store::new(self.0.engine(), ());
        store.set_fuel(FUEL).map_err(failed)?;
        let instance = Instance::new(&mut store, &self.0, &[]).map_err(failed)?;
        let run = instance.get_typed_func(&mut store, "run").map_err(failed)?;
        Ok(Guest { store, run })
    }
}

impl Guest {
    /// What the function makes of `number`, and of all numbers before it.
    pub(super) fn run(&mut self, number: u64) -> Result<u64, WorkloadError> {
        self.store.set_fuel(FUEL).map_err(failed)?;
        self.run.call(&mut self.store, number).map_err(failed)
    }
}

fn failed(error: wasmtime::Error) -> WorkloadError {
    WorkloadError(format!("its guest: {error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_what_its_text_says() {
        assert_eq!(wat::parse_str(include_str!("guest.wat")).expect("is WebAssembly"), CODE);
    }

    #[test]
    fn what_comes_of_a_number_depends_on_it_and_on_those_before() {
        let code = Code::compile().expect("compiles");
        let made = |numbers: &[u64]| {
            let mut guest = code.instance().expect("starts");
            numbers.iter().map(|number| guest.run(*number).expect("runs")).collect::<Vec<_>>()
        };
        let [first, second] = made(&[1, 2])[..] else { panic!("two come of two") };
        assert_eq!(made(&[1]), [first]);
        assert_ne!(made(&[2]), [second], "the memory stays as it was");
        assert_ne!(made(&[2]), [first]);
    }
}
