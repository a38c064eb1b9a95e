//! `adyton multisig`: contracts that belong to several people, of whom some have to agree.

mod act;
mod agree;
mod show;

use anyhow::Result;
use clap::Subcommand;

use crate::connection::Connection;
use act::{ApproveArgs, CancelArgs, ContractArgs, DeployArgs, UpgradeArgs};
use show::{AddressArgs, ListArgs};

/// What signatories do together.
#[derive(Debug, Subcommand)]
pub enum MultisigCommand {
    /// Show the account of several signatories. Nobody creates it; who pays a contract's deposit is this account, so it
    /// needs some PHA.
    #[command(
        after_help = "Example:\n  adyton multisig address --threshold 2 --signatory main --signatory //Bob --signatory //Dave"
    )]
    Address(AddressArgs),
    /// List what was proposed in an account's name and is not done yet. What is listed is proven; that nothing is missing is
    /// not.
    #[command(after_help = "Example:\n  adyton multisig list 5DjYJStmdZ2rcqXbXGX7TW85JsrW6uG4y9MUcLq2BoPMpRA7")]
    List(ListArgs),
    /// Propose that the account deploys a project's contract, and owns it.
    #[command(after_help = "Example:\n  adyton multisig deploy --dir hello --multisig 2:main,//Bob,//Dave --from main")]
    Deploy(DeployArgs),
    /// Propose that the account announces a project's code as its contract's next one.
    #[command(
        after_help = "Example:\n  adyton multisig upgrade 0x4f..aa --dir hello --multisig 2:main,//Bob,//Dave --from main"
    )]
    Upgrade(UpgradeArgs),
    /// Propose that the account puts announced code into force. The chain refuses that until its time has come.
    #[command(after_help = "Example:\n  adyton multisig apply 0x4f..aa --multisig 2:main,//Bob,//Dave --from main")]
    Apply(ContractArgs),
    /// Propose that the account lets workers take its contract again, of whose state two histories were shown.
    #[command(after_help = "Example:\n  adyton multisig resume 0x4f..aa --multisig 2:main,//Bob,//Dave --from main")]
    Resume(ContractArgs),
    /// Propose that the account ends its contract for good.
    #[command(after_help = "Example:\n  adyton multisig retire 0x4f..aa --multisig 2:main,//Bob,//Dave --from main")]
    Retire(ContractArgs),
    /// Approve what another signatory proposed, with the call that their command showed. The last approval has it done.
    #[command(
        after_help = "Example:\n  adyton multisig approve --call 0x0c0a.. --multisig 2:main,//Bob,//Dave --from //Bob"
    )]
    Approve(ApproveArgs),
    /// Take back what one proposed oneself, and get its deposit back.
    #[command(after_help = "Example:\n  adyton multisig cancel 0x5e..01 --multisig 2:main,//Bob,//Dave --from main")]
    Cancel(CancelArgs),
}

/// Does it.
pub async fn run(command: MultisigCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        MultisigCommand::Address(args) => show::address(&args, connection),
        MultisigCommand::List(args) => show::list(&args, connection).await,
        MultisigCommand::Deploy(args) => act::deploy(&args, connection).await,
        MultisigCommand::Upgrade(args) => act::upgrade(&args, connection).await,
        MultisigCommand::Apply(args) => act::apply(&args, connection).await,
        MultisigCommand::Resume(args) => act::resume(&args, connection).await,
        MultisigCommand::Retire(args) => act::retire(&args, connection).await,
        MultisigCommand::Approve(args) => act::approve(&args, connection).await,
        MultisigCommand::Cancel(args) => act::cancel(&args, connection).await,
    }
}
