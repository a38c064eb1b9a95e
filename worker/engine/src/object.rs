//! Large objects: what the engine and the worker around it tell each other about them.
//!
//! A content is named by its handle alone, cut into parts of one size, and does not depend on the name under which it is
//! finished: that a finished object is replaced never touches what its readers may still see.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::host::HostFailure;

/// Bytes of each part of a content but the last one, which has at least one and at most as many.
pub const OBJECT_PART: usize = 262_144;

/// An object, finished or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The number that names its content; of no other one.
    pub handle: u64,
    /// Its name.
    pub name: String,
    /// What the contract says that the content is.
    pub content_type: Option<String>,
    /// Bytes of the content.
    pub size: u64,
    /// When it was finished, or else begun, in Unix milliseconds.
    pub at_ms: u64,
}

/// What a call changed of the contract's objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectsChange {
    /// The last change of each name's finished object; none: removed.
    pub finished: BTreeMap<String, Option<Object>>,
    /// The last change of each unfinished object, by its handle; none: it is unfinished no longer.
    pub unfinished: BTreeMap<u64, Option<Object>>,
    /// Parts that were written, by handle and number from 0.
    pub written: BTreeMap<(u64, u32), Vec<u8>>,
    /// Contents that were removed, by handle, and how many bytes of each are committed: all parts of them go.
    pub removed: BTreeMap<u64, u64>,
}

impl ObjectsChange {
    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        // There is no part without its object.
        self.finished.is_empty() && self.unfinished.is_empty()
    }
}

/// How many parts a content of `size` bytes has.
pub fn object_parts(size: u64) -> u64 {
    size.div_ceil(OBJECT_PART as u64)
}

/// How many bytes the part with this number, from 0, of a content of `size` bytes has; 0 for none of its parts.
pub fn object_part_length(size: u64, number: u32) -> usize {
    let before = u64::from(number) * OBJECT_PART as u64;
    // No more than a part.
    size.saturating_sub(before).min(OBJECT_PART as u64) as usize
}

/// The committed objects of the contract that a call is for; of one consistent state.
#[async_trait]
pub trait Objects: Send + 'static {
    /// The finished object of this name.
    async fn finished_object(&mut self, name: &str) -> Result<Option<Object>, HostFailure>;

    /// The finished objects whose names begin with `prefix` and come after `after`, ascending by the bytes of their
    /// names, at most `limit`. There are fewer only where there are no more.
    async fn finished_objects(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Object>, HostFailure>;

    /// The unfinished object of this handle.
    async fn unfinished_object(&mut self, handle: u64) -> Result<Option<Object>, HostFailure>;

    /// The unfinished objects whose handles come after `after`, ascending, at most `limit`. There are fewer only where
    /// there are no more.
    async fn unfinished_objects(&mut self, after: Option<u64>, limit: usize) -> Result<Vec<Object>, HostFailure>;

    /// The part with this number, from 0, of a content; none if there is none.
    async fn object_part(&mut self, handle: u64, number: u32) -> Result<Option<Vec<u8>>, HostFailure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_of_the_parts_are_those_of_the_whole() {
        let part = OBJECT_PART as u64;
        for size in [0, 1, part - 1, part, part + 1, 3 * part, 4096 * part] {
            let parts = object_parts(size);
            let lengths: u64 = (0..parts).map(|number| object_part_length(size, number as u32) as u64).sum();
            assert_eq!(lengths, size);
            assert!(parts == 0 || object_part_length(size, parts as u32 - 1) > 0, "no part is empty");
            assert_eq!(object_part_length(size, parts as u32), 0);
        }
    }
}
