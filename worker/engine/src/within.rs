//! Room for calls that other calls wait for. It is shared as places are ([`crate::queue`]), by the contract in whose
//! place a call runs: each has at most a part of it, and some is kept for contracts that have none.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use adyton_protocol::{contract_call::MAX_CHAIN, ids::ContractId};

/// The calls that one chain makes besides its first one: what there is at least, for everybody and for each.
pub(crate) const ONE_CHAIN: u32 = MAX_CHAIN as u32 - 1;

/// All room.
pub(crate) struct Room {
    most: u32,
    each: u32,
    reserved: u32,
    taken: Mutex<HashMap<ContractId, u32>>,
}

/// Room for one call, until it is dropped.
pub(crate) struct Taken<'a> {
    room: &'a Room,
    contract: ContractId,
}

impl Room {
    /// Room for `most` calls, `reserved` of it for contracts that have none.
    pub(crate) fn new(most: u32, reserved: u32) -> Self {
        Self { most, each: (most / 2).max(ONE_CHAIN), reserved, taken: Mutex::default() }
    }

    /// Room for a call in a place of `contract`, if there is any now.
    pub(crate) fn take(&self, contract: ContractId) -> Option<Taken<'_>> {
        let mut taken = self.taken();
        let all: u32 = taken.values().sum();
        let own = taken.get(&contract).copied().unwrap_or(0);
        let kept = if own > 0 { self.reserved } else { 0 };
        if own >= self.each || all + kept >= self.most {
            return None;
        }
        taken.insert(contract, own + 1);
        Some(Taken { room: self, contract })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<ContractId, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        let own = taken.get(&self.contract).copied().unwrap_or(0);
        if own > 1 {
            taken.insert(self.contract, own - 1);
        } else {
            taken.remove(&self.contract);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ContractId = ContractId([1; 32]);
    const B: ContractId = ContractId([2; 32]);
    const C: ContractId = ContractId([3; 32]);

    #[test]
    fn one_contract_does_not_take_all_room() {
        let room = Room::new(8, 2);
        let mut own: Vec<_> = (0..4).map(|_| room.take(A).expect("its part")).collect();
        assert!(room.take(A).is_none(), "half of it is the most for one");
        let _others = [room.take(B).expect("room"), room.take(B).expect("room")];
        assert!(room.take(B).is_none(), "the rest is kept for those that have none");
        let kept = room.take(C).expect("what is kept");
        assert!(room.take(C).is_none(), "it has one now");
        drop((own.pop(), kept));
        assert!(room.take(A).is_some(), "what was given back is free again");
        own.clear();
        assert_eq!(*room.taken(), HashMap::from([(B, 2)]));
    }

    #[test]
    fn the_least_room_is_enough_for_one_whole_chain() {
        let room = Room::new(ONE_CHAIN, 0);
        let _chain: Vec<_> = (0..ONE_CHAIN).map(|_| room.take(A).expect("room")).collect();
        assert!(room.take(A).is_none() && room.take(B).is_none());
    }
}
