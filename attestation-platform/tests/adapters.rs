//! The adapters of the kernel's folder and of a device behind a socket: against an emulated folder and the real
//! development device.

use adyton_attestation::{EvidenceKind, IntelPolicy, verify_collateral, verify_tdx};
use adyton_attestation_platform::{
    ConfigfsTsm, Entries, KernelEntries, Platform, PlatformConfig, PlatformError, Provider, Socket,
    device::{self, Request, Response},
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role, server::Server};
use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::{
    io::AsyncWriteExt,
    net::{UnixListener, UnixStream},
};

const REPORT_DATA: [u8; 64] = [0xA5; 64];

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([3; 32])
}

fn worker() -> Role {
    Role::new("worker").unwrap()
}

/// A folder in which making an entry, writing to it and removing it does what the kernel does.
pub struct Emulation {
    pub provider: &'static str,
    /// How many of the next writes somebody else follows with another one.
    pub interruptions: Mutex<u32>,
    /// Instead of a quote over what was written.
    pub answer: Option<Vec<u8>>,
    /// What the host puts beside it.
    pub certificates: Option<Vec<u8>>,
}

impl Default for Emulation {
    fn default() -> Self {
        Self { provider: "tdx_guest\n", interruptions: Mutex::new(0), answer: None, certificates: None }
    }
}

impl Emulation {
    pub fn snp() -> Self {
        Self { provider: "sev_guest\n", ..Self::default() }
    }

    fn platform(self, folder: &Path) -> ConfigfsTsm {
        ConfigfsTsm::with_entries(folder.to_owned(), Provider::TdxGuest, Arc::new(self))
    }

    pub fn snp_platform(self, folder: &Path) -> ConfigfsTsm {
        ConfigfsTsm::with_entries(folder.to_owned(), Provider::SevGuest, Arc::new(self))
    }

    fn evidence(&self, report_data: [u8; 64]) -> Vec<u8> {
        match (&self.answer, self.provider.trim()) {
            (Some(answer), _) => answer.clone(),
            (None, "sev_guest") => snp_report(&report_data),
            (None, _) => root().device(worker()).quote(report_data),
        }
    }

    fn bump_generation(&self, entry: &Path) {
        let path = entry.join("generation");
        let number: u64 = fs::read_to_string(&path).unwrap().trim().parse().unwrap();
        fs::write(path, format!("{}\n", number + 1)).unwrap();
    }
}

impl Entries for Emulation {
    fn make(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)?;
        fs::write(path.join("provider"), self.provider)?;
        fs::write(path.join("generation"), "7\n")
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        KernelEntries.read(path, limit)
    }

    fn write(&self, path: &Path, value: &[u8]) -> io::Result<()> {
        assert_eq!(path.file_name().unwrap(), "inblob");
        let entry = path.parent().unwrap();
        let mut report_data: [u8; 64] = value.try_into().unwrap();
        self.bump_generation(entry);
        let mut interruptions = self.interruptions.lock().unwrap();
        if *interruptions > 0 {
            *interruptions -= 1;
            report_data = [0xEE; 64];
            self.bump_generation(entry);
        }
        if let Some(certificates) = &self.certificates {
            fs::write(entry.join("auxblob"), certificates)?;
        }
        fs::write(entry.join("outblob"), self.evidence(report_data))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
}

fn snp_report(report_data: &[u8; 64]) -> Vec<u8> {
    let mut report = vec![0; 1184];
    report[0] = 3;
    report[0x50..0x90].copy_from_slice(report_data);
    report
}

fn assert_empty(folder: &Path) {
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "the report was not removed");
}

#[tokio::test]
async fn a_quote_from_the_kernels_folder_verifies_and_its_entry_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let quote = Emulation::default().platform(folder.path()).quote(REPORT_DATA).await.unwrap();
    assert_verifies(&quote);
    assert_empty(folder.path());
}

fn assert_verifies(quote: &[u8]) {
    let now = 1_800_000_000;
    let collateral = verify_collateral(&root().collateral(now), &root().root(), now).unwrap();
    let verdict = verify_tdx(quote, &collateral, &root().root(), &IntelPolicy::strict(EVALUATION_NUMBER), now).unwrap();
    let verdict = verdict.bind(&REPORT_DATA).unwrap();
    assert_eq!(verdict.measurement_id, root().measurement(&worker()).id());
}

#[tokio::test]
async fn a_quote_that_somebody_else_interrupted_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let emulation = Emulation { interruptions: Mutex::new(3), ..Emulation::default() };
    assert_verifies(&emulation.platform(folder.path()).quote(REPORT_DATA).await.unwrap());
    assert_empty(folder.path());
}

#[tokio::test]
async fn a_report_that_somebody_else_keeps_changing_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let emulation = Emulation { interruptions: Mutex::new(u32::MAX), ..Emulation::default() };
    let error = emulation.platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::Conflict), "{error}");
    assert_empty(folder.path());
}

