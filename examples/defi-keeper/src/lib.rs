//! A keeper of a vault on an EVM chain: when an incident is reported and the vault's health is below a threshold, it
//! calls the vault's `protect`, once for each incident.
//!
//! It runs by itself: `init` asks the schedule for a run each minute.
//!
//! - `GET /account` answers with the account that pays, and that the vault has to let call `protect`
//! - `GET /incidents/0x…` answers with what was done about an incident

mod action;
mod incident;
mod vault;

use adyton_sdk::{
    Error, Lifecycle, Request, Response, Service, env,
    evm::{Hash, Key},
    export, export_lifecycle, log, schedule,
    serde_json::json,
};
use vault::Vault;

/// The name of the key that signs transactions.
const KEY: &str = "keeper";
/// What a run of the schedule asks.
const WATCH: &str = "/watch";

struct Keeper;

impl Service for Keeper {
    fn handle(request: Request) -> Result<Response, Error> {
        log::panics();
        match (request.method.as_str(), request.route(), schedule::run(&request)) {
            // Nobody else can ask for this.
            ("POST", WATCH, Some(_)) => watch(),
            ("GET", "/account", _) => Response::json(&json!({ "account": Key::named(KEY)?.address() })),
            ("GET", path, _) => match path.strip_prefix("/incidents/") {
                Some(incident) => answer(incident.parse()?),
                None => Ok(Response::not_found()),
            },
            _ => Ok(Response::not_found()),
        }
    }
}

impl Lifecycle for Keeper {
    fn init() -> Result<(), Error> {
        schedule::cron("watch", "* * * * *", schedule::post(WATCH, b""))?;
        Ok(())
    }

    fn migrate(_from_version: u32, _from_code: Vec<u8>) -> Result<(), Error> {
        Self::init()
    }
}

/// One step: either a transaction is on its way, and is followed, or there may be a reason for one.
fn watch() -> Result<Response, Error> {
    let vault = Vault::from_settings()?;
    match action::pending()? {
        Some(pending) => action::follow(&vault, &pending)?,
        None => look(&vault)?,
    }
    Ok(Response::status(204))
}

fn look(vault: &Vault) -> Result<(), Error> {
    let Some(incident) = incident::reported()? else { return Ok(()) };
    if action::outcome(incident)?.is_some() {
        return Ok(());
    }
    let block = vault.block()?;
    let health = vault.health(&block)?;
    if health >= vault.minimum_health {
        log::info(&format!("incident {incident}: the vault's health is {}", vault::shown(health)));
        return Ok(());
    }
    action::begin(vault, &block, incident, health)
}

fn answer(incident: Hash) -> Result<Response, Error> {
    if let Some(outcome) = action::outcome(incident)? {
        return Response::json(&outcome);
    }
    match action::pending()?.filter(|pending| pending.incident == incident) {
        Some(pending) => Response::json(&pending),
        None => Ok(Response::not_found()),
    }
}

/// A plain setting of the manifest, read as what it is.
fn setting<T: std::str::FromStr>(name: &str) -> Result<T, Error> {
    let text = env::setting(name).ok_or_else(|| Error::Invalid(format!("the manifest has no setting {name}")))?;
    text.parse().map_err(|_| Error::Invalid(format!("the setting {name} is malformed")))
}

export!(Keeper);
export_lifecycle!(Keeper);
