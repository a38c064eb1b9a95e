//! Numbers as contracts need them: exact.

use crate::Error;

/// The median: the middle value, or the mean of the two middle ones, rounded down. None of nothing.
///
/// ```
/// assert_eq!(adyton_sdk::number::median(&[30, 10, 20]), Some(20));
/// assert_eq!(adyton_sdk::number::median(&[10, 20, 31, 40]), Some(25));
/// ```
pub fn median(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted[sorted.len() / 2 - 1];
    Some(lower + (upper - lower) / 2)
}

/// A decimal number such as `0.1234` as an integer of units of 10^-`decimals`. `Error::Invalid` if it is
/// none, negative, too large, or has more decimals.
///
/// ```
/// assert_eq!(adyton_sdk::number::parse_decimal("1.5", 6), Ok(1_500_000));
/// ```
pub fn parse_decimal(text: &str, decimals: u32) -> Result<u64, Error> {
    let invalid = || Error::Invalid(format!("'{text}' is not a number with at most {decimals} decimals"));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !digits(whole)
        || !digits(fraction)
        || fraction.len() > decimals as usize
        || text.ends_with('.')
    {
        return Err(invalid());
    }
    let padded = format!("{whole}{fraction:0<width$}", width = decimals as usize);
    padded.parse().map_err(|_| invalid())
}

/// The decimal number of `units` of 10^-`decimals`, without needless zeros.
///
/// ```
/// assert_eq!(adyton_sdk::number::format_decimal(1_500_000, 6), "1.5");
/// ```
pub fn format_decimal(units: u64, decimals: u32) -> String {
    let text = format!("{units:0>width$}", width = decimals as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - decimals as usize);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_nothing_is_none_and_extremes_do_not_overflow() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[u64::MAX, u64::MAX]), Some(u64::MAX));
        assert_eq!(median(&[7]), Some(7));
    }

    #[test]
    fn a_decimal_reads_back_what_it_prints() {
        for (text, units) in [("0", 0), ("0.000001", 1), ("12.34", 12_340_000), ("100", 100_000_000)] {
            assert_eq!(parse_decimal(text, 6), Ok(units));
            assert_eq!(format_decimal(units, 6), text);
        }
        assert_eq!(format_decimal(5, 0), "5");
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1.2345678", "99999999999999999999", "1,5", " 1"] {
            assert!(parse_decimal(text, 6).is_err(), "{text}");
        }
    }
}
