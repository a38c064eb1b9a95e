//! Attestation results in the form of the IETF's EAR (draft-ietf-rats-ear): claims of RFC 9711 (EAT), one appraisal
//! for the evidence, and the trustworthiness vector of AR4SI (draft-ietf-rats-ar4si), as JSON and as CBOR.
//!
//! The profile is ours ([`PROFILE`]), because the drafts may still change and because of the claims that only we
//! have, whose names begin with `adyton.`. Unsigned: whoever passes a result on signs it (as a JWT or CWT).

use alloc::{string::String, vec, vec::Vec};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value;
use serde::{Serialize, Serializer};

use crate::{
    BoundVerdict, Claims, Details, EvidenceKind, Refusal, TcbStatus, TierNumber, Verdict,
    nvidia::{NvidiaFacts, Revocation},
};

/// The profile (`eat_profile`).
pub const PROFILE: &str = "tag:adyton.network,2026:attestation-result/1";
/// Who verified (`ear.verifier-id`).
const DEVELOPER: &str = "Adyton";
const BUILD: &str = concat!("adyton-attestation ", env!("CARGO_PKG_VERSION"));

/// How far something is to be trusted (AR4SI, section 2.3): the tiers that its values fall into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Nothing is said.
    None,
    /// It can be trusted.
    Affirming,
    /// It has weaknesses that the policy accepts.
    Warning,
    /// It must not be trusted.
    Contraindicated,
}

impl Trust {
    /// The value that stands for the tier where nothing more exact is said (AR4SI, section 2.3.4; EAR, section 3.2).
    const fn value(self) -> i8 {
        match self {
            Self::None => 0,
            Self::Affirming => 2,
            Self::Warning => 32,
            Self::Contraindicated => 96,
        }
    }
}

/// The trustworthiness vector (AR4SI, section 2.3.4). What is [`Trust::None`] is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustVector {
    /// The machine is one that is known.
    pub instance_identity: Trust,
    /// It is set up as the policy wants.
    pub configuration: Trust,
    /// What was measured is an accepted release.
    pub executables: Trust,
    /// The hardware and its firmware are genuine and up to date.
    pub hardware: Trust,
    /// Its memory is shut off from its host.
    pub runtime_opaque: Trust,
}

/// One attestation result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ear {
    eat_profile: &'static str,
    /// When it was made (Unix seconds).
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
    /// The last second at which it is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(rename = "ear.verifier-id")]
    verifier: VerifierId,
    submods: Submods,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct VerifierId {
    developer: &'static str,
    build: &'static str,
}

/// The one appraisal, under the name of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Submods {
    kind: EvidenceKind,
    appraisal: Appraisal,
}

impl Serialize for Submods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.kind.name(), &self.appraisal)])
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Appraisal {
    #[serde(rename = "ear.status")]
    status: Trust,
    #[serde(rename = "ear.trustworthiness-vector", skip_serializing_if = "Option::is_none")]
    vector: Option<TrustVector>,
    #[serde(flatten)]
    accepted: Option<Accepted>,
    #[serde(rename = "adyton.refusal", skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusedCheck>,
}

/// Which check failed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct RefusedCheck {
    check: &'static str,
    reason: String,
}

/// What is said about accepted evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Accepted {
    /// The machine: [`crate::MachineId::key`] behind the type byte of a random identifier (RFC 9711, section 4.2.1).
    #[serde(serialize_with = "optional_base64", skip_serializing_if = "Option::is_none")]
    ueid: Option<Vec<u8>>,
    /// What the evidence is about; only where it was bound to it, or answers somebody.
    #[serde(serialize_with = "optional_base64", skip_serializing_if = "Option::is_none")]
    eat_nonce: Option<Vec<u8>>,
    /// Debug is off, and cannot be switched on without a relaunch that is measured (`disabled-since-boot`); not said
    /// where the evidence does not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    dbgstat: Option<u8>,
    #[serde(rename = "adyton.evidence-id", serialize_with = "base64_text")]
    evidence_id: Vec<u8>,
    #[serde(rename = "adyton.measurement-id", serialize_with = "base64_text")]
    measurement_id: Vec<u8>,
    #[serde(rename = "adyton.release", skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(rename = "adyton.root", serialize_with = "base64_text")]
    root: Vec<u8>,
    #[serde(rename = "adyton.tcb-status", skip_serializing_if = "Option::is_none")]
    tcb_status: Option<TcbStatus>,
    #[serde(rename = "adyton.tier")]
    tier: TierNumber,
    #[serde(rename = "adyton.advisories")]
    advisories: Vec<String>,
    #[serde(rename = "adyton.bound")]
    bound: bool,
}

fn base64_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
}

fn optional_base64<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    base64_text(bytes.as_deref().unwrap_or_default(), serializer)
}

