//! Writing CBOR, well-formed or not, as each test wants it.

/// The first bytes of an item of type `major` with `argument`, in the shortest form.
pub fn head(major: u8, argument: u64) -> Vec<u8> {
    let first = major << 5;
    match argument {
        0..=23 => vec![first | argument as u8],
        24..=0xff => vec![first | 24, argument as u8],
        0x100..=0xffff => [&[first | 25][..], &(argument as u16).to_be_bytes()].concat(),
        0x1_0000..=0xffff_ffff => [&[first | 26][..], &(argument as u32).to_be_bytes()].concat(),
        _ => [&[first | 27][..], &argument.to_be_bytes()].concat(),
    }
}

pub fn int(value: i64) -> Vec<u8> {
    if value < 0 { head(1, (-1 - value) as u64) } else { head(0, value as u64) }
}

pub fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len() as u64), value.to_vec()].concat()
}

pub fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

pub fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    [head(5, entries.len() as u64), entries_of(entries)].concat()
}

/// A map that does not tell its length beforehand.
pub fn open_map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    [vec![0xbf], entries_of(entries), vec![0xff]].concat()
}

fn entries_of(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).flatten().collect()
}

pub fn tagged(tag: u64, item: &[u8]) -> Vec<u8> {
    [head(6, tag), item.to_vec()].concat()
}

pub const NULL: [u8; 1] = [0xf6];

/// The protected header of a message by `algorithm`.
pub fn protected(algorithm: i64) -> Vec<u8> {
    map(&[(int(1), int(algorithm))])
}

/// What a `COSE_Sign1` signs.
pub fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    array(&[text("Signature1"), bytes(protected), bytes(&[]), bytes(payload)])
}

/// A `COSE_Sign1` without a tag.
pub fn sign1(protected: &[u8], unprotected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    array(&[bytes(protected), unprotected.to_vec(), bytes(payload), bytes(signature)])
}
