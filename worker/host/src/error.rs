//! Refusals: what a caller is told when the worker, and not the contract, answers.

use adyton_protocol::sealed_code::CodeError;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a call was not answered by its contract. Each has a stable code, a status, and a sentence that says
/// what to do. None carries a secret: those before the seal is opened are visible to the gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This worker does not hold the contract.
    #[error("this worker does not hold a lease of contract {0}; ask the chain again who does")]
    NotHeld(String),
    /// The contract is leased but its store is not open yet.
    #[error("the contract is being opened ({0}); try again shortly")]
    NotReady(&'static str),
    /// The contract's `init` has to be run first.
    #[error("the contract's init is being run; try again shortly")]
    Initializing,
    /// The contract's `migrate` has to be run first.
    #[error("the contract's migrate is being run; try again shortly")]
    Migrating,
    /// The contract's `init` failed: nothing is answered before it succeeds.
    #[error("the contract answers nothing before its init has succeeded, which is tried again; the last time, {0}")]
    InitFailed(String),
    /// The contract's `migrate` failed.
    #[error("the contract answers nothing before its migrate has succeeded, which is tried again; the last time, {0}")]
    MigrateFailed(String),
    /// The contract's code is sealed, and there is no key of it.
    #[error("the contract's code is sealed, and waits for the key that its owner has to give")]
    CodeKeyMissing,
    /// The contract's code is sealed, and not code that runs under its manifest: what is wrong with it, only its owner may
    /// know.
    #[error("the contract's sealed code cannot be run; its owner finds the reason in its log")]
    SealedCodeRefused,
    /// The sealed code that a key is for is not there.
    #[error("none of the worker's sources has the sealed code {0}; upload it, and give its key again")]
    NoSealedCode(String),
    /// A key does not open the code that it is for.
    #[error("the key is not kept: {0}")]
    CodeKey(CodeError),
    /// The contract's code is not sealed.
    #[error("the contract's manifest does not say that its code is sealed: it has no key")]
    CodeNotSealed,
    /// The view of the chain is not fresh: nothing is answered on an old one.
    #[error("the worker's view of the chain is not fresh: {0}; try again when its node follows the chain")]
    NotFresh(String),
    /// The worker's own registration does not hold.
    #[error("the worker is not admitted now: {0}")]
    NotAdmitted(String),
    /// Larger than its bound.
    #[error("the {0} is larger than allowed")]
    TooLarge(&'static str),
    /// The seal does not open: another key, cut off, or altered.
    #[error("the sealed request does not open under this worker's key; read the contract's record again")]
    Sealed,
    /// The same sealed bytes were seen before.
    #[error("these sealed bytes were seen before; a retry seals again with the same request id")]
    Replayed,
    /// Too many calls are remembered to tell a replay from a new one, or there is no room for the call's content: in all,
    /// or beside those of the contract's other calls.
    #[error("too many calls at once; try again shortly")]
    Overloaded,
    /// The contract, or the worker, has as many calls waiting as may wait, or this one waited too long.
    #[error("too many calls wait for this contract; try again later")]
    Busy,
    /// What was inside the seal is no call.
    #[error("not a call: {0}")]
    Malformed(String),
    /// Meant for another network.
    #[error("the call is for another network")]
    WrongNetwork,
    /// Meant for another contract than the one it was posted to.
    #[error("the call is for another contract")]
    WrongContract,
    /// Meant for other code.
    #[error("the contract runs other code than the call asks for; read its record again")]
    WrongCode,
    /// Meant for another lease.
    #[error("the contract is under another lease than the call asks for; read its record again")]
    WrongLease,
    /// Its time is over.
    #[error("the call's not-after has passed; seal it again")]
    Expired,
    /// Its time is too far ahead.
    #[error("the call's not-after is more than {0} seconds ahead")]
    TooFarAhead(u64),
    /// The caller's signature does not verify.
    #[error("the caller's signature does not verify")]
    BadCaller,
    /// The contract wants to know its caller.
    #[error("this contract answers only calls that an account signed")]
    CallerRequired,
    /// The contract answers other contracts only.
    #[error("this contract answers only other contracts")]
    ContractsOnly,
    /// The contract answers sealed calls only.
    #[error("this contract answers sealed calls only")]
    SealRequired,
    /// The contract is disputable: whatever it is asked, and keeps, is shown to everybody.
    #[error(
        "this contract's answers can be disputed, so that everybody sees what it is asked and what it keeps: send a public call, and no secrets"
    )]
    PublicOnly,
    /// The contract keeps no history, or not what was asked for.
    #[error(
        "no such part of a history is kept here: disputable contracts alone have one, and requests are kept for {0} seconds"
    )]
    NoHistory(u64),
    /// A webhook's signature cannot be checked: its key is not among the contract's secrets.
    #[error("the contract's secret '{0}', by which this webhook's signatures are checked, is not set")]
    WebhookSecret(String),
    /// A webhook's signature cannot be checked: what is there is no key.
    #[error("the contract's secret for this webhook is no key of the webhook's scheme")]
    WebhookKey,
    /// The delivery of a webhook is not signed as its scheme asks.
    #[error("the delivery is refused: {0}")]
    WebhookSignature(&'static str),
    /// The delivery's signed time is too far from the worker's.
    #[error("the delivery's signed time is more than {0} seconds from the chain's")]
    WebhookTime(u64),
    /// The path of a webhook takes signed deliveries and nothing else.
    #[error("this path takes only a webhook's signed deliveries: POST, not sealed, without a query")]
    WebhookOnly,
    /// The contract's gas account is empty.
    #[error(
        "the contract is paused: its gas account is empty; anybody fills it (adyton gas fund), and nothing of its state is lost"
    )]
    PaymentRequired,
    /// The worker asks for more than the contract pays.
    #[error(
        "the contract pays less for a unit of gas than this worker asks; its owner raises the price (adyton gas price), or the worker's operator asks less (adyton gas ask)"
    )]
    Underpriced,
    /// The contract has used what its terms let it use for now.
    #[error("the contract has used as much gas as its owner lets it use a block; try again later")]
    GasBudget,
    /// The caller has used what the contract lets one caller use.
    #[error("you have used as much gas as this contract lets one caller use; try again in {0} blocks")]
    CallerCap(u32),
    /// The request id was used for another request.
    #[error("this request id was used for another request; choose a new one")]
    RequestIdUsed,
    /// A reserved path that only the owner may use.
    #[error("only the contract's owner may do this; sign the call with the owner's account")]
    OwnerOnly,
    /// A reserved path that does not exist.
    #[error("no such reserved path")]
    NoSuchPath,
    /// The contract ended its call with an error of its own.
    #[error("the contract returned an error: {message}")]
    Guest {
        /// The error's case, as `wit/types.wit` has it.
        case: &'static str,
        /// What it says, in words.
        message: String,
    },
    /// The contract's code failed.
    #[error("the contract failed: {0}")]
    Trapped(String),
    /// A limit of the manifest ended the call.
    #[error("the call used more {0} than its manifest allows")]
    Exceeded(&'static str),
    /// Calls at the same time kept changing the state that this one read.
    #[error("other calls kept changing what this one read; try again")]
    Conflict,
    /// The state cannot be written now.
    #[error("the contract's state cannot be written: {0}; nothing was changed or answered")]
    State(&'static str),
    /// The head was not finalized in time.
    #[error("the commit is on disk but was not anchored in time; a retry with the same request id waits for it")]
    NotAnchored,
    /// The receipt is known, but not under an anchor that the asker's head proves.
    #[error("the receipt waits for its anchor, or for the block that has it to be finalized; ask again shortly")]
    AnchorPending,
    /// No anchor of the receipt is known.
    #[error(
        "no anchor of such a receipt is kept here: a worker proves the anchors of the newest {0} receipts since its last start"
    )]
    AnchorUnknown(usize),
    /// The worker failed.
    #[error("the worker failed; its operator finds the reason in its log")]
    Worker,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotHeld(_) => "not-held",
            Self::NotReady(_) => "not-ready",
            Self::Initializing => "initializing",
            Self::Migrating => "migrating",
            Self::InitFailed(_) => "init-failed",
            Self::MigrateFailed(_) => "migrate-failed",
            Self::CodeKeyMissing => "code-key-missing",
            Self::SealedCodeRefused => "sealed-code-refused",
            Self::NoSealedCode(_) => "sealed-code-missing",
            Self::CodeKey(_) => "code-key",
            Self::CodeNotSealed => "code-not-sealed",
            Self::NotFresh(_) => "not-fresh",
            Self::NotAdmitted(_) => "not-admitted",
            Self::TooLarge(_) => "too-large",
            Self::Sealed => "sealed",
            Self::Replayed => "replayed",
            Self::Overloaded => "overloaded",
            Self::Busy => "busy",
            Self::Malformed(_) => "malformed",
            Self::WrongNetwork => "wrong-network",
            Self::WrongContract => "wrong-contract",
            Self::WrongCode => "wrong-code",
            Self::WrongLease => "wrong-lease",
            Self::Expired => "expired",
            Self::TooFarAhead(_) => "too-far-ahead",
            Self::BadCaller => "bad-caller",
            Self::CallerRequired => "caller-required",
            Self::ContractsOnly => "contracts-only",
            Self::SealRequired => "seal-required",
            Self::PublicOnly => "public-only",
            Self::NoHistory(_) => "no-history",
            Self::WebhookSecret(_) => "webhook-secret",
            Self::WebhookKey => "webhook-key",
            Self::WebhookSignature(_) => "webhook-signature",
            Self::WebhookTime(_) => "webhook-time",
            Self::WebhookOnly => "webhook-only",
            Self::PaymentRequired => "payment-required",
            Self::Underpriced => "underpriced",
            Self::GasBudget => "gas-budget",
            Self::CallerCap(_) => "caller-cap",
            Self::RequestIdUsed => "request-id-used",
            Self::OwnerOnly => "owner-only",
            Self::NoSuchPath => "no-such-path",
            Self::Guest { .. } => "contract-error",
            Self::Trapped(_) => "contract-failed",
            Self::Exceeded(_) => "limit-exceeded",
            Self::Conflict => "conflict",
            Self::State(_) => "state",
            Self::NotAnchored => "not-anchored",
            Self::AnchorPending => "anchor-pending",
            Self::AnchorUnknown(_) => "anchor-unknown",
            Self::Worker => "worker",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotHeld(_) | Self::NoSuchPath | Self::NoHistory(_) | Self::AnchorPending | Self::AnchorUnknown(_) => {
                StatusCode::NOT_FOUND
            }
            Self::NotReady(_)
            | Self::Initializing
            | Self::Migrating
            | Self::InitFailed(_)
            | Self::MigrateFailed(_)
            | Self::CodeKeyMissing
            | Self::SealedCodeRefused
            | Self::NoSealedCode(_)
            | Self::NotFresh(_)
            | Self::NotAdmitted(_)
            | Self::Overloaded
            | Self::Busy
            | Self::WebhookSecret(_)
            | Self::WebhookKey
            | Self::State(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Sealed | Self::Malformed(_) | Self::TooFarAhead(_) | Self::CodeKey(_) | Self::CodeNotSealed => {
                StatusCode::BAD_REQUEST
            }
            Self::Replayed | Self::RequestIdUsed | Self::Conflict => StatusCode::CONFLICT,
            Self::WrongNetwork | Self::WrongContract | Self::WrongCode | Self::WrongLease => {
                StatusCode::MISDIRECTED_REQUEST
            }
            Self::PaymentRequired | Self::Underpriced => StatusCode::PAYMENT_REQUIRED,
            Self::GasBudget | Self::CallerCap(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Expired => StatusCode::GONE,
            Self::BadCaller | Self::CallerRequired | Self::WebhookSignature(_) | Self::WebhookTime(_) => {
                StatusCode::UNAUTHORIZED
            }
            Self::ContractsOnly | Self::SealRequired | Self::PublicOnly | Self::OwnerOnly | Self::WebhookOnly => {
                StatusCode::FORBIDDEN
            }
            Self::Guest { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Trapped(_) | Self::Exceeded(_) => StatusCode::BAD_GATEWAY,
            Self::NotAnchored => StatusCode::GATEWAY_TIMEOUT,
            Self::Worker => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body, the same inside and outside a seal.
    pub fn body(&self) -> Vec<u8> {
        let mut body = json!({ "code": self.code(), "message": self.to_string() });
        if let Self::Guest { case, .. } = self {
            body["case"] = (*case).into();
        }
        body.to_string().into_bytes()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status(), [("content-type", "application/json")], self.body()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_contracts_own_error_has_its_case_beside_its_words_and_no_other_refusal_has_one() {
        let body = |refusal: Refusal| serde_json::from_slice::<Value>(&refusal.body()).expect("JSON");
        let own = body(Refusal::Guest { case: "not-found", message: "no such page".into() });
        let message = "the contract returned an error: no such page";
        assert_eq!(own, json!({ "code": "contract-error", "case": "not-found", "message": message }));
        assert!(body(Refusal::Trapped("unreachable".into())).get("case").is_none());
    }
}
