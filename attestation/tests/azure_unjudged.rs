//! Azure machines over TDX without Intel's collateral: what can be checked is, and is refused as it is with it.

use crate::{
    azure::{only_runtime_data, snp, tdx},
    support::{
        self, NOW,
        azure::{Machine, Made, policy},
        tpm::NONCE,
    },
};
use adyton_attestation::{
    AcceptedMeasurements, Cloud, Document, EvidenceKind, InstanceName, IntelPolicy, IntelRefusal, MachineId,
    MachinePolicy, Policy, Refusal, Roots, ServiceDomainHash,
    azure::{AzureEndorsements, AzurePolicy, AzureRefusal, HardwareKind, check_azure_tdx},
    tpm::{ExpectedPcr, HashAlgorithm, TpmRefusal},
};
use adyton_development_root::Form;

/// A relying party's whole policy, under the tests' roots.
fn whole_policy() -> Policy {
    Policy {
        kinds: vec![EvidenceKind::AzureTdx],
        roots: Roots { intel: vec![support::root()], ..Roots::default() },
        measurements: AcceptedMeasurements::Any,
        machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
        intel: support::policy(),
        azure: policy(),
        ..Policy::default()
    }
}

/// Whether the host can raise exceptions in the machine's domain, of which nothing but that is asked.
fn without_collateral(made: &Made, policy: &Policy) -> Result<bool, Refusal> {
    let unjudged = check_azure_tdx(&made.evidence, &AzureEndorsements::default(), &made.quote, policy, NOW)?;
    assert_eq!(unjudged.binding().nonce(), NONCE);
    Ok(unjudged.takes_exceptions())
}

/// Why a machine on another domain is refused without collateral.
fn refusal_without_collateral(machine: &Machine) -> Refusal {
    without_collateral(&machine.make(), &whole_policy()).unwrap_err()
}

fn of_domain(refusal: IntelRefusal) -> Refusal {
    AzureRefusal::Tdx(refusal).into()
}

#[test]
fn a_machine_is_checked_without_collateral_as_far_as_that_goes() {
    assert_eq!(without_collateral(&tdx().make(), &whole_policy()), Ok(false));
    assert_eq!(without_collateral(&only_runtime_data(&tdx().make()), &whole_policy()), Ok(false));
    let over_snp = snp().make();
    let refusal = without_collateral(&over_snp, &whole_policy()).unwrap_err();
    let expected = AzureRefusal::Hardware { found: HardwareKind::Snp, wanted: HardwareKind::Tdx };
    assert_eq!(refusal, expected.into());
}

/// Case 87.
#[test]
fn a_machine_on_a_domain_that_can_be_debugged_is_refused_without_collateral_too() {
    let debug = Machine::on(|plan| plan.quote.body.measurement.attributes[0] |= 1);
    assert_eq!(refusal_without_collateral(&debug), of_domain(IntelRefusal::Debug));
    let untrusted = Machine::on(|plan| plan.quote.body.measurement.attributes[0] |= 0x10);
    assert_eq!(refusal_without_collateral(&untrusted), of_domain(IntelRefusal::UntrustedAttributes(0x10)));
    // The enclave that vouches for the quote's key.
    let enclave = Machine::on(|plan| plan.quote.enclave.attributes[0] |= 2);
    assert_eq!(refusal_without_collateral(&enclave), of_domain(IntelRefusal::QeDebug));
    // Whatever is taken besides.
    let lax = Policy { intel: support::any_status(), ..whole_policy() };
    assert_eq!(without_collateral(&debug.make(), &lax), Err(of_domain(IntelRefusal::Debug)));
}

#[test]
fn a_domain_in_which_the_host_can_raise_exceptions_is_told_without_collateral_and_refused_with_it() {
    let machine = Machine::on(|plan| plan.quote.body.measurement.attributes[3] &= !0x10);
    assert_eq!(without_collateral(&machine.make(), &whole_policy()), Ok(true));
    assert_eq!(machine.refusal(), AzureRefusal::Tdx(IntelRefusal::SeptVeEnabled));
    // It hides nothing else.
    let migratable = Machine::on(|plan| plan.quote.body.measurement.attributes = [0, 0, 0, 0x20, 0, 0, 0, 0]);
    assert_eq!(refusal_without_collateral(&migratable), of_domain(IntelRefusal::Attributes(1 << 29)));
}

/// Case 89.
#[test]
fn a_machine_on_a_domain_that_others_see_into_is_refused_without_collateral_too() {
    let bound = Machine::on(|plan| {
        *plan = plan.clone().in_version_5(Form::Domain15);
        plan.quote.current.mr_service_td = [7; 48];
    });
    assert_eq!(refusal_without_collateral(&bound), of_domain(IntelRefusal::ServiceDomain));
    let mut accepting = whole_policy();
    accepting.intel.accepted_service_domains.try_push(ServiceDomainHash([7; 48])).unwrap();
    assert_eq!(without_collateral(&bound.make(), &accepting), Ok(false));
}

