//! A key infrastructure of the shape of AWS's, and documents under it, to be broken in one place by each test.
#![allow(dead_code, reason = "every test file uses another part of it")]

#[path = "cbor.rs"]
pub mod cbor;

use adyton_attestation::nitro::{NitroEndorsements, NitroPolicy, NitroRefusal, NitroRoot, NitroVerdict, verify_nitro};
use p384::ecdsa::{Signature, SigningKey, signature::Signer};
use std::{sync::LazyLock, time::Duration};

/// The time of every verification.
pub const NOW: u64 = 1_790_000_000;
/// The document is three seconds old.
pub const TIMESTAMP: u64 = NOW - 3;
pub const LEAF_BEGINS: u64 = NOW - 6;
pub const LEAF_ENDS: u64 = LEAF_BEGINS + 3 * 60 * 60 + 3;
pub const MODULE_ID: &str = "i-0123456789abcdef0-enc0123456789abcdef";
pub const NONCE: [u8; 32] = [0x4e; 32];
pub const USER_DATA: [u8; 64] = [0x5a; 64];

const DAY: u64 = 24 * 60 * 60;

/// DER, well-formed or not.
pub mod der {
    pub const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    pub const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    pub const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
    pub const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];

    pub const TRUE: [u8; 3] = [0x01, 0x01, 0xff];

    pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
        let length = contents.len();
        let head = match length {
            0..=0x7f => vec![tag, length as u8],
            0x80..=0xff => vec![tag, 0x81, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        [head, contents.to_vec()].concat()
    }

    pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        tlv(0x30, &parts.concat())
    }

    /// An INTEGER from big-endian octets, without leading zeros.
    pub fn unsigned(octets: &[u8]) -> Vec<u8> {
        let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
        let octets = &octets[start..];
        let sign = if octets[0] & 0x80 == 0 { &[][..] } else { &[0][..] };
        tlv(0x02, &[sign, octets].concat())
    }

    pub fn oid(contents: &[u8]) -> Vec<u8> {
        tlv(0x06, contents)
    }

    pub fn octets(contents: &[u8]) -> Vec<u8> {
        tlv(0x04, contents)
    }

    pub fn bits(unused: u8, contents: &[u8]) -> Vec<u8> {
        tlv(0x03, &[&[unused], contents].concat())
    }

    pub fn name(common_name: &str) -> Vec<u8> {
        let attribute = sequence(&[oid(COMMON_NAME), tlv(0x0c, common_name.as_bytes())]);
        sequence(&[tlv(0x31, &attribute)])
    }

    pub fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
        let critical = if critical { TRUE.to_vec() } else { Vec::new() };
        sequence(&[oid(id), critical, octets(value)])
    }

    pub fn ecdsa_sha384() -> Vec<u8> {
        sequence(&[oid(ECDSA_WITH_SHA384)])
    }
}

/// Unix seconds as UTCTime.
pub fn utc(seconds: u64) -> Vec<u8> {
    use ::der::Encode;
    ::der::asn1::UtcTime::from_unix_duration(Duration::from_secs(seconds)).unwrap().to_der().unwrap()
}

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 48]).unwrap()
}

/// x ‖ y.
pub fn point(number: u8) -> Vec<u8> {
    key(number).verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec()
}

pub fn sign(number: u8, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key(number).sign(message);
    signature.to_bytes().to_vec()
}

/// r ‖ s as a certificate carries it.
fn signature_value(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(48);
    der::sequence(&[der::unsigned(r), der::unsigned(s)])
}

/// One certificate as it will be issued.
#[derive(Clone)]
pub struct Certificate {
    pub subject: String,
    pub key: u8,
    pub serial: Vec<u8>,
    /// Encoded: two times.
    pub validity: Vec<u8>,
    /// Encoded contents of the extension.
    pub basic_constraints: Option<Vec<u8>>,
    /// Encoded contents of the extension.
    pub key_usage: Option<Vec<u8>>,
    /// Encoded.
    pub extensions: Vec<Vec<u8>>,
    /// Encoded, in place of the key's own.
    pub public_key: Option<Vec<u8>>,
    /// In place of the real issuer's name and key.
    pub issuer: Option<(String, u8)>,
    /// Changes the encoding after it is signed.
    pub after: Option<fn(&mut Vec<u8>)>,
}

impl Certificate {
    pub fn set_validity(&mut self, from: u64, until: u64) {
        self.validity = der::sequence(&[utc(from), utc(until)]);
    }

    pub fn set_authority(&mut self, path_length: Option<&[u8]>) {
        let length = path_length.map(|octets| der::tlv(0x02, octets)).unwrap_or_default();
        self.basic_constraints = Some(der::sequence(&[der::TRUE.to_vec(), length]));
    }

