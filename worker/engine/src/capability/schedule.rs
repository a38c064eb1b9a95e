//! `schedule`: calls that the contract asks for itself.
//!
//! As writes to the store, changes stay with the call and leave it only with an answer.

use std::collections::BTreeMap;

use adyton_protocol::{
    call::RESERVED_PATH,
    path,
    schedule::{MAX_AHEAD_MS, MAX_BODY, MAX_ENTRIES, MAX_METHOD, MAX_NAME, MAX_PATH, is_name},
};
use wasmtime::{StoreContextMut, component::Linker};

use super::{Reply, interface};
use crate::{
    bindings::phat::contract::{
        schedule::{Entry, Request},
        types::Error,
    },
    call::{CallState, charge, charge_bytes},
    costs,
    cron::Cron,
    host::{HostFailure, Scheduled, ScheduledRequest},
};

/// The last write to each entry, by name: when it is due and what it asks; none: removed.
pub(crate) type Changes = BTreeMap<String, Option<(Scheduled, ScheduledRequest)>>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut schedule = linker.instance(&interface("schedule"))?;
    type At = (String, u64, Request);
    schedule.func_wrap_async("at", |store, (name, due_ms, request): At| Box::new(at(store, name, due_ms, request)))?;
    type ByCron = (String, String, Request);
    schedule.func_wrap_async("cron", |store, (name, expression, request): ByCron| {
        Box::new(cron(store, name, expression, request))
    })?;
    schedule.func_wrap_async("cancel", |store, (name,): (String,)| Box::new(cancel(store, name)))?;
    schedule.func_wrap_async("entries", |mut store, ()| {
        Box::new(async move {
            charge_bytes(&mut store, costs::SCHEDULE_ENTRIES, 0).await?;
            let call = store.data_mut();
            call.agenda.load(call.host.as_mut()).await?;
            let entries: Vec<Entry> = call.agenda.entries.iter().map(entry).collect();
            let bytes = entries.iter().map(|entry| entry.name.len() + entry.cron.as_ref().map_or(0, String::len)).sum();
            let price = costs::SCHEDULE_ENTRIES.of(bytes, entries.len()) - costs::SCHEDULE_ENTRIES.base;
            charge(&mut store, price).await?;
            Ok((entries,))
        })
    })
}

async fn at(mut store: StoreContextMut<'_, CallState>, name: String, due_ms: u64, request: Request) -> Reply<()> {
    charge_bytes(&mut store, costs::SCHEDULE_AT, name.len() + size(&request)).await?;
    let now_ms = store.data().context.now_ms;
    if due_ms > now_ms.saturating_add(MAX_AHEAD_MS) {
        return Ok((Err(Error::Invalid(format!("a time, {due_ms}, more than ten years ahead of {now_ms}"))),));
    }
    // Not before the next block: who asks for itself without end waits for one each time.
    let when = Scheduled { due_ms: due_ms.max(now_ms.saturating_add(1)), cron: None };
    set(store, name, when, request).await
}

async fn cron(
    mut store: StoreContextMut<'_, CallState>,
    name: String,
    expression: String,
    request: Request,
) -> Reply<u64> {
    let bytes = name.len() + expression.len() + size(&request);
    charge_bytes(&mut store, costs::SCHEDULE_CRON, bytes).await?;
    let cron = match Cron::parse(&expression) {
        Ok(cron) => cron,
        Err(error) => return Ok((Err(Error::Invalid(error.to_string())),)),
    };
    let Some(due_ms) = cron.next_after(store.data().context.now_ms) else {
        return Ok((Err(Error::Invalid("an expression that stands for no time within ten years".into())),));
    };
    let when = Scheduled { due_ms, cron: Some(expression) };
    let (set,) = set(store, name, when, request).await?;
    Ok((set.map(|()| due_ms),))
}

async fn cancel(mut store: StoreContextMut<'_, CallState>, name: String) -> Reply<()> {
    charge_bytes(&mut store, costs::SCHEDULE_CANCEL, name.len()).await?;
    if let Err(error) = check_name(&name) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    call.agenda.load(call.host.as_mut()).await?;
    let counted = call.overlay.count(name.len());
    Ok((counted.map(|()| call.agenda.remove(&name)),))
}

async fn set(mut store: StoreContextMut<'_, CallState>, name: String, when: Scheduled, request: Request) -> Reply<()> {
    let call = store.data_mut();
    if let Err(error) = check_name(&name).and_then(|()| check_request(&request, call.limits().request as usize)) {
        return Ok((Err(error),));
    }
    call.agenda.load(call.host.as_mut()).await?;
    if !call.agenda.has_room_for(&name) {
        return Ok((Err(Error::Limit(format!("a contract has at most {MAX_ENTRIES} entries in its schedule"))),));
    }
    let bytes = name.len() + when.cron.as_ref().map_or(0, String::len) + size(&request);
    if let Err(error) = call.overlay.count(bytes) {
        return Ok((Err(error),));
    }
    let Request { method, path, body } = request;
    call.agenda.set(name, when, ScheduledRequest { method, path, body });
    Ok((Ok(()),))
}

fn size(request: &Request) -> usize {
    request.method.len() + request.path.len() + request.body.len()
}

fn entry((name, when): (&String, &Scheduled)) -> Entry {
    Entry { name: name.clone(), due_ms: when.due_ms, cron: when.cron.clone() }
}

