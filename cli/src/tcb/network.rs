//! What a network's chain accepts and holds, beside what Intel and AMD say now.
//!
//! Intel publishes the levels of its platforms, so that held collateral can be compared with Intel's standard and early
//! one. AMD publishes no levels: which versions mend what stands in its bulletins, of which this version knows those of
//! its own policy, and the network's floors are compared with these. What AMD's service does say is which authorities are
//! revoked. Which firmware a worker runs is not on the chain; by which evaluation each was judged is.

use adyton_attestation::snp::{SnpProduct, SnpRoot};
use adyton_attestation_platform::fetch::{Fetcher, IntelRequest, IntelTee};
use adyton_client::{
    RootKey,
    protocol::{
        ids::{Digest, WorkerId},
        record::{CollateralRef, EvidenceKind},
        scheduled::Scheduled,
    },
};
use anyhow::{Context, Result, ensure};
use serde::Serialize;

use super::{
    DAY,
    bars::{MissingFloor, each, missing_floors},
    chain::{Chain, KindPolicy, Root, StoredList},
    endorsements::{Content, Request, Says, Vouched, line_of},
    workers::{Worker, judged_below},
};
use crate::{
    attest::{Age, Remembering, intel_authority},
    connection::Connection,
    worker::date,
};

/// The comparison.
#[derive(Debug, Default, Serialize)]
pub struct Network {
    /// What it accepts of platforms.
    policies: Vec<Accepted>,
    /// Intel's collateral that it holds.
    intel: Vec<OfIntel>,
    /// AMD's revocation lists of the roots that it accepts.
    amd: Vec<OfAmd>,
    /// What somebody has to do something about.
    pub attention: Vec<String>,
    /// What could not be compared, and why.
    pub unjudged: Vec<String>,
}

/// A kind's policy.
#[derive(Debug, Serialize)]
struct Accepted {
    kind: EvidenceKind,
    /// From when on it holds, where it is announced (Unix seconds).
    announced_from: Option<u64>,
    /// Of Intel's.
    minimum_evaluation: Option<u32>,
    /// Of AMD's.
    missing_floors: Vec<MissingFloor>,
}

/// The head of collateral or of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Head {
    /// Intel's evaluation; of a list, the day on which it was issued.
    evaluation: u32,
    issued_at: u64,
    valid_until: u64,
}

/// Intel's collateral of one family and authority.
#[derive(Debug, Serialize)]
struct OfIntel {
    kind: EvidenceKind,
    root: Digest,
    family: String,
    authority: &'static str,
    /// The lowest evaluation that the network takes under the root.
    floor: u32,
    held: Head,
    standard: Option<Head>,
    early: Option<Head>,
    /// Whose verdict is of an evaluation below the newest of Intel's: they fall when the floor is raised to it, until they
    /// are renewed.
    judged_below: Vec<WorkerId>,
}

/// AMD's revocation list of one root.
#[derive(Debug, Serialize)]
struct OfAmd {
    root: Digest,
    product: SnpProduct,
    held: Option<Head>,
    now: Option<Head>,
    /// Whether AMD's newer one revokes what the held one does not.
    revokes_more: bool,
    /// Whose verdicts end when that is submitted, until they are renewed.
    would_end: Vec<WorkerId>,
}

/// What is compared, and with whom.
pub struct Comparison<'a> {
    /// The network's roots, and the way to the rest.
    pub chain: &'a Chain<'a>,
    /// Its workers and keyholders.
    pub workers: &'a [Worker],
    /// The vendors.
    pub fetcher: &'a Fetcher,
    /// Whether somebody named services, which may speak for other roots than the vendors' own.
    pub named: bool,
    /// The moment before which what ends, ends soon (Unix seconds).
    pub until: u64,
    /// What was verified.
    pub signatures: &'a Remembering,
    /// To say what goes on.
    pub connection: &'a Connection<'a>,
}

