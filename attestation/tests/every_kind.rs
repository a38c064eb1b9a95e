//! Evidence of every kind through the one door, under one policy.

use crate::support::{
    self,
    azure::{self as machine, Machine},
    cca, nitro, nvidia, snp, tpm,
};
use adyton_attestation::{
    AcceptedMeasurements, Check, Cloud, Details, Evidence, EvidenceKind, InstanceName, IntelRefusal, MachineId,
    MachinePolicy, NamedMeasurement, Outcome, Policy, Refusal, Report, Roots, Verdict,
    azure::{AzureEndorsements, AzureRefusal, HardwareKind},
    cca::{CcaPlatformKey, CcaRefusal},
    ear::{Ear, PROFILE},
    nitro::{NitroField, NitroRefusal},
    nvidia::{NvidiaEndorsements, NvidiaEvidence, NvidiaRefusal},
    snp::{SnpAdvisories, SnpPolicy, SnpProduct, SnpRefusal},
    tpm::{TpmEndorsements, TpmRefusal},
    verify,
};
use ciborium::Value;
use std::collections::BTreeSet;

/// Everything that the synthetic vendors issue, of any measurement.
fn policy() -> Policy {
    Policy {
        kinds: EvidenceKind::ALL.to_vec(),
        roots: Roots {
            vendors: false,
            intel: vec![support::root()],
            snp: snp::roots().to_vec(),
            nitro: vec![nitro::root()],
            nvidia: vec![nvidia::roots()],
            cca: vec![cca::platform_key()],
        },
        measurements: AcceptedMeasurements::Any,
        machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
        intel: support::policy(),
        snp: SnpPolicy::strict(),
        snp_advisories: SnpAdvisories::default(),
        azure: machine::policy(),
        nitro: nitro::policy(),
        nvidia: nvidia::evidence_only(),
        tpm: tpm::policy(),
        cca: cca::policy(),
    }
}

