//! Which processor a worker's machine has, as its evidence names it.

use adyton_development_root::FMSPC;
use adyton_pallet_traits::CpuModels as _;
use adyton_protocol::cpu::CpuModel;

use super::*;

#[test]
fn the_processors_model_is_that_of_the_newest_evidence_until_the_worker_is_removed() {
    run(|| {
        let registration = Registration::new(1, 100);
        let (worker, of_evidence) = (registration.worker(), Some(CpuModel::IntelFmspc(FMSPC)));
        assert_eq!(Workers::cpu_model(&worker), None);
        assert_ok!(registration.send());
        assert_eq!(Workers::cpu_model(&worker), of_evidence);
        // Of one that was registered before models were kept.
        CpuModels::<Test>::remove(worker);
        go_to(30);
        assert_ok!(Registration::new(1, 100).send());
        assert_eq!(Workers::cpu_model(&worker), of_evidence, "its evidence was renewed");
        CpuModels::<Test>::insert(worker, CpuModel::IntelFmspc([1; 6]));
        assert_ok!(Registration::new(1, 101).send());
        assert_eq!(Workers::cpu_model(&worker), of_evidence, "its next boot");
        go_to(31 + LEASE + STALENESS);
        assert_ok!(Workers::retire(RuntimeOrigin::signed(operator(1)), worker));
        assert_eq!(CpuModels::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_processors_model_that_nobodys_evidence_names_does_not_stay_unseen() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        let other = (registration.worker(), CpuModel::AmdCpuid { family: 0x19, model: 0x11 });
        let nobodys = (WorkerId([1; 32]), CpuModel::IntelFmspc(FMSPC));
        for (worker, model) in [other, nobodys] {
            let before = CpuModels::<Test>::get(worker);
            CpuModels::<Test>::insert(worker, model);
            assert!(Workers::do_try_state().is_err(), "{worker}: {model}");
            CpuModels::<Test>::set(worker, before);
            assert_ok!(Workers::do_try_state());
        }
    });
}
