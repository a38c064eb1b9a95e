use adyton_protocol::{
    ids::{CodeHash, Digest, WorkerId},
    key_label::Purpose,
    sealed_code::{self, CodeError, MAGIC, SEALED_KEY, SealedCodeKey, TAG},
};
use adyton_threshold::{
    GroupPublic, PARTIAL_BYTES, PartialEvaluation, Share, ThresholdError, deal_insecure_single, release::ReleaseBinding,
};

use super::*;
use crate::{CodeKey, Gathering};
use adyton_client::{ContentKey, gateway::code_hash, seal_code, seal_code_key, seal_secret};
use chacha20poly1305::{KeyInit, Nonce, aead::Aead};
use hkdf::Hkdf;
use sha2::Sha256;

fn binding() -> ReleaseBinding {
    ReleaseBinding {
        network: NetworkId([1; 32]),
        contract: ContractId([2; 32]),
        epoch: 3,
        worker: WorkerId([4; 32]),
        statement: Digest([5; 32]),
        requested_at: 6,
        keyholder: WorkerId([7; 32]),
    }
}

fn boot() -> RecipientSecret {
    RecipientSecret::derive(&[8; 32])
}

fn answer(share: &Share, binding: &ReleaseBinding) -> Vec<u8> {
    let partials: Vec<_> =
        Purpose::ALL.iter().map(|purpose| (*purpose, share.evaluate(&binding.label(*purpose)))).collect();
    binding.seal(&boot().public(), &partials).unwrap()
}

fn secrets(group: &GroupPublic, share: &Share, binding: &ReleaseBinding) -> ContractSecrets {
    let mut gathering = Gathering::new(group.clone());
    gathering.add(binding, &boot(), &answer(share, binding)).unwrap();
    gathering.finish(binding).unwrap()
}

const SCHEMES: [Scheme; 4] = [Scheme::Ed25519, Scheme::Secp256k1, Scheme::P256, Scheme::Sr25519];

fn assert_all_differ<T: PartialEq>(all: &[T]) {
    for (index, one) in all.iter().enumerate() {
        assert!(all[index + 1..].iter().all(|other| other != one), "number {index} is there twice");
    }
}

fn any() -> ContractSecrets {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    secrets(&group, &share, &binding())
}

#[test]
fn the_same_contract_and_epoch_give_the_same_keys_to_every_worker() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let one = secrets(&group, &share, &binding());
    let elsewhere = ReleaseBinding { worker: WorkerId([99; 32]), requested_at: 99, ..binding() };
    let two = secrets(&group, &share, &elsewhere);
    assert_eq!(one.state_key(), two.state_key());
    assert_eq!(one.secret_recipient(), two.secret_recipient());
    assert_eq!(one.named_secret(Scheme::Ed25519, "a").unwrap(), two.named_secret(Scheme::Ed25519, "a").unwrap());
}

#[test]
fn another_contract_epoch_or_network_gives_other_keys() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let one = secrets(&group, &share, &binding());
    for other in [
        ReleaseBinding { contract: ContractId([9; 32]), ..binding() },
        ReleaseBinding { epoch: 4, ..binding() },
        ReleaseBinding { network: NetworkId([9; 32]), ..binding() },
    ] {
        let two = secrets(&group, &share, &other);
        assert_ne!(one.state_key(), two.state_key());
        assert_ne!(one.secret_recipient().key, two.secret_recipient().key);
        assert_ne!(one.named_secret(Scheme::Ed25519, "a").unwrap(), two.named_secret(Scheme::Ed25519, "a").unwrap());
    }
}

#[test]
fn the_three_purposes_of_one_contract_are_three_keys() {
    let one = any();
    assert_ne!(one.state.expose(), one.secrets.expose());
    assert_ne!(one.secrets.expose(), one.signing.expose());
    assert_ne!(one.state.expose(), one.signing.expose());
}

#[test]
fn a_tampered_partial_is_detected() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let mut partials: Vec<_> =
        Purpose::ALL.iter().map(|purpose| (*purpose, share.evaluate(&binding().label(*purpose)))).collect();
    // A point of the group, but of another label.
    let mut bytes = [0; PARTIAL_BYTES];
    bytes.copy_from_slice(&*share.evaluate(&ReleaseBinding { epoch: 9, ..binding() }.label(Purpose::State)).to_bytes());
    partials[0].1 = PartialEvaluation::from_bytes(&bytes).unwrap();
    let sealed = binding().seal(&boot().public(), &partials).unwrap();
    let refused = Gathering::new(group).add(&binding(), &boot(), &sealed);
    assert!(matches!(refused, Err(KeysError::Threshold(ThresholdError::WrongPartial { member: 0 }))));
}