/// One piece of good evidence of `kind`, shown to `look` with the time at which it is good.
fn with_evidence<T>(kind: EvidenceKind, look: impl FnOnce(&Evidence<'_>, u64) -> T) -> T {
    let collateral = &support::checked();
    match kind {
        EvidenceKind::IntelTdx => {
            look(&Evidence::Tdx { quote: &support::plan().issue().quote, collateral }, support::NOW)
        }
        EvidenceKind::IntelSgx => {
            let issued = support::plan().for_enclave(support::NOW).issue();
            let root = support::root();
            let collateral = &adyton_attestation::verify_collateral(&issued.collateral, &root, support::NOW).unwrap();
            look(&Evidence::Sgx { quote: &issued.quote, collateral }, support::NOW)
        }
        EvidenceKind::AmdSnp => {
            let made = snp::good(SnpProduct::Genoa).evidence();
            look(&Evidence::Snp { report: &made.report, endorsements: made.endorsements() }, snp::NOW)
        }
        EvidenceKind::AzureTdx => {
            let made = Machine::good(HardwareKind::Tdx).make();
            let (machine, endorsements) = (&made.evidence, &AzureEndorsements::default());
            look(&Evidence::AzureTdx { machine, endorsements, quote: &made.quote, collateral }, support::NOW)
        }
        EvidenceKind::AzureSnp => {
            let made = Machine::good(HardwareKind::Snp).make();
            let (machine, endorsements) = (&made.evidence, &AzureEndorsements::default());
            let hardware = made.snp.as_ref().unwrap().endorsements();
            look(&Evidence::AzureSnp { machine, endorsements, hardware }, support::NOW)
        }
        EvidenceKind::AwsNitro => {
            let document = &nitro::plan().issue();
            look(&Evidence::Nitro { document, revocation_lists: &[], checked_authorities: None }, nitro::NOW)
        }
        EvidenceKind::NvidiaGpu => {
            let gpu = nvidia::Device::hopper();
            let (report, certificate_chain) = (&gpu.report(), &gpu.pem());
            let device = NvidiaEvidence { report, certificate_chain };
            look(&Evidence::Nvidia { device, endorsements: NvidiaEndorsements::default() }, nvidia::NOW)
        }
        EvidenceKind::Tpm => {
            let quote = &tpm::evidence();
            look(&Evidence::Tpm { quote, endorsements: &TpmEndorsements::default() }, tpm::NOW)
        }
        EvidenceKind::ArmCca => {
            let reference_values = &cca::reference_values();
            look(&Evidence::Cca { token: &cca::plan().issue(), reference_values }, cca::NOW)
        }
    }
}

fn result(kind: EvidenceKind, policy: &Policy) -> Result<Verdict, Refusal> {
    with_evidence(kind, |evidence, now| verify(evidence, policy, now))
}

fn verdict(kind: EvidenceKind) -> Verdict {
    result(kind, &policy()).unwrap_or_else(|refusal| panic!("{}: {refusal}", kind.name()))
}

#[test]
fn every_kind_has_a_verdict_that_names_it_its_root_and_its_end() {
    for kind in EvidenceKind::ALL {
        let verdict = verdict(kind);
        assert_eq!(verdict.kind, kind);
        assert_eq!(with_evidence(kind, |evidence, _| evidence.kind()), kind);
        assert!(verdict.valid_from <= verdict.valid_until, "{}", kind.name());
        assert!(with_evidence(kind, |_, now| verdict.valid_until >= now), "{}", kind.name());
        assert_ne!(verdict.root.0, [0; 32], "{}", kind.name());
        assert!(!verdict.report_data.is_empty(), "{}", kind.name());
        let has_status = verdict.tcb_status.is_some();
        let is_leveled = !matches!(
            kind,
            EvidenceKind::AwsNitro | EvidenceKind::NvidiaGpu | EvidenceKind::ArmCca | EvidenceKind::Tpm
        );
        assert_eq!(has_status, is_leveled, "{}", kind.name());
    }
    let identities: BTreeSet<_> = EvidenceKind::ALL.map(|kind| verdict(kind).evidence_id).into_iter().collect();
    assert_eq!(identities.len(), EvidenceKind::ALL.len());
    let measurements: BTreeSet<_> = EvidenceKind::ALL.map(|kind| verdict(kind).measurement_id).into_iter().collect();
    assert_eq!(measurements.len(), EvidenceKind::ALL.len());
}

#[test]
fn an_absent_policy_refuses_every_kind() {
    for kind in EvidenceKind::ALL {
        assert_eq!(result(kind, &Policy::default()).unwrap_err(), Refusal::Kind(kind));
        let all_kinds = Policy { kinds: EvidenceKind::ALL.to_vec(), ..Policy::default() };
        assert!(result(kind, &all_kinds).is_err(), "{}", kind.name());
    }
}

#[test]
fn a_kind_that_the_policy_does_not_name_is_refused() {
    for kind in EvidenceKind::ALL {
        let others = EvidenceKind::ALL.into_iter().filter(|other| *other != kind).collect();
        let refusal = result(kind, &Policy { kinds: others, ..policy() }).unwrap_err();
        assert_eq!(refusal, Refusal::Kind(kind));
        assert_eq!(refusal.check(), "kind");
    }
}

#[test]
fn evidence_under_a_root_that_the_policy_does_not_have_is_refused() {
    let of = |roots: Roots| Policy { roots, ..policy() };
    for kind in [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx, EvidenceKind::AzureTdx] {
        for roots in [Roots::default(), Roots::vendors()] {
            let refusal = result(kind, &of(roots)).unwrap_err();
            let is_azure = kind == EvidenceKind::AzureTdx;
            let inner = IntelRefusal::CollateralRoot(support::root().id());
            let wanted = if is_azure { AzureRefusal::Tdx(inner).into() } else { inner.into() };
            assert_eq!(refusal, wanted);
        }
    }
    let refusal = result(EvidenceKind::AmdSnp, &of(Roots::vendors())).unwrap_err();
    assert_eq!(refusal.check(), "certificate-chain");
    for kind in [EvidenceKind::AwsNitro, EvidenceKind::NvidiaGpu] {
        assert_eq!(result(kind, &of(Roots::default())).unwrap_err(), Refusal::NoRoot(kind));
        assert_eq!(result(kind, &of(Roots::vendors())).unwrap_err().check(), "certificate-chain");
    }
}

#[test]
fn only_accepted_measurements_pass_and_name_their_release() {
    for kind in EvidenceKind::ALL {
        let id = verdict(kind).measurement_id;
        let only = |id| {
            let named = NamedMeasurement { id, release: "worker 1.2.3".to_owned() };
            Policy { measurements: AcceptedMeasurements::Only(vec![named]), ..policy() }
        };
        assert_eq!(result(kind, &only(id)).unwrap().release.as_deref(), Some("worker 1.2.3"));
        let refusal = result(kind, &only([0; 32])).unwrap_err();
        assert_eq!(refusal, Refusal::Measurement { found: id, accepted: 1 });
        assert_eq!(refusal.check(), "measurement");
        assert!(refusal.to_string().contains(&hex::encode(id)), "{refusal}");
        let none = Policy { measurements: AcceptedMeasurements::default(), ..policy() };
        assert_eq!(result(kind, &none).unwrap_err(), Refusal::Measurement { found: id, accepted: 0 });
    }
}

#[test]
fn machines_are_named_and_can_be_denied_or_listed() {
    for kind in EvidenceKind::ALL {
        let with = |machines: MachinePolicy| result(kind, &Policy { machines, ..policy() });
        let Some(machine) = verdict(kind).machine else {
            assert_eq!(kind, EvidenceKind::Tpm);
            assert_eq!(with(MachinePolicy::default()).unwrap_err(), Refusal::MachineUnidentified);
            let allowed = Some(Vec::new());
            let listed = MachinePolicy { accept_unidentified: true, allowed, ..MachinePolicy::default() };
            assert_eq!(with(listed).unwrap_err(), Refusal::MachineUnidentified);
            continue;
        };
        assert!(with(MachinePolicy::default()).is_ok());
        let denied = MachinePolicy { denied: vec![machine], ..MachinePolicy::default() };
        assert_eq!(with(denied).unwrap_err(), Refusal::MachineDenied(machine));
        let others = MachinePolicy { allowed: Some(vec![MachineId::AmdChip([9; 64])]), ..MachinePolicy::default() };
        assert_eq!(with(others).unwrap_err(), Refusal::MachineNotAllowed(machine));
        let listed = MachinePolicy { allowed: Some(vec![machine]), ..MachinePolicy::default() };
        assert!(with(listed).is_ok());
    }
    let name = InstanceName::new("i-0123456789abcdef0").unwrap();
    assert_eq!(verdict(EvidenceKind::AwsNitro).machine, Some(MachineId::Instance { cloud: Cloud::Aws, name }));
    assert!(matches!(verdict(EvidenceKind::AzureTdx).machine, Some(MachineId::IntelPpid(_))));
    assert!(matches!(verdict(EvidenceKind::AzureSnp).machine, Some(MachineId::AmdChip(_))));
}

/// What a machine of Azure's only says about itself lets it in nowhere, and it cannot hide its hardware.
#[test]
fn an_azure_machine_is_denied_by_its_hardware_and_by_its_own_name() {
    for kind in [EvidenceKind::AzureTdx, EvidenceKind::AzureSnp] {
        let verdict = verdict(kind);
        assert_eq!(verdict.provider, None, "no certificate shows that it is azure's");
        let Details::Azure { machine, hardware } = verdict.details() else { panic!("{}", kind.name()) };
        let name = InstanceName::new(&machine.configuration.vm_unique_id).unwrap();
        let own = MachineId::Instance { cloud: Cloud::Azure, name };
        let Some(chip) = (match &**hardware {
            Details::Intel(facts) => facts.machine,
            Details::Snp(facts) => facts.machine,
            _ => None,
        }) else {
            panic!("{}", kind.name())
        };
        for denied in [own, chip] {
            let machines = MachinePolicy { denied: vec![denied], ..MachinePolicy::default() };
            let refusal = result(kind, &Policy { machines, ..policy() }).unwrap_err();
            assert_eq!(refusal, Refusal::MachineDenied(denied));
        }
        let machines = MachinePolicy { allowed: Some(vec![own]), ..MachinePolicy::default() };
        let refusal = result(kind, &Policy { machines, ..policy() }).unwrap_err();
        assert_eq!(refusal, Refusal::MachineNotAllowed(chip));
    }
}

/// A chain whose revocation list is missing names nobody, unless the policy takes that danger.
#[test]
fn a_machine_is_azures_only_by_a_chain_with_its_revocation_list() {
    let certificates = tpm::authority().chain(&tpm::Leaf::good(), &machine::attestation_key_info());
    let made = Machine::good(HardwareKind::Snp).but(|machine| machine.certificates = certificates).make();
    let provider = |revocation_lists: Vec<Vec<u8>>, policy: &Policy| {
        let endorsements = &AzureEndorsements { revocation_lists };
        let hardware = made.snp.as_ref().unwrap().endorsements();
        let evidence = Evidence::AzureSnp { machine: &made.evidence, endorsements, hardware };
        verify(&evidence, policy, support::NOW).unwrap().provider.clone()
    };
    let list = tpm::authority().root.list(&[], (2026, 9, 1), (2026, 10, 30));
    assert_eq!(provider(Vec::new(), &policy()), None);
    assert_eq!(provider(vec![list], &policy()).as_deref(), Some("azure"));
    let mut reckless = policy();
    reckless.azure.danger_allow_missing_revocation_lists = true;
    assert_eq!(provider(Vec::new(), &reckless).as_deref(), Some("azure"));
}

#[test]
fn a_nitro_document_binds_to_its_nonce_too_and_to_no_other() {
    let kind = EvidenceKind::AwsNitro;
    let bound = verdict(kind).bind_nonce(&nitro::NONCE).unwrap();
    assert_eq!(bound.statement(), nitro::NONCE);
    let json = serde_json::to_value(Ear::of_bound(&bound, 1)).unwrap();
    assert_eq!(json["submods"]["aws-nitro"]["adyton.bound"], true);
    for wrong in [&[][..], &[0; 32], &[0x4f; 32]] {
        let refusal = verdict(kind).bind_nonce(wrong).unwrap_err();
        assert_eq!(refusal, NitroRefusal::Binding(NitroField::Nonce).into());
    }
    let statement = verdict(EvidenceKind::IntelTdx).report_data.clone();
    assert!(verdict(EvidenceKind::IntelTdx).bind_nonce(&statement).is_ok());
}

/// What only endorsements could show is not affirmed without them.
#[test]
fn a_result_affirms_nothing_that_was_not_checked() {
    for kind in [EvidenceKind::NvidiaGpu, EvidenceKind::Tpm] {
        let json = serde_json::to_value(Ear::of_verdict(&verdict(kind), 1)).unwrap();
        let vector = &json["submods"][kind.name()]["ear.trustworthiness-vector"];
        assert!(vector.get("hardware").is_none() && vector.get("configuration").is_none(), "{vector}");
    }
}

#[test]
fn a_refusal_of_something_else_leaves_every_check_of_the_evidence_unmade() {
    let report = Report::of_refusal(EvidenceKind::Tpm, &IntelRefusal::CollateralRoot(support::root().id()).into());
    assert_eq!((report.checks[0].name, report.checks[0].outcome), ("collateral", Outcome::Failed));
    assert!(report.checks[1..].iter().all(|check| check.outcome == Outcome::Unchecked));
}

#[test]
fn the_report_of_a_refusal_does_not_show_as_passed_what_may_have_been_left_out() {
    for kind in EvidenceKind::ALL {
        let accepted = Report::of_verdict(&verdict(kind)).checks;
        let refused = Report::of_refusal(kind, &verdict(kind).bind(b"another").unwrap_err()).checks;
        for (accepted, refused) in accepted.iter().zip(&refused) {
            let is_unchecked = accepted.outcome == Outcome::Unchecked;
            assert!(!is_unchecked || refused.outcome != Outcome::Passed, "{} {}", kind.name(), refused.name);
        }
        let first = refused.first().unwrap();
        assert_eq!((first.name, first.outcome), ("kind", Outcome::Passed));
    }
}

/// The runtime data's report is held against the hardware's before that is judged.
#[test]
fn hardware_that_nobody_judged_is_not_shown_as_passed() {
    for (kind, refusal) in [
        (EvidenceKind::AzureTdx, AzureRefusal::TdReport),
        (EvidenceKind::AzureSnp, AzureRefusal::Hardware { found: HardwareKind::Tdx, wanted: HardwareKind::Snp }),
    ] {
        let report = Report::of_refusal(kind, &refusal.into());
        let check = |name: &str| report.checks.iter().find(|check| check.name == name).unwrap().outcome;
        assert_eq!((check("hardware"), check("hardware-binding")), (Outcome::Unchecked, Outcome::Failed), "{kind:?}");
    }
}

#[test]
fn a_token_under_a_key_that_is_not_pinned_is_refused() {
    let of = |cca| result(EvidenceKind::ArmCca, &Policy { roots: Roots { cca, ..Roots::default() }, ..policy() });
    assert!(of(vec![cca::platform_key()]).is_ok());
    assert_eq!(of(Vec::new()).unwrap_err(), CcaRefusal::NoPlatformKey.into());
    let mut other = cca::platform_key();
    other.instance_id = Some([9; 33]);
    assert_eq!(of(vec![other]).unwrap_err(), CcaRefusal::PlatformKey(cca::INSTANCE).into());
}

#[test]
fn the_keys_of_arms_platforms_are_read_from_a_file_as_they_are_written() {
    let bound = CcaPlatformKey { instance_id: Some([1; 33]), implementation_id: Some([2; 32]), ..cca::platform_key() };
    for key in [cca::platform_key(), bound] {
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<CcaPlatformKey>(&json).unwrap(), key, "{json}");
    }
    let other = serde_json::to_string(&bound).unwrap().replace("0101", "01");
    assert!(serde_json::from_str::<CcaPlatformKey>(&other).is_err());
}

