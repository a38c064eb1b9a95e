//! What the ballots of a draw come to.

use adyton_protocol::{
    dispute::{Answer, Ballot, quorum},
    ids::Digest,
};
use alloc::vec::Vec;

/// What jurors have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// What the worker claims.
    Right,
    /// This, and not what it claims.
    Wrong(Digest),
    /// No history that leads to it; or some of them that, and others something else than what it claims.
    Withheld,
}

impl Finding {
    /// What the ballots of a draw with so many seats come to, about a claim of this outcome; none if the jurors were too
    /// few, or do not agree. Of the last draw two thirds decide.
    ///
    /// Who got no history says nothing about what follows from it: a worker that shows it to some alone does not divide
    /// the jurors by that.
    pub(crate) fn of(ballots: &[Ballot], seats: u32, claimed: &Digest, last: bool) -> Option<Self> {
        let answers: Vec<Answer> = ballots.iter().filter_map(|ballot| ballot.answer).collect();
        let outcomes: Vec<Digest> = answers.iter().filter_map(outcome).collect();
        let (answered, quorum) = (count(&answers, |_| true), quorum(seats));
        let votes = |digest: &Digest| count(&outcomes, |other| other == digest);
        let got = count(&outcomes, |_| true);

        if let Some(best) = outcomes.iter().max_by_key(|&digest| votes(digest)).copied() {
            let agreed = votes(&best) == got || last && are_two_thirds(votes(&best), got);
            if agreed && votes(&best) >= quorum {
                return Some(if best == *claimed { Self::Right } else { Self::Wrong(best) });
            }
        }
        let against = answered.saturating_sub(votes(claimed));
        let none_got_it = got == 0 || last && are_two_thirds(against, answered);
        (none_got_it && against >= quorum).then_some(Self::Withheld)
    }

    /// Whether a juror who answered this was right.
    pub(crate) fn agrees(&self, answer: &Answer, claimed: &Digest) -> bool {
        match self {
            Self::Right => *answer == Answer::Outcome(*claimed),
            Self::Wrong(outcome) => *answer == Answer::Outcome(*outcome),
            Self::Withheld => *answer != Answer::Outcome(*claimed),
        }
    }

    /// Whether a juror who answered this got something else than what follows. Who got no history may have been shown
    /// none, and who got one may have been shown it.
    pub(crate) fn contradicts(&self, answer: &Answer, claimed: &Digest) -> bool {
        match (self, answer) {
            (Self::Right, Answer::Outcome(outcome)) => outcome != claimed,
            (Self::Wrong(decided), Answer::Outcome(outcome)) => outcome != decided,
            (Self::Withheld, Answer::Outcome(_)) | (_, Answer::Unavailable) => false,
        }
    }
}

fn outcome(answer: &Answer) -> Option<Digest> {
    match answer {
        Answer::Outcome(digest) => Some(*digest),
        Answer::Unavailable => None,
    }
}

fn count<A>(all: &[A], which: impl Fn(&A) -> bool) -> u32 {
    // There are no more than seats.
    u32::try_from(all.iter().filter(|one| which(one)).count()).unwrap_or(u32::MAX)
}

fn are_two_thirds(some: u32, all: u32) -> bool {
    some.saturating_mul(3) >= all.saturating_mul(2)
}
