"""What componentize-py makes a component of: the prelude first, then the contract's `main.py`."""

import gc

from adyton import host, prelude

host.build()
prelude.install()

import main  # type: ignore[import-not-found]  # noqa: E402
from wit_world import exports  # type: ignore[import-not-found]  # noqa: E402

from adyton import service  # noqa: E402

host.prepare()
_PROGRAM = service.program_of(main)


class Service(exports.Service):  # type: ignore[misc]
    """The export `service` of the world."""

    def handle(self, request):  # type: ignore[no-untyped-def]
        """Answers one request."""
        return service.answer(_PROGRAM, request)


# What was made until here is never garbage. Frozen, a collection during a call does not touch it, so that its pages
# need not be copied for the call's instance.
gc.collect()
gc.freeze()
