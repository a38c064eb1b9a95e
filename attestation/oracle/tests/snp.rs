//! An independent verifier of AMD's reports beside ours. It checks signatures and layout alone, so that whatever ours
//! accepts it accepts, and reads alike; what ours refuses alone, it refuses by a listed rule.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[path = "../../../fuzz/tests/mutations/mutate.rs"]
mod mutate;
#[path = "../../tests/support/mod.rs"]
mod support;

use adyton_attestation::snp::{
    SnpEndorsements, SnpKey, SnpPolicy, SnpProduct, SnpRefusal, SnpRoot, SnpTcb, SnpVerdict, verify_snp,
};
use adyton_attestation_oracle::{is_our_snp_rule_alone, verify_with_sev};
use mutate::Random;
use sev::{
    firmware::{guest::AttestationReport, host::TcbVersion},
    parser::ByteParser,
};
use std::{fs, path::Path};
use support::snp as issuer;

const MUTATIONS: usize = 40;

/// A report with everything that leads to a root.
#[derive(Clone)]
struct Evidence {
    name: String,
    report: Vec<u8>,
    vek: Vec<u8>,
    authority: Vec<u8>,
    root: Vec<u8>,
    now: u64,
    roots: Vec<SnpRoot>,
}

impl Evidence {
    fn ours(&self) -> Result<SnpVerdict, SnpRefusal> {
        let endorsements = SnpEndorsements { vek: &self.vek, ..SnpEndorsements::default() };
        let policy = SnpPolicy { accept_masked_chip_id: true, ..SnpPolicy::tiered() };
        verify_snp(&self.report, &endorsements, &self.roots, &policy, self.now)
    }

    /// Whether ours accepts. If so, the other one agrees in everything that it reads.
    fn compare(&self, name: &str) -> Result<bool, String> {
        match (self.ours(), verify_with_sev(&self.report, &self.vek, &self.authority, &self.root)) {
            (Ok(ours), Ok(theirs)) => {
                assert_agreement(name, &ours, &theirs);
                Ok(true)
            }
            (Ok(_), Err(error)) => Err(format!("{name}: only ours accepts: {error}")),
            (Err(refusal), Ok(theirs)) if !is_our_rule_alone(&refusal, &theirs, &self.report) => {
                Err(format!("{name}: only ours refuses, by no listed rule: {refusal}"))
            }
            (Err(_), Ok(_)) | (Err(_), Err(_)) => Ok(false),
        }
    }
}

/// A listed rule; or that ours verifies the signature over the bytes that came, and the other one over those that it
/// understood.
fn is_our_rule_alone(refusal: &SnpRefusal, theirs: &AttestationReport, report: &[u8]) -> bool {
    let understood = theirs.to_bytes().unwrap();
    is_our_snp_rule_alone(refusal) || *refusal == SnpRefusal::ReportSignature && understood[..] != *report
}

/// That both agree on all; how many ours accepts.
fn require_agreement(all: impl IntoIterator<Item = Evidence>) -> usize {
    let results: Vec<_> = all.into_iter().map(|evidence| evidence.compare(&evidence.name)).collect();
    let disagreements: Vec<_> = results.iter().filter_map(|result| result.as_ref().err().cloned()).collect();
    assert!(disagreements.is_empty(), "{} of {}:\n{}", disagreements.len(), results.len(), disagreements.join("\n"));
    let accepted = results.iter().filter(|result| **result == Ok(true)).count();
    println!("{} judged, {accepted} accepted in some tier", results.len());
    accepted
}

fn assert_agreement(name: &str, ours: &SnpVerdict, theirs: &AttestationReport) {
    assert_eq!(ours.version, theirs.version, "{name}");
    assert_eq!(ours.report_data, theirs.report_data, "{name}");
    assert_eq!(ours.report_id, theirs.report_id, "{name}");
    let measurement = &ours.measurement;
    assert_eq!(measurement.measurement, theirs.measurement, "{name}");
    assert_eq!(measurement.host_data, theirs.host_data, "{name}");
    assert_eq!(measurement.id_key_digest, theirs.id_key_digest, "{name}");
    assert_eq!((u32::from(measurement.vmpl), measurement.guest_svn), (theirs.vmpl, theirs.guest_svn), "{name}");
    let cpu = ours.cpu.map(|cpu| (cpu.family, cpu.model));
    assert_eq!(cpu, theirs.cpuid_fam_id.zip(theirs.cpuid_mod_id), "{name}");
    for (ours, theirs) in [
        (ours.tcbs.reported, theirs.reported_tcb),
        (ours.tcbs.committed, theirs.committed_tcb),
        (ours.tcbs.current, theirs.current_tcb),
        (ours.tcbs.launch, theirs.launch_tcb),
    ] {
        assert_eq!(ours, translated(theirs), "{name}");
    }
    let mitigations = theirs.launch_mit_vector.zip(theirs.current_mit_vector).map(<[u64; 2]>::from);
    assert_eq!(ours.mitigations, mitigations, "{name}");
}

