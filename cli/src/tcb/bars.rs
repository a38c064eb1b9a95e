//! The bars that a network's policies are: those that hold, and those that are announced.

use adyton_attestation::{
    Policy, Roots,
    snp::{SnpFloor, SnpPolicy, SnpProduct, SnpProductPolicy, SnpTcb},
};
use adyton_client::{
    evidence::verifiers_kind,
    protocol::{record::EvidenceKind, scheduled::Scheduled},
};
use serde::Serialize;

use super::chain::{KindPolicy, Root};

/// What machines of one kind are held to.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The kind; every one, if it is a file's.
    pub kind: Option<EvidenceKind>,
    /// From when on it holds, where it is announced (Unix seconds).
    pub from: Option<u64>,
    /// The policy as the verifier takes it.
    pub policy: Policy,
}

/// A floor of this version's own policy that a network's does not have: platforms below it count as up to date there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingFloor {
    /// AMD's line.
    pub product: SnpProduct,
    /// The floor.
    #[serde(flatten)]
    pub floor: SnpFloor,
}

/// Every policy that holds at `now` (Unix seconds), and every one that is announced, with when it begins to hold.
pub fn each(policies: &[Scheduled<KindPolicy>], now: u64) -> Vec<(&KindPolicy, Option<u64>)> {
    let mut all: Vec<(&KindPolicy, Option<u64>)> = Vec::new();
    for policy in policies {
        all.extend(policy.at(now).map(|policy| (policy, None)));
        all.extend(policy.pending(now).map(|next| (&next.value, Some(next.from))));
    }
    all
}

/// The bars under the roots that the network accepts; none for a kind without a root. Which measurements it accepts and
/// which machines it denies is not in them: whoever is registered was held to that.
pub fn bars(policies: &[Scheduled<KindPolicy>], roots: &[Root], now: u64) -> Vec<Bar> {
    let bar = |(policy, from): (&KindPolicy, Option<u64>)| {
        let kind = policy.kind();
        let roots = roots_of(kind, roots);
        let has_root = !(roots.intel.is_empty() && roots.snp.is_empty() && roots.nitro.is_empty());
        let mut whole = Policy { kinds: vec![verifiers_kind(kind)], roots, ..Policy::command() };
        match policy {
            KindPolicy::IntelTdx(policy) | KindPolicy::IntelSgx(policy) => whole.intel = policy.clone(),
            KindPolicy::AmdSnp(policy) => whole.snp = (**policy).clone(),
            KindPolicy::AwsNitro(policy) => whole.nitro = *policy,
        }
        has_root.then_some(Bar { kind: Some(kind), from, policy: whole })
    };
    each(policies, now).into_iter().filter_map(bar).collect()
}

fn roots_of(kind: EvidenceKind, roots: &[Root]) -> Roots {
    let mut of_kind = Roots::default();
    roots.iter().filter(|root| root.kind == kind).for_each(|root| root.key.add_to(&mut of_kind));
    of_kind
}

/// The floors that this version's own policy has and `policy` has not, of the lines that it accepts.
pub fn missing_floors(policy: &SnpPolicy) -> Vec<MissingFloor> {
    let of_line = |product: SnpProduct| {
        let accepted = policy.product(product)?;
        let own = SnpProductPolicy::strict(product).floors;
        let is_missing = |floor: &SnpFloor| !accepted.floors.iter().any(|there| reaches(there, floor));
        Some(own.into_iter().filter(is_missing).map(|floor| MissingFloor { product, floor }).collect::<Vec<_>>())
    };
    SnpProduct::ALL.into_iter().filter_map(of_line).flatten().collect()
}

/// Whether a floor holds every processor that `wanted` is about to at least its versions.
fn reaches(floor: &SnpFloor, wanted: &SnpFloor) -> bool {
    let parts = |tcb: &SnpTcb| [tcb.fmc, tcb.boot_loader, tcb.tee, tcb.snp, tcb.microcode];
    let is_about = floor.cpu.is_none() || floor.cpu == wanted.cpu;
    is_about && parts(&floor.minimum).iter().zip(parts(&wanted.minimum)).all(|(there, least)| *there >= least)
}

#[cfg(test)]
mod tests {
    use adyton_attestation::{IntelPolicy, IntelRoot};
    use adyton_client::{RootKey, protocol::ids::Digest};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn scheduled() -> Vec<Scheduled<KindPolicy>> {
        let tdx = |minimum| KindPolicy::IntelTdx(IntelPolicy::strict(minimum));
        vec![
            Scheduled::holding(tdx(17)).announce(tdx(20), NOW - 9, NOW + 9),
            Scheduled::holding(KindPolicy::IntelSgx(IntelPolicy::strict(17))),
            Scheduled::holding(KindPolicy::AmdSnp(Box::new(SnpPolicy::strict()))),
        ]
    }

    #[test]
    fn an_announced_policy_is_a_bar_of_its_own_until_it_holds() {
        let root = Root { kind: EvidenceKind::IntelTdx, id: Digest([1; 32]), key: RootKey::Intel(IntelRoot::intel()) };
        let roots = std::slice::from_ref(&root);
        let minimums = |now| {
            let bars = bars(&scheduled(), roots, now);
            assert!(bars.iter().all(|bar| bar.kind == Some(EvidenceKind::IntelTdx)), "sgx has no root: {bars:?}");
            bars.iter().map(|bar| (bar.policy.intel.minimum_evaluation_number, bar.from)).collect::<Vec<_>>()
        };
        assert_eq!(minimums(NOW), [(17, None), (20, Some(NOW + 9))]);
        assert_eq!(minimums(NOW + 9), [(20, None)]);
        assert!(bars(&scheduled(), &[], NOW).is_empty());
        let all = bars(&scheduled(), roots, NOW);
        assert!(all.iter().all(|bar| bar.policy.roots.intel().collect::<Vec<_>>() == [IntelRoot::intel()]));
    }

    #[test]
    fn a_floor_that_was_left_out_or_lowered_is_missing_and_a_higher_one_is_not() {
        assert!(missing_floors(&SnpPolicy::strict()).is_empty());
        assert!(missing_floors(&SnpPolicy::default()).is_empty(), "it accepts no line");
        let mut policy = SnpPolicy::strict();
        let genoa = policy.genoa.as_mut().unwrap();
        let wanted = genoa.floors[0];
        genoa.floors[0].minimum.microcode -= 1;
        assert_eq!(missing_floors(&policy), [MissingFloor { product: SnpProduct::Genoa, floor: wanted }]);
        policy.genoa.as_mut().unwrap().floors[0].minimum.microcode = 0xff;
        assert!(missing_floors(&policy).is_empty());
        let of_line = SnpFloor { cpu: None, ..policy.genoa.as_ref().unwrap().floors[0] };
        policy.genoa.as_mut().unwrap().floors = vec![of_line].try_into().unwrap();
        assert!(missing_floors(&policy).is_empty(), "the whole line is held to more");
        policy.genoa.as_mut().unwrap().floors = Vec::new().try_into().unwrap();
        assert!(missing_floors(&policy).len() > 1);
    }
}
