//! A chain with this pallet, whose sessions are turned by hand.

use std::{cell::RefCell, collections::BTreeMap};

use codec::Encode;
use frame_support::{
    derive_impl,
    traits::{ConstU128, Get},
};
use polkadot_sdk::{
    frame_system::EnsureRoot,
    pallet_session::SessionManager,
    sp_consensus_aura::{AURA_ENGINE_ID, sr25519::AuthorityId as AuraId},
    sp_core::{H256, Pair, sr25519},
    sp_runtime::{
        AccountId32, BuildStorage, Digest, DigestItem, Perbill, generic,
        traits::{BlakeTwo256, Header as _, IdentityLookup},
    },
    sp_staking::SessionIndex,
    *,
};

use crate::{self as pallet_validators, Authority, BlockEquivocation, Parameters, Sessions};

/// What each account has.
pub const MONEY: u128 = 10_000;
/// Short times, and few places.
pub const SETTINGS: Parameters = Parameters { session: 5, validators: 3, unbonding: 4, minimum: 100, appeal: 10 };

/// A header as the chain has it.
pub type Header = generic::Header<u32, BlakeTwo256>;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeHoldReason,
        RuntimeFreezeReason,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(2)]
    pub type Validators = pallet_validators;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1>;
}

impl pallet_validators::Config for Test {
    type AdminOrigin = EnsureRoot<AccountId32>;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Sessions = Turned;
    type Slot = Turned;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Turned;
}

#[derive(Default)]
struct World {
    current: SessionIndex,
    serving: Vec<Authority>,
    queued: Vec<Authority>,
    keys: BTreeMap<AccountId32, Authority>,
    disabled: Vec<AccountId32>,
    authors: Vec<AccountId32>,
    slot: u64,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// The sessions.
pub struct Turned;

impl Sessions for Turned {
    fn current() -> SessionIndex {
        WORLD.with_borrow(|world| world.current)
    }

    fn validators() -> Vec<AccountId32> {
        WORLD.with_borrow(|world| world.serving.iter().map(|authority| authority.who.clone()).collect())
    }

    fn author() -> Option<AccountId32> {
        let block = System::block_number() as usize;
        WORLD.with_borrow(|world| world.authors.get(block.checked_rem(world.authors.len())?).cloned())
    }

    fn authorities() -> Vec<Authority> {
        WORLD.with_borrow(|world| world.serving.clone())
    }

    fn turn() {
        turn();
    }

    fn has_keys(who: &AccountId32) -> bool {
        WORLD.with_borrow(|world| world.keys.contains_key(who))
    }

