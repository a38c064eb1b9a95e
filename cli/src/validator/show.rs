//! `adyton validator list` and `show`.

use adyton_client::{
    chain::{
        address,
        economy::{self, Bond, BondSlash, Candidate, SessionKeys},
    },
    protocol::ids::AccountId,
};
use anyhow::Result;
use serde_json::{Value, json};

use super::Sessions;
use crate::{
    account::{pha, who},
    connection::Connection,
};

/// The most slashes that are listed.
const MAX_SLASHES: u32 = 256;

/// Who serves, and who wants to.
struct List {
    sessions: Sessions,
    serving: Vec<AccountId>,
    candidates: Vec<Candidate>,
    slashes: Vec<(u32, BondSlash)>,
    /// How many newer slashes were not read.
    more: u32,
}

/// Lists them.
pub async fn list(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let mut keys = Sessions::keys();
    keys.extend([economy::serving(), economy::candidates(), economy::bond_slashes()]);
    let facts = client.facts_at(&head, &keys).await?;
    let queue = facts.bond_slashes()?;
    let more = queue.next.saturating_sub(queue.first).saturating_sub(MAX_SLASHES);
    let numbers: Vec<u32> = (queue.first..queue.next).take(MAX_SLASHES as usize).collect();
    let keys: Vec<Vec<u8>> = numbers.iter().map(|number| economy::bond_slash(*number)).collect();
    let waiting = client.facts_at(&head, &keys).await?;
    let mut slashes = Vec::new();
    for number in numbers {
        // One that was cancelled is not there.
        if let Some(slash) = waiting.bond_slash(number)? {
            slashes.push((number, slash));
        }
    }
    let list = List {
        sessions: Sessions::of(&facts)?,
        serving: facts.serving()?,
        candidates: facts.candidates()?,
        slashes,
        more,
    };
    connection.output.result(&list.json(), || list.text())
}

impl List {
    /// Everybody: candidates in their order, then those who serve and are none.
    fn rows(&self) -> Vec<(AccountId, Option<u128>, bool)> {
        let mut rows: Vec<_> = self
            .candidates
            .iter()
            .map(|candidate| (candidate.who, Some(candidate.bond), self.serving.contains(&candidate.who)))
            .collect();
        let others = self.serving.iter().filter(|who| self.candidates.iter().all(|candidate| candidate.who != **who));
        rows.extend(others.map(|who| (*who, None, true)));
        rows
    }

    fn json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows()
            .iter()
            .map(|(who, bond, serves)| {
                json!({ "account": address::encode(who), "bond": bond.map(|bond| bond.to_string()), "serves": serves })
            })
            .collect();
        let slashes: Vec<Value> = self
            .slashes
            .iter()
            .map(|(number, slash)| {
                json!({ "slash": number, "account": address::encode(&slash.who), "amount": slash.amount.to_string(), "session": slash.session, "for_absence": slash.absence, "due": slash.due })
            })
            .collect();
        json!({
            "session": self.sessions.current,
            "validators": self.sessions.settings.validators,
            "minimum": self.sessions.settings.minimum.to_string(),
            "accounts": rows,
            "slashes": slashes,
            "slashes_not_listed": self.more,
            "block": self.sessions.blocks.newest,
        })
    }

    fn text(&self) -> String {
        let (sessions, settings) = (&self.sessions, &self.sessions.settings);
        let mut text = format!(
            "session {}, of {}; the next begins in {}\n{} serve at most; a candidate bonds {} PHA at least\n",
            sessions.current,
            sessions.blocks.lasting(settings.session),
            sessions.blocks.said(sessions.block_of(sessions.current.saturating_add(1))),
            settings.validators,
            pha(settings.minimum),
        );
        for (who, bond, serves) in self.rows() {
            let bond = bond.map_or_else(|| "no candidate".into(), |bond| format!("{} PHA", pha(bond)));
            let serves = if serves { "  serves" } else { "" };
            text += &format!("  {}  {bond}{serves}\n", address::encode(&who));
        }
        for (number, slash) in &self.slashes {
            text += &format!(
                "slash {number}: {} PHA of {} for {} session {}, in {} unless it is cancelled (`adyton gov propose cancel-slash {number} --bond`)\n",
                pha(slash.amount),
                address::encode(&slash.who),
                if slash.absence { "making no block in" } else { "a lie in" },
                slash.session,
                sessions.blocks.said(slash.due)
            );
        }
        if self.more > 0 {
            text += &format!("{} newer slashes are not listed\n", self.more);
        }
        text + &format!("proven as of block {}", sessions.blocks.newest)
    }
}

/// What is proven of one account.
struct Shown {
    account: AccountId,
    sessions: Sessions,
    bond: Bond,
    keys: Option<SessionKeys>,
    place: Option<usize>,
    serves: bool,
}

