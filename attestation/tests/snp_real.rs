//! Reports that AMD's chips signed, at times at which their certificates were valid. The folder is named by
//! `ADYTON_EVIDENCE`; without it, these tests say so and pass.

use adyton_attestation::{
    CertificateHash, TcbStatus,
    signature::{CheckedSignatures, Fastest, RememberingVerifier},
    snp::{
        SnpCpu, SnpEndorsements, SnpExpected, SnpExtension, SnpPolicy, SnpProduct, SnpRefusal, SnpRoot, SnpTcb,
        SnpVerdict, verify_snp, verify_snp_with,
    },
    x509::Fault,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("snp");
    if folder.join("cases.json").exists() {
        return Some(folder);
    }
    println!("skipped: no recorded evidence at {}", folder.display());
    None
}

/// The certificates in a file of DER or PEM.
fn certificates(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let Ok(text) = String::from_utf8(bytes.clone()) else { return vec![bytes] };
    text.split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|rest| {
            let body: String = rest.split("-----END").next().unwrap().split_whitespace().collect();
            STANDARD.decode(body).unwrap()
        })
        .collect()
}

struct Case {
    name: String,
    report: Vec<u8>,
    vek: Vec<u8>,
    fields: serde_json::Value,
}

impl Case {
    fn text(&self, field: &str) -> &str {
        self.fields[field].as_str().unwrap()
    }

    /// First and last second of the certificate.
    fn validity(&self) -> (u64, u64) {
        let seconds = |position: usize| {
            let text = self.fields["vek_validity"][position].as_str().unwrap();
            let number = |range: core::ops::Range<usize>| text[range].parse::<u16>().unwrap();
            let small = |range| number(range) as u8;
            der::DateTime::new(number(0..4), small(5..7), small(8..10), small(11..13), small(14..16), small(17..19))
                .unwrap()
                .unix_duration()
                .as_secs()
        };
        (seconds(0), seconds(1))
    }

    fn product(&self) -> SnpProduct {
        let name = self.text("product");
        SnpProduct::ALL.into_iter().find(|product| name.starts_with(product.name())).unwrap()
    }

    fn verify(&self, policy: &SnpPolicy, now: u64) -> Result<SnpVerdict, SnpRefusal> {
        let endorsements = SnpEndorsements { vek: &self.vek, ..SnpEndorsements::default() };
        verify_snp(&self.report, &endorsements, &SnpRoot::all_amd(), policy, now)
    }
}

fn cases() -> Vec<Case> {
    let Some(folder) = folder() else { return Vec::new() };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    cases
        .into_iter()
        .map(|fields| {
            let path = |field: &str| folder.join(fields[field].as_str().unwrap());
            Case {
                name: fields["report"].as_str().unwrap().to_owned(),
                report: fs::read(path("report")).unwrap(),
                vek: certificates(&path("vek")).remove(0),
                fields,
            }
        })
        .collect()
}

fn case(name: &str) -> Option<Case> {
    cases().into_iter().find(|case| case.name == name)
}

/// Case 129.
#[test]
fn every_recorded_report_gets_its_verdict_at_any_time_of_its_certificate() {
    for case in &cases() {
        let (first, last) = case.validity();
        for now in [first, first.midpoint(last), last] {
            let result = case.verify(&SnpPolicy::tiered(), now);
            let is_accepted = case.text("default_verdict") == "ACCEPT";
            assert_eq!(result.is_ok(), is_accepted, "{}: {:?}", case.name, result.err());
        }
        assert!(matches!(
            case.verify(&SnpPolicy::tiered(), first - 1),
            Err(SnpRefusal::Vek(Fault::NotYetValid { .. }))
        ));
        assert!(matches!(case.verify(&SnpPolicy::tiered(), last + 1), Err(SnpRefusal::Vek(Fault::Expired { .. }))));
    }
}

