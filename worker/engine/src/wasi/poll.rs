//! `wasi:io/poll`: waiting, for a moment or for the answer to a request that is under way and its content. While a guest
//! waits for anything, everything that is under way goes on; the call's own limit of time ends it in any case.

use std::{
    future::{pending, poll_fn},
    task::{Context, Poll},
    time::Instant,
};

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource, ResourceTable},
};

use super::{
    MAX_RESOURCES,
    exchange::FutureResponse,
    handler,
    interface::{Interface, trap},
    streams::InputStream,
};
use crate::{
    call::{CallState, charge},
    costs::WASI_CALL,
    determinism::Passed,
};

/// What a guest can wait for.
pub struct Pollable(Wait);

/// See [`Pollable`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// It is there already.
    Nothing,
    /// A moment; none, if it lies beyond what the clock counts.
    Until(Option<Instant>),
    /// The answer in this place of the table. It stays there as long as anything waits for it.
    Answer(u32),
    /// Something to read of the stream in this place of the table, which stays there likewise.
    Content(u32),
}

/// A new pollable that has to be dropped before `parent`.
pub(super) fn subscribe<T: 'static>(
    table: &mut ResourceTable,
    wait: Wait,
    parent: &Resource<T>,
) -> wasmtime::Result<Resource<Pollable>> {
    Ok(table.push_child(Pollable(wait), parent)?)
}

impl Pollable {
    pub(super) fn new(wait: Wait) -> Self {
        Self(wait)
    }
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut poll = Interface::of(linker, "io/poll")?;
    poll.resource::<Pollable>("pollable")?;
    let instance = poll.instance();
    instance.func_wrap_async("[method]pollable.ready", |mut store, (this,): (Resource<Pollable>,)| {
        Box::new(async move {
            charge(&mut store, WASI_CALL.base).await?;
            let ready = wait(&mut store, &[this], false).await?;
            Ok((!ready.is_empty(),))
        })
    })?;
    instance.func_wrap_async("[method]pollable.block", |mut store, (this,): (Resource<Pollable>,)| {
        Box::new(async move {
            charge(&mut store, WASI_CALL.base).await?;
            wait(&mut store, &[this], true).await?;
            Ok(())
        })
    })?;
    instance.func_wrap_async("poll", |mut store, (list,): (Vec<Resource<Pollable>>,)| {
        Box::new(async move {
            charge(&mut store, WASI_CALL.of(0, list.len())).await?;
            if list.is_empty() || list.len() > MAX_RESOURCES {
                return trap(format!("poll takes 1 to {MAX_RESOURCES} pollables"));
            }
            Ok((wait(&mut store, &list, true).await?,))
        })
    })
}

/// The indices of those that are ready. If none is, waits until one is, where it may `block`.
async fn wait(
    store: &mut StoreContextMut<'_, CallState>,
    list: &[Resource<Pollable>],
    block: bool,
) -> wasmtime::Result<Vec<u32>> {
    let call = store.data_mut();
    let mut waits = Vec::with_capacity(list.len());
    for pollable in list {
        waits.push(call.wasi.table.get(pollable)?.0);
    }
    wait_for(store, &waits, block).await
}

/// Waits until there is something to read of the stream in this place of the table.
pub(super) async fn arrival(store: &mut StoreContextMut<'_, CallState>, stream: u32) -> wasmtime::Result<()> {
    let there = store.data_mut().wasi.table.get(&Resource::<InputStream>::new_borrow(stream))?.is_ready();
    if !there {
        wait_for(store, &[Wait::Content(stream)], true).await?;
    }
    Ok(())
}

