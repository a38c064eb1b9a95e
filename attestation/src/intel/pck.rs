//! What Intel's SGX extension in a platform's certificate says about the platform.
//! Source: Intel SGX PCK Certificate and CRL Profile Specification §1.3.5.

use der::{Tag, asn1::ObjectIdentifier};

use super::certificate::Certificate;
use crate::{
    Document, IntelRefusal,
    x509::asn1::{Fields, NotDer},
};

/// The platform behind a PCK certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Platform {
    pub(crate) ppid: [u8; 16],
    /// Security version numbers of the 16 SGX TCB components.
    pub(crate) components: [u8; 16],
    pub(crate) pce_svn: u16,
    pub(crate) pce_id: [u8; 2],
    pub(crate) fmspc: [u8; 6],
    pub(crate) sgx_type: SgxType,
    /// Only multi-package platforms have one.
    pub(crate) platform_instance: Option<[u8; 16]>,
    /// Only multi-package platforms have one.
    pub(crate) configuration: Option<Configuration>,
}

/// How a platform protects enclave memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SgxType {
    Standard,
    Scalable,
    ScalableWithIntegrity,
}

/// How a multi-package platform is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    pub(crate) dynamic_platform: bool,
    pub(crate) cached_keys: bool,
    pub(crate) smt: bool,
}

impl Platform {
    /// Reads the extension of `certificate`.
    pub(crate) fn of(certificate: &Certificate<'_>) -> Result<Self, IntelRefusal> {
        const MALFORMED: IntelRefusal = IntelRefusal::Malformed(Document::PckCertificate);
        let contents = certificate.sgx_extension().ok_or(MALFORMED)?;
        let fields = read(contents).map_err(|_| MALFORMED)?;
        let (components, pce_svn) = fields.tcb.ok_or(MALFORMED)?;
        Ok(Self {
            ppid: fields.ppid.ok_or(MALFORMED)?,
            components,
            pce_svn,
            pce_id: fields.pce_id.ok_or(MALFORMED)?,
            fmspc: fields.fmspc.ok_or(MALFORMED)?,
            sgx_type: fields.sgx_type.ok_or(MALFORMED)?,
            platform_instance: fields.platform_instance,
            configuration: fields.configuration,
        })
    }
}

#[derive(Default)]
struct Read {
    ppid: Option<[u8; 16]>,
    tcb: Option<([u8; 16], u16)>,
    pce_id: Option<[u8; 2]>,
    fmspc: Option<[u8; 6]>,
    sgx_type: Option<SgxType>,
    platform_instance: Option<[u8; 16]>,
    configuration: Option<Configuration>,
}

/// The last arc of an OID directly under `parent`. It is below 128 in all that are read here, and so one octet
/// (X.690 §8.19.2).
fn last_arc(oid: ObjectIdentifier, parent: ObjectIdentifier) -> Result<u8, NotDer> {
    match oid.as_bytes().strip_prefix(parent.as_bytes()) {
        Some([arc @ 0..=127]) => Ok(*arc),
        Some(_) | None => Err(NotDer),
    }
}

fn read(contents: &[u8]) -> Result<Read, NotDer> {
    const SGX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113741.1.13.1");
    let mut found = Read::default();
    let mut list = Fields::of_sequence(contents)?;
    while !list.is_empty() {
        let mut field = list.sequence()?;
        match last_arc(field.oid()?, SGX)? {
            1 => once(&mut found.ppid, octets(&mut field)?)?,
            2 => once(&mut found.tcb, tcb(field.sequence()?)?)?,
            3 => once(&mut found.pce_id, octets(&mut field)?)?,
            4 => once(&mut found.fmspc, octets(&mut field)?)?,
            5 => once(&mut found.sgx_type, sgx_type(field.next(Tag::Enumerated)?)?)?,
            6 => once(&mut found.platform_instance, octets(&mut field)?)?,
            7 => once(&mut found.configuration, configuration(field.sequence()?)?)?,
            _ => return Err(NotDer),
        }
        field.finish()?;
    }
    Ok(found)
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), NotDer> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(NotDer),
    }
}

fn octets<const N: usize>(field: &mut Fields<'_>) -> Result<[u8; N], NotDer> {
    field.next(Tag::OctetString)?.try_into().map_err(|_| NotDer)
}

/// The 16 component numbers, then PCESVN, then CPUSVN (which repeats the components and is only measured).
fn tcb(mut list: Fields<'_>) -> Result<([u8; 16], u16), NotDer> {
    const TCB: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113741.1.13.1.2");
    let mut components: [Option<u8>; 16] = [None; 16];
    let mut pce_svn = None;
    let mut cpu_svn: Option<[u8; 16]> = None;
    while !list.is_empty() {
        let mut field = list.sequence()?;
        match last_arc(field.oid()?, TCB)? {
            number @ 1..=16 => {
                let slot = components.get_mut(usize::from(number) - 1).ok_or(NotDer)?;
                once(slot, u8::try_from(field.small_integer()?).map_err(|_| NotDer)?)?;
            }
            17 => once(&mut pce_svn, field.small_integer()?)?,
            18 => once(&mut cpu_svn, octets(&mut field)?)?,
            _ => return Err(NotDer),
        }
        field.finish()?;
    }
    let mut all = [0; 16];
    for (out, component) in all.iter_mut().zip(components) {
        *out = component.ok_or(NotDer)?;
    }
    cpu_svn.ok_or(NotDer)?;
    Ok((all, pce_svn.ok_or(NotDer)?))
}

fn sgx_type(contents: &[u8]) -> Result<SgxType, NotDer> {
    match contents {
        [0] => Ok(SgxType::Standard),
        [1] => Ok(SgxType::Scalable),
        [2] => Ok(SgxType::ScalableWithIntegrity),
        _ => Err(NotDer),
    }
}

fn configuration(mut list: Fields<'_>) -> Result<Configuration, NotDer> {
    const CONFIGURATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113741.1.13.1.7");
    let (mut dynamic_platform, mut cached_keys, mut smt) = (None, None, None);
    while !list.is_empty() {
        let mut field = list.sequence()?;
        match last_arc(field.oid()?, CONFIGURATION)? {
            1 => once(&mut dynamic_platform, field.boolean()?)?,
            2 => once(&mut cached_keys, field.boolean()?)?,
            3 => once(&mut smt, field.boolean()?)?,
            _ => return Err(NotDer),
        }
        field.finish()?;
    }
    Ok(Configuration {
        dynamic_platform: dynamic_platform.ok_or(NotDer)?,
        cached_keys: cached_keys.ok_or(NotDer)?,
        smt: smt.ok_or(NotDer)?,
    })
}
