use adyton_protocol::{
    contract_call::Callees,
    ids::AccountId,
    manifest::{Capability, Manifest},
    receipt::ReceiptFields,
};

use super::*;
use crate::{
    code::tests::{component, manifest},
    contract::tests::open,
    idle::Held,
    road::{answer, request::tests::plain},
    stop::tests::holding,
    view::tests::CONTRACT,
    worker::Slot,
};

const OTHER: ContractId = ContractId([9; 32]);

/// What came of a call, as the guests of these tests tell it: the case of a refusal, as `wit/contracts.wit` has them.
const ELSEWHERE: Said = Err(2);
const UNAVAILABLE: Said = Err(3);
const REENTRANT: Said = Err(4);
const DENIED: Said = Err(6);
const TRAPPED: Said = Err(8);
const EXCEEDED: Said = Err(9);
const ANSWERED: Said = Ok(200);

type Said = Result<u16, u8>;

const SET: &str = r#"(import "phat:contract/kv@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;
const WRITE: &str = "(call $set (i32.const 96) (i32.const 3) (i32.const 96) (i32.const 3) (i32.const 160))";

pub(in crate::road) fn guest(imports: &str, body: &str) -> Vec<u8> {
    // At 16 the answer: status 200, and as content the eight bytes at 128, where the result of a call stands.
    let module = format!(
        r#"(module
            {imports}
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 1024))
            (data (i32.const 20) "\c8\00\00\00\00\00\00\00\00\00\00\00\80\00\00\00\08\00\00\00")
            (data (i32.const 96) "GET/")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (global.get $next))
                (global.set $next (i32.add (global.get $next)
                    (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
                (local.get $at))
            (func (export "phat:contract/service@0.1.0#handle")
                (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                {body}
                (i32.const 16)))"#
    );
    let typed = adyton_component::embed_types(&wat::parse_str(module).expect("a module")).expect("types");
    adyton_component::from_core_module(&typed).expect("a component")
}

/// A guest that calls `/` of the contract whose identifier is all `id`, does `then`, and answers with what came of it.
fn calling(id: u8, fuel: Option<u64>, then: &str) -> Vec<u8> {
    let (some, fuel) = (u8::from(fuel.is_some()), fuel.unwrap_or(0));
    let imports = format!(
        r#"(import "phat:contract/contracts@0.1.0" "call" (func $call
            (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32))) {SET}"#
    );
    let body = format!(
        "(memory.fill (i32.const 64) (i32.const {id}) (i32.const 32))
        (call $call (i32.const 64) (i32.const 32) (i32.const 96) (i32.const 3) (i32.const 99) (i32.const 1)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const {some}) (i64.const {fuel})
            (i32.const 128))
        {then}"
    );
    guest(&imports, &body)
}

/// A guest that writes one entry.
fn writing() -> Vec<u8> {
    guest(SET, WRITE)
}

/// A worker with one place for calls.
pub(in crate::road) async fn worker() -> Arc<Worker> {
    Arc::new(holding(true, 1).await.0)
}

/// Opens a contract on the worker, which holds its lease then.
async fn put(worker: &Worker, id: ContractId, component: &[u8], callers: Callers) -> Arc<Contract> {
    let grants = vec![Capability::Kv, Capability::Contracts];
    put_under(worker, id, component, Manifest { grants, callers, contracts: Callees::Any, ..manifest() }).await
}

pub(in crate::road) async fn put_under(
    worker: &Worker,
    id: ContractId,
    component: &[u8],
    manifest: Manifest,
) -> Arc<Contract> {
    let module = worker.engine.compile(component, &manifest).expect("it compiles");
    let code = module.code();
    let module = Held::new(module, adyton_admission::counter());
    let contract = Arc::new(Contract { id, code, module, ..open(&worker.engine, manifest).await });
    worker.set_slot(id, Some(Slot::Ready(contract.clone())));
    let mut view = (*worker.view().expect("a view")).clone();
    let facts = view.contracts[&CONTRACT].clone();
    view.contracts.insert(id, facts);
    worker.view.send_replace(Some(Arc::new(view)));
    contract
}

/// A call from outside of [`CONTRACT`], whose request id and digest are `number`.
pub(in crate::road) fn outside(worker: &Worker, number: u8) -> Call {
    let call = Call::read(&plain()).expect("reads");
    let not_after = worker.view().expect("a view").now_ms() / 1000 + 60;
    let fields = CallFields { request_id: RequestId([number; 16]), not_after, ..call.fields };
    Call { fields, digest: Digest([number; 32]), ..call }
}

pub(in crate::road) async fn called(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    call: &Call,
) -> Result<Answer, Refusal> {
    answer::answer(worker, contract, call, Origin::of_call(Caller::Anonymous, true), None).await
}

