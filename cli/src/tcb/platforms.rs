//! What the policies make of the registered evidence of AMD's and AWS's workers and keyholders.
//!
//! Neither vendor publishes levels that come into force on a day, as Intel does. What such a machine can fall below is a
//! policy: the one that a network has announced, or one in a file that somebody thinks of proposing. A report of AMD's is
//! judged at the time of asking, with the revocation list that was registered with it. A document of AWS's lives for
//! hours, so that it is judged at the time at which the chain judged it.

use adyton_attestation::{
    Details, Evidence, Policy, Refusal, Verdict,
    nitro::NitroRefusal,
    signature::SignatureVerifier,
    snp::{SnpCheck, SnpEndorsements, SnpRefusal, SnpTcbName, SnpTcbPart},
    verify_with,
};
use adyton_client::protocol::{
    evidence::SnpEvidence,
    ids::WorkerId,
    record::{EvidenceKind, VerdictFacts},
    registered::RegisteredEvidence,
};
use anyhow::{Context, Result};
use serde::Serialize;

use super::{bars::Bar, outlook::Standing};
use crate::worker::date;

/// A worker or keyholder of AMD's or AWS's, and where it stands by each bar.
#[derive(Debug, Serialize)]
pub struct Platform {
    name: String,
    worker: WorkerId,
    kind: String,
    outlooks: Vec<Outlook>,
}

/// Where it stands by one policy.
#[derive(Debug, Serialize)]
struct Outlook {
    /// From when on the policy holds, where it is announced (Unix seconds).
    announced_from: Option<u64>,
    standing: Standing,
    /// Until when the verdict would hold: of AWS's, where it was judged as the chain did.
    not_after: Option<u64>,
    tier: Option<u8>,
    tcb_status: Option<&'static str>,
    advisories: Vec<String>,
    reason: String,
    raised_by: Option<&'static str>,
}

impl Platform {
    /// By the bars for its kind, of which there may be none. `facts` are the chain's, and `registered` has to be what it
    /// judged ([`adyton_client::evidence::require_judged`]).
    pub fn of(
        verifier: &impl SignatureVerifier,
        (name, worker): (String, WorkerId),
        facts: &VerdictFacts,
        registered: &RegisteredEvidence,
        bars: &[Bar],
        now: u64,
    ) -> Result<Self> {
        let is_about = |bar: &&Bar| bar.kind.is_none_or(|kind| kind == facts.kind);
        let outlook = |bar: &Bar| Outlook::of(verifier, facts, registered, bar, now);
        let outlooks = bars.iter().filter(is_about).map(outlook).collect::<Result<_>>()?;
        Ok(Self { name, worker, kind: facts.kind.to_string(), outlooks })
    }

    /// Whether some policy puts it below the bar.
    pub fn falls(&self) -> bool {
        self.outlooks.iter().any(|outlook| outlook.standing == Standing::Below)
    }

    /// Whether some policy leaves open where it stands, or there is none.
    pub fn is_unjudged(&self) -> bool {
        self.outlooks.is_empty() || self.outlooks.iter().any(|outlook| outlook.standing == Standing::NotJudged)
    }

    /// For people; what ends before `until` ends soon.
    pub fn text(&self, until: u64) -> String {
        let mut out = format!("{} ({})\n", self.name, self.kind);
        if self.outlooks.is_empty() {
            out += &format!("  NOT JUDGED: the network accepts no {} evidence\n", self.kind);
        }
        out + &self.outlooks.iter().map(|outlook| outlook.text(until)).collect::<String>()
    }
}

impl Outlook {
    fn of(
        verifier: &impl SignatureVerifier,
        facts: &VerdictFacts,
        registered: &RegisteredEvidence,
        bar: &Bar,
        now: u64,
    ) -> Result<Self> {
        let judged = judge(verifier, facts, registered, &bar.policy, now)?;
        let verdict = judged.as_ref().ok();
        let refusal = judged.as_ref().err();
        // AWS's documents end within hours, and the chain's record says when its own verdict does.
        let lasts = |verdict: &&Verdict| !matches!(verdict.details(), Details::Nitro(_));
        Ok(Self {
            announced_from: bar.from,
            standing: refusal.map_or(Standing::Above, standing),
            not_after: verdict.filter(lasts).map(|verdict| verdict.valid_until),
            tier: verdict.map(|verdict| verdict.tier),
            tcb_status: verdict.and_then(|verdict| verdict.tcb_status).map(|status| status.name()),
            advisories: verdict.map(|verdict| verdict.advisories.clone()).unwrap_or_default(),
            reason: refusal.map(ToString::to_string).unwrap_or_default(),
            raised_by: refusal.and_then(raised_by),
        })
    }

