//! Which GPUs and switches workers have shown.
//!
//! A worker is registered with the evidence of its own platform (`workers`, `attestation`). Here its operator adds the
//! evidence of the NVIDIA devices in its machine, one by one. The runtime verifies it itself, with
//! `adyton_attestation::nvidia`: report, certificate chain, reference manifests, revocation. A check of one P-384
//! signature takes a sixth of what a block's extrinsics may, and a device's evidence rests on eleven or more; so anybody
//! may have signatures checked beforehand, one in each call, and the chain remembers the newest [`REMEMBERED`] that
//! verified. What certificates, manifests and revocation rest on is so checked once and not for each device.
//!
//! What must always hold: a device's evidence answers the statement of the worker's present record, which was judged
//! at most [`SHOWN_WITHIN`] seconds before, and the worker's key of its present boot signed that its program asked the
//! device; a device is shown by one worker, the one whose statement is the newest; what is accepted grows after the
//! network's delay, and what ends it holds at once; a remembered signature only spares its own check.
//!
//! What it does not show: where a device is. NVIDIA's evidence names no machine. That a worker's device is in reach of
//! its guest alone is said by the worker's measured program, which asked it through its guest's own driver. An enclave has
//! none: to it, the host's driver may show any device, so enclaves show nothing.
//!
//! What it refuses: every device while registrations are frozen, and until a root and a policy are accepted.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accepted;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
#[cfg(any(feature = "runtime-benchmarks", test))]
pub mod fixture;
mod genesis;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
mod manifests;
#[cfg(test)]
mod mock;
mod shown;
mod signatures;
#[cfg(test)]
mod tests;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system, pallet_timestamp};

pub use accepted::Accepted;
pub use genesis::GenesisRoot;
pub use pallet::*;
pub use signatures::{MAX_FRESH, MAX_MESSAGE, REMEMBERED};
pub use weights::WeightInfo;

