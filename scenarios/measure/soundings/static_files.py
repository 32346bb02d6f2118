"""The same file handed out by the application and by the web server in front of it, each asked in turn."""

from __future__ import annotations

import http.client
import random
import statistics
import time
from contextlib import ExitStack, closing
from pathlib import Path

from scenarios.claims import interval
from scenarios.errors import StackError
from scenarios.measure.soundings import static_application
from scenarios.measure.soundings.place import Begin, Size
from scenarios.measure.stack.binaries import lend
from scenarios.measure.stack.gunicorn import Gunicorn
from scenarios.measure.stack.nginx import Nginx
from scenarios.soundings import Sounding

FROM_NGINX = "/from-nginx"
FILE = "script.js"
REQUESTS = 40
"""Of a round, of each kind."""
TIMEOUT_S = 30
TITLES = {"flask": "A script through nginx, gunicorn and Flask", "nginx": "The same script from nginx alone"}


class NginxWithFiles(Nginx):
    """nginx that hands out the files of a folder itself, and passes everything else on."""

    def __init__(self, run_folder: Path, upstream: str, files: Path):
        super().__init__(run_folder, upstream)
        self.files = files

    def configuration(self, port: int) -> str:
        own = f'location {FROM_NGINX}/ {{ alias "{self.files}/"; }}\n        location / {{'
        return super().configuration(port).replace("location / {", own, 1)


def measured(content: bytes, folder: Path, size: Size, begin: Begin) -> dict[str, Sounding]:
    """Return ms a request by name, ``myth-static-flask`` and ``myth-static-nginx``. Raises StackError for a wrong answer."""
    begin("a file from Flask and from nginx")
    requests = 2 if size.is_quick else REQUESTS
    files = lend(folder / "files")
    (files / FILE).write_bytes(content)
    with ExitStack() as standing:
        environment = {static_application.FOLDER: str(files)}
        gunicorn = standing.enter_context(Gunicorn(folder, environment, workers=1, app=f"{static_application.__name__}:build()"))
        nginx = standing.enter_context(NginxWithFiles(folder, gunicorn.address, files))
        connection = standing.enter_context(closing(http.client.HTTPConnection(nginx.address, timeout=TIMEOUT_S)))
        rounds = [_round(connection, content, requests, random.Random(number)) for number in range(size.rounds + 1)]
    how = (
        f"A script of {len(content):,} bytes over one connection that is kept, on loopback: a round is the median of "
        f"{requests} requests, those of both kinds in turn; the first round is left out."
    )
    return {
        f"myth-static-{kind}": Sounding(title=title, unit="ms", measured=interval([each[kind] for each in rounds[1:]]), how=how)
        for kind, title in TITLES.items()
    }


def _round(connection: http.client.HTTPConnection, content: bytes, requests: int, draw: random.Random) -> dict[str, float]:
    prefixes = {"flask": static_application.PREFIX, "nginx": FROM_NGINX}
    took_ms: dict[str, list[float]] = {kind: [] for kind in prefixes}
    for _ in range(requests):
        for kind in draw.sample(sorted(prefixes), len(prefixes)):
            took_ms[kind].append(_asked(connection, f"{prefixes[kind]}/{FILE}", content))
    return {kind: statistics.median(times) for kind, times in took_ms.items()}


def _asked(connection: http.client.HTTPConnection, path: str, content: bytes) -> float:
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    took_ms = (time.perf_counter() - began) * 1e3
    if answer.status != 200 or body != content:
        raise StackError(f"the file at {path}", f"status {answer.status}, {len(body):,} bytes", "its server's log says why")
    return took_ms
