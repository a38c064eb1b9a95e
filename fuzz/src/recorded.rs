//! Evidence that real machines made: more seeds, where the folder that `ADYTON_EVIDENCE` names is there.

use std::fs;

use crate::support;

/// The longest file that is a seed.
const MOST_BYTES: usize = 300 * 1024;

/// The files of `folder` whose names end in one of `endings`, in the order of their names.
pub fn files(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let Some(intel) = support::recorded::folder() else { return Vec::new() };
    let Ok(entries) = fs::read_dir(intel.with_file_name(folder)) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.is_file() && endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)));
    paths.sort();
    let files = paths.iter().filter_map(|path| fs::read(path).ok());
    files.filter(|bytes| (1..=MOST_BYTES).contains(&bytes.len())).collect()
}
