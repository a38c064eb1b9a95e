use adyton_client::protocol::{
    device::checked_signature,
    ids::{AccountId, BlockHash, BlockRef, EncryptionKey, NetworkId, SigningKey, WorkerId},
    statement::Role,
};

use super::*;

/// The verifier's own issuers of NVIDIA's shape.
#[path = "../../../../attestation/tests/support/nvidia.rs"]
mod nvidia;

use nvidia::NOW;

fn statement() -> AttestedStatement {
    AttestedStatement {
        network: NetworkId([1; 32]),
        worker: WorkerId([2; 32]),
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey([4; 32]),
        encryption_key: EncryptionKey([5; 32]),
        config: Digest([6; 32]),
        recent: BlockRef { number: 7, hash: BlockHash([8; 32]) },
    }
}

/// The good GPU, asked about [`statement`].
fn gpu() -> nvidia::Device {
    nvidia::Device::changed(|device| device.nonce = nonce_for_host(&statement().report_data()))
}

fn offered(device: &nvidia::Device) -> OfferedDevice {
    let (report, certificates) = (device.report(), device.pem());
    let evidence = DeviceEvidence { report: &report, certificates: &certificates }.to_bytes();
    OfferedDevice { evidence, signature: [9; 64] }
}

fn manifests() -> [nvidia::Manifest; 2] {
    [nvidia::Manifest::driver(), nvidia::Manifest::firmware()]
}

fn planned(devices: &[nvidia::Device], manifests: &[nvidia::Manifest]) -> Result<Plan> {
    let mut responses: Vec<Vec<u8>> = devices.iter().flat_map(nvidia::Device::responses).collect();
    responses.extend(manifests.iter().flat_map(nvidia::Manifest::responses));
    let manifests: Vec<Vec<u8>> = manifests.iter().map(|manifest| manifest.xml().into_bytes()).collect();
    let offered: Vec<OfferedDevice> = devices.iter().map(offered).collect();
    plan(&offered, &statement(), &manifests, &responses, NOW)
}

/// Why the plan is refused, with its context.
fn why(result: Result<Plan>) -> String {
    format!("{:#}", result.unwrap_err())
}

#[test]
fn a_gpu_is_planned_with_its_manifests_its_responses_and_every_signature_once() {
    let plan = planned(&[gpu()], &manifests()).unwrap();
    let ids = manifests().map(|manifest| Digest(manifest.check().unwrap().id()));
    let [device] = &plan.devices[..] else { panic!("there is one") };
    let root = Digest(nvidia::roots().device.id());
    assert_eq!((device.id.root, &device.manifests[..]), (root, &ids[..]));
    assert_eq!((&device.responses, device.signature), (&gpu().responses(), [9; 64]));
    // Four certificates, the report, three responses.
    assert_eq!(device.signatures.len(), 8);
    for (manifest, id) in plan.manifests.iter().zip(ids) {
        assert_eq!((manifest.id, manifest.root, manifest.responses.len()), (id, root, 3));
        // The responses bound it: of 14:00 that day, for a day.
        assert_eq!((manifest.checked.window().not_after, manifest.signatures.len()), (1_790_085_600, 7));
    }
    assert_eq!(plan.manifests.len(), 2);
    let mut all: Vec<Digest> =
        device.signatures.iter().map(|one| checked_signature(&one.key, &one.message, &one.signature)).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8);
}

#[test]
fn a_manifest_of_other_software_is_left_out() {
    let newer = nvidia::Manifest::driver().changed(|manifest| manifest.version = "580.00".into());
    let [driver, firmware] = manifests();
    let plan = planned(&[gpu()], &[newer, driver, firmware]).unwrap();
    assert_eq!((plan.manifests.len(), plan.devices[0].manifests.len()), (2, 2));
}

#[test]
fn a_gpu_that_answers_another_statement_is_refused() {
    let said = why(planned(&[nvidia::Device::hopper()], &manifests()));
    assert_eq!(said, "the worker's GPU number 1: the evidence does not answer the expected nonce");
}

#[test]
fn a_gpu_whose_measurements_are_others_is_refused() {
    let changed = nvidia::Device { measurements: vec![[0; 48]; 64], ..gpu() };
    assert!(why(planned(&[changed], &manifests())).contains("measurement"));
}

#[test]
fn one_gpu_that_is_offered_twice_is_refused() {
    assert_eq!(why(planned(&[gpu(), gpu()], &manifests())), "the worker offers the same GPU twice");
}

#[test]
fn evidence_of_another_form_is_refused() {
    let offered = OfferedDevice { evidence: vec![0; 7], signature: [9; 64] };
    let said = why(plan(&[offered], &statement(), &[], &[], NOW));
    assert_eq!(said, "the worker's GPU number 1: its evidence is malformed or too long");
}

#[test]
fn a_response_that_nobody_entitled_signed_is_refused() {
    let device = gpu();
    let forged = nvidia::Ocsp::about(&device.chain, 1).changed(|response| response.signer = nvidia::key::STRANGER);
    let said = why(plan(&[offered(&device)], &statement(), &[], &[forged.der()], NOW));
    assert!(said.contains("ocsp response is signed neither"), "{said}");
}

#[test]
fn a_file_of_another_form_is_refused() {
    assert!(endorsements(b"{}").is_err());
    assert!(endorsements(br#"{ "manifests": [], "ocsp_responses": [] }"#).is_ok());
}
