//! Endorsements in the form in which the chain takes them. `adyton tcb submit` goes this way, and so does the local
//! network, which issues its own collateral.

use adyton_attestation::Collateral;
use adyton_client::{
    chain::extrinsic::calls::{Attestation, Call},
    protocol::{ids::Digest, record::EvidenceKind},
};
use anyhow::{Result, ensure};
use codec::Encode;

/// The most bytes of Intel's collateral (`MAX_COLLATERAL` of the attestation pallet).
const MAX_COLLATERAL: usize = 64 * 1024;
/// The most bytes of AMD's revocation list (`MAX_REVOCATION_LIST` of the same).
const MAX_REVOCATION_LIST: usize = 8 * 1024;

/// What is submitted, within the chain's bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    kind: EvidenceKind,
    root: Digest,
    encoded: Vec<u8>,
}

impl Submission {
    /// Intel's collateral for evidence of `kind`, under an accepted root.
    pub fn of_collateral(kind: EvidenceKind, root: Digest, collateral: &Collateral) -> Result<Self> {
        let encoded = collateral.encode();
        require_within(encoded.len(), MAX_COLLATERAL)?;
        Ok(Self { kind, root, encoded })
    }

    /// AMD's revocation list (DER), under an accepted root.
    pub fn of_list(root: Digest, list: Vec<u8>) -> Result<Self> {
        require_within(list.len(), MAX_REVOCATION_LIST)?;
        Ok(Self { kind: EvidenceKind::AmdSnp, root, encoded: list })
    }

    /// As it is submitted, which is also the form of a worker's file (`local.collateral`).
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// The call that has the chain check and store it.
    pub fn into_call(self) -> Call {
        let Self { kind, root, encoded } = self;
        Call::Attestation(Attestation::SubmitCollateral { kind, root, collateral: encoded })
    }
}

fn require_within(bytes: usize, most: usize) -> Result<()> {
    ensure!(bytes <= most, "it has {bytes} bytes, and the chain takes at most {most}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use adyton_development_root::DevelopmentRoot;

    use super::*;

    const ROOT: Digest = Digest([7; 32]);

    #[test]
    fn collateral_is_submitted_in_the_verifiers_encoding() {
        let collateral = DevelopmentRoot::insecure_from_seed([1; 32]).collateral(1_800_000_000);
        let submission = Submission::of_collateral(EvidenceKind::IntelTdx, ROOT, &collateral).unwrap();
        assert_eq!(submission.encoded(), collateral.encode());
        let call = submission.into_call();
        let Call::Attestation(Attestation::SubmitCollateral { kind, root, collateral: sent }) = call else { panic!() };
        assert_eq!((kind, root, sent), (EvidenceKind::IntelTdx, ROOT, collateral.encode()));
    }

    #[test]
    fn what_is_longer_than_the_chain_takes_is_not_sent() {
        let mut collateral = DevelopmentRoot::insecure_from_seed([1; 32]).collateral(1_800_000_000);
        assert!(Submission::of_list(ROOT, vec![0x30; MAX_REVOCATION_LIST]).is_ok());
        let error = Submission::of_list(ROOT, vec![0x30; MAX_REVOCATION_LIST + 1]).unwrap_err().to_string();
        assert!(error.contains("8193 bytes") && error.contains("at most 8192"), "{error}");
        collateral.pck_crl = vec![0x30; 60 * 1024].try_into().unwrap();
        collateral.root_crl = collateral.pck_crl.clone();
        assert!(Submission::of_collateral(EvidenceKind::IntelTdx, ROOT, &collateral).is_err());
    }
}
