//! Roots, the policy and denials: what lets more in holds after the delay, what lets less in holds at once.

use adyton_attestation::nvidia::{Chain, NvidiaPolicy, NvidiaRoot, NvidiaRoots};
use adyton_pallet_traits::Attestation;
use adyton_protocol::{
    device::{DeviceId, DeviceRoot},
    ids::Digest,
    scheduled::Scheduled,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::ensure;
use polkadot_sdk::{frame_support, pallet_timestamp};
use scale_info::TypeInfo;

use crate::{Config, Denied, Error, Event, JudgedSince, MAX_ROOTS, Pallet, Policy, RootKeys, Roots};

/// Something accepted of which a change may be pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Accepted {
    /// A pair of roots, by its identity.
    #[codec(index = 0)]
    Root(Digest),
    /// The policy.
    #[codec(index = 1)]
    Policy,
}

/// When something holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// From the first block on.
    AtGenesis,
    /// After the delay: what lets more in.
    AfterDelay,
    /// Now: what lets less in. What was announced of the same never holds.
    AtOnce,
}

impl When {
    /// `value`, in force at its moment, over what was there; and that moment, in Unix seconds.
    fn schedule<T: Config, V>(self, before: Option<Scheduled<V>>, value: V) -> (Scheduled<V>, u64) {
        match self {
            Self::AtGenesis => (Scheduled::holding(value), 0),
            Self::AfterDelay => {
                let now = Pallet::<T>::now();
                let from = now.saturating_add(T::Attestation::change_delay());
                (before.unwrap_or_default().announce(value, now, from), from)
            }
            Self::AtOnce => (Scheduled::holding(value), Pallet::<T>::now()),
        }
    }
}

impl<T: Config> Pallet<T> {
    /// The chain's time in Unix seconds.
    pub(crate) fn now() -> u64 {
        pallet_timestamp::Now::<T>::get() / 1000
    }

    /// Accepts a pair of roots, and answers its identity. One that is there already has to be removed first.
    pub(crate) fn accept_root(
        device: &[u8],
        manifest: &[u8],
        development: bool,
        when: When,
    ) -> Result<Digest, Error<T>> {
        let read = |der, chain| NvidiaRoot::from_certificate(der, chain).map_err(|_| Error::<T>::NotARoot);
        let keys = NvidiaRoots { device: read(device, Chain::Device)?, manifest: read(manifest, Chain::Manifest)? };
        let root = Digest(keys.device.id());
        ensure!(!Roots::<T>::contains_key(root), Error::<T>::AlreadyAccepted);
        ensure!(Roots::<T>::iter_keys().count() < MAX_ROOTS as usize, Error::<T>::TooManyRoots);
        let record = DeviceRoot {
            device_certificate: Digest(*keys.device.certificate()),
            manifest_certificate: Digest(*keys.manifest.certificate()),
            development,
        };
        let (record, from) = when.schedule::<T, _>(None, record);
        RootKeys::<T>::insert(root, keys);
        Roots::<T>::insert(root, record);
        Self::deposit_event(Event::RootAdded { root, from });
        Ok(root)
    }

    /// The roots of that identity, if they are accepted now.
    pub(crate) fn accepted_root(root: Digest) -> Result<NvidiaRoots, Error<T>> {
        let accepted = Roots::<T>::get(root).is_some_and(|record| record.at(Self::now()).is_some());
        ensure!(accepted, Error::<T>::UnknownRoot);
        RootKeys::<T>::get(root).ok_or(Error::UnknownRoot)
    }

    /// Accepts a pair of roots no longer. The verdicts under it do not come back with it.
    pub(crate) fn forget_root(root: Digest) -> Result<(), Error<T>> {
        Roots::<T>::take(root).ok_or(Error::UnknownRoot)?;
        RootKeys::<T>::remove(root);
        Self::end_verdicts_under(root);
        Self::deposit_event(Event::RootRemoved { root });
        Ok(())
    }

    /// Accepts devices under `policy`, in place of what is accepted. Where it only tightens what holds, it needs no delay.
    pub(crate) fn adopt(policy: NvidiaPolicy, when: When) {
        let only_tightens = Self::policy().is_ok_and(|present| policy.tightens(&present));
        let when = if when == When::AfterDelay && only_tightens { When::AtOnce } else { when };
        let (policy, from) = when.schedule::<T, _>(Policy::<T>::get(), policy);
        Policy::<T>::put(policy);
        Self::deposit_event(Event::PolicySet { from });
    }

    /// The policy that holds now.
    pub(crate) fn policy() -> Result<NvidiaPolicy, Error<T>> {
        Policy::<T>::get().and_then(|policy| policy.into_at(Self::now())).ok_or(Error::NoPolicy)
    }

    /// Forgets a change that does not hold yet.
    pub(crate) fn forget_pending(what: Accepted) -> Result<(), Error<T>> {
        match what {
            Accepted::Root(root) => {
                let left = Self::without_pending(Roots::<T>::get(root))?;
                if left.is_none() {
                    RootKeys::<T>::remove(root);
                }
                Roots::<T>::set(root, left);
            }
            Accepted::Policy => Policy::<T>::set(Self::without_pending(Policy::<T>::get())?),
        }
        Ok(())
    }

    fn without_pending<V>(scheduled: Option<Scheduled<V>>) -> Result<Option<Scheduled<V>>, Error<T>> {
        let now = Self::now();
        match scheduled {
            Some(scheduled) if scheduled.pending(now).is_some() => Ok(scheduled.without_pending(now)),
            Some(_) | None => Err(Error::NothingPending),
        }
    }

    /// Denies a device at once, or allows one that is denied after the delay.
    pub(crate) fn deny(device: DeviceId, denied: bool) {
        let before = Denied::<T>::get(device);
        let is_denied = before.as_ref().is_some_and(|before| before.is_on(Self::now()));
        let from = match (is_denied, denied) {
            (true, false) => {
                let (lifted, from) = When::AfterDelay.schedule::<T, _>(before, false);
                Denied::<T>::insert(device, lifted);
                from
            }
            (true | false, true) => {
                Denied::<T>::insert(device, Scheduled::holding(true));
                Self::now()
            }
            (false, false) => {
                Denied::<T>::remove(device);
                Self::now()
            }
        };
        Self::deposit_event(Event::DeviceDenied { device, denied, from });
    }

    /// Whether a device is denied now.
    pub(crate) fn is_denied(device: &DeviceId) -> bool {
        Denied::<T>::get(device).is_some_and(|denied| denied.is_on(Self::now()))
    }

    /// Ends the verdicts under a root that were judged up to now.
    pub(crate) fn end_verdicts_under(root: Digest) {
        let judged_since = Self::now();
        JudgedSince::<T>::insert(root, judged_since);
        Self::deposit_event(Event::VerdictsEnded { root, judged_since });
    }
}
