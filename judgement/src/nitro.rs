//! AWS's documents, which carry everything but revocation lists.

use adyton_attestation::{Evidence, EvidenceKind, verify_with};

use crate::{error::Result, input::Input, judgement::Judgement};

/// Judges a document.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let document = input.evidence.binary();
    let lists = input.endorsements.lists_of_issuers_in(&[&document]);
    let lists: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
    let evidence = Evidence::Nitro { document: &document, revocation_lists: &lists, checked_authorities: None };
    let result = verify_with(&input.signatures, &evidence, &input.policy, input.now);
    Ok(Judgement::of(EvidenceKind::AwsNitro, result, input.expected.as_deref(), input.now))
}
