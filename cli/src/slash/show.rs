//! `adyton slash list`, `show` and `parameters`.

use adyton_client::{
    chain::{
        address,
        economy::{self, Offence, OffenceKind, SlashingParameters, UNDECIDED},
        facts::Facts,
    },
    protocol::extraction::BOUNTY_PERCENT,
};
use anyhow::Result;
use serde_json::{Value, json};

use crate::{account::pha, blocks::Blocks, connection::Connection, gov::economy::slashing, output::misuse};

/// The most offences that are listed.
const MAX_LISTED: usize = 500;

/// What all commands about slashes need.
#[derive(Debug, Clone)]
pub struct Rules {
    /// When blocks are.
    pub blocks: Blocks,
    /// The rules.
    pub parameters: SlashingParameters,
}

impl Rules {
    /// The keys that [`Rules::of`] needs.
    pub fn keys() -> Vec<Vec<u8>> {
        vec![Blocks::key(), economy::slashing_parameters()]
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where they are laid out otherwise.
    pub fn of(facts: &Facts) -> Result<Self> {
        let parameters = facts.slashing_parameters()?.unwrap_or_default();
        Ok(Self { blocks: Blocks::of(facts)?, parameters })
    }
}

/// Lists what is pending.
pub async fn list(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let facts = client.facts_at(&head, &[Blocks::key(), economy::last_offence(), economy::offences_over()]).await?;
    let (blocks, last, over) = (Blocks::of(&facts)?, facts.last_offence()?, facts.offences_over()?);
    let numbers: Vec<u64> = (over.saturating_add(1)..=last).take(MAX_LISTED).collect();
    let unread = unread(over, last);
    let keys: Vec<Vec<u8>> = numbers.iter().map(|number| economy::offence(*number)).collect();
    let facts = client.facts_at(&head, &keys).await?;
    let mut rows = Vec::new();
    for number in numbers {
        if let Some(offence) = facts.offence(number)? {
            rows.push((number, offence));
        }
    }
    let json: Vec<Value> = rows.iter().map(|(number, offence)| as_json(*number, offence)).collect();
    connection.output.result(&json, || match rows.is_empty() && unread.is_empty() {
        true => format!("No offence is pending; {last} were reported so far\nproven as of block {}", blocks.newest),
        false => {
            rows.iter().map(|(number, offence)| line(*number, offence, &blocks)).collect::<String>()
                + &format!("{unread}proven as of block {}; {last} were reported so far", blocks.newest)
        }
    })
}

/// That there may be more than are listed.
fn unread(over: u64, last: u64) -> String {
    match last.saturating_sub(over).checked_sub(MAX_LISTED as u64) {
        None | Some(0) => String::new(),
        Some(more) => format!("{more} newer ones are not listed; `adyton slash show` shows each\n"),
    }
}

fn as_json(number: u64, offence: &Offence) -> Value {
    json!({
        "offence": number,
        "worker": offence.worker,
        "pool": offence.pool,
        "kind": offence.kind.name(),
        "percent": offence.fraction.percent(),
        "amount": offence.amount.to_string(),
        "at_block": offence.block,
        "reporter": address::encode(&offence.reporter),
        "apply_at": (offence.apply_at != UNDECIDED).then_some(offence.apply_at),
    })
}

fn line(number: u64, offence: &Offence, blocks: &Blocks) -> String {
    if offence.apply_at == UNDECIDED {
        return format!("{number:>5}  {} Jurors decide about it: see `adyton dispute list`.\n", cost(offence));
    }
    format!("{number:>5}  {} Applied from {} on.\n", cost(offence), blocks.said(offence.apply_at))
}

/// What an offence is and costs.
pub fn cost(offence: &Offence) -> String {
    format!(
        "{} {} in block {}: pool {} loses {} PHA, {} % of what it has behind it; first its owner's own.",
        offence.worker,
        offence.kind.words(),
        offence.block,
        offence.pool,
        pha(offence.amount),
        offence.fraction.percent()
    )
}

/// Shows one.
pub async fn show(number: u64, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let mut keys = Rules::keys();
    keys.extend([economy::offence(number), economy::last_offence()]);
    let facts = client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let Some(offence) = facts.offence(number)? else {
        let why = match number > 0 && number <= facts.last_offence()? {
            true => "is over: it was applied or cancelled",
            false => "was never reported",
        };
        return Err(misuse(format!("offence {number} {why}; see `adyton slash list`")));
    };
    connection.output.result(&as_json(number, &offence), || text(number, &offence, &rules))
}

fn text(number: u64, offence: &Offence, rules: &Rules) -> String {
    let when = match offence.apply_at > rules.blocks.newest {
        true if offence.apply_at == UNDECIDED => {
            let appeal = rules.blocks.lasting(rules.parameters.appeal);
            format!("{appeal} after jurors have decided so; see `adyton dispute list`")
        }
        true => format!("in {}, unless the network's votes cancel it before", rules.blocks.said(offence.apply_at)),
        false => "by one of the next blocks, or by `adyton slash apply`".into(),
    };
    format!(
        "offence {number}\n  {}\n  applied   {when}\n  reporter  {}, who gets {}\n  so much of pool {} is frozen until then\nproven as of block {}",
        cost(offence),
        address::encode(&offence.reporter),
        gets(offence.kind, &rules.parameters),
        offence.pool,
        rules.blocks.newest,
    )
}

/// What its reporter gets.
fn gets(kind: OffenceKind, parameters: &SlashingParameters) -> String {
    match kind {
        OffenceKind::KeyExtracted => format!("{BOUNTY_PERCENT} % of what its pool's owner loses"),
        OffenceKind::Offline
        | OffenceKind::Expired
        | OffenceKind::Revoked
        | OffenceKind::TwoHistories
        | OffenceKind::WrongResult
        | OffenceKind::Withheld => {
            format!(
                "{} % of what is taken, but no more than its pool's owner has lost",
                parameters.reporter_share.percent()
            )
        }
        OffenceKind::WrongVerdict => "nothing".into(),
    }
}

/// Shows the rules.
pub async fn parameters(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let rules = Rules::of(&client.facts(&Rules::keys()).await?)?;
    connection.output.result(&slashing(&rules.parameters), || all(&rules))
}

fn all(rules: &Rules) -> String {
    let (p, blocks) = (&rules.parameters, &rules.blocks);
    format!(
        "absence         {} % for each {} after the first {}, at most {} %\n\
         expired         {} % for acting {} s after the end of the verdict, or {} after a note that evidence does not hold\n\
         two histories   {} %\n\
         key extracted   {} %, and its machine is denied\n\
         reported        within {} of the offence\n\
         cancelled       by the network's votes, within {} of the report; applied after that\n\
         reporter        gets {} % of what is taken, but no more than its pool's owner has lost; of an extracted key {BOUNTY_PERCENT} % of that\n\
         commitments     take a deposit of {} PHA, and are opened {} later at the earliest\n\
         proven as of block {}",
        p.offline_step.percent(),
        blocks.lasting(p.offline_period),
        blocks.lasting(p.offline_grace),
        p.offline_limit.percent(),
        p.invalid.percent(),
        p.expired_grace,
        blocks.lasting(p.revoked_grace),
        p.two_histories.percent(),
        p.key_extracted.percent(),
        blocks.lasting(p.evidence_window),
        blocks.lasting(p.appeal),
        p.reporter_share.percent(),
        pha(p.commitment_deposit),
        blocks.lasting(p.reveal_after),
        blocks.newest,
    )
}

#[cfg(test)]
pub mod tests {
    use adyton_client::{
        chain::governance::Share,
        protocol::ids::{AccountId, WorkerId},
    };

