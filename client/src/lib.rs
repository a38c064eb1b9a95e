//! Private calls that are verified before they are believed.
//!
//! It stands under the command line, and is the model of every SDK. From a [`NetworkFile`] (identity and
//! checkpoint: all that is taken for granted) a [`Client`] proves a contract's record at a finalized head,
//! seals a [`Request`] to the key of the worker that holds the contract's lease, posts it to a gateway that
//! need not be trusted, opens the answer, and checks the receipt. [`Bundle`] keeps a receipt with its proofs
//! for later and for others. Who does not want to believe the chain's verdict about a worker or keyholder has its evidence
//! judged here ([`evidence`]), on demand before each call ([`Client::demanding`]).
//!
//! What must always hold: nothing is sealed before the worker's key, lease and evidence are proven at a head
//! that is not older than this machine's clock allows; a [`VerifiedAnswer`] exists only where its receipt fits
//! the call and what is proven. It refuses stale chains, workers whose evidence does not hold, altered,
//! swapped, repeated or receiptless answers, and receipts of another key, contract, code, lease or state.
//!
//! ```no_run
//! use adyton_client::{Account, AccountScheme, Client, NetworkFile, Request};
//!
//! # async fn example(file: &[u8], contract: adyton_client::ContractId) -> Result<(), adyton_client::Error> {
//! let client = Client::new(NetworkFile::from_json(file)?)?;
//! let alice = Account::from_secret("//Alice", AccountScheme::Sr25519)?;
//! let answer = client.call(&contract, &Request::post("/increment", "1")?, Some(&alice)).await?;
//! println!("{} as of block {}", answer.response().text(), answer.contract().block().number);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod account;
mod anchor;
mod answer;
mod attempt;
pub mod bundle;
pub mod check;
mod client;
pub mod contract;
mod deploy;
mod error;
pub mod evidence;
pub mod gateway;
mod handover;
mod http;
pub mod inbox;
mod message;
pub mod network;
mod owner;
mod recorder;
mod root_key;
pub mod schedule;
pub mod seal;
mod sealed_code;
mod secret;
#[cfg(test)]
mod vectors;
mod worker;

pub use account::Account;
pub use adyton_chain_client as chain;
pub use adyton_protocol as protocol;
pub use adyton_protocol::{call::AccountScheme, ids::ContractId};
pub use answer::VerifiedAnswer;
pub use bundle::Bundle;
pub use client::{Client, Clock};
pub use contract::ProvenContract;
pub use deploy::{Deployment, Listing, Stage};
pub use error::{Error, RecordRefusal};
pub use evidence::{Demand, EvidenceRefusal, VerifiedEvidence};
#[doc(hidden)]
pub use message::read_opened;
pub use message::{Provisional, Request, Response};
pub use network::NetworkFile;
pub use owner::{LogLine, Secrets, Storage};
pub use recorder::{Finality, Recorder};
pub use root_key::RootKey;
pub use sealed_code::{ContentKey, open_code, seal_code, seal_code_key};
pub use secret::seal_secret;
pub use worker::{ProvenWorker, Seat};
