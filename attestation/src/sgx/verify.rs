//! The rules for enclaves on top of those for every quote.

use super::attributes::{require_attributes, require_features};
use crate::{
    CheckedCollateral, Document, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict,
    SgxMeasurement,
    intel::{
        authority::AuthorityKind,
        enclave::EnclaveReport,
        pck::Platform,
        quote::{Environment, Quote},
        tcb::Versions,
        verify::{self, Body},
    },
    signature::{self, SignatureVerifier},
};

/// Verifies an SGX quote against collateral that was checked before. As many signature verifications as
/// [`crate::verify_tdx`].
///
/// `now` is in Unix seconds. What the evidence is *about* remains to be checked: [`IntelVerdict::bind`].
///
/// # Errors
/// The first [`IntelRefusal`] met, in the order of [`crate::CheckName`].
pub fn verify_sgx(
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    verify_sgx_with(&signature::Fastest::default(), quote, collateral, root, policy, now)
}

/// [`verify_sgx`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_sgx`].
pub fn verify_sgx_with(
    verifier: &impl SignatureVerifier,
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    verify::verify::<EnclaveReport<'_>>(verifier, quote, collateral, root, policy, now)
}

impl<'a> Body<'a> for EnclaveReport<'a> {
    const ENVIRONMENT: Environment = Environment::Sgx;
    const KIND: EvidenceKind = EvidenceKind::IntelSgx;

    fn parse(quote: &Quote<'a>) -> Result<Self, IntelRefusal> {
        let report: &'a [u8; 384] = quote.body.try_into().map_err(|_| IntelRefusal::QuoteLengths)?;
        EnclaveReport::parse(report, Document::Quote)
    }

    fn versions(&self) -> Versions<'a> {
        Versions::Enclave
    }

    /// Each authority certifies platforms of its own kind only, which their certificates say.
    fn require_platform(platform: &Platform, collateral: &CheckedCollateral) -> Result<(), IntelRefusal> {
        let says_multi_package = (platform.configuration.is_some(), platform.platform_instance.is_some());
        match (collateral.authority().kind, says_multi_package) {
            (AuthorityKind::Platform, (true, true)) | (AuthorityKind::Processor, (false, false)) => Ok(()),
            (AuthorityKind::Platform | AuthorityKind::Processor, _) => Err(IntelRefusal::PlatformKind),
        }
    }

    /// Nothing but the processor stands below an enclave.
    fn require_module(&self, _: &CheckedCollateral) -> Result<(), IntelRefusal> {
        Ok(())
    }

    fn require_allowed(&self, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
        require_attributes(self, policy)?;
        require_features(self, policy)
    }

    fn measurement(&self) -> IntelMeasurement {
        IntelMeasurement::Sgx(SgxMeasurement {
            mr_enclave: *self.mr_enclave,
            mr_signer: *self.mr_signer,
            product: self.product,
            svn: self.svn,
            extended_product: *self.extended_product,
            family: *self.family,
            config_id: *self.config_id,
            config_svn: self.config_svn,
            misc_select: *self.misc_select,
            attributes: *self.attributes,
        })
    }

    fn report_data(&self) -> &'a [u8; 64] {
        self.report_data
    }

    fn instance(&self) -> Option<[u8; 32]> {
        None
    }
}
