//! A node without network: the client and database of `adyton-node`, and its executor.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use adyton_runtime::{Hash, OpaqueBlock as Block, RuntimeEvent, WASM_BINARY, apis::RuntimeApi};
use codec::Decode as _;
use frame_support::storage::storage_prefix;
use polkadot_sdk::*;
use sc_client_api::{StorageProvider, execution_extensions::ExecutionExtensions};
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, StateAction, StorageChanges};
use sc_executor::DEFAULT_HEAP_ALLOC_STRATEGY;
use sc_service::{ClientConfig, GenesisBlockBuilder, TFullBackend, TFullClient};
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_core::{
    storage::{StorageKey, well_known_keys::CODE},
    testing::TaskExecutor,
};
use sp_runtime::traits::{Block as _, HashingFor};
use sp_storage::Storage;

use crate::Result;

/// What executes the runtime's WebAssembly.
pub type Executor = sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The node's view of its chain.
pub type Client = TFullClient<Block, RuntimeApi, Executor>;
/// What a block changes.
pub type Changes = sp_state_machine::StorageChanges<HashingFor<Block>>;

/// Bytes of the cache over the state: what a node has that was told nothing.
const TRIE_CACHE: usize = 64 << 20;

/// A node.
pub struct Node {
    client: Client,
}

/// With the settings of a node that was told nothing.
pub fn executor() -> Executor {
    Executor::builder()
        .with_onchain_heap_alloc_strategy(DEFAULT_HEAP_ALLOC_STRATEGY)
        .with_offchain_heap_alloc_strategy(DEFAULT_HEAP_ALLOC_STRATEGY)
        .build()
}

/// With the runtime that the node has.
pub fn with_code(mut genesis: Storage) -> Result<Storage> {
    let code = WASM_BINARY.ok_or("the runtime was built without its WebAssembly (SKIP_WASM_BUILD was set)")?;
    genesis.top.insert(CODE.to_vec(), code.to_vec());
    Ok(genesis)
}

impl Node {
    /// With its database in `folder`, as `adyton-node` has it.
    pub fn open(folder: &Path, genesis: Storage, executor: Executor) -> Result<Self> {
        let settings = DatabaseSettings {
            trie_cache_maximum_size: Some(TRIE_CACHE),
            state_pruning: Some(PruningMode::ArchiveAll),
            source: DatabaseSource::ParityDb { path: folder.to_owned() },
            blocks_pruning: BlocksPruning::KeepAll,
            pruning_filters: Vec::new(),
            metrics_registry: None,
        };
        let backend: Arc<TFullBackend<Block>> = sc_service::new_db_backend(settings)?;
        let builder = GenesisBlockBuilder::new_with_storage(genesis, true, backend.clone(), executor.clone())?;
        let extensions = ExecutionExtensions::new(None, Arc::new(executor.clone()));
        let tasks = Box::new(TaskExecutor::new());
        let settings = ClientConfig::default();
        let client = sc_service::new_client::<_, Block, RuntimeApi, _>(
            backend, executor, builder, None, None, extensions, tasks, None, None, settings,
        )?;
        Ok(Self { client })
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The hash of the chain's first block.
    pub fn genesis(&self) -> Hash {
        self.client.info().genesis_hash
    }

    /// The newest block: its hash and number.
    pub fn best(&self) -> (Hash, u32) {
        let info = self.client.info();
        (info.best_hash, info.best_number)
    }

    /// Takes a block that this node has built.
    pub fn adopt(&mut self, block: Block, changes: Changes) -> Result<()> {
        let action = StateAction::ApplyChanges(StorageChanges::Changes(changes));
        self.take(block, BlockOrigin::Own, action)?;
        Ok(())
    }

    /// Executes a block of another node's, and takes it. Gives how long that took.
    pub fn import(&mut self, block: Block) -> Result<Duration> {
        self.take(block, BlockOrigin::NetworkBroadcast, StateAction::Execute)
    }

    fn take(&mut self, block: Block, origin: BlockOrigin, action: StateAction<Block>) -> Result<Duration> {
        let (header, body) = block.deconstruct();
        let mut parameters = BlockImportParams::new(origin, header);
        parameters.body = Some(body);
        parameters.state_action = action;
        parameters.fork_choice = Some(ForkChoiceStrategy::LongestChain);
        let begin = Instant::now();
        let outcome = futures::executor::block_on(BlockImport::import_block(&self.client, parameters))?;
        let time = begin.elapsed();
        match outcome {
            ImportResult::Imported(_) => Ok(time),
            other => Err(format!("the block is not imported: {other:?}").into()),
        }
    }

    /// How many extrinsics of the newest block have succeeded.
    pub fn succeeded(&self) -> Result<usize> {
        let key = StorageKey(storage_prefix(b"System", b"Events").to_vec());
        let found = self.client.storage(self.best().0, &key)?.ok_or("a block without events")?;
        let events = Vec::<frame_system::EventRecord<RuntimeEvent, Hash>>::decode(&mut &found.0[..])?;
        let success =
            |event: &RuntimeEvent| matches!(event, RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { .. }));
        Ok(events.iter().filter(|record| success(&record.event)).count())
    }
}
