//! Accounts as people write them: the ecosystem's SS58 form.
//!
//! Base 58 of `prefix ‖ account ‖ first two bytes of BLAKE2b-512("SS58PRE" ‖ prefix ‖ account)`; the prefix
//! (one or two bytes) only says which chain the writer had in mind. This chain's is Phala's.

use adyton_protocol::ids::AccountId;
use sp_crypto_hashing::blake2_512;

/// The prefix of this chain.
pub const PREFIX: u8 = 30;
/// The longest text that can be an address of 32 bytes.
const MAX_TEXT: usize = 64;

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not base 58, or of another length.
    #[error("this is no account's address: expected about 48 letters and digits")]
    Form,
    /// A mistyped letter.
    #[error("the address has a wrong check sum: a letter is mistyped")]
    Checksum,
}

/// The account's address on this chain.
pub fn encode(account: &AccountId) -> String {
    let mut bytes = vec![PREFIX];
    bytes.extend_from_slice(&account.0);
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    bs58::encode(bytes).into_string()
}

/// Reads an address of any chain with 32-byte accounts, or 64 hexadecimal digits behind `0x`.
pub fn decode(text: &str) -> Result<AccountId, BadAddress> {
    if text.starts_with("0x") {
        return text.parse().map_err(|_| BadAddress::Form);
    }
    if text.len() > MAX_TEXT {
        return Err(BadAddress::Form);
    }
    let bytes = bs58::decode(text).into_vec().map_err(|_| BadAddress::Form)?;
    let prefix = match bytes.first() {
        Some(0..64) => 1,
        Some(64..128) => 2,
        Some(_) | None => return Err(BadAddress::Form),
    };
    let (body, sum) = bytes.split_at_checked(prefix + 32).ok_or(BadAddress::Form)?;
    if sum.len() != 2 {
        return Err(BadAddress::Form);
    }
    if sum != checksum(body) {
        return Err(BadAddress::Checksum);
    }
    AccountId::try_from(&body[prefix..]).map_err(|_| BadAddress::Form)
}

fn checksum(bytes: &[u8]) -> [u8; 2] {
    let hash = blake2_512(&[b"SS58PRE", bytes].concat());
    [hash[0], hash[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ecosystem's well-known development account.
    const ALICE: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

    #[test]
    fn an_address_of_another_chain_names_the_same_account() {
        let alice: AccountId = ALICE.parse().unwrap();
        assert_eq!(decode("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), Ok(alice));
        assert_eq!(decode(ALICE), Ok(alice));
    }

    #[test]
    fn an_address_reads_back() {
        let account = AccountId([0x42; 32]);
        assert_eq!(decode(&encode(&account)), Ok(account));
    }

    #[test]
    fn a_mistyped_letter_is_found() {
        assert_eq!(decode("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"), Err(BadAddress::Checksum));
    }

    #[test]
    fn a_text_that_is_no_address_is_refused() {
        for text in ["", "5Grwva", "0OIl", "0x12", &"5".repeat(1000)] {
            assert_eq!(decode(text), Err(BadAddress::Form), "{text}");
        }
    }
}
