//! The receipt bundle: a receipt with everything that proves it, saved at the time of the call, so that anyone
//! verifies it offline and later.

use adyton_chain_client::verifier::{Checkpoint, FinalizedHeader};
use adyton_protocol::{
    call::Fields,
    ids::{BlockNumber, ContractId, Digest, NetworkId, RequestId, WorkerId},
    receipt::{Label, OpenedReceipt, ReceiptError, ReceiptFields, ScheduleRun, SignedReceipt},
};
use serde::{Deserialize, Serialize};

use crate::{
    anchor::{self, Anchor},
    answer::VerifiedAnswer,
    check::{self, Check, Exchange, OpenReceipt, Outcome},
    contract::{ExpectedNetwork, ProvenContract, prove},
    error::Error,
    handover::{self, EndOfSet},
    message::{Request, Response},
    network::NetworkFile,
};

/// The most bytes of a bundle.
pub const MAX_BUNDLE: usize = 96 * 1024 * 1024;
/// The one form there is.
const FORMAT: &str = "adyton-receipt-bundle/1";

/// A receipt and what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    format: String,
    /// The network's identity.
    pub network_id: NetworkId,
    /// What the network's file called it.
    pub network_name: String,
    /// Whether it trusts a development root.
    pub development: bool,
    /// Where verification started.
    pub checkpoint: Checkpoint,
    /// The contract.
    pub contract: ContractId,
    /// How the authorities changed from the checkpoint to those that finalized the block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    handovers: Vec<EndOfSet>,
    #[serde(with = "hexadecimal")]
    header: Vec<u8>,
    #[serde(with = "hexadecimal")]
    justification: Vec<u8>,
    proof: Vec<Hex>,
    #[serde(with = "hexadecimal")]
    receipt: Vec<u8>,
    /// The call itself; without it, request and response stay unchecked.
    exchange: Option<Saved>,
    /// What shows that the receipt was there when the worker was valid; without it, that stays unchecked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) anchor: Option<Anchor>,
}

/// A receipt that fits what its bundle proves.
pub(crate) struct Receipt {
    /// The receipt.
    pub open: OpenReceipt,
    /// The worker that held the contract's lease.
    pub worker: WorkerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    request_id: RequestId,
    method: String,
    path: String,
    request_fields: Vec<(Hex, Hex)>,
    #[serde(with = "hexadecimal")]
    request_content: Vec<u8>,
    status: u16,
    response_fields: Vec<(Hex, Hex)>,
    #[serde(with = "hexadecimal")]
    response_content: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hex(#[serde(with = "hexadecimal")] pub Vec<u8>);

/// Why a bundle cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum BadBundle {
    /// Longer than [`MAX_BUNDLE`].
    #[error("a receipt bundle has at most {MAX_BUNDLE} bytes")]
    TooLong,
    /// Not JSON of this form; the text says where.
    #[error("not a receipt bundle: {0}")]
    Form(String),
    /// The node did not show a justification for the head that was used.
    #[error("the node keeps no proof of finality for block {0}: no bundle can be saved")]
    NoFinality(BlockNumber),
    /// It does not hold, so it gets no anchor; which check said no, and why.
    #[error("the bundle does not hold: {check}: {reason}")]
    DoesNotHold {
        /// The check that said no.
        check: &'static str,
        /// Why.
        reason: String,
    },
}

/// What a bundle is verified against.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// A network that this user trusts.
    Network(&'a NetworkFile),
    /// Nothing but the bundle itself: its own checkpoint is taken. That shows whether it is consistent, and no more:
    /// anybody can make a chain of their own, so such a bundle never [`Verification::holds`].
    BundleItself,
}

/// What came out of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Each check, in order.
    pub checks: Vec<Check>,
    /// Whether the network is one that the user trusts, and not only the bundle's own word.
    pub trusted: bool,
    /// The finalized block as of which the rest holds; none: not even that is proven.
    pub as_of: Option<BlockNumber>,
    /// The chain's time at that block, Unix seconds.
    pub as_of_time: Option<u64>,
    /// The block in which the receipt was anchored: what became of its worker later does not count. None: it does.
    pub anchored: Option<BlockNumber>,
    /// Whether the worker stands on a development root: it then proves nothing about hardware.
    pub development: Option<bool>,
    /// The run of the contract's schedule that the call was, as the receipt says; none: somebody called.
    pub schedule: Option<Trigger>,
    /// The webhook that the call was a delivery of, by its position in the manifest, as the receipt says.
    pub webhook: Option<u8>,
    /// The number of the message on the chain that the call was, as the receipt says.
    pub message: Option<u64>,
}

