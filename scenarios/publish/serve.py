"""A server for the built site, on loopback, for reading it here."""

from __future__ import annotations

import gzip
import mimetypes
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from scenarios.errors import StackError, WreckError

HOST = "127.0.0.1"
_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/xml")


class Handler(SimpleHTTPRequestHandler):
    """Files, with gzip where the reader takes it."""

    protocol_version = "HTTP/1.1"

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path = path / "index.html"
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        if not path.is_file() or not kind.startswith(_TEXT) or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        return self._packed(path.read_bytes(), kind)

    def _packed(self, body: bytes, kind: str) -> BytesIO:
        body = gzip.compress(body, 6, mtime=0)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
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
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self):
        # A rebuilt site is seen at once.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format, *args):
        """Say nothing: a reader's requests are no news."""


def server(site: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server for ``site``, bound and not yet serving; port 0 takes a free one. Raises WreckError."""
    if not (site / "index.html").is_file():
        raise WreckError(f"a built site in {site.name}/", "none", "run 'invoke site'")
    try:
        bound = ThreadingHTTPServer((HOST, port), partial(Handler, directory=str(site.resolve())))
    except (OSError, OverflowError) as fault:
        raise StackError(
            f"port {port} on this machine", getattr(fault, "strerror", None) or str(fault), "choose another with --port"
        ) from None
    bound.daemon_threads = True
    return bound


def serve(site: Path, port: int | None = None) -> None:
    """Serve ``site`` until Ctrl-C; port 8000 unless another is given."""
    with server(site, 8000 if port is None else port) as bound:
        print(f"http://{HOST}:{bound.server_port}/  (Ctrl-C ends it)", flush=True)
        try:
            bound.serve_forever()
        except KeyboardInterrupt:
            print()
