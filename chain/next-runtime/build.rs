//! Compiles the runtime with the feature `next` to WebAssembly, from what was compiled for the runtime itself.

fn main() {
    #[cfg(feature = "std")]
    {
        share_dependencies();
        substrate_wasm_builder::WasmBuilder::build_using_defaults();
    }
}

/// Lets the builder compile where it has compiled the runtime: the dependencies are the same, and are most of the work.
#[cfg(feature = "std")]
fn share_dependencies() {
    use std::{env, fs, os::unix::fs::symlink, path::PathBuf};

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    // PROFILE/build/adyton-next-runtime-HASH/out, beside PROFILE/wbuild, the builder's folder.
    let profile = out.ancestors().nth(3).expect("the folder lies in cargo's");
    let (own, other) = (profile.join("wbuild/adyton-next-runtime"), profile.join("wbuild/adyton-runtime/target"));
    for folder in [&own, &other] {
        fs::create_dir_all(folder).expect("cargo's folder is writable");
    }
    let link = own.join("target");
    if fs::symlink_metadata(&link).is_err() {
        symlink("../adyton-runtime/target", link).expect("cargo's folder is writable");
    }
}
