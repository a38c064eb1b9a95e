//! `adyton message`: messages that accounts send to contracts on the chain.

use std::{fs, io::Read, path::PathBuf};

use adyton_client::{
    chain::address,
    inbox::{MessageRun, Waiting},
    protocol::message::MAX_PAYLOAD,
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{account::pha, connection::Connection, output::misuse, worker::date};

/// The most bytes of a message that are shown.
const MAX_SHOWN: usize = 64;

/// What can be done with messages.
#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// Send a message, which the contract answers once, in its turn. Everybody can read it on the chain. A deposit is held
    /// of the sender until it is answered.
    #[command(
        after_help = "Examples:\n  adyton message send counter 'plus 5' --from main\n  adyton message send counter --file order.json --from main"
    )]
    Send(SendArgs),
    /// Show what waits for a contract, as the chain proves it; and to its owner, what came of messages lately.
    #[command(after_help = "Examples:\n  adyton message list counter\n  adyton message list counter --from main")]
    List(ListArgs),
    /// Withdraw a message of yours that nobody has answered for long, and get its deposit back.
    #[command(after_help = "Example:\n  adyton message withdraw counter 7 --from main")]
    Withdraw(WithdrawArgs),
}

/// Which message, to whom.
#[derive(Debug, Args)]
pub struct SendArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// What it says; with neither this nor a file, it comes on standard input.
    #[arg(conflicts_with = "file")]
    text: Option<String>,
    /// The file that has it.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Who sends it.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Whose messages.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The contract's owner, to whom its worker says what came of messages.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Which message goes.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The message's number.
    number: u64,
    /// Who sent it.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Does it.
pub async fn run(command: MessageCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        MessageCommand::Send(args) => send(&args, connection).await,
        MessageCommand::List(args) => list(&args, connection).await,
        MessageCommand::Withdraw(args) => withdraw(&args, connection).await,
    }
}

async fn send(args: &SendArgs, connection: &Connection<'_>) -> Result<()> {
    let payload = payload(args)?;
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let sender = connection.account(&network, args.from.as_deref())?;
    let number = client.send_message(&sender, &contract, &payload).await?;
    connection.output.result(&json!({ "contract": contract, "number": number }), || match number {
        Some(number) => format!("Message {number} waits for the contract"),
        None => "The message is sent, and over already".into(),
    })?;
    Ok(())
}

fn payload(args: &SendArgs) -> Result<Vec<u8>> {
    let most = u64::from(MAX_PAYLOAD) + 1;
    let mut bytes = Vec::new();
    match (&args.text, &args.file) {
        (Some(text), _) => bytes.extend_from_slice(text.as_bytes()),
        (None, Some(path)) => {
            let file = fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
            file.take(most).read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
        }
        (None, None) => {
            std::io::stdin().take(most).read_to_end(&mut bytes).context("reading standard input")?;
        }
    }
    if bytes.len() as u64 >= most {
        return Err(misuse(format!("a message has at most {MAX_PAYLOAD} bytes")));
    }
    Ok(bytes)
}

async fn list(args: &ListArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let inbox = client.inbox(&contract).await?;
    let runs = match &args.from {
        None => Vec::new(),
        Some(from) => {
            let owner = connection.account(&network, Some(from))?;
            client.message_runs(&contract, &owner).await?
        }
    };
    let waiting: Vec<_> = inbox.waiting.iter().map(as_json).collect();
    let json = json!({
        "contract": contract,
        "sent": inbox.sent,
        "over": inbox.over,
        "waiting": waiting,
        "runs": runs,
        "block": inbox.block,
    });
    connection.output.result(&json, || {
        let waiting = match inbox.waiting.is_empty() {
            true => format!("No message waits; {} were sent\n", inbox.sent),
            false => inbox.waiting.iter().map(waits).collect::<String>(),
        };
        format!("{waiting}{}proven as of block {}", runs.iter().map(ran).collect::<String>(), inbox.block)
    })?;
    Ok(())
}

fn as_json(waiting: &Waiting) -> serde_json::Value {
    let Waiting { number, sender, block, deposit, payload } = waiting;
    json!({
        "number": number,
        "sender": address::encode(sender),
        "block": block,
        "deposit": deposit.to_string(),
        "payload": format!("0x{}", hex::encode(payload)),
    })
}

fn waits(waiting: &Waiting) -> String {
    let Waiting { number, sender, block, deposit, payload } = waiting;
    let held = pha(*deposit);
    format!(
        "waits  {number}  of {}, since block {block}, {held} PHA held  {}\n",
        address::encode(sender),
        shown(payload)
    )
}

/// Its text, if it is one that a terminal may be shown, or its bytes.
fn shown(payload: &[u8]) -> String {
    let begin = payload.get(..MAX_SHOWN).unwrap_or(payload);
    let more = if begin.len() < payload.len() { ".." } else { "" };
    match std::str::from_utf8(begin) {
        Ok(text) if !text.chars().any(char::is_control) => format!("{text:?}{more}"),
        Ok(_) | Err(_) => format!("0x{}{more}", hex::encode(begin)),
    }
}

fn ran(run: &MessageRun) -> String {
    let MessageRun { number, at_ms, request_id, status, code } = run;
    let outcome = match (status, code) {
        (Some(status), _) => format!("HTTP {status}"),
        (None, Some(code)) => format!("failed ({code})"),
        (None, None) => "failed".into(),
    };
    format!("over   {number}  {}  {outcome}  {request_id}\n", date(*at_ms / 1000))
}

async fn withdraw(args: &WithdrawArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let sender = connection.account(&network, args.from.as_deref())?;
    client.withdraw_message(&sender, &contract, args.number).await?;
    connection.output.result(&json!({ "contract": contract, "number": args.number }), || {
        format!("Message {} is withdrawn, and its deposit given back", args.number)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use adyton_client::protocol::ids::AccountId;

    use super::*;

    #[test]
    fn what_waits_is_shown_with_its_sender_and_never_with_what_a_terminal_obeys() {
        let sender = AccountId([1; 32]);
        let waiting = Waiting { number: 7, sender, block: 5, deposit: 500_000_000_000, payload: b"plus 5".to_vec() };
        let account = address::encode(&sender);
        assert_eq!(
            waits(&waiting),
            format!("waits  7  of {account}, since block 5, {} PHA held  \"plus 5\"\n", pha(500_000_000_000))
        );
        assert_eq!(shown(b"\x1b[2J"), "0x1b5b324a");
        assert_eq!(shown(&[0xff; MAX_SHOWN + 1]), format!("0x{}..", "ff".repeat(MAX_SHOWN)));
        assert_eq!(shown(&[b'a'; MAX_SHOWN]), format!("\"{}\"", "a".repeat(MAX_SHOWN)));
    }

    #[test]
    fn a_run_says_when_and_what_came_of_it() {
        let request_id = "0x01010101010101010101010101010101".parse().expect("an id");
        let run = MessageRun { number: 2, at_ms: 1_800_000_000_007, request_id, status: Some(204), code: None };
        assert_eq!(ran(&run), format!("over   2  2027-01-15 08:00 UTC  HTTP 204  {request_id}\n"));
        let failed = MessageRun { status: None, code: Some("contract-failed".into()), ..run };
        assert_eq!(ran(&failed), format!("over   2  2027-01-15 08:00 UTC  failed (contract-failed)  {request_id}\n"));
    }
}
