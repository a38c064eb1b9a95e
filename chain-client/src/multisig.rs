//! Accounts of several: some of their signatories have to agree before anything is done in the account's name.
//!
//! They are polkadot-sdk's (`pallet-multisig`). Nobody creates one: the address follows from who they are and how many have
//! to agree. Each signatory approves one call, known by its BLAKE2b-256; the last of those it takes has it made. The records
//! change with the runtime, and are decoded strictly.

use adyton_protocol::ids::AccountId;
use codec::{Decode, Encode};
use sp_crypto_hashing::{blake2_128, blake2_256, twox_64, twox_128};

use crate::{
    extrinsic::calls::{self, Call, Weight},
    facts::Facts,
    verifier::Refusal,
};

/// The most signatories that the runtime allows.
pub const MAX_SIGNATORIES: usize = 100;
/// The most that a call may weigh when it is made: a quarter of a block's time. What it does not use is not paid for.
pub const MAX_WEIGHT: Weight = Weight { ref_time: 50_000_000_000, proof_size: 1 << 40 };
/// Held of who proposes first, in units of 10^-12 PHA: for the entry, and for each approval that it takes.
const DEPOSIT: (u128, u128) = (188_000_000_000, 32_000_000_000);

/// Why there is no such account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMultisig {
    /// One alone decides.
    #[error("an account of several takes the approval of two at least")]
    Threshold,
    /// More would have to agree than there are.
    #[error("more approvals are asked for than there are signatories")]
    TooFew,
    /// More than the chain allows.
    #[error("an account of several has at most 100 signatories")]
    TooMany,
    /// Somebody is named twice.
    #[error("a signatory is named twice")]
    Repeated,
}

/// The signatories of an account, and how many of them have to agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multisig {
    threshold: u16,
    /// Ascending.
    signatories: Vec<AccountId>,
}

impl Multisig {
    /// Of these signatories, in any order.
    pub fn new(threshold: u16, mut signatories: Vec<AccountId>) -> Result<Self, BadMultisig> {
        if threshold < 2 {
            return Err(BadMultisig::Threshold);
        }
        if signatories.len() > MAX_SIGNATORIES {
            return Err(BadMultisig::TooMany);
        }
        if signatories.len() < usize::from(threshold) {
            return Err(BadMultisig::TooFew);
        }
        signatories.sort();
        let all = signatories.len();
        signatories.dedup();
        if signatories.len() < all { Err(BadMultisig::Repeated) } else { Ok(Self { threshold, signatories }) }
    }

    /// How many have to agree.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// Who they are, ascending.
    pub fn signatories(&self) -> &[AccountId] {
        &self.signatories
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        AccountId((*b"modlpy/utilisuba", &self.signatories, self.threshold).using_encoded(blake2_256))
    }

    /// What is held of who proposes first, until the call is made or cancelled, in units of 10^-12 PHA.
    pub fn deposit(&self) -> u128 {
        DEPOSIT.0 + DEPOSIT.1 * u128::from(self.threshold)
    }

    /// The approval of `call` by `signatory`; `begun` is when it was proposed, none if nobody did. None, if they are none
    /// of the signatories.
    pub fn approval(&self, signatory: &AccountId, begun: Option<Timepoint>, call: Call) -> Option<Call> {
        let (threshold, others) = (self.threshold, self.others(signatory)?);
        let call = Box::new(call);
        Some(Call::Multisig(calls::Multisig::AsMulti { threshold, others, begun, call, max_weight: MAX_WEIGHT }))
    }

    /// The end of a proposal that `signatory` made first; none, if they are none of the signatories.
    pub fn cancellation(&self, signatory: &AccountId, begun: Timepoint, call_hash: [u8; 32]) -> Option<Call> {
        let (threshold, others) = (self.threshold, self.others(signatory)?);
        Some(Call::Multisig(calls::Multisig::CancelAsMulti { threshold, others, begun, call_hash }))
    }

    fn others(&self, signatory: &AccountId) -> Option<Vec<AccountId>> {
        let others: Vec<_> = self.signatories.iter().filter(|other| *other != signatory).copied().collect();
        (others.len() < self.signatories.len()).then_some(others)
    }
}

/// Where a proposal was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Timepoint {
    /// The block.
    pub height: u32,
    /// The extrinsic's number in it.
    pub index: u32,
}

/// A proposal that is open.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Open {
    /// When it was made.
    pub when: Timepoint,
    /// What is held for it.
    pub deposit: u128,
    /// Who made it.
    pub depositor: AccountId,
    /// Who approved it, ascending.
    pub approvals: Vec<AccountId>,
}

