//! Fetching endorsements, against services of the vendors' shape on loopback.

use crate::support::service::{Service, impatience};
use adyton_attestation::{Collateral, verify_collateral};
use adyton_attestation_platform::fetch::{
    AmdLeaf, AmdProduct, AmdRequest, AmdTcb, FetchConfig, FetchError, Fetched, Fetcher, IntelAuthority,
    IntelEndorsements, IntelRequest, IntelSource, IntelTee, Update,
};
use adyton_development_root::DevelopmentRoot;
use axum::{
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

const NOW: u64 = 1_800_000_000;
const REQUEST: IntelRequest = IntelRequest {
    tee: IntelTee::Tdx,
    fmspc: [0xAD, 0x70, 0x0D, 0, 0, 0],
    authority: IntelAuthority::Platform,
    update: Update::Early,
};

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([3; 32])
}

/// Collateral as a service of Intel's shape has it.
#[derive(Clone)]
struct Pcs {
    file: Value,
    lists: fn(Vec<u8>) -> Vec<u8>,
    /// The name of the header with the TCB information's chain.
    chain_header: &'static str,
}

impl Pcs {
    fn issued(at: u64) -> Self {
        let file = root().collateral(at).to_json(&root().root_certificate()).unwrap();
        let file = serde_json::from_str(&file).unwrap();
        Self { file, lists: |der| der, chain_header: "TCB-Info-Issuer-Chain" }
    }

    fn text(&self, field: &str) -> &str {
        self.file[field].as_str().unwrap()
    }

    fn list(&self, field: &str) -> Vec<u8> {
        (self.lists)(unhex(self.text(field)))
    }

