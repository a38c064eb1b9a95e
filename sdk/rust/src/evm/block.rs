//! Reads of one block, on which the endpoints agree first.

use std::fmt;

use serde_json::{Value, json};

use super::{
    Address, Endpoints, Failure, Hash, U256,
    agreement::{Answer, agree, disagreement},
    hex, json,
};

/// The most log entries of one answer.
const MAX_LOGS: usize = 1000;

/// A block that enough endpoints have, and of which they say the same. Only they make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    number: u64,
    hash: Hash,
    timestamp: u64,
    base_fee: Option<u128>,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's hash.
    pub transaction: Hash,
    /// The block that it is in.
    pub block: Hash,
    /// The block's number.
    pub block_number: u64,
    /// Whether it did what it was to do; otherwise it has only cost its fee.
    pub succeeded: bool,
    /// Who signed it.
    pub from: Address,
    /// Whom it called or paid.
    pub to: Option<Address>,
    /// The contract that it made.
    pub contract: Option<Address>,
    /// The gas that it used.
    pub gas_used: u64,
    /// What it logged.
    pub logs: Vec<Log>,
}

/// A log entry: an event of a contract in Solidity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// The event's own hash, as of [`keccak256`](super::keccak256) of `Transfer(address,address,uint256)`, and its
    /// indexed members.
    pub topics: Vec<Hash>,
    /// The other members, for [`abi::decode`](super::abi::decode).
    pub data: Vec<u8>,
    /// The transaction.
    pub transaction: Hash,
    /// The block.
    pub block: Hash,
    /// The block's number.
    pub block_number: u64,
    /// Its place in the block.
    pub index: u64,
}

/// Which log entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// The first block, up to the one that is read; none for that one alone.
    pub from_block: Option<u64>,
    /// Of this contract.
    pub address: Address,
    /// With these topics in their places; none in a place for any.
    pub topics: Vec<Option<Hash>>,
}

impl Block {
    /// Its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// When it was made, in seconds since 1970, by its producer's word. A contract that needs a fresh one compares this
    /// with its own time: endpoints that are behind together agree too.
    pub fn timestamp(&self) -> u64 {
        self.timestamp
    }

    /// Its base fee, in wei per unit of gas; none on chains without EIP-1559.
    pub fn base_fee(&self) -> Option<u128> {
        self.base_fee
    }

    /// How it is named in a read (EIP-1898): an endpoint that has another block at this height has none of this hash.
    fn named(&self) -> Value {
        json!({ "blockHash": self.hash, "requireCanonical": true })
    }

    /// Whether something of this place can be in the chain that ends with this block. Of earlier blocks only their
    /// numbers are known here.
    fn may_follow(&self, number: u64, hash: Hash) -> bool {
        number < self.number || number == self.number && hash == self.hash
    }
}

impl Endpoints {
    /// The newest finalized block that enough endpoints have.
    ///
    /// Each says the number of its own. Of these the highest that as many as are needed have reached is taken, so an
    /// endpoint that is far ahead or behind moves it past no honest one; where all are needed, that is the lowest. Then
    /// each is asked for the block of this number, and they have to agree on its hash.
    pub fn finalized(&self) -> Result<Block, Failure> {
        let method = "eth_getBlockByNumber";
        let newest = self.each(method, &json!(["finalized", false]), |value| Ok(read_block(value)?.number));
        self.pin(method, newest, 0)
    }

    /// As [`Self::finalized`], but the block `depth` below the newest one, for chains whose endpoints do not say what is
    /// final: as deep as no reorganization goes.
    pub fn below_latest(&self, depth: u64) -> Result<Block, Failure> {
        let method = "eth_blockNumber";
        let newest = self.each(method, &json!([]), json::number_u64);
        self.pin(method, newest, depth)
    }

