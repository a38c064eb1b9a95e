use adyton_admission::counter;
use adyton_chain_client::{facts::block_hash_key, fixture::FixtureSource, verifier::Freshness};
use adyton_engine::{Direction, Host, Scan};
use adyton_protocol::{
    dispute::Source as Named,
    ids::{AccountId, BlockHash, SigningKey, WorkerId},
    record::EvidenceKind,
    rewards::Session,
};
use codec::{Compact, Encode};

use super::*;
use crate::{
    contract::Contract,
    road::{
        history::tests::{BLOCK_MS, called_on, served},
        host::guest_key,
    },
    stop::tests::holding,
    view::{
        Work,
        tests::{WORKER, own, view},
    },
};

const SEAT: Seat = (3, 1);

/// Commitments until block 100, answers until 150.
fn sitting() -> Sitting {
    Sitting { value: [1; 32], drawn_below: u64::MAX, of_one_kind: 5, commit_until: 100, reveal_until: 150 }
}

fn ballot(commitment: u8, answer: Option<Answer>) -> Ballot {
    Ballot {
        worker: WorkerId([1; 32]),
        operator: AccountId([2; 32]),
        kind: EvidenceKind::IntelTdx,
        drawn: 7,
        commitment: Digest([commitment; 32]),
        answer,
    }
}

/// A juror with a verdict of which the commitment is all ones.
fn decided(tries: u32) -> Juror {
    let verdict = Verdict { answer: Answer::Unavailable, salt: [5; SALT], commitment: Digest([1; 32]), tries };
    Juror { verdicts: BTreeMap::from([(SEAT, verdict)]), ..Juror::default() }
}

#[test]
fn a_call_is_run_again_while_there_is_time_to_commit_unless_the_seat_is_left_empty() {
    let step = |juror: &Juror, head| juror.step(SEAT, &sitting(), head, None);
    assert_eq!((step(&Juror::default(), 10), step(&Juror::default(), 93)), (Step::Judge, Step::Judge));
    assert_eq!((step(&Juror::default(), 94), step(&Juror::default(), 100)), (Step::Nothing, Step::Nothing));
    let empty = Juror { empty: BTreeSet::from([SEAT]), ..Juror::default() };
    assert_eq!(step(&empty, 10), Step::Nothing);
    let other = Juror { empty: BTreeSet::from([(3, 2), (4, 1)]), ..Juror::default() };
    assert_eq!(step(&other, 10), Step::Judge);
}

#[tokio::test]
async fn one_call_is_run_again_at_a_time() {
    let work = tokio::spawn(std::future::pending());
    let busy = Juror { work: Some(((9, 1), work)), ..Juror::default() };
    assert_eq!(busy.step(SEAT, &sitting(), 10, None), Step::Nothing);
}

#[test]
fn a_verdict_is_committed_to_until_the_chain_shows_it_but_not_for_ever_or_too_late() {
    let step = |tries, head, ballot: Option<&Ballot>| decided(tries).step(SEAT, &sitting(), head, ballot);
    assert_eq!((step(0, 10, None), step(TRIES - 1, 99, None)), (Step::Commit, Step::Commit));
    assert_eq!((step(TRIES, 10, None), step(0, 100, None)), (Step::Nothing, Step::Nothing));
    assert_eq!(step(0, 10, Some(&ballot(1, None))), Step::Nothing, "the chain has it");
}

#[test]
fn a_verdict_is_shown_once_when_all_have_committed_and_only_the_one_that_was_committed_to() {
    let step = |head, ballot: Ballot| decided(1).step(SEAT, &sitting(), head, Some(&ballot));
    assert_eq!((step(98, ballot(1, None)), step(99, ballot(1, None))), (Step::Nothing, Step::Nothing));
    assert_eq!((step(100, ballot(1, None)), step(149, ballot(1, None))), (Step::Show, Step::Show));
    assert_eq!(step(150, ballot(1, None)), Step::Nothing);
    assert_eq!(step(120, ballot(1, Some(Answer::Unavailable))), Step::Nothing, "it is shown");
    assert_eq!(step(120, ballot(2, None)), Step::Nothing, "an earlier boot's");
}