    fn disable(who: &AccountId32, _: Perbill) {
        WORLD.with_borrow_mut(|world| world.disabled.push(who.clone()));
    }
}

impl Get<u64> for Turned {
    fn get() -> u64 {
        WORLD.with_borrow(|world| world.slot)
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::benchmarking::Helper for Turned {
    fn has_keys(who: &AccountId32) {
        let authority = Authority { who: who.clone(), aura: [9; 32], grandpa: [9; 32] };
        WORLD.with_borrow_mut(|world| world.keys.insert(who.clone(), authority));
    }

    fn serve(session: SessionIndex, now: Vec<AccountId32>, next: Vec<AccountId32>) {
        let with_keys = |who| Authority { who, aura: [9; 32], grandpa: [9; 32] };
        WORLD.with_borrow_mut(|world| {
            world.current = session;
            world.serving = now.into_iter().map(with_keys).collect();
            world.queued = next.into_iter().map(with_keys).collect();
        });
    }
}

/// With which `number` seals blocks; `number` plus 100 for keys that it set later.
pub fn pair(number: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[number; 32])
}

/// Account `number`.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Account `number`, signing.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// Account `number` sets the keys of [`pair`] `key` for the sessions that are chosen from now on.
pub fn set_keys(number: u8, key: u8) {
    let authority = Authority { who: account(number), aura: pair(key).public().0, grandpa: [key; 32] };
    WORLD.with_borrow_mut(|world| world.keys.insert(account(number), authority));
}

/// The next session begins, ten slots later.
pub fn turn() {
    let current = WORLD.with_borrow_mut(|world| {
        world.current += 1;
        world.slot += 10;
        world.serving = std::mem::take(&mut world.queued);
        world.disabled.clear();
        world.current
    });
    Validators::start_session(current);
    let chosen = Validators::new_session(current + 1).unwrap_or_else(Turned::validators);
    WORLD.with_borrow_mut(|world| {
        world.queued = chosen.iter().filter_map(|who| world.keys.get(who).cloned()).collect();
    });
}

/// From now on these make the blocks, in turn; nobody is known to before.
pub fn authors(numbers: &[u8]) {
    WORLD.with_borrow_mut(|world| world.authors = numbers.iter().map(|number| account(*number)).collect());
}

/// Account `number` has a bond of 100 and keys, and serves in the present session too.
pub fn serves_too(number: u8) {
    use frame_support::{assert_ok, traits::fungible::Mutate};

    set_keys(number, number);
    assert_ok!(Balances::mint_into(&account(number), MONEY));
    assert_ok!(Validators::bond(signed(number), 100));
    assert_ok!(Validators::validate(signed(number)));
    WORLD.with_borrow_mut(|world| {
        let authority = world.keys.get(&account(number)).cloned();
        world.serving.extend(authority);
    });
}

/// Who serves.
pub fn serving() -> Vec<u8> {
    Turned::validators().iter().map(|who| AsRef::<[u8; 32]>::as_ref(who)[0]).collect()
}

/// Who does not serve any more in this session.
pub fn disabled() -> Vec<u8> {
    WORLD.with_borrow(|world| world.disabled.iter().map(|who| AsRef::<[u8; 32]>::as_ref(who)[0]).collect())
}

/// A header of `slot` that differs by `salt`, without its seal.
pub fn unsealed(slot: u64, salt: u8) -> Header {
    let digest = Digest { logs: vec![DigestItem::PreRuntime(AURA_ENGINE_ID, slot.encode())] };
    Header::new(7, H256([0; 32]), H256([salt; 32]), H256([1; 32]), digest)
}

/// `header` with the seal of `key`.
pub fn seal(key: u8, mut header: Header) -> Header {
    let signature = pair(key).sign(header.hash().as_ref());
    header.digest.push(DigestItem::Seal(AURA_ENGINE_ID, signature.encode()));
    header
}

/// Two blocks of `slot` under `key`.
pub fn two_blocks(key: u8, slot: u64) -> BlockEquivocation<Header> {
    BlockEquivocation {
        offender: AuraId::from(pair(key).public()),
        slot: slot.into(),
        first_header: seal(key, unsealed(slot, 1)),
        second_header: seal(key, unsealed(slot, 2)),
    }
}

/// The chain goes on to `block`.
pub fn go_to(block: u32) {
    use frame_support::traits::Hooks;

    while System::block_number() < block {
        System::set_block_number(System::block_number() + 1);
        Validators::on_initialize(System::block_number());
    }
}

/// Runs a test in block 1 of session 0, in which 1, 2 and 3 serve, with bonds of 400, 300 and 200. Account 4 has a bond
/// of 100, and 5 has none; all have keys. Checks the pallet's invariants at the end.
pub fn run(test: impl FnOnce()) {
    WORLD.with_borrow_mut(|world| *world = World::default());
    (1..=5).for_each(|number| set_keys(number, number));
    WORLD.with_borrow_mut(|world| {
        world.serving = (1..=3).filter_map(|number| world.keys.get(&account(number)).cloned()).collect();
        world.queued = world.serving.clone();
    });
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let balances = (1..=5).map(|number| (account(number), MONEY)).collect();
    let money = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
    money.assimilate_storage(&mut storage).expect("the accounts are different ones");
    let validators = [(1, 400), (2, 300), (3, 200), (4, 100)].map(|(number, bond)| (account(number), bond)).to_vec();
    let own = pallet_validators::GenesisConfig::<Test> { parameters: Some(SETTINGS), validators, ..Default::default() };
    own.assimilate_storage(&mut storage).expect("the validators have what they need");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Validators::start_session(0);
        System::set_block_number(1);
        test();
        Validators::do_try_state().expect("the invariants hold");
    });
}