impl Comparison<'_> {
    /// All of it.
    pub async fn of(&self, policies: &[Scheduled<KindPolicy>]) -> Result<Network> {
        let mut network = Network::default();
        for (policy, from) in each(policies, self.chain.now) {
            network.accept(policy, from);
        }
        for (reference, authority) in self.chain.collaterals().await? {
            let is_accepted = |root: &Root| (root.kind, root.id) == (reference.kind, reference.root);
            let Some(root) = self.chain.roots.iter().find(|root| is_accepted(root)) else { continue };
            let held = self.chain.collateral(&reference, &authority).await?;
            let Some(held) = held else { continue };
            let held = Vouched { kind: root.kind, root: root.id, says: Says::Collateral(Box::new(held)) };
            self.intel(root, &reference, &held, &mut network).await?;
        }
        for root in &self.chain.roots {
            if let RootKey::Snp(key) = &root.key {
                self.amd(root, key, &mut network).await?;
            }
        }
        Ok(network)
    }

    async fn intel(&self, root: &Root, reference: &CollateralRef, held: &Vouched, network: &mut Network) -> Result<()> {
        let Says::Collateral(checked) = &held.says else { return Ok(()) };
        let name = format!("{} platforms {} of {}", root.kind, hex::encode(reference.family), checked.authority_name());
        let (floor, _) = self.chain.floors(root.kind, &root.id).await?;
        let tee = if root.kind == EvidenceKind::IntelSgx { IntelTee::Sgx } else { IntelTee::Tdx };
        let authority = intel_authority(checked.authority_name()).context("an authority has one of two names")?;
        let mut said = [None, None];
        for (place, update) in [Age::Standard, Age::Early].into_iter().enumerate() {
            let request = IntelRequest { tee, fmspc: reference.family, authority, update: update.into() };
            match self.ask(root, &Request::Intel(request)).await {
                Ok((vouched, _)) => said[place] = Some(head(&vouched.says)),
                Err(error) => network.leave_open(format!("{name}: {error:#}")),
            }
        }
        let [standard, early] = said;
        let held = head(&held.says);
        let newest = said.iter().flatten().map(|head| head.evaluation).max().unwrap_or_default();
        let of_intel = OfIntel {
            kind: root.kind,
            root: root.id,
            family: hex::encode(reference.family),
            authority: checked.authority_name(),
            floor,
            held,
            standard,
            early,
            judged_below: judged_below(self.workers, root.kind, &root.id, newest),
        };
        network.attention.extend(of_intel.attention(&name, self.until));
        network.intel.push(of_intel);
        Ok(())
    }

    async fn amd(&self, root: &Root, key: &SnpRoot, network: &mut Network) -> Result<()> {
        let product = key.product();
        let held = self.chain.list(&root.id).await?;
        let mut of_amd = OfAmd {
            root: root.id,
            product,
            held: held.as_ref().map(|held| head_of_list(held.issued_at, held.valid_until)),
            now: None,
            revokes_more: false,
            would_end: Vec::new(),
        };
        let line = line_of(root).context("a root of AMD's has a line")?;
        match self.ask(root, &Request::Amd(line)).await {
            Ok((vouched, Content::List(list))) => {
                of_amd.now = Some(head(&vouched.says));
                of_amd.revokes_more = of_amd.is_newer_there() && revokes_more(&list, held.as_ref());
            }
            Ok((_, Content::Collateral(_))) => {}
            Err(error) => network.leave_open(format!("revocation list of {product}: {error:#}")),
        }
        if of_amd.revokes_more {
            of_amd.would_end = judged_below(self.workers, root.kind, &root.id, u32::MAX);
        }
        network.attention.extend(of_amd.attention(self.until));
        network.amd.push(of_amd);
        Ok(())
    }

    /// What the vendor says now, under `root`.
    async fn ask(&self, root: &Root, request: &Request) -> Result<(Vouched, Content)> {
        let is_vendors = match &root.key {
            RootKey::Intel(key) => key.is_intel(),
            RootKey::Snp(key) => key.is_amd(),
            RootKey::Nitro(_) => false,
        };
        ensure!(is_vendors || self.named, "the root is not the vendor's own: name who speaks for it with --source");
        self.connection.output.progress(format!("Asking for {}", request.name()));
        let roots = std::slice::from_ref(root);
        let endorsement = request.fetch(self.fetcher, roots, self.chain.now, self.signatures).await?;
        let vouched = Vouched::of(&endorsement.content, roots, self.chain.now, self.signatures);
        Ok((vouched.map_err(anyhow::Error::msg)?, endorsement.content))
    }
}

/// Whether a newer list revokes what the held one does not; without one, whether it revokes anything.
fn revokes_more(list: &[u8], held: Option<&StoredList>) -> bool {
    SnpRoot::revokes_more(list, held.map_or(&[][..], |held| &held.list))
}

fn head(says: &Says) -> Head {
    match says {
        Says::Collateral(checked) => Head {
            evaluation: checked.evaluation_number(),
            issued_at: checked.issued_at(),
            valid_until: checked.valid_until(),
        },
        Says::List { issued_at, valid_until, .. } => head_of_list(*issued_at, *valid_until),
    }
}

