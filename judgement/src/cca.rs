//! Arm's tokens, with the platform keys and reference values that the caller has. Tried on emulated evidence only.

use adyton_attestation::{
    Check, Evidence, EvidenceKind, Outcome,
    cca::{CcaCheck, CcaPlatformKey, CcaReferenceValues},
    verify_with,
};

use crate::{error::Result, input::Input, judgement::Judgement};

/// Judges a token.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let read = |bytes: &[u8]| CcaPlatformKey::from_file(bytes).ok();
    let mut keys: Vec<CcaPlatformKey> = input.endorsements.json(read).concat();
    for key in input.endorsements.public_keys() {
        // One that is not on a known curve fits no token, which is what the verifier then says.
        keys.extend(read(&key).unwrap_or_default());
    }
    let mut known = CcaReferenceValues::NONE;
    for mut values in input.endorsements.json(|json| CcaReferenceValues::from_json(json).ok()) {
        known.platforms.append(&mut values.platforms);
        known.realms.append(&mut values.realms);
    }
    let token = input.evidence.binary();
    // Whoever gives a key as an endorsement trusts it, as one that stands in a policy.
    input.policy.roots.cca.append(&mut keys);
    let evidence = Evidence::Cca { token: &token, reference_values: &known };
    let result = verify_with(&input.signatures, &evidence, &input.policy, input.now);
    let is_reference = result.is_ok() && !known.realms.is_empty();
    let mut judgement = Judgement::of(EvidenceKind::ArmCca, result, input.expected.as_deref(), input.now);
    if is_reference {
        // The verifier has held the realm against them.
        let name = CcaCheck::Measurement.name();
        judgement.checks.retain(|check| check.name != name || check.outcome == Outcome::Failed);
        judgement.also(Check { name, outcome: Outcome::Passed, reason: "the realm is a reference value".into() });
    }
    Ok(judgement)
}
