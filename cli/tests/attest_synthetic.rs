//! Evidence that is made here, of every kind, each with the verdict that it has to get. Where
//! `ADYTON_SYNTHETIC_EVIDENCE` names a folder, the cases stay there, for the tests of the verifier in a browser
//! (`sdk/web/tests`): it has to say the same.

use std::{fs, path::PathBuf};

use adyton_attestation::snp::{SnpKey, SnpProduct};
use adyton_development_root::{COLLATERAL_LIFETIME, DevelopmentRoot, Plan, Role};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{
    nitro,
    nvidia::{self, Device, Manifest},
    program::run,
    snp,
};

const NOW: u64 = snp::NOW;
const LINE: SnpProduct = SnpProduct::Milan;

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([3; 32])
}

fn plan() -> Plan {
    root().plan(&Role::new("worker").unwrap(), [7; 64], NOW)
}

/// The folder with all files, and the cases.
struct Cases {
    folder: PathBuf,
    cases: Vec<Value>,
}

impl Cases {
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder.join(name), content).unwrap();
    }

    /// A case under the policy that trusts every authority of the tests; `more` are its other fields.
    fn add(&mut self, name: &str, kind: &str, evidence: &str, verdict: &str, more: Value) {
        let mut case = json!({
            "name": name,
            "kind": kind,
            "evidence": evidence,
            "policy": "policy.toml",
            "policyFiles": ["intel.der", "amd.pem", "nitro.der", "devices.der", "manifests.der"],
            "at": NOW,
            "expect": { "verdict": verdict },
        });
        for (field, value) in more.as_object().unwrap() {
            case[field] = value.clone();
        }
        self.cases.push(case);
    }

    fn policy(&self) {
        let authority = |key| snp::authority(LINE, key).encode();
        self.write("intel.der", root().root_certificate());
        self.write(
            "amd.pem",
            nvidia::pem(&[snp::ark(LINE).encode(), authority(SnpKey::Vcek), authority(SnpKey::Vlek)]),
        );
        self.write("nitro.der", &nitro::plan().chain()[nitro::ROOT]);
        self.write("devices.der", Device::hopper().chain.last().unwrap().der());
        self.write("manifests.der", Manifest::driver().chain.last().unwrap().der());
        let mut policy = run(&self.folder, &["attest", "policy"]).out;
        for (named, with) in [
            ("danger_intel", "\"intel.der\""),
            ("danger_snp", "\"amd.pem\""),
            ("danger_nitro", "\"nitro.der\""),
            ("danger_nvidia", "{ devices = \"devices.der\", manifests = \"manifests.der\" }"),
        ] {
            let without = format!("{named} = []");
            assert!(policy.contains(&without), "{named}");
            policy = policy.replace(&without, &format!("{named} = [{with}]"));
        }
        self.write("policy.toml", policy);
    }

    fn intel(&mut self) {
        let (good, enclave) = (plan().issue(), plan().for_enclave(NOW).issue());
        let mut old = plan();
        old.tcb_info.value["tcbLevels"][0]["tcbStatus"] = "OutOfDate".into();
        let json =
            |issued: &adyton_development_root::Issued| issued.collateral.to_json(&root().root_certificate()).unwrap();
        self.write("quote.bin", &good.quote);
        self.write("quote.txt", STANDARD.encode(&good.quote));
        self.write("cut.bin", &good.quote[..700]);
        self.write("collateral.json", json(&good));
        self.write("enclave.bin", &enclave.quote);
        self.write("enclave.json", json(&enclave));
        self.write("old.json", json(&old.issue()));
        let with = |more: Value| {
            let mut fields = json!({ "collateral": "collateral.json" });
            more.as_object().unwrap().iter().for_each(|(name, value)| fields[name] = value.clone());
            fields
        };
        let up_to_date = json!({ "expect": { "verdict": "accept", "tcb_status": "UpToDate" } });
        self.add("a domain on a platform that is up to date", "tdx", "quote.bin", "accept", with(up_to_date));
        let about = |byte: &str| with(json!({ "reportData": byte.repeat(64) }));
        self.add("a domain about the statement that is wanted", "tdx", "quote.bin", "accept", about("07"));
        self.add("a domain about another statement", "tdx", "quote.bin", "reject", about("08"));
        self.add("a quote in Base64", "tdx", "quote.txt", "accept", with(json!({})));
        self.add("a quote that is cut short", "tdx", "cut.bin", "reject", with(json!({})));
        let later = json!({ "at": NOW + COLLATERAL_LIFETIME + 1 });
        self.add("collateral that has ended", "tdx", "quote.bin", "reject", with(later));
        let built_in = json!({ "policy": null, "policyFiles": [] });
        self.add("a root that the built-in policy does not trust", "tdx", "quote.bin", "reject", with(built_in));
        let out_of_date =
            json!({ "collateral": "old.json", "expect": { "verdict": "reject", "tcb_status": "OutOfDate" } });
        self.add("a platform that is out of date", "tdx", "quote.bin", "reject", out_of_date);
        let enclaves = json!({ "collateral": "enclave.json" });
        self.add("an enclave", "sgx", "enclave.bin", "accept", enclaves.clone());
        self.add("an enclave said to be a domain", "tdx", "enclave.bin", "reject", enclaves.clone());

        let wrapped = json!({ "tdx": { "quote": STANDARD.encode(&good.quote), "runtime_data": null } });
        self.write("quote.json", wrapped.to_string());
        self.add("a quote in a guest's JSON", "tdx", "quote.json", "accept", with(json!({})));
        let with_log = json!({ "quote": STANDARD.encode(&good.quote), "cc_eventlog": "AAEC" });
        self.write("with_log.json", with_log.to_string());
        self.add("a quote beside a log that is none", "tdx", "with_log.json", "reject", with(json!({})));
        let header = [&[1, 0, 0, 0, 2, 0, 0, 0][..], &(enclave.quote.len() as u64).to_le_bytes()].concat();
        self.write("enclave.report", [header, enclave.quote.clone()].concat());
        self.add("an enclave in Open Enclave's report", "sgx", "enclave.report", "accept", enclaves);
    }

    /// The forms in which a host's table of certificates comes, and AMD's whole set of a line.
    fn table(&mut self, chip: &snp::Evidence) {
        let [ask, asvk] = [SnpKey::Vcek, SnpKey::Vlek].map(|key| snp::authority(LINE, key).encode());
        self.write("line.pem", nvidia::pem(&[snp::ark(LINE).encode(), ask.clone(), asvk]));
        let line = json!({ "endorsements": ["vcek.der", "line.pem"] });
        self.add("a chip and all authorities of its line", "snp", "chip.bin", "accept", line);

        let contents = [nvidia::pem(std::slice::from_ref(&chip.vek)), ask];
        let mut table = Vec::new();
        let mut offset = 72;
        for (name, content) in
            ["63da758de6644564adc5f4b93be8accd", "4ab7b379bbac4fe4a02f05aef327c782"].iter().zip(&contents)
        {
            let length = u32::try_from(content.len()).unwrap();
            table.extend(hex::decode(name).unwrap());
            table.extend([u32::to_le_bytes(offset), length.to_le_bytes()].concat());
            offset += length;
        }
        table.extend([0; 24]);
        table.extend(contents.concat());
        self.write("table.bin", &table);
        let beside = json!({ "endorsements": ["table.bin"] });
        self.add("a chip and its host's certificates", "snp", "chip.bin", "accept", beside);
        self.write("extended.bin", [&chip.report[..], &table].concat());
        self.add("an extended report", "snp", "extended.bin", "accept", json!({}));
        let [outblob, auxblob] = [&chip.report, &table].map(|blob| STANDARD.encode(blob));
        let kernel = json!({ "provider": "sev_guest\n", "outblob": outblob, "auxblob": auxblob });
        self.write("kernel.json", kernel.to_string());
        self.add("what the kernel gives of a report", "snp", "kernel.json", "accept", json!({}));
        self.write("guest.json", guests_json(&chip.report, &chip.vek).to_string());
        self.add("a report field by field", "snp", "guest.json", "accept", json!({}));
        let mut many = guests_json(&chip.report, &chip.vek);
        many["cert_chain"] = vec![many["cert_chain"][0].clone(); 17].into();
        self.write("many.json", many.to_string());
        self.add("a report with too many certificates", "snp", "many.json", "reject", json!({}));
        let mut other = chip.report.clone();
        other[0xc0] ^= 1;
        self.write("other.json", guests_json(&other, &chip.vek).to_string());
        self.add("a report of which one field is another", "snp", "other.json", "reject", json!({}));
        self.write("longer.bin", [&chip.report[..], &[0; 32]].concat());
        let vcek = json!({ "endorsements": ["vcek.der"] });
        self.add("a report with other bytes behind it", "snp", "longer.bin", "reject", vcek);
    }

    fn others(&mut self) {
        let chip = snp::good(LINE).evidence();
        let list = |signer| snp::revocation_list(LINE, (NOW - snp::DAY, NOW + snp::DAY), &[9], signer);
        self.write("chip.bin", &chip.report);
        self.write("vcek.der", &chip.vek);
        self.write("list.crl", list(snp::root_key()));
        self.write("forged.crl", list(snp::authority_key()));
        let with = |list: &str| json!({ "endorsements": ["vcek.der", list] });
        self.add("a chip of AMD's", "snp", "chip.bin", "accept", with("list.crl"));
        self.add("a forged revocation list", "snp", "chip.bin", "reject", with("forged.crl"));
        self.table(&chip);

        self.write("document.cbor", nitro::plan().issue());
        self.add("a document of AWS's", "nitro", "document.cbor", "accept", json!({}));
        self.add("a document that has ended", "nitro", "document.cbor", "reject", json!({ "at": NOW + 9 * snp::DAY }));

        let device = Device::hopper();
        let entry = json!({
            "arch": "HOPPER",
            "certificate": STANDARD.encode(device.pem()),
            "evidence": STANDARD.encode(device.report()),
            "nonce": hex::encode(device.nonce),
        });
        let responses = device.responses().into_iter().chain(Manifest::driver().responses());
        let fetched = json!({
            "manifests": [Manifest::driver().xml(), Manifest::firmware().xml()],
            "ocsp_responses": responses.map(|der| STANDARD.encode(der)).collect::<Vec<_>>(),
        });
        self.write("gpu.json", json!([entry]).to_string());
        self.write("twice.json", json!([entry, entry]).to_string());
        self.write("fetched.json", fetched.to_string());
        self.add("a device of NVIDIA's", "nvidia", "gpu.json", "accept", json!({ "endorsements": ["fetched.json"] }));
        self.add("a device twice", "nvidia", "twice.json", "reject", json!({}));
        self.add("a device twice, of which one is meant", "nvidia", "twice.json", "accept", json!({ "entry": 1 }));
        let mut versions = entry.clone();
        (versions["version"], versions["driver_version"]) = ("1.0".into(), "590.12".into());
        self.write("versions.json", json!([versions]).to_string());
        self.add("a device with its software's versions", "nvidia", "versions.json", "accept", json!({}));
        let device = json!({ "certificate": entry["certificate"], "evidence": entry["evidence"] });
        let request = json!({ "nonce": entry["nonce"], "arch": "HOPPER", "evidence_list": [device] });
        self.write("request.json", request.to_string());
        self.add("a request to NVIDIA's service", "nvidia", "request.json", "accept", json!({}));

        self.write("words", "words");
        for kind in ["azure-snp", "azure-tdx", "tpm", "cca"] {
            self.add(&format!("words as {kind}"), kind, "words", "reject", json!({}));
        }
    }
}

