//! What the calls cost.

use adyton_protocol::{
    contract_call::Callees,
    dispute::{
        self, Answer, Ballot, Dispute, Ending, LEAVES, MAX_BALLOTS, MAX_OPEN, MAX_SEATS, ManifestBytes, Reward, SALT,
        Sitting, Source, Stage, quorum,
    },
    ids::{
        AccountId, BlockHash, BlockNumber, BlockRef, CodeHash, ContractId, Digest, NetworkId, RequestId, SigningKey,
        WorkerId,
    },
    manifest::{Callers, Durability, Limits, MAX_DISPUTABLE_STORAGE, Manifest},
    receipt::{Caller, ReceiptFields, SignedReceipt},
    record::{EvidenceKind, StateHead},
};
use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{
    BoundedVec,
    traits::{EnsureOrigin, fungible::Unbalanced, tokens::Precision},
};
use frame_system::RawOrigin;
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    sp_core::ed25519,
    sp_io::crypto::{ed25519_generate, ed25519_sign},
    sp_runtime::{AccountId32, KeyTypeId},
    *,
};

use crate::{
    Ballots, Call, Claims, Config, Disputes, Endings, LastDispute, Open, Pallet, Parameters, Receipt, Rewards,
    past::MOST_AT_ONCE, production,
};

const KEYS: KeyTypeId = KeyTypeId(*b"adyt");
const CONTRACT: ContractId = ContractId([9; 32]);
/// The block at which benchmarks begin.
const NOW: BlockNumber = 10_000;
/// Who operates the accused.
const OPERATOR: u8 = 200;

/// Prepares the state in which results are disputed.
pub trait Helper {
    /// The network's identity.
    fn network() -> NetworkId;
    /// A valid worker that runs, with this key, which is remembered, and with enough stake behind it; an operator of this
    /// number has it.
    fn running(key: SigningKey, operator: u8) -> WorkerId;
    /// There is such a contract.
    fn deployed(contract: ContractId);
    /// This worker holds the contract, whose state it has opened at this head under lease 1.
    fn held(contract: ContractId, worker: WorkerId, opening: StateHead);
    /// A round of the beacon comes that was not due before.
    fn round();
}

/// As long as a manifest usually is at most.
fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "benchmark".into(),
        grants: vec![],
        limits: Limits { storage: MAX_DISPUTABLE_STORAGE, ..Limits::default() },
        egress: vec![],
        extra_roots: vec![vec![1; 3 * 1024]; 4],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: true,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: true,
        disputable: true,
        sealed_code: false,
        reuse: false,
    }
}

fn challenger<T: Config>() -> AccountId32 {
    let challenger = AccountId32::new([7; 32]);
    T::Currency::increase_balance(&challenger, 1_000_000_000_000_000_000, Precision::Exact)
        .expect("there is room for more");
    challenger
}

/// A worker that can be accused at [`NOW`]; its key.
fn accused<T: Config>() -> ed25519::Public {
    accused_of::<T>(OPERATOR)
}

fn accused_of<T: Config>(operator: u8) -> ed25519::Public {
    frame_system::Pallet::<T>::set_block_number(NOW.into());
    T::BenchmarkHelper::deployed(CONTRACT);
    let key = ed25519_generate(KEYS, None);
    T::BenchmarkHelper::running(SigningKey(key.0), operator);
    key
}

fn receipt<T: Config>(key: &ed25519::Public) -> Receipt {
    let zero = Digest([0; 32]);
    let fields = ReceiptFields {
        network: T::BenchmarkHelper::network(),
        contract: CONTRACT,
        code: CodeHash([3; 32]),
        version: 1,
        manifest: manifest().digest(),
        lease: 1,
        incarnation: 1,
        worker: SigningKey(key.0),
        block: BlockRef { number: NOW, hash: BlockHash([0; 32]) },
        request_id: RequestId([0; 16]),
        request: zero,
        response: zero,
        before: StateHead { sequence: 4, hash: zero },
        after: StateHead { sequence: 5, hash: zero },
        fuel: 1,
        cost_table: zero,
        bytes_in: 1,
        bytes_out: 1,
        egress: vec![],
        caller: Caller::Anonymous,
        durability: Durability::Durable,
        report: None,
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    };
    let sign = |message: &[u8]| ed25519_sign(KEYS, key, message).expect("the key was generated").0;
    let receipt = SignedReceipt::sign(&fields, || [5; 16], sign);
    BoundedVec::truncate_from(receipt.open(&LEAVES).to_bytes())
}

