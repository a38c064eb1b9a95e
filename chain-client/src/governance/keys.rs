//! Where the records stand. Unlike those of `adyton_protocol::storage` these keys are not frozen.

use adyton_protocol::ids::AccountId;
use codec::Encode;
use sp_crypto_hashing::{blake2_128, blake2_256, twox_64, twox_128};

/// With what referenda name the tasks of their enactment.
const ASSEMBLY: [u8; 8] = *b"assembly";

fn value(pallet: &str, item: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// `twox64(key) ‖ key` behind `key`.
fn twox(mut key: Vec<u8>, map_key: &impl Encode) -> Vec<u8> {
    map_key.using_encoded(|encoded| {
        key.extend_from_slice(&twox_64(encoded));
        key.extend_from_slice(encoded);
    });
    key
}

/// How many referenda there have been: `u32`.
pub fn referendum_count() -> Vec<u8> {
    value("Referenda", "ReferendumCount")
}

/// [`Referendum`](super::Referendum).
pub fn referendum(index: u32) -> Vec<u8> {
    let encoded = index.encode();
    [&value("Referenda", "ReferendumInfoFor")[..], &blake2_128(&encoded), &encoded].concat()
}

/// [`Voting`](super::Voting) of an account on a track.
pub fn voting(account: &AccountId, track: u16) -> Vec<u8> {
    twox(twox(value("ConvictionVoting", "VotingFor"), account), &track)
}

/// What an account's votes lock: `Vec<(u16, u128)>`, by track.
pub fn class_locks(account: &AccountId) -> Vec<u8> {
    twox(value("ConvictionVoting", "ClassLocksFor"), account)
}

/// The bytes of a proposal: `Vec<u8>`.
pub fn preimage(hash: &[u8; 32], length: u32) -> Vec<u8> {
    let mut key = value("Preimage", "PreimageFor");
    (hash, length).encode_to(&mut key);
    key
}

/// Where the enactment of a referendum stands in the schedule: [`Scheduled`](super::Scheduled).
pub fn enactment_of(referendum: u32) -> Vec<u8> {
    let task = (ASSEMBLY, "enactment", referendum).using_encoded(blake2_256);
    twox(value("Scheduler", "Lookup"), &task)
}

/// [`Periods`](super::Periods) of a track that does not have the runtime's own.
pub fn track_periods(track: u16) -> Vec<u8> {
    twox(value("Governance", "TrackPeriods"), &track)
}

/// For how many blocks a vote of conviction 1 locks, where it is not the runtime's own: `u32`.
pub fn vote_lock() -> Vec<u8> {
    value("Governance", "Lock")
}

/// [`AuthorizedUpgrade`](super::AuthorizedUpgrade).
pub fn authorized_upgrade() -> Vec<u8> {
    value("System", "AuthorizedUpgrade")
}

/// All PHA: `u128`.
pub fn total_issuance() -> Vec<u8> {
    value("Balances", "TotalIssuance")
}

/// What of it counts for nothing: `u128`.
pub fn inactive_issuance() -> Vec<u8> {
    value("Balances", "InactiveIssuance")
}

/// Milliseconds of a slot, where they are not the runtime's own: `u64`.
pub fn slot_duration() -> Vec<u8> {
    value("Slots", "Duration")
}
