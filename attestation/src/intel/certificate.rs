//! Certificates in the one profile that Intel's provisioning infrastructure uses.
//! Source: RFC 5280; Intel SGX PCK Certificate and CRL Profile Specification.

use der::asn1::ObjectIdentifier;

use super::refusal;
use crate::{
    Document, IntelRefusal,
    signature::{PublicKey, Scheme, SignatureVerifier},
    x509::{
        Window,
        asn1::Serial,
        certificate::{self as x509, CRL_SIGN, DIGITAL_SIGNATURE, KEY_CERT_SIGN},
    },
};

/// The longest certificate that is read; Intel's have about 700 to 1300 bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 4096;

/// The common name of the root's role.
pub const ROOT_NAME: &str = "Intel SGX Root CA";
/// The common name of the authority for multi-package platforms, which all TDX platforms are.
pub const PLATFORM_CA_NAME: &str = "Intel SGX PCK Platform CA";
/// The common name of the authority for single-package platforms.
pub const PROCESSOR_CA_NAME: &str = "Intel SGX PCK Processor CA";
/// The common name of a platform's certificate.
pub const PCK_NAME: &str = "Intel SGX PCK Certificate";
/// The common name of the signer of TCB information and enclave identities.
pub const TCB_SIGNER_NAME: &str = "Intel SGX TCB Signing";

/// What a certificate is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Root,
    PckCa,
    Pck,
    TcbSigner,
}

const SGX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113741.1.13.1");

/// A parsed certificate, borrowed from its encoding.
pub(crate) struct Certificate<'a> {
    document: Document,
    certificate: x509::Certificate<'a>,
    pub(crate) serial: Serial,
    /// The issuer's name, encoded.
    pub(crate) issuer: &'a [u8],
    /// The subject's name, encoded.
    pub(crate) subject: &'a [u8],
    common_name: &'a str,
    pub(crate) validity: Window,
    /// x ‖ y.
    pub(crate) public_key: [u8; 64],
}

impl<'a> Certificate<'a> {
    /// Parses one DER certificate; `document` is what refusals call it.
    pub(crate) fn parse(encoding: &'a [u8], document: Document) -> Result<Self, IntelRefusal> {
        let certificate = x509::Certificate::parse(encoding, MAX_CERTIFICATE_BYTES, &[SGX])
            .map_err(|fault| refusal(document, fault))?;
        let common_name = certificate.common_name().map_err(|_| IntelRefusal::Malformed(document))?;
        // The whole infrastructure is of one curve.
        let (Scheme::EcdsaP256Sha256, PublicKey::P256(public_key)) = (certificate.scheme, certificate.public_key)
        else {
            return Err(IntelRefusal::Malformed(document));
        };
        Ok(Self {
            document,
            serial: certificate.serial,
            issuer: certificate.issuer,
            subject: certificate.subject,
            common_name,
            validity: certificate.validity,
            public_key: *public_key,
            certificate,
        })
    }

    /// The common name of the subject.
    pub(crate) fn common_name(&self) -> &'a str {
        self.common_name
    }

    /// The contents of Intel's SGX extension.
    pub(crate) fn sgx_extension(&self) -> Option<&'a [u8]> {
        self.certificate.extension(SGX)
    }

    /// Requires the name and the usage of `role`.
    pub(crate) fn require_role(&self, role: Role) -> Result<(), IntelRefusal> {
        let names: &[&str] = match role {
            Role::Root => &[ROOT_NAME],
            Role::PckCa => &[PLATFORM_CA_NAME, PROCESSOR_CA_NAME],
            Role::Pck => &[PCK_NAME],
            Role::TcbSigner => &[TCB_SIGNER_NAME],
        };
        if !names.contains(&self.common_name) {
            return Err(IntelRefusal::CertificateName(self.document));
        }
        if self.usage_fits(role) { Ok(()) } else { Err(IntelRefusal::CertificateUsage(self.document)) }
    }

    fn usage_fits(&self, role: Role) -> bool {
        const AUTHORITY: u8 = KEY_CERT_SIGN | CRL_SIGN;
        let usage = self.certificate.key_usage.unwrap_or(0);
        let (is_authority, path_length) = (self.certificate.is_authority, self.certificate.path_length);
        let signs_both = is_authority == Some(true) && usage & AUTHORITY == AUTHORITY;
        match role {
            Role::Root => signs_both && path_length.is_none_or(|length| length >= 1),
            Role::PckCa => signs_both && path_length == Some(0),
            Role::Pck | Role::TcbSigner => {
                is_authority == Some(false)
                    && path_length.is_none()
                    && usage & DIGITAL_SIGNATURE != 0
                    && usage & AUTHORITY == 0
            }
        }
    }

    /// Requires that `now` is in its time.
    pub(crate) fn require_valid(&self, now: u64) -> Result<(), IntelRefusal> {
        self.validity.require(now).map_err(|fault| refusal(self.document, fault))
    }

    /// Requires that the issuer has the name `issuer` and the key `key`, and signed this.
    pub(crate) fn require_issuer(
        &self,
        issuer: Issuer<'_>,
        key: &[u8; 64],
        verifier: &impl SignatureVerifier,
    ) -> Result<(), IntelRefusal> {
        let fits = match issuer {
            Issuer::Name(name) => self.issuer == name,
            Issuer::Root => x509::common_name(self.issuer) == Ok(ROOT_NAME),
        };
        if !fits {
            return Err(IntelRefusal::Issuer(self.document));
        }
        self.require_signature(verifier, key)
    }

    /// Requires that `key` signed this.
    pub(crate) fn require_signature(
        &self,
        verifier: &impl SignatureVerifier,
        key: &[u8; 64],
    ) -> Result<(), IntelRefusal> {
        self.certificate
            .require_signature(PublicKey::P256(key), verifier)
            .map_err(|fault| refusal(self.document, fault))
    }
}

/// Whom a certificate has to name as its issuer.
#[derive(Clone, Copy)]
pub(crate) enum Issuer<'a> {
    /// Exactly this encoded name.
    Name(&'a [u8]),
    /// A root, of which only the key is pinned.
    Root,
}
