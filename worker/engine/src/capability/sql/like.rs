//! `LIKE` and `GLOB` in place of SQLite's own, which compare a text with a pattern in one step of its machine: nobody
//! pays for that, and nothing stops it. These pay and ask while they compare, and give what SQLite's give
//! (<https://www.sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>), for texts that are not
//! UTF-8 too.

use std::borrow::Cow;

use rusqlite::{
    Connection, Error, ffi,
    functions::{Context, FunctionFlags},
    types::ValueRef,
};

#[cfg(test)]
mod tests;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 50;
/// Bytes of a text, each as often as it is compared, that are one unit of work.
const COMPARED: usize = 8192;

/// What stands for what in a pattern.
#[derive(Clone, Copy)]
struct Language {
    any: char,
    one: char,
    /// Whether there are sets, as in `[a-z]`.
    sets: bool,
    /// Whether ASCII letters are the same in both cases.
    folds: bool,
}

const LIKE: Language = Language { any: '%', one: '_', sets: false, folds: true };
const GLOB: Language = Language { any: '*', one: '?', sets: true, folds: false };

/// Makes them the connection's. `goes_on` counts a unit of work, and says whether there may be more.
pub(super) fn register<F>(connection: &Connection, goes_on: F) -> rusqlite::Result<()>
where
    F: Fn() -> bool + Clone + Send + 'static,
{
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, arguments, language) in [("like", 2, LIKE), ("like", 3, LIKE), ("glob", 2, GLOB)] {
        let goes_on = goes_on.clone();
        connection.create_scalar_function(name, arguments, flags, move |given| judge(language, given, &goes_on))?;
    }
    Ok(())
}

/// Whether or not there is memory left for it: without, rusqlite panics.
fn argument<'a>(given: &'a Context<'_>, index: usize) -> Option<Cow<'a, [u8]>> {
    text(adyton_sqlite::unbounded(|| given.get_raw(index)))
}

/// Of a pattern, a text and, for `LIKE`, what stands before a character that means itself.
fn judge(language: Language, given: &Context<'_>, goes_on: impl Fn() -> bool) -> rusqlite::Result<Option<bool>> {
    let stopped = || Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None);
    if !goes_on() {
        return Err(stopped());
    }
    let pattern = argument(given, 0);
    if pattern.as_ref().is_some_and(|pattern| pattern.len() > MAX_PATTERN) {
        return Err(invalid(format!("a pattern of LIKE or GLOB has at most {MAX_PATTERN} bytes")));
    }
    let escape = match given.len() {
        3 => match argument(given, 2) {
            Some(escape) => Some(only(&escape)?),
            None => return Ok(None),
        },
        _ => None,
    };
    let (Some(pattern), Some(text)) = (pattern, argument(given, 1)) else { return Ok(None) };
    match parse(language, &pattern, escape) {
        Some(pieces) => matches(&pieces, Characters(&text), goes_on).map(Some).ok_or_else(stopped),
        None => Ok(Some(false)),
    }
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), Some(reason.into()))
}

/// The only character there.
fn only(escape: &[u8]) -> rusqlite::Result<u32> {
    let mut characters = Characters(escape);
    match (characters.next(), characters.next()) {
        (Some(escape), None) => Ok(escape),
        _ => Err(invalid("what follows ESCAPE has to be a single character")),
    }
}

/// A value as text: a blob's bytes are taken for one.
fn text(value: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        ValueRef::Real(number) => Some(Cow::Owned(adyton_sqlite::real_text(number).into_bytes())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(Cow::Borrowed(bytes)),
    }
}

/// A part of a pattern.
enum Piece {
    /// Any characters, or none.
    Any,
    /// One character.
    One,
    /// This one.
    Exactly(u32),
    /// This ASCII letter, here small, in either case.
    Letter(u8),
    /// One of these, or of all others.
    Set { ranges: Vec<(u32, u32)>, inverted: bool },
}

impl Piece {
    fn fits(&self, character: u32) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Exactly(exactly) => *exactly == character,
            Self::Letter(small) => {
                u8::try_from(character).is_ok_and(|character| character.to_ascii_lowercase() == *small)
            }
            Self::Set { ranges, inverted } => {
                ranges.iter().any(|(first, last)| (first..=last).contains(&&character)) != *inverted
            }
        }
    }

    /// How many comparisons one character takes at most.
    fn comparisons(&self) -> usize {
        match self {
            Self::Set { ranges, .. } => ranges.len().max(1),
            Self::Any | Self::One | Self::Exactly(_) | Self::Letter(_) => 1,
        }
    }
}