/// Shows it.
pub async fn show(account: &str, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let account = who(account, connection)?;
    let mut keys = Sessions::keys();
    keys.extend([economy::bond(&account), economy::next_keys(&account), economy::serving(), economy::candidates()]);
    let facts = client.facts(&keys).await?;
    let shown = Shown {
        account,
        sessions: Sessions::of(&facts)?,
        bond: facts.bond(&account)?.unwrap_or_default(),
        keys: facts.next_keys(&account)?,
        place: facts.candidates()?.iter().position(|candidate| candidate.who == account),
        serves: facts.serving()?.contains(&account),
    };
    connection.output.result(&shown.json(), || shown.text())
}

impl Shown {
    fn json(&self) -> Value {
        let leaving: Vec<Value> = self
            .bond
            .leaving
            .iter()
            .map(|part| json!({ "amount": part.amount.to_string(), "free_in_session": part.free_in }))
            .collect();
        json!({
            "account": address::encode(&self.account),
            "bond": self.bond.active.to_string(),
            "leaving": leaving,
            "withdrawable": self.bond.free_in(self.sessions.current).to_string(),
            "slashes": self.bond.slashes,
            "absences": self.bond.absences,
            "keys": self.keys.map(|keys| json!({ "aura": hex::encode(keys.aura), "grandpa": hex::encode(keys.grandpa) })),
            "place": self.place.map(|place| place + 1),
            "serves": self.serves,
            "session": self.sessions.current,
            "block": self.sessions.blocks.newest,
        })
    }

    fn text(&self) -> String {
        let (bond, sessions) = (&self.bond, &self.sessions);
        let mut text = format!("{}\n  bonded   {} PHA\n", address::encode(&self.account), pha(bond.active));
        for part in &bond.leaving {
            let when = match part.free_in <= sessions.current {
                true => "have left; `adyton validator withdraw` takes them back".into(),
                false => format!("leave, and have left in {}", sessions.said(part.free_in)),
            };
            text += &format!("  leaving  {} PHA {when}\n", pha(part.amount));
        }
        if bond.slashes > 0 {
            text += &format!("  slashes  {} not decided yet: nothing is withdrawn before\n", bond.slashes);
        }
        if bond.absences > 0 && self.place.is_none() {
            text += "  absent   it made no block in a whole session; `adyton validator stand` says that it is back\n";
        }
        text += &match self.keys {
            Some(keys) => {
                format!(
                    "  keys     {} for blocks, {} for finality\n",
                    hex::encode(keys.aura),
                    hex::encode(keys.grandpa)
                )
            }
            None => "  keys     none; see `adyton validator set-keys`\n".to_owned(),
        };
        text += &match self.place {
            Some(place) => format!("  place    {} of the candidates\n", place + 1),
            None => "  place    no candidate; see `adyton validator stand`\n".to_owned(),
        };
        text += if self.serves { "  serves   in this session\n" } else { "  serves   not in this session\n" };
        text + &format!("proven as of block {}, session {}", sessions.blocks.newest, sessions.current)
    }
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::economy::Leaving;

    use super::{
        super::tests::{PHA, sessions},
        *,
    };

    const ONE: AccountId = AccountId([1; 32]);
    const TWO: AccountId = AccountId([2; 32]);

    #[test]
    fn who_serves_without_being_a_candidate_is_listed_too() {
        let slash = BondSlash { who: ONE, amount: 3 * PHA, session: 2, due: 1100, absence: true };
        let list = List {
            sessions: sessions(),
            serving: vec![TWO],
            candidates: vec![Candidate { who: ONE, bond: 5 * PHA }],
            slashes: vec![(7, slash)],
            more: 2,
        };
        assert_eq!(list.rows(), [(ONE, Some(5 * PHA), false), (TWO, None, true)]);
        let text = list.text();
        for part in [
            "the next begins in block 1200",
            "5 PHA\n",
            "no candidate  serves",
            "slash 7: 3 PHA of ",
            "for making no block in session 2",
            "in block 1100",
            "2 newer",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn an_account_says_what_it_lacks() {
        let bond = Bond {
            active: PHA,
            leaving: vec![Leaving { amount: PHA, free_in: 3 }, Leaving { amount: PHA, free_in: 9 }].try_into().unwrap(),
            slashes: 1,
            absences: 1,
        };
        let shown = Shown { account: ONE, sessions: sessions(), bond, keys: None, place: None, serves: false };
        let text = shown.text();
        for part in [
            "have left; `adyton validator withdraw`",
            "left in session 9",
            "1 not decided",
            "is back",
            "set-keys",
            "stand",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(shown.json()["withdrawable"], json!(PHA.to_string()));
    }
}