/// What made a call that nobody made: an entry of the contract's schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// [`adyton_protocol::schedule::name_digest`] of the entry's name.
    pub name_digest: Digest,
    /// When it was due, Unix milliseconds.
    pub due_ms: u64,
}

impl Verification {
    /// Whether no check said no, against a network that the user trusts.
    pub fn holds(&self) -> bool {
        self.trusted && self.is_consistent()
    }

    /// Whether no check said no, whoever made the network.
    pub fn is_consistent(&self) -> bool {
        self.as_of.is_some() && self.checks.iter().all(|check| check.outcome != Outcome::Failed)
    }
}

impl VerifiedAnswer {
    /// The answer's receipt with all that proves it. With `content`, request and response go in too, so that
    /// these are verified as well; without, nothing of them but their digests.
    pub fn bundle(&self, network: &NetworkFile, content: bool) -> Result<Bundle, Error> {
        let evidence = self.evidence();
        let block = self.contract().block().number;
        let finality = evidence.finality.clone().ok_or(BadBundle::NoFinality(block))?;
        Ok(Bundle {
            format: FORMAT.into(),
            network_id: network.network_id,
            network_name: network.name.clone(),
            development: self.contract().is_development(),
            checkpoint: network.checkpoint.clone(),
            contract: self.contract().id(),
            handovers: evidence.handovers.iter().cloned().map(EndOfSet::from).collect(),
            header: finality.header,
            justification: finality.justification,
            proof: evidence.nodes.iter().cloned().map(Hex).collect(),
            receipt: self.receipt().to_bytes(),
            exchange: content.then(|| Saved::of(self)),
            anchor: None,
        })
    }
}

