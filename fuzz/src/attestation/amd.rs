//! AMD SEV-SNP: reports, the certificates of versioned keys, revocation lists.

use std::sync::LazyLock;

use adyton_attestation::snp::{
    SnpEndorsements, SnpKey, SnpPolicy, SnpProduct, SnpRefusal, SnpVerdict, verify_snp, verify_snp_with,
};

use super::InsecureAnySignature;
use crate::{
    parts, recorded,
    snp::{self, Evidence, NOW},
};

/// Good evidence of every product line with either kind of key.
static GOOD: LazyLock<Vec<Evidence>> = LazyLock::new(|| {
    let of_key = |key| SnpProduct::ALL.map(|product| snp::good_of(product, key).evidence());
    [SnpKey::Vcek, SnpKey::Vlek].into_iter().flat_map(of_key).collect()
});

/// Accepts all of [`GOOD`].
static POLICY: LazyLock<SnpPolicy> =
    LazyLock::new(|| SnpPolicy { require_revocation_list: true, ..SnpPolicy::tiered() });

/// Verifies as everybody does, and once more behind the signatures. What was not issued has no verdict.
fn check(good: &Evidence, report: &[u8], endorsements: &SnpEndorsements<'_>) {
    if let Ok(verdict) = verify_snp(report, endorsements, snp::roots(), &POLICY, NOW) {
        let issued = verify_snp(&good.report, &good.endorsements(), snp::roots(), &POLICY, NOW);
        assert_eq!(Ok(verdict.evidence_id), issued.map(|issued| issued.evidence_id), "nobody issued this");
    }
    let any = verify_snp_with(&InsecureAnySignature, report, endorsements, snp::roots(), &POLICY, NOW);
    require_bounded(any);
}

fn require_bounded(result: Result<SnpVerdict, SnpRefusal>) {
    match result {
        Ok(verdict) => assert!(verdict.valid_from <= NOW && NOW <= verdict.valid_until, "it is true now"),
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// A report; the first byte chooses the certificates.
pub fn snp_report(data: &[u8]) {
    let Some((good, report)) = parts::choose(&GOOD, data) else { return };
    check(good, report, &good.endorsements());
}

/// Seeds of [`snp_report`].
pub fn snp_reports() -> Vec<Vec<u8>> {
    let issued = parts::chosen(GOOD.iter().map(|good| good.report.clone()));
    let recorded = recorded::files("snp", &["report.bin"]).into_iter();
    issued.chain(recorded.enumerate().map(|(place, report)| parts::with_choice(place, &report))).collect()
}

/// The certificate of a versioned key, or that of an authority; the first byte chooses the report.
pub fn snp_certificate(data: &[u8]) {
    let Some((good, certificate)) = parts::choose(&GOOD, data) else { return };
    let endorsements = good.endorsements();
    check(good, &good.report, &SnpEndorsements { vek: certificate, ..endorsements });
    check(good, &good.report, &SnpEndorsements { authority: Some(certificate), ..endorsements });
}

/// Seeds of [`snp_certificate`].
pub fn snp_certificates() -> Vec<Vec<u8>> {
    let issued = parts::chosen(GOOD.iter().map(|good| good.vek.clone()));
    let authorities =
        SnpProduct::ALL.into_iter().map(|product| snp::authority(product, SnpKey::Vcek).encode()).enumerate();
    let recorded = recorded::files("snp", &[".der"]).into_iter().enumerate();
    let others = authorities.chain(recorded).map(|(place, certificate)| parts::with_choice(place, &certificate));
    issued.chain(others).collect()
}

/// A root's revocation list; the first byte chooses the evidence.
pub fn snp_revocation_list(data: &[u8]) {
    let Some((good, list)) = parts::choose(&GOOD, data) else { return };
    check(good, &good.report, &SnpEndorsements { revocation_list: Some(list), ..good.endorsements() });
}

/// Seeds of [`snp_revocation_list`].
pub fn snp_revocation_lists() -> Vec<Vec<u8>> {
    parts::chosen(GOOD.iter().map(|good| good.revocation_list.clone().expect("good evidence has one"))).collect()
}
