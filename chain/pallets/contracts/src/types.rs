//! Bounds, what the pallet keeps for itself, and the small steps between the chain's accounts and the protocol's.

use adyton_protocol::ids::{AccountId as ProtocolAccount, BlockNumber};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_system::pallet_prelude::OriginFor;
use polkadot_sdk::{frame_system, sp_runtime::AccountId32};
use scale_info::TypeInfo;

use crate::Config;

/// The most entries of a batch.
pub const MAX_BATCH: u32 = 64;
/// The most bytes of a component.
pub const MAX_CODE: u32 = 64 << 20;
/// The most bytes of a receipt with the four leaves of a report.
pub const MAX_REPORT_RECEIPT: u32 = 8 * 1024;
/// The most bytes of a reported call.
pub const MAX_REPORTED_CALL: u32 = 4 * 1024;
/// How deep a reported call may be nested.
pub const MAX_CALL_DEPTH: u32 = 4;
/// How many of a contract's last leases are remembered with their holders.
pub const REMEMBERED_LEASES: u32 = 16;

/// When a worker did last what it may do once per block.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Pace {
    /// The block of its last opening.
    pub opened: BlockNumber,
    /// The block of its last anchor.
    pub anchored: BlockNumber,
}

/// The chain's account as the protocol writes it.
pub fn protocol(account: &AccountId32) -> ProtocolAccount {
    ProtocolAccount(*account.as_ref())
}

/// Who signed, if somebody did.
pub fn signer<T: Config>(origin: &OriginFor<T>) -> Option<ProtocolAccount> {
    frame_system::ensure_signed(origin.clone()).ok().map(|account| protocol(&account))
}
