//! The whole verification of a report, step by step.

use alloc::{string::String, vec::Vec};

use super::{
    flags::{GuestPolicy, PlatformInfo},
    floors,
    policy::{SnpPolicy, SnpProductPolicy},
    product::SnpProduct,
    refusal::{SnpDocument, SnpRefusal, SnpRelation},
    report::{RawTcbs, Report, SnpKey},
    root::{Authority, SnpRoot},
    tcb::{SnpTcb, SnpTcbName, SnpTcbPart},
    vek::{Contents, Vek},
    verdict::{SnpFacts, SnpMeasurement, SnpTcbs, SnpVerdict},
};
use crate::{
    Advisory, EvidenceKind, MachineId, TcbStatus, TierNumber, domain,
    signature::{self, Scheme, SignatureVerifier},
    x509::Window,
};

/// What comes with a report. All of it is DER.
#[derive(Clone, Copy, Debug, Default)]
pub struct SnpEndorsements<'a> {
    /// The certificate of the versioned key that signed the report.
    pub vek: &'a [u8],
    /// The certificate of the authority that issued it, if it is not the pinned one.
    pub authority: Option<&'a [u8]>,
    /// The root's certificate. It need not be there; if it is, it must be the pinned one.
    pub root: Option<&'a [u8]>,
    /// The root's list of revoked authorities.
    pub revocation_list: Option<&'a [u8]>,
}

/// Verifies a report against the pinned `roots`, of which the report's product line has to have one. Two signature
/// verifications; three with a revocation list.
///
/// `now` is in Unix seconds. What the evidence is *about* remains to be checked: [`SnpVerdict::bind`].
///
/// # Errors
/// The first [`SnpRefusal`] met, in the order of [`super::SnpCheck`].
pub fn verify_snp(
    report: &[u8],
    endorsements: &SnpEndorsements<'_>,
    roots: &[SnpRoot],
    policy: &SnpPolicy,
    now: u64,
) -> Result<SnpVerdict, SnpRefusal> {
    verify_snp_with(&signature::Fastest::default(), report, endorsements, roots, policy, now)
}

/// [`verify_snp`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_snp`].
pub fn verify_snp_with(
    verifier: &impl SignatureVerifier,
    report: &[u8],
    endorsements: &SnpEndorsements<'_>,
    roots: &[SnpRoot],
    policy: &SnpPolicy,
    now: u64,
) -> Result<SnpVerdict, SnpRefusal> {
    if policy.accepts_nothing() {
        return Err(SnpRefusal::PolicyAcceptsNothing);
    }
    let report = Report::parse(report)?;
    if report.version < policy.minimum_version {
        return Err(SnpRefusal::VersionFloor { found: report.version, floor: policy.minimum_version });
    }
    let vek = Vek::parse(endorsements.vek)?;
    let chain = Chain::verify(verifier, &vek, report.key, endorsements, roots, now)?;
    if !policy.accepts(vek.key) {
        return Err(SnpRefusal::KeyNotAccepted(vek.key));
    }
    let product = chain.root.product();
    let contents = vek.contents(product)?;
    require_product(&report, &contents, product)?;
    let accepted = policy.product(product).ok_or(SnpRefusal::ProductNotAccepted(product))?;

    if !verifier.verify(Scheme::EcdsaP384Sha384, vek.public_key(), report.signed, &report.signature) {
        return Err(SnpRefusal::ReportSignature);
    }
    let list = chain.require_not_revoked(verifier, endorsements.revocation_list, policy, now)?;

    let machine = machine(&report, &contents, policy)?;
    let tcbs = firmware_versions(&report.tcbs, &contents.tcb, product)?;
    let judgement = Judgement::of(&report, &tcbs, accepted, product)?;
    require_guest(&report, policy)?;
    require_platform(&report, policy)?;

    let window = list.map_or(chain.window, |list| chain.window.and(list));
    Ok(verdict(&report, &vek, chain.root, tcbs, judgement, machine, contents.provider, window, list.is_some()))
}

/// A versioned key's certificate that leads to a pinned root.
struct Chain<'a> {
    root: &'a SnpRoot,
    authority: Authority,
    window: Window,
}

