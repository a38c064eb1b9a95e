//! `adyton contract resume`: what a contract's owner decides after two histories of its state were shown.

use adyton_client::{
    chain::{
        address,
        extrinsic::calls::{Call, Contracts},
    },
    protocol::storage,
};
use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use crate::{
    connection::Connection,
    sending::{Intent, Sender},
    signing::Signing,
};

/// Which contract goes on.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    #[command(flatten)]
    signing: Signing,
}

/// Lets workers take its lease again.
pub async fn resume(args: &ResumeArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let contract = connection.contract(sender.client.network(), &args.contract)?;
    let listing = sender.client.listing(&contract).await?;
    ensure!(
        listing.record.owner == sender.id(),
        "the contract belongs to {}; sign as that account",
        address::encode(&listing.record.owner)
    );
    ensure!(listing.halted, "{contract} is not halted");
    let facts = sender.client.facts(&[storage::heads(&contract)]).await?;
    let state = match facts.head(&contract)? {
        Some(head) => format!(
            "the head that the chain has, sequence {} of incarnation {}",
            head.latest.sequence, head.incarnation
        ),
        None => "an empty state".into(),
    };
    let intent = Intent::free(format!(
        "Lets workers take the lease of {contract} again, of whose state two histories were shown. It goes on from {state}; what the other history has beyond that is lost."
    ));
    let sent = sender.send(&intent, &Call::Contracts(Contracts::Resume(contract))).await?;
    connection.output.result(&sent.json(json!({ "contract": contract })), || {
        format!("{contract} goes on since block {}; a worker takes it by itself", sent.block())
    })
}
