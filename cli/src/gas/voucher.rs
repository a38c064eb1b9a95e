//! `adyton gas purse`, `voucher`, `revoke` and `redeem`: gas that somebody else pays.

use adyton_client::{
    AccountScheme,
    chain::{
        address,
        extrinsic::{
            Signer,
            calls::{Call, Usage},
        },
    },
    protocol::{
        ids::{AccountId, NetworkId},
        storage,
        voucher::{Purse, SignedVoucher, Voucher, WINDOW},
    },
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use codec::Encode;
use serde_json::json;

use super::amount;
use crate::{
    account::pha,
    blocks::Blocks,
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    signing::Signing,
};

/// What to do with one's purse.
#[derive(Debug, Args)]
pub struct PurseArgs {
    /// Put so much in, in PHA.
    #[arg(long, value_name = "PHA", conflicts_with = "empty")]
    fill: Option<String>,
    /// Take so much out, in PHA.
    #[arg(long, value_name = "PHA")]
    empty: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

/// What to promise.
#[derive(Debug, Args)]
pub struct VoucherArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// How much, in PHA.
    amount: String,
    /// Who alone may redeem it; without it, whoever has it.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// For how many blocks it is good.
    #[arg(long, value_name = "BLOCKS", default_value_t = 100_000)]
    blocks: u32,
    /// Its number, if it is not the first that is open: of vouchers at the same time, each has another one.
    #[arg(long)]
    number: Option<u64>,
    /// The account that signs; its purse pays.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Which vouchers.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// All with lower numbers.
    below: u64,
    #[command(flatten)]
    signing: Signing,
}

/// Which one.
#[derive(Debug, Args)]
pub struct RedeemArgs {
    /// As `adyton gas voucher` printed it.
    voucher: String,
    #[command(flatten)]
    signing: Signing,
}

/// Shows, fills or empties a purse.
pub async fn purse(args: &PurseArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[storage::gas_purses(&sender.id()), storage::gas_parameters()]).await?;
    let (purse, least) = (facts.gas_purse(&sender.id())?, facts.gas_parameters()?.minimum);
    let (call, intent) = match (&args.fill, &args.empty) {
        (Some(fill), _) => filling(amount(fill)?, least)?,
        (None, Some(empty)) => emptying(amount(empty)?, &purse)?,
        (None, None) => return show(&purse, facts.block().number, connection),
    };
    let sent = sender.send(&intent, &Call::Usage(call)).await?;
    let left = sender.client.facts(&[storage::gas_purses(&sender.id())]).await?.gas_purse(&sender.id())?;
    let json = json!({ "balance": left.balance.to_string(), "first_open": left.first });
    connection.output.result(&sent.json(json), || format!("The purse has {} PHA", pha(left.balance)))
}

fn filling(amount: u128, least: u128) -> Result<(Usage, Intent)> {
    ensure!(amount >= least, "at least {} PHA at a time, and this is {}", pha(least), pha(amount));
    let does =
        format!("Puts {} PHA into the account's purse, from which the vouchers are paid that it signs.", pha(amount));
    Ok((Usage::FillPurse(amount), Intent { does, takes: amount }))
}

fn emptying(amount: u128, purse: &Purse) -> Result<(Usage, Intent)> {
    ensure!(amount <= purse.balance, "the purse has {} PHA, and this is {}", pha(purse.balance), pha(amount));
    let left = purse.balance.saturating_sub(amount);
    let does = format!(
        "Takes {} PHA out of the account's purse; vouchers that are not redeemed yet are worth what stays, {} PHA.",
        pha(amount),
        pha(left)
    );
    Ok((Usage::EmptyPurse(amount), Intent::free(does)))
}

fn show(purse: &Purse, block: u32, connection: &Connection<'_>) -> Result<()> {
    let json = json!({ "balance": purse.balance.to_string(), "first_open": purse.first, "block": block });
    connection.output.result(&json, || {
        let (balance, first) = (pha(purse.balance), purse.first);
        format!("balance      {balance} PHA\nfirst number {first}: all below are used up or revoked\nproven as of block {block}")
    })
}

