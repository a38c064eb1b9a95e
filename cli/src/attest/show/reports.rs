//! Binary reports, field by field at their fixed offsets, for people. The verifiers read them strictly.

use serde_json::{Value, json};

use super::{object, text};

/// AMD's reports have this length.
pub const SNP_REPORT_BYTES: usize = 1184;

/// A part of bytes; nothing where they end before it.
fn part(bytes: &[u8], offset: usize, length: usize) -> &[u8] {
    bytes.get(offset..).and_then(|rest| rest.get(..length)).unwrap_or_default()
}

fn hex_at(bytes: &[u8], offset: usize, length: usize) -> Value {
    Value::String(hex::encode(part(bytes, offset, length)))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// An attestation report of SEV-SNP (AMD 56860 §7.3).
pub fn snp(report: &[u8]) -> Result<Value, String> {
    if report.len() != SNP_REPORT_BYTES {
        return Err(format!("it has {} bytes, and a report has {SNP_REPORT_BYTES}", report.len()));
    }
    let number = |offset, length| little_endian(part(report, offset, length));
    let version = number(0, 4);
    let key = match number(0x48, 4) >> 2 & 7 {
        0 => "vcek",
        1 => "vlek",
        7 => "none",
        _ => "unknown",
    };
    let cpu = part(report, 0x188, 3);
    Ok(json!({
        "version": version,
        "guest_svn": number(0x04, 4),
        "guest_policy": format!("{:#x}", number(0x08, 8)),
        "debug": number(0x08, 8) >> 19 & 1 == 1,
        "vmpl": number(0x30, 4),
        "platform_info": format!("{:#x}", number(0x40, 8)),
        "signing_key": key,
        "cpu": if version > 2 { json!({ "family": cpu[0], "model": cpu[1], "stepping": cpu[2] }) } else { Value::Null },
        "measurement": hex_at(report, 0x90, 48),
        "report_data": hex_at(report, 0x50, 64),
        "host_data": hex_at(report, 0xc0, 32),
        "family_id": hex_at(report, 0x10, 16),
        "image_id": hex_at(report, 0x20, 16),
        "id_key_digest": hex_at(report, 0xe0, 48),
        "author_key_digest": hex_at(report, 0x110, 48),
        "report_id": hex_at(report, 0x140, 32),
        "chip_id": hex_at(report, 0x1a0, 64),
        "reported_tcb": hex_at(report, 0x180, 8),
        "committed_tcb": hex_at(report, 0x1e0, 8),
        "current_tcb": hex_at(report, 0x38, 8),
        "launch_tcb": hex_at(report, 0x1f0, 8),
    }))
}

/// Fields of a device's opaque data that are text, and the name under which each is shown.
const OPAQUE_TEXT: [(u64, &str); 5] =
    [(3, "driver"), (15, "chip_sku"), (17, "project"), (18, "project_sku"), (35, "chip")];

/// An SPDM 1.1 report of a GPU or switch: request, response, signature (DMTF DSP0274).
pub fn spdm(report: &[u8]) -> Result<Value, String> {
    const REQUEST: usize = 37;
    const BLOCK: usize = 55;
    let count = usize::from(*report.get(REQUEST + 4).ok_or("the report is truncated")?);
    let record_length = little_endian(part(report, REQUEST + 5, 3)) as usize;
    let record = report.get(REQUEST + 8..).and_then(|rest| rest.get(..record_length));
    let record = record.ok_or("the report is truncated")?;
    let measurements = record.chunks(BLOCK).map(|block| hex::encode(part(block, 7, 48)));
    let after = REQUEST + 8 + record_length + 32;
    let opaque = part(report, after + 2, little_endian(part(report, after, 2)) as usize);
    let mut fields = Vec::new();
    let mut rest = opaque;
    while let Some(header) = rest.first_chunk::<4>() {
        let (id, length) = (little_endian(&header[..2]), little_endian(&header[2..]) as usize);
        let Some(value) = rest.get(4..4 + length) else { break };
        rest = &rest[4 + length..];
        let named = OPAQUE_TEXT.iter().find(|(field, _)| *field == id).map(|(_, name)| *name);
        let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
        fields.push(match named {
            Some(name) => (name.to_owned(), text(&value[..end])),
            None => (format!("field {id}"), Value::String(hex::encode(value))),
        });
    }
    Ok(json!({
        "spdm_version": format!("{:#x}", report.first().copied().unwrap_or_default()),
        "nonce": hex_at(report, 4, 32),
        "measurement_count": count,
        "measurements": measurements.collect::<Vec<_>>(),
        "opaque": object(fields),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_amds_is_shown_by_its_fields() {
        let mut report = vec![0; SNP_REPORT_BYTES];
        (report[0], report[0x0a], report[0x48]) = (3, 0x08, 1 << 2);
        report[0x188..0x18b].copy_from_slice(&[0x19, 1, 1]);
        report[0x50..0x90].fill(0xaa);
        let shown = snp(&report).unwrap();
        assert_eq!((&shown["debug"], &shown["signing_key"]), (&json!(true), &json!("vlek")));
        assert_eq!((&shown["cpu"]["family"], &shown["report_data"]), (&json!(0x19), &json!("aa".repeat(64))));
        assert!(snp(&report[1..]).unwrap_err().contains("1183 bytes"));
    }

    #[test]
    fn a_devices_report_is_shown_by_its_fields() {
        let mut report = [&[0x11, 0xe0, 1, 0xff][..], &[7; 32], &[0], &[0x11, 0x60, 0, 0, 1, 55, 0, 0]].concat();
        report.extend([&[1, 1, 51, 0, 1, 48, 0][..], &[9; 48], &[3; 32], &[14, 0]].concat());
        report.extend(*b"\x03\x00\x06\x00590.12\x08\x00\x00\x00");
        let shown = spdm(&report).unwrap();
        assert_eq!((&shown["nonce"], &shown["opaque"]["driver"]), (&json!("07".repeat(32)), &json!("590.12")));
        assert_eq!((&shown["measurements"], &shown["opaque"]["field 8"]), (&json!(["09".repeat(48)]), &json!("")));
        for length in 0..report.len() {
            let _ = spdm(&report[..length]);
        }
    }
}
