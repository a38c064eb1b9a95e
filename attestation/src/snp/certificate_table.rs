//! The table of certificates that a host puts beside an SNP report.
//! Source: SEV-ES Guest-Hypervisor Communication Block Standardization, section "SNP Extended Guest Request".
//!
//! The table begins with entries of `16 bytes GUID ‖ u32 offset ‖ u32 length` (little-endian) and ends them with
//! one of zeros. Hosts are seen with a GUID in the order in which it is written and in the mixed order of UEFI;
//! both are read, and certificates as DER or, which hosts hand out that were given it, PEM.

use alloc::vec::Vec;

use super::SnpKey;
use crate::pem;

/// The longest table: Linux gives room for four pages.
pub const MAX_TABLE_BYTES: usize = 16 * 1024;
const MAX_ENTRIES: usize = 16;
const ENTRY: usize = 24;

/// The certificates of chains: of the key of the chip (VCEK) and of the cloud (VLEK), of the key that signed it (ASK, or
/// ASVK for a VLEK), and of the root (ARK).
const CHAIN: [[u8; 16]; 4] = [
    [0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd],
    [0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1],
    [0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82],
    [0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae],
];

/// The certificates (DER) in a table; what it has beside them (revocation lists, entries of hosts' own) is left out.
#[derive(Debug, Default)]
pub struct Certificates {
    vcek: Option<Vec<u8>>,
    vlek: Option<Vec<u8>>,
    ask: Option<Vec<u8>>,
    ark: Option<Vec<u8>>,
}

impl Certificates {
    /// Those that make a chain of the key that signed a report, leaf first. Without its own certificate there is no
    /// chain: the others are about every machine of the line.
    pub fn chain_of(self, key: Option<SnpKey>) -> Vec<Vec<u8>> {
        let leaf = match key {
            Some(SnpKey::Vcek) => self.vcek,
            Some(SnpKey::Vlek) => self.vlek,
            None => None,
        };
        leaf.map_or_else(Vec::new, |leaf| [Some(leaf), self.ask, self.ark].into_iter().flatten().collect())
    }

    /// All of them.
    pub fn all(self) -> impl Iterator<Item = Vec<u8>> {
        [self.vcek, self.vlek, self.ask, self.ark].into_iter().flatten()
    }
}

/// What is in a table; an empty one has none. `None` if the table is malformed.
pub fn certificates(table: &[u8]) -> Option<Certificates> {
    let mut found: [Option<Vec<u8>>; 4] = Default::default();
    if table.len() > MAX_TABLE_BYTES {
        return None;
    }
    if table.iter().all(|byte| *byte == 0) {
        return Some(Certificates::default());
    }
    for index in 0..MAX_ENTRIES {
        let entry = table.get(index * ENTRY..(index + 1) * ENTRY)?;
        if entry.iter().all(|byte| *byte == 0) {
            let [vcek, vlek, ask, ark] = found;
            return Some(Certificates { vcek, vlek, ask, ark });
        }
        let (guid, place) = entry.split_first_chunk::<16>()?;
        let offset = usize::try_from(u32::from_le_bytes(*place.first_chunk()?)).ok()?;
        let length = usize::try_from(u32::from_le_bytes(*place.last_chunk()?)).ok()?;
        let content = table.get(offset..offset.checked_add(length)?)?;
        let slot = CHAIN.iter().zip(&mut found).find(|(known, _)| *known == guid || mixed(known) == *guid);
        if let Some((_, slot)) = slot
            && slot.replace(der(content)?).is_some()
        {
            return None;
        }
    }
    None
}

/// A certificate's DER, of which nothing is checked here.
fn der(content: &[u8]) -> Option<Vec<u8>> {
    if !content.starts_with(b"-----BEGIN") {
        return Some(content.to_vec());
    }
    match pem::certificates(content)?.as_mut_slice() {
        [only] => Some(core::mem::take(only)),
        _ => None,
    }
}

