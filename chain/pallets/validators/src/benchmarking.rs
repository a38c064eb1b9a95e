//! What the calls cost.

use alloc::{boxed::Box, vec::Vec};
use codec::Encode;
use frame_support::{
    BoundedVec,
    traits::{EnsureOrigin, fungible::Unbalanced, tokens::Precision},
};
use frame_system::{RawOrigin, pallet_prelude::HeaderFor};
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    pallet_session::SessionManager,
    sp_application_crypto::RuntimeAppPublic,
    sp_consensus_aura::{AURA_ENGINE_ID, sr25519::AuthorityId as AuraId},
    sp_runtime::{AccountId32, Digest, DigestItem, Perbill, traits::Header as HeaderT},
    sp_staking::SessionIndex,
    *,
};

use crate::{
    Authored, Authority, Began, BlockEquivocation, Bond, Bonds, Call, Candidate, Candidates, Config, MAX_CANDIDATES,
    MAX_VALIDATORS, Offender, Offenders, Oldest, Pallet, Parameters, Pending, Served, Session, SessionOf, Sessions,
    Settings, Slashes, TURNS, offences::SLASHES,
};

/// A bond that is enough.
const BOND: u128 = 100_000_000_000_000_000;

/// Prepares the state in which accounts may stand.
pub trait Helper {
    /// `who` has session keys.
    fn has_keys(who: &AccountId32);
    /// They serve in this session, and the others are to serve in the next.
    fn serve(session: SessionIndex, now: Vec<AccountId32>, next: Vec<AccountId32>);
}

/// Account `number`, with money.
fn account<T: Config>(number: u32) -> AccountId32 {
    let account = named(number);
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

/// The account of this number, as [`account`] has it.
fn named(number: u32) -> AccountId32 {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    AccountId32::new(bytes)
}

/// Of these numbers' accounts, candidates with a bond, as many as there may be. What is held of them is not there: only
/// what has a slash decided needs it.
fn candidates<T: Config>(numbers: core::ops::Range<u32>) {
    let list = numbers.map(|number| {
        let who = named(number);
        Bonds::<T>::insert(&who, Bond { active: BOND, ..Default::default() });
        Candidate { who, bond: BOND }
    });
    Candidates::<T>::put(BoundedVec::truncate_from(list.collect()));
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
        // Everybody else has lied already: each one's slash grows. All serve and are candidates again.
        Pallet::<T>::start_session(0);
        let author = AuraId::generate_pair(None);
        let key = author.to_raw_vec().try_into().expect("a key has 32 bytes");
        let everybody = || (0..MAX_VALIDATORS).map(named);
        let authorities = everybody().enumerate().map(|(at, who)| {
            let aura = if at == 0 { key } else { [0; 32] };
            Authority { who, aura, grandpa: [0; 32] }
        });
        Served::<T>::insert(0, BoundedVec::truncate_from(authorities.collect()));
        candidates::<T>(0..MAX_VALIDATORS);
        for who in everybody().skip(1) {
            let part = |count| Perbill::from_rational::<u32>(count, MAX_VALIDATORS);
            Pallet::<T>::reported(0, &who, part).expect("it served");
        }
        let all = (0..MAX_CANDIDATES).map(|number| Candidate { who: named(number), bond: BOND });
        Candidates::<T>::put(BoundedVec::truncate_from(all.collect()));
        // Nobody is disabled yet, so that the author is.
        T::BenchmarkHelper::serve(0, everybody().collect(), everybody().collect());
        let evidence: BlockEquivocation<HeaderFor<T>> = BlockEquivocation {
            first_header: header::<T>(&author, 1),
            second_header: header::<T>(&author, 2),
            offender: author,
            slot: 0.into(),
        };

        #[extrinsic_call]
        _(RawOrigin::None, Box::new(evidence), 0);

        assert_eq!(Bonds::<T>::get(named(0)).map(|held| held.slashes), Some(1));
        assert_eq!(Candidates::<T>::get().len() as u32, MAX_CANDIDATES - MAX_VALIDATORS);
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

    /// A third of those who serve made no block and are dropped, all that serve change, old sessions are forgotten, and
    /// of the candidates only the last ones still have keys.
    #[benchmark]
    fn turn() {
        let third = MAX_VALIDATORS / 3;
        // In their order: those without keys, those who come, and the absent ones.
        let coming = MAX_CANDIDATES - third - MAX_VALIDATORS;
        candidates::<T>(0..MAX_CANDIDATES);
        (coming..MAX_CANDIDATES).for_each(|number| T::BenchmarkHelper::has_keys(&named(number)));
        let serving = MAX_CANDIDATES - third..MAX_CANDIDATES - third + MAX_VALIDATORS;
        serving.clone().skip(third as usize).for_each(|number| Authored::<T>::insert(named(number), ()));
        // Each of the sessions to forget is a term of its own.
        let parameters = Parameters { validators: MAX_VALIDATORS, ..Parameters::default() };
        let session = parameters.evidence() + 5;
        Settings::<T>::put(parameters);
        for term in (0..6).chain([session]) {
            SessionOf::<T>::insert(term, Session { term, from: 0 });
            let everybody = || (0..MAX_VALIDATORS).map(named);
            let authorities = everybody().map(|who| Authority { who, aura: [0; 32], grandpa: [0; 32] });
            Served::<T>::insert(term, BoundedVec::truncate_from(authorities.collect()));
            let offenders = everybody().map(|who| Offender { who, fraction: Perbill::one() });
            Offenders::<T>::insert(term, BoundedVec::truncate_from(offenders.collect()));
        }
        Oldest::<T>::put(0);
        let next = 1000..1000 + MAX_VALIDATORS;
        T::BenchmarkHelper::serve(session, serving.map(named).collect(), next.map(named).collect());
        Began::<T>::put(0);
        frame_system::Pallet::<T>::set_block_number((TURNS * MAX_VALIDATORS).into());

        #[block]
        {
            Pallet::<T>::rotate();
        }

        assert_eq!(T::Sessions::current(), session + 1);
        assert_eq!((Slashes::<T>::get().next, Oldest::<T>::get()), (third, 4));
        assert_eq!(Candidates::<T>::get().len() as u32, MAX_CANDIDATES - third);
    }

    #[benchmark]
    fn slash_due(n: Linear<1, SLASHES>) {
        Pallet::<T>::start_session(0);
        bonded::<T>();
        for number in 0..n {
            let who = account::<T>(number.saturating_add(1));
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
