//! Quotes, keys and certificates of a TPM that exists only in tests.
#![allow(dead_code, reason = "every test file uses another part of it")]

use adyton_attestation::tpm::{
    KeyEvidence, PcrPolicy, PcrSet, PcrValue, QuoteSignature, TpmEndorsements, TpmEvidence, TpmPolicy, TpmRefusal,
    TpmRoot, TpmVerdict, verify_tpm,
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, RevokedCertParams, SerialNumber, SignatureAlgorithm,
    date_time_ymd,
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// 2026-06-15, inside the time of every good document.
pub const NOW: u64 = 1_781_481_600;
pub const NONCE: [u8; 32] = [0x77; 32];
pub const SHA256_BANK: u16 = 0x000b;

/// A `TPMS_ATTEST`, field by field.
#[derive(Clone)]
pub struct Message {
    pub magic: u32,
    pub kind: u16,
    pub signer: Vec<u8>,
    pub nonce: Vec<u8>,
    pub reset_count: u32,
    pub safe: u8,
    pub firmware: u64,
    /// Bank and register bits.
    pub selections: Vec<(u16, Vec<u8>)>,
    pub digest: Vec<u8>,
    pub trailing: Vec<u8>,
}

impl Message {
    /// A good quote over all registers of the SHA-256 bank.
    pub fn good() -> Self {
        Self {
            magic: 0xff54_4347,
            kind: 0x8018,
            signer: [&[0x00, 0x0b][..], &[0x22; 32]].concat(),
            nonce: NONCE.to_vec(),
            reset_count: 5,
            safe: 1,
            firmware: 0x2020_0312_0012_0003,
            selections: vec![(SHA256_BANK, vec![0xff, 0xff, 0xff])],
            digest: digest(&pcrs()),
            trailing: Vec::new(),
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.magic.to_be_bytes().to_vec();
        bytes.extend(self.kind.to_be_bytes());
        counted(&mut bytes, &self.signer);
        counted(&mut bytes, &self.nonce);
        bytes.extend(1234u64.to_be_bytes());
        bytes.extend(self.reset_count.to_be_bytes());
        bytes.extend(0u32.to_be_bytes());
        bytes.push(self.safe);
        bytes.extend(self.firmware.to_be_bytes());
        bytes.extend((self.selections.len() as u32).to_be_bytes());
        for (bank, bits) in &self.selections {
            bytes.extend(bank.to_be_bytes());
            bytes.push(bits.len() as u8);
            bytes.extend(bits);
        }
        counted(&mut bytes, &self.digest);
        bytes.extend(&self.trailing);
        bytes
    }
}

pub fn counted(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend((field.len() as u16).to_be_bytes());
    bytes.extend(field);
}

/// The values of all registers.
pub fn pcrs() -> Vec<PcrValue> {
    (0..24).map(|index| PcrValue { bank: SHA256_BANK, index, value: vec![index + 1; 32] }).collect()
}

pub fn digest(pcrs: &[PcrValue]) -> Vec<u8> {
    let values: Vec<u8> = pcrs.iter().flat_map(|pcr| pcr.value.clone()).collect();
    Sha256::digest(values).to_vec()
}

pub fn key() -> SigningKey {
    SigningKey::from_slice(&[0x11; 32]).unwrap()
}

/// x and y of a key.
pub fn point(key: &SigningKey) -> ([u8; 32], [u8; 32]) {
    let point = key.verifying_key().to_encoded_point(false);
    ((*point.x().unwrap()).into(), (*point.y().unwrap()).into())
}

/// A good restricted signing key: restricted, sign, user with authorisation, data origin, fixed parent, fixed TPM.
pub const ATTRIBUTES: u32 = 0x0005_0072;

/// `TPMT_PUBLIC` of a key on P-256 for ECDSA with SHA-256.
pub fn public_area(key: &SigningKey, attributes: u32) -> Vec<u8> {
    let (x, y) = point(key);
    let mut bytes = vec![0x00, 0x23, 0x00, 0x0b];
    bytes.extend(attributes.to_be_bytes());
    counted(&mut bytes, &[]);
    bytes.extend([0x00, 0x10, 0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, 0x00, 0x10]);
    counted(&mut bytes, &x);
    counted(&mut bytes, &y);
    bytes
}

/// DER `SubjectPublicKeyInfo` of a key on P-256.
pub fn public_key_info(key: &SigningKey) -> Vec<u8> {
    let mut der = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    der.extend(key.verifying_key().to_encoded_point(false).as_bytes());
    der
}

/// `TPMT_SIGNATURE`, ECDSA with SHA-256.
pub fn sign(key: &SigningKey, message: &[u8]) -> QuoteSignature {
    let signature: Signature = key.sign(message);
    structured(&signature.r().to_bytes(), &signature.s().to_bytes())
}

pub fn structured(r: &[u8], s: &[u8]) -> QuoteSignature {
    let mut bytes = vec![0x00, 0x18, 0x00, 0x0b];
    counted(&mut bytes, r);
    counted(&mut bytes, s);
    QuoteSignature::Structured(bytes)
}

/// Good evidence whose key has a public area.
pub fn evidence() -> TpmEvidence {
    of_message(&Message::good())
}

/// Evidence of the good key with another quote.
pub fn of_message(message: &Message) -> TpmEvidence {
    let message = message.encode();
    TpmEvidence {
        signature: sign(&key(), &message),
        message,
        pcrs: pcrs(),
        key: KeyEvidence { public_area: Some(public_area(&key(), ATTRIBUTES)), ..KeyEvidence::default() },
    }
}

/// Evidence of the good key with one change to its quote.
pub fn changed(change: impl FnOnce(&mut Message)) -> TpmEvidence {
    let mut message = Message::good();
    change(&mut message);
    of_message(&message)
}

pub fn required() -> PcrSet {
    PcrSet::FIRMWARE
}

/// Strict, and knows the good key.
pub fn policy() -> TpmPolicy {
    let key = adyton_attestation::tpm::AttestationKey::from_public_area(&public_area(&key(), ATTRIBUTES)).unwrap();
    TpmPolicy { keys: vec![key.id()], ..TpmPolicy::strict(required()) }
}

pub fn verify(evidence: &TpmEvidence, policy: &TpmPolicy) -> Result<TpmVerdict, TpmRefusal> {
    verify_tpm(evidence, &TpmEndorsements::default(), policy, NOW)
}

/// Why evidence is refused under the good policy.
pub fn refusal(evidence: &TpmEvidence) -> TpmRefusal {
    verify(evidence, &policy()).unwrap_err()
}

/// Why the good evidence is refused under another policy.
pub fn policy_refusal(change: impl FnOnce(&mut TpmPolicy)) -> TpmRefusal {
    let mut policy = policy();
    change(&mut policy);
    verify(&evidence(), &policy).unwrap_err()
}

pub fn pcr_policy(change: impl FnOnce(&mut PcrPolicy)) -> TpmRefusal {
    policy_refusal(|policy| change(&mut policy.pcrs))
}

/// What a certificate authority of the tests issues: a root, an authority under it, an attestation key's
/// certificate under that.
pub struct Authority {
    pub root: Link,
    pub middle: Link,
}

/// A certificate with its key.
pub struct Link {
    pub params: CertificateParams,
    pub key: KeyPair,
    pub certificate: Certificate,
}

/// What may be wrong with a certificate.
#[derive(Clone)]
pub struct Leaf {
    pub purposes: Vec<Vec<u64>>,
    pub usages: Vec<KeyUsagePurpose>,
    pub is_ca: IsCa,
    pub until: (i32, u8, u8),
    pub from: (i32, u8, u8),
    pub serial: u8,
    /// Whether the certificate says where its issuer's list is.
    pub has_list: bool,
    pub name: &'static str,
}

impl Leaf {
    /// A good certificate of an attestation key.
    pub fn good() -> Self {
        Self {
            purposes: vec![vec![2, 23, 133, 8, 3]],
            usages: vec![KeyUsagePurpose::DigitalSignature],
            is_ca: IsCa::ExplicitNoCa,
            from: (2026, 6, 1),
            until: (2027, 6, 1),
            serial: 0x33,
            has_list: false,
            name: "attestation key",
        }
    }

    /// A good authority with room for `below` more.
    pub fn authority(name: &'static str, below: u8) -> Self {
        Self {
            purposes: Vec::new(),
            usages: vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
            is_ca: IsCa::Ca(BasicConstraints::Constrained(below)),
            from: (2025, 1, 1),
            until: (2035, 1, 1),
            serial: 0x22,
            has_list: true,
            name,
        }
    }

    pub fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, self.name);
        params.is_ca = self.is_ca;
        params.key_usages = self.usages.clone();
        params.extended_key_usages = self.purposes.iter().cloned().map(ExtendedKeyUsagePurpose::Other).collect();
        params.not_before = date_time_ymd(self.from.0, self.from.1, self.from.2);
        params.not_after = date_time_ymd(self.until.0, self.until.1, self.until.2);
        params.serial_number = Some(SerialNumber::from(vec![self.serial]));
        if self.has_list {
            params.crl_distribution_points =
                vec![CrlDistributionPoint { uris: vec![String::from("http://lists.invalid/1.crl")] }];
        }
        params
    }
}

