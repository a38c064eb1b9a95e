//! Cron expressions: five fields, UTC. `wit/schedule.wit` says what they stand for.

use std::ops::RangeInclusive;

use adyton_protocol::schedule::{MAX_AHEAD_MS, MAX_CRON};

const MINUTE_MS: u64 = 60_000;
const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// A cron expression, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day needs both: one of the two is unrestricted.
    both_days: bool,
}

/// Why an expression is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCron {
    /// Longer than any that is read.
    #[error("an expression has at most {MAX_CRON} bytes")]
    TooLong,
    /// Another number of fields.
    #[error("an expression has five fields: minute, hour, day of the month, month, day of the week")]
    Fields,
    /// A field is malformed.
    #[error("the field {name} is a list of *, numbers and ranges from {first} to {last}, with /N behind * or a range")]
    Field {
        /// Its name.
        name: &'static str,
        /// The smallest number.
        first: u64,
        /// The largest.
        last: u64,
    },
}

impl Cron {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, InvalidCron> {
        if text.len() > MAX_CRON {
            return Err(InvalidCron::TooLong);
        }
        let fields: Vec<&str> = text.split(' ').filter(|field| !field.is_empty()).collect();
        let [minute, hour, day, month, weekday] = fields[..] else { return Err(InvalidCron::Fields) };
        let weekdays = field(weekday, "day of the week", 0..=7)?;
        Ok(Self {
            minutes: field(minute, "minute", 0..=59)?,
            hours: field(hour, "hour", 0..=23)?,
            days: field(day, "day of the month", 1..=31)?,
            months: field(month, "month", 1..=12)?,
            // Sunday is 0 and 7.
            weekdays: weekdays | weekdays >> 7,
            both_days: day.starts_with('*') || weekday.starts_with('*'),
        })
    }

    /// The first time after `after_ms`, both in Unix milliseconds; none within ten years.
    pub fn next_after(&self, after_ms: u64) -> Option<u64> {
        let first = after_ms / MINUTE_MS + 1;
        let last_day = after_ms.saturating_add(MAX_AHEAD_MS) / MINUTE_MS / DAY;
        (first / DAY..=last_day).filter(|day| self.has_day(*day)).find_map(|day| {
            let begin = if day == first / DAY { first % DAY } else { 0 };
            let minute = (begin..DAY).find(|minute| has(self.hours, minute / HOUR) && has(self.minutes, minute % HOUR));
            (day * DAY + minute?).checked_mul(MINUTE_MS)
        })
    }

    /// Whether a day, counted from 1970-01-01, is one of the expression's.
    fn has_day(&self, day: u64) -> bool {
        let (month, of_month) = month_and_day(day);
        // 1970-01-01 was a Thursday.
        let (day_fits, weekday_fits) = (has(self.days, of_month), has(self.weekdays, (day + 4) % 7));
        let days_fit = if self.both_days { day_fits && weekday_fits } else { day_fits || weekday_fits };
        has(self.months, month) && days_fit
    }
}

fn has(set: u64, number: u64) -> bool {
    set >> number & 1 == 1
}

/// The numbers of a field, as bits.
fn field(text: &str, name: &'static str, allowed: RangeInclusive<u64>) -> Result<u64, InvalidCron> {
    let wrong = InvalidCron::Field { name, first: *allowed.start(), last: *allowed.end() };
    text.split(',').try_fold(0, |set, part| Some(set | numbers(part, &allowed)?)).ok_or(wrong)
}

/// The numbers of one part of a list.
fn numbers(part: &str, allowed: &RangeInclusive<u64>) -> Option<u64> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
        None => (part, None),
    };
    let range = match (range, range.split_once('-')) {
        ("*", _) => allowed.clone(),
        (_, Some((first, last))) => number(first)?..=number(last)?,
        (one, None) if step.is_none() => number(one)?..=number(one)?,
        // A step needs something to step through.
        (_, None) => return None,
    };
    let inside = allowed.contains(range.start()) && allowed.contains(range.end()) && !range.is_empty();
    let step = usize::try_from(step.unwrap_or(1)).ok()?;
    inside.then(|| range.step_by(step).fold(0, |set, number| set | 1 << number))
}