#[test]
fn a_keyholder_of_another_committee_is_detected() {
    let (group, _) = deal_insecure_single(&mut rand_core::OsRng);
    let (_, stranger) = deal_insecure_single(&mut rand_core::OsRng);
    let refused = Gathering::new(group).add(&binding(), &boot(), &answer(&stranger, &binding()));
    assert!(matches!(refused, Err(KeysError::Threshold(ThresholdError::WrongPartial { member: 0 }))));
}

#[test]
fn an_answer_that_leaves_a_purpose_out_is_refused() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let partial = share.evaluate(&binding().label(Purpose::State));
    let sealed = binding().seal(&boot().public(), &[(Purpose::State, partial)]).unwrap();
    assert!(matches!(Gathering::new(group).add(&binding(), &boot(), &sealed), Err(KeysError::OtherPurposes)));
}

#[test]
fn a_second_answer_of_one_member_is_refused() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let mut gathering = Gathering::new(group);
    gathering.add(&binding(), &boot(), &answer(&share, &binding())).unwrap();
    let refused = gathering.add(&binding(), &boot(), &answer(&share, &binding()));
    assert!(matches!(refused, Err(KeysError::Threshold(ThresholdError::RepeatedMember { member: 0 }))));
}

#[test]
fn too_few_answers_give_no_keys() {
    let (group, _) = deal_insecure_single(&mut rand_core::OsRng);
    let refused = Gathering::new(group).finish(&binding());
    assert!(matches!(refused, Err(KeysError::Threshold(ThresholdError::TooFew { have: 0, need: 1 }))));
}

#[test]
fn another_name_or_scheme_is_another_key() {
    let secrets = any();
    let key = |(scheme, name)| secrets.named_secret(scheme, name).unwrap();
    let keys = SCHEMES.into_iter().flat_map(|scheme| [(scheme, "a"), (scheme, "b")]).map(key);
    assert_all_differ(&keys.collect::<Vec<_>>());
}

#[test]
fn a_named_key_is_one_of_its_scheme() {
    let secrets = any();
    for number in 0..100 {
        let key = |scheme| secrets.named_secret(scheme, &number.to_string()).unwrap();
        assert!(k256::SecretKey::from_slice(&*key(Scheme::Secp256k1)).is_ok());
        assert!(p256::SecretKey::from_slice(&*key(Scheme::P256)).is_ok());
    }
}

#[test]
fn a_key_of_one_use_is_no_key_or_secret_of_another() {
    let secrets = any();
    let named = SCHEMES.map(|scheme| secrets.named_secret(scheme, "a").unwrap().to_vec());
    let others = [
        secrets.encryption_secret("a").unwrap().to_vec(),
        secrets.derived_secret("a", b"", 32).unwrap().to_vec(),
        secrets.seeded_random(b"a", 32).unwrap().to_vec(),
        secrets.state.expose().to_vec(),
        secrets.secrets.expose().to_vec(),
        secrets.signing.expose().to_vec(),
    ];
    assert_all_differ(&[&named[..], &others[..]].concat());
}

#[test]
fn another_contract_or_epoch_gives_other_encryption_keys_secrets_and_randomness() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let all = |binding: &ReleaseBinding| {
        let secrets = secrets(&group, &share, binding);
        let encryption = secrets.encryption_secret("a").unwrap().to_vec();
        let derived = secrets.derived_secret("a", b"", 32).unwrap().to_vec();
        [encryption, derived, secrets.seeded_random(b"a", 32).unwrap().to_vec()]
    };
    let one = all(&binding());
    assert_eq!(one, all(&ReleaseBinding { worker: WorkerId([99; 32]), requested_at: 99, ..binding() }));
    for other in
        [ReleaseBinding { contract: ContractId([9; 32]), ..binding() }, ReleaseBinding { epoch: 4, ..binding() }]
    {
        assert_all_differ(&[one.clone(), all(&other)].concat());
    }
}

