//! Everything that a judgement is made of, and the judgement.

use adyton_attestation::Policy;

use crate::{
    azure, cca,
    endorsement::Endorsements,
    error::{Result, misuse},
    file::{File, digits},
    intel,
    judgement::Judgement,
    kind::Kind,
    nitro, nvidia,
    signatures::Remembering,
    snp, tpm,
};

/// Everything that a judgement is made of.
#[derive(Debug)]
pub struct Input {
    /// What the evidence is said to be.
    pub kind: Kind,
    /// The evidence.
    pub evidence: File,
    /// Which of several devices' evidence in the file is meant.
    pub entry: Option<usize>,
    /// Intel's collateral.
    pub collateral: Option<File>,
    /// What else endorses the evidence.
    pub endorsements: Endorsements,
    /// What is accepted.
    pub policy: Policy,
    /// Whether that is the built-in policy.
    pub is_built_in: bool,
    /// What the evidence has to be about ([`statement`]).
    pub expected: Option<Vec<u8>>,
    /// Unix seconds.
    pub now: u64,
    /// What it is verified with.
    pub signatures: Remembering,
}

/// Judges by the rules of the kind.
///
/// # Errors
/// Bad use; evidence that is malformed, refused or too long is a judgement.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    if input.collateral.is_some() && !matches!(input.kind, Kind::Sgx | Kind::Tdx | Kind::AzureTdx) {
        return Err(misuse(format!("collateral has no use for evidence of kind {}", input.kind.name())));
    }
    if input.entry.is_some() && input.kind != Kind::Nvidia {
        return Err(misuse(format!("evidence of kind {} is not several in one file", input.kind.name())));
    }
    if input.evidence.is_too_long() {
        return Ok(Judgement::malformed("size", "the file is longer than evidence of any kind"));
    }
    let judgement = match input.kind {
        Kind::Sgx | Kind::Tdx => intel::judge(input),
        Kind::Snp => snp::judge(input),
        Kind::AzureSnp | Kind::AzureTdx => azure::judge(input),
        Kind::Nitro => nitro::judge(input),
        Kind::Nvidia => nvidia::judge(input),
        Kind::Tpm => tpm::judge(input),
        Kind::Cca => cca::judge(input),
    }?;
    // Evidence that is refused is refused whatever was given in vain.
    if judgement.accepted {
        input.endorsements.require_used(input.kind)?;
    }
    Ok(judgement)
}

/// What evidence has to be about, from hexadecimal digits, in the length that evidence of this kind has room for.
///
/// # Errors
/// They are no digits, or of another length.
pub fn statement(kind: Kind, text: &str) -> Result<Vec<u8>> {
    let bytes = digits(text).ok_or_else(|| misuse("report data is pairs of hexadecimal digits"))?;
    let (least, most) = match kind {
        Kind::Sgx | Kind::Tdx | Kind::Snp | Kind::Cca => (64, 64),
        Kind::Nvidia => (32, 32),
        Kind::AzureSnp | Kind::AzureTdx | Kind::Tpm => (1, 64),
        Kind::Nitro => (1, 1024),
    };
    if (least..=most).contains(&bytes.len()) {
        return Ok(bytes);
    }
    let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    Err(misuse(format!(
        "the report data has {} bytes, and evidence of kind {} is about {wanted}",
        bytes.len(),
        kind.name()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{file::MAX_FILE_BYTES, signatures::remembering};

    fn input(kind: Kind, length: usize) -> Input {
        Input {
            kind,
            evidence: File { path: "evidence".into(), bytes: vec![1; length] },
            entry: None,
            collateral: None,
            endorsements: Endorsements::default(),
            policy: Policy::command(),
            is_built_in: true,
            expected: None,
            now: 1_800_000_000,
            signatures: remembering(),
        }
    }

    #[test]
    fn report_data_has_the_length_of_its_kind() {
        assert_eq!(statement(Kind::Tdx, &"0".repeat(128)).unwrap(), [0; 64]);
        assert_eq!(statement(Kind::Tpm, "9009").unwrap(), [0x90, 0x09]);
        for (kind, text) in [(Kind::Tdx, "00"), (Kind::Nvidia, "00"), (Kind::Tpm, ""), (Kind::Nitro, "0")] {
            assert!(statement(kind, text).unwrap_err().to_string().contains("report data"));
        }
    }

    #[test]
    fn evidence_that_is_too_long_is_rejected_as_every_kind() {
        for kind in Kind::ALL {
            let judgement = judge(&mut input(kind, MAX_FILE_BYTES + 1)).unwrap();
            assert!(!judgement.accepted && judgement.reason.starts_with("size: "), "{}", judgement.reason);
        }
    }

    #[test]
    fn a_paravisors_report_alone_is_rejected_as_what_it_is() {
        for kind in [Kind::AzureSnp, Kind::AzureTdx] {
            let evidence = File { path: "report".into(), bytes: b"HCLA and more".to_vec() };
            let judgement = judge(&mut Input { evidence, ..input(kind, 1) }).unwrap();
            assert!(!judgement.accepted && judgement.reason.contains("report alone"), "{}", judgement.reason);
        }
    }

    #[test]
    fn collateral_where_there_is_no_use_for_it_is_bad_use() {
        for kind in Kind::ALL {
            let collateral = Some(File { path: "collateral".into(), bytes: b"tcb_info".to_vec() });
            let judged = judge(&mut Input { collateral, ..input(kind, 1) });
            let has_use = matches!(kind, Kind::Sgx | Kind::Tdx | Kind::AzureTdx);
            assert_eq!(judged.is_ok(), has_use, "{kind:?}");
        }
    }

    #[test]
    fn an_entry_of_evidence_that_is_one_is_bad_use() {
        for kind in Kind::ALL {
            let judged = judge(&mut Input { entry: Some(0), ..input(kind, 1) });
            let is_of_this = judged.is_err_and(|misuse| misuse.to_string().contains("is not several in one file"));
            assert_eq!(is_of_this, kind != Kind::Nvidia, "{kind:?}");
        }
    }
}
