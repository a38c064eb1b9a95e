//! The GPUs and switches that a worker has shown, as the chain has them.

use std::collections::BTreeSet;

use adyton_client::{
    Client,
    chain::facts::device_keys,
    protocol::{
        device::{DeviceRecord, WorkerDevices},
        ids::WorkerId,
        record::WorkerRecord,
        storage,
    },
};
use anyhow::Result;
use serde_json::{Value, json};

use super::date;

/// A device, and whether it counts or why not.
pub struct Device {
    record: DeviceRecord,
    valid: Result<(), String>,
}

/// The devices of a worker, whose own evidence is another question.
pub async fn of(client: &Client, id: &WorkerId, worker: &WorkerRecord) -> Result<Vec<Device>> {
    let Some(shown) = client.facts(&[storage::devices(id)]).await?.devices(id)? else { return Ok(Vec::new()) };
    let keys: BTreeSet<Vec<u8>> = shown.devices.iter().flat_map(|device| device_keys(&device.id)).collect();
    let keys: Vec<Vec<u8>> = keys.into_iter().collect();
    let facts = client.facts(&keys).await?;
    let WorkerDevices { devices, .. } = &shown;
    devices
        .iter()
        .map(|record| {
            let valid = shown.valid(record, worker, &facts.device_facts(&record.id)?);
            Ok(Device { record: record.clone(), valid: valid.map_err(|why| why.to_string()) })
        })
        .collect()
}

/// For programs.
pub fn as_json(devices: &[Device]) -> Value {
    let one = |Device { record, valid }: &Device| {
        json!({
            "device": record.id.to_string(),
            "root": record.id.root,
            "architecture": record.architecture,
            "driver": record.driver.map(|driver| driver.to_string()),
            "firmware": record.firmware.to_string(),
            "measurement": record.measurement,
            "driver_manifest": record.driver_manifest,
            "firmware_manifest": record.firmware_manifest,
            "mode": record.mode,
            "asked_at": record.asked_at,
            "judged_at": record.judged_at,
            "valid_until": record.valid_until,
            "valid": valid.is_ok(),
            "why_not": valid.as_ref().err(),
        })
    };
    devices.iter().map(one).collect()
}

/// For people: a line for each, with the indentation of `adyton worker show`.
pub fn lines(devices: &[Device]) -> String {
    devices.iter().map(line).collect()
}

fn line(Device { record, valid }: &Device) -> String {
    let driver = record.driver.map_or(String::new(), |driver| format!("driver {driver}, "));
    let verdict = match valid {
        Ok(()) => format!("valid until {}", date(record.valid_until)),
        Err(why) => format!("NOT valid: {why}"),
    };
    let (architecture, mode) = (record.architecture.name(), record.mode.name());
    format!("\n  device       {architecture} {}, {driver}firmware {}, {mode}: {verdict}", record.id, record.firmware)
}

#[cfg(test)]
mod tests {
    use adyton_client::protocol::{
        device::{Architecture, DeviceId, Driver, Firmware, Mode},
        ids::Digest,
    };

    use super::*;

    fn device(valid: Result<(), String>) -> Device {
        let record = DeviceRecord {
            id: DeviceId { root: Digest([1; 32]), serial: [2; 20] },
            architecture: Architecture::Hopper,
            driver: Some(Driver { branch: 570, release: 86, patch: Some(10) }),
            firmware: Firmware([0x96, 0, 0xaf, 0, 1]),
            measurement: Digest([3; 32]),
            driver_manifest: None,
            firmware_manifest: None,
            mode: Mode::SingleGpu,
            asked_at: 1,
            judged_at: 2,
            valid_until: 1_800_000_000,
            evidence: Digest([6; 32]),
        };
        Device { record, valid }
    }

    #[test]
    fn a_device_is_shown_in_a_line_with_its_versions_and_whether_it_counts() {
        let id = "02".repeat(20);
        let good = format!("\n  device       hopper {id}, driver 570.86.10, firmware 96.00.AF.00.01, single-gpu: ");
        assert_eq!(lines(&[device(Ok(()))]), format!("{good}valid until 2027-01-15 08:00 UTC"));
        assert_eq!(lines(&[device(Err("it is denied".into()))]), format!("{good}NOT valid: it is denied"));
        assert_eq!(lines(&[]), "");
    }

    #[test]
    fn programs_read_the_same() {
        let json = as_json(&[device(Ok(())), device(Err("it is denied".into()))]);
        assert_eq!((&json[0]["architecture"], &json[0]["mode"]), (&json!("hopper"), &json!("single-gpu")));
        assert_eq!((&json[0]["driver"], &json[0]["valid"]), (&json!("570.86.10"), &json!(true)));
        assert_eq!((&json[1]["valid"], &json[1]["why_not"]), (&json!(false), &json!("it is denied")));
    }
}