#[test]
fn another_name_context_or_length_is_an_unrelated_derived_secret() {
    let secrets = any();
    let derived =
        |name: &str, context: &[u8], length| secrets.derived_secret(name, context, length).unwrap()[..32].to_vec();
    let one = derived("a", b"bc", 32);
    assert_eq!(one, derived("a", b"bc", 32));
    let others = [derived("ab", b"c", 32), derived("a", b"", 32), derived("a", b"bc", 33), derived("a", b"bc", 64)];
    assert_all_differ(&[&[one][..], &others[..]].concat());
}

#[test]
fn what_stands_for_a_call_in_those_that_it_makes_follows_from_its_digest_and_is_no_derived_secret() {
    let secrets = any();
    let calling = |request| secrets.calling_secret(&Digest([request; 32])).to_vec();
    assert_eq!(calling(1), calling(1));
    let derived = secrets.derived_secret("a", &[1; 32], 32).unwrap().to_vec();
    assert_all_differ(&[calling(1), calling(2), vec![1; 32], derived]);
}

#[test]
fn the_bytes_of_a_seed_are_the_beginning_of_more_and_another_seeds_are_not() {
    let secrets = any();
    let seeded = |seed: &[u8], length| secrets.seeded_random(seed, length).unwrap().to_vec();
    let long = seeded(b"round 1", 8160);
    assert_eq!(seeded(b"round 1", 40), long[..40]);
    assert_ne!(seeded(b"round 2", 40), long[..40]);
    assert_ne!(seeded(b"", 40), long[..40]);
    assert!(seeded(b"round 1", 0).is_empty());
}

#[test]
fn more_bytes_than_hkdf_gives_are_refused() {
    let secrets = any();
    assert!(matches!(secrets.seeded_random(b"", 8161), Err(KeysError::Length)));
    assert!(matches!(secrets.derived_secret("a", b"", 8161), Err(KeysError::Length)));
}

#[test]
fn a_key_without_a_name_or_with_too_long_a_name_is_refused() {
    for name in ["", &"a".repeat(65)] {
        for scheme in SCHEMES {
            assert!(matches!(any().named_secret(scheme, name), Err(KeysError::KeyName)));
        }
        assert!(matches!(any().encryption_secret(name), Err(KeysError::KeyName)));
        assert!(matches!(any().derived_secret(name, b"", 32), Err(KeysError::KeyName)));
    }
}

#[test]
fn a_secret_opens_only_under_its_own_name_and_version() {
    let secrets = any();
    let sealed = seal_secret(&secrets.secret_recipient(), "token", 2, b"value").unwrap();
    assert_eq!(&secrets.open_secret(&sealed, 0).unwrap()[..], b"value");
    let renamed = SealedSecret { name: "other".into(), ..sealed.clone() };
    assert_eq!(secrets.open_secret(&renamed, 0), Err(SecretError::Sealed));
    let renumbered = SealedSecret { version: 3, ..sealed };
    assert_eq!(secrets.open_secret(&renumbered, 0), Err(SecretError::Sealed));
}

#[test]
fn an_older_version_of_a_secret_than_the_newest_seen_is_refused() {
    let secrets = any();
    let sealed = seal_secret(&secrets.secret_recipient(), "token", 2, b"value").unwrap();
    assert!(secrets.open_secret(&sealed, 2).is_ok());
    assert_eq!(secrets.open_secret(&sealed, 3), Err(SecretError::RolledBack { version: 2, newest: 3 }));
}

#[test]
fn a_secret_sealed_to_another_contract_is_refused_even_under_this_ones_name() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let one = secrets(&group, &share, &binding());
    let two = secrets(&group, &share, &ReleaseBinding { contract: ContractId([9; 32]), ..binding() });
    let sealed = seal_secret(&two.secret_recipient(), "token", 1, b"value").unwrap();
    assert_eq!(one.open_secret(&sealed, 0), Err(SecretError::Sealed));
    let moved = SealedSecret { contract: *one.contract(), ..sealed };
    assert_eq!(one.open_secret(&moved, 0), Err(SecretError::Sealed));
}

