//! The certificate of a versioned key: which chip or provider it belongs to, and for which firmware versions.
//! Source: AMD 57230 §3.1, extensions under 1.3.6.1.4.1.3704.1.

use der::{Tag, asn1::ObjectIdentifier};

use super::{
    MAX_SNP_CERTIFICATE_BYTES,
    product::SnpProduct,
    refusal::{SnpExtension, SnpRefusal},
    report::SnpKey,
    tcb::SnpTcb,
};
use crate::{
    signature::{PublicKey, Scheme},
    x509::{
        Fault,
        asn1::{Fields, NotDer},
        certificate::Certificate,
    },
};

const PRODUCT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.2");
const BOOT_LOADER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.1");
const TEE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.2");
const SNP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.3");
const RESERVED: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.4"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.5"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.6"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.7"),
];
const MICROCODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.8");
const FMC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3.9");
const HARDWARE_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.4");
const PROVIDER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.5");

/// The longest name of a provider.
const MAX_PROVIDER_BYTES: usize = 64;

/// The certificate of a versioned key.
pub(super) struct Vek<'a> {
    pub(super) certificate: Certificate<'a>,
    pub(super) key: SnpKey,
    public_key: &'a [u8; 96],
}

/// What the certificate's extensions say.
pub(super) struct Contents<'a> {
    /// Such as "Milan-B0".
    pub(super) product_name: &'a str,
    /// The firmware that the key belongs to.
    pub(super) tcb: SnpTcb,
    /// The chip that the key belongs to; a provider's key belongs to none.
    pub(super) hardware_id: Option<[u8; 64]>,
    /// The cloud provider that the key belongs to; a provider's key always has one.
    pub(super) provider: Option<&'a str>,
}

impl<'a> Vek<'a> {
    /// Reads the certificate. Its extensions are read once its product line is known.
    pub(super) fn parse(encoding: &'a [u8]) -> Result<Self, SnpRefusal> {
        let certificate = Certificate::parse(encoding, MAX_SNP_CERTIFICATE_BYTES, &[]).map_err(SnpRefusal::Vek)?;
        let name = certificate.common_name().map_err(|_| SnpRefusal::Vek(Fault::Malformed))?;
        let key = [SnpKey::Vcek, SnpKey::Vlek].into_iter().find(|key| key.subject() == name);
        let key = key.ok_or(SnpRefusal::Vek(Fault::Subject))?;
        let (Scheme::RsaPssSha384, PublicKey::P384(public_key)) = (certificate.scheme, certificate.public_key) else {
            return Err(SnpRefusal::Vek(Fault::Algorithm));
        };
        certificate.require_leaf().map_err(SnpRefusal::Vek)?;
        Ok(Self { key, public_key, certificate })
    }

    pub(super) fn public_key(&self) -> PublicKey<'a> {
        PublicKey::P384(self.public_key)
    }

    /// x ‖ y.
    pub(super) fn point(&self) -> &'a [u8; 96] {
        self.public_key
    }

    /// What AMD's extensions say, which depends on the product line.
    pub(super) fn contents(&self, product: SnpProduct) -> Result<Contents<'a>, SnpRefusal> {
        let provider = self.provider()?;
        let hardware_id = match self.key {
            SnpKey::Vcek => Some(self.hardware_id(product)?),
            // A provider's key that names none could not be told from that of a denied one.
            SnpKey::Vlek if provider.is_none() => return Err(SnpRefusal::Extension(SnpExtension::Provider)),
            SnpKey::Vlek => None,
        };
        Ok(Contents {
            product_name: self.text(PRODUCT_NAME).flatten().ok_or(SnpRefusal::Extension(SnpExtension::ProductName))?,
            tcb: self.tcb(product)?,
            hardware_id,
            provider,
        })
    }

    fn tcb(&self, product: SnpProduct) -> Result<SnpTcb, SnpRefusal> {
        let malformed = SnpRefusal::Extension(SnpExtension::Versions);
        let version = |oid| self.certificate.extension(oid).and_then(small_integer);
        for oid in RESERVED {
            if self.certificate.extension(oid).is_some_and(|value| small_integer(value) != Some(0)) {
                return Err(malformed);
            }
        }
        let fmc = match product {
            SnpProduct::Turin => version(FMC).ok_or(malformed)?,
            SnpProduct::Milan | SnpProduct::Genoa if self.certificate.extension(FMC).is_none() => 0,
            SnpProduct::Milan | SnpProduct::Genoa => return Err(malformed),
        };
        Ok(SnpTcb {
            fmc,
            boot_loader: version(BOOT_LOADER).ok_or(malformed)?,
            tee: version(TEE).ok_or(malformed)?,
            snp: version(SNP).ok_or(malformed)?,
            microcode: version(MICROCODE).ok_or(malformed)?,
        })
    }

    /// The identifier of the chip that the key belongs to, filled with zeros as in a report. The value stands there
    /// as it is, or inside an OCTET STRING; the length says which, never its first byte.
    fn hardware_id(&self, product: SnpProduct) -> Result<[u8; 64], SnpRefusal> {
        let malformed = SnpRefusal::Extension(SnpExtension::HardwareId);
        let value = self.certificate.extension(HARDWARE_ID).ok_or(malformed)?;
        let length = product.chip_id_bytes();
        let id = match value {
            id if id.len() == length => id,
            [4, inner, id @ ..] if id.len() == length && usize::from(*inner) == length => id,
            _ => return Err(malformed),
        };
        let mut padded = [0; 64];
        padded.get_mut(..length).ok_or(malformed)?.copy_from_slice(id);
        Ok(padded)
    }

    fn provider(&self) -> Result<Option<&'a str>, SnpRefusal> {
        match self.text(PROVIDER) {
            None => Ok(None),
            Some(Some(name)) if name.len() <= MAX_PROVIDER_BYTES => Ok(Some(name)),
            Some(_) => Err(SnpRefusal::Extension(SnpExtension::Provider)),
        }
    }

    /// `None` if there is no such extension, `Some(None)` if it is not an IA5String.
    fn text(&self, oid: ObjectIdentifier) -> Option<Option<&'a str>> {
        self.certificate.extension(oid).map(|value| text(value).ok())
    }
}

fn text(value: &[u8]) -> Result<&str, NotDer> {
    let mut fields = Fields::new(value)?;
    let text = fields.next(Tag::Ia5String)?;
    fields.finish()?;
    let text = core::str::from_utf8(text).map_err(|_| NotDer)?;
    if text.is_ascii() { Ok(text) } else { Err(NotDer) }
}

/// An INTEGER from 0 to 255.
fn small_integer(value: &[u8]) -> Option<u8> {
    let mut fields = Fields::new(value).ok()?;
    let number = fields.small_integer().ok()?;
    fields.finish().ok()?;
    u8::try_from(number).ok()
}
