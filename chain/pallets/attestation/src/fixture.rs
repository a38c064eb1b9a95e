//! One registration of each kind in real format, for benchmarks: they run where nothing can be issued. A test issues
//! them again and compares.

use adyton_attestation::{
    AcceptedAdvisories, Advisory, AdvisoryNames, AuthorityId, IntelPolicy, MAX_AUTHORITIES, MAX_REVOKED_PLATFORMS,
    Revocations, ServiceDomainHash, Tier, authority_of, nitro::NitroPolicy, snp::SnpPolicy,
};
use adyton_protocol::{
    ids::{Digest, NetworkId},
    record::{CollateralRef, EvidenceKind, MeasurementRecord, NetworkRecord},
    scheduled::Scheduled,
    statement::AttestedStatement,
};
use alloc::{boxed::Box, collections::BTreeMap, vec, vec::Vec};
use codec::{Decode, DecodeAll, Encode};
use polkadot_sdk::{
    frame_support::BoundedVec,
    frame_system::{self, pallet_prelude::BlockNumberFor},
    pallet_timestamp,
    sp_runtime::traits::Zero,
};

use crate::{
    Collateral, Config, DefaultCapacity, KindPolicy, Measurements, Network, Pallet, Policies, RevocationLists, Roots,
    accepted::When,
};

/// The network of the fixtures.
pub const NETWORK: NetworkId = NetworkId([7; 32]);

/// The configuration profile of the fixtures.
pub const PROFILE: Digest = Digest([6; 32]);

/// A registration and everything that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fixture {
    /// The time of it, Unix seconds.
    pub now: u64,
    /// By which collateral it is judged.
    pub reference: CollateralRef,
    /// The root's certificates, as `add_root` takes them.
    pub certificates: Vec<u8>,
    /// What `submit_collateral` takes; empty for a kind that has none. Of AMD's it is a list as long as any that is
    /// stored.
    pub collateral: Vec<u8>,
    /// What that takes the place of, and which revokes less; of AMD's, of the same length.
    pub earlier: Vec<u8>,
    /// The statement.
    pub statement: AttestedStatement,
    /// The program's measurement.
    pub measurement: Digest,
    /// The evidence.
    pub evidence: Vec<u8>,
    /// The countersignature of the worker's key.
    pub signature: [u8; 64],
}

impl Fixture {
    /// The fixture of `kind` that comes with the pallet.
    pub fn read(kind: EvidenceKind) -> Self {
        let mut bytes: &[u8] = match kind {
            EvidenceKind::IntelTdx => include_bytes!("../fixtures/intel-tdx.scale"),
            EvidenceKind::IntelSgx => include_bytes!("../fixtures/intel-sgx.scale"),
            EvidenceKind::AmdSnp => include_bytes!("../fixtures/amd-snp.scale"),
            EvidenceKind::AwsNitro => include_bytes!("../fixtures/aws-nitro.scale"),
        };
        Self::decode_all(&mut bytes).expect("a test holds the fixtures together")
    }

    /// The authority that certified the platform, of Intel's.
    pub fn authority(&self) -> Option<AuthorityId> {
        authority_of(&self.evidence).ok()
    }

    /// A policy that accepts it.
    fn policy(&self) -> KindPolicy {
        match self.reference.kind {
            EvidenceKind::IntelTdx => KindPolicy::IntelTdx(IntelPolicy::strict(1)),
            EvidenceKind::IntelSgx => KindPolicy::IntelSgx(IntelPolicy::strict(1)),
            EvidenceKind::AmdSnp => KindPolicy::AmdSnp(Box::new(SnpPolicy::strict())),
            EvidenceKind::AwsNitro => KindPolicy::AwsNitro(NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME)),
        }
    }

    /// Accepts the root.
    pub fn accept_root<T: Config>(&self) {
        let CollateralRef { kind, root, .. } = self.reference;
        if Roots::<T>::contains_key((kind, root)) {
            return;
        }
        let accepted = Pallet::<T>::accept_root(kind, &self.certificates, true, When::AtGenesis);
        assert!(accepted.is_ok_and(|accepted| accepted == root), "the fixture's root is one");
    }

    /// Makes the present state one in which the registration passes, and answers its root.
    pub fn accept<T: Config>(&self) -> Digest {
        // Verdicts of the second in which a list revokes something do not count.
        pallet_timestamp::Now::<T>::put((self.now - 1) * 1000);
        Network::<T>::put(NetworkRecord {
            id: NETWORK,
            name: BoundedVec::truncate_from(b"benchmark-insecure".to_vec()),
            lease_blocks: 40,
            staleness_blocks: 10,
        });
        let policy = self.policy();
        Policies::<T>::insert(policy.kind(), Scheduled::holding(policy));
        DefaultCapacity::<T>::put(8);
        self.accept_root::<T>();
        let genesis = BlockNumberFor::<T>::zero();
        frame_system::BlockHash::<T>::insert(genesis, T::Hash::default());
        let record = MeasurementRecord { role: self.statement.role, profile: PROFILE, release: Default::default() };
        Measurements::<T>::insert(self.measurement, Scheduled::holding(record));
        let CollateralRef { kind, root, .. } = self.reference;
        // Collateral moves only forward: the same is not taken twice.
        let is_there = match self.authority() {
            Some(authority) => Collateral::<T>::contains_key((self.reference, authority)),
            None => RevocationLists::<T>::contains_key(root),
        };
        if !is_there && !self.collateral.is_empty() {
            let endorsed = Pallet::<T>::endorse(kind, root, &self.collateral, self.now);
            assert!(endorsed.is_ok(), "the fixture's collateral verifies");
        }
        pallet_timestamp::Now::<T>::put(self.now * 1000);
        root
    }
}

/// The longest of Intel's revocation lists, of the root, `authority` and as many others as there may be, as they were at
/// `issued_at`.
pub fn longest_lists(issued_at: u64, authority: AuthorityId) -> Revocations {
    let serial = |number: u32| {
        let mut serial = [0; 20];
        serial[16..].copy_from_slice(&number.to_be_bytes());
        serial
    };
    let list = (issued_at, (0..MAX_REVOKED_PLATFORMS).map(serial).collect::<Vec<_>>());
    let others = (1..).map(|number| AuthorityId([number; 32])).take(MAX_AUTHORITIES as usize - 1);
    let of_authorities: BTreeMap<_, _> = others.chain([authority]).map(|authority| (authority, &list)).collect();
    Revocations::decode_all(&mut &(&list, of_authorities).encode()[..]).expect("lists as they are stored")
}

/// The longest policy with this minimum evaluation number: every list is full.
pub fn longest_policy(minimum: u32) -> KindPolicy {
    let advisory = Advisory::new("INTEL-SA-00000").expect("a name");
    let advisories = AdvisoryNames::truncate_from(vec![advisory; AdvisoryNames::bound()]);
    let tier = Tier {
        accepted_advisories: AcceptedAdvisories::Only(advisories.clone()),
        refused_advisories: advisories,
        ..Tier::up_to_date()
    };
    let services = vec![ServiceDomainHash([1; 48]); 8];
    KindPolicy::IntelTdx(IntelPolicy {
        tiers: BoundedVec::truncate_from(vec![tier; 4]),
        accepted_service_domains: BoundedVec::truncate_from(services),
        ..IntelPolicy::strict(minimum)
    })
}
