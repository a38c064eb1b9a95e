"""Transactions of EIP-1559."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from adyton.errors import Invalid
from adyton.evm_keccak import keccak256
from adyton.evm_values import address, from_hex, hash_text, to_hex, whole

#: The type of such a transaction (EIP-2718).
_TYPE = b"\x02"


@dataclass(frozen=True)
class Signature:
    """A signature of a digest."""

    r: int
    #: The lower of the two possible, as EIP-2 demands.
    s: int
    #: Which of two points r stands for, 0 or 1.
    y_parity: int

    def to_bytes(self) -> bytes:
        """r, s and v, which is 27 or 28: what a contract in Solidity hands to `ecrecover`."""
        return self.r.to_bytes(32, "big") + self.s.to_bytes(32, "big") + bytes([27 + self.y_parity])


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction that can be sent, any number of times: the chain takes it once."""

    #: What is sent and stored.
    bytes: bytes

    def __post_init__(self) -> None:
        if self.bytes[:1] != _TYPE:
            raise Invalid("this is no transaction of EIP-1559")

    @property
    def hash(self) -> str:
        """Its hash, by which `Endpoints.receipt` finds it."""
        return to_hex(keccak256(self.bytes))


@dataclass(frozen=True)
class Transaction:
    """What is signed. Amounts are in wei."""

    #: The chain that alone takes it.
    chain_id: int
    #: How many transactions of the account come before it.
    nonce: int
    #: What the block's producer gets at most, per unit of gas.
    max_priority_fee_per_gas: int
    #: What is paid at most in all, per unit of gas.
    max_fee_per_gas: int
    #: The most gas that it may use.
    gas_limit: int
    #: Whom it calls or pays; none makes a contract.
    to: Optional[str] = None
    #: What it pays.
    value: int = 0
    #: What a contract is called with, as of `evm.call`.
    data: bytes = b""
    #: Accounts, and of each the slots, that it will use (EIP-2930).
    access_list: Sequence[Tuple[str, Sequence[str]]] = ()

    def digest(self) -> bytes:
        """The digest to sign. Raises `errors.Invalid` for a field that is out of its bounds, or an address with a
        wrong checksum."""
        return keccak256(_TYPE + _list(self._fields()))

    def with_signature(self, signature: Signature) -> SignedTransaction:
        """With a signature of `digest`, as of `evm_keys.Key.sign`."""
        signed = (signature.y_parity, signature.r, signature.s)
        return SignedTransaction(_TYPE + _list([*self._fields(), *(_number(part, 256) for part in signed)]))

    def _fields(self) -> List[bytes]:
        used = (
            _list([_bytes(from_hex(address(account))), _list([_bytes(from_hex(hash_text(slot))) for slot in slots])])
            for account, slots in self.access_list
        )
        return [
            _number(self.chain_id, 64),
            _number(self.nonce, 64),
            _number(self.max_priority_fee_per_gas, 128),
            _number(self.max_fee_per_gas, 128),
            _number(self.gas_limit, 64),
            _bytes(b"" if self.to is None else from_hex(address(self.to))),
            _number(self.value, 256),
            _bytes(self.data),
            _list(list(used)),
        ]


# RLP (Ethereum Yellow Paper, appendix B). Nothing that arrives is RLP, so it is never decoded.


def _bytes(content: bytes) -> bytes:
    return bytes(content) if len(content) == 1 and content[0] < 0x80 else _headed(0x80, content)


def _number(value: int, bits: int) -> bytes:
    return _bytes(_significant(whole(value, bits)))


def _list(items: List[bytes]) -> bytes:
    return _headed(0xC0, b"".join(items))


def _headed(kind: int, content: bytes) -> bytes:
    length = len(content)
    if length < 56:
        return bytes([kind + length]) + content
    digits = _significant(length)
    return bytes([kind + 55 + len(digits)]) + digits + content


def _significant(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
