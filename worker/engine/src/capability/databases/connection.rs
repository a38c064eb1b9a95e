//! What the three protocols have in common: a connection is opened and a statement run within the call's limits, paid
//! for and recorded, and given up as soon as anything is left in the middle.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::time::timeout;
use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, Resource, ResourceTable, ResourceType},
};

use super::{
    address::{Address, Form},
    failure::Failure,
    wire::{Opening, Wire},
};
use crate::{
    call::{CallState, charge, charge_bytes},
    capability::http::Slot,
    costs,
    egress::{Dialled, Egress, Permit},
    module::Contract,
};

/// The most connections of a call at once.
const MAX_CONNECTIONS: usize = 8;

/// What a protocol does with a connection.
pub(super) trait Session: Sized + Send + 'static {
    /// The name that records have.
    const PROTOCOL: &'static str;
    /// What its addresses are like.
    const FORM: Form;

    /// Says to the server who is there, after TLS has begun.
    fn begin(
        dialled: Dialled,
        address: Address,
        opening: Opening,
    ) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// The connection itself.
    fn wire(&mut self) -> &mut Wire;
}

/// A connection as the contract holds it.
pub struct Held<S> {
    /// None while a statement is under way, and after one has left it in the middle.
    session: Option<S>,
}

/// The connections of a call.
pub(crate) struct Connections {
    table: ResourceTable,
}

impl Connections {
    /// Whether none is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

impl Default for Connections {
    fn default() -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_CONNECTIONS);
        Self { table }
    }
}

/// Defines the resource; dropping it closes the connection.
pub(super) fn resource<S: Session>(interface: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    interface.resource("connection", ResourceType::host::<Held<S>>(), |mut store, number| {
        store.data_mut().connections.table.delete(Resource::<Held<S>>::new_own(number))?;
        Ok(())
    })
}

/// Opens a connection. The outer error ends the call.
pub(super) async fn open<S: Session>(
    store: &mut StoreContextMut<'_, CallState>,
    address: &str,
) -> wasmtime::Result<Result<Resource<Held<S>>, Failure>> {
    charge_bytes(store, costs::DATABASE_OPEN, address.len()).await?;
    let Ok(place) = store.data_mut().connections.table.push(Held::<S> { session: None }) else {
        return Ok(Err(Failure::TooMany));
    };
    let opened = match prepare::<S>(store.data(), address) {
        Ok(ready) => {
            let slot = ready.opening.slot.clone();
            let opened = ready.connect::<S>().await;
            // Whether it was let in or not.
            charge(store, costs::DATABASE_OPEN.bytes(slot.bytes())).await?;
            opened
        }
        Err(failure) => Err(failure),
    };
    match opened {
        Ok(session) => {
            store.data_mut().connections.table.get_mut(&place)?.session = Some(session);
            Ok(Ok(place))
        }
        Err(failure) => {
            store.data_mut().connections.table.delete(place)?;
            Ok(Err(failure))
        }
    }
}

/// A connection that may be made: everything about it has been checked but the addresses of its host.
struct Ready {
    address: Address,
    permit: Permit,
    opening: Opening,
    contract: Arc<Contract>,
    egress: Egress,
    now_ms: u64,
    longest: Duration,
}

fn prepare<S: Session>(call: &CallState, address: &str) -> Result<Ready, Failure> {
    let address = Address::parse(&S::FORM, address)?;
    let host = address.destination.name();
    let permit = call.contract.egress.permit(address.destination.clone());
    let refused = || Failure::Denied(format!("no egress rule of the manifest covers {host} for {}", S::PROTOCOL));
    let permit = permit.ok_or_else(refused)?;
    let slot = slot(call)?;
    let (limit, computing) = (call.limits().egress_bytes.into(), (call.databases.clone(), call.context.contract));
    let opening = Opening { protocol: S::PROTOCOL, host, slot, limit, computing };
    let (contract, egress, now_ms) = (call.contract.clone(), call.egress.clone(), call.context.now_ms);
    Ok(Ready { address, permit, opening, contract, egress, now_ms, longest: longest(call) })
}

impl Ready {
    async fn connect<S: Session>(self) -> Result<S, Failure> {
        let Self { address, permit, opening, contract, egress, now_ms, longest } = self;
        let opened = async {
            let dialled = egress.dial(&contract.egress, &permit, now_ms).await?;
            S::begin(dialled, address, opening).await
        };
        timeout(longest, opened).await.unwrap_or(Err(Failure::Timeout))
    }
}

/// Runs a statement of which the contract passed so many bytes. `work` says what it gives, and how many values that is.
/// The outer error ends the call.
pub(super) async fn run<S: Session, T: Send>(
    store: &mut StoreContextMut<'_, CallState>,
    (this, bytes): (Resource<Held<S>>, usize),
    work: impl for<'a> FnOnce(&'a mut S) -> BoxFuture<'a, Result<(T, usize), Failure>> + Send,
) -> wasmtime::Result<Result<T, Failure>> {
    charge_bytes(store, costs::DATABASE_STATEMENT, bytes).await?;
    let call = store.data_mut();
    if call.connections.table.get(&this)?.session.is_none() {
        return Ok(Err(Failure::Closed));
    }
    let slot = match slot(call) {
        Ok(slot) => slot,
        Err(failure) => return Ok(Err(failure)),
    };
    let longest = longest(call);
    let Some(mut session) = call.connections.table.get_mut(&this)?.session.take() else {
        return Ok(Err(Failure::Closed));
    };
    session.wire().begin_statement(slot);
    let worked = timeout(longest, work(&mut session)).await.unwrap_or(Err(Failure::Timeout));
    let whole = !worked.as_ref().is_err_and(Failure::breaks);
    let received = session.wire().end_statement(whole);
    if whole {
        store.data_mut().connections.table.get_mut(&this)?.session = Some(session);
    }
    let values = worked.as_ref().map_or(0, |(_, values)| *values);
    let price = costs::DATABASE_STATEMENT.of(received, values) - costs::DATABASE_STATEMENT.base;
    charge(store, price).await?;
    Ok(worked.map(|(result, _)| result))
}

/// A connection, and each statement, takes one of the requests that the call may send.
fn slot(call: &CallState) -> Result<Slot, Failure> {
    let most = call.limits().egress_requests;
    if call.ledger.requests() >= most {
        return Err(Failure::Limit(format!("this call may send {most} requests, connections and statements included")));
    }
    Ok(call.ledger.open(0))
}

fn longest(call: &CallState) -> Duration {
    Duration::from_millis(call.limits().egress_ms.into())
}
