"""nginx's own account of each request, from its JSON access log."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scenarios.measure.probes.lines import json_objects


@dataclass(frozen=True)
class Access:
    id: str
    ended_at_s: float
    request_time_s: float
    status: int
    upstream_status: str


def read(path: Path, offset: int = 0) -> Iterator[Access]:
    """Yield the accesses logged after byte ``offset``; lines that are not such are passed over.

    A request may have passed several upstreams, or none: nginx then writes ``-`` or a list.
    """
    for entry in json_objects(path, offset):
        try:
            access = Access(
                id=str(entry["id"]),
                ended_at_s=float(entry["msec"]),
                request_time_s=float(entry["request_time"]),
                status=int(entry["status"]),
                upstream_status=str(entry.get("upstream_status", "")),
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
        if math.isfinite(access.ended_at_s) and math.isfinite(access.request_time_s):
            yield access
