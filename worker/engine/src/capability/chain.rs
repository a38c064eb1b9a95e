//! `chain`: proven reads of the chain's state, and a call that the chain dispatches as the contract's own account.

use std::collections::{BTreeMap, BTreeSet};

use wasmtime::{StoreContextMut, component::Linker};

use super::{Reply, interface};
use crate::{
    bindings::phat::contract::{chain::FinalizedBlock, types::Error},
    call::{CallState, charge, charge_bytes},
    costs,
    host::{HostFailure, Unread},
};

/// The longest encoded call, in bytes.
const MAX_CALL: usize = 4096;
/// The most keys of one read.
const MAX_KEYS: usize = 32;
/// The longest key, in bytes.
const MAX_KEY: usize = 256;
/// The longest value, in bytes.
const MAX_VALUE: usize = 64 << 10;
/// The most bytes of all values of one read.
const MAX_VALUES: usize = 256 << 10;
/// The most bytes of keys and values that one call remembers.
const MAX_KNOWN: usize = 1 << 20;

/// Of one key; none: there is provably nothing.
type Value = Option<Vec<u8>>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut chain = linker.instance(&interface("chain"))?;
    chain.func_wrap_async("block", |mut store, ()| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CHAIN_BLOCK, 0).await?;
            let context = &store.data().context;
            let hash = context.block_hash.0.to_vec();
            Ok((FinalizedBlock { number: context.block, hash, time_ms: context.block_ms },))
        })
    })?;
    chain.func_wrap_async("storage", |store, (keys,): (Vec<Vec<u8>>,)| Box::new(storage(store, keys)))?;
    chain.func_wrap_async("report", |mut store, (call,): (Vec<u8>,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CHAIN_REPORT, call.len()).await?;
            Ok((report(&mut store.data_mut().report, call),))
        })
    })
}

async fn storage(mut store: StoreContextMut<'_, CallState>, keys: Vec<Vec<u8>>) -> Reply<Vec<Value>> {
    let bytes = keys.iter().map(Vec::len).sum();
    charge(&mut store, costs::CHAIN_STORAGE.of(bytes, keys.len())).await?;
    if let Err(error) = check_keys(&keys) {
        return Ok((Err(error),));
    }
    let call = store.data_mut();
    let unknown = call.known.lacks(&keys);
    let mut read = BTreeMap::new();
    if !unknown.is_empty() {
        let values = match call.host.chain_storage(&unknown).await {
            Ok(values) => values,
            // Another time it might be read.
            Err(unread) if call.contract.mode.is_deterministic() => {
                return Err(HostFailure::new("reading the chain's state", format!("{unread:?}")).into());
            }
            Err(unread) => return Ok((Err(unread.into()),)),
        };
        if values.len() != unknown.len() {
            return Err(HostFailure::new("reading the chain's state", "not one value for each key").into());
        }
        read.extend(unknown.into_iter().zip(values));
    }
    let value = |key: &Vec<u8>| read.get(key).or_else(|| call.known.values.get(key)).and_then(Option::as_deref);
    let values: Vec<Option<&[u8]>> = keys.iter().map(value).collect();
    let bytes = values.iter().flatten().map(|value| value.len()).sum();
    let given =
        check_values(&values, bytes).map(|()| values.into_iter().map(|value| value.map(<[u8]>::to_vec)).collect());
    call.known.remember(read);
    charge(&mut store, costs::CHAIN_STORAGE.bytes(bytes)).await?;
    Ok((given,))
}

fn check_keys(keys: &[Vec<u8>]) -> Result<(), Error> {
    if keys.len() > MAX_KEYS {
        return Err(Error::Invalid(format!("{} storage keys at once; at most {MAX_KEYS}", keys.len())));
    }
    match keys.iter().find(|key| !(1..=MAX_KEY).contains(&key.len())) {
        Some(key) => Err(Error::Invalid(format!("a storage key of {} bytes; it must have 1 to {MAX_KEY}", key.len()))),
        None => Ok(()),
    }
}

