//! A platform's security versions, where a quote has them. Read them only of a quote that was found authentic.
//!
//! Source: Intel SGX PCK Certificate and CRL Profile Specification §1.3.5 (the platform's certificate); Intel TDX DCAP
//! quoting library API, appendix A (the quote).

use crate::attest::pem;

/// The bytes before a quote's body.
const HEADER: usize = 48;
/// The bytes of a TD report in a quote of version 4, and of an enclave's report.
const DOMAIN: usize = 584;
const ENCLAVE: usize = 384;
/// Where an enclave's report has its security version.
const ENCLAVE_SVN: usize = 258;
/// The attestation key's signature and the key, which stand before what certifies it.
const SIGNATURE_AND_KEY: usize = 128;
/// Type and size of certification data.
const DATA_HEADER: usize = 6;
/// The object identifier 1.2.840.113741.1.13.1.2, below which each component has its number, as DER with its tag and
/// the length of one that is one arc longer.
const TCB: [u8; 12] = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01, 0x02];
/// The number of the provisioning certification enclave's version.
const PCE_SVN: u8 = 17;

/// What a platform runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// The 16 SGX TCB components.
    pub components: [u16; 16],
    /// The provisioning certification enclave.
    pub pce: u16,
    /// The 16 TDX TCB components; `None` of an enclave's platform.
    pub tdx: Option<[u8; 16]>,
    /// The quoting enclave.
    pub quoting_enclave: u16,
}

impl Versions {
    /// Those in a quote.
    pub fn of(quote: &[u8]) -> Option<Self> {
        let (body, length, data_header) = match quote {
            [3, 0, ..] => (HEADER, ENCLAVE, 0),
            [4, 0, ..] => (HEADER, DOMAIN, DATA_HEADER),
            [5, 0, ..] => {
                let length = quote.get(HEADER + 2..)?.first_chunk().map(|size| u32::from_le_bytes(*size))?;
                (HEADER + 6, usize::try_from(length).ok()?, DATA_HEADER)
            }
            _ => return None,
        };
        let tdx = if data_header == 0 { None } else { Some(*quote.get(body..)?.first_chunk()?) };
        let report = body.checked_add(length)?.checked_add(4 + SIGNATURE_AND_KEY + data_header)?;
        let svn = quote.get(report.checked_add(ENCLAVE_SVN)?..)?.first_chunk()?;
        let certificate = platform_certificate(quote)?;
        let mut components = [0; 16];
        for (number, component) in (1..).zip(&mut components) {
            *component = version(&certificate, number)?;
        }
        let pce = version(&certificate, PCE_SVN)?;
        Some(Self { components, pce, tdx, quoting_enclave: u16::from_le_bytes(*svn) })
    }
}

/// The first certificate (DER) of the chain in a quote.
fn platform_certificate(quote: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    const END: &[u8] = b"-----END CERTIFICATE-----";
    let find = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
    let chain = quote.get(find(quote, BEGIN)?..)?;
    let first = chain.get(..find(chain, END)? + END.len())?;
    pem::certificates(first)?.into_iter().next()
}

/// The integer that follows the component's object identifier.
fn version(certificate: &[u8], number: u8) -> Option<u16> {
    let named = [&TCB[..], &[number]].concat();
    let at = certificate.windows(named.len()).position(|window| window == named)?;
    match certificate.get(at + named.len()..)? {
        [0x02, 1, value, ..] => Some(u16::from(*value)),
        [0x02, 2, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        [0x02, 3, 0, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_development_root::{DevelopmentRoot, Role};

    #[test]
    fn versions_are_where_the_quote_has_them() {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let plan = root.plan(&Role::new("worker").unwrap(), [0; 64], 1_800_000_000);
        let domain = Versions::of(&plan.issue().quote).unwrap();
        assert!(domain.tdx.is_some());
        let enclave = plan.for_enclave(1_800_000_000).issue().quote;
        let enclave = Versions::of(&enclave).unwrap();
        assert_eq!((enclave.components, enclave.pce, enclave.tdx), (domain.components, domain.pce, None));
        assert_eq!(enclave.quoting_enclave, domain.quoting_enclave);
    }

    #[test]
    fn what_is_no_quote_has_none() {
        for bytes in [&b""[..], &[4, 0], &[4; 700], &[5, 0, 0, 0]] {
            assert_eq!(Versions::of(bytes), None);
        }
        let mut huge = vec![0xff; 100];
        huge[..2].copy_from_slice(&[5, 0]);
        assert_eq!(Versions::of(&huge), None);
    }
}
