"""The newest price for contracts on EVM chains, which check its signature with `ecrecover`."""

from __future__ import annotations

from typing import Any, Dict

from adyton import env, evm, evm_keys

from price import DECIMALS, Price, parse_decimal

#: The name of the key that signs for EVM chains.
_KEY = "evm-price"
#: What is signed (EIP-712).
_DEFINITION = "Price(string pair,uint256 value,uint8 decimals,uint256 sources,uint256 timeMs)"


def sign(price: Price) -> Dict[str, Any]:
    """What the price says, with a signature of EIP-712. It holds on every chain: a price is the same on all of them."""
    salt = env.context().contract
    value = parse_decimal(price.value)
    members = [price.pair, value, DECIMALS, price.sources, price.time_ms]
    domain = evm.Domain(name="Adyton price oracle", version="1", salt=salt)
    key = evm_keys.Key.named(_KEY)
    signature = key.sign(evm.typed_digest(domain, evm.struct_hash(_DEFINITION, members)))
    return {
        "pair": price.pair,
        # Units of 10^-6.
        "value": value,
        "decimals": DECIMALS,
        "sources": price.sources,
        "timeMs": price.time_ms,
        "salt": f"0x{salt.hex()}",
        "signer": key.address,
        "signature": f"0x{signature.to_bytes().hex()}",
    }