impl Bundle {
    /// Reads a bundle's file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BadBundle> {
        if bytes.len() > MAX_BUNDLE {
            return Err(BadBundle::TooLong);
        }
        let bundle: Self = serde_json::from_slice(bytes).map_err(|error| BadBundle::Form(error.to_string()))?;
        if bundle.format != FORMAT {
            let found: String = bundle.format.chars().filter(|character| !character.is_control()).take(64).collect();
            return Err(BadBundle::Form(format!("its format is '{found}'; this program reads '{FORMAT}'")));
        }
        Ok(bundle)
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data with text keys encodes")
    }

    /// The receipt with only the leaves of `labels` open, and all that it says: what the chain takes as evidence. Of the
    /// bundle nothing else is looked at.
    ///
    /// # Errors
    /// It is no receipt, or its signature, root or leaves do not hold.
    pub fn opened(&self, labels: &[Label]) -> Result<(OpenedReceipt, ReceiptFields), ReceiptError> {
        let open = OpenReceipt::open(SignedReceipt::from_bytes(&self.receipt)?, &self.network_id)?;
        Ok((open.receipt().open(labels), open.fields().clone()))
    }

    /// Verifies everything that can be verified without asking anybody.
    pub fn verify(&self, trust: Trust<'_>) -> Verification {
        self.verify_all(trust).0
    }

    /// [`Bundle::verify`], with the receipt where it could be read.
    pub(crate) fn verify_all(&self, trust: Trust<'_>) -> (Verification, Option<Receipt>) {
        let trusted = matches!(trust, Trust::Network(_));
        let mut out = Verification {
            checks: Vec::new(),
            trusted,
            as_of: None,
            as_of_time: None,
            anchored: None,
            development: None,
            schedule: None,
            webhook: None,
            message: None,
        };
        let receipt = self.verify_parts(trust, &mut out);
        (out, receipt)
    }

    fn verify_parts(&self, trust: Trust<'_>, out: &mut Verification) -> Option<Receipt> {
        let (checkpoint, expected) = self.trusted(trust, &mut out.checks)?;
        let header = self.verify_block(checkpoint, out.trusted, &mut out.checks)?;
        let contract = self.verify_record(&header, &expected, &mut out.checks)?;
        out.as_of = Some(header.number());
        out.as_of_time = Some(contract.time_ms() / 1000);
        out.development = Some(contract.is_development());
        let open = self.verify_receipt(&contract, &mut out.checks)?;
        let run = open.fields().schedule;
        (out.webhook, out.message) = (open.fields().webhook, open.fields().message);
        out.schedule = run.map(|ScheduleRun { name, due_ms }| Trigger { name_digest: name, due_ms });
        let receipt = Receipt { open, worker: contract.lease().holder };
        out.anchored = self.verify_anchor(checkpoint, &receipt, &mut out.checks);
        Some(receipt)
    }

    fn trusted<'a>(&'a self, trust: Trust<'a>, checks: &mut Vec<Check>) -> Option<(&'a Checkpoint, ExpectedNetwork)> {
        const NAME: &str = "network";
        match trust {
            Trust::BundleItself => {
                checks.push(Check::unchecked(
                    NAME,
                    "trust in the network comes from the bundle itself; name one with --network",
                ));
                Some((&self.checkpoint, ExpectedNetwork { id: self.network_id, development: true }))
            }
            Trust::Network(network) if network.network_id != self.network_id => {
                checks.push(Check::failed(
                    NAME,
                    format!("of network {}, but '{}' is {}", self.network_id, network.name, network.network_id),
                ));
                None
            }
            Trust::Network(network) => {
                checks.push(Check::passed(NAME, format!("'{}', trusted because: {}", network.name, network.trust)));
                let expected = ExpectedNetwork { id: network.network_id, development: network.development };
                Some((&network.checkpoint, expected))
            }
        }
    }

    fn verify_block(&self, checkpoint: &Checkpoint, trusted: bool, checks: &mut Vec<Check>) -> Option<FinalizedHeader> {
        const NAME: &str = "finality";
        let followed = handover::follow(checkpoint, &self.handovers);
        let verified = followed.and_then(|checkpoint| {
            Ok((handover::finalized(&checkpoint, &self.header, &self.justification)?, checkpoint.authorities.len()))
        });
        match verified {
            Err(refusal) => {
                checks.push(Check::failed(NAME, refusal.to_string()));
                None
            }
            Ok((header, of)) => {
                let said =
                    format!("block {} was finalized by more than two thirds of {of} authorities", header.number());
                checks.push(if trusted {
                    Check::passed(NAME, said)
                } else {
                    Check::unchecked(NAME, format!("{said}, who are named by the bundle alone"))
                });
                Some(header)
            }
        }
    }

    fn verify_record(
        &self,
        header: &FinalizedHeader,
        expected: &ExpectedNetwork,
        checks: &mut Vec<Check>,
    ) -> Option<ProvenContract> {
        let nodes: Vec<Vec<u8>> = self.proof.iter().map(|Hex(node)| node.clone()).collect();
        let facts = match prove(header, &self.contract, &nodes) {
            Ok(facts) => facts,
            Err(refusal) => {
                checks.push(Check::failed("chain state", refusal.to_string()));
                return None;
            }
        };
        checks.push(Check::passed(
            "chain state",
            format!("the records are proven in the state of block {}", header.number()),
        ));
        match ProvenContract::check(&facts, self.contract, expected) {
            Err(error) => {
                checks.push(Check::failed("record", error.to_string()));
                None
            }
            Ok(contract) => {
                let root = if contract.is_development() {
                    " (on a development root: this proves nothing about hardware)"
                } else {
                    ""
                };
                checks.push(Check::passed(
                    "record",
                    format!(
                        "the contract's lease {} was alive, and its worker's evidence valid{root}",
                        contract.lease().number
                    ),
                ));
                Some(contract)
            }
        }
    }

    fn verify_receipt(&self, contract: &ProvenContract, checks: &mut Vec<Check>) -> Option<OpenReceipt> {
        let opened =
            SignedReceipt::from_bytes(&self.receipt).and_then(|receipt| OpenReceipt::open(receipt, &self.network_id));
        let receipt = match opened {
            Err(error) => {
                checks.push(Check::failed("receipt", error.to_string()));
                return None;
            }
            Ok(receipt) => receipt,
        };
        checks.push(Check::passed("receipt", "its signature and every leaf hold"));
        let exchange = match self.exchange.as_ref().map(|saved| saved.exchange(self)).transpose() {
            Err(error) => {
                checks.push(Check::failed("request", error.to_string()));
                return None;
            }
            Ok(exchange) => exchange.unwrap_or_default(),
        };
        // Who called is what the receipt says; the bundle holds nothing else to compare it with.
        checks.extend(check::receipt_checks(receipt.fields(), contract, &exchange));
        Some(receipt)
    }

    fn verify_anchor(
        &self,
        checkpoint: &Checkpoint,
        receipt: &Receipt,
        checks: &mut Vec<Check>,
    ) -> Option<BlockNumber> {
        let Some(anchor) = &self.anchor else {
            let reason = "the bundle has no anchor: a later revocation of the worker would count; `adyton receipt anchor` adds one";
            checks.push(Check::unchecked(anchor::NAME, reason));
            return None;
        };
        match anchor.verify(checkpoint, &receipt.worker, &receipt.open) {
            Err(refusal) => {
                checks.push(Check::failed(anchor::NAME, refusal.to_string()));
                None
            }
            Ok(block) => {
                let said = format!("in block {block}, when the worker was valid: a later revocation does not count");
                checks.push(Check::passed(anchor::NAME, said));
                Some(block)
            }
        }
    }
}

