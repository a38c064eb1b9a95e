// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The service: database, transaction pool, networking, block production, finality, RPC; in this order.

use std::{path::Path, sync::Arc, time::Duration};

use adyton_runtime::{Hash, OpaqueBlock as Block, apis::RuntimeApi};
use codec::DecodeAll as _;
use futures::FutureExt;
use polkadot_sdk::*;
use sc_client_api::BlockBackend;
use sc_consensus::{BasicQueue, DefaultImportQueue};
use sc_consensus_aura::{BuildVerifierParams, CheckForEquivocation, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{FinalityProofProvider, SharedVoterState, VotingRulesBuilder};
use sc_executor::{DEFAULT_HEAP_ALLOC_STRATEGY, HeapAllocStrategy};
use sc_executor_common::runtime_blob::RuntimeBlob;
use sc_network::{Litep2pNetworkBackend, NetworkBackend, config::NetworkBackendType};
use sc_service::{
    ChainType, Configuration, TaskManager, WarpSyncConfig, config::ExecutorConfiguration, error::Error as ServiceError,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::sr25519::AuthorityPair;
use sp_state_machine::BasicExternalities;
use sp_version::RuntimeVersion;

use crate::{equivocations::Watch, rpc};

type Executor = sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The node's view of its chain.
pub type Client = sc_service::TFullClient<Block, RuntimeApi, Executor>;
type FullBackend = sc_service::TFullBackend<Block>;
type SelectChain = sc_consensus::LongestChain<FullBackend, Block>;
type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;
type GrandpaImport = sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, Client, SelectChain>;
type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, Client, SelectChain>;
type Network = Litep2pNetworkBackend;

/// How often finality leaves a proof behind, and how near to the newest block it votes.
struct Cadence {
    /// Blocks between two stored justifications.
    justification_period: u32,
    /// How long a vote is expected to travel.
    gossip: Duration,
    /// Whether votes stay behind the newest block so that several authorities agree sooner.
    lag: bool,
}

impl Cadence {
    /// One machine has nobody to wait for, and whoever starts it waits for each block's proof.
    fn of(chain: &ChainType) -> Self {
        match chain {
            ChainType::Local | ChainType::Development => {
                Self { justification_period: 1, gossip: Duration::from_millis(50), lag: false }
            }
            ChainType::Live | ChainType::Custom(_) => {
                Self { justification_period: 16, gossip: Duration::from_millis(333), lag: true }
            }
        }
    }
}

struct Parts {
    client: Arc<Client>,
    backend: Arc<FullBackend>,
    tasks: TaskManager,
    import_queue: DefaultImportQueue<Block>,
    keystore: sc_service::KeystoreContainer,
    select_chain: SelectChain,
    pool: Arc<Pool>,
    import: GrandpaImport,
    link: GrandpaLink,
    telemetry: Option<Telemetry>,
}

/// Starts a node and returns its tasks.
///
/// `wasm_cache` is a folder for the compiled runtime.
pub fn start(config: Configuration, wasm_cache: &Path) -> Result<TaskManager, ServiceError> {
    if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
        return Err(ServiceError::Other("this node speaks litep2p only; leave --network-backend out".into()));
    }
    let cadence = Cadence::of(&config.chain_spec.chain_type());
    let parts = open(&config, &cadence, executor(&config.executor, wasm_cache))?;
    run(config, cadence, parts)
}

/// The executor with the settings of the command line, and a place to keep what it compiles.
fn executor(config: &ExecutorConfiguration, wasm_cache: &Path) -> Executor {
    let pages = config.default_heap_pages.map(|pages| HeapAllocStrategy::Static { extra_pages: pages as u32 });
    let strategy = pages.unwrap_or(DEFAULT_HEAP_ALLOC_STRATEGY);
    Executor::builder()
        .with_execution_method(config.wasm_method)
        .with_onchain_heap_alloc_strategy(strategy)
        .with_offchain_heap_alloc_strategy(strategy)
        .with_max_runtime_instances(config.max_runtime_instances)
        .with_runtime_cache_size(config.runtime_cache_size)
        .with_cache_path(wasm_cache)
        .build()
}

/// The runtime that chains of this node begin with.
pub fn built_in() -> Result<&'static [u8], String> {
    adyton_runtime::WASM_BINARY.ok_or_else(|| "the runtime was built without its WebAssembly".into())
}

/// Compiles a runtime into `wasm_cache`, with the settings of a node that was given none: what such a node does when it
/// first needs it. Does not compile what lies there. Gives what the runtime says of itself.
pub fn compile_runtime(code: &[u8], wasm_cache: &Path) -> Result<RuntimeVersion, String> {
    let blob = RuntimeBlob::uncompress_if_needed(code).map_err(|error| format!("this is no runtime: {error}"))?;
    let executor = executor(&ExecutorConfiguration::default(), wasm_cache);
    // The cheapest call: a module is compiled only to be called.
    let called = executor.uncached_call(blob, &mut BasicExternalities::default(), true, "Core_version", &[]);
    let said = called.map_err(|error| format!("this is no runtime: {error}"))?;
    RuntimeVersion::decode_all(&mut &said[..]).map_err(|_| "this is no runtime: it tells no version".into())
}

