//! `chain`: a call that the chain dispatches as the contract's own account.

use wasmtime::component::Linker;

use super::interface;
use crate::{
    bindings::phat::contract::types::Error,
    call::{CallState, charge_bytes},
    costs,
};

/// The longest encoded call, in bytes.
const MAX_CALL: usize = 4096;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(&interface("chain"))?.func_wrap_async("report", |mut store, (call,): (Vec<u8>,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CHAIN_REPORT, call.len()).await?;
            Ok((report(&mut store.data_mut().report, call),))
        })
    })
}

fn report(slot: &mut Option<Vec<u8>>, call: Vec<u8>) -> Result<(), Error> {
    if slot.is_some() {
        return Err(Error::Limit("one report per call".into()));
    }
    if call.is_empty() || call.len() > MAX_CALL {
        return Err(Error::Invalid(format!("a call of {} bytes; it must have 1 to {MAX_CALL}", call.len())));
    }
    *slot = Some(call);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_report_is_refused_and_the_first_stays() {
        let mut slot = None;
        assert!(report(&mut slot, vec![1]).is_ok());
        assert!(matches!(report(&mut slot, vec![2]), Err(Error::Limit(_))));
        assert_eq!(slot, Some(vec![1]));
    }

    #[test]
    fn an_empty_or_oversized_report_is_refused() {
        for call in [Vec::new(), vec![0; MAX_CALL + 1]] {
            assert!(matches!(report(&mut None, call), Err(Error::Invalid(_))));
        }
    }
}
