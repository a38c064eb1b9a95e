//! Who is denied or allowed, the freeze, and capacities: what lets more in holds after the delay and not before; what
//! lets less in holds at once, and cancels what was announced of the same.

use adyton_pallet_traits::{Admission, Attestation as _};
use adyton_protocol::{
    ids::Digest,
    record::{EvidenceKind, MachineId, Party, Provider, ValidityFacts, VerdictFacts},
    scheduled::Scheduled,
};
use frame_support::assert_ok;

use super::{judged, kinds::registered};
use crate::{mock::*, *};

const MACHINE: MachineId = MachineId::AmdChip([1; 64]);
/// What a chip may have in tests without anything that is set.
const DEFAULT: u32 = 2;

fn provider() -> Provider {
    Provider::truncate_from(b"a cloud".to_vec())
}

/// What is said of a worker of the provider on `machine`.
fn facts(machine: MachineId) -> ValidityFacts {
    Attestation::facts(&registered(VerdictFacts {
        kind: EvidenceKind::AmdSnp,
        root: root_id(&development()),
        measurement: measurement("worker"),
        profile: PROFILE,
        machine,
        provider: Some(provider()),
        tier: 0,
        evaluation: 0,
        judged_at: NOW - 1,
        valid_until: u64::MAX,
        evidence: Digest([9; 32]),
    }))
}

fn deny_machine(denied: bool) {
    assert_ok!(Attestation::set_machine_denied(RuntimeOrigin::root(), MACHINE, denied));
}

fn is_machine_denied() -> bool {
    facts(MACHINE).machine_denied
}

fn deny_provider(denied: bool) {
    assert_ok!(Attestation::set_provider_denied(RuntimeOrigin::root(), provider(), denied));
}

fn is_provider_denied() -> bool {
    facts(MACHINE).provider_denied
}

fn deny_operator(denied: bool) {
    assert_ok!(Attestation::set_operator_denied(RuntimeOrigin::root(), statement().operator, denied));
}

fn is_operator_denied() -> bool {
    facts(MACHINE).operator_denied
}

fn freeze(frozen: bool) {
    assert_ok!(Attestation::set_frozen(RuntimeOrigin::root(), frozen));
}

fn is_frozen() -> bool {
    judged(&development(), "worker", &statement()) == Err(Error::<Test>::Frozen.into())
}

fn allow_operator(allowed: bool) {
    let party = Party::Operator(statement().operator);
    assert_ok!(Attestation::set_allowed(RuntimeOrigin::root(), party, allowed));
}

fn allow_provider(allowed: bool) {
    assert_ok!(Attestation::set_allowed(RuntimeOrigin::root(), Party::Provider(provider()), allowed));
}

fn is_allowed() -> bool {
    facts(MachineId::None).unidentified_allowed
}

fn set_capacity(workers: Option<u32>) {
    assert_ok!(Attestation::set_capacity(RuntimeOrigin::root(), MACHINE, workers));
}

fn set_class_capacity(workers: Option<u32>) {
    assert_ok!(Attestation::set_class_capacity(RuntimeOrigin::root(), MACHINE.class(), workers));
}

fn capacity() -> u32 {
    Attestation::capacity(&MACHINE)
}

/// What `read` says in the last second before the delay has passed, and when it has.
fn before_and_after<V>(read: impl Fn() -> V) -> [V; 2] {
    wait(DELAY - 1);
    let before = read();
    wait(1);
    [before, read()]
}

fn bars_at_once(set: fn(bool), is_barred: fn() -> bool) {
    run(|| {
        assert!(!is_barred());
        set(true);
        assert!(is_barred());
    });
}

fn lifts_after_the_delay(set: fn(bool), is_barred: fn() -> bool) {
    run(|| {
        set(true);
        set(false);
        assert_eq!(before_and_after(is_barred), [true, false]);
        set(true);
        assert!(is_barred());
    });
}

fn cancels_the_lift(set: fn(bool), is_barred: fn() -> bool) {
    run(|| {
        set(true);
        set(false);
        wait(DELAY - 1);
        set(true);
        assert_eq!(before_and_after(is_barred), [true, true]);
    });
}

#[test]
fn who_is_shown_to_be_wrong_is_denied_at_once_by_machine_or_without_one_by_operator() {
    run(|| {
        <Attestation as Admission>::deny(&MACHINE, &statement().operator);
        assert_eq!((is_machine_denied(), is_operator_denied()), (true, false));
        <Attestation as Admission>::deny(&MachineId::None, &statement().operator);
        assert!(is_operator_denied());
    });
}

