//! A machine of Azure's over TDX in separate binary files: which part a file is, and all of them as one.

use adyton_attestation::{
    IntelRoot, Policy,
    azure::{AzureCheck, AzureEndorsements, AzureEvidence, HclEvidence, check_azure_binding, files::AzureFile},
    intel,
    tpm::QuoteSignature,
};

use crate::{
    endorsement::{Endorsements, Part},
    error::{Result, misuse},
    file::File,
    tpms::tpms_attest,
};

/// What a separate file of a machine over TDX has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachinePart {
    /// The hardware's quote.
    TdxQuote,
    /// The virtual TPM's quote (`TPMS_ATTEST`).
    TpmQuote,
    /// Its signature (`TPMT_SIGNATURE`).
    TpmSignature,
    /// The paravisor's runtime data, with its header.
    RuntimeData,
}

impl MachinePart {
    /// By how it begins.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [4 | 5, 0, _, 0, 0x81, 0, 0, 0, ..] => Some(Self::TdxQuote),
            [0xff, b'T', b'C', b'G', ..] => Some(Self::TpmQuote),
            [0, 0x14 | 0x16 | 0x18, 0, ..] => Some(Self::TpmSignature),
            // Its size, then its version, the kind of hardware and of hash, the length of the JSON.
            [_, _, _, _, 1, 0, 0, 0, 4, 0, 0, 0, rest @ ..] if rest.get(8) == Some(&b'{') => Some(Self::RuntimeData),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::TdxQuote => "TDX quote",
            Self::TpmQuote => "TPM quote",
            Self::TpmSignature => "TPM signature",
            Self::RuntimeData => "runtime data file",
        }
    }

    /// Why a file that begins like this part is none, as far as that shows without the others.
    fn fault(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::TdxQuote => intel::inspect(bytes, &IntelRoot::intel()).err().map(|refusal| refusal.to_string()),
            Self::TpmQuote => tpms_attest(bytes).err(),
            Self::TpmSignature => fault_of_signature(bytes),
            Self::RuntimeData => fault_of_runtime_data(bytes),
        }
    }

    /// The machine of which `evidence` is this part and endorsements are the others, or why it cannot be read.
    pub fn join(self, evidence: &File, endorsements: &mut Endorsements) -> Result<Result<AzureFile, String>> {
        if let Some(fault) = self.fault(&evidence.bytes) {
            return Ok(Err(format!("a {} that cannot be read: {fault}", self.name())));
        }
        let mut one = |wanted: Self| -> Result<Vec<u8>> {
            let own = (wanted == self).then(|| (evidence.path.clone(), evidence.bytes.clone()));
            let is_wanted =
                |part: &Part| part.bytes().filter(|bytes| Self::of(bytes) == Some(wanted)).map(<[u8]>::to_vec);
            endorsements.only_beside(own, wanted.name(), is_wanted)?.ok_or_else(|| {
                misuse(format!(
                    "a machine in separate files needs a {}: give the other files as endorsements (TDX quote, TPM quote, its signature, the attestation key's certificate, the runtime data)",
                    wanted.name()
                ))
            })
        };
        let td_quote = one(Self::TdxQuote)?;
        let quote = one(Self::TpmQuote)?;
        let signature = one(Self::TpmSignature)?;
        let runtime_data = one(Self::RuntimeData)?;
        let any = |part: &Part| part.certificate().map(<[u8]>::to_vec);
        let certificate = endorsements.only("certificate of an attestation key", any)?.ok_or_else(|| {
            misuse("a machine in separate files needs its attestation key's certificate among the endorsements")
        })?;
        let file = AzureFile::of_tdx_parts(&td_quote, &quote, &signature, &certificate, &runtime_data);
        Ok(file.map_err(|error| error.to_string()))
    }
}

/// Its scheme, its hash, and the length of what follows.
fn fault_of_signature(bytes: &[u8]) -> Option<String> {
    match bytes {
        [_, _, _, _, high, low, rest @ ..] if rest.len() >= usize::from(u16::from_be_bytes([*high, *low])) => None,
        _ => Some("it is truncated".into()),
    }
}

/// A quote that is missing is met only after the runtime data was read.
fn fault_of_runtime_data(bytes: &[u8]) -> Option<String> {
    let evidence = AzureEvidence {
        hcl: HclEvidence::RuntimeData(bytes.to_vec()),
        quote: Vec::new(),
        signature: QuoteSignature::Structured(Vec::new()),
        pcrs: Vec::new(),
        certificates: Vec::new(),
    };
    let refusal = check_azure_binding(&evidence, &AzureEndorsements::default(), &Policy::command().azure, 0).err()?;
    matches!(refusal.check(), AzureCheck::HclReport | AzureCheck::RuntimeData).then(|| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_machine_is_known_by_how_it_begins() {
        let runtime_data = [&[200, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 180, 0, 0, 0][..], b"{}"].concat();
        assert_eq!(MachinePart::of(&runtime_data), Some(MachinePart::RuntimeData));
        assert_eq!(MachinePart::of(b"\xffTCG\x80\x18"), Some(MachinePart::TpmQuote));
        for text in [&b"{\"version\": 1, \"a\":{}}"[..], b"", b"hcl_report_base64: AA", &[0x81; 40]] {
            assert_eq!(MachinePart::of(text), None);
        }
        for (part, bytes) in [
            (MachinePart::TdxQuote, &[4, 0, 2, 0, 0x81, 0, 0, 0][..]),
            (MachinePart::TpmQuote, b"\xffTCG\x80\x18"),
            (MachinePart::TpmSignature, &[0, 0x14, 0, 0x0b, 1, 0]),
            (MachinePart::RuntimeData, &runtime_data),
        ] {
            assert!(part.fault(bytes).is_some(), "{part:?}");
        }
    }
}
