//! Gas: what contracts pay for what they use.
//!
//! A contract has a prepaid balance, which anybody fills, and terms, which its owner sets: the most that it pays for a
//! unit, and the most units a block. The operator of a worker says what it asks for a unit. The worker that holds the
//! contract's lease meters what calls use and claims for it, many contracts at once and feeless, with its own key; each
//! claim names how many anchors of receipts the worker has, so that the receipts behind it are those under the anchors
//! since the claim before. What a claim comes to is paid at once: to the stake pool behind the worker, the contract's
//! developer, the treasury, and nobody. A funder who keeps PHA in a purse here signs vouchers, which fill accounts for
//! whoever redeems them. `adyton_protocol::usage` has the rules, which the worker goes by, too. It asks `workers` whose a
//! key is, `contracts` who owns and holds what, and `pools` who stands behind a worker.
//!
//! **Paying oneself never earns.** Let somebody be payer, developer, operator and the whole pool at once. Of an amount
//! `a > 0` they get back `a - cut(a)`; `cut(a)`, what treasury and burn take, is at least one unit of 10^-12 PHA, because
//! it is rounded up and [`Parameters::validate`] keeps its share at [`LEAST_CUT`] or above. Nothing is issued for used
//! work: this pallet issues nothing, and a worker's weight in `rewards` does not follow from what it claims. So each
//! claim of theirs leaves them with less than before. Whoever lets used work be rewarded one day has to keep that reward
//! below the cut.
//!
//! What must always hold: this pallet's account has what all balances and purses come to, and the least that keeps it
//! besides; a balance only falls by what its owner takes back or by a good claim; what may still be claimed, its owner
//! cannot take back; a claim and a voucher are paid once; a contract without terms pays nothing and runs.
//!
//! What it refuses: whatever would break one of these; claims of anybody but the holder of the lease, for more than can
//! have run since the claim before. Nothing here goes through all contracts, or happens without a call.
//!
//! [`Parameters::validate`]: adyton_protocol::usage::Parameters::validate
//! [`LEAST_CUT`]: adyton_protocol::usage::LEAST_CUT
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accounts;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod claims;
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod vouchers;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{Anchors, Deployments, Leases, Pools, Workers};
    use adyton_protocol::{
        ids::{AccountId as ProtocolAccount, BlockNumber, ContractId, NetworkId, WorkerId},
        usage::{Claimed as ClaimedRecord, Claims, GasAccount, MAX_CLAIMS, Noticed, Parameters, Terms},
        voucher::{Purse, SignedVoucher},
    };
    use frame_support::{PalletId, pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::AccountId32;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Moves and burns what is paid.
        type Currency: fungible::Mutate<Self::AccountId, Balance = u128>;
        /// Which account has all balances.
        type PalletId: Get<PalletId>;
        /// The treasury's account.
        type Treasury: Get<Self::AccountId>;
        /// The network's identity; none on a chain whose genesis named none, where no voucher is taken.
        type Network: Get<Option<NetworkId>>;
        /// Who sets the parameters.
        type EconomyOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Knows the contracts.
        type Deployments: Deployments;
        /// Knows who holds which.
        type Leases: Leases;
        /// Knows what was anchored.
        type Anchors: Anchors;
        /// Knows the workers.
        type Workers: Workers;
        /// Knows who stands behind them.
        type Pools: Pools;
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

    /// What the network says about gas.
    #[pallet::storage]
    pub type Settings<T: Config> = StorageValue<_, Parameters, ValueQuery>;

    /// The contracts' accounts.
    #[pallet::storage]
    pub type Accounts<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, GasAccount, OptionQuery>;

    /// What workers ask for a unit.
    #[pallet::storage]
    pub type Asks<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Noticed<u128>, OptionQuery>;

    /// The last claims of each worker.
    #[pallet::storage]
    pub type Claimed<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, ClaimedRecord, ValueQuery>;

    /// What vouchers are paid from, by funder.
    #[pallet::storage]
    pub type Purses<T: Config> = StorageMap<_, Blake2_128Concat, ProtocolAccount, Purse, ValueQuery>;

    /// How many calls gas was claimed for so far: for people who look around.
    #[pallet::storage]
    pub type Executions<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// The genesis of gas.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// See [`Settings`]; none: the default ones.
        pub parameters: Option<Parameters>,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(parameters) = self.parameters {
                assert!(parameters.validate().is_ok(), "the parameters of gas contradict each other");
                Settings::<T>::put(parameters);
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A contract's account was filled.
        Funded {
            /// The contract.
            contract: ContractId,
            /// By whom.
            by: ProtocolAccount,
            /// With how much.
            amount: u128,
        },
        /// A contract's owner took some back.
        TakenBack {
            /// The contract.
            contract: ContractId,
            /// How much.
            amount: u128,
        },
        /// A contract's owner set its terms.
        TermsSet {
            /// The contract.
            contract: ContractId,
            /// From which block on they hold.
            from: BlockNumber,
        },
        /// A worker's operator set what it asks.
        AskSet {
            /// The worker.
            worker: WorkerId,
            /// For a unit.
            price: u128,
            /// From which block on it holds.
            from: BlockNumber,
        },
        /// A contract has paid.
        Paid {
            /// The contract.
            contract: ContractId,
            /// The worker.
            worker: WorkerId,
            /// Units that were used.
            units: u128,
            /// What was paid.
            paid: u128,
            /// What was due beyond that, and the account did not have.
            missing: u128,
        },
        /// Other parameters hold.
        ParametersSet,
        /// A funder put more into its purse.
        PurseFilled {
            /// The funder.
            funder: ProtocolAccount,
            /// How much.
            amount: u128,
        },
        /// A funder took some out of it.
        PurseEmptied {
            /// The funder.
            funder: ProtocolAccount,
            /// How much.
            amount: u128,
        },
        /// A funder's vouchers with lower numbers are worth nothing any more.
        Revoked {
            /// The funder.
            funder: ProtocolAccount,
            /// The number.
            below: u64,
        },
        /// A voucher has filled a contract's account.
        Redeemed {
            /// The contract.
            contract: ContractId,
            /// Who signed the voucher.
            funder: ProtocolAccount,
            /// Its number.
            number: u64,
            /// Who redeemed it.
            by: ProtocolAccount,
            /// With how much.
            amount: u128,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such contract.
        UnknownContract,
        /// The contract is somebody else's.
        NotYourContract,
        /// There is no such worker, or it is somebody else's.
        NotYourWorker,
        /// The amount is less than the least that an account is filled with.
        TooLittle,
        /// The account does not have so much.
        TooMuch,
        /// What is left would not cover what the contract's lease may still claim.
        Reserved,
        /// The price is zero, or the units, royalty or cap are outside what the parameters allow.
        Terms,
        /// The parameters contradict each other.
        Parameters,
        /// The origin is not the key of a valid worker's present boot.
        NotAWorker,
        /// The worker does not hold a living lease of this number.
        NotYourLease,
        /// The list is empty, not ascending, or names a contract twice.
        Order,
        /// The worker, or for this contract, has just claimed.
        TooSoon,
        /// The worker has fewer anchors, or had more at its last claim.
        Anchors,
        /// The contract has no terms: it runs for nothing.
        NoTerms,
        /// The worker asks for more than the contract pays.
        Price,
        /// The claim follows another one than the last.
        NotNext,
        /// More calls are claimed than can have run.
        Calls,
        /// More is claimed than the contract's limits let its calls use.
        Metered,
        /// More units are claimed than the contract's terms allow.
        Units,
        /// A sum has no room.
        Overflow,
        /// The chain's genesis names no network.
        NoNetwork,
        /// The voucher's last block is over.
        Expired,
        /// The voucher is for another account.
        NotYourVoucher,
        /// The voucher's funder did not sign it.
        Signature,
        /// The funder's purse has less than the voucher promises.
        PurseShort,
        /// The voucher was redeemed, or its funder has revoked it.
        VoucherUsed,
        /// The voucher's number is too far ahead of those that are used up.
        VoucherAhead,
        /// The worker has claimed the last under its lease.
        Closed,
        /// What was used on the terms before may still be claimed.
        Unsettled,
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
        /// Fills a contract's account from the signer's. The first ever to do so also pays the least that keeps this
        /// pallet's own account.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::fund())]
        pub fn fund(origin: OriginFor<T>, contract: ContractId, amount: u128) -> DispatchResult {
            let by = ensure_signed(origin)?;
            Self::fill(&by, contract, amount)
        }

        /// Gives the contract's owner some of its balance back: no more than what nobody may still claim.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::take_back())]
        pub fn take_back(origin: OriginFor<T>, contract: ContractId, amount: u128) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::empty(&owner, contract, amount)
        }

        /// Sets the terms of a contract of the signer's; none: it runs for nothing. The first hold at once, others
        /// after the notice. None while what was used on those before may still be claimed.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_terms())]
        pub fn set_terms(origin: OriginFor<T>, contract: ContractId, terms: Option<Terms>) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::agree(&owner, contract, terms)
        }

        /// Sets what a worker of the signer's asks for a unit. The first and a lower ask hold at once, a higher one
        /// after the notice.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_ask())]
        pub fn set_ask(origin: OriginFor<T>, worker: WorkerId, price: u128) -> DispatchResult {
            let operator = ensure_signed(origin)?;
            Self::ask(&operator, worker, price)
        }

        /// Claims for what the contracts used that the worker with this key holds. The receipts are under the worker's
        /// first `anchors` anchors.
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::claim_weight(claims.len() as u32))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, anchors: &u32, claims: &Claims| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|key| Pallet::<T>::claimable(&key, *anchors, claims).is_ok())
        })]
        pub fn claim(origin: OriginFor<T>, anchors: u32, claims: Claims) -> DispatchResult {
            let key = ensure_signed(origin)?;
            let settlement = Self::claimable(&key, anchors, &claims)?;
            Self::settle(settlement)
        }

        /// Sets the parameters.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::EconomyOrigin::ensure_origin(origin)?;
            parameters.validate().map_err(|_| Error::<T>::Parameters)?;
            Settings::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet);
            Ok(())
        }

        /// Puts some of the signer's PHA into its purse, from which its vouchers are paid.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::fill_purse())]
        pub fn fill_purse(origin: OriginFor<T>, amount: u128) -> DispatchResult {
            let funder = ensure_signed(origin)?;
            Self::fill_own(&funder, amount)
        }

        /// Takes some out of it again: vouchers are worth what is left.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::empty_purse())]
        pub fn empty_purse(origin: OriginFor<T>, amount: u128) -> DispatchResult {
            let funder = ensure_signed(origin)?;
            Self::empty_own(&funder, amount)
        }

        /// Makes the signer's vouchers with numbers below `below` worthless.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::revoke())]
        pub fn revoke(origin: OriginFor<T>, below: u64) -> DispatchResult {
            let funder = ensure_signed(origin)?;
            Self::revoke_below(&funder, below);
            Ok(())
        }

        /// Fills a contract's account from the purse of whoever signed the voucher.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::redeem())]
        pub fn redeem(origin: OriginFor<T>, voucher: SignedVoucher) -> DispatchResult {
            let by = ensure_signed(origin)?;
            Self::take_voucher(&by, &voucher)
        }
    }

    impl<T: Config> Pallet<T> {
        /// Of `claim` with so many.
        pub(crate) fn claim_weight(claims: u32) -> Weight {
            let claims = claims.min(MAX_CLAIMS);
            let devices = T::DbWeight::get().reads(T::Leases::DEVICE_READS.saturating_mul(claims.into()));
            T::WeightInfo::claim(claims).saturating_add(devices)
        }
    }
}
