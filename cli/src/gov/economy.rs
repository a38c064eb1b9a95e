//! What a proposal does to the economy, in words: see [`super::describe`].

use adyton_client::{
    chain::{
        economy::{PoolParameters, Settings, SlashingParameters},
        extrinsic::{
            Call,
            calls::{Disputes, Pools, Rewards, Slashing, Usage, Validators},
        },
    },
    protocol::{dispute, rewards, usage},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::describe::Described;
use crate::account::pha;

/// A call that the track economy decides about; none for any other.
pub fn of(call: &Call) -> Option<Described> {
    let (name, arguments) = match call {
        Call::Pools(Pools::SetParameters(parameters)) => ("Pools.set_parameters", pools(parameters)),
        Call::Rewards(Rewards::SetParameters(parameters)) => ("Rewards.set_parameters", rewards(parameters)?),
        Call::Rewards(Rewards::SetCapacityCap { kind, cap }) => {
            ("Rewards.set_capacity_cap", json!({ "kind": kind, "cap": cap }))
        }
        Call::Rewards(Rewards::SetModelCap { model, cap }) => {
            ("Rewards.set_model_cap", json!({ "model": model, "cap": cap }))
        }
        Call::Slashing(Slashing::SetParameters(parameters)) => ("Slashing.set_parameters", slashing(parameters)),
        Call::Slashing(Slashing::Cancel(offence)) => ("Slashing.cancel", json!({ "offence": offence })),
        Call::Usage(Usage::SetParameters(parameters)) => {
            let plain = usage::Parameters { minimum: 0, ..*parameters };
            ("Usage.set_parameters", with_amounts(&plain, &[("minimum", parameters.minimum)])?)
        }
        Call::Disputes(Disputes::SetParameters(parameters)) => {
            let plain = dispute::Parameters { bond: 0, fee: 0, ..parameters.clone() };
            let amounts = [("bond", parameters.bond), ("fee", parameters.fee)];
            ("Disputes.set_parameters", with_amounts(&plain, &amounts)?)
        }
        Call::Validators(Validators::SetParameters(settings)) => ("Validators.set_parameters", validators(settings)),
        Call::Validators(Validators::CancelSlash(number)) => ("Validators.cancel_slash", json!({ "slash": number })),
        _other => return None,
    };
    Some(Described::new(name, arguments))
}

fn pools(parameters: &PoolParameters) -> Value {
    json!({
        "minimum_pha": pha(parameters.minimum),
        "deposit_pha": pha(parameters.deposit),
        "unbonding": parameters.unbonding,
        "cooling": parameters.cooling,
        "notice": parameters.notice,
        "patience": parameters.patience,
    })
}

fn rewards(parameters: &rewards::Parameters) -> Option<Value> {
    let plain = rewards::Parameters { budget: 0, stake_cap: 0, least_stake: 0, ..parameters.clone() };
    let (budget, cap, least) = (parameters.budget, parameters.stake_cap, parameters.least_stake);
    with_amounts(&plain, &[("budget", budget), ("stakeCap", cap), ("leastStake", least)])
}

/// Parameters by their names, and amounts in PHA: a JSON value has no room for the largest of them as a number.
fn with_amounts(plain: &impl Serialize, amounts: &[(&str, u128)]) -> Option<Value> {
    let mut said = serde_json::to_value(plain).ok()?;
    for (name, amount) in amounts {
        *said.get_mut(name)? = json!(format!("{} PHA", pha(*amount)));
    }
    Some(said)
}

/// For people and programs: all rules of slashing.
pub fn slashing(parameters: &SlashingParameters) -> Value {
    json!({
        "evidence_window": parameters.evidence_window,
        "appeal": parameters.appeal,
        "offline_grace": parameters.offline_grace,
        "offline_period": parameters.offline_period,
        "offline_step_percent": parameters.offline_step.percent(),
        "offline_limit_percent": parameters.offline_limit.percent(),
        "expired_grace_seconds": parameters.expired_grace,
        "revoked_grace": parameters.revoked_grace,
        "invalid_percent": parameters.invalid.percent(),
        "two_histories_percent": parameters.two_histories.percent(),
        "key_extracted_percent": parameters.key_extracted.percent(),
        "reporter_share_percent": parameters.reporter_share.percent(),
        "reveal_after": parameters.reveal_after,
        "commitment_deposit_pha": pha(parameters.commitment_deposit),
    })
}

fn validators(settings: &Settings) -> Value {
    json!({
        "session": settings.session,
        "validators": settings.validators,
        "unbonding_sessions": settings.unbonding,
        "minimum_pha": pha(settings.minimum),
        "appeal": settings.appeal,
    })
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::governance::Track;

    use super::{
        super::{describe, fitting::least},
        *,
    };

    #[test]
    fn a_slash_is_cancelled_on_the_track_economy() {
        for call in [Call::Slashing(Slashing::Cancel(7)), Call::Validators(Validators::CancelSlash(7))] {
            assert_eq!(least(&call), Some(Track::Economy));
            let said = describe::of_bytes(&call.encoded()).unwrap();
            assert!(said.text().contains(": 7"), "{}", said.text());
        }
    }

    #[test]
    fn other_rules_of_pools_are_named_with_all_that_they_say() {
        let parameters = PoolParameters {
            minimum: 1_000_000_000_000,
            deposit: 0,
            unbonding: 201_600,
            cooling: 1,
            notice: 2,
            patience: 3,
        };
        let said = of(&Call::Pools(Pools::SetParameters(parameters))).unwrap();
        assert_eq!(said.name, "Pools.set_parameters");
        assert_eq!((&said.arguments["minimum_pha"], &said.arguments["unbonding"]), (&json!("1"), &json!(201_600)));
    }

    #[test]
    fn amounts_of_any_size_are_said_in_pha() {
        let parameters = rewards::Parameters { budget: 1_500_000_000_000, stake_cap: u128::MAX, ..RULES };
        let said = of(&Call::Rewards(Rewards::SetParameters(Box::new(parameters)))).unwrap();
        assert_eq!(said.arguments["budget"], json!("1.5 PHA"));
        assert_eq!(said.arguments["stakeCap"], json!(format!("{} PHA", pha(u128::MAX))));
        assert_eq!((&said.arguments["leastStake"], &said.arguments["decay"]), (&json!("0 PHA"), &json!(7)));
        let parameters = usage::Parameters { minimum: u128::MAX, ..usage::Parameters::default() };
        let said = of(&Call::Usage(Usage::SetParameters(parameters))).unwrap();
        assert_eq!(said.arguments["minimum"], json!(format!("{} PHA", pha(u128::MAX))));
    }

    /// Those of a network that nobody would want.
    const RULES: rewards::Parameters = rewards::Parameters {
        budget: 0,
        decay: 7,
        decay_blocks: 1,
        treasury: 0,
        tiers: [0; rewards::MAX_TIERS],
        stake_cap: 0,
        least_stake: 0,
        rounds_per_challenge: 1,
        answers_per_round: 1,
        answer_blocks: 1,
        rounds_per_measurement: 1,
        measure_blocks: 1,
        measure_distance: 1,
        missed_measurements: 1,
        capacity_scale: 1,
    };

    #[test]
    fn what_nobody_decides_about_has_no_words() {
        for call in
            [Call::Pools(Pools::Claim(3)), Call::Slashing(Slashing::Apply(3)), Call::Validators(Validators::Chill)]
        {
            assert_eq!(of(&call), None);
            assert_eq!(describe::of_bytes(&call.encoded()), None);
        }
    }
}