/// What the guest says came of its call of another contract.
async fn said(worker: &Arc<Worker>, contract: &Arc<Contract>) -> Said {
    let answer = called(worker, contract, &outside(worker, 1)).await.expect("it answers");
    match answer.content[..] {
        [0, _, _, _, low, high, _, _] => Ok(u16::from_le_bytes([low, high])),
        [1, _, _, _, case, _, _, _] => Err(case),
        ref other => panic!("{other:?}"),
    }
}

async fn sequence(contract: &Contract) -> u64 {
    contract.store.head().await.expect("reads").sequence
}

fn fields(worker: &Worker, answer: &Answer) -> ReceiptFields {
    let receipt = SignedReceipt::from_bytes(&answer.receipt).expect("reads");
    receipt.verify(&worker.network, &|_, _, _| true).expect("is whole")
}

#[tokio::test]
async fn a_contract_calls_another_one_and_each_has_a_receipt_that_names_the_other() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    let call = outside(&worker, 1);
    let answer = called(&worker, &caller, &call).await.expect("answers");
    assert_eq!(answer.content[..6], [0, 0, 0, 0, 200, 0]);
    assert_eq!(sequence(&other).await, 1);
    let kept = caller.store.answer(call.fields.request_id).await.expect("reads");
    assert!(kept.is_some(), "a retry does not call it again");
    let outer = fields(&worker, &answer);
    let [record] = &outer.egress[..] else { panic!("{:?}", outer.egress) };
    assert_eq!((record.host.clone(), record.certificate), (contract_call::host(&OTHER), None));
    let zeros = RequestId([0; 16]);
    let asked = call::request_digest(&worker.network, &OTHER, &zeros, b"GET", b"/", &Fields::new(), b"");
    let (not_after, request) = (call.fields.not_after, Digest(*caller.secrets.calling_secret(&call.digest)));
    let naming = CallingCall { contract: CONTRACT, request, not_after, caller: None };
    let id = contract_call::request_id(&worker.network, &naming, &asked, 0);
    let stored = other.store.answer(id).await.expect("reads").expect("is kept");
    let inner = <Answer as codec::Decode>::decode(&mut &stored.bytes[..]).expect("reads");
    let inner = fields(&worker, &inner);
    assert_eq!((inner.caller, inner.contract, inner.request_id), (Caller::Contract(CONTRACT), OTHER, id));
    assert_eq!((record.request, record.response), (inner.request, inner.response));
    assert!(outer.fuel >= 600_000 + inner.fuel, "the caller pays: {} and {}", outer.fuel, inner.fuel);
    let head = other.store.head().await.expect("reads");
    assert_eq!(worker.anchors.newest(&OTHER, other.lease), Some(head), "it is anchored like a call from outside");
}

#[tokio::test]
async fn whoever_calls_does_not_foresee_and_use_up_the_id_of_a_call_that_theirs_makes() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    let call = outside(&worker, 1);
    // All that they know.
    let asked = call::request_digest(&worker.network, &OTHER, &RequestId([0; 16]), b"GET", b"/", &Fields::new(), b"");
    let (not_after, request) = (call.fields.not_after, call.digest);
    let naming = CallingCall { contract: CONTRACT, request, not_after, caller: None };
    let id = contract_call::request_id(&worker.network, &naming, &asked, 0);
    let (contract, code, lease) = (OTHER, other.code, other.lease);
    let fields = CallFields { contract, code, lease, request_id: id, ..call.fields.clone() };
    called(&worker, &other, &Call { fields, ..call.clone() }).await.expect("answers");
    assert_eq!(sequence(&other).await, 1);
    let answer = called(&worker, &caller, &call).await.expect("answers");
    assert_eq!(answer.content[..6], [0, 0, 0, 0, 200, 0]);
    assert_eq!(sequence(&other).await, 2);
}

#[tokio::test]
async fn a_caller_that_runs_again_does_not_run_the_other_contract_again() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, "unreachable"), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    let first = outside(&worker, 1);
    for _ in 0..2 {
        assert!(matches!(called(&worker, &caller, &first).await, Err(Refusal::Trapped(_))));
        assert_eq!((sequence(&caller).await, sequence(&other).await), (0, 1), "what it did stays done, once");
    }
    assert!(matches!(called(&worker, &caller, &outside(&worker, 2)).await, Err(Refusal::Trapped(_))));
    assert_eq!(sequence(&other).await, 2, "another call is another one");
    let later = Call { fields: CallFields { not_after: first.fields.not_after + 1, ..first.fields.clone() }, ..first };
    assert!(matches!(called(&worker, &caller, &later).await, Err(Refusal::Trapped(_))));
    assert_eq!(sequence(&other).await, 3, "and so is one that counts for longer, whose answer is kept for longer");
}

