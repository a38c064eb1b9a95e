"""EVM chains, such as Ethereum: what needs no grant. Reads from several endpoints that must agree are in
`adyton.evm_reads` (grant `http`), and the contract's keys in `adyton.evm_keys` (grant `crypto`).

Addresses and hashes are texts: `0x` and hexadecimal digits, addresses with the checksum of EIP-55.

Once only. A request leaves the worker while the call runs, and what the call writes is committed after it has answered.
A call that signs and sends at once can lose its memory of having sent, and the next one signs another transaction. So:
one call decides, signs, writes the signed bytes to `kv` and asks the schedule for another call. That one looks for the
receipt, and while there is none, sends the stored bytes; sent again they are the same transaction, which the chain
takes once. `nonce too low` is what endpoints say of a transaction that is in a block already: only the receipt tells.
To pay a higher fee, sign another one with the same nonce. The next nonce is the larger one of what the endpoints say
and of a counter in `kv`. A key that signs elsewhere too has no owner of its nonces: use one name for each chain and
purpose. What must never happen twice, even if the store were set back, the other chain's contract has to refuse the
second time.
"""

from adyton import evm_abi as abi
from adyton.evm_keccak import keccak256
from adyton.evm_transaction import Signature, SignedTransaction, Transaction
from adyton.evm_typed_data import Domain, personal_digest, struct_hash, typed_digest
from adyton.evm_values import address, address_of, from_hex, to_hex

__all__ = [
    "Domain",
    "Signature",
    "SignedTransaction",
    "Transaction",
    "abi",
    "address",
    "address_of",
    "from_hex",
    "keccak256",
    "personal_digest",
    "struct_hash",
    "to_hex",
    "typed_digest",
]
