//! Everything that is issued, before it is issued. Tests change a plan; the product issues it as it is.

use adyton_attestation::Collateral;
use bounded_collections::{BoundedVec, Get};

use crate::{
    COLLATERAL_LIFETIME, FMSPC, Role,
    certificate::{CertificatePlan, Name, SgxPlan},
    crl::CrlPlan,
    documents::{self, COMPONENTS, PCE_SVN, SignedJson, TDX_MICROCODE_SVN},
    enclave::EnclavePlan,
    issuer::measurement,
    keys::{Key, Keys},
    quote::{
        self, CurrentPlan, EnclaveReportPlan, ExtendedPlan, Form, INTEL_VENDOR, MODULE_SVN, MODULE_VERSION, QuotePlan,
        TdReportPlan,
    },
};

/// 2020-01-01, the first day of every certificate: certificates do not depend on the day of issue.
const FIRST_DAY: u64 = 1_577_836_800;
/// 2049-12-31.
const LAST_DAY: u64 = 2_524_521_600;

/// All documents behind one quote, with every field open to change.
#[derive(Clone)]
pub struct Plan {
    keys: Keys,
    /// The root's certificate.
    pub root: CertificatePlan,
    /// The certificate of the authority for platforms.
    pub pck_ca: CertificatePlan,
    /// The platform's certificate.
    pub pck: CertificatePlan,
    /// The certificate that signs TCB information.
    pub tcb_info_signer: CertificatePlan,
    /// The certificate that signs the quoting enclave's identity; by default the same.
    pub qe_identity_signer: CertificatePlan,
    /// The root's revocation list.
    pub root_crl: CrlPlan,
    /// The authority's revocation list.
    pub pck_crl: CrlPlan,
    /// TCB information.
    pub tcb_info: SignedJson,
    /// The quoting enclave's identity.
    pub qe_identity: SignedJson,
    /// The quote.
    pub quote: QuotePlan,
}

/// What a plan became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The root's certificate (DER).
    pub root_certificate: Vec<u8>,
    /// The platform's certificate (DER).
    pub pck_certificate: Vec<u8>,
    /// The collateral.
    pub collateral: Collateral,
    /// The quote.
    pub quote: Vec<u8>,
}

impl Plan {
    pub(crate) fn new(keys: Keys, machine: u32, role: &Role, report_data: [u8; 64], issued_at: u64) -> Self {
        let names = Names::new();
        let platform_key = Key::new(format!("platform {machine}"));
        let authority = |subject: &Name, key: &str, path_length| CertificatePlan {
            is_authority: Some(true),
            path_length: Some(path_length),
            key_usage: Some(0x06),
            ..certificate(&keys, subject, Key::new(key), &names.root, "root")
        };
        let leaf = |subject: &Name, key: Key, issuer: &Name, signer: &str| CertificatePlan {
            is_authority: Some(false),
            key_usage: Some(0xC0),
            ..certificate(&keys, subject, key, issuer, signer)
        };
        let next_update = issued_at.saturating_add(COLLATERAL_LIFETIME);
        let list = |issuer: &Name, signer: &str| CrlPlan {
            issuer: issuer.clone(),
            signer: Key::new(signer),
            this_update: issued_at,
            next_update: Some(next_update),
            revoked: Vec::new(),
            extensions: Vec::new(),
        };
        let mut pck = leaf(&names.pck, platform_key.clone(), &names.pck_ca, "pck-ca");
        pck.sgx = Some(platform(&keys, machine));
        let signer = leaf(&names.tcb_signer, Key::new("tcb-signer"), &names.root, "root");
        let quote = quote_plan(&keys, machine, role, report_data, platform_key);
        Self {
            root: authority(&names.root, "root", 1),
            pck_ca: authority(&names.pck_ca, "pck-ca", 0),
            pck,
            tcb_info_signer: signer.clone(),
            qe_identity_signer: signer,
            root_crl: list(&names.root, "root"),
            pck_crl: list(&names.pck_ca, "pck-ca"),
            tcb_info: documents::tcb_info(issued_at, next_update, Key::new("tcb-signer")),
            qe_identity: documents::qe_identity(issued_at, next_update, Key::new("tcb-signer"), &quote.enclave),
            quote,
            keys,
        }
    }

    /// The same on the same platform for an enclave: a quote of version 3, and the endorsements for it.
    #[must_use]
    pub fn for_enclave(mut self, issued_at: u64) -> Self {
        let next_update = issued_at.saturating_add(COLLATERAL_LIFETIME);
        self.quote.version = 3;
        self.quote.tee_type = 0;
        self.quote.form = Form::Enclave;
        self.quote.enclave.product = 1;
        self.tcb_info = documents::sgx_tcb_info(issued_at, next_update, Key::new("tcb-signer"));
        self.qe_identity.value["id"] = "QE".into();
        self.qe_identity.value["isvprodid"] = 1.into();
        self
    }

    /// The same in a quote of version 5 with a body of `form`.
    #[must_use]
    pub fn in_version_5(mut self, form: Form) -> Self {
        self.quote.version = 5;
        self.quote.form = form;
        self
    }

