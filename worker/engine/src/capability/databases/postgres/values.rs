//! Values of PostgreSQL as the interface has them. Texts both ways, in the form that the session asked for when it began.

use super::super::{
    bindings::spin::postgres::postgres::{DbDataType, DbValue, ParameterValue},
    failure::Failure,
};

/// Identifiers of types (PostgreSQL's `pg_type.dat`).
mod types {
    pub(super) const BOOL: u32 = 16;
    pub(super) const BYTEA: u32 = 17;
    pub(super) const INT8: u32 = 20;
    pub(super) const INT2: u32 = 21;
    pub(super) const INT4: u32 = 23;
    pub(super) const TEXT: u32 = 25;
    pub(super) const FLOAT4: u32 = 700;
    pub(super) const FLOAT8: u32 = 701;
    /// One that the server finds out from where the parameter stands.
    pub(super) const UNKNOWN: u32 = 0;
    pub(super) const BPCHAR: u32 = 1042;
    pub(super) const VARCHAR: u32 = 1043;
    pub(super) const DATE: u32 = 1082;
    pub(super) const TIME: u32 = 1083;
    pub(super) const TIMESTAMP: u32 = 1114;
    pub(super) const TIMESTAMPTZ: u32 = 1184;
}

/// Seconds from 1970 to 2000, from which PostgreSQL counts.
const SECONDS_TO_2000: i64 = 946_684_800;
/// What a value counts besides its bytes where the contract passes it.
const VALUE: usize = 32;

/// A parameter as it is sent.
pub(super) struct Written {
    pub(super) data_type: u32,
    /// 0 for text, 1 for bytes.
    pub(super) format: i16,
    /// None: null.
    pub(super) value: Option<Vec<u8>>,
}

/// The bytes that a contract pays for its parameters.
pub(super) fn size(parameters: &[ParameterValue]) -> usize {
    let bytes = |parameter: &ParameterValue| match parameter {
        ParameterValue::Str(text) => text.len(),
        ParameterValue::Binary(bytes) => bytes.len(),
        _small => 0,
    };
    parameters.iter().map(|parameter| VALUE + bytes(parameter)).sum()
}

/// A parameter for the wire. Texts, days and times have no type of their own: the server reads them as what it needs.
pub(super) fn write(parameter: &ParameterValue) -> Result<Written, Failure> {
    let text = |data_type, text: String| Written { data_type, format: 0, value: Some(text.into_bytes()) };
    Ok(match parameter {
        ParameterValue::Boolean(value) => text(types::BOOL, value.to_string()),
        // There is no smaller number than one of two bytes.
        ParameterValue::Int8(value) => text(types::INT2, value.to_string()),
        ParameterValue::Int16(value) => text(types::INT2, value.to_string()),
        ParameterValue::Int32(value) => text(types::INT4, value.to_string()),
        ParameterValue::Int64(value) => text(types::INT8, value.to_string()),
        ParameterValue::Floating32(value) => text(types::FLOAT4, value.to_string()),
        ParameterValue::Floating64(value) => text(types::FLOAT8, value.to_string()),
        ParameterValue::Str(value) => text(types::UNKNOWN, value.clone()),
        ParameterValue::Binary(value) => Written { data_type: types::BYTEA, format: 1, value: Some(value.clone()) },
        ParameterValue::Date((year, month, day)) => text(types::UNKNOWN, date((*year, *month, *day), "")),
        ParameterValue::Time((hour, minute, second, nanosecond)) => {
            text(types::UNKNOWN, time((*hour, *minute, *second, *nanosecond)))
        }
        ParameterValue::Datetime((year, month, day, hour, minute, second, nanosecond)) => {
            let time = time((*hour, *minute, *second, *nanosecond));
            text(types::UNKNOWN, date((*year, *month, *day), &format!(" {time}")))
        }
        ParameterValue::Timestamp(seconds) => {
            let since = seconds.checked_sub(SECONDS_TO_2000).and_then(|seconds| seconds.checked_mul(1_000_000));
            let since = since.ok_or_else(|| Failure::Parameter("a moment lies beyond what there is".into()))?;
            Written { data_type: types::TIMESTAMPTZ, format: 1, value: Some(since.to_be_bytes().to_vec()) }
        }
        ParameterValue::DbNull => Written { data_type: types::UNKNOWN, format: 0, value: None },
    })
}