    /// What a contract answers to `data` in the state after this block (`eth_call`). One that reverts is an endpoint's
    /// error, and no answer.
    pub fn call(&self, block: &Block, to: Address, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let params = json!([{ "to": to, "data": hex(data) }, block.named()]);
        Ok(self.ask("eth_call", &params, json::data)?.0)
    }

    /// An account's balance after this block, in wei.
    pub fn balance(&self, block: &Block, account: Address) -> Result<U256, Failure> {
        self.ask("eth_getBalance", &json!([account, block.named()]), json::number)
    }

    /// How many transactions of an account are in the chain after this block: the nonce of its next one, unless it has
    /// signed others that are not in a block yet.
    pub fn nonce(&self, block: &Block, account: Address) -> Result<u64, Failure> {
        self.ask("eth_getTransactionCount", &json!([account, block.named()]), json::number_u64)
    }

    /// A slot of a contract's storage after this block.
    pub fn storage(&self, block: &Block, contract: Address, slot: U256) -> Result<Hash, Failure> {
        let params = json!([contract, hex(&slot.to_be_bytes()), block.named()]);
        self.ask("eth_getStorageAt", &params, json::hash)
    }

    /// What became of a transaction, if that stands in this block or one before it; none otherwise.
    ///
    /// Each endpoint is asked first whether it has this block, and only those are counted: to one that is behind,
    /// nothing has happened yet. Receipts of earlier blocks are of this chain only as far as no reorganization goes.
    pub fn receipt(&self, block: &Block, transaction: Hash) -> Result<Option<Receipt>, Failure> {
        self.ask_those_with(block, "eth_getTransactionReceipt", &json!([transaction]), |value| {
            if value.is_null() {
                return Ok(None);
            }
            let receipt = read_receipt(value)?;
            if receipt.transaction != transaction {
                return Err("the receipt of another transaction".into());
            }
            // Endpoints that are ahead know of it before the others do.
            if receipt.block_number > block.number {
                return Ok(None);
            }
            match block.may_follow(receipt.block_number, receipt.block) {
                true => Ok(Some(receipt)),
                false => Err("the receipt of another block".into()),
            }
        })
    }

    /// Log entries of this block, or of those from `from_block` up to this one; at most 1000.
    ///
    /// Each endpoint is asked first whether it has this block, and only those are counted: to one that is behind,
    /// nothing has been logged yet. Entries of earlier blocks are of this chain only as far as no reorganization goes.
    pub fn logs(&self, block: &Block, filter: &LogFilter) -> Result<Vec<Log>, Failure> {
        let first = filter.from_block.unwrap_or(block.number);
        if first > block.number || filter.topics.len() > 4 {
            return Err(Failure::Invalid("a filter has at most 4 topics and begins at the block or before it".into()));
        }
        let mut params = json!({ "address": filter.address, "topics": filter.topics });
        match filter.from_block {
            None => params["blockHash"] = json!(block.hash),
            Some(first) => {
                params["fromBlock"] = json!(U256::from(first));
                params["toBlock"] = json!(U256::from(block.number));
            }
        }
        self.ask_those_with(block, "eth_getLogs", &json!([params]), |value| {
            let logs = json::array(value)?;
            if logs.len() > MAX_LOGS {
                return Err(format!("more than {MAX_LOGS} log entries"));
            }
            let logs: Result<Vec<Log>, String> = logs.iter().map(read_log).collect();
            let logs = logs?;
            let there = |log: &Log| log.block_number >= first && block.may_follow(log.block_number, log.block);
            let fits = |log: &Log| there(log) && matches(filter, log);
            if logs.iter().all(fits) { Ok(logs) } else { Err("a log entry that was not asked for".into()) }
        })
    }

