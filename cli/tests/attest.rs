//! `adyton attest` with evidence that is made here: exit codes, output, policy files, and what was given in vain.

use std::{fs, path::Path};

use adyton_development_root::{DevelopmentRoot, Role};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::{Ran, run};

const NOW: u64 = 1_800_000_000;
const AT: &str = "1800000000";

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([3; 32])
}

/// A folder with a quote over sevens, its collateral, and a policy that trusts its root.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("quote.bin", root().device(Role::new("worker").unwrap()).quote([7; 64]));
        folder.write("collateral.json", root().collateral(NOW).to_json(&root().root_certificate()).unwrap());
        folder.write("root.der", root().root_certificate());
        let built_in = folder.run(&["attest", "policy"]).out;
        folder.write("policy.toml", built_in.replace("danger_intel = []", "danger_intel = [\"root.der\"]"));
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(self.path(), arguments)
    }

    /// Judges the quote under the policy that trusts it.
    fn verify(&self, more: &[&str]) -> Ran {
        let usual = ["attest", "verify", "--kind", "tdx", "--evidence", "quote.bin", "--at", AT];
        let rest = ["--collateral", "collateral.json", "--policy", "policy.toml"];
        self.run(&[&usual[..], &rest, more].concat())
    }

    /// What is bad use is told on standard error, with nothing on standard output.
    fn bad_use(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        ran.err
    }
}

#[test]
fn a_good_quote_is_accepted_with_everything_that_a_program_wants_to_know() {
    let folder = Folder::new();
    let ran = folder.verify(&["--json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["verdict"], &json["tcb_status"]), (&"accept".into(), &"UpToDate".into()));
    assert_eq!((&json["report_data"], &json["advisories"]), (&"07".repeat(64).into(), &serde_json::json!([])));
    assert_eq!(json["not_after"], NOW + adyton_development_root::COLLATERAL_LIFETIME);
    let measurement = root().measurement(&Role::new("worker").unwrap());
    assert_eq!(json["measurements"]["id"], hex::encode(measurement.id()));
    assert!(json["machine"]["intel-ppid"].is_string() && json["ear"].is_object(), "{json:#}");
    for check in json["checks"].as_array().unwrap() {
        assert!(check["name"].is_string() && check["detail"].is_string(), "{check}");
        assert!(["passed", "unchecked"].contains(&check["result"].as_str().unwrap()), "{check}");
    }
    assert!(json["reason"].as_str().unwrap().contains("NOT checked: "), "{}", json["reason"]);
}

#[test]
fn people_read_the_same_and_cannot_overlook_what_is_unchecked() {
    let folder = Folder::new();
    let ran = folder.verify(&[]);
    assert!(ran.out.contains("UNCHECKED  report-data"), "{}", ran.out);
    assert!(ran.out.lines().last().unwrap().starts_with("ACCEPTED: "), "{}", ran.out);
    let ran = folder.verify(&["--report-data", &"07".repeat(64)]);
    assert!(ran.code == 0 && ran.out.contains("passed     report-data"), "{}", ran.out);
    let ran = folder.verify(&["--report-data", &"08".repeat(64)]);
    assert!(ran.code == 1 && ran.out.contains("FAILED     report-data"), "{}", ran.out);
    let last = ran.out.lines().last().unwrap();
    let both = format!("it is about {}, and {} is wanted", "07".repeat(64), "08".repeat(64));
    assert!(last.starts_with("REJECTED: report-data: ") && last.ends_with(&both), "{}", ran.out);
}

#[test]
fn the_built_in_policy_does_not_trust_the_development_root() {
    let folder = Folder::new();
    let arguments = ["--kind", "tdx", "--evidence", "quote.bin", "--collateral", "collateral.json", "--at", AT];
    let ran = folder.run(&[&["attest", "verify"][..], &arguments].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("REJECTED: collateral: "), "{}", ran.out);
}

#[test]
fn evidence_that_is_malformed_or_of_another_kind_is_rejected() {
    let folder = Folder::new();
    let quote = fs::read(folder.path().join("quote.bin")).unwrap();
    for bad in [&b"words"[..], &[], &quote[..700], &[&quote[..], &[1]].concat()] {
        folder.write("quote.bin", bad);
        let ran = folder.verify(&["--json"]);
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.code, &json["verdict"]), (1, &"reject".into()));
        assert!(json["machine"].is_null() && json["measurements"].is_null() && json["report_data"].is_null());
    }
    for kind in ["azure-snp", "azure-tdx", "nitro", "tpm", "cca"] {
        let ran = folder.run(&["attest", "verify", "--kind", kind, "--evidence", "policy.toml"]);
        assert_eq!(ran.code, 1, "{kind}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("REJECTED: "), "{kind}: {}", ran.out);
    }
}

#[test]
fn a_quote_in_digits_or_base64_or_json_is_the_same_quote() {
    let folder = Folder::new();
    let quote = fs::read(folder.path().join("quote.bin")).unwrap();
    let json = serde_json::json!({ "quote": hex::encode(&quote), "report_data": "" }).to_string();
    let list = serde_json::json!({ "quote": quote }).to_string();
    for text in
        [hex::encode(&quote), base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &quote), json, list]
    {
        folder.write("quote.bin", &text);
        let ran = folder.verify(&[]);
        assert_eq!(ran.code, 0, "{}", ran.out);
    }
}