#[tokio::test]
async fn a_delivery_that_runs_again_with_other_fields_does_not_run_the_other_contract_again() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, "unreachable"), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    let delivered = async |number: u8, header: &[u8], content: &[u8]| {
        let fields = outside(&worker, number).fields;
        let headers = vec![(b"x-not-signed".to_vec(), header.to_vec())];
        let call = Call::own(fields, "POST".into(), "/hook".into(), headers, content.to_vec());
        answer::answer(&worker, &caller, &call, Origin::of_delivery(0), None).await.err()
    };
    for header in [b"one", b"two"] {
        assert!(matches!(delivered(1, header, b"paid").await, Some(Refusal::Trapped(_))));
        assert_eq!(sequence(&other).await, 1, "what it did stays done, once");
    }
    // What is signed makes the delivery, and its request id follows from that.
    assert!(matches!(delivered(1, b"one", b"not paid").await, Some(Refusal::Trapped(_))));
    assert_eq!(sequence(&other).await, 2);
    assert!(matches!(delivered(2, b"one", b"paid").await, Some(Refusal::Trapped(_))));
    assert_eq!(sequence(&other).await, 3);
}

#[tokio::test]
async fn the_same_request_twice_in_one_call_is_two_calls() {
    let worker = worker().await;
    let again = "(call $call (i32.const 64) (i32.const 32) (i32.const 96) (i32.const 3) (i32.const 99) (i32.const 1)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 128))";
    let caller = put(&worker, CONTRACT, &calling(9, None, again), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    assert_eq!(said(&worker, &caller).await, ANSWERED);
    assert_eq!(sequence(&other).await, 2);
}

#[tokio::test]
async fn a_contract_that_waits_in_the_chain_is_not_called_again() {
    let worker = worker().await;
    let own = put(&worker, CONTRACT, &calling(2, None, ""), Callers::Anyone).await;
    assert_eq!(CONTRACT, ContractId([2; 32]));
    assert_eq!(said(&worker, &own).await, REENTRANT);
    // Over another one: that one is told.
    let back = "(if (i32.ne (i32.load8_u (i32.const 128)) (i32.const 1)) (then unreachable))
        (if (i32.ne (i32.load8_u (i32.const 132)) (i32.const 4)) (then unreachable))";
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    put(&worker, OTHER, &calling(2, None, back), Callers::Anyone).await;
    assert_eq!(said(&worker, &caller).await, ANSWERED);
}

#[tokio::test]
async fn a_chain_of_four_contracts_runs_in_one_place_and_a_fifth_is_refused() {
    let worker = worker().await;
    let first = put(&worker, CONTRACT, &calling(10, None, ""), Callers::Anyone).await;
    put(&worker, ContractId([10; 32]), &calling(11, None, ""), Callers::Anyone).await;
    put(&worker, ContractId([11; 32]), &calling(12, None, ""), Callers::Anyone).await;
    let fourth = put(&worker, ContractId([12; 32]), &writing(), Callers::Anyone).await;
    assert_eq!(said(&worker, &first).await, ANSWERED);
    assert_eq!(sequence(&fourth).await, 1);
    // One that writes only if it is told so.
    let told = format!(
        "(if (i32.ne (i32.load8_u (i32.const 128)) (i32.const 1)) (then unreachable))
        (if (i32.ne (i32.load8_u (i32.const 132)) (i32.const 5)) (then unreachable))
        {WRITE}"
    );
    let fourth = put(&worker, ContractId([12; 32]), &calling(13, None, &told), Callers::Anyone).await;
    let fifth = put(&worker, ContractId([13; 32]), &writing(), Callers::Anyone).await;
    let answer = called(&worker, &first, &outside(&worker, 2)).await.expect("answers");
    assert_eq!(answer.content[0], 0);
    assert_eq!((sequence(&fourth).await, sequence(&fifth).await), (1, 0), "the fourth was told, and answered");
}

#[tokio::test]
async fn a_contract_that_is_not_on_the_worker_or_not_open_there_is_not_called() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    assert_eq!(said(&worker, &caller).await, ELSEWHERE);
    put(&worker, OTHER, &writing(), Callers::Anyone).await;
    worker.set_slot(OTHER, None);
    let answer = called(&worker, &caller, &outside(&worker, 2)).await.expect("answers");
    assert_eq!((answer.content[0], Err(answer.content[4])), (1, UNAVAILABLE));
    assert!(fields(&worker, &answer).egress.is_empty(), "nothing reached it");
}

#[tokio::test]
async fn a_webhooks_path_is_not_called_by_a_contract() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let hook = webhook::Webhook { path: "/".into(), scheme: webhook::Scheme::Github, secret: "key".into() };
    let grants = vec![Capability::Kv, Capability::Contracts];
    let manifest = Manifest { grants, webhooks: vec![hook], ..manifest() };
    let other = put_under(&worker, OTHER, &writing(), manifest).await;
    assert_eq!(said(&worker, &caller).await, DENIED);
    assert_eq!(sequence(&other).await, 0);
}

