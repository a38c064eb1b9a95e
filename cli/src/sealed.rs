//! Sealed code: which contracts have it, how their owner gives its key, and how the owner reads it again.
//!
//! The content key comes out of the owner's account, so that there is nothing to keep and nothing to lose.

use adyton_client::{
    Account, Client, ContentKey, ContractId,
    gateway::code_hash,
    open_code,
    protocol::{
        ids::{CodeHash, NetworkId},
        manifest::Manifest,
    },
    seal_code,
};
use anyhow::{Context, Result};

/// What opens a contract's sealed code, for its owner to give.
pub struct CodeKey {
    code: CodeHash,
    stored: CodeHash,
    key: ContentKey,
}

impl CodeKey {
    /// That of `component`, as this owner seals it; none where the manifest does not say that the code is sealed.
    pub fn of(owner: &Account, network: &NetworkId, manifest: &Manifest, component: &[u8]) -> Option<Self> {
        if !manifest.sealed_code {
            return None;
        }
        let code = code_hash(component);
        let key = owner.content_key(network, &code);
        let stored = code_hash(&seal_code(network, component, &key));
        Some(Self { code, stored, key })
    }

    /// The content key.
    pub fn content(&self) -> &ContentKey {
        &self.key
    }

    /// Gives it to the contract.
    pub async fn give(&self, client: &Client, owner: &Account, contract: &ContractId) -> Result<()> {
        let given = client.give_code_key(contract, owner, (&self.code, &self.stored), &self.key).await;
        given.context("the contract does not take the key of its sealed code")
    }
}

/// A component that the owner sealed for this contract before: its worker knows where the sealed bytes lie, and the
/// owner how they open.
pub async fn component(client: &Client, owner: &Account, contract: &ContractId, code: &CodeHash) -> Result<Vec<u8>> {
    let stored = client.code_keys(contract, owner).await?.remove(code);
    let stored = stored.with_context(|| format!("the contract was never given a key of the code {code}"))?;
    let sealed = client.gateway().code(&stored).await?;
    let network = &client.network().network_id;
    open_code(network, code, &sealed, &owner.content_key(network, code))
        .context("the sealed code that the contract had before")
}

#[cfg(test)]
mod tests {
    use adyton_client::AccountScheme;

    use super::*;
    use crate::project::Declared;

    const NETWORK: NetworkId = NetworkId([1; 32]);

    #[test]
    fn code_has_a_key_only_where_the_manifest_says_that_it_is_sealed() {
        let owner = Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap();
        let key = |text: &str| {
            let declared = Declared::parse(&format!("name = \"a\"\n{text}"), |_| Err(String::new())).unwrap();
            CodeKey::of(&owner, &NETWORK, &declared.manifest, b"component")
        };
        assert!(key("").is_none());
        let sealed = key("sealed_code = true").unwrap();
        assert_eq!(sealed.code, code_hash(b"component"));
        let stored = seal_code(&NETWORK, b"component", sealed.content());
        assert_eq!(sealed.stored, code_hash(&stored));
        assert_eq!(
            open_code(&NETWORK, &sealed.code, &stored, &owner.content_key(&NETWORK, &sealed.code)).unwrap(),
            b"component"
        );
    }
}
