//! A key infrastructure of NVIDIA's shape: devices, manifests and responses of the revocation service, each good
//! until a test breaks it in one place.
#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use adyton_attestation::nvidia::{
    Chain, CheckedManifest, DriverVersion, FirmwareVersion, NvidiaEndorsements, NvidiaEvidence, NvidiaFloors,
    NvidiaPolicy, NvidiaRefusal, NvidiaRoot, NvidiaRoots, NvidiaVerdict, OcspResponse, verify_manifest, verify_nvidia,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use p384::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use sha2::{Digest, Sha384};

/// The time of every verification: 2026-09-21.
pub const NOW: u64 = 1_790_000_000;
const YEARS: (&str, &str) = ("20200101000000Z", "99991231235959Z");
const MONTHS: (&str, &str) = ("20260101000000Z", "20271231235959Z");
/// Just before [`NOW`].
pub const THIS_UPDATE: &str = "20260921140000Z";
/// A day later.
pub const NEXT_UPDATE: &str = "20260922140000Z";

pub const NONCE: [u8; 32] = [0x4e; 32];
pub const FIRMWARE_ID: [u8; 48] = [0xf1; 48];

// DER.

pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match contents.len() {
        length @ ..0x80 => out.push(length as u8),
        length @ ..0x100 => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(contents);
    out
}

pub fn sequence(fields: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &fields.concat())
}

/// An unsigned INTEGER.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[start..];
    match digits.first() {
        Some(first) if *first < 0x80 => tlv(2, digits),
        _ => tlv(2, &[&[0], digits].concat()),
    }
}

pub fn oid(text: &str) -> Vec<u8> {
    tlv(6, der::asn1::ObjectIdentifier::new_unwrap(text).as_bytes())
}

fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], octets].concat())
}

fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

fn time(text: &str) -> Vec<u8> {
    tlv(0x18, text.as_bytes())
}

// Keys.

pub struct Key(SigningKey);

impl Key {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 48]).unwrap())
    }

    /// 04 ‖ x ‖ y.
    pub fn point(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// r ‖ s.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign_prehash(&Sha384::digest(message)).unwrap();
        signature.to_bytes().to_vec()
    }

    fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.sign(message);
        let (r, s) = signature.split_at(48);
        sequence(&[&integer(r), &integer(s)])
    }

    fn public_key(&self) -> Vec<u8> {
        let algorithm = sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.3.132.0.34")]);
        sequence(&[&algorithm, &bit_string(&self.point())])
    }
}

fn algorithm() -> Vec<u8> {
    sequence(&[&oid("1.2.840.10045.4.3.3")])
}

/// message ‖ algorithm ‖ signature, as certificates and responses have them.
fn signed(message: &[u8], signer: &Key, rest: &[u8]) -> Vec<u8> {
    sequence(&[message, &algorithm(), &bit_string(&signer.sign_der(message)), rest])
}

// Certificates.

#[derive(Clone)]
pub struct Certificate {
    pub serial: Vec<u8>,
    pub issuer: String,
    pub subject: String,
    pub validity: (String, String),
    /// `None` leaves basic constraints out, as devices do.
    pub is_authority: Option<bool>,
    pub key_usage: u8,
    /// OID, whether critical, value.
    pub extensions: Vec<(String, bool, Vec<u8>)>,
    pub key: u8,
    pub issuer_key: u8,
}

pub fn name(common_name: &str) -> Vec<u8> {
    let attribute = |oid_text: &str, value: &[u8]| tlv(0x31, &sequence(&[&oid(oid_text), value]));
    sequence(&[&attribute("2.5.4.10", &utf8("NVIDIA Corporation")), &attribute("2.5.4.3", &utf8(common_name))])
}

impl Certificate {
    fn authority(subject: &str, key: u8, issuer: &str, issuer_key: u8, serial: u8) -> Self {
        Self {
            serial: vec![serial; 9],
            issuer: issuer.into(),
            subject: subject.into(),
            validity: (YEARS.0.into(), YEARS.1.into()),
            is_authority: Some(true),
            key_usage: 0x06,
            extensions: Vec::new(),
            key,
            issuer_key,
        }
    }

