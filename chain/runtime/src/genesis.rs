//! Genesis presets.
//!
//! `local` is one authority, the well-known development accounts with money, and slots of 500 ms. What makes a
//! network of it (identity, name, root of trust, measurements) comes as a patch from whoever starts it.

use adyton_pallet_attestation::KindPolicy;
use adyton_pallet_governance::Periods;
use adyton_pallet_pools::types::Parameters as PoolParameters;
use adyton_pallet_slashing::Parameters as SlashingParameters;
use adyton_pallet_validators::Parameters as ValidatorParameters;
use adyton_protocol::{
    dispute::Parameters as DisputeParameters, rewards::Parameters as RewardsParameters,
    usage::Parameters as GasParameters,
};
use alloc::{vec, vec::Vec};
use polkadot_sdk::*;
use serde_json::{Value, json};
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::Perbill;

use crate::{AccountId, Balance, PHA, SessionKeys, governance::Tracks};

/// The local network's preset.
pub const LOCAL: &str = "local";

/// How many seconds what lets more in is seen before it holds on the local network.
const CHANGE_DELAY: u64 = 10;

/// How long decisions take on the local network: with half of the votes at once, eight blocks and what is changed.
const PERIODS: Periods = Periods { prepare: 2, decision: 120, confirm: 4, enactment: 2 };

/// How many blocks are between two rounds of the beacon there.
const ROUND_LENGTH: u32 = 10;

/// What pools work by there: what leaves is paid out after a bit more than two minutes, in which its worker's results can
/// be disputed.
const POOLS: PoolParameters =
    PoolParameters { minimum: PHA, deposit: 10 * PHA, unbonding: 260, cooling: 250, notice: 20, patience: 20 };

/// What workers earn by there: a challenge every ten seconds, on average, ten seconds to answer it, and as many to be
/// measured in. Few units of work are done in these, so that a hundredth of one a block is a unit of capacity.
const REWARDS: RewardsParameters = RewardsParameters {
    decay_blocks: 7_200,
    least_stake: PHA,
    rounds_per_challenge: 2,
    answers_per_round: 100,
    answer_blocks: 20,
    rounds_per_measurement: 30,
    measure_blocks: 20,
    measure_distance: 20,
    capacity_scale: 100,
    ..adyton_pallet_rewards::production()
};

/// What offences cost there, as everywhere; reported within two minutes, applied five seconds later.
const SLASHING: SlashingParameters = SlashingParameters {
    evidence_window: 240,
    appeal: 10,
    offline_grace: 40,
    offline_period: 20,
    offline_step: Perbill::from_parts(1_000_000),
    offline_limit: Perbill::from_percent(10),
    expired_grace: 10,
    revoked_grace: 4,
    invalid: Perbill::from_percent(1),
    two_histories: Perbill::from_percent(10),
    key_extracted: Perbill::one(),
    reporter_share: Perbill::from_percent(10),
    reveal_after: 2,
    commitment_deposit: 10 * PHA,
};

/// How results are disputed there: within two minutes, before one juror, so that two workers of two operators are enough;
/// half a minute to run the call, and a quarter to say what came of it.
const DISPUTES: DisputeParameters = DisputeParameters {
    window: 240,
    jurors: 1,
    wait: 60,
    commit: 60,
    reveal: 30,
    ..adyton_pallet_disputes::production()
};

/// For how many blocks a vote of the lowest conviction locks there.
const VOTE_LOCK: u32 = 20;

/// Sessions of 25 seconds there, and what goes by them.
const VALIDATORS: ValidatorParameters =
    ValidatorParameters { session: 50, validators: 10, unbonding: 3, minimum: 1_000 * PHA, appeal: 20 };

/// What the first validator there has bonded.
const BOND: Balance = 100_000 * PHA;

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

/// What gas goes by there: claims every two seconds at most, and other terms after twenty.
fn gas() -> GasParameters {
    GasParameters { period: 4, window: 40, notice: 40, ..GasParameters::default() }
}

/// The local network: //Alice makes and finalizes blocks, for which //Alice//stash has a bond, and each development
/// account has a million PHA.
pub fn local() -> Value {
    let funded: Vec<(AccountId, Balance)> =
        Sr25519Keyring::well_known().map(|account| (account.to_account_id(), 1_000_000 * PHA)).collect();
    let validator = Sr25519Keyring::AliceStash.to_account_id();
    let keys =
        SessionKeys { aura: Sr25519Keyring::Alice.public().into(), grandpa: Ed25519Keyring::Alice.public().into() };
    json!({
        "balances": { "balances": funded },
        "slots": { "duration": 500 },
        "session": { "keys": [(&validator, &validator, keys)] },
        "validators": { "parameters": VALIDATORS, "validators": [(&validator, BOND)] },
        "attestation": { "policies": KindPolicy::shipped(), "delay": CHANGE_DELAY },
        "workers": { "deposit": 100 * PHA },
        "keys": { "dangerCommitteeOfOne": true },
        "beacon": { "roundLength": ROUND_LENGTH },
        "pools": { "parameters": POOLS },
        "rewards": { "parameters": REWARDS },
        "slashing": { "parameters": SLASHING },
        "usage": { "parameters": gas() },
        "disputes": { "parameters": DISPUTES },
        "governance": {
            "periods": Tracks::numbers().map(|track| (track, PERIODS)).collect::<Vec<_>>(),
            "lock": VOTE_LOCK,
        },
    })
}