#[test]
fn a_domain_or_platform_that_the_policy_does_not_allow_is_refused_without_collateral_too() {
    let with = |intel: IntelPolicy| without_collateral(&tdx().make(), &Policy { intel, ..whole_policy() }).unwrap_err();
    let refusal = with(IntelPolicy { allowed_xfam: 3, ..support::policy() });
    assert!(matches!(refusal, Refusal::Azure(AzureRefusal::Tdx(IntelRefusal::Xfam { allowed: 3, .. }))));
    let refusal = with(IntelPolicy { allow_smt: false, ..support::policy() });
    assert_eq!(refusal, of_domain(IntelRefusal::Smt));
    assert_eq!(with(IntelPolicy::default()), of_domain(IntelRefusal::PolicyAcceptsNothing));
}

#[test]
fn certificates_out_of_their_time_are_refused_without_collateral_too() {
    for (machine, expired) in [
        (Machine::on(|plan| plan.pck.not_after = NOW - 1), Document::PckCertificate),
        (Machine::on(|plan| plan.pck_ca.not_after = NOW - 1), Document::PckCa),
        (Machine::on(|plan| plan.root.not_after = NOW - 1), Document::Root),
    ] {
        let refusal = refusal_without_collateral(&machine);
        let is_expired = |refusal| matches!(refusal, IntelRefusal::Expired { document, .. } if document == expired);
        assert!(matches!(refusal, Refusal::Azure(AzureRefusal::Tdx(inner)) if is_expired(inner)), "{refusal}");
    }
}

#[test]
fn a_quote_without_the_signatures_of_a_trusted_root_is_refused_without_collateral_too() {
    let made = tdx().make();
    let with = |roots| without_collateral(&made, &Policy { roots, ..whole_policy() }).unwrap_err();
    assert_eq!(with(Roots::default()), Refusal::NoRoot(EvidenceKind::AzureTdx));
    assert_eq!(with(Roots::vendors()), of_domain(IntelRefusal::UntrustedRoot(whole_policy().roots.intel[0].id())));
    let both = Roots { vendors: true, ..whole_policy().roots };
    assert_eq!(without_collateral(&made, &Policy { roots: both, ..whole_policy() }), Ok(false));
    for offset in [support::at::SIGNATURE, support::at::QE_SIGNATURE] {
        let mut forged = made.clone();
        forged.quote[offset] ^= 1;
        let refusal = without_collateral(&forged, &whole_policy()).unwrap_err();
        assert!(matches!(refusal, Refusal::Azure(AzureRefusal::Tdx(IntelRefusal::Signature(_)))), "{refusal}");
    }
}

#[test]
fn a_quote_of_another_machine_is_refused_without_collateral_too() {
    let (made, other) = (tdx().make(), tdx().saying("3c18c97a", "00000000").make());
    let relayed = Made { quote: other.quote.clone(), ..made.clone() };
    assert_eq!(without_collateral(&relayed, &whole_policy()), Err(AzureRefusal::TdReport.into()));
    let relayed = Made { quote: other.quote, ..only_runtime_data(&made) };
    assert_eq!(without_collateral(&relayed, &whole_policy()), Err(AzureRefusal::HardwareReportData.into()));
}

#[test]
fn what_the_policy_wants_of_the_machine_holds_without_collateral_too() {
    let made = tdx().make();
    let with = |policy: Policy| without_collateral(&made, &policy).unwrap_err();
    assert_eq!(with(Policy { kinds: Vec::new(), ..whole_policy() }), Refusal::Kind(EvidenceKind::AzureTdx));
    let refusal = with(Policy { measurements: AcceptedMeasurements::default(), ..whole_policy() });
    assert!(matches!(refusal, Refusal::Measurement { accepted: 0, .. }));
    let console = AzurePolicy { allow_console: false, ..policy() };
    assert_eq!(with(Policy { azure: console, ..whole_policy() }), AzureRefusal::Console.into());
    let mut registers = whole_policy();
    registers.azure.pcrs.expected =
        vec![ExpectedPcr { bank: HashAlgorithm::Sha256, index: 11, values: vec![vec![0xee; 32]] }];
    assert_eq!(with(registers), AzureRefusal::Quote(TpmRefusal::PcrValue(11)).into());
    let no_tpm = tdx().saying("\"tpm-enabled\":true", "\"tpm-enabled\":false");
    assert_eq!(refusal_without_collateral(&no_tpm), AzureRefusal::NoTpm.into());
}

#[test]
fn a_machine_that_is_denied_is_refused_without_collateral_too() {
    let made = tdx().make();
    let with = |machines| without_collateral(&made, &Policy { machines, ..whole_policy() }).unwrap_err();
    let name = InstanceName::new("3c18c97a-0d2a-4565-969d-166cdcef26a3").unwrap();
    let own = MachineId::Instance { cloud: Cloud::Azure, name };
    let refusal = with(MachinePolicy { denied: vec![own], ..whole_policy().machines });
    assert_eq!(refusal, Refusal::MachineDenied(own));
    let refusal = with(MachinePolicy { denied_providers: vec!["azure".to_owned()], ..whole_policy().machines });
    assert_eq!(refusal, Refusal::ProviderDenied);
    // The platform; what the machine calls itself lets it in nowhere.
    let refusal = with(MachinePolicy { allowed: Some(vec![own]), ..MachinePolicy::default() });
    let Refusal::MachineNotAllowed(platform) = refusal else { panic!("{refusal}") };
    let refusal = with(MachinePolicy { denied: vec![platform], ..whole_policy().machines });
    assert_eq!(refusal, Refusal::MachineDenied(platform));
}
