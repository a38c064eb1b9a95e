//! Evidence of real Azure confidential machines. The folder is named by `ADYTON_EVIDENCE`; without it, these tests
//! say so and pass.

use adyton_attestation::{
    CertificateHash, Collateral, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict, Policy,
    azure::{
        AzureEndorsements, AzureEvidence, AzurePolicy, AzureRefusal, AzureSnp, AzureTdx, AzureVerdict, HardwareKind,
        HclEvidence, check_azure_binding, check_azure_tdx,
        files::{AzureFile, HardwareFile, collateral_from_yaml},
        verify_azure_snp, verify_azure_tdx,
    },
    snp::{SnpEndorsements, SnpPolicy, SnpProduct, SnpRoot, SnpVerdict},
    tpm::{PcrSet, TpmRefusal, TpmRoot},
    verify_collateral,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// 2026-06-20: inside the time of all chips' certificates and of the younger machines' collateral.
const NOW: u64 = 1_781_913_600;
/// 2026-03-01: inside the time of the older machines' collateral.
const MARCH: u64 = 1_772_323_200;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"));
    if folder.join("azure/cases.json").exists() {
        return Some(folder);
    }
    println!("skipped: no recorded evidence at {}", folder.display());
    None
}

struct Case {
    fields: Value,
    file: AzureFile,
}

impl Case {
    fn name(&self) -> &str {
        self.fields["file"].as_str().unwrap()
    }
}

fn cases(folder: &Path) -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("azure/cases.json")).unwrap()).unwrap();
    let read = |fields: Value| {
        let name = fields["file"].as_str().unwrap();
        let file = AzureFile::read(&fs::read(folder.join("azure").join(name)).unwrap());
        Case { file: file.unwrap_or_else(|error| panic!("{name}: {error}")), fields }
    };
    cases.into_iter().map(read).collect()
}

/// Strict, but that Azure's machines have a console, as all recorded ones say.
fn strict(required: PcrSet) -> AzurePolicy {
    AzurePolicy { allow_console: true, ..AzurePolicy::strict(required) }
}

/// Without what the machines' owners are asked for: registers and secure boot.
fn binding_policy() -> AzurePolicy {
    AzurePolicy { require_secure_boot: false, ..strict(PcrSet::NONE) }
}

fn none() -> AzureEndorsements {
    AzureEndorsements::default()
}

#[test]
fn every_recorded_machine_is_bound_to_its_hardware_report() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder);
    for case in &cases {
        assert!(case.fields["default_verdict"].as_str().unwrap().starts_with("ACCEPT"), "{}", case.name());
        let policy = binding_policy();
        let binding = check_azure_binding(&case.file.evidence, &none(), &policy, NOW);
        let binding = binding.unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name()));
        let kind = if case.fields["hcl"] == "SNP" { HardwareKind::Snp } else { HardwareKind::Tdx };
        assert_eq!(binding.kind(), kind, "{}", case.name());
        assert_eq!(hex::encode(binding.nonce()), case.fields["nonce"], "{}", case.name());
        assert_eq!(case.file.evidence.pcrs.len() as u64, case.fields["nsel"], "{}", case.name());
    }
    println!("{} recorded machines", cases.len());
    assert_eq!(cases.len(), 11);
}

fn verify_snp(case: &Case, policy: &AzurePolicy) -> Option<Result<AzureVerdict<SnpVerdict>, AzureRefusal>> {
    let HardwareFile::Snp { vcek } = &case.file.hardware else { return None };
    let endorsements = SnpEndorsements { vek: vcek.as_ref().unwrap(), ..SnpEndorsements::default() };
    let (roots, snp_policy) = (SnpRoot::all_amd(), SnpPolicy::tiered());
    let hardware = AzureSnp { endorsements, roots: &roots, policy: &snp_policy };
    Some(verify_azure_snp(&case.file.evidence, &none(), &hardware, policy, NOW))
}

#[test]
fn every_recorded_machine_over_snp_verifies_down_to_amds_root() {
    let Some(folder) = folder() else { return };
    let mut accepted = 0;
    for case in &cases(&folder) {
        let Some(result) = verify_snp(case, &strict(PcrSet::FIRMWARE)) else { continue };
        let verdict = result.unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name()));
        let product = if case.name().contains("genoa") { SnpProduct::Genoa } else { SnpProduct::Milan };
        assert_eq!(verdict.hardware().product, product, "{}", case.name());
        let configuration = &case.fields["vm_cfg"];
        assert_eq!(verdict.configuration.secure_boot, configuration["secure-boot"], "{}", case.name());
        assert_eq!(verdict.configuration.vm_unique_id, configuration["vmUniqueId"], "{}", case.name());
        let user_data = hex::encode(verdict.user_data);
        let recorded = case.fields["userdata"].as_str().unwrap().to_lowercase();
        assert!(user_data.starts_with(&recorded), "{}", case.name());
        let nonce = verdict.nonce.clone();
        assert!(verdict.bind(&nonce).is_ok(), "{}", case.name());
        accepted += 1;
    }
    assert_eq!(accepted, 6);
}