#[tokio::test]
async fn entries_are_found_as_the_real_store_finds_them() {
    let entry = |key: &[u8], length: usize| (guest_key(key), (vec![7; length], None));
    let mut state = BTreeMap::from([entry(b"a", 1), entry(b"ab", 2), entry(b"ac", 3), entry(b"b", 4)]);
    state.insert(b"worker's own".to_vec(), (vec![1], None));
    let mut past = rerun::Past::new(state);
    assert_eq!(past.kv_get(b"ab").await.expect("reads").map(|value| value.bytes.len()), Some(2));
    assert!(past.kv_get(b"orker's own").await.expect("reads").is_none());
    let mut found = async |prefix: &[u8], from: Option<&[u8]>, direction, limit| {
        let entries = past.kv_scan(Scan { prefix, from, direction, limit }).await.expect("reads");
        entries.iter().map(|(_, value)| value.bytes.len()).collect::<Vec<_>>()
    };
    let (up, down) = (Direction::Ascending, Direction::Descending);
    assert_eq!(found(b"", None, up, 9).await, [1, 2, 3, 4]);
    assert_eq!(found(b"a", None, up, 2).await, [1, 2]);
    assert_eq!(found(b"a", Some(b"a"), up, 9).await, [2, 3]);
    assert_eq!(found(b"a", Some(b"0"), up, 9).await, [1, 2, 3]);
    assert_eq!(found(b"", None, down, 9).await, [4, 3, 2, 1]);
    assert_eq!(found(b"a", None, down, 2).await, [3, 2]);
    assert_eq!(found(b"a", Some(b"ac"), down, 9).await, [2, 1]);
    assert_eq!(found(b"a", Some(b"z"), down, 9).await, [3, 2, 1]);
    assert!(found(b"a", Some(b"a"), down, 9).await.is_empty());
    assert!(found(b"b", Some(b"a"), down, 9).await.is_empty());
    assert!(found(b"\xff", None, down, 9).await.is_empty());
}

#[tokio::test]
async fn a_stranger_has_nobody_asked_but_who_is_in_the_open() {
    for url in [
        "not an address",
        "file:///etc/passwd",
        "http://user@example.org",
        "http://example.org/?x",
        "http://127.0.0.1:1",
        "http://10.0.0.1",
        "http://169.254.169.254/latest",
        "http://[::1]:80",
        "http://0.0.0.0:80",
    ] {
        assert!(Source::new(url, false).await.is_err(), "{url}");
    }
    assert!(Source::new("http://192.0.2.1", true).await.is_err(), "nobody is there on any network");
    rustls::crypto::ring::default_provider().install_default().ok();
    assert!(Source::new("http://127.0.0.1:1/base/", true).await.is_ok());
    assert!(Source::new("http://[::1]:1", true).await.is_ok());
}

#[tokio::test]
async fn a_worker_is_on_a_network_of_its_own_if_its_own_address_is() {
    assert!(is_inside("http://127.0.0.1:1").await);
    assert!(!is_inside("http://1.1.1.1").await && !is_inside("not an address").await && !is_inside("").await);
}

/// The worker that is disputed.
const ACCUSED: WorkerId = WorkerId([9; 32]);
const NUMBER: u64 = 5;

/// A worker that is a juror, and the chain that it reads: there, somebody disputes the second answer of a contract, whose
/// worker has this address.
pub struct Case {
    pub worker: Arc<Worker>,
    pub source: Arc<FixtureSource>,
    pub contract: Arc<Contract>,
    pub dispute: Dispute,
}

impl Case {
    /// The history is where the contract is open: that this is the juror itself, it does not know.
    pub async fn new() -> Self {
        let (worker, source) = holding(true, 1).await;
        let (worker, contract, claims) = called_on(Arc::new(worker)).await;
        let set_time = [&[4, 1, 0][..], &Compact(BLOCK_MS).encode()].concat().encode();
        let block = source.chain().seal(&[], &[set_time]);
        let dispute = Dispute {
            claim: Claim { block, ..claims[1].clone() },
            key: SigningKey([9; 32]),
            worker: ACCUSED,
            operator: AccountId([8; 32]),
            challenger: AccountId([7; 32]),
            bond: 1,
            source: Named::default(),
            opened: 1,
            draw: 1,
            seats: 5,
            stage: Stage::Sitting(sitting()),
        };
        let case = Self { worker, source, contract, dispute };
        case.at(&served(&case.worker).await).await;
        case
    }