/// Signs a voucher; nothing is sent.
pub async fn voucher(args: &VoucherArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = amount(&args.amount)?;
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let account = connection.account(&network, args.from.as_deref())?;
    let caller = args.to.as_deref().map(|to| address::decode(to).with_context(|| format!("'{to}' is no address")));
    let caller = caller.transpose()?;
    let funder = Signer::account(&account);
    let keys = [Blocks::key(), storage::gas_purses(&funder), storage::gas_parameters(), storage::contracts(&contract)];
    let facts = client.facts(&keys).await?;
    facts.contract(&contract)?.context("the chain has no such contract")?;
    let least = facts.gas_parameters()?.minimum;
    ensure!(amount >= least, "at least {} PHA, and this is {}", pha(least), pha(amount));
    let (purse, blocks) = (facts.gas_purse(&funder)?, Blocks::of(&facts)?);
    let number = numbered(&purse, args.number)?;
    let expiry = blocks.newest.saturating_add(args.blocks);
    let voucher = Voucher { contract, caller, amount, expiry, number };
    let signed = sign(&account, account.scheme(), voucher, &network.network_id);
    if purse.balance < amount {
        let balance = pha(purse.balance);
        connection
            .output
            .warn(format!("the purse has {balance} PHA, less than that: fill it (adyton gas purse --fill)"));
    }
    let text = hex::encode(signed.encode());
    let json = json!({
        "voucher": text,
        "contract": contract,
        "amount": amount.to_string(),
        "to": caller.as_ref().map(address::encode),
        "number": number,
        "expiry": expiry,
    });
    connection.output.result(&json, || text.clone())
}

/// The number of the next voucher.
fn numbered(purse: &Purse, wanted: Option<u64>) -> Result<u64> {
    let number = wanted.unwrap_or(purse.first);
    let last = purse.first.saturating_add(WINDOW - 1);
    ensure!(
        purse.is_open(number),
        "the number {number} is used up, revoked, or above {last}, which is the highest now; the first open one is {}",
        purse.first
    );
    Ok(number)
}

fn sign(signer: &impl Signer, scheme: AccountScheme, voucher: Voucher, network: &NetworkId) -> SignedVoucher {
    use adyton_client::chain::extrinsic::Signature;

    let signature = match signer.sign(&voucher.message(network)) {
        Signature::Ed25519(signature) | Signature::Sr25519(signature) => signature,
    };
    SignedVoucher { voucher, funder: signer.account(), scheme, signature }
}

/// Makes vouchers worthless.
pub async fn revoke(args: &RevokeArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let purse = sender.client.facts(&[storage::gas_purses(&sender.id())]).await?.gas_purse(&sender.id())?;
    ensure!(args.below > purse.first, "all numbers below {} are used up or revoked already", purse.first);
    let does = format!("Makes every voucher of this account with a number below {} worthless, for good.", args.below);
    let sent = sender.send(&Intent::free(does), &Call::Usage(Usage::Revoke(args.below))).await?;
    connection
        .output
        .result(&sent.json(json!({ "below": args.below })), || format!("Revoked in block {}", sent.block()))
}

/// Fills a contract's account with a voucher.
pub async fn redeem(args: &RedeemArgs, connection: &Connection<'_>) -> Result<()> {
    let bytes = hex::decode(args.voucher.trim()).ok();
    let signed = bytes.as_deref().and_then(SignedVoucher::from_bytes);
    let signed =
        signed.ok_or_else(|| misuse("this is no voucher: it is what `adyton gas voucher` prints, all of it"))?;
    let sender = Sender::new(&args.signing, connection)?;
    let keys = [Blocks::key(), storage::gas_purses(&signed.funder)];
    let facts = sender.client.facts(&keys).await?;
    let (purse, blocks) = (facts.gas_purse(&signed.funder)?, Blocks::of(&facts)?);
    let does = redeeming(&signed, &purse, &blocks, &sender.id())?;
    let Voucher { contract, amount, .. } = signed.voucher;
    let sent = sender.send(&Intent::free(does), &Call::Usage(Usage::Redeem(signed))).await?;
    let json = json!({ "contract": contract, "amount": amount.to_string() });
    connection
        .output
        .result(&sent.json(json), || format!("Contract {contract} got {} PHA in block {}", pha(amount), sent.block()))
}

