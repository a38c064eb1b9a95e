//! The price list: what each host function costs in fuel. One table, published, part of every receipt by its
//! hash.
//!
//! Guest instructions are priced by wasmtime (about one unit each), which promises no stability of its own
//! between versions: that is why its version and the settings that change prices are in the hash. The
//! documentation in `wit/` repeats these figures; a test holds the two together.

use std::sync::LazyLock;

use adyton_protocol::domain;

/// The version of wasmtime whose instruction prices apply. A test compares it with the lock file.
pub const WASMTIME_VERSION: &str = "48.0.8";

/// The price of one host function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// `interface.function`.
    pub name: &'static str,
    /// Units per call.
    pub base: u64,
    /// Units per byte; the function's documentation says which bytes.
    pub per_byte: u64,
    /// Units per item, where a function handles several.
    pub per_item: u64,
}

impl Cost {
    /// The units for `bytes` bytes and `items` items.
    pub fn of(&self, bytes: usize, items: usize) -> u64 {
        let bytes = (bytes as u64).saturating_mul(self.per_byte);
        let items = (items as u64).saturating_mul(self.per_item);
        self.base.saturating_add(bytes).saturating_add(items)
    }

    /// The units for `bytes` bytes alone: what is charged later, when an amount becomes known.
    pub fn bytes(&self, bytes: usize) -> u64 {
        (bytes as u64).saturating_mul(self.per_byte)
    }
}

macro_rules! costs {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $base:literal, $per_byte:literal, $per_item:literal;)*) => {
        $($(#[$doc])* pub const $constant: Cost =
            Cost { name: $name, base: $base, per_byte: $per_byte, per_item: $per_item };)*

        /// The whole table, in the order that its hash covers.
        pub const TABLE: &[Cost] = &[$($constant),*];
    };
}

