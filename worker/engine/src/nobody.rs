//! The host between two calls of one instance: nothing of the guest runs then, so that nobody asks it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::{
    capability::crypto::Scheme,
    host::{ContractCall, ContractCalled, Entry, Host, HostFailure, Scan, Scheduled, Secret, Unread, Value},
    object::{Object, Objects},
};

/// Has nothing, and fails whoever asks.
pub(crate) struct Nobody;

fn nothing<T>() -> Result<T, HostFailure> {
    Err(HostFailure::new("asking the worker", "no call runs"))
}

#[async_trait]
impl Objects for Nobody {
    async fn finished_object(&mut self, _: &str) -> Result<Option<Object>, HostFailure> {
        nothing()
    }

    async fn finished_objects(&mut self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<Object>, HostFailure> {
        nothing()
    }

    async fn unfinished_object(&mut self, _: u64) -> Result<Option<Object>, HostFailure> {
        nothing()
    }

    async fn unfinished_objects(&mut self, _: Option<u64>, _: usize) -> Result<Vec<Object>, HostFailure> {
        nothing()
    }

    async fn object_part(&mut self, _: u64, _: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        nothing()
    }
}

#[async_trait]
impl Host for Nobody {
    async fn kv_get(&mut self, _: &[u8]) -> Result<Option<Value>, HostFailure> {
        nothing()
    }

    async fn kv_scan(&mut self, _: Scan<'_>) -> Result<Vec<Entry>, HostFailure> {
        nothing()
    }

    async fn schedule(&mut self) -> Result<BTreeMap<String, Scheduled>, HostFailure> {
        nothing()
    }

    async fn database_pages(&mut self) -> Result<u32, HostFailure> {
        nothing()
    }

    async fn database_page(&mut self, _: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        nothing()
    }

    async fn chain_storage(&mut self, _: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread> {
        Err(Unread::Unproven)
    }

    async fn call_contract(&mut self, _: ContractCall) -> Result<ContractCalled, HostFailure> {
        nothing()
    }

    async fn secret(&mut self, _: &str) -> Result<Option<Secret>, HostFailure> {
        nothing()
    }

    async fn named_key(&mut self, _: Scheme, _: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        nothing()
    }

    async fn encryption_key(&mut self, _: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        nothing()
    }

    async fn derived_secret(&mut self, _: &str, _: &[u8], _: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        nothing()
    }

    async fn seeded_random(&mut self, _: &[u8], _: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        nothing()
    }

    fn random(&mut self, _: &mut [u8]) -> Result<(), HostFailure> {
        nothing()
    }
}
