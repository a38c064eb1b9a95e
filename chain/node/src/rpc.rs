// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The RPC methods beyond the service's own: accounts' next nonce, fees, and finality.
//!
//! `adyton_proveFinality` says what `grandpa_proveFinality` does, without the headers between, which may be a week's: the
//! justification of the last block of the authority set that finalized a block, or of the newest one that there is, and
//! that block's header. Whoever follows the authorities from set to set asks it.

use std::sync::Arc;

use adyton_runtime::{AccountId, Balance, BlockNumber, Hash, Nonce, OpaqueBlock as Block};
use codec::Encode as _;
use jsonrpsee::{
    RpcModule,
    types::{ErrorObjectOwned, Params},
};
use polkadot_sdk::*;
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_transaction_pool_api::TransactionPool;
use serde_json::{Value, json};
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
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    let proofs = finality.proofs.clone();
    module.register_blocking_method("adyton_proveFinality", move |params, _, _| prove(&*client, &proofs, &params))?;
    module.merge(
        Grandpa::new(executor, finality.authority_set, finality.voter_state, finality.justifications, finality.proofs)
            .into_rpc(),
    )?;
    Ok(module)
}

/// A node has no such proof.
const NO_PROOF: i32 = -32_010;

/// See the module.
fn prove<C, B>(
    client: &C,
    proofs: &FinalityProofProvider<B, Block>,
    params: &Params<'_>,
) -> Result<Option<Value>, ErrorObjectOwned>
where
    C: HeaderBackend<Block>,
    B: sc_client_api::Backend<Block> + Send + Sync + 'static,
{
    let refused = |error: String| ErrorObjectOwned::owned(NO_PROOF, error, None::<()>);
    let number: BlockNumber = params.one()?;
    let proof = proofs.prove_finality_proof(number, false).map_err(|error| refused(error.to_string()))?;
    let Some(proof) = proof else { return Ok(None) };
    let header = client.header(proof.block).map_err(|error| refused(error.to_string()))?;
    let header = header.ok_or_else(|| refused("the justified block has no header".into()))?;
    let hex = |bytes: &[u8]| sp_core::bytes::to_hex(bytes, false);
    Ok(Some(json!({
        "block": proof.block,
        "header": hex(&header.encode()),
        "justification": hex(&proof.justification),
    })))
}
