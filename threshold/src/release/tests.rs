use super::*;
use crate::deal_insecure_single;
use adyton_protocol::{
    ids::{AccountId, BlockHash, BlockRef, SigningKey},
    statement::Role,
};
use rand_core_next::{Infallible, TryCryptoRng, TryRng};

fn secret(seed: u8) -> RecipientSecret {
    RecipientSecret::derive(&[seed; 32])
}

fn request() -> ReleaseRequest {
    ReleaseRequest {
        contract: ContractId([1; 32]),
        epoch: 2,
        purposes: Purpose::ALL.to_vec(),
        requested_at: 30,
        statement: AttestedStatement {
            network: NetworkId([4; 32]),
            worker: WorkerId([5; 32]),
            operator: AccountId([6; 32]),
            role: Role::Worker,
            signing_key: SigningKey([7; 32]),
            encryption_key: secret(1).public(),
            config: Digest([8; 32]),
            recent: BlockRef { number: 9, hash: BlockHash([10; 32]) },
        },
        evidence: vec![11; 5000],
        collateral: vec![12; 20_000],
    }
}

fn binding() -> ReleaseBinding {
    request().binding(WorkerId([9; 32]))
}

fn answer(to: &EncryptionKey) -> Vec<u8> {
    let (_, share) = deal_insecure_single(&mut rand_core::OsRng);
    let partials: Vec<_> =
        Purpose::ALL.iter().map(|purpose| (*purpose, share.evaluate(&binding().label(*purpose)))).collect();
    binding().seal(to, &partials).unwrap()
}

#[test]
fn an_answer_opens_for_the_worker_it_is_sealed_to_and_holds_each_purpose() {
    let sealed = answer(&secret(1).public());
    assert!(sealed.len() <= MAX_ANSWER);
    let opened = binding().open(&secret(1), &sealed).unwrap();
    assert_eq!(opened.iter().map(|(purpose, _)| *purpose).collect::<Vec<_>>(), Purpose::ALL);
}

#[test]
fn an_answer_for_worker_a_cannot_be_opened_by_worker_b() {
    assert!(binding().open(&secret(2), &answer(&secret(1).public())).is_err());
}

#[test]
fn an_answer_opens_under_no_other_binding() {
    let sealed = answer(&secret(1).public());
    for other in [
        ReleaseBinding { network: NetworkId([99; 32]), ..binding() },
        ReleaseBinding { contract: ContractId([99; 32]), ..binding() },
        ReleaseBinding { epoch: 99, ..binding() },
        ReleaseBinding { worker: WorkerId([99; 32]), ..binding() },
        ReleaseBinding { statement: Digest([99; 32]), ..binding() },
        ReleaseBinding { requested_at: 99, ..binding() },
        ReleaseBinding { keyholder: WorkerId([99; 32]), ..binding() },
    ] {
        assert!(other.open(&secret(1), &sealed).is_err());
    }
}

#[test]
fn an_answer_that_is_changed_cut_or_too_long_is_refused() {
    let sealed = answer(&secret(1).public());
    for place in [0, 31, 32, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(binding().open(&secret(1), &changed).is_err());
    }
    for length in [0, 31, 32, 47, sealed.len() - 1] {
        assert!(binding().open(&secret(1), &sealed[..length]).is_err());
    }
    assert!(binding().open(&secret(1), &[0; MAX_ANSWER + 1]).is_err());
}

#[test]
fn a_recipient_key_of_small_order_gets_nothing() {
    assert!(binding().seal(&EncryptionKey([0; 32]), &[]).is_err());
}

#[test]
fn a_request_reads_back_what_it_wrote() {
    let bytes = request().to_bytes();
    assert_eq!(ReleaseRequest::from_bytes(&bytes).unwrap(), request());
}

#[test]
fn a_request_that_is_cut_extended_or_of_another_version_is_refused() {
    let bytes = request().to_bytes();
    assert!(ReleaseRequest::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert!(ReleaseRequest::from_bytes(&[bytes.clone(), vec![0]].concat()).is_err());
    assert!(ReleaseRequest::from_bytes(&[vec![2], bytes[1..].to_vec()].concat()).is_err());
    assert!(ReleaseRequest::from_bytes(&[]).is_err());
}

#[test]
fn a_request_that_is_too_long_is_refused() {
    let evidence = ReleaseRequest { evidence: vec![0; MAX_EVIDENCE + 1], ..request() };
    assert!(ReleaseRequest::from_bytes(&evidence.to_bytes()).is_err());
    let collateral = ReleaseRequest { collateral: vec![0; MAX_COLLATERAL + 1], ..request() };
    assert!(ReleaseRequest::from_bytes(&collateral.to_bytes()).is_err());
}

#[test]
fn a_request_for_no_purpose_or_for_one_twice_is_refused() {
    for purposes in [vec![], vec![Purpose::State, Purpose::State], vec![Purpose::Signing, Purpose::State]] {
        assert!(ReleaseRequest::from_bytes(&ReleaseRequest { purposes, ..request() }.to_bytes()).is_err());
    }
}

#[test]
fn a_secret_prints_only_its_public_key() {
    assert_eq!(format!("{:?}", secret(1)), format!("RecipientSecret({})", secret(1).public()));
}

/// In place of what is random: gives the same byte for ever.
struct Constant(u8);

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Constant {}

/// `specs/vectors/release.json`: a request, and an answer to it whose ephemeral key is not random.
#[test]
fn the_published_release_is_what_this_code_makes_and_opens() {
    let share = crate::Share::from_bytes(&[&[1, 0, 0, 0, 0][..], &[7; 32]].concat()).unwrap();
    let request = ReleaseRequest { evidence: vec![11; 10], collateral: vec![12; 10], ..request() };
    let binding = request.binding(WorkerId([13; 32]));
    let partials: Vec<_> =
        request.purposes.iter().map(|purpose| (*purpose, share.evaluate(&binding.label(*purpose)))).collect();
    let key = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&secret(1).public().0).unwrap();
    let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        &binding.info(),
        &plain(&partials),
        &[],
        &mut Constant(5),
    )
    .unwrap();
    let answer = [&encapsulated.to_bytes()[..], &sealed].concat();
    assert_eq!(binding.open(&secret(1), &answer).unwrap().len(), partials.len());

    let built = serde_json::json!({
        "request": hex::encode(request.to_bytes()),
        "keyholder": binding.keyholder,
        "worker_key_material": hex::encode([1; 32]),
        "share": hex::encode(*share.to_bytes()),
        "answer_info": hex::encode(binding.info()),
        "ephemeral_key_material": hex::encode([5; 32]),
        "answer": hex::encode(answer),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/vectors/release.json");
    let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "{path} differs from what the code makes");
}