fn open(config: &Configuration, cadence: &Cadence, executor: Executor) -> Result<Parts, ServiceError> {
    let endpoints = config.telemetry_endpoints.clone().filter(|endpoints| !endpoints.is_empty());
    let telemetry = endpoints
        .map(|endpoints| -> Result<_, sc_telemetry::Error> {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()?;
    let (client, backend, keystore, tasks) = sc_service::new_full_parts::<Block, RuntimeApi, _>(
        config,
        telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
        executor,
        Vec::new(),
    )?;
    let client = Arc::new(client);
    let telemetry = telemetry.map(|(worker, telemetry)| {
        tasks.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });
    let select_chain = sc_consensus::LongestChain::new(backend.clone());
    let pool = Arc::from(
        sc_transaction_pool::Builder::new(
            tasks.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );
    let (import, link) = sc_consensus_grandpa::block_import(
        client.clone(),
        cadence.justification_period,
        &client,
        select_chain.clone(),
        telemetry.as_ref().map(|telemetry| telemetry.handle()),
    )?;
    let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
    let verifier = sc_consensus_aura::build_verifier::<AuthorityPair, _, _, Block>(BuildVerifierParams {
        client: client.clone(),
        create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
        // That one only writes them down.
        check_for_equivocation: CheckForEquivocation::No,
        telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
        compatibility_mode: Default::default(),
    });
    let reports = OffchainTransactionPoolFactory::new(pool.clone());
    let import_queue = BasicQueue::new(
        Watch::new(verifier, client.clone(), reports),
        Box::new(import.clone()),
        Some(Box::new(import.clone())),
        &tasks.spawn_essential_handle(),
        config.prometheus_registry(),
    );
    Ok(Parts { client, backend, tasks, import_queue, keystore, select_chain, pool, import, link, telemetry })
}

type Inherents = (sp_consensus_aura::inherents::InherentDataProvider, sp_timestamp::InherentDataProvider);

fn inherents(slot_duration: sc_consensus_aura::SlotDuration) -> Inherents {
    let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
    let slot =
        sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(*timestamp, slot_duration);
    (slot, timestamp)
}

fn run(config: Configuration, cadence: Cadence, parts: Parts) -> Result<TaskManager, ServiceError> {
    let Parts { client, backend, mut tasks, import_queue, keystore, select_chain, pool, import, link, mut telemetry } =
        parts;

    // Networking.
    let registry = config.prometheus_registry().cloned();
    let mut net_config =
        sc_network::config::FullNetworkConfiguration::<Block, Hash, Network>::new(&config.network, registry.clone());
    let metrics = <Network as NetworkBackend<Block, Hash>>::register_notification_metrics(registry.as_ref());
    let genesis = client.block_hash(0)?.ok_or("the database has no genesis block")?;
    let grandpa_name = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
    let (grandpa_protocol, grandpa_notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<Block, Network>(
        grandpa_name.clone(),
        metrics.clone(),
        net_config.peer_store_handle(),
    );
    net_config.add_notification_protocol(grandpa_protocol);
    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        link.shared_authority_set().clone(),
        Vec::new(),
    ));
    let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
        sc_service::build_network(sc_service::BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: pool.clone(),
            spawn_handle: tasks.spawn_handle(),
            spawn_essential_handle: tasks.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;

    // RPC, and the tasks that every node has.
    let role = config.role;
    let force_authoring = config.force_authoring;
    let name = config.network.node_name.clone();
    let enable_grandpa = !config.disable_grandpa;
    let voter_state = SharedVoterState::empty();
    let rpc_builder = {
        let (client, pool) = (client.clone(), pool.clone());
        let finality = rpc::Finality {
            voter_state: voter_state.clone(),
            authority_set: link.shared_authority_set().clone(),
            justifications: link.justification_stream(),
            proofs: FinalityProofProvider::new_for_service(backend.clone(), Some(link.shared_authority_set().clone())),
        };
        Box::new(move |executor| {
            rpc::methods(client.clone(), pool.clone(), finality.clone(), executor).map_err(Into::into)
        })
    };
    sc_service::spawn_tasks(sc_service::SpawnTasksParams {
        network: network.clone(),
        client: client.clone(),
        keystore: keystore.keystore(),
        task_manager: &mut tasks,
        transaction_pool: pool.clone(),
        rpc_builder,
        backend,
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        config,
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    // Block production.
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());
    if role.is_authority() {
        let proposer_factory = sc_basic_authorship::ProposerFactory::new(
            tasks.spawn_handle(),
            client.clone(),
            pool.clone(),
            registry.as_ref(),
            telemetry_handle.clone(),
        );
        let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
        let aura = sc_consensus_aura::start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
            slot_duration,
            client,
            select_chain,
            block_import: import,
            proposer_factory,
            create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
            force_authoring,
            backoff_authoring_blocks: None::<()>,
            keystore: keystore.keystore(),
            sync_oracle: sync_service.clone(),
            justification_sync_link: sync_service.clone(),
            block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
            max_block_proposal_slot_portion: None,
            telemetry: telemetry_handle.clone(),
            compatibility_mode: Default::default(),
        })?;
        tasks.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), aura);
    }

    // Finality.
    if enable_grandpa {
        let voting_rule =
            if cadence.lag { VotingRulesBuilder::default().build() } else { VotingRulesBuilder::new().build() };
        let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
            config: sc_consensus_grandpa::Config {
                gossip_duration: cadence.gossip,
                justification_generation_period: cadence.justification_period,
                name: Some(name),
                observer_enabled: false,
                keystore: role.is_authority().then(|| keystore.keystore()),
                local_role: role,
                telemetry: telemetry_handle.clone(),
                protocol_name: grandpa_name,
            },
            link,
            network,
            sync: Arc::new(sync_service),
            notification_service: grandpa_notifications,
            voting_rule,
            prometheus_registry: registry,
            shared_voter_state: voter_state,
            telemetry: telemetry_handle,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(pool),
        })?;
        tasks.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter.map(|_| ()));
    }
    Ok(tasks)
}
