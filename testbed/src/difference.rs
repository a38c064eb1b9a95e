//! Differences between what was expected and what there is, in words.

use serde_json::Value;

/// The most characters of a value that are shown.
const SHOWN: usize = 400;

/// One difference.
pub fn line(what: &str, expected: &str, found: &str) -> String {
    format!("{what}: expected {expected}, but it is {found}")
}

/// Bytes as they are shown: a text in quotes, without characters that a terminal would obey, or hexadecimal digits.
pub fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => shorten(&format!("{text:?}")),
        Err(_) => shorten(&format!("0x{}", hex::encode(bytes))),
    }
}

/// Text of a guest's, without characters that a terminal would obey.
pub fn plain(text: &str) -> String {
    let replace = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    shorten(&text.chars().map(replace).collect::<String>())
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// How `found` lacks something of `expected`: members of objects that are not expected are none, elements of lists
/// are. `what` is the name of the place.
pub fn json(what: &str, expected: &Value, found: &Value) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .flat_map(|(name, value)| {
                let place = format!("{what}.{name}");
                match found.get(name) {
                    Some(found) => json(&place, value, found),
                    None => vec![line(&place, &shorten(&value.to_string()), "not there")],
                }
            })
            .collect(),
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs.flat_map(|(index, (expected, found))| json(&format!("{what}[{index}]"), expected, found)).collect()
        }
        (Value::Number(one), Value::Number(other)) if one == other || one.as_f64() == other.as_f64() => Vec::new(),
        (expected, found) if expected == found => Vec::new(),
        (expected, found) => vec![line(what, &shorten(&expected.to_string()), &plain(&found.to_string()))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    #[test]
    fn members_that_nobody_expects_are_no_difference() {
        assert!(json("body", &value!({"a": {"b": 1}}), &value!({"a": {"b": 1.0, "c": 2}, "d": 3})).is_empty());
    }

    #[test]
    fn what_a_guest_says_does_not_reach_the_terminal_as_a_command() {
        let differences = json("body", &value!("a"), &value!("\u{9b}2J"));
        assert_eq!(differences, ["body: expected \"a\", but it is \"\u{fffd}2J\""]);
    }

    #[test]
    fn each_difference_names_its_place() {
        let expected = value!({"a": {"b": 1}, "gone": true, "list": [1, 2], "short": [1]});
        let found = value!({"a": {"b": 2}, "list": [1, "2"], "short": []});
        assert_eq!(
            json("body", &expected, &found),
            [
                "body.a.b: expected 1, but it is 2",
                "body.gone: expected true, but it is not there",
                "body.list[1]: expected 2, but it is \"2\"",
                "body.short: expected [1], but it is []",
            ]
        );
    }

    #[test]
    fn what_is_shown_is_short_and_does_nothing_to_a_terminal() {
        assert_eq!(text(b"a\x1b[2J"), "\"a\\u{1b}[2J\"");
        assert_eq!(text(b"\xff"), "0xff");
        assert_eq!(plain("a\nb"), "a\u{fffd}b");
        assert!(text(&[b'a'; 1000]).ends_with("(1002 bytes)"));
    }
}