    pub fn der(&self) -> Vec<u8> {
        let extension = |oid_text: &str, critical: bool, value: &[u8]| {
            let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
            sequence(&[&oid(oid_text), critical, &tlv(4, value)])
        };
        let mut extensions = Vec::new();
        if let Some(is_authority) = self.is_authority {
            let value: &[u8] = if is_authority { &[0x30, 3, 1, 1, 0xff] } else { &[0x30, 0] };
            extensions.extend(extension("2.5.29.19", true, value));
        }
        let unused = self.key_usage.trailing_zeros() as u8;
        extensions.extend(extension("2.5.29.15", true, &tlv(3, &[unused, self.key_usage])));
        for (oid_text, critical, value) in &self.extensions {
            extensions.extend(extension(oid_text, *critical, value));
        }
        let message = sequence(&[
            &tlv(0xa0, &integer(&[2])),
            &integer(&self.serial),
            &algorithm(),
            &name(&self.issuer),
            &sequence(&[&time(&self.validity.0), &time(&self.validity.1)]),
            &name(&self.subject),
            &Key::new(self.key).public_key(),
            &tlv(0xa3, &tlv(0x30, &extensions)),
        ]);
        signed(&message, &Key::new(self.issuer_key), &[])
    }
}

fn firmware_id(digest: &[u8]) -> Vec<u8> {
    sequence(&[&oid("2.16.840.1.101.3.4.2.2"), &tlv(4, digest)])
}

/// Hopper's extension: device key, firmware.
pub fn composite_device_id(device_key: u8, digest: &[u8]) -> (String, bool, Vec<u8>) {
    let value = sequence(&[&integer(&[1]), &Key::new(device_key).public_key(), &firmware_id(digest)]);
    ("2.23.133.5.4.1".into(), false, value)
}

/// Blackwell's extension, with operational flags.
pub fn tcb_info(digest: &[u8], flags: [u8; 4]) -> (String, bool, Vec<u8>) {
    let value = sequence(&[
        &tlv(0x80, b"NVIDIA"),
        &tlv(0x81, b"GB100 A01 GSP"),
        &tlv(0x82, b"01"),
        &tlv(0x83, &[1]),
        &tlv(0x84, &[0]),
        &tlv(0x85, &[0]),
        &tlv(0xa6, &[firmware_id(digest), firmware_id(&[0; 48])].concat()),
        &tlv(0x87, &[&[0], flags.as_slice()].concat()),
        &tlv(0x88, &[0xc0]),
        &tlv(0x89, &[0]),
    ]);
    ("2.23.133.5.4.1.1".into(), false, value)
}

pub fn device_info(text: &str) -> (String, bool, Vec<u8>) {
    let other = [oid("1.3.6.1.4.1.412.274.1"), tlv(0xa0, &utf8(text))].concat();
    ("2.5.29.17".into(), false, sequence(&[&tlv(0xa0, &other)]))
}

// Devices.

/// Keys by seed.
pub mod key {
    pub const DEVICE_ROOT: u8 = 0x21;
    pub const FAMILY: u8 = 0x22;
    pub const FACTORY: u8 = 0x23;
    pub const DEVICE: u8 = 0x24;
    pub const FIRMWARE: u8 = 0x25;
    pub const MANIFEST_ROOT: u8 = 0x31;
    pub const MANIFEST_FAMILY: u8 = 0x32;
    pub const MANIFEST_AUTHORITY: u8 = 0x33;
    pub const MANIFEST_SIGNER: u8 = 0x34;
    pub const RESPONDER: u8 = 0x41;
    pub const STRANGER: u8 = 0x7f;
}

/// A device, its report and its chain.
#[derive(Clone)]
pub struct Device {
    pub nonce: [u8; 32],
    pub measurements: Vec<[u8; 48]>,
    pub opaque: Vec<(u16, Vec<u8>)>,
    /// Leaf first, root last.
    pub chain: Vec<Certificate>,
    /// Signs the report.
    pub key: u8,
}

pub const DRIVER: &str = "570.86.10";
pub const FIRMWARE: &str = "96.00.AF.00.01";

pub fn measurement(index: u8) -> [u8; 48] {
    [index; 48]
}

