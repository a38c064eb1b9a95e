//! Messages that accounts send to contracts.
//!
//! Anybody sends bytes to a contract whose manifest takes messages. They wait here, by contract and number, under a
//! deposit of the sender's. The contract's worker reads them with proofs, has the contract answer each once and says so
//! when that is under an anchor: then they are removed, and the deposits go back, as they do when `contracts` says that
//! the contract has ended. It asks `contracts` whether there is such a contract and who holds it, `workers` whose a key
//! is.
//!
//! What must always hold: numbers only grow, and none is used twice; a message that waits has a number after the last
//! that is over, and no contract has more than so many of those; of a contract that is gone there is nothing; what is
//! held of an account is what its messages say.
//!
//! What it refuses: whatever would break one of these; a message to a contract that takes none; to say that some are
//! over, to all but the worker that holds the contract; to withdraw a message early, or another account's. Nothing here
//! goes through all contracts, or happens without a call.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{Deployments, Leases, Retirement, Workers};
    use adyton_protocol::{
        ids::{AccountId as ProtocolAccount, BlockNumber, ContractId},
        message::{MAX_WAITING, Message, Payload, Queue},
    };
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{self, hold::Mutate},
            tokens::Precision,
        },
    };
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::{AccountId32, traits::SaturatedConversion};

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Holds deposits.
        type Currency: fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>;
        /// Why something is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// What is held for a message, whatever it says.
        type Deposit: Get<u128>;
        /// What is held for each of its bytes, besides.
        type ByteDeposit: Get<u128>;
        /// For how many blocks a message waits before its sender may withdraw it.
        type Expiry: Get<BlockNumber>;
        /// Knows the contracts.
        type Deployments: Deployments;
        /// Knows who holds which.
        type Leases: Leases;
        /// Knows the workers.
        type Workers: Workers;
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

    /// Why PHA is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// For a message that waits.
        Message,
    }

    /// How many messages each contract was sent, and how many of them are over.
    #[pallet::storage]
    pub type Queues<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, Queue, ValueQuery>;

    /// The messages that wait, by contract and number.
    #[pallet::storage]
    pub type Waiting<T: Config> = StorageMap<_, Blake2_128Concat, (ContractId, u64), Message, OptionQuery>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A message waits.
        Sent {
            /// For which contract.
            contract: ContractId,
            /// Its number.
            number: u64,
            /// Who sent it.
            sender: ProtocolAccount,
        },
        /// All messages up to this number are over.
        Finished {
            /// The contract.
            contract: ContractId,
            /// The number.
            over: u64,
        },
        /// A message was withdrawn.
        Withdrawn {
            /// The contract.
            contract: ContractId,
            /// Its number.
            number: u64,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such contract.
        UnknownContract,
        /// The contract's manifest takes no messages.
        NotTaken,
        /// As many messages wait for the contract as may wait.
        QueueFull,
        /// The origin is not the key of a valid worker's present boot.
        NotAWorker,
        /// The worker does not hold the contract.
        NotYourLease,
        /// These messages are over already, or were never sent.
        NotWaiting,
        /// The message is somebody else's.
        NotYourMessage,
        /// The message has not waited long enough to be withdrawn.
        TooEarly,
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
        /// Sends a message to a contract whose manifest takes messages.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::send())]
        pub fn send(origin: OriginFor<T>, contract: ContractId, payload: Payload) -> DispatchResult {
            let sender = ensure_signed(origin)?;
            match T::Deployments::takes_messages(&contract) {
                None => return Err(Error::<T>::UnknownContract.into()),
                Some(false) => return Err(Error::<T>::NotTaken.into()),
                Some(true) => {}
            }
            let queue = Queues::<T>::get(contract).with_one_more().ok_or(Error::<T>::QueueFull)?;
            let deposit = Self::deposit_for(&payload);
            T::Currency::hold(&HoldReason::Message.into(), &sender, deposit)?;
            let (number, sender) = (queue.sent, ProtocolAccount(sender.into()));
            Queues::<T>::insert(contract, queue);
            let block = Self::block_number();
            Waiting::<T>::insert((contract, number), Message { sender, block, deposit, payload });
            Self::deposit_event(Event::Sent { contract, number, sender });
            Ok(())
        }

        /// Says that the contract has answered all messages up to `over`, and that the chain knows the head of its
        /// state in which it has.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::finish_weight(MAX_WAITING))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contract: &ContractId, over: &u64| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|key| Pallet::<T>::finishable(&key, contract, *over).is_ok())
        })]
        pub fn finish(origin: OriginFor<T>, contract: ContractId, over: u64) -> DispatchResultWithPostInfo {
            let key = ensure_signed(origin)?;
            let before = Self::finishable(&key, &contract, over)?;
            Queues::<T>::insert(contract, Queue { over, ..before });
            Self::clear(contract, &before, over)?;
            Self::deposit_event(Event::Finished { contract, over });
            let count = over.saturating_sub(before.over);
            Ok(Some(Self::finish_weight(count)).into())
        }

        /// Withdraws a message of the sender's that has waited for long. Its number stays used.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(origin: OriginFor<T>, contract: ContractId, number: u64) -> DispatchResult {
            let sender = ProtocolAccount(ensure_signed(origin)?.into());
            let message = Waiting::<T>::get((contract, number)).ok_or(Error::<T>::NotWaiting)?;
            ensure!(message.sender == sender, Error::<T>::NotYourMessage);
            let waited = Self::block_number() >= message.block.saturating_add(T::Expiry::get());
            ensure!(waited, Error::<T>::TooEarly);
            Waiting::<T>::remove((contract, number));
            Self::give_back(&message)?;
            Self::deposit_event(Event::Withdrawn { contract, number });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// The queue of `contract`, if the worker with this key may say that all messages up to `over` are over.
        fn finishable(key: &AccountId32, contract: &ContractId, over: u64) -> Result<Queue, Error<T>> {
            let key = ProtocolAccount(*key.as_ref());
            let (worker, _) = T::Workers::valid_worker(&key).ok_or(Error::<T>::NotAWorker)?;
            let lease = T::Leases::living_lease(contract).ok_or(Error::<T>::NotYourLease)?;
            ensure!(lease.holder == worker, Error::<T>::NotYourLease);
            let queue = Queues::<T>::get(contract);
            ensure!(queue.over < over && over <= queue.sent, Error::<T>::NotWaiting);
            Ok(queue)
        }

        /// Of `finish` with so many messages.
        pub(crate) fn finish_weight(messages: u64) -> Weight {
            let devices = T::DbWeight::get().reads(T::Leases::DEVICE_READS);
            T::WeightInfo::finish(messages.min(MAX_WAITING) as u32).saturating_add(devices)
        }

        /// Removes the messages of `queue` up to this number, and gives their deposits back.
        fn clear(contract: ContractId, queue: &Queue, over: u64) -> DispatchResult {
            // There are no more between them than may wait.
            for number in queue.over.saturating_add(1)..=over {
                if let Some(message) = Waiting::<T>::take((contract, number)) {
                    Self::give_back(&message)?;
                }
            }
            Ok(())
        }

        fn give_back(message: &Message) -> DispatchResult {
            let sender = AccountId32::new(message.sender.0);
            T::Currency::release(&HoldReason::Message.into(), &sender, message.deposit, Precision::BestEffort)?;
            Ok(())
        }

        /// What is held for a message.
        pub(crate) fn deposit_for(payload: &Payload) -> u128 {
            T::Deposit::get().saturating_add(T::ByteDeposit::get().saturating_mul(payload.len() as u128))
        }

        fn block_number() -> BlockNumber {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }

        /// The invariants: each contract of which there is anything takes messages, and has no more numbers in between than
        /// may wait; what waits is in between; what is held of an account is what its messages say, and nothing where none
        /// of its messages wait.
        #[cfg(any(feature = "std", feature = "try-runtime"))]
        pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            use frame_support::traits::fungible::hold::Inspect;

            for (contract, queue) in Queues::<T>::iter() {
                let taken = T::Deployments::takes_messages(&contract) == Some(true);
                ensure!(taken, "there are messages of a contract that takes none");
                let between = queue.sent.checked_sub(queue.over).ok_or("more messages are over than were sent")?;
                ensure!(between <= MAX_WAITING, "more messages wait than may");
            }
            let mut owed = alloc::collections::BTreeMap::<AccountId32, u128>::new();
            for ((contract, number), message) in Waiting::<T>::iter() {
                let queue = Queues::<T>::get(contract);
                ensure!(queue.over < number && number <= queue.sent, "a message waits that is over, or was never sent");
                let sum = owed.entry(AccountId32::new(message.sender.0)).or_default();
                *sum = sum.saturating_add(message.deposit);
            }
            for account in frame_system::Account::<T>::iter_keys().chain(owed.keys().cloned()) {
                let held = T::Currency::balance_on_hold(&HoldReason::Message.into(), &account);
                let owed = owed.get(&account).copied().unwrap_or_default();
                ensure!(held == owed, "what is held of an account is not what its messages say");
            }
            Ok(())
        }
    }
    impl<T: Config> Retirement for Pallet<T> {
        fn most() -> Weight {
            T::WeightInfo::finish(MAX_WAITING as u32)
        }

        fn retired(contract: &ContractId, _owner: &ProtocolAccount) -> Result<Weight, DispatchError> {
            let queue = Queues::<T>::take(contract);
            Self::clear(*contract, &queue, queue.sent)?;
            let count = queue.sent.saturating_sub(queue.over).min(MAX_WAITING);
            Ok(T::WeightInfo::finish(count as u32))
        }
    }
}