#[tokio::test]
async fn a_disputable_contract_is_not_called_by_one_whose_calls_nobody_else_may_see() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put_under(&worker, OTHER, &writing(), crate::road::history::tests::disputable()).await;
    assert_eq!(said(&worker, &caller).await, DENIED);
    assert_eq!(sequence(&other).await, 0);
}

#[tokio::test]
async fn a_contract_that_answers_only_contracts_is_called_by_one() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Contract).await;
    assert_eq!(said(&worker, &caller).await, ANSWERED);
    assert_eq!(sequence(&other).await, 1);
}

#[tokio::test]
async fn a_contract_that_the_manifest_does_not_name_is_not_called() {
    let worker = worker().await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    for (named, expected) in [(ContractId([10; 32]), DENIED), (OTHER, ANSWERED)] {
        let grants = vec![Capability::Kv, Capability::Contracts];
        let manifest = Manifest { grants, contracts: Callees::Only(vec![named]), ..manifest() };
        let caller = put_under(&worker, CONTRACT, &calling(9, None, ""), manifest).await;
        assert_eq!(said(&worker, &caller).await, expected);
    }
    assert_eq!(sequence(&other).await, 1);
}

#[tokio::test]
async fn a_contract_that_answers_only_accounts_is_not_called_by_a_contract() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Account).await;
    assert_eq!(said(&worker, &caller).await, DENIED);
    assert_eq!(sequence(&other).await, 0);
}

#[tokio::test]
async fn a_contract_that_fails_fails_alone_and_the_caller_is_told_how() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &component(), Callers::Anyone).await;
    assert_eq!(said(&worker, &caller).await, TRAPPED);
    assert_eq!(sequence(&other).await, 0);
}

#[tokio::test]
async fn a_contract_that_uses_up_the_fuel_that_it_got_ends_and_the_caller_goes_on() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, Some(15_000), ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    // Its answer costs 10000 units, and its write 20000.
    assert_eq!(said(&worker, &caller).await, EXCEEDED);
    assert_eq!(sequence(&other).await, 0);
}

#[tokio::test]
async fn a_contract_whose_turn_does_not_come_is_waited_for_a_while_only() {
    let worker = worker().await;
    let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
    let other = put(&worker, OTHER, &writing(), Callers::Anyone).await;
    // As by a call of it that waits for a turn of the caller's.
    let turn = other.turns.alone().await;
    assert_eq!(said(&worker, &caller).await, UNAVAILABLE);
    drop(turn);
    let full = other.inside.acquire().await.expect("is open");
    let answer = called(&worker, &caller, &outside(&worker, 2)).await.expect("answers");
    assert_eq!((answer.content[0], Err(answer.content[4])), (1, UNAVAILABLE));
    drop(full);
    let answer = called(&worker, &caller, &outside(&worker, 3)).await.expect("answers");
    assert_eq!(answer.content[0], 0);
}

#[test]
fn no_account_is_taken_for_a_contract_where_an_answer_is_stored() {
    let contract = Asker::new(&Caller::Contract(OTHER), false);
    for sealed in [true, false] {
        assert_ne!(contract, Asker::new(&Caller::Anonymous, sealed));
    }
    // Only a sealed call has an account.
    assert_ne!(contract, Asker::new(&Caller::Account(AccountId(OTHER.0)), true));
    assert_ne!(contract, Asker::new(&Caller::Contract(CONTRACT), false));
}

#[tokio::test]
async fn a_call_that_would_make_the_state_larger_than_its_limit_leaves_nothing_and_who_calls_is_told() {
    // A key of four bytes with the worker's own, a value of three, and what each entry counts.
    for (storage, expected, sequence_after) in [(38, EXCEEDED, 0), (39, ANSWERED, 1)] {
        let worker = worker().await;
        let caller = put(&worker, CONTRACT, &calling(9, None, ""), Callers::Anyone).await;
        let mut small = Manifest { grants: vec![Capability::Kv], ..manifest() };
        small.limits.storage = storage;
        let other = put_under(&worker, OTHER, &writing(), small.clone()).await;
        assert_eq!(said(&worker, &caller).await, expected);
        assert_eq!(sequence(&other).await, sequence_after);
        let alone = put_under(&worker, CONTRACT, &writing(), small).await;
        let answered = called(&worker, &alone, &outside(&worker, 2)).await;
        assert_eq!(answered.err(), (storage == 38).then_some(Refusal::Exceeded("storage")));
        assert_eq!(sequence(&alone).await, sequence_after);
    }
}
