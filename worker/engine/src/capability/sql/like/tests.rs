//! Against SQLite's own, which a connection has that nothing was registered with.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rusqlite::types::Value;

use super::{super::layer, *};

/// A connection of which nothing but a function's outcome is asked.
fn bare() -> Connection {
    // First: once SQLite was used without its layer there can be none, and other tests of this process need it.
    layer::register().expect("a layer");
    Connection::open_in_memory().expect("a database")
}

/// SQLite's own, and ours.
fn both() -> (Connection, Connection) {
    let (theirs, ours) = (bare(), bare());
    register(&ours, || true).expect("they are registered");
    (theirs, ours)
}

/// What comes of an expression; none of a failure.
fn outcome(connection: &Connection, expression: &str, given: &[Value]) -> Option<Value> {
    let found =
        connection.query_row(&format!("SELECT {expression}"), rusqlite::params_from_iter(given), |row| row.get(0));
    found.ok()
}

/// A sequence that looks random, and is the same each time.
struct Draws(u64);

impl Draws {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        (self.bits() >> 33) as usize % most
    }

    fn of(&mut self, alphabet: &[&[u8]], most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length).flat_map(|_| alphabet[self.below(alphabet.len())].to_vec()).collect()
    }
}

#[test]
fn patterns_fit_what_they_say() {
    let (_, ours) = both();
    for (expression, expected) in [
        ("'abc' LIKE 'A_C'", Some(1)),
        ("'abc' LIKE 'a%'", Some(1)),
        ("'abc' LIKE '%b'", Some(0)),
        ("'' LIKE '%'", Some(1)),
        ("'' LIKE '_'", Some(0)),
        ("'ä' LIKE 'Ä'", Some(0)),
        ("'ä' LIKE '_'", Some(1)),
        ("'100%' LIKE '100!%' ESCAPE '!'", Some(1)),
        ("'100x' LIKE '100!%' ESCAPE '!'", Some(0)),
        ("'A' LIKE '!a' ESCAPE '!'", Some(1)),
        ("'%b' LIKE '%%b' ESCAPE '%'", Some(1)),
        ("'ab' LIKE '%%b' ESCAPE '%'", Some(0)),
        ("'a' LIKE 'a!' ESCAPE '!'", Some(0)),
        ("'mississippi' LIKE 'm%iss%ip%i'", Some(1)),
        ("'mississippi' LIKE 'm%iss%ix%i'", Some(0)),
        ("'abc' GLOB 'a*'", Some(1)),
        ("'abc' GLOB 'A*'", Some(0)),
        ("'abc' GLOB '?b?'", Some(1)),
        ("'b' GLOB '[a-c]'", Some(1)),
        ("'d' GLOB '[a-c]'", Some(0)),
        ("'d' GLOB '[^a-c]'", Some(1)),
        ("']' GLOB '[]]'", Some(1)),
        ("'-' GLOB '[a-]'", Some(1)),
        ("'a' GLOB '[a'", Some(0)),
        ("'x*' GLOB 'x[*]'", Some(1)),
        ("12 LIKE '1%'", Some(1)),
        ("1.0 LIKE '1._'", Some(1)),
        ("x'6162' LIKE 'ab'", Some(1)),
        ("'a' || char(0) || 'b' LIKE 'a'", Some(1)),
        ("NULL LIKE '%'", None),
        ("'a' LIKE NULL", None),
        ("'a' LIKE 'a' ESCAPE NULL", None),
        ("'abc' NOT LIKE 'b%'", Some(1)),
    ] {
        let expected = expected.map_or(Value::Null, Value::Integer);
        assert_eq!(outcome(&ours, expression, &[]), Some(expected), "{expression}");
    }
}

#[test]
fn what_sqlite_gives_is_given() {
    let (theirs, ours) = both();
    let mut draws = Draws(0x9e37_79b9_7f4a_7c15);
    let characters: [&[u8]; 20] = [
        b"a",
        b"b",
        b"A",
        b"B",
        b"%",
        b"_",
        b"*",
        b"?",
        b"[",
        b"]",
        b"^",
        b"-",
        b"!",
        b"k",
        "é".as_bytes(),
        "\u{212a}".as_bytes(),
        "\u{10ffff}".as_bytes(),
        b"\xff",
        b"\xc3",
        b"\x80",
    ];
    let mut fitting = 0;
    for round in 0..1500 {
        // Few characters make more that fits.
        let alphabet = &characters[..if round % 2 == 0 { 20 } else { 14 }];
        let (pattern, text) = (draws.of(alphabet, 6), draws.of(alphabet, 6));
        let escape = draws.of(alphabet, 2);
        let given = [pattern, text, escape].map(Value::Blob);
        let cast = |at: usize| format!("CAST(?{at} AS TEXT)");
        let (pattern, text, escape) = (cast(1), cast(2), cast(3));
        for (expression, used) in [
            (format!("{text} LIKE {pattern}"), 2),
            (format!("{text} LIKE {pattern} ESCAPE {escape}"), 3),
            (format!("{text} GLOB {pattern}"), 2),
            ("?2 GLOB ?1".to_owned(), 2),
        ] {
            let (expected, found) =
                (outcome(&theirs, &expression, &given[..used]), outcome(&ours, &expression, &given[..used]));
            assert_eq!(found, expected, "{expression} of {given:?}");
            fitting += usize::from(found == Some(Value::Integer(1)));
        }
    }
    assert!(fitting > 150, "{fitting}");
}

