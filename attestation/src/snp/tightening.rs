//! Whether one policy for SEV-SNP accepts no more than another: what only tightens needs no notice.
//!
//! Compared field by field, each of which has to be named here. What does not tighten in every field does not tighten,
//! even if nothing would pass it that did not pass the other.

use super::{
    floors::{SnpFloor, SnpFloors},
    policy::{SnpPolicy, SnpProductPolicy},
};

impl SnpPolicy {
    /// Whether whatever passes this policy passes `old` too, there in the same tier or a better one.
    pub fn tightens(&self, old: &Self) -> bool {
        let Self {
            milan,
            genoa,
            turin,
            accept_vcek,
            accept_vlek,
            accept_masked_chip_id,
            require_revocation_list,
            minimum_version,
            maximum_vmpl,
            minimum_guest_abi,
            guest_may,
            guest_must,
            platform_may_smt,
            platform_must,
        } = self;
        let products = [(milan, &old.milan), (genoa, &old.genoa), (turin, &old.turin)];
        let allowed_only_if = [
            (accept_vcek, old.accept_vcek),
            (accept_vlek, old.accept_vlek),
            (accept_masked_chip_id, old.accept_masked_chip_id),
            (platform_may_smt, old.platform_may_smt),
        ];
        products.into_iter().all(|(new, old)| product_tightens(new.as_ref(), old.as_ref()))
            && allowed_only_if.into_iter().all(|(new, old)| !*new || old)
            && (*require_revocation_list || !old.require_revocation_list)
            && *minimum_version >= old.minimum_version
            && *maximum_vmpl <= old.maximum_vmpl
            && *minimum_guest_abi >= old.minimum_guest_abi
            && old.guest_may.contains(*guest_may)
            && guest_must.contains(old.guest_must)
            && platform_must.contains(old.platform_must)
    }
}

fn product_tightens(new: Option<&SnpProductPolicy>, old: Option<&SnpProductPolicy>) -> bool {
    match (new, old) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(new), Some(old)) => new.tightens(old),
    }
}

impl SnpProductPolicy {
    fn tightens(&self, old: &Self) -> bool {
        let Self { tier, out_of_date_tier, floors, standing_advisories, required_mitigations } = self;
        let out_of_date_tightens = match (out_of_date_tier, old.out_of_date_tier) {
            (None, _) => true,
            (Some(_), None) => false,
            // What was up to date may be out of date under the new floors.
            (Some(new), Some(of_old)) => *new >= of_old && *new >= old.tier,
        };
        *tier >= old.tier
            && out_of_date_tightens
            && floors_tighten(floors, &old.floors)
            && old.standing_advisories.iter().all(|advisory| standing_advisories.contains(advisory))
            && old.required_mitigations & !required_mitigations == 0
    }
}

