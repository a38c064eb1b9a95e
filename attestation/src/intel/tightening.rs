//! Whether one policy for Intel's platforms accepts no more than another: what only tightens needs no notice.
//!
//! Compared field by field, each of which has to be named here. What does not tighten in every field does not tighten,
//! even if nothing would pass it that did not pass the other.

use super::policy::{AcceptedAdvisories, IntelPolicy, Tier};

impl IntelPolicy {
    /// Whether whatever passes this policy passes `old` too, there in the same tier or a better one.
    pub fn tightens(&self, old: &Self) -> bool {
        let Self {
            tiers,
            minimum_evaluation_number,
            allowed_xfam,
            allow_single_step_defence,
            allow_protection_keys,
            allow_key_locker,
            allow_lass,
            accepted_service_domains,
            allowed_xfrm,
            allowed_misc_select,
            allow_provisioning_key,
            allow_smt,
            allow_dynamic_platform,
            allow_cached_keys,
        } = self;
        let allowed_only_if = [
            (allow_single_step_defence, old.allow_single_step_defence),
            (allow_protection_keys, old.allow_protection_keys),
            (allow_key_locker, old.allow_key_locker),
            (allow_lass, old.allow_lass),
            (allow_provisioning_key, old.allow_provisioning_key),
            (allow_smt, old.allow_smt),
            (allow_dynamic_platform, old.allow_dynamic_platform),
            (allow_cached_keys, old.allow_cached_keys),
        ];
        tiers.len() <= old.tiers.len()
            && tiers.iter().zip(&old.tiers).all(|(new, old)| new.tightens(old))
            && *minimum_evaluation_number >= old.minimum_evaluation_number
            && allowed_xfam & !old.allowed_xfam == 0
            && allowed_only_if.into_iter().all(|(new, old)| !*new || old)
            && accepted_service_domains.iter().all(|domain| old.accepted_service_domains.contains(domain))
            && allowed_xfrm & !old.allowed_xfrm == 0
            && allowed_misc_select & !old.allowed_misc_select == 0
    }
}

impl Tier {
    /// Whether whatever is in this tier is in `old` too.
    fn tightens(&self, old: &Self) -> bool {
        let Self { statuses, accepted_advisories, refused_advisories, grace_days } = self;
        statuses.iter().all(|status| old.statuses.contains(status))
            && accepted_advisories.tightens(&old.accepted_advisories)
            && old.refused_advisories.iter().all(|advisory| refused_advisories.contains(advisory))
            && *grace_days <= old.grace_days
    }
}