/// A day of ISO 8601 with what follows it; the year before 1 is 1 BC.
fn date((year, month, day): (i32, u8, u8), then: &str) -> String {
    match i64::from(year) {
        year @ 1.. => format!("{year:04}-{month:02}-{day:02}{then}"),
        year => format!("{:04}-{month:02}-{day:02}{then} BC", 1 - year),
    }
}

fn time((hour, minute, second, nanosecond): (u8, u8, u8, u32)) -> String {
    format!("{hour:02}:{minute:02}:{second:02}.{nanosecond:09}")
}

/// What the interface calls a type.
pub(super) fn data_type(identifier: u32) -> DbDataType {
    match identifier {
        types::BOOL => DbDataType::Boolean,
        types::BYTEA => DbDataType::Binary,
        types::INT2 => DbDataType::Int16,
        types::INT4 => DbDataType::Int32,
        types::INT8 => DbDataType::Int64,
        types::FLOAT4 => DbDataType::Floating32,
        types::FLOAT8 => DbDataType::Floating64,
        types::TEXT | types::BPCHAR | types::VARCHAR => DbDataType::Str,
        types::DATE => DbDataType::Date,
        types::TIME => DbDataType::Time,
        types::TIMESTAMP | types::TIMESTAMPTZ => DbDataType::Datetime,
        _other => DbDataType::Other,
    }
}

/// A value of the type that the server named.
pub(super) fn read(identifier: u32, value: Option<&[u8]>) -> Result<DbValue, Failure> {
    let Some(bytes) = value else { return Ok(DbValue::DbNull) };
    let data_type = data_type(identifier);
    if matches!(data_type, DbDataType::Other) {
        return Ok(DbValue::Unsupported);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let value = match data_type {
        DbDataType::Boolean => match text {
            "t" => Some(DbValue::Boolean(true)),
            "f" => Some(DbValue::Boolean(false)),
            _other => None,
        },
        DbDataType::Int8 => text.parse().ok().map(DbValue::Int8),
        DbDataType::Int16 => text.parse().ok().map(DbValue::Int16),
        DbDataType::Int32 => text.parse().ok().map(DbValue::Int32),
        DbDataType::Int64 => text.parse().ok().map(DbValue::Int64),
        DbDataType::Floating32 => text.parse().ok().map(DbValue::Floating32),
        DbDataType::Floating64 => text.parse().ok().map(DbValue::Floating64),
        DbDataType::Str => Some(DbValue::Str(text.to_owned())),
        DbDataType::Binary => hexadecimal(text).map(DbValue::Binary),
        DbDataType::Date => read_date(text).map(DbValue::Date),
        DbDataType::Time => read_time(text).map(DbValue::Time),
        DbDataType::Datetime | DbDataType::Timestamp => {
            read_moment(text, identifier == types::TIMESTAMPTZ).map(DbValue::Datetime)
        }
        DbDataType::Other => Some(DbValue::Unsupported),
    };
    value.ok_or_else(unreadable)
}

fn unreadable() -> Failure {
    Failure::Value("a value is not in the form that its type has in this session".into())
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _odd => None,
    });
    pairs.collect()
}

