//! The list of packages. The installer's own form of it has lines that are options, which override those that it is
//! called with, and packages that are addresses of sources; either has it run a package's own code. So the list is read
//! here, and the installer gets what is left: names, versions, markers and hashes.

use std::path::Path;

use crate::build::BuildError;

/// How many characters of a line's words are shown.
const SHOWN: usize = 64;
/// The lengths of the hashes that the installer knows, in hexadecimal digits.
const HASHES: [(&str, usize); 3] = [("sha256:", 64), ("sha384:", 96), ("sha512:", 128)];

/// The packages that the list in `file` pins, one a line. That each has a hash, the installer looks after.
pub(super) fn read(file: &Path, list: &[u8]) -> Result<String, BuildError> {
    let refused = |line, what| BuildError::Requirement { file: file.to_owned(), line, what };
    let list = std::str::from_utf8(list).map_err(|_| refused(1, "the list is not UTF-8".into()))?;
    let packages = lines(list).into_iter().map(|(number, line)| package(&line).map_err(|what| refused(number, what)));
    packages.collect()
}

/// The lines with something on them, without comments, joined where one ends with `\`; each with the number of its
/// first.
fn lines(list: &str) -> Vec<(usize, String)> {
    let mut joined: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(list.lines()) {
        let line = without_comment(line);
        let (part, goes_on) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match joined.last_mut().filter(|_| open) {
            Some((_, whole)) => {
                whole.push(' ');
                whole.push_str(part);
            }
            None => joined.push((number, part.to_owned())),
        }
        open = goes_on;
    }
    joined.retain(|(_, line)| !line.trim().is_empty());
    joined
}

fn without_comment(line: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices('#').find(begins).map_or(line, |(at, _)| &line[..at]).trim_end()
}

/// One package in the installer's words, with a line end; otherwise what is wrong.
fn package(line: &str) -> Result<String, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (named, options) = words.split_at(words.iter().take_while(|word| !word.starts_with('-')).count());
    if let Some(option) = options.iter().find(|option| !is_hash(option)) {
        return Err(format!("'{}' is no option of a package here", shown(option)));
    }
    let named = named.join(" ");
    let (pinned, marker) = named.split_once(';').unwrap_or((&named, ""));
    let pinned = pinned.split_once("==").map(|(name, version)| (name.trim(), version.trim()));
    let Some((name, version)) = pinned.filter(|(name, version)| is_name(name) && is_version(version)) else {
        return Err(format!("'{}' is no package of one version", shown(&named)));
    };
    if !made_of(marker, " '\"_.,=<>!~()-") {
        return Err(format!("'{}' does not say where a package is needed", shown(marker)));
    }
    let marker = if marker.trim().is_empty() { String::new() } else { format!(" ; {}", marker.trim()) };
    let hashes: String = options.iter().map(|hash| format!(" {hash}")).collect();
    Ok(format!("{name}=={version}{marker}{hashes}\n"))
}

/// `--hash=sha256:…`.
fn is_hash(option: &str) -> bool {
    let Some(hash) = option.strip_prefix("--hash=") else { return false };
    HASHES.iter().any(|(name, length)| {
        let digits = hash.strip_prefix(name).unwrap_or_default();
        digits.len() == *length && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// `name` or `name[extra,extra]` (PEP 508).
fn is_name(package: &str) -> bool {
    let (name, extras) = match package.split_once('[') {
        None => (package, ""),
        Some((name, rest)) => (name, rest.strip_suffix(']').unwrap_or("]")),
    };
    begins_well(name) && made_of(name, "._-") && made_of(extras, "._-,")
}

/// One version, such as `1!2.0.post1+local` (PEP 440).
fn is_version(version: &str) -> bool {
    begins_well(version) && made_of(version, ".!+_-")
}

fn begins_well(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn made_of(text: &str, others: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn shown(words: &str) -> String {
    words.trim().escape_debug().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<String, BuildError> {
        read(Path::new("requirements.txt"), text.as_bytes())
    }

    /// The line that is refused, and why.
    fn refused(text: &str) -> (usize, String) {
        match list(text) {
            Err(BuildError::Requirement { line, what, .. }) => (line, what),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    fn hash(digit: &str) -> String {
        format!("--hash=sha256:{}", digit.repeat(64))
    }

    #[test]
    fn a_list_is_read_as_one_line_for_each_package() {
        let (a, b) = (hash("a"), hash("B"));
        let text =
            format!("# pins\n\na==1.0 \\\n    {a} \\\n  {b}  # both\nb[c,d] == 2!1.0+x ; os_name == 'nt' {a}\r\n");
        let read = list(&text).expect("a list");
        assert_eq!(read, format!("a==1.0 {a} {b}\nb[c,d]==2!1.0+x ; os_name == 'nt' {a}\n"));
        assert_eq!(list("").expect("an empty list"), "");
    }

    #[test]
    fn an_option_is_refused_with_its_line_wherever_it_stands() {
        let options =
            ["--no-binary evil", "--no-binary=:all:", "-r other.txt", "-e .", "--index-url https://a.example"];
        for option in options {
            let (line, what) = refused(&format!("# first\na==1 {}\n{option}\n", hash("a")));
            assert_eq!(line, 3, "{option}");
            assert!(what.contains(option.split([' ', '=']).next().unwrap()), "{what}");
            for before in ["a==1 ", "a==1 \\\n", "a==1\t"] {
                assert_eq!(refused(&format!("{before}{option}\n")).0, 1, "{option}");
            }
        }
    }

    #[test]
    fn an_option_behind_a_line_end_of_another_kind_is_refused_or_a_comment() {
        for end in ['\u{b}', '\u{c}', '\u{1c}', '\u{85}', '\u{2028}', '\u{2029}'] {
            refused(&format!("a==1{end}--no-binary{end}a\n"));
            assert_eq!(list(&format!("# comment{end}--no-binary a\n")).expect("a comment"), "");
        }
    }

    #[test]
    fn what_is_no_package_of_one_version_is_refused() {
        let packages = [
            "a",
            "a>=1",
            "a==1.*",
            "a===1",
            "==1",
            "a==",
            "a[b==1",
            "a @ https://a.example/a.tar.gz",
            "./a.tar.gz",
            "https://a.example/a==1.tar.gz",
            "a==${SECRET}",
            "a==1 b==2",
            "a==1 b",
            "a b==1",
        ];
        for package in packages {
            let (line, what) = refused(&format!("{package} {}\n", hash("a")));
            assert!(line == 1 && what.contains("no package of one version"), "{what}");
        }
    }

    #[test]
    fn a_hash_of_another_form_is_refused() {
        for option in ["--hash", "--hash=sha256:", "--hash=md5:00", "--hash=sha256:zz", "--hash=sha256:${SECRET}"] {
            assert!(refused(&format!("a==1 {option}\n")).1.contains("--hash"), "{option}");
        }
    }

    #[test]
    fn a_marker_with_other_characters_is_refused() {
        assert!(refused("a==1 ; os_name == '${SECRET}'\n").1.contains("where a package is needed"));
    }

    #[test]
    fn a_list_in_another_encoding_is_refused() {
        assert!(read(Path::new("requirements.txt"), b"\xff\xfea\0").is_err());
    }
}
