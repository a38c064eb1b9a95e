//! `adyton attest verify` on evidence that is none: bytes, nothing, and evidence that is cut short are a rejection
//! with exit code 1, whatever else was given; only a file that cannot be read and bad use exit with 2.

use std::fs;

use adyton_attestation::snp::SnpProduct;
use adyton_development_root::{DevelopmentRoot, Role};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    nitro, nvidia,
    program::{Ran, run},
    snp,
};

const NOW: u64 = 1_790_000_000;
const AT: &str = "1790000000";

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([3; 32])
}

/// Each kind, with evidence that is sound in its form where there is some that is made here, or its beginning.
fn kinds() -> [(&'static str, Vec<u8>); 9] {
    let plan = root().plan(&Role::new("worker").unwrap(), [7; 64], NOW);
    let azure = br#"{"version":0,"quote":{"signature":[1],"message":[2],"pcrs":[]},"report":[3]}"#;
    [
        ("sgx", plan.clone().for_enclave(NOW).issue().quote),
        ("tdx", plan.issue().quote),
        ("snp", snp::good(SnpProduct::Milan).evidence().report),
        ("azure-snp", azure.to_vec()),
        ("azure-tdx", azure.to_vec()),
        ("nitro", nitro::plan().issue()),
        ("nvidia", nvidia::Device::hopper().report()),
        ("tpm", b"\xffTCG\x80\x18\x00\x22\x00\x0b".repeat(9)),
        ("cca", [&[0xd9, 0x01, 0x8f, 0xa2, 0x19, 0xac, 0xca, 0x59][..], &[7; 60]].concat()),
    ]
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("collateral.json", root().collateral(NOW).to_json(&root().root_certificate()).unwrap());
        folder.write("certificate.der", root().root_certificate());
        folder.write("unknown.bin", [0xEE; 700]);
        folder
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn verify(&self, kind: &str, evidence: &[u8], more: &[&str]) -> Ran {
        self.write("evidence", evidence);
        let usual = ["attest", "verify", "--json", "--at", AT, "--kind", kind, "--evidence", "evidence"];
        run(self.0.path(), &[&usual[..], more].concat())
    }

    fn is_rejected(&self, kind: &str, evidence: &[u8], what: &str) {
        let collateral: &[&[&str]] = match kind {
            "sgx" | "tdx" | "azure-tdx" => &[&[], &["--collateral", "collateral.json"]],
            _ => &[&[]],
        };
        for collateral in collateral {
            for endorsements in [&[][..], &["--endorsements", "certificate.der"], &["--endorsements", "unknown.bin"]] {
                let ran = self.verify(kind, evidence, &[collateral, endorsements].concat());
                let of = format!("{what} as {kind} with {collateral:?} {endorsements:?}: {}", ran.err);
                assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{of}");
                let json: Value = serde_json::from_str(&ran.out).expect(&of);
                assert_eq!(json["verdict"], "reject", "{of}");
                let failed = json["checks"].as_array().unwrap().iter().filter(|check| check["result"] == "failed");
                assert_eq!(failed.count(), 1, "{of}");
                assert!(!json["reason"].as_str().unwrap().is_empty() && json["machine"].is_null(), "{of}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_evidence_are_rejected_as_every_kind() {
    let folder = Folder::new();
    let noise: Vec<u8> = (0..2000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (kind, _) in kinds() {
        for (what, bytes) in [
            ("noise", &noise[..]),
            ("words", b"words that are none"),
            ("an object", b"{}"),
            ("a list", b"[]"),
            ("digits", b"00ff00ff"),
            ("zeros", &[0; 1184]),
            ("one byte", &[0xff]),
        ] {
            folder.is_rejected(kind, bytes, what);
        }
    }
}

#[test]
fn an_empty_file_is_rejected_as_every_kind() {
    let folder = Folder::new();
    for (kind, _) in kinds() {
        folder.is_rejected(kind, b"", "nothing");
        folder.is_rejected(kind, b" \n", "white space");
    }
}

#[test]
fn evidence_that_is_cut_short_is_rejected_as_every_kind() {
    let folder = Folder::new();
    for (kind, evidence) in kinds() {
        for length in [evidence.len() / 3, evidence.len() / 2, evidence.len() - 1] {
            folder.is_rejected(kind, &evidence[..length], "a part");
        }
    }
}

#[test]
fn a_file_that_is_longer_than_any_evidence_is_rejected_as_every_kind() {
    let folder = Folder::new();
    let long = vec![b'0'; 17 * 1024 * 1024];
    for (kind, _) in kinds() {
        let ran = folder.verify(kind, &long, &[]);
        assert!(ran.code == 1 && ran.out.contains("\"reject\""), "{kind}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn one_of_the_files_of_a_machine_that_is_cut_short_is_rejected() {
    let folder = Folder::new();
    let quote = root().device(Role::new("worker").unwrap()).quote([7; 64]);
    folder.is_rejected("azure-tdx", &quote[..quote.len() / 2], "a part of a TDX quote");
    folder.is_rejected("azure-tdx", b"\xffTCG\x80\x18\x00", "a part of a TPM quote");
    folder.is_rejected("azure-tdx", &[0, 0x14, 0, 0x0b, 1, 0, 7], "a part of a signature");
}

#[test]
fn sound_evidence_without_what_it_needs_is_bad_use() {
    let folder = Folder::new();
    for (kind, evidence) in kinds() {
        let needed = match kind {
            "sgx" | "tdx" => "--collateral",
            "snp" => "VCEK",
            "nvidia" => "certificates",
            _ => continue,
        };
        let ran = folder.verify(kind, &evidence, &[]);
        assert!(ran.code == 2 && ran.out.is_empty() && ran.err.contains(needed), "{kind}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn an_endorsement_of_no_known_form_fails_as_the_certificate_that_it_is_meant_to_be() {
    let folder = Folder::new();
    let report = snp::good(SnpProduct::Milan).evidence().report;
    for (name, content) in [("vek.der", &[0xEE; 40][..]), ("vek.pem", b"words"), ("empty.der", b"")] {
        folder.write(name, content);
        let ran = folder.verify("snp", &report, &["--endorsements", name]);
        let json: Value = serde_json::from_str(&ran.out).expect(&ran.err);
        assert_eq!((ran.code, &json["verdict"]), (1, &"reject".into()), "{name}");
        assert!(json["reason"].as_str().unwrap().starts_with("certificate-chain: "), "{name}: {}", json["reason"]);
    }
}

/// A file that cannot be read, as any other is: the evidence is not judged without it.
#[test]
fn an_endorsement_in_pem_that_cannot_be_read_is_bad_use_that_names_it_and_says_where() {
    let folder = Folder::new();
    let good = nvidia::pem(&[snp::good(SnpProduct::Milan).evidence().vek]);
    let good = String::from_utf8(good).unwrap();
    for (text, said) in [
        (good.replace("-----END", "----END"), "block 1 has no -----END line"),
        (good.replacen('M', "*", 1), "block 1 is not Base64"),
        (format!("{good}subject: SEV-VCEK"), "where block 2 should begin"),
        (good.replace("CERTIFICATE", "EC PRIVATE KEY"), "block 1 has the label EC PRIVATE KEY"),
    ] {
        folder.write("vcek.pem", text);
        for (kind, evidence) in kinds() {
            let ran = folder.verify(kind, &evidence, &["--endorsements", "vcek.pem"]);
            assert!(ran.code == 2 && ran.out.is_empty(), "{kind}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains("vcek.pem is not PEM") && ran.err.contains(said), "{kind}: {}", ran.err);
            assert!(ran.err.contains("Get the file again"), "{kind}: {}", ran.err);
        }
    }
}

#[test]
fn two_endorsements_for_one_place_are_bad_use_that_names_both_unless_they_are_the_same() {
    let folder = Folder::new();
    let chip = snp::good(SnpProduct::Milan).evidence();
    folder.write("chip.der", &chip.vek);
    folder.write("chip.pem", nvidia::pem(&[chip.vek]));
    folder.write("other.der", snp::good(SnpProduct::Genoa).evidence().vek);
    let given = |other| ["--endorsements", "chip.der", "--endorsements", other];
    let ran = folder.verify("snp", &chip.report, &given("other.der"));
    assert!(ran.code == 2 && ran.out.is_empty(), "{}{}", ran.out, ran.err);
    for said in ["chip.der and other.der: each has a certificate of a key", "leave out the file"] {
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    // The same certificate in two forms: the evidence is judged, and refused for its root, which is ours.
    let ran = folder.verify("snp", &chip.report, &given("chip.pem"));
    assert!(ran.code == 1 && ran.out.contains("\"reject\""), "{}{}", ran.out, ran.err);
}

#[test]
fn a_file_that_is_not_there_is_bad_use_as_every_kind() {
    let folder = Folder::new();
    for (kind, _) in kinds() {
        let ran = run(folder.0.path(), &["attest", "verify", "--json", "--kind", kind, "--evidence", "none"]);
        assert!(ran.code == 2 && ran.out.is_empty(), "{kind}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_document_that_carries_zeros_for_a_nonce_answers_no_one() {
    let folder = Folder::new();
    let policy = run(folder.0.path(), &["attest", "policy"]).out;
    folder.write("nitro.der", &nitro::plan().chain()[nitro::ROOT]);
    folder.write("policy.toml", policy.replace("danger_nitro = []", "danger_nitro = [\"nitro.der\"]"));
    let zeros = nitro::changed(|plan| plan.set("nonce", nitro::cbor::bytes(&[0; 32]))).issue();
    let nonce = hex::encode(nitro::NONCE);
    for (document, data, code) in [
        (nitro::plan().issue(), hex::encode(nitro::USER_DATA), 0),
        (nitro::plan().issue(), nonce.clone(), 0),
        (nitro::plan().issue(), nonce.replace('4', "5"), 1),
        (zeros, "00".repeat(32), 1),
    ] {
        let ran = folder.verify("nitro", &document, &["--policy", "policy.toml", "--report-data", &data]);
        assert_eq!(ran.code, code, "{data}: {}{}", ran.out, ran.err);
    }
}
