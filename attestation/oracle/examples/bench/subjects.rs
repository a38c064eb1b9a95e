//! What is verified: evidence of every kind, recorded where the folder that `ADYTON_EVIDENCE` names is there, else
//! issued here.

use std::fs;

use adyton_attestation::{
    CheckedCollateral, Collateral, Evidence, IntelPolicy, IntelRoot, Policy, Roots, TcbStatus, TcbStatusSet,
    azure::{AzureEndorsements, AzureSnp, AzureTdx, HardwareKind, verify_azure_snp_with, verify_azure_tdx_with},
    cca::{CcaEndorsements, verify_cca_with},
    nitro::{NitroEndorsements, verify_nitro_with},
    nvidia::{NvidiaEndorsements, NvidiaEvidence, OcspResponse, verify_manifest_with, verify_nvidia_with},
    snp::{SnpEndorsements, SnpKey, SnpPolicy, SnpProduct, SnpRoot, verify_snp_with},
    tpm::{TpmEndorsements, verify_tpm_with},
    verify_collateral, verify_collateral_with, verify_sgx_with, verify_tdx_with, verify_with,
};
use adyton_attestation_oracle::{translated, translated_file, verify_with_sev};
use adyton_development_root::Issued;
use base64::{Engine, engine::general_purpose::STANDARD};
use dcap_qvl::{QuoteCollateralV3, verify::QuoteVerifier};

use crate::{
    floor::Backend,
    support::{
        self, ISSUED_AT,
        azure::{self as machine, Machine},
        cca, nitro, nvidia, recorded, snp, tpm,
    },
};

