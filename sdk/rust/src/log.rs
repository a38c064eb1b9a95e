//! Log lines for the contract's owner. Needs the grant `log`.

use crate::bindings::phat::contract::log;
pub use crate::bindings::phat::contract::log::Level;

/// Writes a line of any level.
pub fn write(level: Level, message: &str) {
    log::write(level, message);
}

/// Writes a line that only helps to find errors.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Writes a line.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Writes a line about something that should not be so.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Writes a line about a failure.
pub fn error(message: &str) {
    write(Level::Error, message);
}

/// From here on a panic writes its message and place before it ends the call. Without it a panic shows only
/// as a trap.
pub fn panics() {
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
}