fn bytes() -> ManifestBytes {
    BoundedVec::truncate_from(manifest().encode())
}

/// An open dispute of the key's result.
fn disputed<T: Config>(key: &ed25519::Public) -> u64 {
    let origin = RawOrigin::Signed(challenger::<T>()).into();
    Pallet::<T>::dispute(origin, receipt::<T>(key), bytes(), Source::default()).expect("it can be disputed");
    LastDispute::<T>::get()
}

/// The same, for which jurors are drawn.
fn sitting<T: Config>() -> u64 {
    let key = accused::<T>();
    let dispute = disputed::<T>(&key);
    T::BenchmarkHelper::round();
    Pallet::<T>::go_on(NOW + 1);
    dispute
}

fn salted<T: Config>(dispute: u64, juror: &WorkerId) -> Digest {
    dispute::commitment(&T::BenchmarkHelper::network(), dispute, 1, juror, &Answer::Unavailable, &[4; SALT])
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn dispute() {
        let key = accused::<T>();
        T::BenchmarkHelper::round();
        let (receipt, origin) = (receipt::<T>(&key), RawOrigin::Signed(challenger::<T>()));

        #[extrinsic_call]
        _(origin, receipt, bytes(), Source::default());

        assert_eq!(Open::<T>::get().len(), 1);
    }

    #[benchmark]
    fn commit() {
        let number = sitting::<T>();
        let key = SigningKey([5; 32]);
        let juror = T::BenchmarkHelper::running(key, 1);
        let commitment = salted::<T>(number, &juror);

        #[extrinsic_call]
        _(RawOrigin::Signed(AccountId32::new(key.0)), number, 1, commitment);

        assert_eq!(Ballots::<T>::get((number, 1)).len(), 1);
    }

    #[benchmark]
    fn reveal() {
        let number = sitting::<T>();
        let key = SigningKey([5; 32]);
        let juror = T::BenchmarkHelper::running(key, 1);
        let origin = || RawOrigin::Signed(AccountId32::new(key.0));
        let commitment = salted::<T>(number, &juror);
        Pallet::<T>::commit(origin().into(), number, 1, commitment).expect("the juror has a seat");
        frame_system::Pallet::<T>::set_block_number((NOW + 2 + Parameters::<T>::get().commit).into());

        #[extrinsic_call]
        _(origin(), number, 1, Answer::Unavailable, [4; SALT]);

        assert!(Ballots::<T>::get((number, 1)).iter().all(|ballot| ballot.answer.is_some()));
    }

    #[benchmark]
    fn share() {
        let challenger = challenger::<T>();
        let account = Pallet::<T>::account(&T::BenchmarkHelper::network(), 1);
        let funds =
            T::Currency::increase_balance(&AccountId32::new(account.0), 1_000_000_000_000_000, Precision::Exact);
        assert!(funds.is_ok());
        let operators: Vec<AccountId> = (0..MAX_BALLOTS).map(|number| AccountId([number as u8 + 1; 32])).collect();
        let jurors = BoundedVec::truncate_from(operators);
        let reward =
            Reward { offence: 1, challenger: AccountId(challenger.clone().into()), jurors, fee: production().fee };
        Endings::<T>::insert(1, Ending::Wrong);
        Rewards::<T>::insert(1, reward);

        #[extrinsic_call]
        _(RawOrigin::Signed(challenger), 1);

        assert!(!Rewards::<T>::contains_key(1));
    }

    #[benchmark]
    fn set_parameters() {
        let origin = T::ParametersOrigin::try_successful_origin().expect("somebody decides");
        // Those of production do not suit the times of a network that is faster.
        let mut parameters = Parameters::<T>::get();
        parameters.bond += 1;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters.clone());

        assert_eq!(Parameters::<T>::get(), parameters);
    }

    #[benchmark]
    fn pass(n: Linear<0, MAX_OPEN>) {
        frame_system::Pallet::<T>::set_block_number(NOW.into());
        T::BenchmarkHelper::round();
        for index in 0..n {
            let key = accused_of::<T>(100 + index as u8);
            disputed::<T>(&key);
        }

        #[block]
        {
            Pallet::<T>::go_on(NOW + 1);
        }

        assert_eq!(Open::<T>::get().len(), n as usize);
    }

    #[benchmark]
    fn draw() {
        let key = accused::<T>();
        let number = disputed::<T>(&key);
        let record = Disputes::<T>::get(number).expect("it is open");

        #[block]
        {
            Pallet::<T>::draw(number, record, [1; 32], NOW);
        }

        assert!(Disputes::<T>::get(number).is_some_and(|record| matches!(record.stage, Stage::Sitting(_))));
    }

    /// The jurors of the last draw got no history, for which the worker is charged that holds the contract now; `n` others
    /// have not answered, for which each is charged.
    #[benchmark]
    fn close(n: Linear<0, MAX_BALLOTS>) {
        let key = accused::<T>();
        let number = disputed::<T>(&key);
        let holder = T::BenchmarkHelper::running(SigningKey([201; 32]), 201);
        T::BenchmarkHelper::held(CONTRACT, holder, StateHead { sequence: 5, hash: Digest([0; 32]) });
        let ballot = |index: u32, answer| {
            let operator = index as u8 + 1;
            let worker = T::BenchmarkHelper::running(SigningKey([operator; 32]), operator);
            let (operator, commitment) = (AccountId([operator; 32]), Digest([0; 32]));
            Ballot { worker, operator, kind: EvidenceKind::IntelTdx, drawn: 0, commitment, answer }
        };
        let silent: Vec<_> = (0..n).map(|index| ballot(index, None)).collect();
        let none = (0..quorum(MAX_SEATS)).map(|index| ballot(MAX_BALLOTS + index, Some(Answer::Unavailable))).collect();
        let (first, second) = silent.split_at(silent.len().min(MAX_SEATS as usize));
        for (place, ballots) in (1..).zip([first.to_vec(), second.to_vec(), none]) {
            Ballots::<T>::insert((number, place), BoundedVec::truncate_from(ballots));
        }
        let over = Sitting { value: [0; 32], drawn_below: u64::MAX, of_one_kind: 15, commit_until: 1, reveal_until: 1 };
        Disputes::<T>::mutate(number, |stored| {
            let changed = |record| Dispute { draw: 3, seats: MAX_SEATS, stage: Stage::Sitting(over), ..record };
            *stored = stored.take().map(changed);
        });

        #[block]
        {
            Pallet::<T>::go_on(NOW);
        }

        assert_eq!(Endings::<T>::get(number), Some(Ending::Undecided));
    }

    /// And the look at one more, which is kept.
    #[benchmark]
    fn forget(n: Linear<1, MOST_AT_ONCE>) {
        for number in 0..u64::from(n) {
            Endings::<T>::insert(number, Ending::Right);
            Claims::<T>::insert(Digest([number as u8; 32]), number);
            Pallet::<T>::remember(number, Some(Digest([number as u8; 32])));
        }
        let kept = Pallet::<T>::kept();
        frame_system::Pallet::<T>::set_block_number((NOW + kept + 1).into());
        Pallet::<T>::remember(u64::from(n), None);

        #[block]
        {
            Pallet::<T>::forget_some(n.saturating_add(1));
        }

        assert_eq!((Endings::<T>::iter().count(), Claims::<T>::iter().count()), (0, 0));
    }
}