/// One verification, with the backend that checks signatures; whether it accepts.
pub type Work = Box<dyn Fn(&Backend<'_>) -> bool>;

/// A kind of evidence.
pub struct Subject {
    pub name: String,
    /// With nothing known beforehand but the roots.
    pub cold: Work,
    /// With endorsements that were checked before.
    pub warm: Option<Work>,
    /// Whether the last signature check of the warm verification is that of the evidence itself.
    pub own_signature_is_last: bool,
    /// The same through [`adyton_attestation::verify`].
    pub door: Option<Work>,
    /// Another verifier of the same, with its own signatures.
    pub other: Option<(&'static str, Box<dyn Fn() -> bool>)>,
}

/// Every kind.
pub fn all() -> Vec<Subject> {
    vec![
        intel("TDX", "tdx_v4_phala_uptodate", false),
        intel("SGX", "sgx_v3_automata_icelake", true),
        sev_snp(),
        nitro_document(),
        nvidia_gpu(),
        azure(HardwareKind::Tdx),
        azure(HardwareKind::Snp),
        tpm_quote(),
        cca_token(),
    ]
}

/// A quote with its collateral.
struct Quoted {
    quote: Vec<u8>,
    collateral: Collateral,
    theirs: QuoteCollateralV3,
    verifier: QuoteVerifier,
    root: IntelRoot,
    now: u64,
    source: &'static str,
}

impl Quoted {
    fn recorded(name: &str) -> Option<Self> {
        let case = recorded::cases(name).into_iter().next()?;
        let path = recorded::folder()?.join("collateral").join(case.text("collateral"));
        let file = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        Some(Self {
            now: case.number("verify_at"),
            quote: case.quote,
            collateral: case.collateral,
            theirs: translated_file(&file),
            verifier: QuoteVerifier::new_prod(),
            root: IntelRoot::intel(),
            source: "recorded",
        })
    }

    fn issued(is_enclave: bool) -> Self {
        let plan = if is_enclave { support::plan().for_enclave(ISSUED_AT) } else { support::plan() };
        let Issued { quote, collateral, root_certificate, .. } = plan.issue();
        Self {
            quote,
            theirs: translated(&collateral, &root_certificate),
            collateral,
            verifier: QuoteVerifier::new(root_certificate),
            root: support::root(),
            now: support::NOW,
            source: "issued",
        }
    }
}

fn intel(name: &str, recorded: &str, is_enclave: bool) -> Subject {
    let quoted = || Quoted::recorded(recorded).unwrap_or_else(|| Quoted::issued(is_enclave));
    let policy = IntelPolicy::strict(0).with_statuses(TcbStatusSet::from_iter(TcbStatus::ALL));
    let judge = move |backend: &Backend<'_>, of: &Quoted, checked: &CheckedCollateral| {
        if is_enclave {
            verify_sgx_with(backend, &of.quote, checked, &of.root, &policy, of.now).is_ok()
        } else {
            verify_tdx_with(backend, &of.quote, checked, &of.root, &policy, of.now).is_ok()
        }
    };
    let (cold, warm, door, other, cold_judge) = (quoted(), quoted(), quoted(), quoted(), judge.clone());
    let checked = verify_collateral(&warm.collateral, &warm.root, warm.now).expect("good collateral");
    let (collateral, mut any) = (checked.clone(), Policy::command());
    any.roots.intel.push(door.root);
    any.intel = any.intel.with_statuses(TcbStatusSet::from_iter(TcbStatus::ALL));
    Subject {
        name: format!("{name} ({})", cold.source),
        cold: Box::new(move |backend| {
            let checked = verify_collateral_with(backend, &cold.collateral, &cold.root, cold.now);
            checked.is_ok_and(|checked| cold_judge(backend, &cold, &checked))
        }),
        warm: Some(Box::new(move |backend| judge(backend, &warm, &checked))),
        own_signature_is_last: true,
        door: Some(Box::new(move |backend| {
            let (quote, collateral) = (door.quote.as_slice(), &collateral);
            let evidence =
                if is_enclave { Evidence::Sgx { quote, collateral } } else { Evidence::Tdx { quote, collateral } };
            verify_with(backend, &evidence, &any, door.now).is_ok()
        })),
        other: Some((
            "dcap-qvl",
            Box::new(move || other.verifier.verify(&other.quote, &other.theirs, other.now).is_ok()),
        )),
    }
}

/// Cold with the authority's certificate and the root's revocation list; warm without both.
fn sev_snp() -> Subject {
    let (product, key) = (SnpProduct::Genoa, SnpKey::Vcek);
    let plan = snp::good_of(product, key);
    let evidence = plan.evidence();
    let authority = snp::authority(product, key).encode();
    let root = snp::ark(product).encode();
    let (warm, other) = recorded_snp().unwrap_or_else(|| {
        let (evidence, other) = (plan.evidence(), plan.evidence());
        let parts = [other.report, other.vek, authority.clone(), root.clone()];
        ((evidence.report, evidence.vek, snp::roots().to_vec(), snp::NOW, "issued"), parts)
    });
    let (report, vek, roots, now, source) = warm;
    let (policy, again) = (SnpPolicy::tiered(), SnpPolicy::tiered());
    let mut any = Policy::command();
    any.roots = Roots { vendors: source == "recorded", snp: snp::roots().to_vec(), ..Roots::default() };
    let (report_again, vek_again) = (report.clone(), vek.clone());
    Subject {
        name: format!("SEV-SNP (cold: issued, warm: {source})"),
        cold: Box::new(move |backend| {
            let endorsements = SnpEndorsements { authority: Some(&authority), ..evidence.endorsements() };
            verify_snp_with(backend, &evidence.report, &endorsements, snp::roots(), &policy, snp::NOW).is_ok()
        }),
        warm: Some(Box::new(move |backend| {
            let endorsements = SnpEndorsements { vek: &vek, ..SnpEndorsements::default() };
            verify_snp_with(backend, &report, &endorsements, &roots, &again, now).is_ok()
        })),
        own_signature_is_last: true,
        door: Some(Box::new(move |backend| {
            let endorsements = SnpEndorsements { vek: &vek_again, ..SnpEndorsements::default() };
            verify_with(backend, &Evidence::Snp { report: &report_again, endorsements }, &any, now).is_ok()
        })),
        other: Some(("sev", Box::new(move || verify_with_sev(&other[0], &other[1], &other[2], &other[3]).is_ok()))),
    }
}

type Report = (Vec<u8>, Vec<u8>, Vec<SnpRoot>, u64, &'static str);

/// A recorded report of a Genoa processor, with authority and root for the other verifier.
fn recorded_snp() -> Option<(Report, [Vec<u8>; 4])> {
    let folder = recorded::folder()?.with_file_name("snp");
    let read = |name: &str| fs::read(folder.join(name)).ok();
    let (report, vek) = (read("genoa_v5_lunal_report.bin")?, read("genoa_v5_lunal_vcek.der")?);
    let chain = String::from_utf8(read("certs/ask_ark_genoa.pem")?).ok()?;
    let certificate = |place: usize| {
        let body: String = chain
            .split("-----BEGIN CERTIFICATE-----")
            .nth(place)?
            .split("-----END")
            .next()?
            .split_whitespace()
            .collect();
        STANDARD.decode(body).ok()
    };
    // 2026-09-21: in the time of its certificate.
    let now = 1_790_000_000;
    let other = [report.clone(), vek.clone(), certificate(1)?, certificate(2)?];
    Some(((report, vek, SnpRoot::all_amd(), now, "recorded"), other))
}

/// Warm with the authorities for region and zone.
fn nitro_document() -> Subject {
    let recorded = recorded::folder()
        .and_then(|intel| fs::read(intel.with_file_name("nitro").join("prod_2025-12-25_dstack.cbor")).ok());
    let (document, endorsements, now, source) = match recorded {
        // Its own time.
        Some(document) => (document, NitroEndorsements::aws(), 1_766_668_537, "recorded"),
        None => (nitro::plan().issue(), NitroEndorsements::of_root(nitro::root()), nitro::NOW, "issued"),
    };
    let policy = nitro::policy();
    let first =
        adyton_attestation::nitro::verify_nitro(&document, &endorsements, &policy, now).expect("a good document");
    let checked = first.checked_authorities().clone().first(2);
    let again = document.clone();
    Subject {
        name: format!("Nitro ({source})"),
        cold: Box::new(move |backend| verify_nitro_with(backend, &document, &endorsements, &policy, now).is_ok()),
        warm: Some(Box::new(move |backend| {
            let endorsements = NitroEndorsements { checked_authorities: Some(&checked), ..endorsements };
            verify_nitro_with(backend, &again, &endorsements, &policy, now).is_ok()
        })),
        own_signature_is_last: true,
        door: None,
        other: None,
    }
}

/// Cold with both manifests and a revocation response for every certificate; warm with checked manifests alone.
fn nvidia_gpu() -> Subject {
    let device = nvidia::Device::hopper();
    let (report, chain, of_device) = (device.report(), device.pem(), device.responses());
    let manifests = [nvidia::Manifest::driver(), nvidia::Manifest::firmware()];
    let checked = manifests.clone().map(|manifest| manifest.check().expect("a good manifest"));
    let files = manifests.map(|manifest| (manifest.xml(), manifest.responses()));
    let (roots, strict) = (nvidia::roots(), nvidia::strict());
    let (report_again, chain_again) = (report.clone(), chain.clone());
    Subject {
        name: "NVIDIA (issued)".into(),
        cold: Box::new(move |backend| {
            let checked: Result<Vec<_>, _> = files
                .iter()
                .map(|(xml, responses)| {
                    let responses = answers(responses);
                    verify_manifest_with(backend, xml.as_bytes(), &responses, &roots, &strict.revocation, nvidia::NOW)
                })
                .collect();
            let evidence = NvidiaEvidence { report: &report, certificate_chain: &chain };
            let responses = answers(&of_device);
            checked.is_ok_and(|manifests| {
                let endorsements = NvidiaEndorsements { manifests: &manifests, responses: &responses };
                verify_nvidia_with(backend, &evidence, &endorsements, &roots, &strict, nvidia::NOW).is_ok()
            })
        }),
        warm: Some(Box::new(move |backend| {
            let evidence = NvidiaEvidence { report: &report_again, certificate_chain: &chain_again };
            let endorsements = NvidiaEndorsements { manifests: &checked, responses: &[] };
            verify_nvidia_with(backend, &evidence, &endorsements, &roots, &nvidia::evidence_only(), nvidia::NOW).is_ok()
        })),
        own_signature_is_last: false,
        door: None,
        other: None,
    }
}

fn answers(responses: &[Vec<u8>]) -> Vec<OcspResponse<'_>> {
    responses.iter().map(|der| OcspResponse { der, nonce: None }).collect()
}

fn azure(kind: HardwareKind) -> Subject {
    let (made, policy) = (Machine::good(kind).make(), machine::policy());
    let none = AzureEndorsements::default();
    let name = format!("Azure over {} (issued)", if kind == HardwareKind::Tdx { "TDX" } else { "SEV-SNP" });
    if let Some(hardware) = made.snp.clone() {
        let snp_policy = SnpPolicy::strict();
        let cold = move |backend: &Backend<'_>| {
            let hardware = AzureSnp { endorsements: hardware.endorsements(), roots: snp::roots(), policy: &snp_policy };
            verify_azure_snp_with(backend, &made.evidence, &none, &hardware, &policy, support::NOW).is_ok()
        };
        return Subject {
            name,
            cold: Box::new(cold),
            warm: None,
            own_signature_is_last: false,
            door: None,
            other: None,
        };
    }
    let (collateral, root, tdx_policy) = (support::plan().issue().collateral, support::root(), support::policy());
    let judge = move |backend: &Backend<'_>, collateral: &CheckedCollateral| {
        let hardware = AzureTdx { quote: &made.quote, collateral, root: &root, policy: &tdx_policy };
        verify_azure_tdx_with(backend, &made.evidence, &none, &hardware, &policy, support::NOW).is_ok()
    };
    let (checked, cold) = (support::checked(), judge.clone());
    Subject {
        name,
        cold: Box::new(move |backend| {
            let checked = verify_collateral_with(backend, &collateral, &root, support::NOW);
            checked.is_ok_and(|checked| cold(backend, &checked))
        }),
        warm: Some(Box::new(move |backend| judge(backend, &checked))),
        own_signature_is_last: false,
        door: None,
        other: None,
    }
}

fn tpm_quote() -> Subject {
    let (evidence, policy) = (tpm::evidence(), tpm::policy());
    let cold = move |backend: &Backend<'_>| {
        verify_tpm_with(backend, &evidence, &TpmEndorsements::default(), &policy, tpm::NOW).is_ok()
    };
    Subject {
        name: "TPM quote (issued)".into(),
        cold: Box::new(cold),
        warm: None,
        own_signature_is_last: false,
        door: None,
        other: None,
    }
}

fn cca_token() -> Subject {
    let (token, keys, values) = (cca::plan().issue(), [cca::platform_key()], cca::reference_values());
    let cold = move |backend: &Backend<'_>| {
        let endorsements = CcaEndorsements { platform_keys: &keys, reference_values: &values };
        verify_cca_with(backend, &token, &endorsements, &cca::policy(), cca::NOW).is_ok()
    };
    Subject {
        name: "CCA token (issued)".into(),
        cold: Box::new(cold),
        warm: None,
        own_signature_is_last: false,
        door: None,
        other: None,
    }
}