#[test]
fn numbers_are_compared_as_the_texts_that_sqlite_makes_of_them() {
    let (_, ours) = both();
    let mut draws = Draws(0xd1b5_4a32_d192_ed03);
    let fixed = [0.0, -0.0, 1.0, -1.5, 0.1, 1e-4, 1e-5, 9.9e15, 1e16, 1e17, 1.5e300, 5e-324, f64::MAX, f64::INFINITY];
    let drawn: Vec<f64> = (0..300).map(|_| f64::from_bits(draws.bits())).filter(|number| !number.is_nan()).collect();
    for number in fixed.into_iter().chain(drawn) {
        let same = outcome(&ours, "?1 GLOB CAST(?1 AS TEXT)", &[Value::Real(number)]);
        assert_eq!(same, Some(Value::Integer(1)), "{number:e}");
    }
    let number = [Value::Integer(i64::MIN)];
    assert_eq!(outcome(&ours, "?1 GLOB CAST(?1 AS TEXT)", &number), Some(Value::Integer(1)));
}

#[test]
fn a_pattern_that_is_too_long_and_an_escape_that_is_no_character_are_refused() {
    let (_, ours) = both();
    let fits = |pattern: usize| outcome(&ours, "'a' LIKE ?1", &[Value::Text("%".repeat(pattern))]);
    assert_eq!((fits(50), fits(51)), (Some(Value::Integer(1)), None));
    let escaped = |escape: &str| outcome(&ours, "'a' LIKE 'a' ESCAPE ?1", &[Value::Text(escape.into())]);
    assert_eq!((escaped("é"), escaped(""), escaped("ab")), (Some(Value::Integer(1)), None, None));
}

/// How often it was asked whether to go on, and what came of it, where at most so many times the answer is yes.
fn asked(pattern: &[u8], language: Language, text: &[u8], most: usize) -> (usize, Option<bool>) {
    let asked = AtomicUsize::new(0);
    let pieces = parse(language, pattern, None).expect("a pattern");
    let found = matches(&pieces, Characters(text), || asked.fetch_add(1, Ordering::Relaxed) < most);
    (asked.into_inner(), found)
}

#[test]
fn what_is_compared_is_asked_for_and_stops_where_it_may_not_go_on() {
    let text = vec![b'a'; 131_072];
    let slow = [b"%".as_slice(), &[b'a'; 48], b"b"].concat();
    // Each of the places in the text is compared with 49 parts, but for the last ones.
    let (units, found) = asked(&slow, LIKE, &text, usize::MAX);
    assert_eq!((units, found), (131_072 * 49 / COMPARED - 1, Some(false)));
    assert_eq!(asked(&slow, LIKE, &text, 3), (4, None));
    let set = [b"*[".as_slice(), &[b'b'; 46], b"]"].concat();
    assert_eq!(asked(&set, GLOB, &text, usize::MAX), (131_072 * 46 / COMPARED, Some(false)));
    let one = [b"\xc3".as_slice(), &vec![0x80; 131_071]].concat();
    assert_eq!(
        asked(b"%b", LIKE, &one, usize::MAX),
        (131_072 / COMPARED, Some(false)),
        "a character of that many bytes"
    );
    assert_eq!(asked(b"a%", LIKE, &text, usize::MAX), (0, Some(true)), "it ends where it is known");
}

#[test]
fn every_use_is_asked_for_and_one_that_may_not_go_on_ends_the_statement() {
    let asked = Arc::new(AtomicUsize::new(0));
    let connection = bare();
    let counted = asked.clone();
    register(&connection, move || counted.fetch_add(1, Ordering::Relaxed) < 10).expect("they are registered");
    assert_eq!(
        outcome(&connection, "(1 LIKE ?1) + (2 LIKE ?1 ESCAPE 'x')", &[Value::Integer(2)]),
        Some(Value::Integer(1))
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let ended =
        connection.query_row(&format!("SELECT 0{}", " + (?1 GLOB ?1)".repeat(20)), ["a"], |row| row.get::<_, i64>(0));
    let Err(Error::SqliteFailure(error, _)) = ended else { panic!("{ended:?}") };
    assert_eq!((error.extended_code, asked.load(Ordering::Relaxed)), (ffi::SQLITE_INTERRUPT, 11));
}
