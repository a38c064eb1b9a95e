//! `wasi:http/proxy@0.2`: what a component finds that exports `wasi:http/incoming-handler` instead of
//! `phat:contract/service`.
//!
//! It is served the same calls, under the same limits, with the same receipts. The call's request and its answer are
//! whole and in memory, so that nothing ever waits but for a moment or for an answer from outside, whose content comes
//! in while the guest waits. Where the manifest grants `reply`, what there is of the call's own answer is given to the
//! host as [`crate::Provisional`] when the guest flushes it or waits. There are no files, no sockets, no environment;
//! requests leave through [`crate::egress`], as those of `phat:contract/http` do, and need the same grant. A component
//! may import interfaces of `phat:contract` besides.
//!
//! What must always hold: a guest holds a bounded number of resources, each of bounded size, and bodies of no more
//! bytes together than its answer and as many requests as may be under way at once, besides, for each answer that is
//! coming in, a piece of it and what the server left unread of its request; every function charges fuel
//! (`wit/deps/README.md` has the prices); and an answer is one only if the handler returned, had set a response, and
//! had finished its content.
//!
//! The definitions are our own and not the crate `wasmtime-wasi`'s: that one knows no fuel, and brings the system's
//! files and sockets with it.

mod arrival;
mod bindings;
mod body;
mod cli;
mod clocks;
mod denied;
mod exchange;
mod fields;
mod handler;
mod incoming;
mod interface;
mod outgoing;
mod poll;
mod random;
mod streams;

use adyton_protocol::manifest::{Capability, Limits};
use wasmtime::component::{
    Component, Linker, Resource, ResourceTable, ResourceType, Type,
    types::{ComponentFunc, ComponentItem},
};

pub(crate) use bindings::ProxyPre;
pub(crate) use handler::handle;

use self::{
    arrival::Arrivals,
    bindings::wasi::http::types::ErrorCode,
    body::Quota,
    cli::{Line, Output},
    incoming::IncomingRequest,
    interface::{Interface, reply},
    outgoing::{OutgoingResponse, ResponseOutparam},
    streams::IoError,
};
use crate::{call::CallState, capability::log::LogBook, outcome::Level};

/// Of which version the definitions are. A component may have another one of 0.2.
const VERSION: &str = "0.2.12";
/// The most resources that a call holds at once.
const MAX_RESOURCES: usize = 512;
/// The exported interface.
const HANDLER: &str = "http/incoming-handler";

/// Interfaces that need no grant, besides [`denied::INTERFACES`].
const FREE: [&str; 17] = [
    "cli/environment",
    "cli/exit",
    "cli/stderr",
    "cli/stdin",
    "cli/stdout",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stderr",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "clocks/monotonic-clock",
    "clocks/wall-clock",
    "http/types",
    "io/error",
    "io/poll",
    "io/streams",
    "random/insecure-seed",
];

/// Interfaces that need the grant of an interface of `phat:contract` that gives the same.
const GRANTED: [(&str, Capability); 3] = [
    ("http/outgoing-handler", Capability::Http),
    ("random/insecure", Capability::Random),
    ("random/random", Capability::Random),
];

/// What an import needs.
pub(crate) enum Needs {
    Nothing,
    Grant(Capability),
}

/// What importing the interface `import` needs; none if it is not offered.
pub(crate) fn needs(import: &str) -> Option<Needs> {
    let (interface, _) = split(import)?;
    if FREE.contains(&interface) || denied::INTERFACES.contains(&interface) {
        return Some(Needs::Nothing);
    }
    GRANTED.iter().find(|(name, _)| *name == interface).map(|(_, capability)| Needs::Grant(*capability))
}

/// Whether an exported interface answers requests as `wasi:http/proxy` does.
pub(crate) fn is_handler(export: &str) -> bool {
    split(export).is_some_and(|(interface, _)| interface == HANDLER)
}

/// The interface and the version in `wasi:http/types@0.2.3`, if it is one of 0.2.
fn split(name: &str) -> Option<(&str, &str)> {
    let (interface, version) = name.strip_prefix("wasi:")?.split_once('@')?;
    let patch = version.strip_prefix("0.2.")?;
    (!patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit())).then_some((interface, version))
}

/// The most bytes of bodies that a call holds: its answer's, and those of as many requests or answers as there may be at
/// once.
fn most_held(limits: &Limits) -> u64 {
    u64::from(limits.response)
        .saturating_add(u64::from(limits.egress_bytes).saturating_mul(exchange::MAX_AT_ONCE as u64))
}

fn full_name(interface: &str) -> String {
    format!("wasi:{interface}@{VERSION}")
}

