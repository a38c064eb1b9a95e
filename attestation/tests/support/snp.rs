//! An AMD of our own: roots, authorities, versioned keys, revocation lists and signed reports, to be broken in one
//! place by each test. The keys are public.
#![allow(dead_code, reason = "every test file uses another part of it")]

use adyton_attestation::snp::{
    GuestPolicy, SnpEndorsements, SnpKey, SnpPolicy, SnpProduct, SnpRefusal, SnpRoot, SnpVerdict, verify_snp,
};
use core::time::Duration;
use der::{
    Encode,
    asn1::{GeneralizedTime, ObjectIdentifier, UtcTime},
};
use p384::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use sha2::{Digest, Sha384};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

#[path = "insecure_rsa.rs"]
pub mod insecure_rsa;
use insecure_rsa::InsecureRsaKey;

pub const NOW: u64 = 1_790_000_000;
pub const DAY: u64 = 24 * 60 * 60;
pub const REPORT_DATA: [u8; 64] = [0x5a; 64];
pub const MEASUREMENT: [u8; 48] = [0x4d; 48];
pub const CHIP: [u8; 64] = [0xc1; 64];

/// Where the fields of a report begin.
pub mod at {
    pub const VERSION: usize = 0x00;
    pub const POLICY: usize = 0x08;
    pub const VMPL: usize = 0x30;
    pub const ALGORITHM: usize = 0x34;
    pub const CURRENT: usize = 0x38;
    pub const PLATFORM_INFO: usize = 0x40;
    pub const KEY_INFO: usize = 0x48;
    pub const REPORT_DATA: usize = 0x50;
    pub const MEASUREMENT: usize = 0x90;
    pub const HOST_DATA: usize = 0xc0;
    pub const ID_KEY: usize = 0xe0;
    pub const AUTHOR_KEY: usize = 0x110;
    pub const REPORT_ID_MA: usize = 0x160;
    pub const REPORTED: usize = 0x180;
    pub const CPU: usize = 0x188;
    pub const CHIP_ID: usize = 0x1a0;
    pub const COMMITTED: usize = 0x1e0;
    pub const LAUNCH: usize = 0x1f0;
    pub const MITIGATIONS: usize = 0x1f8;
    pub const R: usize = 0x2a0;
    pub const S: usize = R + 72;
}

/// The private halves of all authorities.
pub fn root_key() -> &'static InsecureRsaKey {
    static KEY: LazyLock<InsecureRsaKey> = LazyLock::new(InsecureRsaKey::bits_4096_a);
    &KEY
}

pub fn authority_key() -> &'static InsecureRsaKey {
    static KEY: LazyLock<InsecureRsaKey> = LazyLock::new(InsecureRsaKey::bits_4096_b);
    &KEY
}

pub fn vek_key() -> SigningKey {
    SigningKey::from_slice(&[0x11; 48]).unwrap()
}

/// DER, written by hand so that it can be written wrongly.
pub mod write {
    use super::*;

    pub fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
        let length = contents.len();
        let mut encoding = vec![tag];
        match length {
            0..=0x7f => encoding.push(length as u8),
            0x80..=0xff => encoding.extend([0x81, length as u8]),
            _ => encoding.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        encoding.extend_from_slice(contents);
        encoding
    }

    pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        value(0x30, &parts.concat())
    }

    pub fn oid(text: &str) -> Vec<u8> {
        ObjectIdentifier::new(text).unwrap().to_der().unwrap()
    }

    pub fn unsigned(bytes: &[u8]) -> Vec<u8> {
        let leading = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len() - 1);
        let bytes = &bytes[leading..];
        let sign: &[u8] = if bytes[0] & 0x80 == 0 { &[] } else { &[0] };
        value(2, &[sign, bytes].concat())
    }

    pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
        value(3, &[&[0], bytes].concat())
    }

    pub fn time(seconds: u64) -> Vec<u8> {
        let since_epoch = Duration::from_secs(seconds);
        match UtcTime::from_unix_duration(since_epoch) {
            Ok(time) => time.to_der().unwrap(),
            Err(_) => GeneralizedTime::from_unix_duration(since_epoch).unwrap().to_der().unwrap(),
        }
    }

    /// A name of an organisation and a common name.
    pub fn name(common_name: &str) -> Vec<u8> {
        let attribute = |arc: &str, text: &str| value(0x31, &sequence(&[&oid(arc), &value(0x0c, text.as_bytes())]));
        sequence(&[&attribute("2.5.4.10", "Nobody"), &attribute("2.5.4.3", common_name)])
    }

    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
    pub fn pss_sha384() -> Vec<u8> {
        pss(48)
    }

    pub fn pss(salt: u8) -> Vec<u8> {
        let sha384 = sequence(&[&oid("2.16.840.1.101.3.4.2.2"), &[5, 0]]);
        let mgf1 = sequence(&[&oid("1.2.840.113549.1.1.8"), &sha384]);
        let parameters = sequence(&[&value(0xa0, &sha384), &value(0xa1, &mgf1), &value(0xa2, &unsigned(&[salt]))]);
        sequence(&[&oid("1.2.840.113549.1.1.10"), &parameters])
    }

    pub fn rsa_key(key: &InsecureRsaKey) -> Vec<u8> {
        let numbers = sequence(&[&unsigned(&key.modulus), &unsigned(&[1, 0, 1])]);
        sequence(&[&sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]), &bit_string(&numbers)])
    }

    pub fn p384_key(key: &SigningKey) -> Vec<u8> {
        let algorithm = sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.3.132.0.34")]);
        sequence(&[&algorithm, &bit_string(key.verifying_key().to_sec1_point(false).as_bytes())])
    }

    /// What was signed, how, and the signature.
    pub fn signed(contents: &[u8], algorithm: &[u8], signer: &InsecureRsaKey) -> Vec<u8> {
        type Signatures = BTreeMap<(Vec<u8>, Vec<u8>), Vec<u8>>;
        // Signing takes most of the time of these tests, which sign the same again and again.
        static SIGNATURES: Mutex<Signatures> = Mutex::new(Signatures::new());
        let key = (signer.modulus.clone(), contents.to_vec());
        let known = SIGNATURES.lock().unwrap().get(&key).cloned();
        let signature = known.unwrap_or_else(|| signer.sign_pss_sha384(contents));
        SIGNATURES.lock().unwrap().insert(key, signature.clone());
        sequence(&[contents, algorithm, &bit_string(&signature)])
    }
}

/// One extension: OID, whether critical, contents.
pub type Extension = (String, bool, Vec<u8>);

/// A certificate to be issued.
#[derive(Clone)]
pub struct Certificate {
    pub serial: u8,
    pub issuer: String,
    pub subject: String,
    pub window: (u64, u64),
    pub public_key: Vec<u8>,
    pub extensions: Vec<Extension>,
    pub signer: InsecureRsaKey,
    pub algorithm: Vec<u8>,
}

impl Certificate {
    pub fn encode(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(oid, critical, contents)| {
                let critical: &[u8] = if *critical { &[1, 1, 0xff] } else { &[] };
                write::sequence(&[&write::oid(oid), critical, &write::value(4, contents)])
            })
            .collect();
        let (not_before, not_after) = self.window;
        let contents = write::sequence(&[
            &write::value(0xa0, &[2, 1, 2]),
            &write::unsigned(&[self.serial]),
            &self.algorithm,
            &write::name(&self.issuer),
            &write::sequence(&[&write::time(not_before), &write::time(not_after)]),
            &write::name(&self.subject),
            &self.public_key,
            &write::value(0xa3, &write::value(0x30, &extensions)),
        ]);
        write::signed(&contents, &self.algorithm, &self.signer)
    }
}

fn authority_extensions(path_length: Option<u8>, usage: u8) -> Vec<Extension> {
    let path_length = path_length.map(|length| vec![2, 1, length]).unwrap_or_default();
    let constraints = write::sequence(&[&[1, 1, 0xff], &path_length]);
    vec![("2.5.29.19".into(), true, constraints), ("2.5.29.15".into(), true, vec![3, 2, 1, usage])]
}

/// The root of a line.
pub fn ark(product: SnpProduct) -> Certificate {
    let name = format!("ARK-{product}");
    Certificate {
        serial: 1,
        issuer: name.clone(),
        subject: name,
        window: (NOW - 1000 * DAY, NOW + 9000 * DAY),
        public_key: write::rsa_key(root_key()),
        extensions: authority_extensions(None, 0x06),
        signer: root_key().clone(),
        algorithm: write::pss_sha384(),
    }
}

/// The authority of a line for one kind of key.
pub fn authority(product: SnpProduct, key: SnpKey) -> Certificate {
    let (serial, subject) = match key {
        SnpKey::Vcek => (2, format!("SEV-{product}")),
        SnpKey::Vlek => (3, format!("SEV-VLEK-{product}")),
    };
    Certificate {
        serial,
        issuer: format!("ARK-{product}"),
        subject,
        window: (NOW - 900 * DAY, NOW + 8000 * DAY),
        public_key: write::rsa_key(authority_key()),
        extensions: authority_extensions(Some(0), 0x04),
        signer: root_key().clone(),
        algorithm: write::pss_sha384(),
    }
}

