//! The vault: which one, and how it is.

use adyton_sdk::{
    Error, env,
    evm::{Address, Block, Endpoint, Endpoints, abi},
    number::{format_decimal, parse_decimal},
};

use crate::setting;

/// Decimals of the vault's health.
const DECIMALS: u32 = 6;
/// Wei of a gwei.
const GWEI: u128 = 1_000_000_000;

/// The vault, as the manifest's settings name it.
pub struct Vault {
    /// The endpoints of its chain.
    pub endpoints: Endpoints,
    /// Its chain.
    pub chain_id: u64,
    /// Its address.
    pub address: Address,
    /// The health below which it needs protection, in units of 10^-6.
    pub minimum_health: u64,
    /// The most that is paid for a unit of gas, in wei.
    pub max_fee: u128,
    /// What of this the block's producer gets.
    pub tip: u128,
    /// The oldest block that is acted upon, in seconds.
    max_age: u64,
}

impl Vault {
    pub fn from_settings() -> Result<Self, Error> {
        let urls: String = setting("endpoints")?;
        let all: Vec<Endpoint> = urls.split_whitespace().map(Endpoint::new).collect();
        Ok(Self {
            endpoints: Endpoints::new(all, setting("needed")?)?.timeout_ms(4_000),
            chain_id: setting("chain_id")?,
            address: setting("vault")?,
            minimum_health: parse_decimal(&setting::<String>("minimum_health")?, DECIMALS)?,
            max_fee: setting::<u128>("max_fee_gwei")?.saturating_mul(GWEI),
            tip: setting::<u128>("tip_gwei")?.saturating_mul(GWEI),
            max_age: setting("max_age_seconds")?,
        })
    }

    /// The block that is read. Endpoints that are behind together would agree on an old one, so its age is bounded.
    pub fn block(&self) -> Result<Block, Error> {
        let block = self.endpoints.finalized()?;
        let age = (env::now_ms() / 1000).saturating_sub(block.timestamp());
        if age > self.max_age {
            return Err(Error::Unavailable(format!("the endpoints' final block is {age} seconds old")));
        }
        Ok(block)
    }

    /// That the endpoints are those of the chain that is signed for.
    pub fn is_on_its_chain(&self) -> Result<(), Error> {
        let found = self.endpoints.chain_id()?;
        if found != self.chain_id {
            return Err(Error::Invalid(format!(
                "the endpoints are of chain {found}, and the vault is on {}",
                self.chain_id
            )));
        }
        Ok(())
    }

    /// `health()`, in units of 10^-6.
    pub fn health(&self, block: &Block) -> Result<u64, Error> {
        let answer = self.endpoints.call(block, self.address, &abi::call("health()", &[])?)?;
        match abi::decode("uint256", &answer)?.first() {
            Some(abi::Value::Uint(health)) => (*health).try_into(),
            _ => Err(Error::Unavailable("the vault says nothing of its health".into())),
        }
    }
}

/// A health, for people.
pub fn shown(health: u64) -> String {
    format_decimal(health, DECIMALS)
}
