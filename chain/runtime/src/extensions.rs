//! Who need not pay: the transaction extension that leaves out the fee of a feeless call.
//!
//! A call is feeless when its pallet's `feeless_if` says so for this origin and these arguments, in this state.
//! The condition is asked again when the block is built, so that a second transaction under the same condition
//! pays or is dropped. From outside, the extension looks exactly like the payment that it wraps: same name,
//! same encoding.

use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{
    dispatch::{CheckIfFeeless, DispatchResult},
    weights::Weight,
};
use frame_system::pallet_prelude::OriginFor;
use polkadot_sdk::*;
use scale_info::{StaticTypeInfo, TypeInfo};
use sp_runtime::{
    traits::{
        DispatchInfoOf, DispatchOriginOf, Implication, PostDispatchInfoOf, TransactionExtension,
        TransactionExtensionMetadata, ValidateResult,
    },
    transaction_validity::{TransactionPriority, TransactionSource, TransactionValidityError, ValidTransaction},
};

/// The place of feeless transactions in the pool: before those that pay, because each keeps a lease alive or
/// bounds a rollback, and because their rate is bounded by the pallets.
pub const FEELESS_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// Pays by `Payment` unless the call is feeless.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, PartialEq, Eq)]
pub struct PayUnlessFeeless<T, Payment> {
    payment: Payment,
    #[codec(skip)]
    runtime: PhantomData<T>,
}

impl<T, Payment> From<Payment> for PayUnlessFeeless<T, Payment> {
    fn from(payment: Payment) -> Self {
        Self { payment, runtime: PhantomData }
    }
}

impl<T, Payment: Encode> core::fmt::Debug for PayUnlessFeeless<T, Payment> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PayUnlessFeeless({:?})", self.payment.encode())
    }
}

impl<T, Payment: StaticTypeInfo> TypeInfo for PayUnlessFeeless<T, Payment> {
    type Identity = Payment;

    fn type_info() -> scale_info::Type {
        Payment::type_info()
    }
}

/// What the payment found, or that there is nothing to pay.
pub enum Due<P> {
    /// The payment's own value.
    Payment(P),
    /// The call is feeless.
    Nothing,
}

impl<T, Payment> TransactionExtension<T::RuntimeCall> for PayUnlessFeeless<T, Payment>
where
    T: frame_system::Config + Send + Sync,
    T::RuntimeCall: CheckIfFeeless<Origin = OriginFor<T>>,
    Payment: TransactionExtension<T::RuntimeCall>,
{
    const IDENTIFIER: &'static str = Payment::IDENTIFIER;
    type Implicit = Payment::Implicit;
    type Val = Due<Payment::Val>;
    type Pre = Due<Payment::Pre>;

    fn metadata() -> alloc::vec::Vec<TransactionExtensionMetadata> {
        Payment::metadata()
    }

    fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
        self.payment.implicit()
    }

    fn weight(&self, call: &T::RuntimeCall) -> Weight {
        self.payment.weight(call)
    }

    fn validate(
        &self,
        origin: DispatchOriginOf<T::RuntimeCall>,
        call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
        implicit: Self::Implicit,
        implication: &impl Implication,
        source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        if call.is_feeless(&origin) {
            let valid = ValidTransaction { priority: FEELESS_PRIORITY, ..Default::default() };
            return Ok((valid, Due::Nothing, origin));
        }
        let (valid, value, origin) = self.payment.validate(origin, call, info, len, implicit, implication, source)?;
        Ok((valid, Due::Payment(value), origin))
    }

    fn prepare(
        self,
        value: Self::Val,
        origin: &DispatchOriginOf<T::RuntimeCall>,
        call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        match value {
            Due::Payment(value) => self.payment.prepare(value, origin, call, info, len).map(Due::Payment),
            Due::Nothing => Ok(Due::Nothing),
        }
    }

    fn post_dispatch_details(
        pre: Self::Pre,
        info: &DispatchInfoOf<T::RuntimeCall>,
        post_info: &PostDispatchInfoOf<T::RuntimeCall>,
        len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        match pre {
            Due::Payment(pre) => Payment::post_dispatch_details(pre, info, post_info, len, result),
            Due::Nothing => Ok(Weight::zero()),
        }
    }
}
