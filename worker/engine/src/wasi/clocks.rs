//! `wasi:clocks`: the call's time, which stands still as `phat:contract/env` has it, and a clock that runs from the
//! call's beginning. That of a deterministic call goes on only to a moment that is waited for, and is there at once.

use std::time::Duration;

use wasmtime::component::{Linker, Resource};

use super::{
    bindings::wasi::clocks::wall_clock::Datetime,
    interface::{Interface, reply},
    poll::{Pollable, Wait},
};
use crate::call::CallState;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut wall = Interface::of(linker, "clocks/wall-clock")?;
    wall.func("now", |call, ()| reply(datetime(call.context.now_ms)))?;
    wall.func("resolution", |_, ()| reply(datetime(1)))?;
    let mut monotonic = Interface::of(linker, "clocks/monotonic-clock")?;
    monotonic.func("now", |call, ()| reply(nanoseconds(call.elapsed())))?;
    monotonic.func("resolution", |_, ()| reply(1_u64))?;
    monotonic.func("subscribe-instant", |call, (when,): (u64,)| reply(after(call, Duration::from_nanos(when))?))?;
    monotonic.func("subscribe-duration", |call, (duration,): (u64,)| {
        let when = call.elapsed().saturating_add(Duration::from_nanos(duration));
        reply(after(call, when)?)
    })
}

/// Becomes ready when the call has run for `time`.
fn after(call: &mut CallState, time: Duration) -> wasmtime::Result<Resource<Pollable>> {
    let wait = Wait::Until(call.started.checked_add(time));
    Ok(call.wasi.table.push(Pollable::new(wait))?)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn datetime(milliseconds: u64) -> Datetime {
    Datetime { seconds: milliseconds / 1000, nanoseconds: (milliseconds % 1000) as u32 * 1_000_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_seconds_and_the_rest() {
        let time = datetime(1_700_000_000_123);
        assert_eq!((time.seconds, time.nanoseconds), (1_700_000_000, 123_000_000));
    }
}