#[test]
fn a_sealed_secret_that_is_changed_or_cut_is_refused() {
    let secrets = any();
    let sealed = seal_secret(&secrets.secret_recipient(), "token", 1, b"value").unwrap();
    let mut changed = sealed.clone();
    changed.sealed[40] ^= 1;
    assert_eq!(secrets.open_secret(&changed, 0), Err(SecretError::Sealed));
    let cut = SealedSecret { sealed: sealed.sealed[..31].to_vec(), ..sealed };
    assert_eq!(secrets.open_secret(&cut, 0), Err(SecretError::Sealed));
}

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 and more";

/// What an owner gives to a contract: the component sealed, and its key.
fn given(to: &SecretRecipient, key: &ContentKey) -> (Vec<u8>, SealedCodeKey) {
    let sealed = seal_code(&to.network, COMPONENT, key);
    let key = seal_code_key(to, &code_hash(COMPONENT), &code_hash(&sealed), key).unwrap();
    (sealed, key)
}

#[test]
fn code_opens_with_the_key_that_its_owner_gave() {
    let secrets = any();
    let (sealed, key) = given(&secrets.secret_recipient(), &ContentKey::random());
    let key = secrets.open_code_key(&key).unwrap();
    assert_eq!(key.stored(), &code_hash(&sealed));
    assert_eq!(key.open(&binding().network, &code_hash(COMPONENT), &sealed).unwrap(), COMPONENT);
}

#[test]
fn a_key_of_code_that_was_given_to_another_contract_is_refused_even_under_this_ones_name() {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let one = secrets(&group, &share, &binding());
    let two = secrets(&group, &share, &ReleaseBinding { contract: ContractId([9; 32]), ..binding() });
    let (_, key) = given(&two.secret_recipient(), &ContentKey::random());
    assert_eq!(one.open_code_key(&key).unwrap_err(), CodeError::Key);
    let moved = SealedCodeKey { contract: *one.contract(), ..key };
    assert_eq!(one.open_code_key(&moved).unwrap_err(), CodeError::Key);
}

#[test]
fn a_key_of_code_opens_only_for_the_code_bytes_and_epoch_it_was_sealed_for() {
    let secrets = any();
    let (_, key) = given(&secrets.secret_recipient(), &ContentKey::random());
    assert!(secrets.open_code_key(&key).is_ok());
    let mut changed = key.clone();
    changed.sealed[40] ^= 1;
    for other in [
        SealedCodeKey { code: CodeHash([9; 32]), ..key.clone() },
        SealedCodeKey { stored: CodeHash([9; 32]), ..key.clone() },
        SealedCodeKey { epoch: 4, ..key.clone() },
        SealedCodeKey { sealed: [0; SEALED_KEY], ..key.clone() },
        changed,
    ] {
        assert_eq!(secrets.open_code_key(&other).unwrap_err(), CodeError::Key, "{other:?}");
    }
}

#[test]
fn code_under_another_key_name_or_network_and_code_that_is_cut_or_changed_does_not_open() {
    let (network, code, key) = (binding().network, code_hash(COMPONENT), ContentKey::new([7; 32]));
    let sealed = seal_code(&network, COMPONENT, &key);
    let own = CodeKey::new(code_hash(&sealed), Zeroizing::new([7; 32]));
    assert_eq!(own.open(&network, &code, &sealed).unwrap(), COMPONENT);
    let other = CodeKey::new(code_hash(&sealed), Zeroizing::new([8; 32]));
    assert_eq!(other.open(&network, &code, &sealed), Err(CodeError::Content));
    assert_eq!(own.open(&NetworkId([9; 32]), &code, &sealed), Err(CodeError::Content));
    assert_eq!(own.open(&network, &CodeHash([9; 32]), &sealed), Err(CodeError::Content));
    let mut changed = sealed.clone();
    changed[12] ^= 1;
    let mut swapped = sealed.clone();
    swapped.swap(8, 9);
    assert_ne!(swapped, sealed);
    for bytes in [&changed[..], &swapped, &sealed[..sealed.len() - 1], &[&sealed[..], &[0]].concat()] {
        assert_eq!(own.open(&network, &code, bytes), Err(CodeError::Content));
    }
    for bytes in [COMPONENT, &sealed[1..], &sealed[..MAGIC.len() + TAG - 1], &[]] {
        assert_eq!(own.open(&network, &code, bytes), Err(CodeError::Form));
    }
}

