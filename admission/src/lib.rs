//! How a measured program gets admitted to the network and stays so.
//!
//! Worker and keyholder go the same way: they prove the chain from the genesis in their measured configuration
//! ([`connect`], [`check_network`]), a keyholder with a share from the checkpoint that it sealed ([`resume`]); they offer
//! their operator a statement with evidence ([`Registrar`]), and post nonces so that what they read stays fresh
//! ([`heartbeat`]). It stands above the light verifier and the platform's evidence, and below the two programs.
//!
//! What must always hold: time is counted by the process's own counter ([`counter`]), never by a clock that the
//! host sets; a statement names a block that was proven just before; the evidence that the chain's record names
//! stays at hand for as long as the record names it.
//!
//! It refuses a chain that does not prove itself from where it starts, another network than the configured one, and to
//! name a block in a statement whose own state says that others vote than those who are believed.
//!
//! ```no_run
//! # async fn example(genesis: adyton_protocol::ids::BlockHash, network: adyton_protocol::ids::NetworkId)
//! # -> Result<(), adyton_admission::AdmissionError> {
//! let reader = adyton_admission::connect("http://127.0.0.1:9944", genesis).await?;
//! let record = adyton_admission::check_network(&reader, network).await?;
//! println!("leases hold for {} blocks", record.lease_blocks);
//! # Ok(()) }
//! ```

#![forbid(unsafe_code)]

mod chain;
mod devices;
mod error;
mod evidence;
mod registration;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use chain::{ChainReader, check_network, connect, heartbeat, resume};
pub use devices::OfferedDevice;
pub use error::AdmissionError;
pub use registration::{Offer, Registrar, Registration};

/// Time since the machine started, by this process's own counter: what freshness and the end of a lease are
/// measured by.
///
/// `CLOCK_BOOTTIME` goes on while the machine sleeps, cannot be set, and inside a trust domain comes from a
/// counter that the host does not write. The wall clock is the host's and is used for nothing that matters.
pub fn counter() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Ends when the process is told to: Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