    use super::*;
    use crate::blocks::tests::blocks;

    const PHA: u128 = 1_000_000_000_000;

    /// At block 1000: a grace of 100 blocks, then 0.1 % for each 50, up to 0.5 %.
    pub fn rules() -> Rules {
        let parameters = SlashingParameters {
            appeal: 600,
            offline_grace: 100,
            offline_period: 50,
            offline_step: Share(1_000_000),
            offline_limit: Share(5_000_000),
            ..SlashingParameters::default()
        };
        Rules { blocks: blocks(), parameters }
    }

    fn offence(apply_at: u32) -> Offence {
        Offence {
            worker: WorkerId([0xaa; 32]),
            pool: 3,
            kind: OffenceKind::TwoHistories,
            fraction: Share(100_000_000),
            amount: 250 * PHA,
            block: 900,
            reporter: AccountId([2; 32]),
            apply_at,
        }
    }

    #[test]
    fn an_offence_says_what_it_costs_whom_and_when() {
        let later = text(7, &offence(1600), &rules());
        for part in [
            "two histories of one contract's state in block 900",
            "pool 3 loses 250 PHA, 10.00 %",
            "in block 1600",
            "frozen",
        ] {
            assert!(later.contains(part), "{part}: {later}");
        }
        assert!(text(7, &offence(1000), &rules()).contains("adyton slash apply"));
        let undecided = text(7, &offence(UNDECIDED), &rules());
        assert!(undecided.contains("after jurors have decided so"), "{undecided}");
        assert!(as_json(7, &offence(UNDECIDED))["apply_at"].is_null());
        assert_eq!(as_json(7, &offence(1600))["kind"], "two-histories");
        assert!(later.contains("who gets 10.00 % of what is taken"), "{later}");
        let extracted = Offence { kind: OffenceKind::KeyExtracted, ..offence(1600) };
        assert!(text(7, &extracted, &rules()).contains("who gets 90 % of what its pool's owner loses"));
    }

    #[test]
    fn a_list_that_is_cut_says_so() {
        assert_eq!((unread(7, 7), unread(0, 500)), (String::new(), String::new()));
        assert!(unread(7, 508).starts_with("1 newer ones are not listed"));
    }

    #[test]
    fn the_rules_say_what_each_offence_costs() {
        let text = all(&rules());
        for part in [
            "0.10 % for each 50 blocks (5 min) after the first 100 blocks",
            "at most 0.50 %",
            "100.00 %, and its machine",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
