// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The RPC methods beyond the service's own: accounts' next nonce, fees, and finality.

use std::sync::Arc;

use adyton_runtime::{AccountId, Balance, BlockNumber, Hash, Nonce, OpaqueBlock as Block};
use jsonrpsee::RpcModule;
use polkadot_sdk::*;
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_block_builder::BlockBuilder;
use sp_blockchain::{Error as BlockChainError, HeaderBackend, HeaderMetadata};
use sp_core::traits::SpawnNamed;

/// What GRANDPA's methods need.
pub struct Finality<B> {
    pub voter_state: SharedVoterState,
    pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    pub justifications: GrandpaJustificationStream<Block>,
    pub proofs: Arc<FinalityProofProvider<B, Block>>,
}

impl<B> Clone for Finality<B> {
    fn clone(&self) -> Self {
        Self {
            voter_state: self.voter_state.clone(),
            authority_set: self.authority_set.clone(),
            justifications: self.justifications.clone(),
            proofs: self.proofs.clone(),
        }
    }
}

/// All methods of this node.
pub fn methods<C, P, B>(
    client: Arc<C>,
    pool: Arc<P>,
    finality: Finality<B>,
    executor: Arc<dyn SpawnNamed>,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>>
where
    C: ProvideRuntimeApi<Block>
        + HeaderBackend<Block>
        + HeaderMetadata<Block, Error = BlockChainError>
        + Send
        + Sync
        + 'static,
    C::Api: frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce>
        + pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
        + BlockBuilder<Block>,
    P: TransactionPool + 'static,
    B: sc_client_api::Backend<Block> + Send + Sync + 'static,
{
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    module.merge(
        Grandpa::new(executor, finality.authority_set, finality.voter_state, finality.justifications, finality.proofs)
            .into_rpc(),
    )?;
    Ok(module)
}
