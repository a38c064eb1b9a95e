//! Stands in for the crate of this name, which compiles all of Binaryen: eight minutes of a cold build, on its
//! longest path.
//!
//! The runtime's builder asks it for two things only: that the module needs nothing beyond the first version of
//! WebAssembly (nodes of the network may run it on engines without extensions), and that it carries no debugging
//! information. The target `wasm32v1-none` makes such modules already. So this checks the first, refuses a module that
//! needs more instead of rewriting it, and does the second. Names are those of the crate that it replaces.

#![forbid(unsafe_code)]

use std::{fs, io, path::Path};

use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// Sections with debugging information begin with this.
const DEBUG_SECTION: &str = ".debug_";

/// Why a module is not passed on.
#[derive(Debug, thiserror::Error)]
pub enum OptimizationError {
    /// A file cannot be read or written.
    #[error("a module's file cannot be read or written")]
    File(#[from] io::Error),
    /// It is no module of WebAssembly's first version.
    #[error("the module is not of webassembly's first version, which all nodes can run")]
    Module(#[from] wasmparser::BinaryReaderError),
}

/// What the builder asks for beyond the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Leaves out debugging information.
    StripDwarf,
    /// Replaces sign extension operators; here: refuses them, as everything beyond the first version.
    SignextLowering,
}

/// What to do with a module.
#[derive(Clone, Copy, Debug)]
pub struct OptimizationOptions {
    strips_debug: bool,
}

impl OptimizationOptions {
    /// Checks and copies.
    pub const fn new_opt_level_0() -> Self {
        Self { strips_debug: false }
    }

    /// Changes nothing: modules that need more are always refused.
    pub const fn mvp_features_only(&mut self) -> &mut Self {
        self
    }

    /// Changes nothing: the section of names is always kept.
    pub const fn debug_info(&mut self, _keeps_names: bool) -> &mut Self {
        self
    }

    /// Asks for more.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        self.strips_debug |= pass == Pass::StripDwarf;
        self
    }

    /// Reads the module at `from` and writes it to `to`, which may be the same file.
    ///
    /// # Errors
    /// [`OptimizationError`] if it is not of the first version, or a file cannot be read or written.
    pub fn run(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), OptimizationError> {
        let module = fs::read(from)?;
        Validator::new_with_features(WasmFeatures::WASM1).validate_all(&module)?;
        let written = if self.strips_debug { without_debug_sections(&module)? } else { module };
        Ok(fs::write(to, written)?)
    }
}

/// The module without its sections of debugging information; everything else stays as it is.
fn without_debug_sections(module: &[u8]) -> Result<Vec<u8>, wasmparser::BinaryReaderError> {
    let (mut kept, mut end) = (Vec::with_capacity(module.len()), 0);
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let next = match (&payload, payload.as_section()) {
            (Payload::Version { range, .. }, _) => range.end,
            (_, Some((_, range))) => range.end,
            // Parts of sections, and the end.
            (_, None) => continue,
        };
        let is_debug = matches!(&payload, Payload::CustomSection(section) if section.name().starts_with(DEBUG_SECTION));
        if !is_debug {
            kept.extend_from_slice(module.get(end..next).unwrap_or_default());
        }
        end = next;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::{OptimizationError, OptimizationOptions, Pass, without_debug_sections};
    use std::fs;

    const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";
    /// One function without parameters and results, whose body is to follow.
    const FUNCTION: [u8; 10] = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];

    fn custom(name: &str, contents: &[u8]) -> Vec<u8> {
        let length = (1 + name.len() + contents.len()) as u8;
        [&[0, length, name.len() as u8], name.as_bytes(), contents].concat()
    }

    /// A module with a function of these instructions, between custom sections.
    fn module(instructions: &[u8], sections: &[Vec<u8>]) -> Vec<u8> {
        let body = [&[0], instructions, &[0x0b]].concat();
        let code = [&[10, body.len() as u8 + 2, 1, body.len() as u8], body.as_slice()].concat();
        [HEADER.as_slice(), &FUNCTION, &code, &sections.concat()].concat()
    }

    #[test]
    fn debugging_information_goes_and_everything_else_stays() {
        let (name, version) = (custom("name", &[]), custom("runtime_version", &[1, 2, 3]));
        let debug = custom(".debug_info", &[9; 50]);
        let with = module(&[], &[name.clone(), debug.clone(), version.clone(), debug]);
        assert_eq!(without_debug_sections(&with).unwrap(), module(&[], &[name, version]));
    }

    #[test]
    fn a_module_is_written_where_it_belongs_and_one_that_needs_extensions_is_refused() {
        let folder = std::env::temp_dir().join(format!("wasm-opt-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (from, to) = (folder.join("from.wasm"), folder.join("to.wasm"));
        let run = |module: &[u8]| {
            fs::write(&from, module).unwrap();
            let _ = fs::remove_file(&to);
            OptimizationOptions::new_opt_level_0().mvp_features_only().add_pass(Pass::StripDwarf).run(&from, &to)
        };
        let good = module(&[0x41, 1, 0x1a], &[custom(".debug_line", &[1])]);
        run(&good).unwrap();
        assert_eq!(fs::read(&to).unwrap(), module(&[0x41, 1, 0x1a], &[]));
        // i32.extend8_s came later, and half a module is none.
        for refused in [&module(&[0x41, 1, 0xc0, 0x1a], &[]), &good[..20]] {
            assert!(matches!(run(refused), Err(OptimizationError::Module(_))));
            assert!(!to.exists(), "nothing is written");
        }
        let absent = OptimizationOptions::new_opt_level_0().run(folder.join("absent"), &to);
        assert!(matches!(absent, Err(OptimizationError::File(_))));
        fs::remove_dir_all(&folder).unwrap();
    }
}
