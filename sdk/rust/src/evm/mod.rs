//! EVM chains, such as Ethereum: reads from several endpoints that must agree, and signed transactions. Needs the
//! feature `evm` of this crate, and of a contract the grants `http` for [`Endpoints`] and `crypto` for [`Key`].
//!
//! One endpoint is one witness, who may be wrong, behind or lying. [`Endpoints`] asks all of them at once and takes
//! only what enough of them say, in a canonical form: the decoded value. Reads are of one [`Block`], which they agree
//! on first. What must always hold: a majority decides, so no two answers can both be the agreed one. It refuses
//! answers that are malformed, too large, or of another block; an endpoint that errs is a witness less.
//!
//! ```no_run
//! # fn run() -> Result<(), adyton_sdk::Error> {
//! use adyton_sdk::evm::{Address, Endpoint, Endpoints, Key, Transaction, U256, abi};
//! let endpoints = Endpoints::new(
//!     ["https://one.example", "https://two.example", "https://three.example"].map(Endpoint::new).to_vec(),
//!     2,
//! )?;
//! let block = endpoints.finalized()?;
//! let token: Address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse()?;
//! let key = Key::named("payments")?;
//! let answer = endpoints.call(&block, token, &abi::call("balanceOf(address)", &[key.address().into()])?)?;
//! let balance = abi::decode("uint256", &answer)?;
//! let transaction = Transaction {
//!     chain_id: 1,
//!     nonce: endpoints.nonce(&block, key.address())?,
//!     max_priority_fee_per_gas: 1_000_000_000,
//!     max_fee_per_gas: 30_000_000_000,
//!     gas_limit: 60_000,
//!     to: Some(token),
//!     value: U256::ZERO,
//!     data: abi::call("transfer(address,uint256)", &[token.into(), balance[0].clone()])?,
//!     access_list: Vec::new(),
//! };
//! let signed = transaction.sign(&key)?; // store it; send it in a later call
//! # Ok(()) }
//! ```
//!
//! # Once only
//!
//! A request leaves the worker while the call runs, and what the call writes is committed after it has answered. So a
//! call that signs and sends at once can lose its memory of having sent: it fails afterwards, or its worker stops
//! before the commit. The next call then signs another transaction, maybe with the next nonce, and the chain takes both.
//!
//! The pattern is two calls. The first one decides, chooses the nonce, signs, writes the signed bytes to the store and
//! asks the [schedule](crate::schedule) for the second one. It sends nothing. The second one begins from what is
//! committed: it asks for the [receipt](Endpoints::receipt), and while there is none, [sends](Endpoints::send) the
//! stored bytes. Sent again they are the same transaction, which the chain takes once. What can happen:
//!
//! - The first call's commit fails: nothing has left the worker, and the next one decides anew.
//! - The second call fails, or stops after sending: it is made again with the same bytes.
//! - An endpoint says `nonce too low`: this transaction or another one with the same nonce is in a block. Only the
//!   receipt says which, so that answer is no success and no failure.
//! - The fee is too low for long: sign a new transaction with the **same** nonce and higher fees, commit it beside the
//!   old one, and send both from then on. The chain takes one of them; look for both receipts.
//!
//! The nonce is the contract's: the larger one of [`Endpoints::nonce`] at the agreed block, which counts what is in
//! blocks only, and of a counter in the store, which counts what is signed. Neither is enough: the agreed block may be
//! an earlier one than that of the last call, if other endpoints answer now, and a store that was set back counts less
//! than the chain. A key that signs elsewhere too has no owner of its nonces: use one name for each chain and purpose.
//!
//! The store is what remembers. A contract whose action must never happen twice, even if its store were set back, calls
//! a function on the other chain that takes an identifier of the action and refuses the second time.

pub mod abi;
mod agreement;
mod block;
mod json;
mod key;
mod rlp;
mod rpc;
mod transaction;
mod typed_data;
mod types;

use sha3::{Digest, Keccak256};

pub use agreement::{Disagreement, Failure, Said};
pub use block::{Block, Log, LogFilter, Receipt};
pub use key::{Key, Signature, address_of};
pub use rpc::{Endpoint, Endpoints, Sent};
pub use transaction::{SignedTransaction, Transaction};
pub use typed_data::{Domain, personal_digest, struct_hash, typed_digest};
pub use types::{Address, Hash, U256, from_hex, hex};

/// Keccak-256, the hash function of EVM chains; SHA3-256 is another one.
pub fn keccak256(bytes: &[u8]) -> Hash {
    Hash(Keccak256::digest(bytes).into())
}

#[cfg(test)]
mod tests;