    /// What enough of those that have this block answer, decoded by `read`.
    fn ask_those_with<T: PartialEq + fmt::Debug>(
        &self,
        block: &Block,
        method: &str,
        params: &Value,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let there = self.each("eth_getBlockByHash", &json!([block.hash, false]), |value| {
            if read_block(value)? == *block { Ok(()) } else { Err("another block".into()) }
        });
        let answers = self.each(method, params, read).into_iter().zip(there);
        let counted = answers.map(|(answer, there)| Answer { said: there.said.and(answer.said), ..answer });
        agree(method, self.needed(), counted.collect())
    }

    /// The block that is `depth` below the highest that enough endpoints have reached.
    fn pin(&self, method: &str, newest: Vec<Answer<u64>>, depth: u64) -> Result<Block, Failure> {
        let mut reached: Vec<u64> = newest.iter().filter_map(|one| one.said.as_ref().ok().copied()).collect();
        reached.sort_unstable_by(|one, other| other.cmp(one));
        let Some(height) = reached.get(self.needed() - 1) else {
            return Err(disagreement(method, self.needed(), &newest));
        };
        let number = height.saturating_sub(depth);
        self.ask("eth_getBlockByNumber", &json!([U256::from(number), false]), |value| {
            let block = read_block(value)?;
            if block.number == number { Ok(block) } else { Err("another block".into()) }
        })
    }
}

fn matches(filter: &LogFilter, log: &Log) -> bool {
    let topic = |place: usize, wanted: &Option<Hash>| wanted.is_none() || log.topics.get(place) == wanted.as_ref();
    log.address == filter.address && filter.topics.iter().enumerate().all(|(place, wanted)| topic(place, wanted))
}

fn read_block(value: &Value) -> Result<Block, String> {
    if value.is_null() {
        return Err("no such block".into());
    }
    let base_fee = json::optional(value, "baseFeePerGas", json::number)?.map(u128::try_from).transpose();
    Ok(Block {
        number: json::number_u64(json::field(value, "number")?)?,
        hash: json::hash(json::field(value, "hash")?)?,
        timestamp: json::number_u64(json::field(value, "timestamp")?)?,
        base_fee: base_fee.map_err(|_| "a block with too large a base fee".to_owned())?,
    })
}

fn read_receipt(value: &Value) -> Result<Receipt, String> {
    let succeeded = match json::number_u64(json::field(value, "status")?)? {
        0 => false,
        1 => true,
        _ => return Err("a receipt with an unknown status".into()),
    };
    let logs = json::array(json::field(value, "logs")?)?;
    if logs.len() > MAX_LOGS {
        return Err(format!("a receipt with more than {MAX_LOGS} log entries"));
    }
    Ok(Receipt {
        transaction: json::hash(json::field(value, "transactionHash")?)?,
        block: json::hash(json::field(value, "blockHash")?)?,
        block_number: json::number_u64(json::field(value, "blockNumber")?)?,
        succeeded,
        from: json::address(json::field(value, "from")?)?,
        to: json::optional(value, "to", json::address)?,
        contract: json::optional(value, "contractAddress", json::address)?,
        gas_used: json::number_u64(json::field(value, "gasUsed")?)?,
        logs: logs.iter().map(read_log).collect::<Result<_, _>>()?,
    })
}

fn read_log(value: &Value) -> Result<Log, String> {
    if value.get("removed") == Some(&Value::Bool(true)) {
        return Err("a log entry that a reorganization has removed".into());
    }
    let topics = json::array(json::field(value, "topics")?)?;
    if topics.len() > 4 {
        return Err("a log entry with more than 4 topics".into());
    }
    Ok(Log {
        address: json::address(json::field(value, "address")?)?,
        topics: topics.iter().map(json::hash).collect::<Result<_, _>>()?,
        data: json::data(json::field(value, "data")?)?.0,
        transaction: json::hash(json::field(value, "transactionHash")?)?,
        block: json::hash(json::field(value, "blockHash")?)?,
        block_number: json::number_u64(json::field(value, "blockNumber")?)?,
        index: json::number_u64(json::field(value, "logIndex")?)?,
    })
}
