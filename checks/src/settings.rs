//! `ARCHITECTURE.md` says of each field of configuration whether it is measured: of every field of the default files, and
//! of none that is gone.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::Finding;

const PAGE: &str = "ARCHITECTURE.md";
/// Each program's section on the page, and its default file, which has every field.
const PROGRAMS: [(&str, &str); 3] = [
    ("### Worker ", "worker/host/worker.default.toml"),
    ("### Keyholder ", "keyholder/keyholder.default.toml"),
    ("### Gateway ", "gateway/gateway.default.toml"),
];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).with_context(|| name.to_owned());
    let page = read(PAGE)?;
    let mut findings = Vec::new();
    for (heading, file) in PROGRAMS {
        let text = read(file)?;
        let table: Table = text.parse().with_context(|| file.to_owned())?;
        let (there, said) = (fields("", &table), named(section(&page, heading)));
        anyhow::ensure!(!there.is_empty() && !said.is_empty(), "{PAGE} and {file} name no fields");
        let missing =
            there.difference(&said).map(|field| format!("{PAGE} does not say whether {field} of {file} is measured"));
        findings.extend(missing);
        // What belongs to one of several choices stands in a comment of the file.
        let gone = said.difference(&there).filter(|field| !text.contains(&format!("`{}`", last(field))));
        findings.extend(gone.map(|field| format!("{PAGE} names {field}, which {file} does not have")));
    }
    Ok(findings)
}

/// The fields of a file, with their tables' names in front.
fn fields(before: &str, table: &Table) -> BTreeSet<String> {
    let field = |(name, value): (&String, &Value)| match value {
        Value::Table(inner) => fields(&format!("{before}{name}."), inner),
        _ => BTreeSet::from([format!("{before}{name}")]),
    };
    table.iter().flat_map(field).collect()
}

/// From a heading to the next one.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some((_, section)) = page.split_once(&format!("\n{heading}")) else { return "" };
    section.split_once("\n#").map_or(section, |(section, _)| section)
}

/// The fields in the first column of a table, with something in the second; `.name` stands beside the one before it.
fn named(section: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for row in section.lines().filter_map(|line| line.strip_prefix("| `")) {
        let mut cells = row.split(" | ");
        let (Some(first), Some(measured)) = (cells.next(), cells.next()) else { continue };
        let mut before = String::new();
        // Every second piece stands between the quotes.
        for name in first.split('`').step_by(2).filter(|_| !measured.trim().is_empty()) {
            let name = if name.starts_with('.') { format!("{before}{name}") } else { name.to_owned() };
            before = name.rsplit_once('.').map_or_else(String::new, |(before, _)| before.to_owned());
            names.insert(name);
        }
    }
    names
}

fn last(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_fields_and_those_beside_them() {
        let page = "# A\n### Worker ([`x`](y))\n\n| field | measured | why |\n|---|---|---|\n| `a.b.c`, `.d`, `.e` | no | f |\n\
            | `g` | yes | h |\n| `i` |  | j |\n### Gateway (k)\n| `l` | no | m |\n";
        let names = |heading| named(section(page, heading)).into_iter().collect::<Vec<_>>();
        assert_eq!(names("### Worker "), ["a.b.c", "a.b.d", "a.b.e", "g"]);
        assert_eq!(names("### Gateway "), ["l"]);
        assert!(names("### Keyholder ").is_empty());
    }

    #[test]
    fn fields_of_tables_have_the_tables_name() {
        let table: Table = "a = 1\n[b]\nc = 2\n[b.d]\ne = [3]\n".parse().unwrap();
        assert_eq!(fields("", &table).into_iter().collect::<Vec<_>>(), ["a", "b.c", "b.d.e"]);
    }
}
