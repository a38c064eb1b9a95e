//! Two histories of one contract's state.
//!
//! Commits are numbered, and each one's hash covers all before it: in one history, no two heads have the same number and
//! different hashes, and no later incarnation of the store begins before what an earlier one has answered. Workers give
//! a receipt out when its commit is durable. So two receipts that break this come from a store that was set back, or from
//! two stores.

use adyton_protocol::record::StateHead;

use crate::types::Stand;

/// Two receipts that no one history has: the one of the earlier incarnation, and the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoHistories {
    /// Of the earlier incarnation; where both are of one, either.
    pub earlier: Stand,
    /// Of the later.
    pub later: Stand,
}

impl TwoHistories {
    /// What two receipts of one contract show, if they cannot both be true.
    pub fn of(one: Stand, other: Stand) -> Option<Self> {
        if one.contract != other.contract {
            return None;
        }
        if one.incarnation == other.incarnation {
            let heads = |stand: &Stand| [stand.before, stand.after];
            let differ = |head: &StateHead| heads(&other).iter().any(|second| is_other(head, second));
            let shown = one.lease == other.lease && heads(&one).iter().any(differ);
            return shown.then_some(Self { earlier: one, later: other });
        }
        let (earlier, later) = if one.incarnation < other.incarnation { (one, other) } else { (other, one) };
        is_behind(&later.before, &earlier.after).then_some(Self { earlier, later })
    }
}

/// Whether `later` cannot be in the history that `earlier` is in, though it is of a later incarnation.
pub fn is_behind(later: &StateHead, earlier: &StateHead) -> bool {
    later.sequence < earlier.sequence || is_other(later, earlier)
}

fn is_other(one: &StateHead, other: &StateHead) -> bool {
    one.sequence == other.sequence && one.hash != other.hash
}