    fn issue(&self, issuer: &str, signer: u8) -> Vec<u8> {
        let (issuer, signer) = match &self.issuer {
            Some((name, key)) => (name.as_str(), *key),
            None => (issuer, signer),
        };
        let spki = || {
            let algorithm = der::sequence(&[der::oid(der::EC_PUBLIC_KEY), der::oid(der::SECP384R1)]);
            der::sequence(&[algorithm, der::bits(0, &[&[4], point(self.key).as_slice()].concat())])
        };
        let mut extensions = self.extensions.clone();
        for (id, value) in [(der::BASIC_CONSTRAINTS, &self.basic_constraints), (der::KEY_USAGE, &self.key_usage)] {
            extensions.extend(value.iter().map(|value| der::extension(id, true, value)));
        }
        let signed = der::sequence(&[
            der::tlv(0xa0, &[0x02, 0x01, 0x02]),
            der::unsigned(&self.serial),
            der::ecdsa_sha384(),
            der::name(issuer),
            self.validity.clone(),
            der::name(&self.subject),
            self.public_key.clone().unwrap_or_else(spki),
            der::tlv(0xa3, &der::sequence(&extensions)),
        ]);
        let signature = der::bits(0, &signature_value(&sign(signer, &signed)));
        let mut encoding = der::sequence(&[signed, der::ecdsa_sha384(), signature]);
        if let Some(after) = self.after {
            after(&mut encoding);
        }
        encoding
    }
}

fn certificate(subject: &str, key: u8, from: u64, until: u64) -> Certificate {
    let mut certificate = Certificate {
        subject: subject.into(),
        key,
        serial: vec![key; 16],
        validity: Vec::new(),
        basic_constraints: Some(der::sequence(&[])),
        key_usage: Some(der::bits(6, &[0xc0])),
        extensions: Vec::new(),
        public_key: None,
        issuer: None,
        after: None,
    };
    certificate.set_validity(from, until);
    certificate
}

/// Everything that goes into a document.
#[derive(Clone)]
pub struct Plan {
    /// Root, region, zone, instance, and last the document's own.
    pub certificates: Vec<Certificate>,
    /// In place of the bundle that is made of the certificates.
    pub bundle: Option<Vec<Vec<u8>>>,
    /// Encoded; certificate and bundle are made of the certificates where these are `None`.
    pub fields: Vec<(&'static str, Option<Vec<u8>>)>,
    pub registers: Vec<(i64, Vec<u8>)>,
    /// Whether the content tells its length beforehand.
    pub is_open: bool,
    /// Put behind the signed content.
    pub after_content: Vec<u8>,
    pub protected: Vec<u8>,
    pub unprotected: Vec<u8>,
    pub tag: Option<u64>,
    /// The key that signs the document, in place of the certificate's.
    pub signer: Option<u8>,
}

pub const ROOT: usize = 0;
pub const REGION: usize = 1;
pub const ZONE: usize = 2;
pub const INSTANCE: usize = 3;
pub const LEAF: usize = 4;

pub fn plan() -> Plan {
    let mut root = certificate("test.nitro-enclaves", 1, NOW - 1000 * DAY, NOW + 5000 * DAY);
    root.set_authority(None);
    let mut region = certificate("r.nitro-enclaves", 2, NOW - 10 * DAY, NOW + 10 * DAY);
    region.set_authority(Some(&[2]));
    let mut zone = certificate("z.r.nitro-enclaves", 3, NOW - 2 * DAY, NOW + 3 * DAY);
    zone.set_authority(Some(&[1]));
    for authority in [&mut root, &mut region, &mut zone] {
        authority.key_usage = Some(der::bits(1, &[0x86]));
    }
    for named in [&mut region, &mut zone] {
        named.extensions.push(der::extension(der::CRL_DISTRIBUTION_POINTS, false, &der::sequence(&[])));
    }
    let mut instance = certificate("i.r.nitro-enclaves", 4, NOW - 3600, NOW + DAY - 3600);
    instance.set_authority(Some(&[0]));
    instance.key_usage = Some(der::bits(2, &[0x04]));
    let leaf = certificate("i-enc.r.aws", 5, LEAF_BEGINS, LEAF_ENDS);
    Plan {
        certificates: vec![root, region, zone, instance, leaf],
        bundle: None,
        fields: vec![
            ("module_id", Some(cbor::text(MODULE_ID))),
            ("digest", Some(cbor::text("SHA384"))),
            ("timestamp", Some(cbor::int(TIMESTAMP as i64 * 1000 + 500))),
            ("pcrs", None),
            ("certificate", None),
            ("cabundle", None),
            ("public_key", Some(cbor::NULL.to_vec())),
            ("user_data", Some(cbor::bytes(&USER_DATA))),
            ("nonce", Some(cbor::bytes(&NONCE))),
        ],
        registers: (0..16).map(|index| (index, vec![if index < 5 { index as u8 + 1 } else { 0 }; 48])).collect(),
        is_open: true,
        after_content: Vec::new(),
        protected: cbor::protected(-35),
        unprotected: cbor::map(&[]),
        tag: None,
        signer: None,
    }
}

/// The good plan with one change.
pub fn changed(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = plan();
    change(&mut plan);
    plan
}

impl Plan {
    pub fn set(&mut self, field: &str, value: Vec<u8>) {
        self.fields.iter_mut().find(|(name, _)| *name == field).unwrap().1 = Some(value);
    }

