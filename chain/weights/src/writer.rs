//! Writes the weights of one pallet as Rust.
use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::Result;
use polkadot_sdk::{
    frame_benchmarking::{Analysis, BenchmarkMetadata, BenchmarkResult, BenchmarkSelector},
    frame_support::traits::StorageInfo,
};

use crate::runner::Results;

/// By how many bytes the proof of each value read may be larger than in the small state of a benchmark: three levels of
/// the trie more, each with 15 hashes of 32 bytes and their marks, for 4096 times as many entries.
const DEEPER: u128 = 3 * 15 * 33;

/// Where the weights come from.
pub struct Header<'a> {
    /// The pallet's crate.
    pub pallet: &'a str,
    /// How many values of each component were measured.
    pub steps: u32,
    /// How often each was.
    pub repeat: u32,
}

/// The weight of one call.
pub struct Function {
    name: String,
    /// Names of the components, as the benchmark has them.
    components: Vec<String>,
    /// Picoseconds.
    time: Line,
    reads: Line,
    writes: Line,
    /// Bytes.
    proof: Line,
    /// What is read and written.
    touched: Vec<String>,
}

/// A base, and what each component adds for each of its units.
struct Line {
    base: u128,
    slopes: Vec<(String, u128)>,
}

impl Line {
    /// By least squares or by medians, whatever is more: where the slope is steep, the line of least squares may begin below
    /// what the smallest run took.
    fn of(results: &Vec<BenchmarkResult>, selector: BenchmarkSelector) -> Result<Self> {
        let analysis = Analysis::max(results, selector)?;
        let slopes = analysis.names.into_iter().zip(analysis.slopes).filter(|(_, slope)| *slope > 0).collect();
        Ok(Self { base: analysis.base, slopes })
    }
}

impl Function {
    /// Analyses what a benchmark came to.
    pub fn of(benchmark: &BenchmarkMetadata, results: &Results, storage: &[StorageInfo]) -> Result<Self> {
        let reads = Line::of(&results.counted, BenchmarkSelector::Reads)?;
        let mut proof = Line::of(&results.counted, BenchmarkSelector::ProofSize)?;
        proof.base = proof.base.saturating_add(reads.base.saturating_mul(DEEPER));
        for (component, reads) in &reads.slopes {
            let more = reads.saturating_mul(DEEPER);
            match proof.slopes.iter_mut().find(|(name, _)| name == component) {
                Some((_, slope)) => *slope = slope.saturating_add(more),
                None => proof.slopes.push((component.clone(), more)),
            }
        }
        Ok(Self {
            name: String::from_utf8(benchmark.name.clone())?,
            components: benchmark.components.iter().map(|(name, _, _)| format!("{name:?}")).collect(),
            time: Line::of(&results.timed, BenchmarkSelector::ExtrinsicTime)?,
            writes: Line::of(&results.counted, BenchmarkSelector::Writes)?,
            touched: touched(&results.counted, storage),
            reads,
            proof,
        })
    }

    fn used(&self, component: &str) -> bool {
        let lines = [&self.time, &self.reads, &self.writes, &self.proof];
        lines.iter().any(|line| line.slopes.iter().any(|(name, _)| name == component))
    }

    fn parameters(&self, named: impl Fn(&str) -> bool) -> String {
        let parameter = |name: &String| format!("{}{name}: u32", if named(name) { "" } else { "_" });
        self.components.iter().map(parameter).collect::<Vec<_>>().join(", ")
    }

    fn body(&self, out: &mut String) {
        let _ = write!(out, "Weight::from_parts({}, {})", grouped(self.time.base), self.proof.base);
        for (name, slope) in &self.time.slopes {
            let slope = grouped(*slope);
            let _ = write!(out, ".saturating_add(Weight::from_parts({slope}, 0).saturating_mul({name}.into()))");
        }
        for (what, line) in [("reads", &self.reads), ("writes", &self.writes)] {
            if line.base > 0 {
                let _ = write!(out, ".saturating_add(T::DbWeight::get().{what}({}))", line.base);
            }
            for (name, slope) in &line.slopes {
                let times = format!("{slope}_u64.saturating_mul({name}.into())");
                let _ = write!(out, ".saturating_add(T::DbWeight::get().{what}({times}))");
            }
        }
        for (name, slope) in &self.proof.slopes {
            let _ = write!(out, ".saturating_add(Weight::from_parts(0, {slope}).saturating_mul({name}.into()))");
        }
    }
}

impl Header<'_> {
    /// The file.
    pub fn write(&self, functions: &[Function]) -> String {
        let mut out = format!(
            "//! What the calls of `{}` cost, as measured.\n//!\n//! Written by `make weights`; do not edit. Steps: {}, \
             repetitions: {}, processor: {}.\n\nuse core::marker::PhantomData;\nuse \
             polkadot_sdk::{{frame_support::{{traits::Get, weights::Weight}}, frame_system}};\n\n",
            self.pallet,
            self.steps,
            self.repeat,
            processor()
        );
        out.push_str("/// The cost of each call.\npub trait WeightInfo {\n");
        for function in functions {
            let parameters = function.parameters(|_| true);
            let _ = writeln!(out, "/// Of `{0}`.\nfn {0}({parameters}) -> Weight;", function.name);
        }
        out.push_str("}\n\n/// The weights on the measuring machine, with the runtime's database.\n");
        out.push_str("pub struct SubstrateWeight<T>(PhantomData<T>);\n\n");
        out.push_str("impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {\n");
        for function in functions {
            for line in &function.touched {
                let _ = writeln!(out, "// {line}");
            }
            let parameters = function.parameters(|name| function.used(name));
            let _ = write!(out, "fn {}({parameters}) -> Weight {{\n", function.name);
            function.body(&mut out);
            out.push_str("\n}\n");
        }
        out.push_str("}\n\n/// No cost: for tests.\nimpl WeightInfo for () {\n");
        for function in functions {
            let parameters = function.parameters(|_| false);
            let _ = writeln!(out, "fn {}({parameters}) -> Weight {{ Weight::zero() }}", function.name);
        }
        out.push_str("}\n");
        out
    }
}

/// Which storage the runs touched, and how: `Pallet.Item: read and written`. How many entries of it, the weights count.
fn touched(results: &[BenchmarkResult], storage: &[StorageInfo]) -> Vec<String> {
    let mut all: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for (key, reads, writes, whitelisted) in results.iter().flat_map(|result| &result.keys) {
        let Some(item) = storage.iter().find(|item| key.starts_with(&item.prefix)).filter(|_| !whitelisted) else {
            continue;
        };
        let name = [&item.pallet_name, &item.storage_name].map(|name| String::from_utf8_lossy(name)).join(".");
        let (read, written) = all.entry(name).or_default();
        *read |= *reads > 0;
        *written |= *writes > 0;
    }
    let how = |touched| match touched {
        (true, true) => "read and written",
        (false, true) => "written",
        (_, false) => "read",
    };
    all.into_iter().map(|(name, touched)| format!("{name}: {}", how(touched))).collect()
}

/// Digits in groups of three.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

/// The processor's name, as Linux has it.
fn processor() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpus.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(|| "unknown".to_owned(), |name| name.trim_start_matches([' ', '\t', ':']).to_owned())
}