fn head_of_list(issued_at: u64, valid_until: u64) -> Head {
    Head { evaluation: u32::try_from(issued_at / DAY).unwrap_or(u32::MAX), issued_at, valid_until }
}

impl OfIntel {
    fn attention(&self, name: &str, until: u64) -> Vec<String> {
        let mut lines = Vec::new();
        let held = &self.held;
        if held.valid_until <= until {
            lines.push(format!(
                "{name}: the collateral that the network holds ends {}, and no evidence is judged by it then: `adyton tcb submit --known`",
                date(held.valid_until)
            ));
        }
        if let Some(standard) = self.standard.filter(|standard| standard.evaluation > held.evaluation) {
            lines.push(format!(
                "{name}: Intel's standard collateral is of evaluation {}, and the network holds {}: `adyton tcb submit --known`",
                standard.evaluation, held.evaluation
            ));
        }
        if let Some(standard) = self.standard.filter(|standard| standard.evaluation < self.floor) {
            lines.push(format!(
                "{name}: the network takes no evaluation below {}, and Intel's standard collateral is of {}: `adyton tcb submit --known --update early`",
                self.floor, standard.evaluation
            ));
        }
        lines
    }

    fn text(&self) -> String {
        let said =
            |head: &Option<Head>| head.map_or("not known".into(), |head| format!("evaluation {}", head.evaluation));
        let mut out = format!(
            "{} platforms {} of {}: the network holds evaluation {} of {}, until {}; Intel's standard: {}, early: {}\n",
            self.kind,
            self.family,
            self.authority,
            self.held.evaluation,
            date(self.held.issued_at),
            date(self.held.valid_until),
            said(&self.standard),
            said(&self.early)
        );
        for worker in &self.judged_below {
            out += &format!(
                "  judged by an evaluation below the newest, and falls when the floor is raised to it: {worker}\n"
            );
        }
        out
    }
}

impl OfAmd {
    fn is_newer_there(&self) -> bool {
        let issued = |head: &Option<Head>| head.map_or(0, |head| head.issued_at);
        issued(&self.now) > issued(&self.held)
    }

    fn attention(&self, until: u64) -> Vec<String> {
        let mut lines = Vec::new();
        let line = self.product;
        match &self.held {
            None => lines.push(format!(
                "{line}: the network holds no revocation list of AMD's, which a strict policy requires: `adyton tcb submit --kind snp --product {}`",
                line.name().to_lowercase()
            )),
            Some(held) if held.valid_until <= until => lines.push(format!(
                "{line}: the revocation list that the network holds ends {}: `adyton tcb submit --known`",
                date(held.valid_until)
            )),
            Some(_) => {}
        }
        if self.revokes_more {
            lines.push(format!(
                "{line}: AMD's newer list revokes more. When it is submitted, the verdicts of {} workers and keyholders end, and they have to be renewed",
                self.would_end.len()
            ));
        }
        lines
    }

    fn text(&self) -> String {
        let said = |head: &Option<Head>, none: &str| {
            head.map_or(none.to_owned(), |head| {
                format!("of {}, until {}", date(head.issued_at), date(head.valid_until))
            })
        };
        let mut out = format!(
            "{}: the network's revocation list is {}; AMD's is {}\n",
            self.product,
            said(&self.held, "missing"),
            said(&self.now, "not known")
        );
        for worker in &self.would_end {
            out += &format!("  its verdict ends when AMD's list is submitted: {worker}\n");
        }
        out
    }
}

impl Network {
    /// Says once what could not be compared.
    fn leave_open(&mut self, line: String) {
        if !self.unjudged.contains(&line) {
            self.unjudged.push(line);
        }
    }