    pub fn remove(&mut self, field: &str) {
        self.fields.retain(|(name, _)| *name != field);
    }

    pub fn set_register(&mut self, index: i64, value: &[u8]) {
        self.registers.retain(|(existing, _)| *existing != index);
        self.registers.push((index, value.to_vec()));
    }

    /// All certificates, encoded.
    pub fn chain(&self) -> Vec<Vec<u8>> {
        let issuers = [&self.certificates[..1], &self.certificates].concat();
        let issue =
            |(certificate, issuer): (&Certificate, &Certificate)| certificate.issue(&issuer.subject, issuer.key);
        self.certificates.iter().zip(&issuers).map(issue).collect()
    }

    pub fn content(&self) -> Vec<u8> {
        let chain = self.chain();
        let (leaf, bundle) = chain.split_last().unwrap();
        let bundle = self.bundle.as_deref().unwrap_or(bundle);
        let entries: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value)| {
                let made = || match *name {
                    "certificate" => cbor::bytes(leaf),
                    "cabundle" => cbor::array(&bundle.iter().map(|one| cbor::bytes(one)).collect::<Vec<_>>()),
                    "pcrs" => {
                        let entries = self.registers.iter().map(|(index, pcr)| (cbor::int(*index), cbor::bytes(pcr)));
                        cbor::map(&entries.collect::<Vec<_>>())
                    }
                    _ => panic!("{name} has no value"),
                };
                (cbor::text(name), value.clone().unwrap_or_else(made))
            })
            .collect();
        let content = if self.is_open { cbor::open_map(&entries) } else { cbor::map(&entries) };
        [content, self.after_content.clone()].concat()
    }

    /// The four fields of the message.
    pub fn message(&self) -> [Vec<u8>; 4] {
        let content = self.content();
        let signer = self.signer.unwrap_or(self.certificates.last().unwrap().key);
        let signature = sign(signer, &cbor::to_be_signed(&self.protected, &content));
        [cbor::bytes(&self.protected), self.unprotected.clone(), cbor::bytes(&content), cbor::bytes(&signature)]
    }

    pub fn issue(&self) -> Vec<u8> {
        let message = cbor::array(&self.message());
        match self.tag {
            Some(tag) => cbor::tagged(tag, &message),
            None => message,
        }
    }

    /// A revocation list by one of the certificates.
    pub fn revocation_list(&self, issuer: usize, serials: &[&[u8]], from: u64, until: u64) -> Vec<u8> {
        let issuer = &self.certificates[issuer];
        let entry = |serial: &&[u8]| der::sequence(&[der::unsigned(serial), utc(from)]);
        let entries: Vec<_> = serials.iter().map(entry).collect();
        let entries = if entries.is_empty() { Vec::new() } else { der::sequence(&entries) };
        let number = der::extension(&[0x55, 0x1d, 0x14], false, &der::unsigned(&[1]));
        let signed = der::sequence(&[
            der::unsigned(&[1]),
            der::ecdsa_sha384(),
            der::name(&issuer.subject),
            utc(from),
            utc(until),
            entries,
            der::tlv(0xa0, &der::sequence(&[number])),
        ]);
        let signature = der::bits(0, &signature_value(&sign(issuer.key, &signed)));
        der::sequence(&[signed, der::ecdsa_sha384(), signature])
    }
}

pub fn root() -> NitroRoot {
    static ROOT_OF_PLAN: LazyLock<NitroRoot> =
        LazyLock::new(|| NitroRoot::from_certificate(&plan().chain()[ROOT]).unwrap());
    *ROOT_OF_PLAN
}

pub fn policy() -> NitroPolicy {
    NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME)
}

pub fn verify(document: &[u8]) -> Result<NitroVerdict, NitroRefusal> {
    verify_at(document, NOW)
}

pub fn verify_at(document: &[u8], now: u64) -> Result<NitroVerdict, NitroRefusal> {
    verify_nitro(document, &NitroEndorsements::of_root(root()), &policy(), now)
}

/// Why what the changed plan issues is refused.
pub fn refusal(change: impl FnOnce(&mut Plan)) -> NitroRefusal {
    verify(&changed(change).issue()).unwrap_err()
}
