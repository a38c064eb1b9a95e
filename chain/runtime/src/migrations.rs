//! What becomes of the storage of an older runtime when this one takes its place: see `specs/upgrades.md`.

/// Run once, in this order, in the first block of this runtime. Each asks for the storage version that it begins with, so
/// that it does nothing a second time; those of releases that no chain runs any more are removed.
#[cfg(not(feature = "next"))]
pub type Migrations = ();

/// Those of the runtime that tests upgrade to.
#[cfg(feature = "next")]
pub type Migrations = crate::next::Migrations;
