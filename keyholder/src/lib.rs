//! The keyholder: one share of the master secret, in a TEE, and the rules by which it answers workers.
//!
//! It stands between the chain, which says who may have a contract's keys, and the workers, which want them. Read
//! [`decision`] first: it is the reason for everything else. [`judge`] judges a worker's raw evidence under the
//! roots in this keyholder's own measured configuration, and [`remembered`] spares the arithmetic of what it has seen
//! before; [`facts`] and [`chain`] bring what the chain proves; [`share_store`] keeps shares sealed to the machine, and
//! [`checkpoint`] the block from which they start; `beacon` signs the rounds of the random beacon, under a key of its own;
//! [`evidence`] shows this keyholder's own evidence to whoever asks; [`api`] is the HTTP interface; [`boot`] is the
//! story from start to service.
//!
//! What must always hold: the share leaves this process only sealed to this machine and measurement; a partial
//! evaluation leaves it only sealed to a key that stands in a worker's attested statement, after a finalized
//! request, a fresh view of the chain, and evidence that this process verified itself; the label is composed from
//! proven facts, never from the worker's words.
//!
//! Refused: what [`decision::Refusal`] and [`adyton_appraisal::AppraisalRefusal`] list. Without a sealing key from the
//! platform, with a share file that does not open, with a share whose checkpoint is not there, or with a chain whose
//! committee is not the share's, it does not start.
//!
//! A committee of one is for development only and says so, in its configuration (`insecure_single`), in its log,
//! in `GET /health`, and by refusing on any network whose name does not contain `insecure`.
#![forbid(unsafe_code)]

pub mod api;
mod beacon;
pub mod boot;
pub mod chain;
pub mod checkpoint;
mod committee;
pub mod config;
pub mod decision;
pub mod evidence;
pub mod facts;
mod folder;
pub mod judge;
pub mod remembered;
mod roots;
mod sealed_file;
pub mod share_store;
