//! What a registration costs, which depends on the kind of evidence.

use adyton_protocol::record::EvidenceKind;
use polkadot_sdk::frame_support::weights::Weight;

use crate::WeightInfo;

/// Of `register`.
pub fn register<W: WeightInfo>(kind: EvidenceKind) -> Weight {
    match kind {
        // Measured with collateral of 9 KB, and a vendor's has 21 KB: the rest is room for reading more.
        EvidenceKind::IntelTdx => W::register().saturating_mul(3),
        EvidenceKind::IntelSgx => W::register_sgx().saturating_mul(3),
        EvidenceKind::AmdSnp => W::register_snp(),
        // Measured on a document of 3 KB, and a real one has up to 5: the same signatures, 2 KB more to hash.
        EvidenceKind::AwsNitro => W::register_nitro(),
    }
}
