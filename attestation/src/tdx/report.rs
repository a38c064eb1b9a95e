//! The report of a trust domain, in its three versions. Source: Intel TDX module ABI, `TDREPORT_STRUCT` and
//! `TDINFO_STRUCT`; Intel's quote format, version 5, for the extended body.

use crate::{
    IntelRefusal,
    intel::quote::{BodyKind, Cursor},
};

/// What every version has.
pub(crate) struct TdReport<'a> {
    pub(crate) tee_tcb_svn: &'a [u8; 16],
    pub(crate) mr_signer_seam: &'a [u8; 48],
    pub(crate) seam_attributes: &'a [u8; 8],
    pub(crate) attributes: &'a [u8; 8],
    pub(crate) xfam: &'a [u8; 8],
    pub(crate) mr_td: &'a [u8; 48],
    pub(crate) mr_config_id: &'a [u8; 48],
    pub(crate) mr_owner: &'a [u8; 48],
    pub(crate) mr_owner_config: &'a [u8; 48],
    pub(crate) rtmr: [&'a [u8; 48]; 4],
    pub(crate) report_data: &'a [u8; 64],
    /// Version 1.5.
    pub(crate) current: Option<Current<'a>>,
    /// Version 1.5, extended.
    pub(crate) extended: Option<Extended<'a>>,
}

/// What version 1.5 adds.
pub(crate) struct Current<'a> {
    /// The security versions of now; those of the launch stand in [`TdReport::tee_tcb_svn`].
    pub(crate) tee_tcb_svn: &'a [u8; 16],
    /// Hash of the service domains that are bound to this one; zero if there are none.
    pub(crate) mr_service_td: &'a [u8; 48],
}

/// What the extended version 1.5 adds. The service domains' fields are zero unless the domain has the attribute
/// `SERVTD_EXT`.
pub(crate) struct Extended<'a> {
    /// 0 for the whole domain or its own monitor, 1 to 3 for a virtual machine inside it.
    pub(crate) virtual_machine: u8,
    /// Drawn at random when the domain is launched.
    pub(crate) instance: &'a [u8; 32],
    /// Hash of what is known about devices that the domain trusts.
    pub(crate) devices: &'a [u8; 48],
    pub(crate) services: ServiceFields<'a>,
}

/// The service domains' fields of the extended version.
#[derive(Clone, Copy)]
pub(crate) struct ServiceFields<'a> {
    /// All of them, as they stand in the report.
    bytes: &'a [u8; 156],
    /// Hash of the service domains that were bound at the launch.
    pub(crate) initial: &'a [u8; 48],
    /// Hash of those that are bound now.
    pub(crate) current: &'a [u8; 48],
    pub(crate) current_attributes: &'a [u8; 8],
}

impl<'a> TdReport<'a> {
    /// Cuts `body` into fields.
    pub(crate) fn parse(kind: BodyKind, body: &'a [u8]) -> Result<Self, IntelRefusal> {
        let mut fields = Cursor(body);
        let tee_tcb_svn = fields.array()?;
        let _mr_seam: &[u8; 48] = fields.array()?;
        let mut report = Self {
            tee_tcb_svn,
            mr_signer_seam: fields.array()?,
            seam_attributes: fields.array()?,
            attributes: fields.array()?,
            xfam: fields.array()?,
            mr_td: fields.array()?,
            mr_config_id: fields.array()?,
            mr_owner: fields.array()?,
            mr_owner_config: fields.array()?,
            rtmr: [fields.array()?, fields.array()?, fields.array()?, fields.array()?],
            report_data: fields.array()?,
            current: None,
            extended: None,
        };
        match kind {
            BodyKind::Enclave | BodyKind::Domain10 => (),
            BodyKind::Domain15 => report.current = Some(Current::parse(&mut fields)?),
            BodyKind::Domain15Extended => {
                report.current = Some(Current::parse(&mut fields)?);
                report.extended = Some(Extended::parse(&mut fields)?);
            }
        }
        fields.finish()?;
        Ok(report)
    }
}

impl<'a> Current<'a> {
    fn parse(fields: &mut Cursor<'a>) -> Result<Self, IntelRefusal> {
        Ok(Self { tee_tcb_svn: fields.array()?, mr_service_td: fields.array()? })
    }
}

impl<'a> Extended<'a> {
    fn parse(fields: &mut Cursor<'a>) -> Result<Self, IntelRefusal> {
        let [virtual_machine] = fields.array()?;
        Ok(Self {
            virtual_machine: *virtual_machine,
            instance: fields.array()?,
            devices: fields.array()?,
            services: ServiceFields::parse(fields.array()?)?,
        })
    }
}

impl<'a> ServiceFields<'a> {
    fn parse(bytes: &'a [u8; 156]) -> Result<Self, IntelRefusal> {
        let mut fields = Cursor(bytes);
        let initial = fields.array()?;
        let _initial_attributes: &[u8; 8] = fields.array()?;
        let _initial_cpu_svn: &[u8; 16] = fields.array()?;
        let _initial_tee_tcb_svn: &[u8; 16] = fields.array()?;
        let _initial_fmspc: &[u8; 12] = fields.array()?;
        let current = fields.array()?;
        let current_attributes = fields.array()?;
        fields.finish()?;
        Ok(Self { bytes, initial, current, current_attributes })
    }

    /// Whether all of them are zero, as they are without the attribute `SERVTD_EXT`.
    pub(crate) fn are_unused(&self) -> bool {
        *self.bytes == [0; 156]
    }
}
