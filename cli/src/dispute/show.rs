//! `adyton dispute show`, `list` and `parameters`.

use adyton_client::{
    chain::{
        address,
        economy::{dispute_accusation, dispute_ending, dispute_parameters, last_dispute},
        facts::Facts,
        governance::Share,
    },
    protocol::{
        dispute::{Answer, Ballots, Dispute, Ending, MAX_DRAWS, Parameters, Stage, quorum},
        storage,
    },
};
use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use crate::{account::pha, blocks::Blocks, connection::Connection, output::misuse};

/// What all commands about disputes need.
#[derive(Debug, Clone)]
pub struct Rules {
    /// When blocks are.
    pub blocks: Blocks,
    /// The rules.
    pub parameters: Parameters,
}

impl Rules {
    /// The keys that [`Rules::of`] needs.
    pub fn keys() -> Vec<Vec<u8>> {
        vec![Blocks::key(), dispute_parameters()]
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where there are none, or they are laid out otherwise.
    pub fn of(facts: &Facts) -> Result<Self> {
        let parameters = facts.dispute_parameters()?.ok_or_else(|| anyhow!("nothing is disputed on this network"))?;
        Ok(Self { blocks: Blocks::of(facts)?, parameters })
    }

    /// A share, in percent.
    pub fn share(&self, parts: u32) -> String {
        Share(parts).percent()
    }
}

/// Lists what is open.
pub async fn list(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let facts = client.facts_at(&head, &[Blocks::key(), storage::open_disputes(), last_dispute()]).await?;
    let (blocks, last, open) = (Blocks::of(&facts)?, facts.last_dispute()?, facts.open_disputes()?);
    let keys: Vec<Vec<u8>> = open.iter().map(|number| storage::disputes(*number)).collect();
    let facts = client.facts_at(&head, &keys).await?;
    let mut rows = Vec::new();
    for number in open {
        if let Some(dispute) = facts.dispute(number)? {
            rows.push((number, dispute));
        }
    }
    let json: Vec<Value> = rows.iter().map(|(number, dispute)| as_json(*number, dispute)).collect();
    let proven = format!("proven as of block {}; {last} were opened so far", blocks.newest);
    connection.output.result(&json, || match rows.is_empty() {
        true => format!("No dispute is open\n{proven}"),
        false => rows.iter().map(|(number, dispute)| line(*number, dispute, &blocks)).collect::<String>() + &proven,
    })
}

fn line(number: u64, dispute: &Dispute, blocks: &Blocks) -> String {
    format!(
        "{number:>5}  {} of {} for {}, request {}\n       {}\n",
        dispute.claim.outcome.digest(),
        dispute.worker,
        dispute.claim.contract,
        dispute.claim.request_id,
        stage(dispute, blocks)
    )
}

/// How far a dispute is.
fn stage(dispute: &Dispute, blocks: &Blocks) -> String {
    let draw = format!("draw {} of at most {MAX_DRAWS}, {} jurors", dispute.draw, dispute.seats);
    match &dispute.stage {
        Stage::Waiting(waiting) => format!(
            "{draw}: waits for the beacon's first round after {}, until {}",
            waiting.after,
            blocks.said(waiting.until)
        ),
        Stage::Sitting(sitting) if sitting.takes_commitments(blocks.newest) => {
            format!("{draw}: they run the call until {}", blocks.said(sitting.commit_until))
        }
        Stage::Sitting(sitting) => format!("{draw}: they answer until {}", blocks.said(sitting.reveal_until)),
    }
}

fn as_json(number: u64, dispute: &Dispute) -> Value {
    let claim = &dispute.claim;
    let stage = match &dispute.stage {
        Stage::Waiting(waiting) => json!({ "waits_for_round_after": waiting.after, "until": waiting.until }),
        Stage::Sitting(sitting) => json!({
            "commit_until": sitting.commit_until,
            "reveal_until": sitting.reveal_until,
            "of_one_kind": sitting.of_one_kind,
        }),
    };
    json!({
        "dispute": number,
        "contract": claim.contract,
        "code": claim.code,
        "manifest": claim.manifest,
        "acted_on": claim.block.number,
        "request_id": claim.request_id,
        "request": claim.request,
        "state_before": claim.before,
        "claimed": {
            "digest": claim.outcome.digest(),
            "response": claim.outcome.response,
            "state_after": claim.outcome.after,
            "fuel": claim.outcome.fuel,
        },
        "worker": dispute.worker,
        "key": dispute.key,
        "operator": address::encode(&dispute.operator),
        "challenger": address::encode(&dispute.challenger),
        "bond": dispute.bond.to_string(),
        "history": String::from_utf8_lossy(&dispute.source),
        "opened": dispute.opened,
        "draw": dispute.draw,
        "jurors": dispute.seats,
        "stage": stage,
    })
}

/// Shows one.
pub async fn show(number: u64, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let mut keys = vec![Blocks::key(), storage::disputes(number), dispute_accusation(number)];
    keys.extend([dispute_ending(number), last_dispute()]);
    let facts = client.facts_at(&head, &keys).await?;
    let blocks = Blocks::of(&facts)?;
    let Some(dispute) = facts.dispute(number)? else {
        let Some(ending) = facts.dispute_ending(number)? else {
            let last = facts.last_dispute()?;
            return Err(misuse(match number <= last {
                true => format!("dispute {number} ended more than a week ago, and the chain has forgotten how"),
                false => format!("there is no dispute {number}; {last} were opened so far"),
            }));
        };
        let json = json!({ "dispute": number, "ended": name(ending) });
        return connection
            .output
            .result(&json, || format!("dispute {number}: {}\nproven as of block {}", words(ending), blocks.newest));
    };
    let accusation = facts.dispute_accusation(number)?;
    let key = storage::ballots(number, dispute.draw);
    let ballots = client.facts_at(&head, &[key]).await?.ballots(number, dispute.draw)?;
    let mut json = as_json(number, &dispute);
    json["offence"] = json!(accusation);
    json["ballots"] = ballots
        .iter()
        .map(|ballot| {
            json!({
                "worker": ballot.worker,
                "operator": address::encode(&ballot.operator),
                "kind": ballot.kind,
                "answer": ballot.answer.as_ref().map(answer),
            })
        })
        .collect();
    connection.output.result(&json, || text(number, &dispute, accusation, &ballots, &blocks))
}

fn text(number: u64, dispute: &Dispute, accusation: Option<u64>, ballots: &Ballots, blocks: &Blocks) -> String {
    let claim = &dispute.claim;
    let history = match dispute.source.is_empty() {
        true => "only with the workers".into(),
        // It is in the chain's own letters: printable ones.
        false => String::from_utf8_lossy(&dispute.source).into_owned(),
    };
    let offence = accusation.map(|number| format!(" (`adyton slash show {number}`)")).unwrap_or_default();
    let mut text = format!(
        "dispute {number}\n  contract   {}, acting on block {}\n  request    {} with digest {}\n  claimed    {}: response {}, state {} with head {}, fuel {}\n  by         {} of {}{offence}\n  disputed   in block {} by {}, with {} PHA held\n  history    {history}\n  {}\n  {} of {} jurors are there, and {} have to agree\n",
        claim.contract,
        claim.block.number,
        claim.request_id,
        claim.request,
        claim.outcome.digest(),
        claim.outcome.response,
        claim.outcome.after.sequence,
        claim.outcome.after.hash,
        claim.outcome.fuel,
        dispute.worker,
        address::encode(&dispute.operator),
        dispute.opened,
        address::encode(&dispute.challenger),
        pha(dispute.bond),
        stage(dispute, blocks),
        ballots.len(),
        dispute.seats,
        quorum(dispute.seats),
    );
    for ballot in ballots.iter() {
        let said = ballot.answer.as_ref().map_or("has not shown its answer".into(), answer);
        text += &format!("    {} ({}): {said}\n", ballot.worker, ballot.kind.name());
    }
    text + &format!("proven as of block {}", blocks.newest)
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Outcome(digest) => digest.to_string(),
        Answer::Unavailable => "got no history".into(),
    }
}

