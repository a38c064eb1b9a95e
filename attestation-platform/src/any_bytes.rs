//! Whatever a device, a host or a service answers: nothing here panics, and nothing takes more memory than the
//! answer has.

use adyton_attestation::snp::{SnpKey, certificate_table};
use proptest::{collection::vec, prelude::*};
use std::{io, path::Path, sync::Arc};

use crate::{Entries, PlatformError, Tpm, azure, configfs_tsm, fetch, gramine, nitro, pem, report_data, tpm};

/// A TPM whose answers have the right head, so that their content is read.
struct AnyTpm(Vec<u8>);

impl Tpm for AnyTpm {
    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>> {
        let length = u32::try_from(10 + self.0.len()).unwrap();
        Ok([&command[..2], &length.to_be_bytes(), &[0; 4], &self.0].concat())
    }
}

/// A folder in which every file has the same content.
struct AnyFiles(Vec<u8>);

impl Entries for AnyFiles {
    fn make(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn read(&self, _: &Path, limit: usize) -> io::Result<Vec<u8>> {
        Ok(self.0[..self.0.len().min(limit)].to_vec())
    }

    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn any_certificate_table(bytes in vec(any::<u8>(), 0..400)) {
        for key in [SnpKey::Vcek, SnpKey::Vlek] {
            let found = certificate_table::certificates(&bytes).unwrap_or_default();
            prop_assert!(found.chain_of(Some(key)).iter().all(|certificate| certificate.len() <= bytes.len()));
        }
    }

    #[test]
    fn any_evidence(bytes in vec(any::<u8>(), 0..1400)) {
        let _ = report_data::require_in_tdx_quote(&bytes, &[0; 64]);
        let _ = report_data::require_in_sgx_quote(&bytes, &[0; 64]);
        let _ = report_data::require_in_snp_report(&bytes, &[0; 64]);
    }

    #[test]
    fn any_answer_of_a_security_module(bytes in vec(any::<u8>(), 0..400)) {
        prop_assert!(nitro::read(&bytes, &[0; 64]).is_err());
    }

    #[test]
    fn any_answer_of_a_tpm(bytes in vec(any::<u8>(), 0..200)) {
        let tpm = AnyTpm(bytes);
        let _ = tpm::read_nv(&tpm, 1, 4096);
        let _ = tpm::read_rsa_key(&tpm, 1);
        let _ = tpm::pcr_values(&tpm);
        prop_assert!(tpm::quote(&tpm, 1, &[7; 32]).is_err());
        prop_assert!(azure::hardware(&tpm).is_err());
    }

    #[test]
    fn any_report_of_a_paravisor(mut bytes in vec(any::<u8>(), 1236..1400), kind in 0u32..6, length in 0u32..300) {
        bytes[..4].copy_from_slice(b"HCLA");
        bytes[1224..1228].copy_from_slice(&kind.to_le_bytes());
        bytes[1232..1236].copy_from_slice(&length.to_le_bytes());
        prop_assert!(azure::ParavisorReport::read(bytes).is_err());
    }

    #[test]
    fn any_file_of_the_kernel_or_of_gramine(bytes in vec(any::<u8>(), 0..200)) {
        let files: Arc<dyn Entries> = Arc::new(AnyFiles(bytes));
        let _ = configfs_tsm::provider_name(Path::new("/"), Arc::clone(&files));
        let found = gramine::attestation_type("/".into(), files);
        prop_assert!(found.is_ok() || matches!(found, Err(PlatformError::TooLarge)));
    }

    #[test]
    fn any_text_of_a_service(text in "\\PC{0,200}", bytes in vec(any::<u8>(), 0..300)) {
        let _ = pem::certificates(&text);
        fetch::read_anything(&text, &bytes);
    }
}
