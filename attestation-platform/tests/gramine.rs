//! The adapter of Gramine's pseudo-files, against a folder that behaves like them.

use adyton_attestation::EvidenceKind;
use adyton_attestation_platform::{Entries, Gramine, Platform, PlatformError};
use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
};

const REPORT_DATA: [u8; 64] = [0xA5; 64];

/// Writing the user report data makes the next quote speak about it.
struct Emulation {
    attestation_type: &'static str,
    /// How many of the next writes another program follows with its own.
    interruptions: Mutex<u32>,
    written: Mutex<[u8; 64]>,
    quote_length: usize,
    /// Every file that was touched.
    touched: Mutex<Vec<String>>,
}

impl Default for Emulation {
    fn default() -> Self {
        Self {
            attestation_type: "dcap",
            interruptions: Mutex::new(0),
            written: Mutex::new([0; 64]),
            quote_length: 4600,
            touched: Mutex::default(),
        }
    }
}

impl Emulation {
    fn touch(&self, path: &Path) -> String {
        let file = path.strip_prefix("/dev/attestation").unwrap().to_str().unwrap().to_owned();
        self.touched.lock().unwrap().push(file.clone());
        file
    }
}

impl Entries for Emulation {
    fn make(&self, _: &Path) -> io::Result<()> {
        unreachable!("the files are Gramine's")
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut content = match self.touch(path).as_str() {
            "attestation_type" => self.attestation_type.as_bytes().to_vec(),
            "quote" => {
                let mut quote = vec![0; self.quote_length];
                quote[0] = 3;
                if let Some(place) = quote.get_mut(368..432) {
                    place.copy_from_slice(&*self.written.lock().unwrap());
                }
                quote
            }
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        content.truncate(limit);
        Ok(content)
    }

    fn write(&self, path: &Path, value: &[u8]) -> io::Result<()> {
        assert_eq!(self.touch(path), "user_report_data");
        let mut interruptions = self.interruptions.lock().unwrap();
        let interrupted = *interruptions > 0;
        *interruptions = interruptions.saturating_sub(1);
        *self.written.lock().unwrap() = if interrupted { [0xEE; 64] } else { value.try_into().unwrap() };
        Ok(())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        unreachable!("the files are Gramine's")
    }
}

fn gramine(emulation: &Arc<Emulation>) -> Gramine {
    Gramine::with_entries("/dev/attestation".into(), Arc::clone(emulation) as _)
}

#[tokio::test]
async fn a_quote_carries_the_report_data_and_no_key_is_touched() {
    let emulation = Arc::new(Emulation::default());
    let platform = gramine(&emulation);
    let quote = platform.quote(REPORT_DATA).await.unwrap();
    assert_eq!((quote.len(), &quote[368..432]), (4600, &REPORT_DATA[..]));
    assert_eq!(platform.kind(), EvidenceKind::IntelSgx);
    assert!(platform.sealing_key(b"share").await.unwrap().is_none());
    assert_eq!(*emulation.touched.lock().unwrap(), ["attestation_type", "user_report_data", "quote"]);
}

#[tokio::test]
async fn an_attestation_type_other_than_dcap_is_refused_before_anything_is_written() {
    for attestation_type in ["none", "none\n", "epid", "", "dcap2", "DCAP"] {
        let emulation = Arc::new(Emulation { attestation_type, ..Emulation::default() });
        let error = gramine(&emulation).quote(REPORT_DATA).await.unwrap_err();
        assert!(matches!(error, PlatformError::NotAttesting { .. }), "{attestation_type:?}: {error}");
        assert!(error.to_string().contains("wanted dcap"), "{error}");
        assert_eq!(*emulation.touched.lock().unwrap(), ["attestation_type"]);
    }
}

#[tokio::test]
async fn a_quote_about_another_programs_report_data_is_asked_for_again_and_at_last_given_up() {
    let emulation = Arc::new(Emulation { interruptions: Mutex::new(3), ..Emulation::default() });
    assert_eq!(gramine(&emulation).quote(REPORT_DATA).await.unwrap()[368..432], REPORT_DATA);
    let emulation = Arc::new(Emulation { interruptions: Mutex::new(u32::MAX), ..Emulation::default() });
    let error = gramine(&emulation).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::Conflict), "{error}");
}

#[tokio::test]
async fn a_quote_that_is_too_short_or_too_long_is_refused() {
    let emulation = Arc::new(Emulation { quote_length: 400, ..Emulation::default() });
    let error = gramine(&emulation).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::Malformed(_)), "{error}");
    let emulation = Arc::new(Emulation { quote_length: 100_000, ..Emulation::default() });
    let error = gramine(&emulation).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::TooLarge), "{error}");
}

#[tokio::test]
async fn a_machine_without_gramine_gives_a_clear_error() {
    let error = Gramine::new("/nonexistent/attestation".into()).quote(REPORT_DATA).await.unwrap_err();
    assert!(error.to_string().contains("Gramine"), "{error}");
}