fn name(ending: Ending) -> &'static str {
    match ending {
        Ending::Right => "right",
        Ending::Wrong => "wrong",
        Ending::Withheld => "withheld",
        Ending::Undecided => "undecided",
    }
}

fn words(ending: Ending) -> &'static str {
    match ending {
        Ending::Right => "the result is right, and the bond was lost",
        Ending::Wrong => "the result is wrong, and its worker was charged",
        Ending::Withheld => "its worker withheld what the result follows from, and was charged",
        Ending::Undecided => "nobody could say, and its worker was not charged",
    }
}

/// Shows the rules.
pub async fn parameters(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let rules = Rules::of(&client.facts(&Rules::keys()).await?)?;
    let p = &rules.parameters;
    let json = json!({
        "window": p.window,
        "jurors": p.jurors,
        "wait": p.wait,
        "commit": p.commit,
        "reveal": p.reveal,
        "bond_pha": pha(p.bond),
        "fee_pha": pha(p.fee),
        "wrong_result_percent": rules.share(p.wrong_result),
        "withheld_percent": rules.share(p.withheld),
        "wrong_verdict_percent": rules.share(p.wrong_verdict),
    });
    connection.output.result(&json, || all(&rules))
}

fn all(rules: &Rules) -> String {
    let (p, blocks) = (&rules.parameters, &rules.blocks);
    format!(
        "disputed        within {} of the block that was acted on, against a bond of {} PHA\n\
         jurors          {}, then twice as many and one, at most {MAX_DRAWS} times; each draw waits for a round of the beacon, at most {}\n\
         they run it     for {}, and answer for {}\n\
         a juror gets    {} PHA at most, of the bond or of half of what a reporter is issued\n\
         wrong result    {} % of the stake behind the worker\n\
         no history      {} %\n\
         wrong verdict   {} % of the stake behind the juror, and as much for none\n\
         proven as of block {}",
        blocks.lasting(p.window),
        pha(p.bond),
        p.jurors,
        blocks.lasting(p.wait),
        blocks.lasting(p.commit),
        blocks.lasting(p.reveal),
        pha(p.fee),
        rules.share(p.wrong_result),
        rules.share(p.withheld),
        rules.share(p.wrong_verdict),
        blocks.newest,
    )
}

