//! Replaying a log: each event extends its register, new value = H(old value ‖ digest).

use alloc::{vec, vec::Vec};

use super::{
    log::{EventLog, Registers},
    refusal::EventLogRefusal,
};
use crate::tpm::{HashAlgorithm, PcrSet, PcrValue};

impl EventLog<'_> {
    /// The values of RTMR 0 to 3 after all events.
    ///
    /// # Errors
    /// If this is another kind of log, or has no SHA-384 digests.
    pub fn replay_rtmrs(&self) -> Result<[[u8; 48]; 4], EventLogRefusal> {
        let mut registers = [[0; 48]; 4];
        for (index, register) in (0..).zip(&mut registers) {
            let value = self.replay(Registers::Rtmr, index, HashAlgorithm::Sha384, 0)?;
            register.copy_from_slice(&value);
        }
        Ok(registers)
    }

    /// Requires that replaying gives RTMR 0 to 3 as a quote has them.
    ///
    /// # Errors
    /// [`EventLogRefusal::Replay`] with the first register that differs.
    pub fn require_rtmrs(&self, expected: &[[u8; 48]; 4]) -> Result<(), EventLogRefusal> {
        let replayed = self.replay_rtmrs()?;
        match (0..).zip(replayed.iter().zip(expected)).find(|(_, (found, wanted))| found != wanted) {
            Some((register, _)) => Err(EventLogRefusal::Replay(register)),
            None => Ok(()),
        }
    }

    /// The value of one platform configuration register after all events.
    ///
    /// # Errors
    /// If this is another kind of log, or has no digests of `bank`.
    pub fn replay_pcr(&self, bank: HashAlgorithm, register: u8) -> Result<Vec<u8>, EventLogRefusal> {
        // Dynamic launch registers are all ones until there is such a launch.
        let initial = if matches!(register, 17..=22) { 0xff } else { 0 };
        self.replay(Registers::Pcr, register, bank, initial)
    }

    /// Requires that replaying gives the values that a quote has of `registers` in `bank`. A register that
    /// programs extend after the firmware's log has ended (10, usually) cannot be among them.
    ///
    /// # Errors
    /// [`EventLogRefusal::Replay`] with the first register that differs.
    pub fn require_pcrs(
        &self,
        bank: HashAlgorithm,
        registers: PcrSet,
        values: &[PcrValue],
    ) -> Result<(), EventLogRefusal> {
        if registers.is_empty() {
            return Err(EventLogRefusal::NothingToCompare);
        }
        for register in registers.iter() {
            let value = values
                .iter()
                .find(|value| value.bank == bank.id() && value.index == register)
                .ok_or(EventLogRefusal::ValueMissing(register))?;
            if self.replay_pcr(bank, register)? != value.value {
                return Err(EventLogRefusal::Replay(register));
            }
        }
        Ok(())
    }

    fn replay(
        &self,
        registers: Registers,
        register: u8,
        algorithm: HashAlgorithm,
        initial: u8,
    ) -> Result<Vec<u8>, EventLogRefusal> {
        if self.registers != registers {
            return Err(EventLogRefusal::Kind);
        }
        if !self.algorithms.contains(&algorithm) {
            return Err(EventLogRefusal::NoDigests(algorithm));
        }
        let mut value = vec![initial; algorithm.size()];
        if let (Registers::Pcr, 0, Some(last)) = (registers, register, value.last_mut()) {
            *last = self.startup_locality;
        }
        for event in self.events.iter().filter(|event| event.register == register) {
            let digest = event.digest(algorithm).ok_or(EventLogRefusal::NoDigests(algorithm))?;
            value = algorithm.digest([&*value, digest]);
        }
        Ok(value)
    }
}
