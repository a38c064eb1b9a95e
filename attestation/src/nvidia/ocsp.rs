//! What NVIDIA's responder says about certificates (RFC 6960): a signed answer of limited age, in the responder's
//! name or in that of the certificates' issuer. Certificates are named in it by hashes of SHA-256 or SHA-384: which
//! of them is the requester's choice.

use alloc::vec::Vec;
use der::{Tag, TagNumber, asn1::ObjectIdentifier};
use sha2::{Digest, Sha256, Sha384};

use super::{
    NvidiaCertificate, NvidiaRefusal, Revocation, RevocationPolicy,
    chain::{MAX_CERTIFICATE_BYTES, VerifiedChain},
};
use crate::{
    signature::{PublicKey, Scheme, SignatureVerifier},
    x509::{
        Window, algorithm,
        asn1::{Fields, NotDer, Serial, context_specific},
        certificate::{Certificate, extension},
    },
};

/// The longest response that is read; with the responder's certificate one has about 1 to 2 KiB.
pub const MAX_OCSP_BYTES: usize = 8 * 1024;
/// The most responses with one piece of evidence or manifest; one for each of its certificates is enough.
const MOST_RESPONSES: usize = 32;
/// The most answers in one response.
const MOST_ANSWERS: usize = 16;
/// The most certificates that come with one response.
const MOST_CERTIFICATES: usize = 4;

const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

/// A response as it was fetched.
#[derive(Clone, Copy, Debug)]
pub struct OcspResponse<'a> {
    /// The DER encoding of `OCSPResponse`.
    pub der: &'a [u8],
    /// The nonce of the request. If there is one, the response must answer it.
    pub nonce: Option<&'a [u8]>,
}

/// What the responses say about a whole chain.
pub(super) struct Outcome {
    pub(super) revocation: Revocation,
    /// The time in which the responses count; `None` if some certificate has none.
    pub(super) window: Option<Window>,
}

/// Requires that no certificate of `chain` from place `first` on is revoked, as far as `policy` demands to know.
pub(super) fn require_not_revoked(
    chain: &VerifiedChain<'_>,
    first: u8,
    name: impl Fn(u8) -> NvidiaCertificate,
    responses: &[OcspResponse<'_>],
    policy: &RevocationPolicy,
    verifier: &impl SignatureVerifier,
    now: u64,
) -> Result<Outcome, NvidiaRefusal> {
    if responses.len() > MOST_RESPONSES {
        return Err(NvidiaRefusal::OcspCount(u32::try_from(responses.len()).unwrap_or(u32::MAX)));
    }
    let responses = responses.iter().map(Response::parse).collect::<Result<Vec<_>, _>>()?;
    let mut outcome = Outcome { revocation: Revocation::Good, window: None };
    for (place, subject, issuer) in chain.with_issuers(first) {
        let mut is_answered = false;
        for response in &responses {
            for answer in response.answers.iter().filter(|answer| answer.is_about(subject, issuer)) {
                let window = response.require_signed(issuer, verifier, now)?.and(answer.window(policy, now)?);
                response.require_nonce(policy)?;
                outcome.revocation = outcome.revocation.max(answer.require_good(name(place), policy)?);
                outcome.window = Some(outcome.window.map_or(window, |known| known.and(window)));
                is_answered = true;
            }
        }
        if !is_answered {
            if !policy.insecure_allow_unchecked {
                return Err(NvidiaRefusal::MissingRevocation(name(place)));
            }
            outcome.revocation = outcome.revocation.max(Revocation::Unchecked);
        }
    }
    Ok(outcome)
}

/// A response in its parts. Nothing here is trusted yet.
struct Response<'a> {
    wanted_nonce: Option<&'a [u8]>,
    signed: &'a [u8],
    scheme: Scheme,
    signature: Vec<u8>,
    answers: Vec<Answer<'a>>,
    nonce: Option<&'a [u8]>,
    certificates: Vec<&'a [u8]>,
}

