//! AWS Nitro: documents, and the certificates inside them.

use std::sync::LazyLock;

use adyton_attestation::nitro::{
    NitroEndorsements, NitroPolicy, NitroRefusal, NitroVerdict, verify_nitro, verify_nitro_with,
};

use super::InsecureAnySignature;
use crate::{
    nitro::{self, INSTANCE, LEAF, MODULE_ID, NONCE, NOW, REGION, ROOT, TIMESTAMP, ZONE, cbor},
    parts, recorded,
};

struct Good {
    /// A document whose content tells its length at its end, and one that tells it beforehand.
    documents: [Vec<u8>; 2],
    /// Their identities.
    evidence_ids: [[u8; 32]; 2],
    /// Root, region, zone, instance, and last the document's own.
    certificates: Vec<Vec<u8>>,
    list: Vec<u8>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let plan = nitro::plan();
    let documents = [plan.issue(), nitro::changed(|plan| plan.is_open = false).issue()];
    let identity = |document: &Vec<u8>| nitro::verify(document).expect("a good document is accepted").evidence_id;
    let evidence_ids = documents.each_ref().map(identity);
    let list = plan.revocation_list(REGION, &[&[9]], NOW - 60, NOW + 60);
    Good { documents, evidence_ids, certificates: plan.chain(), list }
});

static POLICY: LazyLock<NitroPolicy> = LazyLock::new(nitro::policy);

fn require_bounded(result: Result<NitroVerdict, NitroRefusal>) {
    match result {
        Ok(verdict) => assert!(verdict.valid_from <= NOW && NOW <= verdict.valid_until, "it is true now"),
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// A document: no verdict but on those that were issued.
pub fn nitro_document(data: &[u8]) {
    let endorsements = NitroEndorsements::of_root(nitro::root());
    if let Ok(verdict) = verify_nitro(data, &endorsements, &POLICY, NOW) {
        assert!(GOOD.evidence_ids.contains(&verdict.evidence_id), "nobody issued this");
    }
    require_bounded(verify_nitro_with(&InsecureAnySignature, data, &endorsements, &POLICY, NOW));
    let _ = verify_nitro(data, &NitroEndorsements::aws(), &POLICY, NOW);
}

/// Seeds of [`nitro_document`].
pub fn nitro_documents() -> Vec<Vec<u8>> {
    let [open, closed] = &GOOD.documents;
    let mut seeds = vec![open.clone(), closed.clone(), cbor::tagged(18, open)];
    seeds.extend(recorded::files("nitro", &[".cbor"]));
    seeds
}

/// A certificate in the place of one of a document's, or a revocation list; the first byte chooses.
pub fn nitro_certificate(data: &[u8]) {
    const PLACES: [Option<usize>; 6] = [Some(LEAF), Some(INSTANCE), Some(ZONE), Some(REGION), Some(ROOT), None];
    let Some((place, bytes)) = parts::choose(&PLACES, data) else { return };
    let mut certificates = GOOD.certificates.clone();
    let mut lists: Vec<&[u8]> = Vec::new();
    match place {
        Some(place) => certificates[*place] = bytes.to_vec(),
        None => lists.push(bytes),
    }
    let endorsements = NitroEndorsements { revocation_lists: &lists, ..NitroEndorsements::of_root(nitro::root()) };
    let document = document_of(&certificates);
    require_bounded(verify_nitro_with(&InsecureAnySignature, &document, &endorsements, &POLICY, NOW));
}

/// Seeds of [`nitro_certificate`].
pub fn nitro_certificates() -> Vec<Vec<u8>> {
    let places = GOOD.certificates.iter().rev().cloned();
    parts::chosen(places.chain([GOOD.list.clone()])).collect()
}

/// A document with these certificates that nobody signed.
fn document_of(certificates: &[Vec<u8>]) -> Vec<u8> {
    let (leaf, bundle) = certificates.split_last().expect("five certificates");
    let bundle: Vec<_> = bundle.iter().map(|certificate| cbor::bytes(certificate)).collect();
    let registers: Vec<_> = (0..16).map(|index| (cbor::int(index), cbor::bytes(&[index as u8 + 1; 48]))).collect();
    let content = cbor::map(&[
        (cbor::text("module_id"), cbor::text(MODULE_ID)),
        (cbor::text("digest"), cbor::text("SHA384")),
        (cbor::text("timestamp"), cbor::int(TIMESTAMP as i64 * 1000)),
        (cbor::text("pcrs"), cbor::map(&registers)),
        (cbor::text("certificate"), cbor::bytes(leaf)),
        (cbor::text("cabundle"), cbor::array(&bundle)),
        (cbor::text("nonce"), cbor::bytes(&NONCE)),
    ]);
    let protected = cbor::bytes(&cbor::protected(-35));
    cbor::array(&[protected, cbor::map(&[]), cbor::bytes(&content), cbor::bytes(&[1; 96])])
}

/// Whether the document of the good certificates is accepted behind the signatures: without that, [`nitro_certificate`]
/// would test little.
pub fn accepts_its_seeds() -> bool {
    let endorsements = NitroEndorsements::of_root(nitro::root());
    let document = document_of(&GOOD.certificates);
    verify_nitro_with(&InsecureAnySignature, &document, &endorsements, &POLICY, NOW).is_ok()
}
