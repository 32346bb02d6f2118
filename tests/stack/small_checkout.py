"""A checkout with one tiny wreck in it, whose ``invoke rebuild`` is the real one and over in seconds.

``python small_checkout.py CHECKOUT WORDS...`` does there what ``invoke WORDS...`` does, but for the site and the
soundings: they say nothing of a wreck's evidence, and take longer than all the rest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SLUG = "dinghy"
ROUTES = '''"""How many dice are there?"""

from flask import Blueprint
from sqlalchemy import func, select

from scenarios.diceworld.models import Roll
from scenarios.diceworld.sessions import session


def blueprint(find) -> Blueprint:
    dinghy = Blueprint("dinghy", __name__)
    dinghy.add_url_rule("/dinghy", view_func=lambda: {"rolls": find(session())})
    return dinghy


def wrecked(session):
    return session.scalar(select(func.count()).select_from(Roll))
'''
WRECK = '''"""The smallest of wrecks."""

from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Wreck

WRECK = Wreck(
    title="The dinghy", finding="It is small.", arms=(Arm("wrecked", "As it sank", "wrecked"),), paths=("/dinghy",),
    experiments=(
        Experiment(
            "headline", "One arm", "small", ClosedLoop(clients=1, duration_s=60, requests={requests}), ("wrecked",),
            rounds=2, workers={workers}, keep_samples=True, keep_traces=True, keep_plans=True, keep_series=True,
            memory_limit_mb={memory_limit_mb},
        ),
    ),
    claims=(Claim("answers", "It answers: {{value}}.", lambda record: [1.0, 1.0], "times", at_least=1, is_exact=True),),
)
'''


@dataclass(frozen=True)
class SmallCheckout:
    """A checkout with its own cache and temporary folder, all below ``folder``."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def site_data(self) -> Path:
        return self.checkout / "site_data"

    @property
    def clock(self) -> Path:
        """Seconds by which a rebuild's wall clock is ahead, where the file is there."""
        return self.checkout / "clock"

    @property
    def evidence(self) -> Path:
        return self.site_data / SLUG

    def declare(self, *, requests: int = 3, memory_limit_mb: int | None = None, workers: int = 1) -> None:
        """Have the wreck sent so many requests in each of its two rounds, by a client that waits for each answer, for 60 s at most."""
        text = WRECK.format(requests=requests, memory_limit_mb=memory_limit_mb, workers=workers)
        (self.checkout / "scenarios" / "wrecks" / SLUG / "wreck.py").write_text(text)

    def start(self, *words: str, log: str = "said.log", cache: Path | None = None, **options) -> subprocess.Popen:
        """Start ``invoke WORDS...``; without words, a rebuild that is forced. What it says goes to ``log``, anew each time."""
        environment = {**os.environ, "DIVING_CACHE": str(cache or self.cache), "TMPDIR": str(self.temporary)}
        argv = [sys.executable, __file__, str(self.checkout), *(words or ("rebuild", "--force"))]
        with open(self.folder / log, "wb") as output:
            return subprocess.Popen(
                argv, cwd=self.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                **options
            )

    def run(self, *words: str, **options) -> tuple[int, str]:
        """Run it to its end; return its exit status and what it said."""
        status = self.start(*words, **options).wait(120)
        return status, self.said(options.get("log", "said.log"))

    def said(self, log: str = "said.log") -> str:
        return (self.folder / log).read_text(encoding="utf-8", errors="replace")


def small_checkout(folder: Path, *, requests: int = 3, memory_limit_mb: int | None = None) -> SmallCheckout:
    """Return a checkout of the code as it is here, all its wrecks but one tiny one left out."""
    made = SmallCheckout(folder)
    ignored = shutil.ignore_patterns("__pycache__", "wrecks")
    shutil.copytree(ROOT / "scenarios", made.checkout / "scenarios", ignore=ignored)
    shutil.copy(ROOT / "tasks.py", made.checkout)
    wreck = made.checkout / "scenarios" / "wrecks" / SLUG
    wreck.mkdir(parents=True)
    for package in (wreck, wreck.parent):
        (package / "__init__.py").touch()
    (wreck / "routes.py").write_text(ROUTES)
    made.declare(requests=requests, memory_limit_mb=memory_limit_mb)
    for place in (made.cache, made.temporary):
        place.mkdir()
    made.temporary.chmod(0o1777)
    return made


def settable(file: Path) -> None:
    """Have this process's wall clock, as Python tells it, be ahead by the seconds in ``file`` once there is one."""
    true_s = time.time
    time.time = lambda: true_s() + (float(file.read_text() or 0) if file.exists() else 0.0)


def main(checkout: str, words: list[str]) -> None:
    sys.path.insert(0, checkout)
    import tasks
    from invoke import Collection, Program
    from scenarios.measure.soundings import main as soundings

    settable(Path(checkout) / "clock")
    tasks._build = lambda evidence, **_: None
    soundings.sound_if_stale = lambda *_, **__: None
    Program(namespace=Collection.from_module(tasks)).run(["invoke", *words])


if __name__ == "__main__":
    del sys.path[0]  # This folder's: a test's modules are none of the checkout's.
    main(sys.argv[1], sys.argv[2:])