impl<'a> Chain<'a> {
    /// The chain under the first of the issuer's roots that it leads to; else why the last of them refused. A name is not
    /// an identity: a root that was renewed has another key under the same one.
    fn verify(
        verifier: &impl SignatureVerifier,
        vek: &Vek<'_>,
        report_key: SnpKey,
        endorsements: &SnpEndorsements<'_>,
        roots: &'a [SnpRoot],
        now: u64,
    ) -> Result<Self, SnpRefusal> {
        let issuer = vek.certificate.issuer;
        let mut refusal = SnpRefusal::UnknownIssuer(vek.key);
        for root in roots.iter().filter(|root| root.authority(vek.key).name.as_slice() == issuer) {
            match Self::under(verifier, vek, report_key, endorsements, root, now) {
                Ok(chain) => return Ok(chain),
                Err(other) => refusal = other,
            }
        }
        Err(refusal)
    }

    fn under(
        verifier: &impl SignatureVerifier,
        vek: &Vek<'_>,
        report_key: SnpKey,
        endorsements: &SnpEndorsements<'_>,
        root: &'a SnpRoot,
        now: u64,
    ) -> Result<Self, SnpRefusal> {
        if let Some(certificate) = endorsements.root {
            root.require_root(certificate)?;
        }
        let authority = match endorsements.authority {
            Some(certificate) => root.other_authority(vek.key, certificate, verifier)?,
            None => root.authority(vek.key).clone(),
        };
        let key = authority.public_key().map_err(SnpRefusal::Authority)?;
        vek.certificate.require_issued_by(&authority.name, key, verifier).map_err(SnpRefusal::Vek)?;
        root.ark().require_valid(now, SnpDocument::Root)?;
        authority.require_valid(now, SnpDocument::Authority)?;
        vek.certificate.validity.require(now).map_err(SnpRefusal::Vek)?;
        if vek.key != report_key {
            return Err(SnpRefusal::KeyKind { report: report_key, certificate: vek.key });
        }
        let window = root.ark().validity.and(authority.validity).and(vek.certificate.validity);
        Ok(Self { root, authority, window })
    }

    /// The window of the root's list, if it is there. AMD's lists name authorities only: versioned keys end with
    /// their firmware, and a single chip is refused by its identifier.
    fn require_not_revoked(
        &self,
        verifier: &impl SignatureVerifier,
        list: Option<&[u8]>,
        policy: &SnpPolicy,
        now: u64,
    ) -> Result<Option<Window>, SnpRefusal> {
        let encoding = match list {
            Some(encoding) => encoding,
            None if policy.require_revocation_list => return Err(SnpRefusal::RevocationListMissing),
            None => return Ok(None),
        };
        let list = self.root.revocation_list(encoding, now, verifier)?;
        if list.revokes(&self.authority.serial) || list.revokes(&self.root.ark().serial) {
            return Err(SnpRefusal::Revoked);
        }
        Ok(Some(list.window))
    }
}

/// Report, certificate and issuer have to be of one product line. A report of version 2 does not name the processor,
/// so that only the certificate tells.
fn require_product(report: &Report<'_>, vek: &Contents<'_>, product: SnpProduct) -> Result<(), SnpRefusal> {
    if let Some(cpu) = report.cpu {
        let of_report = cpu.product().ok_or(SnpRefusal::UnknownProcessor(cpu))?;
        if of_report != product {
            return Err(SnpRefusal::ProductMismatch { report: of_report, certificate: product });
        }
    }
    if product.has_member(vek.product_name) { Ok(()) } else { Err(SnpRefusal::ProductName(product)) }
}

/// The chip: of a chip's key what its certificate says, of a provider's key what the report says.
fn machine(report: &Report<'_>, vek: &Contents<'_>, policy: &SnpPolicy) -> Result<Option<MachineId>, SnpRefusal> {
    let is_masked = *report.chip_id == [0; 64];
    match vek.hardware_id {
        None => Ok((!is_masked).then_some(MachineId::AmdChip(*report.chip_id))),
        Some(hardware_id) => {
            if is_masked && !policy.accept_masked_chip_id {
                return Err(SnpRefusal::MaskedChipId);
            }
            if !is_masked && *report.chip_id != hardware_id {
                return Err(SnpRefusal::ChipId { found: *report.chip_id, wanted: hardware_id });
            }
            Ok(Some(MachineId::AmdChip(hardware_id)))
        }
    }
}

