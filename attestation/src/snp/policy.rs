//! What a relying party accepts of SEV-SNP. Plain data; whatever it does not allow is refused.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    flags::{GuestPolicy, PlatformInfo},
    floors::{self, SnpFloors},
    product::SnpProduct,
    report::SnpKey,
};
use crate::{Advisory, TierNumber};

/// The most advisories that always apply to a product line.
const MAX_STANDING_ADVISORIES: u32 = 8;
/// The number of the lowest tier.
const LOWEST_TIER: TierNumber = 3;

/// What is accepted. The default accepts nothing.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct SnpPolicy {
    /// What is accepted of Milan; `None` refuses it.
    pub milan: Option<SnpProductPolicy>,
    /// What is accepted of Genoa, Bergamo and Siena.
    pub genoa: Option<SnpProductPolicy>,
    /// What is accepted of Turin.
    pub turin: Option<SnpProductPolicy>,
    /// Whether reports signed with a chip's key are accepted.
    pub accept_vcek: bool,
    /// Whether reports signed with a cloud provider's key are accepted, which names no chip.
    pub accept_vlek: bool,
    /// Whether a report signed with a chip's key may leave the chip's identifier out.
    pub accept_masked_chip_id: bool,
    /// Whether the root's revocation list must be there. One that is there is always checked.
    pub require_revocation_list: bool,
    /// The oldest version of reports. Those before 3 do not name the processor.
    pub minimum_version: u32,
    /// The least privileged level (VMPL) from which a report is accepted: 0 accepts only the most privileged one.
    pub maximum_vmpl: u8,
    /// The firmware interface that the guest must require at least: major, minor.
    pub minimum_guest_abi: [u8; 2],
    /// What weakens a guest and its owner may nevertheless permit. Debugging is never accepted.
    pub guest_may: GuestPolicy,
    /// What the guest's owner must demand.
    pub guest_must: GuestPolicy,
    /// Whether the platform may run with multithreading on.
    pub platform_may_smt: bool,
    /// How the platform must be set up.
    pub platform_must: PlatformInfo,
}

/// What is accepted of one product line.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct SnpProductPolicy {
    /// The tier of platforms to which no floor's advisory applies.
    pub tier: TierNumber,
    /// The tier of the others; `None` refuses them.
    pub out_of_date_tier: Option<TierNumber>,
    /// The versions below which a platform is out of date, each with the advisory that says so.
    pub floors: SnpFloors,
    /// Advisories that apply whatever the versions are.
    pub standing_advisories: BoundedVec<Advisory, ConstU32<MAX_STANDING_ADVISORIES>>,
    /// Bits that the launched and the current firmware's mitigations must both have. Reports before version 5 have
    /// none.
    pub required_mitigations: u64,
}

impl SnpProductPolicy {
    /// Up to date in the best tier, or refused.
    pub fn strict(product: SnpProduct) -> Self {
        Self { floors: floors::built_in(product), ..Self::default() }
    }
}

impl SnpPolicy {
    /// Up to date and nothing else: Genoa and Turin, whose memory was checked for aliases, with reports that name the
    /// processor and with AMD's revocation list. Milan is refused: it would have to be named.
    ///
    /// Multithreading is allowed, because clouds sell nothing else.
    pub fn strict() -> Self {
        Self {
            milan: None,
            genoa: Some(SnpProductPolicy::strict(SnpProduct::Genoa)),
            turin: Some(SnpProductPolicy::strict(SnpProduct::Turin)),
            accept_vcek: true,
            accept_vlek: true,
            accept_masked_chip_id: false,
            require_revocation_list: true,
            minimum_version: 3,
            maximum_vmpl: 0,
            minimum_guest_abi: [0, 0],
            guest_may: GuestPolicy::SMT,
            guest_must: GuestPolicy::default(),
            platform_may_smt: true,
            platform_must: PlatformInfo::ALIAS_CHECK_COMPLETE,
        }
    }

    /// What the command judges by where it is given no policy: everything that AMD's keys vouch for, at the most
    /// privileged level and without debugging, each platform in the tier that it deserves and with the advisories
    /// that apply. Milan is in the lowest.
    pub fn tiered() -> Self {
        let tiered =
            |product| SnpProductPolicy { out_of_date_tier: Some(LOWEST_TIER - 1), ..SnpProductPolicy::strict(product) };
        let mut milan = SnpProductPolicy {
            tier: LOWEST_TIER,
            out_of_date_tier: Some(LOWEST_TIER),
            ..SnpProductPolicy::strict(SnpProduct::Milan)
        };
        milan.standing_advisories = BoundedVec::truncate_from([floors::milan_seed()].into());
        Self {
            milan: Some(milan),
            genoa: Some(tiered(SnpProduct::Genoa)),
            turin: Some(tiered(SnpProduct::Turin)),
            require_revocation_list: false,
            minimum_version: 2,
            platform_must: PlatformInfo::default(),
            ..Self::strict()
        }
    }

    /// What is accepted of `product`.
    pub const fn product(&self, product: SnpProduct) -> Option<&SnpProductPolicy> {
        match product {
            SnpProduct::Milan => self.milan.as_ref(),
            SnpProduct::Genoa => self.genoa.as_ref(),
            SnpProduct::Turin => self.turin.as_ref(),
        }
    }

    /// Whether reports signed with `key` are accepted.
    pub const fn accepts(&self, key: SnpKey) -> bool {
        match key {
            SnpKey::Vcek => self.accept_vcek,
            SnpKey::Vlek => self.accept_vlek,
        }
    }

    /// Whether nothing can pass it.
    pub fn accepts_nothing(&self) -> bool {
        let accepts_a_key = self.accept_vcek || self.accept_vlek;
        !accepts_a_key || SnpProduct::ALL.into_iter().all(|product| self.product(product).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::{SnpPolicy, SnpProduct};

    #[test]
    fn the_default_accepts_nothing() {
        assert!(SnpPolicy::default().accepts_nothing());
    }

    /// Case 142.
    #[test]
    fn milan_is_refused_unless_named_and_then_in_the_lowest_tier() {
        assert_eq!(SnpPolicy::strict().product(SnpProduct::Milan), None);
        let tiered = SnpPolicy::tiered();
        let tier = |product| tiered.product(product).expect("all are named").tier;
        assert!(tier(SnpProduct::Milan) > tier(SnpProduct::Genoa));
    }

    #[test]
    fn a_policy_survives_its_file_form() {
        for policy in [SnpPolicy::default(), SnpPolicy::strict(), SnpPolicy::tiered()] {
            let text = serde_json::to_string(&policy).expect("plain data");
            assert_eq!(serde_json::from_str::<SnpPolicy>(&text).expect("the same fields"), policy);
        }
        assert!(serde_json::from_str::<SnpPolicy>("{\"accept_debug\":true}").is_err());
    }
}
