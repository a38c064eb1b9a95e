//! `adyton dev`: a project on a development network, built and put into force again at each change of its files.
//!
//! What it shows: how far a build or a contract is, errors, and what the contract logs. While there is no new component,
//! the one before it goes on answering.

mod reload;
mod watch;

use std::{path::PathBuf, time::Duration};

use adyton_client::{Account, Client, ContractId};
use adyton_component::build::Options;
use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::{
    build::{self, Component},
    connection::Connection,
    deploy::wait_unlocked,
    logs::{self, Tail},
    output::{Output, line, misuse},
    project::Project,
    sealed::CodeKey,
};

use reload::Change;
use watch::Files;

/// How often the files and the log are looked at.
const LOOK: Duration = Duration::from_millis(400);

/// What to run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  adyton dev\n  adyton dev --dir hello --from //Bob\n  adyton dev --once --json")]
pub struct DevArgs {
    /// The project's folder; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The account that owns the contract: one that everybody has, if none is named.
    #[arg(long, value_name = "ACCOUNT", default_value = "//Alice")]
    from: String,
    /// Build and deploy once, and end when the contract is ready.
    #[arg(long)]
    once: bool,
    /// Build with the tools and packages that are on this machine.
    #[arg(long)]
    offline: bool,
    /// Seconds to wait until the contract is ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

/// Runs until Ctrl-C, or once.
pub async fn run(args: &DevArgs, connection: &Connection<'_>) -> Result<()> {
    // What is no project is said before anything else.
    Project::open(&args.dir)?;
    let network = connection.network()?;
    if !network.development {
        return Err(misuse(format!(
            "'{}' is no development network: there, people see new code before it answers them; use `adyton deploy`",
            network.name
        )));
    }
    let owner = connection.account(&network, Some(&args.from))?;
    let options = Options {
        cache: connection.places.cache.clone(),
        offline: args.offline,
        locked: false,
        quiet: connection.output.is_json(),
    };
    let session = Session { args, client: connection.client()?, owner, options, output: connection.output };
    if args.once {
        let live = session.deploy(session.build()?).await?;
        connection.output.result(&live.json(), || live.text(&args.from))?;
        return Ok(());
    }
    // In a task of its own, which a build does not hold up. The tools of a build end with this process.
    let output = connection.output;
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            output.progress("Stopped. The contract stays on the network.");
            std::process::exit(0);
        }
    });
    session.follow().await
}

/// One run of the command.
struct Session<'a> {
    args: &'a DevArgs,
    client: Client,
    owner: Account,
    options: Options,
    output: Output,
}

/// A contract that answers with the project's newest code.
struct Live {
    name: String,
    contract: ContractId,
    code: String,
    change: Change,
}

impl Session<'_> {
    /// Again at each change, for ever.
    async fn follow(&self) -> Result<()> {
        let mut tail: Option<(ContractId, Tail)> = None;
        loop {
            // Before the build: what is changed while it runs is built next.
            let seen = Files::of(&self.args.dir)?;
            match self.build() {
                Err(error) if tail.is_some() => self.complain(&error, "The version before goes on answering. "),
                Err(error) => self.complain(&error, ""),
                Ok(built) => match self.deploy(built).await {
                    Err(error) => self.complain(&error, ""),
                    Ok(live) => {
                        self.say(&live)?;
                        if tail.as_ref().is_none_or(|(contract, _)| *contract != live.contract) {
                            tail = Some((live.contract, Tail::default()));
                        }
                    }
                },
            }
            self.until_change(&seen, &mut tail).await?;
        }
    }

    /// Builds what the files are now.
    fn build(&self) -> Result<(Project, Component)> {
        let project = Project::open(&self.args.dir)?;
        if project.declared.component.is_some() && !self.args.once {
            return Err(misuse(
                "other tools make this project's component, and nobody here sees when they do: deploy it with `adyton deploy`, or run `adyton dev --once`",
            ));
        }
        self.output.progress(project.preparation());
        let component = build::build(&project, &self.options)?;
        Ok((project, component))
    }

    /// Brings it onto the network, and waits until the contract is ready.
    async fn deploy(&self, (project, component): (Project, Component)) -> Result<Live> {
        let network = self.client.network().network_id;
        let key = CodeKey::of(&self.owner, &network, &project.declared.manifest, &component.bytes);
        let content_key = key.as_ref().map(CodeKey::content);
        let (contract, change) =
            reload::reload(&self.client, &self.owner, &project, (&component.bytes[..], content_key), self.output)
                .await?;
        let patience = Duration::from_secs(self.args.timeout);
        let key = key.as_ref().map(|key| (key, &self.owner));
        wait_unlocked(&self.client, &contract, key, patience, |line| self.output.progress(line)).await?;
        Ok(Live { name: project.name().to_owned(), contract, code: component.hash, change })
    }

    /// Shows the contract's log until the files are others than those `seen`, and stay so for a moment.
    async fn until_change(&self, seen: &Files, tail: &mut Option<(ContractId, Tail)>) -> Result<()> {
        let mut last = seen.clone();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = Files::of(&self.args.dir)?;
            if now != *seen && now == last {
                return Ok(());
            }
            last = now;
            if let Some((contract, tail)) = tail {
                // While the contract's worker opens it, there is no log; it is asked for again.
                if let Ok(lines) = tail.more(&self.client, contract, &self.owner).await {
                    lines.iter().try_for_each(|line| logs::show(line, self.output))?;
                }
            }
        }
    }

    fn say(&self, live: &Live) -> Result<()> {
        match self.output.is_json() {
            true => line(live.json()),
            false => line(format_args!(
                "{}\n\nEach change of its files is built and put into force. Ctrl-C stops.",
                live.text(&self.args.from)
            )),
        }
    }

    fn complain(&self, error: &anyhow::Error, comfort: &str) {
        let _code = self.output.failure(error);
        self.output.progress(format!("{comfort}Waiting for a change of the project's files."));
    }
}

impl Live {
    fn json(&self) -> serde_json::Value {
        let change = match self.change {
            Change::Made => "made",
            Change::Upgraded => "upgraded",
            Change::None => "unchanged",
        };
        let Self { name, contract, code, .. } = self;
        json!({ "name": name, "contract": contract, "code": code, "change": change, "stage": "ready" })
    }

    fn text(&self, from: &str) -> String {
        let Self { name, contract, .. } = self;
        match self.change {
            Change::Made => format!(
                "{name} is ready: {contract}\n\nCall it under a path that it answers:\n  adyton call {name} GET /PATH --from {from}"
            ),
            Change::Upgraded => format!("{name} is ready with the new code: {contract}"),
            Change::None => format!("{name} is ready: {contract}. Its code is the same as before"),
        }
    }
}
