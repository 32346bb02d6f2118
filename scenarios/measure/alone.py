"""One rebuild of a checkout at a time: the second is told so at once, and changes nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from scenarios.errors import WreckError


@contextlib.contextmanager
def alone_in(checkout: Path) -> Iterator[None]:
    """Hold ``checkout`` for one rebuild, trial or full: both build the same site, and each would slow the other's measurements.

    The lock is the kernel's, on the folder itself: it goes with this process, however that ends, and
    no file is left. Raises WreckError where another process holds it.
    """
    held = os.open(checkout, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WreckError(
                "this checkout to itself", "another rebuild or bench at work in it", "let it end, or stop it; nothing was changed"
            ) from None
        yield
    finally:
        os.close(held)
