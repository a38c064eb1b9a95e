//! Certificates in the shape of Intel's (Intel SGX PCK Certificate and CRL Profile Specification).

use crate::{
    ORGANISATION, asn1,
    keys::{Key, Keys},
};

const SGX: &str = "1.2.840.113741.1.13.1";

/// A name of two attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The role, which verifiers check.
    pub common_name: String,
    /// Who it is; by default [`ORGANISATION`].
    pub organisation: String,
}

impl Name {
    pub(crate) fn of_role(common_name: &str) -> Self {
        Self { common_name: common_name.into(), organisation: ORGANISATION.into() }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let attribute = |oid, text: &str| asn1::set(&[asn1::sequence(&[asn1::oid(oid), asn1::text(text)])]);
        asn1::sequence(&[attribute("2.5.4.3", &self.common_name), attribute("2.5.4.10", &self.organisation)])
    }
}

/// An extension in addition to the usual ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Dotted object identifier.
    pub oid: String,
    /// Whether who does not know it must refuse.
    pub critical: bool,
    /// The DER encoding inside.
    pub value: Vec<u8>,
}

/// Everything in a certificate. Whatever is changed before issuing is signed as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePlan {
    /// Who it is about.
    pub subject: Name,
    /// Who is named as issuer.
    pub issuer: Name,
    /// The subject's key.
    pub key: Key,
    /// The key that signs.
    pub signer: Key,
    /// The serial number.
    pub serial: [u8; 20],
    /// First second (Unix).
    pub not_before: u64,
    /// Last second (Unix).
    pub not_after: u64,
    /// Basic constraints; `None` leaves the extension out.
    pub is_authority: Option<bool>,
    /// Path length constraint.
    pub path_length: Option<u8>,
    /// Key usage, first octet of the bit string; `None` leaves the extension out.
    pub key_usage: Option<u8>,
    /// Intel's extension, for platforms.
    pub sgx: Option<SgxPlan>,
    /// More extensions, after the others.
    pub extensions: Vec<Extension>,
}

impl CertificatePlan {
    pub(crate) fn issue(&self, keys: &Keys) -> Vec<u8> {
        let public_key = [&[4][..], &keys.public(&self.key)].concat();
        let algorithm = asn1::sequence(&[asn1::oid("1.2.840.10045.2.1"), asn1::oid("1.2.840.10045.3.1.7")]);
        let signed = asn1::sequence(&[
            asn1::tagged(0, &asn1::integer(&[2])),
            asn1::integer(&self.serial),
            asn1::ecdsa_with_sha256(),
            self.issuer.encode(),
            asn1::sequence(&[asn1::time(self.not_before), asn1::time(self.not_after)]),
            self.subject.encode(),
            asn1::sequence(&[algorithm, asn1::bit_string(&public_key)]),
            asn1::tagged(3, &asn1::sequence(&self.extensions())),
        ]);
        let signature = asn1::bit_string(&keys.sign_der(&self.signer, &signed));
        asn1::sequence(&[signed, asn1::ecdsa_with_sha256(), signature])
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        if let Some(usage) = self.key_usage {
            let unused = usage.trailing_zeros().min(7) as u8;
            all.push(extension("2.5.29.15", true, &asn1::value(asn1::BIT_STRING, &[unused, usage])));
        }
        if let Some(is_authority) = self.is_authority {
            let mut fields = Vec::new();
            if is_authority {
                fields.push(asn1::boolean(true));
            }
            if let Some(length) = self.path_length {
                fields.push(asn1::integer(&[length]));
            }
            all.push(extension("2.5.29.19", true, &asn1::sequence(&fields)));
        }
        if let Some(sgx) = &self.sgx {
            all.push(extension(SGX, false, &sgx.encode()));
        }
        all.extend(self.extensions.iter().map(|one| extension(&one.oid, one.critical, &one.value)));
        all
    }
}

pub(crate) fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut fields = vec![asn1::oid(oid)];
    if critical {
        fields.push(asn1::boolean(true));
    }
    fields.push(asn1::value(asn1::OCTET_STRING, value));
    asn1::sequence(&fields)
}

/// Intel's extension about a platform. Sizes are not fixed, so that wrong ones can be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SgxPlan {
    /// Platform provisioning identifier, 16 bytes.
    pub ppid: Vec<u8>,
    /// 16 component numbers, each up to 255.
    pub components: Vec<u16>,
    /// Security version of the provisioning certification enclave.
    pub pce_svn: u16,
    /// Identifier of that enclave, 2 bytes.
    pub pce_id: Vec<u8>,
    /// Platform family, 6 bytes.
    pub fmspc: Vec<u8>,
    /// 0 standard, 1 scalable, 2 scalable with integrity.
    pub sgx_type: u8,
    /// Platform instance, 16 bytes; multi-package platforms only.
    pub platform_instance: Option<Vec<u8>>,
    /// Dynamic platform, cached keys, multithreading; multi-package platforms only.
    pub configuration: Option<[bool; 3]>,
    /// Fields that are written a second time, by their number.
    pub repeated: Vec<u8>,
}

impl SgxPlan {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let field = |number: u8, value: Vec<u8>| asn1::sequence(&[asn1::oid(&format!("{SGX}.{number}")), value]);
        let octets = |bytes: &[u8]| asn1::value(asn1::OCTET_STRING, bytes);
        let mut fields = vec![
            field(1, octets(&self.ppid)),
            field(2, self.encode_tcb()),
            field(3, octets(&self.pce_id)),
            field(4, octets(&self.fmspc)),
            field(5, asn1::value(asn1::ENUMERATED, &[self.sgx_type])),
        ];
        if let Some(instance) = &self.platform_instance {
            fields.push(field(6, octets(instance)));
        }
        if let Some(flags) = self.configuration {
            let flags = flags
                .iter()
                .zip(1..)
                .map(|(flag, number)| asn1::sequence(&[asn1::oid(&format!("{SGX}.7.{number}")), asn1::boolean(*flag)]));
            fields.push(field(7, asn1::sequence(&flags.collect::<Vec<_>>())));
        }
        for number in &self.repeated {
            if let Some(again) = fields.get(usize::from(*number).wrapping_sub(1)).cloned() {
                fields.push(again);
            }
        }
        asn1::sequence(&fields)
    }

    fn encode_tcb(&self) -> Vec<u8> {
        let field = |number: usize, value: Vec<u8>| asn1::sequence(&[asn1::oid(&format!("{SGX}.2.{number}")), value]);
        let mut fields: Vec<Vec<u8>> = self
            .components
            .iter()
            .zip(1..)
            .map(|(component, number)| field(number, asn1::integer(&component.to_be_bytes())))
            .collect();
        let cpu_svn: Vec<u8> = self.components.iter().map(|component| *component as u8).collect();
        fields.push(field(17, asn1::integer(&self.pce_svn.to_be_bytes())));
        fields.push(field(18, asn1::value(asn1::OCTET_STRING, &cpu_svn)));
        asn1::sequence(&fields)
    }
}