impl Device {
    fn new(chip: &str, dice: (String, bool, Vec<u8>), opaque: Vec<(u16, Vec<u8>)>) -> Self {
        let (root, family, factory) = ("Test Device Identity CA", "Test Identity", "Test Provisioner");
        let device = format!("{chip} A01 GSP BROM");
        let leaf = Certificate {
            serial: vec![0x15; 20],
            is_authority: None,
            key_usage: 0x80,
            extensions: vec![device_info(&format!("NVIDIA:{chip}:48B02D7A7CD27FC3")), dice],
            ..Certificate::authority(&format!("{chip} A01 GSP FMC LF"), key::FIRMWARE, &device, key::DEVICE, 0)
        };
        Self {
            nonce: NONCE,
            measurements: (0..64).map(measurement).collect(),
            opaque,
            chain: vec![
                leaf,
                Certificate {
                    key_usage: 4,
                    ..Certificate::authority(&device, key::DEVICE, factory, key::FACTORY, 0x14)
                },
                Certificate::authority(factory, key::FACTORY, family, key::FAMILY, 0x13),
                Certificate::authority(family, key::FAMILY, root, key::DEVICE_ROOT, 0x12),
                Certificate::authority(root, key::DEVICE_ROOT, root, key::DEVICE_ROOT, 0x11),
            ],
            key: key::FIRMWARE,
        }
    }

    pub fn hopper() -> Self {
        let opaque = vec![
            (6, vec![0x00, 0xaf, 0x00, 0x96, 0x01, 0, 0, 0]),
            (15, b"882\0\0".to_vec()),
            (17, b"1010\0".to_vec()),
            (18, b"0200\0".to_vec()),
            (3, b"570.86.10\0".to_vec()),
            (11, vec![0xaa]),
            (20, FIRMWARE_ID.to_vec()),
            (21, vec![0x55]),
            (22, [[0; 8], [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]].concat()),
            (34, vec![1, 0]),
            (36, vec![0, 0]),
        ];
        Self::new("GH100", composite_device_id(key::DEVICE, &FIRMWARE_ID), opaque)
    }

    pub fn blackwell(flags: [u8; 4]) -> Self {
        let opaque = vec![
            (6, vec![0x00, 0x88, 0x00, 0x97, 0x0f, 0, 0, 0]),
            (3, b"575.32\0".to_vec()),
            (11, vec![0x55]),
            (20, FIRMWARE_ID.to_vec()),
            (34, vec![0, 0]),
        ];
        Self::new("GB100", tcb_info(&FIRMWARE_ID, flags), opaque)
    }

    pub fn switch() -> Self {
        let opaque = vec![
            (6, b"96.10.55.00.01".to_vec()),
            (22, vec![8, 7, 6, 5, 4, 3, 2, 1]),
            (26, [vec![9; 64], vec![0xff; 64]].concat()),
            (25, vec![1, 0]),
        ];
        Self::new("LS_10", composite_device_id(key::DEVICE, &FIRMWARE_ID), opaque)
    }

    /// The good Hopper GPU with one change.
    pub fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut device = Self::hopper();
        change(&mut device);
        device
    }

    pub fn set(&mut self, field: u16, value: &[u8]) {
        self.opaque.retain(|(known, _)| *known != field);
        self.opaque.push((field, value.to_vec()));
    }

    /// What the device signs.
    pub fn body(&self) -> Vec<u8> {
        let mut body = vec![0x11, 0xe0, 0x01, 0xff];
        body.extend_from_slice(&self.nonce);
        body.extend([0, 0x11, 0x60, 0, 0, self.measurements.len() as u8]);
        body.extend_from_slice(&((self.measurements.len() * 55) as u32).to_le_bytes()[..3]);
        for (measurement, index) in self.measurements.iter().zip(1..) {
            body.extend([index, 1, 51, 0, 1, 48, 0]);
            body.extend_from_slice(measurement);
        }
        body.extend([0xd0; 32]);
        let mut opaque = Vec::new();
        for (field, value) in &self.opaque {
            opaque.extend_from_slice(&field.to_le_bytes());
            opaque.extend_from_slice(&(value.len() as u16).to_le_bytes());
            opaque.extend_from_slice(value);
        }
        body.extend_from_slice(&(opaque.len() as u16).to_le_bytes());
        body.extend_from_slice(&opaque);
        body
    }

    /// `body`, or a change of it, with the device's signature.
    pub fn sign(&self, mut body: Vec<u8>) -> Vec<u8> {
        let signature = Key::new(self.key).sign(&body);
        body.extend_from_slice(&signature);
        body
    }

    pub fn report(&self) -> Vec<u8> {
        self.sign(self.body())
    }

    pub fn pem(&self) -> Vec<u8> {
        pem(&self.chain.iter().map(Certificate::der).collect::<Vec<_>>())
    }

    /// Good responses about every certificate but leaf and root.
    pub fn responses(&self) -> Vec<Vec<u8>> {
        (1..self.chain.len() - 1).map(|place| Ocsp::about(&self.chain, place).der()).collect()
    }

    /// Verifies it under `policy` with `endorsements`.
    pub fn verify(
        &self,
        endorsements: &NvidiaEndorsements<'_>,
        policy: &NvidiaPolicy,
    ) -> Result<NvidiaVerdict, NvidiaRefusal> {
        verify_report(&self.report(), &self.pem(), endorsements, policy)
    }
}

