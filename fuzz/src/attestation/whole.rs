//! Evidence of every kind, through the one door over all of them.

use std::sync::LazyLock;

use adyton_attestation::{
    CheckedCollateral, Evidence, EvidenceKind, Policy, Refusal, Roots, Verdict,
    azure::{AzureEndorsements, AzureEvidence, HardwareKind, HclEvidence},
    nvidia::{NvidiaEndorsements, NvidiaEvidence},
    signature::{Fastest, SignatureVerifier},
    snp::{SnpKey, SnpProduct},
    tpm::{TpmEndorsements, TpmEvidence, TpmPolicy},
    verify_collateral, verify_with,
};
use adyton_development_root::Plan;

use super::InsecureAnySignature;
use crate::{
    cca,
    machine::{self, Machine, Made},
    nitro,
    nvidia::{self, Device},
    parts, snp,
    support::{self, ISSUED_AT},
    tpm,
};

/// Good evidence of each kind.
struct Good {
    domain: Quoted,
    enclave: Quoted,
    snp: snp::Evidence,
    azure_tdx: Made,
    azure_snp: Made,
    document: Vec<u8>,
    report: Vec<u8>,
    chain: Vec<u8>,
    quote: TpmEvidence,
    token: Vec<u8>,
}

/// A quote with its checked collateral.
struct Quoted {
    quote: Vec<u8>,
    collateral: CheckedCollateral,
}

impl Quoted {
    fn of(plan: &Plan) -> Self {
        let issued = plan.issue();
        let checked = verify_collateral(&issued.collateral, &support::root(), support::NOW);
        Self { quote: issued.quote, collateral: checked.expect("it was issued a day ago") }
    }
}

static GOOD: LazyLock<Good> = LazyLock::new(|| Good {
    domain: Quoted::of(&support::plan()),
    enclave: Quoted::of(&support::plan().for_enclave(ISSUED_AT)),
    snp: snp::good_of(SnpProduct::Genoa, SnpKey::Vcek).evidence(),
    azure_tdx: Machine::good(HardwareKind::Tdx).make(),
    azure_snp: Machine::good(HardwareKind::Snp).make(),
    document: nitro::plan().issue(),
    report: Device::hopper().report(),
    chain: Device::hopper().pem(),
    quote: tpm::evidence(),
    token: cca::plan().issue(),
});

/// The command's own policy, under the tests' roots too.
static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy {
    roots: Roots {
        vendors: true,
        intel: vec![support::root()],
        snp: snp::roots().to_vec(),
        nitro: vec![nitro::root()],
        nvidia: vec![nvidia::roots()],
        cca: vec![cca::platform_key()],
    },
    azure: machine::policy(),
    tpm: TpmPolicy { roots: vec![tpm::authority().trusted()], ..tpm::policy() },
    cca: cca::policy(),
    ..Policy::command()
});

/// What the evidence of each kind is known by.
static IDENTITIES: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
    let identity = |seed: Vec<u8>| {
        let (kind, bytes) = parts::choose(&EvidenceKind::ALL, &seed).expect("a seed has a kind");
        judge(&Fastest::default(), *kind, bytes).expect("good evidence is accepted").evidence_id
    };
    evidence_seeds().into_iter().map(identity).collect()
});

