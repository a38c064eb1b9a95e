//! `CASES.md` names a test for each numbered negative case and for each bug of other verifiers. A name that no longer
//! leads to a test, and a test that no longer names its case, fail here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The cases of the corpus.
const CASES: std::ops::RangeInclusive<u16> = 1..=212;

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One row of a table: its first cell, and the tests in its last one.
struct Row {
    first: String,
    tests: Vec<(String, String)>,
}

/// The rows of the page that name tests.
fn rows() -> Vec<Row> {
    let page = fs::read_to_string(crate_folder().join("CASES.md")).unwrap();
    page.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [first, .., names] = cells.as_slice() else { return None };
    let tests: Vec<_> = names
        .split('`')
        .filter_map(|name| name.split_once("::"))
        .map(|(file, test)| (file.to_owned(), test.to_owned()))
        .collect();
    (!tests.is_empty()).then(|| Row { first: (*first).to_owned(), tests })
}

/// The tests of a file, and the cases that the documentation of each names.
fn tests_in(path: &Path) -> BTreeMap<String, BTreeSet<u16>> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut tests, mut documentation, mut is_test) = (BTreeMap::new(), String::new(), false);
    for line in text.lines().map(str::trim) {
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        if let Some(sentence) = line.strip_prefix("///") {
            documentation.push_str(sentence);
        } else if line.starts_with("#[") {
            is_test |= line.contains("test]");
        } else {
            if let Some((name, _)) = function.and_then(|rest| rest.split_once('(')).filter(|_| is_test) {
                tests.insert(name.to_owned(), cases_in(&documentation));
            }
            (documentation, is_test) = (String::new(), false);
        }
    }
    tests
}

/// The numbers after "case" or "cases": "Case 7.", "Cases 1 to 5.", "cases 9, 11 and 13".
fn cases_in(documentation: &str) -> BTreeSet<u16> {
    let mut cases = BTreeSet::new();
    let mut words = documentation.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !["case", "cases"].contains(&word.trim_start_matches('(').to_lowercase().as_str()) {
            continue;
        }
        let (mut last, mut is_range) = (0, false);
        while let Some(word) = words.peek() {
            match word.trim_end_matches(['.', ',', ':', ')']).parse::<u16>() {
                Ok(number) => {
                    cases.extend(if is_range { last..=number } else { number..=number });
                    (last, is_range) = (number, false);
                }
                Err(_) if *word == "to" => is_range = true,
                Err(_) if *word == "and" => (),
                Err(_) => break,
            }
            words.next();
        }
    }
    cases
}

#[test]
fn every_case_has_exactly_one_row_with_at_least_one_test() {
    let mut numbers: Vec<u16> = rows().iter().filter_map(|row| row.first.parse().ok()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, CASES.collect::<Vec<_>>());
}

#[test]
fn every_test_that_the_page_names_exists_and_names_its_case() {
    let mut files = BTreeMap::new();
    for row in rows() {
        for (file, test) in &row.tests {
            let tests = files.entry(file.clone()).or_insert_with(|| tests_in(&crate_folder().join(file)));
            let Some(cases) = tests.get(test) else { panic!("{}: there is no test {test} in {file}", row.first) };
            // Tests outside this crate have no numbers.
            if let (Ok(number), false) = (row.first.parse::<u16>(), file.starts_with("../")) {
                assert!(cases.contains(&number), "{file}::{test} does not name case {number}");
            }
        }
    }
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let read = |text: &str| cases_in(text).into_iter().collect::<Vec<_>>();
    assert_eq!(read("Case 57."), [57]);
    assert_eq!(read("Cases 1 to 5."), [1, 2, 3, 4, 5]);
    assert_eq!(read("Cases 10, 26, 72 to 74, and 88: all."), [10, 26, 72, 73, 74, 88]);
    assert_eq!(read("Case 144, and the edges of time (case 101)."), [101, 144]);
    assert_eq!(read("In this case nothing."), [0; 0]);
}