impl<'a> Response<'a> {
    fn parse(response: &OcspResponse<'a>) -> Result<Self, NvidiaRefusal> {
        if response.der.len() > MAX_OCSP_BYTES {
            return Err(NvidiaRefusal::OcspTooLarge);
        }
        let basic = match basic_response(response.der) {
            Ok(Status::Successful(basic)) => basic,
            Ok(Status::Other(status)) => return Err(NvidiaRefusal::OcspStatus(status)),
            Err(NotDer) => return Err(NvidiaRefusal::OcspMalformed),
        };
        let mut fields = Fields::of_sequence(basic).map_err(malformed)?;
        let signed = fields.next_encoded(Tag::Sequence).map_err(malformed)?;
        let scheme = fields.sequence().map_err(malformed)?;
        let scheme = algorithm::scheme(scheme).map_err(|_| NvidiaRefusal::OcspMalformed)?;
        let signature = fields.next(Tag::BitString).map_err(malformed)?;
        let signature = algorithm::signature(scheme, signature).map_err(malformed)?;
        let certificates = certificates(&mut fields).map_err(malformed)?;
        fields.finish().map_err(malformed)?;
        let (answers, nonce) = response_data(signed).map_err(malformed)?;
        // What names its certificate otherwise cannot be told from one that is about another certificate.
        if answers.iter().any(|answer| answer.hash != SHA256 && answer.hash != SHA384) {
            return Err(NvidiaRefusal::OcspHash);
        }
        Ok(Self { wanted_nonce: response.nonce, signed, scheme, signature, answers, nonce, certificates })
    }

    /// Requires that `issuer` signed it, or somebody whom `issuer` certified to sign responses (§4.2.2.2). Returns
    /// the time in which the signer is valid.
    fn require_signed(
        &self,
        issuer: &Certificate<'_>,
        verifier: &impl SignatureVerifier,
        now: u64,
    ) -> Result<Window, NvidiaRefusal> {
        let signed_by = |key| verifier.verify(self.scheme, key, self.signed, &self.signature);
        // Who brings a certificate signs with its key: so a good response costs no check that fails.
        let mut responders = self.certificates.iter().filter_map(|encoding| responder(encoding, issuer, verifier));
        let Some(responder) = responders.find(|one| signed_by(one.public_key)) else {
            return if signed_by(issuer.public_key) { Ok(issuer.validity) } else { Err(NvidiaRefusal::OcspSignature) };
        };
        let refuse = |fault| NvidiaRefusal::Certificate(NvidiaCertificate::Responder, fault);
        responder.validity.require(now).map_err(refuse)?;
        Ok(responder.validity)
    }

    fn require_nonce(&self, policy: &RevocationPolicy) -> Result<(), NvidiaRefusal> {
        match (self.wanted_nonce, self.nonce) {
            (None, _) if policy.require_nonce => Err(NvidiaRefusal::OcspNonceMissing),
            (None, _) => Ok(()),
            (Some(_), None) => Err(NvidiaRefusal::OcspNonceMissing),
            (Some(wanted), Some(found)) if wanted == found => Ok(()),
            (Some(_), Some(_)) => Err(NvidiaRefusal::OcspNonce),
        }
    }
}

fn malformed(_: NotDer) -> NvidiaRefusal {
    NvidiaRefusal::OcspMalformed
}

/// The certificate, if `issuer` made it one for signing responses.
fn responder<'a>(
    encoding: &'a [u8],
    issuer: &Certificate<'_>,
    verifier: &impl SignatureVerifier,
) -> Option<Certificate<'a>> {
    let certificate = Certificate::parse(encoding, MAX_CERTIFICATE_BYTES, &[EXTENDED_KEY_USAGE]).ok()?;
    let mut usages = Fields::of_sequence(certificate.extension(EXTENDED_KEY_USAGE)?).ok()?;
    let mut signs_responses = false;
    while !usages.is_empty() {
        signs_responses |= usages.oid().ok()? == OCSP_SIGNING;
    }
    let is_one = signs_responses && certificate.require_leaf().is_ok();
    let is_issued = is_one && certificate.require_issued_by(issuer.subject, issuer.public_key, verifier).is_ok();
    is_issued.then_some(certificate)
}

