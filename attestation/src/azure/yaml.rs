//! The small part of YAML 1.2 in which recorded evidence is written: mappings, sequences, literal and folded text,
//! numbers, and flow sequences and quoted text where they are JSON too. Everything else is refused: anchors, tags,
//! several documents, comments, mappings inside sequences.

use serde_json::{Map, Value};

/// The deepest nesting that is read; evidence has four levels.
const MOST_LEVELS: usize = 8;

/// Reads one document.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader::of(text);
    let value = reader.node(0, 0)?;
    reader.skip_blank();
    (reader.at == reader.lines.len()).then_some(value)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    text: &'a str,
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn of(text: &'a str) -> Self {
        let lines = text.lines().map(|line| {
            let text = line.trim_start_matches(' ');
            Line { indent: line.len() - text.len(), text: text.trim_end() }
        });
        Self { lines: lines.collect(), at: 0 }
    }

    fn skip_blank(&mut self) {
        while self.lines.get(self.at).is_some_and(|line| line.text.is_empty()) {
            self.at += 1;
        }
    }

    /// The next line that is not blank, which is not consumed.
    fn peek(&mut self) -> Option<Line<'a>> {
        self.skip_blank();
        self.lines.get(self.at).copied()
    }

    /// A mapping or sequence whose lines are indented by at least `least`.
    fn node(&mut self, least: usize, level: usize) -> Option<Value> {
        let first = self.peek()?;
        if first.indent < least || level == MOST_LEVELS {
            return None;
        }
        if item(first.text).is_some() {
            self.sequence(first.indent, level).map(Value::Array)
        } else {
            self.mapping(first.indent, level).map(Value::Object)
        }
    }

    fn sequence(&mut self, indent: usize, level: usize) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent) {
            let Some(rest) = item(line.text) else { break };
            values.push(if item(rest).is_some() {
                // A sequence inside, which begins on the same line.
                *self.lines.get_mut(self.at)? = Line { indent: indent + 2, text: rest };
                self.node(indent + 1, level + 1)?
            } else {
                self.at += 1;
                self.value(rest, indent, level)?
            });
        }
        Some(values)
    }

    fn mapping(&mut self, indent: usize, level: usize) -> Option<Map<String, Value>> {
        let mut map = Map::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent) {
            let (key, rest) = line.text.split_once(':')?;
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return None;
            }
            self.at += 1;
            let value = self.value(rest.trim_start(), indent, level)?;
            if map.insert(String::from(key), value).is_some() {
                return None;
            }
        }
        Some(map)
    }

    /// What stands after a key or dash: on the rest of its line, or on the lines below it.
    fn value(&mut self, rest: &str, indent: usize, level: usize) -> Option<Value> {
        match rest {
            "" => match self.peek() {
                Some(line) if line.indent > indent && line.text.starts_with('[') => {
                    self.at += 1;
                    self.flow(line.text)
                }
                Some(line) if line.indent > indent => self.node(indent + 1, level + 1),
                Some(line) if line.indent == indent && item(line.text).is_some() => self.node(indent, level + 1),
                Some(_) | None => Some(Value::Null),
            },
            "|" | "|-" => Some(Value::String(self.block(indent, "\n"))),
            ">" | ">-" => Some(Value::String(self.block(indent, " "))),
            "null" | "~" => Some(Value::Null),
            flow if flow.starts_with('[') => self.flow(flow),
            quoted if quoted.starts_with('"') => serde_json::from_str(quoted).ok(),
            plain => match plain.parse::<u64>() {
                Ok(number) => Some(Value::from(number)),
                Err(_) if plain.starts_with(['\'', '{', '&', '*', '!', '#', '%', '@', '|', '>']) => None,
                // A mapping inside a sequence, or a comment.
                Err(_) if plain.ends_with(':') || plain.contains(": ") || plain.contains(" #") => None,
                Err(_) => Some(Value::String(String::from(plain))),
            },
        }
    }

    /// The lines that are indented by more than `indent`, without their common indentation.
    fn block(&mut self, indent: usize, separator: &str) -> String {
        let mut lines = Vec::new();
        while let Some(line) = self.lines.get(self.at).filter(|line| line.indent > indent || line.text.is_empty()) {
            lines.push(line.text);
            self.at += 1;
        }
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        lines.join(separator)
    }

    /// A flow sequence that began with `first`: JSON, over as many lines as it takes to close its brackets.
    fn flow(&mut self, first: &str) -> Option<Value> {
        let mut text = String::from(first);
        let mut open = opened(first);
        while open > 0 {
            let Line { text: line, .. } = *self.lines.get(self.at)?;
            open += opened(line);
            text.push_str(line);
            self.at += 1;
        }
        serde_json::from_str(&text).ok()
    }
}

/// How many more brackets `line` opens than it closes.
fn opened(line: &str) -> isize {
    let change = |byte: u8| -> isize { isize::from(byte == b'[') - isize::from(byte == b']') };
    line.bytes().map(change).sum()
}

/// What follows the dash of a sequence's item.
fn item(text: &str) -> Option<&str> {
    if text == "-" { Some("") } else { text.strip_prefix("- ").map(str::trim_start) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn the_forms_that_evidence_uses_are_read() {
        let text = "a: >-\n  AB\nb: |\n  one\n  two\n\nc:\n  d: [1, 2,\n    3]\n  e:\n  - - 4\n    - 5\n  - - 6\n  f:\n  - |\n    x\n  g: []\n  h: null\ni: \"q\\\"\"\nj:\n  - [7]\n";
        let expected = json!({
            "a": "AB", "b": "one\ntwo",
            "c": {"d": [1, 2, 3], "e": [[4, 5], [6]], "f": ["x"], "g": [], "h": null},
            "i": "q\"", "j": [[7]],
        });
        assert_eq!(parse(text), Some(expected));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        assert_eq!(parse("a: 1\na: 2\n"), None);
    }

    #[test]
    fn other_parts_of_yaml_are_refused() {
        for text in ["", "a: &x 1\n", "a: *x\n", "a: !!int 1\n", "a: {b: 1}\n", "- a: 1\n", "a: 1\n b: 2\n", "a: '1'\n"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_flow_sequence_that_does_not_end_is_refused() {
        assert_eq!(parse(&format!("a: [[\n{}]\n", "1,\n".repeat(100))), None);
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert_eq!(parse(&"- ".repeat(100)), None);
    }

    /// Where each line counts the brackets of all lines before it, this takes minutes.
    #[test]
    fn a_flow_sequence_over_many_lines_is_read_line_by_line() {
        assert_eq!(parse(&format!("a: {}", "[\n".repeat(500_000))), None);
        let numbers = format!("a: [\n{}1]\n", "1,\n".repeat(300_000));
        assert_eq!(parse(&numbers).and_then(|value| Some(value["a"].as_array()?.len())), Some(300_001));
    }
}
