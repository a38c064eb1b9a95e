//! What the calls cost.

use alloc::boxed::Box;
use codec::Encode;
use frame_support::traits::{EnsureOrigin, fungible::Unbalanced, tokens::Precision};
use frame_system::{RawOrigin, pallet_prelude::HeaderFor};
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    pallet_session::SessionManager,
    sp_application_crypto::RuntimeAppPublic,
    sp_consensus_aura::{AURA_ENGINE_ID, sr25519::AuthorityId as AuraId},
    sp_runtime::{AccountId32, Digest, DigestItem, Perbill, traits::Header as HeaderT},
    *,
};

use crate::{
    Authority, BlockEquivocation, Bond, Bonds, Call, Candidate, Candidates, Config, MAX_CANDIDATES, MAX_VALIDATORS,
    Pallet, Parameters, Pending, Served, Sessions, Settings, Slashes, offences::SLASHES,
};

/// A bond that is enough.
const BOND: u128 = 100_000_000_000_000_000;

/// Prepares the state in which accounts may stand.
pub trait Helper {
    /// `who` has session keys.
    fn has_keys(who: &AccountId32);
}

/// Account `number`, with money.
fn account<T: Config>(number: u32) -> AccountId32 {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    let account = AccountId32::new(bytes);
    T::Currency::increase_balance(&account, BOND.saturating_mul(10), Precision::Exact).expect("there is room for more");
    account
}

/// An account with a bond, among as many candidates as there may be but one.
fn bonded<T: Config>() -> AccountId32 {
    let mut list = Candidates::<T>::get();
    for number in list.len() as u32..MAX_CANDIDATES.saturating_sub(1) {
        let who = account::<T>(number.saturating_add(1000));
        list.try_push(Candidate { who, bond: BOND }).expect("there is room");
    }
    Candidates::<T>::put(list);
    let who = account::<T>(0);
    T::BenchmarkHelper::has_keys(&who);
    Pallet::<T>::add(&who, BOND).expect("it has the money");
    who
}

/// A sealed header of slot 0.
fn header<T: Config>(author: &AuraId, number: u32) -> HeaderFor<T> {
    let digest = Digest { logs: alloc::vec![DigestItem::PreRuntime(AURA_ENGINE_ID, 0u64.encode())] };
    let root = Default::default();
    let mut header = <HeaderFor<T> as HeaderT>::new(number.into(), root, root, root, digest);
    let seal = author.sign(&header.hash()).expect("the key was made here");
    header.digest_mut().push(DigestItem::Seal(AURA_ENGINE_ID, seal.encode()));
    header
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn bond() {
        let who = bonded::<T>();
        Pallet::<T>::stand(&who).expect("it has what it needs");

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), BOND);

        assert_eq!(Pallet::<T>::held(&who), BOND * 2);
    }

    #[benchmark]
    fn unbond() {
        let who = bonded::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), 1);

        assert_eq!(Bonds::<T>::get(&who).map(|held| held.leaving.len()), Some(1));
    }

    #[benchmark]
    fn withdraw() {
        let who = bonded::<T>();
        Pallet::<T>::leave(&who, BOND).expect("it is bonded");
        Bonds::<T>::mutate(&who, |held| {
            held.iter_mut().for_each(|held| held.leaving.iter_mut().for_each(|part| part.free_in = 0));
        });

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert_eq!(Bonds::<T>::get(&who), None);
    }

    #[benchmark]
    fn validate() {
        let who = bonded::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert!(Pallet::<T>::is_candidate(&who));
    }

    #[benchmark]
    fn chill() {
        let who = bonded::<T>();
        Pallet::<T>::stand(&who).expect("it has what it needs");

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert!(!Pallet::<T>::is_candidate(&who));
    }

    #[benchmark]
    fn report_blocks() {
        // Everybody else has lied already: each one's slash grows.
        Pallet::<T>::start_session(0);
        let author = AuraId::generate_pair(None);
        let key = author.to_raw_vec().try_into().expect("a key has 32 bytes");
        let authorities = (0..MAX_VALIDATORS).map(|number| {
            let who = account::<T>(number);
            Bonds::<T>::insert(&who, Bond { active: BOND, ..Default::default() });
            Authority { who, aura: if number == 0 { key } else { [0; 32] }, grandpa: [0; 32] }
        });
        Served::<T>::insert(0, frame_support::BoundedVec::truncate_from(authorities.collect()));
        for number in 1..MAX_VALIDATORS {
            let part = |count| Perbill::from_rational::<u32>(count, MAX_VALIDATORS);
            Pallet::<T>::reported(0, &account::<T>(number), part).expect("it served");
        }
        let evidence: BlockEquivocation<HeaderFor<T>> = BlockEquivocation {
            first_header: header::<T>(&author, 1),
            second_header: header::<T>(&author, 2),
            offender: author,
            slot: 0.into(),
        };

        #[extrinsic_call]
        _(RawOrigin::None, Box::new(evidence), 0);

        assert_eq!(Bonds::<T>::get(account::<T>(0)).map(|held| held.slashes), Some(1));
    }

    #[benchmark]
    fn cancel_slash() {
        let who = bonded::<T>();
        Pallet::<T>::start_session(0);
        Pallet::<T>::reported(0, &who, |_| Perbill::one()).expect("the session is known");
        let origin = T::AdminOrigin::try_successful_origin().expect("somebody may");

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, 0);

        assert_eq!(Pending::<T>::get(0), None);
    }

    #[benchmark]
    fn set_parameters() {
        let origin = T::AdminOrigin::try_successful_origin().expect("somebody may");

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Parameters::default());

        assert_eq!(Settings::<T>::get(), Parameters::default());
    }

    #[benchmark]
    fn turn() {
        bonded::<T>();
        let before = T::Sessions::current();

        #[block]
        {
            Pallet::<T>::rotate();
        }

        assert_eq!(T::Sessions::current(), before + 1);
    }

    #[benchmark]
    fn slash_due(n: Linear<0, SLASHES>) {
        Pallet::<T>::start_session(0);
        for number in 0..n {
            let who = account::<T>(number);
            Pallet::<T>::add(&who, BOND).expect("it has the money");
            Pallet::<T>::reported(0, &who, |_| Perbill::one()).expect("the session is known");
        }
        let later = Settings::<T>::get().appeal.saturating_add(1);
        frame_system::Pallet::<T>::set_block_number(later.into());

        #[block]
        {
            Pallet::<T>::slash_due();
        }

        assert_eq!(Slashes::<T>::get().first, n);
    }
}