/// What redeeming does, or why the chain would refuse it.
fn redeeming(signed: &SignedVoucher, purse: &Purse, blocks: &Blocks, account: &AccountId) -> Result<String> {
    let Voucher { contract, caller, amount, expiry, number } = signed.voucher;
    if let Some(caller) = caller.filter(|caller| caller != account) {
        bail!("the voucher is for {} alone", address::encode(&caller));
    }
    ensure!(blocks.newest <= expiry, "the voucher was good until {}; ask its funder for another", blocks.said(expiry));
    ensure!(purse.is_open(number), "the voucher was redeemed, or its funder has revoked it");
    ensure!(
        purse.balance >= amount,
        "the funder's purse has {} PHA, less than the voucher promises",
        pha(purse.balance)
    );
    Ok(format!(
        "Fills the gas account of contract {contract} with {} PHA from the purse of {}.",
        pha(amount),
        address::encode(&signed.funder)
    ))
}

#[cfg(test)]
mod tests {
    use adyton_client::{Account, ContractId};

    use super::*;
    use crate::blocks::tests::blocks;

    const PHA: u128 = 1_000_000_000_000;
    const NETWORK: NetworkId = NetworkId([9; 32]);

    fn purse() -> Purse {
        Purse { balance: 10 * PHA, first: 3, used: 2 }
    }

    fn signed(caller: Option<AccountId>) -> SignedVoucher {
        let account = Account::from_secret("//Alice", AccountScheme::Sr25519).expect("is one");
        let voucher = Voucher { contract: ContractId([1; 32]), caller, amount: 2 * PHA, expiry: 1000, number: 3 };
        sign(&account, AccountScheme::Sr25519, voucher, &NETWORK)
    }

    #[test]
    fn a_voucher_reads_back_what_was_printed() {
        let voucher = signed(None);
        let bytes = hex::decode(hex::encode(voucher.encode())).expect("is hexadecimal");
        assert_eq!(SignedVoucher::from_bytes(&bytes), Some(voucher));
    }

    #[test]
    fn the_next_number_is_the_first_that_is_open_and_no_other_is_taken_twice() {
        assert_eq!(numbered(&purse(), None).ok(), Some(3));
        assert_eq!(numbered(&purse(), Some(130)).ok(), Some(130));
        for taken in [2, 4, 131] {
            assert!(numbered(&purse(), Some(taken)).is_err(), "{taken}");
        }
    }

    #[test]
    fn what_the_chain_would_refuse_is_refused_before() {
        let me = AccountId([7; 32]);
        let redeeming = |signed, purse| redeeming(&signed, &purse, &blocks(), &me);
        assert!(redeeming(signed(None), purse()).is_ok_and(|does| does.contains("2 PHA from the purse of ")));
        assert!(redeeming(signed(Some(me)), purse()).is_ok());
        let refused = |signed, purse, words: &str| {
            let error = redeeming(signed, purse).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        };
        refused(signed(Some(AccountId([8; 32]))), purse(), "alone");
        let mut late = signed(None);
        late.voucher.expiry = 999;
        refused(late, purse(), "was good until block 999");
        refused(signed(None), Purse { first: 4, used: 0, ..purse() }, "was redeemed");
        refused(signed(None), Purse { balance: PHA, ..purse() }, "less than the voucher promises");
    }

    #[test]
    fn a_purse_is_not_emptied_beyond_what_is_in_it_nor_filled_with_little() {
        assert!(emptying(11 * PHA, &purse()).is_err());
        assert!(emptying(4 * PHA, &purse()).is_ok_and(|(_, intent)| intent.does.contains("6 PHA")));
        assert!(filling(1, 2).is_err());
        assert!(filling(2, 2).is_ok_and(|(_, intent)| intent.takes == 2));
    }
}
