//! What the network amounts to, as a chain node says: for pages and people who look around. Nothing here is proven, and
//! nothing that matters may rest on it.

use std::time::{Duration, Instant};

use adyton_protocol::{figures::PoolTotals, ids::BlockHash, record::EvidenceKind, rewards::Totals, storage};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{chain::Node, error::Refusal};

/// For how long figures are given out again.
const AGE: Duration = Duration::from_secs(6);
/// What whoever reads the figures has to know.
const NOTE: &str = "figures of one finalized block, as this gateway's chain node says; nothing proves them";

/// The figures, asked for at most once in some seconds, whoever wants them.
pub struct Figures {
    node: Node,
    age: Duration,
    known: Mutex<Option<(Instant, Value)>>,
}

impl Figures {
    /// Those of `node`'s chain.
    pub fn new(node: Node) -> Self {
        Self::kept_for(node, AGE)
    }

    /// Those of `node`'s chain, given out again for `age`.
    pub fn kept_for(node: Node, age: Duration) -> Self {
        Self { node, age, known: Mutex::default() }
    }

    /// As JSON. One at a time asks the node; the others wait for what it says.
    pub async fn get(&self) -> Result<Value, Refusal> {
        let mut known = self.known.lock().await;
        if let Some((at, figures)) = &*known
            && at.elapsed() < self.age
        {
            return Ok(figures.clone());
        }
        let figures = read(&self.node).await?;
        *known = Some((Instant::now(), figures.clone()));
        Ok(figures)
    }
}

/// All of one block.
async fn read(node: &Node) -> Result<Value, Refusal> {
    let (hash, number) = node.finalized().await?;
    let workers = workers(node, &hash).await?;
    let registered = workers.iter().fold(0u64, |sum, (_, _, count)| sum.saturating_add(u64::from(*count)));
    let deployed: u32 = node.value_at(&storage::contract_count(), &hash).await?.unwrap_or(0);
    let vacant: u32 = node.value_at(&storage::vacant_count(), &hash).await?.unwrap_or(0);
    let halted: u32 = node.value_at(&storage::halted_count(), &hash).await?.unwrap_or(0);
    let pools: PoolTotals = node.value_at(&storage::pool_totals(), &hash).await?.unwrap_or_default();
    let rewards: Totals = node.value_at(&storage::rewards_totals(), &hash).await?.unwrap_or_default();
    let executions: u64 = node.value_at(&executions(), &hash).await?.unwrap_or(0);
    Ok(json!({
        "proven": false,
        "note": NOTE,
        "block": { "number": number, "hash": hash },
        "workers": {
            "registered": registered,
            "by_evidence": workers
                .iter()
                .map(|(kind, tier, count)| json!({ "kind": kind, "tier": tier, "count": count }))
                .collect::<Vec<_>>(),
            "running": rewards.running,
            "capacity": rewards.capacity.to_string(),
        },
        "contracts": { "deployed": deployed, "held": deployed.saturating_sub(vacant).saturating_sub(halted), "halted": halted },
        "executions": executions,
        "stake": pools.held.to_string(),
        "rewards_paid": rewards.credited.to_string(),
        "slashed": pools.slashed.to_string(),
        "decimals": 12,
    }))
}

/// Where the chain has the number of calls that gas was claimed for. Those of contracts that run for nothing are not in it.
fn executions() -> Vec<u8> {
    storage::single("Usage", "Executions")
}

/// How many there are of each kind of evidence and tier.
async fn workers(node: &Node, at: &BlockHash) -> Result<Vec<(EvidenceKind, u8, u32)>, Refusal> {
    let mut found = Vec::new();
    for kind in EvidenceKind::ALL {
        let tiers: Vec<u32> = node.value_at(&storage::census(kind), at).await?.unwrap_or_default();
        found.extend((0..=u8::MAX).zip(tiers).filter(|(_, count)| *count > 0).map(|(tier, count)| (kind, tier, count)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use codec::Encode;

    use super::*;
    use crate::fake_node::FakeNode;

    #[tokio::test]
    async fn the_chains_counters_are_given_and_called_unproven() {
        let fake = Arc::new(FakeNode::default());
        fake.set(storage::census(EvidenceKind::AmdSnp), vec![2u32, 0, 5].encode());
        fake.set(storage::contract_count(), 7u32.encode());
        fake.set(storage::vacant_count(), 2u32.encode());
        fake.set(storage::halted_count(), 1u32.encode());
        fake.set(storage::pool_totals(), PoolTotals { held: 9_000, rewarded: 6, slashed: 2 }.encode());
        let totals = Totals { running: 4, capacity: 80, credited: 6, ..Totals::default() };
        fake.set(storage::rewards_totals(), totals.encode());
        fake.set(executions(), 12u64.encode());
        let said = Figures::new(fake.clone().node().await).get().await.unwrap();
        assert_eq!((&said["proven"], &said["block"]["number"]), (&json!(false), &json!(1)));
        let tiers = json!([{ "kind": "amd-snp", "tier": 0, "count": 2 }, { "kind": "amd-snp", "tier": 2, "count": 5 }]);
        assert_eq!((&said["workers"]["registered"], &said["workers"]["by_evidence"]), (&json!(7), &tiers));
        assert_eq!((&said["workers"]["running"], &said["workers"]["capacity"]), (&json!(4), &json!("80")));
        assert_eq!(said["contracts"], json!({ "deployed": 7, "held": 4, "halted": 1 }));
        assert_eq!((&said["stake"], &said["rewards_paid"]), (&json!("9000"), &json!("6")));
        assert_eq!((&said["slashed"], &said["executions"]), (&json!("2"), &json!(12)));
    }

    #[tokio::test]
    async fn a_chain_without_an_economy_has_nothing_in_it() {
        let fake = Arc::new(FakeNode::default());
        let said = Figures::new(fake.clone().node().await).get().await.unwrap();
        assert_eq!((&said["workers"]["registered"], &said["stake"]), (&json!(0), &json!("0")));
    }

    #[tokio::test]
    async fn the_node_is_asked_once_in_a_while_and_again_after_it() {
        let fake = Arc::new(FakeNode::default());
        let figures = Figures::new(fake.clone().node().await);
        figures.get().await.unwrap();
        let asked = fake.asked();
        figures.get().await.unwrap();
        assert_eq!(fake.asked(), asked);
        let figures = Figures::kept_for(fake.clone().node().await, Duration::ZERO);
        figures.get().await.unwrap();
        figures.get().await.unwrap();
        assert_eq!(fake.asked(), 3 * asked);
    }

    #[tokio::test]
    async fn a_value_laid_out_otherwise_is_no_figure() {
        let fake = Arc::new(FakeNode::default());
        fake.set(storage::pool_totals(), vec![1, 2, 3]);
        assert_eq!(Figures::new(fake.clone().node().await).get().await, Err(Refusal::NoChain));
    }
}