/// The roots of all lines, under keys of our own.
pub fn roots() -> &'static [SnpRoot] {
    static ROOTS: LazyLock<Vec<SnpRoot>> = LazyLock::new(|| SnpProduct::ALL.map(root_of).into());
    &ROOTS
}

fn root_of(product: SnpProduct) -> SnpRoot {
    let authority = |key| authority(product, key).encode();
    SnpRoot::from_certificates(product, &ark(product).encode(), &authority(SnpKey::Vcek), &authority(SnpKey::Vlek))
        .unwrap()
}

/// A revocation list of a line's root, of the serial numbers `revoked`.
pub fn revocation_list(product: SnpProduct, window: (u64, u64), revoked: &[u8], signer: &InsecureRsaKey) -> Vec<u8> {
    let entries: Vec<u8> = revoked
        .iter()
        .flat_map(|serial| write::sequence(&[&write::unsigned(&[*serial]), &write::time(window.0)]))
        .collect();
    let entries = if revoked.is_empty() { Vec::new() } else { write::value(0x30, &entries) };
    let number = write::sequence(&[&write::oid("2.5.29.20"), &write::value(4, &[2, 1, 7])]);
    let contents = write::sequence(&[
        &[2, 1, 1],
        &write::pss_sha384(),
        &write::name(&format!("ARK-{product}")),
        &write::time(window.0),
        &write::time(window.1),
        &entries,
        &write::value(0xa0, &write::value(0x30, &number)),
    ]);
    write::signed(&contents, &write::pss_sha384(), signer)
}

/// Evidence to be made.
#[derive(Clone)]
pub struct Plan {
    pub product: SnpProduct,
    pub vek: Certificate,
    /// The report before it is signed.
    pub report: Vec<u8>,
    /// Changes after that.
    pub afterwards: Vec<(usize, Vec<u8>)>,
    pub authority: Option<Vec<u8>>,
    pub root: Option<Vec<u8>>,
    pub revocation_list: Option<Vec<u8>>,
}

/// What is verified.
#[derive(Clone)]
pub struct Evidence {
    pub report: Vec<u8>,
    pub vek: Vec<u8>,
    pub authority: Option<Vec<u8>>,
    pub root: Option<Vec<u8>>,
    pub revocation_list: Option<Vec<u8>>,
}

/// The bytes of good firmware versions.
pub fn versions(product: SnpProduct) -> [u8; 8] {
    match product {
        SnpProduct::Milan => [4, 0, 0, 0, 0, 0, 0x18, 0xdb],
        SnpProduct::Genoa => [10, 0, 0, 0, 0, 0, 0x17, 0x54],
        SnpProduct::Turin => [1, 2, 0, 3, 0, 0, 0, 0x47],
    }
}

/// The certificate of a versioned key for `versions`.
pub fn vek(product: SnpProduct, key: SnpKey, versions: [u8; 8]) -> Certificate {
    let subject = match key {
        SnpKey::Vcek => "SEV-VCEK",
        SnpKey::Vlek => "SEV-VLEK",
    };
    let extension = |arc: &str, contents: Vec<u8>| (format!("1.3.6.1.4.1.3704.1.{arc}"), false, contents);
    let version = |arc: &str, number: u8| extension(arc, write::unsigned(&[number]));
    let [b0, b1, b2, b3, _, _, b6, b7] = versions;
    let mut extensions =
        vec![extension("1", vec![2, 1, 1]), extension("2", write::value(0x16, product.name().as_bytes()))];
    extensions.extend(match product {
        SnpProduct::Milan | SnpProduct::Genoa => {
            vec![version("3.1", b0), version("3.2", b1), version("3.4", 0), version("3.3", b6), version("3.8", b7)]
        }
        SnpProduct::Turin => {
            vec![version("3.9", b0), version("3.1", b1), version("3.2", b2), version("3.3", b3), version("3.8", b7)]
        }
    });
    extensions.push(match key {
        SnpKey::Vcek => extension("4", chip_id(product)),
        SnpKey::Vlek => extension("5", write::value(0x16, b"A Cloud")),
    });
    Certificate {
        serial: 0,
        issuer: authority(product, key).subject,
        subject: subject.into(),
        window: (NOW - 30 * DAY, NOW + 365 * DAY),
        public_key: write::p384_key(&vek_key()),
        extensions,
        signer: authority_key().clone(),
        algorithm: write::pss_sha384(),
    }
}

pub fn chip_id(product: SnpProduct) -> Vec<u8> {
    match product {
        SnpProduct::Milan | SnpProduct::Genoa => CHIP.to_vec(),
        SnpProduct::Turin => CHIP[..8].to_vec(),
    }
}

