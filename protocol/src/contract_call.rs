//! Calls of contracts by contracts on one worker: which ones a contract may make, how far a chain of them goes, and how
//! one is named.
//!
//! The name follows from the call that makes it, so that a caller that runs again gets the answer that it got, and from
//! everything that makes that call itself one and the same: until when it counts, and who asked. It follows from a
//! secret of the calling contract, too: whoever could foresee it could use it up before the call is made.

use alloc::{format, string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    domain,
    ids::{ContractId, Digest, NetworkId, RequestId},
};

/// The most contracts in one chain of calls, the first one included.
pub const MAX_CHAIN: usize = 4;
/// The most contracts that a manifest names as those that may be called.
pub const MAX_CALLEES: usize = 64;

/// Which contracts a contract may call.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Callees {
    /// These, at most [`MAX_CALLEES`].
    #[codec(index = 0)]
    Only(Vec<ContractId>),
    /// Every one.
    #[codec(index = 1)]
    Any,
}

impl Callees {
    /// None.
    pub const NONE: Self = Self::Only(Vec::new());

    /// Whether this contract may be called.
    pub fn allow(&self, contract: &ContractId) -> bool {
        match self {
            Self::Only(contracts) => contracts.contains(contract),
            Self::Any => true,
        }
    }

    /// Whether there are no more than there may be.
    pub fn bounded(&self) -> bool {
        match self {
            Self::Only(contracts) => contracts.len() <= MAX_CALLEES,
            Self::Any => true,
        }
    }
}

/// The call that calls another contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallingCall {
    /// Whose it is.
    pub contract: ContractId,
    /// What stands for its request, and nobody outside knows: the contract's secret for
    /// [`crate::call::request_digest`] of it, under [`domain::CONTRACT_CALL`].
    pub request: Digest,
    /// Until when it counts, Unix seconds: what keeps its stored answer and those to its own calls together. 0 for a
    /// run of the schedule and a call by a contract, whose request ids nobody chooses.
    pub not_after: u64,
    /// The account or the contract that asked for it, if any.
    pub caller: Option<[u8; 32]>,
}

/// The request id of a call: `asked` is [`crate::call::request_digest`] of it under a request id of zeros, `number` how
/// many calls that are the same the calling one made before.
pub fn request_id(network: &NetworkId, calling: &CallingCall, asked: &Digest, number: u32) -> RequestId {
    let caller: &[u8] = calling.caller.as_ref().map_or(&[], |caller| caller);
    let (not_after, number) = (calling.not_after.to_le_bytes(), number.to_le_bytes());
    let parts: [&[u8]; 6] = [&calling.contract.0, &calling.request.0, &not_after, caller, &asked.0, &number];
    let hash = domain::bound(domain::CONTRACT_CALL, network, &parts);
    RequestId(*hash.first_chunk().expect("32 bytes have 16 first ones"))
}

/// Under which name a receipt lists the call of a contract among the outgoing requests. No host has a port like that.
pub fn host(contract: &ContractId) -> String {
    format!("contract:{contract}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkId = NetworkId([1; 32]);

    fn calling() -> CallingCall {
        CallingCall { contract: ContractId([2; 32]), request: Digest([3; 32]), not_after: 4, caller: Some([5; 32]) }
    }

    #[test]
    fn only_the_contracts_that_are_named_may_be_called_but_where_any_may() {
        let [named, other] = [ContractId([1; 32]), ContractId([2; 32])];
        let only = Callees::Only(alloc::vec![named]);
        assert!(only.allow(&named) && !only.allow(&other));
        assert!(!Callees::NONE.allow(&named) && Callees::Any.allow(&other));
    }

    #[test]
    fn each_part_of_a_call_changes_its_request_id() {
        let asked = Digest([6; 32]);
        let base = request_id(&NETWORK, &calling(), &asked, 7);
        assert_eq!(base, request_id(&NETWORK, &calling(), &asked, 7));
        for other in [
            CallingCall { contract: ContractId([9; 32]), ..calling() },
            CallingCall { request: Digest([9; 32]), ..calling() },
            CallingCall { not_after: 9, ..calling() },
            CallingCall { caller: Some([9; 32]), ..calling() },
            CallingCall { caller: None, ..calling() },
        ] {
            assert_ne!(base, request_id(&NETWORK, &other, &asked, 7), "{other:?}");
        }
        assert_ne!(base, request_id(&NetworkId([9; 32]), &calling(), &asked, 7));
        assert_ne!(base, request_id(&NETWORK, &calling(), &Digest([9; 32]), 7));
        assert_ne!(base, request_id(&NETWORK, &calling(), &asked, 9));
    }

    #[test]
    fn the_published_vector_is_what_this_code_makes() {
        let (calling, asked, number) = (calling(), Digest([6; 32]), 7);
        let vector = serde_json::json!({
            "network": NETWORK,
            "contract": calling.contract,
            "request": calling.request,
            "not_after": calling.not_after,
            "caller": calling.caller.map(hex::encode),
            "asked": asked,
            "number": number,
            "request_id": request_id(&NETWORK, &calling, &asked, number),
            "host": host(&calling.contract),
        });
        crate::vectors::check("contract-call", vector);
    }
}
