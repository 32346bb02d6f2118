"""An address of its own for each application host: nginx passes its connections to the database on from there."""

from __future__ import annotations

import signal
from pathlib import Path

from scenarios.measure.stack.binaries import lend, nginx_bin, server_user
from scenarios.measure.stack.ports import PortTaken, is_open, on_free_port, says_taken
from scenarios.measure.stack.process import PLAIN_ENVIRONMENT, Server, tail

CONFIGURATION = """\
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 256; }}
stream {{
    server {{
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{target};
        proxy_bind {address};
        proxy_timeout 1h;
    }}
}}
"""


class Doorway:
    """A running relay to ``target_port`` whose connections come from ``address``, as a context manager."""

    def __init__(self, run_folder: Path, target_port: int, address: str):
        self.folder = Path(run_folder).absolute() / "doorway"
        self.target_port, self.address = target_port, address
        self.port: int | None = None
        self.server: Server | None = None

    def __enter__(self) -> Doorway:
        lend(self.folder)
        self.server = on_free_port(self._start)
        return self

    def __exit__(self, *_) -> None:
        self.server.stop()

    def _start(self, port: int) -> Server:
        self.port = port
        log, output = self.folder / "error.log", self.folder / "output.log"
        for left in (log, output):
            left.unlink(missing_ok=True)
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(port=port, target=self.target_port, address=self.address))
        server = Server(
            f"the doorway of {self.address}",
            [nginx_bin(), "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "error.log"],
            output,
            user=server_user(), env=PLAIN_ENVIRONMENT, cwd=self.folder, stop_signals=(signal.SIGTERM,),
            last_words=lambda: tail(log) or tail(output),
        )  # fmt: skip

        def answers() -> bool:
            if says_taken(tail(log)):
                server.signal(signal.SIGKILL)
                raise PortTaken("the doorway", port)
            return is_open(port) and (self.folder / "nginx.pid").exists()

        server.start_ready(answers, asked="a connection")
        return server