impl Saved {
    fn of(answer: &VerifiedAnswer) -> Self {
        let (request, response) = (answer.request(), answer.response());
        Self {
            request_id: answer.request_id(),
            method: request.method().into(),
            path: request.path().into(),
            request_fields: hexes(request.fields()),
            request_content: request.body().to_vec(),
            status: response.status,
            response_fields: hexes(&response.fields),
            response_content: response.content.clone(),
        }
    }

    fn exchange(&self, bundle: &Bundle) -> Result<Exchange, Error> {
        let request =
            Request::from_parts(&self.method, &self.path, bytes(&self.request_fields), &self.request_content)?;
        let response = Response {
            status: self.status,
            fields: bytes(&self.response_fields),
            content: self.response_content.clone(),
        };
        let digest = request.digest(&bundle.network_id, &bundle.contract, &self.request_id);
        Ok(Exchange {
            request: Some((self.request_id, digest)),
            response: Some(response.digest(&bundle.network_id, &digest)),
            sizes: Some((request.body().len() as u64, response.content.len() as u64)),
            caller: None,
        })
    }
}

fn hexes(fields: &Fields) -> Vec<(Hex, Hex)> {
    fields.iter().map(|(name, value)| (Hex(name.clone()), Hex(value.clone()))).collect()
}

fn bytes(fields: &[(Hex, Hex)]) -> Fields {
    fields.iter().map(|(Hex(name), Hex(value))| (name.clone(), value.clone())).collect()
}

/// Bytes as hexadecimal digits with `0x` in front.
pub(crate) mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}", hex::encode(bytes)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("expected 0x and hexadecimal digits"))?;
        hex::decode(digits).map_err(|_| D::Error::custom("expected hexadecimal digits"))
    }
}
