//! What the calls cost.

use adyton_pallet_traits::{BootKey, BootKeys};
use adyton_protocol::{
    extraction,
    ids::{
        AccountId, BlockHash, BlockNumber, BlockRef, CodeHash, ContractId, Digest, NetworkId, RequestId, SigningKey,
        WorkerId,
    },
    manifest::Durability,
    receipt::{Caller, Label, ReceiptFields, SignedReceipt},
    record::{HeadRecord, StateHead},
};
use alloc::{vec, vec::Vec};
use frame_support::{
    BoundedVec,
    traits::{
        EnsureOrigin, Get,
        fungible::{Inspect, Unbalanced},
        tokens::Precision,
    },
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
    Call, Charges, Commitments, Config, Lapses, LastOffence, Offences, Over, Pallet, Parameters, Receipt, Samples,
    Seen, SlashingParameters, VerdictPlaces, Verdicts,
    types::{Charged, Kind, Lapse, Offence, SAMPLES},
};

const KEYS: KeyTypeId = KeyTypeId(*b"adyt");
const CONTRACT: ContractId = ContractId([9; 32]);
const SALT: [u8; extraction::SALT] = [4; extraction::SALT];
/// The block at which benchmarks begin.
const NOW: BlockNumber = 10_000;

/// Prepares the state in which a worker can be charged.
pub trait Helper {
    /// The network's identity.
    fn network() -> NetworkId;
    /// A valid worker whose key of the present boot this is and is remembered, with enough stake behind it.
    fn staked(key: SigningKey) -> WorkerId;
    /// Changes what is remembered of the key.
    fn remember(key: SigningKey, known: BootKey);
    /// The worker is absent since block 1.
    fn absent(worker: WorkerId);
    /// What the worker's evidence rests on is revoked.
    fn revoke(worker: WorkerId);
    /// The contract's state was opened by the second of these workers under lease 2, which it has given back. The first
    /// one had lease 1, and as many others had leases before as are remembered.
    fn opened(contract: ContractId, workers: [WorkerId; 2], head: HeadRecord);
}

/// Two workers that can be charged at [`NOW`] but for nothing: each is charged with all that stands behind it, so that
/// what two histories cost is looked at for both, and the contract is halted in the end.
fn paupers<T: Config>() -> [(WorkerId, ed25519::Public); 2] {
    let workers = [worker::<T>(), worker::<T>()];
    for (worker, _) in workers {
        // Nothing of it is pending: it is looked at whether it could be forgotten.
        let charged = Charged { most: 0, amount: u128::MAX, pending: 0, last: NOW };
        Charges::<T>::insert(worker, charged);
    }
    workers
}

/// A worker that can be charged at [`NOW`], and its key.
fn worker<T: Config>() -> (WorkerId, ed25519::Public) {
    frame_system::Pallet::<T>::set_block_number(NOW.into());
    let key = ed25519_generate(KEYS, None);
    (T::BenchmarkHelper::staked(SigningKey(key.0)), key)
}

/// Somebody with money.
fn reporter<T: Config>() -> AccountId32 {
    let reporter = AccountId32::new([7; 32]);
    T::Currency::increase_balance(&reporter, 1_000_000_000_000_000_000, Precision::Exact)
        .expect("there is room for more");
    reporter
}

fn head(sequence: u64, number: u8) -> StateHead {
    StateHead { sequence, hash: Digest([number; 32]) }
}