#[test]
fn an_owner_who_seals_other_bytes_as_the_code_is_found_out() {
    let (network, code) = (binding().network, code_hash(COMPONENT));
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &[7; 32]).expand(&sealed_code::info(&network, &code), &mut key).unwrap();
    let cipher = chacha20poly1305::ChaCha20Poly1305::new(&key.into());
    let ciphertext = cipher.encrypt(&Nonce::default(), &b"something else"[..]).unwrap();
    let sealed = [&MAGIC[..], &ciphertext].concat();
    let key = CodeKey::new(code_hash(&sealed), Zeroizing::new([7; 32]));
    assert_eq!(key.open(&network, &code, &sealed), Err(CodeError::Hash));
}

#[test]
fn nothing_secret_is_printed() {
    assert_eq!(format!("{:?}", any()), format!("ContractSecrets({}, epoch 3)", ContractId([2; 32])));
    let key = CodeKey::new(CodeHash([2; 32]), Zeroizing::new([7; 32]));
    assert_eq!(format!("{key:?}"), format!("CodeKey({})", CodeHash([2; 32])));
}

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors");

fn vector(name: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(format!("{VECTORS}/{name}.json")).unwrap()).unwrap()
}

/// The secrets that come out of the evaluations of `evaluation.json`.
fn published() -> ContractSecrets {
    let evaluation = vector("evaluation");
    let bytes = |field: &str| hex::decode(evaluation[field].as_str().unwrap()).unwrap();
    let (group, share) =
        (GroupPublic::from_bytes(&bytes("group")).unwrap(), Share::from_bytes(&bytes("share")).unwrap());
    let secrets = secrets(&group, &share, &binding());
    let expected = evaluation["evaluations"][0]["contract_secret"].as_str().unwrap();
    assert_eq!(hex::encode(secrets.state_key()), expected, "the two files belong together");
    secrets
}

/// `specs/vectors/contract-keys.json`.
#[test]
fn the_published_contract_key_vectors_are_what_this_code_makes() {
    let secrets = published();
    let keys = SCHEMES.map(|scheme| {
        let secret = secrets.named_secret(scheme, "prices").unwrap();
        serde_json::json!({ "scheme": scheme.name(), "name": "prices", "secret": hex::encode(*secret) })
    });
    let encryption = secrets.encryption_secret("bids").unwrap();
    let derived = secrets.derived_secret("salt", b"users", 40).unwrap();
    let seeded = secrets.seeded_random(b"round 1", 70).unwrap();
    let built = serde_json::json!({
        "network": binding().network, "epoch": binding().epoch, "contract": binding().contract,
        "state_key": hex::encode(secrets.state_key()),
        "secrets_public": secrets.secret_recipient().key,
        "keys": keys,
        "encryption_key": {
            "name": "bids", "secret": hex::encode(*encryption),
            "public": hex::encode(RecipientSecret::derive(&encryption).public().0),
        },
        "derived_secret": { "name": "salt", "context": hex::encode("users"), "secret": hex::encode(&*derived) },
        "seeded_random": { "seed": hex::encode("round 1"), "bytes": hex::encode(&*seeded) },
    });
    let path = format!("{VECTORS}/contract-keys.json");
    let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{path} differs from what the code makes");
}

/// `specs/vectors/owner-secret.json`, which clients make.
#[test]
fn the_published_owner_secret_opens() {
    let vector = vector("owner-secret");
    let sealed = SealedSecret::from_bytes(&hex::decode(vector["encoding"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!((sealed.name.as_str(), sealed.version), ("api-key", 4));
    assert_eq!(hex::encode(&*published().open_secret(&sealed, 4).unwrap()), vector["value"].as_str().unwrap());
}

/// `specs/vectors/sealed-code.json`, which clients make.
#[test]
fn the_published_sealed_code_opens_with_the_published_key() {
    let vector = vector("sealed-code");
    let bytes = |field: &str| hex::decode(vector[field].as_str().unwrap()).unwrap();
    let code: CodeHash = serde_json::from_value(vector["code"].clone()).unwrap();
    let key = SealedCodeKey::from_bytes(&bytes("encoding")).unwrap();
    assert_eq!((key.code, key.stored), (code, serde_json::from_value(vector["stored"].clone()).unwrap()));
    let key = published().open_code_key(&key).unwrap();
    assert_eq!(key.expose()[..], bytes("content_key"));
    assert_eq!(key.open(&binding().network, &code, &bytes("sealed")).unwrap(), bytes("component"));
}
