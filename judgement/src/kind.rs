//! Which kinds of evidence are known.

/// What made the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "command-line", derive(clap::ValueEnum))]
pub enum Kind {
    /// Intel SGX: a quote of version 3.
    Sgx,
    /// Intel TDX: a quote of version 4 or 5.
    Tdx,
    /// AMD SEV-SNP: an attestation report.
    Snp,
    /// A confidential machine of Azure over SEV-SNP.
    AzureSnp,
    /// A confidential machine of Azure over TDX.
    AzureTdx,
    /// AWS Nitro Enclaves: an attestation document.
    Nitro,
    /// NVIDIA's GPUs and switches: one report, or a bundle of several.
    Nvidia,
    /// A TPM 2.0 quote, which is only a part of a machine's evidence.
    Tpm,
    /// Arm CCA: a token. Tested on emulated evidence only.
    Cca,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Sgx,
        Self::Tdx,
        Self::Snp,
        Self::AzureSnp,
        Self::AzureTdx,
        Self::Nitro,
        Self::Nvidia,
        Self::Tpm,
        Self::Cca,
    ];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgx => "sgx",
            Self::Tdx => "tdx",
            Self::Snp => "snp",
            Self::AzureSnp => "azure-snp",
            Self::AzureTdx => "azure-tdx",
            Self::Nitro => "nitro",
            Self::Nvidia => "nvidia",
            Self::Tpm => "tpm",
            Self::Cca => "cca",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_name() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::named(kind.name()) == Some(kind)));
        assert_eq!(Kind::named("TDX"), None);
    }

    #[cfg(feature = "command-line")]
    #[test]
    fn a_kind_is_typed_as_it_is_shown() {
        use clap::ValueEnum;
        for kind in Kind::ALL {
            assert_eq!(Kind::from_str(kind.name(), false), Ok(kind));
        }
        assert_eq!(Kind::value_variants(), Kind::ALL);
    }
}
