"""Outgoing HTTP requests, only to the destinations in the manifest. Needs the grant `http`.

    from adyton import http

    answer = http.get("https://api.example.org/price", headers={"accept": "application/json"})
    price = answer.success().json()["price"]

`open` reads an answer as it comes:

    with http.open(http.Request("GET", "https://api.example.org/long")) as answer:
        for part in answer:
            ...

Redirects are not followed: the contract gets them as they are. Each request that left the worker is in the receipt. Of
an answer that was not read to its end the digest there is over what was read, and is told from that of a whole one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple, Type, Union

from adyton import host
from adyton.errors import Error, Invalid, Unavailable, from_host
from adyton.message import Headers, first, from_json, to_json

_http = host.interface("http")
_types = host.interface("types")

#: Header fields as a mapping, or as pairs where a name comes more than once. Names are in lower case.
Fields = Union[Mapping[str, str], Sequence[Tuple[str, str]]]


@dataclass(frozen=True)
class SecretHeader:
    """A header field that the worker fills with one of the contract's secrets, which the contract need not be able to
    read. Over HTTPS only."""

    #: The field's name, in lower case.
    name: str
    #: The secret's name.
    secret: str
    #: Text before the secret, such as `Bearer `.
    prefix: str = ""


@dataclass(frozen=True)
class Request:
    """An outgoing request."""

    #: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`.
    method: str
    #: An absolute `https:` or `http:` URL with an ASCII host, without user information and fragment, at most 8192
    #: bytes.
    url: str
    #: At most 64 header fields, 16384 bytes in all, `secret_headers` included.
    headers: Fields = ()
    #: Header fields to be filled with secrets.
    secret_headers: Sequence[SecretHeader] = ()
    #: The content, at most `limits.egress_bytes` bytes.
    body: bytes = b""
    #: Milliseconds for the whole exchange; none, or more than `limits.egress_ms`: `limits.egress_ms`.
    timeout_ms: Optional[int] = None


@dataclass(frozen=True)
class Response:
    """The answer."""

    #: The status code.
    status: int
    #: At most 100 header fields, 32768 bytes in all; names are in lower case.
    headers: Headers
    #: The content, at most `limits.egress_bytes` bytes; not decompressed.
    body: bytes
    #: SHA-256 of the other side's TLS certificate (DER), 32 bytes; none over plain HTTP.
    tls_peer_sha256: Optional[bytes]

    def success(self) -> "Response":
        """The answer itself if its status is 200 to 299; otherwise raises `errors.Unavailable`."""
        if 200 <= self.status <= 299:
            return self
        raise Unavailable(f"answered with status {self.status}")

    def header(self, name: str) -> Optional[str]:
        """The first value of a header field, or none; `name` is in lower case."""
        return first(self.headers, name)

    def text(self) -> str:
        """The content as text. `errors.Invalid` if it is no UTF-8."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Invalid(f"the answer is not text: {error}") from None

    def json(self) -> Any:
        """The content, read as JSON. `errors.Invalid` if it is none."""
        return from_json(self.body)


class Incoming:
    """The beginning of an answer whose content is read as it comes. Going over it gives the content in parts of at most
    65536 bytes; a `with` block closes it at its end."""

    def __init__(self, head: Any) -> None:
        #: The status code.
        self.status: int = head.status
        #: At most 100 header fields, 32768 bytes in all; names are in lower case.
        self.headers: Headers = tuple((field.name, field.value) for field in head.headers)
        #: SHA-256 of the other side's TLS certificate (DER), 32 bytes; none over plain HTTP.
        self.tls_peer_sha256: Optional[bytes] = head.tls_peer_sha256
        self._handle = head.handle

    def header(self, name: str) -> Optional[str]:
        """The first value of a header field, or none; `name` is in lower case."""
        return first(self.headers, name)

    def read(self, most: int = 65536) -> Optional[bytes]:
        """The next bytes of the content, 1 to `most` of them, as soon as there are any; none at its end. After its end
        and after an error the answer is closed. Costs 5000 fuel and 10 per byte.

        Raises `errors.NotFound` if it is not open; `errors.Invalid` unless `most` is 1 to 1048576; `errors.Limit` where
        the content has more than `limits.egress_bytes` bytes; `errors.Timeout`; `errors.Unavailable` if it breaks off.
        """
        part: Optional[bytes] = host.ask(_http.read, self._handle, host.u32(most, "the length"))
        return part

    def close(self) -> None:
        """Closes the answer before its end; nothing is wrong if it is not open. So does the call's end. Costs 1000
        fuel."""
        host.ask(_http.close, self._handle)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            part = self.read()
            if part is None:
                return
            yield part

    def __enter__(self) -> "Incoming":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        places: Optional[TracebackType],
    ) -> None:
        self.close()


