//! The rules for trust domains on top of those for every quote.

use super::{
    attributes::{require_attributes, require_features, require_only_allowed, require_trusted, takes_exceptions},
    report::TdReport,
    services::{self, require_services},
};
use crate::{
    CheckedCollateral, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict,
    TdxMeasurement,
    intel::{
        authority::AuthorityKind,
        checked::ModuleIdentity,
        pck::{Platform, SgxType},
        quote::{Environment, Quote},
        tcb::{self, Versions, masked_equal},
        verify::{self, Body},
    },
    signature::{self, SignatureVerifier},
};

/// Verifies a TDX quote against collateral that was checked before. At most five signature verifications;
/// three if the quote carries the same authority certificate as the collateral, which is the usual case.
///
/// `now` is in Unix seconds. What the evidence is *about* remains to be checked: [`IntelVerdict::bind`].
///
/// # Errors
/// The first [`IntelRefusal`] met, in the order of [`crate::CheckName`].
pub fn verify_tdx(
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    verify_tdx_with(&signature::Fastest::default(), quote, collateral, root, policy, now)
}

/// [`verify_tdx`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_tdx`].
pub fn verify_tdx_with(
    verifier: &impl SignatureVerifier,
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &IntelRoot,
    policy: &IntelPolicy,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    verify::verify::<TdReport<'_>>(verifier, quote, collateral, root, policy, now)
}

impl TdReport<'_> {
    /// [`Body::require_allowed`] where no verdict comes of it: whether the host can raise exceptions in the domain
    /// (`SEPT_VE_DISABLE` is off) is told and not refused.
    pub(crate) fn require_allowed_but_for_exceptions(&self, policy: &IntelPolicy) -> Result<bool, IntelRefusal> {
        require_trusted(self)?;
        require_only_allowed(self, policy)?;
        require_services(self, policy)?;
        require_features(self, policy)?;
        Ok(takes_exceptions(self))
    }
}

impl<'a> Body<'a> for TdReport<'a> {
    const ENVIRONMENT: Environment = Environment::Tdx;
    const KIND: EvidenceKind = EvidenceKind::IntelTdx;

    fn parse(quote: &Quote<'a>) -> Result<Self, IntelRefusal> {
        TdReport::parse(quote.kind, quote.body)
    }

    fn versions(&self) -> Versions<'a> {
        let current = self.current.as_ref().map(|current| current.tee_tcb_svn);
        Versions::Domain { launch: self.tee_tcb_svn, current }
    }

    fn require_platform(platform: &Platform, collateral: &CheckedCollateral) -> Result<(), IntelRefusal> {
        let is_multi_package = platform.configuration.is_some() && platform.platform_instance.is_some();
        match (collateral.authority().kind, platform.sgx_type) {
            (AuthorityKind::Platform, SgxType::Scalable | SgxType::ScalableWithIntegrity) if is_multi_package => Ok(()),
            (AuthorityKind::Platform | AuthorityKind::Processor, _) => Err(IntelRefusal::NotTdxPlatform),
        }
    }

    /// Of the launch and of now: an update must not have brought another signer's module.
    fn require_module(&self, collateral: &CheckedCollateral) -> Result<(), IntelRefusal> {
        let current = self.current.as_ref().map(|current| current.tee_tcb_svn);
        [Some(self.tee_tcb_svn), current].into_iter().flatten().try_for_each(|tee_tcb_svn| {
            let identity = match tcb::module_version(tee_tcb_svn) {
                0 => collateral.unversioned_module().ok_or(IntelRefusal::UnknownTdxModule(0))?,
                version => &collateral.module(version).ok_or(IntelRefusal::UnknownTdxModule(version))?.identity,
            };
            let ModuleIdentity { signer, attributes, attributes_mask } = identity;
            let is_masked = self.seam_attributes.iter().zip(attributes_mask).all(|(found, mask)| found & !mask == 0);
            let fits = self.mr_signer_seam == signer
                && is_masked
                && masked_equal(self.seam_attributes, attributes_mask, attributes);
            if fits { Ok(()) } else { Err(IntelRefusal::TdxModuleIdentity) }
        })
    }

    fn require_allowed(&self, policy: &IntelPolicy) -> Result<(), IntelRefusal> {
        require_attributes(self, policy)?;
        require_services(self, policy)?;
        require_features(self, policy)
    }

    fn measurement(&self) -> IntelMeasurement {
        IntelMeasurement::Tdx(TdxMeasurement {
            mr_td: *self.mr_td,
            rtmr: self.rtmr.map(|register| *register),
            mr_config_id: *self.mr_config_id,
            mr_owner: *self.mr_owner,
            mr_owner_config: *self.mr_owner_config,
            attributes: *self.attributes,
            xfam: *self.xfam,
            services: services::of(self),
        })
    }

    fn report_data(&self) -> &'a [u8; 64] {
        self.report_data
    }

    fn instance(&self) -> Option<[u8; 32]> {
        self.extended.as_ref().map(|extended| *extended.instance)
    }
}