fn check_name(name: &str) -> Result<(), Error> {
    let what = || format!("the name of an entry has 1 to {MAX_NAME} of a-z A-Z 0-9 . _ -");
    if is_name(name) { Ok(()) } else { Err(Error::Invalid(what())) }
}

/// The same form as that of a call from outside, within the schedule's own bounds.
fn check_request(request: &Request, limit: usize) -> Result<(), Error> {
    let Request { method, path, body } = request;
    let invalid = |reason: String| Err(Error::Invalid(reason));
    if !(1..=MAX_METHOD).contains(&method.len()) || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return invalid(format!("a method has 1 to {MAX_METHOD} letters in upper case"));
    }
    let plain = path.len() <= MAX_PATH && path.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !path.starts_with('/') {
        return invalid(format!("a path begins with / and has at most {MAX_PATH} visible ASCII characters"));
    }
    if path::is_reserved(path) {
        return invalid(format!(
            "paths that begin with {RESERVED_PATH}, as they are, resolved or decoded, are the worker's"
        ));
    }
    let most = MAX_BODY.min(limit);
    match body.len() > most {
        true => invalid(format!("content of {} bytes; at most {most}", body.len())),
        false => Ok(()),
    }
}

/// The schedule as one call sees it.
#[derive(Default)]
pub(crate) struct Agenda {
    /// Whether the committed entries were read.
    loaded: bool,
    committed: BTreeMap<String, Scheduled>,
    /// With the call's own changes.
    entries: BTreeMap<String, Scheduled>,
    pub(crate) changes: Changes,
}

impl Agenda {
    async fn load(&mut self, host: &mut dyn crate::host::Host) -> Result<(), HostFailure> {
        if !self.loaded {
            self.committed = host.schedule().await?;
            self.entries = self.committed.clone();
            self.loaded = true;
        }
        Ok(())
    }

    fn has_room_for(&self, name: &str) -> bool {
        self.entries.len() < MAX_ENTRIES || self.entries.contains_key(name)
    }

    fn set(&mut self, name: String, when: Scheduled, request: ScheduledRequest) {
        self.entries.insert(name.clone(), when.clone());
        self.changes.insert(name, Some((when, request)));
    }

    fn remove(&mut self, name: &str) {
        self.entries.remove(name);
        // There is no more of an entry that only this call knew, so that changes are as few as entries can be.
        match self.committed.contains_key(name) {
            true => self.changes.insert(name.to_owned(), None),
            false => self.changes.remove(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(change: impl FnOnce(&mut Request)) -> Result<(), Error> {
        let mut request = Request { method: "POST".into(), path: "/tick?a=1".into(), body: vec![0; 10] };
        change(&mut request);
        check_request(&request, MAX_BODY + 1)
    }

    #[test]
    fn a_request_that_nobody_could_send_is_refused() {
        assert!(request(|_| {}).is_ok());
        assert!(request(|r| r.body = vec![0; MAX_BODY]).is_ok());
        let refused: [fn(&mut Request); 10] = [
            |r| r.method = String::new(),
            |r| r.method = "post".into(),
            |r| r.method = "A".repeat(MAX_METHOD + 1),
            |r| r.path = String::new(),
            |r| r.path = "tick".into(),
            |r| r.path = "/a b".into(),
            |r| r.path = format!("/{}", "a".repeat(MAX_PATH)),
            |r| r.path = "/.adyton/logs".into(),
            |r| r.path = "/x/../.adyton/message".into(),
            |r| r.body = vec![0; MAX_BODY + 1],
        ];
        for (number, change) in refused.into_iter().enumerate() {
            assert!(matches!(request(change), Err(Error::Invalid(_))), "{number}");
        }
    }

    #[test]
    fn content_beyond_the_manifests_limit_of_requests_is_refused() {
        let request = Request { method: "POST".into(), path: "/".into(), body: vec![0; 11] };
        assert!(check_request(&request, 11).is_ok());
        assert!(matches!(check_request(&request, 10), Err(Error::Invalid(_))));
    }

    fn agenda(committed: &[&str]) -> Agenda {
        let entries: BTreeMap<_, _> =
            committed.iter().map(|name| ((*name).to_owned(), Scheduled { due_ms: 1, cron: None })).collect();
        Agenda { loaded: true, committed: entries.clone(), entries, changes: Changes::new() }
    }

    fn set(agenda: &mut Agenda, name: &str) {
        let request = ScheduledRequest { method: "GET".into(), path: "/".into(), body: Vec::new() };
        agenda.set(name.into(), Scheduled { due_ms: 2, cron: None }, request);
    }

    #[test]
    fn one_entry_too_many_has_no_room_and_a_replaced_one_has() {
        let names: Vec<String> = (0..MAX_ENTRIES).map(|number| number.to_string()).collect();
        let mut agenda = agenda(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(agenda.has_room_for("7") && !agenda.has_room_for("new"));
        agenda.remove("7");
        assert!(agenda.has_room_for("new"));
    }

    #[test]
    fn what_was_set_and_removed_in_one_call_is_no_change() {
        let mut agenda = agenda(&["old"]);
        set(&mut agenda, "new");
        set(&mut agenda, "old");
        assert_eq!((agenda.changes.len(), agenda.entries.len()), (2, 2));
        agenda.remove("new");
        agenda.remove("old");
        agenda.remove("never");
        assert_eq!(agenda.changes, Changes::from([("old".to_owned(), None)]));
        assert!(agenda.entries.is_empty());
    }
}
