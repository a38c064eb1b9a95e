//! The verifier of evidence as a WebAssembly module: three exports over [`adyton_judgement::request`], and no import.
//!
//! **Where it stands.** `sdk/web` instantiates it, in a page or a worker of a browser: it asks for room, writes a request
//! there, has it answered, and reads the answer out of the module's memory.
//!
//! **What must always hold.** The module imports nothing, so that whatever it is given it reaches no network, clock or
//! page. It follows no pointer of the caller's: it gives pointers away and takes none.
//!
//! **What it refuses.** Room for a request beyond [`MAX_REQUEST`]. A panic would be a fault of ours; it traps, and the
//! caller then throws the instance away.

use std::cell::RefCell;

use adyton_judgement::request::{MAX_REQUEST, answer};

thread_local! {
    static REQUEST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Where a request of `length` bytes has to be written; null where it would be too long. What was there before is gone.
#[expect(unsafe_code, reason = "the name is the module's interface, and nothing else has it")]
#[unsafe(no_mangle)]
pub extern "C" fn adyton_request(length: usize) -> *mut u8 {
    REQUEST.with_borrow_mut(|request| {
        *request = Vec::new();
        if length > MAX_REQUEST || request.try_reserve_exact(length).is_err() {
            return std::ptr::null_mut();
        }
        request.resize(length, 0);
        request.as_mut_ptr()
    })
}

/// Answers the request that was written, which is gone then, and says where the answer begins.
#[expect(unsafe_code, reason = "the name is the module's interface, and nothing else has it")]
#[unsafe(no_mangle)]
pub extern "C" fn adyton_answer() -> *const u8 {
    let request = REQUEST.take();
    ANSWER.set(answer(&request));
    ANSWER.with_borrow(|answer| answer.as_ptr())
}

/// How many bytes the last answer has.
#[expect(unsafe_code, reason = "the name is the module's interface, and nothing else has it")]
#[unsafe(no_mangle)]
pub extern "C" fn adyton_answer_length() -> usize {
    ANSWER.with_borrow(Vec::len)
}
