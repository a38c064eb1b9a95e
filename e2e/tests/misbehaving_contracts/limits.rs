//! Contracts that take more than their manifest allows, or break.

use anyhow::Result;

use super::Stage;

pub fn a_contract_that_loops_for_ever_is_stopped(stage: &Stage) -> Result<()> {
    stage.call("/loop", "")?.refused("the call used more fuel than its manifest allows (limit-exceeded)")
}

pub fn a_contract_that_allocates_without_end_is_stopped(stage: &Stage) -> Result<()> {
    stage.call("/allocate", "")?.refused("the call used more memory than its manifest allows (limit-exceeded)")
}

pub fn a_contract_that_writes_too_much_is_told_so(stage: &Stage) -> Result<()> {
    stage.call("/write", "")?.refused("a limit is reached: this call may write 65536 bytes in all (contract-error)")
}

pub fn a_contract_that_traps_ends_its_own_call_only(stage: &Stage) -> Result<()> {
    stage.call("/trap", "")?.refused("(contract-failed)")
}
