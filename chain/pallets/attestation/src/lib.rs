//! What evidence the network accepts.
//!
//! It stands first among Adyton's pallets: `workers` asks it to judge evidence at registration, everybody asks
//! it afterwards whether a verdict still holds. It keeps the network's own constants; for each kind of evidence its
//! roots of trust, its policy and its collateral (checked once, then referred to); accepted measurements with their
//! releases; how many workers a machine may have; and what is denied.
//!
//! What must always hold: evidence is judged by `adyton_attestation` and nothing else, under a root, a policy, a
//! measurement and collateral that are stored here; collateral, floors and minimums only move forward; what lets more in
//! (a root, a policy, a measurement, an entry of the list of who is allowed, a higher capacity, the end of a denial or of
//! the freeze) is seen for the whole delay before it holds; what is removed or denied here, or revoked by a newer list of
//! Intel's or AMD's, ends the validity of every worker that rested on it, at once and without touching their records; no
//! verdict outlives [`Config::MaxVerdictLife`].
//!
//! What it refuses: everything that is not accepted explicitly, and all registrations while frozen.
//!
//! Longer than files are here: the framework wants a pallet's storage, events, errors and calls in one module.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accepted;
mod admission;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod costs;
mod endorsements;
#[cfg(any(feature = "runtime-benchmarks", test))]
pub mod fixture;
mod genesis;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
mod judge;
mod marks;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system, pallet_timestamp};

pub use genesis::{GenesisCollateral, GenesisMeasurement, GenesisRoot};
pub use pallet::*;
pub use types::{
    Accepted, KindPolicy, MAX_COLLATERAL, MAX_EVIDENCE, MAX_REVOCATION_LIST, MAX_ROOT, MAX_ROOTS, RevocationList,
    RootKey,
};
pub use weights::WeightInfo;

