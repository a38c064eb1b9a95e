//! How much capacity counts of one machine: by its processor's model, else by the kind of its workers' evidence.

use adyton_protocol::cpu::CpuModel;
use polkadot_sdk::frame_support::traits::BuildGenesisConfig;

use super::*;

const MODEL: CpuModel = CpuModel::IntelFmspc([0x00, 0x80, 0x6f, 0x05, 0x00, 0x00]);
const OTHER: CpuModel = CpuModel::AmdCpuid { family: 0x19, model: 0x11 };

fn set(model: CpuModel, cap: Option<u64>) -> Result<(), DispatchError> {
    Rewards::set_model_cap(RawOrigin::Root.into(), model, cap)
}

/// The model with this number.
fn numbered(number: u32) -> CpuModel {
    let [a, b, c, d] = number.to_le_bytes();
    CpuModel::IntelFmspc([a, b, c, d, 0, 0])
}

/// Workers 5 and 6 are on one machine, whose processor is of `model`.
fn two_on_one_machine(model: CpuModel) {
    for number in [5, 6] {
        registered(number, 4 * PHA);
        change(number, |record| record.verdict.machine = MachineId::IntelPpid([5; 16]));
        set_model(number, model);
    }
}

/// Both do 700 units a block in one measurement. Gives what counts of each.
fn measure_both() -> [u64; 2] {
    go(rules().measure_distance);
    Rewards::measure(signed(OWNER), id(5)).expect("a measurement is asked for");
    let number = round();
    for worker in [5, 6] {
        assert_ok!(Rewards::measured(signed(worker), number, 700 * u64::from(rules().measure_blocks)));
    }
    counted()
}

fn counted() -> [u64; 2] {
    [5, 6].map(|number| Rewards::capacity(&id(number)))
}

#[test]
fn workers_on_a_machine_share_the_cap_of_its_processors_model_and_without_one_that_of_their_evidences_kind() {
    run(|| {
        assert_ok!(set(MODEL, Some(900)));
        two_on_one_machine(MODEL);
        assert_eq!(measure_both(), [700, 200]);
        two_on_one_machine(OTHER);
        assert_eq!(measure_both(), [700, CAP - 700]);
    });
}

#[test]
fn the_cap_of_a_model_may_be_higher_than_that_of_the_kind_and_may_be_nothing() {
    run(|| {
        two_on_one_machine(MODEL);
        assert_ok!(set(MODEL, Some(CAP + 200)));
        assert_eq!(measure_both(), [700, 500]);
        assert_ok!(set(MODEL, Some(0)));
        assert_eq!(measure_both(), [0, 0]);
    });
}

#[test]
fn a_worker_whose_processor_nobody_names_is_capped_by_the_kind_of_its_evidence() {
    run(|| {
        assert_ok!(set(MODEL, Some(100)));
        measured(7, 4 * PHA, CAP + 1);
        assert_eq!(Rewards::capacity(&id(7)), CAP);
    });
}

#[test]
fn workers_of_one_machine_whose_evidence_names_two_models_count_no_more_than_the_higher_cap() {
    run(|| {
        assert_ok!(set(MODEL, Some(900)));
        assert_ok!(set(OTHER, Some(800)));
        two_on_one_machine(MODEL);
        set_model(6, OTHER);
        assert_eq!(measure_both(), [700, 100]);
    });
}

#[test]
fn a_cap_that_is_changed_or_removed_holds_from_the_next_measurement_on() {
    run(|| {
        two_on_one_machine(MODEL);
        assert_ok!(set(MODEL, Some(900)));
        assert_eq!(measure_both(), [700, 200]);
        assert_ok!(set(MODEL, Some(800)));
        assert_eq!(counted(), [700, 200]);
        assert_eq!(measure_both(), [700, 100]);
        assert_ok!(set(MODEL, None));
        assert_eq!(counted(), [700, 100]);
        assert_eq!(measure_both(), [700, 300]);
    });
}

#[test]
fn a_models_cap_is_seen_in_an_event_and_read_under_its_key() {
    run(|| {
        for cap in [Some(7), Some(8), None] {
            assert_ok!(set(MODEL, cap));
            System::assert_last_event(Event::<Test>::ModelCapSet { model: MODEL, cap }.into());
            assert_eq!(ModelCaps::<Test>::get(MODEL), cap);
        }
        let key = ModelCaps::<Test>::hashed_key_for(MODEL);
        assert_eq!(key, storage::model_cap(&MODEL));
        assert!(key.starts_with(&storage::model_caps_prefix()));
        assert_eq!(ModelCaps::<Test>::counter_storage_final_key().to_vec(), storage::model_cap_count());
    });
}

#[test]
fn nobody_but_the_economys_origin_caps_a_model() {
    run(|| {
        assert_noop!(Rewards::set_model_cap(signed(OWNER), MODEL, Some(7)), DispatchError::BadOrigin);
    });
}

#[test]
fn a_cap_that_a_model_does_not_have_is_not_removed() {
    run(|| {
        assert_noop!(set(MODEL, None), Error::<Test>::UnknownModel);
        assert_ok!(set(MODEL, Some(7)));
        assert_noop!(set(OTHER, None), Error::<Test>::UnknownModel);
    });
}

#[test]
fn one_model_more_than_may_have_a_cap_is_refused_until_another_has_none() {
    run(|| {
        for number in 0..MAX_MODELS {
            assert_ok!(set(numbered(number), Some(number.into())));
        }
        assert_noop!(set(OTHER, Some(7)), Error::<Test>::TooManyModels);
        assert_ok!(set(numbered(3), Some(7)));
        assert_ok!(set(numbered(3), None));
        assert_ok!(set(OTHER, Some(7)));
        assert_noop!(set(numbered(3), Some(7)), Error::<Test>::TooManyModels);
    });
}

fn genesis(models: u32) -> GenesisConfig<Test> {
    GenesisConfig { model_caps: (0..models).map(|number| (numbered(number), 7)).collect(), ..Default::default() }
}

#[test]
fn a_genesis_caps_models() {
    run(|| {
        genesis(2).build();
        assert_eq!((ModelCaps::<Test>::get(numbered(1)), ModelCaps::<Test>::count()), (Some(7), 2));
    });
}

#[test]
#[should_panic(expected = "as many models have a cap as may")]
fn a_genesis_that_caps_one_model_more_than_may_have_a_cap_does_not_build() {
    run(|| genesis(MAX_MODELS + 1).build());
}