fn key_pair() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

impl Authority {
    pub fn new() -> Self {
        Self::with_middle(&Leaf::authority("middle", 0))
    }

    /// With another authority between root and leaf.
    pub fn with_middle(middle: &Leaf) -> Self {
        let mut root_plan = Leaf::authority("root", 1);
        root_plan.has_list = false;
        let (params, key) = (root_plan.params(), key_pair());
        let certificate = params.self_signed(&key).unwrap();
        let root = Link { params, key, certificate };
        let (params, key) = (middle.params(), key_pair());
        let certificate = params.signed_by(&key, &root.issuer()).unwrap();
        Self { middle: Link { params, key, certificate }, root }
    }

    /// A certificate for a public key (DER), under the middle.
    pub fn issue(&self, leaf: &Leaf, public_key: &[u8]) -> Vec<u8> {
        leaf.params().signed_by(&Certified::of(public_key), &self.middle.issuer()).unwrap().der().to_vec()
    }

    pub fn trusted(&self) -> TpmRoot {
        TpmRoot::from_certificate(self.root.certificate.der()).unwrap()
    }

    /// Leaf and middle.
    pub fn chain(&self, leaf: &Leaf, public_key: &[u8]) -> Vec<Vec<u8>> {
        vec![self.issue(leaf, public_key), self.middle.certificate.der().to_vec()]
    }
}

