//! AMD's reports in JSON: as Linux gives them (configfs-tsm), and field by field, as Confidential Containers' guests do.
//!
//! From fields the report's bytes are put together again. Its signature is over them, so that nothing rests on how that
//! is done here. Source of the layout: AMD 56860, "SEV Secure Nested Paging Firmware ABI", §7.3.

use adyton_attestation::snp::MAX_SNP_REPORT_BYTES;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    endorsement::Part,
    file::{File, decoded},
};

/// The most certificates of a host; a chain has three.
const MOST_CERTIFICATES: usize = 16;

/// The report in a file, and what stands beside it.
pub fn read(file: &File) -> Option<(Vec<u8>, Vec<Part>)> {
    if !file.starts_with(b"{") {
        return None;
    }
    let json: Value = serde_json::from_slice(&file.bytes).ok()?;
    of_kernel(&json).or_else(|| of_guest(json, file))
}

/// `outblob`, and the host's table of certificates as `auxblob`.
fn of_kernel(json: &Value) -> Option<(Vec<u8>, Vec<Part>)> {
    let blob = |name: &str| decoded(json.get(name)?.as_str()?.as_bytes());
    let table = blob("auxblob").filter(|table| table.iter().any(|byte| *byte != 0));
    Some((blob("outblob")?, table.map(Part::of_table).unwrap_or_default()))
}

/// The report's fields, and its host's certificates.
fn of_guest(json: Value, file: &File) -> Option<(Vec<u8>, Vec<Part>)> {
    let Guest { attestation_report, cert_chain } = serde_json::from_value(json).ok()?;
    let cert_chain = cert_chain.unwrap_or_default();
    if cert_chain.len() > MOST_CERTIFICATES {
        return None;
    }
    let parts = |entry: Entry| {
        let Entry { data } = entry;
        let content = File { path: file.path.clone(), bytes: data };
        Part::of(&content).unwrap_or_else(|_| vec![Part::Bytes(content.bytes)])
    };
    Some((attestation_report.bytes()?, cert_chain.into_iter().flat_map(parts).collect()))
}

#[derive(Deserialize)]
struct Guest {
    attestation_report: Fields,
    cert_chain: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    data: Vec<u8>,
}

#[derive(Deserialize)]
struct Tcb {
    /// From Turin on.
    fmc: Option<u8>,
    bootloader: u8,
    tee: u8,
    snp: u8,
    microcode: u8,
}

#[derive(Deserialize)]
struct Firmware {
    major: u8,
    minor: u8,
    build: u8,
}

#[derive(Deserialize)]
struct Signature {
    r: Vec<u8>,
    s: Vec<u8>,
}

#[derive(Deserialize)]
struct Fields {
    version: u32,
    guest_svn: u32,
    policy: u64,
    family_id: Vec<u8>,
    image_id: Vec<u8>,
    vmpl: u32,
    sig_algo: u32,
    current_tcb: Tcb,
    plat_info: u64,
    key_info: u32,
    report_data: Vec<u8>,
    measurement: Vec<u8>,
    host_data: Vec<u8>,
    id_key_digest: Vec<u8>,
    author_key_digest: Vec<u8>,
    report_id: Vec<u8>,
    report_id_ma: Vec<u8>,
    reported_tcb: Tcb,
    cpuid_fam_id: Option<u8>,
    cpuid_mod_id: Option<u8>,
    cpuid_step: Option<u8>,
    chip_id: Vec<u8>,
    committed_tcb: Tcb,
    current: Firmware,
    committed: Firmware,
    launch_tcb: Tcb,
    launch_mit_vector: Option<u64>,
    current_mit_vector: Option<u64>,
    signature: Signature,
}

impl Tcb {
    fn bytes(&self) -> [u8; 8] {
        let Self { bootloader, tee, snp, microcode, .. } = *self;
        match self.fmc {
            Some(fmc) => [fmc, bootloader, tee, snp, 0, 0, 0, microcode],
            None => [bootloader, tee, 0, 0, 0, 0, snp, microcode],
        }
    }
}

impl Firmware {
    fn bytes(&self) -> [u8; 4] {
        [self.build, self.minor, self.major, 0]
    }
}

impl Fields {
    /// The report, unless a list has another length than its field.
    fn bytes(&self) -> Option<Vec<u8>> {
        let exactly = |list: &[u8], length: usize| (list.len() == length).then(|| list.to_vec());
        let cpu = [self.cpuid_fam_id, self.cpuid_mod_id, self.cpuid_step].map(Option::unwrap_or_default);
        let mitigations = [self.launch_mit_vector, self.current_mit_vector].map(Option::unwrap_or_default);
        let report = [
            self.version.to_le_bytes().to_vec(),
            self.guest_svn.to_le_bytes().to_vec(),
            self.policy.to_le_bytes().to_vec(),
            exactly(&self.family_id, 16)?,
            exactly(&self.image_id, 16)?,
            self.vmpl.to_le_bytes().to_vec(),
            self.sig_algo.to_le_bytes().to_vec(),
            self.current_tcb.bytes().to_vec(),
            self.plat_info.to_le_bytes().to_vec(),
            self.key_info.to_le_bytes().to_vec(),
            vec![0; 4],
            exactly(&self.report_data, 64)?,
            exactly(&self.measurement, 48)?,
            exactly(&self.host_data, 32)?,
            exactly(&self.id_key_digest, 48)?,
            exactly(&self.author_key_digest, 48)?,
            exactly(&self.report_id, 32)?,
            exactly(&self.report_id_ma, 32)?,
            self.reported_tcb.bytes().to_vec(),
            cpu.to_vec(),
            vec![0; 21],
            exactly(&self.chip_id, 64)?,
            self.committed_tcb.bytes().to_vec(),
            self.current.bytes().to_vec(),
            self.committed.bytes().to_vec(),
            self.launch_tcb.bytes().to_vec(),
            mitigations.map(u64::to_le_bytes).concat(),
            vec![0; 152],
            exactly(&self.signature.r, 72)?,
            exactly(&self.signature.s, 72)?,
            vec![0; 368],
        ]
        .concat();
        (report.len() == MAX_SNP_REPORT_BYTES).then_some(report)
    }
}
