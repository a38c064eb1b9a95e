use std::fs;

use adyton_attestation::snp::SnpProduct;
use adyton_attestation_platform::fetch::{FetchConfig, IntelAuthority, Update};
use adyton_development_root::{DevelopmentRoot, FMSPC};

use super::*;
use crate::attest::{pem, remembering};

#[path = "../../../../attestation/tests/support/snp.rs"]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
pub mod amd;

const NOW: u64 = 1_800_000_000;
const LINE: SnpProduct = SnpProduct::Genoa;

fn development(seed: u8) -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([seed; 32])
}

fn intel_root(kind: EvidenceKind, seed: u8) -> Root {
    let key = development(seed).root();
    Root { kind, id: Digest(key.id().0), key: RootKey::Intel(key) }
}

fn amd_root(product: SnpProduct) -> Root {
    let key = amd::roots().iter().find(|root| root.product() == product).unwrap().clone();
    Root { kind: EvidenceKind::AmdSnp, id: Digest(key.id().0), key: RootKey::Snp(Box::new(key)) }
}

fn list(issued: u64) -> Vec<u8> {
    amd::revocation_list(LINE, (issued, issued + 300 * amd::DAY), &[9], amd::root_key())
}

fn collateral(issued: u64) -> Content {
    Content::Collateral(Box::new(development(1).collateral(issued)))
}

#[test]
fn collateral_and_lists_are_read_from_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    let json = development(1).collateral(NOW).to_json(&development(1).root_certificate()).unwrap();
    write("a.json", json.as_bytes());
    let certificate = pem::encode("CERTIFICATE", &development(1).root_certificate());
    write("b.pem", (certificate.clone() + &pem::encode("X509 CRL", &list(amd::NOW))).as_bytes());
    write("c.crl", &list(amd::NOW));
    let read_all = |paths: &[&str]| read(&paths.iter().map(|path| folder.path().join(path)).collect::<Vec<_>>());
    let contents = |paths: &[&str]| read_all(paths).unwrap().into_iter().map(|one| one.content).collect::<Vec<_>>();
    let expected = [collateral(NOW), Content::List(list(amd::NOW)), Content::List(list(amd::NOW))];
    assert_eq!(contents(&["a.json", "b.pem", "c.crl"]), expected);
    assert_eq!(contents(&["."]), expected);
    write("d.pem", certificate.as_bytes());
    fs::create_dir(folder.path().join("empty")).unwrap();
    write("e.json", b"{\"tcb_info\": 1}");
    for (path, said) in [
        ("d.pem", "neither Intel's collateral nor"),
        ("empty", "has no files in it"),
        ("e.json", "e.json: "),
        ("absent", "cannot read"),
    ] {
        let error = read_all(&[path]).unwrap_err();
        let is_misuse = error.is::<crate::output::Misuse>() || error.is::<adyton_judgement::Misuse>();
        assert!(is_misuse && error.to_string().contains(said), "{path}: {error}");
    }
}

#[test]
fn collateral_is_vouched_for_by_its_own_root_for_its_own_kind_in_its_time() {
    let of = |roots: &[Root], now| Vouched::of(&collateral(NOW), roots, now, &remembering());
    let (tdx, sgx) = (intel_root(EvidenceKind::IntelTdx, 1), intel_root(EvidenceKind::IntelSgx, 1));
    let other = intel_root(EvidenceKind::IntelTdx, 2);
    let vouched = of(&[other.clone(), sgx.clone(), tdx.clone()], NOW).unwrap();
    assert_eq!((vouched.kind, vouched.root), (EvidenceKind::IntelTdx, tdx.id));
    assert_eq!(vouched.reference(), CollateralRef { kind: EvidenceKind::IntelTdx, root: tdx.id, family: FMSPC });
    assert!(vouched.text().contains("intel-tdx platforms ad700d000000 of Intel SGX PCK"), "{}", vouched.text());
    assert!(of(&[sgx], NOW).unwrap_err().contains("accepts no root for this kind"));
    assert!(of(&[amd_root(LINE)], NOW).unwrap_err().contains("accepts no root for this kind"));
    of(&[other], NOW).unwrap_err();
    assert!(of(&[tdx], NOW + 400 * amd::DAY).unwrap_err().contains("was valid until"));
}

