//! How one input carries several byte strings: each but the last with its length in front (16 bits, little-endian).

use codec::{DecodeAll, Encode};

/// Cuts one byte string off. A length beyond the input means all of it, so that mutations keep their meaning.
pub fn take<'a>(input: &mut &'a [u8]) -> &'a [u8] {
    let Some((length, rest)) = input.split_first_chunk::<2>() else { return std::mem::take(input) };
    let (part, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
    *input = rest;
    part
}

/// All of them.
pub fn all(mut input: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while !input.is_empty() {
        parts.push(take(&mut input).to_vec());
    }
    parts
}

/// The input that [`all`] cuts into `parts`.
pub fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&u16::try_from(part.len()).expect("seeds are short").to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// What SCALE reads to the last byte, it writes again as the same bytes.
pub fn canonical<T: DecodeAll + Encode>(data: &[u8]) -> Option<T> {
    let value = T::decode_all(&mut &data[..]).ok()?;
    assert_eq!(value.encode(), data, "two encodings of one value");
    Some(value)
}

/// One of `all`, by the first byte, and the bytes after it.
pub fn choose<'a, 'b, T>(all: &'a [T], data: &'b [u8]) -> Option<(&'a T, &'b [u8])> {
    let (choice, rest) = data.split_first()?;
    Some((all.get(usize::from(*choice).checked_rem(all.len())?)?, rest))
}

/// The input of which [`choose`] chooses the one at `place`.
pub fn with_choice(place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut input = vec![place as u8];
    input.extend_from_slice(bytes);
    input
}

/// The inputs of which [`choose`] chooses the place that they have here.
pub fn chosen(inputs: impl Iterator<Item = Vec<u8>>) -> impl Iterator<Item = Vec<u8>> {
    inputs.enumerate().map(|(place, bytes)| with_choice(place, &bytes))
}