#[test]
fn authentic_evidence_that_is_refused_still_tells_its_platforms_level() {
    let folder = Folder::new();
    let mut plan = root().plan(&Role::new("worker").unwrap(), [7; 64], NOW);
    plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = "OutOfDate".into();
    plan.tcb_info.value["tcbLevels"][0]["advisoryIDs"] = serde_json::json!(["INTEL-SA-00001"]);
    folder.write("collateral.json", plan.issue().collateral.to_json(&root().root_certificate()).unwrap());
    let ran = folder.verify(&["--json"]);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &json["tcb_status"]), (1, &"OutOfDate".into()), "{json:#}");
    assert_eq!(json["advisories"], serde_json::json!(["INTEL-SA-00001"]));
    assert!(json["reason"].as_str().unwrap().starts_with("tcb-status: "), "{}", json["reason"]);
    // A policy with a second tier for such platforms accepts it there.
    let policy = fs::read_to_string(folder.path().join("policy.toml")).unwrap();
    let tier = "[[intel.tiers]]\nstatuses = [\"OutOfDate\"]\naccepted_advisories = { only = [\"INTEL-SA-00001\"] }\nrefused_advisories = []\ngrace_days = 65535\n\n# AMD's platforms";
    folder.write("policy.toml", policy.replacen("# AMD's platforms", tier, 1));
    let json: Value = serde_json::from_str(&folder.verify(&["--json"]).out).unwrap();
    assert_eq!((&json["verdict"], &json["tier"]), (&"accept".into(), &1.into()), "{json:#}");
}

#[test]
fn a_policy_with_measurements_and_machines_holds_evidence_to_them() {
    let folder = Folder::new();
    let json: Value = serde_json::from_str(&folder.verify(&["--json"]).out).unwrap();
    let policy = fs::read_to_string(folder.path().join("policy.toml")).unwrap();
    let id = json["measurements"]["id"].as_str().unwrap();
    let ppid = json["machine"]["intel-ppid"].as_str().unwrap();
    let accepting = |id: &str| {
        policy.replace(
            "\nmeasurements = \"any\"",
            &format!("\nmeasurements = {{ only = [{{ id = \"{id}\", release = \"worker 1\" }}] }}"),
        )
    };
    folder.write("policy.toml", accepting(id));
    let ran = folder.verify(&[]);
    assert!(ran.code == 0 && ran.out.contains("release worker 1"), "{}", ran.out);
    folder.write("policy.toml", accepting(&"00".repeat(32)));
    let ran = folder.verify(&[]);
    assert!(ran.code == 1 && ran.out.contains("REJECTED: measurement: "), "{}", ran.out);
    folder
        .write("policy.toml", policy.replace("\ndenied = []", &format!("\ndenied = [{{ intel-ppid = \"{ppid}\" }}]")));
    let ran = folder.verify(&[]);
    assert!(ran.code == 1 && ran.out.contains("REJECTED: machine: "), "{}", ran.out);
    folder.write("policy.toml", policy.replace("\"intel-tdx\", ", ""));
    let ran = folder.verify(&[]);
    assert!(ran.code == 1 && ran.out.contains("REJECTED: kind: "), "{}", ran.out);
}

