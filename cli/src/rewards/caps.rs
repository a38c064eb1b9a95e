//! How much capacity counts of one machine, as `adyton rewards parameters` shows it.

use adyton_client::{
    chain::facts::Facts,
    protocol::{cpu::CpuModel, record::EvidenceKind, storage},
};
use anyhow::{Context, Result, ensure};
use codec::DecodeAll;
use serde_json::{Value, json};

/// The caps as they are proven.
#[derive(Default)]
pub struct Caps {
    /// By the model of the processor.
    pub models: Vec<(CpuModel, u64)>,
    /// By the kind of the workers' evidence, where the processor's model has none.
    pub kinds: Vec<(EvidenceKind, u64)>,
}

impl Caps {
    /// The keys that [`Caps::of`] needs for these models.
    pub fn keys(models: &[CpuModel]) -> Vec<Vec<u8>> {
        let mut keys = EvidenceKind::ALL.map(storage::capacity_cap).to_vec();
        keys.push(storage::model_cap_count());
        keys.extend(models.iter().map(storage::model_cap));
        keys
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where `models` are not all that have a cap of their own: a node need not list what there is.
    pub fn of(facts: &Facts, models: &[CpuModel]) -> Result<Self> {
        let mut caps = Self::default();
        for kind in EvidenceKind::ALL {
            caps.kinds.push((kind, facts.capacity_cap(kind)?));
        }
        for model in models {
            let cap = facts.model_cap(model)?.context("the node lists a processor without a cap of its own")?;
            caps.models.push((*model, cap));
        }
        let (listed, count) = (models.len(), facts.model_cap_count()?);
        ensure!(
            u32::try_from(listed) == Ok(count),
            "the node lists {listed} of {count} processors with a cap of their own: use another node"
        );
        Ok(caps)
    }

    /// For programs: those of models, and those of kinds.
    pub fn json(&self) -> [Value; 2] {
        let models = self.models.iter().map(|(model, cap)| json!({ "model": model, "cap": cap }));
        let kinds = self.kinds.iter().map(|(kind, cap)| json!({ "kind": kind, "cap": cap }));
        [models.collect(), kinds.collect()]
    }

    /// For people.
    pub fn text(&self) -> String {
        let models = self.models.iter().map(|(model, cap)| format!("{model} {cap}"));
        let kinds = self.kinds.iter().map(|(kind, cap)| format!("{kind} {cap}"));
        models.chain(kinds).collect::<Vec<_>>().join(", ")
    }
}

/// The model that a key of its cap is about.
pub fn model_of(key: &[u8]) -> Option<CpuModel> {
    // Before it stand 16 bytes each for the pallet, the map, and the model's hash.
    let model = CpuModel::decode_all(&mut key.get(48..)?).ok()?;
    (storage::model_cap(&model) == key).then_some(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: CpuModel = CpuModel::AmdCpuid { family: 0x19, model: 0x11 };

    #[test]
    fn a_key_says_which_model_it_is_about_and_others_none() {
        let key = storage::model_cap(&MODEL);
        assert_eq!(model_of(&key), Some(MODEL));
        let another_hash = [&key[..47], &[!key[47]], &key[48..]].concat();
        let other = storage::capacity_cap(EvidenceKind::AmdSnp);
        for wrong in [&key[..48], &key[..key.len() - 1], &[&key[..], &[0]].concat(), &another_hash, &other, &[]] {
            assert_eq!(model_of(wrong), None, "{}", hex::encode(wrong));
        }
    }

    #[test]
    fn models_are_named_before_kinds() {
        let caps = Caps { models: vec![(MODEL, 7)], kinds: vec![(EvidenceKind::AmdSnp, 9)] };
        assert_eq!(caps.text(), "amd-cpuid 0x1911 7, amd-snp 9");
        let [models, kinds] = caps.json();
        assert_eq!(models, json!([{ "model": "amd-cpuid 0x1911", "cap": 7 }]));
        assert_eq!(kinds, json!([{ "kind": "amd-snp", "cap": 9 }]));
    }
}
