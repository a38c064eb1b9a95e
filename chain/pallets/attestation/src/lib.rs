//! What evidence the network accepts.
//!
//! It stands first among Adyton's pallets: `workers` asks it to judge evidence at registration, everybody asks
//! it afterwards whether a verdict still holds. It keeps the network's own constants, roots of trust per kind,
//! accepted measurements with their releases, collateral (checked once, then referred to), and what is denied.
//!
//! What must always hold: evidence is judged by `adyton_attestation` and nothing else, under a root, a
//! measurement and collateral that are stored here; collateral and floors only move forward; what is removed
//! here ends the validity of every worker that rested on it, at once and without touching their records.
//!
//! What it refuses: everything that is not accepted explicitly, and all registrations while frozen.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(any(feature = "runtime-benchmarks", test))]
pub mod fixture;
mod genesis;
mod judge;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system, pallet_timestamp};

pub use genesis::{GenesisCollateral, GenesisMeasurement, GenesisRoot};
pub use pallet::*;
pub use types::{MAX_COLLATERAL, MAX_EVIDENCE};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_attestation::{CheckedCollateral, Collateral as RawCollateral, Policy, Refusal, Root};
    use adyton_pallet_traits::CollateralRef;
    use adyton_protocol::{
        ids::{AccountId as ProtocolAccount, BlockNumber, Digest, NetworkId},
        record::{EvidenceKind, MachineId, MeasurementRecord, NetworkRecord, RootRecord},
        statement::Role,
    };
    use alloc::{string::String, vec::Vec};
    use codec::DecodeAll;
    use frame_support::{pallet_prelude::*, traits::EnsureOrigin};
    use frame_system::pallet_prelude::*;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<RuntimeEvent: From<Event<Self>>> + pallet_timestamp::Config<Moment = u64>
    {
        /// Who changes what is accepted.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The network's constants.
    #[pallet::storage]
    pub type Network<T: Config> = StorageValue<_, NetworkRecord, OptionQuery>;

    /// Roots of trust, by identity: SHA-256 of the public key.
    #[pallet::storage]
    pub type Roots<T: Config> = StorageMap<_, Blake2_128Concat, Digest, RootRecord, OptionQuery>;

    /// The roots as the verifier needs them; there is one for each of [`Roots`].
    #[pallet::storage]
    pub type RootKeys<T: Config> = StorageMap<_, Blake2_128Concat, Digest, Root, OptionQuery>;

    /// Accepted measurements.
    #[pallet::storage]
    pub type Measurements<T: Config> = StorageMap<_, Blake2_128Concat, Digest, MeasurementRecord, OptionQuery>;

    /// The lowest collateral evaluation number that is accepted, per kind.
    #[pallet::storage]
    pub type EvaluationFloors<T: Config> = StorageMap<_, Blake2_128Concat, EvidenceKind, u32, ValueQuery>;

    /// Collateral that was checked once, by what it is for.
    #[pallet::storage]
    pub type Collateral<T: Config> = StorageMap<_, Blake2_128Concat, CollateralRef, CheckedCollateral, OptionQuery>;

    /// What is accepted of platforms; set at genesis. Without one, nothing is.
    #[pallet::storage]
    pub type PlatformPolicy<T: Config> = StorageValue<_, Policy, OptionQuery>;

    /// Machines on which nothing is valid.
    #[pallet::storage]
    pub type DeniedMachines<T: Config> = StorageMap<_, Blake2_128Concat, MachineId, (), OptionQuery>;

    /// Operators none of whose workers is valid.
    #[pallet::storage]
    pub type DeniedOperators<T: Config> = StorageMap<_, Blake2_128Concat, ProtocolAccount, (), OptionQuery>;

    /// Whether registrations are frozen.
    #[pallet::storage]
    pub type Frozen<T: Config> = StorageValue<_, bool, ValueQuery>;

    /// How many workers a machine may have, where it is not the default.
    #[pallet::storage]
    pub type Capacities<T: Config> = StorageMap<_, Blake2_128Concat, MachineId, u32, OptionQuery>;

    /// How many workers a machine with an identity may have; one without may have none.
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
        /// What is accepted of platforms; absent: nothing.
        pub policy: Option<Policy>,
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
                policy: None,
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
            /// Which evaluation it is from.
            evaluation: u32,
            /// The last second at which it is valid.
            valid_until: u64,
        },
        /// A root of trust is accepted.
        RootAdded {
            /// Its identity.
            root: Digest,
        },
        /// A root of trust is no longer accepted.
        RootRemoved {
            /// Its identity.
            root: Digest,
        },
        /// A measurement is accepted.
        MeasurementAccepted {
            /// The measurement.
            measurement: Digest,
            /// For what.
            role: Role,
        },
        /// A measurement is no longer accepted.
        MeasurementRevoked {
            /// The measurement.
            measurement: Digest,
        },
        /// Collateral below this evaluation number is no longer accepted.
        FloorRaised {
            /// Of which kind.
            kind: EvidenceKind,
            /// The new floor.
            evaluation: u32,
        },
        /// A machine was denied, or allowed again.
        MachineDenied {
            /// The machine.
            machine: MachineId,
            /// Whether it is denied.
            denied: bool,
        },
        /// An operator was denied, or allowed again.
        OperatorDenied {
            /// The operator.
            operator: ProtocolAccount,
            /// Whether it is denied.
            denied: bool,
        },
        /// Registrations were frozen, or opened again.
        FreezeSet {
            /// Whether they are frozen.
            frozen: bool,
        },
        /// How many workers a machine may have was set.
        CapacitySet {
            /// The machine.
            machine: MachineId,
            /// How many; `None` is the default.
            workers: Option<u32>,
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
        /// There is no such collateral.
        UnknownCollateral,
        /// The genesis sets no policy for platforms.
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
        /// The verifier refuses; the number is [`adyton_attestation::Refusal::code`].
        Refused(u8),
    }

    impl<T> From<Refusal> for Error<T> {
        fn from(refusal: Refusal) -> Self {
            Self::Refused(refusal.code())
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
        /// Verifies `collateral` under the accepted `root` and stores what is left of it, if it is newer than
        /// what is stored for the same platform family.
        #[pallet::call_index(0)]
        // Measured on collateral of 9 KB; a vendor's has 21 KB. Signatures are most of the cost, and these do not grow.
        #[pallet::weight(<T as Config>::WeightInfo::submit_collateral().saturating_mul(3))]
        pub fn submit_collateral(
            origin: OriginFor<T>,
            root: Digest,
            collateral: BoundedVec<u8, ConstU32<MAX_COLLATERAL>>,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            let key = RootKeys::<T>::get(root).ok_or(Error::<T>::UnknownRoot)?;
            let raw = RawCollateral::decode_all(&mut collateral.as_slice()).map_err(|_| Error::<T>::NotCollateral)?;
            let checked = Self::check_collateral(&key, &raw, Self::now())?;
            Self::store_collateral(root, checked);
            Ok(())
        }

        /// Accepts a root of trust.
        #[pallet::call_index(1)]
        #[pallet::weight(<T as Config>::WeightInfo::add_root())]
        pub fn add_root(
            origin: OriginFor<T>,
            kind: EvidenceKind,
            certificate: BoundedVec<u8, ConstU32<2048>>,
            development: bool,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let root = Self::insert_root(RootRecord { kind, certificate, development })?;
            Self::deposit_event(Event::RootAdded { root });
            Ok(())
        }

        /// Ends the acceptance of a root of trust, and so the validity of every worker under it.
        #[pallet::call_index(2)]
        #[pallet::weight(<T as Config>::WeightInfo::remove_root())]
        pub fn remove_root(origin: OriginFor<T>, root: Digest) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Roots::<T>::take(root).ok_or(Error::<T>::UnknownRoot)?;
            RootKeys::<T>::remove(root);
            Self::deposit_event(Event::RootRemoved { root });
            Ok(())
        }

        /// Accepts a measurement for a role under a configuration profile, or changes either or its release.
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
            Measurements::<T>::insert(measurement, MeasurementRecord { role, profile, release });
            Self::deposit_event(Event::MeasurementAccepted { measurement, role });
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

        /// Raises the lowest accepted evaluation number of a kind. It never goes down.
        #[pallet::call_index(5)]
        #[pallet::weight(<T as Config>::WeightInfo::raise_floor())]
        pub fn raise_floor(origin: OriginFor<T>, kind: EvidenceKind, evaluation: u32) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(evaluation > EvaluationFloors::<T>::get(kind), Error::<T>::FloorNotRaised);
            EvaluationFloors::<T>::insert(kind, evaluation);
            Self::deposit_event(Event::FloorRaised { kind, evaluation });
            Ok(())
        }

        /// Denies a machine as a whole, or allows it again.
        #[pallet::call_index(6)]
        #[pallet::weight(<T as Config>::WeightInfo::set_machine_denied())]
        pub fn set_machine_denied(origin: OriginFor<T>, machine: MachineId, denied: bool) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            DeniedMachines::<T>::set(machine, denied.then_some(()));
            Self::deposit_event(Event::MachineDenied { machine, denied });
            Ok(())
        }

        /// Denies an operator with all their workers, or allows them again.
        #[pallet::call_index(7)]
        #[pallet::weight(<T as Config>::WeightInfo::set_operator_denied())]
        pub fn set_operator_denied(origin: OriginFor<T>, operator: ProtocolAccount, denied: bool) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            DeniedOperators::<T>::set(operator, denied.then_some(()));
            Self::deposit_event(Event::OperatorDenied { operator, denied });
            Ok(())
        }

        /// Freezes registrations, or opens them again.
        #[pallet::call_index(8)]
        #[pallet::weight(<T as Config>::WeightInfo::set_frozen())]
        pub fn set_frozen(origin: OriginFor<T>, frozen: bool) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Frozen::<T>::put(frozen);
            Self::deposit_event(Event::FreezeSet { frozen });
            Ok(())
        }

        /// Sets how many workers a machine may have; `None` is the default. Workers without a machine's identity
        /// are let in by a capacity for `MachineId::None`.
        #[pallet::call_index(9)]
        #[pallet::weight(<T as Config>::WeightInfo::set_capacity())]
        pub fn set_capacity(origin: OriginFor<T>, machine: MachineId, workers: Option<u32>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Capacities::<T>::set(machine, workers);
            Self::deposit_event(Event::CapacitySet { machine, workers });
            Ok(())
        }
    }
}
