//! Messages on the chain: bytes that an account sends to a contract, which the contract's worker reads with proofs and
//! has the contract answer once, in the order of their numbers. `specs/message.md` has the whole of it.

use alloc::{string::ToString, vec};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
    call::Fields,
    domain,
    ids::{AccountId, BlockNumber, ContractId, Digest, NetworkId, RequestId},
};

/// The path of a message's request. It is reserved: no request from outside has it.
pub const PATH: &str = "/.adyton/message";
/// The field of a message's request that carries its number, decimal. Nobody else can set it: it is reserved.
pub const FIELD: &str = "adyton-message";
/// The longest message, in bytes.
pub const MAX_PAYLOAD: u32 = 4096;
/// The most numbers of one contract between the newest message and the last that is over.
pub const MAX_WAITING: u64 = 64;

/// A message's bytes.
pub type Payload = BoundedVec<u8, ConstU32<MAX_PAYLOAD>>;

/// A contract's messages, by number. They are numbered from 1.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Queue {
    /// The number of the newest; 0: there was none.
    pub sent: u64,
    /// The number of the last that is over: the contract has answered it, and all before it, for good.
    pub over: u64,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Message {
    /// Who sent it.
    pub sender: AccountId,
    /// In which block.
    pub block: BlockNumber,
    /// What is held of the sender's PHA for as long as it waits, in units of 10^-12.
    pub deposit: u128,
    /// What it says.
    pub payload: Payload,
}

impl Queue {
    /// The queue with one message more, which has the number [`Queue::sent`]. None if it is full.
    #[must_use]
    pub fn with_one_more(self) -> Option<Self> {
        let room = self.sent.checked_sub(self.over)? < MAX_WAITING;
        Some(Self { sent: self.sent.checked_add(1)?, ..self }).filter(|_| room)
    }

    /// The number that is next after `over`, by the contract's own state. None if there is no such message yet.
    pub fn next(&self, over: u64) -> Option<u64> {
        let next = over.max(self.over).checked_add(1)?;
        (next <= self.sent).then_some(next)
    }
}

/// The header field of a message's request.
pub fn fields(number: u64) -> Fields {
    vec![(FIELD.as_bytes().to_vec(), number.to_string().into_bytes())]
}

/// What stands for the message of this number.
pub fn digest(network: &NetworkId, contract: &ContractId, number: u64) -> Digest {
    Digest(domain::bound(domain::MESSAGE, network, &[&contract.0, &number.to_le_bytes()]))
}

/// The request id of a message, from the contract's secret for [`digest`]: nobody can foresee it, and use it up.
pub fn request_id(network: &NetworkId, contract: &ContractId, secret: &[u8; 32]) -> RequestId {
    let hash = domain::bound(domain::MESSAGE_RUN, network, &[&contract.0, secret]);
    RequestId(*hash.first_chunk().expect("32 bytes have 16 first ones"))
}

/// Reads a queue as it stands on the chain; where there is nothing, nothing was sent.
pub fn queue(value: Option<&[u8]>) -> Option<Queue> {
    value.map_or(Some(Queue::default()), exactly)
}

/// Reads a message as it stands on the chain.
pub fn message(bytes: &[u8]) -> Option<Message> {
    if bytes.len() > Message::max_encoded_len() { None } else { exactly(bytes) }
}

fn exactly<T: Decode>(mut bytes: &[u8]) -> Option<T> {
    let value = T::decode(&mut bytes).ok()?;
    bytes.is_empty().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_takes_so_many_and_one_more_when_some_are_over() {
        let mut queue = Queue { sent: 10, over: 10 };
        for _ in 0..MAX_WAITING {
            queue = queue.with_one_more().expect("there is room");
        }
        assert_eq!((queue.sent, queue.with_one_more()), (10 + MAX_WAITING, None));
        let later = Queue { over: 11, ..queue };
        assert_eq!(later.with_one_more(), Some(Queue { sent: 11 + MAX_WAITING, over: 11 }));
        assert_eq!(Queue { sent: u64::MAX, over: u64::MAX }.with_one_more(), None);
        assert_eq!(Queue { sent: 1, over: 2 }.with_one_more(), None);
    }

    #[test]
    fn the_next_message_is_after_what_either_side_knows_to_be_over() {
        let queue = Queue { sent: 5, over: 2 };
        assert_eq!(
            [0, 2, 3, 4, 5, u64::MAX].map(|over| queue.next(over)),
            [Some(3), Some(3), Some(4), Some(5), None, None]
        );
    }

    #[test]
    fn what_is_no_queue_or_no_message_is_not_read_as_one() {
        assert_eq!(queue(None), Some(Queue::default()));
        let bytes = Queue { sent: 2, over: 1 }.encode();
        assert_eq!(queue(Some(&bytes)), Some(Queue { sent: 2, over: 1 }));
        assert_eq!((queue(Some(&bytes[1..])), queue(Some(&[&bytes[..], &[0]].concat()))), (None, None));
        let sent =
            Message { sender: AccountId([1; 32]), block: 2, deposit: 3, payload: Payload::truncate_from(vec![4; 9]) };
        let bytes = sent.encode();
        assert_eq!(message(&bytes), Some(sent));
        assert_eq!((message(&bytes[1..]), message(&[&bytes[..], &[0]].concat())), (None, None));
        assert_eq!(message(&vec![0; Message::max_encoded_len() + 1]), None);
    }

    #[test]
    fn path_and_field_are_reserved_so_that_nobody_else_can_send_them() {
        assert!(PATH.starts_with(crate::call::RESERVED_PATH) && FIELD.starts_with(crate::call::RESERVED_PREFIX));
        assert_eq!(fields(12), [(b"adyton-message".to_vec(), b"12".to_vec())]);
    }

    #[test]
    fn the_published_vector_is_what_this_code_makes() {
        let (network, contract) = (NetworkId([1; 32]), ContractId([2; 32]));
        let (queue, number) = (Queue { sent: 8, over: 6 }, 7);
        let message = Message {
            sender: AccountId([4; 32]),
            block: 5,
            deposit: 6,
            payload: Payload::truncate_from(b"hello".to_vec()),
        };
        let vector = serde_json::json!({
            "network": network,
            "contract": contract,
            "number": number,
            "queue": hex::encode(queue.encode()),
            "queue_key": hex::encode(crate::storage::message_queues(&contract)),
            "message": hex::encode(message.encode()),
            "message_key": hex::encode(crate::storage::messages(&contract, number)),
            "digest": digest(&network, &contract, number),
            "secret": hex::encode([3; 32]),
            "request_id": request_id(&network, &contract, &[3; 32]),
        });
        crate::vectors::check("message", vector);
    }
}
