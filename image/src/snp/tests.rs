//! Digests that others publish, and what is refused.
//!
//! The published ones are those of the tests of `virtee/sev-snp-measure`, whose firmware is one page of an OVMF. That
//! page is not here: a page of our own says the same about itself, and the digest after theirs is where it begins.

use super::{
    sections::{DESCRIPTION, HASHES, RESET},
    *,
};
use crate::firmware::{Guid, fake::firmware};

/// `snp-ovmf-hash` of the published firmware.
const AFTER_FIRMWARE: &str =
    "086e2e9149ebf45abdc3445fba5b2da8270bdbb04094d7a2c37faaa4b24af3aa16aff8c374c2a55c467a50da6d466b74";
/// What the published firmware describes: address, length, kind.
const SECTIONS: [(u32, u32, u32); 7] = [
    (0x80_0000, 0x9000, 1),
    (0x80_A000, 0x3000, 1),
    (0x80_D000, 0x1000, 2),
    (0x80_E000, 0x1000, 3),
    (0x80_F000, 0x1000, 4),
    (0x81_0000, 0x1000, 0x10),
    (0x81_1000, 0xF000, 1),
];
const PLACE_OF_HASHES: [u8; 8] = [0x00, 0x0C, 0x81, 0x00, 0x00, 0x04, 0x00, 0x00];
const PLACE_OF_RESET: [u8; 4] = [0x04, 0xB0, 0x80, 0x00];

fn description(sections: &[(u32, u32, u32)]) -> Vec<u8> {
    let mut bytes = b"ASEV".to_vec();
    for number in [16 + 12 * sections.len() as u32, 1, sections.len() as u32] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for (address, length, kind) in sections {
        bytes.extend([address, length, kind].into_iter().flat_map(|number| number.to_le_bytes()));
    }
    bytes
}

fn with(sections: &[(u32, u32, u32)], entries: &[(Guid, Vec<u8>)]) -> Vec<u8> {
    firmware(1, entries, &[(DESCRIPTION, description(sections))])
}

fn published() -> Vec<u8> {
    with(&SECTIONS, &[(HASHES, PLACE_OF_HASHES.to_vec()), (RESET, PLACE_OF_RESET.to_vec())])
}

fn machine(vcpus: u32, guest_features: u64) -> Machine {
    Machine { vcpus, vcpu: "EPYC-v4".parse().unwrap(), guest_features }
}

fn predict(boot: Option<&Boot>, machine: &Machine) -> String {
    let after = AFTER_FIRMWARE.parse().unwrap();
    launch_digest_after(after, &published(), boot, machine).unwrap().to_string()
}

#[test]
fn a_measured_kernel_gives_the_published_digest() {
    let silent = Boot::new(b"", b"", "");
    assert_eq!(
        predict(Some(&silent), &machine(1, 0x21)),
        "329c8ce0972ae52343b64d34a434a86f245dfd74f5ed7aae15d22efc78fb9683632b9b50e4e1d7fa41179ef98a7ef198"
    );
    assert_eq!(
        predict(Some(&silent), &machine(1, SNP_ACTIVE)),
        "ddc5224521617a536ee7ce9dd6224d1b58a8d4fda1c741f3ac99fc4bfa04ba6e9fc98646d4a07a9079397fa3852819b5"
    );
}

#[test]
fn a_command_line_gives_the_published_digest() {
    let boot = Boot::new(b"", b"", "console=ttyS0 loglevel=7");
    assert_eq!(
        predict(Some(&boot), &machine(1, 0x21)),
        "803f691094946e42068aaa3a8f9e26a5c89f36f7b73ecfb28c653360fe4b3aba7e534442e7e1e17895dfe778d0228977"
    );
    assert_eq!(
        predict(Some(&boot), &machine(1, SNP_ACTIVE)),
        "6d287813eb5222d770f75005c664e34c204f385ce832cc2ce7d0d6f354454362f390ef83a92046c042e706363b4b08fa"
    );
}

#[test]
fn a_guest_without_a_kernel_gives_the_published_digest() {
    assert_eq!(
        predict(None, &machine(1, 0x21)),
        "e1e1ca029dd7973ab9513295be68198472dcd4fc834bd9af9b63f6e8a1674dbf281a9278a4a2ebe0eed9f22adbcd0e2b"
    );
    assert_eq!(
        predict(None, &machine(1, SNP_ACTIVE)),
        "19358ba9a7615534a9a1e2f0dfc29384dcd4dcb7062ff9c6013b26869a5fc6ecabe033c48dd6f6db5d6d76e7c5df632d"
    );
}

#[test]
fn several_processors_give_the_published_digest() {
    let silent = Boot::new(b"", b"", "");
    assert_eq!(
        predict(Some(&silent), &machine(4, 0x21)),
        "4953b1fb416fa874980e8442b3706d345926d5f38879134e00813c5d7abcbe78eafe7b422907be0b4698e2414a631942"
    );
    assert_eq!(
        predict(Some(&silent), &machine(4, SNP_ACTIVE)),
        "5061fffb019493a903613d56d54b94912a1a2f9e4502385f5c194616753720a92441310ba6c4933de877c36e23046ad5"
    );
}