/// One or two digits.
fn number(text: &str) -> Option<u64> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Month and day of the month of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from
/// March, so that the day by which a leap year is longer is its last one.
fn month_and_day(day: u64) -> (u64, u64) {
    const FOUR_CENTURIES: u64 = 146_097;
    const CENTURY: u64 = 36_524;
    const FOUR_YEARS: u64 = 1461;
    // From 1600-03-01 to 1970-01-01.
    let day = (day + 135_080) % FOUR_CENTURIES;
    // The last century of four has a day more, the last year of four as well.
    let century = (day / CENTURY).min(3);
    let day = (day - century * CENTURY) % FOUR_YEARS;
    let year = (day / 365).min(3);
    let day = day - year * 365;
    // Five months from March on have 153 days, and so have the next five.
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    (if month < 10 { month + 3 } else { month - 9 }, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T05:44:38.500Z, a Sunday.
    const NOW: u64 = 1_795_326_278_500;
    const DAY_MS: u64 = DAY * MINUTE_MS;
    /// 2026-11-22T00:00:00Z.
    const MIDNIGHT: u64 = NOW / DAY_MS * DAY_MS;

    fn next(text: &str, after_ms: u64) -> Option<u64> {
        Cron::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).next_after(after_ms)
    }

    fn at(days: u64, hour: u64, minute: u64) -> Option<u64> {
        Some(MIDNIGHT + days * DAY_MS + (hour * HOUR + minute) * MINUTE_MS)
    }

    #[test]
    fn the_next_time_is_the_first_after_now() {
        for (text, expected) in [
            ("* * * * *", at(0, 5, 45)),
            ("*/15 * * * *", at(0, 5, 45)),
            ("44 * * * *", at(0, 6, 44)),
            ("0 0 * * *", at(1, 0, 0)),
            ("30 4 * * *", at(1, 4, 30)),
            ("30 6,18 * * *", at(0, 6, 30)),
            ("10-20/5 7 * * *", at(0, 7, 10)),
            ("0 12 * * 0", at(0, 12, 0)),
            ("0 12 * * 7", at(0, 12, 0)),
            ("0 12 * * 1", at(1, 12, 0)),
            ("0 12 * * 1-5", at(1, 12, 0)),
            ("0 0 1 * *", at(9, 0, 0)),
            ("0 0 1 12 *", at(9, 0, 0)),
            // The 25th or a Monday, whichever comes first.
            ("0 0 25 * 1", at(1, 0, 0)),
            // The 25th, and on any day of the week.
            ("0 0 25 * *", at(3, 0, 0)),
            ("0  0   25 * */1", at(3, 0, 0)),
        ] {
            assert_eq!(next(text, NOW), expected, "{text}");
        }
    }

    #[test]
    fn a_time_is_not_its_own_next_one() {
        let noon = at(0, 12, 0).expect("a time");
        assert_eq!(next("0 12 * * *", noon), at(1, 12, 0));
        assert_eq!(next("0 12 * * *", noon - 1), Some(noon));
    }

    #[test]
    fn leap_days_come_every_four_years_but_in_2100() {
        let leap = |year: u64, days: u64| (year, Some(days * DAY_MS));
        // 2024-02-29, 2028-02-29, 2096-02-29 and 2104-02-29 as days from 1970-01-01.
        for ((_, from), (year, to)) in
            [(leap(2024, 19_782), leap(2028, 21_243)), (leap(2096, 46_080), leap(2104, 49_001))]
        {
            assert_eq!(next("0 0 29 2 *", from.expect("a time")), to, "{year}");
        }
    }

    #[test]
    fn a_day_that_never_comes_has_no_next_time() {
        for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
            assert_eq!(next(text, NOW), None, "{text}");
        }
        assert_eq!(next("* * * * *", u64::MAX), None);
    }

    #[test]
    fn months_and_days_are_those_of_the_calendar() {
        let (mut month, mut day) = (1, 1);
        for number in 0..80_000 {
            assert_eq!(month_and_day(number), (month, day), "{number}");
            let year = 1970 + number / 366;
            day += 1;
            // The calendar's own rule finds the end of the month; years are counted by their first days.
            if month_and_day(number + 1).1 == 1 {
                assert!((28..=31).contains(&(day - 1)), "{year}");
                (month, day) = (month % 12 + 1, 1);
            }
        }
        for (number, expected) in [(59, (3, 1)), (789, (2, 29)), (11_016, (2, 29)), (47_540, (2, 28)), (47_541, (3, 1))]
        {
            assert_eq!(month_and_day(number), expected, "{number}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "* * * *", "* * * * * *", "@daily", "*\t* * * *"] {
            assert_eq!(Cron::parse(text), Err(InvalidCron::Fields), "{text:?}");
        }
        for text in [
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 0 *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "1- * * * *",
            "-1 * * * *",
            "+1 * * * *",
            "1,,2 * * * *",
            ", * * * *",
            "*/0 * * * *",
            "*/ * * * *",
            "5/2 * * * *",
            "1-5/1/1 * * * *",
            "001 * * * *",
            "MON * * * *",
            "** * * * *",
            "* * * JAN *",
        ] {
            assert!(matches!(Cron::parse(text), Err(InvalidCron::Field { .. })), "{text:?}");
        }
        assert_eq!(Cron::parse(&"*".repeat(MAX_CRON + 1)), Err(InvalidCron::TooLong));
    }
}