/// Defines everything that `component` may import of WASI with these grants.
pub(crate) fn link(
    linker: &mut Linker<CallState>,
    engine: &wasmtime::Engine,
    component: &Component,
    grants: &[Capability],
) -> wasmtime::Result<()> {
    poll::link(linker)?;
    streams::link(linker)?;
    clocks::link(linker)?;
    cli::link(linker, grants.contains(&Capability::Log))?;
    fields::link(linker)?;
    incoming::link(linker)?;
    outgoing::link(linker)?;
    exchange::link(linker)?;
    Interface::of(linker, "http/types")?.func("http-error-code", |call, (error,): (Resource<IoError>,)| {
        reply(call.wasi.table.get(&error)?.code.clone())
    })?;
    random::link_seed(linker)?;
    if grants.contains(&Capability::Http) {
        exchange::link_handler(linker)?;
    }
    if grants.contains(&Capability::Random) {
        random::link(linker)?;
    }
    denied::link(linker, engine, component)
}

/// Checks the type of the exported function `handle`, which linking alone does not; the error says what is wrong.
pub(crate) fn check_export(
    linker: &Linker<CallState>,
    engine: &wasmtime::Engine,
    component: &Component,
) -> Result<(), String> {
    let outside = linker.substituted_component_type(component).map_err(|error| format!("{error:#}"))?;
    let handler = outside.exports(engine).find(|(name, _)| is_handler(name)).map(|(_, item)| item.ty);
    let Some(ComponentItem::ComponentInstance(handler)) = handler else {
        return Err(format!("the exported {HANDLER} is not an interface"));
    };
    match handler.get_export(engine, "handle").map(|item| item.ty) {
        Some(ComponentItem::ComponentFunc(handle)) if answers(&handle) => Ok(()),
        Some(_) | None => Err(format!("the function handle of the exported {HANDLER} is missing or has another type")),
    }
}

fn answers(handle: &ComponentFunc) -> bool {
    let parameters: Vec<Type> = handle.params().map(|(_, ty)| ty).collect();
    let [Type::Own(request), Type::Own(outparam)] = parameters.as_slice() else { return false };
    let expected = (ResourceType::host::<IncomingRequest>(), ResourceType::host::<ResponseOutparam>());
    (*request, *outparam) == expected && handle.results().len() == 0 && !handle.async_()
}

/// What a call holds of these interfaces.
pub(crate) struct State {
    table: ResourceTable,
    quota: Quota,
    /// Units of fuel for what came in while the guest waited.
    due: u64,
    out: Line,
    error: Line,
    /// Whether the call is one of HEAD.
    head: bool,
    /// What the guest set.
    answer: Option<Result<OutgoingResponse, ErrorCode>>,
    /// How many bytes of its content the host was given; none: not even its head.
    given: Option<usize>,
    /// Contents of answers from outside.
    arrivals: Arrivals,
}

impl State {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self {
            table,
            quota: Quota::new(most_held(limits)),
            due: 0,
            out: Line::new(Level::Info),
            error: Line::new(Level::Error),
            head: false,
            answer: None,
            given: None,
            arrivals: Arrivals::default(),
        }
    }

    /// Drops what the guest holds, and ends what is still open towards the world.
    pub(crate) fn close(&mut self) {
        self.table = ResourceTable::new();
        self.arrivals = Arrivals::default();
    }

    /// What was printed and not ended becomes a line of the log.
    pub(crate) fn end_lines(&mut self, logs: &mut LogBook) {
        self.out.end(logs);
        self.error.end(logs);
    }

    fn print(&mut self, output: Output, bytes: &[u8], logs: &mut LogBook) -> u64 {
        match output {
            Output::Out => self.out.print(bytes, logs),
            Output::Error => self.error.print(bytes, logs),
            Output::Nowhere => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_of_every_patch_are_offered_and_of_nothing_else() {
        for name in ["wasi:io/poll@0.2.0", "wasi:cli/stdout@0.2.99", "wasi:sockets/tcp@0.2.3"] {
            assert!(matches!(needs(name), Some(Needs::Nothing)), "{name}");
        }
        assert!(matches!(needs("wasi:http/outgoing-handler@0.2.1"), Some(Needs::Grant(Capability::Http))));
        assert!(matches!(needs("wasi:random/insecure@0.2.1"), Some(Needs::Grant(Capability::Random))));
        for name in [
            "wasi:io/poll@0.3.0",
            "wasi:io/poll@0.2.0-rc-2023-11-10",
            "wasi:io/poll@0.2.",
            "wasi:io/poll",
            "wasi:keyvalue/store@0.2.0",
            "wasi:http/incoming-handler@0.2.0",
            "io/poll@0.2.0",
        ] {
            assert!(needs(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_the_tools_say_is_offered_is_what_is_offered() {
        let free = FREE.iter().chain(&denied::INTERFACES).map(|name| (*name, None));
        let granted = GRANTED.iter().map(|(name, capability)| (*name, Some(capability.name())));
        let mut offered: Vec<_> = free.chain(granted).collect();
        offered.sort_unstable();
        assert_eq!(offered, adyton_component::offered::WASI);
    }

    #[test]
    fn the_exported_handler_is_told_by_its_name() {
        assert!(is_handler("wasi:http/incoming-handler@0.2.4"));
        assert!(!is_handler("wasi:http/incoming-handler@0.3.0") && !is_handler("phat:contract/service@0.1.0"));
    }
}