#[test]
fn the_whole_is_its_firmware_and_what_comes_after() {
    let file = published();
    let boot = Boot::new(b"kernel", b"initrd", "quiet");
    let machine = machine(2, SNP_ACTIVE);
    let after = launch_digest_after(firmware_digest(&file).unwrap(), &file, Some(&boot), &machine).unwrap();
    assert_eq!(launch_digest(&file, Some(&boot), &machine).unwrap(), after);
}

#[test]
fn everything_that_is_measured_changes_the_digest() {
    let file = published();
    let boot = Boot::new(b"kernel", b"initrd", "quiet");
    let shape = machine(2, SNP_ACTIVE);
    let digest = |boot: &Boot, shape: &Machine| launch_digest(&file, Some(boot), shape).unwrap();
    let others = [
        digest(&Boot::new(b"kernel2", b"initrd", "quiet"), &shape),
        digest(&Boot::new(b"kernel", b"initrd2", "quiet"), &shape),
        digest(&Boot::new(b"kernel", b"initrd", "quiet "), &shape),
        digest(&boot, &Machine { vcpus: 3, ..shape }),
        digest(&boot, &Machine { vcpu: "EPYC-Milan".parse().unwrap(), ..shape }),
        digest(&boot, &Machine { guest_features: 0x21, ..shape }),
    ];
    assert!(others.iter().all(|other| *other != digest(&boot, &shape)));
}

#[test]
fn a_kernel_that_the_firmware_would_not_measure_is_refused() {
    let boot = Boot::new(b"kernel", b"", "");
    let reset = (RESET, PLACE_OF_RESET.to_vec());
    for file in [
        with(&SECTIONS[..5], &[(HASHES, PLACE_OF_HASHES.to_vec()), reset.clone()]),
        with(&SECTIONS, std::slice::from_ref(&reset)),
    ] {
        let error = launch_digest(&file, Some(&boot), &machine(1, 1)).unwrap_err();
        assert!(matches!(error, ImageError::KernelNotMeasured), "{error}");
        launch_digest(&file, None, &machine(1, 1)).unwrap();
    }
}

#[test]
fn hashes_outside_the_section_for_them_are_refused() {
    let elsewhere = (HASHES, [0x00, 0x0C, 0x82, 0x00].to_vec());
    let file = with(&SECTIONS, &[elsewhere, (RESET, PLACE_OF_RESET.to_vec())]);
    let error = launch_digest(&file, Some(&Boot::new(b"", b"", "")), &machine(1, 1)).unwrap_err();
    assert!(matches!(error, ImageError::Form { .. }), "{error}");
}

#[test]
fn a_firmware_without_what_snp_needs_is_refused() {
    let none = firmware(1, &[(RESET, PLACE_OF_RESET.to_vec())], &[]);
    assert!(matches!(launch_digest(&none, None, &machine(1, 1)), Err(ImageError::Missing(_))));
    let no_reset = with(&SECTIONS, &[]);
    assert!(matches!(launch_digest(&no_reset, None, &machine(1, 1)), Err(ImageError::Missing(_))));
}

#[test]
fn sections_of_unknown_kinds_or_not_of_pages_are_refused() {
    for bad in [
        (0x80_0000, 0x1000, 0),
        (0x80_0000, 0x1000, 5),
        (0x80_0001, 0x1000, 1),
        (0x80_0000, 0x1001, 1),
        (0x80_0000, 0, 1),
        (0x80_0000, 0xFFFF_F000, 1),
        (0x80_0000, 0x2000, 2),
        (0x80_0000, 0x2000, 3),
        (0x80_0000, 0x2000, 0x10),
    ] {
        let file = with(&[bad], &[(RESET, PLACE_OF_RESET.to_vec())]);
        let error = launch_digest(&file, None, &machine(1, 1)).unwrap_err();
        assert!(matches!(error, ImageError::Form { .. }), "{bad:x?}: {error}");
    }
    let twice = with(&[SECTIONS[5], SECTIONS[5]], &[(RESET, PLACE_OF_RESET.to_vec())]);
    assert!(matches!(launch_digest(&twice, None, &machine(1, 1)), Err(ImageError::Form { .. })));
}

#[test]
fn a_description_of_another_form_is_refused() {
    let reset = [(RESET, PLACE_OF_RESET.to_vec())];
    let good = description(&SECTIONS);
    for (at, value) in [(0, 0x56), (4, 99), (8, 2), (12, 8), (12, 200), (15, 255)] {
        let mut bad = good.clone();
        bad[at] = value;
        let file = firmware(1, &reset, &[(DESCRIPTION, bad)]);
        assert!(launch_digest(&file, None, &machine(1, 1)).is_err(), "{at}");
    }
}

#[test]
fn a_machine_without_processors_or_with_too_many_is_refused() {
    for vcpus in [0, MAX_VCPUS + 1] {
        let error = launch_digest(&published(), None, &machine(vcpus, 1)).unwrap_err();
        assert!(matches!(error, ImageError::Range { .. }), "{error}");
    }
}