    fn answer(&self, question: &str) -> Response {
        let chain = |field: &str| percent_encoded(self.text(field));
        // The signed document goes out character by character, and an order of fields that no writer would choose.
        let signed = |name: &str, document: &str, signature: &str| {
            format!(r#"{{ "signature" : "{}", "{name}" : {} }}"#, self.text(signature), self.text(document))
        };
        match question {
            "GET /tdx/certification/v4/tcb?fmspc=AD700D000000&update=early" => {
                let body = signed("tcbInfo", "tcb_info", "tcb_info_signature");
                ([(self.chain_header, chain("tcb_info_issuer_chain"))], body).into_response()
            }
            "GET /tdx/certification/v4/qe/identity?update=early" => {
                let body = signed("enclaveIdentity", "qe_identity", "qe_identity_signature");
                ([("SGX-Enclave-Identity-Issuer-Chain", chain("qe_identity_issuer_chain"))], body).into_response()
            }
            "GET /sgx/certification/v4/pckcrl?ca=platform&encoding=der" => {
                ([("SGX-PCK-CRL-Issuer-Chain", chain("pck_crl_issuer_chain"))], self.list("pck_crl")).into_response()
            }
            "GET /sgx/certification/v4/rootcacrl" | "GET /IntelSGXRootCA.der" => {
                self.list("root_ca_crl").into_response()
            }
            other => (StatusCode::NOT_FOUND, other.to_owned()).into_response(),
        }
    }

    async fn start(self) -> Service {
        Service::start(move |question, _| self.answer(question)).await
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn fetcher(sources: &[&Service], cache: Option<&Path>) -> Fetcher {
    let intel = sources.iter().map(|service| IntelSource { url: service.url.clone(), root_crl: None }).collect();
    let urls: Vec<_> = sources.iter().map(|service| service.url.clone()).collect();
    let config = FetchConfig {
        intel,
        amd: urls.clone(),
        nvidia_rim: urls.clone(),
        nvidia_ocsp: urls,
        cache: cache.map(Into::into),
        cache_seconds: 100,
    };
    Fetcher::with_patience(config, impatience()).unwrap()
}

fn verifies(collateral: &Collateral) -> Result<(), String> {
    verify_collateral(collateral, &root().root(), NOW).map(|_| ()).map_err(|refusal| refusal.to_string())
}

async fn intel(fetcher: &Fetcher, now: u64) -> Result<Fetched<IntelEndorsements>, FetchError> {
    fetcher.intel(&REQUEST, now, verifies).await
}

#[tokio::test]
async fn collateral_of_a_caching_service_verifies_and_its_file_says_the_same() {
    let service = Pcs { lists: |der| hex(&der).into_bytes(), ..Pcs::issued(NOW) }.start().await;
    let fetched = intel(&fetcher(&[&service], None), NOW).await.unwrap();
    assert_eq!(fetched.value.collateral, root().collateral(NOW));
    assert_eq!(Collateral::from_json(fetched.value.file.as_bytes()).unwrap(), fetched.value.collateral);
    assert_eq!((fetched.source, fetched.at, fetched.cached), (service.url.clone(), NOW, false));
    assert_eq!(service.asked().len(), 4);
}

#[tokio::test]
async fn collateral_of_intels_own_service_has_its_roots_list_elsewhere() {
    let service = Pcs::issued(NOW).start().await;
    let config = FetchConfig {
        intel: vec![IntelSource {
            url: format!("{}/", service.url),
            root_crl: Some(format!("{}/IntelSGXRootCA.der", service.url)),
        }],
        ..FetchConfig::default()
    };
    intel(&Fetcher::with_patience(config, impatience()).unwrap(), NOW).await.unwrap();
    assert_eq!(service.asked().last().unwrap(), "GET /IntelSGXRootCA.der");
}

#[tokio::test]
async fn the_older_name_of_a_chains_header_is_known_and_lists_may_be_pem() {
    let lists = |der: Vec<u8>| {
        format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", STANDARD.encode(der)).into_bytes()
    };
    let service = Pcs { chain_header: "SGX-TCB-Info-Issuer-Chain", lists, ..Pcs::issued(NOW) }.start().await;
    intel(&fetcher(&[&service], None), NOW).await.unwrap();
}

#[tokio::test]
async fn standard_and_early_collateral_of_each_technology_are_asked_for_by_name() {
    let service = Service::failing(StatusCode::NOT_FOUND).await;
    let request =
        IntelRequest { tee: IntelTee::Sgx, authority: IntelAuthority::Processor, update: Update::Standard, ..REQUEST };
    let error = fetcher(&[&service], None).intel(&request, NOW, verifies).await.unwrap_err();
    assert!(
        error.to_string().contains("Intel's standard collateral of sgx platforms ad700d000000 (processor)"),
        "{error}"
    );
    assert_eq!(service.asked(), ["GET /sgx/certification/v4/tcb?fmspc=AD700D000000&update=standard"]);
}

#[tokio::test]
async fn a_source_that_fails_lies_or_is_stale_is_passed_over_with_its_reason() {
    let gone = Service::failing(StatusCode::NOT_FOUND).await;
    let stale = Pcs::issued(NOW - 400 * 24 * 60 * 60).start().await;
    let mut edited = Pcs::issued(NOW);
    edited.file["tcb_info"] = edited.text("tcb_info").replace("20", "21").into();
    let edited = edited.start().await;
    let good = Pcs::issued(NOW).start().await;
    let fetched = intel(&fetcher(&[&gone, &stale, &edited, &good], None), NOW).await.unwrap();
    assert_eq!(fetched.source, good.url);
    let failed: Vec<_> = fetched.failures.iter().map(|failure| failure.source.as_str()).collect();
    assert_eq!(failed, [&gone.url, &stale.url, &edited.url]);
    assert!(fetched.failures[0].reason.contains("404"), "{:?}", fetched.failures);
}

#[tokio::test]
async fn without_any_good_source_every_reason_is_told() {
    let gone = Service::failing(StatusCode::FORBIDDEN).await;
    let error = intel(&fetcher(&[&gone], None), NOW).await.unwrap_err().to_string();
    assert!(error.contains("403") && error.contains(&gone.url), "{error}");
    let error = intel(&fetcher(&[], None), NOW).await.unwrap_err().to_string();
    assert!(error.contains("none is configured"), "{error}");
    let config = FetchConfig {
        intel: vec![IntelSource { url: "http://127.0.0.1:1".into(), root_crl: None }],
        ..FetchConfig::default()
    };
    let error = intel(&Fetcher::with_patience(config, impatience()).unwrap(), NOW).await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn answers_of_another_form_are_refused_with_what_is_wrong() {
    type Spoil = fn(&mut Pcs);
    let cases: [(Spoil, &str); 5] = [
        (|pcs| pcs.file["tcb_info"] = "{".into(), "TCB information"),
        (|pcs| pcs.file["qe_identity"] = "1, \"more\": 2".into(), "identity of the enclave"),
        (|pcs| pcs.lists = |_| b"<html>".to_vec(), "neither DER"),
        (|pcs| pcs.file["pck_crl_issuer_chain"] = "words".into(), "not PEM"),
        (|pcs| pcs.chain_header = "other", "without a chain"),
    ];
    for (spoil, expected) in cases {
        let mut pcs = Pcs::issued(NOW);
        spoil(&mut pcs);
        let service = pcs.start().await;
        let error = intel(&fetcher(&[&service], None), NOW).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[tokio::test]
async fn an_answer_beyond_its_bound_is_not_read_to_its_end() {
    let service = Service::start(|_, _| vec![b' '; 1 << 20].into_response()).await;
    let error = intel(&fetcher(&[&service], None), NOW).await.unwrap_err().to_string();
    assert!(error.contains("longer than 262144 bytes"), "{error}");
    // Nor one that does not say its length.
    let service = Service::start(|_, _| {
        let chunks = futures(vec![b' '; 1 << 16], 64);
        axum::body::Body::from_stream(chunks).into_response()
    })
    .await;
    let error = intel(&fetcher(&[&service], None), NOW).await.unwrap_err().to_string();
    assert!(error.contains("longer than 262144 bytes"), "{error}");
}

fn futures(chunk: Vec<u8>, times: usize) -> impl futures::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    futures::stream::iter((0..times).map(move |_| Ok(chunk.clone())))
}

#[tokio::test]
async fn failures_that_pass_are_tried_again_and_lasting_ones_are_not() {
    for (status, attempts) in [
        (StatusCode::SERVICE_UNAVAILABLE, 2),
        (StatusCode::TOO_MANY_REQUESTS, 2),
        (StatusCode::BAD_GATEWAY, 2),
        (StatusCode::NOT_FOUND, 1),
        (StatusCode::UNAUTHORIZED, 1),
        (StatusCode::FOUND, 1),
    ] {
        let service = Service::failing(status).await;
        intel(&fetcher(&[&service], None), NOW).await.unwrap_err();
        assert_eq!(service.asked().len(), attempts, "{status}");
    }
}

#[tokio::test]
async fn a_service_that_recovers_between_two_attempts_is_used() {
    let count = Arc::new(AtomicU32::new(0));
    let pcs = Pcs::issued(NOW);
    let service = Service::start(move |question, _| {
        if count.fetch_add(1, Ordering::Relaxed) == 0 {
            // It asks for an hour, and gets the longest pause there is.
            return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "3600")]).into_response();
        }
        pcs.answer(question)
    })
    .await;
    intel(&fetcher(&[&service], None), NOW).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_in_time_is_given_up() {
    let service = Service::start(|_, _| {
        std::thread::sleep(std::time::Duration::from_secs(1));
        StatusCode::OK.into_response()
    })
    .await;
    let patience = adyton_attestation_platform::Patience {
        answer: std::time::Duration::from_millis(50),
        attempts: 1,
        ..impatience()
    };
    let config = FetchConfig { amd: vec![service.url.clone()], ..FetchConfig::default() };
    let error = Fetcher::with_patience(config, patience).unwrap().amd(&vlek(), NOW, |_| Ok(())).await.unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
}

#[tokio::test]
async fn what_is_young_comes_out_of_the_cache_and_what_is_old_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let service = Pcs::issued(NOW).start().await;
    let fetcher = fetcher(&[&service], Some(folder.path()));
    assert!(!intel(&fetcher, NOW).await.unwrap().cached);
    let cached = intel(&fetcher, NOW + 99).await.unwrap();
    assert_eq!((cached.cached, cached.at, service.asked().len()), (true, NOW, 4));
    assert_eq!(cached.value.collateral, root().collateral(NOW));
    // Old, and from a clock that was ahead.
    assert!(!intel(&fetcher, NOW + 100).await.unwrap().cached);
    assert!(!intel(&fetcher, NOW - 1).await.unwrap().cached);
    assert_eq!(service.asked().len(), 12);
}

#[tokio::test]
async fn what_is_old_is_still_used_when_no_source_answers_and_only_if_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let service = Pcs::issued(NOW).start().await;
    intel(&fetcher(&[&service], Some(folder.path())), NOW).await.unwrap();
    let gone = Service::failing(StatusCode::NOT_FOUND).await;
    let alone = fetcher(&[&gone], Some(folder.path()));
    let kept = intel(&alone, NOW + 5000).await.unwrap();
    assert_eq!((kept.cached, kept.at, kept.failures.len()), (true, NOW, 1));
    let refused = alone.intel(&REQUEST, NOW, |_| Err("not good enough".into())).await.unwrap_err().to_string();
    assert!(refused.contains("cache: not good enough"), "{refused}");
}

#[tokio::test]
async fn what_is_not_accepted_never_reaches_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let service = Pcs::issued(NOW).start().await;
    let fetcher = fetcher(&[&service], Some(&folder.path().join("cache")));
    fetcher.intel(&REQUEST, NOW, |_| Err("no".into())).await.unwrap_err();
    assert!(!folder.path().join("cache").exists());
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_does_not_stop_anything() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let service = Pcs::issued(NOW).start().await;
    intel(&fetcher(&[&service], Some(&file)), NOW).await.unwrap();
}