#[tokio::test]
async fn a_provider_other_than_tdx_guest_is_refused() {
    for provider in ["sev_guest\n", "arm_cca_guest", "none", "", "tdx_guest2"] {
        let folder = tempfile::tempdir().unwrap();
        let emulation = Emulation { provider, ..Emulation::default() };
        let error = emulation.platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
        assert!(matches!(error, PlatformError::Provider { .. }), "{provider:?}: {error}");
        assert_empty(folder.path());
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Emulation::default().snp_platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::Provider { .. }), "{error}");
}

#[tokio::test]
async fn an_snp_guest_hands_out_its_report_and_the_hosts_certificates() {
    let folder = tempfile::tempdir().unwrap();
    // One entry: the VCEK's GUID, offset 48, length 4; then the end of the table.
    let mut table = hex("63da758de6644564adc5f4b93be8accd3000000004000000");
    table.extend_from_slice(&[0; 24]);
    table.extend_from_slice(b"vcek");
    let platform = Emulation { certificates: Some(table), ..Emulation::snp() }.snp_platform(folder.path());
    let evidence = platform.evidence(REPORT_DATA).await.unwrap();
    assert_eq!((platform.kind(), evidence.kind), (EvidenceKind::AmdSnp, EvidenceKind::AmdSnp));
    assert_eq!(evidence.bytes, snp_report(&REPORT_DATA));
    assert_eq!(evidence.certificates, [b"vcek"]);
    assert_empty(folder.path());
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test]
async fn certificates_that_are_missing_or_malformed_do_not_stop_a_report() {
    for certificates in [None, Some(vec![]), Some(vec![9; 100])] {
        let folder = tempfile::tempdir().unwrap();
        let platform = Emulation { certificates, ..Emulation::snp() }.snp_platform(folder.path());
        assert!(platform.evidence(REPORT_DATA).await.unwrap().certificates.is_empty());
    }
}

#[tokio::test]
async fn an_snp_report_that_somebody_else_interrupted_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let emulation = Emulation { interruptions: Mutex::new(2), ..Emulation::snp() };
    let report = emulation.snp_platform(folder.path()).quote(REPORT_DATA).await.unwrap();
    assert_eq!(report, snp_report(&REPORT_DATA));
}

#[tokio::test]
async fn an_snp_report_of_another_length_or_over_other_report_data_is_refused() {
    let report = snp_report(&REPORT_DATA);
    let long = [&report[..], &[0; 32]].concat();
    for (answer, expected) in [
        (report[..1183].to_vec(), "not an attestation report"),
        (long, "larger than allowed"),
        (snp_report(&[0; 64]), "another request"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let emulation = Emulation { answer: Some(answer), ..Emulation::snp() };
        let error = emulation.snp_platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_empty(folder.path());
    }
}

#[tokio::test]
async fn a_quote_over_other_report_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let answer = Some(root().device(worker()).quote([0; 64]));
    let emulation = Emulation { answer, ..Emulation::default() };
    let error = emulation.platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::ReportData), "{error}");
    assert_empty(folder.path());
}

#[tokio::test]
async fn an_answer_that_is_too_short_or_too_long_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let emulation = Emulation { answer: Some(vec![4; 100]), ..Emulation::default() };
    let error = emulation.platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::Malformed(_)), "{error}");
    let emulation = Emulation { answer: Some(vec![0xA5; 100_000]), ..Emulation::default() };
    let error = emulation.platform(folder.path()).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::TooLarge), "{error}");
    assert_empty(folder.path());
}

#[tokio::test]
async fn a_machine_without_the_kernels_folder_gives_a_clear_error() {
    let platform = ConfigfsTsm::new("/nonexistent/tsm/report".into(), Provider::TdxGuest);
    let error = platform.quote(REPORT_DATA).await.unwrap_err();
    assert!(error.to_string().contains("configfs-tsm"), "{error}");
}

#[tokio::test]
async fn tdx_has_no_sealing_key() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Emulation::default().platform(folder.path()).sealing_key(b"share").await.unwrap().is_none());
}