/// As it is, at every end of its certificate's time, and with a byte changed.
#[test]
fn every_recorded_report_is_judged_alike_with_and_without_what_was_met_before() {
    let (roots, policy, backend) = (SnpRoot::all_amd(), SnpPolicy::tiered(), Fastest::default());
    let judge = |known: &CheckedSignatures, report: &[u8], vek: &[u8], now| {
        let verifier = RememberingVerifier::new(&backend, known);
        let endorsements = SnpEndorsements { vek, ..SnpEndorsements::default() };
        (verify_snp_with(&verifier, report, &endorsements, &roots, &policy, now), verifier.into_checked())
    };
    for case in &cases() {
        let (start, end) = case.validity();
        let (first, met) = judge(CheckedSignatures::NONE, &case.report, &case.vek, start);
        // The authority over the versioned key's certificate, and that key over the report. The authority is pinned.
        assert!(if first.is_ok() { met.len() == 2 } else { met.len() <= 2 }, "{}", case.name);
        let require_alike = |report: &[u8], vek: &[u8], now| {
            let plain = judge(CheckedSignatures::NONE, report, vek, now).0;
            assert_eq!(plain, judge(&met, report, vek, now).0, "{} at {now}", case.name);
        };
        for now in [start, end, start - 1, end + 1, 0, u64::MAX] {
            require_alike(&case.report, &case.vek, now);
        }
        let changed = |bytes: &[u8], index: usize| {
            let mut changed = bytes.to_vec();
            changed[index] ^= 1;
            changed
        };
        for index in (0..case.report.len()).step_by(61) {
            require_alike(&changed(&case.report, index), &case.vek, start);
        }
        for index in (0..case.vek.len()).step_by(61) {
            require_alike(&case.report, &changed(&case.vek, index), start);
        }
    }
}

#[test]
fn what_a_recorded_report_says_is_reported() {
    for case in cases().iter().filter(|case| case.text("default_verdict") == "ACCEPT") {
        let verdict = case.verify(&SnpPolicy::tiered(), case.validity().0).unwrap();
        assert_eq!(verdict.product, case.product(), "{}", case.name);
        assert_eq!(u64::from(verdict.version), case.fields["version"].as_u64().unwrap());
        assert_eq!(hex::encode(verdict.measurement.measurement), case.text("measurement"));
        assert_eq!(hex::encode(verdict.report_data), case.text("report_data"));
        assert_eq!(format!("{:#x}", verdict.platform_info.0), case.text("platform_info"));
        assert_eq!((verdict.valid_from, verdict.valid_until), case.validity());
        for (found, field) in [
            (verdict.tcbs.reported, "reported_tcb"),
            (verdict.tcbs.committed, "committed_tcb"),
            (verdict.tcbs.current, "current_tcb"),
            (verdict.tcbs.launch, "launch_tcb"),
        ] {
            assert_eq!(found, versions(case.product(), case.text(field)), "{} {field}", case.name);
        }
        let is_milan = verdict.product == SnpProduct::Milan;
        assert_eq!(verdict.tier == 3, is_milan, "{}", case.name);
        assert_eq!(verdict.advisories.iter().any(|one| one.name() == "arXiv:2605.12990"), is_milan);
        assert!(verdict.bind(&SnpExpected::of([0xee; 64])).is_err());
    }
}

fn versions(product: SnpProduct, text: &str) -> SnpTcb {
    let bytes = hex::decode(text).unwrap();
    match product {
        SnpProduct::Milan | SnpProduct::Genoa => {
            SnpTcb { fmc: 0, boot_loader: bytes[0], tee: bytes[1], snp: bytes[6], microcode: bytes[7] }
        }
        SnpProduct::Turin => {
            SnpTcb { fmc: bytes[0], boot_loader: bytes[1], tee: bytes[2], snp: bytes[3], microcode: bytes[7] }
        }
    }
}

/// Cases 105 and 109.
#[test]
fn recorded_reports_that_must_be_refused_are_refused_for_their_own_reason() {
    let refusal = |name| case(name).map(|case| case.verify(&SnpPolicy::tiered(), case.validity().0).unwrap_err());
    for (name, expected) in [
        ("milan_cmc_BADSIG_report.bin", SnpRefusal::ReportSignature),
        ("milan_v2_DEBUGPOLICY_report.bin", SnpRefusal::Debug),
    ] {
        if let Some(found) = refusal(name) {
            assert_eq!(found, expected, "{name}");
        }
    }
}

/// Case 142.
#[test]
fn the_strict_policy_accepts_exactly_the_recorded_reports_of_current_lines() {
    let policy = SnpPolicy { require_revocation_list: false, ..SnpPolicy::strict() };
    for case in &cases() {
        let result = case.verify(&policy, case.validity().0);
        let is_current = case.product() != SnpProduct::Milan;
        assert_eq!(result.is_ok(), is_current, "{}: {:?}", case.name, result.err());
        if let Ok(verdict) = result {
            assert_eq!((verdict.tcb_status, verdict.tier), (TcbStatus::UpToDate, 0));
        }
    }
}