/// By which hash the signatories' approvals name a call.
pub fn call_hash(call: &Call) -> [u8; 32] {
    blake2_256(&call.encoded())
}

/// Under which all open proposals of an account stand; each key ends with the call's hash.
pub fn open_prefix(account: &AccountId) -> Vec<u8> {
    [&twox_128(b"Multisig")[..], &twox_128(b"Multisigs"), &twox_64(&account.0), &account.0].concat()
}

/// [`Open`], of a call with this hash.
pub fn open(account: &AccountId, call_hash: &[u8; 32]) -> Vec<u8> {
    [&open_prefix(account)[..], &blake2_128(call_hash), call_hash].concat()
}

impl Facts {
    /// A proposal of an account of several ([`open`]); none, if it is not open.
    pub fn open_proposal(&self, account: &AccountId, call_hash: &[u8; 32]) -> Result<Option<Open>, Refusal> {
        self.item(&open(account, call_hash), "an open proposal of several")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address;

    const ALICE: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
    const BOB: &str = "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48";
    const CHARLIE: &str = "0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22";

    fn accounts(texts: &[&str]) -> Vec<AccountId> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn two_of_three() -> Multisig {
        Multisig::new(2, accounts(&[ALICE, BOB, CHARLIE])).unwrap()
    }

    #[test]
    fn the_account_is_the_ecosystems_whatever_the_order_of_its_signatories() {
        let known = address::decode("5DjYJStmdZ2rcqXbXGX7TW85JsrW6uG4y9MUcLq2BoPMpRA7").unwrap();
        assert_eq!(two_of_three().account(), known);
        assert_eq!(Multisig::new(2, accounts(&[CHARLIE, ALICE, BOB])).unwrap().account(), known);
        assert_ne!(Multisig::new(3, accounts(&[ALICE, BOB, CHARLIE])).unwrap().account(), known);
    }

    #[test]
    fn one_alone_is_no_account_of_several() {
        assert_eq!(Multisig::new(1, accounts(&[ALICE, BOB])), Err(BadMultisig::Threshold));
    }

    #[test]
    fn no_more_can_be_asked_than_there_are() {
        assert_eq!(Multisig::new(3, accounts(&[ALICE, BOB])), Err(BadMultisig::TooFew));
    }

    #[test]
    fn there_are_no_more_signatories_than_the_chain_allows() {
        let many = (0..=100).map(|byte| AccountId([byte; 32])).collect();
        assert_eq!(Multisig::new(2, many), Err(BadMultisig::TooMany));
    }

    #[test]
    fn nobody_is_a_signatory_twice() {
        assert_eq!(Multisig::new(2, accounts(&[ALICE, BOB, ALICE])), Err(BadMultisig::Repeated));
    }

    #[test]
    fn nobody_else_approves_or_cancels() {
        let stranger = AccountId([1; 32]);
        assert_eq!(two_of_three().approval(&stranger, None, Call::all(vec![])), None);
        assert_eq!(two_of_three().cancellation(&stranger, Timepoint { height: 1, index: 2 }, [0; 32]), None);
    }

    #[test]
    fn an_approval_names_the_others_in_order_and_has_the_whole_call() {
        let [alice, bob, charlie] = [ALICE, BOB, CHARLIE].map(|text| text.parse::<AccountId>().unwrap());
        let begun = Timepoint { height: 7, index: 2 };
        let call = two_of_three().approval(&alice, Some(begun), Call::all(vec![])).unwrap();
        let weight = (codec::Compact(MAX_WEIGHT.ref_time), codec::Compact(MAX_WEIGHT.proof_size));
        let expected = (8u8, 1u8, 2u16, vec![bob, charlie], Some((7u32, 2u32)), [7u8, 2, 0], weight).encode();
        assert_eq!(call.encoded(), expected);
        assert_eq!(Call::read(&expected), Some(call));
    }

    #[test]
    fn a_record_reads_as_the_pallet_writes_it_and_its_key_ends_with_the_calls_hash() {
        let open = Open {
            when: Timepoint { height: 7, index: 2 },
            deposit: 9,
            depositor: AccountId([1; 32]),
            approvals: vec![AccountId([1; 32])],
        };
        let bytes = ((7u32, 2u32), 9u128, [1u8; 32], vec![[1u8; 32]]).encode();
        assert_eq!(Open::decode(&mut &bytes[..]).unwrap(), open);
        let key = super::open(&AccountId([3; 32]), &[4; 32]);
        assert!(key.starts_with(&open_prefix(&AccountId([3; 32]))) && key.ends_with(&[4; 32]));
        assert_eq!(key.len(), 32 + 8 + 32 + 16 + 32);
    }
}
