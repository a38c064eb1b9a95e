//! Runs Phat Contracts: WebAssembly components that answer HTTP requests, each call on a fresh instance
//! under limits, with exactly the capabilities that the contract's manifest grants.
//!
//! In the flow it stands between the worker's host, which has opened and admitted a call, and the contract's
//! store, to which the host commits what an [`Answer`] carries. `wit/` documents what a contract sees; the
//! files of `capability/` implement it, one per interface, and those of `wasi/` what a component of `wasi:http/proxy`
//! sees; `egress/` is a contract's only way to the world.
//!
//! A component is compiled in a process of its own (`compile/`) and shared by the contracts that have it. Contracts
//! share places for calls by fuel, and processors by time (`queue.rs`).
//!
//! What must always hold: a call ends within its manifest's limits whatever the guest does; a contract gets its
//! share of the worker whatever the others do; nothing of a call that did not end in an answer takes effect; no
//! memory survives from one call to another, unless the manifest asks for that; a guest's mistake, the host's failure and the host's bug are three
//! different endings.
//!
//! It refuses: components that import what is not granted, are malformed, too large or too costly to compile, and
//! requests that are too large or too many, all before anything of the guest runs; and every outgoing request
//! outside the manifest's rules or towards an address that is not public.
//!
//! ```
//! # use adyton_engine::*;
//! let engine = Engine::new(EngineConfig { concurrent_calls: 2, ..EngineConfig::default() })?;
//! let manifest = adyton_protocol::manifest::Manifest {
//! #   version: 1, name: "sample".into(), grants: vec![], limits: Default::default(), egress: vec![],
//! #   extra_roots: vec![], contracts: adyton_protocol::contract_call::Callees::NONE,
//! #   durability: adyton_protocol::manifest::Durability::Durable,
//! #   callers: adyton_protocol::manifest::Callers::Anyone, public_calls: false, settings: vec![],
//! #   webhooks: vec![], messages: false, watches: vec![], deterministic: false, disputable: false, sealed_code: false,
//! #   reuse: false,
//!     // … what `adyton.toml` says
//! };
//! let refused = engine.compile(b"\0asm\x01\0\0\0", &manifest).err();
//! assert!(matches!(refused, Some(CompileError::CoreModule)));
//! # Ok::<(), EngineError>(())
//! ```

mod backtrace;
mod bindings;
mod call;
pub mod capability;
mod code;
pub mod compile;
mod components;
pub mod costs;
mod cron;
mod determinism;
pub mod egress;
mod engine;
mod error;
mod host;
mod inspect;
mod lifecycle;
mod message;
mod module;
mod nobody;
mod object;
mod outcome;
mod places;
mod queue;
mod settings;
mod signature;
mod turns;
mod warm;
mod wasi;
mod within;
mod workload;

pub use bindings::phat::contract::contracts::Refusal as ContractRefusal;
pub use call::{CallContext, Lease, Principal};
pub use capability::crypto::Scheme;
pub use compile::{CompileLimits, Compiler};
pub use components::compiled_name;
pub use costs::cost_table_hash;
pub use cron::{Cron, InvalidCron};
pub use egress::EgressRecord;
pub use engine::{Engine, EngineConfig};
pub use error::{CallError, CompileError, EngineError, SealedCodeError, WorkloadError};
pub use host::{
    ContractCall, ContractCalled, DatabaseChange, Direction, Entry, Host, HostFailure, Provisional, SCAN_BYTES, Scan,
    Scheduled, ScheduledRequest, Secret, Unread, Value,
};
pub use message::{Ask, Request, Response};
pub use module::{Inspected, Module};
pub use object::{OBJECT_PART, Object, Objects, ObjectsChange, object_part_length, object_parts};
pub use outcome::{Answer, Ending, GuestError, Level, Limit, LogLine, Outcome, Usage, case, in_words};
pub use places::Place;
pub use warm::Kept;
pub use workload::Workload;
