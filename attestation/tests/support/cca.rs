//! A platform and a realm manager of our own, and tokens of theirs, to be broken in one place by each test.
#![allow(dead_code, reason = "every test file uses another part of it")]

#[path = "cbor.rs"]
pub mod cbor;

use adyton_attestation::cca::{
    CcaEndorsements, CcaKey, CcaPlatformKey, CcaPolicy, CcaReferenceValues, CcaRefusal, CcaVerdict, verify_cca,
};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The time of every verification.
pub const NOW: u64 = 1_790_000_000;
pub const LIFETIME: u64 = 3600;
pub const CHALLENGE: [u8; 64] = [0x5a; 64];
pub const IMPLEMENTATION: [u8; 32] = [0x11; 32];
pub const INSTANCE: [u8; 33] = [1; 33];

pub const PLATFORM_KEY: u8 = 3;
pub const REALM_KEY: u8 = 4;

/// Claims by label; a label may stand there twice.
pub type Claims = Vec<(i64, Vec<u8>)>;

/// Everything that goes into a token.
#[derive(Clone)]
pub struct Plan {
    /// Without the challenge, which is made of the realm's key where it is not there.
    pub platform: Claims,
    /// Without the key, which is made where it is not there.
    pub realm: Claims,
    /// -35 or -7.
    pub platform_algorithm: i64,
    pub realm_algorithm: i64,
    /// The key that signs the realm's claims, in place of the one in them.
    pub realm_signer: u8,
    /// The collection's form; `None` is without tag.
    pub tag: Option<u64>,
    /// The content format of entries in the newer form.
    pub content_format: i64,
    /// The tag of the signed messages.
    pub message_tag: Option<u64>,
    /// Further entries of the collection.
    pub entries: Claims,
}

pub fn component(kind: &str, fill: u8) -> Vec<u8> {
    cbor::map(&[
        (cbor::int(1), cbor::text(kind)),
        (cbor::int(5), cbor::bytes(&[fill; 32])),
        (cbor::int(4), cbor::text("1.2.3")),
        (cbor::int(2), cbor::bytes(&[fill + 1; 32])),
        (cbor::int(6), cbor::text("sha-256")),
    ])
}

pub fn plan() -> Plan {
    let digest = |fill: u8| cbor::bytes(&[fill; 32]);
    Plan {
        platform: vec![
            (265, cbor::text("tag:arm.com,2023:cca_platform#1.0.0")),
            (2396, cbor::bytes(&IMPLEMENTATION)),
            (256, cbor::bytes(&INSTANCE)),
            (2401, cbor::bytes(&[0xcf; 4])),
            (2395, cbor::int(0x3003)),
            (2402, cbor::text("sha-256")),
            (2400, cbor::text("https://verifier.example")),
            (2399, cbor::array(&[component("BL1", 0x20), component("RMM", 0x30)])),
        ],
        realm: vec![
            (265, cbor::text("tag:arm.com,2023:realm#1.0.0")),
            (10, cbor::bytes(&CHALLENGE)),
            (44236, cbor::text("sha-256")),
            (44240, cbor::text("sha-256")),
            (44235, cbor::bytes(&[0x77; 64])),
            (44238, digest(1)),
            (44239, cbor::array(&[digest(2), digest(3), digest(4), digest(5)])),
        ],
        platform_algorithm: -35,
        realm_algorithm: -35,
        realm_signer: REALM_KEY,
        tag: Some(399),
        content_format: 263,
        message_tag: Some(18),
        entries: Vec::new(),
    }
}

/// The good plan with one change.
pub fn changed(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = plan();
    change(&mut plan);
    plan
}

/// Puts `value` behind `label`, in place of what was there.
pub fn set(claims: &mut Claims, label: i64, value: Vec<u8>) {
    claims.retain(|(existing, _)| *existing != label);
    claims.push((label, value));
}

pub fn remove(claims: &mut Claims, label: i64) {
    claims.retain(|(existing, _)| *existing != label);
}

fn has(claims: &Claims, label: i64) -> bool {
    claims.iter().any(|(existing, _)| *existing == label)
}

/// x ‖ y on P-384.
pub fn point(number: u8) -> Vec<u8> {
    let key = p384::ecdsa::SigningKey::from_slice(&[number; 48]).unwrap();
    key.verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec()
}

/// x ‖ y on P-256.
pub fn point_p256(number: u8) -> Vec<u8> {
    let key = p256::ecdsa::SigningKey::from_slice(&[number; 32]).unwrap();
    key.verifying_key().to_encoded_point(false).as_bytes()[1..].to_vec()
}

fn sign(algorithm: i64, number: u8, message: &[u8]) -> Vec<u8> {
    if algorithm == -7 {
        use p256::ecdsa::{Signature, SigningKey, signature::Signer};
        let signature: Signature = SigningKey::from_slice(&[number; 32]).unwrap().sign(message);
        return signature.to_bytes().to_vec();
    }
    use p384::ecdsa::{Signature, SigningKey, signature::Signer};
    let signature: Signature = SigningKey::from_slice(&[number; 48]).unwrap().sign(message);
    signature.to_bytes().to_vec()
}

/// The realm manager's key as a COSE key.
pub fn cose_key(number: u8) -> Vec<u8> {
    let point = point(number);
    let coordinate = |from: usize| cbor::bytes(&point[from..from + 48]);
    cbor::map(&[
        (cbor::int(1), cbor::int(2)),
        (cbor::int(-1), cbor::int(2)),
        (cbor::int(-2), coordinate(0)),
        (cbor::int(-3), coordinate(48)),
    ])
}

