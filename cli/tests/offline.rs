//! The program as a person meets it, as far as that needs no network: output, files and exit codes.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

struct Home(TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("password"), "correct horse\n").unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_adyton"))
            .args(arguments)
            .env_clear()
            .env("ADYTON_HOME", self.0.path().join("home"))
            .env("ADYTON_PASSWORD_FILE", self.0.path().join("password"))
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that reads nothing may be gone already.
        let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn ok(&self, arguments: &[&str], input: &str) -> String {
        let ran = self.run(arguments, input);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    fn json(&self, arguments: &[&str], input: &str) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat(), input)).unwrap()
    }

    fn bad_use(&self, arguments: &[&str], input: &str) -> String {
        let ran = self.run(arguments, input);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.out, "");
        ran.err
    }
}

const NETWORK: &str = r#"{
  "name": "test",
  "network_id": "0x0101010101010101010101010101010101010101010101010101010101010101",
  "checkpoint": {
    "genesis_hash": "0x0202020202020202020202020202020202020202020202020202020202020202",
    "number": 0,
    "hash": "0x0202020202020202020202020202020202020202020202020202020202020202",
    "set_id": 0,
    "authorities": [{ "key": "0x0303030303030303030303030303030303030303030303030303030303030303", "weight": 1 }]
  },
  "rpc": "http://127.0.0.1:1",
  "gateway": "http://127.0.0.1:1",
  "development": DEVELOPMENT,
  "trust": "written by this test"
}"#;

fn with_network(development: bool) -> Home {
    let home = Home::new();
    fs::write(home.path("test.json"), NETWORK.replace("DEVELOPMENT", &development.to_string())).unwrap();
    home.ok(&["network", "add", &home.path("test.json")], "");
    home.ok(&["network", "use", "test"], "");
    home
}

#[test]
fn nothing_typed_or_something_unknown_is_bad_use() {
    let home = Home::new();
    home.bad_use(&[], "");
    home.bad_use(&["nonsense"], "");
    home.bad_use(&["account", "new"], "");
    assert!(home.ok(&["--help"], "").contains("adyton up"));
}

#[test]
fn a_new_account_shows_its_phrase_once_and_keeps_it_out_of_its_file() {
    let home = Home::new();
    let made = home.json(&["account", "new", "main"], "");
    let phrase = made["phrase"].as_str().unwrap();
    assert_eq!(phrase.split(' ').count(), 12);
    let file = fs::read_to_string(made["file"].as_str().unwrap()).unwrap();
    assert!(!file.contains(phrase) && !file.contains("correct horse"));
    let listed = home.json(&["account", "list"], "");
    assert_eq!(listed[0]["address"], made["address"]);
    assert!(!home.ok(&["account", "list"], "").contains(phrase));
}

#[test]
fn an_account_comes_back_from_its_phrase_with_the_same_address() {
    let home = Home::new();
    let made = home.json(&["account", "new", "main"], "");
    let other = Home::new();
    let again = other.json(&["account", "import", "copy"], made["phrase"].as_str().unwrap());
    assert_eq!(again["address"], made["address"]);
    let derived = other.json(&["account", "import", "child"], &format!("{}//1", made["phrase"].as_str().unwrap()));
    assert_ne!(derived["address"], made["address"]);
}

#[test]
fn a_development_account_is_not_taken_into_the_keystore() {
    let error = Home::new().bad_use(&["account", "import", "alice"], "//Alice");
    assert!(error.contains("everybody has the key"), "{error}");
}

#[test]
fn a_phrase_that_is_none_is_bad_use_and_is_not_repeated() {
    let error = Home::new().bad_use(&["account", "import", "x"], "legal winner thank yellow");
    assert!(error.contains("seed phrase") && !error.contains("winner"), "{error}");
}

#[test]
fn an_account_of_the_same_name_is_not_written_over() {
    let home = Home::new();
    home.ok(&["account", "new", "main"], "");
    assert!(home.bad_use(&["account", "new", "main"], "").contains("already"));
}

#[test]
fn a_network_says_why_it_is_trusted_and_that_it_is_for_development() {
    let home = with_network(true);
    let ran = home.run(&["network", "list"], "");
    assert!(ran.out.contains("* test") && ran.out.contains("written by this test"), "{}", ran.out);
    let used = home.run(&["network", "use", "test"], "");
    assert!(used.err.contains("proves nothing about hardware"), "{}", used.err);
    assert_eq!(home.json(&["network", "list"], "")[0]["in_use"], true);
}

#[test]
fn a_network_file_with_an_unknown_key_or_over_plain_http_is_refused() {
    let home = Home::new();
    fs::write(home.path("bad.json"), NETWORK.replace("DEVELOPMENT", "true, \"extra\": 1")).unwrap();
    assert!(home.bad_use(&["network", "add", &home.path("bad.json")], "").contains("extra"));
    assert!(home.bad_use(&["network", "add", "http://127.0.0.1:1/network.json"], "").contains("https://"));
    assert!(home.bad_use(&["network", "add", &home.path("none.json")], "").contains("none.json"));
    assert!(home.bad_use(&["network", "use", "../x"], "").contains("no network's name"));
}

#[test]
fn a_network_is_not_replaced_unless_that_is_said() {
    let home = with_network(true);
    assert!(home.bad_use(&["network", "add", &home.path("test.json")], "").contains("--replace"));
    home.ok(&["network", "add", &home.path("test.json"), "--replace"], "");
}

