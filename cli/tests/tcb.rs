//! `adyton tcb watch`, with evidence and collateral that are made here, and with recorded ones.

use std::{
    fs,
    path::{Path, PathBuf},
};

use adyton_development_root::{DevelopmentRoot, Role};
use serde_json::{Value, json};

use crate::support::program::run;

const NOW: u64 = 1_800_000_000;
const AT: &str = "1800000000";

/// A folder with a quote, today's collateral, tomorrow's, and a policy that trusts their root.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = DevelopmentRoot::insecure_from_seed([3; 32]);
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    let mut plan = root.plan(&Role::new("worker").unwrap(), [7; 64], NOW);
    let today = plan.issue();
    write("quote.bin", &today.quote);
    write("standard.json", today.collateral.to_json(&today.root_certificate).unwrap().as_bytes());
    // The fix: a new level above the one that was the best.
    let levels = plan.tcb_info.value["tcbLevels"].as_array_mut().unwrap();
    let mut fixed = levels[0].clone();
    fixed["tcb"]["sgxtcbcomponents"][0] = json!({ "svn": 250, "category": "BIOS", "type": "Early Microcode Update" });
    levels[0]["tcbStatus"] = "OutOfDate".into();
    levels[0]["advisoryIDs"] = json!(["INTEL-SA-09999"]);
    levels.insert(0, fixed);
    plan.tcb_info.value["tcbEvaluationDataNumber"] = 21.into();
    plan.qe_identity.value["tcbEvaluationDataNumber"] = 21.into();
    write("early.json", plan.issue().collateral.to_json(&today.root_certificate).unwrap().as_bytes());
    write("root.der", &today.root_certificate);
    let policy = run(folder.path(), &["attest", "policy"]).out;
    write("policy.toml", policy.replace("danger_intel = []", "danger_intel = [\"root.der\"]").as_bytes());
    folder
}

fn watch(folder: &Path, more: &[&str]) -> (i32, Value) {
    watch_at(AT, folder, more)
}

fn watch_at(at: &str, folder: &Path, more: &[&str]) -> (i32, Value) {
    let usual = ["tcb", "watch", "--evidence", "quote.bin", "--policy", "policy.toml", "--at", at, "--json"];
    let ran = run(folder, &[&usual[..], more].concat());
    assert!(ran.code < 2, "{}", ran.err);
    (ran.code, serde_json::from_str(&ran.out).unwrap())
}

#[test]
fn a_machine_that_the_next_collateral_puts_below_the_bar_is_named_with_what_it_lacks() {
    let folder = folder();
    let (code, json) = watch(folder.path(), &["--collateral", "standard.json"]);
    assert_eq!((code, &json["falls"]), (0, &json!(false)), "{json:#}");
    let (code, json) = watch(folder.path(), &["--collateral", "early.json", "--collateral", "standard.json"]);
    assert_eq!((code, &json["falls"]), (1, &json!(true)), "{json:#}");
    let [standard, early] = [0, 1].map(|place| json["machines"][0]["outlooks"][place].clone());
    assert_eq!(
        (&json["unjudged"], &standard["standing"], &early["standing"]),
        (&json!(false), &json!("above"), &json!("below"))
    );
    assert_eq!((&standard["accepted"], &standard["evaluation"]), (&json!(true), &json!(20)));
    assert_eq!(
        (&early["accepted"], &early["evaluation"], &early["tcb_status"]),
        (&json!(false), &json!(21), &json!("OutOfDate"))
    );
    assert_eq!(early["advisories"], json!(["INTEL-SA-09999"]));
    let short = early["short"].as_array().unwrap();
    assert_eq!((short.len(), &short[0]["wanted"]), (1, &json!(250)), "{early:#}");
    assert!(short[0]["part"].as_str().unwrap().contains("Early Microcode Update"), "{early:#}");
    assert!(short[0]["raised_by"].as_str().unwrap().contains("BIOS"), "{early:#}");
}

#[test]
fn people_read_what_falls_and_what_raises_it() {
    let folder = folder();
    let arguments = ["--collateral", "early.json", "--policy", "policy.toml", "--at", AT];
    let ran = run(folder.path(), &[&["tcb", "watch", "--evidence", "quote.bin"][..], &arguments].concat());
    assert!(ran.out.contains("BELOW the bar: OutOfDate by evaluation 21"), "{}", ran.out);
    assert!(ran.out.contains("250 is wanted; a BIOS update"), "{}", ran.out);
}

/// Nothing follows for the machine: it is neither above nor below the bar.
fn is_not_judged((code, json): (i32, Value)) -> Value {
    assert_eq!((code, &json["falls"], &json["unjudged"]), (1, &json!(false), &json!(true)), "{json:#}");
    let outlook = json["machines"][0]["outlooks"][0].clone();
    if !outlook.is_null() {
        assert_eq!((&outlook["standing"], &outlook["short"]), (&json!("not-judged"), &json!([])), "{json:#}");
        assert!(!outlook["reason"].as_str().unwrap().is_empty() && outlook["tcb_status"].is_null(), "{json:#}");
    }
    outlook
}

#[test]
fn collateral_that_is_over_leaves_the_machine_unjudged() {
    let outlook = is_not_judged(watch_at("1900000000", folder().path(), &["--collateral", "standard.json"]));
    assert!(outlook["reason"].as_str().unwrap().contains("was valid until"), "{outlook:#}");
}

