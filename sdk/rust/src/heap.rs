//! A contract's allocator: memory that its module begins with, and Rust's own allocator once that is used up.
//!
//! Rust's own, for WebAssembly, lets the memory grow with the first allocation. Most instances answer one call, and each
//! growth is taken back after it: two system calls of the worker's, a tenth of what a small call takes. A small call
//! needs less than what lies here, and never gets to that.
//!
//! What was given back lies unused until all that was allocated after it is given back as well, so that nothing has to
//! be kept about it. Allocations that live long in an instance that answers again cost [`SIZE`] bytes at most.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
    ptr,
};

/// Bytes of memory to begin with.
const SIZE: usize = 64 << 10;

pub(crate) struct Heap {
    memory: Memory,
    /// Bytes of it that are given away, from its beginning.
    used: Cell<usize>,
}

#[repr(align(16))]
struct Memory(UnsafeCell<MaybeUninit<[u8; SIZE]>>);

// SAFETY: a contract's module has one thread.
#[cfg(target_arch = "wasm32")]
unsafe impl Sync for Heap {}

impl Heap {
    pub(crate) const fn new() -> Self {
        Self { memory: Memory(UnsafeCell::new(MaybeUninit::zeroed())), used: Cell::new(0) }
    }

    fn start(&self) -> *mut u8 {
        self.memory.0.get().cast()
    }

    /// Where `pointer` lies in this memory; none if it is the other allocator's.
    fn offset(&self, pointer: *mut u8) -> Option<usize> {
        Some(pointer.addr().wrapping_sub(self.start().addr())).filter(|offset| *offset < SIZE)
    }

    /// A place here for `layout`; none if there is no room.
    fn take(&self, layout: Layout) -> Option<*mut u8> {
        let start = self.start().addr();
        let offset = (start + self.used.get()).checked_next_multiple_of(layout.align())? - start;
        let end = offset.checked_add(layout.size()).filter(|end| *end <= SIZE)?;
        self.used.set(end);
        // SAFETY: the offset is at most SIZE.
        Some(unsafe { self.start().add(offset) })
    }
}

// SAFETY: `take` hands out each byte once, until it is given back; all else is the system's allocator's.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        self.take(layout).unwrap_or_else(|| unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match self.take(layout) {
            Some(place) => {
                // Something may have been there before.
                // SAFETY: `place` has the layout's size.
                unsafe { ptr::write_bytes(place, 0, layout.size()) };
                place
            }
            // SAFETY: as the caller promises.
            None => unsafe { System.alloc_zeroed(layout) },
        }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        match self.offset(place) {
            Some(offset) if offset + layout.size() == self.used.get() => self.used.set(offset),
            Some(_) => {}
            // SAFETY: it came from there.
            None => unsafe { System.dealloc(place, layout) },
        }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(offset) = self.offset(place) else {
            // SAFETY: it came from there.
            return unsafe { System.realloc(place, layout, size) };
        };
        let is_last = offset + layout.size() == self.used.get();
        if let Some(end) = offset.checked_add(size).filter(|end| is_last && *end <= SIZE) {
            self.used.set(end);
            return place;
        }
        if size <= layout.size() {
            return place;
        }
        // SAFETY: the caller promises that `size`, rounded up to the alignment, is no more than `isize::MAX`; both places
        // have the bytes that are copied, and do not overlap.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(place, moved, layout.size());
                self.dealloc(place, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).expect("a layout")
    }

    fn allocate(heap: &Heap, layout: Layout) -> *mut u8 {
        // SAFETY: no test asks for nothing.
        let place = unsafe { heap.alloc(layout) };
        assert!(!place.is_null() && place.addr() % layout.align() == 0, "{layout:?}");
        // SAFETY: it has so many bytes.
        unsafe { ptr::write_bytes(place, 0xaa, layout.size()) };
        place
    }

    #[test]
    fn places_are_aligned_and_apart_and_the_last_one_is_used_again() {
        let heap = Heap::new();
        let (byte, page) = (layout(1, 1), layout(8, 4096));
        let places = [allocate(&heap, byte), allocate(&heap, page), allocate(&heap, byte)];
        assert!(places.is_sorted() && places.iter().all(|place| heap.offset(*place).is_some()));
        let used = heap.used.get();
        // SAFETY: each is given back once, as it was allocated.
        unsafe {
            heap.dealloc(places[0], byte);
            assert_eq!(heap.used.get(), used, "something lies after it");
            heap.dealloc(places[2], byte);
        }
        assert_eq!(allocate(&heap, byte), places[2]);
    }

    #[test]
    fn what_has_no_room_is_allocated_elsewhere_and_given_back_there() {
        let heap = Heap::new();
        let small = allocate(&heap, layout(SIZE - 8, 1));
        let (little, much) = (layout(8, 8), layout(16, 1));
        let elsewhere = allocate(&heap, much);
        assert!(heap.offset(small).is_some() && heap.offset(elsewhere).is_none());
        assert!(heap.offset(allocate(&heap, little)).is_some(), "there is room for eight bytes");
        assert_eq!(heap.take(layout(1, 1)), None);
        // SAFETY: it was allocated so, and is grown and given back once.
        unsafe {
            let elsewhere = heap.realloc(elsewhere, much, 64);
            assert!(heap.offset(elsewhere).is_none());
            assert_eq!(elsewhere.add(15).read(), 0xaa);
            heap.dealloc(elsewhere, layout(64, 1));
        }
    }

    #[test]
    fn the_last_one_grows_in_its_place_and_others_move_with_their_content() {
        let heap = Heap::new();
        let first = allocate(&heap, layout(10, 1));
        // SAFETY: each is named as it is at that time.
        unsafe {
            assert_eq!(heap.realloc(first, layout(10, 1), 20), first);
            let second = allocate(&heap, layout(1, 1));
            assert_eq!(heap.realloc(first, layout(20, 1), 5), first, "less needs no other place");
            let moved = heap.realloc(first, layout(5, 1), 30);
            assert!(moved > second && moved.add(4).read() == 0xaa);
            let far = heap.realloc(moved, layout(30, 1), SIZE);
            assert!(heap.offset(far).is_none() && far.add(4).read() == 0xaa);
            assert_eq!(
                heap.offset(second).map(|offset| offset + 1),
                Some(heap.used.get()),
                "the moved one was the last"
            );
            heap.dealloc(far, layout(SIZE, 1));
        }
    }

    #[test]
    fn zeros_are_zeros_where_something_else_was() {
        let heap = Heap::new();
        let place = allocate(&heap, layout(100, 1));
        // SAFETY: each is given back as it was allocated.
        unsafe {
            heap.dealloc(place, layout(100, 1));
            let zeros = heap.alloc_zeroed(layout(100, 1));
            assert!(zeros == place && std::slice::from_raw_parts(zeros, 100).iter().all(|byte| *byte == 0));
            let many = heap.alloc_zeroed(layout(2 * SIZE, 1));
            assert!(heap.offset(many).is_none() && many.add(2 * SIZE - 1).read() == 0);
            heap.dealloc(many, layout(2 * SIZE, 1));
        }
    }
}
