//! The one form of time in Intel's JSON documents: `YYYY-MM-DDThh:mm:ssZ` (ISO 8601, UTC).

/// Unix seconds of `text`; `None` if it has any other form or is before 1970.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1, b'Z'] = *bytes else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0u16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0')))
    };
    let small = |tens, ones| number(&[tens, ones]).map(|value| value as u8);
    let date_time = der::DateTime::new(
        number(&[y0, y1, y2, y3])?,
        small(m0, m1)?,
        small(d0, d1)?,
        small(h0, h1)?,
        small(n0, n1)?,
        small(s0, s1)?,
    );
    Some(date_time.ok()?.unix_duration().as_secs())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_time_is_read_to_the_second() {
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("2026-10-08T00:09:46Z"), Some(1_791_418_186));
        assert_eq!(parse("2024-02-29T23:59:59Z"), Some(1_709_251_199));
    }

    #[test]
    fn any_other_form_of_time_is_refused() {
        for text in [
            "",
            "2026-10-08",
            "2026-10-08T00:09:46",
            "2026-10-08T00:09:46z",
            "2026-10-08 00:09:46Z",
            "2026-10-08T00:09:46+00:00",
            "2026-10-08T00:09:46.0Z",
            "2026-13-08T00:09:46Z",
            "2026-02-29T00:09:46Z",
            "+026-10-08T00:09:46Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
