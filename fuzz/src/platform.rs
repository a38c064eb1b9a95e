//! What a machine's own devices and its host answer to the adapters that obtain evidence: the certificates beside an
//! SNP report, a security module's response, a TPM's answers with the paravisor's report among them.

use std::{
    io,
    path::Path,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use adyton_attestation::{
    azure::{HardwareKind, HclEvidence},
    snp::SnpProduct,
};
use adyton_attestation_platform::{
    AzureVtpm, ConfigfsTsm, Entries, Evidence, Hardware, Nitro, Patience, Platform, PlatformError, Provider,
    SecurityModule, Tpm,
};

use crate::{
    emulated_tpm::EmulatedTpm,
    machine::{self, Machine},
    nitro::{self, cbor},
    parts,
    server::RUNTIME,
    snp,
};

/// The longest certificate table that is read.
const MAX_TABLE_BYTES: usize = 16 * 1024;
/// The chip's certificate, its authority's and the root's, as AMD names them.
const TABLE: [[u8; 16]; 3] = [
    [0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd],
    [0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82],
    [0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae],
];
/// Of what comes from a TPM everything was taken where the adapter goes on to the metadata service, which is not there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The kernel's folder of an SNP guest whose host puts `table` beside the report.
struct Guest {
    table: Vec<u8>,
    writes: AtomicU64,
}

static SNP_REPORT: LazyLock<Vec<u8>> = LazyLock::new(|| snp::good(SnpProduct::Genoa).evidence().report);

impl Entries for Guest {
    fn make(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut content = match path.file_name().and_then(|name| name.to_str()) {
            Some("provider") => b"sev_guest\n".to_vec(),
            Some("generation") => self.writes.load(Ordering::SeqCst).to_string().into_bytes(),
            Some("outblob") => SNP_REPORT.clone(),
            Some("auxblob") => self.table.clone(),
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        content.truncate(limit);
        Ok(content)
    }

    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

fn with_table(table: &[u8]) -> Result<Evidence, PlatformError> {
    let guest = Guest { table: table.to_vec(), writes: AtomicU64::new(0) };
    let platform = ConfigfsTsm::with_entries("/".into(), Provider::SevGuest, Arc::new(guest));
    RUNTIME.block_on(platform.evidence(snp::REPORT_DATA))
}

/// The table of certificates that a host puts beside an SNP report: whatever it is, the guest has its report.
pub fn guest_table(data: &[u8]) {
    match with_table(data) {
        Ok(evidence) => {
            assert_eq!(evidence.bytes, *SNP_REPORT, "the report is the guest's own");
            assert!(evidence.certificates.len() <= 4, "no chain is longer");
            assert!(evidence.certificates.iter().all(|certificate| certificate.len() <= data.len()), "they are in it");
        }
        Err(error) => assert!(data.len() > MAX_TABLE_BYTES, "a guest has no report: {error}"),
    }
}

/// Seeds of [`guest_table`].
pub fn guest_tables() -> Vec<Vec<u8>> {
    let begin = (TABLE.len() + 1) * 24;
    let mut table = Vec::new();
    for (place, guid) in TABLE.iter().enumerate() {
        table.extend_from_slice(guid);
        table.extend_from_slice(&((begin + place * 64) as u32).to_le_bytes());
        table.extend_from_slice(&64u32.to_le_bytes());
    }
    table.resize(begin, 0);
    table.resize(begin + TABLE.len() * 64, 0x30);
    vec![table, vec![0; 48]]
}

/// A security module that always answers the same.
struct Module(Vec<u8>);

impl SecurityModule for Module {
    fn exchange(&self, _: &[u8]) -> io::Result<Vec<u8>> {
        Ok(self.0.clone())
    }
}

fn of_module(response: &[u8]) -> Result<Vec<u8>, PlatformError> {
    let platform = Nitro::with_module(Arc::new(Module(response.to_vec())));
    RUNTIME.block_on(platform.quote(nitro::USER_DATA))
}

/// A response of a Nitro Security Module.
pub fn nsm_answer(data: &[u8]) {
    if let Ok(document) = of_module(data) {
        assert!(document.len() <= data.len(), "it is in the response");
    }
}

/// Seeds of [`nsm_answer`].
pub fn nsm_answers() -> Vec<Vec<u8>> {
    let document = cbor::map(&[(cbor::text("document"), cbor::bytes(&nitro::plan().issue()))]);
    let answer = cbor::map(&[(cbor::text("Attestation"), document)]);
    let error = cbor::map(&[(cbor::text("Error"), cbor::text("InvalidArgument"))]);
    vec![answer, error]
}

/// A TPM whose answers are written down.
struct Recorded {
    tpm: EmulatedTpm,
    answers: Mutex<Vec<Vec<u8>>>,
}

impl Tpm for Recorded {
    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>> {
        let answer = self.tpm.exchange(command)?;
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer.clone());
        Ok(answer)
    }
}

/// A TPM that gives these answers, the last of them first, and then none.
struct Replayed(Mutex<Vec<Vec<u8>>>);

impl Tpm for Replayed {
    fn exchange(&self, _: &[u8]) -> io::Result<Vec<u8>> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        next.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

fn platform(tpm: Arc<dyn Tpm>) -> AzureVtpm {
    let soon = Duration::from_millis(200);
    let patience = Patience { connect: soon, answer: soon, attempts: 1, first_pause: soon, longest_pause: soon };
    AzureVtpm::with_tpm(tpm, Hardware::Snp, NOWHERE.into(), patience).expect("there is a client for http")
}

/// What a good TPM answers, from the first command to the last.
static ANSWERS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let (HclEvidence::Report(report) | HclEvidence::RuntimeData(report)) =
        Machine::good(HardwareKind::Snp).make().evidence.hcl;
    let tpm = EmulatedTpm::new(machine::attestation_key().modulus.clone(), report);
    let recorded = Arc::new(Recorded { tpm, answers: Mutex::default() });
    let tpm: Arc<dyn Tpm> = recorded.clone();
    let result = RUNTIME.block_on(platform(tpm).evidence(snp::REPORT_DATA));
    assert!(matches!(result, Err(PlatformError::Metadata(_))), "the good TPM's answers are taken");
    std::mem::take(&mut *recorded.answers.lock().unwrap_or_else(PoisonError::into_inner))
});

/// One platform for all inputs, because a client for HTTP takes long to make.
static REPLAYED: LazyLock<Mutex<(Arc<Replayed>, AzureVtpm)>> = LazyLock::new(|| {
    let replayed = Arc::new(Replayed(Mutex::default()));
    let tpm: Arc<dyn Tpm> = replayed.clone();
    Mutex::new((replayed, platform(tpm)))
});

fn with_answers(answers: &[Vec<u8>]) -> Result<Evidence, PlatformError> {
    let replayed = REPLAYED.lock().unwrap_or_else(PoisonError::into_inner);
    let (tpm, platform) = &*replayed;
    *tpm.0.lock().unwrap_or_else(PoisonError::into_inner) = answers.iter().rev().cloned().collect();
    RUNTIME.block_on(platform.evidence(snp::REPORT_DATA))
}

/// What is behind the head of one of a TPM's answers, which the first byte chooses; the others are good.
pub fn vtpm_answer(data: &[u8]) {
    let Some((place, rest)) = data.split_first() else { return };
    let mut answers = ANSWERS.clone();
    let Some(place) = usize::from(*place).checked_rem(answers.len()) else { return };
    let answer = &mut answers[place];
    answer.truncate(10);
    answer.extend_from_slice(rest);
    let length = u32::try_from(answer.len()).expect("inputs are short");
    answer[2..6].copy_from_slice(&length.to_be_bytes());
    assert!(with_answers(&answers).is_err(), "evidence without a metadata service");
}

/// Seeds of [`vtpm_answer`].
pub fn vtpm_answers() -> Vec<Vec<u8>> {
    parts::chosen(ANSWERS.iter().map(|answer| answer[10..].to_vec())).collect()
}

/// Whether honest answers are taken: without that, the targets would test little.
pub fn accepts_its_seeds() -> bool {
    let has_chain = with_table(&guest_tables()[0]).is_ok_and(|evidence| evidence.certificates.len() == TABLE.len());
    let has_document = of_module(&nsm_answers()[0]).is_ok();
    let is_taken = matches!(with_answers(&ANSWERS), Err(PlatformError::Metadata(_)));
    has_chain && has_document && is_taken
}