#[test]
fn collateral_that_is_forged_leaves_the_machine_unjudged() {
    let folder = folder();
    let good = fs::read_to_string(folder.path().join("standard.json")).unwrap();
    fs::write(folder.path().join("forged.json"), good.replace("UpToDate", "OutOfDate")).unwrap();
    is_not_judged(watch(folder.path(), &["--collateral", "forged.json"]));
    let arguments = ["--collateral", "forged.json", "--policy", "policy.toml", "--at", AT];
    let ran = run(folder.path(), &[&["tcb", "watch", "--evidence", "quote.bin"][..], &arguments].concat());
    assert!(ran.out.contains("NOT JUDGED") && !ran.out.contains("BELOW the bar"), "{}", ran.out);
    assert!(ran.out.contains("something could NOT be judged"), "{}", ran.out);
}

#[test]
fn collateral_of_another_family_leaves_the_machine_unjudged() {
    let folder = folder();
    let good = fs::read_to_string(folder.path().join("standard.json")).unwrap();
    fs::write(folder.path().join("other.json"), good.replace("ad700d", "ad700e").replace("AD700D", "AD700E")).unwrap();
    assert!(is_not_judged(watch(folder.path(), &["--collateral", "other.json"])).is_null());
}

#[test]
fn evidence_that_is_not_authentic_leaves_the_machine_unjudged() {
    let folder = folder();
    let mut quote = fs::read(folder.path().join("quote.bin")).unwrap();
    quote[48 + 520] ^= 1;
    fs::write(folder.path().join("quote.bin"), quote).unwrap();
    is_not_judged(watch(folder.path(), &["--collateral", "early.json"]));
}

#[test]
fn nothing_to_watch_or_nothing_to_judge_by_is_bad_use() {
    let folder = folder();
    for arguments in [
        &["tcb", "watch"][..],
        &["tcb", "watch", "--evidence", "quote.bin"],
        &["tcb", "watch", "--evidence", "none.bin", "--collateral", "standard.json"],
        &["tcb", "watch", "--evidence", "root.der", "--collateral", "standard.json"],
        &["tcb", "watch", "--evidence", "quote.bin", "--collateral", "root.der"],
        &["tcb", "watch", "--evidence", "quote.bin", "--collateral", "standard.json", "--source", "https://a.example"],
        &["tcb", "watch", "--workers"],
        &["tcb", "watch", "--chain"],
        &["tcb", "watch", "--chain", "--policy", "policy.toml"],
    ] {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn recorded_machines_that_are_out_of_date_lack_what_their_levels_say() {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("intel");
    if !folder.join("cases.json").exists() {
        println!("skipped: no recorded evidence at {}", folder.display());
        return;
    }
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let mut named = 0;
    for case in cases.iter().filter(|case| case["tcb_status"] == "OutOfDate") {
        let evidence = format!("quotes/{}", case["quote"].as_str().unwrap());
        let collateral = format!("collateral/{}", case["collateral"].as_str().unwrap());
        let at = case["verify_at"].to_string();
        let ran = run(
            &folder,
            &["tcb", "watch", "--evidence", &evidence, "--collateral", &collateral, "--at", &at, "--json"],
        );
        assert_eq!(ran.code, 1, "{evidence}: {}", ran.err);
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        let outlook = &json["machines"][0]["outlooks"][0];
        assert_eq!(outlook["tcb_status"], "OutOfDate", "{evidence}: {json:#}");
        let short = outlook["short"].as_array().unwrap();
        assert!(!short.is_empty(), "{evidence} {collateral}: {json:#}");
        assert!(short.iter().all(|short| short["found"].as_u64() < short["wanted"].as_u64()), "{json:#}");
        named += 1;
    }
    println!("{named} cases");
    assert!(named > 20);
}

#[test]
fn an_snp_report_is_not_judged_by_levels_that_nobody_publishes() {
    let folder = folder();
    fs::write(folder.path().join("report.bin"), [0; 1184]).unwrap();
    let ran = run(folder.path(), &["tcb", "watch", "--evidence", "report.bin", "--collateral", "standard.json"]);
    assert!(ran.code == 2 && ran.err.contains("attest verify --kind snp"), "{}{}", ran.out, ran.err);
}

#[test]
fn nothing_to_submit_or_half_of_what_names_a_platform_is_bad_use_before_any_network_is_asked() {
    let folder = folder();
    for (arguments, said) in [
        (&["tcb", "submit"][..], "required"),
        (&["tcb", "submit", "--kind", "tdx"], "--family and --authority"),
        (&["tcb", "submit", "--kind", "tdx", "--family", "00806f", "--authority", "platform"], "12 hexadecimal digits"),
        (&["tcb", "submit", "--kind", "snp"], "--product"),
        (&["tcb", "submit", "--kind", "snp", "--product", "genoa", "--authority", "platform"], "snp takes --product"),
        (&["tcb", "submit", "--authority", "platform", "standard.json"], "--kind"),
        (&["tcb", "submit", "root.der"], "neither Intel's collateral nor a revocation list"),
        (&["tcb", "submit", "none.json"], "cannot read"),
        (&["tcb", "submit", "--evidence", "root.der"], "root.der: "),
        (&["tcb", "submit", "standard.json", "early.json", "--worker-file", "out"], "one thing to submit"),
        (&["tcb", "submit", "standard.json", "--source", "pccs.example.org"], "is a URL"),
        (&["tcb", "submit", "standard.json"], "no network is in use"),
    ] {
        let ran = run(folder.path(), arguments);
        assert!(ran.code == 2 && ran.err.contains(said), "{arguments:?}: {}{}", ran.out, ran.err);
    }
}
