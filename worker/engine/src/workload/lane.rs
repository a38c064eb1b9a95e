//! One lane of the workload: its memory, its guest, and what the last unit gave.

use std::hint::black_box;

use adyton_protocol::{
    challenge::workload::{MEMORY_WORDS, fill, lane, unit},
    ids::{Digest, WorkerId},
};

use super::guest::{Code, Guest};
use crate::error::WorkloadError;

/// A lane, between two units.
pub(super) struct Lane {
    state: [u8; 32],
    memory: Vec<u64>,
    guest: Guest,
}

impl Lane {
    /// Lane `number` of `worker` in the round with this value.
    pub(super) fn new(value: &[u8; 32], worker: &WorkerId, number: u32, code: &Code) -> Result<Self, WorkloadError> {
        let state = lane(value, worker, number);
        let mut memory = Vec::new();
        memory.try_reserve_exact(MEMORY_WORDS).map_err(|_| WorkloadError("no memory for a lane".into()))?;
        memory.resize(MEMORY_WORDS, 0);
        fill(&mut memory, &state);
        Ok(Self { state, memory, guest: code.instance()? })
    }

    /// Does one unit.
    pub(super) fn unit(&mut self) -> Result<(), WorkloadError> {
        self.state = black_box(unit(&self.state, &mut self.memory, |number| self.guest.run(number))?);
        Ok(())
    }

    /// What all units so far come to.
    pub(super) fn state(&self) -> Digest {
        Digest(self.state)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn units_are_those_of_the_published_vector_which_another_program_made() {
        let vector = include_str!("../../../../specs/vectors/workload.json");
        let vector: Value = serde_json::from_str(vector).expect("JSON");
        let value: Digest = serde_json::from_value(vector["value"].clone()).expect("a value");
        let worker: WorkerId = serde_json::from_value(vector["worker"].clone()).expect("a worker");
        let number: u32 = serde_json::from_value(vector["lane"].clone()).expect("a number");
        let mut lane = Lane::new(&value.0, &worker, number, &Code::compile().expect("compiles")).expect("begins");
        assert_eq!(hex::encode(lane.state().0), vector["begin"]);
        let states = vector["states"].as_array().expect("states");
        assert_eq!(states.len(), 2, "the second shows what lasts of the first");
        for state in states {
            lane.unit().expect("is done");
            assert_eq!(hex::encode(lane.state().0), *state);
        }
    }

    #[test]
    fn a_unit_depends_on_what_the_guest_remembers() {
        let code = Code::compile().expect("compiles");
        let made = |before: Option<u64>| {
            let mut lane = Lane::new(&[1; 32], &WorkerId([2; 32]), 0, &code).expect("begins");
            if let Some(number) = before {
                lane.guest.run(number).expect("runs");
            }
            lane.unit().expect("is done");
            lane.state()
        };
        assert_eq!(made(None), made(None));
        assert_ne!(made(None), made(Some(3)));
    }
}