fn vlek() -> AmdRequest {
    AmdRequest { product: AmdProduct::Genoa, leaf: AmdLeaf::Vlek }
}

fn kds(question: &str, _: &[u8]) -> Response {
    let pem = "-----BEGIN CERTIFICATE-----\r\nAAEC\r\n-----END CERTIFICATE-----\r\n";
    let chip = "c1".repeat(64);
    match question.strip_prefix("GET /").unwrap() {
        "vcek/v1/Milan/cert_chain" | "vlek/v1/Genoa/cert_chain" => {
            format!("{pem}{}", pem.replace("AAEC", "AwQF")).into_response()
        }
        "vcek/v1/Milan/crl" | "vlek/v1/Genoa/crl" => vec![0x30, 0x82, 1].into_response(),
        path if path == format!("vcek/v1/Milan/{chip}?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219") => {
            vec![0x30, 0x82, 2].into_response()
        }
        other => (StatusCode::NOT_FOUND, other.to_owned()).into_response(),
    }
}

#[tokio::test]
async fn a_chips_certificate_its_chain_and_the_revocation_list_come_together() {
    let service = Service::start(kds).await;
    let tcb = AmdTcb { fmc: None, bootloader: 4, tee: 0, snp: 24, microcode: 219 };
    let leaf = AmdLeaf::Vcek { chip: vec![0xC1; 64], tcb };
    let request = AmdRequest { product: AmdProduct::Milan, leaf };
    let fetched = fetcher(&[&service], None).amd(&request, NOW, |_| Ok(())).await.unwrap().value;
    assert_eq!(fetched.vcek, Some(vec![0x30, 0x82, 2]));
    assert_eq!((fetched.authority, fetched.root), (vec![0, 1, 2], vec![3, 4, 5]));
    assert_eq!(fetched.revocation_list, [0x30, 0x82, 1]);
}

