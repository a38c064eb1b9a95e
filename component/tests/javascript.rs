//! Projects in JavaScript and TypeScript that are not built, and what their authors are told.

mod support;

use std::fs;

use adyton_component::{Language, build::BuildError};
use support::{Project, there};

#[test]
fn an_interface_without_its_grant_is_refused_with_what_to_add() {
    let project = Project::new(Language::JavaScript);
    let refused = project.build(&["log"]);
    let Some(error) = there(refused) else { return };
    assert!(matches!(&error, BuildError::NotGranted(name) if name == "kv"), "{error}");
    assert!(error.to_string().contains("add \"kv\" to grants"), "{error}");
}

#[test]
fn a_mistake_in_the_program_is_told_with_its_file_and_line() {
    let project = Project::new(Language::JavaScript);
    project.program("import { Response } from \"adyton\";\n\nexport default () => new Response(;\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Program { tool: "esbuild", said } = &error else { panic!("{error}") };
    assert!(said.contains("src/main.js:3:"), "{said}");
}

#[test]
fn a_package_that_is_not_there_is_told_with_the_line_that_wants_it() {
    let project = Project::new(Language::JavaScript);
    project.program("import left from \"left\";\nexport default left;\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Program { tool: "esbuild", said } = &error else { panic!("{error}") };
    assert!(said.contains("src/main.js:1:") && said.contains("left"), "{said}");
}

#[test]
fn a_mistake_in_types_is_told_with_its_file_and_line() {
    let project = Project::new(Language::TypeScript);
    let program = "import { Response } from \"adyton\";\n\nconst status: number = \"200\";\nexport default () => new Response(null, { status });\n";
    project.program(program);
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Program { tool: "typescript", said } = &error else { panic!("{error}") };
    assert!(said.contains("src/main.ts(3,"), "{said}");
}

#[test]
fn a_program_that_exports_nothing_is_told_so() {
    let project = Project::new(Language::JavaScript);
    project.program("export const service = 1;\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Program { said, .. } = &error else { panic!("{error}") };
    assert!(said.contains("export default") || said.contains("\"default\""), "{said}");
}

#[test]
fn a_program_that_exports_init_and_no_migrate_is_told_so() {
    let project = Project::new(Language::JavaScript);
    project.program("export function init() {}\nexport default () => undefined;\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::Program { said, .. } if said.contains("has to export both")), "{error}");
}

#[test]
fn a_program_that_exports_init_and_migrate_from_common_js_is_told_so() {
    let project = Project::new(Language::JavaScript);
    let module = "exports.init = () => {};\nexports.migrate = () => {};\n";
    fs::write(project.folder().join("src/life.cjs"), module).expect("written");
    project.program("export * from \"./life.cjs\";\nexport default () => undefined;\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let told = "export init and migrate by their names, from an ES module";
    assert!(matches!(&error, BuildError::Program { said, .. } if said.contains(told)), "{error}");
}

#[test]
fn an_interface_of_another_version_is_refused() {
    let project = Project::new(Language::JavaScript);
    project.program("import * as kv from \"phat:contract/kv@9.9.9\";\nexport default () => kv.get();\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::UnknownImport(path) if path == "phat:contract/kv@9.9.9"), "{error}");
}

#[test]
fn a_package_with_another_hash_than_the_locks_is_not_installed() {
    let project = Project::new(Language::JavaScript);
    let lock = project.folder().join("package-lock.json");
    let text = fs::read_to_string(&lock).expect("there is one");
    fs::write(&lock, another_hash(&text)).expect("written");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::Install { said, .. } if said.contains("EINTEGRITY")), "{error}");
    assert!(!project.folder().join("node_modules/.adyton-lock").exists());
}

/// The lock with another hash of the package that makes components, which is for every machine.
fn another_hash(lock: &str) -> String {
    let package = lock.find("\"node_modules/componentize-qjs\"").expect("it is pinned");
    let hash = package + lock[package..].find("sha512-").expect("by its hash") + "sha512-".len();
    let first = if lock[hash..].starts_with('A') { "B" } else { "A" };
    format!("{}{first}{}", &lock[..hash], &lock[hash + 1..])
}

#[test]
fn a_package_without_a_hash_is_not_installed() {
    let project = Project::new(Language::JavaScript);
    let lock = project.folder().join("package-lock.json");
    let text = fs::read_to_string(&lock).expect("there is one");
    fs::write(&lock, text.replace("sha512-", "sha1-")).expect("written");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(error, BuildError::Unpinned { .. }), "{error}");
}

#[test]
fn a_project_without_its_lock_is_refused() {
    let project = Project::new(Language::JavaScript);
    fs::remove_file(project.folder().join("package-lock.json")).expect("there is one");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::Missing(path) if path.ends_with("package-lock.json")), "{error}");
}
