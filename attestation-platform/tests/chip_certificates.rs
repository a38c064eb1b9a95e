//! The certificate of the key that signed an SNP report, from a service of the shape of AMD's on loopback, under
//! authorities of our own.

use std::path::Path;

use adyton_attestation::snp::{SnpKey, SnpProduct};
use adyton_attestation_platform::{
    ChipCertificates, ConfigfsTsm, Platform, PlatformConfig, PlatformError,
    fetch::{FetchConfig, Fetcher},
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    adapters::Emulation,
    support::{
        service::{Service, impatience},
        snp,
    },
};

const LINE: SnpProduct = SnpProduct::Genoa;

/// Where AMD's service has the certificate of our chip (AMD 57230, "VCEK certificate request").
fn path(line: SnpProduct) -> String {
    match line {
        SnpProduct::Turin => {
            format!("/vcek/v1/Turin/{}?fmcSPL=01&blSPL=02&teeSPL=00&snpSPL=03&ucodeSPL=71", "c1".repeat(8))
        }
        SnpProduct::Genoa => {
            format!("/vcek/v1/Genoa/{}?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84", "c1".repeat(64))
        }
        SnpProduct::Milan => {
            format!("/vcek/v1/Milan/{}?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219", "c1".repeat(64))
        }
    }
}

/// AMD's service, with this certificate for the chip of a line.
async fn kds(line: SnpProduct, certificate: Vec<u8>) -> Service {
    let wanted = format!("GET {}", path(line));
    Service::start(move |question, _| match question == wanted {
        true => certificate.clone().into_response(),
        false => (StatusCode::NOT_FOUND, question.to_owned()).into_response(),
    })
    .await
}

async fn good_kds(line: SnpProduct) -> Service {
    kds(line, snp::good(line).evidence().vek).await
}

fn certificates(services: &[&Service], cache: &Path) -> ChipCertificates {
    let config = FetchConfig {
        amd: services.iter().map(|service| service.url.clone()).collect(),
        cache: Some(cache.to_owned()),
        cache_seconds: 100,
        ..FetchConfig::default()
    };
    let fetcher = Fetcher::with_patience(config, impatience()).unwrap();
    ChipCertificates::with_fetcher(fetcher, snp::roots().to_vec(), || snp::NOW)
}

/// A guest whose host puts `table` beside a report of `plan`.
fn guest(folder: &Path, plan: &snp::Plan, table: Option<Vec<u8>>) -> ConfigfsTsm {
    Emulation { answer: Some(plan.evidence().report), certificates: table, ..Emulation::snp() }.snp_platform(folder)
}

/// What a guest without a table gets from the services.
async fn fetched(plan: &snp::Plan, services: &[&Service]) -> Result<Vec<Vec<u8>>, PlatformError> {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let guest = guest(folder.path(), plan, None).with_certificates(certificates(services, cache.path()));
    let result = guest.evidence(snp::REPORT_DATA).await.map(|evidence| evidence.certificates);
    let kept = std::fs::read_dir(cache.path()).unwrap().count();
    assert_eq!(kept, usize::from(result.is_ok()), "what is good is kept, and nothing else");
    result
}

fn said(result: Result<Vec<Vec<u8>>, PlatformError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, PlatformError::NoCertificate(_)), "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_chips_certificate_that_the_host_does_not_give_comes_from_the_service_for_every_line() {
    for line in SnpProduct::ALL {
        let (service, plan) = (good_kds(line).await, snp::good(line));
        assert_eq!(fetched(&plan, &[&service]).await.unwrap(), [plan.evidence().vek], "{line}");
        assert_eq!(service.asked(), [format!("GET {}", path(line))]);
    }
}

#[tokio::test]
async fn a_certificate_is_asked_for_once_and_after_a_restart_comes_from_the_folder() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (service, plan) = (good_kds(LINE).await, snp::good(LINE));
    for _restart in 0..2 {
        let guest = guest(folder.path(), &plan, None).with_certificates(certificates(&[&service], cache.path()));
        for _offer in 0..2 {
            let evidence = guest.evidence(snp::REPORT_DATA).await.unwrap();
            assert_eq!(evidence.certificates, [plan.evidence().vek]);
        }
    }
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_does_not_keep_a_certificate_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let (service, plan) = (good_kds(LINE).await, snp::good(LINE));
    let guest = guest(folder.path(), &plan, None).with_certificates(certificates(&[&service], file.path()));
    for _offer in 0..2 {
        assert_eq!(guest.evidence(snp::REPORT_DATA).await.unwrap().certificates, [plan.evidence().vek]);
    }
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_certificate_that_was_changed_in_the_folder_is_not_used() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (service, plan) = (good_kds(LINE).await, snp::good(LINE));
    let ask = || async {
        let guest = guest(folder.path(), &plan, None).with_certificates(certificates(&[&service], cache.path()));
        guest.evidence(snp::REPORT_DATA).await.unwrap().certificates
    };
    ask().await;
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let mut kept = std::fs::read(&file).unwrap();
    let last = kept.len() - 1;
    kept[last] ^= 1;
    std::fs::write(&file, kept).unwrap();
    assert_eq!(ask().await, [plan.evidence().vek]);
    assert_eq!(service.asked().len(), 2);
}

