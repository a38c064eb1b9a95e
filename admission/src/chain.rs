//! The chain as a measured program reaches it: proven from a genesis, checked to be the right network, and kept
//! fresh by nonces of the program's own.

use std::{sync::Arc, time::Duration};

use adyton_chain_client::{
    extrinsic::{Call, calls},
    facts::Facts,
    rpc::{HttpSource, Reader, Source},
    verifier::{Checkpoint, Freshness},
};
use adyton_protocol::{
    ids::{BlockHash, NetworkId},
    record::NetworkRecord,
    storage,
};
use rand_core::{OsRng, RngCore};

use crate::{AdmissionError, counter};

/// How long the node is waited for.
const REACH: Duration = Duration::from_secs(60);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Proven reads over any node.
pub type ChainReader = Reader<Arc<dyn Source>>;

/// Connects to the node at `url`, which is not believed: what it shows is verified from the genesis with hash
/// `genesis`. A node that does not answer yet is waited for, a minute at most.
pub async fn connect(url: &str, genesis: BlockHash) -> Result<ChainReader, AdmissionError> {
    let source: Arc<dyn Source> = Arc::new(HttpSource::new(url)?);
    let checkpoint = patiently(|| Checkpoint::fetch_genesis(&source, genesis)).await?;
    Ok(Reader::new(source, checkpoint).without_handovers())
}

/// As [`connect`], from `checkpoint` on. Where it comes from decides what is proven ([`Checkpoint`]).
pub fn resume(url: &str, checkpoint: Checkpoint) -> Result<ChainReader, AdmissionError> {
    let source: Arc<dyn Source> = Arc::new(HttpSource::new(url)?);
    Ok(Reader::new(source, checkpoint).without_handovers())
}

/// The network's record, if the chain is that of network `expected`. A node that is busy is waited for as by
/// [`connect`].
pub async fn check_network(reader: &ChainReader, expected: NetworkId) -> Result<NetworkRecord, AdmissionError> {
    let keys = [storage::network()];
    let tip = patiently(|| reader.read(&keys)).await?;
    let network = Facts::from(tip.values).network()?.ok_or(AdmissionError::NoNetwork)?;
    match network.id {
        found if found == expected => Ok(network),
        found => Err(AdmissionError::OtherNetwork { found, expected }),
    }
}

/// Tries again until it works or [`REACH`] is over.
async fn patiently<T, F>(attempt: impl Fn() -> F) -> Result<T, adyton_chain_client::Error>
where
    F: Future<Output = Result<T, adyton_chain_client::Error>>,
{
    let started = counter();
    loop {
        match attempt().await {
            Ok(found) => return Ok(found),
            Err(error) if counter().saturating_sub(started) < REACH => {
                tracing::info!(%error, "waiting for the node");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Draws a nonce, notes it in `freshness`, and gives the call that carries it to the chain.
pub fn heartbeat(freshness: &mut Freshness) -> Result<Call, AdmissionError> {
    let mut nonce = [0; 32];
    OsRng.try_fill_bytes(&mut nonce)?;
    freshness.challenge(nonce, counter())?;
    Ok(Call::Workers(calls::Workers::Heartbeat { nonce }))
}