/// The delay of a chain that says nothing about it: a week, in seconds.
const CHANGE_DELAY: u64 = 7 * 24 * 60 * 60;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use accepted::When;
    use adyton_attestation::{
        AuthorityId, CheckedCollateral, IntelRefusal, ListFloors, Revocations, nitro::NitroRefusal, snp::SnpRefusal,
    };
    use adyton_pallet_traits::CollateralRef;
    use adyton_protocol::{
        ids::{AccountId as ProtocolAccount, BlockNumber, Digest, NetworkId},
        record::{
            EvidenceKind, MachineClass, MachineId, MeasurementRecord, NetworkRecord, Party, Provider, RootRecord,
        },
        scheduled::Scheduled,
        statement::Role,
    };
    use alloc::{string::String, vec::Vec};
    use frame_support::{pallet_prelude::*, traits::EnsureOrigin};
    use frame_system::pallet_prelude::*;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<RuntimeEvent: From<Event<Self>>> + pallet_timestamp::Config<Moment = u64>
    {
        /// Who changes what is accepted.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Who, besides them, denies and freezes, and does not end either: a decision that harms little where it is
        /// wrong, and so may be a fast one.
        type EmergencyOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The longest life of a verdict, in seconds. What a worker's evidence rests on may live for years (AMD's
        /// certificates, AWS's enclaves), and evidence is only held to new floors when it is judged again.
        #[pallet::constant]
        type MaxVerdictLife: Get<u64>;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md).
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// The network's constants.
    #[pallet::storage]
    pub type Network<T: Config> = StorageValue<_, NetworkRecord, OptionQuery>;

    /// Roots of trust, by kind and identity: SHA-256 of the public key.
    #[pallet::storage]
    pub type Roots<T: Config> =
        StorageMap<_, Blake2_128Concat, (EvidenceKind, Digest), Scheduled<RootRecord>, OptionQuery>;

    /// The roots as the verifier needs them; there is one for each of [`Roots`].
    #[pallet::storage]
    pub type RootKeys<T: Config> = StorageMap<_, Blake2_128Concat, (EvidenceKind, Digest), RootKey, OptionQuery>;

    /// Accepted measurements.
    #[pallet::storage]
    pub type Measurements<T: Config> =
        StorageMap<_, Blake2_128Concat, Digest, Scheduled<MeasurementRecord>, OptionQuery>;

    /// What is accepted of platforms, by kind of evidence. A kind without one is not accepted.
    #[pallet::storage]
    pub type Policies<T: Config> = StorageMap<_, Blake2_128Concat, EvidenceKind, Scheduled<KindPolicy>, OptionQuery>;

    /// The highest minimum evaluation number of the policies that have held, by kind: the next one's is no lower.
    #[pallet::storage]
    pub type HighestMinimums<T: Config> = StorageMap<_, Blake2_128Concat, EvidenceKind, u32, ValueQuery>;

    /// The delay of a chain that says nothing about it.
    #[pallet::type_value]
    pub fn DefaultChangeDelay() -> u64 {
        CHANGE_DELAY
    }

    /// How many seconds pass before what lets more in holds. It is the genesis's: no call changes it.
    #[pallet::storage]
    pub type ChangeDelay<T: Config> = StorageValue<_, u64, ValueQuery, DefaultChangeDelay>;

    /// The latest moment, of those past and to come, at which something that lets more in began or begins to hold (Unix
    /// seconds): what was not valid after it has not become valid without new evidence.
    #[pallet::storage]
    pub type LastAdmission<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// The lowest generation of collateral that is accepted, by kind and root: Intel's evaluation number, the day of
    /// AMD's revocation list.
    #[pallet::storage]
    pub type EvaluationFloors<T: Config> = StorageMap<_, Blake2_128Concat, (EvidenceKind, Digest), u32, ValueQuery>;

    /// The newest generation of collateral that was ever stored, by kind and root. No floor, and no policy's minimum while
    /// the root is there, is raised above it: nothing could reach it, and the root would be closed for good.
    #[pallet::storage]
    pub type NewestGenerations<T: Config> = StorageMap<_, Blake2_128Concat, (EvidenceKind, Digest), u32, ValueQuery>;

    /// Verdicts that were judged at this moment (Unix seconds) or before no longer count, by kind and root. It outlives
    /// the root, so that one that comes back revives nobody.
    #[pallet::storage]
    pub type JudgedSince<T: Config> = StorageMap<_, Blake2_128Concat, (EvidenceKind, Digest), u64, ValueQuery>;

    /// Intel's collateral that was checked once, by what it is for and the authority that certifies the platforms. What
    /// Intel says of a family names no authority, and anybody may submit it with either's list: that of one does not keep
    /// that of another out. Evidence is judged by that of the authority in its own certificates.
    #[pallet::storage]
    pub type Collateral<T: Config> =
        StorageMap<_, Blake2_128Concat, (CollateralRef, AuthorityId), CheckedCollateral, OptionQuery>;

    /// The newest revocation lists of Intel's authorities that came with collateral, by root and in it by the authorities'
    /// keys. They outlive the root.
    #[pallet::storage]
    pub type NewestLists<T: Config> = StorageMap<_, Blake2_128Concat, Digest, Revocations, ValueQuery>;

    /// The oldest of Intel's revocation lists that count, by root and in it by the authorities' keys: collateral with an
    /// older one may lack something that is revoked. They only move forward.
    #[pallet::storage]
    pub type RevocationFloors<T: Config> = StorageMap<_, Blake2_128Concat, Digest, ListFloors, ValueQuery>;

    /// AMD's revocation lists, by root.
    #[pallet::storage]
    pub type RevocationLists<T: Config> = StorageMap<_, Blake2_128Concat, Digest, RevocationList, OptionQuery>;

    /// Machines on which nothing is valid.
    #[pallet::storage]
    pub type DeniedMachines<T: Config> = StorageMap<_, Blake2_128Concat, MachineId, Scheduled<bool>, OptionQuery>;

    /// Cloud providers on whose machines nothing is valid.
    #[pallet::storage]
    pub type DeniedProviders<T: Config> = StorageMap<_, Blake2_128Concat, Provider, Scheduled<bool>, OptionQuery>;

    /// Operators none of whose workers is valid.
    #[pallet::storage]
    pub type DeniedOperators<T: Config> =
        StorageMap<_, Blake2_128Concat, ProtocolAccount, Scheduled<bool>, OptionQuery>;

    /// Whether registrations are frozen.
    #[pallet::storage]
    pub type Frozen<T: Config> = StorageValue<_, Scheduled<bool>, OptionQuery>;

    /// Who may have workers on machines that nobody identifies.
    #[pallet::storage]
    pub type Allowed<T: Config> = StorageMap<_, Blake2_128Concat, Party, Scheduled<bool>, OptionQuery>;

    /// How many workers a machine may have, where it is not as its class; `None` is as its class.
    #[pallet::storage]
    pub type Capacities<T: Config> = StorageMap<_, Blake2_128Concat, MachineId, Scheduled<Option<u32>>, OptionQuery>;

    /// How many workers a machine of a class may have, where it is not the default; `None` is the default. With zero, only
    /// machines with a capacity of their own have any.
    #[pallet::storage]
    pub type ClassCapacities<T: Config> =
        StorageMap<_, Blake2_128Concat, MachineClass, Scheduled<Option<u32>>, OptionQuery>;

    /// How many workers a piece of hardware with an identity may have. An instance of a cloud has no more than its cloud
    /// lets it have environments, a machine without identity none.
    #[pallet::storage]
    pub type DefaultCapacity<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The network's genesis. Without an identity, nothing can be registered.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The network's identity, `0x` and 64 hexadecimal digits.
        pub network: Option<NetworkId>,
        /// Its name for people, 1 to 64 bytes.
        pub name: String,
        /// For how many blocks a heartbeat keeps leases alive; at least 1.
        pub lease_blocks: BlockNumber,
        /// How many blocks pass between the end of a lease and the next one.
        pub staleness_blocks: BlockNumber,
        /// Accepted roots of trust.
        pub roots: Vec<GenesisRoot>,
        /// Accepted measurements.
        pub measurements: Vec<GenesisMeasurement>,
        /// Collateral that is there from the first block.
        pub collateral: Vec<GenesisCollateral>,
        /// What is accepted of platforms, by kind; a kind that is not there is not accepted.
        pub policies: Vec<KindPolicy>,
        /// How many seconds pass before what later lets more in holds.
        pub delay: u64,
        /// How many workers one machine may have.
        pub capacity: u32,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                network: None,
                name: String::new(),
                lease_blocks: 600,
                staleness_blocks: 100,
                roots: Vec::new(),
                measurements: Vec::new(),
                collateral: Vec::new(),
                policies: Vec::new(),
                delay: CHANGE_DELAY,
                capacity: 64,
                _config: PhantomData,
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            genesis::build::<T>(self);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Newer collateral is in force.
        CollateralStored {
            /// What it is for.
            collateral: CollateralRef,
            /// Whose platforms it is about, of Intel's.
            authority: Option<AuthorityId>,
            /// Which evaluation it is from.
            evaluation: u32,
            /// The last second at which it is valid.
            valid_until: u64,
        },
        /// A root of trust is announced.
        RootAdded {
            /// For which evidence.
            kind: EvidenceKind,
            /// Its identity.
            root: Digest,
            /// From when on it is accepted, Unix seconds.
            from: u64,
        },
        /// A root of trust is no longer accepted.
        RootRemoved {
            /// For which evidence.
            kind: EvidenceKind,
            /// Its identity.
            root: Digest,
        },
        /// A measurement is announced.
        MeasurementAccepted {
            /// The measurement.
            measurement: Digest,
            /// For what.
            role: Role,
            /// From when on it is accepted, Unix seconds.
            from: u64,
        },
        /// A measurement is no longer accepted.
        MeasurementRevoked {
            /// The measurement.
            measurement: Digest,
        },
        /// Collateral below this generation is no longer accepted.
        FloorRaised {
            /// Of which kind.
            kind: EvidenceKind,
            /// Under which root.
            root: Digest,
            /// The new floor.
            evaluation: u32,
        },
        /// A machine was denied, or the end of its denial is announced.
        MachineDenied {
            /// The machine.
            machine: MachineId,
            /// Whether it is denied.
            denied: bool,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// An operator was denied, or the end of its denial is announced.
        OperatorDenied {
            /// The operator.
            operator: ProtocolAccount,
            /// Whether it is denied.
            denied: bool,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// Registrations were frozen, or the end of the freeze is announced.
        FreezeSet {
            /// Whether they are frozen.
            frozen: bool,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// How many workers a machine may have was lowered, or more are announced.
        CapacitySet {
            /// The machine.
            machine: MachineId,
            /// How many; `None` is as its class.
            workers: Option<u32>,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// A policy for the platforms of a kind is announced.
        PolicySet {
            /// The kind of evidence.
            kind: EvidenceKind,
            /// From when on it holds, Unix seconds.
            from: u64,
        },
        /// A kind of evidence is no longer accepted.
        PolicyRemoved {
            /// The kind of evidence.
            kind: EvidenceKind,
        },
        /// A change that did not hold yet was cancelled.
        Cancelled {
            /// Of what.
            what: Accepted,
        },
        /// A cloud provider was denied, or the end of its denial is announced.
        ProviderDenied {
            /// The provider.
            provider: Provider,
            /// Whether it is denied.
            denied: bool,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// How many workers a machine of a class may have was lowered, or more are announced.
        ClassCapacitySet {
            /// The class.
            class: MachineClass,
            /// How many; `None` is the default.
            workers: Option<u32>,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// It is announced that somebody may have workers on machines that nobody identifies, or they may no longer.
        AllowedSet {
            /// Who.
            party: Party,
            /// Whether they may.
            allowed: bool,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// Verdicts that were judged up to now no longer count.
        VerdictsEnded {
            /// Of which kind.
            kind: EvidenceKind,
            /// Under which root.
            root: Digest,
            /// The last second of those that no longer count.
            judged_since: u64,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The chain's genesis names no network.
        NoNetwork,
        /// The statement is for another network.
        AnotherNetwork,
        /// Registrations are frozen.
        Frozen,
        /// The root of trust is not accepted.
        UnknownRoot,
        /// The measurement is not accepted.
        UnknownMeasurement,
        /// The measurement is accepted for another role.
        AnotherRole,
        /// The measurement is accepted with another configuration, or the program follows another chain.
        AnotherConfiguration,
        /// There is no collateral of the authority that certified the platform, for this kind, root and platform family.
        UnknownCollateral,
        /// No policy accepts this kind of evidence.
        NoPolicy,
        /// The machine is denied.
        MachineDenied,
        /// The operator is denied.
        OperatorDenied,
        /// The bytes are not collateral.
        NotCollateral,
        /// The certificate is not one of a root of trust.
        NotARoot,
        /// The floor would not rise.
        FloorNotRaised,
        /// The verifier refuses Intel's evidence or collateral; the number is [`IntelRefusal::code`].
        Refused(u8),
        /// The verifier refuses AMD's evidence or revocation list; the number is [`SnpRefusal::code`].
        SnpRefused(u8),
        /// The verifier refuses AWS's document; the number is [`NitroRefusal::code`].
        NitroRefused(u8),
        /// The bytes are not a report with its certificate.
        NotEvidence,
        /// The collateral is below the floor.
        BelowFloor,
        /// The revocation list is not newer than the one that is there.
        NotNewer,
        /// Evidence of this kind has no collateral.
        NoCollateral,
        /// The root is there already; remove it first.
        AlreadyAccepted,
        /// Nothing is pending there.
        NothingPending,
        /// The cloud provider is denied.
        ProviderDenied,
        /// The evidence names no machine, and nobody answers for it.
        MachineUnidentified,
        /// The floor would be above every collateral that was ever stored under the root.
        AboveNewest,
        /// The policy's minimum evaluation number is below one that has held.
        MinimumLowered,
        /// Verdicts under the root were ended in this very second; register again in the next.
        VerdictsJustEnded,
        /// The policy's minimum evaluation number is above that of every collateral that was ever stored under one of the
        /// kind's roots: store newer collateral first.
        MinimumUnreached,
        /// A revocation list in the collateral is older than one that revokes more: submit newer collateral.
        RevocationListOutdated,
        /// There are as many roots as there may be: remove one first.
        TooManyRoots,
    }

    impl<T> From<IntelRefusal> for Error<T> {
        fn from(refusal: IntelRefusal) -> Self {
            Self::Refused(refusal.code())
        }
    }

    impl<T> From<SnpRefusal> for Error<T> {
        fn from(refusal: SnpRefusal) -> Self {
            Self::SnpRefused(refusal.code())
        }
    }

    impl<T> From<NitroRefusal> for Error<T> {
        fn from(refusal: NitroRefusal) -> Self {
            Self::NitroRefused(refusal.code())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Verifies `collateral` for `kind` under the accepted `root` and stores what is left of it, if it is newer than
        /// what is stored for the same platforms: SCALE of Intel's raw collateral, or AMD's revocation list (DER). If a
        /// revocation list in it revokes more than the authority's newest before it, the verdicts under the root end, and
        /// Intel's collateral with an older list counts no more.
        #[pallet::call_index(0)]
        #[pallet::weight(costs::submit_collateral::<<T as Config>::WeightInfo>(*kind))]
        pub fn submit_collateral(
            origin: OriginFor<T>,
            kind: EvidenceKind,
            root: Digest,
            collateral: BoundedVec<u8, ConstU32<MAX_COLLATERAL>>,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::endorse(kind, root, &collateral, Self::now())?;
            Ok(())
        }

        /// Accepts a root of trust, after the delay. `certificates` is as [`RootKey::read`] takes it.
        #[pallet::call_index(1)]
        #[pallet::weight(costs::add_root::<<T as Config>::WeightInfo>(*kind))]
        pub fn add_root(
            origin: OriginFor<T>,
            kind: EvidenceKind,
            certificates: BoundedVec<u8, ConstU32<MAX_ROOT>>,
            development: bool,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::accept_root(kind, &certificates, development, When::AfterDelay)?;
            Ok(())
        }

        /// Ends the acceptance of a root of trust, and so the validity of every worker under it; a root that is added
        /// again does not bring them back.
        #[pallet::call_index(2)]
        #[pallet::weight(<T as Config>::WeightInfo::remove_root())]
        pub fn remove_root(origin: OriginFor<T>, kind: EvidenceKind, root: Digest) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::forget_root(kind, root)?;
            Self::deposit_event(Event::RootRemoved { kind, root });
            Ok(())
        }

        /// Accepts a measurement for a role under a configuration profile, or changes either or its release, after the
        /// delay. What is accepted of it until then stays.
        #[pallet::call_index(3)]
        #[pallet::weight(<T as Config>::WeightInfo::accept_measurement())]
        pub fn accept_measurement(
            origin: OriginFor<T>,
            measurement: Digest,
            role: Role,
            profile: Digest,
            release: BoundedVec<u8, ConstU32<64>>,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::accept(measurement, MeasurementRecord { role, profile, release }, When::AfterDelay);
            Ok(())
        }

        /// Ends the acceptance of a measurement, and so the validity of every worker with it.
        #[pallet::call_index(4)]
        #[pallet::weight(<T as Config>::WeightInfo::revoke_measurement())]
        pub fn revoke_measurement(origin: OriginFor<T>, measurement: Digest) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Measurements::<T>::take(measurement).ok_or(Error::<T>::UnknownMeasurement)?;
            Self::deposit_event(Event::MeasurementRevoked { measurement });
            Ok(())
        }

        /// Raises the lowest accepted generation of the collateral under a root, at most to the newest that was stored.
        /// It never goes down.
        #[pallet::call_index(5)]
        #[pallet::weight(<T as Config>::WeightInfo::raise_floor())]
        pub fn raise_floor(origin: OriginFor<T>, kind: EvidenceKind, root: Digest, evaluation: u32) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(kind != EvidenceKind::AwsNitro, Error::<T>::NoCollateral);
            ensure!(evaluation > EvaluationFloors::<T>::get((kind, root)), Error::<T>::FloorNotRaised);
            ensure!(evaluation <= NewestGenerations::<T>::get((kind, root)), Error::<T>::AboveNewest);
            EvaluationFloors::<T>::insert((kind, root), evaluation);
            Self::deposit_event(Event::FloorRaised { kind, root, evaluation });
            Ok(())
        }

        /// Denies a machine as a whole, at once, or ends that, after the delay.
        #[pallet::call_index(6)]
        #[pallet::weight(<T as Config>::WeightInfo::set_machine_denied())]
        pub fn set_machine_denied(origin: OriginFor<T>, machine: MachineId, denied: bool) -> DispatchResult {
            Self::ensure_bars(origin, denied)?;
            let from = DeniedMachines::<T>::mutate_exists(machine, |stored| Self::bar(stored, denied));
            Self::deposit_event(Event::MachineDenied { machine, denied, from });
            Ok(())
        }

        /// Denies an operator with all their workers, at once, or ends that, after the delay.
        #[pallet::call_index(7)]
        #[pallet::weight(<T as Config>::WeightInfo::set_operator_denied())]
        pub fn set_operator_denied(origin: OriginFor<T>, operator: ProtocolAccount, denied: bool) -> DispatchResult {
            Self::ensure_bars(origin, denied)?;
            let from = DeniedOperators::<T>::mutate_exists(operator, |stored| Self::bar(stored, denied));
            Self::deposit_event(Event::OperatorDenied { operator, denied, from });
            Ok(())
        }

        /// Freezes registrations and releases of keys, at once, or ends that, after the delay: whoever freezes because
        /// evidence is judged wrongly is not undone before everybody could see it. The end may be announced right after
        /// the freeze, and to freeze again cancels it.
        #[pallet::call_index(8)]
        #[pallet::weight(<T as Config>::WeightInfo::set_frozen())]
        pub fn set_frozen(origin: OriginFor<T>, frozen: bool) -> DispatchResult {
            Self::ensure_bars(origin, frozen)?;
            let from = Frozen::<T>::mutate_exists(|stored| Self::bar(stored, frozen));
            Self::deposit_event(Event::FreezeSet { frozen, from });
            Ok(())
        }

        /// Sets how many workers a machine may have; `None` is as its class. More than it may have now holds after the
        /// delay, anything else at once; nobody who is registered is sent away. On machines without an identity, those
        /// that [`Allowed`] names have as many together as the capacity for `MachineId::None` says.
        #[pallet::call_index(9)]
        #[pallet::weight(<T as Config>::WeightInfo::set_capacity())]
        pub fn set_capacity(origin: OriginFor<T>, machine: MachineId, workers: Option<u32>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let from = Self::set_capacity_of(&machine, workers);
            Self::deposit_event(Event::CapacitySet { machine, workers, from });
            Ok(())
        }

        /// Accepts a kind of evidence under a policy for its platforms, or changes that policy, after the delay; at once if
        /// the new one tightens the one that holds ([`KindPolicy::tightens`]) and leaves its minimum evaluation number.
        /// Who is registered stays so: [`Pallet::end_verdicts`] and [`Pallet::raise_floor`] end that. Its minimum
        /// evaluation number is no lower than any that has held, and no higher than that of the newest collateral under
        /// each of the kind's roots that has any: it could never go down to what collateral reaches.
        #[pallet::call_index(10)]
        #[pallet::weight(<T as Config>::WeightInfo::set_policy())]
        pub fn set_policy(origin: OriginFor<T>, policy: KindPolicy) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::adopt(policy, When::AfterDelay)?;
            Ok(())
        }

        /// Accepts no more registrations by a kind of evidence. [`Pallet::end_verdicts`] ends the validity of workers
        /// that have registered by it.
        #[pallet::call_index(11)]
        #[pallet::weight(<T as Config>::WeightInfo::remove_policy())]
        pub fn remove_policy(origin: OriginFor<T>, kind: EvidenceKind) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::forget_policy(kind)?;
            Self::deposit_event(Event::PolicyRemoved { kind });
            Ok(())
        }

        /// Forgets an addition to roots, measurements or policies that does not hold yet.
        #[pallet::call_index(12)]
        #[pallet::weight(<T as Config>::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, what: Accepted) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::forget_pending(what)?;
            Self::deposit_event(Event::Cancelled { what });
            Ok(())
        }

        /// Denies a cloud provider with all its machines, at once, or ends that, after the delay.
        #[pallet::call_index(13)]
        #[pallet::weight(<T as Config>::WeightInfo::set_provider_denied())]
        pub fn set_provider_denied(origin: OriginFor<T>, provider: Provider, denied: bool) -> DispatchResult {
            Self::ensure_bars(origin, denied)?;
            let from = DeniedProviders::<T>::mutate_exists(&provider, |stored| Self::bar(stored, denied));
            Self::deposit_event(Event::ProviderDenied { provider, denied, from });
            Ok(())
        }

        /// Sets how many workers a machine of a class may have; `None` is the default. More than it may have now holds
        /// after the delay, anything else at once.
        #[pallet::call_index(14)]
        #[pallet::weight(<T as Config>::WeightInfo::set_class_capacity())]
        pub fn set_class_capacity(origin: OriginFor<T>, class: MachineClass, workers: Option<u32>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let from = Self::set_capacity_of_class(class, workers);
            Self::deposit_event(Event::ClassCapacitySet { class, workers, from });
            Ok(())
        }

        /// Lets somebody have workers on machines that nobody identifies, after the delay, or no longer: then their
        /// workers there end at once.
        #[pallet::call_index(15)]
        #[pallet::weight(<T as Config>::WeightInfo::set_allowed())]
        pub fn set_allowed(origin: OriginFor<T>, party: Party, allowed: bool) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let from = Allowed::<T>::mutate_exists(&party, |stored| Self::admit(stored, allowed));
            Self::deposit_event(Event::AllowedSet { party, allowed, from });
            Ok(())
        }

        /// Ends the verdicts under a root that were judged up to now: those who still pass register again. For when a
        /// vendor withdraws trust in platforms that had it, faster than verdicts end by themselves.
        #[pallet::call_index(16)]
        #[pallet::weight(<T as Config>::WeightInfo::end_verdicts())]
        pub fn end_verdicts(origin: OriginFor<T>, kind: EvidenceKind, root: Digest) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(Roots::<T>::contains_key((kind, root)), Error::<T>::UnknownRoot);
            Self::end_verdicts_under(kind, root);
            Ok(())
        }
    }
}