/// The type byte of an identifier that is random or a hash (RFC 9711, section 4.2.1).
const UEID_RANDOM: u8 = 1;
/// `disabled-since-boot` (RFC 9711, section 4.2.9).
const DEBUG_DISABLED_SINCE_BOOT: u8 = 2;

impl Ear {
    /// The result of a verdict that nobody has bound to a statement. `now` is when it is made (Unix seconds).
    pub fn of_verdict(verdict: &Verdict, now: u64) -> Self {
        Self::accepted(verdict, None, now)
    }

    /// The result of a bound verdict.
    pub fn of_bound(verdict: &BoundVerdict, now: u64) -> Self {
        Self::accepted(verdict.verdict(), Some(verdict.statement()), now)
    }

    /// The result of a refusal of evidence of `kind`.
    pub fn of_refusal(kind: EvidenceKind, refusal: &Refusal, now: u64) -> Self {
        let refusal = RefusedCheck { check: refusal.check(), reason: alloc::format!("{refusal}") };
        let status = Trust::Contraindicated;
        let appraisal = Appraisal { status, vector: None, accepted: None, refusal: Some(refusal) };
        Self::new(kind, appraisal, now, None)
    }

    fn accepted(verdict: &Verdict, statement: Option<&[u8]>, now: u64) -> Self {
        let vector = TrustVector::of(verdict, verdict.details());
        let claims: &Claims = verdict;
        let accepted = Accepted {
            ueid: claims.machine.map(|machine| [&[UEID_RANDOM], machine.key().as_slice()].concat()),
            eat_nonce: statement.map(<[u8]>::to_vec),
            dbgstat: shows_debug_off(verdict.details()).then_some(DEBUG_DISABLED_SINCE_BOOT),
            evidence_id: claims.evidence_id.to_vec(),
            measurement_id: claims.measurement_id.to_vec(),
            release: claims.release.clone(),
            root: claims.root.0.to_vec(),
            tcb_status: claims.tcb_status,
            tier: claims.tier,
            advisories: claims.advisories.clone(),
            bound: statement.is_some(),
        };
        let (status, window) = (vector.status(), (claims.valid_from, claims.valid_until));
        let appraisal = Appraisal { status, vector: Some(vector), accepted: Some(accepted), refusal: None };
        Self::new(claims.kind, appraisal, now, Some(window))
    }

    fn new(kind: EvidenceKind, appraisal: Appraisal, iat: u64, window: Option<(u64, u64)>) -> Self {
        Self {
            eat_profile: PROFILE,
            iat,
            nbf: window.map(|(begin, _)| begin),
            exp: window.map(|(_, end)| end),
            verifier: VerifierId { developer: DEVELOPER, build: BUILD },
            submods: Submods { kind, appraisal },
        }
    }

    /// Deterministic CBOR (RFC 8949, section 4.2.1), with the registered keys of the claims and text for our own.
    pub fn to_cbor(&self) -> Vec<u8> {
        let Submods { kind, appraisal } = &self.submods;
        let mut claims = vec![
            (key(265), Value::from(self.eat_profile)),
            (key(6), Value::from(self.iat)),
            (
                key(1004),
                map(vec![(key(0), Value::from(self.verifier.build)), (key(1), Value::from(self.verifier.developer))]),
            ),
            (key(266), map(vec![(Value::from(kind.name()), appraisal.to_cbor())])),
        ];
        claims.extend(self.nbf.map(|begin| (key(5), Value::from(begin))));
        claims.extend(self.exp.map(|end| (key(4), Value::from(end))));
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = ciborium::into_writer(&map(claims), &mut bytes);
        bytes
    }
}

impl Appraisal {
    fn to_cbor(&self) -> Value {
        let mut claims = vec![(key(1000), Value::from(self.status.value()))];
        claims.extend(self.vector.map(|vector| (key(1001), vector.to_cbor())));
        claims.extend(self.accepted.iter().flat_map(Accepted::to_cbor));
        claims.extend(self.refusal.as_ref().map(|refusal| {
            let parts = vec![
                (Value::from("check"), Value::from(refusal.check)),
                (Value::from("reason"), Value::from(refusal.reason.as_str())),
            ];
            (Value::from("adyton.refusal"), map(parts))
        }));
        map(claims)
    }
}

