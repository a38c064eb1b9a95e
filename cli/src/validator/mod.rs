//! `adyton validator`: who makes and finalizes blocks, and what they have bonded for it.

mod bond;
mod keys;
mod show;

use adyton_client::{
    Client,
    chain::{
        economy::{self, Bond, Settings},
        facts::Facts,
    },
    protocol::ids::AccountId,
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::{blocks::Blocks, connection::Connection, signing::Signing};

/// What can be done about validators.
#[derive(Debug, Subcommand)]
pub enum ValidatorCommand {
    /// List who serves and who wants to, by what they have bonded; and the slashes of bonds that are not decided.
    #[command(after_help = "Example:\n  adyton validator list")]
    List,
    /// Show an account's bond, keys and place.
    #[command(after_help = "Example:\n  adyton validator show main")]
    Show {
        /// A name of the keystore, an address, or a development account such as //Alice.
        account: String,
    },
    /// Bond an amount, or so much more.
    #[command(after_help = "Example:\n  adyton validator bond 10000 --from main")]
    Bond(AmountArgs),
    /// Let a part of the bond leave. It can be slashed until it has left; take it back then with `withdraw`.
    #[command(after_help = "Example:\n  adyton validator unbond 2500 --from main")]
    Unbond(AmountArgs),
    /// Take back what has left.
    #[command(after_help = "Example:\n  adyton validator withdraw --from main")]
    Withdraw(SignArgs),
    /// Set the keys with which the account serves. Its node makes them, and proves that it has them.
    #[command(
        after_help = "Examples:\n  adyton validator set-keys --from main\n  adyton validator set-keys --keys 0x1f..c2 --proof 0x03..9a --from main\n\nWithout keys it prints what to ask the node for, on the node's own machine."
    )]
    SetKeys(keys::KeysArgs),
    /// Stand as a candidate, with the bond and keys that the account has.
    #[command(after_help = "Example:\n  adyton validator stand --from main")]
    Stand(SignArgs),
    /// Stop being one. Who serves does so for the rest of the session, and in the next.
    #[command(after_help = "Example:\n  adyton validator chill --from main")]
    Chill(SignArgs),
}

/// How much.
#[derive(Debug, Args)]
pub struct AmountArgs {
    /// How much, in PHA.
    amount: String,
    #[command(flatten)]
    signing: Signing,
}

/// Who signs.
#[derive(Debug, Args)]
pub struct SignArgs {
    #[command(flatten)]
    signing: Signing,
}

/// Does it.
pub async fn run(command: ValidatorCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        ValidatorCommand::List => show::list(connection).await,
        ValidatorCommand::Show { account } => show::show(&account, connection).await,
        ValidatorCommand::Bond(args) => bond::bond(&args, connection).await,
        ValidatorCommand::Unbond(args) => bond::unbond(&args, connection).await,
        ValidatorCommand::Withdraw(args) => bond::withdraw(&args, connection).await,
        ValidatorCommand::SetKeys(args) => keys::set(&args, connection).await,
        ValidatorCommand::Stand(args) => bond::stand(&args, connection).await,
        ValidatorCommand::Chill(args) => bond::chill(&args, connection).await,
    }
}

/// The rules, and the session that runs.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    /// When blocks are.
    pub blocks: Blocks,
    /// The rules.
    pub settings: Settings,
    /// The number of the session.
    pub current: u32,
    /// The block in which it began.
    pub began: u32,
}

impl Sessions {
    /// The keys that [`Sessions::of`] needs.
    pub fn keys() -> Vec<Vec<u8>> {
        vec![Blocks::key(), economy::validator_settings(), economy::current_session(), economy::session_began()]
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where nobody bonds for validating.
    pub fn of(facts: &Facts) -> Result<Self> {
        Ok(Self {
            blocks: Blocks::of(facts)?,
            settings: facts.validator_settings()?.context("the validators of this network are those of its genesis")?,
            current: facts.current_session()?,
            began: facts.session_began()?,
        })
    }

    /// About when a session begins.
    pub fn block_of(&self, session: u32) -> u32 {
        self.began.saturating_add(session.saturating_sub(self.current).saturating_mul(self.settings.session))
    }

    /// A session, with its time.
    pub fn said(&self, session: u32) -> String {
        format!("session {session} ({})", self.blocks.said(self.block_of(session)))
    }
}

/// An account's bond, with the rules and whether it has keys.
pub async fn read(client: &Client, account: &AccountId) -> Result<(Sessions, Option<Bond>, bool)> {
    let mut keys = Sessions::keys();
    keys.extend([economy::bond(account), economy::next_keys(account)]);
    let facts = client.facts(&keys).await?;
    Ok((Sessions::of(&facts)?, facts.bond(account)?, facts.next_keys(account)?.is_some()))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::blocks::tests::blocks;

    pub const PHA: u128 = 1_000_000_000_000;

    /// At block 1000 in session 3, which began in block 900.
    pub fn sessions() -> Sessions {
        let settings = Settings { session: 300, validators: 4, unbonding: 10, minimum: 1_000 * PHA, appeal: 600 };
        Sessions { blocks: blocks(), settings, current: 3, began: 900 }
    }

    #[test]
    fn sessions_to_come_have_their_blocks() {
        assert_eq!([3, 4, 13].map(|session| sessions().block_of(session)), [900, 1200, 3900]);
        assert!(sessions().said(4).starts_with("session 4 (block 1200, about"));
    }
}
