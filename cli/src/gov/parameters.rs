//! `adyton gov parameters`, and the file that proposes others.

use std::{fs, path::Path};

use adyton_client::{
    chain::{
        economy::{
            PoolParameters, Settings, SlashingParameters, dispute_parameters, pool_parameters, slashing_parameters,
            validator_settings,
        },
        extrinsic::{
            Call,
            calls::{Disputes, Pools, Rewards, Slashing, Usage, Validators},
        },
    },
    protocol::{dispute, rewards, storage, usage},
};
use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{connection::Connection, output::misuse};

/// The most bytes of a file.
const MAX_FILE: u64 = 64 * 1024;

/// What the track economy decides, each where it is there. Amounts are in units of 10^-12 PHA, shares in billionths (those
/// of gas in millionths), times in blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Of stake pools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pools: Option<PoolParameters>,
    /// Of rewards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rewards: Option<rewards::Parameters>,
    /// Of slashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slashing: Option<SlashingParameters>,
    /// Of gas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<usage::Parameters>,
    /// Of disputed results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disputes: Option<dispute::Parameters>,
    /// Of validators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validators: Option<Settings>,
}

/// Shows those of the network, in the form of the file.
pub async fn run(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let keys = [
        pool_parameters(),
        storage::rewards_parameters(),
        slashing_parameters(),
        storage::gas_parameters(),
        dispute_parameters(),
        validator_settings(),
    ];
    let facts = client.facts(&keys).await?;
    let parameters = Parameters {
        pools: facts.pool_parameters()?,
        rewards: facts.rewards_parameters()?,
        slashing: Some(facts.slashing_parameters()?.unwrap_or_default()),
        usage: Some(facts.gas_parameters()?),
        disputes: facts.dispute_parameters()?,
        validators: facts.validator_settings()?,
    };
    connection
        .output
        .result(&parameters, || serde_json::to_string_pretty(&parameters).expect("plain data with text keys encodes"))
}

/// The call that sets what a file has.
///
/// # Errors
/// The file cannot be read, or has nothing.
pub fn from_file(path: &Path) -> Result<Call> {
    let unreadable = |reason: String| misuse(format!("{}: {reason}", path.display()));
    let length = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > MAX_FILE {
        return Err(unreadable(format!("parameters have at most {MAX_FILE} bytes")));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let parameters: Parameters = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    parameters.call().ok_or_else(|| unreadable("it sets nothing".into()))
}

impl Parameters {
    fn call(self) -> Option<Call> {
        let calls = [
            self.pools.map(|parameters| Call::Pools(Pools::SetParameters(parameters))),
            self.rewards.map(|parameters| Call::Rewards(Rewards::SetParameters(Box::new(parameters)))),
            self.slashing.map(|parameters| Call::Slashing(Slashing::SetParameters(Box::new(parameters)))),
            self.usage.map(|parameters| Call::Usage(Usage::SetParameters(parameters))),
            self.disputes.map(|parameters| Call::Disputes(Disputes::SetParameters(parameters))),
            self.validators.map(|settings| Call::Validators(Validators::SetParameters(settings))),
        ];
        let mut calls: Vec<Call> = calls.into_iter().flatten().collect();
        match calls.len() {
            0 | 1 => calls.pop(),
            _ => Some(Call::all(calls)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOLS: PoolParameters =
        PoolParameters { minimum: 1, deposit: u128::MAX, unbonding: 3, cooling: 4, notice: 5, patience: 6 };

    fn read(text: &str) -> Result<Call> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parameters.json");
        fs::write(&path, text).unwrap();
        from_file(&path)
    }

    #[test]
    fn what_is_shown_can_be_proposed_again() {
        let shown = Parameters {
            pools: Some(POOLS),
            slashing: Some(SlashingParameters::default()),
            usage: Some(usage::Parameters::default()),
            ..Parameters::default()
        };
        let call = read(&serde_json::to_string_pretty(&shown).unwrap()).unwrap();
        assert_eq!(Some(call), shown.call());
    }

    #[test]
    fn only_what_the_file_has_is_set() {
        let shown = Parameters { pools: Some(POOLS), ..Parameters::default() };
        let call = read(&serde_json::to_string(&shown).unwrap()).unwrap();
        assert_eq!(call, Call::Pools(Pools::SetParameters(POOLS)));
    }

    #[test]
    fn a_file_that_sets_nothing_or_something_else_is_bad_use() {
        for bad in ["{}", "", r#"{"pool": {}}"#, r#"{"pools": {"minimum": 1}}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
