//! Answers that are read as they come: at most a few of them open at once, each within the bounds of a whole one.

use std::collections::BTreeMap;

use bytes::Bytes;
use wasmtime::{StoreContextMut, component::LinkerInstance};

use super::{Ready, Slot, guest_error, prepare, size};
use crate::{
    bindings::phat::contract::{
        http::{Request, StreamHead},
        types::{Error, Field},
    },
    call::{CallState, charge, charge_bytes},
    capability::Reply,
    costs,
    egress::{Egress, EgressError, Head, Open},
    module::Contract,
};

/// The most answers open at once.
const MAX_OPEN: usize = 8;
/// The most bytes of one `read`.
const MAX_READ: u32 = 1 << 20;

pub(super) fn link(http: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    http.func_wrap_async("open", |store, (request,): (Request,)| Box::new(open(store, request)))?;
    http.func_wrap_async("read", |store, (handle, most): (u32, u32)| Box::new(read(store, handle, most)))?;
    http.func_wrap_async("close", |mut store, (handle,): (u32,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::HTTP_CLOSE, 0).await?;
            store.data_mut().streams.close(handle);
            Ok(())
        })
    })
}

/// An answer that is open, and its request's place in the ledger. Where it is dropped before its end, that it was cut is
/// recorded.
pub(crate) struct OpenAnswer {
    answer: Open,
    slot: Slot,
}

impl OpenAnswer {
    /// Carries out a request that was checked and is in the ledger, as far as the head of its answer.
    pub(crate) async fn of(
        contract: &Contract,
        egress: &Egress,
        now_ms: u64,
        ready: Ready,
    ) -> Result<Self, EgressError> {
        let (bounds, Ready { request, slot, .. }) = (ready.bounds(contract, now_ms), ready);
        let answer = egress.open(&contract.egress, request, bounds, slot.recording()).await?;
        Ok(Self { answer, slot })
    }

    pub(crate) fn head(&self) -> &Head {
        self.answer.head()
    }

    /// The next bytes, 1 to `most`; none at the end.
    pub(crate) async fn read(&mut self, most: usize) -> Result<Option<Bytes>, EgressError> {
        let read = self.answer.read(most).await?;
        self.slot.count(read.as_ref().map_or(0, Bytes::len));
        Ok(read)
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        self.answer.cut();
    }
}

/// The answers that a call has open, by their handles.
#[derive(Default)]
pub(crate) struct Streams {
    open: BTreeMap<u32, OpenAnswer>,
    /// How many there ever were.
    opened: u32,
}

impl Streams {
    /// Whether none is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn is_full(&self) -> bool {
        self.open.len() >= MAX_OPEN
    }

    /// Takes one in. A call opens no more than it may send requests.
    fn add(&mut self, answer: OpenAnswer) -> u32 {
        let handle = self.opened;
        self.opened += 1;
        self.open.insert(handle, answer);
        handle
    }

    fn close(&mut self, handle: u32) {
        self.open.remove(&handle);
    }
}

async fn open(mut store: StoreContextMut<'_, CallState>, request: Request) -> Reply<StreamHead> {
    charge_bytes(&mut store, costs::HTTP_OPEN, size(&request)).await?;
    let call = store.data_mut();
    if call.streams.is_full() {
        return Ok((Err(Error::Limit(format!("at most {MAX_OPEN} answers are open at once"))),));
    }
    let ready = match prepare(call, request).await? {
        Ok(ready) => ready,
        Err(error) => return Ok((Err(error),)),
    };
    let (contract, egress, now_ms) = (call.contract.clone(), call.egress.clone(), call.context.now_ms);
    let answer = match OpenAnswer::of(&contract, &egress, now_ms, ready).await {
        Ok(answer) => answer,
        Err(error) => return Ok((Err(guest_error(error)),)),
    };
    charge(&mut store, costs::HTTP_OPEN.bytes(answer.head().size())).await?;
    let Head { status, fields, certificate } = answer.head().clone();
    let text = |value: Vec<u8>| value.into_iter().map(char::from).collect();
    let headers = fields.into_iter().map(|(name, value)| Field { name, value: text(value) }).collect();
    let tls_peer_sha256 = certificate.map(|digest| digest.to_vec());
    let handle = store.data_mut().streams.add(answer);
    Ok((Ok(StreamHead { handle, status, headers, tls_peer_sha256 }),))
}

async fn read(mut store: StoreContextMut<'_, CallState>, handle: u32, most: u32) -> Reply<Option<Vec<u8>>> {
    charge_bytes(&mut store, costs::HTTP_READ, 0).await?;
    if !(1..=MAX_READ).contains(&most) {
        return Ok((Err(Error::Invalid(format!("a read is of 1 to {MAX_READ} bytes"))),));
    }
    let streams = &mut store.data_mut().streams;
    let Some(answer) = streams.open.get_mut(&handle) else { return Ok((Err(Error::NotFound),)) };
    match answer.read(most as usize).await {
        Ok(Some(bytes)) => {
            charge(&mut store, costs::HTTP_READ.bytes(bytes.len())).await?;
            Ok((Ok(Some(bytes.into())),))
        }
        Ok(None) => {
            streams.close(handle);
            Ok((Ok(None),))
        }
        Err(error) => {
            streams.close(handle);
            Ok((Err(guest_error(error)),))
        }
    }
}