#[test]
fn attestation_cannot_be_turned_off() {
    let config: PlatformConfig = serde_json::from_str(r#"{"type": "none"}"#).unwrap();
    assert!(matches!(config.open(), Err(PlatformError::AttestationOff)));
    assert!(serde_json::from_str::<PlatformConfig>(r#"{"type": "simulated"}"#).is_err());
    assert!(serde_json::from_str::<PlatformConfig>("{}").is_err());
}

#[test]
fn a_configuration_opens_the_adapter_that_it_names() {
    let config: PlatformConfig = serde_json::from_str(r#"{"type": "configfs-tsm"}"#).unwrap();
    assert_eq!(config.open().unwrap().name(), "configfs-tsm");
    for (config, name) in [
        (r#"{"type": "socket", "path": "/x", "role": "worker"}"#, "socket"),
        (r#"{"type": "configfs-tsm", "provider": "sev_guest"}"#, "configfs-tsm"),
        (r#"{"type": "gramine"}"#, "gramine"),
        (r#"{"type": "nitro"}"#, "nitro"),
        (r#"{"type": "azure-vtpm", "hardware": "snp"}"#, "azure-vtpm"),
    ] {
        let config: PlatformConfig = serde_json::from_str(config).unwrap();
        assert_eq!(config.open().unwrap().name(), name);
    }
    assert!(serde_json::from_str::<PlatformConfig>(r#"{"type": "azure-vtpm"}"#).is_err(), "its hardware is not said");
    assert!(serde_json::from_str::<PlatformConfig>(r#"{"type": "configfs-tsm", "debug": true}"#).is_err());
}

/// Serves the development device for roles `worker` and `keyholder`.
async fn serve(folder: &Path) -> (std::path::PathBuf, tokio::task::JoinHandle<()>) {
    let path = folder.join("device.sock");
    let roles = vec![worker(), Role::new("keyholder").unwrap()];
    let server = Server::bind(root(), roles, &path).await.unwrap();
    let task = tokio::spawn(async move { server.run().await.unwrap() });
    (path, task)
}

fn socket(path: &Path, role: &str) -> Socket {
    Socket::new(path.to_owned(), role.into())
}

#[tokio::test]
async fn a_quote_from_the_development_device_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _task) = serve(folder.path()).await;
    assert_verifies(&socket(&path, "worker").quote(REPORT_DATA).await.unwrap());
}

#[tokio::test]
async fn sealing_keys_are_stable_and_differ_by_role_and_label() {
    let folder = tempfile::tempdir().unwrap();
    let (path, task) = serve(folder.path()).await;
    let (worker, keyholder) = (socket(&path, "worker"), socket(&path, "keyholder"));
    let key = worker.sealing_key(b"one").await.unwrap().unwrap();
    assert_ne!(key, worker.sealing_key(b"two").await.unwrap().unwrap());
    assert_ne!(key, keyholder.sealing_key(b"one").await.unwrap().unwrap());

    task.abort();
    let _ = task.await;
    assert!(!path.exists(), "the socket was not removed");
    let (path, _task) = serve(folder.path()).await;
    assert_eq!(key, socket(&path, "worker").sealing_key(b"one").await.unwrap().unwrap());
}

#[tokio::test]
async fn the_device_refuses_a_role_that_it_was_not_started_for() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _task) = serve(folder.path()).await;
    for role in ["", "intruder", "Worker"] {
        let error = socket(&path, role).quote(REPORT_DATA).await.unwrap_err();
        assert!(matches!(error, PlatformError::Refused(_)), "{error}");
    }
}

#[tokio::test]
async fn the_device_closes_the_connection_on_a_message_beyond_its_bound_and_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _task) = serve(folder.path()).await;
    for message in [&u32::MAX.to_le_bytes()[..], &[3, 0, 0, 0, 9, 9, 9]] {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(message).await.unwrap();
        // Closed with or without unread bytes: no answer either way.
        assert!(!matches!(device::read::<Response>(&mut stream, 4096).await, Ok(Some(_))));
    }
    socket(&path, "worker").quote(REPORT_DATA).await.unwrap();
}

#[tokio::test]
async fn one_connection_carries_several_requests() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _task) = serve(folder.path()).await;
    let mut stream = UnixStream::connect(&path).await.unwrap();
    for label in [b"one".to_vec(), b"two".to_vec()] {
        let request = Request::SealingKey { role: "worker".into(), label };
        device::write(&mut stream, &request, 1024).await.unwrap();
        assert!(matches!(device::read(&mut stream, 4096).await.unwrap(), Some(Response::SealingKey(_))));
    }
}

#[tokio::test]
async fn a_label_beyond_its_bound_is_refused_before_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _task) = serve(folder.path()).await;
    let error = socket(&path, "worker").sealing_key(&[0; 2000]).await.unwrap_err();
    assert!(matches!(error, PlatformError::TooLarge), "{error}");
}

#[tokio::test]
async fn a_second_device_on_the_same_socket_is_refused_and_a_socket_left_behind_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap()); // as after kill -9
    let (path, _task) = serve(folder.path()).await;
    assert!(Server::bind(root(), vec![worker()], &path).await.is_err());
    let plain = folder.path().join("file");
    fs::write(&plain, "something of the user's").unwrap();
    assert!(Server::bind(root(), vec![worker()], &plain).await.is_err());
    assert_eq!(fs::read_to_string(&plain).unwrap(), "something of the user's");
}

#[tokio::test]
async fn only_the_owner_can_reach_the_device() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (path, _task) = serve(folder.path()).await;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_device_that_answers_for_other_report_data_or_off_topic_is_refused() {
    for (response, expected) in [
        (Response::Quote(root().device(worker()).quote([0; 64])), "another request"),
        (Response::Quote(vec![0; 10]), "not a quote"),
        (Response::SealingKey([0; 32]), "protocol"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("liar.sock");
        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            device::read::<Request>(&mut stream, 1024).await.unwrap();
            device::write(&mut stream, &response, 100_000).await.unwrap();
        });
        let error = socket(&path, "worker").quote(REPORT_DATA).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
