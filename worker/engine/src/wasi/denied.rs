//! `wasi:filesystem` and `wasi:sockets`: there are no files and no sockets. A program that was compiled with a standard
//! library imports both without using either, so that they have to be there.

use wasmtime::{
    StoreContextMut,
    component::{Component, Linker, Resource, ResourceType, Val, types::ComponentItem},
};

use super::{split, streams::IoError};
use crate::{
    call::{CallState, charge},
    costs::WASI_CALL,
};

/// The interfaces.
pub(super) const INTERFACES: [&str; 9] = [
    "filesystem/preopens",
    "filesystem/types",
    "sockets/instance-network",
    "sockets/ip-name-lookup",
    "sockets/network",
    "sockets/tcp",
    "sockets/tcp-create-socket",
    "sockets/udp",
    "sockets/udp-create-socket",
];

/// What no guest ever gets: a file, a socket.
enum Nothing {}

/// The network: nothing can be done with it.
struct Network;

/// The resources of these interfaces, by the one that defines each.
const RESOURCES: [(&str, &str); 7] = [
    ("filesystem/types", "descriptor"),
    ("filesystem/types", "directory-entry-stream"),
    ("sockets/ip-name-lookup", "resolve-address-stream"),
    ("sockets/tcp", "tcp-socket"),
    ("sockets/udp", "udp-socket"),
    ("sockets/udp", "incoming-datagram-stream"),
    ("sockets/udp", "outgoing-datagram-stream"),
];

/// Defines exactly what `component` imports of them: whatever it is, it does nothing.
pub(super) fn link(
    linker: &mut Linker<CallState>,
    engine: &wasmtime::Engine,
    component: &Component,
) -> wasmtime::Result<()> {
    let imported = component.component_type();
    for (import, item) in imported.imports(engine) {
        let (Some((interface, _)), ComponentItem::ComponentInstance(items)) = (split(import), item.ty) else {
            continue;
        };
        if !INTERFACES.contains(&interface) {
            continue;
        }
        let mut instance = linker.instance(import)?;
        for (_, resource) in RESOURCES.iter().filter(|(of, _)| *of == interface) {
            instance.resource(resource, ResourceType::host::<Nothing>(), |_, _| Ok(()))?;
        }
        if interface == "sockets/network" {
            instance.resource("network", ResourceType::host::<Network>(), |mut store, number| {
                store.data_mut().wasi.table.delete(Resource::<Network>::new_own(number))?;
                Ok(())
            })?;
        }
        for (name, item) in items.exports(engine) {
            if !matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                continue;
            }
            let answer = Answer::of(interface, name);
            instance.func_new_async(name, move |mut store, _, parameters, results| {
                let passed = take(&mut store, parameters);
                Box::new(async move {
                    charge(&mut store, WASI_CALL.of(passed?, 0)).await?;
                    let value = answer.value(&mut store)?;
                    if let Some(result) = results.first_mut() {
                        *result = value;
                    }
                    Ok(())
                })
            })?;
        }
    }
    Ok(())
}

/// Lets go of the resources that were lent, and counts the bytes that were passed: without a file or socket, a guest can
/// pass the network, an error and the name of a host.
fn take(store: &mut StoreContextMut<'_, CallState>, parameters: &[Val]) -> wasmtime::Result<usize> {
    let mut bytes = 0;
    for value in parameters {
        match value {
            Val::String(text) => bytes += text.len(),
            Val::Resource(network) if network.ty() == ResourceType::host::<Network>() => {
                network.try_into_resource::<Network>(&mut *store)?;
            }
            Val::Resource(error) => {
                error.try_into_resource::<IoError>(&mut *store)?;
            }
            _other => {}
        }
    }
    Ok(bytes)
}

/// What a function answers.
#[derive(Clone, Copy)]
enum Answer {
    /// Folders that are open from the beginning: none.
    NoFolders,
    /// An error of another kind is none of the file system's.
    NoCode,
    /// The network.
    Network,
    /// `access-denied`.
    Denied,
    /// It cannot be called: nobody has what it works on.
    Never,
}

impl Answer {
    fn of(interface: &str, function: &str) -> Self {
        match (interface, function) {
            ("filesystem/preopens", "get-directories") => Self::NoFolders,
            ("filesystem/types", "filesystem-error-code") | ("sockets/network", "network-error-code") => Self::NoCode,
            ("sockets/instance-network", "instance-network") => Self::Network,
            ("sockets/ip-name-lookup", "resolve-addresses")
            | ("sockets/tcp-create-socket", "create-tcp-socket")
            | ("sockets/udp-create-socket", "create-udp-socket") => Self::Denied,
            (_, _) => Self::Never,
        }
    }

    fn value(self, store: &mut StoreContextMut<'_, CallState>) -> wasmtime::Result<Val> {
        match self {
            Self::NoFolders => Ok(Val::List(Vec::new())),
            Self::NoCode => Ok(Val::Option(None)),
            Self::Network => {
                let network = store.data_mut().wasi.table.push(Network)?;
                Ok(Val::Resource(network.try_into_resource_any(store)?))
            }
            Self::Denied => Ok(Val::Result(Err(Some(Box::new(Val::Enum("access-denied".into())))))),
            Self::Never => super::interface::trap("there are no files and no sockets"),
        }
    }
}
