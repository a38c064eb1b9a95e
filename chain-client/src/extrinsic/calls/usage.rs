//! Calls about gas.

use adyton_protocol::{
    ids::{ContractId, WorkerId},
    usage::{Claim, Parameters, Terms},
    voucher::SignedVoucher,
};
use codec::{Decode, Encode};

/// Of `adyton-pallet-usage`. Amounts are in units of 10^-12 PHA.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Usage {
    /// Fills a contract's account.
    #[codec(index = 0)]
    Fund {
        /// The contract.
        contract: ContractId,
        /// With how much.
        amount: u128,
    },
    /// Gives a contract's owner some of its balance back.
    #[codec(index = 1)]
    TakeBack {
        /// The contract.
        contract: ContractId,
        /// How much.
        amount: u128,
    },
    /// Sets a contract's terms; the first hold at once, others after the notice.
    #[codec(index = 2)]
    SetTerms {
        /// The contract.
        contract: ContractId,
        /// The terms; none: it runs for nothing.
        terms: Option<Terms>,
    },
    /// Sets what a worker asks for a unit; more than before after the notice.
    #[codec(index = 3)]
    SetAsk {
        /// The worker.
        worker: WorkerId,
        /// For a unit.
        price: u128,
    },
    /// A worker claims for what contracts used; feeless. At most [`adyton_protocol::usage::MAX_CLAIMS`].
    #[codec(index = 4)]
    Claim {
        /// How many anchors of receipts it has.
        anchors: u32,
        /// The claims, ascending by contract.
        claims: Vec<Claim>,
    },
    /// Sets the parameters.
    #[codec(index = 5)]
    SetParameters(Parameters),
    /// Puts PHA into the signer's purse, from which its vouchers are paid.
    #[codec(index = 6)]
    FillPurse(u128),
    /// Takes some out of it again.
    #[codec(index = 7)]
    EmptyPurse(u128),
    /// Makes the signer's vouchers with lower numbers worthless.
    #[codec(index = 8)]
    Revoke(u64),
    /// Fills a contract's account from the purse of whoever signed the voucher.
    #[codec(index = 9)]
    Redeem(SignedVoucher),
}
