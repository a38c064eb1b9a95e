//! A worker that is registered by its own evidence shows a GPU: the pallets together, with extrinsics as they travel.

use adyton_attestation::{
    nvidia::{NvidiaEndorsements, NvidiaEvidence, nonce_for_host, verify_nvidia_with},
    signature::{Fastest, PublicKey, Scheme, SignatureVerifier},
};
use adyton_pallet_devices::{Call, Error, MAX_FRESH, NextPlace, Policy, Shown};
use adyton_protocol::{
    device::{self, Architecture, DeviceEvidence},
    policy::DeviceDemand,
    scheduled::Scheduled,
};
use core::cell::RefCell;

use super::*;
use crate::{Devices, RuntimeOrigin};

/// The verifier's own issuers of NVIDIA's shape.
#[path = "../../../../attestation/tests/support/nvidia.rs"]
mod nvidia;

/// The calls that have the signatures checked which it meets.
#[derive(Default)]
struct Checks(RefCell<Vec<Call<Runtime>>>);

impl SignatureVerifier for Checks {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let PublicKey::P384(key) = public_key else { panic!("nvidia signs with P-384") };
        let (message_bytes, signature_bytes) = (bounded(message), signature.try_into().expect("r and s"));
        let check = Call::check_signature { key: *key, message: message_bytes, signature: signature_bytes };
        self.0.borrow_mut().push(check);
        Fastest::default().verify(scheme, public_key, message, signature)
    }
}

/// Accepts the issuers' devices by their evidence alone, from the present block on.
fn accept() {
    let root = |der: Vec<u8>| BoundedVec::truncate_from(der);
    let (device, manifest) = (nvidia::Device::hopper().chain[4].der(), nvidia::Manifest::driver().chain[3].der());
    Devices::add_root(RuntimeOrigin::root(), root(device), root(manifest), true).expect("is announced");
    Policy::<Runtime>::put(Scheduled::holding(nvidia::evidence_only()));
    // The local network's delay has 20 blocks.
    (0..20).for_each(|_| next_block());
}

/// A GPU that was asked about `program`'s statement, and the call that shows it.
fn showing(program: &Program) -> (nvidia::Device, Call<Runtime>) {
    let mut gpu = nvidia::Device::hopper();
    gpu.nonce = nonce_for_host(&program.statement.report_data());
    let (report, certificates) = (gpu.report(), gpu.pem());
    let evidence = DeviceEvidence { report: &report, certificates: &certificates }.to_bytes();
    let message = device::message(&NETWORK, &program.statement.digest(), &evidence);
    let call = Call::show {
        worker: program.statement.worker,
        root: Digest(nvidia::roots().device.id()),
        evidence: bounded(&evidence),
        manifests: Default::default(),
        responses: Default::default(),
        signature: program.key.sign(&message).0,
        fresh: MAX_FRESH,
    };
    (gpu, call)
}

/// The calls that have a device's signatures checked.
fn checks(gpu: &nvidia::Device) -> Vec<Call<Runtime>> {
    let (checks, report, certificates) = (Checks::default(), gpu.report(), gpu.pem());
    let evidence = NvidiaEvidence { report: &report, certificate_chain: &certificates };
    let nothing = NvidiaEndorsements::default();
    let verdict = verify_nvidia_with(&checks, &evidence, &nothing, &nvidia::roots(), &nvidia::evidence_only(), NOW);
    let _ = verdict.expect("it is good");
    checks.0.into_inner()
}

#[test]
fn a_registered_worker_shows_a_gpu_that_answers_its_statement_and_leases_a_contract_that_asks_for_one() {
    run(|| {
        accept();
        let program = Program::register(Role::Worker, 100);
        let devices = Some(DeviceDemand { architectures: vec![Architecture::Hopper], minimum: 1 });
        let contract = deploy_under(ContractPolicy { devices, ..ContractPolicy::open(5) });
        let claim = || adyton_pallet_contracts::Call::claim_lease { contract };
        let dropped = Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
        assert_eq!(program.send(claim()), dropped, "it has shown none");
        let (gpu, call) = showing(&program);
        let checks = checks(&gpu);
        let (beforehand, fresh) = checks.split_at(checks.len() - usize::from(MAX_FRESH));
        assert_eq!((beforehand.len(), fresh.len()), (1, 4));
        for check in beforehand {
            next_block();
            let done = by_account(Sr25519Keyring::Alice, RuntimeCall::Devices(check.clone()));
            done.expect("is valid").expect("anybody has signatures checked");
        }
        assert_eq!(NextPlace::<Runtime>::get(), 1);

        next_block();
        let stranger = by_account(Sr25519Keyring::Alice, RuntimeCall::Devices(call.clone())).expect("is valid");
        assert_eq!(stranger, Err(Error::<Runtime>::NotYourWorker.into()));
        next_block();
        by_account(Sr25519Keyring::Bob, RuntimeCall::Devices(call)).expect("fits into a block").expect("is shown");
        let shown = Shown::<Runtime>::get(program.statement.worker).expect("is there");
        assert_eq!((shown.boot, shown.devices.len()), (1, 1));
        program.succeed(claim());
        assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.holder), Some(program.statement.worker));
        Devices::set_denied(RuntimeOrigin::root(), shown.devices[0].id, true).expect("is denied");
        assert!(Contracts::living_lease(&contract).is_none());
    });
}