/// For how many seconds after its worker's registration or renewal a device may be shown: what answers an older statement
/// may be about a device that has moved since.
pub const SHOWN_WITHIN: u64 = 60 * 60;
/// The most bytes of a reference manifest; NVIDIA's have 18 to 26 KiB.
pub const MAX_MANIFEST: u32 = 48 * 1024;
/// The most bytes of what is kept of one: its digests, which have twice as many digits in it.
pub const MAX_CHECKED_MANIFEST: u32 = MAX_MANIFEST / 2 + 2048;
/// The most bytes of a response about a certificate's revocation; they have about 2 KiB.
pub const MAX_RESPONSE: u32 = 4096;
/// The most such responses with one piece of evidence.
pub const MAX_RESPONSES: u32 = 4;
/// The most bytes of a root's certificate.
pub const MAX_ROOT: u32 = 2048;
/// The most roots.
pub const MAX_ROOTS: u32 = 8;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use accepted::When;
    use adyton_attestation::nvidia::{NvidiaPolicy, NvidiaRefusal, NvidiaRoots};
    use adyton_pallet_traits::{Attestation, Workers};
    use adyton_protocol::{
        device::{DeviceId, DeviceRoot, MAX_DEVICE_EVIDENCE, WorkerDevices},
        ids::{Digest, WorkerId},
        scheduled::Scheduled,
    };
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::EnsureOrigin};
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::AccountId32;

    /// Responses about certificates' revocation (OCSP, DER).
    pub type Responses = BoundedVec<BoundedVec<u8, ConstU32<MAX_RESPONSE>>, ConstU32<MAX_RESPONSES>>;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
        + pallet_timestamp::Config<Moment = u64>
    {
        /// Who changes what is accepted.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Knows the network, its delay and its freeze.
        type Attestation: Attestation;
        /// Knows the workers.
        type Workers: Workers;
        /// The longest life of a verdict, in seconds.
        #[pallet::constant]
        type MaxVerdictLife: Get<u64>;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
        /// Prepares the state in which benchmarks run.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: benchmarking::Helper;
    }

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md).
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Pairs of roots, of devices and of their manifests, by the identity of the first: SHA-256 of its public key.
    #[pallet::storage]
    pub type Roots<T: Config> = StorageMap<_, Blake2_128Concat, Digest, Scheduled<DeviceRoot>, OptionQuery>;

    /// The roots as the verifier needs them; there is one for each of [`Roots`].
    #[pallet::storage]
    pub type RootKeys<T: Config> = StorageMap<_, Blake2_128Concat, Digest, NvidiaRoots, OptionQuery>;

    /// What is accepted of devices. Without one, none is.
    #[pallet::storage]
    pub type Policy<T: Config> = StorageValue<_, Scheduled<NvidiaPolicy>, OptionQuery>;

    /// Verdicts that were judged at this moment (Unix seconds) or before no longer count, by root. It outlives the root.
    #[pallet::storage]
    pub type JudgedSince<T: Config> = StorageMap<_, Blake2_128Concat, Digest, u64, ValueQuery>;

    /// Whether a device is denied; absent means no.
    #[pallet::storage]
    pub type Denied<T: Config> = StorageMap<_, Blake2_128Concat, DeviceId, Scheduled<bool>, OptionQuery>;

    /// Reference manifests that were checked, by root and their own identity: SCALE of
    /// `adyton_attestation::nvidia::CheckedManifest`.
    #[pallet::storage]
    pub type Manifests<T: Config> =
        StorageMap<_, Blake2_128Concat, (Digest, Digest), BoundedVec<u8, ConstU32<MAX_CHECKED_MANIFEST>>, OptionQuery>;

    /// Signatures that verified, by a hash of key, message and signature: their places in [`Places`].
    #[pallet::storage]
    pub type Signatures<T: Config> = StorageMap<_, Blake2_128Concat, Digest, u32, OptionQuery>;

    /// The signatures that are remembered; the newest one takes the oldest one's place.
    #[pallet::storage]
    pub type Places<T: Config> = StorageMap<_, Twox64Concat, u32, Digest, OptionQuery>;

    /// The place of the next signature.
    #[pallet::storage]
    pub type NextPlace<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The devices that workers have shown. What was shown by another boot than the worker's present one has ended.
    #[pallet::storage]
    pub type Shown<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, WorkerDevices, OptionQuery>;

    /// Which worker has shown a device.
    #[pallet::storage]
    pub type ShownBy<T: Config> = StorageMap<_, Blake2_128Concat, DeviceId, WorkerId, OptionQuery>;

    /// What the network accepts from its first block on.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Accepted roots.
        pub roots: Vec<GenesisRoot>,
        /// What is accepted of devices; without one, none is.
        pub policy: Option<NvidiaPolicy>,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
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
        /// A worker has shown a device.
        DeviceShown {
            /// The worker.
            worker: WorkerId,
            /// The device.
            device: DeviceId,
            /// Unix seconds at which the verdict about it ends.
            valid_until: u64,
        },
        /// A device is another worker's now.
        DeviceTaken {
            /// The worker that no longer has it.
            worker: WorkerId,
            /// The device.
            device: DeviceId,
        },
        /// A reference manifest is stored, or prolonged.
        ManifestStored {
            /// Under which root.
            root: Digest,
            /// Its identity.
            manifest: Digest,
            /// Unix seconds at which it counts no longer.
            valid_until: u64,
        },
        /// A pair of roots is announced.
        RootAdded {
            /// Its identity.
            root: Digest,
            /// From when on it is accepted, Unix seconds.
            from: u64,
        },
        /// A pair of roots is no longer accepted.
        RootRemoved {
            /// Its identity.
            root: Digest,
        },
        /// A policy for devices is announced.
        PolicySet {
            /// From when on it holds, Unix seconds.
            from: u64,
        },
        /// Devices are no longer accepted.
        PolicyRemoved,
        /// A change that did not hold yet was cancelled.
        Cancelled {
            /// Of what.
            what: Accepted,
        },
        /// A device is denied, or will be allowed again.
        DeviceDenied {
            /// The device.
            device: DeviceId,
            /// Whether it is denied.
            denied: bool,
            /// From when on, Unix seconds.
            from: u64,
        },
        /// Verdicts about devices that were judged up to now no longer count.
        VerdictsEnded {
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
        /// Registrations are frozen.
        Frozen,
        /// There is no such worker, or it is somebody else's.
        NotYourWorker,
        /// The worker is retiring, its evidence does not hold now, or it is no worker.
        NotValid,
        /// The worker was registered or renewed too long ago: renew it, and show what it offers then.
        StatementOutdated,
        /// The worker's key did not sign that it asked this device.
        Countersignature,
        /// The root is not accepted.
        UnknownRoot,
        /// No policy accepts devices.
        NoPolicy,
        /// The bytes are not a report with its certificates.
        NotEvidence,
        /// A manifest is not stored under the root: submit it first.
        UnknownManifest,
        /// The verifier refuses the evidence or manifest; the number is [`NvidiaRefusal::code`].
        NvidiaRefused(u8),
        /// More signatures would have to be checked than this call pays for: have them checked beforehand.
        MoreSignatures,
        /// One call checks no more signatures than that.
        TooManySignatures,
        /// The key did not sign the message.
        BadSignature,
        /// What the verifier keeps of the manifest is too long.
        ManifestTooLong,
        /// What is stored of the manifest counts, and the new is no better: less is known about its revocation, or as much
        /// and it counts no longer.
        NotNewer,
        /// The device is denied.
        DeviceDenied,
        /// Another worker has shown the device since this one was registered or renewed.
        ShownElsewhere,
        /// The worker has as many devices as it may have.
        TooManyDevices,
        /// The verdicts under the root were ended in this very second.
        VerdictsJustEnded,
        /// The certificate is not one of a root.
        NotARoot,
        /// The root is there already; remove it first.
        AlreadyAccepted,
        /// There are as many roots as there may be: remove one first.
        TooManyRoots,
        /// Nothing is pending there.
        NothingPending,
        /// The worker is no virtual machine: it has no driver of its own that it could have asked.
        NoDriver,
    }

    /// For how many fresh signatures a call pays: one that may have more is refused before any is checked.
    fn paid(fresh: u8) -> u32 {
        fresh.min(MAX_FRESH).into()
    }

    impl<T> From<NvidiaRefusal> for Error<T> {
        fn from(refusal: NvidiaRefusal) -> Self {
            Self::NvidiaRefused(refusal.code())
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
        /// Checks one signature (ECDSA over P-384 with SHA-384) and remembers it. `key` is x ‖ y, `signature` r ‖ s, both
        /// big-endian.
        #[pallet::call_index(0)]
        #[pallet::weight(<T as Config>::WeightInfo::check_signature())]
        pub fn check_signature(
            origin: OriginFor<T>,
            key: [u8; 96],
            message: BoundedVec<u8, ConstU32<MAX_MESSAGE>>,
            signature: [u8; 96],
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::remember(&key, &message, &signature)?;
            Ok(())
        }

        /// Checks a reference manifest (XML) under the accepted `root`, with `responses` about its certificates, and keeps
        /// what is left of it if it counts longer than what is stored. At most `fresh` of the signatures are not remembered.
        #[pallet::call_index(1)]
        #[pallet::weight(<T as Config>::WeightInfo::submit_manifest(paid(*fresh)))]
        pub fn submit_manifest(
            origin: OriginFor<T>,
            root: Digest,
            manifest: BoundedVec<u8, ConstU32<MAX_MANIFEST>>,
            responses: Responses,
            fresh: u8,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::store_manifest(root, &manifest, &responses, fresh)?;
            Ok(())
        }

        /// Adds a device to a worker. `evidence` is as [`adyton_protocol::device::DeviceEvidence`] travels and answers the
        /// worker's present statement; `manifests` names stored manifests under `root`; `responses` are about the device's
        /// certificates; `signature` is the worker's key over [`adyton_protocol::device::message`]. At most `fresh` of the
        /// signatures are not remembered.
        #[pallet::call_index(2)]
        #[pallet::weight(<T as Config>::WeightInfo::show(paid(*fresh)))]
        #[expect(clippy::too_many_arguments, reason = "each is a part of one device's evidence")]
        pub fn show(
            origin: OriginFor<T>,
            worker: WorkerId,
            root: Digest,
            evidence: BoundedVec<u8, ConstU32<{ MAX_DEVICE_EVIDENCE as u32 }>>,
            manifests: BoundedVec<Digest, ConstU32<2>>,
            responses: Responses,
            signature: [u8; 64],
            fresh: u8,
        ) -> DispatchResult {
            let operator = ensure_signed(origin)?;
            let asker = Self::asker(&operator, worker, &evidence, &signature)?;
            let device = Self::judge(&asker, root, &evidence, &manifests, &responses, fresh)?;
            Self::enter(asker, device)?;
            Ok(())
        }

        /// Accepts a pair of roots, after the delay: the self-signed certificates (DER) of devices and of manifests.
        #[pallet::call_index(3)]
        #[pallet::weight(<T as Config>::WeightInfo::add_root())]
        pub fn add_root(
            origin: OriginFor<T>,
            device: BoundedVec<u8, ConstU32<MAX_ROOT>>,
            manifest: BoundedVec<u8, ConstU32<MAX_ROOT>>,
            development: bool,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::accept_root(&device, &manifest, development, When::AfterDelay)?;
            Ok(())
        }

        /// Ends the acceptance of a pair of roots, and so every device under it; one that is added again does not bring
        /// them back.
        #[pallet::call_index(4)]
        #[pallet::weight(<T as Config>::WeightInfo::remove_root())]
        pub fn remove_root(origin: OriginFor<T>, root: Digest) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::forget_root(root)?;
            Ok(())
        }

        /// Accepts devices under a policy, or changes it, after the delay; at once if the new one only tightens the one that
        /// holds. What was shown stays: [`Pallet::end_verdicts`] ends that.
        #[pallet::call_index(5)]
        #[pallet::weight(<T as Config>::WeightInfo::set_policy())]
        pub fn set_policy(origin: OriginFor<T>, policy: NvidiaPolicy) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::adopt(policy, When::AfterDelay);
            Ok(())
        }

        /// Accepts no more devices. [`Pallet::end_verdicts`] ends those that were shown.
        #[pallet::call_index(6)]
        #[pallet::weight(<T as Config>::WeightInfo::remove_policy())]
        pub fn remove_policy(origin: OriginFor<T>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Policy::<T>::take().ok_or(Error::<T>::NoPolicy)?;
            Self::deposit_event(Event::PolicyRemoved);
            Ok(())
        }

        /// Forgets a root or policy that does not hold yet.
        #[pallet::call_index(7)]
        #[pallet::weight(<T as Config>::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, what: Accepted) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::forget_pending(what)?;
            Self::deposit_event(Event::Cancelled { what });
            Ok(())
        }

        /// Denies a device at once, or allows it again after the delay. To deny it again cancels the latter.
        #[pallet::call_index(8)]
        #[pallet::weight(<T as Config>::WeightInfo::set_denied())]
        pub fn set_denied(origin: OriginFor<T>, device: DeviceId, denied: bool) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::deny(device, denied);
            Ok(())
        }

        /// Ends the verdicts under a root that were judged up to now: those who still pass show their devices again.
        #[pallet::call_index(9)]
        #[pallet::weight(<T as Config>::WeightInfo::end_verdicts())]
        pub fn end_verdicts(origin: OriginFor<T>, root: Digest) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(Roots::<T>::contains_key(root), Error::<T>::UnknownRoot);
            Self::end_verdicts_under(root);
            Ok(())
        }
    }
}
