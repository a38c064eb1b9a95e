//! What a running contract reads of the chain's state: after the block that its call acts on, which is the one in its
//! receipt, and after no other.

use std::{sync::Arc, time::Duration};

use adyton_admission::ChainReader;
use adyton_chain_client::verifier::FinalizedHeader;
use adyton_engine::Unread;

/// How long the node may take for one read. `wit/chain.wit` says so too.
const PATIENCE: Duration = Duration::from_secs(5);

/// The chain's state after one finalized block.
pub struct ChainState {
    reader: Arc<ChainReader>,
    head: FinalizedHeader,
    patience: Duration,
}

impl ChainState {
    /// After `head`.
    pub fn new(reader: Arc<ChainReader>, head: FinalizedHeader) -> Self {
        Self { reader, head, patience: PATIENCE }
    }

    /// The proven values of `keys`, in their order; none where there is provably nothing.
    pub async fn read(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread> {
        let read = tokio::time::timeout(self.patience, self.reader.read_at(&self.head, keys)).await;
        let values = match read {
            Ok(Ok(values)) => values,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the chain's state was not proven to a contract");
                return Err(Unread::Unproven);
            }
            Err(_elapsed) => return Err(Unread::TimedOut),
        };
        let value = |key: &Vec<u8>| values.value(key).map(|value| value.map(<[u8]>::to_vec));
        keys.iter().map(value).collect::<Result<_, _>>().map_err(|_not_asked| Unread::Unproven)
    }
}

#[cfg(test)]
mod tests {
    use adyton_chain_client::{
        fixture::{FixtureChain, FixtureSource},
        rpc::{Reader, Source},
    };

    use super::*;

    /// The state after the newest block of a chain in which `key` is `value`, read through a node that serves it.
    async fn state() -> (Arc<FixtureSource>, ChainState) {
        let mut chain = FixtureChain::new(3);
        let checkpoint = chain.checkpoint();
        chain.set(b"key".to_vec(), b"value".to_vec());
        chain.seal(&[], &[]);
        let source = Arc::new(FixtureSource::new(chain));
        let reader = Reader::new(Arc::clone(&source) as Arc<dyn Source>, checkpoint);
        let head = reader.head().await.expect("a proven head");
        let state = ChainState { reader: Arc::new(reader), head, patience: Duration::from_millis(200) };
        (source, state)
    }

    #[tokio::test]
    async fn values_are_those_after_the_calls_block_whatever_came_later() {
        let (source, state) = state().await;
        source.chain().set(b"key".to_vec(), b"newer".to_vec());
        source.chain().seal(&[], &[]);
        let read = state.read(&[b"none".to_vec(), b"key".to_vec()]).await;
        assert_eq!(read, Ok(vec![None, Some(b"value".to_vec())]));
    }

    #[tokio::test]
    async fn what_a_lying_node_shows_is_not_given() {
        let (source, state) = state().await;
        source.forge().proof = Some(|proof| proof.iter_mut().for_each(|node| *node.last_mut().expect("a byte") ^= 1));
        assert_eq!(state.read(&[b"key".to_vec()]).await, Err(Unread::Unproven));
        source.forge().proof = Some(Vec::clear);
        assert_eq!(state.read(&[b"none".to_vec()]).await, Err(Unread::Unproven));
    }

    #[tokio::test]
    async fn a_node_that_does_not_have_the_blocks_state_is_unproven() {
        let (_source, state) = state().await;
        let elsewhere = Arc::new(FixtureSource::new(FixtureChain::new(1))) as Arc<dyn Source>;
        let reader = Reader::new(elsewhere, state.reader.checkpoint().clone());
        let pruned = ChainState { reader: Arc::new(reader), ..state };
        assert_eq!(pruned.read(&[b"key".to_vec()]).await, Err(Unread::Unproven));
    }

    #[tokio::test]
    async fn a_node_that_does_not_answer_is_not_waited_for() {
        let (source, state) = state().await;
        source.forge().silent = true;
        assert_eq!(state.read(&[b"key".to_vec()]).await, Err(Unread::TimedOut));
    }
}
