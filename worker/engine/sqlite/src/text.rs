//! Numbers as SQLite writes them.

use std::ffi::{c_char, c_int};

use rusqlite::ffi;

/// Room for any number: a sign, 17 digits, zeros before or after them, a point, an exponent.
const ROOM: usize = 64;

/// A number as SQLite's `CAST(… AS TEXT)` writes it. SQLite has an algorithm of its own, with roundings of its own.
#[expect(unsafe_code, reason = "SQLite's `snprintf` is a function of C")]
pub fn real_text(number: f64) -> String {
    let mut written = [0_u8; ROOM];
    // SAFETY: the room is as long as is said; the format ends with a zero byte and takes one number, of the type that is
    // passed. SQLite writes no further, ends with a zero byte, and keeps neither pointer.
    unsafe {
        let room = written.as_mut_ptr().cast::<c_char>();
        ffi::sqlite3_snprintf(ROOM as c_int, room, c"%!.17g".as_ptr(), number);
    }
    written.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_a_cast() {
        for (number, text) in [
            (0.1, "0.1"),
            (-0.0, "0.0"),
            (1.0, "1.0"),
            (-1.5e-7, "-1.5e-07"),
            (1e16, "10000000000000000.0"),
            (1e17, "1.0e+17"),
            (f64::NEG_INFINITY, "-Inf"),
            (-f64::MAX, "-1.7976931348623157e+308"),
        ] {
            assert_eq!(real_text(number), text);
        }
    }
}