/// The key belongs to the firmware that the report claims; that firmware is committed, and what is committed runs.
fn firmware_versions(raw: &RawTcbs, vek: &SnpTcb, product: SnpProduct) -> Result<SnpTcbs, SnpRefusal> {
    let read = |bytes, name| SnpTcb::read(product, bytes).ok_or(SnpRefusal::VersionsReserved(name));
    let tcbs = SnpTcbs {
        reported: read(raw.reported, SnpTcbName::Reported)?,
        committed: read(raw.committed, SnpTcbName::Committed)?,
        current: read(raw.current, SnpTcbName::Current)?,
        launch: read(raw.launch, SnpTcbName::Launch)?,
    };
    if let Some((part, found, wanted)) = tcbs.reported.first_difference(vek) {
        return Err(SnpRefusal::VersionsMismatch { part, found, wanted });
    }
    let order = [
        (SnpTcbName::Reported, tcbs.reported, SnpTcbName::Committed, tcbs.committed),
        (SnpTcbName::Committed, tcbs.committed, SnpTcbName::Current, tcbs.current),
    ];
    for (lower, low, upper, high) in order {
        if let Some((part, _, _)) = high.first_below(&low) {
            return Err(SnpRefusal::VersionsOrder(SnpRelation { lower, upper, part }));
        }
    }
    Ok(tcbs)
}

/// What the policy makes of the platform's versions.
struct Judgement {
    status: TcbStatus,
    tier: TierNumber,
    advisories: Vec<Advisory>,
}

impl Judgement {
    fn of(
        report: &Report<'_>,
        tcbs: &SnpTcbs,
        policy: &SnpProductPolicy,
        product: SnpProduct,
    ) -> Result<Self, SnpRefusal> {
        let found = report.mitigations.map_or(0, |[launch, current]| launch & current);
        if found & policy.required_mitigations != policy.required_mitigations {
            return Err(SnpRefusal::Mitigations { found, wanted: policy.required_mitigations });
        }
        let mut advisories = policy.standing_advisories.to_vec();
        let mut shortfall = None;
        for floor in floors::applicable(&policy.floors, report.cpu) {
            if let Some((name, part, found, least)) = first_below(tcbs, &floor.minimum) {
                let advisory = floor.advisory;
                advisories.push(advisory);
                shortfall.get_or_insert(SnpRefusal::BelowFloor { name, part, found, floor: least, advisory });
            }
        }
        // Whatever floors the policy has, the advisories of AMD's own are told.
        let mut known = floors::applicable(&floors::built_in(product), report.cpu);
        known.retain(|floor| first_below(tcbs, &floor.minimum).is_some());
        advisories.extend(known.iter().map(|floor| floor.advisory));
        let has_aliases_checked = report.platform_info.contains(PlatformInfo::ALIAS_CHECK_COMPLETE);
        if !has_aliases_checked {
            advisories.push(floors::alias_check());
        }
        let (status, tier) = match (shortfall, policy.out_of_date_tier) {
            (None, _) if has_aliases_checked => (TcbStatus::UpToDate, policy.tier),
            (_, Some(tier)) => (TcbStatus::OutOfDate, tier),
            (Some(refusal), None) => return Err(refusal),
            (None, None) => return Err(SnpRefusal::AliasCheck),
        };
        advisories.sort_unstable();
        advisories.dedup();
        Ok(Self { status, tier, advisories })
    }
}

/// The first part of the reported firmware, or of that which launched the guest, that is below `minimum`: which
/// firmware, which part, its version and the least one. A guest that was launched on older firmware may have been spied
/// out then.
fn first_below(tcbs: &SnpTcbs, minimum: &SnpTcb) -> Option<(SnpTcbName, SnpTcbPart, u8, u8)> {
    let counting = [(SnpTcbName::Reported, tcbs.reported), (SnpTcbName::Launch, tcbs.launch)];
    counting.into_iter().find_map(|(name, versions)| {
        versions.first_below(minimum).map(|(part, found, least)| (name, part, found, least))
    })
}

