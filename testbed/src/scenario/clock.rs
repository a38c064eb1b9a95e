//! The clock of a scenario: it stands still but where a step moves it.

use toml::Value;
use toml::value::{Date, Datetime, Offset};

/// Where it begins, if the scenario does not say: 2026-01-01T00:00:00Z, in milliseconds since 1970.
pub const BEGIN: u64 = 1_767_225_600_000;

/// The moment that `at` names, milliseconds since 1970, where it is `now` already: a time with its offset, or how much
/// later it is, such as `"+90s"`.
pub fn moment(at: &Value, now: u64) -> Result<u64, String> {
    const FORMS: &str = "at: neither a time, such as 2026-01-01T12:00:00Z, nor how much later it is, such as \"+90s\"";
    let moment = match at {
        Value::Datetime(time) => absolute(time).ok_or("at: a time needs date, time of day and offset")?,
        Value::String(text) => later(text).and_then(|by| now.checked_add(by)).ok_or(FORMS)?,
        _other => return Err(FORMS.into()),
    };
    if moment < now {
        return Err("at: time does not go back".into());
    }
    Ok(moment)
}

/// Milliseconds since 1970; none before, or where a part of the time is missing.
fn absolute(time: &Datetime) -> Option<u64> {
    let (date, day_time) = (time.date?, time.time?);
    let minutes_east = match time.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let minutes = i64::from(day_time.hour) * 60 + i64::from(day_time.minute) - minutes_east;
    let seconds = days(date) * 86_400 + minutes * 60 + i64::from(day_time.second);
    let milliseconds = seconds * 1000 + i64::from(day_time.nanosecond / 1_000_000);
    u64::try_from(milliseconds).ok()
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(date: Date) -> i64 {
    // A year begins in March, so that the day which some years have more is its last.
    let (year, month) = match date.month {
        1 | 2 => (i64::from(date.year) - 1, i64::from(date.month) + 9),
        month => (i64::from(date.year), i64::from(month) - 3),
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // The months from March on have 31, 30, 31, 30, 31 days, and again.
    let before_month = (153 * month + 2) / 5;
    // 719468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + leap_days + before_month + i64::from(date.day) - 1 - 719_468
}

/// `+` and a number of `ms`, `s`, `m`, `h` or `d`, in milliseconds.
fn later(text: &str) -> Option<u64> {
    let text = text.strip_prefix('+')?;
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _other => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, now: u64) -> Result<u64, String> {
        let table: toml::Table = toml::from_str(&format!("at = {text}")).expect("TOML");
        moment(&table["at"], now)
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, milliseconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-01T00:00:00Z", BEGIN),
            ("2000-02-29T12:34:56.789Z", 951_827_696_789),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
            ("2026-01-01T02:00:00+02:00", BEGIN),
            ("2025-12-31T16:00:00-08:00", BEGIN),
        ] {
            assert_eq!(at(text, 0), Ok(milliseconds), "{text}");
        }
    }

    #[test]
    fn a_step_says_how_much_later_it_is() {
        for (text, milliseconds) in
            [("\"+5ms\"", 5), ("\"+2s\"", 2_000), ("\"+3m\"", 180_000), ("\"+1h\"", 3_600_000), ("\"+1d\"", 86_400_000)]
        {
            assert_eq!(at(text, 7), Ok(7 + milliseconds), "{text}");
        }
    }

    #[test]
    fn time_does_not_go_back() {
        assert!(at("2026-01-01T00:00:00Z", BEGIN + 1).expect_err("earlier").contains("go back"));
        assert!(at("1969-12-31T23:59:59Z", 0).is_err());
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00",
            "12:00:00",
            "5",
            "\"5s\"",
            "\"+s\"",
            "\"+5\"",
            "\"+5w\"",
            "\"+99999999999999999d\"",
        ] {
            assert!(at(text, 0).is_err(), "{text}");
        }
    }
}