fn translated(versions: TcbVersion) -> SnpTcb {
    SnpTcb {
        fmc: versions.fmc.unwrap_or(0),
        boot_loader: versions.bootloader,
        tee: versions.tee,
        snp: versions.snp,
        microcode: versions.microcode,
    }
}

fn issued(product: SnpProduct, key: SnpKey) -> Evidence {
    let evidence = issuer::good_of(product, key).evidence();
    Evidence {
        name: format!("{product:?} {key:?}"),
        report: evidence.report,
        vek: evidence.vek,
        authority: issuer::authority(product, key).encode(),
        root: issuer::ark(product).encode(),
        now: issuer::NOW,
        roots: issuer::roots().to_vec(),
    }
}

fn all_issued() -> Vec<Evidence> {
    let of_key = |key| SnpProduct::ALL.map(|product| issued(product, key));
    [SnpKey::Vcek, SnpKey::Vlek].into_iter().flat_map(of_key).collect()
}

/// The recorded reports whose certificates are recorded, each in the middle of its certificate's time.
fn all_recorded() -> Vec<Evidence> {
    let Some(folder) = support::recorded::folder().map(|intel| intel.with_file_name("snp")) else { return Vec::new() };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let read = |case: &serde_json::Value| {
        let text = |field: &str| case[field].as_str().unwrap();
        let product = SnpProduct::ALL.into_iter().find(|product| text("product").starts_with(product.name())).unwrap();
        let chain = match product {
            SnpProduct::Turin => String::from("ask_ark_turin_vcek.pem"),
            SnpProduct::Milan | SnpProduct::Genoa => format!("ask_ark_{}.pem", product.name().to_lowercase()),
        };
        let [authority, root] = certificates(&folder.join("certs").join(chain)).try_into().unwrap();
        Evidence {
            name: text("report").into(),
            report: fs::read(folder.join(text("report"))).unwrap(),
            vek: certificates(&folder.join(text("vek"))).remove(0),
            authority,
            root,
            now: middle_of(&case["vek_validity"]),
            roots: SnpRoot::all_amd(),
        }
    };
    cases.iter().map(read).collect()
}

fn middle_of(window: &serde_json::Value) -> u64 {
    let seconds = |place: usize| {
        let text = window[place].as_str().unwrap();
        let number = |range: core::ops::Range<usize>| text[range].parse::<u16>().unwrap();
        let day = der::DateTime::new(number(0..4), number(5..7) as u8, number(8..10) as u8, 0, 0, 0).unwrap();
        day.unix_duration().as_secs()
    };
    seconds(0).midpoint(seconds(1))
}

/// The certificates in a file of DER or PEM.
fn certificates(path: &Path) -> Vec<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let bytes = fs::read(path).unwrap();
    let Ok(text) = String::from_utf8(bytes.clone()) else { return vec![bytes] };
    let bodies = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let body = |rest: &str| rest.split("-----END").next().unwrap().split_whitespace().collect::<String>();
    bodies.map(|rest| STANDARD.decode(body(rest)).unwrap()).collect()
}

#[test]
fn good_reports_of_every_product_are_accepted_by_both() {
    assert_eq!(require_agreement(all_issued()), 6);
}

#[test]
fn recorded_reports_are_judged_alike_by_both() {
    require_agreement(all_recorded());
}

#[test]
fn mutations_of_reports_are_judged_alike_by_both() {
    let mut random = Random::new(13);
    let mutations = |evidence: Evidence| {
        let seeds = [evidence.report.clone()];
        let mutated = |number| Evidence {
            name: format!("{}, mutation {number}", evidence.name),
            report: mutate::mutated(&seeds, &mut random),
            ..evidence.clone()
        };
        (0..MUTATIONS).map(mutated).collect::<Vec<_>>()
    };
    require_agreement(all_issued().into_iter().chain(all_recorded()).flat_map(mutations));
}

#[test]
fn mutations_of_versioned_keys_certificates_are_judged_alike_by_both() {
    let mut random = Random::new(17);
    let mutations = |evidence: Evidence| {
        let seeds = [evidence.vek.clone()];
        let mutated = |number| Evidence {
            name: format!("{}, mutation {number} of the certificate", evidence.name),
            vek: mutate::mutated(&seeds, &mut random),
            ..evidence.clone()
        };
        (0..MUTATIONS).map(mutated).collect::<Vec<_>>()
    };
    require_agreement(all_issued().into_iter().chain(all_recorded()).flat_map(mutations));
}

#[test]
fn reports_under_the_certificates_of_others_are_judged_alike_by_both() {
    for all in [all_issued(), all_recorded()] {
        let mixed = |one: &Evidence, other: &Evidence| Evidence {
            name: format!("{} under {}", one.name, other.name),
            report: one.report.clone(),
            ..other.clone()
        };
        require_agreement(all.iter().flat_map(|one| all.iter().map(move |other| mixed(one, other))));
    }
}