#[tokio::test]
async fn nobody_is_asked_where_the_host_gives_the_certificate_or_only_the_report_is_wanted() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (service, plan) = (good_kds(LINE).await, snp::good(LINE));
    // One entry: the VCEK's GUID, offset 48, length 4; then the end of the table.
    let guid = 0x63da_758d_e664_4564_adc5_f4b9_3be8_accd_u128.to_be_bytes();
    let table = [&guid[..], &[48, 0, 0, 0, 4, 0, 0, 0], &[0; 24], b"vcek"].concat();
    let given = guest(folder.path(), &plan, Some(table)).with_certificates(certificates(&[&service], cache.path()));
    assert_eq!(given.evidence(snp::REPORT_DATA).await.unwrap().certificates, [b"vcek"]);
    let bare = guest(folder.path(), &plan, None).with_certificates(certificates(&[&service], cache.path()));
    assert_eq!(bare.quote(snp::REPORT_DATA).await.unwrap(), plan.evidence().report);
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn a_table_with_only_the_authorities_or_another_keys_certificate_has_none_of_this_chips() {
    let ask = 0x4ab7_b379_bbac_4fe4_a02f_05ae_f327_c782_u128.to_be_bytes();
    let vlek = 0xa807_4bc2_a25a_483e_aae6_39c0_45a0_b8a1_u128.to_be_bytes();
    for guid in [ask, vlek] {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (service, plan) = (good_kds(LINE).await, snp::good(LINE));
        let table = [&guid[..], &[48, 0, 0, 0, 4, 0, 0, 0], &[0; 24], b"else"].concat();
        let guest = guest(folder.path(), &plan, Some(table)).with_certificates(certificates(&[&service], cache.path()));
        assert_eq!(guest.evidence(snp::REPORT_DATA).await.unwrap().certificates, [plan.evidence().vek]);
    }
}

#[tokio::test]
async fn a_mirror_that_fails_or_lies_is_passed_over() {
    let plan = snp::good(LINE);
    let gone = Service::failing(StatusCode::NOT_FOUND).await;
    let other = kds(LINE, snp::good(SnpProduct::Turin).evidence().vek).await;
    let good = good_kds(LINE).await;
    assert_eq!(fetched(&plan, &[&gone, &other, &good]).await.unwrap(), [plan.evidence().vek]);
    assert_eq!([gone.asked().len(), other.asked().len(), good.asked().len()], [1, 1, 1]);
}

#[tokio::test]
async fn a_certificate_for_other_versions_or_of_another_issuer_or_changed_is_refused() {
    let plan = snp::good(LINE);
    let mut versions = snp::versions(LINE);
    versions[7] -= 1;
    let of_other_versions = snp::vek(LINE, SnpKey::Vcek, versions).encode();
    let self_issued = snp::Certificate { signer: snp::root_key().clone(), ..plan.vek.clone() }.encode();
    let mut changed = plan.evidence().vek;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    for bad in [of_other_versions, self_issued, changed] {
        let service = kds(LINE, bad).await;
        let error = said(fetched(&plan, &[&service]).await);
        assert!(error.contains(&service.url) && error.contains("local.evidence.kds"), "{error}");
    }
}

#[tokio::test]
async fn a_service_that_answers_without_end_or_not_at_all_gives_nothing() {
    let plan = snp::good(LINE);
    let endless = |_: &str, _: &[u8]| -> Response { vec![0x30_u8; 64 * 1024].into_response() };
    let service = Service::start(endless).await;
    assert!(said(fetched(&plan, &[&service]).await).contains("longer than 8192 bytes"));
    let busy = Service::failing(StatusCode::TOO_MANY_REQUESTS).await;
    assert!(said(fetched(&plan, &[&busy]).await).contains("429"));
    assert_eq!(busy.asked().len(), 2);
    assert!(said(fetched(&plan, &[]).await).contains("none is configured"));
}

#[tokio::test]
async fn the_certificate_of_a_clouds_key_and_of_a_hidden_chip_is_only_the_hosts_to_give() {
    let service = good_kds(LINE).await;
    let error = said(fetched(&snp::good_of(LINE, SnpKey::Vlek), &[&service]).await);
    assert!(error.contains("VLEK") && error.contains("certificate table"), "{error}");
    let hidden = snp::good(LINE).with(snp::at::CHIP_ID, &[0; 64]);
    assert!(said(fetched(&hidden, &[&service]).await).contains("hides"));
    assert!(service.asked().is_empty());
}

#[test]
fn services_are_named_in_the_configuration_and_nonsense_is_refused() {
    let open = |kds: serde_json::Value| {
        let config = serde_json::json!({ "type": "configfs-tsm", "provider": "sev_guest", "kds": kds });
        serde_json::from_value::<PlatformConfig>(config).unwrap().open().map(|_| ())
    };
    open(serde_json::json!(["https://kds.example.org/amd"])).unwrap();
    open(serde_json::json!([])).unwrap();
    for bad in [serde_json::json!(["kds.example.org"]), serde_json::json!(vec!["https://a.example"; 9])] {
        let error = open(bad).unwrap_err();
        assert!(matches!(error, PlatformError::Setting { field: "local.evidence.kds", .. }), "{error}");
    }
}