#[test]
fn the_last_admission_is_when_the_last_of_what_lets_more_in_holds() {
    run(|| {
        assert_eq!(Attestation::last_admission(), 0);
        deny_machine(true);
        freeze(true);
        assert_eq!(Attestation::last_admission(), 0, "what lets less in is none");
        deny_machine(false);
        let from = Pallet::<Test>::now() + DELAY;
        assert_eq!(Attestation::last_admission(), from);
        wait(10);
        allow_operator(true);
        assert_eq!(Attestation::last_admission(), from + 10);
        deny_machine(true);
        assert_eq!(Attestation::last_admission(), from + 10, "it does not go back");
    });
}

#[test]
fn a_machine_is_denied_at_once() {
    bars_at_once(deny_machine, is_machine_denied);
}

#[test]
fn a_machines_denial_ends_after_the_delay_and_not_before() {
    lifts_after_the_delay(deny_machine, is_machine_denied);
}

#[test]
fn to_deny_a_machine_again_cancels_the_end_of_its_denial() {
    cancels_the_lift(deny_machine, is_machine_denied);
}

#[test]
fn a_provider_is_denied_at_once() {
    bars_at_once(deny_provider, is_provider_denied);
}

#[test]
fn a_providers_denial_ends_after_the_delay_and_not_before() {
    lifts_after_the_delay(deny_provider, is_provider_denied);
}

#[test]
fn to_deny_a_provider_again_cancels_the_end_of_its_denial() {
    cancels_the_lift(deny_provider, is_provider_denied);
}

#[test]
fn an_operator_is_denied_at_once() {
    bars_at_once(deny_operator, is_operator_denied);
}

#[test]
fn an_operators_denial_ends_after_the_delay_and_not_before() {
    lifts_after_the_delay(deny_operator, is_operator_denied);
}

#[test]
fn to_deny_an_operator_again_cancels_the_end_of_the_denial() {
    cancels_the_lift(deny_operator, is_operator_denied);
}

#[test]
fn registrations_freeze_at_once() {
    bars_at_once(freeze, is_frozen);
}

#[test]
fn a_freeze_ends_after_the_delay_and_not_before() {
    lifts_after_the_delay(freeze, is_frozen);
}

#[test]
fn to_freeze_again_cancels_the_end_of_the_freeze() {
    cancels_the_lift(freeze, is_frozen);
}

#[test]
fn an_operator_or_provider_is_allowed_after_the_delay_and_not_before() {
    for allow in [allow_operator, allow_provider] {
        run(|| {
            allow(true);
            assert_eq!(before_and_after(is_allowed), [false, true]);
            // Said again, it goes on holding.
            allow(true);
            assert!(is_allowed());
        });
    }
}

#[test]
fn an_operator_or_provider_is_no_longer_allowed_at_once() {
    for allow in [allow_operator, allow_provider] {
        run(|| {
            allow(true);
            wait(DELAY);
            assert!(is_allowed());
            allow(false);
            assert!(!is_allowed());
            assert_eq!(Allowed::<Test>::iter().count(), 0);
        });
    }
}

#[test]
fn to_disallow_somebody_cancels_that_they_will_be_allowed() {
    for allow in [allow_operator, allow_provider] {
        run(|| {
            allow(true);
            allow(false);
            assert_eq!(before_and_after(is_allowed), [false, false]);
        });
    }
}

#[test]
fn what_is_announced_again_waits_for_the_whole_delay_again() {
    run(|| {
        allow_operator(true);
        wait(DELAY - 1);
        allow_operator(true);
        assert_eq!(before_and_after(is_allowed), [false, true]);
    });
}

#[test]
fn a_higher_capacity_of_a_machine_holds_after_the_delay_and_not_before() {
    run(|| {
        set_capacity(Some(9));
        assert_eq!(before_and_after(capacity), [DEFAULT, 9]);
        set_capacity(Some(12));
        assert_eq!(before_and_after(capacity), [9, 12]);
    });
}

#[test]
fn a_lower_capacity_of_a_machine_holds_at_once_and_cancels_a_higher_one() {
    run(|| {
        set_capacity(Some(9));
        set_capacity(Some(1));
        assert_eq!(capacity(), 1);
        assert_eq!(before_and_after(capacity), [1, 1]);
    });
}

