//! What `slashing` asks of the pallets that come before those of the economy.

use adyton_protocol::{
    ids::{AccountId, BlockNumber, ContractId, SigningKey, WorkerId},
    record::{HeadRecord, MachineId},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// From a block on, verdicts vouched for a key, one beginning before the other's end, until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Vouched {
    /// The block in which the first of them was registered.
    pub from: BlockNumber,
    /// Unix seconds at which the last of them ended, or ends.
    pub until: u64,
}

/// What is remembered of a key that was registered once: whose it was, and until when evidence vouched for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct BootKey {
    /// The worker or keyholder.
    pub worker: WorkerId,
    /// Who registered it.
    pub operator: AccountId,
    /// The machine that it ran on.
    pub machine: MachineId,
    /// The time without a gap in which the newest verdict lies.
    pub present: Vouched,
    /// The one before it, if there was a gap.
    pub before: Option<Vouched>,
    /// The block of the newest verdict.
    pub renewed: BlockNumber,
    /// The block in which the key stopped being its worker's present one.
    pub ended: Option<BlockNumber>,
}

impl BootKey {
    /// With a verdict of `block`, judged at `judged_at` and true until `until` (Unix seconds both).
    #[must_use]
    pub fn renewed(self, block: BlockNumber, judged_at: u64, until: u64) -> Self {
        let gap = judged_at >= self.present.until;
        let (before, from) = if gap { (Some(self.present), block) } else { (self.before, self.present.from) };
        Self { present: Vouched { from, until }, before, renewed: block, ..self }
    }

    /// The verdicts by which the key's worker acted on `block`; none where that is not remembered, or before there were
    /// any.
    pub fn vouched_at(&self, block: BlockNumber) -> Option<Vouched> {
        let newest_first = [Some(self.present), self.before];
        newest_first.into_iter().flatten().find(|vouched| vouched.from <= block)
    }
}

/// Knows every key that was ever registered. `workers` answers.
pub trait BootKeys {
    /// What is remembered of `key`.
    fn boot_key(key: &SigningKey) -> Option<BootKey>;
}

/// Knows when the network began to accept more, and accepts less. `attestation` answers.
pub trait Admission {
    /// The latest moment, of those past and to come, at which something that lets more in began or begins to hold (Unix
    /// seconds). Whoever was refused later than that for anything but time stays refused until new evidence.
    fn last_admission() -> u64;

    /// Denies `machine` at once; where nobody identifies it, `operator`.
    fn deny(machine: &MachineId, operator: &AccountId);
}

/// Knows where contracts' states stand. `contracts` answers.
pub trait Histories {
    /// The newest opening of the state of `contract` and, while its lease is the contract's last one, who opened it.
    fn opening(contract: &ContractId) -> Option<(HeadRecord, Option<WorkerId>)>;

    /// Who had this lease of `contract`, if it is one of the last that are remembered.
    fn lease_holder(contract: &ContractId, lease: u64) -> Option<WorkerId>;

    /// Nobody holds `contract` until its owner has decided how it goes on. Says whether there is such a contract that was
    /// not halted.
    fn halt(contract: &ContractId) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> BootKey {
        BootKey {
            worker: WorkerId([1; 32]),
            operator: AccountId([2; 32]),
            machine: MachineId::None,
            present: Vouched { from: 10, until: 1000 },
            before: None,
            renewed: 10,
            ended: None,
        }
    }

    #[test]
    fn a_renewal_in_time_prolongs() {
        let renewed = key().renewed(20, 999, 2000);
        assert_eq!((renewed.present, renewed.before), (Vouched { from: 10, until: 2000 }, None));
        assert_eq!((renewed.vouched_at(15), renewed.renewed), (Some(renewed.present), 20));
    }

    #[test]
    fn a_renewal_after_the_end_leaves_the_gap() {
        let renewed = key().renewed(20, 1000, 2000);
        assert_eq!(renewed.vouched_at(9), None);
        assert_eq!(renewed.vouched_at(19), Some(Vouched { from: 10, until: 1000 }));
        assert_eq!(renewed.vouched_at(20), Some(Vouched { from: 20, until: 2000 }));
        let again = renewed.renewed(30, 2500, 3000);
        assert_eq!(again.vouched_at(19), None, "only the last gap is remembered");
        assert_eq!(again.vouched_at(29), Some(Vouched { from: 20, until: 2000 }));
    }
}