/// A report of Milan's as guests of Confidential Containers write it.
fn guests_json(report: &[u8], vek: &[u8]) -> Value {
    let list = |at: usize, length: usize| json!(report[at..at + length]);
    let number = |at: usize, length: usize| {
        report[at..at + length].iter().rev().fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
    };
    let tcb = |at: usize| {
        let part = |offset: usize| report[at + offset];
        json!({ "fmc": null, "bootloader": part(0), "tee": part(1), "snp": part(6), "microcode": part(7) })
    };
    let firmware = |at: usize| json!({ "build": report[at], "minor": report[at + 1], "major": report[at + 2] });
    let mut fields = json!({
        "current_tcb": tcb(0x38),
        "reported_tcb": tcb(0x180),
        "committed_tcb": tcb(0x1e0),
        "launch_tcb": tcb(0x1f0),
        "current": firmware(0x1e8),
        "committed": firmware(0x1ec),
        "signature": { "r": list(0x2a0, 72), "s": list(0x2e8, 72) },
    });
    for (name, at, length) in [
        ("version", 0, 4),
        ("guest_svn", 4, 4),
        ("policy", 8, 8),
        ("vmpl", 0x30, 4),
        ("sig_algo", 0x34, 4),
        ("plat_info", 0x40, 8),
        ("key_info", 0x48, 4),
        ("cpuid_fam_id", 0x188, 1),
        ("cpuid_mod_id", 0x189, 1),
        ("cpuid_step", 0x18a, 1),
        ("launch_mit_vector", 0x1f8, 8),
        ("current_mit_vector", 0x200, 8),
    ] {
        fields[name] = number(at, length).into();
    }
    for (name, at, length) in [
        ("family_id", 0x10, 16),
        ("image_id", 0x20, 16),
        ("report_data", 0x50, 64),
        ("measurement", 0x90, 48),
        ("host_data", 0xc0, 32),
        ("id_key_digest", 0xe0, 48),
        ("author_key_digest", 0x110, 48),
        ("report_id", 0x140, 32),
        ("report_id_ma", 0x160, 32),
        ("chip_id", 0x1a0, 64),
    ] {
        fields[name] = list(at, length);
    }
    json!({ "attestation_report": fields, "cert_chain": [{ "cert_type": "VCEK", "data": vek }] })
}

