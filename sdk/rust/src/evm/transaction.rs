//! Transactions of EIP-1559.

use serde::{Deserialize, Serialize};

use super::{Address, Hash, Key, Signature, U256, from_hex, hex, keccak256, rlp};
use crate::Error;

/// The type of such a transaction (EIP-2718).
const TYPE: u8 = 2;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The chain that alone takes it.
    pub chain_id: u64,
    /// How many transactions of the account come before it.
    pub nonce: u64,
    /// What the block's producer gets at most, in wei per unit of gas.
    pub max_priority_fee_per_gas: u128,
    /// What is paid at most in all, in wei per unit of gas.
    pub max_fee_per_gas: u128,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// Whom it calls or pays; none makes a contract.
    pub to: Option<Address>,
    /// What it pays, in wei.
    pub value: U256,
    /// What a contract is called with, as of [`abi::call`](super::abi::call).
    pub data: Vec<u8>,
    /// Accounts and slots that it will use (EIP-2930).
    pub access_list: Vec<(Address, Vec<Hash>)>,
}

/// A transaction that can be sent, any number of times: the chain takes it once. In JSON it is its bytes, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SignedTransaction {
    bytes: Vec<u8>,
}

impl Transaction {
    /// The digest to sign.
    pub fn digest(&self) -> Hash {
        keccak256(&typed(&self.fields()))
    }

    /// Signs it. Nonces of RFC 6979: the same transaction always gives the same bytes.
    pub fn sign(&self, key: &Key) -> Result<SignedTransaction, Error> {
        Ok(self.with_signature(&key.sign(self.digest())?))
    }

    /// With a signature of [`Self::digest`].
    pub fn with_signature(&self, signature: &Signature) -> SignedTransaction {
        let mut fields = self.fields();
        fields.push(rlp::number(u64::from(signature.y_parity)));
        fields.push(rlp::number(U256::from_be_bytes(signature.r)));
        fields.push(rlp::number(U256::from_be_bytes(signature.s)));
        SignedTransaction { bytes: typed(&fields) }
    }

    fn fields(&self) -> Vec<Vec<u8>> {
        let slots = |slots: &[Hash]| rlp::list(&slots.iter().map(|slot| rlp::bytes(&slot.0)).collect::<Vec<_>>());
        let used = self.access_list.iter().map(|(address, all)| rlp::list(&[rlp::bytes(&address.0), slots(all)]));
        vec![
            rlp::number(self.chain_id),
            rlp::number(self.nonce),
            rlp::number(self.max_priority_fee_per_gas),
            rlp::number(self.max_fee_per_gas),
            rlp::number(self.gas_limit),
            rlp::bytes(self.to.as_ref().map_or(&[][..], |to| &to.0[..])),
            rlp::number(self.value),
            rlp::bytes(&self.data),
            rlp::list(&used.collect::<Vec<_>>()),
        ]
    }
}

impl SignedTransaction {
    /// What is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its hash, by which [`Endpoints::receipt`](super::Endpoints::receipt) finds it.
    pub fn hash(&self) -> Hash {
        keccak256(&self.bytes)
    }
}

impl TryFrom<String> for SignedTransaction {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let bytes = from_hex(&text)?;
        if bytes.first() != Some(&TYPE) {
            return Err(Error::Invalid("this is no transaction of EIP-1559".into()));
        }
        Ok(Self { bytes })
    }
}

impl From<SignedTransaction> for String {
    fn from(transaction: SignedTransaction) -> Self {
        hex(&transaction.bytes)
    }
}

fn typed(fields: &[Vec<u8>]) -> Vec<u8> {
    [vec![TYPE], rlp::list(fields)].concat()
}
