//! Whatever is in a file: nothing here panics.

use proptest::{collection::vec, prelude::*};

use crate::{Sha384Digest, firmware::fake::firmware, nitro, sgx, snp, tdx};

/// Bytes at places of a file that is good.
fn spoiled(mut file: Vec<u8>, changes: &[(usize, u8)]) -> Vec<u8> {
    let length = file.len();
    for (at, value) in changes {
        file[at % length] = *value;
    }
    file
}

/// Changes near the end, where the firmware's table and descriptions are.
fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    vec((3600..4096_usize, any::<u8>()), 0..6)
}

proptest! {
    #[test]
    fn any_firmware(changes in changes(), description in vec(any::<u8>(), 0..200)) {
        let guids = [snp::sections::DESCRIPTION, tdx::metadata::METADATA];
        let described = guids.map(|guid| (guid, description.clone()));
        let file = spoiled(firmware(1, &[(snp::sections::RESET, vec![0; 4]), (snp::sections::HASHES, vec![0; 8])], &described), &changes);
        let machine = snp::Machine { vcpus: 1, vcpu: snp::Processor::of_signature(0), guest_features: 1 };
        let boot = snp::Boot::new(b"", b"", "");
        let _ = snp::launch_digest(&file, Some(&boot), &machine);
        let _ = snp::launch_digest(&file, None, &machine);
        let _ = tdx::mrtd(&file);
    }

    #[test]
    fn any_kernel(mut kernel in vec(any::<u8>(), 0..700), place in 0_u8..200) {
        if let Some(head) = kernel.get_mut(..0x40) {
            head[..2].copy_from_slice(b"MZ");
            head[0x3C..].copy_from_slice(&[place, 0, 0, 0]);
        }
        if let Some(head) = kernel.get_mut(usize::from(place)..usize::from(place) + 26) {
            head[..4].copy_from_slice(b"PE\0\0");
            head[24..].copy_from_slice(&[0x0B, 2]);
        }
        let _ = tdx::boot_registers(&kernel, "", Sha384Digest::ZERO, tdx::InitrdName::First);
    }

    #[test]
    fn any_enclave_image(mut bytes in vec(any::<u8>(), 0..1200), count in 0_u8..4) {
        if let Some(head) = bytes.get_mut(..28) {
            head.copy_from_slice(&[&b".eif\0\x04"[..], &[0; 21], &[count]].concat());
        }
        prop_assert!(nitro::registers(&bytes[..]).is_err());
        let _ = sgx::Signature::read(&bytes);
    }
}