#[test]
fn a_denied_provider_is_refused() {
    for (kind, provider) in
        [(EvidenceKind::AwsNitro, "aws"), (EvidenceKind::AzureTdx, "azure"), (EvidenceKind::AzureSnp, "azure")]
    {
        let denied_providers = vec![provider.to_owned()];
        let machines = MachinePolicy { denied_providers, ..MachinePolicy::default() };
        assert_eq!(result(kind, &Policy { machines, ..policy() }).unwrap_err(), Refusal::ProviderDenied);
    }
}

#[test]
fn a_verdict_binds_to_its_own_statement_and_to_no_other() {
    for kind in EvidenceKind::ALL {
        let statement = verdict(kind).report_data.clone();
        assert!(verdict(kind).bind(&statement).is_ok(), "{}", kind.name());
        let mut other = statement.clone();
        *other.last_mut().unwrap() ^= 1;
        for wrong in [other.as_slice(), &statement[1..], &[], &[0; 64]] {
            let refusal = verdict(kind).bind(wrong).unwrap_err();
            assert_eq!(refusal.check(), "report-data", "{}: {refusal}", kind.name());
        }
    }
    let refusal = |kind| verdict(kind).bind(b"another").unwrap_err();
    assert_eq!(refusal(EvidenceKind::IntelSgx), IntelRefusal::ReportData.into());
    assert_eq!(refusal(EvidenceKind::AmdSnp), SnpRefusal::ReportData.into());
    assert_eq!(refusal(EvidenceKind::AzureSnp), AzureRefusal::Quote(TpmRefusal::Nonce).into());
    assert_eq!(refusal(EvidenceKind::AwsNitro), NitroRefusal::Binding(NitroField::UserData).into());
    assert_eq!(refusal(EvidenceKind::NvidiaGpu), NvidiaRefusal::Nonce.into());
    assert_eq!(refusal(EvidenceKind::Tpm), TpmRefusal::Nonce.into());
    assert_eq!(refusal(EvidenceKind::ArmCca), CcaRefusal::Challenge.into());
}