#[test]
fn files_that_are_not_there_and_options_that_make_no_sense_are_bad_use() {
    let folder = Folder::new();
    let verify = ["attest", "verify", "--kind", "tdx", "--evidence"];
    let error = folder.bad_use(&[&verify[..], &["none.bin"]].concat());
    assert!(error.contains("none.bin"), "{error}");
    let error = folder.bad_use(&[&verify[..], &["quote.bin"]].concat());
    assert!(error.contains("adyton attest fetch --kind tdx --evidence quote.bin"), "{error}");
    let good = [&verify[..], &["quote.bin", "--collateral", "collateral.json"]].concat();
    for (more, what) in [
        (&["--report-data", "zz"][..], "hexadecimal"),
        (&["--report-data", "00"], "64"),
        (&["--endorsements", "none.pem"], "none.pem"),
        (&["--policy", "quote.bin"], "quote.bin"),
        (&["--at", "tomorrow"], "--at"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let error = folder.bad_use(&[&good[..], more].concat());
        assert!(error.contains(what), "{more:?}: {error}");
    }
    let error = folder.bad_use(&[&verify[..], &["quote.bin", "--collateral", "root.der"]].concat());
    assert!(error.contains("not Intel's collateral"), "{error}");
    let snp = ["attest", "verify", "--kind", "snp", "--evidence", "quote.bin", "--collateral", "collateral.json"];
    assert!(folder.bad_use(&snp).contains("collateral has no use"));
    let error = folder.bad_use(&["attest", "verify", "--kind", "sev", "--evidence", "quote.bin"]);
    assert!(error.contains("sev"), "{error}");
    let error = folder.bad_use(&["attest", "verify", "--kind", "tdx", "--evidence", "quote.bin[1]"]);
    assert!(error.contains("not several"), "{error}");
}

#[test]
fn collateral_that_is_recognized_and_malformed_is_a_rejection() {
    let folder = Folder::new();
    let good = fs::read_to_string(folder.path().join("collateral.json")).unwrap();
    for bad in [good.replace("\"root_ca_crl\": \"", "\"root_ca_crl\": \"zz"), good[..good.len() / 2].to_owned()] {
        folder.write("collateral.json", bad);
        let ran = folder.verify(&[]);
        assert!(ran.code == 1 && ran.out.contains("REJECTED: collateral: "), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn an_endorsement_that_has_no_use_is_bad_use() {
    let folder = Folder::new();
    let usual = ["attest", "verify", "--kind", "tdx", "--evidence", "quote.bin", "--at", AT];
    let rest = ["--collateral", "collateral.json", "--policy", "policy.toml", "--endorsements"];
    let error = folder.bad_use(&[&usual[..], &rest, &["root.der"]].concat());
    assert!(error.contains("root.der") && error.contains("certificate"), "{error}");
    folder.write("compose.json", "{\"services\": []}");
    let error = folder.bad_use(&[&usual[..], &rest, &["compose.json"]].concat());
    assert!(error.contains("compose.json"), "{error}");
}

#[test]
fn the_policy_can_be_printed_changed_and_used_and_an_unknown_field_is_bad_use() {
    let folder = Folder::new();
    let printed: Value = serde_json::from_str(&folder.run(&["attest", "policy", "--json"]).out).unwrap();
    let text = printed["policy"].as_str().unwrap();
    folder.write("printed.toml", text);
    let usual = ["attest", "verify", "--kind", "tdx", "--evidence", "quote.bin", "--at", AT, "--json"];
    let rest = ["--collateral", "collateral.json"];
    let without = folder.run(&[&usual[..], &rest].concat()).out;
    let with = folder.run(&[&usual[..], &rest, &["--policy", "printed.toml"]].concat()).out;
    assert_eq!(without, with);
    folder.write("printed.toml", format!("{text}\nallow_debug = true\n"));
    let error = folder.bad_use(&[&usual[..], &rest, &["--policy", "printed.toml"]].concat());
    assert!(error.contains("allow_debug"), "{error}");
}

#[test]
fn a_quote_of_sgx_is_judged_as_one() {
    let folder = Folder::new();
    let plan = root().plan(&Role::new("worker").unwrap(), [7; 64], NOW).for_enclave(NOW);
    let issued = plan.issue();
    folder.write("quote.bin", &issued.quote);
    folder.write("collateral.json", issued.collateral.to_json(&root().root_certificate()).unwrap());
    let arguments =
        ["--evidence", "quote.bin", "--collateral", "collateral.json", "--policy", "policy.toml", "--at", AT];
    for (kind, code) in [("sgx", 0), ("tdx", 1)] {
        let ran = folder.run(&[&["attest", "verify", "--kind", kind][..], &arguments].concat());
        assert_eq!(ran.code, code, "{kind}: {}", ran.out);
    }
}

#[test]
fn what_is_shown_is_called_unchecked() {
    let folder = Folder::new();
    for arguments in
        [&["attest", "show", "quote.bin"][..], &["attest", "show", "--kind", "tdx", "--evidence", "quote.bin"]]
    {
        let ran = folder.run(arguments);
        assert!(ran.code == 0 && ran.out.starts_with("tdx (NOT checked)\n"), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains(&"07".repeat(64)), "{}", ran.out);
    }
    let error = folder.bad_use(&["attest", "show", "policy.toml"]);
    assert!(error.contains("--kind"), "{error}");
    assert!(folder.bad_use(&["attest", "show", "--kind", "snp", "quote.bin"]).contains("1184"));
}
