//! The digest, page by page.

use crate::{Sha384Digest, firmware::PAGE};

/// Where the pages of registers are said to be: the highest page of the address space.
const REGISTERS_ADDRESS: u64 = 0x0000_FFFF_FFFF_F000;
/// The length of `PAGE_INFO`.
const PAGE_INFO_BYTES: u16 = 0x70;

/// `PAGE_TYPE` (AMD 56860, table "Encodings for the PAGE_TYPE field").
#[derive(Clone, Copy)]
#[repr(u8)]
enum PageType {
    Normal = 1,
    Registers = 2,
    Zero = 3,
    Secrets = 5,
    ProcessorId = 6,
}

/// A guest's launch digest so far.
#[derive(Clone, Copy)]
pub(super) struct Launch(Sha384Digest);

impl Launch {
    pub(super) fn new() -> Self {
        Self(Sha384Digest::ZERO)
    }

    pub(super) fn after(digest: Sha384Digest) -> Self {
        Self(digest)
    }

    pub(super) fn digest(self) -> Sha384Digest {
        self.0
    }

    /// Pages with content, beginning at `address`.
    pub(super) fn with_pages(self, address: u64, content: &[u8]) -> Self {
        let addresses = (address..).step_by(PAGE);
        content.chunks(PAGE).zip(addresses).fold(self, |launch, (page, address)| launch.with_content(address, page))
    }

    fn with_content(self, address: u64, page: &[u8]) -> Self {
        self.extended(PageType::Normal, address, Sha384Digest::of(&[page]))
    }

    /// The page of one virtual processor's registers.
    pub(super) fn with_registers(self, page: &[u8; PAGE]) -> Self {
        self.extended(PageType::Registers, REGISTERS_ADDRESS, Sha384Digest::of(&[page]))
    }

    /// `pages` pages of zeros.
    pub(super) fn with_zeros(self, address: u64, pages: u32) -> Self {
        let addresses = (address..).step_by(PAGE).take(pages as usize);
        addresses.fold(self, |launch, address| launch.extended(PageType::Zero, address, Sha384Digest::ZERO))
    }

    /// The page in which the secure processor puts the guest's secrets: its content is not measured.
    pub(super) fn with_secrets(self, address: u64) -> Self {
        self.extended(PageType::Secrets, address, Sha384Digest::ZERO)
    }

    /// The page of `CPUID` answers: its content is not measured.
    pub(super) fn with_processor_id(self, address: u64) -> Self {
        self.extended(PageType::ProcessorId, address, Sha384Digest::ZERO)
    }

    /// `PAGE_INFO`, whose digest is the new one: the digest so far, the content's, length, type, whether it is an
    /// initial migration image, permissions of the levels 3 to 1, a reserved byte, and the address.
    fn extended(self, kind: PageType, address: u64, content: Sha384Digest) -> Self {
        let [low, high] = PAGE_INFO_BYTES.to_le_bytes();
        let head = [low, high, kind as u8, 0, 0, 0, 0, 0];
        Self(Sha384Digest::of(&[&self.0.0, &content.0, &head, &address.to_le_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one page of the firmware that `virtee/sev-snp-measure` tests with has the first digest; they publish the
    /// second as that firmware's.
    #[test]
    fn the_chain_is_the_one_of_the_published_firmware_digest() {
        let content =
            "161ace084859674ded7322ad102eb33f49457e0f7845a8f9ad0e03a59eac3e3e360f8b78345363feaeac956ebba2d894";
        let launch = Launch::new().extended(PageType::Normal, 0xFFFF_F000, content.parse().unwrap());
        assert_eq!(
            launch.digest().to_string(),
            "086e2e9149ebf45abdc3445fba5b2da8270bdbb04094d7a2c37faaa4b24af3aa16aff8c374c2a55c467a50da6d466b74"
        );
    }

    #[test]
    fn page_info_is_as_long_as_it_says() {
        assert_eq!(48 + 48 + 8 + 8, usize::from(PAGE_INFO_BYTES));
    }

    #[test]
    fn each_page_counts_with_its_address() {
        let one = Launch::new().with_pages(0x1000, &[7; 2 * PAGE]).digest();
        let two = Launch::new().with_pages(0x1000, &[7; PAGE]).with_pages(0x2000, &[7; PAGE]).digest();
        assert_eq!(one, two);
        assert_ne!(one, Launch::new().with_pages(0x2000, &[7; 2 * PAGE]).digest());
        assert_eq!(
            Launch::new().with_zeros(0, 2).digest(),
            Launch::new().with_zeros(0, 1).with_zeros(0x1000, 1).digest()
        );
    }
}
