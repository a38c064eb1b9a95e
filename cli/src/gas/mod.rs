//! `adyton gas`: what contracts pay for what they use, and what workers ask.

mod set;
mod show;
mod voucher;

use adyton_client::{
    chain::facts::Facts,
    protocol::{
        ids::{ContractId, WorkerId},
        record::ContractRecord,
        storage,
        usage::{GasAccount, Noticed, Parameters},
    },
};
use anyhow::{Context, Result};
use clap::Subcommand;

use crate::{account::parse_pha, blocks::Blocks, connection::Connection, output::misuse};

/// What can be done about gas.
#[derive(Debug, Subcommand)]
pub enum GasCommand {
    /// Show a contract's gas account: what it has, what it pays, how fast it is used up.
    #[command(after_help = "Example:\n  adyton gas show counter")]
    Show(show::ShowArgs),
    /// Fill a contract's gas account. Anybody may.
    #[command(after_help = "Example:\n  adyton gas fund counter 25 --from main")]
    Fund(set::FundArgs),
    /// Take back what is left of a contract of yours, but for what its worker may still claim.
    #[command(
        after_help = "Examples:\n  adyton gas take-back counter 5 --from main\n  adyton gas take-back counter --all --from main"
    )]
    TakeBack(set::TakeBackArgs),
    /// Set the most that a contract of yours pays for a unit, and the most that it uses a block; or let it run for
    /// nothing again. The first price holds at once, others after the notice.
    #[command(
        after_help = "Examples:\n  adyton gas price counter 0.000001 --units 5000 --from main\n  adyton gas price counter --none --from main"
    )]
    Price(Box<set::PriceArgs>),
    /// Set what a worker of yours asks for a unit: less at once, more after the notice.
    #[command(after_help = "Example:\n  adyton gas ask 0x1f..c2 0.0000008 --from main")]
    Ask(set::AskArgs),
    /// Show, fill or empty the account's purse, from which the vouchers are paid that it signs.
    #[command(after_help = "Examples:\n  adyton gas purse --from main\n  adyton gas purse --fill 50 --from main")]
    Purse(voucher::PurseArgs),
    /// Sign a voucher: whoever redeems it fills a contract's account from your purse. Nothing is sent.
    #[command(after_help = "Example:\n  adyton gas voucher counter 2.5 --from main")]
    Voucher(voucher::VoucherArgs),
    /// Make vouchers of yours worthless: all with lower numbers.
    #[command(after_help = "Example:\n  adyton gas revoke 12 --from main")]
    Revoke(voucher::RevokeArgs),
    /// Fill a contract's account with a voucher.
    #[command(after_help = "Example:\n  adyton gas redeem 3f0a.. --from main")]
    Redeem(voucher::RedeemArgs),
}

/// Does it.
pub async fn run(command: GasCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        GasCommand::Show(args) => show::run(&args, connection).await,
        GasCommand::Fund(args) => set::fund(&args, connection).await,
        GasCommand::TakeBack(args) => set::take_back(&args, connection).await,
        GasCommand::Price(args) => set::price(&args, connection).await,
        GasCommand::Ask(args) => set::ask(&args, connection).await,
        GasCommand::Purse(args) => voucher::purse(&args, connection).await,
        GasCommand::Voucher(args) => voucher::voucher(&args, connection).await,
        GasCommand::Revoke(args) => voucher::revoke(&args, connection).await,
        GasCommand::Redeem(args) => voucher::redeem(&args, connection).await,
    }
}

/// What the chain says about one contract's gas, proven at one block.
#[derive(Debug, Clone)]
struct Found {
    blocks: Blocks,
    parameters: Parameters,
    contract: ContractRecord,
    account: GasAccount,
    /// Who holds its lease, and what they ask.
    holder: Option<(WorkerId, Noticed<u128>)>,
}

impl Found {
    /// The keys of everything but what the holder asks.
    fn keys(contract: &ContractId) -> Vec<Vec<u8>> {
        vec![
            Blocks::key(),
            storage::gas_parameters(),
            storage::contracts(contract),
            storage::gas_accounts(contract),
            storage::leases(contract),
        ]
    }

    fn of(facts: &Facts, contract: &ContractId) -> Result<Self> {
        Ok(Self {
            blocks: Blocks::of(facts)?,
            parameters: facts.gas_parameters()?,
            contract: facts.contract(contract)?.context("the chain has no such contract")?,
            account: facts.gas_account(contract)?.unwrap_or_default(),
            holder: None,
        })
    }
}

/// An amount as people write it.
fn amount(text: &str) -> Result<u128> {
    parse_pha(text)
        .filter(|amount| *amount > 0)
        .ok_or_else(|| misuse(format!("'{text}' is no amount of PHA, such as 1 or 0.000001")))
}
