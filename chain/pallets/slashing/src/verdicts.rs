//! Offences that jurors decide about. `disputes` has them drawn and counts their answers; what they decide is charged
//! here, like everything else that a worker does.
//!
//! What a disputed result may cost is set aside when it is disputed: what stands behind the worker at that moment cannot
//! leave while the jurors deliberate. The time in which governance may cancel begins when they have decided.

use adyton_pallet_traits::{Attestation, Charging, Holder, Pools, Verdict};
use adyton_protocol::{
    ids::{AccountId, BlockNumber, WorkerId},
    receipt::OpenedFields,
};
use polkadot_sdk::sp_runtime::{DispatchError, Perbill};

use crate::{
    Charges, Config, Error, Event, Offences, Pallet, Seen, VerdictPlaces, Verdicts,
    charges::{Accusation, mark},
    types::{Kind, Offence, UNDECIDED},
};

impl<T: Config> Charging for Pallet<T> {
    fn evidence_window() -> BlockNumber {
        Self::parameters().evidence_window
    }

    fn read(receipt: &[u8]) -> Result<OpenedFields, DispatchError> {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        Ok(Self::opened(&network, receipt)?)
    }

    fn accuse(
        worker: &WorkerId,
        fraction: Perbill,
        block: BlockNumber,
        reporter: AccountId,
    ) -> Result<u64, DispatchError> {
        Self::require_recent(block)?;
        let accusation = Accusation { worker: *worker, kind: Kind::WrongResult, fraction, block, reporter };
        let mut entry = Self::chargeable(accusation)?;
        entry.offence.apply_at = UNDECIDED;
        Self::enter(entry)
    }

    fn decide(offence: u64, verdict: Verdict) -> bool {
        let Some(accused) = Self::undecided(offence) else { return false };
        let decided = match verdict {
            Verdict::Right => return Self::undo(offence).is_ok(),
            Verdict::Wrong => accused,
            Verdict::Withheld(fraction) => Self::reduced(accused, fraction),
        };
        let apply_at = Self::block_number().saturating_add(Self::parameters().appeal);
        let Offence { worker, kind, amount, .. } = decided;
        Offences::<T>::insert(offence, Offence { apply_at, ..decided });
        Self::queue(offence);
        Self::deposit_event(Event::Decided { offence, worker, kind, amount, apply_at });
        true
    }

    fn charge_holder(offence: u64, holder: &Holder, fraction: Perbill, reporter: AccountId) -> bool {
        let Some(accused) = Self::undecided(offence) else { return false };
        let mark = mark(Kind::Withheld, [&holder.contract.0, &holder.lease.to_le_bytes()]);
        let (kind, block) = (Kind::Withheld, Self::block_number());
        let accusation = Accusation { worker: holder.worker, kind, fraction, block, reporter };
        let chargeable = Self::require_new(&mark).and_then(|()| Self::chargeable(accusation));
        // Whoever has less to lose than the accused answers for nobody: it may be there for just that.
        let Ok(entry) = chargeable else { return false };
        if entry.offence.amount < Self::part(&accused, fraction) {
            return false;
        }
        let entered = Self::enter(entry);
        if let Ok(number) = entered {
            Seen::<T>::insert(mark, ());
            Self::queue(number);
        }
        entered.is_ok()
    }

    fn charge_juror(juror: &WorkerId, fraction: Perbill, reporter: AccountId) -> bool {
        let (kind, block) = (Kind::WrongVerdict, Self::block_number());
        let accusation = Accusation { worker: *juror, kind, fraction, block, reporter };
        // A juror behind whom nothing stands any more has nothing to lose.
        Self::chargeable(accusation).is_ok_and(|entry| Self::enter(entry).is_ok())
    }

    fn is_open(offence: u64) -> bool {
        Offences::<T>::contains_key(offence)
    }
}

impl<T: Config> Pallet<T> {
    /// An offence that jurors have not decided about, unless governance has cancelled it.
    fn undecided(offence: u64) -> Option<Offence> {
        Offences::<T>::get(offence).filter(|offence| offence.apply_at == UNDECIDED)
    }

    /// What jurors have found has its turn behind what they found before.
    fn queue(offence: u64) {
        VerdictPlaces::<T>::mutate(|(_, end)| {
            Verdicts::<T>::insert(*end, offence);
            *end = end.saturating_add(1);
        });
    }

    /// What of an offence's amount is `fraction` of the stake that it was a fraction of.
    fn part(accused: &Offence, fraction: Perbill) -> u128 {
        let fraction = fraction.min(accused.fraction);
        let part = Perbill::from_rational(fraction.deconstruct(), accused.fraction.deconstruct().max(1));
        part.mul_floor(accused.amount).max(1)
    }

    /// The offence as the smaller one that it was; what is set aside beyond that is free again.
    fn reduced(accused: Offence, fraction: Perbill) -> Offence {
        let (amount, fraction) = (Self::part(&accused, fraction), fraction.min(accused.fraction));
        let less = accused.amount.saturating_sub(amount);
        T::Pools::thaw(accused.pool, less);
        Charges::<T>::mutate(accused.worker, |charged| {
            if let Some(charged) = charged {
                charged.amount = charged.amount.saturating_sub(less);
            }
        });
        Offence { kind: Kind::Withheld, fraction, amount, ..accused }
    }
}