fn report(product: SnpProduct, key: SnpKey) -> Vec<u8> {
    let mut report = vec![0; 1184];
    let mut put = |offset: usize, bytes: &[u8]| report[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(at::VERSION, &[3]);
    put(at::POLICY, &(GuestPolicy::SMT.0 | 1 << 17 | 0x0137).to_le_bytes());
    put(at::ALGORITHM, &[1]);
    put(at::PLATFORM_INFO, &[0x25]);
    put(
        at::KEY_INFO,
        &[match key {
            SnpKey::Vcek => 0,
            SnpKey::Vlek => 1 << 2,
        }],
    );
    put(at::REPORT_DATA, &REPORT_DATA);
    put(at::MEASUREMENT, &MEASUREMENT);
    put(at::HOST_DATA, &[0x40; 32]);
    put(at::ID_KEY, &[0x1d; 48]);
    put(at::REPORT_ID_MA, &[0xff; 32]);
    for offset in [at::CURRENT, at::REPORTED, at::COMMITTED, at::LAUNCH] {
        put(offset, &versions(product));
    }
    put(
        at::CPU,
        match product {
            SnpProduct::Milan => &[0x19, 0x01, 1],
            SnpProduct::Genoa => &[0x19, 0x11, 1],
            SnpProduct::Turin => &[0x1a, 0x02, 1],
        },
    );
    put(at::CHIP_ID, &chip_id(product));
    report
}

/// Evidence that the strict policy accepts.
pub fn good(product: SnpProduct) -> Plan {
    good_of(product, SnpKey::Vcek)
}

pub fn good_of(product: SnpProduct, key: SnpKey) -> Plan {
    Plan {
        product,
        vek: vek(product, key, versions(product)),
        report: report(product, key),
        afterwards: Vec::new(),
        authority: None,
        root: None,
        revocation_list: Some(good_list(product)),
    }
}

fn good_list(product: SnpProduct) -> Vec<u8> {
    static LISTS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
        SnpProduct::ALL.map(|product| revocation_list(product, (NOW - DAY, NOW + 300 * DAY), &[9], root_key()))
    });
    LISTS[SnpProduct::ALL.iter().position(|one| *one == product).unwrap()].clone()
}

impl Plan {
    /// Puts `bytes` into the report before it is signed.
    pub fn with(mut self, offset: usize, bytes: &[u8]) -> Self {
        self.report[offset..offset + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Puts `bytes` into the report after it was signed.
    pub fn then(mut self, offset: usize, bytes: &[u8]) -> Self {
        self.afterwards.push((offset, bytes.to_vec()));
        self
    }

    /// Changes anything else.
    pub fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Firmware versions in the report and in the certificate.
    pub fn of_versions(self, versions: [u8; 8]) -> Self {
        let (product, window) = (self.product, self.vek.window);
        let plan = [at::CURRENT, at::REPORTED, at::COMMITTED, at::LAUNCH]
            .into_iter()
            .fold(self, |plan, offset| plan.with(offset, &versions));
        plan.but(|plan| plan.vek = Certificate { window, ..vek(product, SnpKey::Vcek, versions) })
    }

    pub fn evidence(&self) -> Evidence {
        let mut report = self.report.clone();
        let signature: Signature = vek_key().sign_prehash(&Sha384::digest(&report[..at::R])).unwrap();
        let (r, s) = signature.split_bytes();
        for (offset, number) in [(at::R, r), (at::S, s)] {
            let little_endian: Vec<u8> = number.iter().rev().copied().collect();
            report[offset..offset + 48].copy_from_slice(&little_endian);
        }
        for (offset, bytes) in &self.afterwards {
            report[*offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        Evidence {
            report,
            vek: self.vek.encode(),
            authority: self.authority.clone(),
            root: self.root.clone(),
            revocation_list: self.revocation_list.clone(),
        }
    }

    pub fn verify(&self, policy: &SnpPolicy) -> Result<SnpVerdict, SnpRefusal> {
        self.evidence().verify(policy, NOW)
    }

    /// What a policy that names every line and accepts every tier refuses it for.
    pub fn refusal(&self) -> SnpRefusal {
        let policy = SnpPolicy { require_revocation_list: true, ..SnpPolicy::tiered() };
        self.verify(&policy).unwrap_err()
    }
}

impl Evidence {
    pub fn endorsements(&self) -> SnpEndorsements<'_> {
        SnpEndorsements {
            vek: &self.vek,
            authority: self.authority.as_deref(),
            root: self.root.as_deref(),
            revocation_list: self.revocation_list.as_deref(),
        }
    }

    pub fn verify(&self, policy: &SnpPolicy, now: u64) -> Result<SnpVerdict, SnpRefusal> {
        verify_snp(&self.report, &self.endorsements(), roots(), policy, now)
    }
}
