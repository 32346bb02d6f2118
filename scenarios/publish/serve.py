"""A server for the built site, on loopback, for reading it here and for writing it.

While it watches, pages are sent with one script more, which loads them anew once the site is another. It is of this origin,
as the pages' own policy demands, and part of no site: only what is sent from here has it.
"""

from __future__ import annotations

import gzip
import mimetypes
import sys
import threading
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from scenarios.errors import StackError, WreckError
from scenarios.publish.built import freshness
from scenarios.publish.watching import EVERY_S, Watch

HOST = "127.0.0.1"
RELOADER = "/-/reload.js"
"""Where no page of a site can be."""
_TAG = f'<script src="{RELOADER}" defer></script>'.encode()
_SCRIPT = f"""(() => {{
  "use strict";
  if (window.wreckReload) return; // instant navigation may bring it again
  window.wreckReload = true;
  let shown;
  setInterval(async () => {{
    try {{
      const answer = await fetch("/{freshness.NAME}", {{ cache: "no-store" }});
      const {{ key }} = await answer.json();
      if (shown && shown !== key) location.reload();
      shown = key;
    }} catch {{ /* the server has ended, or a site is taking another's place */ }}
  }}, 1000);
}})();
"""
_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/xml")


class Handler(SimpleHTTPRequestHandler):
    """Files, with gzip where the reader takes it."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args, reloads: bool = False, **kwargs):
        self.reloads = reloads
        super().__init__(*args, **kwargs)

    def send_head(self):
        if self.reloads and self.path.split("?")[0] == RELOADER:
            return self._sent(_SCRIPT.encode(), "text/javascript")
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path = path / "index.html"
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        is_page = self.reloads and kind == "text/html"
        if not path.is_file() or not (is_page or (kind.startswith(_TEXT) and self._takes_gzip())):
            return super().send_head()
        return self._sent(path.read_bytes(), kind)

    def _takes_gzip(self) -> bool:
        return "gzip" in self.headers.get("Accept-Encoding", "")

    def _sent(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> BytesIO:
        """Send the head of an answer and return its body."""
        if self.reloads and kind == "text/html":
            body = body.replace(b"</head>", _TAG + b"</head>", 1)
        packed = self._takes_gzip()
        body = gzip.compress(body, 6, mtime=0) if packed else body
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return BytesIO(body)

    def send_error(self, code, message=None, explain=None):
        """Answer a wrong address with the site's own page for it, as hosts of such sites do."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = self._sent(page.read_bytes(), "text/html", HTTPStatus.NOT_FOUND).getvalue()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self):
        # A rebuilt site is seen at once.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format, *args):
        """Say nothing: a reader's requests are no news."""


class Bound(ThreadingHTTPServer):
    """A server that says nothing of readers who go before they have all of an answer: browsers do it on every other click."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def server(site: Path, port: int = 0, *, reloads: bool = False) -> ThreadingHTTPServer:
    """Return a server for ``site``, bound and not yet serving; port 0 takes a free one. Raises WreckError.

    ``reloads``: whether open pages load themselves anew once the site is another.
    """
    if not (site / "index.html").is_file():
        raise WreckError(f"a built site in {site.name}/", "none", "run 'invoke site'")
    try:
        bound = Bound((HOST, port), partial(Handler, directory=str(site.resolve()), reloads=reloads))
    except (OSError, OverflowError) as fault:
        raise StackError(
            f"port {port} on this machine", getattr(fault, "strerror", None) or str(fault), "choose another with --port"
        ) from None
    return bound


def serve(site: Path, port: int | None = None, watch: Watch | None = None) -> None:
    """Serve ``site`` until Ctrl-C; port 8000 unless another is given. With ``watch`` it is built again when something changes."""
    if watch:
        watch.freshen()
    with server(site, 8000 if port is None else port, reloads=watch is not None) as bound:
        print(f"http://{HOST}:{bound.server_port}/  (Ctrl-C ends it)", flush=True)
        serving = threading.Thread(target=bound.serve_forever, daemon=True)
        serving.start()
        try:
            if watch:
                watch.run(lambda: _has_ended(serving))
            serving.join()
        except KeyboardInterrupt:
            print()
        finally:
            bound.shutdown()


def _has_ended(thread: threading.Thread) -> bool:
    """Wait for a thread as long as a look may be late, and return whether it has ended."""
    thread.join(EVERY_S)
    return not thread.is_alive()