#[test]
fn the_report_of_a_verdict_passes_every_check_but_those_that_nobody_could_make() {
    for kind in EvidenceKind::ALL {
        let verdict = verdict(kind);
        let report = Report::of_verdict(&verdict);
        assert!(report.accepted);
        assert_eq!(report.checks.first().unwrap().name, "kind");
        assert!(report.checks.iter().all(|check| check.outcome != Outcome::Failed), "{report:?}");
        for (name, outcome) in [("measurement", Outcome::Unchecked), ("report-data", Outcome::Unchecked)] {
            let check = report.checks.iter().find(|check| check.name == name).unwrap();
            assert_eq!(check.outcome, outcome, "{} {name}", kind.name());
            assert!(!check.reason.is_empty());
        }
        let says_nothing = |check: &&Check| check.reason.is_empty() || check.reason.ends_with('.');
        assert_eq!(report.checks.iter().find(says_nothing), None, "{}: each has a reason", kind.name());
        let names: BTreeSet<_> = report.checks.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), report.checks.len(), "{}: one line for each check", kind.name());
        let statement = verdict.report_data.clone();
        let bound = Report::of_bound(&verdict.bind(&statement).unwrap());
        assert_eq!(bound.checks.last().unwrap().outcome, Outcome::Passed);
    }
}

