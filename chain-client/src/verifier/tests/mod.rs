//! One test for each refusal, and what has to be accepted.

mod finality;
mod freshness;
mod handovers;
mod mutations;
mod storage;
mod time;
mod vectors;
