"""A web server for a built site, on loopback, under a base path of its choosing."""

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

BASE = "/some/base/"
"""Not the root, since a project's site seldom is."""


class Handler(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        if not path.startswith(BASE):
            return str(Path(self.directory) / "no-such-file-outside-the-base")
        return super().translate_path(path[len(BASE) - 1 :])

    def log_message(self, *args) -> None:
        """Say nothing: the tests' output is theirs."""


@contextlib.contextmanager
def served(folder: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """Yield the address of ``folder`` on a server that lives as long as the block."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{BASE}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
