//! When collateral and verdicts are renewed: the chain's facts in, a reason out. No clock and no network.

use std::time::Duration;

use adyton_attestation::ListFloors;
use adyton_client::protocol::record::{Invalidity, ValidityFacts, WorkerRecord};
use adyton_development_root::COLLATERAL_LIFETIME;

/// The pause after a renewal that was to prolong a verdict, whatever came of it: each makes new evidence.
const PROLONGED: Duration = Duration::from_secs(600);
/// The pause after a renewal of a verdict that held no more, whatever came of it: nothing works until one does.
const REVIVED: Duration = Duration::from_secs(30);

/// Whether collateral that was issued at `issued` is to be issued again at `now` (Unix seconds): half of its time is over,
/// or a list that is newer than those in it has revoked something, by the floors under its root. Then it judges nobody
/// any more.
pub fn collateral_is_due(issued: u64, floors: &ListFloors, now: u64) -> bool {
    let floor = floors.authorities.values().copied().fold(floors.root, u64::max);
    floor > issued || now.saturating_sub(issued) > COLLATERAL_LIFETIME / 2
}

/// Why a verdict is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It holds, and collateral has come that was issued after what it rests on.
    Prolongs,
    /// It holds no more, for a reason that new evidence mends.
    Revives(Invalidity),
}

impl Renewal {
    /// What `record` needs, by the facts of its validity; the collateral on the chain was issued at `issued` (Unix
    /// seconds).
    pub fn of(record: &WorkerRecord, validity: &ValidityFacts, issued: u64) -> Option<Self> {
        match record.valid(validity) {
            Ok(()) => {
                let has_newer = record.verdict.valid_until < issued.saturating_add(COLLATERAL_LIFETIME);
                has_newer.then_some(Self::Prolongs)
            }
            Err(invalidity) => is_mended_by_evidence(invalidity).then_some(Self::Revives(invalidity)),
        }
    }

    /// How long to wait after the last renewal.
    pub const fn pause(self) -> Duration {
        match self {
            Self::Prolongs => PROLONGED,
            Self::Revives(_) => REVIVED,
        }
    }
}

/// Whether the same program on the same machine is valid again when it is judged again. Where the network no longer
/// accepts what it is, only the network can change that, and the verdict then counts again as it is.
const fn is_mended_by_evidence(invalidity: Invalidity) -> bool {
    match invalidity {
        Invalidity::Expired | Invalidity::Outdated | Invalidity::Collateral => true,
        Invalidity::Root
        | Invalidity::Measurement
        | Invalidity::Role
        | Invalidity::Configuration
        | Invalidity::Unidentified
        | Invalidity::Machine
        | Invalidity::Provider
        | Invalidity::Operator => false,
    }
}

#[cfg(test)]
pub mod tests {
    use adyton_attestation::AuthorityId;
    use adyton_client::protocol::{
        ids::{AccountId, Digest, EncryptionKey, SigningKey},
        record::{EvidenceKind, Heartbeat, MachineId, MeasurementRecord, RootRecord, VerdictFacts},
        statement::Role,
    };

    use super::*;

    const ISSUED: u64 = 1_800_000_000;

