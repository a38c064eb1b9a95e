//! Images that are written here, against the formulas of the format's README.

use super::*;

/// Kind and content.
type Part<'a> = (u16, &'a [u8]);

const KERNEL: Part<'_> = (1, b"kernel");
const COMMAND_LINE: Part<'_> = (2, b"console=ttyS0");
const FIRST: Part<'_> = (3, b"first file system");
const SECOND: Part<'_> = (3, b"second file system");
const METADATA: Part<'_> = (5, b"{}");
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----\nAAECAwQF\n-----END CERTIFICATE-----\n";

/// An image file; `change` may spoil it before it gets its checksum.
fn image(version: u16, sections: &[Part<'_>], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = b".eif".to_vec();
    file.extend_from_slice(&version.to_be_bytes());
    file.extend_from_slice(&[0; 20]);
    file.extend_from_slice(&u16::try_from(sections.len()).unwrap().to_be_bytes());
    let mut offsets = [0_u64; 32];
    let mut lengths = [0_u64; 32];
    let mut at = HEADER as u64;
    for (index, (_, content)) in sections.iter().enumerate() {
        (offsets[index], lengths[index]) = (at, content.len() as u64);
        at += (SECTION_HEADER + content.len()) as u64;
    }
    file.extend(offsets.into_iter().chain(lengths).flat_map(u64::to_be_bytes));
    file.extend_from_slice(&[0; 8]);
    assert_eq!(file.len(), HEADER);
    for (kind, content) in sections {
        file.extend_from_slice(&kind.to_be_bytes());
        file.extend_from_slice(&[0; 2]);
        file.extend_from_slice(&(content.len() as u64).to_be_bytes());
        file.extend_from_slice(content);
    }
    change(&mut file);
    let mut crc = Crc32::new();
    crc.update(&file[..HEADER - 4]);
    crc.update(&file[HEADER..]);
    file[HEADER - 4..HEADER].copy_from_slice(&crc.value().to_be_bytes());
    file
}

fn good() -> Vec<u8> {
    image(4, &[KERNEL, COMMAND_LINE, METADATA, FIRST, SECOND], |_| ())
}

/// As the README writes it.
fn formula(parts: &[&[u8]]) -> Sha384Digest {
    Sha384Digest::of(&[&[0; 48], &Sha384Digest::of(parts).0])
}

fn refused(file: &[u8]) -> String {
    registers(file).unwrap_err().to_string()
}

#[test]
fn an_image_has_the_registers_of_the_formulas() {
    let found = registers(&good()[..]).unwrap();
    let [kernel, line, first, second] = [KERNEL.1, COMMAND_LINE.1, FIRST.1, SECOND.1];
    assert_eq!(found.pcr0, formula(&[kernel, line, first, second]));
    assert_eq!(found.pcr1, formula(&[kernel, line, first]));
    assert_eq!(found.pcr2, formula(&[second]));
    assert_eq!(found.pcr8, None);
}

/// An image without an application of its own, as several projects publish it.
#[test]
fn an_image_with_one_file_system_has_the_published_pcr2() {
    let found = registers(&image(3, &[KERNEL, COMMAND_LINE, FIRST], |_| ())[..]).unwrap();
    assert_eq!(
        found.pcr2.to_string(),
        "21b9efbc184807662e966d34f390821309eeac6802309798826296bf3e8bec7c10edb30948c90ba67310f7b964fc500a"
    );
}

#[test]
fn the_files_order_counts() {
    let other = image(4, &[COMMAND_LINE, KERNEL, FIRST, SECOND, METADATA], |_| ());
    let [kernel, line, first, second] = [KERNEL.1, COMMAND_LINE.1, FIRST.1, SECOND.1];
    assert_eq!(registers(&other[..]).unwrap().pcr0, formula(&[line, kernel, first, second]));
}

#[test]
fn a_signed_image_has_its_certificate_in_pcr8() {
    let numbers = PEM.iter().map(|byte| ciborium::Value::from(*byte)).collect();
    let entry = vec![("signing_certificate".into(), ciborium::Value::Array(numbers))];
    let mut signature = Vec::new();
    ciborium::into_writer(&ciborium::Value::Array(vec![ciborium::Value::Map(entry)]), &mut signature).unwrap();
    let signed = image(4, &[KERNEL, COMMAND_LINE, FIRST, (4, &signature), METADATA], |_| ());
    let unsigned = image(4, &[KERNEL, COMMAND_LINE, FIRST, METADATA], |_| ());
    let (signed, unsigned) = (registers(&signed[..]).unwrap(), registers(&unsigned[..]).unwrap());
    assert_eq!(signed, Registers { pcr8: Some(formula(&[&[0, 1, 2, 3, 4, 5]])), ..unsigned });
    let twice = image(4, &[KERNEL, COMMAND_LINE, FIRST, (4, &signature), (4, &signature), METADATA], |_| ());
    assert!(refused(&twice).contains("two signatures"));
    let old = image(2, &[KERNEL, COMMAND_LINE, FIRST, (4, &signature)], |_| ());
    assert!(refused(&old).contains("signature in version 2"));
}

#[test]
fn the_parts_have_the_registers_of_the_image() {
    let parts = registers_of_parts(KERNEL.1, COMMAND_LINE.1, [FIRST.1, SECOND.1], None).unwrap();
    assert_eq!(parts, registers(&good()[..]).unwrap());
    let signed = registers_of_parts(KERNEL.1, COMMAND_LINE.1, [FIRST.1, SECOND.1], Some(PEM)).unwrap();
    assert_eq!(signed, Registers { pcr8: Some(formula(&[&[0, 1, 2, 3, 4, 5]])), ..parts });
    assert!(registers_of_parts(KERNEL.1, COMMAND_LINE.1, [&b""[..]; 0], None).is_err());
}

#[test]
fn a_changed_byte_fails_the_checksum() {
    let good = good();
    for at in [7, HEADER - 5, HEADER - 1, HEADER + 2, HEADER + SECTION_HEADER, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(refused(&bad).contains("checksum"), "{at}");
    }
}

#[test]
fn an_image_that_ends_early_or_late_is_refused() {
    let good = good();
    for length in [0, 5, HEADER - 1, HEADER, HEADER + 5, good.len() - 1] {
        assert!(refused(&good[..length]).contains("ends too early"), "{length}");
    }
    assert!(refused(&[&good[..], b"x"].concat()).contains("behind the last section"));
}

#[test]
fn another_version_or_number_of_sections_is_refused() {
    let spoiled = |at: usize, value: u8| image(4, &[KERNEL, COMMAND_LINE, FIRST, METADATA], |file| file[at] = value);
    for (at, value) in [(0, b'x'), (5, 1), (5, 5), (27, 0), (27, 33)] {
        assert!(registers(&spoiled(at, value)[..]).is_err(), "{at}");
    }
    // One section fewer than there are: the rest is in no section, and so in no checksum.
    assert!(refused(&spoiled(27, 3)).contains("checksum"));
}

#[test]
fn sections_that_the_header_does_not_announce_are_refused() {
    let sections = [KERNEL, COMMAND_LINE, FIRST, METADATA];
    let elsewhere = image(4, &sections, |file| file[28 + 7] ^= 1);
    assert!(refused(&elsewhere).contains("one behind the other"));
    let longer = image(4, &sections, |file| file[HEADER + 11] += 1);
    assert!(refused(&longer).contains("length that the header names"));
    let huge = image(4, &sections, |file| file[28 + 256] = 0x80);
    assert!(matches!(registers(&huge[..]), Err(ImageError::TooLarge { .. })));
}

#[test]
fn an_image_lacks_nothing_and_has_nothing_twice() {
    let cases: [(u16, &[Part<'_>], &str); 8] = [
        (4, &[COMMAND_LINE, METADATA], "0 kernels"),
        (4, &[KERNEL, KERNEL, COMMAND_LINE, FIRST, METADATA], "2 kernels"),
        (4, &[KERNEL, FIRST, METADATA], "0 command lines"),
        (4, &[KERNEL, COMMAND_LINE, METADATA], "0 initial file systems"),
        (4, &[COMMAND_LINE, FIRST, KERNEL, METADATA], "kernel first"),
        (4, &[KERNEL, COMMAND_LINE, FIRST], "0 sections of metadata"),
        (3, &[KERNEL, COMMAND_LINE, FIRST, METADATA], "none before"),
        (4, &[KERNEL, COMMAND_LINE, FIRST, METADATA, (6, b"")], "kind 6"),
    ];
    for (version, sections, reason) in cases {
        let reason_found = refused(&image(version, sections, |_| ()));
        assert!(reason_found.contains(reason), "{reason}: {reason_found}");
    }
}

#[test]
fn a_signature_beyond_its_bound_is_refused_before_it_is_read() {
    let long = vec![0; MAX_SIGNATURE_BYTES as usize + 1];
    let file = image(4, &[KERNEL, COMMAND_LINE, FIRST, (4, &long), METADATA], |_| ());
    assert!(matches!(registers(&file[..]), Err(ImageError::TooLarge { .. })));
}
