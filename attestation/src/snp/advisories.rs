//! Which advisories may apply to AMD's platforms, and until when.
//!
//! AMD publishes no levels with dates, as Intel does: a floor names an advisory, and what a relying party makes of that
//! one, it says here. It stands beside [`super::SnpPolicy`], which says what makes a platform out of date and which
//! tier it is then in, and which chains store; this part is of [`crate::Policy`] alone, and so of [`crate::verify`].

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::{refusal::SnpRefusal, verdict::SnpFacts};
use crate::{AcceptedAdvisories, Advisory, AdvisoryNames, TcbStatus};

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// Which advisories may apply to a platform. The default accepts none on a platform that is out of date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnpAdvisories {
    /// The advisories that may apply to a platform that is not up to date.
    pub accepted: AcceptedAdvisories,
    /// The advisories that must not apply, whatever the status.
    pub refused: AdvisoryNames,
    /// Of the accepted ones, those that may apply for a time only.
    pub grace: Vec<SnpGrace>,
}

/// For how long an advisory may apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnpGrace {
    /// The advisory.
    pub advisory: Advisory,
    /// When it was published (Unix seconds).
    pub published: u64,
    /// For how many days after that it may apply.
    pub days: u16,
}

impl SnpAdvisories {
    /// Any advisory, for ever.
    pub fn any() -> Self {
        Self { accepted: AcceptedAdvisories::Any, ..Self::default() }
    }

    /// Requires that the advisories of `facts` may apply at `now`; the last second at which they may.
    pub(crate) fn admit(&self, facts: &SnpFacts, now: u64) -> Result<u64, SnpRefusal> {
        let accepts = |advisory: &Advisory| match &self.accepted {
            AcceptedAdvisories::Any => true,
            AcceptedAdvisories::Only(accepted) => {
                facts.tcb_status == TcbStatus::UpToDate || accepted.contains(advisory)
            }
        };
        let refuses = |advisory: &&Advisory| self.refused.contains(advisory) || !accepts(advisory);
        if let Some(advisory) = facts.advisories.iter().find(refuses) {
            return Err(SnpRefusal::Advisory(*advisory));
        }
        let applying = self.grace.iter().filter(|grace| facts.advisories.contains(&grace.advisory));
        match applying.min_by_key(|grace| grace.ends()) {
            Some(grace) if now > grace.ends() => {
                Err(SnpRefusal::GraceOver { advisory: grace.advisory, ended: grace.ends(), days: grace.days })
            }
            Some(grace) => Ok(grace.ends()),
            None => Ok(u64::MAX),
        }
    }
}

impl SnpGrace {
    /// The last second of the grace.
    fn ends(&self) -> u64 {
        self.published.saturating_add(u64::from(self.days).saturating_mul(SECONDS_OF_A_DAY))
    }
}
