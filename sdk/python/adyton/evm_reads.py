"""Reads of one block of an EVM chain, on which several endpoints agree first. Needs the grant `http`.

`adyton.evm_rpc` says how many have to agree, and shows an example.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, TypeVar

from adyton.errors import Invalid
from adyton.evm_rpc import Answer, Asking, Disagreement, Endpoint, Refused, Said, Sent
from adyton.evm_values import address, from_hex, from_quantity, hash_text, quantity, to_hex, whole

__all__ = ["Block", "Disagreement", "Endpoint", "Endpoints", "Log", "Receipt", "Refused", "Said", "Sent"]

_MAX_LOGS = 1000
_MAX_TOPICS = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """A block on which enough endpoints agree."""

    number: int
    hash: str
    #: In seconds since 1970, by its producer's word. A contract that needs a fresh one compares this with its own time:
    #: endpoints that are behind together agree too.
    timestamp: int
    #: In wei for a unit of gas; none on chains without EIP-1559.
    base_fee: Optional[int]


@dataclass(frozen=True)
class Log:
    """A log entry: an event of a contract in Solidity."""

    address: str
    #: The hash of the event's signature, and its indexed members.
    topics: List[str]
    #: The other members, for `evm.abi.decode`.
    data: bytes
    transaction: str
    block: str
    block_number: int
    #: Its place in the block.
    index: int


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction."""

    transaction: str
    block: str
    block_number: int
    #: Whether it did what it was to do; otherwise it has only cost its fee.
    succeeded: bool
    sender: str
    to: Optional[str]
    #: The contract that it made.
    contract: Optional[str]
    gas_used: int
    logs: List[Log]


class Endpoints(Asking):
    """JSON-RPC endpoints of one chain, of which enough have to say the same; each read may raise `Disagreement`.

    At most 16 on hosts of their own, of which `needed`, a majority, have to say the same. An answer of more than
    `max_answer` bytes counts as none. `errors.Invalid` for anything else.
    """

    def finalized(self) -> Block:
        """The newest finalized block that enough endpoints have: of the numbers that they say, the highest that as many
        as are needed have reached, with a hash on which they agree."""
        method = "eth_getBlockByNumber"
        return self._pin(method, self._each(method, ["finalized", False], lambda value: _block(value).number), 0)

    def below_latest(self, depth: int) -> Block:
        """As `finalized`, but `depth` below the newest block, for chains whose endpoints do not say what is final."""
        method = "eth_blockNumber"
        return self._pin(method, self._each(method, [], from_quantity), whole(depth, 64))

    def call(self, block: Block, to: str, data: bytes) -> bytes:
        """What a contract answers to `data` in the state after this block. One that reverts is an endpoint's error, and
        no answer."""
        return self._ask("eth_call", [{"to": address(to), "data": to_hex(data)}, _named(block)], from_hex)

    def balance(self, block: Block, account: str) -> int:
        """An account's balance after this block, in wei."""
        return self._ask("eth_getBalance", [address(account), _named(block)], from_quantity)

    def nonce(self, block: Block, account: str) -> int:
        """How many transactions of an account are in the chain after this block."""
        return self._ask("eth_getTransactionCount", [address(account), _named(block)], from_quantity)

    def storage(self, block: Block, contract: str, slot: int) -> str:
        """A slot of a contract's storage after this block."""
        place = to_hex(whole(slot, 256).to_bytes(32, "big"))
        return self._ask("eth_getStorageAt", [address(contract), place, _named(block)], hash_text)

    def receipt(self, block: Block, transaction: str) -> Optional[Receipt]:
        """What became of a transaction, if that stands in this block or one before it; otherwise none.

        Each endpoint is asked first whether it has this block, and only those are counted: to one that is behind,
        nothing has happened yet. Receipts of earlier blocks are of this chain only as far as no reorganization goes."""
        asked = hash_text(transaction)

        def read(value: Any) -> Optional[Receipt]:
            if value is None:
                return None
            found = _receipt(value)
            if found.transaction != asked:
                raise Invalid("the receipt of another transaction")
            # Endpoints that are ahead know of it before the others do.
            if found.block_number > block.number:
                return None
            if not _may_follow(block, found.block_number, found.block):
                raise Invalid("the receipt of another block")
            return found

        found = self._ask_those_with(block, "eth_getTransactionReceipt", [asked], read)
        if found is None:
            return None
        checked = _Checksums()
        to, contract = _optional(found.to, checked.of), _optional(found.contract, checked.of)
        return replace(found, sender=checked.of(found.sender), to=to, contract=contract, logs=checked.logs(found.logs))

    def logs(
        self,
        block: Block,
        contract: str,
        topics: Sequence[Optional[str]] = (),
        from_block: Optional[int] = None,
    ) -> List[Log]:
        """Log entries of a contract in this block, or in those from `from_block` up to it, with these topics in their
        places; at most 1000. Who is counted, and what holds for earlier blocks, is as of `receipt`."""
        first = block.number if from_block is None else from_block
        if first > block.number or len(topics) > _MAX_TOPICS:
            raise Invalid("a filter has at most 4 topics and begins at the block or before it")
        wanted = [None if topic is None else hash_text(topic) for topic in topics]
        asked: Dict[str, Any] = {"address": address(contract), "topics": wanted}
        plain = asked["address"].lower()
        if from_block is None:
            asked["blockHash"] = block.hash
        else:
            asked.update(fromBlock=quantity(first), toBlock=quantity(block.number))

        def fits(log: Log) -> bool:
            places = [log.topics[place : place + 1] for place in range(len(wanted))]
            same = all(topic is None or found == [topic] for topic, found in zip(wanted, places))
            there = log.block_number >= first and _may_follow(block, log.block_number, log.block)
            return there and log.address == plain and same

        def read(value: Any) -> List[Log]:
            logs = [_log(one) for one in _list(value, _MAX_LOGS, "log entries")]
            if not all(map(fits, logs)):
                raise Invalid("a log entry that was not asked for")
            return logs

        return _Checksums().logs(self._ask_those_with(block, "eth_getLogs", [asked], read))

    def _ask_those_with(self, block: Block, method: str, params: List[Any], read: Callable[[Any], T]) -> T:
        """What enough of those that have this block answer, decoded by `read`."""

        def same(value: Any) -> None:
            if _block(value) != block:
                raise Invalid("another block")

        there = self._each("eth_getBlockByHash", [block.hash, False], same)
        answers = zip(there, self._each(method, params, read))
        return self._agreed(
            method, [one if has.reason is None else replace(one, value=None, reason=has.reason) for has, one in answers]
        )

    def _pin(self, method: str, newest: List[Answer[int]], depth: int) -> Block:
        """The block that is `depth` below the highest that enough endpoints have reached."""
        reached = sorted((one.value for one in newest if one.value is not None), reverse=True)
        if len(reached) < self._needed:
            raise self._disagreement(method, newest)
        number = max(0, reached[self._needed - 1] - depth)

        def read(value: Any) -> Block:
            block = _block(value)
            if block.number != number:
                raise Invalid("another block")
            return block

        return self._ask("eth_getBlockByNumber", [quantity(number), False], read)


