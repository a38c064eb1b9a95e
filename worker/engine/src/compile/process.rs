//! The worker's side: starts the process, holds it to its limits, and judges how it ended.

use std::{
    ffi::OsString,
    io,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use adyton_precompiled::{Compiled, Secret};
use adyton_protocol::ids::CodeHash;
use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Semaphore, SemaphorePermit},
    task::spawn_blocking,
    time::timeout,
};

use super::{
    BREAKS, CompileLimits, CostLimits, Unfit, child,
    frame::{self, Reply},
};
use crate::{determinism::Mode, settings};

/// How long a process may take to end after it said everything.
const GRACE: Duration = Duration::from_secs(5);

/// Has components compiled, one after the other.
pub struct Compiler {
    site: Site,
    limits: CompileLimits,
    turn: Semaphore,
}

/// The right to compile now: one at a time has it, until it is dropped.
pub(crate) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

/// Where it is done.
enum Site {
    /// In a process of this program.
    Process { program: PathBuf, arguments: Vec<OsString> },
    /// In this one.
    Here,
}

/// Why there is no code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It is the component's fault.
    Unfit(Unfit),
    /// It is not: the process could not be started, was killed, or said what no compiler says.
    Process(String),
}

impl Compiler {
    /// Compiles in processes of this same program, whose `main` begins with [`super::is_child`].
    pub fn new(limits: CompileLimits) -> Self {
        // Not the name under which it was started: another file may be there by now.
        Self::with_program("/proc/self/exe".into(), Vec::new(), limits)
    }

    /// Compiles in processes of `program`. What it answers is believed no more than that of any other.
    pub fn with_program(program: PathBuf, arguments: Vec<OsString>, limits: CompileLimits) -> Self {
        Self { site: Site::Process { program, arguments }, limits, turn: Semaphore::new(1) }
    }

    /// Compiles in this process, for machines on which it cannot start another one, as in an SGX enclave. Of the limits
    /// only that of the component's size holds, and those of its parts that the engine counts before.
    pub fn here(limits: CompileLimits) -> Self {
        Self { site: Site::Here, limits, turn: Semaphore::new(1) }
    }

    /// What one compilation may take.
    pub fn limits(&self) -> &CompileLimits {
        &self.limits
    }

    /// The right to compile, when it is the caller's turn.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, Failure> {
        let turn = self.turn.acquire().await;
        turn.map(|permit| Turn { _permit: permit })
            .map_err(|_| Failure::Process("no compiler is started any more".into()))
    }

    /// Compiles `component`, whose hash is `code`, for `engine`, which is that of contracts of this `mode`.
    pub(crate) async fn compile(
        &self,
        _turn: &Turn<'_>,
        (engine, mode): (&wasmtime::Engine, Mode),
        (code, component): (CodeHash, &[u8]),
    ) -> Result<Compiled, Failure> {
        let (program, arguments) = match &self.site {
            Site::Here => return compile_here(engine, component).await,
            Site::Process { program, arguments } => (program, arguments),
        };
        let process = self.start(program, arguments, mode);
        let process = process.map_err(|error| Failure::Process(format!("it cannot be started: {error}")))?;
        let secret = Secret::fresh();
        let head = frame::request_head(&secret.sealer(), component);
        match self.exchange(process, [head.as_slice(), component]).await? {
            Reply::Refused(reason) => Err(Failure::Unfit(Unfit::Invalid(reason))),
            Reply::Failed(reason) => Err(Failure::Process(reason)),
            Reply::Code(sealed) => {
                let opened = Compiled::open(sealed, &secret, &settings::binding(engine, &code));
                opened.map_err(|error| Failure::Process(error.to_string()))
            }
        }
    }

    /// What a process says that is told `request`, until its end.
    async fn exchange(&self, mut process: Child, request: [&[u8]; 2]) -> Result<Reply, Failure> {
        let (Some(mut input), Some(mut output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Failure::Process("it has no input or output".into()));
        };
        // Its input stays open until it has answered: its end is the process's.
        let talk = async { tokio::join!(send(&mut input, request), receive(&mut output, self.limits.code)) };
        match timeout(self.limits.wall, talk).await {
            Ok((_sent, Ok(reply))) => Ok(reply),
            // How much of the request it took says no more than how it ended.
            Ok((_sent, Err(error))) => {
                drop((input, output));
                Err(self.judge(process, &error).await)
            }
            Err(_elapsed) => Err(Failure::Process(format!("it took longer than {:?}", self.limits.wall))),
        }
    }

    fn start(&self, program: &Path, arguments: &[OsString], mode: Mode) -> io::Result<Child> {
        Command::new(program)
            .args(arguments)
            .args(child::arguments(&self.limits, mode))
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
    }

    /// Why a process did not answer: what it could not help, and what was the component's doing.
    async fn judge(&self, mut process: Child, error: &io::Error) -> Failure {
        let status = match timeout(GRACE, process.wait()).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => return Failure::Process(format!("how it ended is not known: {error}")),
            Err(_elapsed) => return Failure::Process(format!("it does not end: {error}")),
        };
        // Out of processor time, out of memory, or a compiler that a component breaks: again it would be the same.
        let own = [Signal::XCPU, Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::ILL];
        match status.signal() {
            Some(signal) if own.iter().any(|own| own.as_raw() == signal) => {
                let CompileLimits { seconds, memory, .. } = self.limits;
                Failure::Unfit(Unfit::TooCostly(CostLimits { seconds, memory }))
            }
            Some(_) | None => Failure::Process(format!("{status}: {error}")),
        }
    }
}

/// A component that the compiler fails on is refused, as in a process of its own.
async fn compile_here(engine: &wasmtime::Engine, component: &[u8]) -> Result<Compiled, Failure> {
    let (engine, component) = (engine.clone(), component.to_vec());
    match spawn_blocking(move || Compiled::compile(&engine, &component)).await {
        Ok(Ok(compiled)) => Ok(compiled),
        Ok(Err(error)) => Err(Failure::Unfit(Unfit::Invalid(format!("{error:#}")))),
        Err(ended) if ended.is_panic() => Err(Failure::Unfit(Unfit::Invalid(BREAKS.into()))),
        Err(ended) => Err(Failure::Process(ended.to_string())),
    }
}

async fn send(input: &mut ChildStdin, request: [&[u8]; 2]) -> io::Result<()> {
    for part in request {
        input.write_all(part).await?;
    }
    input.flush().await
}

async fn receive(output: &mut ChildStdout, max: usize) -> io::Result<Reply> {
    let mut head = [0; 9];
    output.read_exact(&mut head).await?;
    let (kind, length) = frame::reply_length(head, max)?;
    let mut payload = Vec::new();
    output.take(length as u64).read_to_end(&mut payload).await?;
    if payload.len() == length { Ok(frame::reply(kind, payload)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
