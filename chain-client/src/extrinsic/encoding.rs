//! How a signed extrinsic is written: polkadot-sdk's version 4, with the extensions of this chain's runtime in
//! their order (CheckNonZeroSender, CheckSpecVersion, CheckTxVersion, CheckGenesis, CheckEra, CheckNonce,
//! CheckWeight, and the payment, which feeless calls skip).

use adyton_protocol::ids::{AccountId, BlockHash, BlockNumber, BlockRef};
use codec::{Compact, Encode};
use sp_crypto_hashing::blake2_256;

use super::{Signature, Signer};

/// The name of the runtime that this version knows.
pub const SPECIFICATION_NAME: &str = "adyton";
/// The first version of its logic that takes extrinsics as this version writes them.
pub const SPECIFICATION_VERSION: u32 = 1;
/// The version of calls and extrinsics: a runtime to which the same bytes say something else has another one.
pub const TRANSACTION_VERSION: u32 = 1;

/// The first byte of a signed extrinsic of version 4.
const SIGNED_V4: u8 = 0b1000_0000 | 4;
/// `MultiAddress::Id`.
const ADDRESS_ID: u8 = 0;
/// A payload above this length is signed as its hash.
const PAYLOAD_LIMIT: usize = 256;
/// The shortest and the longest life of an extrinsic, in blocks.
const PERIODS: std::ops::RangeInclusive<u32> = 4..=4096;

/// In which blocks an extrinsic may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// In any. It can be replayed when the account is removed and comes back.
    Immortal,
    /// In those of the `period` blocks that begin with `born`.
    Mortal {
        /// A recent finalized block.
        born: BlockRef,
        /// A power of two between 4 and 4096; see [`Era::mortal`].
        period: u32,
    },
}

/// What a signature covers besides the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The chain.
    pub genesis_hash: BlockHash,
    /// The version of its runtime's logic. Under any other one the signature counts for nothing.
    pub specification: u32,
    /// The account's nonce.
    pub nonce: u32,
    /// In which blocks it may stand.
    pub era: Era,
    /// What the author gets on top, in units of 10^-12 PHA.
    pub tip: u128,
}

impl Era {
    /// Mortal from `born` on for `period` blocks, rounded up to a power of two between 4 and 4096.
    pub fn mortal(born: BlockRef, period: u32) -> Self {
        let period = period.clamp(*PERIODS.start(), *PERIODS.end()).next_power_of_two();
        Self::Mortal { born, period }
    }

    /// The last block in which it may stand.
    pub fn until(&self) -> Option<BlockNumber> {
        match self {
            Self::Immortal => None,
            Self::Mortal { born, period } => Some(born.number.saturating_add(period - 1)),
        }
    }

    fn encode_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Immortal => bytes.push(0),
            Self::Mortal { born, period } => {
                let phase = born.number % period;
                let exponent = period.trailing_zeros() - 1;
                let word = (exponent | (phase << 4)) as u16;
                bytes.extend_from_slice(&word.to_le_bytes());
            }
        }
    }

    fn block_hash(&self, genesis: BlockHash) -> BlockHash {
        match self {
            Self::Immortal => genesis,
            Self::Mortal { born, .. } => born.hash,
        }
    }
}

impl Terms {
    /// What stands in the extrinsic.
    fn explicit(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.era.encode_to(&mut bytes);
        (Compact(self.nonce), Compact(self.tip)).encode_to(&mut bytes);
        bytes
    }

    /// What does not stand in it, and is signed all the same.
    fn implicit(&self) -> Vec<u8> {
        let era_hash = self.era.block_hash(self.genesis_hash);
        (self.specification, TRANSACTION_VERSION, self.genesis_hash, era_hash).encode()
    }
}

/// What is signed for the encoded `call` under `terms`.
pub fn signed_payload(call: &[u8], terms: &Terms) -> Vec<u8> {
    let payload = [call, &terms.explicit(), &terms.implicit()].concat();
    if payload.len() > PAYLOAD_LIMIT { blake2_256(&payload).to_vec() } else { payload }
}

/// The extrinsic, with its length in front: the bytes that are submitted and that stand in the block.
pub fn signed(call: &[u8], terms: &Terms, signer: &dyn Signer) -> Vec<u8> {
    let signature = signer.sign(&signed_payload(call, terms));
    assemble(call, terms, signer.account(), &signature)
}

/// [`signed`] with a signature that nobody made: for questions about an extrinsic that is not sent.
pub(super) fn to_ask_about(call: &[u8], terms: &Terms, account: AccountId) -> Vec<u8> {
    assemble(call, terms, account, &Signature::Sr25519([0; 64]))
}

fn assemble(call: &[u8], terms: &Terms, account: AccountId, signature: &Signature) -> Vec<u8> {
    let mut body = vec![SIGNED_V4, ADDRESS_ID];
    body.extend_from_slice(&account.0);
    signature.encode_to(&mut body);
    body.extend_from_slice(&terms.explicit());
    body.extend_from_slice(call);
    let mut bytes = Compact(body.len() as u32).encode();
    bytes.extend_from_slice(&body);
    bytes
}