#[test]
fn to_set_the_present_capacity_of_a_machine_cancels_a_higher_one() {
    run(|| {
        set_capacity(Some(9));
        set_capacity(None);
        assert_eq!(before_and_after(capacity), [DEFAULT, DEFAULT]);
        assert_eq!(Capacities::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_machine_is_as_its_class_again_after_the_delay_if_that_is_more_and_else_at_once() {
    run(|| {
        set_capacity(Some(1));
        set_capacity(None);
        assert_eq!(before_and_after(capacity), [1, DEFAULT]);
        set_capacity(Some(9));
        wait(DELAY);
        set_capacity(None);
        assert_eq!(capacity(), DEFAULT);
    });
}

#[test]
fn a_machine_that_is_to_be_as_its_class_waits_for_what_is_announced_of_the_class_too() {
    run(|| {
        set_capacity(Some(DEFAULT));
        set_class_capacity(Some(9));
        wait(DELAY - 1);
        set_capacity(None);
        wait(1);
        // The class has more by now, and the machine after the delay since that was said of it.
        assert_eq!(Attestation::capacity(&MachineId::AmdChip([2; 64])), 9);
        wait(DELAY - 2);
        assert_eq!(capacity(), DEFAULT);
        wait(1);
        assert_eq!(capacity(), 9);
    });
}

#[test]
fn a_higher_capacity_of_a_class_holds_after_the_delay_and_not_before() {
    run(|| {
        set_class_capacity(Some(9));
        assert_eq!(before_and_after(capacity), [DEFAULT, 9]);
    });
}

#[test]
fn a_lower_capacity_of_a_class_holds_at_once_and_cancels_a_higher_one() {
    run(|| {
        set_class_capacity(Some(9));
        set_class_capacity(Some(1));
        assert_eq!(capacity(), 1);
        assert_eq!(before_and_after(capacity), [1, 1]);
        set_class_capacity(None);
        assert_eq!(before_and_after(capacity), [1, DEFAULT]);
    });
}

#[test]
fn without_a_delay_what_lets_more_in_holds_at_once() {
    chain(GenesisConfig { delay: 0, ..genesis() }).execute_with(|| {
        deny_machine(true);
        deny_machine(false);
        freeze(true);
        freeze(false);
        allow_operator(true);
        set_capacity(Some(9));
        assert!(!is_machine_denied() && !is_frozen() && is_allowed());
        assert_eq!(capacity(), 9);
        Attestation::do_try_state().expect("the invariants hold");
    });
}

#[test]
fn the_end_of_what_is_not_denied_or_frozen_leaves_nothing_behind() {
    run(|| {
        deny_machine(false);
        freeze(false);
        assert_eq!(DeniedMachines::<Test>::iter().count(), 0);
        assert_eq!(Frozen::<Test>::get(), None);
    });
}

#[test]
fn events_say_from_when_on_a_change_holds() {
    let last = |event: Event<Test>| System::assert_last_event(event.into());
    let (later, workers, class) = (NOW + DELAY, Some(9), MACHINE.class());
    let (operator, party) = (statement().operator, Party::Operator(statement().operator));
    run(|| {
        for (denied, from) in [(true, NOW), (false, later)] {
            deny_machine(denied);
            last(Event::MachineDenied { machine: MACHINE, denied, from });
            deny_provider(denied);
            last(Event::ProviderDenied { provider: provider(), denied, from });
            deny_operator(denied);
            last(Event::OperatorDenied { operator, denied, from });
            freeze(denied);
            last(Event::FreezeSet { frozen: denied, from });
        }
        allow_operator(true);
        last(Event::AllowedSet { party: party.clone(), allowed: true, from: later });
        allow_operator(false);
        last(Event::AllowedSet { party, allowed: false, from: NOW });
        set_capacity(workers);
        last(Event::CapacitySet { machine: MACHINE, workers, from: later });
        set_capacity(None);
        last(Event::CapacitySet { machine: MACHINE, workers: None, from: NOW });
        set_class_capacity(workers);
        last(Event::ClassCapacitySet { class, workers, from: later });
    });
}

#[test]
fn the_invariants_refuse_what_no_call_leaves_behind() {
    let breaks = |change: fn()| {
        chain(genesis()).execute_with(|| {
            change();
            assert!(Attestation::do_try_state().is_err());
        });
    };
    breaks(|| DeniedMachines::<Test>::insert(MACHINE, Scheduled::holding(false)));
    breaks(|| Frozen::<Test>::put(Scheduled::default().announce(true, NOW, NOW + DELAY)));
    breaks(|| Allowed::<Test>::insert(Party::Provider(provider()), Scheduled::holding(false)));
    breaks(|| Capacities::<Test>::insert(MACHINE, Scheduled::holding(None)));
    breaks(|| ClassCapacities::<Test>::insert(MACHINE.class(), Scheduled::default()));
}
