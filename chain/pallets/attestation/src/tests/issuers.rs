//! Evidence of every kind under roots of our own, about any statement.

use adyton_attestation::{
    nitro::{NitroMeasurement, NitroRoot},
    snp::{SnpKey, SnpPolicy, SnpProduct, SnpRoot, verify_snp},
    verify_collateral, verify_sgx,
};
use adyton_development_root::{FMSPC, Plan};
use adyton_protocol::{
    configuration,
    evidence::{self, SnpEvidence},
    ids::{AccountId, BlockHash, BlockRef, Digest, SigningKey, WorkerId},
    record::{CollateralRef, EvidenceKind},
    statement::AttestedStatement,
};
use codec::Encode;
use core::ops::RangeInclusive;
use polkadot_sdk::sp_core::{Pair, ed25519};

use crate::{
    MAX_REVOCATION_LIST,
    fixture::{self, Fixture},
    mock::{NOW, development, device, measurement, root_id, statement},
};

#[path = "../../../../../attestation/tests/support/snp.rs"]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
pub mod amd;
/// The verifier's own issuers of the shapes of AMD and AWS.
#[path = "../../../../../attestation/tests/support/nitro.rs"]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
pub mod aws;

/// The product line of good AMD evidence.
pub const PRODUCT: SnpProduct = SnpProduct::Genoa;

/// The certificates of the root for `kind`, as `add_root` takes them.
pub fn certificates(kind: EvidenceKind) -> Vec<u8> {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => development().root_certificate(),
        EvidenceKind::AmdSnp => amd_certificates(PRODUCT),
        EvidenceKind::AwsNitro => aws::plan().chain()[aws::ROOT].clone(),
    }
}

/// The certificates of AMD's root for `product`.
pub fn amd_certificates(product: SnpProduct) -> Vec<u8> {
    let authority = |key| amd::authority(product, key).encode();
    evidence::join([&amd::ark(product).encode(), &authority(SnpKey::Vcek), &authority(SnpKey::Vlek)])
}

/// What evidence of `kind` is judged by.
pub fn reference(kind: EvidenceKind) -> CollateralRef {
    let (root, family) = match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => (root_id(&development()), FMSPC),
        EvidenceKind::AmdSnp => (Digest(amd_root(PRODUCT).id().0), [0; 6]),
        EvidenceKind::AwsNitro => {
            let root = NitroRoot::from_certificate(&certificates(kind)).expect("the root of the shape of AWS's");
            (Digest(root.id().0), [0; 6])
        }
    };
    CollateralRef { kind, root, family }
}

/// The root of the shape of AMD's for `product`.
pub fn amd_root(product: SnpProduct) -> &'static SnpRoot {
    amd::roots().iter().find(|root| root.product() == product).expect("each line has one")
}

/// Endorsements for `kind`, issued at about `at`, as `submit_collateral` takes them.
pub fn endorsements(kind: EvidenceKind, at: u64) -> Vec<u8> {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => intel_collateral(kind, at, |_| ()),
        EvidenceKind::AmdSnp => revocation_list(at, &[9]),
        EvidenceKind::AwsNitro => Vec::new(),
    }
}

/// Collateral of Intel's shape for `kind`, issued at `at`, with a change in it.
pub fn intel_collateral(kind: EvidenceKind, at: u64, change: impl FnOnce(&mut Plan)) -> Vec<u8> {
    let plan = development().plan(&device("worker"), [0; 64], at);
    let mut plan = if kind == EvidenceKind::IntelSgx { plan.for_enclave(at) } else { plan };
    change(&mut plan);
    plan.issue().collateral.encode()
}

/// AMD's list of `revoked` serial numbers, issued at `at`.
pub fn revocation_list(at: u64, revoked: &[u8]) -> Vec<u8> {
    amd::revocation_list(PRODUCT, (at, at + 300 * amd::DAY), revoked, amd::root_key())
}

/// Endorsements for `kind` of `at`, of which a list revokes something, and before them those that they take the place of.
fn succession(kind: EvidenceKind, at: u64) -> [Vec<u8>; 2] {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => {
            let revoking = |plan: &mut Plan| plan.pck_crl.revoked = vec![[0x41; 20]];
            [intel_collateral(kind, at - 1, |_| ()), intel_collateral(kind, at, revoking)]
        }
        EvidenceKind::AmdSnp => [longest_revocation_list(at - 1, 9..=126), longest_revocation_list(at, 9..=127)],
        EvidenceKind::AwsNitro => [Vec::new(), Vec::new()],
    }
}

