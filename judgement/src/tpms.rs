//! What a TPM signs in a quote, field by field. The verifiers read it strictly.

use serde_json::{Value, json};

/// What a TPM signs in a quote (`TPMS_ATTEST`, big-endian).
pub fn tpms_attest(message: &[u8]) -> Result<Value, String> {
    let mut rest = message.strip_prefix(b"\xffTCG\x80\x18").ok_or("it is not what a TPM signs in a quote")?;
    let mut take = |length: usize| -> Result<&[u8], String> {
        let (taken, after) = rest.split_at_checked(length).ok_or("the quote is truncated")?;
        rest = after;
        Ok(taken)
    };
    let length = big_endian(take(2)?) as usize;
    let signer = hex::encode(take(length)?);
    let length = big_endian(take(2)?) as usize;
    let nonce = hex::encode(take(length)?);
    let (clock, resets, restarts) = (big_endian(take(8)?), big_endian(take(4)?), big_endian(take(4)?));
    let safe = take(1)? == [1];
    let firmware = big_endian(take(8)?);
    let mut selections = Vec::new();
    for _ in 0..big_endian(take(4)?).min(8) {
        let bank = format!("{:#06x}", big_endian(take(2)?));
        let length = big_endian(take(1)?) as usize;
        let bits = little_endian(take(length.min(8))?);
        let registers: Vec<u64> = (0..24).filter(|register| bits >> register & 1 == 1).collect();
        selections.push(json!({ "bank": bank, "registers": registers }));
    }
    let length = big_endian(take(2)?) as usize;
    let digest = hex::encode(take(length)?);
    Ok(json!({
        "nonce": nonce,
        "qualified_signer": signer,
        "clock": { "milliseconds": clock, "resets": resets, "restarts": restarts, "safe": safe },
        "firmware_version": format!("{firmware:#x}"),
        "selections": selections,
        "pcr_digest": digest,
    }))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tpms_quote_is_shown_by_its_fields() {
        let mut quote = b"\xffTCG\x80\x18\x00\x01S\x00\x02\x90\x09".to_vec();
        quote.extend([&[0; 7][..], &[5], &[0, 0, 0, 1], &[0, 0, 0, 2], &[1], &[0; 8], &[0, 0, 0, 1]].concat());
        quote.extend(b"\x00\x0b\x03\x03\x00\x00\x00\x02dd");
        let shown = tpms_attest(&quote).unwrap();
        assert_eq!((&shown["nonce"], &shown["clock"]["milliseconds"]), (&json!("9009"), &json!(5)));
        assert_eq!(shown["selections"], json!([{ "bank": "0x000b", "registers": [0, 1] }]));
        for length in 0..quote.len() {
            assert!(tpms_attest(&quote[..length]).is_err());
        }
    }
}
