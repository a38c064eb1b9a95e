//! Statements of MySQL: prepared, run once with their parameters, and forgotten by the server.

use super::{
    super::{
        bindings::fermyon::spin::rdbms_types::{Column, DbValue, ParameterValue, RowSet},
        failure::Failure,
        reader::Reader,
    },
    packet::{Sequence, bytes, is_end, number, refusal},
    session::Mysql,
    values::{self, Kind},
};

const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const CLOSE: u8 = 0x19;

/// What the server made of a statement.
struct Prepared {
    number: [u8; 4],
    parameters: u16,
}

impl Mysql {
    /// The rows of a statement, and how many values they have.
    pub(super) async fn query(
        &mut self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<(RowSet, usize), Failure> {
        let rows = self.run(statement, parameters, true).await?;
        let values = rows.rows.iter().map(Vec::len).sum();
        Ok((rows, values))
    }

    /// Runs a statement, and keeps nothing of what it gives.
    pub(super) async fn execute(
        &mut self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<((), usize), Failure> {
        self.run(statement, parameters, false).await?;
        Ok(((), 0))
    }

    async fn run(&mut self, statement: &str, parameters: &[ParameterValue], keep: bool) -> Result<RowSet, Failure> {
        let prepared = self.prepare(statement).await?;
        let result = if usize::from(prepared.parameters) == parameters.len() {
            self.run_prepared(&prepared, parameters, keep).await
        } else {
            let text = format!("the statement takes {} parameters, not {}", prepared.parameters, parameters.len());
            Err(Failure::Parameter(text))
        };
        if !result.as_ref().is_err_and(Failure::breaks) {
            // To this the server says nothing.
            let close = [&[CLOSE][..], &prepared.number].concat();
            Sequence::default().send(&mut self.wire, &close).await?;
        }
        result
    }

    async fn prepare(&mut self, statement: &str) -> Result<Prepared, Failure> {
        let mut sequence = Sequence::default();
        sequence.send(&mut self.wire, &[&[PREPARE][..], statement.as_bytes()].concat()).await?;
        let packet = sequence.take(&mut self.wire).await?;
        let mut reader = Reader::new(&packet);
        match reader.byte()? {
            0 => {}
            0xff => return Err(refusal(&packet)),
            _other => return Err(Failure::Nonsense("no answer to a statement")),
        }
        let number = reader.array()?;
        let (columns, parameters) = (u16::from_le_bytes(reader.array()?), u16::from_le_bytes(reader.array()?));
        for definitions in [parameters, columns] {
            for _ in 0..definitions {
                sequence.take(&mut self.wire).await?;
            }
            if definitions > 0 && !is_end(&sequence.take(&mut self.wire).await?) {
                return Err(Failure::Nonsense("a list has no end"));
            }
        }
        Ok(Prepared { number, parameters })
    }

    async fn run_prepared(
        &mut self,
        prepared: &Prepared,
        parameters: &[ParameterValue],
        keep: bool,
    ) -> Result<RowSet, Failure> {
        let mut out = [&[EXECUTE][..], &prepared.number, &[0, 1, 0, 0, 0]].concat();
        values::write(&mut out, parameters);
        let mut sequence = Sequence::default();
        sequence.send(&mut self.wire, &out).await?;
        let packet = sequence.take(&mut self.wire).await?;
        let mut rows = RowSet { columns: Vec::new(), rows: Vec::new() };
        let count = match packet.first() {
            Some(0) => return Ok(rows),
            Some(0xff) => return Err(refusal(&packet)),
            Some(0xfb) => return Err(Failure::Nonsense("it asks for a file")),
            Some(_) | None => number(&mut Reader::new(&packet))?,
        };
        let mut kinds = Vec::new();
        for _ in 0..count {
            let packet = sequence.take(&mut self.wire).await?;
            let (column, kind) = self.column(&packet)?;
            rows.columns.push(column);
            kinds.push(kind);
        }
        if !is_end(&sequence.take(&mut self.wire).await?) {
            return Err(Failure::Nonsense("a list has no end"));
        }
        let mut failed = None;
        loop {
            let packet = sequence.take(&mut self.wire).await?;
            match packet.first() {
                Some(0xff) => return Err(refusal(&packet)),
                Some(0xfe) if is_end(&packet) => return failed.map_or(Ok(rows), Err),
                Some(0) if keep && failed.is_none() => match self.row(&packet, &kinds)? {
                    Ok(row) => rows.rows.push(row),
                    Err(failure) => failed = Some(failure),
                },
                Some(0) => {}
                Some(_) | None => return Err(Failure::Nonsense("no row")),
            }
        }
    }

    fn column(&mut self, packet: &[u8]) -> Result<(Column, Kind), Failure> {
        let mut reader = Reader::new(packet);
        // Catalogue, schema, table and the table's own name.
        for _ in 0..4 {
            bytes(&mut reader)?;
        }
        let name = String::from_utf8_lossy(bytes(&mut reader)?).into_owned();
        let _own_name = bytes(&mut reader)?;
        let _length_of_the_rest = number(&mut reader)?;
        let characters = u16::from_le_bytes(reader.array()?);
        let _longest = reader.array::<4>()?;
        let (data_type, flags) = (reader.byte()?, u16::from_le_bytes(reader.array()?));
        self.wire.hold(name.len())?;
        let kind = Kind::of(data_type, flags, characters);
        Ok((Column { name, data_type: kind.data_type() }, kind))
    }

    /// The values of a row; the outer error is the connection's end.
    fn row(&mut self, packet: &[u8], kinds: &[Kind]) -> Result<Result<Vec<DbValue>, Failure>, Failure> {
        let mut reader = Reader::new(packet);
        reader.byte()?;
        // The first two bits of the map are no column's.
        let nulls = reader.bytes((kinds.len() + 9) / 8)?;
        self.wire.hold(0)?;
        let mut row = Vec::new();
        for (column, kind) in kinds.iter().enumerate() {
            let (byte, bit) = ((column + 2) / 8, (column + 2) % 8);
            if nulls[byte] >> bit & 1 == 1 {
                self.wire.hold(0)?;
                row.push(DbValue::DbNull);
                continue;
            }
            let value = kind.bytes(&mut reader)?;
            self.wire.hold(value.len())?;
            match kind.read(value) {
                Ok(value) => row.push(value),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        if reader.is_empty() { Ok(Ok(row)) } else { Err(Failure::Nonsense("a row is longer than its values")) }
    }
}