    /// A record that is valid by these facts, judged by the newest collateral.
    pub fn valid() -> (WorkerRecord, ValidityFacts) {
        let record = WorkerRecord {
            operator: AccountId([3; 32]),
            role: Role::Worker,
            signing_key: SigningKey([4; 32]),
            encryption_key: EncryptionKey([5; 32]),
            statement: Digest([6; 32]),
            verdict: VerdictFacts {
                kind: EvidenceKind::IntelTdx,
                root: Digest([1; 32]),
                measurement: Digest([2; 32]),
                profile: Digest([9; 32]),
                machine: MachineId::IntelPpid([7; 16]),
                provider: None,
                tier: 0,
                evaluation: 17,
                judged_at: ISSUED + 60,
                valid_until: ISSUED + COLLATERAL_LIFETIME,
                evidence: Digest([8; 32]),
            },
            endpoint: Default::default(),
            boot: 1,
            registered_at: 85,
            opted_in: true,
            active_until: 120,
            heartbeat: Heartbeat { nonce: [9; 32], block: 90 },
        };
        let validity = ValidityFacts {
            now: ISSUED + 3600,
            root: Some(RootRecord { kind: EvidenceKind::IntelTdx, certificate: Default::default(), development: true }),
            measurement: Some(MeasurementRecord {
                role: Role::Worker,
                profile: Digest([9; 32]),
                release: Default::default(),
            }),
            judged_since: 0,
            evaluation_floor: 17,
            unidentified_allowed: false,
            machine_denied: false,
            provider_denied: false,
            operator_denied: false,
        };
        assert_eq!(record.valid(&validity), Ok(()));
        (record, validity)
    }

    #[test]
    fn collateral_is_issued_again_when_half_of_its_time_is_over() {
        let due = |now| collateral_is_due(ISSUED, &ListFloors::default(), now);
        assert!(!due(ISSUED) && !due(ISSUED + COLLATERAL_LIFETIME / 2));
        assert!(due(ISSUED + COLLATERAL_LIFETIME / 2 + 1));
        assert!(!due(ISSUED - 1), "the clock went back");
    }

    #[test]
    fn collateral_is_issued_again_once_a_newer_list_has_revoked_something() {
        let due = |root, of_authority| {
            let mut floors = ListFloors { root, ..ListFloors::default() };
            floors.authorities.try_insert(AuthorityId([1; 32]), of_authority).unwrap();
            collateral_is_due(ISSUED, &floors, ISSUED + 1)
        };
        assert!(!due(ISSUED, ISSUED), "its own lists were the last to");
        assert!(due(ISSUED + 1, 0));
        assert!(due(0, ISSUED + 1));
    }

    #[test]
    fn a_verdict_is_renewed_once_newer_collateral_prolongs_it() {
        let (record, validity) = valid();
        assert_eq!(Renewal::of(&record, &validity, ISSUED), None);
        assert_eq!(Renewal::of(&record, &validity, ISSUED + 1), Some(Renewal::Prolongs));
    }

    #[test]
    fn a_verdict_that_holds_no_more_is_renewed_without_newer_collateral() {
        type Change = fn(&mut WorkerRecord, &mut ValidityFacts);
        let ended: [(Invalidity, Change); 3] = [
            (Invalidity::Expired, |record, validity| validity.now = record.verdict.valid_until),
            // By governance's `end_verdicts`, or by a list that revokes more.
            (Invalidity::Outdated, |record, validity| validity.judged_since = record.verdict.judged_at),
            (Invalidity::Collateral, |record, validity| validity.evaluation_floor = record.verdict.evaluation + 1),
        ];
        for (invalidity, change) in ended {
            let (mut record, mut validity) = valid();
            change(&mut record, &mut validity);
            assert_eq!(Renewal::of(&record, &validity, ISSUED), Some(Renewal::Revives(invalidity)));
        }
        assert!(Renewal::Revives(Invalidity::Outdated).pause() < Renewal::Prolongs.pause());
    }

    #[test]
    fn what_no_new_evidence_mends_is_not_renewed_and_is_again_when_it_was_lifted() {
        let denied: [fn(&mut ValidityFacts); 4] = [
            |validity| validity.root = None,
            |validity| validity.measurement = None,
            |validity| validity.machine_denied = true,
            |validity| validity.operator_denied = true,
        ];
        for deny in denied {
            let (record, mut validity) = valid();
            deny(&mut validity);
            assert_eq!(Renewal::of(&record, &validity, ISSUED + 1), None);
        }
        // A root that was removed and has come back has ended what was judged before.
        let (record, mut validity) = valid();
        validity.judged_since = validity.now;
        assert_eq!(Renewal::of(&record, &validity, ISSUED), Some(Renewal::Revives(Invalidity::Outdated)));
    }
}
