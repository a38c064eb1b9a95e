// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The chain's node: order and finality for Adyton, and the RPC from which everybody reads.
//!
//! It runs `adyton-runtime` under Aura and GRANDPA over polkadot-sdk's networking. Nobody has to believe a
//! node: measured programs check finality and storage proofs themselves.
//!
//! `--local` is for one machine: it listens on loopback only, announces nothing, keeps every state, and signs
//! with the well-known key of //Alice, which is worth nothing anywhere else.
// The node's error types are polkadot-sdk's.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod equivocations;
mod local;
mod rpc;
mod service;

fn main() -> polkadot_sdk::sc_cli::Result<()> {
    command::run()
}
