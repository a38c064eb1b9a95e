//! Projects in Python that are not built, and what their authors are told.

mod support;

use std::fs;

use adyton_component::{Language, build::BuildError};
use support::{Project, there};

#[test]
fn an_interface_without_its_grant_is_refused_with_what_to_add() {
    let project = Project::new(Language::Python);
    let Some(error) = there(project.build(&["log"])) else { return };
    assert!(matches!(&error, BuildError::NotGranted(name) if name == "kv"), "{error}");
    assert!(error.to_string().contains("add \"kv\" to grants"), "{error}");
}

#[test]
fn an_import_within_a_function_is_refused_with_its_file_and_line() {
    let project = Project::new(Language::Python);
    project.program("def service(request):\n    import json\n    return json\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::LateImport(where_) if where_ == "src/main.py:2: json"), "{error}");
}

#[test]
fn an_import_within_a_function_of_what_is_loaded_anyway_is_none_of_the_refused() {
    let project = Project::new(Language::Python);
    let program = "import json\nimport helper\ndef service(request):\n    import json\n    from string import ascii_letters\n    import wave\n";
    project.program(program);
    fs::write(project.folder().join("src/helper.py"), "import string\n").expect("written");
    // Nothing loads it, and so not what it imports.
    fs::write(project.folder().join("src/idle.py"), "import wave\n").expect("written");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::LateImport(where_) if where_ == "src/main.py:6: wave"), "{error}");
}

#[test]
fn an_option_in_the_list_of_packages_is_refused_with_its_file_and_line() {
    let project = Project::new(Language::Python);
    let file = project.folder().join("requirements.txt");
    let list = fs::read_to_string(&file).expect("there is one");
    fs::write(&file, format!("--no-binary evil\n{list}")).expect("written");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Requirement { file, line: 1, what } = &error else { panic!("{error}") };
    assert!(file.ends_with("requirements.txt") && what.contains("--no-binary"), "{error}");
}

#[test]
fn a_program_that_defines_init_and_no_migrate_is_told_so() {
    let project = Project::new(Language::Python);
    project.program("def init():\n    pass\ndef service(request):\n    pass\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::Program { said, .. } if said.contains("has to define both")), "{error}");
}

#[test]
fn a_mistake_in_the_program_is_told_with_its_file_and_line() {
    let project = Project::new(Language::Python);
    project.program("from adyton import Response\n\ndef service(request:\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Program { said, .. } = &error else { panic!("{error}") };
    assert!(said.contains("main.py\", line 3"), "{said}");
}

#[test]
fn a_program_without_a_service_is_told_so() {
    let project = Project::new(Language::Python);
    project.program("from adyton import Response\n");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    let BuildError::Program { said, .. } = &error else { panic!("{error}") };
    assert!(said.contains("does not define 'service'"), "{said}");
}

#[test]
fn a_package_with_another_hash_than_the_lists_is_not_installed() {
    let project = Project::new(Language::Python);
    let list = "componentize-py==0.25.1 --hash=sha256:";
    fs::write(project.folder().join("requirements.txt"), format!("{list}{}\n", "0".repeat(64))).expect("written");
    let cache = tempfile::tempdir().expect("a folder");
    let refused = project.build_with(&["kv", "log"], cache.path(), false);
    let Some(error) = there(refused) else { return };
    assert!(matches!(&error, BuildError::Install { said, .. } if said.contains("HASHES")), "{error}");
}

#[test]
fn a_package_without_a_hash_is_not_installed() {
    let project = Project::new(Language::Python);
    fs::write(project.folder().join("requirements.txt"), "componentize-py==0.25.1\n").expect("written");
    let cache = tempfile::tempdir().expect("a folder");
    let refused = project.build_with(&["kv", "log"], cache.path(), false);
    let Some(error) = there(refused) else { return };
    assert!(matches!(&error, BuildError::Install { said, .. } if said.contains("hash")), "{error}");
}

#[test]
fn without_the_network_what_is_missing_is_named() {
    let project = Project::new(Language::Python);
    // A package that no machine has lying about.
    let list = format!("adyton-no-such-package==1.0 --hash=sha256:{}\n", "0".repeat(64));
    fs::write(project.folder().join("requirements.txt"), list).expect("written");
    let cache = tempfile::tempdir().expect("a folder");
    let Some(error) = there(project.build_with(&["kv", "log"], cache.path(), true)) else { return };
    assert!(matches!(&error, BuildError::Offline { said, .. } if said.contains("adyton-no-such-package")), "{error}");
}

#[test]
fn a_list_without_the_tool_is_refused_with_how_to_get_it() {
    let project = Project::new(Language::Python);
    fs::write(project.folder().join("requirements.txt"), "").expect("written");
    let cache = tempfile::tempdir().expect("a folder");
    let Some(error) = there(project.build_with(&["kv", "log"], cache.path(), false)) else { return };
    let BuildError::Tool { tool: "componentize-py", needed: "0.25.1", get, .. } = &error else { panic!("{error}") };
    assert!(get.contains("requirements.txt"), "{get}");
}

#[test]
fn a_project_without_its_list_is_refused() {
    let project = Project::new(Language::Python);
    fs::remove_file(project.folder().join("requirements.txt")).expect("there is one");
    let Some(error) = there(project.build(&["kv", "log"])) else { return };
    assert!(matches!(&error, BuildError::Missing(path) if path.ends_with("requirements.txt")), "{error}");
}
