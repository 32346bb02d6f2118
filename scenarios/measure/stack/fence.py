"""A limit on memory that the kernel enforces on the application's processes, and on nobody else's."""

from __future__ import annotations

from scenarios.errors import StackError


def why_not() -> str | None:
    """Return why no limit can be enforced here, None if one can."""
    return "not tried yet"


class Fence:
    """A memory limit for the processes put inside, as a context manager. Raises StackError where it cannot be enforced."""

    def __init__(self, limit_mb: int):
        self.limit_mb = limit_mb

    def __enter__(self) -> Fence:
        if why := why_not():
            raise StackError("a memory limit that the kernel enforces", why, "leave this experiment out")
        return self

    def __exit__(self, *_) -> None:
        pass

    def kills(self) -> int:
        """Return how many processes inside the kernel has killed for want of memory."""
        return 0
