//! Work that blocks in the kernel or in a library, with an end.

use std::{io, thread, time::Duration};
use tokio::{sync::oneshot, time::timeout};

use crate::PlatformError;

/// Runs `work` on a thread of its own, where it may block. Work that takes longer than `patience` is given up: its
/// thread ends when the kernel lets go of it, and nobody waits for that, not even a program that wants to end.
pub(crate) async fn patiently<T: Send + 'static>(
    patience: Duration,
    what: &'static str,
    work: impl FnOnce() -> Result<T, PlatformError> + Send + 'static,
) -> Result<T, PlatformError> {
    let (answer, answered) = oneshot::channel();
    // Nobody takes an answer that is too late.
    let run = move || drop(answer.send(work()));
    thread::Builder::new().name("platform".into()).spawn(run).map_err(PlatformError::io(what))?;
    match timeout(patience, answered).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(PlatformError::Io { what, source: io::Error::other("its thread panicked") }),
        Err(_) => Err(PlatformError::Timeout),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn work_that_takes_too_long_is_given_up() {
        let work = || {
            sleep(10 * SHORT);
            Ok(())
        };
        let error = patiently(SHORT, "wait", work).await.unwrap_err();
        assert!(matches!(error, PlatformError::Timeout), "{error}");
    }

    #[test]
    fn a_program_can_end_while_the_kernel_keeps_its_work() {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let work = move || {
            released.recv().ok();
            Ok(())
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let error = runtime.block_on(patiently(SHORT, "wait", work)).unwrap_err();
        assert!(matches!(error, PlatformError::Timeout), "{error}");
        // It would wait here until the work is released.
        drop(runtime);
        drop(release);
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error() {
        let error = patiently::<()>(100 * SHORT, "wait", || panic!("a library's")).await.unwrap_err();
        assert!(matches!(error, PlatformError::Io { what: "wait", .. }), "{error}");
    }

    #[tokio::test]
    async fn works_own_result_is_handed_on() {
        assert_eq!(patiently(100 * SHORT, "wait", || Ok(7)).await.unwrap(), 7);
        let error = patiently::<()>(100 * SHORT, "wait", || Err(PlatformError::Conflict)).await.unwrap_err();
        assert!(matches!(error, PlatformError::Conflict), "{error}");
    }
}