/// A GUID's bytes in the order of UEFI: the first three fields are little-endian.
fn mixed(guid: &[u8; 16]) -> [u8; 16] {
    let mut out = *guid;
    out[..4].reverse();
    out[4..6].reverse();
    out[6..8].reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn table(entries: &[([u8; 16], &[u8])]) -> Vec<u8> {
        let mut head = Vec::new();
        let mut contents = Vec::new();
        let start = (entries.len() + 1) * ENTRY;
        for (guid, content) in entries {
            head.extend_from_slice(guid);
            head.extend_from_slice(&((start + contents.len()) as u32).to_le_bytes());
            head.extend_from_slice(&(content.len() as u32).to_le_bytes());
            contents.extend_from_slice(content);
        }
        head.extend_from_slice(&[0; ENTRY]);
        head.extend_from_slice(&contents);
        head
    }

    #[test]
    fn the_chain_comes_leaf_first_whatever_the_tables_order() {
        let table = table(&[(CHAIN[3], b"ark"), (CHAIN[0], b"vcek"), ([7; 16], b"other"), (CHAIN[2], b"ask")]);
        let chain = certificates(&table).unwrap().chain_of(Some(SnpKey::Vcek));
        assert_eq!(chain, [&b"vcek"[..], b"ask", b"ark"]);
    }

    #[test]
    fn a_chain_is_that_of_the_key_that_signed_or_none() {
        let chain = |entries: &[_], key| certificates(&table(entries)).unwrap().chain_of(key);
        let both = [(CHAIN[0], &b"vcek"[..]), (CHAIN[1], b"vlek"), (CHAIN[2], b"ask")];
        assert_eq!(chain(&both, Some(SnpKey::Vlek)), [&b"vlek"[..], b"ask"]);
        assert_eq!(chain(&both, Some(SnpKey::Vcek)), [&b"vcek"[..], b"ask"]);
        assert!(chain(&both, None).is_empty());
        assert!(chain(&both[1..], Some(SnpKey::Vcek)).is_empty(), "another key's is not this one's");
        assert!(chain(&both[2..], Some(SnpKey::Vcek)).is_empty(), "an authority's is not a key's");
    }

    #[test]
    fn all_certificates_of_a_table_are_those_of_chains() {
        let table = table(&[(CHAIN[3], b"ark"), (CHAIN[1], b"vlek"), ([7; 16], b"other")]);
        assert!(certificates(&table).unwrap().all().eq([b"vlek".to_vec(), b"ark".to_vec()]));
    }

    #[test]
    fn a_certificate_in_pem_is_the_same_certificate() {
        let chain =
            |content: &[u8]| certificates(&table(&[(CHAIN[0], content)])).map(|found| found.all().collect::<Vec<_>>());
        let text = pem::encode(&[0x30, 0]);
        assert_eq!(chain(text.as_bytes()), Some(vec![vec![0x30, 0]]));
        assert_eq!(chain(text.replace('\n', "\r\n").as_bytes()), Some(vec![vec![0x30, 0]]));
        assert_eq!(chain(text.repeat(2).as_bytes()), None);
        assert_eq!(chain(b"-----BEGIN words"), None);
    }

    #[test]
    fn a_guid_in_the_mixed_order_is_known() {
        assert_eq!(mixed(&CHAIN[0])[..8], [0x8d, 0x75, 0xda, 0x63, 0x64, 0xe6, 0x64, 0x45]);
        let found = certificates(&table(&[(mixed(&CHAIN[1]), b"vlek")])).unwrap();
        assert_eq!(found.chain_of(Some(SnpKey::Vlek)), [b"vlek"]);
    }

    #[test]
    fn a_table_of_nothing_has_no_certificates() {
        for empty in [&[][..], &[0; 4096]] {
            assert!(certificates(empty).unwrap().chain_of(Some(SnpKey::Vcek)).is_empty());
        }
    }

    #[test]
    fn a_table_that_leads_outside_itself_or_does_not_end_is_malformed() {
        let good = table(&[(CHAIN[0], b"vcek")]);
        assert!(certificates(&good[..good.len() - 1]).is_none());
        let mut far = good.clone();
        far[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(certificates(&far).is_none());
        assert!(certificates(&good[..ENTRY]).is_none());
        assert!(certificates(&[9; ENTRY * 40]).is_none());
        assert!(certificates(&vec![0; MAX_TABLE_BYTES + 1]).is_none());
    }

    #[test]
    fn a_certificate_that_comes_twice_is_malformed() {
        assert!(certificates(&table(&[(CHAIN[0], b"one"), (mixed(&CHAIN[0]), b"two")])).is_none());
    }
}
