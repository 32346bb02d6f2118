"""A new folder in an old one's place, so that no kill at any moment leaves neither.

Where the kernel can (Linux 3.15 and most file systems), both change places in one step: renameat2(2), RENAME_EXCHANGE.
Elsewhere the old one steps aside first; a kill just then leaves it there, and ``put_back`` finds it.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
"""What a kernel or file system answers that knows of no exchange."""


def swap(new: Path, place: Path, old: Path) -> None:
    """Put ``new`` in ``place``; what was there is then at ``old`` or ``new``, for the caller to remove. All on one file system.

    Raises OSError, ``place`` as it was.
    """
    if not place.exists():
        new.rename(place)
    elif not exchanged(new, place):
        place.rename(old)
        try:
            new.rename(place)
        except OSError:
            old.rename(place)
            raise


def put_back(old: Path, place: Path) -> None:
    """Put an old folder back that a kill left aside, its place empty."""
    if old.is_dir() and not place.exists():
        old.rename(place)


def exchanged(one: Path, other: Path) -> bool:
    """Let two paths change places in one step; return False where that is not to be had. Raises OSError for any other fault."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if not renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        return True
    fault = ctypes.get_errno()
    if fault in _CANNOT:
        return False
    raise OSError(fault, os.strerror(fault), str(one))
