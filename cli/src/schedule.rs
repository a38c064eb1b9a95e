//! `adyton schedule`: the calls that a contract asks for itself, shown to its owner.

use adyton_client::schedule::{Entry, Run};
use anyhow::Result;
use clap::Args;

use crate::{connection::Connection, worker::date};

/// Whose schedule.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  adyton schedule counter --from main")]
pub struct ScheduleArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Shows entries and runs.
pub async fn run(args: &ScheduleArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    let schedule = client.schedule(&contract, &owner).await?;
    connection.output.result(&schedule, || {
        let entries = match schedule.entries.is_empty() {
            true => "The contract has nothing in its schedule\n".into(),
            false => schedule.entries.iter().map(entry).collect::<String>(),
        };
        entries + &schedule.runs.iter().map(ran).collect::<String>()
    })?;
    Ok(())
}

fn entry(entry: &Entry) -> String {
    let Entry { name, due_ms, cron } = entry;
    let goes_on = cron.as_ref().map_or("once".into(), |cron| format!("cron {cron}"));
    format!("due  {}  {name}  {goes_on}\n", date(*due_ms / 1000))
}

fn ran(run: &Run) -> String {
    let Run { name, due_ms, request_id, status, code, .. } = run;
    let outcome = match (status, code) {
        (Some(status), _) => format!("HTTP {status}"),
        (None, Some(code)) => format!("failed ({code})"),
        (None, None) => "failed".into(),
    };
    format!("ran  {}  {name}  {outcome}  {request_id}\n", date(*due_ms / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_runs_say_when_and_what_came_of_it() {
        let once = Entry { name: "close".into(), due_ms: 1_800_000_000_007, cron: None };
        assert_eq!(entry(&once), "due  2027-01-15 08:00 UTC  close  once\n");
        let often = Entry { cron: Some("0 * * * *".into()), ..once };
        assert_eq!(entry(&often), "due  2027-01-15 08:00 UTC  close  cron 0 * * * *\n");
        let request_id = "0x01010101010101010101010101010101".parse().expect("an id");
        let run = Run { name: "close".into(), due_ms: 5, at_ms: 6, request_id, status: Some(204), code: None };
        assert_eq!(ran(&run), format!("ran  1970-01-01 00:00 UTC  close  HTTP 204  {request_id}\n"));
        let failed = Run { status: None, code: Some("contract-failed".into()), ..run };
        assert_eq!(ran(&failed), format!("ran  1970-01-01 00:00 UTC  close  failed (contract-failed)  {request_id}\n"));
    }
}
