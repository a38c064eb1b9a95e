//! What goes wrong, said so that a person knows what to do.

use adyton_protocol::{
    ids::{BlockNumber, ContractId, NetworkId},
    manifest::InvalidManifest,
    policy::PolicyRefusal,
    receipt::ReceiptError,
    record::{Invalidity, RetiredRecord},
    sealed_code::CodeError,
    secret::SecretError,
};

use crate::{account::BadSecret, bundle::BadBundle, evidence::EvidenceRefusal, network::InvalidNetwork};

/// Why there is no verified answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network file.
    #[error(transparent)]
    Network(#[from] InvalidNetwork),
    /// The chain could not be read, or what a node showed is not proven.
    #[error("the chain cannot be read: {0}")]
    Chain(#[from] adyton_chain_client::Error),
    /// What the chain proves about the contract forbids the call. Nothing was sealed or sent.
    #[error("nothing was sent: {0}")]
    Record(#[from] RecordRefusal),
    /// A worker's evidence is not accepted here. Nothing was sealed or sent.
    #[error("nothing was sent: {0}")]
    Evidence(#[from] EvidenceRefusal),
    /// The request itself.
    #[error("{0}")]
    BadRequest(String),
    /// The request's content is larger than the contract takes.
    #[error("the content has {found} bytes; the contract's manifest allows {limit}")]
    ContentTooLarge {
        /// What it has.
        found: usize,
        /// What is allowed.
        limit: u32,
    },
    /// The seal could not be made: the worker's proven key is none that can be sealed to.
    #[error("the call cannot be sealed to the worker's key: {0}")]
    Seal(String),

    /// Somebody cannot be reached, broke off, or does not have what was asked for.
    #[error("no answer from {url}: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// What the transport says.
        reason: String,
    },
    /// Gateway or worker answered something else than a sealed answer: most often before the seal was opened, but a call
    /// may have run, as with the codes `timeout` and `answer-dropped`. Nobody vouches for these words.
    #[error("the gateway says: {message} ({code}, HTTP status {status})")]
    Gateway {
        /// The HTTP status.
        status: u16,
        /// The error's code, as it was sent.
        code: String,
        /// The message, as it was sent, without control characters.
        message: String,
    },
    /// More bytes than an answer may have.
    #[error("the gateway's answer is larger than {0} bytes")]
    AnswerTooLarge(usize),

    /// It ended before its end: what came of it is nothing.
    #[error("the answer broke off before its end")]
    BrokenOff,
    /// Why there is no verified answer, though parts of one were shown already.
    #[error("{0}; what was shown of the answer before is void")]
    Void(Box<Error>),

    /// What came back does not open: it was altered, cut off, or belongs to another call.
    #[error("the answer does not open: it was altered on its way, or belongs to another call")]
    NotOurs,
    /// It opened to something that is no answer.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// It opened to an answer without a receipt: not shown.
    #[error("the answer carries no receipt, so it is not shown")]
    NoReceipt,
    /// The receipt itself.
    #[error("the answer's receipt is refused: {0}")]
    Receipt(#[from] ReceiptError),
    /// The receipt does not fit the call or the chain; which check, and why.
    #[error("the answer's receipt is refused: {check}: {reason}")]
    Check {
        /// The check that said no.
        check: &'static str,
        /// Why.
        reason: String,
    },
    /// The worker answered, inside the seal, that it does not run the call.
    #[error("the worker refuses: {message} ({code})")]
    Refused {
        /// A stable code.
        code: String,
        /// Where it was the contract that returned an error, the error's case in `wit/types.wit`, such as `not-found`.
        case: Option<String>,
        /// What happened and what to do.
        message: String,
    },

    /// A contract's secret that is not sealed.
    #[error(transparent)]
    SealedSecret(SecretError),
    /// Code that is not sealed, or does not open, or its key.
    #[error(transparent)]
    SealedCode(CodeError),
    /// A secret of an account.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// A receipt bundle.
    #[error(transparent)]
    Bundle(#[from] BadBundle),
    /// Something did not happen in time.
    #[error("{what} within {seconds} s")]
    TimedOut {
        /// What did not happen.
        what: String,
        /// How long was waited.
        seconds: u64,
    },
}

/// What, among proven facts, forbids to call a contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordRefusal {
    /// The chain is another network's.
    #[error("the chain is that of network {found}, not of {expected}: the network file and the node do not fit")]
    OtherNetwork {
        /// What the chain says.
        found: NetworkId,
        /// What the network file says.
        expected: NetworkId,
    },
    /// The chain has no network record at all.
    #[error("the chain has no network identity: it is not a chain of this kind")]
    NoNetwork,
    /// The network calls itself insecure, and the file does not.
    #[error(
        "the network stands on a development root of trust, but its file says that it does not; get the right file"
    )]
    Development,
    /// No such contract.
    #[error("there is no contract {0} on this network")]
    NoContract(ContractId),
    /// Its owner ended it.
    #[error("the contract {contract} was retired by its owner in block {block}, and cannot come back")]
    Retired {
        /// The contract.
        contract: ContractId,
        /// Since when.
        block: BlockNumber,
    },
    /// The manifest is not readable for this version.
    #[error("the contract's manifest is not valid: {0}")]
    Manifest(#[from] InvalidManifest),
    /// It is called in the open, and does not answer so.
    #[error("the contract answers sealed calls only")]
    SealedOnly,
    /// It is called in a seal, and does not answer so.
    #[error(
        "the contract's answers can be disputed, so that everybody sees what it is asked: it answers public calls alone (`adyton call --public`)"
    )]
    PublicOnly,
    /// Nobody holds it.
    #[error("no worker holds the contract now; wait until one claims its lease")]
    NotLeased,
    /// The lease is over.
    #[error("the contract's lease {lease} has ended; wait until a worker claims the next one")]
    LeaseEnded {
        /// Its number.
        lease: u64,
    },
    /// The holder is not registered.
    #[error("the holder of the contract's lease is not registered (any more)")]
    NoHolder,
    /// The holder is registered as something else.
    #[error("the holder of the contract's lease is not a worker")]
    NotAWorker,
    /// The holder's evidence does not hold.
    #[error("the holder of the contract's lease is not valid as of block {block}: {why}")]
    Worker {
        /// The block.
        block: BlockNumber,
        /// Why.
        why: Invalidity,
    },
    /// The contract's own policy does not accept the holder.
    #[error("the contract's policy does not accept the holder of its lease: {0}")]
    Policy(#[from] PolicyRefusal),
}

impl RecordRefusal {
    /// Why there is no contract, where the chain has `retired` of it.
    pub(crate) fn missing(contract: &ContractId, retired: Option<RetiredRecord>) -> Self {
        match retired {
            Some(retired) => Self::Retired { contract: *contract, block: retired.block },
            None => Self::NoContract(*contract),
        }
    }
}

impl Error {
    /// The stable code of a refusal by gateway or worker.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Gateway { code, .. } | Self::Refused { code, .. } => Some(code),
            Self::Void(why) => why.code(),
            _ => None,
        }
    }

    /// The case of an error that the contract itself returned.
    pub fn case(&self) -> Option<&str> {
        match self {
            Self::Refused { case, .. } => case.as_deref(),
            Self::Void(why) => why.case(),
            _ => None,
        }
    }
}

impl From<adyton_chain_client::verifier::Refusal> for Error {
    fn from(refusal: adyton_chain_client::verifier::Refusal) -> Self {
        Self::Chain(refusal.into())
    }
}
