//! What the calls cost.

use adyton_protocol::{
    ids::{ContractId, SigningKey},
    message::{MAX_PAYLOAD, MAX_WAITING, Payload},
};
use alloc::vec;
use frame_support::traits::{Get, fungible::Unbalanced, tokens::Precision};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::AccountId32, *};

use crate::{Call, Config, Pallet, Queues, Waiting};

const KEY: SigningKey = SigningKey([5; 32]);
const MOST: u32 = MAX_WAITING as u32;

/// Prepares the state in which contracts take messages.
pub trait Helper {
    /// A contract that takes messages, whose living lease a valid worker with `key` holds.
    fn listening(key: SigningKey) -> ContractId;
}

/// Account `number`, with a million PHA more than before.
fn sender<T: Config>(number: u32) -> AccountId32 {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    let sender = AccountId32::new(bytes);
    T::Currency::increase_balance(&sender, 1_000_000_000_000_000_000, Precision::Exact)
        .expect("there is room for more");
    sender
}

fn payload() -> Payload {
    Payload::truncate_from(vec![7; MAX_PAYLOAD as usize])
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn send() {
        let contract = T::BenchmarkHelper::listening(KEY);
        let sender = sender::<T>(0);

        #[extrinsic_call]
        _(RawOrigin::Signed(sender), contract, payload());

        assert_eq!(Queues::<T>::get(contract).sent, 1);
    }

    #[benchmark]
    fn finish(n: Linear<1, MOST>) {
        let contract = T::BenchmarkHelper::listening(KEY);
        for number in 0..n {
            let sender = RawOrigin::Signed(sender::<T>(number)).into();
            Pallet::<T>::send(sender, contract, payload()).expect("is sent");
        }

        #[extrinsic_call]
        _(RawOrigin::Signed(AccountId32::new(KEY.0)), contract, u64::from(n));

        assert_eq!(Waiting::<T>::iter().count(), 0);
    }

    #[benchmark]
    fn withdraw() {
        let contract = T::BenchmarkHelper::listening(KEY);
        let sender = sender::<T>(0);
        Pallet::<T>::send(RawOrigin::Signed(sender.clone()).into(), contract, payload()).expect("is sent");
        let later = frame_system::Pallet::<T>::block_number() + T::Expiry::get().into();
        frame_system::Pallet::<T>::set_block_number(later);

        #[extrinsic_call]
        _(RawOrigin::Signed(sender), contract, 1);

        assert_eq!(Waiting::<T>::iter().count(), 0);
    }
}
