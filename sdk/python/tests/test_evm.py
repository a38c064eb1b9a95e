"""EVM chains: published vectors, and endpoints that agree, err and lie."""

import json
import unittest
from typing import Any, Callable
from unittest import mock

from adyton.testing import Host

from adyton import Invalid, Response, Unavailable, crypto, errors, evm, http, testing_secp256k1
from adyton.evm_keys import Key
from adyton.evm_reads import Disagreement, Endpoint, Endpoints, Refused

ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def during(ask: Callable[[], Any], host: Any = None) -> Any:
    """What asking gives during a call."""
    found = []

    def program(request):
        found.append(ask())
        return Response()

    (host or Host()).call(program, "GET", "/")
    return found[0]


def words(*given: str) -> bytes:
    """Words of 32 bytes: a number in hexadecimal digits, or text after `"`."""
    parts = (one[1:].encode().ljust(32, b"\0") if one[0] == '"' else bytes.fromhex(one.zfill(64)) for one in given)
    return b"".join(parts)


class Values(unittest.TestCase):
    def test_keccak_256_is_not_sha3_256(self) -> None:
        for content, expected in (
            (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
            (b"a" * 200, "96ea54061def936c4be90b518992fdc6f12f535068a256229aca54267b4d084d"),
        ):
            self.assertEqual(evm.keccak256(content).hex(), expected)

    def test_an_address_has_a_checksum_and_a_wrong_one_is_refused(self) -> None:
        for text in (
            ACCOUNT,
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ):
            self.assertEqual(evm.address(text), text)
            self.assertEqual(evm.address(text.lower()), text)
            first = next(at for at, char in enumerate(text) if char.isalpha() and at > 1)
            with self.assertRaisesRegex(Invalid, "wrong checksum"):
                evm.address(text[:first] + text[first].swapcase() + text[first + 1 :])
        for wrong in (ACCOUNT[:-1], ACCOUNT[:-2], "5" * 40, None, 7):
            self.assertRaises(Invalid, evm.address, wrong)

    def test_a_public_key_has_its_account_and_what_is_none_is_refused(self) -> None:
        x = bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        self.assertEqual(evm.address_of(b"\2" + x), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")
        # The key of the example of EIP-155.
        key = testing_secp256k1.public_key(b"\x46" * 32)
        self.assertEqual(evm.address_of(key), "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
        for key in (b"", x, b"\4" + x, b"\2" + bytes(31) + b"\5", b"\2" + b"\xff" * 32):
            self.assertRaises(Invalid, evm.address_of, key)


class Abi(unittest.TestCase):
    def test_the_examples_of_the_specification(self) -> None:
        for signature, selector, values, expected in (
            ("baz(uint32,bool)", "cdcd77c0", [69, True], words("45", "1")),
            ("bar(bytes3[2])", "fce353f6", [[b"abc", b"def"]], words('"abc', '"def')),
            (
                "sam(bytes,bool,uint256[])",
                "a5643bf2",
                [b"dave", True, [1, 2, 3]],
                words("60", "1", "a0", "4", '"dave', "3", "1", "2", "3"),
            ),
            (
                "f(uint256,uint32[],bytes10,bytes)",
                "8be65246",
                [0x123, [0x456, 0x789], b"1234567890", b"Hello, world!"],
                words("123", "80", '"1234567890', "e0", "2", "456", "789", "d", '"Hello, world!'),
            ),
            (
                "g(uint256[][],string[])",
                "2289b18c",
                [[[1, 2], [3]], ["one", "two", "three"]],
                words(*"40 140 2 40 a0 2 1 2 1 3 3 60 a0 e0".split(), "3", '"one', "3", '"two', "5", '"three'),
            ),
        ):
            call = evm.abi.call(signature, values)
            self.assertEqual((call[:4].hex(), call[4:]), (selector, expected), signature)
            self.assertEqual(evm.abi.decode(signature.partition("(")[2][:-1], call[4:]), values)

    def test_tuples_and_fixed_arrays_are_read_back(self) -> None:
        types = "(address,string)[2],uint8[2],bytes32"
        values = [[[ACCOUNT, "text"], [ACCOUNT, ""]], [1, 2], bytes(32)]
        self.assertEqual(evm.abi.decode(types, evm.abi.encode(types, values)), values)
        self.assertEqual(evm.abi.decode("", evm.abi.encode("", [])), [])

    def test_what_is_no_type_is_refused(self) -> None:
        names = ["uint", "uint7", "uint264", "uint08", "int256", "bytes0", "bytes33", "()", " bool", "bool)[2"]
        arrays = ["bool[0]", "bool[01]", "bool[1025]", "bool[", "(bool", "bool)", "bool" + "[]" * 9]
        for name in names + arrays:
            with self.subTest(name), self.assertRaises(Invalid):
                evm.abi.encode(name, [True])
        for signature in ("(bool)", "f(bool", "f"):
            self.assertRaises(Invalid, evm.abi.call, signature, [True])

    def test_values_of_other_types_are_refused(self) -> None:
        for kind, value in (
            ("uint8", 256),
            ("uint8", -1),
            ("uint8", True),
            ("bool", 1),
            ("bytes4", b"123"),
            ("string", b"1"),
            ("bytes", "1"),
            ("uint8[2]", [1]),
            ("(bool,bool)", [True]),
            ("address", "0x01"),
        ):
            with self.subTest(kind), self.assertRaises(Invalid):
                evm.abi.encode(kind, [value])

    def test_data_that_is_too_short_also_for_parts_that_overlap_or_does_not_fit_is_refused(self) -> None:
        far = "f" * 64
        for types, *given in (
            ("uint256",),
            ("bytes", "20", "1"),
            ("bytes", "40"),
            ("bytes", far),
            ("bytes", "20", far),
            ("uint256[]", "20", "2", "1"),
            ("string", "20", "1", far),
            ("uint8", "100"),
            ("bool", "2"),
            ("address", "1" + "0" * 63),
            ("bytes4", "1"),
            ("uint256[][]", "20", "2", "40", "40", "1", "7"),
        ):
            with self.subTest(types), self.assertRaises(Invalid):
                evm.abi.decode(types, words(*given))
        twice = words("20", "2", "40", "80", "1", "7", "1", "7")
        self.assertEqual(evm.abi.decode("uint256[][]", twice), [[[7], [7]]])
        overlapping = words("20", "2", "40", "40", "1", "7", "0", "0")
        self.assertEqual(evm.abi.decode("uint256[][]", overlapping), [[[7], [7]]])


class Signing(unittest.TestCase):
    def test_a_transaction_has_the_digest_and_the_hash_that_it_has_on_the_chain(self) -> None:
        operator = "5eee75727d804a2b13038928d36f8b188945a57a".zfill(64)
        transaction = evm.Transaction(
            1,
            0x42,
            1_000_000_000,
            20_000_000_000,
            44_386,
            "0x6069a6c32cf691f5982febae4faf8a6f3ab2f0f6",
            data=bytes.fromhex("a22cb465" + operator + "0" * 64),
        )
        digest = "0d5688ac3897124635b6cf1bc0e29d6dfebceebdc10a54d74f2ef8b56535b682"
        self.assertEqual(transaction.digest().hex(), digest)
        r = 0x840CFC572845F5786E702984C2A582528CAD4B49B2A10B9DB1BE7FCA90058565
        s = 0x25E7109CEB98168D95B09B18BBF6B685130E0562F233877D492B94EEE0C5B6D1
        signed = transaction.with_signature(evm.Signature(r, s, 0))
        hash_on_chain = "0x0ec0b6a2df4d87424e5f6ad2a654e27aaeb7dac20ae9e8385cc09087ad532ee0"
        self.assertEqual(evm.SignedTransaction(signed.bytes).hash, hash_on_chain)
        self.assertRaises(Invalid, evm.SignedTransaction, b"\1")

    def test_the_access_list_is_part_of_what_is_signed(self) -> None:
        listed = evm.Transaction(1, 0, 0, 0, 0, access_list=[("0x" + "11" * 20, ["0x" + "22" * 32])])
        digest = "f1c94d22241bd981df1f7ba63364c3ee1e4e48b62fff0e41736890e75cabffca"
        self.assertEqual(listed.digest().hex(), digest)

    def test_fields_that_are_out_of_their_bounds_are_refused(self) -> None:
        for fields in (
            {"nonce": -1},
            {"nonce": 1 << 64},
            {"max_fee_per_gas": 1 << 128},
            {"value": 1 << 256},
            {"to": "0x01"},
            {"to": "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
            {"access_list": [("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", [])]},
            {"access_list": [(ACCOUNT, ["0x01"])]},
            {"value": 1.5},
        ):
            given = {"nonce": 0, "max_fee_per_gas": 0, **fields}
            transaction = evm.Transaction(chain_id=1, max_priority_fee_per_gas=0, gas_limit=0, **given)
            with self.subTest(fields), self.assertRaises(Invalid):
                transaction.digest()

    def test_a_structure_has_the_digest_of_its_domain_and_the_published_signature(self) -> None:
        person = "Person(string name,address wallet)"
        domain = evm.Domain("Ether Mail", "1", 1, "0x" + "cc" * 20)
        separator = "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
        self.assertEqual(domain.separator().hex(), separator)
        cow = evm.struct_hash(person, ["Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"])
        bob = evm.struct_hash(person, ["Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"])
        mail = evm.struct_hash(f"Mail(Person from,Person to,string contents){person}", [cow, bob, "Hello, Bob!"])
        digest = evm.typed_digest(domain, mail)
        self.assertEqual(digest.hex(), "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2")
        self.assertNotEqual(evm.typed_digest(evm.Domain("Ether Mail", "1", 2, "0x" + "cc" * 20), mail), digest)
        secret = evm.keccak256(b"cow")
        given = testing_secp256k1.sign(secret, digest)
        r = "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
        s = "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
        self.assertEqual(given.hex(), r + s + "01")
        key = testing_secp256k1.public_key(secret)
        self.assertEqual(evm.address_of(key), "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")
        self.assertTrue(testing_secp256k1.verify(key, digest, given))
        for wrong in (given[:-1] + b"\0", b"\1" + given[1:], given[:-1]):
            self.assertFalse(testing_secp256k1.verify(key, digest, wrong))

    def test_members_that_are_not_those_of_the_structure_are_refused(self) -> None:
        for definition, values in (
            ("Price(uint256 value)", []),
            ("Price(uint256 value)", ["1"]),
            ("Price(uint256)", [1]),
            ("Price", []),
            ("Prices(uint256[2] values)", [[1, 2, 3]]),
        ):
            with self.subTest(definition), self.assertRaises(Invalid):
                evm.struct_hash(definition, values)
        self.assertEqual(len(evm.struct_hash("Prices(uint256[2] values)", [[1, 2]])), 32)

    def test_a_message_has_the_digest_that_wallets_sign(self) -> None:
        digest = "a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2"
        self.assertEqual(evm.personal_digest(b"Hello World").hex(), digest)

    def test_a_key_signs_the_same_transaction_with_the_same_bytes(self) -> None:
        def signed() -> Any:
            key, digest = Key.named("payments"), bytes(32)
            transaction = evm.Transaction(1, 0, 0, 0, 21_000, ACCOUNT)
            once, again = key.sign_transaction(transaction), key.sign_transaction(transaction)
            public = crypto.public_key(crypto.Scheme.SECP256K1, "payments")
            given = crypto.sign(crypto.Scheme.SECP256K1, "payments", digest)
            holds = crypto.verify(crypto.Scheme.SECP256K1, public, digest, given)
            return once == again, evm.address_of(public) == key.address, key.sign(digest).to_bytes(), given, holds

        same, account, given, host, holds = during(signed)
        self.assertTrue(same and account and holds)
        self.assertEqual(given, host[:64] + bytes([27 + host[64]]))


def result(value: Any) -> Any:
    return {"jsonrpc": "2.0", "id": 1, "result": value}


def refused(code: int, message: Any) -> Any:
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}


def hashed(byte: str) -> str:
    return "0x" + byte * 32


def block(number: int, chain: str = "01") -> Any:
    return result({"number": hex(number), "hash": hashed(chain), "timestamp": "0x64", "baseFeePerGas": "0x7"})


def honest(params: Any) -> Any:
    """Like an endpoint that has final block 10."""
    return block(10 if params[0] == "finalized" else int(params[0], 16))


#: What an endpoint answers to a method with its parameters.
Answers = Callable[[str, str, Any], Any]


def asked(answers: Answers, ask: Callable[[Endpoints], Any], **options: Any) -> Any:
    """What asking endpoints `a`, `b` and `c`, of which two are needed, gives."""

    def outside(sent: http.Request) -> http.Response:
        body = json.loads(sent.body)
        answer = answers(sent.url[8], body["method"], body["params"])
        return http.Response(200, (), json.dumps(answer).encode(), None)

    secret = Endpoint("https://b.example", http.SecretHeader("x-key", "key"))
    urls = ["https://a.example/key", secret, "https://c.example"]
    return during(lambda: ask(Endpoints(urls, 2, **options)), Host(secrets={"key": b"of b"}, outside=outside))


def at_ten(answers: Answers, ask: Callable[[Endpoints, Any], Any], **options: Any) -> Any:
    """The same of endpoints that agree on block 10, and answer `by_hash` when they are asked for it by its hash."""
    by_hash = options.pop("by_hash", lambda name: block(10))

    def all_answers(name: str, method: str, params: Any) -> Any:
        if method == "eth_getBlockByHash":
            return by_hash(name) if params == [hashed("01"), False] else None
        return honest(params) if method == "eth_getBlockByNumber" else answers(name, method, params)

    return asked(all_answers, lambda endpoints: ask(endpoints, endpoints.finalized()), **options)


def hash_of(number: int) -> str:
    """The hash of a block of the chain that has block 10."""
    return hashed("01" if number == 10 else "03")


def receipt(number: int, **more: Any) -> Any:
    fields = {"transactionHash": hashed("05"), "blockHash": hash_of(number), "blockNumber": hex(number)}
    parties = {"from": "0x" + "01" * 20, "to": "0x" + "ab" * 20, "contractAddress": None}
    return {**fields, **parties, "status": "0x1", "gasUsed": "0x5208", "logs": [], **more}


def log(number: int, address: str = ACCOUNT.lower(), **more: Any) -> Any:
    places = {"blockHash": hash_of(number), "blockNumber": hex(number), "logIndex": "0x0"}
    content = {"address": address, "topics": [hashed("06")], "data": "0x01", "transactionHash": hashed("05")}
    return {**content, **places, **more}


class Reads(unittest.TestCase):
    def disagreement(self, ask: Callable[[], Any]) -> Disagreement:
        """The error, which a call gives on as `Unavailable`."""

        def caught() -> Any:
            try:
                ask()
            except Disagreement as error:
                return error

        found = caught()
        self.assertIsInstance(found, Disagreement)
        return found

    def said(self, answers: Answers, ask: Callable[[Endpoints], Any], **options: Any) -> Disagreement:
        return asked(answers, lambda endpoints: self.disagreement(lambda: ask(endpoints)), **options)

    def test_endpoints_that_could_agree_on_two_answers_or_are_one_witness_are_refused(self) -> None:
        def some(count: int) -> Any:
            return [f"https://{at}.example" for at in range(count)]

        for count, needed in ((1, 1), (3, 2), (3, 3), (16, 9)):
            Endpoints(some(count), needed)
        for count, needed in ((0, 0), (3, 1), (4, 2), (3, 4), (17, 9), (3, 2.5)):
            with self.subTest(count=count), self.assertRaisesRegex(Invalid, "majority"):
                Endpoints(some(count), needed)
        for urls in (
            ["https://a.example/1", "https://A.example/2"],
            ["https://a.example", "b.example"],
            ["https://a.example/1", "https://a.example:443"],
            ["https://a.example/1", "HTTPS://a.example./2"],
            ["https://a.example/1", "https://a.example.:443"],
            ["https://a.example/1", "http://a.example:80"],
            ["https://a.example:8545", "https://a.example.:8545"],
        ):
            with self.subTest(urls), self.assertRaisesRegex(Invalid, "host of its own"):
                Endpoints(urls, 2)
        Endpoints(["https://a.example", "https://a.example:8545"], 2)
        Endpoints(["http://a.example:443", "http://a.example"], 2)

    def test_the_block_is_the_highest_that_enough_have_reached_whatever_one_of_them_says(self) -> None:
        for claimed, expected in ((0, 9), (1_000_000, 10)):

            def answers(name: str, _: str, params: Any, claimed: int = claimed) -> Any:
                newest = {"a": claimed, "b": 9, "c": 10}[name]
                return block(newest) if params[0] == "finalized" else honest(params)

            found = asked(answers, lambda endpoints: endpoints.finalized())
            self.assertEqual((found.number, found.hash), (expected, hashed("01")))
            self.assertEqual((found.timestamp, found.base_fee), (100, 7))

    def test_a_depth_is_counted_from_the_newest_block_of_enough(self) -> None:
        def answers(name: str, method: str, params: Any) -> Any:
            newest = result("0x20" if name == "a" else "0x1f")
            return newest if method == "eth_blockNumber" else honest(params)

        self.assertEqual(asked(answers, lambda endpoints: endpoints.below_latest(15)).number, 16)

    def test_blocks_of_two_chains_are_a_disagreement_that_says_who_said_what(self) -> None:
        def answers(name: str, _: str, params: Any) -> Any:
            if params[0] == "finalized":
                return honest(params)
            return {"a": block(10), "b": block(10, "02"), "c": refused(-32000, "no\nstate")}[name]

        error = self.said(answers, lambda endpoints: endpoints.finalized())
        self.assertIsInstance(error, Unavailable)
        self.assertEqual((error.method, error.needed, len(error.said)), ("eth_getBlockByNumber", 2, 3))
        self.assertEqual(error.said[0].endpoint, "a.example")
        self.assertIn("0x0101", error.said[0].answer)
        self.assertEqual(error.said[2].reason, "error -32000: no state")
        self.assertIn("c.example failed", error.message)
        self.assertNotIn("key", error.message)

    def test_a_block_that_too_few_have_or_another_one_than_was_asked_for_is_none(self) -> None:
        few = self.said(
            lambda name, _, params: honest(params) if name == "a" else result(None), lambda all: all.finalized()
        )
        self.assertEqual(few.said[1].reason, "no such block")
        other = self.said(
            lambda _, __, params: honest(params) if params[0] == "finalized" else block(9), lambda all: all.finalized()
        )
        self.assertEqual(other.said[1].reason, "another block")

    def test_a_read_names_the_block_by_its_hash_and_two_spellings_of_a_number_agree(self) -> None:
        def answers(name: str, method: str, params: Any) -> Any:
            self.assertEqual((method, params[1]["blockHash"]), ("eth_getBalance", hashed("01")))
            return result({"a": "0x1f", "b": "0x001F", "c": "0x2f"}[name])

        self.assertEqual(at_ten(answers, lambda all, at: all.balance(at, ACCOUNT)), 31)

    def test_each_read_decodes_what_its_method_answers(self) -> None:
        given = {
            "eth_call": "0x0203",
            "eth_getTransactionCount": "0x7",
            "eth_chainId": "0xaa36a7",
            "eth_getStorageAt": hashed("04"),
        }

        def read(all: Endpoints, at: Any) -> Any:
            first = all.call(at, ACCOUNT, b"\1"), all.nonce(at, ACCOUNT)
            return (*first, all.chain_id(), all.storage(at, ACCOUNT, 5))

        found = at_ten(lambda _, method, __: result(given[method]), read)
        self.assertEqual(found, (b"\2\3", 7, 11_155_111, hashed("04")))

    def test_what_is_no_answer_is_not_counted(self) -> None:
        for answer, reason in (
            ({"jsonrpc": "2.0", "id": 2, "result": "0x1"}, "status 200 and no answer of JSON-RPC"),
            (None, "status 200 and no answer of JSON-RPC"),
            (result("1"), "a number is 0x and 1 to 64 hexadecimal digits"),
            (refused(3, "x" * 500), "error 3: " + "x" * 151),
            (result("0x" + "0" * 2000), "an answer of more than 1000 bytes"),
        ):
            found = at_ten(
                lambda *_, answer=answer: answer,
                lambda all, at: self.disagreement(lambda: all.balance(at, ACCOUNT)),
                max_answer=1000,
            )
            self.assertEqual(found.said[0].reason, reason)

        def unreachable(*_: Any) -> Any:
            raise errors.Unavailable("https://a.example/key did not answer")

        self.assertEqual(self.said(unreachable, lambda all: all.chain_id()).said[0].reason, "it could not be reached")

    def test_a_receipt_counts_from_its_block_on(self) -> None:
        def read(all: Endpoints, at: Any) -> Any:
            return all.receipt(at, hashed("05"))

        early = {"a": receipt(10), "b": None, "c": receipt(11)}
        self.assertIsNone(at_ten(lambda name, *_: result(early[name]), read))
        found = at_ten(lambda name, *_: result(receipt(10, status="0x0", effectiveGasPrice=name)), read)
        self.assertEqual((found.succeeded, found.gas_used, found.contract), (False, 21_000, None))
        for more in ({"status": "0x2"}, {"transactionHash": hashed("09")}, {"logs": [None]}, {"from": 7}):
            with self.subTest(more), self.assertRaises(Unavailable):
                at_ten(lambda *_, more=more: result(receipt(10, **more)), read)

    def test_a_receipt_of_another_block_at_the_height_that_is_read_is_no_answer(self) -> None:
        other, earlier = receipt(10, blockHash=hashed("02")), receipt(9, blockHash=hashed("02"))
        error = at_ten(
            lambda *_: result(other), lambda all, at: self.disagreement(lambda: all.receipt(at, hashed("05")))
        )
        self.assertEqual(error.said[0].reason, "the receipt of another block")
        found = at_ten(lambda *_: result(earlier), lambda all, at: all.receipt(at, hashed("05")))
        self.assertEqual(found.block, hashed("02"))

    def test_endpoints_without_the_block_are_not_counted_for_receipts_and_logs(self) -> None:
        told = block(10)
        told["result"]["timestamp"] = "0x65"
        has = {"a": block(10), "b": result(None), "c": told}
        reads: Any = (
            lambda all, at: all.receipt(at, hashed("05")),
            lambda all, at: all.logs(at, ACCOUNT, from_block=8),
        )
        for read in reads:
            error = at_ten(
                lambda _, method, __: result([] if method == "eth_getLogs" else None),
                lambda all, at, read=read: self.disagreement(lambda: read(all, at)),
                by_hash=has.__getitem__,
            )
            self.assertEqual([one.reason for one in error.said], [None, "no such block", "another block"])

    def test_only_the_addresses_of_what_was_agreed_on_get_their_checksums_each_once(self) -> None:
        spelled = {"a": ACCOUNT, "b": ACCOUNT.lower(), "c": "0x" + ACCOUNT[2:].upper()}
        read: Any = lambda all, at: all.logs(at, ACCOUNT, from_block=8)  # noqa: E731
        with mock.patch("adyton.evm_reads.address", wraps=evm.address) as checked:
            found = at_ten(lambda name, *_: result([log(9, spelled[name]), log(10, spelled[name])]), read)
        self.assertEqual([one.address for one in found], [ACCOUNT, ACCOUNT])
        # That of the question, and that of both entries.
        self.assertEqual(checked.call_count, 2)
        parties = {"from": spelled["b"], "to": spelled["c"], "logs": [log(10)]}
        there = at_ten(lambda *_: result(receipt(10, **parties)), lambda all, at: all.receipt(at, hashed("05")))
        addresses = (there.sender, there.to, there.contract, there.logs[0].address)
        self.assertEqual(addresses, (ACCOUNT, ACCOUNT, None, ACCOUNT))
        with mock.patch("adyton.evm_reads.address", wraps=evm.address) as checked:
            at_ten(
                lambda name, *_: result([log(10, data="0x0" + str(ord(name) - 96))]),
                lambda all, at: self.disagreement(lambda: read(all, at)),
            )
        self.assertEqual(checked.call_count, 1)

    def test_log_entries_are_those_that_were_asked_for(self) -> None:
        def answers(_: str, __: str, params: Any) -> Any:
            (asked_for,) = params
            if "fromBlock" not in asked_for:
                return result([log(10)] if asked_for["blockHash"] == hashed("01") else [])
            return result([log(8), log(10)] if asked_for["toBlock"] == "0xa" else [])

        (found,) = at_ten(answers, lambda all, at: all.logs(at, ACCOUNT, [None]))
        self.assertEqual((found.data, found.block_number, found.topics), (b"\1", 10, [hashed("06")]))
        self.assertEqual(len(at_ten(answers, lambda all, at: all.logs(at, ACCOUNT, from_block=8))), 2)
        other = log(10, blockHash=hashed("02"))
        for foreign in (log(10, "0x" + "12" * 20), log(9), log(10, removed=True), other):
            with self.assertRaises(Unavailable):
                at_ten(lambda *_, foreign=foreign: result([foreign]), lambda all, at: all.logs(at, ACCOUNT))
        with self.assertRaises(Unavailable):
            at_ten(lambda *_: result([other]), lambda all, at: all.logs(at, ACCOUNT, from_block=8))
        earlier = log(9, blockHash=hashed("02"))
        (found,) = at_ten(lambda *_: result([earlier]), lambda all, at: all.logs(at, ACCOUNT, from_block=8))
        self.assertEqual(found.block, hashed("02"))
        with self.assertRaises(Unavailable):
            at_ten(answers, lambda all, at: all.logs(at, ACCOUNT, [hashed("07")]))
        with self.assertRaises(Invalid):
            at_ten(answers, lambda all, at: all.logs(at, ACCOUNT, from_block=11))

    def test_a_transaction_is_sent_when_one_endpoint_has_it(self) -> None:
        signed = evm.SignedTransaction(b"\2\xc0")
        said = {"a": refused(-32000, "already known"), "b": result(hashed("00")), "c": refused(-32000, "nonce too low")}
        sent = asked(lambda name, *_: said[name], lambda all: all.send(signed))
        self.assertEqual([one.answer for one in sent.said], [signed.hash, None, None])

    def test_an_unknown_transaction_is_not_a_known_one_and_what_is_cut_off_is_not_looked_at(self) -> None:
        def taken(all: Endpoints) -> bool:
            try:
                return bool(all.send(evm.SignedTransaction(b"\2\xc0")))
            except Refused:
                return False

        for message, expected in (
            ("known transaction: 0x02", True),
            ("Already known", True),
            ("ALREADY_KNOWN", True),
            ("Transaction with the same hash was already imported.", True),
            ("unknown transaction type", False),
            ("x" * 160 + " already known", False),
        ):
            with self.subTest(message):
                self.assertIs(asked(lambda *_, message=message: refused(-32000, message), taken), expected)

    def test_a_transaction_that_nobody_takes_may_be_on_the_chain_nevertheless(self) -> None:
        def send(all: Endpoints) -> Any:
            with self.assertRaises(Refused) as caught:
                all.send(evm.SignedTransaction(b"\2\xc0"))
            return caught.exception

        error = asked(lambda *_: refused(-32000, "nonce too low"), send)
        self.assertEqual(error.said[0].reason, "error -32000: nonce too low")


if __name__ == "__main__":
    unittest.main()