/// A list of AMD's of `revoked` again and again, as long as any that is stored.
fn longest_revocation_list(at: u64, revoked: RangeInclusive<u8>) -> Vec<u8> {
    let of = |count| revocation_list(at, &revoked.clone().cycle().take(count).collect::<Vec<_>>());
    let [some, one_more] = [100, 101].map(|count| of(count).len());
    let room = MAX_REVOCATION_LIST as usize - one_more;
    of(101 + room / (one_more - some))
}

/// The time of evidence of `kind`: documents of AWS's live for hours.
pub fn time(kind: EvidenceKind) -> u64 {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx | EvidenceKind::AmdSnp => NOW,
        EvidenceKind::AwsNitro => aws::NOW,
    }
}

/// The worker's evidence about `statement`.
pub fn evidence(kind: EvidenceKind, statement: &AttestedStatement) -> Vec<u8> {
    let report_data = statement.report_data();
    match kind {
        EvidenceKind::IntelTdx => development().device(device("worker")).quote(report_data),
        EvidenceKind::IntelSgx => {
            development().plan(&device("worker"), report_data, NOW).for_enclave(NOW).issue().quote
        }
        EvidenceKind::AmdSnp => amd_evidence(&amd::good(PRODUCT), &report_data),
        EvidenceKind::AwsNitro => aws_plan(&report_data).issue(),
    }
}

/// A document's plan about `report_data`.
pub fn aws_plan(report_data: &[u8; 64]) -> aws::Plan {
    aws::changed(|plan| plan.set("user_data", aws::cbor::bytes(report_data)))
}

/// A report about `report_data` with its certificate, as they travel.
pub fn amd_evidence(plan: &amd::Plan, report_data: &[u8; 64]) -> Vec<u8> {
    let issued = plan.clone().with(amd::at::REPORT_DATA, report_data).evidence();
    SnpEvidence { report: &issued.report, certificate: &issued.vek }.to_bytes()
}

/// The identity of what the worker's evidence of `kind` measures.
pub fn measured(kind: EvidenceKind) -> Digest {
    match kind {
        EvidenceKind::IntelTdx => measurement("worker"),
        EvidenceKind::IntelSgx => {
            let issued = development().plan(&device("worker"), [0; 64], NOW).for_enclave(NOW).issue();
            let root = development().root();
            let checked = verify_collateral(&issued.collateral, &root, NOW).expect("is good");
            let verdict = verify_sgx(&issued.quote, &checked, &root, &development().policy(), NOW);
            Digest(verdict.expect("is good").measurement_id)
        }
        EvidenceKind::AmdSnp => {
            let issued = amd::good(PRODUCT).evidence();
            let policy = SnpPolicy { require_revocation_list: false, ..SnpPolicy::strict() };
            let verdict = verify_snp(&issued.report, &issued.endorsements(), amd::roots(), &policy, amd::NOW);
            Digest(verdict.expect("is good").measurement.id())
        }
        EvidenceKind::AwsNitro => {
            let pcr = |number: u8| [number; 48];
            let measured = NitroMeasurement { pcr0: pcr(1), pcr1: pcr(2), pcr2: pcr(3), pcr8: pcr(0) };
            Digest(measured.id())
        }
    }
}

/// A whole registration of `kind` on the network of the benchmarks.
pub fn fixture(kind: EvidenceKind) -> Fixture {
    let key = ed25519::Pair::from_seed(&[42; 32]);
    let operator = AccountId([3; 32]);
    let statement = AttestedStatement {
        network: fixture::NETWORK,
        worker: WorkerId::derive(&fixture::NETWORK, &operator, "benchmark"),
        operator,
        signing_key: SigningKey(key.public().0),
        recent: BlockRef { number: 1, hash: BlockHash([8; 32]) },
        config: configuration::digest(&fixture::NETWORK, &BlockHash([0; 32]), &fixture::PROFILE),
        ..statement()
    };
    let evidence = evidence(kind, &statement);
    let now = time(kind);
    let [earlier, collateral] = succession(kind, now - 100);
    Fixture {
        now,
        reference: reference(kind),
        certificates: certificates(kind),
        collateral,
        earlier,
        measurement: measured(kind),
        signature: key.sign(&statement.registration_message(&evidence)).0,
        statement,
        evidence,
    }
}
