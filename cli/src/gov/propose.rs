//! `adyton gov propose`: from what is wanted to a referendum that is decided.

use adyton_client::{
    Account, Client,
    chain::{
        extrinsic::{
            Call, Inclusion, Signer,
            calls::{Preimage, Referenda},
        },
        facts::runtime_code_key,
        governance::{
            Enactment, Proposal, Referendum, Track, preimage, referendum, referendum_count,
            tracks::{PREIMAGE_DEPOSIT, SUBMISSION_DEPOSIT},
        },
    },
    protocol::storage,
};
use anyhow::{Context, Result, bail};
use serde_json::json;

use super::{
    describe::{Described, of_bytes},
    proposal::{Common, What},
    rules::Rules,
    upgrade,
};
use crate::{account::pha, connection::Connection};

/// How many referenda of one block are looked through for one's own.
const MAX_SEARCHED: u32 = 256;

/// What is sent, and what it takes.
struct Plan {
    track: Track,
    proposal: Proposal,
    enactment: Enactment,
    described: Option<Described>,
    /// The preimage that has to be noted, and its deposit.
    noted: Option<(Vec<u8>, u128)>,
    /// The decision's deposit; zero, when somebody else places it.
    deposit: u128,
}

/// Proposes it.
pub async fn run(what: &What, connection: &Connection<'_>) -> Result<()> {
    let common = what.common();
    let runtime = what.runtime(connection)?;
    let bytes = match &runtime {
        Some(runtime) => runtime.authorization().encoded(),
        None => what.bytes(connection)?,
    };
    let track = what.track(&bytes)?;
    let client = connection.client()?;
    let account = connection.account(client.network(), common.signing.from.as_deref())?;
    let (plan, rules) = plan(&client, &account, bytes, track, common).await?;
    let mut text = plan.text(&rules);
    if let Some(runtime) = &runtime {
        let now = client.facts(&[runtime_code_key()]).await?.runtime_code()?;
        runtime.follows(&now)?;
        text = format!("{text}\n{} {}", runtime.text(&now), upgrade::THEN);
    }
    common.signing.confirm(&text, connection.output)?;
    let number = submit(&client, &account, &plan).await?;
    connection.output.progress(format!("Referendum {number} is proposed"));
    if plan.deposit > 0 {
        let call = Call::Referenda(Referenda::PlaceDecisionDeposit(number));
        client.submit(&account, &call).await.with_context(|| {
            format!(
                "referendum {number} is proposed, but its deposit is not placed; `adyton gov deposit {number}` does it"
            )
        })?;
    }
    let json = json!({
        "referendum": number,
        "track": track.info().name,
        "hash": hex::encode(plan.proposal.hash()),
        "call": plan.described,
        "runtime": runtime.as_ref().map(upgrade::Runtime::json),
        "deposit": plan.deposit.to_string(),
        "submission_deposit": SUBMISSION_DEPOSIT.to_string(),
        "preimage_deposit": plan.noted.as_ref().map_or(0, |(_, deposit)| *deposit).to_string(),
    });
    connection.output.result(&json, || {
        let preimage = match plan.noted {
            Some(_) => format!("\nIts bytes are a preimage of yours: 0x{}", hex::encode(plan.proposal.hash())),
            None => String::new(),
        };
        format!("Referendum {number}: see how it stands with `adyton gov show {number}`, vote with `adyton gov vote {number} aye`{preimage}")
    })
}

async fn plan(
    client: &Client,
    account: &Account,
    bytes: Vec<u8>,
    track: Track,
    common: &Common,
) -> Result<(Plan, Rules)> {
    let proposal = Proposal::of(&bytes).context("the call is too long")?;
    let mut keys = Rules::keys();
    keys.push(storage::account(&account.account()));
    if let Proposal::Lookup { hash, length } = &proposal {
        keys.push(preimage(hash, *length));
    }
    let facts = client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let noted = match &proposal {
        Proposal::Lookup { hash, length } if facts.preimage(hash, *length)?.is_none() => {
            let (entry, byte) = PREIMAGE_DEPOSIT;
            Some((bytes.clone(), entry.saturating_add(byte.saturating_mul(u128::from(*length)))))
        }
        Proposal::Legacy(_) | Proposal::Inline(_) | Proposal::Lookup { .. } => None,
    };
    let deposit = if common.no_deposit { 0 } else { track.info().deposit };
    let enactment = Enactment::After(common.after);
    let plan = Plan { track, proposal, enactment, described: of_bytes(&bytes), noted, deposit };
    let (needed, free) = (plan.held(), facts.account(&account.account())?.free);
    if free < needed {
        bail!("{} PHA would be held of {}, which has {}", pha(needed), account.address(), pha(free));
    }
    Ok((plan, rules))
}