#[test]
fn the_report_of_a_refusal_has_one_failure_and_nothing_is_checked_after_it() {
    for kind in EvidenceKind::ALL {
        let wanted: Vec<_> = Report::of_verdict(&verdict(kind)).checks.iter().map(|check| check.name).collect();
        let refusals = [
            Refusal::Kind(kind),
            Refusal::MachineUnidentified,
            Refusal::Measurement { found: [1; 32], accepted: 0 },
            verdict(kind).bind(b"another").unwrap_err(),
        ];
        for refusal in refusals {
            let report = Report::of_refusal(kind, &refusal);
            assert!(!report.accepted);
            assert_eq!(report.checks.iter().map(|check| check.name).collect::<Vec<_>>(), wanted);
            let place = report.checks.iter().position(|check| check.outcome == Outcome::Failed).unwrap();
            assert_eq!(report.checks[place].name, refusal.check());
            assert_eq!(report.checks[place].reason, refusal.to_string());
            assert!(report.checks[..place].iter().all(|check| check.outcome != Outcome::Failed));
            assert!(report.checks[place + 1..].iter().all(|check| check.outcome == Outcome::Unchecked));
        }
    }
}

fn entry<'a>(map: &'a Value, key: &Value) -> &'a Value {
    let entries = map.as_map().unwrap();
    &entries.iter().find(|(name, _)| name == key).unwrap_or_else(|| panic!("{key:?}")).1
}