    /// Signs everything as it stands.
    pub fn issue(&self) -> Issued {
        let keys = &self.keys;
        let root_certificate = self.root.issue(keys);
        let pck_certificate = self.pck.issue(keys);
        let pck_ca = self.pck_ca.issue(keys);
        let quote = self.quote.issue(keys, [&pck_certificate, &pck_ca, &root_certificate]);
        let (tcb_info, tcb_info_signature) = self.tcb_info.issue(keys);
        let (qe_identity, qe_identity_signature) = self.qe_identity.issue(keys);
        let collateral = Collateral {
            tcb_info: bounded(tcb_info),
            tcb_info_signature,
            tcb_info_signer: bounded(self.tcb_info_signer.issue(keys)),
            qe_identity: bounded(qe_identity),
            qe_identity_signature,
            qe_identity_signer: bounded(self.qe_identity_signer.issue(keys)),
            root_crl: bounded(self.root_crl.issue(keys)),
            pck_ca: bounded(pck_ca),
            pck_crl: bounded(self.pck_crl.issue(keys)),
        };
        Issued { root_certificate, pck_certificate, collateral, quote }
    }

    /// The PEM text of some of this plan's certificates, one after the other.
    pub fn chain(&self, certificates: &[&CertificatePlan]) -> String {
        certificates.iter().map(|certificate| quote::pem(&certificate.issue(&self.keys))).collect()
    }
}

struct Names {
    root: Name,
    pck_ca: Name,
    pck: Name,
    tcb_signer: Name,
}

impl Names {
    fn new() -> Self {
        Self {
            root: Name::of_role("Intel SGX Root CA"),
            pck_ca: Name::of_role("Intel SGX PCK Platform CA"),
            pck: Name::of_role("Intel SGX PCK Certificate"),
            tcb_signer: Name::of_role("Intel SGX TCB Signing"),
        }
    }
}

/// A certificate without extensions.
fn certificate(keys: &Keys, subject: &Name, key: Key, issuer: &Name, signer: &str) -> CertificatePlan {
    let mut serial = [0; 20];
    serial.copy_from_slice(&keys.bytes("serial", &key.0)[..20]);
    serial[0] = serial[0] & 0x7F | 0x40; // positive, and always of 20 octets
    CertificatePlan {
        subject: subject.clone(),
        issuer: issuer.clone(),
        key,
        signer: Key::new(signer),
        serial,
        not_before: FIRST_DAY,
        not_after: LAST_DAY,
        is_authority: None,
        path_length: None,
        key_usage: None,
        sgx: None,
        extensions: Vec::new(),
    }
}

fn platform(keys: &Keys, machine: u32) -> SgxPlan {
    let identifier = |purpose| keys.bytes(purpose, &machine.to_string())[..16].to_vec();
    SgxPlan {
        ppid: identifier("ppid"),
        components: COMPONENTS.map(u16::from).to_vec(),
        pce_svn: PCE_SVN,
        pce_id: vec![0, 0],
        fmspc: FMSPC.to_vec(),
        sgx_type: 1,
        platform_instance: Some(identifier("platform-instance")),
        configuration: Some([true; 3]),
        repeated: Vec::new(),
    }
}

fn quote_plan(keys: &Keys, machine: u32, role: &Role, report_data: [u8; 64], platform_key: Key) -> QuotePlan {
    let mut user_data = [0; 20];
    user_data[..16].copy_from_slice(&keys.bytes("qe-identifier", &machine.to_string())[..16]);
    let mut tee_tcb_svn = [0; 16];
    tee_tcb_svn[..3].copy_from_slice(&[MODULE_SVN, MODULE_VERSION, TDX_MICROCODE_SVN]);
    let mut attributes = [0; 16];
    attributes[0] = 0x11;
    QuotePlan {
        version: 4,
        key_type: 2,
        tee_type: 0x81,
        reserved: [0; 4],
        vendor: INTEL_VENDOR,
        user_data,
        form: Form::Domain10,
        body_type: None,
        body_length: None,
        body: TdReportPlan {
            tee_tcb_svn,
            mr_seam: keys.measurement("tdx-module", ""),
            mr_signer_seam: [0; 48],
            seam_attributes: [0; 8],
            measurement: measurement(keys, role),
            report_data,
        },
        current: CurrentPlan { tee_tcb_svn, mr_service_td: [0; 48] },
        extended: ExtendedPlan {
            virtual_machine: 0,
            instance: keys.bytes("instance", &machine.to_string()),
            devices: [0; 48],
            initial_services: [0; 48],
            initial: [0; 52],
            current_services: [0; 48],
            current_attributes: [0; 8],
        },
        measured: enclave_plan(keys, role, report_data),
        enclave: EnclaveReportPlan {
            misc_select: [0; 4],
            attributes,
            mr_signer: keys.bytes("qe-signer", ""),
            product: 2,
            svn: 8,
            report_data: None,
            reserved: 0,
        },
        authentication: (0..32).collect(),
        certification_type: 6,
        chain_type: 5,
        attestation_key: Key::new(format!("attestation {machine}")),
        platform_key,
        chain: None,
        padding_inside: Vec::new(),
        trailing: Vec::new(),
    }
}

fn enclave_plan(keys: &Keys, role: &Role, report_data: [u8; 64]) -> EnclavePlan {
    EnclavePlan {
        misc_select: 0,
        extended_product: [0; 16],
        flags: 0b101,
        features: 0xE7,
        mr_enclave: keys.bytes("mrenclave", role.name()),
        mr_signer: keys.bytes("mrsigner", ""),
        config_id: [0; 64],
        product: 1,
        svn: 2,
        config_svn: 0,
        family: [0; 16],
        report_data,
        reserved: None,
    }
}

fn bounded<S: Get<u32>>(bytes: Vec<u8>) -> BoundedVec<u8, S> {
    BoundedVec::truncate_from(bytes)
}
