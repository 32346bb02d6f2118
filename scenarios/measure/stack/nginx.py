"""nginx on loopback, in front of the application, with a log that machines can read."""

from __future__ import annotations

import resource
import secrets
import signal
from pathlib import Path

from scenarios.measure.stack.binaries import lend, nginx_bin, server_user
from scenarios.measure.stack.ports import PortTaken, get, on_free_port, says_taken
from scenarios.measure.stack.process import PLAIN_ENVIRONMENT, Server, tail

ALIVE = "/nginx-alive"
"""Answered by nginx itself: for readiness, and to learn what a client can do at most."""

# $request_id is 16 random bytes in hexadecimal: a W3C trace id as it stands. A client that sends
# one of its own is followed under that. Statuses below 100 would not be JSON numbers ("000").
# The upstream's times are strings, since nginx lists several upstreams, or writes "" for none.
CONFIGURATION = """\
daemon off;
worker_processes {workers};
worker_rlimit_nofile {files};
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections {connections}; }}
http {{
    default_type text/plain;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

    map $http_x_trace_id $trace_id {{
        "~^0+$" $request_id;
        "~^[0-9a-f]{{32}}$" $http_x_trace_id;
        default $request_id;
    }}
    map $status $status_number {{ "~^[1-9]" $status; default 0; }}

    log_format json escape=json '{{"id":"$trace_id","msec":$msec,"request_time":$request_time,'
        '"connect":"$upstream_connect_time","header":"$upstream_header_time","response":"$upstream_response_time",'
        '"status":$status_number,"upstream_status":"$upstream_status",'
        '"method":"$request_method","path":"$request_uri","bytes":$bytes_sent}}';
    access_log access.log json;

    upstream application {{ server {upstream} max_fails=0; }}
    server {{
        listen 127.0.0.1:{port};
        location = {alive} {{ access_log off; return 200 "{token}"; }}
        location / {{
            proxy_pass http://application;
            proxy_read_timeout {read_timeout_s}s;
            proxy_set_header Host $http_host;
            proxy_set_header Connection close;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Request-Start $msec;
            proxy_set_header traceparent 00-$trace_id-0000000000000001-01;
        }}
    }}
}}
"""


class Nginx:
    """A running nginx that passes everything to ``upstream``, as a context manager.

    ``upstream`` is ``unix:/a/socket`` or ``127.0.0.1:port``. All its files go to
    ``run_folder/nginx``; ``access_log`` holds one JSON object a request, written when it is over:
    ``id`` (trace id), ``msec`` (when it was over, Unix time in s), ``request_time`` (s),
    ``connect``, ``header``, ``response`` (the upstream's, s, as strings), ``status``,
    ``upstream_status``, ``method``, ``path``, ``bytes``. A path may hold bytes that are no UTF-8.
    """

    def __init__(self, run_folder: Path, upstream: str, workers: int = 1, read_timeout_s: int = 60):
        self.folder = Path(run_folder).absolute() / "nginx"
        self.upstream, self.workers, self.read_timeout_s = upstream, workers, read_timeout_s
        self.access_log, self.error_log = self.folder / "access.log", self.folder / "error.log"
        self.port: int | None = None
        self.server: Server | None = None
        self._token = secrets.token_hex(8)

    def __enter__(self) -> Nginx:
        lend(self.folder)
        self.server = on_free_port(self._start)
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        if self.server:
            self.server.stop()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where the application is, without a slash at the end."""
        return f"http://{self.address}"

    def configuration(self, port: int) -> str:
        files = min(8_192, _most_files())
        return CONFIGURATION.format(
            workers=self.workers, files=files, connections=files // 2, upstream=self.upstream, port=port, alive=ALIVE,
            token=self._token, read_timeout_s=self.read_timeout_s,
        )  # fmt: skip

    def _start(self, port: int) -> Server:
        self.port = port
        self.error_log.unlink(missing_ok=True)  # Of an attempt before.
        (self.folder / "nginx.conf").write_text(self.configuration(port))
        output = self.folder / "output.log"
        output.unlink(missing_ok=True)
        server = Server(
            "nginx",
            [nginx_bin(), "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "error.log"],
            output,
            stop_signals=(signal.SIGTERM,),
            user=server_user(),
            env=PLAIN_ENVIRONMENT,
            cwd=self.folder,
            last_words=lambda: tail(self.error_log) or tail(output),
        )
        server.start_ready(lambda: self._answers(server), asked=ALIVE)
        return server

    def _answers(self, server: Server) -> bool:
        if self._is_taken():
            server.signal(signal.SIGKILL)  # It has nothing to lose yet, and would go on trying for 2.5 s.
            raise PortTaken("nginx", self.port)
        return get(self.address, ALIVE) == (200, self._token.encode())

    def _is_taken(self) -> bool:
        return says_taken(tail(self.error_log))


def _most_files() -> int:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 8_192 if hard == resource.RLIM_INFINITY else hard
