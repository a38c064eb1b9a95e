"""The contract's keys as accounts of EVM chains. Needs the grant `crypto`.

    key = Key.named("payments")
    signed = key.sign_transaction(evm.Transaction(...))  # store it; send it in a later call: see `adyton.evm`
"""

from __future__ import annotations

from dataclasses import dataclass

from adyton import crypto
from adyton.evm_transaction import Signature, SignedTransaction, Transaction
from adyton.evm_values import address_of


@dataclass(frozen=True)
class Key:
    """A secp256k1 key of the contract, by name, with its account. It signs whatever digest it is given, so a name is
    for one chain and one purpose."""

    name: str
    address: str

    @staticmethod
    def named(name: str) -> "Key":
        """The key of this name, of 1 to 64 bytes. Raises `errors.Invalid` for another name."""
        return Key(name, address_of(crypto.public_key(crypto.Scheme.SECP256K1, name)))

    def sign(self, digest: bytes) -> Signature:
        """Signs a digest of 32 bytes, such as that of `evm.typed_digest`."""
        given = crypto.sign(crypto.Scheme.SECP256K1, self.name, digest)
        return Signature(int.from_bytes(given[:32], "big"), int.from_bytes(given[32:64], "big"), given[64])

    def sign_transaction(self, transaction: Transaction) -> SignedTransaction:
        """Signs a transaction. The same one always gives the same bytes."""
        return transaction.with_signature(self.sign(transaction.digest()))
