"""The application's side of the stack: nginx in front of gunicorn, fresh for every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from scenarios.measure.stack import application, runtimes
from scenarios.measure.stack.fence import Fence
from scenarios.measure.stack.gunicorn import Gunicorn
from scenarios.measure.stack.nginx import Nginx
from scenarios.measure.stack.process import Server
from scenarios.wreck import Pool


class AppStack:
    """One arm of a wreck, served at ``url`` (no slash at the end), as a context manager.

    The database is not part of it: it outlives many of these. ``spans_folder`` is where workers
    write their spans, None for no probes. ``preload``, ``python``, ``gunicorn_options`` and ``pool`` are as an
    Arm has them; with ``fence`` the application's processes live inside it. What the servers say goes to ``run_folder``.
    """

    def __init__(
        self,
        run_folder: Path,
        wreck_slug: str,
        handler: str,
        database_url: str,
        workers: int = 10,
        spans_folder: Path | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        preload: str | None = None,
        python: str | None = None,
        gunicorn_options: Sequence[str] = (),
        fence: Fence | None = None,
        watch_memory: bool = False,
        pool: Pool | None = None,
    ):
        extras = {"LD_PRELOAD": runtimes.library(preload)} if preload else {}
        self.gunicorn = Gunicorn(
            run_folder,
            {
                **(environment or {}),
                **extras,
                application.MEMORY: "1" if watch_memory else "",
                application.SLUG: wreck_slug,
                application.HANDLER: handler,
                application.DATABASE_URL: database_url,
                application.POOL: application.said_of(pool),
                application.SPANS: str(Path(spans_folder).absolute()) if spans_folder else "",
            },
            workers,
            options=gunicorn_options,
            python=runtimes.python(python) if python else None,
            fence=fence,
        )
        self.run_folder, self.spans_folder = run_folder, spans_folder
        self.nginx: Nginx | None = None

    def __enter__(self) -> AppStack:
        with ExitStack() as started:
            if self.spans_folder:
                Path(self.spans_folder).mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(1) as pool:
                application = pool.submit(started.enter_context, self.gunicorn)
                if not self.gunicorn.address:
                    application.result()
                # nginx needs to know where the application will be, not that it is there.
                self.nginx = started.enter_context(Nginx(self.run_folder, self.gunicorn.address))
                application.result()
            self._started = started.pop_all()
        return self

    def __exit__(self, *exception) -> None:
        self._started.__exit__(*exception)

    @property
    def url(self) -> str:
        return self.nginx.url

    @property
    def servers(self) -> list[Server]:
        return [self.nginx.server, self.gunicorn.server]

    def groups(self) -> dict[str, list[int]]:
        """Return the process ids of each group, as they are now."""
        return {"nginx": self.nginx.server.pids(), "gunicorn": self.gunicorn.server.pids()}

    def check(self) -> None:
        """Raise StackError if one of the servers is not running."""
        self.nginx.server.check()
        self.gunicorn.server.check()