async fn wait_for(
    store: &mut StoreContextMut<'_, CallState>,
    waits: &[Wait],
    block: bool,
) -> wasmtime::Result<Vec<u32>> {
    let call = store.data_mut();
    if block {
        handler::give(call).await?;
    }
    let next = waits.iter().filter_map(Wait::moment).min();
    if call.contract.mode.is_deterministic() {
        let ready = pass(&call.wasi.table, waits, (call.started, &mut call.passed), block);
        // What lies beyond what the clock counts never comes; the call's limit of time ends it.
        return if ready.is_empty() && block { pending().await } else { Ok(ready) };
    }
    let mut timer = next.map(|moment| Box::pin(tokio::time::sleep_until(moment.into())));
    let ready = poll_fn(|context| {
        advance(call, context);
        // The timer is coarser than the clock: what it says is not asked again.
        let rung = timer.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_ready());
        let now = Instant::now().max(next.filter(|_| rung).unwrap_or(call.started));
        let ready = indices(&call.wasi.table, waits, now);
        if ready.is_empty() && block { Poll::Pending } else { Poll::Ready(ready) }
    })
    .await;
    let due = std::mem::take(&mut call.wasi.due);
    if due > 0 {
        charge(store, due).await?;
    }
    Ok(ready)
}

/// The indices of those that are ready in a deterministic call, for which nothing is under way. If none is and it may
/// `block`, its clock goes on to the next moment at once.
fn pass(table: &ResourceTable, waits: &[Wait], (started, passed): (Instant, &mut Passed), block: bool) -> Vec<u32> {
    if block && indices(table, waits, started + passed.so_far()).is_empty() {
        let next = waits.iter().filter_map(Wait::moment).min();
        passed.reach(next.unwrap_or(started).saturating_duration_since(started));
    }
    indices(table, waits, started + passed.so_far())
}

/// Lets every request that is under way go on as far as it can.
pub(super) fn advance(call: &mut CallState, context: &mut Context<'_>) {
    let state = &mut call.wasi;
    for entry in state.table.iter_mut() {
        if let Some(response) = entry.downcast_mut::<FutureResponse>() {
            state.due = state.due.saturating_add(response.advance(context));
        }
    }
    state.due = state.due.saturating_add(state.arrivals.advance(context));
}

impl Wait {
    fn moment(&self) -> Option<Instant> {
        match self {
            Self::Until(moment) => *moment,
            Self::Nothing | Self::Answer(_) | Self::Content(_) => None,
        }
    }
}

fn indices(table: &ResourceTable, waits: &[Wait], now: Instant) -> Vec<u32> {
    let ready = |wait: &Wait| match wait {
        Wait::Nothing => true,
        Wait::Until(moment) => moment.is_some_and(|moment| moment <= now),
        // One that is gone has nothing to wait for any more.
        Wait::Answer(place) => {
            table.get(&Resource::<FutureResponse>::new_borrow(*place)).map_or(true, FutureResponse::is_ready)
        }
        Wait::Content(place) => {
            table.get(&Resource::<InputStream>::new_borrow(*place)).map_or(true, InputStream::is_ready)
        }
    };
    (0_u32..).zip(waits).filter(|(_, wait)| ready(wait)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_clock_of_a_deterministic_call_goes_on_to_what_is_waited_for_and_no_further() {
        let (table, started, mut passed) = (ResourceTable::new(), Instant::now(), Passed::default());
        let after = |seconds| Wait::Until(started.checked_add(Duration::from_secs(seconds)));
        let waits = [after(60), after(20)];
        let mut ready = |waits: &[Wait], block| {
            let ready = pass(&table, waits, (started, &mut passed), block);
            (ready, passed.so_far().as_secs())
        };
        assert_eq!(ready(&waits, false), (vec![], 0), "asking alone is not waiting");
        assert_eq!(ready(&waits, true), (vec![1], 20));
        assert_eq!(ready(&waits, true), (vec![1], 20), "what is ready is not waited for");
        assert_eq!(ready(&[after(10), Wait::Nothing], true), (vec![0, 1], 20), "it never goes back");
        assert_eq!(ready(&waits[..1], true), (vec![0], 60));
        assert_eq!(ready(&[Wait::Until(None)], true), (vec![], 60), "what never comes is not reached");
    }
}
