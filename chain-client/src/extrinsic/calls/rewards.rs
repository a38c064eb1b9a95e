//! Calls about who works for a reward: those of operators, pools' owners and everybody, and those of workers.

use adyton_protocol::{cpu::CpuModel, ids::WorkerId, record::EvidenceKind, rewards::Parameters};
use codec::{Decode, Encode};

/// Of `adyton-pallet-rewards`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Rewards {
    /// Sets the rules. The economy's origin does.
    #[codec(index = 0)]
    SetParameters(Box<Parameters>),
    /// Sets how much capacity counts of one machine whose processor's model has no cap of its own. The economy's origin
    /// does.
    #[codec(index = 1)]
    SetCapacityCap {
        /// By which evidence the machine's workers show themselves.
        kind: EvidenceKind,
        /// How much.
        cap: u64,
    },
    /// Starts a worker; its pool's owner does.
    #[codec(index = 2)]
    Start(WorkerId),
    /// Stops a worker; its pool's owner does.
    #[codec(index = 3)]
    Stop(WorkerId),
    /// Weighs a running worker anew.
    #[codec(index = 4)]
    Refresh(WorkerId),
    /// A worker answers a round that challenges it; feeless.
    #[codec(index = 5)]
    Answer {
        /// The round's number.
        round: u64,
    },
    /// Shows that a worker has not answered a round that challenged it.
    #[codec(index = 6)]
    ReportAbsence {
        /// The worker.
        worker: WorkerId,
        /// The round's number.
        round: u64,
    },
    /// Asks for a measurement of a worker's machine; its operator does.
    #[codec(index = 7)]
    Measure(WorkerId),
    /// A worker says how much work it did in a round that measured its machine; feeless.
    #[codec(index = 8)]
    Measured {
        /// The round's number.
        round: u64,
        /// Whole units of [`adyton_protocol::challenge::workload`].
        units: u64,
    },
    /// Sets how much capacity counts of one machine with this processor. The economy's origin does.
    #[codec(index = 9)]
    SetModelCap {
        /// The processor's model.
        model: CpuModel,
        /// How much; none: as much as the kind of the workers' evidence says.
        cap: Option<u64>,
    },
}
