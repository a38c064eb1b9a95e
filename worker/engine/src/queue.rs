//! Who begins next, fairly: contracts share what is scarce, however many calls each of them has waiting.
//!
//! Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each contract has a mark on one scale of cost. It moves
//! on by what the contract's calls cost, and the waiting contract with the lowest mark begins next. The scale's own
//! time is the mark of what began last; who comes after a pause begins there, so that nobody saves up turns by being
//! quiet. Like deficit round robin it gives everybody the same share of cost, not of calls; unlike it, a contract that
//! sends one dear call after the other, and never two at a time, still owes what the last one cost.
//!
//! What a call costs is known only when it has ended. Until then it counts as much as its contract's calls did lately.
//!
//! No clock, no tasks, no locks: [`crate::places`] and [`crate::turns`] bring those.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// One that asked.
pub(crate) type Ticket = u64;

/// Contracts that are remembered although they have nothing waiting or running, before the settled ones are dropped.
const REMEMBERED: usize = 1024;

/// How much there is to share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// How many may run at once.
    pub places: usize,
    /// How many of one contract.
    pub places_each: usize,
    /// How many of the places are for contracts of which nothing runs.
    pub reserved: usize,
    /// How many may wait, besides one of each contract.
    pub waiting: usize,
    /// How many of one contract.
    pub waiting_each: usize,
    /// What a call counts until one of its contract has ended.
    pub first_cost: u64,
}

/// What became of an asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It runs.
    Begins(Ticket),
    /// It waits.
    Waits(Ticket),
    /// There is no room to wait.
    Full,
}

/// Who begins when somebody has ended.
pub(crate) type Begun = [Option<Ticket>; 2];

/// Contracts are `L`, a lane each.
pub(crate) struct Queue<L> {
    rules: Rules,
    lanes: BTreeMap<L, Lane>,
    /// Lanes that could begin, were there a place: by mark, then by who asked first. First those of which nothing runs.
    ready: [BTreeSet<(u64, Ticket, L)>; 2],
    running: HashMap<Ticket, u64>,
    waiting: usize,
    time: u64,
    next: Ticket,
}

struct Lane {
    waiting: VecDeque<Ticket>,
    running: usize,
    mark: u64,
    /// What its calls cost lately.
    usual: u64,
}

impl Lane {
    /// Which order of those that could begin it is in, and where.
    fn order(&self, each: usize) -> Option<(usize, u64, Ticket)> {
        let first = self.waiting.front().filter(|_| self.running < each)?;
        Some((usize::from(self.running > 0), self.mark, *first))
    }

    fn idle(&self) -> bool {
        self.waiting.is_empty() && self.running == 0
    }
}

impl<L: Copy + Ord> Queue<L> {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            lanes: BTreeMap::new(),
            ready: Default::default(),
            running: HashMap::new(),
            waiting: 0,
            time: 0,
            next: 0,
        }
    }

    /// Asks for a place for `lane`.
    pub(crate) fn ask(&mut self, lane: L) -> Asked {
        self.enter(lane, false)
    }

    /// Asks for `lane`'s next place, before all of its own that wait, however many those are. Who asks sees to it that
    /// few of a lane do: nothing else bounds them.
    pub(crate) fn ask_first(&mut self, lane: L) -> Asked {
        self.enter(lane, true)
    }

    fn enter(&mut self, lane: L, first: bool) -> Asked {
        if self.lanes.len() >= REMEMBERED && !self.lanes.contains_key(&lane) {
            self.forget();
        }
        let (now, usual) = (self.time, self.rules.first_cost);
        let known =
            self.lanes.entry(lane).or_insert_with(|| Lane { waiting: VecDeque::new(), running: 0, mark: now, usual });
        let ticket = self.next;
        // Where a place is free, nobody waits who could take it.
        let taken = self.running.len() + if known.running > 0 { self.rules.reserved } else { 0 };
        let free = taken < self.rules.places && known.running < self.rules.places_each;
        // Whoever fills the queue does not keep those out who have nothing in it.
        let crowded = self.waiting >= self.rules.waiting && !known.waiting.is_empty();
        if !first && !free && (crowded || known.waiting.len() >= self.rules.waiting_each) {
            return Asked::Full;
        }
        self.next += 1;
        self.waiting += 1;
        self.change(lane, |lane| {
            if lane.waiting.is_empty() {
                lane.mark = lane.mark.max(now);
            }
            match first {
                true => lane.waiting.push_front(ticket),
                false => lane.waiting.push_back(ticket),
            }
        });
        match self.begin() {
            Some(begun) => {
                debug_assert_eq!(begun, ticket, "nobody else could have begun");
                Asked::Begins(begun)
            }
            None => Asked::Waits(ticket),
        }
    }

    /// `ticket` of `lane` waits no longer, or has ended and cost this much: nothing, if it did not run. Whoever begins
    /// now is returned: one in its place, and one of its lane in a reserved place, if nothing of that runs any more.
    pub(crate) fn give_back(&mut self, lane: L, ticket: Ticket, cost: u64) -> Begun {
        match self.running.remove(&ticket) {
            Some(advance) => self.change(lane, |lane| {
                lane.running -= 1;
                lane.mark = lane.mark.saturating_sub(advance).saturating_add(cost);
                lane.usual = (lane.usual / 2 + cost / 2).max(1);
            }),
            None => {
                let before = self.lanes.get(&lane).map_or(0, |lane| lane.waiting.len());
                self.change(lane, |lane| lane.waiting.retain(|waiting| *waiting != ticket));
                let after = self.lanes.get(&lane).map_or(0, |lane| lane.waiting.len());
                self.waiting -= before - after;
            }
        }
        [self.begin(), self.begin()]
    }

    /// Whoever is first begins, if there is a place.
    fn begin(&mut self) -> Option<Ticket> {
        let (mark, ticket, lane) = self.first()?;
        self.time = self.time.max(mark);
        self.waiting -= 1;
        let mut advance = 0;
        self.change(lane, |lane| {
            lane.waiting.pop_front();
            lane.running += 1;
            advance = lane.usual;
            lane.mark = lane.mark.saturating_add(advance);
        });
        self.running.insert(ticket, advance);
        Some(ticket)
    }

    /// Who is first among those for whom there is a place.
    fn first(&self) -> Option<(u64, Ticket, L)> {
        let free = self.rules.places.saturating_sub(self.running.len());
        let [none_runs, some_run] = &self.ready;
        let none_runs = none_runs.first().filter(|_| free > 0);
        let some_run = some_run.first().filter(|_| free > self.rules.reserved);
        none_runs.into_iter().chain(some_run).min().copied()
    }

    /// Drops the lanes that are as good as new ones; all of them, where nobody competes.
    fn forget(&mut self) {
        if self.running.is_empty() && self.waiting == 0 {
            self.lanes.clear();
        }
        let time = self.time;
        self.lanes.retain(|_, lane| !lane.idle() || lane.mark > time);
    }

    /// The one way to change a lane: its place in the order follows.
    fn change(&mut self, lane: L, change: impl FnOnce(&mut Lane)) {
        let Some(known) = self.lanes.get_mut(&lane) else { return };
        let place = |known: &Lane| known.order(self.rules.places_each);
        if let Some((order, mark, first)) = place(known) {
            self.ready[order].remove(&(mark, first, lane));
        }
        change(known);
        if let Some((order, mark, first)) = place(known) {
            self.ready[order].insert((mark, first, lane));
        }
    }
}

#[cfg(test)]
mod tests;
