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
        self.add("an enclave said to be a domain", "tdx", "enclave.bin", "reject", enclaves);
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

        self.write("words", "words");
        for kind in ["azure-snp", "azure-tdx", "tpm", "cca"] {
            self.add(&format!("words as {kind}"), kind, "words", "reject", json!({}));
        }
    }
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
    assert_eq!(cases.cases.len(), 21);
}