/// The realm manager's key as an uncompressed point.
pub fn raw_key(number: u8) -> Vec<u8> {
    [vec![4], point(number)].concat()
}

pub fn encoded(claims: &Claims) -> Vec<u8> {
    cbor::map(&claims.iter().map(|(label, value)| (cbor::int(*label), value.clone())).collect::<Vec<_>>())
}

impl Plan {
    /// The forms before there were profiles.
    pub fn make_legacy(&mut self) {
        set(&mut self.platform, 265, cbor::text("http://arm.com/CCA-SSD/1.0.0"));
        remove(&mut self.realm, 265);
        set(&mut self.realm, 44237, cbor::bytes(&raw_key(REALM_KEY)));
    }

    /// The realm's claims, encoded, and the key in them.
    pub fn realm_claims(&self) -> (Vec<u8>, Vec<u8>) {
        let mut claims = self.realm.clone();
        if !has(&claims, 44237) {
            claims.push((44237, cbor::bytes(&cose_key(REALM_KEY))));
        }
        let encoded_key = &claims.iter().find(|(label, _)| *label == 44237).unwrap().1;
        let start = if encoded_key.len() > 24 { 2 } else { 1 };
        (encoded(&claims), encoded_key[start.min(encoded_key.len())..].to_vec())
    }

    pub fn platform_claims(&self) -> Vec<u8> {
        let mut claims = self.platform.clone();
        if !has(&claims, 10) {
            let (_, key) = self.realm_claims();
            let name = self.realm.iter().find(|(label, _)| *label == 44240).map(|(_, name)| name.clone());
            let challenge = match name {
                Some(name) if name == cbor::text("sha-384") => Sha384::digest(&key).to_vec(),
                Some(name) if name == cbor::text("sha-512") => Sha512::digest(&key).to_vec(),
                _ => Sha256::digest(&key).to_vec(),
            };
            claims.push((10, cbor::bytes(&challenge)));
        }
        encoded(&claims)
    }

    pub fn message(&self, algorithm: i64, signer: u8, payload: &[u8]) -> Vec<u8> {
        let protected = cbor::protected(algorithm);
        let signature = sign(algorithm, signer, &cbor::to_be_signed(&protected, payload));
        let message = cbor::sign1(&protected, &cbor::map(&[]), payload, &signature);
        match self.message_tag {
            Some(tag) => cbor::tagged(tag, &message),
            None => message,
        }
    }

    pub fn platform_message(&self) -> Vec<u8> {
        self.message(self.platform_algorithm, PLATFORM_KEY, &self.platform_claims())
    }

    pub fn realm_message(&self) -> Vec<u8> {
        self.message(self.realm_algorithm, self.realm_signer, &self.realm_claims().0)
    }

    pub fn issue(&self) -> Vec<u8> {
        self.collect(&[(44234, self.platform_message()), (44241, self.realm_message())])
    }

    /// A collection of `messages`.
    pub fn collect(&self, messages: &[(i64, Vec<u8>)]) -> Vec<u8> {
        let entry = |message: &[u8]| match self.tag {
            Some(907) => cbor::array(&[cbor::int(self.content_format), cbor::bytes(message)]),
            _ => cbor::bytes(message),
        };
        let mut entries: Claims = messages.iter().map(|(label, message)| (*label, entry(message))).collect();
        entries.extend(self.entries.clone());
        match self.tag {
            Some(tag) => cbor::tagged(tag, &encoded(&entries)),
            None => encoded(&entries),
        }
    }
}

pub fn platform_key() -> CcaPlatformKey {
    CcaPlatformKey::of_any_platform(CcaKey::P384(point(PLATFORM_KEY).try_into().unwrap()))
}

pub fn reference_values() -> CcaReferenceValues {
    let hex_of = |fill: u8| hex::encode([fill; 32]);
    let component = |kind: &str, fill: u8| {
        serde_json::json!({
            "component-type": kind, "version": "1.2.3",
            "signer-id": hex_of(fill), "measurement-value": hex_of(fill + 1),
        })
    };
    let json = serde_json::json!({
        "platform": [{
            "implementation-id": hex::encode(IMPLEMENTATION),
            "platform-configuration": "cfcfcfcf",
            "sw-components": [component("BL1", 0x20), component("RMM", 0x30)],
        }],
        "realm": [{
            "initial-measurement": hex_of(1),
            "extensible-measurements": [hex_of(2), hex_of(3), hex_of(4), hex_of(5)],
            "personalization-value": hex::encode([0x77; 64]),
        }],
    });
    CcaReferenceValues::from_json(json.to_string().as_bytes()).unwrap()
}

pub fn policy() -> CcaPolicy {
    CcaPolicy::strict(LIFETIME)
}

pub fn verify(token: &[u8]) -> Result<CcaVerdict, CcaRefusal> {
    verify_with(token, &[platform_key()], &reference_values(), &policy())
}

pub fn verify_with(
    token: &[u8],
    platform_keys: &[CcaPlatformKey],
    reference_values: &CcaReferenceValues,
    policy: &CcaPolicy,
) -> Result<CcaVerdict, CcaRefusal> {
    verify_cca(token, &CcaEndorsements { platform_keys, reference_values }, policy, NOW)
}

/// Why what the changed plan issues is refused.
pub fn refusal(change: impl FnOnce(&mut Plan)) -> CcaRefusal {
    verify(&changed(change).issue()).unwrap_err()
}