#[test]
fn a_result_has_the_shape_of_an_ear_in_json_and_in_cbor() {
    for kind in EvidenceKind::ALL {
        let verdict = verdict(kind);
        let ear = Ear::of_verdict(&verdict, 1_800_000_000);
        let json = serde_json::to_value(&ear).unwrap();
        assert_eq!(json["eat_profile"], PROFILE);
        assert_eq!((&json["iat"], &json["exp"]), (&1_800_000_000u64.into(), &verdict.valid_until.into()));
        let appraisal = &json["submods"][kind.name()];
        assert_eq!(appraisal["adyton.bound"], false);
        assert!(appraisal.get("eat_nonce").is_none(), "a result that is bound to nothing says no statement");
        assert_eq!(appraisal.get("ueid").is_some(), verdict.machine.is_some());

        let cbor = ear.to_cbor();
        let value: Value = ciborium::from_reader(cbor.as_slice()).unwrap();
        assert_eq!(entry(&value, &265.into()), &Value::from(PROFILE));
        assert_eq!(entry(&value, &4.into()), &Value::from(verdict.valid_until));
        let appraisal = entry(entry(&value, &266.into()), &kind.name().into());
        let status = entry(appraisal, &1000.into()).as_integer().unwrap();
        let is_silent = matches!(kind, EvidenceKind::Tpm | EvidenceKind::NvidiaGpu);
        let wanted: &[i128] = if is_silent { &[0] } else { &[2, 32] };
        assert!(wanted.contains(&i128::from(status)), "{}", kind.name());
        assert_eq!(entry(appraisal, &"adyton.evidence-id".into()), &Value::Bytes(verdict.evidence_id.to_vec()));
        assert_sorted(&value);

        let statement = verdict.report_data.clone();
        let bound = serde_json::to_value(Ear::of_bound(&verdict.bind(&statement).unwrap(), 1)).unwrap();
        assert!(bound["submods"][kind.name()]["eat_nonce"].is_string());
    }
}

