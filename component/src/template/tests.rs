//! What is brought along is complete, and a project is its author's.

use super::*;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of the files in a folder, not of the folders.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().expect("known").is_file());
    let mut names: Vec<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The names of the files that are brought along from a folder, sorted.
fn brought(sdk: &[(&str, &str)], folder: &str) -> Vec<String> {
    let paths = sdk.iter().filter_map(|(path, _)| path.strip_prefix(folder));
    let mut names: Vec<String> = paths.filter(|name| !name.contains('/')).map(Into::into).collect();
    names.sort();
    names
}

/// A new project's folder, and how to read a file in it.
fn project(name: &str, language: Language) -> (tempfile::TempDir, impl Fn(&str) -> String) {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = new_project(parent.path(), name, language).expect("a project");
    (parent, move |path: &str| fs::read_to_string(folder.join(path)).expect("written"))
}

#[test]
fn every_file_of_the_sdk_for_rust_is_brought_along() {
    for folder in ["src", "src/evm", "src/evm/abi", "wit"] {
        let there = files(&repository().join("sdk/rust").join(folder));
        assert_eq!(there, brought(SDK, &format!("{folder}/")));
    }
}

#[test]
fn every_file_of_the_sdk_for_javascript_is_brought_along() {
    let mut there = files(&repository().join("sdk/js"));
    there.retain(|name| name != "package-lock.json");
    assert_eq!(there, brought(javascript::SDK, ""));
}

#[test]
fn every_file_of_the_sdk_for_python_is_brought_along() {
    let there = files(&repository().join("sdk/python/adyton"));
    assert_eq!(there, brought(python::SDK, "adyton/"));
    assert_eq!(files(&repository().join("sdk/python")), brought(python::SDK, ""));
}

#[test]
fn every_file_of_an_example_is_brought_along_but_what_explains_it_here() {
    let examples =
        [("counter-js", javascript::JS.files), ("counter-ts", javascript::TS.files), ("counter-python", python::FILES)];
    for (example, list) in examples {
        for folder in ["", "src/", "tests/"] {
            let mut there = files(&repository().join("examples").join(example).join(folder));
            there.retain(|name| name != "README.md" && !name.ends_with(".wasm"));
            assert_eq!(there, brought(list, folder), "{example}/{folder}");
        }
    }
}

#[test]
fn the_sdk_has_the_same_interfaces_as_the_worker() {
    for name in files(&repository().join("wit")) {
        let worker = fs::read_to_string(repository().join("wit").join(&name)).expect("a text");
        let sdk = SDK.iter().find(|(path, _)| *path == format!("wit/{name}")).map(|(_, text)| *text);
        assert_eq!(sdk, Some(worker.as_str()), "copy wit/{name} to sdk/rust/wit/");
    }
}

#[test]
fn a_new_project_in_rust_has_its_own_name_and_its_own_sdk() {
    let (_parent, text) = project("my-first", Language::Rust);
    assert!(text("adyton.toml").contains("name = \"my-first\""));
    assert!(text("Cargo.toml").contains("name = \"my-first\"") && text("Cargo.toml").contains("path = \"sdk\""));
    assert!(text("Cargo.toml").contains("[workspace]\nexclude = [\"sdk\"]"));
    assert!(text("Cargo.lock").contains("name = \"my-first\"") && !text("Cargo.lock").contains("name = \"counter\""));
    assert_eq!(text("sdk/wit/kv.wit"), include_str!("../../../wit/kv.wit"));
}

#[test]
fn a_new_project_in_any_language_has_the_same_scenario_that_tests_it() {
    let scenario = include_str!("../../../examples/counter/tests/counter.toml");
    for language in Language::ALL {
        let (_parent, text) = project("my-first", language);
        assert_eq!(text("tests/counter.toml"), scenario, "{language}");
    }
}

#[test]
fn a_new_project_in_javascript_has_its_own_name_and_its_own_sdk() {
    for (language, word) in [(Language::JavaScript, "js"), (Language::TypeScript, "ts")] {
        let (_parent, text) = project("my-first", language);
        assert!(text("adyton.toml").contains("name = \"my-first\""));
        assert!(text("adyton.toml").contains(&format!("language = \"{word}\"")));
        for file in ["package.json", "package-lock.json"] {
            let text = text(file);
            assert!(text.contains("\"name\": \"my-first\"") && !text.contains(&format!("counter-{word}")), "{file}");
            assert!(text.contains("\"file:sdk\"") && !text.contains("../../sdk"), "{file}");
        }
        assert!(text("package-lock.json").contains("\"resolved\": \"sdk\""));
        assert!(!text(language.program()).is_empty() && !text("sdk/entry.js").is_empty());
        assert!(text(".gitignore").contains("/node_modules\n"));
    }
}

#[test]
fn a_new_project_in_python_has_its_own_name_and_its_own_sdk() {
    let (_parent, text) = project("my-first", Language::Python);
    assert!(
        text("adyton.toml").contains("name = \"my-first\"") && text("adyton.toml").contains("language = \"python\"")
    );
    assert!(text("requirements.txt").contains("--hash=sha256:"));
    assert!(!text("src/main.py").is_empty() && !text("sdk/adyton/entry.py").is_empty());
}

#[test]
fn a_name_that_no_contract_can_have_is_refused() {
    let parent = tempfile::tempdir().expect("a folder");
    for name in ["", "My", "a/b", "..", "-a", "1a", "a\"b", &"a".repeat(65)] {
        let refused = new_project(parent.path(), name, Language::Rust);
        assert!(matches!(refused, Err(NewProjectError::Name(_))), "{name}");
    }
}

#[test]
fn a_folder_that_exists_is_left_alone() {
    let parent = tempfile::tempdir().expect("a folder");
    fs::create_dir(parent.path().join("mine")).expect("a folder");
    let refused = new_project(parent.path(), "mine", Language::Python);
    assert!(matches!(refused, Err(NewProjectError::Exists(_))));
    assert!(files(&parent.path().join("mine")).is_empty());
}
