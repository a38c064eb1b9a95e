//! Blocks as full as they may be of one kind of call.

use adyton_figures::{Population, START};
use adyton_protocol::usage::{Claim, Claims};
use adyton_runtime::{
    AccountId, Hash, OpaqueBlock as Block, PHA, Runtime, RuntimeCall, Signature, TxExtension, UncheckedExtrinsic,
    VERSION, extensions::PayUnlessFeeless,
};
use codec::{Decode as _, Encode as _};
use polkadot_sdk::*;
use sc_block_builder::{BlockBuilderBuilder, BuiltBlock};
use sp_blockchain::ApplyExtrinsicFailed;
use sp_core::Pair as _;
use sp_runtime::{
    Digest, DigestItem, OpaqueExtrinsic,
    generic::{Era, SignedPayload},
};

use crate::{
    Result,
    node::{Client, Node},
};

/// Milliseconds of a slot.
const SLOT: u64 = 500;

/// Extrinsics of one kind, each signed by somebody else.
pub struct Kind {
    /// Which.
    pub name: &'static str,
    /// How much one of them does.
    pub each: u32,
    next: Box<dyn FnMut() -> Option<OpaqueExtrinsic>>,
    /// One that did not fit.
    left: Option<OpaqueExtrinsic>,
}

impl Kind {
    /// What `make` makes of each of `from`.
    fn new<F: Iterator + 'static>(
        name: &'static str,
        each: u32,
        mut from: F,
        make: impl Fn(F::Item) -> OpaqueExtrinsic + 'static,
    ) -> Self {
        Self { name, each, next: Box::new(move || from.next().map(&make)), left: None }
    }
}

/// The kinds, plain transfers first. Nobody signs for two of them.
pub fn kinds(population: &Population, genesis: Hash) -> Vec<Kind> {
    let size = population.size();
    let (half, all) = (size.delegators / 2, size.delegators);
    // The first half of the workers hold contracts.
    let (beats, answers) = (size.workers / 10 * 6, size.workers / 10 * 8);
    let claims = population.claims();
    let (single, several): (Vec<_>, Vec<_>) = claims.into_iter().partition(|(_, claims)| claims.len() == 1);
    let full = several.iter().map(|(_, claims)| claims.len()).max().unwrap_or(1);
    let full_only: Vec<_> = several.into_iter().filter(|(_, claims)| claims.len() == full).collect();
    let claim = move |(holder, claims): (u32, Vec<Claim>)| {
        let call = adyton_pallet_usage::Call::claim { anchors: 0, claims: Claims::truncate_from(claims) };
        by_worker(holder, RuntimeCall::Usage(call), genesis)
    };
    vec![
        Kind::new("transfers of a balance", 1, 0..half, move |number| {
            let dest = account(number + 1).into();
            let call = pallet_balances::Call::transfer_keep_alive { dest, value: PHA };
            by_delegator(number, RuntimeCall::Balances(call), genesis)
        }),
        Kind::new("delegations: pools.join of another pool", 1, half..all, move |number| {
            let call = adyton_pallet_pools::Call::join { pool: Population::pool(number + 1), amount: 10 * PHA };
            by_delegator(number, RuntimeCall::Pools(call), genesis)
        }),
        Kind::new("heartbeats: workers.heartbeat", 1, beats..answers, move |number| {
            let call = adyton_pallet_workers::Call::heartbeat { nonce: [1; 32] };
            by_worker(number, RuntimeCall::Workers(call), genesis)
        }),
        Kind::new("answers to challenges: rewards.answer", 1, answers..size.workers, move |number| {
            by_worker(number, RuntimeCall::Rewards(adyton_pallet_rewards::Call::answer { round: 2 }), genesis)
        }),
        Kind::new("usage claims: usage.claim, one at a time", 1, single.into_iter(), claim),
        Kind::new("usage claims: usage.claim, 16 at a time", full as u32, full_only.into_iter(), claim),
    ]
}

fn account(delegator: u32) -> AccountId {
    AccountId::new(Population::delegator(delegator).public().0)
}

fn by_delegator(number: u32, call: RuntimeCall, genesis: Hash) -> OpaqueExtrinsic {
    let pair = Population::delegator(number);
    signed(AccountId::new(pair.public().0), |message| pair.sign(message).into(), call, genesis)
}

fn by_worker(number: u32, call: RuntimeCall, genesis: Hash) -> OpaqueExtrinsic {
    let pair = Population::worker(number);
    signed(AccountId::new(pair.public().0), |message| pair.sign(message).into(), call, genesis)
}

/// The first extrinsic that an account signs.
fn signed(
    account: AccountId,
    sign: impl FnOnce(&[u8]) -> Signature,
    call: RuntimeCall,
    genesis: Hash,
) -> OpaqueExtrinsic {
    let extension: TxExtension = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(0),
        frame_system::CheckWeight::new(),
        PayUnlessFeeless::<Runtime, _>::from(pallet_transaction_payment::ChargeTransactionPayment::from(0)),
    );
    let implied = ((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), ());
    let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implied);
    let signature = payload.using_encoded(sign);
    opaque(&UncheckedExtrinsic::new_signed(call, account.into(), signature, extension))
}

/// As it travels.
fn opaque(extrinsic: &UncheckedExtrinsic) -> OpaqueExtrinsic {
    OpaqueExtrinsic::decode(&mut &extrinsic.encode()[..]).expect("an extrinsic's bytes are with their length")
}

/// Builds the next block, with as much of `kind` as there is room for. Gives how many that is.
pub fn fill(node: &Node, kind: Option<&mut Kind>) -> Result<(BuiltBlock<Block>, usize)> {
    let (parent, number) = node.best();
    let now = START + u64::from(number + 1) * SLOT;
    let slot = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, (now / SLOT).encode());
    let mut builder = BlockBuilderBuilder::<Block, Client>::new(node.client())
        .on_parent_block(parent)
        .with_parent_block_number(number)
        .with_inherent_digests(Digest { logs: vec![slot] })
        .build()?;
    let set = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
    builder.push(opaque(&UncheckedExtrinsic::new_bare(set)))?;
    let Some(kind) = kind else { return Ok((builder.build()?, 0)) };
    let mut count = 0;
    loop {
        let next = kind.left.take().or_else(|| (kind.next)());
        let extrinsic = next.ok_or_else(|| format!("{}: there are too few to fill a block", kind.name))?;
        match builder.push(extrinsic.clone()) {
            Ok(()) => count += 1,
            Err(sp_blockchain::Error::ApplyExtrinsicFailed(ApplyExtrinsicFailed::Validity(refusal)))
                if refusal.exhausted_resources() =>
            {
                kind.left = Some(extrinsic);
                return Ok((builder.build()?, count));
            }
            Err(refused) => return Err(refused.into()),
        }
    }
}
