//! The compiler's side: one component, and the end.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    panic::AssertUnwindSafe,
    process::ExitCode,
};

use adyton_precompiled::{Compiled, Sealer};
use adyton_protocol::ids::CodeHash;
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use sha2::{Digest as _, Sha256};

use super::{
    BREAKS, CompileLimits,
    frame::{self, Reply},
};
use crate::{determinism::Mode, settings};

/// The first argument of a process that compiles. Then seconds, bytes of memory, bytes of the component, and 1 where it
/// is for deterministic contracts, else 0.
const ARGUMENT: &str = "--compile";

/// Whether this process was started to compile for a worker.
pub fn is_child() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT)
}

/// What a process is told that compiles under `limits`.
pub(super) fn arguments(limits: &CompileLimits, mode: Mode) -> [OsString; 5] {
    let mode = match mode {
        Mode::Usual => 0,
        Mode::Deterministic => 1,
    };
    let numbers = [limits.seconds, limits.memory, limits.component as u64, mode];
    let [seconds, memory, component, mode] = numbers.map(|number| number.to_string().into());
    [ARGUMENT.into(), seconds, memory, component, mode]
}

/// Compiles what comes on the standard input, under the limits in the arguments, and ends. It ends too when nobody
/// holds the other side of its input any more.
pub fn run_child() -> ExitCode {
    // The words of a panic may quote a component that is its owner's secret.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => eprintln!("compiler: panicked at {place}"),
        None => eprintln!("compiler: panicked"),
    }));
    match compile_once() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compiler: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compile_once() -> io::Result<()> {
    let mut numbers = std::env::args().skip(2).map(|text| text.parse::<u64>());
    let mut number =
        || numbers.next().and_then(Result::ok).ok_or_else(|| invalid("its arguments are not four numbers"));
    let (seconds, memory, component, mode) = (number()?, number()?, number()?, number()?);
    let mode = match mode {
        0 => Mode::Usual,
        1 => Mode::Deterministic,
        _unknown => return Err(invalid("its last argument is neither 0 nor 1")),
    };
    limit(seconds, memory)?;
    let max = usize::try_from(component).map_err(|_| invalid("more bytes than this machine can address"))?;
    let (sealer, component) = frame::read_request(&mut io::stdin().lock(), max)?;
    end_with_the_worker();
    let reply = match wasmtime::Engine::new(&settings::code(mode)) {
        Ok(engine) => compile(&engine, &component, &sealer),
        Err(error) => Reply::Failed(format!("no engine: {error:#}")),
    };
    frame::write_reply(&mut io::stdout().lock(), &reply)
}

/// Limits of this process, set before it has read anything.
fn limit(seconds: u64, memory: u64) -> io::Result<()> {
    let limits = [
        // The second one ends a process that lives on after it was told to end.
        (Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds.saturating_add(1)) }),
        // What is written to; addresses alone cost nothing.
        (Resource::Data, Rlimit { current: Some(memory), maximum: Some(memory) }),
        // It leaves no image of its memory behind.
        (Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }),
    ];
    for (resource, limit) in limits {
        setrlimit(resource, limit)?;
    }
    // Calls go first, with ten times its share; with less it would not end beside a worker that is always busy. It is
    // no limit: a system that does not let it is no reason not to compile.
    let _ = nice(10);
    Ok(())
}

/// The worker holds the other side of this process's input for as long as it waits for the answer.
fn end_with_the_worker() {
    std::thread::spawn(|| {
        let _ended = io::stdin().lock().read(&mut [0]);
        std::process::exit(1);
    });
}

fn compile(engine: &wasmtime::Engine, component: &[u8], sealer: &Sealer) -> Reply {
    let sealed = AssertUnwindSafe(|| -> wasmtime::Result<Vec<u8>> {
        let code = CodeHash(Sha256::digest(component).into());
        let binding = settings::binding(engine, &code);
        Ok(Compiled::compile(engine, component)?.seal(sealer, &binding))
    });
    match std::panic::catch_unwind(sealed) {
        Ok(Ok(sealed)) => Reply::Code(sealed),
        Ok(Err(error)) => Reply::Refused(format!("{error:#}")),
        // Where it panicked is on the standard error.
        Err(_panic) => Reply::Refused(BREAKS.into()),
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
