// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The settings of `--local`: one machine, one authority, no neighbours, small.

use polkadot_sdk::*;
use sc_cli::{Database, DatabasePruningMode, RunCmd, TransactionPoolType};

/// Bytes of the cache over the state.
const TRIE_CACHE: usize = 32 << 20;
/// MiB of the database's cache.
const DATABASE_CACHE: usize = 32;

/// Sets everything that `--local` stands for; what else was given on the command line stays.
pub fn apply(run: &mut RunCmd) {
    run.alice = true;
    run.validator = true;
    run.force_authoring = true;
    run.telemetry_params.no_telemetry = true;
    run.prometheus_params.no_prometheus = true;
    if run.shared_params.log.is_empty() {
        // Four lines for each block, twice a second, help nobody.
        run.shared_params.log.push("warn".into());
    }
    quiet_network(run);
    let import = &mut run.import_params;
    import.pruning_params.state_pruning = Some(DatabasePruningMode::Archive);
    import.pruning_params.blocks_pruning = DatabasePruningMode::Archive;
    import.database_params.database = Some(Database::ParityDb);
    import.database_params.database_cache_size.get_or_insert(DATABASE_CACHE);
    import.trie_cache_size = import.trie_cache_size.min(TRIE_CACHE);
    run.pool_config.pool_type = TransactionPoolType::SingleState;
    run.runtime_params.max_runtime_instances = 4;
}

/// Loopback and a port of the system's choosing; nobody is looked for, nobody finds us.
fn quiet_network(run: &mut RunCmd) {
    let network = &mut run.network_params;
    network.no_mdns = true;
    network.out_peers = 0;
    network.in_peers = 0;
    network.in_peers_light = 0;
    network.node_key_params.unsafe_force_node_key_generation = true;
    if network.listen_addr.is_empty() && network.port.is_none() {
        network.listen_addr = vec!["/ip4/127.0.0.1/tcp/0".parse().expect("a well-formed multiaddress")];
    }
}