/// `2024-02-29`, and `0044-03-15 BC`.
fn read_date(text: &str) -> Option<(i32, u8, u8)> {
    let (text, before) = match text.strip_suffix(" BC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year: i32 = year.parse().ok()?;
    Some((if before { 1_i32.checked_sub(year)? } else { year }, month.parse().ok()?, day.parse().ok()?))
}

/// `12:34:56` and `12:34:56.789`.
fn read_time(text: &str) -> Option<(u8, u8, u8, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = fraction.bytes().all(|digit| digit.is_ascii_digit()) && (1..=9).contains(&fraction.len());
    if parts.next().is_some() || !digits {
        return None;
    }
    let nanosecond = format!("{fraction:0<9}").parse().ok()?;
    Some((hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, nanosecond))
}

/// A day, a space and a time; with a time zone, that of UTC alone.
fn read_moment(text: &str, zone: bool) -> Option<(i32, u8, u8, u8, u8, u8, u32)> {
    let (text, before) = match text.strip_suffix(" BC") {
        Some(text) => (text, " BC"),
        None => (text, ""),
    };
    let (day, time) = text.split_once(' ')?;
    let time = if zone { time.strip_suffix("+00")? } else { time };
    let (year, month, day) = read_date(&format!("{day}{before}"))?;
    let (hour, minute, second, nanosecond) = read_time(time)?;
    Some((year, month, day, hour, minute, second, nanosecond))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(identifier: u32, text: &str) -> DbValue {
        read(identifier, Some(text.as_bytes())).unwrap_or_else(|failure| panic!("{text}: {failure}"))
    }

    #[test]
    fn values_are_read_as_the_session_says_them() {
        assert!(matches!(value(types::BOOL, "t"), DbValue::Boolean(true)));
        assert!(matches!(value(types::INT8, "-9223372036854775808"), DbValue::Int64(i64::MIN)));
        assert!(matches!(value(types::FLOAT8, "Infinity"), DbValue::Floating64(f64::INFINITY)));
        assert!(matches!(value(types::FLOAT4, "1.5e-07"), DbValue::Floating32(number) if number == 1.5e-7));
        assert!(matches!(value(types::BYTEA, "\\x00ff"), DbValue::Binary(bytes) if bytes == [0, 255]));
        assert!(matches!(value(types::DATE, "2024-02-29"), DbValue::Date((2024, 2, 29))));
        assert!(matches!(value(types::DATE, "0044-03-15 BC"), DbValue::Date((-43, 3, 15))));
        assert!(matches!(value(types::TIME, "12:34:56.789"), DbValue::Time((12, 34, 56, 789_000_000))));
        let moment = (12_345, 1, 2, 3, 4, 5, 600_000_000);
        assert!(matches!(value(types::TIMESTAMP, "12345-01-02 03:04:05.6"), DbValue::Datetime(read) if read == moment));
        let moment = (0, 1, 2, 3, 4, 5, 0);
        assert!(
            matches!(value(types::TIMESTAMPTZ, "0001-01-02 03:04:05+00 BC"), DbValue::Datetime(read) if read == moment)
        );
        assert!(matches!(value(2950, "what a uuid looks like"), DbValue::Unsupported));
        assert!(matches!(read(types::INT4, None), Ok(DbValue::DbNull)));
    }

    #[test]
    fn values_in_another_form_are_refused_and_not_guessed() {
        for (identifier, text) in [
            (types::BOOL, "true"),
            (types::INT2, "40000"),
            (types::BYTEA, "\\000"),
            (types::BYTEA, "\\x0"),
            (types::BYTEA, "\\xzz"),
            (types::DATE, "02/29/2024"),
            (types::DATE, "infinity"),
            (types::DATE, "2024-02-29-01"),
            (types::TIME, "12:34"),
            (types::TIME, "12:34:56.1234567890"),
            (types::TIMESTAMPTZ, "2024-02-29 12:34:56+01"),
            (types::TIMESTAMP, "2024-02-29"),
        ] {
            assert!(matches!(read(identifier, Some(text.as_bytes())), Err(Failure::Value(_))), "{text}");
        }
        assert!(matches!(read(types::TEXT, Some(&[0xff])), Err(Failure::Value(_))));
    }

    #[test]
    fn parameters_are_written_as_the_server_reads_them() {
        let text = |parameter| {
            let written = write(&parameter).expect("it can be written");
            (written.data_type, String::from_utf8(written.value.expect("not null")).expect("text"))
        };
        assert_eq!(text(ParameterValue::Int8(-1)), (types::INT2, "-1".into()));
        assert_eq!(text(ParameterValue::Floating64(f64::NEG_INFINITY)), (types::FLOAT8, "-inf".into()));
        assert_eq!(text(ParameterValue::Date((-43, 3, 15))), (0, "0044-03-15 BC".into()));
        let moment = ParameterValue::Datetime((2024, 2, 29, 1, 2, 3, 4));
        assert_eq!(text(moment), (0, "2024-02-29 01:02:03.000000004".into()));
        let written = write(&ParameterValue::Timestamp(SECONDS_TO_2000 + 1)).expect("it can be written");
        assert_eq!((written.format, written.value), (1, Some(1_000_000_i64.to_be_bytes().to_vec())));
        assert!(matches!(write(&ParameterValue::Timestamp(i64::MAX)), Err(Failure::Parameter(_))));
        assert!(write(&ParameterValue::DbNull).expect("it can be written").value.is_none());
    }
}
