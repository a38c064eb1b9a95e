// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! Chain specifications: a preset of the runtime, with a patch over it.

use std::path::Path;

use adyton_runtime::{SS58_PREFIX, WASM_BINARY, genesis};
use polkadot_sdk::*;
use sc_service::{ChainType, Properties};
use serde_json::Value;

/// The chain specification; it has no extensions.
pub type ChainSpec = sc_service::GenericChainSpec;

/// The specification of `preset` with `patch` merged over its genesis.
pub fn from_preset(preset: &str, patch: Option<Value>, name: Option<&str>, id: Option<&str>) -> Result<ChainSpec, String> {
    let wasm = WASM_BINARY.ok_or("this node was built without its runtime (SKIP_WASM_BUILD was set)")?;
    let json = genesis::preset(&preset.into())
        .ok_or_else(|| format!("there is no preset '{preset}'; there is: {:?}", genesis::names()))?;
    let mut config: Value = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    if let Some(patch) = patch {
        merge(&mut config, patch);
    }
    Ok(ChainSpec::builder(wasm, None)
        .with_name(name.unwrap_or("Adyton local development (insecure)"))
        .with_id(id.unwrap_or("adyton_local_insecure"))
        .with_chain_type(ChainType::Local)
        .with_properties(properties())
        .with_genesis_config_patch(config)
        .build())
}

/// Reads a patch: a JSON object.
pub fn read_patch(path: &Path) -> Result<Value, String> {
    let text = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let value: Value =
        serde_json::from_slice(&text).map_err(|error| format!("{} is not JSON: {error}", path.display()))?;
    if value.is_object() { Ok(value) } else { Err(format!("{} is not a JSON object", path.display())) }
}

/// JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Default::default());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(&key);
            } else {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
    }
}

fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), "PHA".into());
    properties.insert("tokenDecimals".into(), 12.into());
    properties.insert("ss58Format".into(), SS58_PREFIX.into());
    properties
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_replaces_adds_and_removes() {
        let mut target = json!({ "a": 1, "b": { "c": 2, "d": 3 } });
        merge(&mut target, json!({ "b": { "c": null, "e": 4 }, "f": [5] }));
        assert_eq!(target, json!({ "a": 1, "b": { "d": 3, "e": 4 }, "f": [5] }));
    }

    #[test]
    fn an_unknown_preset_is_refused_by_name() {
        assert!(from_preset("mainnet", None, None, None).expect_err("no such preset").contains("mainnet"));
    }
}