enum Status<'a> {
    Successful(&'a [u8]),
    Other(u8),
}

fn basic_response(der: &[u8]) -> Result<Status<'_>, NotDer> {
    let mut outer = Fields::of_sequence(der)?;
    match outer.next(Tag::Enumerated)? {
        [0] => (),
        [status] => return Ok(Status::Other(*status)),
        _ => return Err(NotDer),
    }
    let mut explicit = Fields::new(outer.next(context_specific(TagNumber::N0))?)?;
    outer.finish()?;
    let mut typed = explicit.sequence()?;
    explicit.finish()?;
    if typed.oid()? != BASIC {
        return Err(NotDer);
    }
    let basic = typed.next(Tag::OctetString)?;
    typed.finish()?;
    Ok(Status::Successful(basic))
}

fn certificates<'a>(fields: &mut Fields<'a>) -> Result<Vec<&'a [u8]>, NotDer> {
    let mut found = Vec::new();
    let Some(explicit) = fields.optional(context_specific(TagNumber::N0))? else { return Ok(found) };
    let mut list = Fields::of_sequence(explicit)?;
    while !list.is_empty() {
        if found.len() == MOST_CERTIFICATES {
            return Err(NotDer);
        }
        found.push(list.next_encoded(Tag::Sequence)?);
    }
    Ok(found)
}

/// `ResponseData` (§4.2.1): its answers and the nonce that it answers.
fn response_data(encoding: &[u8]) -> Result<(Vec<Answer<'_>>, Option<&[u8]>), NotDer> {
    let mut fields = Fields::of_sequence(encoding)?;
    // Who answers: by name or by a hash of the key. The key itself decides.
    match fields.peek()? {
        tag if tag == context_specific(TagNumber::N1) || tag == context_specific(TagNumber::N2) => {
            fields.next(tag)?;
        }
        _ => return Err(NotDer),
    }
    let _produced_at = time(&mut fields)?;
    let mut list = fields.sequence()?;
    let mut answers = Vec::new();
    while !list.is_empty() {
        if answers.len() == MOST_ANSWERS {
            return Err(NotDer);
        }
        answers.push(Answer::parse(list.sequence()?)?);
    }
    let nonce = match fields.optional(context_specific(TagNumber::N1))? {
        Some(explicit) => nonce(Fields::of_sequence(explicit)?)?,
        None => None,
    };
    fields.finish()?;
    Ok((answers, nonce))
}

/// The nonce (RFC 8954) among the extensions of a response; refuses critical ones that are anything else.
fn nonce(mut list: Fields<'_>) -> Result<Option<&[u8]>, NotDer> {
    let mut found = None;
    while !list.is_empty() {
        let (oid, critical, value) = extension(list.sequence()?)?;
        if oid == NONCE {
            let mut fields = Fields::new(value)?;
            let nonce = fields.next(Tag::OctetString)?;
            fields.finish()?;
            if found.replace(nonce).is_some() {
                return Err(NotDer);
            }
        } else if critical {
            return Err(NotDer);
        }
    }
    Ok(found)
}

fn time(fields: &mut Fields<'_>) -> Result<u64, NotDer> {
    if fields.peek()? == Tag::GeneralizedTime { fields.time() } else { Err(NotDer) }
}

enum State {
    Good,
    /// The reason (RFC 5280 §5.3.1); zero is unspecified.
    Revoked(u8),
    Unknown,
}

/// What is said about one certificate.
struct Answer<'a> {
    hash: ObjectIdentifier,
    issuer_name: &'a [u8],
    issuer_key: &'a [u8],
    serial: Serial,
    state: State,
    this_update: u64,
    next_update: Option<u64>,
}

