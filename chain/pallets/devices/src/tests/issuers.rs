//! Issues the fixture of the benchmarks.

use adyton_attestation::nvidia::{
    NvidiaEndorsements, NvidiaEvidence, nonce_for_host, verify_manifest_with, verify_nvidia_with,
};
use adyton_protocol::{
    device::{DeviceEvidence, MAX_CHAIN, MAX_REPORT, checked_signature},
    ids::Digest,
    statement::report_data,
};
use core::ops::Range;
use std::sync::LazyLock;

use super::borrowed;
use crate::{
    MAX_RESPONSE, MAX_RESPONSES,
    fixture::{self, Fixture},
    mock::{
        Collected,
        nvidia::{self, Certificate, Device, Manifest, Ocsp},
    },
};

/// Of what is filled up.
const FILL: u8 = 0x5a;
/// What a length and a signature may need more than before, in bytes.
const SLACK: usize = 24;
/// The seed of the key of one more authority, and its serial number.
const ANOTHER: u8 = 0x61;
/// With how many bytes that authority's certificate is filled up in manifests: it has less than 2 KiB then.
const MANIFEST_FILLING: usize = 1500;

/// The fixture, and how many signatures are asked about by the evidence and by the manifests of driver and firmware.
pub struct Issued {
    pub fixture: Fixture,
    pub asked: [usize; 3],
}

/// They are made once: it takes a while.
pub static ISSUED: LazyLock<Issued> = LazyLock::new(issue);

/// `chain` with one more authority under its root, whose certificate has `filling` bytes that nobody reads.
fn extended(chain: &[Certificate], filling: usize) -> Vec<Certificate> {
    let [below @ .., issued, root] = chain else { panic!("a root issued an authority") };
    // A comment.
    let filler = ("2.16.840.1.113730.1.13".to_owned(), false, nvidia::tlv(4, &vec![FILL; filling]));
    let another = Certificate {
        serial: vec![ANOTHER; 9],
        subject: "Test Division".into(),
        key: ANOTHER,
        extensions: vec![filler],
        ..issued.clone()
    };
    let issued = Certificate { issuer: another.subject.clone(), issuer_key: another.key, ..issued.clone() };
    below.iter().cloned().chain([issued, another, root.clone()]).collect()
}

/// The good GPU with as many peers as it may have, the longest report and the longest chain.
fn device() -> Device {
    let mut device = Device::hopper();
    device.nonce = nonce_for_host(&report_data(&fixture::STATEMENT));
    let peers: Vec<u8> = (1..=128_u64).rev().flat_map(u64::to_be_bytes).collect();
    device.set(22, &peers);
    // A field has four bytes before its value.
    let room = MAX_REPORT - device.report().len() - 4;
    device.set(1, &vec![FILL; room]);
    let shortest = Device { chain: extended(&device.chain, 0), ..device.clone() };
    // A line of Base64 has 65 bytes for 48.
    let filling = (MAX_CHAIN - shortest.pem().len()) / 65 * 48 - SLACK;
    Device { chain: extended(&device.chain, filling), ..device }
}

/// `manifest` about the measurements `indexes`, each with ten alternatives before the right one.
fn longest(manifest: Manifest, indexes: Range<u8>) -> Manifest {
    let digests = |index: u8| -> Vec<[u8; 48]> {
        (0..10_u8).map(|other| [0x80 | other; 48]).chain([nvidia::measurement(index)]).collect()
    };
    let entries = indexes.map(|index| (index, true, digests(index))).collect();
    manifest.changed(|manifest| {
        manifest.entries = entries;
        manifest.chain = extended(&manifest.chain, MANIFEST_FILLING);
    })
}

/// As many responses as may be, each about every certificate from place `first` on but the root, and by a responder whom
/// each of their issuers certified. About the first certificate they answer again and again.
fn responses(chain: &[Certificate], first: usize) -> Vec<Vec<u8>> {
    let places = first..chain.len() - 1;
    let response = |number: u8, filling: usize| {
        let about = |place: usize| {
            let serial = vec![0x51 + number; 9];
            Ocsp::delegated(chain, place).changed(|one| {
                one.certificates.iter_mut().for_each(|responder| {
                    responder.serial.clone_from(&serial);
                })
            })
        };
        let mut each: Vec<Ocsp> = places.clone().map(about).collect();
        let certificates = each.iter().flat_map(|one| one.certificates.clone()).collect();
        let whole = each.remove(0);
        let repeated = if number == 0 { 3 } else { 2 };
        let statuses = vec![nvidia::GOOD.to_vec(); repeated];
        // Each fills up with another byte, so that no two have one signature.
        let nonce = Some(vec![FILL + number; filling]);
        Ocsp { certificates, more: each, statuses, nonce, ..whole }.der()
    };
    let longest = |number| response(number, MAX_RESPONSE as usize - response(number, 0).len() - SLACK);
    (0..MAX_RESPONSES as u8).map(longest).collect()
}

/// The signatures that were asked about, each once, and how many they are when each is counted as often as it was.
fn asked(collected: Collected) -> (Vec<Digest>, usize) {
    let signatures = collected.0.into_inner();
    let mut digests = Vec::new();
    for (key, message, signature) in &signatures {
        let digest = checked_signature(key, message, signature);
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    (digests, signatures.len())
}

fn issue() -> Issued {
    let (device, roots, policy) = (device(), nvidia::roots(), fixture::policy());
    let manifests = [longest(Manifest::driver(), 32..64), longest(Manifest::firmware(), 0..32)];
    // Both have the same chain.
    let manifest_responses = responses(&manifests[0].chain, 0);
    let [driver, firmware] = manifests.map(|manifest| {
        let (collected, xml) = (Collected::default(), manifest.xml().into_bytes());
        let endorsements = borrowed(&manifest_responses);
        let checked = verify_manifest_with(&collected, &xml, &endorsements, &roots, &policy.revocation, fixture::NOW);
        (xml, checked.expect("it is good"), asked(collected))
    });
    let ((driver, checked_driver, driver_asked), (firmware, checked_firmware, firmware_asked)) = (driver, firmware);

    let (report, certificates) = (device.report(), device.pem());
    let (collected, responses) = (Collected::default(), responses(&device.chain, 1));
    let (manifests, borrowed) = ([checked_driver, checked_firmware], borrowed(&responses));
    let endorsements = NvidiaEndorsements { manifests: &manifests, responses: &borrowed };
    let evidence = NvidiaEvidence { report: &report, certificate_chain: &certificates };
    let verdict = verify_nvidia_with(&collected, &evidence, &endorsements, &roots, &policy, fixture::NOW);
    let _ = verdict.expect("it is good");
    let device_asked = asked(collected);

    let key = nvidia::Key::new(nvidia::key::DEVICE);
    let fixture = Fixture {
        device_root: Device::hopper().chain[4].der(),
        manifest_root: Manifest::driver().chain[3].der(),
        evidence: DeviceEvidence { report: &report, certificates: &certificates }.to_bytes(),
        responses,
        signatures: device_asked.0,
        driver,
        firmware,
        manifest_responses,
        driver_signatures: driver_asked.0,
        firmware_signatures: firmware_asked.0,
        key: key.point()[1..].try_into().expect("x and y of P-384"),
        signature: key.sign(&fixture::longest_message()).try_into().expect("r and s of P-384"),
    };
    Issued { fixture, asked: [device_asked.1, driver_asked.1, firmware_asked.1] }
}