def get(url: str, **options: Any) -> Response:
    """Sends a GET request. `options` are the other fields of `Request`; see `send`."""
    return send(Request("GET", url, **options))


def post(url: str, body: bytes = b"", **options: Any) -> Response:
    """Sends a POST request with content. `options` are the other fields of `Request`; see `send`."""
    return send(Request("POST", url, body=body, **options))


def post_json(url: str, value: Any, headers: Fields = (), **options: Any) -> Response:
    """Sends a POST request with `value` as JSON. `options` are the other fields of `Request`; see `send`."""
    fields = (*_pairs(headers), ("content-type", "application/json"))
    return send(Request("POST", url, fields, body=to_json(value), **options))


def send(request: Request) -> Response:
    """Sends a request and waits for the whole answer, of whatever status. Costs 800000 fuel and 10 per byte of URL,
    header fields and content, of request and answer.

    Raises `errors.Denied` if no rule of the manifest covers the URL, or an address of the host is not public, or a
    secret would leave unencrypted; `errors.Limit` beyond `limits.egress_requests` or `limits.egress_bytes`;
    `errors.Timeout`; `errors.Invalid` for a malformed request; `errors.NotFound` for a secret that is not set;
    `errors.Unavailable` if the host has no address, does not answer, has a bad certificate, or breaks HTTP/1.1.
    """
    return _response(host.ask(_http.send, _request(request)))


def send_all(requests: Sequence[Request]) -> List[Union[Response, Error]]:
    """Sends up to 16 requests at once and waits for all. In their order, each one's answer or, not raised, its error.
    Costs what `send` does for each."""
    answers = host.ask(_http.send_all, [_request(request) for request in requests])
    return [
        from_host(answer.value) if isinstance(answer, host.err()) else _response(answer.value) for answer in answers
    ]


def open(request: Request) -> Incoming:
    """Sends a request and waits for the beginning of its answer. The content is read within the same time: that of
    `timeout_ms` counts from here to its end. At most 8 answers are open at once. Costs 800000 fuel and 10 per byte of
    URL, header fields and content of the request, and of the answer's header fields.

    Raises what `send` raises, and `errors.Limit` for one answer too many.
    """
    return Incoming(host.ask(_http.open, _request(request)))


def _pairs(fields: Fields) -> Sequence[Tuple[str, str]]:
    return tuple(fields.items()) if isinstance(fields, Mapping) else tuple(fields)


def _request(request: Request) -> Any:
    """The bindings' record. `errors.Invalid` for what the interface cannot carry."""
    timeout = None if request.timeout_ms is None else host.u32(request.timeout_ms, "the timeout")
    return _http.Request(
        method=host.text(request.method),
        url=host.text(request.url),
        headers=[_types.Field(host.text(name), host.text(value)) for name, value in _pairs(request.headers)],
        secret_headers=[
            _http.SecretField(host.text(one.name), host.text(one.prefix), host.text(one.secret))
            for one in request.secret_headers
        ],
        body=host.data(request.body),
        timeout_ms=timeout,
    )


def _response(answer: Any) -> Response:
    headers = tuple((field.name, field.value) for field in answer.headers)
    return Response(answer.status, headers, answer.body, answer.tls_peer_sha256)