/// `bytes` is how many all of them have.
fn check_values(values: &[Option<&[u8]>], bytes: usize) -> Result<(), Error> {
    if let Some(value) = values.iter().flatten().find(|value| value.len() > MAX_VALUE) {
        return Err(Error::Limit(format!("a value of {} bytes; at most {MAX_VALUE}", value.len())));
    }
    match bytes > MAX_VALUES {
        true => Err(Error::Limit(format!("values of {bytes} bytes together; at most {MAX_VALUES}"))),
        false => Ok(()),
    }
}

impl From<Unread> for Error {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TimedOut => Self::Timeout,
            Unread::Unproven => Self::Unavailable("the worker's node did not prove the chain's state".into()),
        }
    }
}

/// What a call has read of the chain's state. It would read the same again: this spares the way to the node.
#[derive(Default)]
pub(crate) struct Known {
    values: BTreeMap<Vec<u8>, Value>,
    /// Of keys and values.
    bytes: usize,
}

impl Known {
    /// Those of `keys` that are not known, each once.
    fn lacks(&self, keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let keys: BTreeSet<&Vec<u8>> = keys.iter().filter(|key| !self.values.contains_key(*key)).collect();
        keys.into_iter().cloned().collect()
    }

    /// Remembers what there is room for.
    fn remember(&mut self, read: BTreeMap<Vec<u8>, Value>) {
        for (key, value) in read {
            let bytes = self.bytes + key.len() + value.as_ref().map_or(0, Vec::len);
            if bytes <= MAX_KNOWN {
                self.bytes = bytes;
                self.values.insert(key, value);
            }
        }
    }
}

fn report(slot: &mut Option<Vec<u8>>, call: Vec<u8>) -> Result<(), Error> {
    if slot.is_some() {
        return Err(Error::Limit("one report per call".into()));
    }
    if call.is_empty() || call.len() > MAX_CALL {
        return Err(Error::Invalid(format!("a call of {} bytes; it must have 1 to {MAX_CALL}", call.len())));
    }
    *slot = Some(call);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_report_is_refused_and_the_first_stays() {
        let mut slot = None;
        assert!(report(&mut slot, vec![1]).is_ok());
        assert!(matches!(report(&mut slot, vec![2]), Err(Error::Limit(_))));
        assert_eq!(slot, Some(vec![1]));
    }

    #[test]
    fn an_empty_or_oversized_report_is_refused() {
        for call in [Vec::new(), vec![0; MAX_CALL + 1]] {
            assert!(matches!(report(&mut None, call), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn too_many_keys_and_malformed_ones_are_refused() {
        assert!(check_keys(&[]).is_ok());
        assert!(check_keys(&vec![vec![0; MAX_KEY]; MAX_KEYS]).is_ok());
        for keys in [vec![vec![0]; MAX_KEYS + 1], vec![vec![0; MAX_KEY + 1]], vec![Vec::new()]] {
            assert!(matches!(check_keys(&keys), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_refused_and_so_are_too_many_bytes_together() {
        let (longest, longer) = (&[0; MAX_VALUE][..], &[0; MAX_VALUE + 1][..]);
        let check = |values: &[&[u8]]| {
            let values: Vec<Option<&[u8]>> = values.iter().copied().map(Some).chain([None]).collect();
            check_values(&values, values.iter().flatten().map(|value| value.len()).sum())
        };
        assert!(check(&[longest; 4]).is_ok());
        assert!(matches!(check(&[longer]), Err(Error::Limit(_))));
        assert!(matches!(check(&[longest, longest, longest, longest, &[0]]), Err(Error::Limit(_))));
    }

    #[test]
    fn what_was_read_is_not_asked_for_again_and_no_more_is_remembered_than_there_is_room_for() {
        let mut known = Known::default();
        let keys = [vec![2], vec![1], vec![2]];
        assert_eq!(known.lacks(&keys), [vec![1], vec![2]]);
        known.remember([(vec![1], None), (vec![3], Some(vec![0; MAX_KNOWN]))].into());
        assert_eq!(known.lacks(&keys), [vec![2]]);
        assert_eq!((known.lacks(&[vec![3]]).len(), known.bytes), (1, 1));
    }
}
