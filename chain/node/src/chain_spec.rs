// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! Chain specifications: a preset of the runtime, with a patch over it.

use std::path::Path;

use adyton_runtime::{RuntimeGenesisConfig, SS58_PREFIX, WASM_BINARY, genesis};
use polkadot_sdk::*;
use sc_service::{ChainType, Properties};
use serde_json::Value;
use sp_core::storage::well_known_keys::CODE;
use sp_runtime::BuildStorage as _;

/// The chain specification; it has no extensions.
pub type ChainSpec = sc_service::GenericChainSpec;

/// The genesis of `preset` with `patch` merged over it: a patch over the runtime's default genesis.
pub fn genesis(preset: &str, patch: Option<Value>) -> Result<Value, String> {
    let json = genesis::preset(&preset.into())
        .ok_or_else(|| format!("there is no preset '{preset}'; there is: {:?}", genesis::names()))?;
    let mut config: Value = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    if let Some(patch) = patch {
        merge(&mut config, patch);
    }
    Ok(config)
}

/// The local preset as it is. It names no network, so nothing can be registered on it.
pub fn local() -> Result<ChainSpec, String> {
    from_genesis(genesis(genesis::LOCAL, None)?, None, None)
}

/// The specification of a chain that begins with `genesis`.
pub fn from_genesis(genesis: Value, name: Option<&str>, id: Option<&str>) -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(wasm()?, None)
        .with_name(name.unwrap_or("Adyton local development (insecure)"))
        .with_id(id.unwrap_or("adyton_local_insecure"))
        .with_chain_type(ChainType::Local)
        .with_properties(properties())
        .with_genesis_config_patch(genesis)
        .build())
}

/// `spec` as JSON with the storage that `genesis` gives instead of the genesis itself. The storage is made by the
/// runtime's native code: compiling its WebAssembly for this alone would take seconds.
pub fn raw(spec: &ChainSpec, genesis: Value) -> Result<String, String> {
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).map_err(|error| error.to_string())?;
    merge(&mut config, genesis);
    let config: RuntimeGenesisConfig =
        serde_json::from_value(config).map_err(|error| format!("the genesis is refused: {error}"))?;
    let mut storage = config.build_storage()?;
    storage.top.insert(CODE.to_vec(), wasm()?.to_vec());
    let top: serde_json::Map<String, Value> =
        storage.top.iter().map(|(key, value)| (hex(key), Value::from(hex(value)))).collect();
    let mut json: Value = serde_json::from_str(&spec.as_json(false)?).map_err(|error| error.to_string())?;
    json["genesis"] = serde_json::json!({ "raw": { "top": top, "childrenDefault": {} } });
    serde_json::to_string_pretty(&json).map_err(|error| error.to_string())
}

fn wasm() -> Result<&'static [u8], String> {
    WASM_BINARY.ok_or_else(|| "this node was built without its runtime (SKIP_WASM_BUILD was set)".into())
}

fn hex(bytes: &[u8]) -> String {
    sp_core::bytes::to_hex(bytes, false)
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
        assert!(genesis("mainnet", None).expect_err("no such preset").contains("mainnet"));
    }

    #[test]
    fn the_native_storage_of_a_genesis_is_what_the_webassembly_makes_of_it() {
        let patch = json!({ "slots": { "duration": 250 } });
        let genesis = genesis(genesis::LOCAL, Some(patch)).expect("there is a local preset");
        let spec = from_genesis(genesis.clone(), None, None).expect("the runtime is in the node");
        let native: Value = serde_json::from_str(&raw(&spec, genesis).expect("builds")).expect("JSON");
        let compiled: Value = serde_json::from_str(&spec.as_json(true).expect("builds")).expect("JSON");
        assert_eq!(native["genesis"], compiled["genesis"]);
    }
}
