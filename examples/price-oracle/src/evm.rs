//! The newest price for contracts on EVM chains, which check its signature with `ecrecover`.

use adyton_sdk::{
    Error, env,
    evm::{Address, Domain, Hash, Key, abi, hex, struct_hash, typed_digest},
    number::parse_decimal,
};
use serde::Serialize;

use crate::price::{DECIMALS, Price};

/// The name of the key that signs for EVM chains.
const KEY: &str = "evm-price";
/// What is signed (EIP-712).
const DEFINITION: &str = "Price(string pair,uint256 value,uint8 decimals,uint256 sources,uint256 timeMs)";

/// A price with its signature of EIP-712. The signature holds on every chain: a price is the same on all of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvmPrice {
    /// What is priced in what.
    pair: String,
    /// The median, in units of 10^-`decimals`.
    value: u64,
    decimals: u32,
    /// How many sources answered.
    sources: u64,
    /// When, in milliseconds since 1970.
    time_ms: u64,
    /// The domain's salt: the contract's identifier.
    salt: Hash,
    /// Whose signature it is.
    signer: Address,
    /// r, s and v (27 or 28): 65 bytes.
    signature: String,
}

/// Signs what [`Price`] says, for EVM chains.
pub fn sign(price: Price) -> Result<EvmPrice, Error> {
    let contract: Result<[u8; 32], _> = env::context().contract.try_into();
    let salt = Hash(contract.map_err(|_| Error::Other("an identifier of another length".into()))?);
    let (value, sources) = (parse_decimal(&price.value, DECIMALS)?, price.sources as u64);
    let members: [abi::Value; 5] =
        [price.pair.as_str().into(), value.into(), u64::from(DECIMALS).into(), sources.into(), price.time_ms.into()];
    let domain = Domain {
        name: Some("Adyton price oracle".into()),
        version: Some("1".into()),
        salt: Some(salt),
        ..Domain::default()
    };
    let key = Key::named(KEY)?;
    let signature = key.sign(typed_digest(&domain, struct_hash(DEFINITION, &members)?)?)?;
    Ok(EvmPrice {
        pair: price.pair,
        value,
        decimals: DECIMALS,
        sources,
        time_ms: price.time_ms,
        salt,
        signer: key.address(),
        signature: hex(&signature.to_bytes()),
    })
}