#[test]
fn a_node_that_is_not_there_is_a_failure_and_no_bad_use() {
    let home = with_network(true);
    let ran = home.run(&["network", "status"], "");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("no answer from the node at http://127.0.0.1:1"), "{}", ran.err);
    let ran = home.run(&["network", "status", "--json"], "");
    let error: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert!(error["error"].as_str().unwrap().contains("chain"), "{error}");
}

#[test]
fn without_a_network_a_command_says_how_to_get_one() {
    let error = Home::new().bad_use(&["contract", "list"], "");
    assert!(error.contains("adyton up"), "{error}");
}

#[test]
fn a_development_account_signs_on_development_networks_only() {
    let home = with_network(false);
    let id = format!("0x{}", "00".repeat(32));
    let error = home.bad_use(&["call", &id, "GET", "/", "--from", "//Alice"], "");
    assert!(error.contains("is for development networks"), "{error}");
}

#[test]
fn a_wrong_password_opens_nothing() {
    let home = with_network(true);
    home.ok(&["account", "new", "main"], "");
    fs::write(home.path("password"), "wrong").unwrap();
    let ran = home.run(&["account", "transfer", "1", "//Bob", "--from", "main"], "");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the password is wrong"), "{}", ran.err);
}

#[test]
fn a_name_that_stands_for_no_contract_is_bad_use() {
    let error = with_network(true).bad_use(&["call", "counter", "GET", "/"], "");
    assert!(error.contains("neither a contract's id nor a name"), "{error}");
}

#[test]
fn a_file_that_is_no_bundle_exits_with_2() {
    let home = Home::new();
    fs::write(home.path("x.json"), "{}").unwrap();
    home.bad_use(&["verify", &home.path("x.json")], "");
    home.bad_use(&["verify", &home.path("none.json")], "");
    home.bad_use(&["receipt", "anchor", &home.path("x.json")], "");
    home.bad_use(&["receipt", "anchor", &home.path("none.json")], "");
}

#[test]
fn a_new_project_brings_its_sdk_along_and_is_not_written_over() {
    let home = Home::new();
    let made = home.json(&["new", "hello", "--lang", "rust"], "");
    let folder = Path::new(made["folder"].as_str().unwrap());
    for file in ["adyton.toml", "Cargo.toml", "src/lib.rs", "sdk/Cargo.toml", "sdk/wit/world.wit"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    assert!(home.bad_use(&["new", "hello"], "").contains("exists"));
    assert!(home.bad_use(&["new", "../up"], "").contains("name"));
}

#[test]
fn a_new_project_in_each_other_language_is_whole() {
    let home = Home::new();
    let files = [
        ("js", ["package.json", "package-lock.json", "src/main.js", "sdk/entry.js"]),
        ("ts", ["package-lock.json", "tsconfig.json", "src/main.ts", "sdk/index.d.ts"]),
        ("python", ["requirements.txt", "src/main.py", "tests/test_main.py", "sdk/adyton/entry.py"]),
    ];
    for (language, files) in files {
        let made = home.json(&["new", &format!("hello-{language}"), "--lang", language], "");
        let folder = Path::new(made["folder"].as_str().unwrap());
        assert_eq!(made["language"], language);
        for file in files.iter().chain(&["adyton.toml", ".gitignore"]) {
            assert!(folder.join(file).is_file(), "{language}: {file}");
        }
    }
    assert!(home.bad_use(&["new", "hello", "--lang", "cobol"], "").contains("python"));
}

#[test]
fn what_needs_a_project_says_so_where_there_is_none() {
    let home = Home::new();
    for command in ["build", "test", "dev", "deploy"] {
        assert!(home.bad_use(&[command], "").contains("adyton.toml"));
    }
}

#[test]
fn a_new_project_has_a_test_and_its_author_is_told() {
    let home = Home::new();
    for language in ["rust", "js", "ts", "python"] {
        let said = home.ok(&["new", &format!("hello-{language}"), "--lang", language], "");
        assert!(said.contains("adyton test") && said.contains("adyton dev"), "{said}");
        assert!(Path::new(&home.path(&format!("hello-{language}/tests/counter.toml"))).is_file());
    }
}

#[test]
fn a_project_without_tests_says_where_they_would_be() {
    let home = Home::new();
    fs::write(home.path("adyton.toml"), "name = \"x\"\n").unwrap();
    assert!(home.bad_use(&["test"], "").contains("there are no tests in"));
    fs::create_dir(home.path("tests")).unwrap();
    fs::write(home.path("tests/one.toml"), "").unwrap();
    assert!(home.bad_use(&["test", "two"], "").contains("no test"));
}

#[test]
fn code_changes_without_a_delay_on_development_networks_only() {
    let home = with_network(false);
    fs::write(home.path("adyton.toml"), "name = \"x\"\n").unwrap();
    assert!(home.bad_use(&["dev", "--once"], "").contains("no development network"));
}

#[test]
fn an_adyton_toml_with_an_unknown_key_is_refused_with_its_line() {
    let home = Home::new();
    fs::write(home.path("adyton.toml"), "name = \"x\"\ngrant = []\n").unwrap();
    let error = home.bad_use(&["build"], "");
    assert!(error.contains("grant") && error.contains("line 2"), "{error}");
}
