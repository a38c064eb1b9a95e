//! What a network begins with. Whatever is wrong with it stops the chain before its first block.

use polkadot_sdk::sp_core::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Config, GenesisConfig, Pallet, accepted::When};

/// A pair of roots at genesis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisRoot {
    /// The self-signed certificate of devices: DER, as `0x` and hexadecimal digits.
    pub device: Bytes,
    /// That of manifests.
    pub manifest: Bytes,
    /// Whether it stands for no hardware.
    pub development: bool,
}

pub(crate) fn build<T: Config>(genesis: &GenesisConfig<T>) {
    if let Some(policy) = genesis.policy {
        Pallet::<T>::adopt(policy, When::AtGenesis);
    }
    for GenesisRoot { device, manifest, development } in &genesis.roots {
        let accepted = Pallet::<T>::accept_root(device, manifest, *development, When::AtGenesis);
        assert!(accepted.is_ok(), "each root's certificates are ones, and each root is there once");
    }
}
