//! A contract's schedule: calls that it asks for itself, at a time. What bounds an entry, and how a run of one is named
//! in its request and its receipt.

use alloc::{string::ToString, vec};

use crate::{
    call::Fields,
    domain,
    ids::{ContractId, Digest, NetworkId, RequestId},
};

/// The field of a run's request that carries the entry's name. Nobody else can set it: it is reserved.
pub const NAME_FIELD: &str = "adyton-schedule";
/// The field that carries when the run was due: Unix milliseconds, decimal.
pub const DUE_FIELD: &str = "adyton-schedule-due";

/// The most entries of a contract at one time.
pub const MAX_ENTRIES: usize = 64;
/// The longest name, in bytes.
pub const MAX_NAME: usize = 64;
/// The longest method, in bytes.
pub const MAX_METHOD: usize = 16;
/// The longest path with its query, in bytes.
pub const MAX_PATH: usize = 1024;
/// The longest content, in bytes.
pub const MAX_BODY: usize = 16 * 1024;
/// The longest cron expression, in bytes.
pub const MAX_CRON: usize = 128;
/// How far ahead an entry may be due, in milliseconds: ten years.
pub const MAX_AHEAD_MS: u64 = 3653 * 86_400_000;

/// What makes the requests of one entry different from those of a later one of the same name: random, and known to
/// nobody before the run, so that nobody can use up the run's request id.
pub type Nonce = [u8; 16];

/// Whether `name` may name an entry: 1 to [`MAX_NAME`] of `a-z A-Z 0-9 . _ -`.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
}

/// The header fields of a run's request.
pub fn fields(name: &str, due_ms: u64) -> Fields {
    let field = |field: &str, value: &[u8]| (field.as_bytes().to_vec(), value.to_vec());
    vec![field(NAME_FIELD, name.as_bytes()), field(DUE_FIELD, due_ms.to_string().as_bytes())]
}

/// The digest that stands for an entry's name in a receipt.
pub fn name_digest(network: &NetworkId, contract: &ContractId, name: &str) -> Digest {
    Digest(domain::bound(domain::SCHEDULE_NAME, network, &[&contract.0, name.as_bytes()]))
}

/// The request id of one run.
pub fn request_id(network: &NetworkId, contract: &ContractId, name: &str, due_ms: u64, nonce: &Nonce) -> RequestId {
    let parts: [&[u8]; 4] = [&contract.0, name.as_bytes(), &due_ms.to_le_bytes(), nonce];
    let hash = domain::bound(domain::SCHEDULE_RUN, network, &parts);
    RequestId(*hash.first_chunk().expect("32 bytes have 16 first ones"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_other_characters_or_of_another_length_is_refused() {
        assert!(is_name("daily.close_2-b") && is_name(&"a".repeat(MAX_NAME)));
        for name in ["", "a b", "a/b", "ä", "a\n", &"a".repeat(MAX_NAME + 1)] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn each_part_of_a_run_changes_its_request_id() {
        let id = |network: u8, contract: u8, name: &str, due_ms, nonce: u8| {
            request_id(&NetworkId([network; 32]), &ContractId([contract; 32]), name, due_ms, &[nonce; 16])
        };
        let base = id(1, 2, "a", 3, 4);
        assert_eq!(base, id(1, 2, "a", 3, 4));
        for other in
            [id(9, 2, "a", 3, 4), id(1, 9, "a", 3, 4), id(1, 2, "b", 3, 4), id(1, 2, "a", 9, 4), id(1, 2, "a", 3, 9)]
        {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn the_published_vector_is_what_this_code_makes() {
        let (network, contract, nonce) = (NetworkId([1; 32]), ContractId([2; 32]), [3; 16]);
        let (name, due_ms) = ("daily.close", 1_767_225_600_000);
        let vector = serde_json::json!({
            "network": network,
            "contract": contract,
            "name": name,
            "due_ms": due_ms,
            "nonce": hex::encode(nonce),
            "name_digest": name_digest(&network, &contract, name),
            "request_id": request_id(&network, &contract, name, due_ms, &nonce),
        });
        crate::vectors::check("schedule", vector);
    }

    #[test]
    fn a_runs_fields_are_reserved_so_that_nobody_else_can_send_them() {
        let fields = fields("tick", 1_700_000_000_000);
        assert_eq!(fields[0], (b"adyton-schedule".to_vec(), b"tick".to_vec()));
        assert_eq!(fields[1], (b"adyton-schedule-due".to_vec(), b"1700000000000".to_vec()));
        assert!(fields.iter().all(|(name, _)| name.starts_with(crate::call::RESERVED_PREFIX.as_bytes())));
    }
}