costs! {
    /// One call of the contract, and each byte of its request and response.
    HANDLE = "service.handle", 1_000_000, 1, 0;
    /// Asking for the context.
    ENV_GET = "env.get", 4_000, 0, 0;
    /// Asking for the settings.
    ENV_SETTINGS = "env.settings", 4_000, 1, 0;
    /// Asking for the fuel that is left.
    ENV_GAS_LEFT = "env.gas-left", 500, 0, 0;
    /// A log line.
    LOG_WRITE = "log.write", 2_500, 15, 0;
    /// Reading a value.
    KV_GET = "kv.get", 40_000, 2, 0;
    /// Reading several values.
    KV_GET_MANY = "kv.get-many", 5_000, 2, 40_000;
    /// Writing a value.
    KV_SET = "kv.set", 20_000, 20, 0;
    /// Writing a value that ends.
    KV_SET_UNTIL = "kv.set-until", 25_000, 20, 0;
    /// Comparing and writing a value.
    KV_SWAP = "kv.swap", 60_000, 20, 0;
    /// Removing a value.
    KV_DELETE = "kv.delete", 20_000, 20, 0;
    /// Several writes, or none of them.
    KV_WRITE = "kv.write", 5_000, 20, 20_000;
    /// Reading a page of entries.
    KV_SCAN = "kv.scan", 60_000, 2, 15_000;
    /// Reading a page of entries the other way.
    KV_SCAN_BACK = "kv.scan-back", 60_000, 2, 15_000;
    /// An outgoing request and its answer.
    HTTP_SEND = "http.send", 800_000, 10, 0;
    /// An outgoing request, and the head of an answer that is read as it comes.
    HTTP_OPEN = "http.open", 800_000, 10, 0;
    /// Reading of such an answer.
    HTTP_READ = "http.read", 5_000, 10, 0;
    /// Closing such an answer.
    HTTP_CLOSE = "http.close", 1_000, 0, 0;
    /// Reading a secret.
    SECRETS_GET = "secrets.get", 5_000, 2, 0;
    /// Asking for a secret's version.
    SECRETS_VERSION = "secrets.version", 5_000, 2, 0;
    /// Random bytes.
    RANDOM_BYTES = "random.bytes", 3_000, 12, 0;
    /// Bytes that follow from a seed.
    RANDOM_SEEDED = "random.seeded", 20_000, 16, 0;
    /// Deriving a public key.
    CRYPTO_PUBLIC_KEY = "crypto.public-key", 120_000, 0, 0;
    /// Signing.
    CRYPTO_SIGN = "crypto.sign", 200_000, 16, 0;
    /// Verifying a signature.
    CRYPTO_VERIFY = "crypto.verify", 200_000, 8, 0;
    /// Deriving the public key of an encryption key.
    CRYPTO_ENCRYPTION_KEY = "crypto.encryption-key", 200_000, 0, 0;
    /// Opening what was sealed to an encryption key.
    CRYPTO_DECRYPT = "crypto.decrypt", 400_000, 4, 0;
    /// Deriving a secret.
    CRYPTO_DERIVE = "crypto.derive", 20_000, 8, 0;
    /// Asking for the block that is acted on.
    CHAIN_BLOCK = "chain.block", 4_000, 0, 0;
    /// Reading values of the chain's state.
    CHAIN_STORAGE = "chain.storage", 200_000, 10, 20_000;
    /// Reporting a call to the chain.
    CHAIN_REPORT = "chain.report", 500_000, 20, 0;
    /// Setting an entry of the schedule for one run.
    SCHEDULE_AT = "schedule.at", 350_000, 20, 0;
    /// Setting an entry of the schedule for runs again and again.
    SCHEDULE_CRON = "schedule.cron", 400_000, 20, 0;
    /// Removing an entry of the schedule.
    SCHEDULE_CANCEL = "schedule.cancel", 350_000, 20, 0;
    /// Reading the entries of the schedule.
    SCHEDULE_ENTRIES = "schedule.entries", 60_000, 2, 2_000;
    /// Calling another contract.
    CONTRACTS_CALL = "contracts.call", 600_000, 4, 0;
    /// A statement of SQL and its rows.
    SQL_QUERY = "sql.query", 250_000, 4, 5_000;
    /// A statement of SQL.
    SQL_EXECUTE = "sql.execute", 250_000, 4, 5_000;
    /// Several statements of SQL, or none of them.
    SQL_BATCH = "sql.batch", 250_000, 4, 5_000;
    /// Beginning an object.
    OBJECTS_CREATE = "objects.create", 60_000, 20, 0;
    /// Adding to an object.
    OBJECTS_APPEND = "objects.append", 30_000, 20, 0;
    /// Finishing an object.
    OBJECTS_FINISH = "objects.finish", 60_000, 20, 10_000;
    /// Removing an unfinished object.
    OBJECTS_DISCARD = "objects.discard", 40_000, 0, 10_000;
    /// Removing an object.
    OBJECTS_REMOVE = "objects.remove", 40_000, 20, 10_000;
    /// Asking for what is known of an object.
    OBJECTS_STAT = "objects.stat", 50_000, 2, 0;
    /// Reading of an object.
    OBJECTS_READ = "objects.read", 10_000, 1, 300_000;
    /// Listing objects.
    OBJECTS_FINISHED = "objects.finished", 60_000, 2, 15_000;
    /// Listing unfinished objects.
    OBJECTS_UNFINISHED = "objects.unfinished", 60_000, 2, 15_000;
    /// Beginning the answer.
    REPLY_BEGIN = "reply.begin", 20_000, 2, 0;
    /// Going on with it.
    REPLY_WRITE = "reply.write", 5_000, 2, 0;
    /// Opening a connection to a database outside.
    DATABASE_OPEN = "databases.open", 500_000, 10, 0;
    /// A statement there, and each value of its result.
    DATABASE_STATEMENT = "databases.statement", 200_000, 10, 100;
    /// Any function of WASI, each byte that it passes or returns, and each thing that it waits for.
    WASI_CALL = "wasi.call", 1_000, 2, 100;
}

