//! `adyton validator bond`, `unbond`, `withdraw`, `stand` and `chill`.

use adyton_client::chain::{
    economy::Bond,
    extrinsic::calls::{Call, Validators},
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::{AmountArgs, Sessions, SignArgs, read};
use crate::{
    account::{parse_pha, pha},
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
};

fn amount(text: &str) -> Result<u128> {
    parse_pha(text)
        .filter(|amount| *amount > 0)
        .ok_or_else(|| misuse(format!("'{text}' is no amount of PHA, such as 1 or 0.25")))
}

/// Bonds.
pub async fn bond(args: &AmountArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = amount(&args.amount)?;
    let sender = Sender::new(&args.signing, connection)?;
    let (sessions, found, has_keys) = read(&sender.client, &sender.id()).await?;
    let does = bonding(&sessions, found.as_ref(), amount, has_keys)?;
    let json = json!({ "amount": amount.to_string() });
    send(&sender, Intent { does, takes: amount }, Validators::Bond(amount), json, connection).await
}

fn bonding(sessions: &Sessions, found: Option<&Bond>, amount: u128, has_keys: bool) -> Result<String> {
    let active = found.map_or(0, |bond| bond.active).checked_add(amount).context("that is more than can be counted")?;
    let minimum = sessions.settings.minimum;
    ensure!(active >= minimum, "a bond is at least {} PHA, and it would be {}", pha(minimum), pha(active));
    let next = if has_keys { "`adyton validator stand`" } else { "`adyton validator set-keys`" };
    Ok(format!(
        "Bonds {} PHA, {} PHA in all. They stay in the account, held, and are slashed if its keys vote or make blocks twice. To leave takes {} sessions. {next} is what comes next, unless it stands already.",
        pha(amount),
        pha(active),
        sessions.settings.unbonding,
    ))
}

/// Lets a part leave.
pub async fn unbond(args: &AmountArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = amount(&args.amount)?;
    let sender = Sender::new(&args.signing, connection)?;
    let (sessions, found, _) = read(&sender.client, &sender.id()).await?;
    let (does, free_in) = unbonding(&sessions, found.as_ref(), amount)?;
    let json = json!({ "amount": amount.to_string(), "free_in_session": free_in });
    send(&sender, Intent::free(does), Validators::Unbond(amount), json, connection).await
}

fn unbonding(sessions: &Sessions, found: Option<&Bond>, amount: u128) -> Result<(String, u32)> {
    let bond = found.context("this account has no bond")?;
    let stays = bond.active.checked_sub(amount);
    let Some(stays) = stays else { bail!("{} PHA are bonded, and this is {}", pha(bond.active), pha(amount)) };
    let free_in = sessions.current.saturating_add(sessions.settings.unbonding);
    let place = match stays >= sessions.settings.minimum {
        true => String::new(),
        false => format!(
            " Less than the {} PHA of a candidate stay: chill first, where it is one.",
            pha(sessions.settings.minimum)
        ),
    };
    Ok((
        format!(
            "Lets {} PHA of the bond leave; {} stay. They can be slashed until they have left, and be taken back from {} on.{place}",
            pha(amount),
            pha(stays),
            sessions.said(free_in),
        ),
        free_in,
    ))
}

/// Takes back what has left.
pub async fn withdraw(args: &SignArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (sessions, found, _) = read(&sender.client, &sender.id()).await?;
    let amount = withdrawable(&sessions, found.as_ref())?;
    let intent = Intent::free(format!("Takes back the {} PHA of the bond that have left.", pha(amount)));
    send(&sender, intent, Validators::Withdraw, json!({ "amount": amount.to_string() }), connection).await
}

fn withdrawable(sessions: &Sessions, found: Option<&Bond>) -> Result<u128> {
    let bond = found.context("this account has no bond")?;
    ensure!(bond.slashes == 0, "a slash of this bond is not decided yet; see `adyton validator list`");
    let amount = bond.free_in(sessions.current);
    if amount == 0 {
        match bond.leaving.first() {
            Some(part) => bail!("nothing has left yet; the first part does in {}", sessions.said(part.free_in)),
            None => bail!("nothing of this bond leaves"),
        }
    }
    Ok(amount)
}

/// Stands as a candidate.
pub async fn stand(args: &SignArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (sessions, found, has_keys) = read(&sender.client, &sender.id()).await?;
    let bond = found.context("this account has no bond; `adyton validator bond` comes first")?;
    ensure!(has_keys, "this account has no session keys; `adyton validator set-keys` comes first");
    ensure!(bond.slashes == bond.absences, "a slash of this bond is not decided yet; see `adyton validator list`");
    ensure!(
        bond.active >= sessions.settings.minimum,
        "a candidate has bonded {} PHA at least, and this account {}",
        pha(sessions.settings.minimum),
        pha(bond.active)
    );
    let intent = Intent::free(format!(
        "Stands as a candidate with {} PHA. The {} with the most are chosen at the beginning of each session for the one after the next, so that this account serves from {} on at the earliest.",
        pha(bond.active),
        sessions.settings.validators,
        sessions.said(sessions.current.saturating_add(2)),
    ));
    send(&sender, intent, Validators::Validate, json!({ "bond": bond.active.to_string() }), connection).await
}

/// Stops being a candidate.
pub async fn chill(args: &SignArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let intent = Intent::free(
        "Stops being a candidate. Where the account serves, it does so for the rest of this session and in the next; keep its node running until then.",
    );
    send(&sender, intent, Validators::Chill, json!({}), connection).await
}

async fn send(
    sender: &Sender<'_>,
    intent: Intent,
    call: Validators,
    json: Value,
    connection: &Connection<'_>,
) -> Result<()> {
    let sent = sender.send(&intent, &Call::Validators(call)).await?;
    connection
        .output
        .result(&sent.json(json), || format!("Done in block {}; see `adyton validator show`", sent.block()))
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::economy::Leaving;

    use super::{
        super::tests::{PHA, sessions},
        *,
    };

    fn found() -> Bond {
        let part = |amount, free_in| Leaving { amount, free_in };
        let leaving = vec![part(5 * PHA, 3), part(7 * PHA, 8)].try_into().unwrap();
        Bond { active: 1_500 * PHA, leaving, ..Bond::default() }
    }

    #[test]
    fn a_bond_is_at_least_the_minimum_and_says_what_comes_next() {
        let text = bonding(&sessions(), None, 1_000 * PHA, false).unwrap();
        assert!(
            text.contains("1000 PHA in all") && text.contains("set-keys") && text.contains("10 sessions"),
            "{text}"
        );
        assert!(bonding(&sessions(), Some(&found()), PHA, true).unwrap().contains("1501 PHA in all"));
        let below = bonding(&sessions(), None, 999 * PHA, false).unwrap_err().to_string();
        assert!(below.contains("at least 1000 PHA"), "{below}");
    }

    #[test]
    fn what_leaves_says_from_which_session_on_it_is_free() {
        let (text, free_in) = unbonding(&sessions(), Some(&found()), 500 * PHA).unwrap();
        assert_eq!(free_in, 13);
        assert!(text.contains("1000 stay") && text.contains("session 13 (block 3900"), "{text}");
        let (text, _) = unbonding(&sessions(), Some(&found()), 501 * PHA).unwrap();
        assert!(text.contains("chill first"), "{text}");
        assert!(unbonding(&sessions(), Some(&found()), 1_501 * PHA).is_err());
        assert!(unbonding(&sessions(), None, PHA).is_err());
    }

    #[test]
    fn only_what_has_left_and_no_slash_waits_for_is_taken_back() {
        assert_eq!(withdrawable(&sessions(), Some(&found())).unwrap(), 5 * PHA);
        let slashed = Bond { slashes: 1, ..found() };
        assert!(withdrawable(&sessions(), Some(&slashed)).unwrap_err().to_string().contains("not decided"));
        let leaving = vec![Leaving { amount: PHA, free_in: 8 }].try_into().unwrap();
        let later = Bond { leaving, ..found() };
        assert!(withdrawable(&sessions(), Some(&later)).unwrap_err().to_string().contains("session 8"));
    }
}
