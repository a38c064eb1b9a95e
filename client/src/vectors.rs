//! Vectors under `specs/vectors/`: what this code makes is compared with them. `ADYTON_WRITE_VECTORS=1` writes them.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

/// In place of what is random: gives the same byte for ever.
pub struct Constant(pub u8);

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Constant {}

pub fn check(name: &str, built: &Value) {
    let text = serde_json::to_string_pretty(built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(path(name), &text).unwrap();
    }
    let published = std::fs::read_to_string(path(name)).unwrap();
    assert_eq!(published, text, "specs/vectors/{name}.json differs from what the code makes");
}

/// A vector that another crate makes.
pub fn read(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

fn path(name: &str) -> String {
    format!("{}/../specs/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"))
}
