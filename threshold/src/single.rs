//! The committee of one, for development.

use commonware_cryptography::bls12381::{dkg::feldman_desmedt::deal_anonymous, primitives::sharing::Mode};
use commonware_utils::N3f1;
use rand_core::{CryptoRng, RngCore};
use rand_core_next::{Infallible, TryCryptoRng, TryRng};
use std::num::NonZeroU32;

use crate::{GroupPublic, Share};

/// Makes a committee of one: whoever holds this share holds the master secret. **For development only**; a
/// network that protects anything makes its key by distributed generation among several.
pub fn deal_insecure_single(rng: &mut (impl RngCore + CryptoRng)) -> (GroupPublic, Share) {
    let (sharing, mut shares) =
        deal_anonymous::<crate::Variant, N3f1>(Next(rng), Mode::NonZeroCounter, NonZeroU32::MIN);
    let share = shares.pop().expect("dealing to one member makes one share");
    (GroupPublic(sharing), Share(share))
}

/// Our generator of random numbers under the newer interface that the library asks for.
struct Next<'a, R>(&'a mut R);

impl<R: RngCore + CryptoRng> TryRng for Next<'_, R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(destination);
        Ok(())
    }
}

impl<R: RngCore + CryptoRng> TryCryptoRng for Next<'_, R> {}