pub fn verify_report(
    report: &[u8],
    certificate_chain: &[u8],
    endorsements: &NvidiaEndorsements<'_>,
    policy: &NvidiaPolicy,
) -> Result<NvidiaVerdict, NvidiaRefusal> {
    verify_nvidia(&NvidiaEvidence { report, certificate_chain }, endorsements, &roots(), policy, NOW)
}

pub fn pem(encodings: &[Vec<u8>]) -> Vec<u8> {
    let mut text = String::new();
    for der in encodings {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in STANDARD.encode(der).as_bytes().chunks(64) {
            text.push_str(std::str::from_utf8(line).unwrap());
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text.into_bytes()
}

pub fn roots() -> NvidiaRoots {
    NvidiaRoots {
        device: NvidiaRoot::from_certificate(&Device::hopper().chain[4].der(), Chain::Device).unwrap(),
        manifest: NvidiaRoot::from_certificate(&Manifest::driver().chain[3].der(), Chain::Manifest).unwrap(),
    }
}

pub fn floors() -> NvidiaFloors {
    NvidiaFloors { driver: DriverVersion::parse(DRIVER).unwrap(), firmware: FirmwareVersion::parse(FIRMWARE).unwrap() }
}

/// Accepts the good Hopper GPU with all its endorsements, and nothing less.
pub fn strict() -> NvidiaPolicy {
    NvidiaPolicy::strict(Some(floors()), None, None)
}

pub fn evidence_only() -> NvidiaPolicy {
    NvidiaPolicy::insecure_without_endorsements()
}

// Manifests.

/// A manifest: index, whether active, digests.
#[derive(Clone)]
pub struct Manifest {
    pub chip: String,
    pub version: String,
    pub entries: Vec<(u8, bool, Vec<[u8; 48]>)>,
    pub chain: Vec<Certificate>,
    pub key: u8,
}

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const NAMESPACES: &str = concat!(
    r#" xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd""#,
    r#" xmlns:ns0="http://standards.iso.org/iso/19770/-2/2015/schema.xsd""#,
    r#" xmlns:ns2="http://www.w3.org/2001/04/xmlenc#sha384""#
);

impl Manifest {
    fn new(version: &str, entries: Vec<(u8, bool, Vec<[u8; 48]>)>) -> Self {
        let (root, family, authority) = ("Test RIM root", "Test Reference Value CA", "Test Reference Value L3");
        let signer = Certificate {
            is_authority: Some(false),
            key_usage: 0x80,
            validity: (MONTHS.0.into(), MONTHS.1.into()),
            ..Certificate::authority("Test RIM L4", key::MANIFEST_SIGNER, authority, key::MANIFEST_AUTHORITY, 0x04)
        };
        Self {
            chip: "GH100".into(),
            version: version.into(),
            entries,
            chain: vec![
                signer,
                Certificate::authority(authority, key::MANIFEST_AUTHORITY, family, key::MANIFEST_FAMILY, 0x03),
                Certificate::authority(family, key::MANIFEST_FAMILY, root, key::MANIFEST_ROOT, 0x02),
                Certificate::authority(root, key::MANIFEST_ROOT, root, key::MANIFEST_ROOT, 0x01),
            ],
            key: key::MANIFEST_SIGNER,
        }
    }

    /// Measurements 7 and 21 with an alternative, 22 inactive, and that of the video decoder.
    pub fn driver() -> Self {
        let entries = vec![
            (7, true, vec![measurement(7)]),
            (21, true, vec![[0xee; 48], measurement(21)]),
            (22, false, vec![[0; 48]]),
            (35, true, vec![measurement(35)]),
        ];
        Self::new(DRIVER, entries)
    }

    /// Measurements 0 to 2.
    pub fn firmware() -> Self {
        Self::new(FIRMWARE, (0..3).map(|index| (index, true, vec![measurement(index)])).collect())
    }

    pub fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Everything but the signature and the end, in canonical form already.
    pub fn document(&self) -> String {
        let (chip, version) = (&self.chip, &self.version);
        let mut text = format!(
            r#"<SoftwareIdentity{NAMESPACES} corpus="false" name="{chip}" patch="false" supplemental="false" tagId="1">
<ns0:Entity name="NVIDIA Corporation" role="tagCreator"></ns0:Entity>
<ns0:Meta colloquialVersion="{version}" product="{chip}"></ns0:Meta><ns0:Payload>"#
        );
        for (index, is_active, digests) in &self.entries {
            let active = if *is_active { "True" } else { "False" };
            let mut hashes: Vec<_> = (0..digests.len()).map(|place| (format!("Hash{place}"), place)).collect();
            // The canonical form has them by their names, 10 before 2.
            hashes.sort();
            let hashes: String = hashes
                .iter()
                .map(|(name, place)| format!(r#" ns2:{name}="{}""#, hex::encode(digests[*place])))
                .collect();
            text.push_str(&format!(
                r#"<ns0:Resource active="{active}" alternatives="{}" index="{index}" name="M" size="48" type="Measurement"{hashes}></ns0:Resource>"#,
                digests.len()
            ));
        }
        text.push_str("</ns0:Payload>\n");
        text
    }

    /// The whole file.
    pub fn xml(&self) -> String {
        self.sign(&self.document(), |info| info)
    }

    /// `document` with a signature over it, of which `change` alters `SignedInfo` before it is signed.
    pub fn sign(&self, document: &str, change: impl FnOnce(String) -> String) -> String {
        let digest = STANDARD.encode(Sha384::digest(format!("{document}</SoftwareIdentity>")));
        let method = |name: &str, uri: &str| format!(r#"<ds:{name} Algorithm="{uri}"></ds:{name}>"#);
        let canonical = "http://www.w3.org/2006/12/xml-c14n11";
        let info = change(format!(
            r#"{}{}<ds:Reference URI=""><ds:Transforms>{}{}</ds:Transforms>{}<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"#,
            method("CanonicalizationMethod", canonical),
            method("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
            method("Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
            method("Transform", canonical),
            method("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#sha384"),
        ));
        // The canonical form of the part alone begins with all namespaces in force, the default one first.
        let (default, rest) = NAMESPACES.split_once(" xmlns:ns0").unwrap();
        let signed = format!(r#"<ds:SignedInfo{default} xmlns:ds="{DSIG}" xmlns:ns0{rest}>{info}"#);
        let value = STANDARD.encode(Key::new(self.key).sign(signed.as_bytes()));
        let certificates: String = self
            .chain
            .iter()
            .map(|one| format!("<ds:X509Certificate>{}\n</ds:X509Certificate>", STANDARD.encode(one.der())))
            .collect();
        format!(
            r#"{document}<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo>{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo></ds:Signature></SoftwareIdentity>
"#
        )
    }

    /// Good responses about every certificate but the root.
    pub fn responses(&self) -> Vec<Vec<u8>> {
        (0..self.chain.len() - 1).map(|place| Ocsp::about(&self.chain, place).der()).collect()
    }

    /// Checks it with good responses, strictly.
    pub fn check(&self) -> Result<CheckedManifest, NvidiaRefusal> {
        let responses = self.responses();
        let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
        verify_manifest(self.xml().as_bytes(), &responses, &roots(), &strict().revocation, NOW)
    }

    /// Checks `xml` without responses.
    pub fn check_xml(xml: &str) -> Result<CheckedManifest, NvidiaRefusal> {
        verify_manifest(xml.as_bytes(), &[], &roots(), &evidence_only().revocation, NOW)
    }
}

// Responses of the revocation service.

#[derive(Clone)]
pub struct Ocsp {
    pub response_status: u8,
    pub hash: String,
    pub issuer_name: Vec<u8>,
    pub issuer_point: Vec<u8>,
    pub serial: Vec<u8>,
    /// The encodings of `CertStatus` in answers about the same certificate.
    pub statuses: Vec<Vec<u8>>,
    pub this_update: String,
    pub next_update: Option<String>,
    pub nonce: Option<Vec<u8>>,
    /// More extensions of the response: OID, whether critical.
    pub extension: Option<(String, bool)>,
    pub signer: u8,
    /// Certificates that come with it.
    pub certificates: Vec<Certificate>,
    /// Others whose answers stand in this one too.
    pub more: Vec<Self>,
}

pub const GOOD: [u8; 2] = [0x80, 0];
pub const UNKNOWN: [u8; 2] = [0x82, 0];

pub fn revoked(reason: u8) -> Vec<u8> {
    tlv(0xa1, &[time("20260801000000Z"), tlv(0xa0, &tlv(0x0a, &[reason]))].concat())
}

impl Ocsp {
    /// Says that the certificate at `place` of `chain` is good, in the name of its issuer.
    pub fn about(chain: &[Certificate], place: usize) -> Self {
        let issuer = &chain[place + 1];
        Self {
            response_status: 0,
            hash: "2.16.840.1.101.3.4.2.2".into(),
            issuer_name: name(&issuer.subject),
            issuer_point: Key::new(issuer.key).point(),
            serial: chain[place].serial.clone(),
            statuses: vec![GOOD.to_vec()],
            this_update: THIS_UPDATE.into(),
            next_update: Some(NEXT_UPDATE.into()),
            nonce: None,
            extension: None,
            signer: issuer.key,
            certificates: Vec::new(),
            more: Vec::new(),
        }
    }

    /// The same, signed by a responder that the issuer certified.
    pub fn delegated(chain: &[Certificate], place: usize) -> Self {
        let issuer = &chain[place + 1];
        let responder = Certificate {
            is_authority: Some(false),
            key_usage: 0x80,
            extensions: vec![("2.5.29.37".into(), true, sequence(&[&oid("1.3.6.1.5.5.7.3.9")]))],
            ..Certificate::authority("Test OCSP responder", key::RESPONDER, &issuer.subject, issuer.key, 0x51)
        };
        Self { signer: key::RESPONDER, certificates: vec![responder], ..Self::about(chain, place) }
    }

    pub fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// What it says about its certificate.
    fn answers(&self) -> Vec<u8> {
        let hash = |bytes: &[u8]| tlv(4, &Sha384::digest(bytes));
        let id = sequence(&[
            &sequence(&[&oid(&self.hash), &tlv(5, &[])]),
            &hash(&self.issuer_name),
            &hash(&self.issuer_point),
            &integer(&self.serial),
        ]);
        let next_update = self.next_update.as_deref().map_or(Vec::new(), |text| tlv(0xa0, &time(text)));
        let answer = |status: &Vec<u8>| sequence(&[&id, status, &time(&self.this_update), &next_update]);
        self.statuses.iter().flat_map(answer).collect()
    }

    pub fn der(&self) -> Vec<u8> {
        if self.response_status != 0 {
            return sequence(&[&tlv(0x0a, &[self.response_status])]);
        }
        let answers: Vec<u8> = self.answers().into_iter().chain(self.more.iter().flat_map(Self::answers)).collect();
        let mut extensions = Vec::new();
        if let Some(nonce) = &self.nonce {
            extensions.extend(sequence(&[&oid("1.3.6.1.5.5.7.48.1.2"), &tlv(4, &tlv(4, nonce))]));
        }
        if let Some((oid_text, critical)) = &self.extension {
            let critical: &[u8] = if *critical { &[1, 1, 0xff] } else { &[] };
            extensions.extend(sequence(&[&oid(oid_text), critical, &tlv(4, &[5, 0])]));
        }
        let extensions = if extensions.is_empty() { extensions } else { tlv(0xa1, &tlv(0x30, &extensions)) };
        let data =
            sequence(&[&tlv(0xa1, &name("anybody")), &time(&self.this_update), &tlv(0x30, &answers), &extensions]);
        let certificates: Vec<u8> = self.certificates.iter().flat_map(Certificate::der).collect();
        let certificates = if certificates.is_empty() { certificates } else { tlv(0xa0, &tlv(0x30, &certificates)) };
        let basic = signed(&data, &Key::new(self.signer), &certificates);
        let typed = sequence(&[&oid("1.3.6.1.5.5.7.48.1.1"), &tlv(4, &basic)]);
        sequence(&[&tlv(0x0a, &[0]), &tlv(0xa0, &typed)])
    }
}