/// What the guest's owner permits and demands, and from which level the report comes.
fn require_guest(report: &Report<'_>, policy: &SnpPolicy) -> Result<(), SnpRefusal> {
    let guest = report.guest_policy;
    if guest.contains(GuestPolicy::DEBUG) {
        return Err(SnpRefusal::Debug);
    }
    let permits_agent = guest.contains(GuestPolicy::MIGRATION_AGENT);
    if permits_agent && !policy.guest_may.contains(GuestPolicy::MIGRATION_AGENT) {
        return Err(SnpRefusal::MigrationAgent);
    }
    // A guest without an agent has all bits set here.
    if !permits_agent && *report.report_id_ma != [0xff; 32] {
        return Err(SnpRefusal::MigrationAgentBound);
    }
    let excess = guest.and(GuestPolicy::WEAKENING).without(policy.guest_may);
    if !excess.is_empty() {
        return Err(SnpRefusal::GuestPermits(excess));
    }
    let missing = policy.guest_must.without(guest);
    if !missing.is_empty() {
        return Err(SnpRefusal::GuestLacks(missing));
    }
    if report.guest_abi < policy.minimum_guest_abi {
        return Err(SnpRefusal::GuestAbi { found: report.guest_abi, floor: policy.minimum_guest_abi });
    }
    if report.vmpl > policy.maximum_vmpl {
        return Err(SnpRefusal::Vmpl { found: report.vmpl, most: policy.maximum_vmpl });
    }
    Ok(())
}

fn require_platform(report: &Report<'_>, policy: &SnpPolicy) -> Result<(), SnpRefusal> {
    if report.platform_info.contains(PlatformInfo::SMT) && !policy.platform_may_smt {
        return Err(SnpRefusal::PlatformSmt);
    }
    let missing = policy.platform_must.without(report.platform_info);
    if missing.is_empty() { Ok(()) } else { Err(SnpRefusal::PlatformLacks(missing)) }
}

#[expect(clippy::too_many_arguments, reason = "the one place where all checked parts meet")]
fn verdict(
    report: &Report<'_>,
    vek: &Vek<'_>,
    root: &SnpRoot,
    tcbs: SnpTcbs,
    judgement: Judgement,
    machine: Option<MachineId>,
    provider: Option<&str>,
    window: Window,
    revocation_checked: bool,
) -> SnpVerdict {
    let (current_firmware, committed_firmware) = report.firmware();
    SnpVerdict::new(SnpFacts {
        product: root.product(),
        root: root.id(),
        version: report.version,
        cpu: report.cpu,
        key: vek.key,
        provider: provider.map(String::from),
        measurement: measurement(report),
        report_data: *report.report_data,
        report_id: *report.report_id,
        tcbs,
        current_firmware,
        committed_firmware,
        mitigations: report.mitigations,
        tcb_status: judgement.status,
        tier: judgement.tier,
        advisories: judgement.advisories,
        platform_info: report.platform_info,
        revocation_checked,
        machine,
        valid_from: window.not_before,
        valid_until: window.not_after,
        evidence_id: identity(report, vek),
    })
}

/// The identity of the evidence that a report and the certificate (DER) of its key are, which its verdict has as
/// [`SnpFacts::evidence_id`]. It says nothing about whether they are authentic.
///
/// # Errors
/// One of the two is not in its form.
pub fn evidence_id(report: &[u8], vek: &[u8]) -> Result<[u8; 32], SnpRefusal> {
    Ok(identity(&Report::parse(report)?, &Vek::parse(vek)?))
}

fn identity(report: &Report<'_>, vek: &Vek<'_>) -> [u8; 32] {
    domain::hash(domain::EVIDENCE, &[EvidenceKind::AmdSnp.name().as_bytes(), report.signed, vek.point()])
}

fn measurement(report: &Report<'_>) -> SnpMeasurement {
    SnpMeasurement {
        measurement: *report.measurement,
        host_data: *report.host_data,
        family_id: *report.family_id,
        image_id: *report.image_id,
        id_key_digest: *report.id_key_digest,
        author_key_digest: *report.author_key_digest,
        author_key_enabled: report.author_key_enabled,
        guest_svn: report.guest_svn,
        guest_policy: report.guest_policy,
        guest_abi: report.guest_abi,
        vmpl: report.vmpl,
    }
}
