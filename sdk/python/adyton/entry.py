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
_LIFECYCLE = service.lifecycle_of(main)


class Service(exports.Service):  # type: ignore[misc]
    """The export `service` of the world."""

    def handle(self, request):  # type: ignore[no-untyped-def]
        """Answers one request."""
        return service.answer(_PROGRAM, request)


# Whoever builds the component chooses its world by what stands at the top of `main.py`.
if hasattr(exports, "Lifecycle") != (_LIFECYCLE is not None):
    raise TypeError("init and migrate of main.py have to be functions, defined or imported by name at its top")

if _LIFECYCLE is not None:
    _INIT, _MIGRATE = _LIFECYCLE

    class Lifecycle(exports.Lifecycle):  # type: ignore[misc]
        """The export `lifecycle` of the world."""

        def init(self):  # type: ignore[no-untyped-def]
            """Makes the contract's state ready."""
            service.make_ready(_INIT)

        def migrate(self, from_version, from_code):  # type: ignore[no-untyped-def]
            """Takes over the state that other code left."""
            service.make_ready(_MIGRATE, from_version, from_code)


# What was made until here is never garbage. Frozen, a collection during a call does not touch it, so that its pages
# need not be copied for the call's instance.
gc.collect()
gc.freeze()
