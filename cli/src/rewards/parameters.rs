//! `adyton rewards parameters`.

use adyton_client::{
    Client,
    chain::{economy::rewards::budget, facts::Facts, governance::Share},
    protocol::{
        rewards::{Parameters, Totals},
        storage,
    },
};
use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::caps::{Caps, model_of};
use crate::{account::pha, blocks::Blocks, connection::Connection};

/// The most keys of processors' caps that are looked at; a network has fewer.
const MAX_LISTED: usize = 1_000;

/// The rules as they are proven, and what they come to now.
pub struct Rules {
    /// When blocks are.
    pub blocks: Blocks,
    /// The rules.
    pub parameters: Parameters,
    /// The sums.
    pub totals: Totals,
}

impl Rules {
    /// The keys that [`Rules::of`] needs.
    pub fn keys() -> Vec<Vec<u8>> {
        vec![Blocks::key(), storage::rewards_parameters(), storage::rewards_totals()]
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where the network has no rules of rewards.
    pub fn of(facts: &Facts) -> Result<Self> {
        let parameters = facts.rewards_parameters()?.context("this network has no rules of rewards")?;
        Ok(Self { blocks: Blocks::of(facts)?, parameters, totals: facts.rewards_totals()? })
    }

    /// What a day's blocks issue at most now: to workers, and to the treasury.
    pub fn a_day(&self) -> (u128, u128) {
        let block = budget(&self.parameters, &self.totals, self.blocks.newest);
        let blocks = u128::from(86_400_000 / self.blocks.slot_ms.max(1));
        let day = block.saturating_mul(blocks);
        let treasury = Share(self.parameters.treasury).part_of(day);
        (day.saturating_sub(treasury), treasury)
    }

    /// Of [`Rules::a_day`], what a weight brings beside all others.
    pub fn a_day_for(&self, weight: u128) -> u128 {
        Share::of(weight, self.totals.weight.max(1)).part_of(self.a_day().0)
    }
}

/// Shows them.
pub async fn run(connection: &Connection<'_>) -> Result<()> {
    let (rules, caps) = read(&connection.client()?).await?;
    connection.output.result(&as_json(&rules, &caps), || text(&rules, &caps))
}

/// Rules and caps of one block.
async fn read(client: &Client) -> Result<(Rules, Caps)> {
    let head = client.reader().head().await?;
    let listed = client.reader().unproven_keys(&head, &storage::model_caps_prefix(), MAX_LISTED).await?;
    let models: Option<Vec<_>> = listed.iter().map(|key| model_of(key)).collect();
    let models = models.context("the node lists what is no key of a processor's cap: use another node")?;
    let keys = [Rules::keys(), Caps::keys(&models)].concat();
    let facts = client.facts_at(&head, &keys).await?;
    Ok((Rules::of(&facts)?, Caps::of(&facts, &models)?))
}

fn as_json(rules: &Rules, caps: &Caps) -> Value {
    let p = &rules.parameters;
    let (workers, treasury) = rules.a_day();
    let [models, kinds] = caps.json();
    json!({
        "budget_a_block": p.budget.to_string(),
        "decay_percent": Share(p.decay).percent(),
        "decay_blocks": p.decay_blocks,
        "treasury_percent": Share(p.treasury).percent(),
        "tiers_percent": p.tiers.iter().map(|tier| Share(*tier).percent()).collect::<Vec<_>>(),
        "stake_cap_a_unit": p.stake_cap.to_string(),
        "least_stake": p.least_stake.to_string(),
        "rounds_per_challenge": p.rounds_per_challenge,
        "answers_per_round": p.answers_per_round,
        "answer_blocks": p.answer_blocks,
        "rounds_per_measurement": p.rounds_per_measurement,
        "measure_blocks": p.measure_blocks,
        "measure_distance": p.measure_distance,
        "missed_measurements": p.missed_measurements,
        "capacity_scale": p.capacity_scale,
        "model_caps": models,
        "capacity_caps": kinds,
        "today": { "workers": workers.to_string(), "treasury": treasury.to_string() },
        "block": rules.blocks.newest,
    })
}

fn text(rules: &Rules, caps: &Caps) -> String {
    let (p, blocks) = (&rules.parameters, &rules.blocks);
    let (workers, treasury) = rules.a_day();
    let tiers: Vec<String> =
        p.tiers.iter().filter(|tier| **tier > 0).map(|tier| format!("{} %", Share(*tier).percent())).collect();
    format!(
        "issued       at most {} PHA a block at first, {} % of it to the treasury; it falls by {} % every {}\n\
         now          at most {} PHA a day to workers, {} PHA to the treasury\n\
         weight       the square root of stake times capacity; of stake, {} PHA count for each unit of capacity\n\
         tiers        {} of that, the best first; others earn nothing\n\
         least stake  {} PHA by the square root of the capacity\n\
         challenges   one in {} rounds for each worker, at most {} workers a round; answered within {}\n\
         measured     one in {} rounds for each machine; for {}; on demand no sooner than {} after the last\n\
         missed       {} measurements in a row leave no capacity\n\
         machines     at most so much capacity each: {}\n\
         proven as of block {}",
        pha(p.budget),
        Share(p.treasury).percent(),
        Share(p.decay).percent(),
        blocks.lasting(p.decay_blocks),
        pha(workers),
        pha(treasury),
        pha(p.stake_cap),
        tiers.join(", "),
        pha(p.least_stake),
        p.rounds_per_challenge,
        p.answers_per_round,
        blocks.lasting(p.answer_blocks),
        p.rounds_per_measurement,
        blocks.lasting(p.measure_blocks),
        blocks.lasting(p.measure_distance),
        p.missed_measurements,
        caps.text(),
        blocks.newest,
    )
}

#[cfg(test)]
pub mod tests {
    use adyton_client::protocol::record::EvidenceKind;

    use super::*;
    use crate::blocks::tests::blocks;

    const PHA: u128 = 1_000_000_000_000;

    /// At block 1000 of 6 s: 1 PHA a block, of which a fifth is the treasury's.
    pub fn rules() -> Rules {
        let parameters = Parameters {
            budget: PHA,
            decay: 250_000_000,
            decay_blocks: 14_400,
            treasury: 200_000_000,
            tiers: [1_000_000_000, 500_000_000, 0, 0, 0, 0, 0, 0],
            stake_cap: 10 * PHA,
            least_stake: 50 * PHA,
            rounds_per_challenge: 24,
            answers_per_round: 100,
            answer_blocks: 50,
            rounds_per_measurement: 240,
            measure_blocks: 20,
            measure_distance: 600,
            missed_measurements: 3,
            capacity_scale: 1,
        };
        let totals = Totals { weight: 400, running: 2, capacity: 80, ..Totals::default() };
        Rules { blocks: blocks(), parameters, totals }
    }

    #[test]
    fn the_rules_say_what_they_come_to_now() {
        let caps = Caps { kinds: vec![(EvidenceKind::AmdSnp, 7)], ..Caps::default() };
        let text = text(&rules(), &caps);
        for part in [
            "at most 1 PHA a block at first, 20.00 % of it",
            "falls by 25.00 % every 14400 blocks (1 d)",
            "at most 11520 PHA a day to workers, 2880 PHA to the treasury",
            "100.00 %, 50.00 % of that",
            "amd-snp 7",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_worker_earns_its_weight_of_a_day() {
        assert_eq!(rules().a_day_for(100), 2_880 * PHA);
        let nobody = Rules { totals: Totals::default(), ..rules() };
        assert_eq!(nobody.a_day_for(5), 11_520 * PHA, "whoever is alone has all of it");
    }
}
