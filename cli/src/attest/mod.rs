//! `adyton attest`: evidence from any trusted execution environment, judged, shown, and what vendors say about it
//! fetched.
//!
//! It asks no network of ours and needs no account. `adyton-judgement` judges what is in people's files; what stands
//! here reads them from disk, and writes the result. What must always hold: nothing that was given is silently left
//! out, and nothing that was not checked is silently passed over.

mod fetch;
mod file;
mod policy;
mod show;
mod text;
mod verify;

use std::{process::ExitCode, time::SystemTime};

use adyton_judgement::{azure, der, endorsement, intel, kind, nvidia, signatures, snp};
use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;

use crate::{output::Output, places::Places};

pub use adyton_judgement::{
    File, Judgement, Kind, Part, Remembering,
    azure::quote_of as azure_quote,
    der::printable,
    file::digits,
    intel::{checked as checked_collateral, collateral as read_collateral},
    nvidia::{Device as NvidiaDevice, Fetched as NvidiaFetched},
    pem, remembering,
};

pub use self::{
    fetch::{
        Age, FetchArgs, Product, Sources,
        intel::{authority_named as intel_authority, request_of as intel_request},
        nvidia::fetched as nvidia_fetched,
    },
    file::read as read_file,
    policy::read as read_policy,
    show::ShowArgs,
    text::text as judgement_text,
    verify::VerifyArgs,
};

/// What can be done with evidence.
#[derive(Debug, Subcommand)]
pub enum AttestCommand {
    /// Judge evidence by a policy.
    Verify(VerifyArgs),
    /// Print what is in a file, without judging it.
    Show(ShowArgs),
    /// Get what the vendor says about the platform that made evidence, as a file for `verify`.
    Fetch(FetchArgs),
    /// Print the built-in policy with every field explained, as a file to begin one's own with.
    #[command(after_help = "Example:\n  adyton attest policy > policy.toml")]
    Policy,
}

/// Does it.
pub async fn run(command: AttestCommand, output: Output, places: &Places) -> Result<ExitCode> {
    match command {
        AttestCommand::Verify(args) => verify::run(&args, output),
        AttestCommand::Show(args) => show::run(&args, output),
        AttestCommand::Fetch(args) => fetch::run(&args, output, places).await,
        AttestCommand::Policy => {
            output.result(&json!({ "policy": policy::BUILT_IN }), || policy::BUILT_IN.into())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The quote in a file, in any form.
pub fn intel_quote(file: &File) -> Vec<u8> {
    intel::quote(file).quote
}

/// The time that was typed, or the machine's (Unix seconds).
pub fn now(at: Option<u64>) -> Result<u64> {
    match at {
        Some(at) => Ok(at),
        None => {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            since.map(|since| since.as_secs()).context("this machine's clock is before 1970; say the time with --at")
        }
    }
}