/// A public key that somebody else has the private half of.
struct Certified<'a> {
    key: &'a [u8],
    algorithm: &'static SignatureAlgorithm,
}

impl<'a> Certified<'a> {
    /// Of a DER `SubjectPublicKeyInfo`: on P-256, or RSA with 2048 bits.
    fn of(public_key: &'a [u8]) -> Self {
        match public_key.len() {
            91 => Self { key: &public_key[26..], algorithm: &PKCS_ECDSA_P256_SHA256 },
            294 => Self { key: &public_key[24..], algorithm: &PKCS_RSA_SHA256 },
            other => panic!("a key of {other} bytes"),
        }
    }
}

impl PublicKeyData for Certified<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl Link {
    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// This authority's list of revoked serial numbers.
    pub fn list(&self, revoked: &[u8], from: (i32, u8, u8), until: (i32, u8, u8)) -> Vec<u8> {
        let revoked_certs = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(vec![*serial]),
            revocation_time: date_time_ymd(from.0, from.1, from.2),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(from.0, from.1, from.2),
            next_update: date_time_ymd(until.0, until.1, until.2),
            crl_number: SerialNumber::from(vec![1]),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer()).unwrap().der().to_vec()
    }

    /// An empty list that is in its time.
    pub fn empty_list(&self) -> Vec<u8> {
        self.list(&[], (2026, 6, 1), (2026, 7, 1))
    }
}

/// One authority for all tests, because making keys takes time.
pub fn authority() -> &'static Authority {
    static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);
    &AUTHORITY
}