fn verify_tdx(
    evidence: &AzureEvidence,
    quote: &[u8],
    collateral: &Collateral,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureVerdict<IntelVerdict>, AzureRefusal> {
    let root = IntelRoot::intel();
    let collateral = verify_collateral(collateral, &root, now).map_err(AzureRefusal::Tdx)?;
    let tdx_policy = IntelPolicy::strict(0);
    let hardware = AzureTdx { quote, collateral: &collateral, root: &root, policy: &tdx_policy };
    verify_azure_tdx(evidence, &none(), &hardware, policy, now)
}

fn quote_of(case: &Case) -> &[u8] {
    let HardwareFile::Tdx { quote } = &case.file.hardware else { panic!("{}", case.name()) };
    quote
}

fn named(folder: &Path, name: &str) -> Case {
    cases(folder).into_iter().find(|case| case.name() == name).unwrap()
}

fn yaml_collateral(folder: &Path, name: &str) -> Collateral {
    collateral_from_yaml(&fs::read(folder.join("azure").join(name)).unwrap()).unwrap()
}

/// Case 188.
#[test]
fn a_recorded_machine_over_tdx_verifies_down_to_intels_and_microsofts_roots() {
    let Some(folder) = folder() else { return };
    let case = named(&folder, "azure-tdx-with-ak-intermediates-1780922561.yaml");
    let collateral = yaml_collateral(&folder, "azure-collateral-with-ak-intermediates-1780922561.yaml");
    let policy = AzurePolicy {
        require_certificate: true,
        danger_allow_missing_revocation_lists: true,
        ..strict(PcrSet::FIRMWARE)
    };
    let verdict = verify_tdx(&case.file.evidence, quote_of(&case), &collateral, &policy, NOW).unwrap();
    assert_eq!(verdict.certificate_root, Some(TpmRoot::azure_virtual_tpm_2023().id()));
    assert!(verdict.valid_from <= NOW && NOW <= verdict.valid_until);
    let refusal = verdict.bind(&[0; 32]).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::NoChallenge));

    let demanding = AzurePolicy { danger_allow_missing_revocation_lists: false, ..policy };
    let refusal = verify_tdx(&case.file.evidence, quote_of(&case), &collateral, &demanding, NOW).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::RevocationListMissing(1)));
    let other_root = AzurePolicy { roots: vec![TpmRoot::microsoft_rsa_devices_2021()], ..demanding };
    let refusal = verify_tdx(&case.file.evidence, quote_of(&case), &collateral, &other_root, NOW).unwrap_err();
    assert!(matches!(refusal, AzureRefusal::Quote(TpmRefusal::UntrustedRoot(_))), "{refusal}");
}

#[test]
fn an_expired_certificate_of_a_recorded_attestation_key_is_refused() {
    let Some(folder) = folder() else { return };
    let case = named(&folder, "azure-tdx-with-ak-intermediates-1780922561.yaml");
    for (now, is_good) in [(1_780_876_799, false), (1_780_876_800, true), (1_812_326_400, true), (1_812_326_401, false)]
    {
        let policy = binding_policy();
        let binding = check_azure_binding(&case.file.evidence, &none(), &policy, now);
        assert_eq!(binding.is_ok(), is_good, "{now}");
    }
}

/// Cases 191 and 194.
#[test]
fn a_recorded_machine_without_secure_boot_and_with_a_padded_certificate_is_bound_and_no_more() {
    let Some(folder) = folder() else { return };
    let case = named(&folder, "azure-tdx-1764662251380464271.yaml");
    let [certificate] = case.file.evidence.certificates.as_slice() else { panic!() };
    assert_eq!(certificate.len(), 4096 - 3087);
    for name in ["azure-collateral.yaml", "azure-collateral02.yaml"] {
        let collateral = yaml_collateral(&folder, name);
        let verify =
            |policy: &AzurePolicy| verify_tdx(&case.file.evidence, quote_of(&case), &collateral, policy, MARCH);
        let verdict = verify(&binding_policy()).unwrap();
        assert!(!verdict.configuration.secure_boot && verdict.certificate_root.is_none());
        assert_eq!(verify(&strict(PcrSet::NONE)).unwrap_err(), AzureRefusal::SecureBoot);
        let requiring = AzurePolicy { require_certificate: true, ..binding_policy() };
        let found = CertificateHash::of(certificate);
        assert_eq!(verify(&requiring).unwrap_err(), AzureRefusal::Quote(TpmRefusal::UntrustedRoot(found)));
    }
}