impl Accepted {
    fn to_cbor(&self) -> Vec<(Value, Value)> {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let advisories = self.advisories.iter().map(|advisory| Value::from(advisory.as_str())).collect();
        let mut claims = vec![
            (Value::from("adyton.evidence-id"), bytes(&self.evidence_id)),
            (Value::from("adyton.measurement-id"), bytes(&self.measurement_id)),
            (Value::from("adyton.root"), bytes(&self.root)),
            (Value::from("adyton.tier"), Value::from(self.tier)),
            (Value::from("adyton.advisories"), Value::Array(advisories)),
            (Value::from("adyton.bound"), Value::from(self.bound)),
        ];
        claims.extend(self.dbgstat.map(|status| (key(263), Value::from(status))));
        claims.extend(self.ueid.as_deref().map(|ueid| (key(256), bytes(ueid))));
        claims.extend(self.eat_nonce.as_deref().map(|nonce| (key(10), bytes(nonce))));
        claims.extend(self.release.as_deref().map(|release| (Value::from("adyton.release"), Value::from(release))));
        claims.extend(self.tcb_status.map(|status| (Value::from("adyton.tcb-status"), Value::from(status.name()))));
        claims
    }
}

/// A device is genuine and up to date only as far as manifests and the vendor's responder say so.
fn of_device(facts: &NvidiaFacts) -> Trust {
    let has_manifests =
        facts.firmware_manifest.is_some() && (facts.driver_manifest.is_some() || facts.driver.is_none());
    match facts.revocation {
        Revocation::Good if has_manifests => Trust::Affirming,
        Revocation::OnHold => Trust::Warning,
        Revocation::Good | Revocation::Unchecked => Trust::None,
    }
}

/// A TPM does not tell of a debug mode at all.
const fn shows_debug_off(details: &Details) -> bool {
    match details {
        Details::Nvidia(facts) => facts.architecture.certifies_debug() || facts.firmware_manifest.is_some(),
        Details::Tpm(_) => false,
        Details::Intel(_) | Details::Snp(_) | Details::Azure { .. } | Details::Nitro(_) | Details::Cca(_) => true,
    }
}

fn key(number: u32) -> Value {
    Value::from(number)
}

/// A map in the order that deterministic encoding wants: of the keys' own encodings.
fn map(mut entries: Vec<(Value, Value)>) -> Value {
    entries.sort_by_cached_key(|(key, _)| {
        let mut bytes = Vec::new();
        let _ = ciborium::into_writer(key, &mut bytes);
        bytes
    });
    Value::Map(entries)
}

impl TrustVector {
    fn of(claims: &Claims, details: &Details) -> Self {
        let weakened = |is_weak: bool| if is_weak { Trust::Warning } else { Trust::Affirming };
        let says = |is_said: bool| if is_said { Trust::Affirming } else { Trust::None };
        let is_emulated = matches!(details, Details::Cca(facts) if facts.platform_key_is_published);
        // A TPM alone says nothing about memory, and a device's memory is its own affair.
        let is_opaque = !matches!(claims.kind, EvidenceKind::Tpm | EvidenceKind::NvidiaGpu);
        if is_emulated {
            let vector = Self { hardware: Trust::Contraindicated, ..Self::NOTHING };
            return Self { executables: says(claims.release.is_some()), ..vector };
        }
        Self {
            instance_identity: says(claims.machine.is_some()),
            configuration: claims.tcb_status.map_or(Trust::None, |status| weakened(status.needs_configuration())),
            executables: says(claims.release.is_some()),
            hardware: match (details, claims.tcb_status) {
                (_, Some(status)) => {
                    weakened(status != TcbStatus::UpToDate || (claims.tier > 0 && !claims.advisories.is_empty()))
                }
                (Details::Nvidia(facts), None) => of_device(facts),
                // Somebody's TPM says nothing about the machine that it is in.
                (Details::Tpm(_), None) => Trust::None,
                (_, None) => Trust::Affirming,
            },
            runtime_opaque: says(is_opaque),
        }
    }

    const NOTHING: Self = Self {
        instance_identity: Trust::None,
        configuration: Trust::None,
        executables: Trust::None,
        hardware: Trust::None,
        runtime_opaque: Trust::None,
    };

    /// The worst of them; nothing is said where nothing is said about the hardware, on which all rests.
    pub fn status(&self) -> Trust {
        if self.hardware == Trust::None {
            return Trust::None;
        }
        self.claims().map(|(_, _, trust)| trust).into_iter().max().unwrap_or(Trust::None)
    }

    /// Number, name and value of each.
    const fn claims(&self) -> [(u32, &'static str, Trust); 5] {
        [
            (0, "instance-identity", self.instance_identity),
            (1, "configuration", self.configuration),
            (2, "executables", self.executables),
            (4, "hardware", self.hardware),
            (5, "runtime-opaque", self.runtime_opaque),
        ]
    }

    fn to_cbor(self) -> Value {
        let said = self.claims().into_iter().filter(|(_, _, trust)| *trust != Trust::None);
        map(said.map(|(number, _, trust)| (key(number), Value::from(trust.value()))).collect())
    }
}

impl Serialize for TrustVector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let said = self.claims().into_iter().filter(|(_, _, trust)| *trust != Trust::None);
        serializer.collect_map(said.map(|(_, name, trust)| (name, trust.value())))
    }
}