def _named(block: Block) -> Dict[str, Any]:
    """How a block is named in a read (EIP-1898): an endpoint that has another one at this height has none of this
    hash."""
    return {"blockHash": block.hash, "requireCanonical": True}


def _may_follow(block: Block, number: int, found: str) -> bool:
    """Whether something of this place can be in the chain that ends with this block. Of earlier blocks only their
    numbers are known here."""
    return number < block.number or (number == block.number and found == block.hash)


class _Checksums:
    """Gives addresses their checksums, each of which is computed once."""

    def __init__(self) -> None:
        self._known: Dict[str, str] = {}

    def of(self, text: str) -> str:
        if text not in self._known:
            self._known[text] = address(text)
        return self._known[text]

    def logs(self, logs: List[Log]) -> List[Log]:
        return [replace(log, address=self.of(log.address)) for log in logs]


def _list(value: Any, most: int, what: str) -> List[Any]:
    if not isinstance(value, list):
        raise Invalid("an answer with something else than a list")
    if len(value) > most:
        raise Invalid(f"more than {most} {what}")
    return value


def _optional(value: Any, read: Callable[[Any], Any]) -> Any:
    return None if value is None else read(value)


def _account(text: Any) -> str:
    """An endpoint's address, whose letters need not be the checksum, in lower case: a checksum costs a hash, and one
    endpoint alone could have many of them computed."""
    data = from_hex(text)
    if len(data) != 20:
        raise Invalid("an address has 20 bytes")
    return to_hex(data)


def _block(value: Any) -> Block:
    if value is None:
        raise Invalid("no such block")
    return Block(
        from_quantity(value["number"]),
        hash_text(value["hash"]),
        from_quantity(value["timestamp"]),
        _optional(value.get("baseFeePerGas"), from_quantity),
    )


def _receipt(value: Any) -> Receipt:
    status = from_quantity(value["status"])
    if status > 1:
        raise Invalid("a receipt with an unknown status")
    return Receipt(
        hash_text(value["transactionHash"]),
        hash_text(value["blockHash"]),
        from_quantity(value["blockNumber"]),
        status == 1,
        _account(value["from"]),
        _optional(value.get("to"), _account),
        _optional(value.get("contractAddress"), _account),
        from_quantity(value["gasUsed"]),
        [_log(one) for one in _list(value["logs"], _MAX_LOGS, "log entries")],
    )


def _log(value: Any) -> Log:
    if value.get("removed") is True:
        raise Invalid("a log entry that a reorganization has removed")
    return Log(
        _account(value["address"]),
        [hash_text(topic) for topic in _list(value["topics"], _MAX_TOPICS, "topics")],
        from_hex(value["data"]),
        hash_text(value["transactionHash"]),
        hash_text(value["blockHash"]),
        from_quantity(value["blockNumber"]),
        from_quantity(value["logIndex"]),
    )