/// The hash that a receipt carries beside the fuel: over the wasmtime version, then each entry's name and
/// three prices (64 bits, little-endian), in the table's order.
pub fn cost_table_hash() -> [u8; 32] {
    static HASH: LazyLock<[u8; 32]> = LazyLock::new(|| {
        let prices: Vec<[u8; 24]> = TABLE.iter().map(encode).collect();
        let mut parts: Vec<&[u8]> = vec![WASMTIME_VERSION.as_bytes()];
        for (cost, prices) in TABLE.iter().zip(&prices) {
            parts.push(cost.name.as_bytes());
            parts.push(prices);
        }
        domain::hash(domain::COST_TABLE, &parts)
    });
    *HASH
}

fn encode(cost: &Cost) -> [u8; 24] {
    let mut out = [0; 24];
    for (slot, value) in out.chunks_exact_mut(8).zip([cost.base, cost.per_byte, cost.per_item]) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn workspace() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn the_version_in_the_hash_is_the_one_that_is_linked() {
        let lock = fs::read_to_string(workspace().join("Cargo.lock")).expect("the workspace has a lock file");
        assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{WASMTIME_VERSION}\"")));
    }

    #[test]
    fn the_documentation_of_each_host_function_states_its_price() {
        let elsewhere = [(WASI_CALL, "Cost: "), (DATABASE_OPEN, "Connection: "), (DATABASE_STATEMENT, "Statement: ")];
        for cost in TABLE.iter().filter(|cost| !elsewhere.iter().any(|(other, _)| other == *cost)) {
            let (interface, function) = cost.name.split_once('.').expect("interface.function");
            let path = workspace().join(format!("wit/{interface}.wit"));
            let text = fs::read_to_string(path).expect("an interface has a file of its name");
            let end =
                text.find(&format!("    {function}: func(")).unwrap_or_else(|| panic!("{} is not declared", cost.name));
            let line = text[..end].rsplit("Cost: ").next().expect("rsplit gives at least one part");
            assert_states(line, cost);
        }
        let path = workspace().join("wit/deps/README.md");
        let text = fs::read_to_string(path).expect("what is said about WASI and databases");
        for (cost, begins) in elsewhere {
            let line = text.lines().find_map(|line| line.strip_prefix(begins)).expect("a line with the price");
            assert_states(line, &cost);
        }
    }

    fn assert_states(line: &str, cost: &Cost) {
        let digits: Vec<u64> = line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
        let expected: Vec<u64> =
            [cost.base, cost.per_byte, cost.per_item].into_iter().filter(|price| *price > 0).collect();
        assert_eq!(digits, expected, "{}: {line}", cost.name);
    }

    #[test]
    fn every_function_of_the_world_has_a_price() {
        let priced: Vec<&str> = TABLE.iter().map(|cost| cost.name).collect();
        for entry in fs::read_dir(workspace().join("wit")).expect("the folder is there") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                continue;
            }
            let interface = path.file_stem().expect("a file name").to_string_lossy().into_owned();
            for line in fs::read_to_string(&path).expect("a text file").lines() {
                let Some((function, _)) = line.trim_start().split_once(": func(") else { continue };
                let name = format!("{interface}.{function}");
                // What a contract exports is run and paid for as a call.
                let is_exported = interface == "lifecycle";
                let is_known = is_exported || name == "http.send-all" || priced.contains(&name.as_str());
                assert!(is_known, "{name} has no price");
            }
        }
    }

    #[test]
    fn a_price_saturates_instead_of_wrapping() {
        assert_eq!(KV_SET.of(usize::MAX, 0), u64::MAX);
        assert_eq!(KV_SCAN.of(10, 3), 60_000 + 20 + 45_000);
    }

    #[test]
    fn the_hash_covers_every_price() {
        let base = cost_table_hash();
        assert_eq!(base, cost_table_hash());
        let mut changed = TABLE[3];
        changed.per_byte += 1;
        assert_ne!(encode(&changed), encode(&TABLE[3]));
    }
}
