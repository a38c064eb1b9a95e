//! Why a component is not accepted, or a call not begun.

use adyton_precompiled::NotOurs;

use crate::{
    compile::{CostLimits, Failure, Unfit},
    egress::InvalidRoot,
};

/// Why a component is refused, before any of it runs.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Not WebAssembly at all.
    #[error("not a WebAssembly component")]
    NotAComponent,
    /// A core module: what a compiler makes before it is turned into a component.
    #[error("a core WebAssembly module, not a component; `adyton build` makes a component of it")]
    CoreModule,
    /// Larger than this worker takes.
    #[error("the component has {size} bytes; at most {limit} are allowed")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// More of something than allowed.
    #[error("the component has {count} {what}; at most {limit} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// Imports that the manifest does not grant: the capabilities' names.
    #[error("the component imports what its manifest does not grant: {}", .0.join(", "))]
    Ungranted(Vec<String>),
    /// Imports, or grants, that a deterministic contract may not have.
    #[error("a deterministic contract may not use {}: a call that is run again could find something else", .0.join(", "))]
    Nondeterministic(Vec<String>),
    /// Imports that no worker offers.
    #[error("the component imports what no worker offers it: {}", .0.join(", "))]
    UnknownImports(Vec<String>),
    /// It answers no requests.
    #[error("the component exports neither {0} nor wasi:http/incoming-handler@0.2")]
    NoService(String),
    /// Its manifest says `reuse`, and it answers as `wasi:http` does.
    #[error("reuse is for components that export phat:contract/service; this one exports wasi:http/incoming-handler")]
    Reuse,
    /// It does not validate, or its types are not those of the interfaces.
    #[error("the component is not valid: {0}")]
    Invalid(String),
    /// An extra root certificate of the manifest is none.
    #[error(transparent)]
    ExtraRoot(#[from] InvalidRoot),
    /// Compiling it takes more than this worker gives, or breaks the compiler.
    #[error("compiling the component takes more than {seconds} seconds of processor time or {memory} bytes of memory")]
    TooCostly {
        /// The limit of processor time.
        seconds: u64,
        /// The limit of memory, in bytes.
        memory: u64,
    },
    /// The process that compiles failed: not the component's fault.
    #[error("the compiler's process failed: {0}")]
    Process(String),
}

impl From<EngineError> for CompileError {
    fn from(EngineError(reason): EngineError) -> Self {
        Self::Process(reason)
    }
}

impl From<Unfit> for CompileError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Invalid(reason) => Self::Invalid(reason),
            Unfit::TooCostly(CostLimits { seconds, memory }) => Self::TooCostly { seconds, memory },
        }
    }
}

impl From<Failure> for CompileError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unfit(unfit) => unfit.into(),
            Failure::Process(reason) => Self::Process(reason),
        }
    }
}

/// Why code that was compiled before cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealedCodeError {
    /// It does not open: altered, cut, of another component, or sealed by another engine.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// It opens, and wasmtime does not take it.
    #[error("the code does not load: {0}")]
    Unloadable(String),
    /// The manifest does not allow what the component needs.
    #[error(transparent)]
    Refused(CompileError),
}

/// Why a call was not begun.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request's content is larger than the manifest allows.
    #[error("the request has {size} bytes of content; at most {limit} are allowed")]
    RequestTooLarge {
        /// Its bytes.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// All places for running calls are taken, and stayed so.
    #[error("the worker is busy")]
    Busy,
}

/// Why there is no engine on this machine.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the WebAssembly engine: {0}")]
pub struct EngineError(pub(crate) String);

/// Why this machine's capacity is not measured.
#[derive(Debug, thiserror::Error)]
#[error("cannot do the work of a measurement: {0}")]
pub struct WorkloadError(pub(crate) String);
