//! What a command has the chain do: what it does, what it costs and when it takes effect is said first and asked about;
//! then it is sent and waited for.

use adyton_client::{
    Account, Client,
    chain::{
        extrinsic::{Call, Signer},
        verifier::FinalizedHeader,
    },
    protocol::{ids::AccountId, storage},
};
use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{account::pha, connection::Connection, output::Output, signing::Signing};

/// What an account cannot spend as long as it is there: the existential deposit, as the runtime has it.
const KEPT: u128 = 10_000_000_000;

/// What is about to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What it does and when it takes effect, in sentences.
    pub does: String,
    /// What the account can no longer spend after it, beside the fee.
    pub takes: u128,
}

impl Intent {
    /// Something that takes nothing but the fee.
    pub fn free(does: impl Into<String>) -> Self {
        Self { does: does.into(), takes: 0 }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The finalized block in which it was done.
    pub head: FinalizedHeader,
    /// What the node said that it costs.
    pub fee: u128,
}

impl Sent {
    /// The block's number.
    pub fn block(&self) -> u32 {
        self.head.number()
    }

    /// `result`, with the block and the fee.
    pub fn json(&self, mut result: Value) -> Value {
        result["block"] = json!(self.block());
        result["fee"] = json!(self.fee.to_string());
        result
    }
}

/// An account that is about to send something.
pub struct Sender<'a> {
    /// The network.
    pub client: Client,
    account: Account,
    signing: &'a Signing,
    output: Output,
}

impl<'a> Sender<'a> {
    /// The one that `signing` names.
    ///
    /// # Errors
    /// There is no network or no such account, or it stays closed.
    pub fn new(signing: &'a Signing, connection: &Connection<'_>) -> Result<Self> {
        let client = connection.client()?;
        let account = connection.account(client.network(), signing.from.as_deref())?;
        Ok(Self { client, account, signing, output: connection.output })
    }

    /// Who it is.
    pub fn id(&self) -> AccountId {
        self.account.account()
    }

    /// Its address.
    pub fn address(&self) -> String {
        self.account.address()
    }

    /// Says what will happen and what it costs, asks, sends, and waits until it is finalized.
    ///
    /// # Errors
    /// The account has too little, the person does not agree, or the chain refuses it.
    pub async fn send(&self, intent: &Intent, call: &Call) -> Result<Sent> {
        let fee = self.agreed(intent, call).await?;
        self.submit(call, fee).await
    }

    /// Says what will happen and asks, the first half of [`Sender::send`]; and what the node says that it costs.
    ///
    /// # Errors
    /// The account has too little, or the person does not agree.
    pub async fn agreed(&self, intent: &Intent, call: &Call) -> Result<u128> {
        let fee = self.client.fee(&self.id(), call).await?;
        let free = self.client.facts(&[storage::account(&self.id())]).await?.account(&self.id())?.free;
        if !affordable(intent.takes, fee, free) {
            bail!(
                "{} has {} PHA that are free; this takes {} and a fee of about {}, and {} have to stay",
                self.address(),
                pha(free),
                pha(intent.takes),
                pha(fee),
                pha(KEPT)
            );
        }
        self.signing.confirm(&said(intent, fee), self.output)?;
        Ok(fee)
    }

    /// The second half: sends what was agreed to, and waits until it is finalized.
    ///
    /// # Errors
    /// The chain refuses it.
    pub async fn submit(&self, call: &Call, fee: u128) -> Result<Sent> {
        let head = self.client.submit(&self.account, call).await?.block;
        Ok(Sent { head, fee })
    }
}

fn affordable(takes: u128, fee: u128, free: u128) -> bool {
    let needed = takes.checked_add(fee).and_then(|needed| needed.checked_add(KEPT));
    needed.is_some_and(|needed| needed <= free)
}

fn said(intent: &Intent, fee: u128) -> String {
    let takes = match intent.takes {
        0 => String::new(),
        takes => format!("{} PHA, and ", pha(takes)),
    };
    format!("{}\nIt takes {takes}a fee of about {} PHA, as the node says.", intent.does, pha(fee))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHA: u128 = 1_000_000_000_000;

    #[test]
    fn what_it_takes_and_the_fee_are_said_beforehand() {
        let text = said(&Intent { does: "Joins pool 3.".into(), takes: 10 * PHA }, PHA / 4);
        assert_eq!(text, "Joins pool 3.\nIt takes 10 PHA, and a fee of about 0.25 PHA, as the node says.");
        let text = said(&Intent::free("Leaves."), 1);
        assert!(text.ends_with("It takes a fee of about 0.000000000001 PHA, as the node says."), "{text}");
    }

    #[test]
    fn an_account_pays_what_is_taken_and_the_fee_and_keeps_what_it_has_to() {
        assert!(affordable(7, 3, KEPT + 10) && !affordable(8, 3, KEPT + 10));
        assert!(!affordable(u128::MAX, 1, u128::MAX), "the sum is above all there can be");
    }
}
