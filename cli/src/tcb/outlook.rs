//! What one collateral makes of a machine: above the bar, below it, or not to be judged.

use adyton_attestation::{
    Document, IntelCheck, IntelRefusal, Policy,
    intel::{Contents, Examination, examine_with},
    signature::SignatureVerifier,
};
use serde::Serialize;

use super::{
    collaterals::Named,
    levels::{self, Short},
};
use crate::{attest::printable, worker::date};

/// Where a machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The policy accepts it.
    Above,
    /// The policy refuses what the machine runs or how it is set up.
    Below,
    /// Nothing follows for the machine: the collateral is expired, not Intel's or older than the policy wants, or the
    /// evidence itself is not authentic.
    NotJudged,
}

impl Standing {
    const fn of_refusal(refusal: &IntelRefusal) -> Self {
        match refusal.check() {
            // One of Intel's own signers may be revoked too.
            IntelCheck::Revocation => match refusal {
                IntelRefusal::Revoked(Document::PckCertificate | Document::PckCa) => Self::Below,
                _ => Self::NotJudged,
            },
            IntelCheck::Policy
            | IntelCheck::Collateral
            | IntelCheck::QuoteFormat
            | IntelCheck::CertificateChain
            | IntelCheck::QuotingEnclaveReport
            | IntelCheck::AttestationKey
            | IntelCheck::QuoteSignature
            | IntelCheck::EvaluationNumber
            | IntelCheck::Platform => Self::NotJudged,
            IntelCheck::QuotingEnclave
            | IntelCheck::TdxModule
            | IntelCheck::TcbStatus
            | IntelCheck::DebugOff
            | IntelCheck::Attributes
            | IntelCheck::ServiceDomains
            | IntelCheck::ExtendedFeatures
            | IntelCheck::PlatformConfiguration
            | IntelCheck::ReportData => Self::Below,
        }
    }
}

/// What one collateral makes of a machine.
#[derive(Debug, Serialize)]
pub struct Outlook {
    collateral: String,
    evaluation: u32,
    issued: String,
    next: String,
    /// Where the machine stands by it.
    pub standing: Standing,
    accepted: bool,
    not_after: Option<u64>,
    reason: String,
    tcb_status: Option<&'static str>,
    advisories: Vec<String>,
    short: Vec<Short>,
}

impl Outlook {
    /// What `named` makes of a quote, under the root of the policy's by which it comes furthest.
    pub fn of(
        verifier: &impl SignatureVerifier,
        quote: &[u8],
        contents: &Contents,
        named: &Named,
        policy: &Policy,
        now: u64,
    ) -> Self {
        let under = |root| examine_with(verifier, contents.kind, quote, &named.collateral, &root, &policy.intel, now);
        let furthest = policy.roots.intel().map(under).max_by_key(reached).expect("the policy has a root");
        let Examination { result, level } = furthest;
        let standing = result.as_ref().err().map_or(Standing::Above, Standing::of_refusal);
        // Levels of collateral that is not authentic say nothing.
        let is_short = result.is_err() && (level.is_some() || standing == Standing::Below);
        let short = match is_short {
            true => levels::shortfall(&named.collateral, &contents.versions, &policy.intel),
            false => Vec::new(),
        };
        Self {
            collateral: named.name.clone(),
            evaluation: named.says.evaluation,
            issued: printable(&named.says.issue_date),
            next: printable(&named.says.next_update),
            standing,
            accepted: result.is_ok(),
            not_after: result.as_ref().ok().map(|verdict| verdict.valid_until),
            reason: result.as_ref().err().map(ToString::to_string).unwrap_or_default(),
            tcb_status: level.as_ref().map(|level| level.tcb_status.name()),
            advisories: level.map(|level| level.advisories).unwrap_or_default(),
            short,
        }
    }

