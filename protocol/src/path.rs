//! Paths that look different and may be the same one to a contract: those who route by a parsed URL resolve `..`, and
//! some decode a path before they compare it. Whoever guards a path compares all of its readings.

use alloc::{vec, vec::Vec};

use crate::call::RESERVED_PATH;

/// Whether the worker answers `path`, or a contract could take it for one of the worker's own: in any reading it begins
/// with [`RESERVED_PATH`].
pub fn is_reserved(path: &str) -> bool {
    readings(path).iter().any(|reading| reading.starts_with(RESERVED_PATH.as_bytes()))
}

/// What `path` may be to a contract, each without query and fragment: as it is; with its dot segments removed (RFC
/// 3986, section 5.2.4, as the URL standard does it: percent-encoded ones too, and `\` is `/`); that, percent-decoded
/// once; and decoded first, with dot segments removed afterwards.
pub fn readings(path: &str) -> Vec<Vec<u8>> {
    let path = without_query(path.as_bytes());
    // Most paths have one reading.
    if !path.iter().any(|byte| matches!(byte, b'%' | b'\\')) && !path.windows(2).any(|pair| pair == b"/.") {
        return vec![path.to_vec()];
    }
    let resolved = without_dots(path);
    let decoded_after = without_query(&decoded(&resolved)).to_vec();
    let decoded_before = without_dots(without_query(&decoded(path)));
    vec![path.to_vec(), resolved, decoded_after, decoded_before]
}

fn without_query(path: &[u8]) -> &[u8] {
    path.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default()
}

/// With `/` for `\`, and without the segments `.` and `..`, which take the one before them along.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let path = path.strip_prefix(b"/").or_else(|| path.strip_prefix(b"\\")).unwrap_or(path);
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut ends_in_dots = false;
    for segment in path.split(|byte| matches!(byte, b'/' | b'\\')) {
        let plain = decoded(segment);
        ends_in_dots = matches!(&plain[..], b"." | b"..");
        if plain == b".." {
            kept.pop();
        } else if !ends_in_dots {
            kept.push(segment);
        }
    }
    if ends_in_dots {
        // Its slash stays.
        kept.push(b"");
    }
    [&b"/"[..], &kept.join(&b'/')].concat()
}

/// Percent-decoded once; what is no encoded byte stays as it is.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        match (first, encoded(after)) {
            (b'%', Some((byte, after))) => {
                out.push(byte);
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// The byte that the two hexadecimal digits at the beginning stand for, and what is behind them.
fn encoded(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(2)?;
    let [high, low] = digits else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(((digit(high)? << 4) | digit(low)?, rest))
}

/// Whether `path` has only one reading: none of `%`, `\`, and of the segments `.` and `..`.
pub fn is_plain(path: &str) -> bool {
    !path.contains(['%', '\\']) && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn texts(path: &str) -> Vec<String> {
        readings(path).into_iter().map(|reading| String::from_utf8_lossy(&reading).into_owned()).collect()
    }

    #[test]
    fn a_plain_path_has_one_reading_without_its_query() {
        for (path, reading) in [("/a/b", "/a/b"), ("/a?/../b", "/a"), ("/a#%2e", "/a"), ("/", "/"), ("//a", "//a")] {
            assert_eq!(texts(path), [reading], "{path}");
        }
    }

    #[test]
    fn dot_segments_are_removed_as_the_url_standard_does_it() {
        for (path, resolved) in [
            ("/x/../hook", "/hook"),
            ("/x/%2e%2e/hook", "/hook"),
            ("/x/.%2E/hook", "/hook"),
            ("/x\\..\\hook", "/hook"),
            ("/./hook", "/hook"),
            ("/%2e/hook", "/hook"),
            ("/../../hook", "/hook"),
            ("/x/y/../../hook?a=/..", "/hook"),
            ("/x%2f/../hook", "/hook"),
            ("/hook/x/..", "/hook/"),
            ("/hook/.", "/hook/"),
            ("/x/..", "/"),
            ("/.hidden/..a", "/.hidden/..a"),
            ("/%zz/%2", "/%zz/%2"),
        ] {
            assert_eq!(texts(path).get(1).map(String::as_str), Some(resolved), "{path}");
        }
    }

    #[test]
    fn an_encoded_path_is_also_what_it_decodes_to_once() {
        assert_eq!(texts("/%68ook")[2], "/hook");
        assert_eq!(texts("/x%2f..%2fhook")[3], "/hook");
        assert_eq!(texts("/hook%3Fx")[2], "/hook");
        assert!(!texts("/%2568ook").contains(&"/hook".into()), "not twice");
        assert_eq!(readings("/%ff")[2], b"/\xff");
    }

    #[test]
    fn no_reading_of_a_path_for_contracts_is_below_the_workers_own() {
        for path in [
            "/.adyton/message",
            "/x/../.adyton/message",
            "/x/%2e%2e/.adyton/message",
            "/%2eadyton/message",
            "/.adyton%2fmessage",
            "/.adyton\\message",
            "/x/..\\.adyton\\logs?a=1",
        ] {
            assert!(is_reserved(path), "{path}");
        }
        for path in ["/", "/.adyton", "/adyton/message", "/x/.adyton/message", "/x?/../.adyton/message", "/.adytonx/"] {
            assert!(!is_reserved(path), "{path}");
        }
    }

    #[test]
    fn only_a_plain_path_is_one() {
        for path in ["/", "/a.b/..c/.d", "/a//b"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["/a%2e", "/a\\b", "/.", "/..", "/a/./b", "/a/../b", "/a/.."] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