    /// The chain has the accused worker at this address, and the juror has seen it.
    async fn at(&self, url: &str) {
        {
            let mut chain = self.source.chain();
            let endpoint = url.as_bytes().to_vec().try_into().expect("is short");
            chain.set(storage::open_disputes(), OpenDisputes::truncate_from(vec![NUMBER]).encode());
            chain.set(storage::disputes(NUMBER), self.dispute.encode());
            chain.set(storage::dispute_manifests(NUMBER), self.contract.manifest.encode().encode());
            chain.set(storage::workers(&ACCUSED), WorkerRecord { endpoint, ..own() }.encode());
            chain.seal(&[], &[]);
        }
        let newest = self.seen().await;
        self.worker.view.send_replace(Some(Arc::new(newest)));
    }

    /// The newest view, of a worker that works for a reward.
    async fn seen(&self) -> View {
        let mut freshness = Freshness::new(WORKER, Duration::from_secs(60));
        freshness.challenge(own().heartbeat.nonce, counter()).expect("a nonce");
        let tip = self.worker.chain.reader.read(&[freshness.key()]).await.expect("reads");
        assert!(freshness.observe(&tip.values, counter()).expect("observes"));
        let head = freshness.accept(tip.head, counter()).expect("is fresh");
        let usual = view(Duration::from_secs(60)).await;
        let session = Session {
            pool: 1,
            started_at: 1,
            stake: 1,
            capacity: 1,
            weight: 1,
            index: 0,
            pending: 0,
            settled: 0,
            answered_at: 1,
            earned: 0,
            away_since: None,
        };
        let work = Work { session: Some(session), ..usual.work.clone() };
        View { head, work, ..usual }
    }

    async fn judged(&self, dispute: Dispute, until: BlockNumber) -> anyhow::Result<Answer> {
        judge(Arc::clone(&self.worker), NUMBER, dispute, until).await
    }
}

#[tokio::test]
async fn a_juror_runs_the_disputed_call_again_and_commits_to_what_came_of_it() {
    let case = Case::new().await;
    let view = case.seen().await;
    let mut juror = Juror::default();
    juror.look(&case.worker, &view).await.expect("reads");
    let over = async {
        while juror.work.as_ref().is_some_and(|(_, work)| !work.is_finished()) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(60), over).await.expect("it ends");
    juror.look(&case.worker, &view).await.expect("reads");
    let verdict = juror.verdicts.get(&(NUMBER, 1)).expect("it has one");
    assert_eq!(verdict.answer, Answer::Outcome(case.dispute.claim.outcome.digest()));
    let sent = async {
        while case.source.pool().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
        case.source.pool().clone()
    };
    let sent = timeout(Duration::from_secs(60), sent).await.expect("something is submitted");
    let call = Disputes::Commit { dispute: NUMBER, draw: 1, commitment: verdict.commitment };
    assert!(sent.len() == 1 && sent[0].ends_with(&Call::Disputes(call).encoded()), "{sent:?}");
}

#[tokio::test]
async fn who_works_for_no_reward_or_is_not_drawn_or_a_party_runs_nothing_again() {
    let case = Case::new().await;
    let looked = async |dispute: Dispute, paid: bool| {
        case.source.chain().set(storage::disputes(NUMBER), dispute.encode());
        case.source.chain().seal(&[], &[]);
        let mut view = case.seen().await;
        view.work.session.take_if(|_| !paid);
        let mut juror = Juror::default();
        juror.look(&case.worker, &view).await.expect("reads");
        juror.work.is_some()
    };
    let dispute = || case.dispute.clone();
    assert!(looked(dispute(), true).await);
    assert!(!looked(dispute(), false).await);
    let nobody = Stage::Sitting(Sitting { drawn_below: 0, ..sitting() });
    assert!(!looked(Dispute { stage: nobody, ..dispute() }, true).await);
    assert!(!looked(Dispute { operator: own().operator, ..dispute() }, true).await);
    assert!(!looked(Dispute { challenger: own().operator, ..dispute() }, true).await);
    assert!(!looked(Dispute { worker: case.worker.id, ..dispute() }, true).await, "it was another operator's then");
    assert!(!looked(Dispute { opened: 0, ..dispute() }, true).await, "it was started later");
}

