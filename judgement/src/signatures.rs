//! The signatures that one run has checked.
//!
//! A run meets the same ones again and again: those of collateral by which a fleet of machines is judged, those of
//! authorities that devices of one bundle share, those of a refused quote whose level is still to be shown. Each costs
//! its arithmetic once; everything else about them is judged each time, as [`RememberingVerifier`] says.

use std::sync::LazyLock;

use adyton_attestation::signature::{CheckedSignatures, Fastest, RememberingVerifier};

/// What a run verifies with. It remembers the first 64 signatures, and nothing after the run.
pub type Remembering = RememberingVerifier<'static, Fastest>;

static BACKEND: LazyLock<Fastest> = LazyLock::new(Fastest::default);

/// One that has met nothing yet.
pub fn remembering() -> Remembering {
    Remembering::new(&BACKEND, CheckedSignatures::NONE)
}