#[tokio::test]
async fn for_a_clouds_key_only_what_is_above_it_comes() {
    let service = Service::start(kds).await;
    let fetched = fetcher(&[&service], None).amd(&vlek(), NOW, |_| Ok(())).await.unwrap().value;
    assert_eq!((fetched.vcek, fetched.root), (None, vec![3, 4, 5]));
    assert_eq!(service.asked(), ["GET /vlek/v1/Genoa/cert_chain", "GET /vlek/v1/Genoa/crl"]);
}

#[tokio::test]
async fn answers_of_amds_that_are_of_another_form_are_refused() {
    for (body, expected) in [("<html>", "not PEM"), ("", "two certificates")] {
        let service = Service::start(move |_, _| body.into_response()).await;
        let error = fetcher(&[&service], None).amd(&vlek(), NOW, |_| Ok(())).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let tcb = AmdTcb { fmc: None, bootloader: 0, tee: 0, snp: 0, microcode: 0 };
    let wrong = AmdRequest { product: AmdProduct::Turin, leaf: AmdLeaf::Vcek { chip: vec![1; 64], tcb } };
    let error = fetcher(&[], None).amd(&wrong, NOW, |_| Ok(())).await.unwrap_err();
    assert!(matches!(error, FetchError::Request(_)), "{error}");
}

#[tokio::test]
async fn a_revocation_list_of_amds_is_asked_for_alone_and_checked_by_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    let (wrong, good) = (Service::failing(StatusCode::NOT_FOUND).await, Service::start(kds).await);
    let fetcher = fetcher(&[&wrong, &good], Some(folder.path()));
    let list = |accept: fn(&[u8]) -> Result<(), String>| fetcher.amd_revocation_list(AmdProduct::Milan, NOW, accept);
    let error = list(|_| Err("it is forged".into())).await.unwrap_err().to_string();
    assert!(error.contains("AMD's revocation list of Milan") && error.contains("it is forged"), "{error}");
    let fetched = list(|_| Ok(())).await.unwrap();
    assert_eq!((fetched.value, fetched.source), (vec![0x30, 0x82, 1], good.url.clone()));
    assert!(list(|_| Ok(())).await.unwrap().cached);
    assert_eq!(good.asked(), ["GET /vcek/v1/Milan/crl", "GET /vcek/v1/Milan/crl"]);
}

