//! The platform's evidence in the form in which it is registered.

use adyton_attestation::EvidenceKind as PlatformKind;
use adyton_attestation_platform::Evidence;
use adyton_protocol::evidence::{EvidenceKind, SnpEvidence};

use crate::AdmissionError;

/// The kind and the bytes that go to the chain, to the operator and to keyholders.
pub(crate) fn registrable(evidence: Evidence) -> Result<(EvidenceKind, Vec<u8>), AdmissionError> {
    match evidence.kind {
        PlatformKind::IntelTdx => Ok((EvidenceKind::IntelTdx, evidence.bytes)),
        PlatformKind::IntelSgx => Ok((EvidenceKind::IntelSgx, evidence.bytes)),
        PlatformKind::AmdSnp => {
            // The key's own certificate is the first of those that the host gives.
            let certificate = evidence.certificates.first().ok_or(AdmissionError::NoCertificate)?;
            let evidence = SnpEvidence { report: &evidence.bytes, certificate };
            Ok((EvidenceKind::AmdSnp, evidence.to_bytes()))
        }
        PlatformKind::AwsNitro => Ok((EvidenceKind::AwsNitro, evidence.bytes)),
        other => Err(AdmissionError::Kind(other.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(kind: PlatformKind, certificates: Vec<Vec<u8>>) -> Evidence {
        Evidence { kind, bytes: vec![1, 2], certificates }
    }

    #[test]
    fn an_snp_report_travels_with_the_certificate_of_its_key() {
        let given = evidence(PlatformKind::AmdSnp, vec![vec![3], vec![4, 5]]);
        let (kind, bytes) = registrable(given).unwrap();
        assert_eq!(kind, EvidenceKind::AmdSnp);
        assert_eq!(SnpEvidence::from_bytes(&bytes), Some(SnpEvidence { report: &[1, 2], certificate: &[3] }));
    }

    #[test]
    fn an_snp_report_without_a_certificate_is_refused() {
        let refused = registrable(evidence(PlatformKind::AmdSnp, vec![]));
        assert!(matches!(refused, Err(AdmissionError::NoCertificate)));
    }

    #[test]
    fn evidence_of_other_kinds_travels_as_it_is_and_unknown_ones_are_refused() {
        for (of_platform, of_chain) in [
            (PlatformKind::IntelTdx, EvidenceKind::IntelTdx),
            (PlatformKind::IntelSgx, EvidenceKind::IntelSgx),
            (PlatformKind::AwsNitro, EvidenceKind::AwsNitro),
        ] {
            assert_eq!(registrable(evidence(of_platform, vec![])).unwrap(), (of_chain, vec![1, 2]));
        }
        let refused = registrable(evidence(PlatformKind::ArmCca, vec![]));
        assert!(matches!(refused, Err(AdmissionError::Kind("arm-cca"))));
    }
}