impl AcceptedAdvisories {
    fn tightens(&self, old: &Self) -> bool {
        match (self, old) {
            (Self::Any | Self::Only(_), Self::Any) => true,
            (Self::Any, Self::Only(_)) => false,
            (Self::Only(new), Self::Only(old)) => new.iter().all(|advisory| old.contains(advisory)),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};
    use bounded_collections::BoundedVec;
    use proptest::{prelude::*, sample::subsequence};

    use super::*;
    use crate::{Advisory, AdvisoryNames, ServiceDomainHash, TcbStatus};

    const DAY: u64 = 24 * 60 * 60;

    fn advisories() -> Vec<Advisory> {
        ["INTEL-SA-00001", "INTEL-SA-00002"].map(|name| Advisory::new(name).expect("a name")).to_vec()
    }

    fn names() -> impl Strategy<Value = AdvisoryNames> {
        subsequence(advisories(), 0..=2).prop_map(AdvisoryNames::truncate_from)
    }

    fn tier() -> impl Strategy<Value = Tier> {
        let statuses = [TcbStatus::UpToDate, TcbStatus::SwHardeningNeeded, TcbStatus::OutOfDate];
        let accepted = prop_oneof![Just(AcceptedAdvisories::Any), names().prop_map(AcceptedAdvisories::Only)];
        (subsequence(statuses.to_vec(), 0..=3), accepted, names(), 0..4u16).prop_map(
            |(statuses, accepted_advisories, refused_advisories, grace_days)| Tier {
                statuses: statuses.into_iter().collect(),
                accepted_advisories,
                refused_advisories,
                grace_days,
            },
        )
    }

    /// A tier, and it or another one, of which each field may be that of the first.
    fn pair() -> impl Strategy<Value = (Tier, Tier)> {
        (tier(), tier(), any::<[bool; 4]>()).prop_map(|(old, mut new, same)| {
            if same[0] {
                new.statuses = old.statuses;
            }
            if same[1] {
                new.accepted_advisories = old.accepted_advisories.clone();
            }
            if same[2] {
                new.refused_advisories = old.refused_advisories.clone();
            }
            if same[3] {
                new.grace_days = old.grace_days;
            }
            (old, new)
        })
    }

    fn policy(tiers: Vec<Tier>) -> IntelPolicy {
        IntelPolicy { tiers: BoundedVec::truncate_from(tiers), ..IntelPolicy::strict(7) }
    }

    /// In which tier a platform is under each of two policies, for every platform that the tiers can tell apart.
    fn all_tiers(old: &IntelPolicy, new: &IntelPolicy) -> Vec<(Option<u8>, Option<u8>)> {
        let mut found = Vec::new();
        for status in TcbStatus::ALL {
            for apply in [vec![], advisories()[..1].to_vec(), advisories()[1..].to_vec(), advisories()] {
                for (out_of_date, day) in [(None, 0), (Some(0), 0), (Some(0), 1), (Some(0), 2), (Some(0), 3)] {
                    let tier = |policy: &IntelPolicy| policy.tier_of(status, &apply, out_of_date, day * DAY + 1).ok();
                    found.push((tier(old).map(|(tier, _)| tier), tier(new).map(|(tier, _)| tier)));
                }
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn whatever_passes_a_policy_that_tightens_passed_the_other_in_no_worse_tier(
            pairs in prop::collection::vec(pair(), 0..3),
            more in prop::collection::vec(tier(), 0..2),
            before in any::<bool>(),
        ) {
            let (mut old, new): (Vec<Tier>, Vec<Tier>) = pairs.into_iter().unzip();
            let place = if before { 0 } else { old.len() };
            more.into_iter().for_each(|tier| old.insert(place, tier));
            let (old, new) = (policy(old), policy(new));
            if new.tightens(&old) {
                for (in_old, in_new) in all_tiers(&old, &new) {
                    prop_assert!(in_new.is_none_or(|new| in_old.is_some_and(|old| old <= new)));
                }
            }
        }

        #[test]
        fn two_policies_that_tighten_each_other_judge_alike(pairs in prop::collection::vec(pair(), 1..3)) {
            let (old, new): (Vec<Tier>, Vec<Tier>) = pairs.into_iter().unzip();
            let (old, new) = (policy(old), policy(new));
            prop_assert!(old.tightens(&old));
            if new.tightens(&old) && old.tightens(&new) {
                prop_assert!(all_tiers(&old, &new).into_iter().all(|(old, new)| old == new));
            }
        }
    }

    #[test]
    fn a_policy_that_loosens_in_one_field_alone_does_not_tighten() {
        let strict = || IntelPolicy {
            allow_single_step_defence: false,
            allow_protection_keys: false,
            allow_lass: false,
            allow_smt: false,
            allow_dynamic_platform: false,
            allow_cached_keys: false,
            tiers: BoundedVec::truncate_from(vec![Tier {
                accepted_advisories: AcceptedAdvisories::default(),
                refused_advisories: AdvisoryNames::truncate_from(advisories()),
                grace_days: 1,
                ..Tier::up_to_date()
            }]),
            ..IntelPolicy::strict(7)
        };
        let changes: [fn(&mut IntelPolicy); 19] = [
            |policy| policy.tiers.try_push(Tier::default()).expect("there is room"),
            |policy| policy.tiers[0].statuses = policy.tiers[0].statuses.with(TcbStatus::OutOfDate),
            |policy| policy.tiers[0].accepted_advisories = AcceptedAdvisories::Any,
            |policy| {
                policy.tiers[0].accepted_advisories =
                    AcceptedAdvisories::Only(AdvisoryNames::truncate_from(advisories()))
            },
            |policy| policy.tiers[0].refused_advisories.truncate(1),
            |policy| policy.tiers[0].grace_days = 2,
            |policy| policy.minimum_evaluation_number = 6,
            |policy| policy.allowed_xfam |= 1 << 63,
            |policy| policy.allow_single_step_defence = true,
            |policy| policy.allow_protection_keys = true,
            |policy| policy.allow_key_locker = true,
            |policy| policy.allow_lass = true,
            |policy| policy.accepted_service_domains.try_push(ServiceDomainHash([1; 48])).expect("there is room"),
            |policy| policy.allowed_xfrm |= 1 << 63,
            |policy| policy.allowed_misc_select |= 1 << 31,
            |policy| policy.allow_provisioning_key = true,
            |policy| policy.allow_smt = true,
            |policy| policy.allow_dynamic_platform = true,
            |policy| policy.allow_cached_keys = true,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let (old, mut new) = (strict(), strict());
            change(&mut new);
            assert!(!new.tightens(&old), "change {number} loosens");
            assert!(old.tightens(&new), "its way back tightens");
        }
    }
}