/// Evidence, whose kind the first byte chooses: no verdict but on what was issued.
pub fn evidence(data: &[u8]) {
    let Some((kind, bytes)) = parts::choose(&EvidenceKind::ALL, data) else { return };
    if let Ok(verdict) = judge(&Fastest::default(), *kind, bytes) {
        assert!(IDENTITIES.contains(&verdict.evidence_id), "nobody issued this");
    }
    match judge(&InsecureAnySignature, *kind, bytes) {
        Ok(verdict) => {
            let about = verdict.report_data.clone();
            assert!(verdict.valid_from <= verdict.valid_until, "it is true at some time");
            assert!(verdict.clone().bind(&[]).is_err(), "nothing is about nothing");
            assert!(verdict.bind(&[about.as_slice(), &[1]].concat()).is_err(), "it is about what it says");
        }
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// Seeds of [`evidence`]: the part that a machine makes of the good evidence of every kind.
pub fn evidence_seeds() -> Vec<Vec<u8>> {
    let good = &*GOOD;
    let seed = |kind: EvidenceKind| match kind {
        EvidenceKind::IntelTdx => good.domain.quote.clone(),
        EvidenceKind::IntelSgx => good.enclave.quote.clone(),
        EvidenceKind::AmdSnp => good.snp.report.clone(),
        EvidenceKind::AwsNitro => good.document.clone(),
        EvidenceKind::NvidiaGpu => good.report.clone(),
        EvidenceKind::ArmCca => good.token.clone(),
        EvidenceKind::AzureTdx => paravisors_report(&good.azure_tdx),
        EvidenceKind::AzureSnp => paravisors_report(&good.azure_snp),
        EvidenceKind::Tpm => good.quote.message.clone(),
    };
    parts::chosen(EvidenceKind::ALL.into_iter().map(seed)).collect()
}

fn paravisors_report(machine: &Made) -> Vec<u8> {
    let (HclEvidence::Report(bytes) | HclEvidence::RuntimeData(bytes)) = &machine.evidence.hcl;
    bytes.clone()
}

fn with_report(machine: &Made, report: &[u8]) -> AzureEvidence {
    AzureEvidence { hcl: HclEvidence::Report(report.to_vec()), ..machine.evidence.clone() }
}

/// The verdict on `bytes` in the place of what a machine makes, beside good endorsements.
fn judge(verifier: &impl SignatureVerifier, kind: EvidenceKind, bytes: &[u8]) -> Result<Verdict, Refusal> {
    let good = &*GOOD;
    let verify = |evidence: &Evidence<'_>, now: u64| verify_with(verifier, evidence, &POLICY, now);
    let azure = AzureEndorsements::default();
    match kind {
        EvidenceKind::IntelTdx => {
            verify(&Evidence::Tdx { quote: bytes, collateral: &good.domain.collateral }, support::NOW)
        }
        EvidenceKind::IntelSgx => {
            verify(&Evidence::Sgx { quote: bytes, collateral: &good.enclave.collateral }, support::NOW)
        }
        EvidenceKind::AmdSnp => {
            verify(&Evidence::Snp { report: bytes, endorsements: good.snp.endorsements() }, snp::NOW)
        }
        EvidenceKind::AwsNitro => {
            let evidence = Evidence::Nitro { document: bytes, revocation_lists: &[], checked_authorities: None };
            verify(&evidence, nitro::NOW)
        }
        EvidenceKind::NvidiaGpu => {
            let device = NvidiaEvidence { report: bytes, certificate_chain: &good.chain };
            verify(&Evidence::Nvidia { device, endorsements: NvidiaEndorsements::default() }, nvidia::NOW)
        }
        EvidenceKind::ArmCca => {
            verify(&Evidence::Cca { token: bytes, reference_values: &cca::reference_values() }, cca::NOW)
        }
        EvidenceKind::AzureTdx => {
            let machine = with_report(&good.azure_tdx, bytes);
            let (quote, collateral) = (&good.azure_tdx.quote, &good.domain.collateral);
            verify(&Evidence::AzureTdx { machine: &machine, endorsements: &azure, quote, collateral }, support::NOW)
        }
        EvidenceKind::AzureSnp => {
            let machine = with_report(&good.azure_snp, bytes);
            let hardware = good.azure_snp.snp.as_ref().map(snp::Evidence::endorsements).unwrap_or_default();
            verify(&Evidence::AzureSnp { machine: &machine, endorsements: &azure, hardware }, support::NOW)
        }
        EvidenceKind::Tpm => {
            let quote = TpmEvidence { message: bytes.to_vec(), ..good.quote.clone() };
            verify(&Evidence::Tpm { quote: &quote, endorsements: &TpmEndorsements::default() }, tpm::NOW)
        }
    }
}
