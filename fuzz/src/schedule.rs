//! What a contract says of when it wants to be called.

use adyton_engine::Cron;
use adyton_protocol::schedule::{MAX_AHEAD_MS, MAX_CRON};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A cron expression: what is read has a next time that is the first one, or none.
pub fn cron(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(cron) = Cron::parse(text) else { return };
    assert!(text.len() <= MAX_CRON, "what is longer is not read");
    let fields: Vec<&str> = text.split(' ').filter(|field| !field.is_empty()).collect();
    assert_eq!(Cron::parse(&fields.join(" ")), Ok(cron.clone()), "how many spaces there are says nothing");
    // 2026-11-22 and the ends of time.
    for after in [0, 1_795_326_278_500, u64::MAX - 1, u64::MAX] {
        let Some(next) = cron.next_after(after) else { continue };
        assert!(after < next && next - after <= MAX_AHEAD_MS + DAY_MS, "it lies ahead, and within ten years");
        assert_eq!(next % MINUTE_MS, 0, "it is a whole minute");
        assert_eq!(cron.next_after(next - 1), Some(next), "it is the first after what was before it");
    }
}

/// Seeds of [`cron`].
pub fn crons() -> Vec<Vec<u8>> {
    ["* * * * *", "*/15 0-6,22 1,15 */2 1-5", "0 0 29 2 *", "59  23 31 12 7", "0 0 30 2 *"].map(Vec::from).to_vec()
}