const RIM: &str = "NV_GPU_DRIVER_GH100_535.86.09";

fn rim(id: &str, content: &[u8], hash: &str) -> String {
    json!({ "id": id, "rim": STANDARD.encode(content), "sha256": hash, "rim_format": "TCG", "request_id": "1" })
        .to_string()
}

#[tokio::test]
async fn reference_measurements_come_with_the_hash_that_the_service_names() {
    let good = rim(RIM, b"<SoftwareIdentity/>", &hex(&Sha256::digest(b"<SoftwareIdentity/>")));
    let service = Service::start(move |_, _| good.clone().into_response()).await;
    let fetched = fetcher(&[&service], None).nvidia_rim(RIM, NOW, |_| Ok(())).await.unwrap();
    assert_eq!(fetched.value, b"<SoftwareIdentity/>");
    assert_eq!(service.asked(), [format!("GET /v1/rim/{RIM}")]);
}

#[tokio::test]
async fn reference_measurements_of_another_name_or_hash_are_refused() {
    let hash = hex(&Sha256::digest(b"x"));
    for (answer, expected) in [
        (rim("another", b"x", &hash), "answers with"),
        (rim(RIM, b"y", &hash), "hash"),
        (json!({ "id": RIM, "rim": "?", "sha256": hash }).to_string(), "base64"),
        ("{}".into(), "missing field"),
    ] {
        let service = Service::start(move |_, _| answer.clone().into_response()).await;
        let error = fetcher(&[&service], None).nvidia_rim(RIM, NOW, |_| Ok(())).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    for id in ["", "../ids", "a/b", "a b", "a?b", "a..b", &"a".repeat(129)] {
        let error = fetcher(&[], None).nvidia_rim(id, NOW, |_| Ok(())).await.unwrap_err();
        assert!(matches!(error, FetchError::Request(_)), "{id}: {error}");
    }
}

/// An issuer and a certificate of it.
fn certificates() -> (Vec<u8>, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap().self_signed(&key).unwrap();
    let leaf_key = rcgen::KeyPair::generate().unwrap();
    let mut leaf = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    leaf.serial_number = Some(rcgen::SerialNumber::from(vec![0x12, 0x34, 0x56, 0x78]));
    let issuer = rcgen::Issuer::new(rcgen::CertificateParams::new(Vec::<String>::new()).unwrap(), key);
    (leaf.signed_by(&leaf_key, &issuer).unwrap().der().to_vec(), authority.der().to_vec())
}

/// A status service: it takes the nonce out of the question's end and says "good" in about the right form.
fn responder(
    nonce: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) -> impl Fn(&str, &[u8]) -> Response + Send + Sync {
    move |question, body| {
        assert_eq!(question, "POST /");
        let extension =
            [&[0x06, 0x09, 0x2B, 6, 1, 5, 5, 7, 0x30, 1, 2, 0x04, 0x22, 0x04, 0x20][..], &nonce(body)].concat();
        let content = [&[0x0A, 1, 0][..], &extension].concat();
        [&[0x30, content.len() as u8][..], &content].concat().into_response()
    }
}

#[tokio::test]
async fn a_certificates_status_is_asked_for_with_a_nonce_that_the_answer_carries() {
    let (certificate, issuer) = certificates();
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(responder(|question| question[question.len() - 32..].to_vec())).await;
    let fetcher = fetcher(&[&service], Some(folder.path()));
    let status = |nonce| fetcher.nvidia_status(&certificate, &issuer, Some(nonce), NOW, |_| Ok(()));
    status([7; 32]).await.unwrap();
    let question = &service.questions()[0].1;
    assert!(question.windows(6).any(|window| window == [0x02, 4, 0x12, 0x34, 0x56, 0x78]), "the serial is not in it");
    assert!(question.ends_with(&[7; 32]));
    // Nothing is kept of it.
    assert!(!status([8; 32]).await.unwrap().cached);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // Without a nonce it is good for a while.
    let status = || fetcher.nvidia_status(&certificate, &issuer, None, NOW, |_| Ok(()));
    assert!(!status().await.unwrap().cached);
    assert!(status().await.unwrap().cached);
}

#[tokio::test]
async fn a_status_for_another_question_or_of_a_certificate_that_is_none_is_refused() {
    let (certificate, issuer) = certificates();
    let service = Service::start(responder(|_| vec![9; 32])).await;
    let fetcher = fetcher(&[&service], None);
    let error =
        fetcher.nvidia_status(&certificate, &issuer, Some([7; 32]), NOW, |_| Ok(())).await.unwrap_err().to_string();
    assert!(error.contains("nonce"), "{error}");
    let error = fetcher.nvidia_status(b"no DER", &issuer, Some([7; 32]), NOW, |_| Ok(())).await.unwrap_err();
    assert!(matches!(error, FetchError::Request(_)), "{error}");
}

#[test]
fn a_configuration_names_its_sources_and_nothing_unknown() {
    let config: FetchConfig =
        serde_json::from_str(r#"{"intel": [{"url": "http://127.0.0.1:8081"}], "cache": "/c"}"#).unwrap();
    assert_eq!(config.intel[0].root_crl, None);
    assert_eq!(config.amd, ["https://kdsintf.amd.com"]);
    assert!(serde_json::from_str::<FetchConfig>(r#"{"insecure": true}"#).is_err());
}

/// Real documents come through a service character by character: that is what Intel signed.
#[tokio::test]
async fn real_collateral_comes_through_unchanged() {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(std::path::PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("intel/collateral");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no recorded evidence at {}", folder.display());
        return;
    };
    let mut read = 0;
    for path in files.map(|file| file.unwrap().path()) {
        let text = std::fs::read(&path).unwrap();
        let expected = Collateral::from_json(&text).unwrap();
        let service = Pcs { file: serde_json::from_slice(&text).unwrap(), ..Pcs::issued(NOW) }.start().await;
        let fetched = fetcher(&[&service], None).intel(&REQUEST, NOW, |_| Ok(())).await.unwrap();
        assert_eq!(fetched.value.collateral, expected, "{}", path.display());
        read += 1;
    }
    println!("{read} sets");
    assert!(read > 0, "there is evidence, and none of it was read");
}
