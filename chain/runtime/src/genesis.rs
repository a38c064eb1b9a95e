//! Genesis presets.
//!
//! `local` is one authority, the well-known development accounts with money, and slots of 500 ms. What makes a
//! network of it (identity, name, root of trust, measurements) comes as a patch from whoever starts it.

use adyton_pallet_attestation::KindPolicy;
use adyton_pallet_governance::Periods;
use alloc::{vec, vec::Vec};
use polkadot_sdk::*;
use serde_json::{Value, json};
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{AccountId, Balance, PHA, governance::Tracks};

/// The local network's preset.
pub const LOCAL: &str = "local";

/// How many seconds what lets more in is seen before it holds on the local network.
const CHANGE_DELAY: u64 = 10;

/// How long decisions take on the local network: with half of the votes at once, eight blocks and what is changed.
const PERIODS: Periods = Periods { prepare: 2, decision: 120, confirm: 4, enactment: 2 };

/// For how many blocks a vote of the lowest conviction locks there.
const VOTE_LOCK: u32 = 20;

/// The names of all presets.
pub fn names() -> Vec<PresetId> {
    vec![PresetId::from(LOCAL)]
}

/// A preset's patch over the default genesis, as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_ref() {
        LOCAL => local(),
        _ => return None,
    };
    Some(serde_json::to_string(&patch).expect("a JSON value is serializable").into_bytes())
}

/// The local network: //Alice makes and finalizes blocks, and each development account has a million PHA.
pub fn local() -> Value {
    let funded: Vec<(AccountId, Balance)> =
        Sr25519Keyring::well_known().map(|account| (account.to_account_id(), 1_000_000 * PHA)).collect();
    json!({
        "balances": { "balances": funded },
        "slots": { "duration": 500 },
        "aura": { "authorities": [Sr25519Keyring::Alice.public()] },
        "grandpa": { "authorities": [(Ed25519Keyring::Alice.public(), 1)] },
        "attestation": { "policies": KindPolicy::shipped(), "delay": CHANGE_DELAY },
        "workers": { "deposit": 100 * PHA },
        "keys": { "dangerCommitteeOfOne": true },
        "governance": {
            "periods": Tracks::numbers().map(|track| (track, PERIODS)).collect::<Vec<_>>(),
            "lock": VOTE_LOCK,
        },
    })
}
