//! A new project, away from this repository: it builds, and its component does not depend on where.

use std::path::PathBuf;

use adyton_component::{
    Language,
    cargo::{Options, build},
    imports, template,
};

/// Shared by everything in this repository that builds guests.
fn guests_target() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let base = variable("ADYTON_TARGET").or_else(|| cache.map(|cache| cache.join("adyton/target")));
    base.unwrap_or_else(std::env::temp_dir).join("guests")
}

#[test]
fn a_new_project_builds_as_it_is_and_to_the_same_bytes_in_any_folder() {
    let options = Options { target_dir: Some(guests_target()), quiet: true, locked: true, offline: false };
    let mut components = Vec::new();
    for _ in 0..2 {
        let parent = tempfile::tempdir().expect("a folder");
        let project = template::new_project(parent.path(), "first", Language::Rust).expect("a project");
        let built = build(&project, &options);
        let built = built.unwrap_or_else(|error| panic!("{error}; scripts/wasm-toolchain.sh sets up what guests need"));
        // What the standard library's own panics name was fixed when the toolchain was made.
        let folder = parent.path().to_string_lossy().into_owned();
        let found = built.component.windows(folder.len()).any(|window| window == folder.as_bytes());
        assert!(!found, "the component names the folder {folder}");
        components.push(built.component);
    }
    assert!(components[0] == components[1]);
    assert_eq!(imports(&components[0]).expect("a component"), ["phat:contract/types@0.1.0", "phat:contract/kv@0.1.0"]);
}