#[test]
fn recorded_machines_over_tdx_are_judged_by_intels_rules_too() {
    let Some(folder) = folder() else { return };
    for (name, collateral, now) in [
        ("tdx_evidence-v0.json", "tdx_00806f050000_platform_eval17_2025-05-27.json", 1_749_669_835),
        ("tdx_evidence-v1.json", "tdx_00806f050000_platform_eval17_2025-05-27.json", 1_749_669_835),
    ] {
        let case = named(&folder, name);
        let collateral = fs::read(folder.join("intel/collateral").join(collateral)).unwrap();
        let collateral = Collateral::from_json(&collateral).unwrap();
        let result = verify_tdx(&case.file.evidence, quote_of(&case), &collateral, &binding_policy(), now);
        assert!(matches!(
            result.unwrap_err(),
            AzureRefusal::Tdx(IntelRefusal::TcbStatus { .. } | IntelRefusal::SeptVeEnabled)
        ));
    }
    let case = named(&folder, "tdx_lunal-live.json");
    let collateral = yaml_collateral(&folder, "azure-collateral-with-ak-intermediates-1780922561.yaml");
    let policy = strict(PcrSet::FIRMWARE);
    let verdict = verify_tdx(&case.file.evidence, quote_of(&case), &collateral, &policy, NOW).unwrap();
    assert!(verdict.bind(b"attestation-test-fixture").is_ok());
}

/// Two of them are on domains in which the host can raise exceptions.
#[test]
fn recorded_machines_over_tdx_are_checked_without_collateral_too() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder);
    for case in cases.iter().filter(|case| case.fields["hcl"] == "TDX") {
        let unjudged = check_azure_tdx(&case.file.evidence, &none(), quote_of(case), &Policy::command(), NOW);
        let takes_exceptions = unjudged.map(|unjudged| unjudged.takes_exceptions());
        assert_eq!(takes_exceptions, Ok(case.name().starts_with("tdx_evidence")), "{}", case.name());
    }
}

/// Case 193.
#[test]
fn a_recorded_machine_with_the_quote_of_another_is_refused() {
    let Some(folder) = folder() else { return };
    let case = named(&folder, "tdx_lunal-live.json");
    let other = named(&folder, "azure-tdx-with-ak-intermediates-1780922561.yaml");
    let collateral = yaml_collateral(&folder, "azure-collateral-with-ak-intermediates-1780922561.yaml");
    let result = verify_tdx(&case.file.evidence, quote_of(&other), &collateral, &binding_policy(), NOW);
    assert_eq!(result.unwrap_err(), AzureRefusal::TdReport);
}

/// Cases 188 and 190.
#[test]
fn a_recorded_machine_in_separate_files_is_bound_but_quotes_one_register_only() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| fs::read(folder.join("azure").join(name)).unwrap();
    let file = AzureFile::of_tdx_parts(
        &read("cmc_tdxQuoteAzure.bin"),
        &read("cmc_validVtpmQuote.bin"),
        &read("cmc_validVtpmQuoteSig.bin"),
        &read("cmc_validVtpmAkCert.bin"),
        &read("cmc_validClaimsAzure.bin"),
    );
    let AzureFile { evidence, hardware: HardwareFile::Tdx { quote } } = file.unwrap() else { panic!() };
    let collateral = folder.join("intel/collateral/tdx_90c06f000000_platform_eval18_2026-02-18.json");
    let collateral = Collateral::from_json(&fs::read(collateral).unwrap()).unwrap();
    let now = 1_772_718_607;
    let verdict = verify_tdx(&evidence, &quote, &collateral, &binding_policy(), now).unwrap();
    assert!(verdict.pcrs.is_empty());
    assert_eq!(verdict.bind(&[1; 32]).unwrap_err(), AzureRefusal::Quote(TpmRefusal::Nonce));
    let refusal = verify_tdx(&evidence, &quote, &collateral, &strict(PcrSet::FIRMWARE), now);
    assert_eq!(refusal.unwrap_err(), AzureRefusal::Quote(TpmRefusal::PcrMissing(0)));
}

/// Case 185.
#[test]
fn recorded_runtime_data_with_any_byte_changed_is_refused() {
    let Some(folder) = folder() else { return };
    for name in ["snp_milan_evidence-v1.json", "tdx_evidence-v1.json"] {
        let case = named(&folder, name);
        let HclEvidence::Report(report) = &case.file.evidence.hcl else { panic!() };
        for index in 1216..report.len() {
            let mut evidence = case.file.evidence.clone();
            let HclEvidence::Report(report) = &mut evidence.hcl else { panic!() };
            report[index] ^= 1;
            assert!(check_azure_binding(&evidence, &none(), &binding_policy(), NOW).is_err(), "{name} {index}");
        }
    }
}
