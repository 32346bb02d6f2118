"""Proof that every arm gives the same answer: its data, asked of the running stack."""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.request
from collections.abc import Sequence

from scenarios.errors import StackError

TIMEOUT_S = 120


def sha256(url: str, paths: Sequence[str]) -> str:
    """Return the hash of the canonical answers to ``paths``, as data. Raises StackError for any that is not a 200."""
    digest = hashlib.sha256()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for path in paths:
        try:
            with opener.open(f"{url}{path}?format=json", timeout=TIMEOUT_S) as response:
                data = json.load(response)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise StackError(f"the data of {path}", str(fault), "see the run's gunicorn log") from fault
        digest.update(json.dumps([path, data], sort_keys=True, separators=(",", ":")).encode())
    return digest.hexdigest()
