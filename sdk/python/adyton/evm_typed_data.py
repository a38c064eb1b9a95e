"""Messages that a contract in Solidity checks with `ecrecover`: texts and bytes of EIP-191, structures of EIP-712."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

from adyton.errors import Invalid
from adyton.evm_abi import Type, parse, word
from adyton.evm_keccak import keccak256


@dataclass(frozen=True)
class Domain:
    """For whom a structure is signed (EIP-712): the same structure for another one has another digest. What is none is
    not part of it, as the standard has it."""

    #: The name of the protocol or program.
    name: Optional[str] = None
    #: Its version.
    version: Optional[str] = None
    #: The chain where it is checked.
    chain_id: Optional[int] = None
    #: The contract that checks it.
    verifying_contract: Optional[str] = None
    #: 32 bytes more, to tell protocols apart.
    salt: Optional[bytes] = None

    def separator(self) -> bytes:
        """The hash that stands for it in each digest."""
        fields = (
            ("string name", self.name),
            ("string version", self.version),
            ("uint256 chainId", self.chain_id),
            ("address verifyingContract", self.verifying_contract),
            ("bytes32 salt", self.salt),
        )
        there = [(name, value) for name, value in fields if value is not None]
        names = ",".join(name for name, _ in there)
        return struct_hash(f"EIP712Domain({names})", [value for _, value in there])


def struct_hash(definition: str, values: Sequence[Any]) -> bytes:
    """The hash of a structure (EIP-712): `definition` is its encoded type, such as `Price(string pair,uint256 value)`,
    and `values` its members in their order. A member that is a structure itself is given by its own hash, and its
    definition stands behind the first one, as the standard has it.

    Raises `errors.Invalid` if the members are not those of the definition.
    """
    _, bracket, rest = definition.partition("(")
    text, end, _ = rest.partition(")")
    members = [member.partition(" ") for member in text.split(",") if member]
    if not bracket or not end or len(members) != len(values) or not all(space for _, space, _ in members):
        raise Invalid(f"'{definition}' is not the type of these members")
    words = [_member(_kind(kind), value) for (kind, _, _), value in zip(members, values)]
    return keccak256(keccak256(definition.encode("utf-8")) + b"".join(words))


def typed_digest(domain: Domain, hash_of_struct: bytes) -> bytes:
    """The digest of a structure for a domain: what `evm_keys.Key.sign` signs."""
    return keccak256(b"\x19\x01" + domain.separator() + hash_of_struct)


def personal_digest(message: bytes) -> bytes:
    """The digest of a message as wallets sign it (EIP-191, version `E`): no transaction and no structure has it."""
    return keccak256(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def _kind(name: str) -> Type:
    """The name of a structure begins with a capital letter, in every type that is not one of Solidity's own."""
    return parse("bytes32" if name[:1].isupper() and "[" not in name else name)


def _member(kind: Type, value: Any) -> bytes:
    """A member takes 32 bytes: bytes and texts their hash, and arrays that of their elements."""
    if kind.name == "bytes" and isinstance(value, (bytes, bytearray)):
        return keccak256(bytes(value))
    if kind.name == "string" and isinstance(value, str):
        return keccak256(value.encode("utf-8"))
    if kind.name == "array" and isinstance(value, (list, tuple)) and kind.length in (None, len(value)):
        return keccak256(b"".join(_member(kind.parts[0], element) for element in value))
    return word(kind, value)
