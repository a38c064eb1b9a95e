//! `objects`: large objects, written and read in parts.
//!
//! As writes to the store, changes stay with the call and leave it only with an answer. What an object is for others is
//! decided in [`shelf`]; here is what a contract may pass, and what it pays.

mod shelf;
#[cfg(test)]
mod tests;

use wasmtime::{StoreContextMut, component::Linker};

use self::shelf::Done;
pub(crate) use self::shelf::Shelf;
use super::{Reply, interface};
use crate::{
    bindings::phat::contract::{objects::Info, types::Error},
    call::{CallState, charge, charge_bytes},
    costs::{self, Cost},
    object::Object,
};

/// The most bytes of a name.
const MAX_NAME: usize = 512;
/// The most bytes of a content type.
const MAX_TYPE: usize = 255;
/// The most bytes that are read at once.
const MAX_READ: u32 = 1 << 20;
/// The most objects that are listed at once.
const MAX_LISTED: u32 = 1000;
/// Leaves 53 of a handle's 64 random bits: what JavaScript's numbers hold exactly.
const HANDLE_SHIFT: u32 = 11;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut objects = linker.instance(&interface("objects"))?;
    type Create = (String, Option<String>);
    objects.func_wrap_async("create", |store, (name, kind): Create| Box::new(create(store, name, kind)))?;
    type Append = (u64, Vec<u8>);
    objects.func_wrap_async("append", |store, (handle, content): Append| Box::new(append(store, handle, content)))?;
    objects.func_wrap_async("finish", |mut store, (handle,): (u64,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::OBJECTS_FINISH, 0).await?;
            let call = store.data_mut();
            let now_ms = call.context.now_ms;
            let done = call.objects.finish(call.host.as_mut(), &mut call.overlay, (handle, now_ms)).await?;
            paid(&mut store, costs::OBJECTS_FINISH, done).await
        })
    })?;
    objects.func_wrap_async("discard", |mut store, (handle,): (u64,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::OBJECTS_DISCARD, 0).await?;
            let call = store.data_mut();
            let done = call.objects.discard(call.host.as_mut(), &mut call.overlay, handle).await?;
            paid(&mut store, costs::OBJECTS_DISCARD, done).await
        })
    })?;
    objects.func_wrap_async("remove", |store, (name,): (String,)| Box::new(remove(store, name)))?;
    objects.func_wrap_async("stat", |store, (name,): (String,)| Box::new(stat(store, name)))?;
    type Read = (String, u64, u32);
    objects
        .func_wrap_async("read", |store, (name, offset, length): Read| Box::new(read(store, name, (offset, length))))?;
    type Finished = (String, Option<String>, u32);
    objects.func_wrap_async("finished", |store, (prefix, after, limit): Finished| {
        Box::new(finished(store, (prefix, after), limit))
    })?;
    type Unfinished = (Option<u64>, u32);
    objects.func_wrap_async("unfinished", |store, (after, limit): Unfinished| Box::new(unfinished(store, after, limit)))
}

async fn create(mut store: StoreContextMut<'_, CallState>, name: String, content_type: Option<String>) -> Reply<u64> {
    let bytes = name.len() + content_type.as_ref().map_or(0, String::len);
    charge_bytes(&mut store, costs::OBJECTS_CREATE, bytes).await?;
    if let Err(error) = check_name(&name).and_then(|()| check_type(content_type.as_deref())) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    let mut handle = [0; 8];
    call.host.random(&mut handle)?;
    let handle = u64::from_le_bytes(handle) >> HANDLE_SHIFT;
    let object = Object { handle, name, content_type, size: 0, at_ms: call.context.now_ms };
    Ok((call.objects.create(call.host.as_mut(), &mut call.overlay, object).await?,))
}

async fn append(mut store: StoreContextMut<'_, CallState>, handle: u64, content: Vec<u8>) -> Reply<u64> {
    charge_bytes(&mut store, costs::OBJECTS_APPEND, content.len()).await?;
    let call = store.data_mut();
    let done = call.objects.append(call.host.as_mut(), &mut call.overlay, handle, &content).await?;
    paid(&mut store, costs::OBJECTS_APPEND, done).await
}

async fn remove(mut store: StoreContextMut<'_, CallState>, name: String) -> Reply<()> {
    charge_bytes(&mut store, costs::OBJECTS_REMOVE, name.len()).await?;
    if let Err(error) = check_name(&name) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    let done = call.objects.remove(call.host.as_mut(), &mut call.overlay, &name).await?;
    paid(&mut store, costs::OBJECTS_REMOVE, done).await
}