/// What the command line says.
fn said(folder: &std::path::Path, case: &Value) -> Value {
    let text = |field: &str| case[field].as_str();
    let evidence = text("evidence").unwrap();
    let evidence = case["entry"].as_u64().map_or(evidence.to_owned(), |entry| format!("{evidence}[{entry}]"));
    let at = case["at"].to_string();
    let mut arguments = vec!["attest", "verify", "--json", "--evidence", &evidence, "--at", &at];
    for (option, field) in
        [("--kind", "kind"), ("--collateral", "collateral"), ("--policy", "policy"), ("--report-data", "reportData")]
    {
        arguments.extend(text(field).into_iter().flat_map(|value| [option, value]));
    }
    let endorsements = case["endorsements"].as_array().into_iter().flatten();
    arguments.extend(endorsements.flat_map(|name| ["--endorsements", name.as_str().unwrap()]));
    let ran = run(folder, &arguments);
    assert!(matches!(ran.code, 0 | 1), "{case:#}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn evidence_that_is_made_here_gets_its_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let named = std::env::var_os("ADYTON_SYNTHETIC_EVIDENCE").filter(|named| !named.is_empty());
    let mut cases = Cases { folder: named.map_or(scratch.path().into(), PathBuf::from), cases: Vec::new() };
    cases.policy();
    cases.intel();
    cases.others();
    cases.write("cases.json", Value::from(cases.cases.clone()).to_string());
    for case in &cases.cases {
        let said = said(&cases.folder, case);
        for (field, wanted) in case["expect"].as_object().unwrap() {
            assert_eq!(&said[field], wanted, "{}: {said:#}", case["name"]);
        }
    }
    assert_eq!(cases.cases.len(), 34);
}
