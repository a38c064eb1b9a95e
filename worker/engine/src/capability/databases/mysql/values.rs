//! Values of MySQL as the interface has them, in the protocol's binary form.

use super::{
    super::{
        bindings::fermyon::spin::rdbms_types::{DbDataType, DbValue, ParameterValue},
        failure::Failure,
        reader::Reader,
    },
    packet::{bytes, put_bytes},
};

/// Numbers of types ("Column Type").
mod types {
    pub(super) const TINY: u8 = 1;
    pub(super) const SHORT: u8 = 2;
    pub(super) const LONG: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const DOUBLE: u8 = 5;
    pub(super) const NULL: u8 = 6;
    pub(super) const TIMESTAMP: u8 = 7;
    pub(super) const LONG_LONG: u8 = 8;
    pub(super) const INT24: u8 = 9;
    pub(super) const DATE: u8 = 10;
    pub(super) const TIME: u8 = 11;
    pub(super) const DATETIME: u8 = 12;
    pub(super) const YEAR: u8 = 13;
    pub(super) const VARCHAR: u8 = 15;
    pub(super) const BLOBS: std::ops::RangeInclusive<u8> = 249..=252;
    pub(super) const BLOB: u8 = 252;
    pub(super) const VAR_STRING: u8 = 253;
    pub(super) const STRING: u8 = 254;
}

/// The flag of columns without a sign, and what says so of a parameter.
const UNSIGNED: u16 = 0x20;
const UNSIGNED_PARAMETER: u8 = 0x80;
/// The set of characters that is none: bytes.
const NO_CHARACTERS: u16 = 63;
/// What a value counts besides its bytes where the contract passes it.
const VALUE: usize = 32;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    data_type: u8,
    signed: bool,
    characters: bool,
}

impl Kind {
    pub(super) fn of(data_type: u8, flags: u16, characters: u16) -> Self {
        Self { data_type, signed: flags & UNSIGNED == 0, characters: characters != NO_CHARACTERS }
    }

    /// What the interface calls it.
    pub(super) fn data_type(self) -> DbDataType {
        match (self.data_type, self.signed) {
            (types::TINY, true) => DbDataType::Int8,
            (types::TINY, false) => DbDataType::Uint8,
            (types::SHORT, true) => DbDataType::Int16,
            (types::SHORT, false) => DbDataType::Uint16,
            (types::LONG | types::INT24, true) => DbDataType::Int32,
            (types::LONG | types::INT24, false) => DbDataType::Uint32,
            (types::LONG_LONG, true) => DbDataType::Int64,
            (types::LONG_LONG, false) => DbDataType::Uint64,
            (types::FLOAT, _) => DbDataType::Floating32,
            (types::DOUBLE, _) => DbDataType::Floating64,
            (text, _) if is_text(text) && self.characters => DbDataType::Str,
            (text, _) if is_text(text) => DbDataType::Binary,
            (_, _) => DbDataType::Other,
        }
    }

    /// The bytes of the next value of this kind.
    pub(super) fn bytes<'a>(self, reader: &mut Reader<'a>) -> Result<&'a [u8], Failure> {
        match self.data_type {
            types::TINY => reader.bytes(1),
            types::SHORT | types::YEAR => reader.bytes(2),
            types::LONG | types::INT24 | types::FLOAT => reader.bytes(4),
            types::LONG_LONG | types::DOUBLE => reader.bytes(8),
            types::NULL => reader.bytes(0),
            types::DATE | types::TIME | types::DATETIME | types::TIMESTAMP => {
                let length = reader.byte()?;
                reader.bytes(length.into())
            }
            _other => bytes(reader),
        }
    }

    /// The value in these bytes, which [`Kind::bytes`] gave.
    pub(super) fn read(self, value: &[u8]) -> Result<DbValue, Failure> {
        let mut reader = Reader::new(value);
        Ok(match self.data_type() {
            DbDataType::Int8 => DbValue::Int8(i8::from_le_bytes(reader.array()?)),
            DbDataType::Uint8 => DbValue::Uint8(reader.byte()?),
            DbDataType::Int16 => DbValue::Int16(i16::from_le_bytes(reader.array()?)),
            DbDataType::Uint16 => DbValue::Uint16(u16::from_le_bytes(reader.array()?)),
            DbDataType::Int32 => DbValue::Int32(i32::from_le_bytes(reader.array()?)),
            DbDataType::Uint32 => DbValue::Uint32(u32::from_le_bytes(reader.array()?)),
            DbDataType::Int64 => DbValue::Int64(i64::from_le_bytes(reader.array()?)),
            DbDataType::Uint64 => DbValue::Uint64(u64::from_le_bytes(reader.array()?)),
            DbDataType::Floating32 => DbValue::Floating32(f32::from_le_bytes(reader.array()?)),
            DbDataType::Floating64 => DbValue::Floating64(f64::from_le_bytes(reader.array()?)),
            DbDataType::Str => match std::str::from_utf8(value) {
                Ok(text) => DbValue::Str(text.to_owned()),
                Err(_) => return Err(Failure::Value("a text is not UTF-8".into())),
            },
            DbDataType::Binary => DbValue::Binary(value.to_vec()),
            // No column is a truth value: those are small numbers.
            DbDataType::Boolean | DbDataType::Other => DbValue::Unsupported,
        })
    }
}

