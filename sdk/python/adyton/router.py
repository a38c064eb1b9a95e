"""Which function answers which request."""

from __future__ import annotations

from typing import Callable, Dict, List, Optional, Tuple
from urllib.parse import unquote

from adyton.errors import Invalid
from adyton.message import Request, Response

#: A function that answers a request. It also gets the parts of the path that its pattern names.
Handler = Callable[..., Response]


class Router:
    """Answers each request by the function that was given for its method and path, and everything else with 404.

    A pattern is a path; a part in braces stands for any one part that is not empty, and is handed over under its
    name, decoded::

        service = Router()

        @service.get("/accounts/{name}")
        def account(request, name): ...

    A path without braces goes before one with them; among those with braces, the one that was given first.
    """

    def __init__(self) -> None:
        self._plain: Dict[Tuple[str, str], Handler] = {}
        self._patterns: List[Tuple[str, List[str], Handler]] = []

    def route(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        """The function below answers requests of this method and path. `ValueError` for a malformed pattern, or
        one that another function has."""
        parts = pattern.split("/")
        names = [name for name in map(_name, parts) if name is not None]
        if not pattern.startswith("/") or "?" in pattern:
            raise ValueError(f"'{pattern}' is no path: it begins with / and has no query")
        if len(set(names)) != len(names) or "request" in names or not all(name.isidentifier() for name in names):
            raise ValueError(f"'{pattern}': names in braces are those of arguments, each once, and not 'request'")
        if self._has(method, parts):
            raise ValueError(f"{method} {pattern} has a function already")

        def add(handler: Handler) -> Handler:
            if names:
                self._patterns.append((method, parts, handler))
            else:
                self._plain[method, pattern] = handler
            return handler

        return add

    def get(self, pattern: str) -> Callable[[Handler], Handler]:
        """`route` for GET."""
        return self.route("GET", pattern)

    def post(self, pattern: str) -> Callable[[Handler], Handler]:
        """`route` for POST."""
        return self.route("POST", pattern)

    def put(self, pattern: str) -> Callable[[Handler], Handler]:
        """`route` for PUT."""
        return self.route("PUT", pattern)

    def delete(self, pattern: str) -> Callable[[Handler], Handler]:
        """`route` for DELETE."""
        return self.route("DELETE", pattern)

    def __call__(self, request: Request) -> Response:
        """Answers a request."""
        handler = self._plain.get((request.method, request.route))
        if handler is not None:
            return handler(request)
        parts = request.route.split("/")
        for method, pattern, named in self._patterns:
            if method == request.method and _matches(pattern, parts):
                return named(request, **_values(pattern, parts))
        return Response.not_found()

    def _has(self, method: str, parts: List[str]) -> bool:
        """Whether a function answers exactly what this pattern stands for."""
        shape = [part if _name(part) is None else None for part in parts]
        others = [(one, pattern) for one, pattern, _ in self._patterns]
        others += [(one, path.split("/")) for one, path in self._plain]
        return any(
            one == method and shape == [part if _name(part) is None else None for part in pattern]
            for one, pattern in others
        )


def _name(part: str) -> Optional[str]:
    """The name in braces, if the part is one."""
    return part[1:-1] if part.startswith("{") and part.endswith("}") else None


def _matches(pattern: List[str], parts: List[str]) -> bool:
    if len(pattern) != len(parts):
        return False
    return all(part != "" if _name(wanted) is not None else part == wanted for wanted, part in zip(pattern, parts))


def _values(pattern: List[str], parts: List[str]) -> Dict[str, str]:
    """The named parts of a path, decoded. `errors.Invalid` if one of them is no text."""
    try:
        return {
            name: unquote(part, errors="strict") for name, part in zip(map(_name, pattern), parts) if name is not None
        }
    except UnicodeDecodeError:
        raise Invalid("the path is not UTF-8") from None