    fn text(&self, until: u64) -> String {
        let word = match self.standing {
            Standing::Above => "above the bar",
            Standing::Below => "BELOW the bar",
            Standing::NotJudged => "NOT JUDGED",
        };
        let bar = self
            .announced_from
            .map_or("by the policy that holds".into(), |from| format!("by the policy announced for {}", date(from)));
        let tier = self.tier.map(|tier| format!(", tier {tier}")).unwrap_or_default();
        let status = self.tcb_status.map(|status| format!(", {status}")).unwrap_or_default();
        let ends = match self.not_after {
            Some(last) if last <= until => format!(", which ends soon: {}", date(last)),
            Some(last) => format!(", true until {}", date(last)),
            None => String::new(),
        };
        let mut out = format!("  {word} {bar}{tier}{status}{ends}\n");
        if !self.reason.is_empty() {
            out += &format!("    {}\n", self.reason);
        }
        if let Some(raised_by) = self.raised_by {
            out += &format!("    {raised_by} raises it\n");
        }
        if !self.advisories.is_empty() {
            out += &format!("    advisories: {}\n", self.advisories.join(", "));
        }
        out
    }
}

/// What a policy makes of the evidence; the outer error is that it is not in the form in which it travels.
fn judge(
    verifier: &impl SignatureVerifier,
    facts: &VerdictFacts,
    registered: &RegisteredEvidence,
    policy: &Policy,
    now: u64,
) -> Result<Result<Verdict, Refusal>> {
    if facts.kind == EvidenceKind::AwsNitro {
        let document = &registered.evidence;
        let evidence = Evidence::Nitro { document, revocation_lists: &[], checked_authorities: None };
        return Ok(verify_with(verifier, &evidence, policy, facts.judged_at));
    }
    let parts = SnpEvidence::from_bytes(&registered.evidence).context("the evidence cannot be read")?;
    let revocation_list = Some(&*registered.collateral);
    let endorsements = SnpEndorsements { vek: parts.certificate, revocation_list, ..SnpEndorsements::default() };
    Ok(verify_with(verifier, &Evidence::Snp { report: parts.report, endorsements }, policy, now))
}

/// Whether a refusal is about what the machine runs and how it is set up.
fn standing(refusal: &Refusal) -> Standing {
    let is_below = match refusal {
        Refusal::Snp(refusal) => match refusal {
            SnpRefusal::PolicyAcceptsNothing
            | SnpRefusal::VersionFloor { .. }
            | SnpRefusal::KeyNotAccepted(_)
            | SnpRefusal::ProductNotAccepted(_)
            | SnpRefusal::Revoked
            | SnpRefusal::MaskedChipId => true,
            other => matches!(
                other.check(),
                SnpCheck::TcbStatus
                    | SnpCheck::DebugOff
                    | SnpCheck::GuestPolicy
                    | SnpCheck::Vmpl
                    | SnpCheck::PlatformConfiguration
            ),
        },
        Refusal::Nitro(refusal) => matches!(
            refusal,
            NitroRefusal::PolicyAcceptsNothing | NitroRefusal::ImageSignature | NitroRefusal::Debug(_)
        ),
        Refusal::Kind(_)
        | Refusal::Measurement { .. }
        | Refusal::MachineUnidentified
        | Refusal::MachineNotAllowed(_)
        | Refusal::MachineDenied(_)
        | Refusal::ProviderDenied => true,
        Refusal::NoRoot(_)
        | Refusal::Intel(_)
        | Refusal::Azure(_)
        | Refusal::Nvidia(_)
        | Refusal::Tpm(_)
        | Refusal::Cca(_) => false,
    };
    if is_below { Standing::Below } else { Standing::NotJudged }
}

/// What raises firmware that is below a floor. Source: AMD 56860, "SNP_COMMIT", "DOWNLOAD_FIRMWARE_EX" and
/// "TCB_VERSION".
fn raised_by(refusal: &Refusal) -> Option<&'static str> {
    let Refusal::Snp(SnpRefusal::BelowFloor { name, part, .. }) = refusal else { return None };
    Some(match (name, part) {
        (SnpTcbName::Launch, _) => "a new launch of the guest, on a host that has the newer firmware already,",
        (_, SnpTcbPart::Snp) => {
            "newer SEV firmware, which comes with the host's system or a BIOS update, and its commit by the host,"
        }
        (_, SnpTcbPart::Microcode) => "a microcode update by the host's system or a BIOS update, and a restart,",
        (_, SnpTcbPart::Fmc | SnpTcbPart::BootLoader | SnpTcbPart::Tee) => {
            "a BIOS update of the machine's maker, and a restart,"
        }
    })
}

#[cfg(test)]
mod tests;
