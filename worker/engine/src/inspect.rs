//! A first look at a component: its size, its imports and exports, before any of it is compiled.
//!
//! Compiling costs time and memory that the sender does not pay, so that what would cost too much is turned
//! away by counting.

use wasmparser::{Encoding, Parser, Payload};

use crate::error::CompileError;

/// What a component may have. The same on every worker, so that a component runs on all of them or on none.
#[derive(Debug, Clone, Copy)]
struct Ceilings {
    functions: u64,
    modules: u64,
    tables: u64,
    instances: u64,
    function_bytes: u64,
    depth: u64,
}

const CEILINGS: Ceilings =
    Ceilings { functions: 100_000, modules: 64, tables: 128, instances: 256, function_bytes: 1 << 20, depth: 8 };

/// Names of the interfaces that a component imports and exports.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Counts a component's parts and reads the names on its outside.
pub(crate) fn inspect(bytes: &[u8], max_bytes: usize) -> Result<Shape, CompileError> {
    if bytes.len() > max_bytes {
        return Err(CompileError::TooLarge { size: bytes.len(), limit: max_bytes });
    }
    let mut count = Counts::default();
    let mut shape = Shape::default();
    let mut first = true;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| malformed(first, error))?;
        if std::mem::take(&mut first) {
            match payload {
                Payload::Version { encoding: Encoding::Component, .. } => {}
                Payload::Version { encoding: Encoding::Module, .. } => return Err(CompileError::CoreModule),
                _other => return Err(CompileError::NotAComponent),
            }
        }
        count.take(&payload)?;
        if count.depth == 0 {
            shape.take(&payload)?;
        }
    }
    if first { Err(CompileError::NotAComponent) } else { Ok(shape) }
}

/// What cannot be read as WebAssembly at its very beginning is something else; later, it is broken.
fn malformed(first: bool, error: wasmparser::BinaryReaderError) -> CompileError {
    if first { CompileError::NotAComponent } else { CompileError::Invalid(error.to_string()) }
}

#[derive(Default)]
struct Counts {
    functions: u64,
    modules: u64,
    tables: u64,
    instances: u64,
    depth: u64,
}

impl Counts {
    fn take(&mut self, payload: &Payload<'_>) -> Result<(), CompileError> {
        match payload {
            Payload::ModuleSection { .. } => {
                self.depth += 1;
                add(&mut self.modules, 1, "modules", CEILINGS.modules)?;
            }
            Payload::ComponentSection { .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::FunctionSection(section) => {
                add(&mut self.functions, section.count(), "functions", CEILINGS.functions)?;
            }
            Payload::TableSection(section) => add(&mut self.tables, section.count(), "tables", CEILINGS.tables)?,
            Payload::InstanceSection(section) => {
                add(&mut self.instances, section.count(), "instances", CEILINGS.instances)?;
            }
            Payload::ComponentInstanceSection(section) => {
                add(&mut self.instances, section.count(), "instances", CEILINGS.instances)?;
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                check((range.end - range.start) as u64, "bytes in one function", CEILINGS.function_bytes)?;
            }
            _other => {}
        }
        check(self.depth, "levels of nesting", CEILINGS.depth)
    }
}

fn add(total: &mut u64, count: u32, what: &'static str, limit: u64) -> Result<(), CompileError> {
    *total += u64::from(count);
    check(*total, what, limit)
}

fn check(count: u64, what: &'static str, limit: u64) -> Result<(), CompileError> {
    if count > limit { Err(CompileError::TooMany { what, count, limit }) } else { Ok(()) }
}

impl Shape {
    fn take(&mut self, payload: &Payload<'_>) -> Result<(), CompileError> {
        let invalid = |error: wasmparser::BinaryReaderError| CompileError::Invalid(error.to_string());
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            _other => {}
        }
        Ok(())
    }
}