async fn stat(mut store: StoreContextMut<'_, CallState>, name: String) -> Reply<Option<Info>> {
    charge_bytes(&mut store, costs::OBJECTS_STAT, name.len()).await?;
    if let Err(error) = check_name(&name) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    let found = call.objects.finished_object(call.host.as_mut(), &name).await?.map(info);
    let bytes = found.as_ref().and_then(|found| found.content_type.as_ref()).map_or(0, String::len);
    charge(&mut store, costs::OBJECTS_STAT.bytes(bytes)).await?;
    Ok((Ok(found),))
}

async fn read(mut store: StoreContextMut<'_, CallState>, name: String, (offset, length): (u64, u32)) -> Reply<Vec<u8>> {
    charge_bytes(&mut store, costs::OBJECTS_READ, name.len()).await?;
    if let Err(error) = check_name(&name) {
        return Ok((Err(error),));
    }
    if length > MAX_READ {
        return Ok((Err(Error::Invalid(format!("{length} bytes at once; at most {MAX_READ}"))),));
    }
    let call = store.data_mut();
    let done = call.objects.read(call.host.as_mut(), &name, (offset, length)).await?;
    paid(&mut store, costs::OBJECTS_READ, done).await
}

async fn finished(
    mut store: StoreContextMut<'_, CallState>,
    (prefix, after): (String, Option<String>),
    limit: u32,
) -> Reply<Vec<Info>> {
    let bytes = prefix.len() + after.as_ref().map_or(0, String::len);
    charge_bytes(&mut store, costs::OBJECTS_FINISHED, bytes).await?;
    if prefix.len() > MAX_NAME || after.as_ref().is_some_and(|after| after.len() > MAX_NAME) {
        let reason = format!("a prefix, and the name to go on from, has at most {MAX_NAME} bytes");
        return Ok((Err(Error::Invalid(reason)),));
    }
    if let Err(error) = check_limit(limit) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    let range = (prefix.as_str(), after.as_deref());
    let done = call.objects.finished_objects(call.host.as_mut(), range, limit as usize).await?;
    listed(&mut store, costs::OBJECTS_FINISHED, done).await
}

async fn unfinished(mut store: StoreContextMut<'_, CallState>, after: Option<u64>, limit: u32) -> Reply<Vec<Info>> {
    charge_bytes(&mut store, costs::OBJECTS_UNFINISHED, 0).await?;
    if let Err(error) = check_limit(limit) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    let done = call.objects.unfinished_objects(call.host.as_mut(), after, limit as usize).await?;
    listed(&mut store, costs::OBJECTS_UNFINISHED, done).await
}

/// Takes the price of what a function did besides its base, which is paid.
async fn paid<T>(store: &mut StoreContextMut<'_, CallState>, cost: Cost, done: Done<T>) -> Reply<T> {
    charge(store, cost.of(done.bytes, done.items) - cost.base).await?;
    Ok((done.outcome,))
}

async fn listed(store: &mut StoreContextMut<'_, CallState>, cost: Cost, done: Done<Vec<Object>>) -> Reply<Vec<Info>> {
    let (found,) = paid(store, cost, done).await?;
    Ok((found.map(|found| found.into_iter().map(info).collect()),))
}

fn info(object: Object) -> Info {
    let Object { handle, name, content_type, size, at_ms } = object;
    Info { handle, name, content_type, size, at_ms }
}

fn check_name(name: &str) -> Result<(), Error> {
    let fits = (1..=MAX_NAME).contains(&name.len()) && !name.chars().any(char::is_control);
    let what = || format!("the name of an object has 1 to {MAX_NAME} bytes without control characters");
    if fits { Ok(()) } else { Err(Error::Invalid(what())) }
}

fn check_type(content_type: Option<&str>) -> Result<(), Error> {
    let is_type = |text: &str| {
        (1..=MAX_TYPE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    let what = || format!("a content type has 1 to {MAX_TYPE} visible characters of ASCII or spaces");
    if content_type.is_none_or(is_type) { Ok(()) } else { Err(Error::Invalid(what())) }
}

fn check_limit(limit: u32) -> Result<(), Error> {
    match limit {
        1..=MAX_LISTED => Ok(()),
        _ => Err(Error::Invalid(format!("a limit of {limit}; it must be 1 to {MAX_LISTED}"))),
    }
}