/// Deterministic encoding: the keys of every map ascend by their encodings.
fn assert_sorted(value: &Value) {
    let Some(entries) = value.as_map() else { return };
    let encoded = |key: &Value| {
        let mut bytes = Vec::new();
        ciborium::into_writer(key, &mut bytes).unwrap();
        bytes
    };
    assert!(entries.is_sorted_by_key(|(key, _)| encoded(key)));
    entries.iter().for_each(|(_, value)| assert_sorted(value));
}

#[test]
fn the_result_of_a_refusal_is_contraindicated_and_says_why() {
    let refusal = Refusal::Kind(EvidenceKind::Tpm);
    let json = serde_json::to_value(Ear::of_refusal(EvidenceKind::Tpm, &refusal, 7)).unwrap();
    assert_eq!(json["submods"]["tpm"]["ear.status"], "contraindicated");
    assert_eq!(json["submods"]["tpm"]["adyton.refusal"]["check"], "kind");
    assert!(json.get("exp").is_none());
}

/// The published form of a result, which `ADYTON_WRITE_VECTORS=1` writes anew after a deliberate change.
#[test]
fn the_published_result_is_what_is_written() {
    let kind = EvidenceKind::IntelTdx;
    let bound = verdict(kind).bind(&support::REPORT_DATA).unwrap();
    let ears = [
        ("accepted", Ear::of_verdict(&verdict(kind), 5)),
        ("bound", Ear::of_bound(&bound, 5)),
        ("refused", Ear::of_refusal(kind, &Refusal::MachineUnidentified, 5)),
    ];
    let form = |ear: &Ear| serde_json::json!({ "json": ear, "cbor": hex::encode(ear.to_cbor()) });
    let made: serde_json::Map<_, _> = ears.iter().map(|(name, ear)| (String::from(*name), form(ear))).collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/vectors/attestation-result.json");
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(file, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let published: serde_json::Map<_, _> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(made, published);
}

#[test]
fn a_policy_survives_json_and_unknown_fields_are_refused() {
    for policy in [Policy::default(), Policy::strict(17, Vec::new()), Policy::command()] {
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        assert!(serde_json::from_str::<Policy>(&text.replacen("\"kinds\"", "\"kind\"", 1)).is_err());
    }
    let nothing: Policy = serde_json::from_str("{}").unwrap();
    assert_eq!(nothing, Policy::default());
}