    fn accept(&mut self, policy: &KindPolicy, announced_from: Option<u64>) {
        let (minimum_evaluation, missing_floors) = match policy {
            KindPolicy::IntelTdx(policy) | KindPolicy::IntelSgx(policy) => {
                (Some(policy.minimum_evaluation_number), Vec::new())
            }
            KindPolicy::AmdSnp(policy) => (None, missing_floors(policy)),
            KindPolicy::AwsNitro(_) => (None, Vec::new()),
        };
        let when =
            announced_from.map_or("the policy".into(), |from| format!("the policy announced for {}", date(from)));
        for MissingFloor { product, floor } in &missing_floors {
            let cpu = floor.cpu.map_or_else(String::new, |cpu| {
                format!(" (family {:#x}, model {:#x}, stepping {})", cpu.family, cpu.model, cpu.stepping)
            });
            self.attention.push(format!(
                "{product}{cpu}: {when} accepts as up to date what {} applies to; it is mended from microcode {} on",
                floor.advisory, floor.minimum.microcode
            ));
        }
        self.policies.push(Accepted { kind: policy.kind(), announced_from, minimum_evaluation, missing_floors });
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for Accepted { kind, announced_from, minimum_evaluation, .. } in &self.policies {
            let least = minimum_evaluation.map_or_else(String::new, |least| format!(" from evaluation {least} on"));
            let from = announced_from.map_or_else(String::new, |from| format!(", announced for {}", date(from)));
            out += &format!("{kind} is accepted{least}{from}\n");
        }
        out += &self.intel.iter().map(OfIntel::text).collect::<String>();
        out += &self.amd.iter().map(OfAmd::text).collect::<String>();
        out += &self.attention.iter().map(|line| format!("TO DO: {line}\n")).collect::<String>();
        out + &self.unjudged.iter().map(|line| format!("NOT COMPARED: {line}\n")).collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use adyton_attestation::snp::SnpPolicy;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn of_intel(held: u32, standard: u32, floor: u32, valid_until: u64) -> Vec<String> {
        let head = |evaluation| Head { evaluation, issued_at: NOW, valid_until };
        let of_intel = OfIntel {
            kind: EvidenceKind::IntelTdx,
            root: Digest([1; 32]),
            family: "00806f050000".into(),
            authority: "Intel SGX PCK Platform CA",
            floor,
            held: head(held),
            standard: Some(head(standard)),
            early: None,
            judged_below: Vec::new(),
        };
        of_intel.attention("it", NOW + 7 * DAY)
    }

    #[test]
    fn collateral_that_ends_is_behind_or_below_the_floor_needs_attention() {
        assert!(of_intel(17, 17, 17, NOW + 8 * DAY).is_empty());
        for (lines, said) in [
            (of_intel(17, 17, 17, NOW + 7 * DAY), "no evidence is judged by it then"),
            (of_intel(17, 18, 17, NOW + 8 * DAY), "is of evaluation 18, and the network holds 17"),
            (of_intel(18, 17, 18, NOW + 8 * DAY), "takes no evaluation below 18"),
        ] {
            assert!(lines.len() == 1 && lines[0].contains(said) && lines[0].contains("adyton tcb submit"), "{lines:?}");
        }
    }

    fn of_amd(held: Option<u64>, revokes_more: bool) -> Vec<String> {
        let of_amd = OfAmd {
            root: Digest([1; 32]),
            product: SnpProduct::Genoa,
            held: held.map(|valid_until| head_of_list(NOW, valid_until)),
            now: Some(head_of_list(NOW + 1, NOW + 90 * DAY)),
            revokes_more,
            would_end: vec![WorkerId([2; 32])],
        };
        assert!(of_amd.is_newer_there());
        of_amd.attention(NOW + 7 * DAY)
    }

    #[test]
    fn a_list_that_is_missing_ends_or_will_end_verdicts_needs_attention() {
        assert!(of_amd(Some(NOW + 8 * DAY), false).is_empty());
        for (lines, said) in [
            (of_amd(None, false), "--kind snp --product genoa"),
            (of_amd(Some(NOW + 7 * DAY), false), "that the network holds ends"),
            (of_amd(Some(NOW + 8 * DAY), true), "the verdicts of 1 workers and keyholders end"),
        ] {
            assert!(lines.len() == 1 && lines[0].contains(said), "{lines:?}");
        }
    }

    #[test]
    fn a_policy_that_lost_a_floor_needs_attention_before_it_holds_too() {
        let mut network = Network::default();
        network.accept(&KindPolicy::AmdSnp(Box::new(SnpPolicy::strict())), None);
        assert!(network.attention.is_empty());
        let mut policy = SnpPolicy::strict();
        policy.turin.as_mut().unwrap().floors = Vec::new().try_into().unwrap();
        network.accept(&KindPolicy::AmdSnp(Box::new(policy)), Some(NOW));
        assert_eq!(network.attention.len(), 2, "{:?}", network.attention);
        let line = &network.attention[0];
        assert!(line.contains("Turin") && line.contains("announced for") && line.contains("AMD-SB-7033"), "{line}");
    }
}