impl<'a> Answer<'a> {
    fn parse(mut fields: Fields<'a>) -> Result<Self, NotDer> {
        let mut id = fields.sequence()?;
        let mut algorithm = id.sequence()?;
        let hash = algorithm.oid()?;
        if let Some([_, ..]) = algorithm.optional(Tag::Null)? {
            return Err(NotDer);
        }
        algorithm.finish()?;
        let (issuer_name, issuer_key) = (id.next(Tag::OctetString)?, id.next(Tag::OctetString)?);
        let serial = id.serial()?;
        id.finish()?;

        let state = state(&mut fields)?;
        let this_update = time(&mut fields)?;
        let next_update = match fields.optional(context_specific(TagNumber::N0))? {
            Some(explicit) => {
                let mut inner = Fields::new(explicit)?;
                let next_update = time(&mut inner)?;
                inner.finish()?;
                Some(next_update)
            }
            None => None,
        };
        if let Some(explicit) = fields.optional(context_specific(TagNumber::N1))? {
            let mut list = Fields::of_sequence(explicit)?;
            while !list.is_empty() {
                let (_, critical, _) = extension(list.sequence()?)?;
                if critical {
                    return Err(NotDer);
                }
            }
        }
        fields.finish()?;
        Ok(Self { hash, issuer_name, issuer_key, serial, state, this_update, next_update })
    }

    fn is_about(&self, subject: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
        if self.serial != subject.serial {
            return false;
        }
        let key = match issuer.public_key {
            PublicKey::P384(point) => [[4].as_slice(), point.as_slice()].concat(),
            PublicKey::P256(_) | PublicKey::P521(_) | PublicKey::Rsa(_) => return false,
        };
        if self.hash == SHA256 {
            self.issuer_name == Sha256::digest(issuer.subject).as_slice()
                && self.issuer_key == Sha256::digest(key).as_slice()
        } else if self.hash == SHA384 {
            self.issuer_name == Sha384::digest(issuer.subject).as_slice()
                && self.issuer_key == Sha384::digest(key).as_slice()
        } else {
            false
        }
    }

    /// The time in which it counts, which must include `now`.
    fn window(&self, policy: &RevocationPolicy, now: u64) -> Result<Window, NvidiaRefusal> {
        let oldest = self.this_update.saturating_add(u64::from(policy.maximum_age));
        let not_after = self.next_update.map_or(oldest, |next_update| next_update.min(oldest));
        if now < self.this_update {
            return Err(NvidiaRefusal::OcspNotYetValid { this_update: self.this_update, now });
        }
        if now > not_after || policy.maximum_age == 0 {
            return Err(NvidiaRefusal::OcspExpired { not_after, now });
        }
        Ok(Window { not_before: self.this_update, not_after })
    }

    fn require_good(
        &self,
        certificate: NvidiaCertificate,
        policy: &RevocationPolicy,
    ) -> Result<Revocation, NvidiaRefusal> {
        const HOLD: u8 = 6;
        match self.state {
            State::Good => Ok(Revocation::Good),
            State::Revoked(HOLD) if policy.insecure_allow_hold => Ok(Revocation::OnHold),
            State::Revoked(HOLD) => Err(NvidiaRefusal::OnHold(certificate)),
            State::Revoked(reason) => Err(NvidiaRefusal::Revoked { certificate, reason }),
            State::Unknown => Err(NvidiaRefusal::UnknownToResponder(certificate)),
        }
    }
}

/// `CertStatus` (§4.2.1).
fn state(fields: &mut Fields<'_>) -> Result<State, NotDer> {
    let primitive = |number| Tag::ContextSpecific { constructed: false, number };
    if let Some(contents) = fields.optional(primitive(TagNumber::N0))? {
        return if contents.is_empty() { Ok(State::Good) } else { Err(NotDer) };
    }
    if let Some(contents) = fields.optional(primitive(TagNumber::N2))? {
        return if contents.is_empty() { Ok(State::Unknown) } else { Err(NotDer) };
    }
    let mut revoked = Fields::new(fields.next(context_specific(TagNumber::N1))?)?;
    let _since = time(&mut revoked)?;
    let reason = match revoked.optional(context_specific(TagNumber::N0))? {
        Some(explicit) => {
            let mut inner = Fields::new(explicit)?;
            let reason = inner.next(Tag::Enumerated)?;
            inner.finish()?;
            match reason {
                [reason] => *reason,
                _ => return Err(NotDer),
            }
        }
        None => 0,
    };
    revoked.finish()?;
    Ok(State::Revoked(reason))
}
