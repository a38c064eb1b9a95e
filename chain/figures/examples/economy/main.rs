//! What the economy costs a node, as tables: how fast it imports blocks full of each call, what calls and hooks read
//! and write with few and with many there, and how much state each worker and delegator is. `make bench` runs it.
//!
//! Blocks are built and imported by the node's own client, which executes the runtime's WebAssembly, checks every
//! signature and the state's root, and keeps its storage on disk. What is left out is the seal and finality of a block,
//! which are as much whatever is in it.

#![forbid(unsafe_code)]

mod blocks;
mod node;

use std::{error::Error, fs, path::PathBuf, time::Duration};

use adyton_figures::{Population, Row, Size, rows};
use blocks::Kind;
use node::Node;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Blocks of each kind; the kinds take turns, so that what else the machine does meets all of them.
const BLOCKS: usize = 4;
/// How often each call is counted and timed.
const TIMES: u32 = 9;
const IMPORTED: Size = Size { workers: 10_000, delegators: 100_000, contracts: 10_000 };
const FEW: Size = Size { workers: 100, delegators: 100, contracts: 100 };
const MANY: Size = Size { workers: 100_000, delegators: 100_000, contracts: 10_000 };

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What was imported of one kind.
#[derive(Default)]
struct Imported {
    calls: usize,
    time: Duration,
}

fn main() -> Result<()> {
    imports()?;
    counts();
    Ok(())
}

fn imports() -> Result<()> {
    eprintln!("a chain with {} workers and {} delegators ..", IMPORTED.workers, IMPORTED.delegators);
    let population = Population::new(IMPORTED);
    let folder = Folder(std::env::temp_dir().join(format!("adyton-figures-{}", std::process::id())));
    fs::create_dir_all(&folder.0)?;
    let genesis = node::with_code(population.storage())?;
    let executor = node::executor();
    let mut author = Node::open(&folder.0.join("author"), genesis.clone(), executor.clone())?;
    let mut importer = Node::open(&folder.0.join("importer"), genesis, executor)?;

    eprintln!("blocks ..");
    // The first has the runtime compiled, and is empty.
    one_block(&mut author, &mut importer, None)?;
    let mut kinds = blocks::kinds(&population, author.genesis());
    let mut imported: Vec<Imported> = kinds.iter().map(|_| Imported::default()).collect();
    for _ in 0..BLOCKS {
        for (kind, sum) in kinds.iter_mut().zip(&mut imported) {
            let (calls, time) = one_block(&mut author, &mut importer, Some(kind))?;
            sum.calls += calls;
            sum.time += time;
        }
    }
    print_imports(&kinds, &imported);
    Ok(())
}

/// One node builds the next block, both import it. Gives how many calls were in it, which all succeeded, and how long
/// the second node took.
fn one_block(author: &mut Node, importer: &mut Node, kind: Option<&mut Kind>) -> Result<(usize, Duration)> {
    let (built, calls) = blocks::fill(author, kind)?;
    let (block, changes) = built.into_inner();
    author.adopt(block.clone(), changes)?;
    let time = importer.import(block)?;
    // The first is the time of the block.
    let succeeded = importer.succeeded()?;
    if succeeded != calls + 1 {
        return Err(format!("{succeeded} of {} calls succeeded", calls + 1).into());
    }
    Ok((calls, time))
}

fn print_imports(kinds: &[Kind], imported: &[Imported]) {
    let rate = |kind: &Kind, sum: &Imported| sum.calls as f64 * f64::from(kind.each) / sum.time.as_secs_f64();
    let first = kinds.iter().zip(imported).next().map_or(1.0, |(kind, sum)| rate(kind, sum));
    let there = format!("imported, with {} workers and {} delegators there", IMPORTED.workers, IMPORTED.delegators);
    println!("{there:<56} {:>10} {:>12} {:>9} {:>10}", "a second", "to transfers", "a block", "ms a block");
    for (kind, sum) in kinds.iter().zip(imported) {
        let rate = rate(kind, sum);
        let milliseconds = sum.time.as_secs_f64() * 1e3 / BLOCKS as f64;
        let (ratio, count) = (rate / first, sum.calls * kind.each as usize / BLOCKS);
        println!("{:<56} {rate:>10.0} {ratio:>12.2} {count:>9} {milliseconds:>10.1}", kind.name);
    }
}

fn counts() {
    let count = |size: Size| {
        eprintln!(
            "calls, with {} workers, {} delegators and {} contracts ..",
            size.workers, size.delegators, size.contracts
        );
        let population = Population::new(size);
        (rows(&population, TIMES), population.state())
    };
    let ((few, _), (many, state)) = (count(FEW), count(MANY));
    println!();
    let there = format!("with {} workers and delegators there, and with {}", FEW.workers, MANY.workers);
    println!("{there:<42} {:>17} {:>11} {:>11} {:>15}", "weight, ms", "reads", "writes", "native, us");
    for (few, many) in few.iter().zip(&many) {
        let pair = |of: fn(&Row) -> String| format!("{} {}", of(few), of(many));
        let weight = pair(|row| format!("{:.3}", row.weight.ref_time() as f64 / 1e9));
        let (reads, writes) = (pair(|row| row.count.reads.to_string()), pair(|row| row.count.writes.to_string()));
        let time = pair(|row| format!("{:.0}", row.time.as_secs_f64() * 1e6));
        println!("{:<42} {weight:>17} {reads:>11} {writes:>11} {time:>15}", few.name);
    }
    println!();
    println!("{:<64} {:>10}", "state, keys and values, of each", "bytes");
    println!("{:<64} {:>10}", "a worker: registered, with stake, measured, running", state.workers);
    println!("{:<64} {:>10}", "a delegator: account, hold, position in one pool", state.delegators);
    println!("{:<64} {:>10}", "a contract: deployed, leased, with a gas account", state.contracts);
}
