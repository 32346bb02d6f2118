"""Where the publishing side keeps what is dear to get again: the lab's Postgres, what notebooks came to."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APPLICATION = "diving-into-the-wreck"


def cache_folder(name: str) -> Path:
    """Return the folder called ``name``, not made yet: in ``DIVING_CACHE`` if that is set, else in the user's own cache."""
    chosen = os.environ.get("DIVING_CACHE")
    return (Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_cache_dir(APPLICATION))) / name
