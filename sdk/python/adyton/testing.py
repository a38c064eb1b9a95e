"""A host in memory, for a contract's own tests under plain Python.

    from adyton.testing import Host  # first, so that what main.py imports is what it gets in a component

    import main

    class Counting(unittest.TestCase):
        def test_counting_starts_at_one(self):
            host = Host()
            self.assertEqual(host.call(main.service, "POST", "/increment").body, b"1")

It commits what a call writes if the contract answers, and nothing otherwise; it refuses what the manifest does not
grant, keys and values of a wrong length, and a second report. It is no sandbox and meters nothing: fuel, memory, limits
and the list of allowed destinations hold on the network only.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Union

from adyton import testing_bindings as bindings

bindings.install()

from adyton import chance, env, errors, http, prelude, service, testing_schedule, testing_secp256k1  # noqa: E402
from adyton import testing_databases, testing_objects, testing_path, testing_sql, testing_streams  # noqa: E402
from adyton.message import Response  # noqa: E402

prelude.install()

#: Every interface that a manifest can grant.
GRANTS = (
    *("log", "kv", "http", "secrets", "random", "crypto", "chain", "schedule", "contracts", "sql"),
    *("reply", "objects"),
)
#: 2026-01-01 00:00:00 UTC, in milliseconds: the time of a host that was not told another.
NEW_YEAR = 1_767_225_600_000
_MAX_KEY = 1024
_MAX_VALUE = 1 << 20

_MAX_RUNS = 1000
_MAX_STORAGE_KEYS = 32
_MAX_STORAGE_KEY = 256
_MAX_STORAGE_VALUE = 1 << 16
_MAX_STORAGE_VALUES = 1 << 18


@dataclass(frozen=True)
class Parts:
    """The answer to an outgoing request, with its content in the parts in which it comes to `http.open`. What making a
    part raises, as one of `adyton.errors`, breaks it off."""

    parts: Iterable[bytes]
    status: int = 200
    headers: Tuple[Tuple[str, str], ...] = ()


#: Answers an outgoing request, or raises one of `adyton.errors`.
Outside = Callable[[http.Request], Union[http.Response, Parts]]


class Host:
    """A network with one contract on it."""

    def __init__(
        self,
        *,
        grants: Iterable[str] = GRANTS,
        settings: Optional[Mapping[str, str]] = None,
        secrets: Optional[Mapping[str, bytes]] = None,
        chain: Optional[Mapping[bytes, bytes]] = None,
        outside: Optional[Outside] = None,
        databases: Optional[Mapping[str, testing_databases.Open]] = None,
        now_ms: int = NEW_YEAR,
    ) -> None:
        #: What is committed; from the next call on without what has ended then.
        self.store: Dict[bytes, bytes] = {}
        #: When entries of the store end, of those that do, in milliseconds.
        self.ends: Dict[bytes, int] = {}
        #: Levels and texts of the log lines, of all calls.
        self.lines: List[Tuple[str, str]] = []
        #: What was reported to the chain, call by call.
        self.reports: List[bytes] = []
        #: Other contracts, by identifier: each gives status and content for a method, a path and a content.
        self.contracts: Dict[bytes, Callable[[str, str, bytes], Tuple[int, bytes]]] = {}
        #: The chain's state, by storage key.
        self.chain: Dict[bytes, bytes] = dict(chain or {})
        #: The entries of the schedule, by name.
        self.schedule: testing_schedule.Entries = {}
        self._database = testing_sql.Database()
        #: The large objects: `finished` by name, and `unfinished` by handle; `put` writes one.
        self.objects = testing_objects.Objects(_system_random)
        #: The parts of its answer that the last call wrote by `reply` before it returned.
        self.parts: List[bytes] = []
        #: The requests that left.
        self.requests: List[http.Request] = []
        #: The time of the next call; a test moves it.
        self.now_ms = now_ms
        #: The number of the block of the next call.
        self.block = 1
        self._grants = frozenset(grants)
        self._settings = dict(settings or {})
        self._secrets = dict(secrets or {})
        self._outside = outside
        #: Databases outside, by grant: each gives a connection for an address. Its methods are those of the connections of
        #: `adyton.postgres` and `adyton.redis`, with plain values; a query gives columns and rows. What they raise of
        #: these modules' errors is the database's failure.
        self._databases = testing_databases.Databases(dict(databases or {}))
        self._caller = env.Caller("anonymous")
        self._writes: Dict[bytes, bytes] = {}
        self._ends: Dict[bytes, int] = {}
        self._entries: testing_schedule.Entries = {}
        self._report: Optional[bytes] = None
        self._beginning = testing_streams.Beginning()
        self._incoming = testing_streams.Incoming()

    def call(
        self,
        program: service.Program,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Iterable[Tuple[str, str]] = (),
        caller: Optional[env.Caller] = None,
    ) -> Response:
        """Calls the contract. Raises, as one of `adyton.errors`, the error that the caller would see."""
        fields = [_types.Field(name, value) for name, value in headers]
        request = _service.Request(method, path, fields, body)
        answer = self._commit(caller or env.Caller("anonymous"), lambda: service.answer(program, request), True)
        status, fields = self._beginning.head or (answer.status, answer.headers)
        pairs = tuple((field.name, field.value) for field in fields)
        return Response(status, pairs, b"".join((*self.parts, answer.body)))

    def init(self, function: service.Init) -> None:
        """Runs the contract's `init`, such as `main.init`. Only a test that says so runs it: `call` does not. Raises, as
        one of `adyton.errors`, why it failed; then it has changed nothing."""
        self._commit(self._itself(), lambda: service.make_ready(function))

    def migrate(self, function: service.Migrate, from_version: int = 1, from_code: bytes = bytes(32)) -> None:
        """Runs the contract's `migrate`, such as `main.migrate`, on the state in `store`, as if the version of this
        number and with this hash of its code had left it. Raises as `init` does."""
        self._commit(self._itself(), lambda: service.make_ready(function, from_version, from_code))

    def _commit(self, caller: env.Caller, work: Callable[[], Any], answers: bool = False) -> Any:
        """Does `work` as a call of its own; what it wrote is there afterwards if it did not raise. `answers`: whether it
        has an answer to begin."""
        self._caller = caller
        self._beginning, self._incoming = testing_streams.Beginning(answers), testing_streams.Incoming()
        self.parts = self._beginning.parts
        for key in [key for key, end in self.ends.items() if end <= self.now_ms]:
            del self.ends[key]
            self.store.pop(key, None)
        self._writes, self._ends, self._report = dict(self.store), dict(self.ends), None
        self._entries = dict(self.schedule)
        self._database.begin()
        self._databases.begin()
        self.objects.begin(self.now_ms)
        bindings.serve(self)
        try:
            answer = work()
        except bindings.Err as error:
            self._database.end(False)
            self.objects.end(False)
            refused = errors.from_host(error.value)
        else:
            self._database.end(True)
            self.objects.end(True)
            self.store, self.ends, self.schedule = self._writes, self._ends, self._entries
            if self._report is not None:
                self.reports.append(self._report)
            return answer
        raise refused

    def _itself(self) -> env.Caller:
        return env.Caller("contract", _digest("contract"))

    def run_due(self, program: service.Program) -> List["Run"]:
        """Makes the runs of the contract's schedule that are due by `now_ms`, in the order of their times, and each at
        its time; at most 1000. A test moves the clock and then calls this."""
        now_ms, runs = self.now_ms, []
        while (due := testing_schedule.take_due(self.schedule, now_ms)) is not None:
            if len(runs) >= _MAX_RUNS:
                raise RuntimeError(f"more than {_MAX_RUNS} runs of the schedule are due")
            name, planned = due
            method, path, body = planned.request
            headers = [("adyton-schedule", name), ("adyton-schedule-due", str(planned.due_ms))]
            self.now_ms = planned.due_ms
            try:
                answer = self.call(program, method, path, body, headers, self._itself())
                runs.append(Run(name, planned.due_ms, answer, None))
            except errors.Error as error:
                runs.append(Run(name, planned.due_ms, None, error))
            finally:
                self.now_ms = now_ms
        return runs

    # What the interfaces answer.

    def env_get(self) -> Any:
        """`env.get`."""
        kind = getattr(_env, f"Principal_{self._caller.kind.capitalize()}")
        caller = kind(self._caller.id) if self._caller.id else kind()
        parts = (_digest(part) for part in ("network", "contract", "code"))
        return _env.Context(*parts, None, _system_random(16), caller, self.now_ms, self.block)

    def env_settings(self) -> Any:
        """`env.settings`."""
        return [_types.Field(name, value) for name, value in sorted(self._settings.items())]

    def env_gas_left(self) -> int:
        """`env.gas-left`: always the same."""
        return 1_000_000_000

    def log_write(self, level: Any, message: str) -> None:
        """`log.write`; without the grant, nothing is kept."""
        if "log" in self._grants:
            self.lines.append((level.name.lower(), message))

    def kv_get(self, key: bytes) -> Optional[bytes]:
        """`kv.get`."""
        self._granted("kv")
        return self._writes.get(_key(key))

    def kv_get_many(self, keys: List[bytes]) -> List[Optional[bytes]]:
        """`kv.get-many`."""
        if len(keys) > 100:
            raise _err("Invalid", f"{len(keys)} keys at once")
        values = [self.kv_get(key) for key in keys]
        if sum(len(value or b"") for value in values) > _MAX_VALUE:
            raise _err("Limit", f"values read at once have at most {_MAX_VALUE} bytes together")
        return values

    def kv_set(self, key: bytes, value: bytes) -> None:
        """`kv.set`."""
        self._granted("kv")
        if len(value) > _MAX_VALUE:
            raise _err("Invalid", f"a value of {len(value)} bytes")
        self._writes[_key(key)] = value
        self._ends.pop(key, None)

    def kv_set_until(self, key: bytes, value: bytes, ends_ms: int) -> None:
        """`kv.set-until`."""
        if ends_ms <= self.now_ms:
            raise _err("Invalid", f"an end at {ends_ms}")
        self.kv_set(key, value)
        self._ends[key] = ends_ms

    def kv_swap(self, key: bytes, expected: Optional[bytes], value: bytes) -> None:
        """`kv.swap`."""
        if self.kv_get(key) != expected:
            raise _err("Conflict")
        self.kv_set(key, value)

    def kv_delete(self, key: bytes) -> None:
        """`kv.delete`."""
        self._granted("kv")
        self._writes.pop(_key(key), None)
        self._ends.pop(key, None)

    def kv_write(self, operations: List[Any]) -> None:
        """`kv.write`: all of them, or none."""
        self._granted("kv")
        if len(operations) > 1000:
            raise _err("Invalid", f"{len(operations)} operations at once")
        before = dict(self._writes), dict(self._ends)
        try:
            for operation in operations:
                self._operate(operation.value, type(operation).__name__)
        except bindings.Err:
            self._writes, self._ends = before
            raise

    def _operate(self, given: Any, name: str) -> None:
        if name == "Operation_Delete":
            self.kv_delete(given)
        elif name == "Operation_Swap":
            self.kv_swap(given.key, given.expected, given.value)
        elif name == "Operation_SetUntil":
            self.kv_set_until(given.key, given.value, given.ends_ms)
        else:
            self.kv_set(given.key, given.value)

    def kv_scan(self, prefix: bytes, after: Optional[bytes], limit: int) -> Any:
        """`kv.scan`."""
        return self._page(prefix, after, limit, sorted(key for key in self._writes if after is None or key > after))

    def kv_scan_back(self, prefix: bytes, before: Optional[bytes], limit: int) -> Any:
        """`kv.scan-back`."""
        keys = (key for key in self._writes if before is None or key < before)
        return self._page(prefix, before, limit, sorted(keys, reverse=True))

    def _page(self, prefix: bytes, reached: Optional[bytes], limit: int, behind: List[bytes]) -> Any:
        self._granted("kv")
        if not 1 <= limit <= 1000 or max(len(prefix), len(reached or b"")) > _MAX_KEY:
            raise _err("Invalid", f"a scan of {limit} entries")
        keys = [key for key in behind if key.startswith(prefix)]
        taken, size = 0, 0
        while taken < min(limit, len(keys)) and size < _MAX_VALUE:
            size += len(keys[taken]) + len(self._writes[keys[taken]])
            taken += 1
        entries = [_kv.Entry(key, self._writes[key]) for key in keys[:taken]]
        return _kv.Page(entries, keys[taken - 1] if taken < len(keys) else None)

    def http_send(self, request: Any) -> Any:
        """`http.send`: what `outside` answers."""
        status, headers, parts, certificate = self._asked(request)
        return _http.Response(status, headers, self._refusing(b"".join, parts), certificate)

    def http_open(self, request: Any) -> Any:
        """`http.open`: what `outside` answers, part by part."""
        self._granted("http")
        self._refusing(self._incoming.check)
        status, headers, parts, certificate = self._asked(request)
        return _http.StreamHead(self._incoming.open(parts), status, headers, certificate)

    def http_read(self, handle: int, most: int) -> Optional[bytes]:
        """`http.read`."""
        self._granted("http")
        part: Optional[bytes] = self._refusing(self._incoming.read, handle, most)
        return part

    def http_close(self, handle: int) -> None:
        """`http.close`."""
        self._granted("http")
        self._incoming.close(handle)

    def _asked(self, request: Any) -> Tuple[int, List[Any], Iterator[bytes], Optional[bytes]]:
        """Sends a request. Status, fields, content in parts and certificate of what `outside` answers."""
        self._granted("http")
        sent = _sent(request)
        self.requests.append(sent)
        if self._outside is None:
            raise _err("Denied", f"no rule covers {sent.url}: the test's host has no 'outside'")
        answer = self._refusing(self._outside, sent)
        headers = [_types.Field(name, value) for name, value in answer.headers]
        if isinstance(answer, Parts):
            return answer.status, headers, iter(answer.parts), None
        return answer.status, headers, iter((answer.body,)), answer.tls_peer_sha256

    def _refusing(self, work: Callable[..., Any], *given: Any) -> Any:
        """What `work` gives. What it refuses, or the test raises, is the interface's error."""
        refused: Exception
        try:
            return work(*given)
        except errors.Error as error:
            refused = bindings.Err(errors.to_host(error))
        except (testing_streams.Refused, testing_objects.Refused) as error:
            refused = _err(*error.args)
        raise refused

    def http_send_all(self, requests: List[Any]) -> List[Any]:
        """`http.send-all`: one after the other."""
        if len(requests) > 16:
            return [_err("Invalid", "more than 16 requests") for _ in requests]
        return [self._one(request) for request in requests]

    def secrets_get(self, name: str) -> bytes:
        """`secrets.get`."""
        if not self._has_secret(name):
            raise _err("NotFound")
        return self._secrets[name]

    def secrets_version(self, name: str) -> Optional[int]:
        """`secrets.version`: 1 of each."""
        return 1 if self._has_secret(name) else None

    def _has_secret(self, name: str) -> bool:
        self._granted("secrets")
        if not 1 <= len(name.encode("utf-8")) <= 64:
            raise _err("Invalid", "the name of a secret has 1 to 64 bytes")
        return name in self._secrets

    def random_bytes(self, length: int) -> bytes:
        """`random.bytes`: not the same twice, so a test must not depend on them."""
        self._granted("random")
        if length > 65536:
            raise _err("Invalid", f"{length} random bytes")
        return _system_random(length)

    def random_seeded(self, seed: bytes, length: int) -> bytes:
        """`random.seeded`: what anybody could compute."""
        self._granted("random")
        if length > 8160 or len(seed) > 1024:
            raise _err("Invalid", f"{length} bytes of a seed of {len(seed)}")
        return _stream(b"seeded", seed, length)

    def crypto_public_key(self, scheme: Any, name: str) -> bytes:
        """`crypto.public-key`: of secp256k1 a real one that everybody knows; of the others of the right length, but
        nobody's key."""
        self._named(name)
        if scheme.name == "SECP256K1":
            return testing_secp256k1.public_key(_secp256k1_secret(name))
        key = _digest(f"{scheme.name} {name}")
        return b"\x02" + key if scheme.name in _ECDSA else key

    def crypto_sign(self, scheme: Any, name: str, message: bytes) -> bytes:
        """`crypto.sign`: a real signature under secp256k1; under the others a pretended one, which anybody could make
        and only `crypto.verify` here accepts."""
        key = self.crypto_public_key(scheme, name)
        if scheme.name in _ECDSA and len(message) != 32:
            raise _err("Invalid", f"{scheme.name.lower()} signs a digest of 32 bytes")
        if scheme.name == "SECP256K1":
            return testing_secp256k1.sign(_secp256k1_secret(name), message)
        return _pretended(key, message)

    def crypto_verify(self, scheme: Any, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """`crypto.verify`, of what `crypto.sign` here gives."""
        self._granted("crypto")
        if scheme.name == "SECP256K1":
            return testing_secp256k1.verify(public_key, message, signature)
        return hmac.compare_digest(_pretended(public_key, message), signature)

    def crypto_encryption_key(self, name: str) -> bytes:
        """`crypto.encryption-key`: of the right length, but nobody's key; only `seal` here seals to it."""
        self._named(name)
        return _digest(f"encryption {name}")

    def crypto_decrypt(self, name: str, info: bytes, associated_data: bytes, sealed: bytes) -> bytes:
        """`crypto.decrypt`, of what `seal` here gives."""
        key = self.crypto_encryption_key(name)
        content = sealed[32:-16]
        if len(sealed) < 48 or seal(key, content, info, associated_data) != sealed:
            raise _err("Invalid", "this does not open with this key, info and associated data")
        return content

    def crypto_derive(self, name: str, context: bytes, length: int) -> bytes:
        """`crypto.derive`: what anybody could compute."""
        self._named(name)
        if len(context) > 1024:
            raise _err("Invalid", f"a context of {len(context)} bytes; at most 1024")
        if not 1 <= length <= 64:
            raise _err("Invalid", f"a derived secret of {length} bytes; it must have 1 to 64")
        return _stream(f"derived {length} {name}".encode("utf-8"), context, length)

    def chain_block(self) -> Any:
        """`chain.block`."""
        self._granted("chain")
        return _chain.FinalizedBlock(self.block, _digest(f"block {self.block}"), self.now_ms)

    def chain_storage(self, keys: List[bytes]) -> List[Optional[bytes]]:
        """`chain.storage`."""
        self._granted("chain")
        if len(keys) > _MAX_STORAGE_KEYS:
            raise _err("Invalid", f"{len(keys)} storage keys at once")
        for key in keys:
            if not 1 <= len(key) <= _MAX_STORAGE_KEY:
                raise _err("Invalid", f"a storage key of {len(key)} bytes")
        values = [self.chain.get(key) for key in keys]
        lengths = [len(value) for value in values if value is not None]
        if max(lengths, default=0) > _MAX_STORAGE_VALUE or sum(lengths) > _MAX_STORAGE_VALUES:
            raise _err("Limit", f"values of {sum(lengths)} bytes")
        return values

    def contracts_call(self, contract: bytes, request: Any, fuel_limit: Optional[int]) -> Any:
        """`contracts.call`: `contracts` answers, by identifier; what is not there is elsewhere."""
        self._granted("contracts")
        if testing_path.is_reserved(request.path):
            raise bindings.Err(_contracts.Refusal_Invalid("a path that is the worker's"))
        answer = self.contracts.get(bytes(contract))
        if answer is None:
            raise bindings.Err(_contracts.Refusal_Elsewhere())
        status, body = answer(request.method, request.path, bytes(request.body))
        return _contracts.Response(status, [], body)

    def chain_report(self, call: bytes) -> None:
        """`chain.report`."""
        self._granted("chain")
        if not 1 <= len(call) <= 4096:
            raise _err("Invalid", f"a call of {len(call)} bytes")
        if self._report is not None:
            raise _err("Limit", "one report per call")
        self._report = call

    def sql_query(self, text: str, parameters: List[Any]) -> Any:
        """`sql.query`."""
        columns, rows = self._in_database(self._database.query, text, _plain(parameters))
        return _sql.Rows(columns, [[_sql_value(value) for value in row] for row in rows])

    def sql_execute(self, text: str, parameters: List[Any]) -> Any:
        """`sql.execute`."""
        return _sql.Done(*self._in_database(self._database.all, [(text, _plain(parameters))], False)[0])

    def sql_batch(self, statements: List[Any]) -> List[Any]:
        """`sql.batch`."""
        pairs = [(statement.text, _plain(statement.parameters)) for statement in statements]
        return [_sql.Done(*done) for done in self._in_database(self._database.all, pairs, True)]

    def _in_database(self, work: Callable[..., Any], *given: Any) -> Any:
        self._granted("sql")
        try:
            return work(*given)
        except testing_sql.Failed as failed:
            case, text = failed.args
        raise bindings.Err(getattr(_sql, f"Failure_{case}")(text))

    def database(self, kind: str, address: str) -> Any:
        """A connection to a database outside."""
        return self._databases.open(kind, address)

    def database_closed(self) -> None:
        """One is closed."""
        self._databases.closed()

    def reply_begin(self, status: int, headers: List[Any]) -> None:
        """`reply.begin`."""
        self._granted("reply")
        self._refusing(self._beginning.begin, status, headers)

    def reply_write(self, content: bytes) -> None:
        """`reply.write`."""
        self._granted("reply")
        self._refusing(self._beginning.write, content)

    def objects_create(self, name: str, content_type: Optional[str]) -> int:
        """`objects.create`."""
        handle: int = self._in_objects("create", name, content_type)
        return handle

    def objects_append(self, handle: int, content: bytes) -> int:
        """`objects.append`."""
        size: int = self._in_objects("append", handle, content)
        return size

    def objects_finish(self, handle: int) -> None:
        """`objects.finish`."""
        self._in_objects("finish", handle)

    def objects_discard(self, handle: int) -> None:
        """`objects.discard`."""
        self._in_objects("discard", handle)

    def objects_remove(self, name: str) -> None:
        """`objects.remove`."""
        self._in_objects("remove", name)

    def objects_stat(self, name: str) -> Any:
        """`objects.stat`."""
        found = self._in_objects("stat", name)
        return None if found is None else _info(found)

    def objects_read(self, name: str, offset: int, length: int) -> bytes:
        """`objects.read`."""
        content: bytes = self._in_objects("read", name, offset, length)
        return content

    def objects_finished(self, prefix: str, after: Optional[str], limit: int) -> List[Any]:
        """`objects.finished`."""
        return [_info(found) for found in self._in_objects("list_finished", prefix, after, limit)]

    def objects_unfinished(self, after: Optional[int], limit: int) -> List[Any]:
        """`objects.unfinished`."""
        return [_info(found) for found in self._in_objects("list_unfinished", after, limit)]

    def _in_objects(self, name: str, *given: Any) -> Any:
        self._granted("objects")
        return self._refusing(getattr(self.objects, name), *given)

    def schedule_at(self, name: str, due_ms: int, request: Any) -> None:
        """`schedule.at`."""
        self._scheduled(testing_schedule.at, self.now_ms, name, due_ms, request)

    def schedule_cron(self, name: str, expression: str, request: Any) -> int:
        """`schedule.cron`."""
        due_ms: int = self._scheduled(testing_schedule.cron, self.now_ms, name, expression, request)
        return due_ms

    def schedule_cancel(self, name: str) -> None:
        """`schedule.cancel`."""
        self._scheduled(testing_schedule.cancel, name)

    def schedule_entries(self) -> List[Any]:
        """`schedule.entries`."""
        self._granted("schedule")
        return [_schedule.Entry(name, one.due_ms, one.cron) for name, one in sorted(self._entries.items())]

    def _scheduled(self, change: Callable[..., Any], *given: Any) -> Any:
        self._granted("schedule")
        try:
            return change(self._entries, *given)
        except testing_schedule.Refused as refused:
            case, text = refused.args
        raise _err(case, text)

    def _granted(self, name: str) -> None:
        if name not in self._grants:
            raise _err("Denied", str(errors.NotGranted(name)))

    def _named(self, name: str) -> None:
        self._granted("crypto")
        if not 1 <= len(name.encode("utf-8")) <= 64:
            raise _err("Invalid", "the name of a key has 1 to 64 bytes")

    def _one(self, request: Any) -> Any:
        try:
            return bindings.Ok(self.http_send(request))
        except bindings.Err as error:
            return error


@dataclass(frozen=True)
class Run:
    """A run of the contract's schedule."""

    #: The entry's name.
    name: str
    #: When it was due, which is the time that the contract saw.
    due_ms: int
    #: What the contract answered; none if it raised.
    answer: Optional[Response]
    #: What it raised; none if it answered.
    error: Optional[errors.Error]


def seal(public_key: bytes, content: bytes, info: bytes = b"", associated_data: bytes = b"") -> bytes:
    """Seals to a key that the contract has of `crypto.encryption_key` on a `Host`. It has the form of what is sealed in
    earnest, and hides nothing: whoever seals to a contract on the network takes a library for HPKE."""
    sizes = b"".join(len(part).to_bytes(8, "little") for part in (info, associated_data))
    tag = hmac.new(public_key, sizes + info + associated_data + content, "sha512").digest()
    return tag[:32] + content + tag[32:48]


#: The schemes over a digest, whose public keys are compressed points.
_ECDSA = ("SECP256K1", "P256")
_types, _env, _kv, _http, _service = map(bindings.module, ("types", "env", "kv", "http", "service"))
_chain, _schedule = bindings.module("chain"), bindings.module("schedule")
_sql, _objects = bindings.module("sql"), bindings.module("objects")
_contracts = bindings.module("contracts")
# The host's own, and not what the prelude has put in its place.
_system_random = chance._urandom


def _info(found: testing_objects.Object) -> Any:
    return _objects.Info(found.handle, found.name, found.content_type, found.size, found.at_ms)


def _err(case: str, *text: str) -> Exception:
    return bindings.Err(getattr(_types, f"Error_{case}")(*text))


def _plain(parameters: List[Any]) -> List[Any]:
    """Values of the bindings as Python has them."""
    return [getattr(value, "value", None) for value in parameters]


def _sql_value(value: Any) -> Any:
    """A value of Python as the bindings have it."""
    if value is None:
        return _sql.Value_Null()
    case = {int: "Integer", float: "Real", str: "Text"}.get(type(value), "Blob")
    return getattr(_sql, f"Value_{case}")(value)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


def _key(key: bytes) -> bytes:
    if not 1 <= len(key) <= _MAX_KEY:
        raise _err("Invalid", f"a key of {len(key)} bytes")
    return key


def _pretended(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha512").digest()


def _secp256k1_secret(name: str) -> bytes:
    return _digest(f"secp256k1 {name}")


def _stream(what: bytes, seed: bytes, length: int) -> bytes:
    key = hmac.new(what, seed, "sha256").digest()
    blocks = (hmac.new(key, number.to_bytes(4, "little"), "sha256").digest() for number in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def _sent(request: Any) -> http.Request:
    secret = [http.SecretHeader(one.name, one.secret, one.prefix) for one in request.secret_headers]
    headers = tuple((field.name, field.value) for field in request.headers)
    return http.Request(request.method, request.url, headers, secret, request.body, request.timeout_ms)
