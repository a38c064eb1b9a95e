//! Watches: values of the chain's state at whose changes a contract is called. What the manifest says of one, and how a
//! run is named. `specs/watch.md` has the whole of it.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    call::Fields,
    domain,
    ids::{BlockNumber, ContractId, Digest, NetworkId},
    registered::digits,
    schedule::{self, Nonce},
    storage,
};

/// The path of a run's request. It is reserved: no request from outside has it.
pub const PATH: &str = "/.adyton/watch";
/// The field of a run's request that carries the watch's name. Nobody else can set it: it is reserved.
pub const NAME_FIELD: &str = "adyton-watch";
/// The field that carries the number of the block after which the value is so, decimal.
pub const BLOCK_FIELD: &str = "adyton-watch-block";
/// The longest [`run_name`], in bytes.
pub const MAX_RUN_NAME: usize = PREFIX.len() + schedule::MAX_NAME;
/// The method of a run's request whose content is the value.
pub const SET: &str = "PUT";
/// The method where there is no value any more.
pub const REMOVED: &str = "DELETE";
/// The most watches of a contract.
pub const MAX_WATCHES: usize = 8;
/// The longest storage key, in bytes.
pub const MAX_KEY: usize = 256;

/// What [`run_name`] begins with.
const PREFIX: &str = "watch:";

/// A value of the chain's state at whose changes the contract is called.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The watch's name: [`schedule::is_name`], and no other watch's.
    pub name: String,
    /// Which value.
    pub what: Watched,
}

/// Which value of the chain's state is watched.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Watched {
    /// The one under this storage key, of 1 to [`MAX_KEY`] bytes.
    #[codec(index = 0)]
    Key(#[serde(with = "digits")] Vec<u8>),
    /// Nonce and balances of the contract's own account.
    #[codec(index = 1)]
    Own,
}

impl Watched {
    /// The storage key.
    pub fn key(&self, network: &NetworkId, contract: &ContractId) -> Vec<u8> {
        match self {
            Self::Key(key) => key.clone(),
            Self::Own => storage::account(&contract.account(network)),
        }
    }
}

/// The header fields of a run's request.
pub fn fields(name: &str, block: BlockNumber) -> Fields {
    let field = |field: &str, value: &[u8]| (field.as_bytes().to_vec(), value.to_vec());
    vec![field(NAME_FIELD, name.as_bytes()), field(BLOCK_FIELD, block.to_string().as_bytes())]
}

/// What a run is called where a run of the schedule has its entry's name: no entry has this one.
pub fn run_name(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// What stands for a watch in [`nonce`].
pub fn digest(network: &NetworkId, contract: &ContractId, name: &str) -> Digest {
    schedule::name_digest(network, contract, &run_name(name))
}

/// What is a run's nonce in [`schedule::request_id`], from the contract's secret for [`digest`]: nobody can foresee the
/// request id, and use it up.
pub fn nonce(secret: &[u8; 32]) -> Nonce {
    *secret.first_chunk().expect("32 bytes have 16 first ones")
}

/// What stands for the value under `key` where it is compared with a later one.
pub fn value_digest(network: &NetworkId, key: &[u8], value: &[u8]) -> Digest {
    Digest(domain::bound(domain::WATCHED, network, &[key, value]))
}

/// Where a list of watches breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// More than [`MAX_WATCHES`].
    TooMany,
    /// This name is none for a watch, or stands twice.
    Name(String),
    /// The key of the watch of this name is empty or longer than [`MAX_KEY`].
    Key(String),
}

/// Every rule of a manifest's watches.
pub fn validate(watches: &[Watch]) -> Result<(), Invalid> {
    if watches.len() > MAX_WATCHES {
        return Err(Invalid::TooMany);
    }
    let mut seen: Vec<&str> = Vec::new();
    for watch in watches {
        if !schedule::is_name(&watch.name) || seen.contains(&watch.name.as_str()) {
            return Err(Invalid::Name(watch.name.clone()));
        }
        if let Watched::Key(key) = &watch.what
            && !(1..=MAX_KEY).contains(&key.len())
        {
            return Err(Invalid::Key(watch.name.clone()));
        }
        seen.push(&watch.name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(name: &str, what: Watched) -> Watch {
        Watch { name: name.into(), what }
    }

    #[test]
    fn names_that_are_none_or_stand_twice_and_keys_of_a_wrong_length_are_refused() {
        let key = |length: usize| Watched::Key(vec![7; length]);
        assert_eq!(validate(&[watch("price", key(1)), watch("paid", Watched::Own), watch("a.B_-1", key(256))]), Ok(()));
        for name in ["", "a b", "watch:x", "a/b", &"x".repeat(65)] {
            assert_eq!(validate(&[watch(name, Watched::Own)]), Err(Invalid::Name(name.into())));
        }
        let twice = [watch("paid", Watched::Own), watch("paid", key(3))];
        assert_eq!(validate(&twice), Err(Invalid::Name("paid".into())));
        for length in [0, 257] {
            assert_eq!(validate(&[watch("price", key(length))]), Err(Invalid::Key("price".into())));
        }
        let many = |count: usize| (0..count).map(|n| watch(&n.to_string(), Watched::Own)).collect::<Vec<_>>();
        assert_eq!(validate(&many(MAX_WATCHES)), Ok(()));
        assert_eq!(validate(&many(MAX_WATCHES + 1)), Err(Invalid::TooMany));
    }

    #[test]
    fn path_and_fields_are_reserved_and_no_entry_of_the_schedule_has_a_runs_name() {
        assert!(PATH.starts_with(crate::call::RESERVED_PATH));
        assert!([NAME_FIELD, BLOCK_FIELD].iter().all(|field| field.starts_with(crate::call::RESERVED_PREFIX)));
        let bytes = |text: &str| text.as_bytes().to_vec();
        let expected = [("adyton-watch", "price"), ("adyton-watch-block", "12")];
        assert_eq!(fields("price", 12), expected.map(|(name, value)| (bytes(name), bytes(value))));
        assert!(schedule::is_name("price") && !schedule::is_name(&run_name("price")));
    }

    #[test]
    fn values_under_two_keys_or_of_two_networks_are_never_the_same() {
        let one = value_digest(&NetworkId([1; 32]), b"key", b"value");
        assert_eq!(value_digest(&NetworkId([1; 32]), b"key", b"value"), one);
        assert_ne!(value_digest(&NetworkId([2; 32]), b"key", b"value"), one);
        assert_ne!(value_digest(&NetworkId([1; 32]), b"keyv", b"alue"), one);
        assert_ne!(value_digest(&NetworkId([1; 32]), b"key", b""), one);
    }

    #[test]
    fn the_published_vector_is_what_this_code_makes() {
        let (network, contract) = (NetworkId([1; 32]), ContractId([2; 32]));
        let watches = vec![watch("price", Watched::Key(storage::timestamp())), watch("paid", Watched::Own)];
        let (secret, due_ms) = ([3; 32], 1_800_000_000_000);
        let vector = serde_json::json!({
            "network": network,
            "contract": contract,
            "watches": watches,
            "encoding": hex::encode(watches.encode()),
            "keys": watches.iter().map(|one| hex::encode(one.what.key(&network, &contract))).collect::<Vec<_>>(),
            "digest": digest(&network, &contract, "price"),
            "secret": hex::encode(secret),
            "time_ms": due_ms,
            "request_id": schedule::request_id(&network, &contract, &run_name("price"), due_ms, &nonce(&secret)),
        });
        crate::vectors::check("watch", vector);
    }
}
