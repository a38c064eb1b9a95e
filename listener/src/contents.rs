//! How many bytes of requests' contents, and of large answers, a program holds at one time, whoever sends or takes them.
//!
//! A content counts from its coming until the request's answer is made, and a large answer from then on until its peer
//! has taken it. Where there is no room, the largest gives way that is still coming or taken: many who send or take much,
//! and slowly, keep nobody out who sends little.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

/// The bound, and all contents under it.
pub struct Contents {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: usize,
    next: u64,
    of: HashMap<u64, One>,
}

/// One request's, or one answer's.
#[derive(Default)]
struct One {
    bytes: usize,
    /// Nothing comes any more: it cannot give way.
    whole: bool,
    gone: bool,
    /// Who has to learn that it is gone.
    waker: Option<Waker>,
    /// What is done then.
    when_gone: Option<WhenGone>,
}

type WhenGone = Box<dyn FnOnce() + Send>;

/// One request's content, or one answer, until it is dropped.
pub struct Held {
    contents: Arc<Contents>,
    id: u64,
}

impl Contents {
    /// At most `most` bytes.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, state: Mutex::default() })
    }

    /// One of which nothing is there yet.
    pub fn begin(self: &Arc<Self>) -> Held {
        let mut state = self.lock();
        let id = state.next;
        state.next = state.next.wrapping_add(1);
        state.of.insert(id, One::default());
        Held { contents: self.clone(), id }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Room for `more` bytes. False if there is none, and nothing larger that could give way.
    pub fn take(&self, more: usize) -> bool {
        let mut going = Vec::new();
        let there_is = self.contents.lock().make_room(self.id, more, self.contents.most, &mut going);
        // Without the lock: what they drop may be held itself.
        going.into_iter().for_each(|when_gone| when_gone());
        there_is
    }

    /// Does this as soon as it has to give way.
    pub fn when_gone(&self, when_gone: impl FnOnce() + Send + 'static) {
        if let Some(one) = self.contents.lock().of.get_mut(&self.id) {
            one.when_gone = Some(Box::new(when_gone));
        }
    }

    /// Whether it had to give way; if not, `waker` is called when it has to.
    pub fn is_gone(&self, waker: &Waker) -> bool {
        let mut state = self.contents.lock();
        let Some(one) = state.of.get_mut(&self.id) else { return true };
        if !one.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            one.waker = Some(waker.clone());
        }
        one.gone
    }

    /// Nothing comes any more.
    pub fn whole(&self) {
        if let Some(one) = self.contents.lock().of.get_mut(&self.id) {
            one.whole = true;
            one.waker = None;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.contents.lock();
        let one = state.of.remove(&self.id);
        state.held = state.held.saturating_sub(one.as_ref().map_or(0, |one| one.bytes));
        drop(state);
        // Without the lock, as above.
        drop(one);
    }
}

impl State {
    /// Room for `more` bytes of `id`, of `most` in all. What is to be done because others gave way is added to `going`.
    fn make_room(&mut self, id: u64, more: usize, most: usize, going: &mut Vec<WhenGone>) -> bool {
        let own = self.of.get(&id).map_or(0, |one| one.bytes).saturating_add(more);
        while self.held.saturating_add(more) > most {
            if !self.largest_goes(id, own, going) {
                return false;
            }
        }
        self.held = self.held.saturating_add(more);
        if let Some(one) = self.of.get_mut(&id) {
            one.bytes = own;
        }
        true
    }

    /// Lets the largest go that is not whole and has more than `own` bytes, unless it is `id` itself.
    fn largest_goes(&mut self, id: u64, own: usize, going: &mut Vec<WhenGone>) -> bool {
        let others = self.of.iter_mut().filter(|(other, one)| **other != id && !one.whole && one.bytes > own);
        let Some((_, one)) = others.max_by_key(|(_, one)| one.bytes) else { return false };
        one.gone = true;
        self.held = self.held.saturating_sub(one.bytes);
        one.bytes = 0;
        if let Some(waker) = one.waker.take() {
            waker.wake();
        }
        going.extend(one.when_gone.take());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(held: &Held) -> bool {
        held.is_gone(Waker::noop())
    }

    #[test]
    fn the_largest_content_that_still_comes_gives_way_to_a_smaller_one() {
        let contents = Contents::new(100);
        let (large, larger, small) = (contents.begin(), contents.begin(), contents.begin());
        assert!(large.take(40) && larger.take(60) && small.take(10));
        assert_eq!((gone(&large), gone(&larger), gone(&small)), (false, true, false));
        assert_eq!(contents.lock().held, 50);
    }

    #[test]
    fn what_is_done_when_one_gives_way_may_drop_another() {
        let contents = Contents::new(100);
        let (large, inner, small) = (contents.begin(), contents.begin(), contents.begin());
        assert!(large.take(90) && inner.take(1));
        large.when_gone(move || drop(inner));
        assert!(small.take(50) && gone(&large));
        assert_eq!(contents.lock().held, 50);
        small.when_gone(|| unreachable!("it does not give way"));
    }

    #[test]
    fn a_content_that_would_be_the_largest_is_refused() {
        let contents = Contents::new(100);
        let (first, second) = (contents.begin(), contents.begin());
        assert!(first.take(50) && second.take(50));
        assert!(!second.take(1));
        assert!(!gone(&first));
    }

    #[test]
    fn a_content_that_is_whole_does_not_give_way_and_counts_until_its_answer() {
        let contents = Contents::new(100);
        let (first, second) = (contents.begin(), contents.begin());
        assert!(first.take(90));
        first.whole();
        assert!(!second.take(20) && !gone(&first));
        drop(first);
        assert!(second.take(20));
    }

    #[test]
    fn what_ends_gives_its_room_back_once() {
        let contents = Contents::new(100);
        let (large, small) = (contents.begin(), contents.begin());
        assert!(large.take(100) && small.take(1));
        drop(large);
        assert_eq!(contents.lock().held, 1);
        drop(small);
        assert!(contents.lock().held == 0 && contents.lock().of.is_empty());
    }
}