/// Whether whatever is below one of the `old` floors that it is held to is below one of the new ones.
fn floors_tighten(new: &SnpFloors, old: &SnpFloors) -> bool {
    let is_covered = |floor: &SnpFloor| {
        let covers = |other: &SnpFloor| other.cpu == floor.cpu && other.minimum.first_below(&floor.minimum).is_none();
        new.iter().any(covers)
    };
    // A processor without floors of its own is held to those of all others: one that gets some is no longer.
    let is_of_known = |floor: &SnpFloor| floor.cpu.is_none() || old.iter().any(|other| other.cpu == floor.cpu);
    old.iter().all(is_covered) && new.iter().all(is_of_known)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use bounded_collections::BoundedVec;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        Advisory,
        snp::{GuestPolicy, PlatformInfo, SnpCpu, SnpProduct, floors::applicable, tcb::SnpTcb},
    };

    fn advisory() -> Advisory {
        Advisory::new("AMD-SB-0001").expect("a name")
    }

    const fn cpu(model: u8) -> SnpCpu {
        SnpCpu { family: 0x19, model, stepping: 0 }
    }

    fn tcb(snp: u8, microcode: u8) -> SnpTcb {
        SnpTcb { snp, microcode, ..SnpTcb::default() }
    }

    fn floor() -> impl Strategy<Value = SnpFloor> {
        (prop::option::of(1..3u8), 0..3u8, 0..3u8).prop_map(|(model, snp, microcode)| SnpFloor {
            cpu: model.map(cpu),
            minimum: tcb(snp, microcode),
            advisory: advisory(),
        })
    }

    /// Whether a processor with these versions is below a floor that it is held to.
    fn is_below(floors: &SnpFloors, cpu: Option<SnpCpu>, versions: &SnpTcb) -> bool {
        applicable(floors, cpu).iter().any(|floor| versions.first_below(&floor.minimum).is_some())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_below_floors_is_below_those_that_tighten_them(
            old in vec(floor(), 0..3), raised in vec((0..2u8, 0..2u8), 3), more in vec(floor(), 0..2),
        ) {
            let raise = |(floor, (snp, microcode)): (&SnpFloor, &(u8, u8))| SnpFloor {
                minimum: tcb(floor.minimum.snp + snp, floor.minimum.microcode + microcode),
                ..*floor
            };
            let new: Vec<SnpFloor> = old.iter().zip(&raised).map(raise).chain(more).collect();
            let (old, new) = (SnpFloors::truncate_from(old), SnpFloors::truncate_from(new));
            prop_assert!(floors_tighten(&old, &old));
            if floors_tighten(&new, &old) {
                for cpu in [None, Some(cpu(1)), Some(cpu(2)), Some(cpu(3))] {
                    for versions in (0..4).flat_map(|snp| (0..4).map(move |microcode| tcb(snp, microcode))) {
                        prop_assert!(!is_below(&old, cpu, &versions) || is_below(&new, cpu, &versions));
                    }
                }
            }
        }
    }

    #[test]
    fn a_floor_for_a_processor_that_had_none_of_its_own_loosens() {
        let floor =
            |model, microcode| SnpFloor { cpu: Some(cpu(model)), minimum: tcb(0, microcode), advisory: advisory() };
        let old = SnpFloors::truncate_from([floor(1, 9)].into());
        let new = SnpFloors::truncate_from([floor(1, 9), floor(2, 1)].into());
        assert!(is_below(&old, Some(cpu(2)), &tcb(0, 5)) && !is_below(&new, Some(cpu(2)), &tcb(0, 5)));
        assert!(!floors_tighten(&new, &old));
    }

    #[test]
    fn what_becomes_out_of_date_does_not_come_into_a_better_tier() {
        let old = SnpProductPolicy { tier: 2, out_of_date_tier: Some(0), ..SnpProductPolicy::default() };
        assert!(!old.tightens(&old), "its own out-of-date platforms are in a better tier");
        let new = SnpProductPolicy { out_of_date_tier: Some(2), ..old.clone() };
        assert!(new.tightens(&old));
    }

    /// Something that can be loosened in every field.
    fn strict() -> SnpPolicy {
        let genoa = SnpProductPolicy {
            tier: 1,
            out_of_date_tier: Some(2),
            standing_advisories: BoundedVec::truncate_from([advisory()].into()),
            required_mitigations: 1,
            ..SnpProductPolicy::strict(SnpProduct::Genoa)
        };
        SnpPolicy {
            genoa: Some(genoa),
            turin: None,
            accept_vcek: false,
            accept_vlek: false,
            maximum_vmpl: 0,
            minimum_guest_abi: [1, 5],
            guest_may: GuestPolicy::default(),
            guest_must: GuestPolicy::SINGLE_SOCKET,
            platform_may_smt: false,
            ..SnpPolicy::strict()
        }
    }

    fn genoa(policy: &mut SnpPolicy) -> &mut SnpProductPolicy {
        policy.genoa.as_mut().expect("it is there")
    }

    #[test]
    fn a_policy_that_loosens_in_one_field_alone_does_not_tighten() {
        let changes: [fn(&mut SnpPolicy); 18] = [
            |policy| policy.milan = Some(SnpProductPolicy::strict(SnpProduct::Milan)),
            |policy| policy.turin = Some(SnpProductPolicy::strict(SnpProduct::Turin)),
            |policy| policy.accept_vcek = true,
            |policy| policy.accept_vlek = true,
            |policy| policy.accept_masked_chip_id = true,
            |policy| policy.require_revocation_list = false,
            |policy| policy.minimum_version = 2,
            |policy| policy.maximum_vmpl = 1,
            |policy| policy.minimum_guest_abi = [0, 9],
            |policy| policy.guest_may = GuestPolicy::SMT,
            |policy| policy.guest_must = GuestPolicy::default(),
            |policy| policy.platform_may_smt = true,
            |policy| policy.platform_must = PlatformInfo::default(),
            |policy| genoa(policy).tier = 0,
            |policy| genoa(policy).out_of_date_tier = Some(1),
            |policy| genoa(policy).floors.truncate(1),
            |policy| genoa(policy).standing_advisories.truncate(0),
            |policy| genoa(policy).required_mitigations = 0,
        ];
        assert!(strict().tightens(&strict()));
        for (number, change) in changes.into_iter().enumerate() {
            let mut new = strict();
            change(&mut new);
            assert!(!new.tightens(&strict()), "change {number} loosens");
        }
        let refused = SnpPolicy { genoa: None, ..strict() };
        assert!(refused.tightens(&strict()) && !strict().tightens(&refused));
    }
}