/// The parts; none where no text fits: a set has no end, or nothing follows the escape.
fn parse(language: Language, pattern: &[u8], escape: Option<u32>) -> Option<Vec<Piece>> {
    let mut rest = Characters(pattern);
    let mut pieces = Vec::new();
    while let Some(character) = rest.next() {
        pieces.push(if escape == Some(character) {
            exactly(language, rest.next()?)
        } else if character == u32::from(language.any) {
            Piece::Any
        } else if character == u32::from(language.one) {
            Piece::One
        } else if language.sets && character == u32::from('[') {
            set(&mut rest)?
        } else {
            exactly(language, character)
        });
    }
    Some(pieces)
}

fn exactly(language: Language, character: u32) -> Piece {
    match u8::try_from(character) {
        Ok(letter) if language.folds && letter.is_ascii_alphabetic() => Piece::Letter(letter.to_ascii_lowercase()),
        _ => Piece::Exactly(character),
    }
}

/// What follows `[`, up to its end. `]` at the beginning and `-` at either end mean themselves.
fn set(rest: &mut Characters<'_>) -> Option<Piece> {
    let [end, to] = [']', '-'].map(u32::from);
    let mut ranges = Vec::new();
    let mut next = rest.next()?;
    let inverted = next == u32::from('^');
    if inverted {
        next = rest.next()?;
    }
    if next == end {
        ranges.push((end, end));
        next = rest.next()?;
    }
    let mut before = None;
    while next != end {
        let last = Characters(rest.0).next().filter(|last| *last != end);
        match (before.take(), last) {
            (Some(first), Some(last)) if next == to => {
                rest.next();
                ranges.push((first, last));
            }
            _ => {
                ranges.push((next, next));
                before = Some(next);
            }
        }
        next = rest.next()?;
    }
    Some(Piece::Set { ranges, inverted })
}

/// Whether the text fits; none where it may not go on. Only the last `Any` is ever tried again: where the parts up to
/// it fit once, they need not fit elsewhere.
fn matches(pieces: &[Piece], text: Characters<'_>, goes_on: impl Fn() -> bool) -> Option<bool> {
    let (mut at, mut rest, mut compared) = (0, text, 0);
    // The part after the last `Any`, and where in the text it was tried.
    let mut again: Option<(usize, Characters<'_>)> = None;
    loop {
        let piece = pieces.get(at);
        if matches!(piece, Some(Piece::Any)) {
            at += 1;
            if at == pieces.len() {
                return Some(true);
            }
            again = Some((at, rest));
            continue;
        }
        let mut after = rest;
        let fits = match (piece, after.next()) {
            (None, None) => return Some(true),
            // What is tried later has less text still.
            (Some(_), None) => return Some(false),
            (None, Some(_)) => false,
            (Some(piece), Some(character)) => piece.fits(character),
        };
        compared += (rest.0.len() - after.0.len()).max(piece.map_or(1, Piece::comparisons));
        while compared >= COMPARED {
            compared -= COMPARED;
            if !goes_on() {
                return None;
            }
        }
        match &mut again {
            _ if fits => (at, rest) = (at + 1, after),
            Some((from, tried)) => {
                tried.next();
                (at, rest) = (*from, *tried);
            }
            None => return Some(false),
        }
    }
}

/// The characters of a text up to a zero byte, as SQLite reads them: what is not UTF-8 gives some too.
#[derive(Clone, Copy)]
struct Characters<'a>(&'a [u8]);

impl Iterator for Characters<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (&first, mut rest) = self.0.split_first()?;
        if first == 0 {
            return None;
        }
        let mut character = u32::from(first);
        if first >= 0xc0 {
            character &= 0x7f >> first.leading_ones();
            while let [next @ 0x80..=0xbf, others @ ..] = rest {
                character = (character << 6) | u32::from(next & 0x3f);
                rest = others;
            }
            // Too long for what it is, half of a pair, or no character.
            if character < 0x80 || character & 0xffff_f800 == 0xd800 || character & 0xffff_fffe == 0xfffe {
                character = 0xfffd;
            }
        }
        self.0 = rest;
        Some(character)
    }
}