/// A receipt of the key for a commit at [`NOW`], of `incarnation`, under the lease of that number, that ends in head 5 of
/// history `number`. As many leaves are open as evidence has room for.
fn receipt<T: Config>(key: &ed25519::Public, incarnation: u64, number: u8) -> Receipt {
    let zero = Digest([0; 32]);
    let fields = ReceiptFields {
        network: T::BenchmarkHelper::network(),
        contract: CONTRACT,
        code: CodeHash([3; 32]),
        version: 1,
        manifest: zero,
        lease: incarnation,
        incarnation,
        worker: SigningKey(key.0),
        block: BlockRef { number: NOW, hash: BlockHash([0; 32]) },
        request_id: RequestId([0; 16]),
        request: zero,
        response: zero,
        before: head(4, 0),
        after: head(5, number),
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
    let sign = |message: &[u8]| ed25519_sign(KEYS, key, message).expect("the key is in the keystore").0;
    let closed = |label: &Label| matches!(label, Label::Code | Label::Request | Label::Response);
    let labels: Vec<_> = Label::ALL.into_iter().filter(|label| !closed(label)).collect();
    let receipt = SignedReceipt::sign(&fields, || [5; 16], sign).open(&labels).to_bytes();
    BoundedVec::try_from(receipt).expect("evidence has room for these leaves")
}

/// An offence that was reported, and from when on it can be applied.
fn reported<T: Config>() -> BlockNumber {
    let (worker, _) = worker::<T>();
    T::BenchmarkHelper::absent(worker);
    // Somebody who has nothing yet: the reward makes the account.
    let reporter = AccountId32::new([6; 32]);
    Pallet::<T>::report_absence(RawOrigin::Signed(reporter).into(), worker).expect("is reported");
    Offences::<T>::get(1).expect("it is not over").apply_at
}

/// The commitment of the reporter to the key's signature.
fn commitment<T: Config>(key: &ed25519::Public) -> ([u8; 64], [u8; 32]) {
    let (network, signing, account) = (T::BenchmarkHelper::network(), SigningKey(key.0), AccountId([7; 32]));
    let message = extraction::message(&network, &signing, &account);
    let signature = ed25519_sign(KEYS, key, &message).expect("the key is in the keystore").0;
    (signature, extraction::commitment(&network, &signing, &account, &signature, &SALT))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn report_absence() {
        let (worker, _) = worker::<T>();
        T::BenchmarkHelper::absent(worker);
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), worker);

        assert_eq!(LastOffence::<T>::get(), 1);
    }

    #[benchmark]
    fn report_expired() {
        let (_, key) = worker::<T>();
        let signing = SigningKey(key.0);
        let known = T::BootKeys::boot_key(&signing).expect("it is remembered").renewed(2, 0, 1);
        T::BenchmarkHelper::remember(signing, known);
        let interval = T::SampleInterval::get().max(1);
        Samples::<T>::insert((NOW / interval) % SAMPLES, (NOW - NOW % interval, u64::MAX));
        let receipt = receipt::<T>(&key, 1, 5);
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), receipt);

        assert_eq!(LastOffence::<T>::get(), 1);
    }

    #[benchmark]
    fn note_revoked() {
        let (worker, key) = worker::<T>();
        T::BenchmarkHelper::revoke(worker);
        // It was noted before, and something was admitted since.
        Lapses::<T>::insert(SigningKey(key.0), Lapse { block: 2, at: 0 });
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), worker);

        assert!(Lapses::<T>::get(SigningKey(key.0)).is_some_and(|lapse| lapse.block == NOW));
    }

    #[benchmark]
    fn report_revoked() {
        let (worker, key) = worker::<T>();
        T::BenchmarkHelper::revoke(worker);
        SlashingParameters::<T>::put(Parameters { revoked_grace: 0, ..Parameters::default() });
        Pallet::<T>::note_revoked(RawOrigin::Signed(reporter::<T>()).into(), worker).expect("is noted");
        let receipt = receipt::<T>(&key, 1, 5);
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), receipt);

        assert_eq!(LastOffence::<T>::get(), 1);
    }

    #[benchmark]
    fn report_two_histories() {
        let [(first, first_key), (second, second_key)] = paupers::<T>();
        let (opening, latest) = (head(4, 0), head(5, 6));
        let opened = HeadRecord { incarnation: 2, lease: 2, boot: 1, opening, latest };
        T::BenchmarkHelper::opened(CONTRACT, [first, second], opened);
        // The later one is the first that is read, and begins before the other one's end.
        let (one, other) = (receipt::<T>(&second_key, 2, 6), receipt::<T>(&first_key, 1, 5));
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), one, other);

        assert_eq!(Seen::<T>::iter().count(), 1);
        assert_eq!(LastOffence::<T>::get(), 0);
    }

    #[benchmark]
    fn report_rollback() {
        let [(first, key), (second, _)] = paupers::<T>();
        let (opening, latest) = (head(4, 0), head(5, 6));
        let opened = HeadRecord { incarnation: 2, lease: 2, boot: 1, opening, latest };
        T::BenchmarkHelper::opened(CONTRACT, [first, second], opened);
        let receipt = receipt::<T>(&key, 1, 5);
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), receipt);

        assert_eq!(Seen::<T>::iter().count(), 1);
        assert_eq!(LastOffence::<T>::get(), 0);
    }

    #[benchmark]
    fn commit_extraction() {
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), [1; 32]);

        assert_eq!(Commitments::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn withdraw_commitment() {
        let reporter = reporter::<T>();
        Pallet::<T>::commit_extraction(RawOrigin::Signed(reporter.clone()).into(), [1; 32]).expect("commits");

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter));

        assert_eq!(Commitments::<T>::iter().count(), 0);
    }

    #[benchmark]
    fn reveal_extraction() {
        let (_, key) = worker::<T>();
        let (signature, hash) = commitment::<T>(&key);
        let reporter = reporter::<T>();
        Pallet::<T>::commit_extraction(RawOrigin::Signed(reporter.clone()).into(), hash).expect("commits");
        frame_system::Pallet::<T>::set_block_number((NOW + Parameters::default().reveal_after).into());

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), SigningKey(key.0), signature, SALT);

        assert_eq!(LastOffence::<T>::get(), 1);
    }

    #[benchmark]
    fn apply() {
        let due = reported::<T>();
        frame_system::Pallet::<T>::set_block_number(due.into());
        let reporter = reporter::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), 1);

        assert_eq!(Offences::<T>::iter().count(), 0);
        assert!(T::Currency::total_balance(&AccountId32::new([6; 32])) > 0);
    }

    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        reported::<T>();
        let origin = T::CancelOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, 1);

        assert_eq!(Offences::<T>::iter().count(), 0);
        Ok(())
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::ParametersOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let parameters = SlashingParameters::<T>::get();

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);

        assert_eq!(SlashingParameters::<T>::get(), parameters);
        Ok(())
    }

    /// The block finds one offence of each queue cancelled, and the next one of each not due.
    #[benchmark]
    fn pass() {
        let apply_at = reported::<T>();
        let offence = Offences::<T>::take(1).expect("it is not over");
        for (number, kind) in [(2, Kind::Offline), (4, Kind::WrongResult)] {
            Offences::<T>::insert(number, Offence { kind, apply_at, ..offence });
        }
        Verdicts::<T>::insert(0, 3);
        Verdicts::<T>::insert(1, 4);
        VerdictPlaces::<T>::put((0, 2));
        LastOffence::<T>::put(4);

        #[block]
        {
            Pallet::<T>::apply_some(NOW);
        }

        assert_eq!((Over::<T>::get(), VerdictPlaces::<T>::get()), (1, (1, 2)));
    }

    #[benchmark]
    fn sample() {
        let interval = T::SampleInterval::get().max(1);

        #[block]
        {
            Pallet::<T>::sample(interval);
        }

        assert_eq!(Samples::<T>::iter().count(), 1);
    }
}