#[tokio::test]
async fn a_history_that_nobody_has_is_unavailable_when_no_time_is_left_to_ask_again() {
    let case = Case::new().await;
    let right = Answer::Outcome(case.dispute.claim.outcome.digest());
    assert_eq!(case.judged(case.dispute.clone(), 1000).await.expect("has a history"), right);
    case.at("http://127.0.0.1:1").await;
    assert_eq!(case.judged(case.dispute.clone(), 0).await.expect("has none"), Answer::Unavailable);
    // Whoever the challenger names may have it.
    let named = served(&case.worker).await.into_bytes().try_into().expect("is short");
    let dispute = Dispute { source: named, ..case.dispute.clone() };
    assert_eq!(case.judged(dispute, 0).await.expect("has a history"), right);
    // A history that leads elsewhere is none.
    case.at(&served(&case.worker).await).await;
    let mut forked = case.dispute.clone();
    forked.claim.before.hash = Digest([1; 32]);
    assert_eq!(case.judged(forked, 0).await.expect("has none"), Answer::Unavailable);
}

#[tokio::test]
async fn a_source_that_never_answers_keeps_no_juror_from_another_one() {
    let case = Case::new().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let named = format!("http://{}", silent.local_addr().expect("it is bound")).into_bytes();
    let dispute = Dispute { source: named.try_into().expect("is short"), ..case.dispute.clone() };
    // No time is left, so that it is given up at once.
    let right = Answer::Outcome(dispute.claim.outcome.digest());
    let judged = timeout(Duration::from_secs(60), case.judged(dispute, 0)).await.expect("ends");
    assert_eq!(judged.expect("has a history"), right);
    drop(silent);
}

#[tokio::test]
async fn work_for_a_dispute_that_is_over_is_given_up() {
    let case = Case::new().await;
    let work = tokio::spawn(std::future::pending());
    let mut juror = Juror { work: Some(((NUMBER + 1, 1), work)), ..Juror::default() };
    juror.look(&case.worker, &case.seen().await).await.expect("reads");
    assert_eq!(juror.work.map(|(seat, _)| seat), Some((NUMBER, 1)), "it runs what is open");
}

#[tokio::test]
async fn who_cannot_judge_leaves_the_seat_empty() {
    let case = Case::new().await;
    let changed = async |change: fn(&mut Claim)| {
        let mut dispute = case.dispute.clone();
        change(&mut dispute.claim);
        case.judged(dispute, 1000).await.is_err()
    };
    assert!(!changed(|_| {}).await);
    assert!(changed(|claim| claim.cost_table = Digest([1; 32])).await);
    assert!(changed(|claim| claim.manifest = Digest([1; 32])).await);
    assert!(changed(|claim| claim.block.hash = BlockHash([1; 32])).await);
}

#[tokio::test]
async fn a_call_on_a_block_that_the_chain_does_not_have_has_no_answer() {
    let case = Case::new().await;
    let claim = &case.dispute.claim;
    let known = async |hash: BlockHash| {
        case.source.chain().set(block_hash_key(claim.block.number), hash.encode());
        // With what is disputed, once more.
        case.at(&served(&case.worker).await).await;
        case.judged(case.dispute.clone(), 1000).await.expect("has a verdict")
    };
    assert_eq!(known(BlockHash([1; 32])).await, Answer::Outcome(no_answer(claim).digest()));
    assert_eq!(known(claim.block.hash).await, Answer::Outcome(claim.outcome.digest()));
}