impl Plan {
    /// All that is held of the proposer.
    fn held(&self) -> u128 {
        let preimage = self.noted.as_ref().map_or(0, |(_, deposit)| *deposit);
        SUBMISSION_DEPOSIT.saturating_add(self.deposit).saturating_add(preimage)
    }

    fn text(&self, rules: &Rules) -> String {
        let (info, periods) = (self.track.info(), rules.periods(self.track));
        let what = match &self.described {
            Some(described) => described.text(),
            None => format!("a call that this version does not know, of hash 0x{}", hex::encode(self.proposal.hash())),
        };
        let mut text = format!(
            "Proposes on the track {}: {what}\nHeld until it is over: {} PHA for the proposal (given back if it is approved or cancelled)",
            info.name,
            pha(SUBMISSION_DEPOSIT)
        );
        if self.deposit > 0 {
            text += &format!(", {} PHA for the decision", pha(self.deposit));
        }
        if let Some((bytes, deposit)) = &self.noted {
            text += &format!(", {} PHA for its {} bytes (until you take them back)", pha(*deposit), bytes.len());
        }
        let delay = match self.enactment {
            Enactment::After(blocks) | Enactment::At(blocks) => blocks.max(periods.enactment),
        };
        text + &format!(
            ".\nThe decision begins {} after the proposal and takes at most {}; what is needed has to be there for {} at a stretch. It is done {} after the approval.",
            rules.blocks.span(periods.prepare),
            rules.blocks.span(periods.decision),
            rules.blocks.span(periods.confirm),
            rules.blocks.span(delay)
        )
    }

    fn call(&self) -> Call {
        let submit = Call::Referenda(Referenda::Submit {
            track: self.track,
            proposal: self.proposal.clone(),
            enactment: self.enactment,
        });
        match &self.noted {
            Some((bytes, _)) => Call::all(vec![Call::Preimage(Preimage::NotePreimage(bytes.clone())), submit]),
            None => submit,
        }
    }
}

/// Proposes, and finds the proposal's number. The deposit is not placed in the same extrinsic: it names a number, which
/// could be somebody else's proposal by then.
async fn submit(client: &Client, account: &Account, plan: &Plan) -> Result<u32> {
    let Inclusion { block, .. } = client.submit(account, &plan.call()).await?;
    let count = client.facts_at(&block, &[referendum_count()]).await?.referendum_count()?;
    let newest: Vec<u32> = (count.saturating_sub(MAX_SEARCHED)..count).rev().collect();
    let keys: Vec<Vec<u8>> = newest.iter().map(|index| referendum(*index)).collect();
    let facts = client.facts_at(&block, &keys).await?;
    for index in newest {
        // One that this version cannot read is not its own.
        let Ok(Some(Referendum::Ongoing(status))) = facts.referendum(index) else { continue };
        let mine = status.submission_deposit.who == account.account() && status.submitted == block.number();
        if mine && status.proposal == plan.proposal && status.origin == plan.track {
            return Ok(index);
        }
    }
    bail!("block {} took the proposal, but it is not among its referenda; see `adyton gov list`", block.number())
}

#[cfg(test)]
mod tests {
    use super::{super::rules::tests::rules, *};

    fn plan(bytes: Vec<u8>) -> Plan {
        let proposal = Proposal::of(&bytes).unwrap();
        let noted = matches!(proposal, Proposal::Lookup { .. }).then(|| (bytes.clone(), 7));
        Plan {
            track: Track::TeePolicy,
            proposal,
            enactment: Enactment::After(0),
            described: of_bytes(&bytes),
            noted,
            deposit: Track::TeePolicy.info().deposit,
        }
    }

    #[test]
    fn what_is_held_and_for_how_long_is_said_beforehand() {
        let text = plan(vec![10, 8, 0]).text(&rules());
        for part in
            ["tee-policy", "set_frozen", "frozen: false", "100 PHA", "5000 PHA", "at most 7 d", "done 1 h after"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        let unknown = plan(vec![99; 200]).text(&rules());
        assert!(unknown.contains("does not know") && unknown.contains("its 200 bytes"), "{unknown}");
    }

    #[test]
    fn a_long_call_is_noted_in_the_same_extrinsic() {
        assert!(matches!(plan(vec![10, 8, 0]).call(), Call::Referenda(Referenda::Submit { .. })));
        let Call::Utility(_) = plan(vec![99; 200]).call() else { panic!("two calls") };
    }
}