#[test]
fn a_recorded_siena_or_bergamo_belongs_to_genoa() {
    let Some(case) = case("genoa_v5_lunal_report.bin") else { return };
    let verdict = case.verify(&SnpPolicy::tiered(), case.validity().0).unwrap();
    assert_eq!(verdict.cpu, Some(SnpCpu { family: 0x19, model: 0xa0, stepping: 2 }));
    assert_eq!(verdict.mitigations, Some([0x0b, 0x0b]));
}

/// Case 102.
#[test]
fn a_recorded_report_of_another_length_is_refused() {
    let (Some(folder), Some(mut case)) = (folder(), case("milan_cmc_report.bin")) else { return };
    case.report = fs::read(folder.join("cmc_1216_bytes_WRONGLEN_report.bin")).unwrap();
    assert_eq!(case.verify(&SnpPolicy::tiered(), case.validity().0), Err(SnpRefusal::Length(1216)));
}

/// The two encodings of a chip's identifier are both read; what refuses these is that AMD did not sign them.
#[test]
fn recorded_test_certificates_are_refused() {
    let (Some(folder), Some(mut case)) = (folder(), case("milan_v2_azure_report.bin")) else { return };
    let now = case.validity().0;
    for name in ["test-vcek-invalid-legacy.der", "test-vcek-invalid-new.der", "cmc_invalid_vcek.pem"] {
        case.vek = certificates(&folder.join(name)).remove(0);
        let refusal = case.verify(&SnpPolicy::tiered(), now).unwrap_err();
        println!("{name}: {refusal}");
        assert!(!matches!(refusal, SnpRefusal::Extension(SnpExtension::HardwareId)), "{name}");
    }
}

/// Cases 119, 127 and 133, with real parts.
#[test]
fn parts_of_different_recorded_reports_do_not_fit_together() {
    let all = cases();
    for one in all.iter().filter(|case| case.text("default_verdict") == "ACCEPT") {
        for other in all.iter().filter(|other| other.vek != one.vek) {
            let mixed = Case {
                name: format!("{} with the key of {}", one.name, other.name),
                report: one.report.clone(),
                vek: other.vek.clone(),
                fields: other.fields.clone(),
            };
            assert!(mixed.verify(&SnpPolicy::tiered(), other.validity().0).is_err(), "{}", mixed.name);
        }
    }
    let (Some(folder), Some(genoa)) = (folder(), case("genoa_ms_report.bin")) else { return };
    let chain = certificates(&folder.join("certs/ask_ark_milan.pem"));
    let endorsements = |authority, root| SnpEndorsements { vek: &genoa.vek, authority, root, revocation_list: None };
    let verify = |endorsements| {
        let now = genoa.validity().0;
        verify_snp(&genoa.report, &endorsements, &SnpRoot::all_amd(), &SnpPolicy::tiered(), now)
    };
    let [authority, root] = &chain[..] else { panic!("two certificates") };
    assert_eq!(verify(endorsements(Some(authority), None)), Err(SnpRefusal::Authority(Fault::Subject)));
    assert_eq!(verify(endorsements(None, Some(root))), Err(SnpRefusal::UntrustedRoot(CertificateHash::of(root))));
    let chain = certificates(&folder.join("certs/ask_ark_genoa.pem"));
    let [authority, root] = &chain[..] else { panic!("two certificates") };
    assert!(verify(endorsements(Some(authority), Some(root))).is_ok());
}

/// Case 123, with every recorded report and each of its bytes that is signed.
#[test]
fn recorded_reports_with_a_changed_byte_are_refused() {
    for case in cases().into_iter().filter(|case| case.text("default_verdict") == "ACCEPT") {
        let now = case.validity().0;
        for offset in (0..1184).step_by(37) {
            let mut report = case.report.clone();
            report[offset] ^= 1;
            let changed = Case { report, name: String::new(), vek: case.vek.clone(), fields: case.fields.clone() };
            assert!(changed.verify(&SnpPolicy::tiered(), now).is_err(), "{} at {offset}", case.name);
        }
    }
}