fn is_text(data_type: u8) -> bool {
    matches!(data_type, types::VARCHAR | types::VAR_STRING | types::STRING) || types::BLOBS.contains(&data_type)
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

/// Adds the parameters of a statement: which are null, their types, their values.
pub(super) fn write(out: &mut Vec<u8>, parameters: &[ParameterValue]) {
    if parameters.is_empty() {
        return;
    }
    let mut nulls = vec![0_u8; parameters.len().div_ceil(8)];
    for (index, _) in parameters.iter().enumerate().filter(|(_, one)| matches!(one, ParameterValue::DbNull)) {
        nulls[index / 8] |= 1 << (index % 8);
    }
    out.extend_from_slice(&nulls);
    // Types follow.
    out.push(1);
    out.extend(parameters.iter().flat_map(type_of));
    for parameter in parameters {
        match parameter {
            ParameterValue::Boolean(value) => out.push(u8::from(*value)),
            ParameterValue::Int8(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Int16(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Int32(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Int64(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Uint8(value) => out.push(*value),
            ParameterValue::Uint16(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Uint32(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Uint64(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Floating32(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Floating64(value) => out.extend_from_slice(&value.to_le_bytes()),
            ParameterValue::Str(value) => put_bytes(out, value.as_bytes()),
            ParameterValue::Binary(value) => put_bytes(out, value),
            ParameterValue::DbNull => {}
        }
    }
}

fn type_of(parameter: &ParameterValue) -> [u8; 2] {
    match parameter {
        ParameterValue::Boolean(_) | ParameterValue::Int8(_) => [types::TINY, 0],
        ParameterValue::Int16(_) => [types::SHORT, 0],
        ParameterValue::Int32(_) => [types::LONG, 0],
        ParameterValue::Int64(_) => [types::LONG_LONG, 0],
        ParameterValue::Uint8(_) => [types::TINY, UNSIGNED_PARAMETER],
        ParameterValue::Uint16(_) => [types::SHORT, UNSIGNED_PARAMETER],
        ParameterValue::Uint32(_) => [types::LONG, UNSIGNED_PARAMETER],
        ParameterValue::Uint64(_) => [types::LONG_LONG, UNSIGNED_PARAMETER],
        ParameterValue::Floating32(_) => [types::FLOAT, 0],
        ParameterValue::Floating64(_) => [types::DOUBLE, 0],
        ParameterValue::Str(_) => [types::VAR_STRING, 0],
        ParameterValue::Binary(_) => [types::BLOB, 0],
        ParameterValue::DbNull => [types::NULL, 0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, packet: &[u8]) -> Result<DbValue, Failure> {
        let mut reader = Reader::new(packet);
        let value = kind.bytes(&mut reader)?;
        assert!(reader.is_empty());
        kind.read(value)
    }

    #[test]
    fn values_are_read_by_type_sign_and_characters() {
        let signed = |data_type| Kind::of(data_type, 0, NO_CHARACTERS);
        assert!(matches!(read(signed(types::TINY), &[255]), Ok(DbValue::Int8(-1))));
        assert!(matches!(read(Kind::of(types::TINY, UNSIGNED, 63), &[255]), Ok(DbValue::Uint8(255))));
        assert!(matches!(read(signed(types::INT24), &[254, 255, 255, 255]), Ok(DbValue::Int32(-2))));
        let largest = read(Kind::of(types::LONG_LONG, UNSIGNED, 63), &[255; 8]);
        assert!(matches!(largest, Ok(DbValue::Uint64(u64::MAX))));
        assert!(matches!(read(signed(types::BLOB), b"\x02ab"), Ok(DbValue::Binary(bytes)) if bytes == b"ab"));
        let text = Kind::of(types::BLOB, 0, 45);
        assert!(matches!(read(text, b"\x02ab"), Ok(DbValue::Str(text)) if text == "ab"));
        assert!(matches!(read(text, b"\x01\xff"), Err(Failure::Value(_))));
        assert!(matches!(read(signed(types::DATETIME), &[4, 232, 7, 2, 29]), Ok(DbValue::Unsupported)));
        assert!(matches!(read(signed(246), b"\x041.50"), Ok(DbValue::Unsupported)), "a decimal number");
    }

    #[test]
    fn a_value_that_is_cut_short_is_refused() {
        for data_type in [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 15, 246, 252, 253, 254] {
            assert!(Kind::of(data_type, 0, 45).bytes(&mut Reader::new(&[])).is_err(), "{data_type}");
        }
    }

    #[test]
    fn parameters_are_nulls_types_and_values() {
        let mut out = Vec::new();
        let parameters = [ParameterValue::DbNull, ParameterValue::Uint16(513), ParameterValue::Str("ab".into())];
        write(&mut out, &parameters);
        assert_eq!(out, [1, 1, types::NULL, 0, types::SHORT, 0x80, types::VAR_STRING, 0, 1, 2, 2, b'a', b'b']);
        out.clear();
        write(&mut out, &[]);
        assert!(out.is_empty());
    }
}
