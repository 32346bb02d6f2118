"""Proof that every arm gives the same answer: its data, asked of the running stack."""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from scenarios.errors import StackError

TIMEOUT_S = 120
AT_ONCE = 2


def sha256(url: str, paths: Sequence[str]) -> str:
    """Return the hash of the canonical answers to ``paths``, as data. Raises StackError for any that is not a 200.

    Nothing is timed here, so a few are asked at once.
    """
    digest = hashlib.sha256()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for path, data in zip(paths, pool.map(lambda path: _data(url, path), paths), strict=True):
            digest.update(json.dumps([path, data], sort_keys=True, separators=(",", ":")).encode())
    return digest.hexdigest()


def _data(url: str, path: str):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}{path}?format=json", timeout=TIMEOUT_S) as response:
            return json.load(response)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise StackError(f"the data of {path}", str(fault), "see the run's gunicorn log") from fault