#[test]
fn a_list_is_vouched_for_by_the_root_of_its_line_in_its_time() {
    let of = |roots: &[Root], now| Vouched::of(&Content::List(list(amd::NOW)), roots, now, &remembering());
    let roots = SnpProduct::ALL.map(amd_root);
    let vouched = of(&roots, amd::NOW).unwrap();
    assert_eq!(vouched.root, amd_root(LINE).id);
    assert!(matches!(vouched.says, Says::List { product: LINE, issued_at: amd::NOW, .. }), "{vouched:?}");
    assert_eq!(vouched.reference().family, [0; 6]);
    let submission = vouched.submission(Content::List(list(amd::NOW))).unwrap();
    assert_eq!(submission.encoded(), list(amd::NOW));
    assert!(of(&[amd_root(SnpProduct::Turin)], amd::NOW).unwrap_err().starts_with("Turin: "));
    of(&roots, amd::NOW + 400 * amd::DAY).unwrap_err();
    assert!(of(&[intel_root(EvidenceKind::IntelTdx, 1)], amd::NOW).unwrap_err().contains("no root of AMD's"));
}

/// AMD's service with one list.
async fn kds(list: Vec<u8>) -> Fetcher {
    let router = axum::Router::new().route("/vcek/v1/Genoa/crl", axum::routing::get(move || async move { list }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Fetcher::new(FetchConfig { amd: vec![url], ..FetchConfig::default() }).unwrap()
}

#[tokio::test]
async fn a_list_of_a_service_is_taken_if_a_root_of_the_network_vouches_for_it() {
    let request = Request::Amd(AmdProduct::Genoa);
    let (all, turin) = (SnpProduct::ALL.map(amd_root), [amd_root(SnpProduct::Turin)]);
    let good = kds(list(amd::NOW)).await;
    let fetched = request.fetch(&good, &all, amd::NOW, &remembering()).await.unwrap();
    assert_eq!(fetched.content, Content::List(list(amd::NOW)));
    assert!(fetched.name.starts_with("AMD's revocation list of Genoa from http://127.0.0.1:"), "{}", fetched.name);
    let error = request.fetch(&good, &turin, amd::NOW, &remembering()).await.unwrap_err().to_string();
    assert!(error.contains("accepts no root of Genoa"), "{error}");
    let window = (amd::NOW, amd::NOW + amd::DAY);
    let forged = kds(amd::revocation_list(LINE, window, &[], amd::authority_key())).await;
    let error = request.fetch(&forged, &all, amd::NOW, &remembering()).await.unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:") && error.contains("Genoa: "), "{error}");
}

#[test]
fn genuine_collateral_of_another_family_is_no_answer() {
    let roots = [intel_root(EvidenceKind::IntelTdx, 1)];
    let says = Vouched::of(&collateral(NOW), &roots, NOW, &remembering()).unwrap().says;
    let Says::Collateral(checked) = &says else { panic!("it is collateral") };
    let authority = intel_authority(checked.authority_name()).unwrap();
    let other = match authority {
        IntelAuthority::Platform => IntelAuthority::Processor,
        IntelAuthority::Processor => IntelAuthority::Platform,
    };
    let good = IntelRequest { tee: IntelTee::Tdx, fmspc: FMSPC, authority, update: Update::Standard };
    require_about(&says, &good).unwrap();
    for asked in [
        IntelRequest { tee: IntelTee::Sgx, ..good },
        IntelRequest { fmspc: [1; 6], ..good },
        IntelRequest { authority: other, ..good },
    ] {
        assert!(require_about(&says, &asked).unwrap_err().contains("its answer is about intel-tdx"), "{asked:?}");
    }
}
