//! `adyton logs`: what a contract wrote, shown to its owner.

use std::time::Duration;

use adyton_client::{Account, Client, ContractId, LogLine};
use anyhow::Result;
use clap::Args;

use crate::{
    connection::Connection,
    output::{self, Output},
};

/// How often new lines are asked for.
const POLL: Duration = Duration::from_millis(500);

/// Whose log.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  adyton logs counter --from main\n  adyton logs counter -f --from //Alice")]
pub struct LogsArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// Go on showing new lines, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
}

/// Shows the lines.
pub async fn run(args: &LogsArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    if args.follow {
        return follow(&client, &contract, &owner, connection.output).await;
    }
    let mut lines = Vec::new();
    let mut next = 0;
    loop {
        let more = client.logs(&contract, &owner, next).await?;
        let Some(last) = more.last() else { break };
        next = last.number + 1;
        lines.extend(more);
    }
    connection.output.result(&lines, || match lines.is_empty() {
        true => "The contract has written nothing since its worker opened it".into(),
        false => lines.iter().map(|line| text(line) + "\n").collect(),
    })?;
    Ok(())
}

async fn follow(client: &Client, contract: &ContractId, owner: &Account, output: Output) -> Result<()> {
    let mut tail = Tail::default();
    // Whoever may not read the log, or misspelt the contract, learns it at once.
    let mut lines = tail.more(client, contract, owner).await?;
    let mut trouble = None;
    loop {
        lines.iter().try_for_each(|line| show(line, output))?;
        tokio::time::sleep(POLL).await;
        // A worker that starts anew, or a contract that moves, has no log for a while: said once, and asked again.
        lines = match tail.more(client, contract, owner).await {
            Ok(lines) => {
                trouble = None;
                lines
            }
            Err(error) => {
                let said = format!("{error:#}");
                if trouble.as_ref() != Some(&said) {
                    output.warn(format_args!("{said}; asking again"));
                }
                trouble = Some(said);
                Vec::new()
            }
        };
    }
}

/// How far a contract's log was read.
#[derive(Debug, Default)]
pub struct Tail {
    next: u64,
    opening: (u32, u64),
}

impl Tail {
    /// The lines that are new.
    pub async fn more(&mut self, client: &Client, contract: &ContractId, owner: &Account) -> Result<Vec<LogLine>> {
        let proven = client.contract(contract).await?;
        self.opened(proven.worker().boot, proven.head().map_or(0, |head| head.incarnation));
        let lines = client.logs(contract, owner, self.next).await?;
        self.next = lines.last().map_or(self.next, |last| last.number + 1);
        Ok(lines)
    }

    /// Whenever a worker opens the contract, also for new code, lines are numbered from zero again.
    fn opened(&mut self, boot: u32, incarnation: u64) {
        if self.opening != (boot, incarnation) {
            *self = Self { next: 0, opening: (boot, incarnation) };
        }
    }
}

/// Prints a line as soon as it is there.
pub fn show(line: &LogLine, output: Output) -> Result<()> {
    match output.is_json() {
        true => output::line(serde_json::to_string(line)?),
        false => output::line(text(line)),
    }
}

/// A line as people read it: the time of day (UTC), the level, the message.
fn text(line: &LogLine) -> String {
    let seconds = line.at_ms / 1000;
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}.{:03} {:<5} {}", line.at_ms % 1000, line.level, line.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_each_opening_the_log_is_read_from_its_begin() {
        let mut tail = Tail::default();
        for opening in [(1, 1), (1, 2), (2, 2)] {
            tail.opened(opening.0, opening.1);
            assert_eq!(tail.next, 0);
            tail.next = 7;
            tail.opened(opening.0, opening.1);
            assert_eq!(tail.next, 7);
        }
    }

    #[test]
    fn a_line_shows_the_time_of_day() {
        let line =
            LogLine { number: 3, at_ms: 86_400_000 * 7 + 3_723_004, level: "warn".into(), message: "hot".into() };
        assert_eq!(text(&line), "01:02:03.004 warn  hot");
    }
}