    /// For people; what ends before `until` ends soon.
    pub fn text(&self, until: u64) -> String {
        let word = match self.standing {
            Standing::Above => "above the bar",
            Standing::Below => "BELOW the bar",
            Standing::NotJudged => "NOT JUDGED",
        };
        let status = self.tcb_status.unwrap_or("no level");
        let ends = match self.not_after {
            Some(last) if last <= until => format!(", which ends soon: {}", date(last)),
            Some(last) => format!(", true until {}", date(last)),
            None => String::new(),
        };
        let Self { evaluation, issued, collateral, .. } = self;
        let mut out = format!("  {word}: {status} by evaluation {evaluation} of {issued} ({collateral}){ends}\n");
        if !self.reason.is_empty() {
            out += &format!("    {}\n", self.reason);
        }
        if !self.advisories.is_empty() {
            out += &format!("    advisories: {}\n", self.advisories.join(", "));
        }
        out + &self.short.iter().map(|short| format!("    {short}\n")).collect::<String>()
    }
}

/// How far it came: to the end, or to the check that refused.
fn reached(examination: &Examination) -> (bool, Option<IntelCheck>) {
    let refusal = examination.result.as_ref().err();
    (refusal.is_none(), refusal.map(IntelRefusal::check))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use adyton_attestation::{
        IntelPolicy, Roots,
        intel::inspect,
        signature::{CheckedSignatures, Fastest, PublicKey, RememberingVerifier, Scheme},
    };
    use adyton_development_root::{DevelopmentRoot, Role};
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    /// Counts what is left to it.
    #[derive(Default)]
    struct Counting(Cell<usize>);

    impl SignatureVerifier for Counting {
        fn verify(&self, scheme: Scheme, key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
            self.0.set(self.0.get() + 1);
            Fastest::default().verify(scheme, key, message, signature)
        }
    }

    fn root() -> DevelopmentRoot {
        DevelopmentRoot::insecure_from_seed([1; 32])
    }

    fn quote(about: u8) -> Vec<u8> {
        root().device(Role::new("worker").unwrap()).quote([about; 64])
    }

    fn outlook(verifier: &impl SignatureVerifier, quote: &[u8]) -> Outlook {
        let intel = IntelPolicy::strict(0);
        let policy =
            Policy { intel, roots: Roots { intel: vec![root().root()], ..Roots::default() }, ..Policy::default() };
        let named = Named::new("standard".into(), root().collateral(NOW - 60)).unwrap();
        let contents = inspect(&self::quote(7), &root().root()).unwrap();
        Outlook::of(verifier, quote, &contents, &named, &policy, NOW)
    }

    #[test]
    fn a_fleet_costs_the_signatures_of_its_collateral_once_and_is_judged_as_one_by_one() {
        let counting = Counting::default();
        let verifier = RememberingVerifier::new(&counting, CheckedSignatures::NONE);
        let count = || counting.0.replace(0);
        let (one, another) = (quote(7), quote(8));
        let first = outlook(&verifier, &one);
        assert_eq!((first.standing, count() > 3), (Standing::Above, true));
        let (again, plain) = (outlook(&verifier, &one), outlook(&Fastest::default(), &one));
        assert_eq!((json!(&again), count()), (json!(&plain), 0));
        let (other, plain) = (outlook(&verifier, &another), outlook(&Fastest::default(), &another));
        assert_eq!((json!(&other), count()), (json!(&plain), 1));
    }

    #[test]
    fn no_changed_byte_of_a_machine_that_was_judged_stays_above_the_bar() {
        let (good, backend) = (quote(7), Fastest::default());
        let verifier = RememberingVerifier::new(&backend, CheckedSignatures::NONE);
        assert_eq!(outlook(&verifier, &good).standing, Standing::Above);
        for index in (0..good.len()).step_by(61) {
            let mut changed = good.clone();
            changed[index] ^= 1;
            assert_ne!(outlook(&verifier, &changed).standing, Standing::Above, "byte {index}");
        }
    }
}
