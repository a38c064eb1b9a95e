//! `adyton contract storage`: how much a contract's state has, shown to its owner.

use adyton_client::Storage;
use anyhow::Result;
use clap::Args;

use crate::connection::Connection;

/// Whose state.
#[derive(Debug, Args)]
pub struct StorageArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Shows what its worker says.
pub async fn run(args: &StorageArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    let storage = client.storage(&contract, &owner).await?;
    connection.output.result(&storage, || text(&storage))?;
    Ok(())
}

fn text(Storage { stored, limit }: &Storage) -> String {
    let part = stored.saturating_mul(100).checked_div(*limit).unwrap_or(100);
    format!("{stored} bytes of {limit}, {part} %: keys, values, and 32 bytes for each entry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_is_told_beside_what_there_may_be() {
        let text = |stored, limit| text(&Storage { stored, limit });
        assert!(text(512, 1024).starts_with("512 bytes of 1024, 50 %"));
        // More than the limit, as what the worker has to add on its own may leave; and what no worker says.
        assert!(text(2048, 1024).contains("200 %") && text(1, 0).contains("100 %"));
    }
}
