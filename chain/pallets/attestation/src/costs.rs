//! What the calls cost whose weight depends on the kind of evidence.

use adyton_protocol::record::EvidenceKind;
use polkadot_sdk::frame_support::weights::Weight;

use crate::WeightInfo;

/// Of `submit_collateral`.
pub fn submit_collateral<W: WeightInfo>(kind: EvidenceKind) -> Weight {
    match kind {
        // Measured on collateral of 9 KB; a vendor's has 21 KB. Signatures are most of the cost, and these do not grow.
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => W::submit_collateral().saturating_mul(3),
        EvidenceKind::AmdSnp => W::submit_revocation_list(),
        // Refused before anything is verified.
        EvidenceKind::AwsNitro => W::remove_root(),
    }
}

/// Of `add_root`.
pub fn add_root<W: WeightInfo>(kind: EvidenceKind) -> Weight {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => W::add_root(),
        EvidenceKind::AmdSnp => W::add_root_snp(),
        EvidenceKind::AwsNitro => W::add_root_nitro(),
    }
}