#[cfg(test)]
pub mod tests {
    use adyton_client::protocol::{
        dispute::{Ballot, Claim, Outcome, Sitting, Source, Waiting},
        ids::*,
        record::{EvidenceKind, StateHead},
    };

    use super::*;
    use crate::blocks::tests::blocks;

    const PHA: u128 = 1_000_000_000_000;

    /// At block 1000: a bond of 100 PHA, and an hour to run a call.
    pub fn rules() -> Rules {
        let parameters = Parameters {
            window: 43_200,
            jurors: 3,
            wait: 2_400,
            commit: 600,
            reveal: 300,
            bond: 100 * PHA,
            fee: 10 * PHA,
            wrong_result: 100_000_000,
            withheld: 10_000_000,
            wrong_verdict: 10_000_000,
        };
        Rules { blocks: blocks(), parameters }
    }

    fn dispute(stage: Stage) -> Dispute {
        let digest = |byte| Digest([byte; 32]);
        let outcome = Outcome { response: digest(1), after: StateHead { sequence: 5, hash: digest(2) }, fuel: 1_000 };
        let claim = Claim {
            contract: ContractId([2; 32]),
            code: CodeHash([3; 32]),
            manifest: digest(4),
            block: BlockRef { number: 900, hash: BlockHash([0; 32]) },
            request_id: RequestId([5; 16]),
            request: digest(6),
            before: StateHead { sequence: 4, hash: digest(7) },
            outcome,
            cost_table: digest(8),
        };
        Dispute {
            claim,
            key: SigningKey([9; 32]),
            worker: WorkerId([0xaa; 32]),
            operator: AccountId([1; 32]),
            challenger: AccountId([2; 32]),
            bond: 100 * PHA,
            source: Source::truncate_from(b"https://mirror.example".to_vec()),
            opened: 950,
            draw: 2,
            seats: 7,
            stage,
        }
    }

    fn sitting(commit_until: u32) -> Stage {
        Stage::Sitting(Sitting { value: [0; 32], drawn_below: 1, of_one_kind: 4, commit_until, reveal_until: 1300 })
    }

    #[test]
    fn a_dispute_says_what_is_claimed_by_whom_and_how_far_it_is() {
        let ballot = |byte, answer| Ballot {
            worker: WorkerId([byte; 32]),
            operator: AccountId([byte; 32]),
            kind: EvidenceKind::AmdSnp,
            drawn: 1,
            commitment: Digest([0; 32]),
            answer,
        };
        let ballots = [ballot(1, None), ballot(2, Some(Answer::Unavailable))];
        let ballots = Ballots::truncate_from(ballots.to_vec());
        let text = text(7, &dispute(sitting(1000)), Some(3), &ballots, &blocks());
        for part in [
            "draw 2 of at most 3, 7 jurors: they run the call until block 1000",
            "adyton slash show 3",
            "100 PHA held",
            "https://mirror.example",
            "2 of 7 jurors are there, and 4 have to agree",
            "(amd-snp): has not shown its answer",
            "got no history",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(line(7, &dispute(sitting(999)), &blocks()).contains("they answer until block 1300"));
        let waiting = Stage::Waiting(Waiting { after: 5, until: 1010 });
        assert!(line(7, &dispute(waiting), &blocks()).contains("first round after 5, until block 1010"));
    }

    #[test]
    fn programs_get_all_that_a_dispute_is_about() {
        let json = as_json(7, &dispute(sitting(1000)));
        assert_eq!((&json["dispute"], &json["stage"]["commit_until"]), (&json!(7), &json!(1000)));
        assert_eq!(json["claimed"]["state_after"]["sequence"], 5);
        assert_eq!(json["bond"], "100000000000000");
    }

    #[test]
    fn the_rules_say_what_a_dispute_costs() {
        let text = all(&rules());
        for part in ["bond of 100 PHA", "10.00 % of the stake", "600 blocks (1 h)", "10 PHA at most"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
