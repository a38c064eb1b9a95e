//! What can be typed.

use clap::{Parser, Subcommand};

use crate::{
    account::AccountCommand, attest::AttestCommand, build::BuildArgs, call::CallArgs, contract::ContractCommand,
    deploy::DeployArgs, dev::DevArgs, dispute::DisputeCommand, gas::GasCommand, gov::GovCommand, image::ImageCommand,
    keyholder::KeyholderCommand, logs::LogsArgs, message::MessageCommand, multisig::MultisigCommand,
    network::NetworkCommand, new::NewArgs, pool::PoolCommand, receipt::ReceiptCommand, rewards::RewardsCommand,
    schedule::ScheduleArgs, secret::SecretCommand, slash::SlashCommand, stake::StakeCommand, tcb::TcbCommand,
    test::TestArgs, up::UpArgs, validator::ValidatorCommand, vault::VaultCommand, verify::VerifyArgs,
    worker::WorkerCommand,
};

/// Run programs on machines that cannot look into them, and get answers that prove it.
#[derive(Debug, Parser)]
#[command(
    name = "adyton",
    version,
    after_help = "Examples:\n  adyton up\n  adyton new hello --lang rust\n  adyton call hello POST /increment --from //Alice"
)]
pub struct Arguments {
    /// Print results as JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// The network, if it is not the one in use (see `adyton network use`).
    #[arg(long, global = true, value_name = "NAME")]
    pub network: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a local network on this machine.
    Up(UpArgs),
    /// Write a new contract's project.
    New(NewArgs),
    /// Compile a contract into a component.
    Build(BuildArgs),
    /// Run a contract's own tests against the real engine, with a clock, callers and a world outside that they make up.
    Test(TestArgs),
    /// Keep a contract on a development network as its files are, built and put into force at each change.
    Dev(DevArgs),
    /// Bring a contract onto the network.
    Deploy(DeployArgs),
    /// Call a contract, and show its answer when its receipt holds.
    Call(CallArgs),
    /// Show what a contract wrote to its log, to its owner.
    Logs(LogsArgs),
    /// Show what a contract asks of itself at a time, and what of that and of its watches ran lately, to its owner.
    Schedule(ScheduleArgs),
    /// Messages that accounts send to contracts on the chain.
    #[command(subcommand, after_help = "Example:\n  adyton message send counter 'plus 5' --from main")]
    Message(MessageCommand),
    /// A contract's secrets, which only its worker reads.
    #[command(subcommand, after_help = "Example:\n  adyton secret set counter api-key --from main")]
    Secret(SecretCommand),
    /// Verify a receipt bundle, offline.
    Verify(VerifyArgs),
    /// Saved receipts, and their anchors on the chain.
    #[command(subcommand, after_help = "Example:\n  adyton receipt anchor receipt.json")]
    Receipt(ReceiptCommand),
    /// Accounts: keys in an encrypted keystore.
    #[command(subcommand, after_help = "Example:\n  adyton account new main")]
    Account(AccountCommand),
    /// Networks, and why they are trusted.
    #[command(subcommand, after_help = "Example:\n  adyton network status")]
    Network(NetworkCommand),
    /// Workers: who works, and until when.
    #[command(subcommand, after_help = "Example:\n  adyton worker list")]
    Worker(WorkerCommand),
    /// Keyholders: who holds shares of the master secret, and what runs there.
    #[command(subcommand, after_help = "Example:\n  adyton keyholder list")]
    Keyholder(KeyholderCommand),
    /// Evidence from trusted execution environments: judged, shown, and what vendors say about it fetched.
    #[command(
        subcommand,
        after_help = "Example:\n  adyton attest verify --kind tdx --evidence quote.bin --collateral collateral.json"
    )]
    Attest(AttestCommand),
    /// Security levels (TCB) of platforms, and which machines the policy will soon refuse.
    #[command(subcommand, after_help = "Example:\n  adyton tcb watch --evidence quote.bin --fetch")]
    Tcb(TcbCommand),
    /// Contracts, as the chain proves them.
    #[command(subcommand, after_help = "Example:\n  adyton contract show counter")]
    Contract(ContractCommand),
    /// Accounts of several: contracts about which some of their signatories decide together.
    #[command(
        subcommand,
        after_help = "Example:\n  adyton multisig list 5DjYJStmdZ2rcqXbXGX7TW85JsrW6uG4y9MUcLq2BoPMpRA7"
    )]
    Multisig(MultisigCommand),
    /// Gas: what contracts pay for what they use, and what workers ask.
    #[command(subcommand, after_help = "Example:\n  adyton gas show counter")]
    Gas(GasCommand),
    /// Stake pools: stake behind an operator's workers, which earns with them and is slashed for them.
    #[command(subcommand, after_help = "Example:\n  adyton pool list")]
    Pool(PoolCommand),
    /// Vaults: stake that its owner spreads over several pools.
    #[command(subcommand, after_help = "Example:\n  adyton vault list")]
    Vault(VaultCommand),
    /// What an account has in all pools and vaults: what it earns, what leaves, and when it is paid out.
    #[command(subcommand, after_help = "Example:\n  adyton stake show main")]
    Stake(StakeCommand),
    /// Rewards: who works for them, and what it brings.
    #[command(subcommand, after_help = "Example:\n  adyton rewards show")]
    Rewards(RewardsCommand),
    /// Slashes: what workers did that costs stake, and who shows it.
    #[command(subcommand, after_help = "Example:\n  adyton slash list")]
    Slash(SlashCommand),
    /// Disputes: results that somebody says are wrong, and what jurors make of them.
    #[command(subcommand, after_help = "Example:\n  adyton dispute list")]
    Dispute(DisputeCommand),
    /// Validators: who makes and finalizes blocks, and what they have bonded for it.
    #[command(subcommand, after_help = "Example:\n  adyton validator list")]
    Validator(ValidatorCommand),
    /// The network's decisions: proposals, votes, and what they change.
    #[command(subcommand, after_help = "Example:\n  adyton gov list")]
    Gov(GovCommand),
    /// Images of workers: what a platform will measure of them.
    #[command(subcommand, after_help = "Example:\n  adyton image measure --kind nitro --eif worker.eif")]
    Image(ImageCommand),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn each(command: &clap::Command, path: &str, look: &mut impl FnMut(&clap::Command, &str)) {
        look(command, path);
        for sub in command.get_subcommands() {
            each(sub, &format!("{path} {}", sub.get_name()), look);
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        each(&Arguments::command(), "adyton", &mut |command, path| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example") && help.contains(path), "{path}: {help}");
        });
    }

    #[test]
    fn every_command_takes_json() {
        each(&Arguments::command(), "adyton", &mut |command, path| {
            if command.get_subcommands().next().is_none() {
                let words = path.split(' ').chain(["--json", "--help"]);
                let error = Arguments::try_parse_from(words).unwrap_err();
                assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{path}");
            }
        });
    }

    #[test]
    fn no_option_takes_a_secret() {
        each(&Arguments::command(), "adyton", &mut |command, path| {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                let secret = ["password", "phrase", "seed", "value", "key_file"].contains(&name);
                assert!(!secret, "{path} --{name}");
            }
        });
    }
}
